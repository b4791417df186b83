//! Accuracy, precision, recall and F1.

use serde::{Deserialize, Serialize};

use crate::Confusion;
use crate::agreement::{mean, ratio};

/// Counts and rates of one class, level or label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassScore {
    /// How often it is true.
    pub support: u64,
    /// How often it is awarded.
    pub predicted: u64,
    /// How often it is both.
    pub hits: u64,
    /// Share of the awards that are true; 0 if nothing is awarded.
    pub precision: f64,
    /// Share of the true ones that are awarded (the agreement at this level); 0 if none is true.
    pub recall: f64,
    /// 2 · hits / (support + predicted); 0 if both are 0.
    pub f1: f64,
}

impl ClassScore {
    fn new(support: u64, predicted: u64, hits: u64) -> Self {
        Self {
            support,
            predicted,
            hits,
            precision: ratio(hits, predicted).unwrap_or(0.0),
            recall: ratio(hits, support).unwrap_or(0.0),
            f1: ratio(2 * hits, support + predicted).unwrap_or(0.0),
        }
    }
}

/// Share of equal decisions. `None` without rows.
#[must_use]
pub fn accuracy(table: &Confusion) -> Option<f64> {
    ratio((0..table.classes()).map(|i| table.get(i, i)).sum(), table.total())
}

/// Scores of every class or level.
#[must_use]
pub fn class_scores(table: &Confusion) -> Vec<ClassScore> {
    table
        .true_counts()
        .into_iter()
        .zip(table.predicted_counts())
        .enumerate()
        .map(|(i, (support, predicted))| ClassScore::new(support, predicted, table.get(i, i)))
        .collect()
}

/// Scores of every rubric label, from its 2 × 2 table with index 1 for "awarded".
///
/// # Panics
///
/// When a table is not 2 × 2.
#[must_use]
pub fn label_scores(tables: &[Confusion]) -> Vec<ClassScore> {
    tables
        .iter()
        .map(|t| {
            assert_eq!(t.classes(), 2, "a label has a 2 x 2 table");
            ClassScore::new(t.true_counts()[1], t.predicted_counts()[1], t.get(1, 1))
        })
        .collect()
}

/// Mean F1 over the classes that occur, true or awarded; a class that never occurs is left out.
///
/// For rubric labels use the plain mean instead, in which a label that never occurs counts as 0. Both are as in
/// scikit-learn. `None` if nothing occurs.
#[must_use]
pub fn macro_f1(scores: &[ClassScore]) -> Option<f64> {
    mean(scores.iter().filter(|s| s.support + s.predicted > 0).map(|s| s.f1))
}

/// F1 of all decisions together; 0 if nothing is true or awarded. `None` without classes.
#[must_use]
pub fn micro_f1(scores: &[ClassScore]) -> Option<f64> {
    let (hits, all) =
        scores.iter().fold((0, 0), |(hits, all), s| (hits + s.hits, all + s.support + s.predicted));
    (!scores.is_empty()).then(|| ratio(2 * hits, all).unwrap_or(0.0))
}

/// Mean F1 weighted by support; 0 if nothing is true. `None` without classes.
#[must_use]
pub fn weighted_f1(scores: &[ClassScore]) -> Option<f64> {
    let support: u64 = scores.iter().map(|s| s.support).sum();
    if support == 0 {
        return (!scores.is_empty()).then_some(0.0);
    }
    Some(scores.iter().map(|s| s.f1 * s.support as f64).sum::<f64>() / support as f64)
}
