//! Skew Kullback-Leibler divergence, `KL(p ‖ α p + (1 − α) q)`: the student's probability is mixed with a little of the
//! teacher's, so that the gradient stays small where the student is far off. Ko et al. 2024, "DistiLLM" (arXiv
//! 2402.03898), with its α.

use super::divergence::{Divergence, FLOOR};

/// Share of the other distribution in the mixture.
pub(super) const ALPHA: f32 = 0.1;

/// See the [module](self).
pub(super) const SKEW_KL: Divergence = Divergence { of, between_levels: false };

fn of(p: f32, q: f32) -> (f32, f32) {
    if p < FLOOR {
        return (0.0, 0.0);
    }
    let mixed = ALPHA * p + (1.0 - ALPHA) * q;
    (p * (p / mixed).ln(), (ALPHA - 1.0) * p / mixed)
}
