//! Distillation as the paper states it: teacher and student at the same temperature. Up to the teacher's entropy, which
//! has no gradient, it is the forward Kullback-Leibler divergence, `Σ p ln(p / q)`.

use super::Form;

/// See the [module](self).
pub(super) struct SoftTargets;

impl Form for SoftTargets {}
