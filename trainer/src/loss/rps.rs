//! Ranked probability score between levels, `Σ (F_T(k) − F_S(k))²` over the steps between them, divided by their
//! number. Epstein 1969, "A scoring system for probability forecasts of ranked categories".

use super::divergence::divergence;
use super::{Form, levels_alone};
use crate::head::{HeadKind, Link, LossTarget};

/// See the [module](self).
pub(super) struct Rps;

impl Form for Rps {
    fn refuses(&self, kind: HeadKind) -> Option<&'static str> {
        levels_alone(kind)
    }

    fn term(
        &self,
        link: Link,
        logits: &[f32],
        gradient: &mut [f32],
        target: &LossTarget,
        temperature: f32,
        weight: f32,
    ) -> f32 {
        // Both outcomes of a column differ by the same, so each counts half.
        divergence(link, logits, gradient, target, temperature, weight, |p, q| {
            (0.5 * (q - p) * (q - p), q - p)
        })
    }
}
