//! Distillation as the paper states it: teacher and student at the same temperature.

use super::Form;
use crate::head::{LossTarget, TaskHead};

/// See the [module](self).
pub(super) struct SoftTargets;

impl Form for SoftTargets {
    fn target(&self, head: &TaskHead, teacher: &[f32], temperature: f32) -> LossTarget {
        head.target(&head.soften(teacher, temperature))
    }
}
