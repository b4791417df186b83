//! One of several classes, or of levels without an order: the most probable is awarded.

use super::award::{Award, first_largest};
use super::kind::{HeadRules, ScaleUse, untempered_softmax};
use crate::error::Result;
use crate::kernels::math;

/// The rules of this kind.
pub(super) struct Softmax;

impl HeadRules for Softmax {
    fn least_labels(&self) -> usize {
        2
    }

    fn thresholds(&self, _labels: usize) -> usize {
        0
    }

    fn plain_thresholds(&self, _labels: usize) -> Vec<f32> {
        Vec::new()
    }

    fn check_thresholds(&self, _task: &str, _thresholds: &[f32]) -> Result<()> {
        Ok(())
    }

    fn awards_one(&self) -> bool {
        true
    }

    fn scale(&self) -> ScaleUse {
        ScaleUse::Optional
    }

    fn probabilities(
        &self,
        outputs: &[f32],
        _level_thresholds: &[f32],
        temperature: f32,
        _cumulative: &mut [f32],
        probabilities: &mut [f32],
    ) {
        softmax(outputs, temperature, probabilities);
    }

    fn untempered(&self, probabilities: &[f64], temperature: f64) -> Vec<f64> {
        untempered_softmax(probabilities, temperature)
    }

    fn award<'a>(&self, probabilities: &'a [f32], _cumulative: &[f32], _thresholds: &'a [f32]) -> Award<'a> {
        Award::One(first_largest(probabilities))
    }
}

/// Probabilities of exclusive classes. They lie in [0, 1] and sum to 1 but for rounding.
///
/// ```
/// let mut p = [0.0; 2];
/// pupil_core::parts::head::softmax(&[1.0, 1.0], 1.0, &mut p);
/// assert_eq!(p, [0.5, 0.5]);
/// ```
///
/// # Panics
///
/// When the lengths differ.
pub fn softmax(logits: &[f32], temperature: f32, out: &mut [f32]) {
    assert_eq!(logits.len(), out.len(), "every logit gives one probability");
    for (out, logit) in out.iter_mut().zip(logits) {
        *out = logit / temperature;
    }
    math::softmax(out);
}
