//! Distillation as the published code computes it: the teacher's probabilities as they are, the term times 0.05.

use super::Form;
use crate::head::{LossTarget, TaskHead};

/// Factor on the teacher's term in the published code.
const CODE_SHARE: f32 = 0.05;

/// See the [module](self).
pub(super) struct PublishedCode;

impl Form for PublishedCode {
    fn target(&self, head: &TaskHead, teacher: &[f32], _temperature: f32) -> LossTarget {
        head.target(teacher)
    }

    fn share(&self) -> f32 {
        CODE_SHARE
    }
}
