//! Skew reverse Kullback-Leibler divergence, `KL(q ‖ (1 − α) p + α q)`: the reverse divergence without its unlimited
//! values where the teacher is certain. Ko et al. 2024, "DistiLLM" (arXiv 2402.03898); "DistiLLM-2" (arXiv 2503.07067)
//! uses it on the student's outputs.

use super::divergence::{Divergence, FLOOR};
use super::skew_kl::ALPHA;

/// See the [module](self).
pub(super) const SKEW_REVERSE_KL: Divergence = Divergence { of, between_levels: false };

fn of(p: f32, q: f32) -> (f32, f32) {
    let (p, q) = (p.max(FLOOR), q.max(f32::MIN_POSITIVE));
    let mixed = (1.0 - ALPHA) * p + ALPHA * q;
    let log = (q / mixed).ln();
    (q * log, log + 1.0 - ALPHA * q / mixed)
}
