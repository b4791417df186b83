//! Scores: what a person or a model awards for an answer.

use serde::{Deserialize, Serialize};

/// The human score of an answer, as indices into the task's classes, levels or labels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// Index of the class.
    Class(usize),
    /// Index of the level, counted from 0; the task's points have its score.
    Level(usize),
    /// One entry per rubric label.
    Labels(Vec<bool>),
    /// Nobody scored this answer.
    Missing,
}

impl Target {
    /// The class or level index, where there is one.
    #[must_use]
    pub fn index(&self) -> Option<usize> {
        match self {
            Self::Class(i) | Self::Level(i) => Some(*i),
            Self::Labels(_) | Self::Missing => None,
        }
    }
}
