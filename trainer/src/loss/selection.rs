//! Which answers a student should learn from its teacher at this moment: those of which the teacher is surer, and the
//! student less sure, than usual for the teacher's class. Li et al. 2024, "Learning with less" (LLKD, arXiv
//! 2411.08028).

use super::RowTarget;
use super::divergence::{sigmoid, softmax};
use crate::head::{Group, Link};

/// The share of the old threshold in the new one.
const KEEP: f32 = 0.99;

/// What is usual: for each group and class, the moving means of the teacher's confidence and of the student's doubt.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Thresholds {
    /// Of all classes of all groups, one after the other; not a number before the first answer.
    values: Vec<[f32; 2]>,
}

impl Thresholds {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(groups: &[Group]) -> Self {
        Self { values: vec![[f32::NAN; 2]; groups.iter().map(classes).sum()] }
    }

    /// All values, for a checkpoint.
    #[must_use]
    pub fn bits(&self) -> Vec<[u32; 2]> {
        self.values.iter().map(|pair| pair.map(f32::to_bits)).collect()
    }

    /// Takes values from a checkpoint of the same groups; others are left out.
    pub fn set_bits(&mut self, bits: &[[u32; 2]]) {
        if bits.len() == self.values.len() {
            self.values = bits.iter().map(|pair| pair.map(f32::from_bits)).collect();
        }
    }

    /// The weight of the teacher's term of each row: 0, or the teacher's confidence times the student's doubt, over
    /// the mean of these products. Rows without a teacher have 0. Then takes the batch into the thresholds.
    pub(super) fn weigh(&mut self, groups: &[Group], rows: &[RowTarget], logits: &[f32]) -> Vec<f32> {
        let columns = logits.len() / rows.len().max(1);
        let seen: Vec<Option<(usize, [f32; 2])>> = rows
            .iter()
            .enumerate()
            .map(|(r, row)| {
                let before: usize = groups[..row.group].iter().map(classes).sum();
                let group = &groups[row.group];
                let z = &logits[r * columns + group.columns.start..r * columns + group.columns.end];
                let (class, pair) = judged(group.link, row.taught.as_ref()?, z);
                Some((before + class, pair))
            })
            .collect();
        let mut weights = vec![0.0; rows.len()];
        for (weight, (place, [sure, unsure])) in
            weights.iter_mut().zip(&seen).filter_map(|(w, seen)| Some((w, (*seen)?)))
        {
            let [usual_sure, usual_unsure] = self.values[place];
            // Before the first answer of a class, every answer of it is learned.
            if usual_sure.is_nan() || sure >= usual_sure && unsure >= usual_unsure {
                *weight = sure * unsure;
            }
        }
        let kept = weights.iter().filter(|w| **w > 0.0).count();
        let mean = weights.iter().sum::<f32>() / kept.max(1) as f32;
        if mean > 0.0 {
            weights.iter_mut().for_each(|w| *w /= mean);
        }
        for (place, pair) in seen.into_iter().flatten() {
            for (usual, value) in self.values[place].iter_mut().zip(pair) {
                *usual = if usual.is_nan() { value } else { KEEP * *usual + (1.0 - KEEP) * value };
            }
        }
        weights
    }
}

/// Classes of a group: those of a softmax, or how many of its columns are true.
fn classes(group: &Group) -> usize {
    match group.link {
        Link::Softmax => group.columns.len(),
        Link::Logistic => group.columns.len() + 1,
    }
}

/// The teacher's class, its confidence and the student's doubt; of columns, the means.
fn judged(link: Link, teacher: &[f32], z: &[f32]) -> (usize, [f32; 2]) {
    match link {
        Link::Softmax => {
            let best = (0..teacher.len()).max_by(|a, b| teacher[*a].total_cmp(&teacher[*b])).unwrap_or(0);
            let most = softmax(z, 1.0).into_iter().fold(0.0, f32::max);
            (best, [teacher[best], 1.0 - most])
        }
        Link::Logistic => {
            let n = teacher.len() as f32;
            let sure = teacher.iter().map(|p| p.max(1.0 - p)).sum::<f32>() / n;
            let doubt = z.iter().map(|z| sigmoid(-z.abs()).0).sum::<f32>() / n;
            (teacher.iter().filter(|p| **p > 0.5).count(), [sure, doubt])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(taught: Option<Vec<f32>>) -> RowTarget {
        RowTarget { group: 0, hard: None, soft: None, vector: None, taught }
    }

    #[test]
    fn answers_count_where_the_teacher_is_surer_and_the_student_less_sure_than_usual() {
        let groups = [Group { columns: 0..2, link: Link::Softmax }];
        let mut thresholds = Thresholds::new(&groups);
        // The first answer of a class sets what is usual: the teacher 0.8, the student 0.5 unsure.
        assert_eq!(thresholds.weigh(&groups, &[row(Some(vec![0.8, 0.2]))], &[0.0, 0.0]), [1.0]);
        let rows = [
            row(Some(vec![0.9, 0.1])),
            row(Some(vec![0.9, 0.1])),
            row(Some(vec![0.7, 0.3])),
            row(None),
            row(Some(vec![0.1, 0.9])),
        ];
        // Unsure, sure, a teacher that is less sure than usual, no teacher, another class.
        let z = [0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        assert_eq!(thresholds.weigh(&groups, &rows, &z), [1.0, 0.0, 0.0, 0.0, 1.0]);
        let mut again = Thresholds::new(&groups);
        again.set_bits(&thresholds.bits());
        assert_eq!(again.bits(), thresholds.bits());
        let usual = f32::from_bits(thresholds.bits()[0][0]);
        assert!(usual > 0.79 && usual < 0.82, "{usual}");
    }

    #[test]
    fn columns_are_judged_by_their_means() {
        let (class, [sure, doubt]) = judged(Link::Logistic, &[0.9, 0.4], &[0.0, 100.0]);
        assert_eq!(class, 1);
        assert!((sure - 0.75).abs() < 1e-6 && (doubt - 0.25).abs() < 1e-6, "{sure} {doubt}");
    }
}
