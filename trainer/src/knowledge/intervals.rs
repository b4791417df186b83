//! Intervals of areas under ROC curves, and of their differences: students are resampled, and every system has the same
//! resamples.

use super::figures::Ranked;
use pupil_metrics::distributions::student_limit;
use pupil_metrics::resample::{Clusters, IntervalKind, Resamples};
use pupil_metrics::{Bootstrap, percentile_interval};
use serde::{Deserialize, Serialize};

/// A value and the ends of its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// Lower and upper end; none where too few resamples have a value.
    pub interval: Option<(f64, f64)>,
}

/// Areas of several systems on the same rows, and in every resample.
#[derive(Clone, Debug)]
pub struct Areas {
    values: Vec<f64>,
    replicates: Vec<Vec<f64>>,
    coverage: f64,
}

impl Areas {
    /// The areas of systems. `systems` has the probability of each row, `right` whether the answer is right, and
    /// `students` whose it is.
    ///
    /// # Panics
    ///
    /// When a system has another number of rows.
    #[must_use]
    pub fn of(systems: &[Vec<f32>], right: &[bool], students: &[usize]) -> Self {
        let ranked: Vec<Ranked> = systems
            .iter()
            .map(|p| {
                assert_eq!(p.len(), right.len(), "every system has a probability of each row");
                Ranked::of(p, right)
            })
            .collect();
        let keys: Vec<Option<usize>> = students.iter().copied().map(Some).collect();
        let (bootstrap, clusters) = (Bootstrap::default(), Clusters::by_key(&keys));
        let of = |rows: &[usize]| {
            let mut weights = vec![0.0f32; right.len()];
            rows.iter().for_each(|row| weights[*row] += 1.0);
            ranked.iter().map(|ranked| ranked.area(&weights)).collect()
        };
        let all = Resamples::of(&bootstrap, "students", &clusters, IntervalKind::Percentile, of);
        Self { values: all.values, replicates: all.replicates, coverage: bootstrap.coverage }
    }

    /// The mean area of systems, less that of others if there are any: the difference has the interval of paired
    /// resamples.
    #[must_use]
    pub fn mean(&self, systems: &[usize], less: &[usize]) -> Estimate {
        let mean = |of: &dyn Fn(usize) -> f64, places: &[usize]| {
            places.iter().map(|place| of(*place)).sum::<f64>() / places.len().max(1) as f64
        };
        let both = |of: &dyn Fn(usize) -> f64| mean(of, systems) - mean(of, less);
        let replicates = self.replicates.first().map_or(0, Vec::len);
        let differences: Vec<f64> =
            (0..replicates).map(|n| both(&|place| self.replicates[place][n])).collect();
        Estimate {
            value: both(&|place| self.values[place]),
            interval: percentile_interval(&differences, self.coverage),
        }
    }

    /// Half the width of the 95 % interval of the mean area of systems that differ in their seeds alone, by Student's
    /// t; none of a single one.
    #[must_use]
    pub fn spread(&self, systems: &[usize]) -> Option<f64> {
        let values: Vec<f64> = systems.iter().map(|place| self.values[*place]).collect();
        spread(&values)
    }
}

/// Half the width of the 95 % interval of a mean by Student's t; none of a single value.
#[must_use]
pub fn spread(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    (values.len() > 1).then(|| {
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
        student_limit(0.05, n - 1.0) * (variance / n).sqrt()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;
    use rand::Rng;

    #[test]
    fn the_spread_of_three_values_is_students_t() {
        // Deviation 1, so 4.3027 / √3.
        assert!((spread(&[1.0, 2.0, 3.0]).unwrap() - 4.302_652_73 / 3f64.sqrt()).abs() < 1e-6);
        assert_eq!(spread(&[1.0]), None);
    }

    #[test]
    fn intervals_widen_where_answers_of_a_student_are_alike() {
        // Fifty students; all answers of one have the same probability and result.
        let mut rng = random::generator(1);
        let (mut p, mut right, mut students) = (Vec::new(), Vec::new(), Vec::new());
        for student in 0..50 {
            let (chance, result) = (rng.random::<f32>(), rng.random_bool(0.5));
            for _ in 0..20 {
                p.push(chance);
                right.push(result);
                students.push(student);
            }
        }
        let width = |students: &[usize]| {
            let (low, high) = Areas::of(&[p.clone()], &right, students).mean(&[0], &[]).interval.unwrap();
            high - low
        };
        let rows: Vec<usize> = (0..p.len()).collect();
        // Twenty copies of an answer are no more than one: √20 is 4.5.
        assert!(width(&students) > 3.0 * width(&rows), "{} {}", width(&students), width(&rows));
    }

    #[test]
    fn differences_are_paired_and_found() {
        let mut rng = random::generator(2);
        let (mut systems, mut right, mut students) = (vec![Vec::new(); 3], Vec::new(), Vec::new());
        for row in 0..4000 {
            let truth: f32 = rng.random_range(0.05..0.95);
            right.push(rng.random::<f32>() < truth);
            students.push(row / 20);
            systems[0].push(truth);
            systems[1].push(truth + 0.1 * (rng.random::<f32>() - 0.5));
            systems[2].push(truth / 2.0);
        }
        let areas = Areas::of(&systems, &right, &students);
        let (one, noisy) = (areas.mean(&[0], &[]), areas.mean(&[0], &[1]));
        let (low, high) = noisy.interval.unwrap();
        assert!(noisy.value > 0.0 && low > 0.0 && high < 0.02, "{noisy:?}");
        let (low, high) = one.interval.unwrap();
        assert!(low < one.value && one.value < high && high - low > 0.02, "{one:?}");
        // The order alone matters.
        assert_eq!(areas.mean(&[0], &[2]), Estimate { value: 0.0, interval: Some((0.0, 0.0)) });
        let both = areas.mean(&[0, 1], &[0, 1]);
        assert_eq!(both.value, 0.0);
    }
}
