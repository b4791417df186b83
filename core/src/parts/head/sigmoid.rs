//! Each label by itself, awarded from its threshold on.

use super::award::Award;
use super::kind::{HeadRules, ScaleUse, check_range, untempered_logistic};
use crate::error::Result;
use crate::kernels::math;

/// The rules of this kind.
pub(super) struct Sigmoid;

impl HeadRules for Sigmoid {
    fn least_labels(&self) -> usize {
        1
    }

    fn thresholds(&self, labels: usize) -> usize {
        labels
    }

    fn plain_thresholds(&self, labels: usize) -> Vec<f32> {
        vec![0.5; labels]
    }

    fn check_thresholds(&self, task: &str, thresholds: &[f32]) -> Result<()> {
        check_range(task, thresholds, 1.0)
    }

    fn awards_one(&self) -> bool {
        false
    }

    fn scale(&self) -> ScaleUse {
        ScaleUse::Refused
    }

    fn probabilities(
        &self,
        outputs: &[f32],
        _level_thresholds: &[f32],
        temperature: f32,
        _cumulative: &mut [f32],
        probabilities: &mut [f32],
    ) {
        sigmoid(outputs, temperature, probabilities);
    }

    fn untempered(&self, probabilities: &[f64], temperature: f64) -> Vec<f64> {
        probabilities.iter().map(|p| untempered_logistic(*p, temperature)).collect()
    }

    fn award<'a>(&self, probabilities: &'a [f32], _cumulative: &[f32], thresholds: &'a [f32]) -> Award<'a> {
        assert_eq!(probabilities.len(), thresholds.len(), "every label has a threshold");
        Award::Each { probabilities, thresholds }
    }
}

/// Probabilities of independent labels.
///
/// ```
/// let mut p = [0.0; 2];
/// pupil_core::parts::head::sigmoid(&[0.0, 100.0], 2.0, &mut p);
/// assert_eq!(p, [0.5, 1.0]);
/// ```
///
/// # Panics
///
/// When the lengths differ.
pub fn sigmoid(logits: &[f32], temperature: f32, out: &mut [f32]) {
    assert_eq!(logits.len(), out.len(), "every logit gives one probability");
    for (out, logit) in out.iter_mut().zip(logits) {
        *out = math::sigmoid(logit / temperature);
    }
}
