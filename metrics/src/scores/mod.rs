//! Numeric scores: people's and a system's, on one scale.
//!
//! Definitions follow RSMTool 12 (`rsmtool.utils.metrics`, `rsmtool.analyzer`), whose figures are the fixtures of the
//! tests. A figure without a value (0/0, too few answers) is `None`; RSMTool writes NaN, and in three places a number:
//! kappa 1 where both raters use one score only, R² 0 or 1 where the human scores do not vary, and a disattenuated
//! correlation above 1, which is kept here.

mod agreement;
mod fairness;
mod length;
mod process;
mod regression;
#[cfg(test)]
mod tests;
mod true_score;

pub use agreement::{Population, ScoreAgreement, ScorePairs, SmdMethod};
pub use fairness::{Fairness, FairnessMeasure, fairness};
pub use length::partial_correlation;
pub use process::{Scaling, TRIM_TOLERANCE, Trim, round_half_even};
pub use regression::Coefficient;
pub use true_score::{Ratings, TrueScore, rater_error_variance, true_score};

/// Disattenuated correlation: human–system, divided by the square root of human–human.
///
/// `None` if the raters' correlation is not positive.
#[must_use]
pub fn disattenuated(human_system: f64, human_human: f64) -> Option<f64> {
    (human_human > 0.0).then(|| human_system / human_human.sqrt())
}
