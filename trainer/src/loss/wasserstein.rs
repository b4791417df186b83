//! Wasserstein distance between levels, `Σ |F_T(k) − F_S(k)|` over the steps between them, divided by their number. How
//! far apart two levels are counts, which it does not in the cross-entropy. Boizard et al. 2024, "Universal Logit
//! Distillation" (arXiv 2402.12030), whose sorted logits are levels in their order here.

use super::divergence::divergence;
use super::{Form, levels_alone};
use crate::head::{HeadKind, Link, LossTarget};

/// See the [module](self).
pub(super) struct Wasserstein;

impl Form for Wasserstein {
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
            let off = q - p;
            (0.5 * off.abs(), if off == 0.0 { 0.0 } else { 0.5 * off.signum() })
        })
    }
}
