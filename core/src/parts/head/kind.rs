//! What every kind of head must say.

use super::award::Award;
use crate::error::Result;
use crate::format::check::damaged;

/// Whether the labels of a task are levels of a scale of points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScaleUse {
    /// They always are.
    Needed,
    /// They may be.
    Optional,
    /// They never are.
    Refused,
}

/// The rules of a kind of head; each is documented at the method of the same name of
/// [`HeadKind`](crate::format::manifest::HeadKind).
pub(super) trait HeadRules {
    /// Fewest labels that a task may have.
    fn least_labels(&self) -> usize;

    fn outputs(&self, labels: usize) -> usize {
        labels
    }

    fn level_thresholds(&self, _labels: usize) -> usize {
        0
    }

    /// How many thresholds of an award there are.
    fn thresholds(&self, labels: usize) -> usize;

    fn plain_thresholds(&self, labels: usize) -> Vec<f32>;

    /// Checks as many thresholds of an award as there must be.
    fn check_thresholds(&self, task: &str, thresholds: &[f32]) -> Result<()>;

    fn awards_one(&self) -> bool;

    fn scale(&self) -> ScaleUse;

    fn probabilities(
        &self,
        outputs: &[f32],
        level_thresholds: &[f32],
        temperature: f32,
        cumulative: &mut [f32],
        probabilities: &mut [f32],
    );

    fn cumulative_of(&self, _probabilities: &[f32]) -> Vec<f32> {
        Vec::new()
    }

    fn untempered(&self, probabilities: &[f64], temperature: f64) -> Vec<f64>;

    fn award<'a>(&self, probabilities: &'a [f32], cumulative: &[f32], thresholds: &'a [f32]) -> Award<'a>;

    /// The expected points above those of the first level, summed in ascending order.
    fn expected_above(&self, points: &[i32], probabilities: &[f32], _cumulative: &[f32]) -> f32 {
        let above = points.iter().map(|at| exact(at - points[0]));
        above.zip(probabilities).fold(0.0, |sum, (above, p)| sum + above * p)
    }
}

/// Probabilities this near to 0 or 1 have lost the output that they were made of.
const TINY: f64 = 1e-7;

/// The logistic probability that a temperature of 1 gives where `temperature` gave `p`.
pub(super) fn untempered_logistic(p: f64, temperature: f64) -> f64 {
    let p = p.clamp(TINY, 1.0 - TINY);
    1.0 / (1.0 + ((1.0 - p) / p).powf(temperature))
}

/// The same for exclusive classes.
pub(super) fn untempered_softmax(probabilities: &[f64], temperature: f64) -> Vec<f64> {
    let powers: Vec<f64> = probabilities.iter().map(|p| p.max(TINY).powf(temperature)).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

/// Refuses thresholds outside of 0 to `top`.
pub(super) fn check_range(task: &str, thresholds: &[f32], top: f32) -> Result<()> {
    match thresholds.iter().find(|&&t| !(0.0..=top).contains(&t)) {
        Some(t) => Err(damaged(format!("task {task} has threshold {t}, it must lie in 0..={top}"))),
        None => Ok(()),
    }
}

/// A point of a scale as a float.
#[expect(clippy::cast_precision_loss, reason = "scales begin within 2^20 of 0, checked at load")]
pub(super) fn exact(points: i32) -> f32 {
    points as f32
}
