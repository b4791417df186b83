//! What the loss of a head compares with.

use serde::{Deserialize, Serialize};

/// Weight of each column being true and, for `Link::Logistic`, of it being false.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LossTarget {
    /// Weight of "true", one per column of the row's group.
    pub positive: Vec<f32>,
    /// Weight of "false"; unused by `Link::Softmax`.
    pub negative: Vec<f32>,
}

/// Weights of classes in the loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClassWeights {
    /// Every answer has the same weight.
    #[default]
    None,
    /// Rare classes have more weight: the inverse root of their share, mean 1.
    InverseRoot,
    /// Every class has the same weight in total: the inverse of its share, mean 1.
    Balanced,
    /// Of each rubric label, and of each step between levels, "true" has the weight of the answers where it is false
    /// over those where it is true, `pos_weight` of PyTorch. Classes are balanced.
    Positive,
}

/// What models learn from answers that two raters have scored. Validation and test use the first score alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecondRater {
    /// The first score; the second is not read.
    #[default]
    Ignore,
    /// Both scores, each with half of the probability.
    Half,
    /// The mean of both scores. Between two levels, each has a share of the probability.
    Mean,
}

impl SecondRater {
    /// Whether second scores are not read.
    #[must_use]
    pub fn is_ignored(&self) -> bool {
        *self == Self::Ignore
    }
}
