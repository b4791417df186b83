//! Settings of how students learn from a teacher that models of one task and of several have in common.

use serde::{Deserialize, Serialize};

/// What of the teacher's vectors a student learns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeatureUnits {
    /// All of their values, through a map that is learned and thrown away.
    #[default]
    All,
    /// As many values as the student's vector has, without a map: those on which the teacher's loss depends most.
    Influential,
}

impl FeatureUnits {
    /// Whether it is the default.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// From which answers a student learns the teacher's probabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Selection {
    /// From all of them.
    #[default]
    All,
    /// In each step, from those of which the teacher is surer and the student less sure than usual.
    Open,
}

impl Selection {
    /// Whether it is the default.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
