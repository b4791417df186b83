//! Reverse Kullback-Leibler divergence, `Σ q ln(q / p)`: the student avoids what the teacher thinks unlikely, rather
//! than covering everything that it thinks possible. Gu et al. 2024, "MiniLLM" (arXiv 2306.08543).

use super::divergence::{Divergence, FLOOR};

/// See the [module](self).
pub(super) const REVERSE_KL: Divergence = Divergence { of, between_levels: false };

fn of(p: f32, q: f32) -> (f32, f32) {
    let log = (q.max(f32::MIN_POSITIVE) / p.max(FLOOR)).ln();
    (q * log, log + 1.0)
}
