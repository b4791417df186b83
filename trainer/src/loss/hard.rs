//! The human term of the loss: cross-entropy with the score that a person gave.

use super::cross_entropy::cross_entropy;
use crate::head::{Link, LossTarget};

/// Adds the gradient of the human term to `gradient` and returns the term.
pub(super) fn term(
    link: Link,
    logits: &[f32],
    gradient: &mut [f32],
    target: &LossTarget,
    weight: f32,
) -> f32 {
    cross_entropy(link, logits, gradient, target, 1.0, weight)
}
