//! Distillation as the paper states it: teacher and student at the same temperature.

use super::Form;
use crate::head::{Target, TaskHead};

/// See the [module](self).
pub(super) struct SoftTargets;

impl Form for SoftTargets {
    fn target(&self, head: &TaskHead, teacher: &[f32], temperature: f32) -> Target {
        head.target(&head.soften(teacher, temperature))
    }
}
