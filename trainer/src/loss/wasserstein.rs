//! Wasserstein distance between levels, `Σ |F_T(k) − F_S(k)|` over the steps between them, divided by their number. How
//! far apart two levels are counts, which it does not in the cross-entropy. Boizard et al. 2024, "Universal Logit
//! Distillation" (arXiv 2402.12030), whose sorted logits are levels in their order here.

use super::divergence::Divergence;

/// See the [module](self).
pub(super) const WASSERSTEIN: Divergence = Divergence { of, between_levels: true };

/// Both outcomes of a column differ by the same, so each counts half.
fn of(p: f32, q: f32) -> (f32, f32) {
    let off = q - p;
    (0.5 * off.abs(), if off == 0.0 { 0.0 } else { 0.5 * off.signum() })
}
