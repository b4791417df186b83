//! Ranked probability score between levels, `Σ (F_T(k) − F_S(k))²` over the steps between them, divided by their
//! number. Epstein 1969, "A scoring system for probability forecasts of ranked categories".

use super::divergence::Divergence;

/// See the [module](self).
pub(super) const RPS: Divergence = Divergence { of, between_levels: true };

/// Both outcomes of a column differ by the same, so each counts half.
fn of(p: f32, q: f32) -> (f32, f32) {
    (0.5 * (q - p) * (q - p), q - p)
}
