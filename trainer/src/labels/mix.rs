//! Several systems combined: weighted means of their probabilities, with weights that validation answers choose.

use std::collections::HashMap;

use anyhow::{Result, ensure};

use super::{Labels, Scored, decide};
use crate::data::Target;

/// Rounds of expectation maximization; the likelihood of so few weights is settled long before.
const ROUNDS: usize = 200;
/// A probability below this counts as this.
const LEAST: f64 = 1e-6;

/// How probable each of several systems holds what people awarded: one row for each award of an answer, with one number
/// for each system. A rubric label is an award of its own.
pub type Likelihoods = Vec<Vec<f64>>;

/// The likelihoods of one answer under the probabilities of each system.
#[must_use]
pub fn likelihoods(target: &Target, probabilities: &[&[f32]]) -> Likelihoods {
    let of = |f: &dyn Fn(&[f32]) -> f32| -> Vec<f64> {
        probabilities.iter().map(|p| f64::from(f(p)).max(LEAST)).collect()
    };
    match target {
        Target::Class(k) | Target::Level(k) => vec![of(&|p| p[*k])],
        Target::Labels(labels) => labels
            .iter()
            .enumerate()
            .map(|(k, awarded)| of(&|p| if *awarded { p[k] } else { 1.0 - p[k] }))
            .collect(),
        Target::Missing => Vec::new(),
    }
}

/// The weights of systems under which their weighted mean gives the answers the highest likelihood, by expectation
/// maximization; they sum to 1.
///
/// `prior` are the weights expected beforehand, and `strength` the number of answers that they count for: with few
/// answers the result stays near them.
#[must_use]
pub fn weights(rows: &Likelihoods, prior: &[f64], strength: f64) -> Vec<f64> {
    let mut weights = prior.to_vec();
    if rows.is_empty() {
        return weights;
    }
    for _ in 0..ROUNDS {
        let mut shares: Vec<f64> = prior.iter().map(|p| p * strength).collect();
        for row in rows {
            let total: f64 = row.iter().zip(&weights).map(|(l, w)| l * w).sum();
            for ((share, l), w) in shares.iter_mut().zip(row).zip(&weights) {
                *share += l * w / total;
            }
        }
        let total: f64 = shares.iter().sum();
        weights = shares.into_iter().map(|s| s / total).collect();
    }
    weights
}

/// The same weight for each of `n` systems.
#[must_use]
pub fn equal(n: usize) -> Vec<f64> {
    vec![1.0 / n.max(1) as f64; n]
}

/// The weighted mean of some probabilities.
///
/// # Panics
///
/// When the lengths differ.
#[must_use]
pub fn mean(probabilities: &[&[f32]], weights: &[f64]) -> Vec<f32> {
    let total: f64 = weights.iter().sum();
    let mut sums = vec![0.0f64; probabilities.first().map_or(0, |p| p.len())];
    for (p, weight) in probabilities.iter().zip(weights) {
        assert_eq!(p.len(), sums.len(), "systems of one task have as many probabilities");
        sums.iter_mut().zip(*p).for_each(|(sum, p)| *sum += weight / total * f64::from(*p));
    }
    #[expect(clippy::cast_possible_truncation, reason = "rounding to f32 is meant")]
    sums.into_iter().map(|s| s as f32).collect()
}

/// The rows of each answer that any system has, in the order of the answers: its place among the systems, and the row.
fn joined(systems: &[Labels]) -> Result<Vec<Vec<(usize, &Scored)>>> {
    let mut places: HashMap<(usize, &str), usize> = HashMap::new();
    let mut all: Vec<Vec<(usize, &Scored)>> = Vec::new();
    for (number, system) in systems.iter().enumerate() {
        ensure!(system.tasks == systems[0].tasks, "teacher {} has other tasks than teacher 1", number + 1);
        for row in &system.rows {
            let place = *places.entry((row.task, row.id.as_str())).or_insert_with(|| {
                all.push(Vec::new());
                all.len() - 1
            });
            all[place].push((number, row));
        }
    }
    all.sort_by_key(|rows| rows[0].1.index);
    Ok(all)
}

/// The weights of several teachers by their labels of some answers; `counts` says which answers count.
///
/// An answer counts if every teacher has a row for it.
///
/// # Errors
///
/// When the teachers differ in their tasks.
pub fn weights_of(systems: &[Labels], counts: &dyn Fn(&Scored) -> bool) -> Result<Vec<f64>> {
    /// Answers for which equal weights count.
    const STRENGTH: f64 = 20.0;
    let mut rows = Vec::new();
    for answer in joined(systems)? {
        if answer.len() == systems.len() && counts(answer[0].1) {
            let probabilities: Vec<&[f32]> =
                answer.iter().map(|(_, row)| row.probabilities.as_slice()).collect();
            rows.extend(likelihoods(&answer[0].1.target, &probabilities));
        }
    }
    Ok(weights(&rows, &equal(systems.len()), STRENGTH))
}

/// Several teachers as one: for each answer the weighted mean of those that have a row for it, awards by [`decide`].
///
/// # Errors
///
/// When there is no teacher, or they differ in tasks or human scores.
pub fn combined(systems: &[Labels], weights: &[f64]) -> Result<Labels> {
    ensure!(!systems.is_empty() && systems.len() == weights.len(), "no teachers to combine");
    let tasks = systems[0].tasks.clone();
    let mut rows = Vec::new();
    for answer in joined(systems)? {
        let first = answer[0].1;
        for (number, row) in &answer {
            ensure!(
                row.target == first.target,
                "teacher {} has another human score for row {} of teacher {}",
                number + 1,
                first.index + 1,
                answer[0].0 + 1
            );
        }
        let probabilities: Vec<&[f32]> = answer.iter().map(|(_, row)| row.probabilities.as_slice()).collect();
        let own: Vec<f64> = answer.iter().map(|(number, _)| weights[*number]).collect();
        let probabilities = mean(&probabilities, &own);
        let predicted = decide(&tasks[first.task], &probabilities);
        rows.push(Scored { predicted, probabilities, ..first.clone() });
    }
    Ok(Labels { tasks, rows })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::TaskData;
    use crate::head::HeadKind;

    fn labels(rows: &[(&str, Target, &[f32])]) -> Labels {
        let task = TaskData {
            id: "t".into(),
            name: "t".into(),
            head: HeadKind::Softmax,
            labels: vec!["a".into(), "b".into()],
            points: Vec::new(),
        };
        let rows = rows.iter().enumerate().map(|(index, (id, target, p))| Scored {
            index,
            id: (*id).into(),
            task: 0,
            group: None,
            cluster: None,
            target: target.clone(),
            predicted: Target::Class(0),
            probabilities: p.to_vec(),
        });
        Labels { tasks: vec![task], rows: rows.collect() }
    }

    #[test]
    fn weights_maximize_the_likelihood() {
        // The first system is sure and right 9 times of 10, the second knows nothing. The likelihood of weight w is
        // 0.9 ln(0.5 + 0.49 w) + 0.1 ln(0.5 - 0.49 w), whose derivative is 0 at w = 0.8 / 0.98.
        let rows: Likelihoods = (0..1000).map(|i| vec![if i % 10 == 0 { 0.01 } else { 0.99 }, 0.5]).collect();
        let found = weights(&rows, &equal(2), 0.0);
        assert!((found[0] - 0.8 / 0.98).abs() < 1e-3, "{found:?}");
        // A strong prior holds them where they were; no answers leave them there.
        assert!((weights(&rows[..10].to_vec(), &equal(2), 1e6)[0] - 0.5).abs() < 1e-3);
        assert_eq!(weights(&Vec::new(), &equal(4), 20.0), [0.25; 4]);
    }

    #[test]
    fn every_rubric_label_is_an_award_of_its_own() {
        let rows = likelihoods(&Target::Labels(vec![true, false]), &[&[0.75, 0.25], &[0.5, 0.0]]);
        assert_eq!(rows, [vec![0.75, 0.5], vec![0.75, 1.0]]);
        assert_eq!(likelihoods(&Target::Level(1), &[&[1.0, 0.0]]), [vec![LEAST]]);
        assert!(likelihoods(&Target::Missing, &[&[1.0, 0.0]]).is_empty());
    }

    #[test]
    fn answers_that_only_some_teachers_know_are_combined_from_those() {
        let (a, b) = (Target::Class(0), Target::Class(1));
        let first = labels(&[("1", a.clone(), &[0.8, 0.2]), ("2", b.clone(), &[0.6, 0.4])]);
        let second = labels(&[("2", b.clone(), &[0.0, 1.0])]);
        let both = combined(&[first.clone(), second.clone()], &[0.25, 0.75]).unwrap();
        assert_eq!(both.rows[0].probabilities, [0.8, 0.2]);
        assert_eq!(both.rows[1].probabilities, [0.15, 0.85]);
        assert_eq!(both.rows[1].predicted, Target::Class(1));
        // Only the second answer counts, and there the second teacher is right.
        let found = weights_of(&[first.clone(), second], &|_| true).unwrap();
        assert!(found[1] > 0.5 && (found.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{found:?}");
        let other = labels(&[("1", b, &[0.5, 0.5])]);
        let error = combined(&[first, other], &[0.5, 0.5]).unwrap_err().to_string();
        assert!(error.contains("another human score for row 1"), "{error}");
    }
}
