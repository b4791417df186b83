//! Skew reverse Kullback-Leibler divergence, `KL(q ‖ (1 − α) p + α q)`: the reverse divergence without its unlimited
//! values where the teacher is certain. Ko et al. 2024, "DistiLLM" (arXiv 2402.03898); "DistiLLM-2" (arXiv 2503.07067)
//! uses it on the student's outputs.

use super::Form;
use super::divergence::{FLOOR, divergence};
use super::skew_kl::ALPHA;
use crate::head::{Link, LossTarget};

/// See the [module](self).
pub(super) struct SkewReverseKl;

impl Form for SkewReverseKl {
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
            let (p, q) = (p.max(FLOOR), q.max(f32::MIN_POSITIVE));
            let mixed = (1.0 - ALPHA) * p + ALPHA * q;
            let log = (q / mixed).ln();
            (q * log, log + 1.0 - ALPHA * q / mixed)
        })
    }
}
