//! Skew Kullback-Leibler divergence, `KL(p ‖ α p + (1 − α) q)`: the student's probability is mixed with a little of the
//! teacher's, so that the gradient stays small where the student is far off. Ko et al. 2024, "DistiLLM" (arXiv
//! 2402.03898), with its α.

use super::Form;
use super::divergence::{FLOOR, divergence};
use crate::head::{Link, LossTarget};

/// Share of the other distribution in the mixture.
pub(super) const ALPHA: f32 = 0.1;

/// See the [module](self).
pub(super) struct SkewKl;

impl Form for SkewKl {
    fn term(
        &self,
        link: Link,
        logits: &[f32],
        gradient: &mut [f32],
        target: &LossTarget,
        temperature: f32,
        weight: f32,
    ) -> f32 {
        divergence(link, logits, gradient, target, temperature, weight, |p, q| {
            if p < FLOOR {
                return (0.0, 0.0);
            }
            let mixed = ALPHA * p + (1.0 - ALPHA) * q;
            (p * (p / mixed).ln(), (ALPHA - 1.0) * p / mixed)
        })
    }
}
