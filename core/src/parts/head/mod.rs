//! Heads: from the vector of a text to probabilities, and from those to an award.
//!
//! A kind of head is one file and one line of the match in [`HeadKind`]'s `rules`, the only place that tells kinds
//! apart. Its methods take slices of numbers and nothing else, so that trainers decide as the engine does:
//!
//! ```
//! use pupil_core::format::manifest::HeadKind;
//!
//! // Three levels: probabilities of each, then of passing the first and the second.
//! let (levels, cumulative) = ([0.25, 0.25, 0.5], [0.75, 0.5]);
//! let award = HeadKind::Ordinal.award(&levels, &cumulative, &[0.5, 1.5]);
//! assert_eq!(award.one(), Some(1));
//! assert_eq!(award.confidence(&levels), 0.25);
//! ```

mod award;
mod dimensions;
mod kind;
mod members;
mod ordinal;
mod run;
mod sections;
mod sigmoid;
mod softmax;
#[cfg(test)]
mod tests;
#[cfg(feature = "write")]
mod write;

pub use award::Award;
pub use kind::ScaleUse;
pub use ordinal::{cumulative, levels};
pub use sigmoid::sigmoid;
pub use softmax::softmax;
#[cfg(feature = "write")]
pub use write::HeadWeights;

pub(super) use dimensions::{check, check_member};
pub(crate) use members::MemberRows;
pub(crate) use run::{HeadScratch, PackedHead};
pub(super) use sections::sections;

use self::kind::HeadRules;
use crate::error::Result;
use crate::format::manifest::HeadKind;

/// Evaluates an expression with the rules of a kind. Each kind has its own copy, which the compiler can inline.
macro_rules! with_rules {
    ($kind:expr, $rules:ident => $value:expr) => {
        match $kind {
            HeadKind::Softmax => {
                let $rules = softmax::Softmax;
                $value
            }
            HeadKind::Sigmoid => {
                let $rules = sigmoid::Sigmoid;
                $value
            }
            HeadKind::Ordinal => {
                let $rules = ordinal::Ordinal;
                $value
            }
        }
    };
}

/// What a kind of head decides.
///
/// `labels` is the number of classes, rubric labels or levels; `probabilities` has one number for each. `cumulative` is
/// the probability of each step between levels to be passed, p(level > k); it is empty for kinds without levels of
/// their own.
impl HeadKind {
    /// Rows of the matrix of the last layer.
    pub fn outputs(self, labels: usize) -> usize {
        with_rules!(self, rules => rules.outputs(labels))
    }

    /// Thresholds between levels that the head has learned and that shift its output: section `task.ID.cuts`. The
    /// cumulative probabilities are as many.
    pub fn level_thresholds(self, labels: usize) -> usize {
        with_rules!(self, rules => rules.level_thresholds(labels))
    }

    /// The thresholds of an award before any is fitted to data; there are as many in every manifest.
    pub fn plain_thresholds(self, labels: usize) -> Vec<f32> {
        with_rules!(self, rules => rules.plain_thresholds(labels))
    }

    /// Whether an award is exactly one of the labels, and not any number of them.
    pub fn awards_one(self) -> bool {
        with_rules!(self, rules => rules.awards_one())
    }

    /// How many thresholds of an award there are.
    fn thresholds(self, labels: usize) -> usize {
        with_rules!(self, rules => rules.thresholds(labels))
    }

    /// Fewest labels that a task may have.
    fn least_labels(self) -> usize {
        with_rules!(self, rules => rules.least_labels())
    }

    /// Checks as many thresholds of an award as there must be.
    fn check_thresholds(self, task: &str, thresholds: &[f32]) -> Result<()> {
        with_rules!(self, rules => rules.check_thresholds(task, thresholds))
    }

    /// Whether a task with such a head has a scale of points.
    pub fn scale(self) -> ScaleUse {
        with_rules!(self, rules => rules.scale())
    }

    /// Fills `cumulative` and `probabilities` from the outputs of the last layer.
    ///
    /// `level_thresholds` fall strictly; `temperature` is above 0, and 1 changes nothing.
    ///
    /// # Panics
    ///
    /// When the lengths do not fit each other.
    pub fn probabilities(
        self,
        outputs: &[f32],
        level_thresholds: &[f32],
        temperature: f32,
        cumulative: &mut [f32],
        probabilities: &mut [f32],
    ) {
        with_rules!(self, rules => rules.probabilities(outputs, level_thresholds, temperature, cumulative, probabilities));
    }

    /// The cumulative probabilities that belong to probabilities from elsewhere, such as those of a teacher. From the
    /// engine's own they differ by a rounding.
    pub fn cumulative_of(self, probabilities: &[f32]) -> Vec<f32> {
        with_rules!(self, rules => rules.cumulative_of(probabilities))
    }

    /// The probabilities that a temperature of 1 gives where `temperature` gave these: what a head stated before it was
    /// calibrated.
    ///
    /// ```
    /// use pupil_core::format::manifest::HeadKind;
    ///
    /// // 0.8 has the logit ln 4; twice that is the logit of 16/17.
    /// let raw = HeadKind::Sigmoid.untempered(&[0.8], 2.0);
    /// assert!((raw[0] - 16.0 / 17.0).abs() < 1e-12);
    /// ```
    pub fn untempered(self, probabilities: &[f64], temperature: f64) -> Vec<f64> {
        with_rules!(self, rules => rules.untempered(probabilities, temperature))
    }

    /// What is awarded. `thresholds` are those of the manifest.
    ///
    /// # Panics
    ///
    /// When there is no probability, or not one threshold for each label of a kind that awards each by itself.
    pub fn award<'a>(self, probabilities: &'a [f32], cumulative: &[f32], thresholds: &'a [f32]) -> Award<'a> {
        with_rules!(self, rules => rules.award(probabilities, cumulative, thresholds))
    }

    /// The expected points where the levels have these, in a fixed order of summing.
    ///
    /// # Panics
    ///
    /// When there are no points.
    pub fn expected(self, points: &[i32], probabilities: &[f32], cumulative: &[f32]) -> f32 {
        kind::exact(points[0])
            + with_rules!(self, rules => rules.expected_above(points, probabilities, cumulative))
    }
}
