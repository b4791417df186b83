//! Reverse Kullback-Leibler divergence, `Σ q ln(q / p)`: the student avoids what the teacher thinks unlikely, rather
//! than covering everything that it thinks possible. Gu et al. 2024, "MiniLLM" (arXiv 2306.08543).

use super::Form;
use super::divergence::{FLOOR, divergence};
use crate::head::{Link, LossTarget};

/// See the [module](self).
pub(super) struct ReverseKl;

impl Form for ReverseKl {
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
            let log = (q.max(f32::MIN_POSITIVE) / p.max(FLOOR)).ln();
            (q * log, log + 1.0)
        })
    }
}
