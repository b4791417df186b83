//! One level of an ordered scale, from one output and a learned threshold between each two levels. The award is the
//! level that the expected number of steps reaches.

use std::cmp::Ordering;

use super::award::Award;
use super::kind::{HeadRules, ScaleUse, check_range, exact, untempered_logistic};
use crate::error::Result;
use crate::format::check::damaged;
use crate::kernels::math;

/// The rules of this kind.
pub(super) struct Ordinal;

impl HeadRules for Ordinal {
    fn least_labels(&self) -> usize {
        2
    }

    fn outputs(&self, _labels: usize) -> usize {
        1
    }

    fn level_thresholds(&self, labels: usize) -> usize {
        labels.saturating_sub(1)
    }

    fn thresholds(&self, labels: usize) -> usize {
        labels.saturating_sub(1)
    }

    fn plain_thresholds(&self, labels: usize) -> Vec<f32> {
        // At most 1023 steps, which an f32 holds exactly.
        (0..self.thresholds(labels)).map(|step| step as f32 + 0.5).collect()
    }

    fn check_thresholds(&self, task: &str, thresholds: &[f32]) -> Result<()> {
        let rises = |pair: &&[f32]| pair[0].partial_cmp(&pair[1]) == Some(Ordering::Less);
        if let Some(pair) = thresholds.windows(2).find(|pair| !rises(pair)) {
            return Err(damaged(format!(
                "task {task} has thresholds {} and {}, they must rise",
                pair[0], pair[1]
            )));
        }
        // At most 1023, which an f32 holds exactly.
        check_range(task, thresholds, thresholds.len() as f32)
    }

    fn awards_one(&self) -> bool {
        true
    }

    fn scale(&self) -> ScaleUse {
        ScaleUse::Needed
    }

    fn probabilities(
        &self,
        outputs: &[f32],
        level_thresholds: &[f32],
        temperature: f32,
        cumulative: &mut [f32],
        probabilities: &mut [f32],
    ) {
        self::cumulative(outputs[0], level_thresholds, temperature, cumulative);
        levels(cumulative, probabilities);
    }

    fn cumulative_of(&self, probabilities: &[f32]) -> Vec<f32> {
        (1..probabilities.len()).map(|k| probabilities[k..].iter().sum()).collect()
    }

    fn untempered(&self, probabilities: &[f64], temperature: f64) -> Vec<f64> {
        let passed = |level| untempered_logistic(probabilities[level..].iter().sum(), temperature);
        let mut edges: Vec<f64> = (1..probabilities.len()).map(passed).collect();
        edges.insert(0, 1.0);
        edges.push(0.0);
        edges.windows(2).map(|pair| (pair[0] - pair[1]).max(0.0)).collect()
    }

    fn award<'a>(&self, _probabilities: &'a [f32], cumulative: &[f32], thresholds: &'a [f32]) -> Award<'a> {
        // The expected number of steps above the first level, summed in ascending order.
        let above = cumulative.iter().fold(0.0, |sum, p| sum + p);
        Award::One(thresholds.iter().filter(|t| above >= **t).count())
    }

    fn expected_above(&self, points: &[i32], _probabilities: &[f32], cumulative: &[f32]) -> f32 {
        let gaps = points.windows(2).map(|pair| exact(pair[1] - pair[0]));
        gaps.zip(cumulative).fold(0.0, |sum, (gap, p)| sum + gap * p)
    }
}

/// Probabilities that the level is above 0, above 1, and so on: `sigmoid((score + thresholds[k]) / temperature)`, with
/// thresholds that fall strictly.
///
/// # Panics
///
/// When the lengths differ.
pub fn cumulative(score: f32, thresholds: &[f32], temperature: f32, out: &mut [f32]) {
    assert_eq!(thresholds.len(), out.len(), "every threshold gives one probability");
    for (out, threshold) in out.iter_mut().zip(thresholds) {
        *out = math::sigmoid((score + threshold) / temperature);
    }
}

/// Probabilities of the levels, one more than there are thresholds, from those of [`cumulative()`]: the difference of
/// neighbours, never below 0.
///
/// ```
/// use pupil_core::parts::head;
///
/// let (mut cumulative, mut levels) = ([0.0; 2], [0.0; 3]);
/// head::cumulative(0.0, &[1.0, -1.0], 1.0, &mut cumulative);
/// head::levels(&cumulative, &mut levels);
/// assert!((levels[0] - levels[2]).abs() < 1e-6 && levels[1] > levels[0]);
/// ```
///
/// # Panics
///
/// When `out` has not one element more than `cumulative`.
pub fn levels(cumulative: &[f32], out: &mut [f32]) {
    assert_eq!(out.len(), cumulative.len() + 1, "there is one level more than thresholds");
    let mut last = 1.0;
    for (out, p) in out.iter_mut().zip(cumulative.iter().copied().chain([0.0])) {
        let difference = last - p;
        *out = if difference > 0.0 { difference } else { 0.0 };
        last = p;
    }
}
