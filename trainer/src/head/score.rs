//! Scores: what a person or a model awards for an answer.

use super::kind::{HeadKind, TaskHead};
use anyhow::Result;
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

impl HeadKind {
    /// Whether a score can belong to a task of this kind with so many classes, levels or labels.
    #[must_use]
    pub fn takes(self, target: &Target, labels: usize) -> bool {
        match (self, target) {
            (_, Target::Missing) => true,
            (Self::Softmax, Target::Class(i)) | (Self::Ordinal, Target::Level(i)) => *i < labels,
            (Self::Sigmoid, Target::Labels(l)) => l.len() == labels,
            (Self::Softmax | Self::Sigmoid | Self::Ordinal, _) => false,
        }
    }

    /// The award that plain rules make from probabilities, as [`decide`](crate::labels::decide) states them.
    pub(crate) fn plain_award(self, probabilities: &[f32]) -> Target {
        let head = TaskHead::of(self, probabilities.len());
        head.award(&head.plain_thresholds(), probabilities)
    }

    /// An award of exactly one class or level.
    fn one(self, place: usize) -> Target {
        match self {
            Self::Softmax | Self::Sigmoid => Target::Class(place),
            Self::Ordinal => Target::Level(place),
        }
    }

    /// The award where a table or the engine flags what is awarded; `one` finds the only class or level.
    pub(crate) fn flagged(self, flags: Vec<bool>, one: impl FnOnce() -> Result<usize>) -> Result<Target> {
        if self.in_file().awards_one() { Ok(self.one(one()?)) } else { Ok(Target::Labels(flags)) }
    }
}

impl TaskHead {
    /// The award for some probabilities, as the engine makes it.
    #[must_use]
    pub fn award(&self, thresholds: &[f32], probabilities: &[f32]) -> Target {
        let kind = self.kind.in_file();
        let cumulative = kind.cumulative_of(probabilities);
        let award = kind.award(probabilities, &cumulative, thresholds);
        match award.one() {
            Some(place) => self.kind.one(place),
            None => Target::Labels((0..probabilities.len()).map(|k| award.has(k)).collect()),
        }
    }
}
