//! Kinds of heads: all that depends on the kind of a task's output, except targets and awards.

use pupil_core::format::manifest::HeadKind as FileHead;
use serde::{Deserialize, Serialize};

/// What the head of a task predicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeadKind {
    /// One class of several that have no order.
    Softmax,
    /// Several labels, each awarded or not, independent of each other.
    Sigmoid,
    /// One level of an ordered scale.
    Ordinal,
}

impl HeadKind {
    /// Every kind, in the order of tables.
    pub const ALL: [Self; 3] = [Self::Ordinal, Self::Softmax, Self::Sigmoid];

    /// Whether one of several classes without an order is awarded.
    #[must_use]
    pub fn is_classes(self) -> bool {
        match self {
            Self::Softmax => true,
            Self::Sigmoid | Self::Ordinal => false,
        }
    }

    /// Whether one level of an ordered scale is awarded.
    #[must_use]
    pub fn is_ordered(self) -> bool {
        match self {
            Self::Ordinal => true,
            Self::Softmax | Self::Sigmoid => false,
        }
    }

    /// Whether several labels may be awarded at once; then probabilities do not sum to 1.
    #[must_use]
    pub fn is_multi_label(self) -> bool {
        match self {
            Self::Sigmoid => true,
            Self::Softmax | Self::Ordinal => false,
        }
    }

    /// Fewest classes, labels or levels that a task needs.
    #[must_use]
    pub fn min_labels(self) -> usize {
        match self {
            Self::Sigmoid => 1,
            Self::Softmax | Self::Ordinal => 2,
        }
    }

    /// How the columns of logits are read.
    #[must_use]
    pub fn link(self) -> Link {
        match self {
            Self::Softmax => Link::Softmax,
            Self::Sigmoid | Self::Ordinal => Link::Logistic,
        }
    }

    /// The kind as the file names it.
    #[must_use]
    pub fn in_file(self) -> FileHead {
        match self {
            Self::Softmax => FileHead::Softmax,
            Self::Sigmoid => FileHead::Sigmoid,
            Self::Ordinal => FileHead::Ordinal,
        }
    }

    /// What is awarded, in a model card.
    #[must_use]
    pub fn described(self) -> &'static str {
        match self {
            Self::Softmax => "one of the classes",
            Self::Sigmoid => "each label by itself",
            Self::Ordinal => "a level",
        }
    }
}

/// How the columns of a group are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// One of the columns is true.
    Softmax,
    /// Every column is true or false independently.
    Logistic,
}

/// The properties of a task that its head needs.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskHead {
    /// Kind of output.
    pub kind: HeadKind,
    /// Classes, rubric labels or levels.
    pub labels: usize,
}

impl TaskHead {
    /// A head of this kind with this number of classes, labels or levels.
    #[must_use]
    pub fn of(kind: HeadKind, labels: usize) -> Self {
        Self { kind, labels }
    }

    /// Columns of logits: a column per class or label, or one per step between levels.
    #[must_use]
    pub fn columns(&self) -> usize {
        match self.kind {
            HeadKind::Softmax | HeadKind::Sigmoid => self.labels,
            HeadKind::Ordinal => self.labels - 1,
        }
    }

    /// Rows of the output matrix: the columns of an ordinal head share one.
    #[must_use]
    pub fn scores(&self) -> usize {
        self.kind.in_file().outputs(self.labels)
    }

    /// The row of the output matrix, counted from the head's first, that a column of logits reads.
    #[must_use]
    pub fn row(&self, column: usize) -> usize {
        match self.kind {
            HeadKind::Softmax | HeadKind::Sigmoid => column,
            HeadKind::Ordinal => 0,
        }
    }

    /// The bias of a column with which a head that ignores its input gives the prior.
    #[must_use]
    pub fn start_bias(&self, prior: &[f32], column: usize) -> f32 {
        let logit = |p: f32| {
            let p = p.clamp(0.01, 0.99);
            (p / (1.0 - p)).ln()
        };
        match self.kind {
            HeadKind::Softmax => prior[column].max(0.01).ln(),
            HeadKind::Sigmoid => logit(prior[column]),
            HeadKind::Ordinal => logit(prior[column + 1..].iter().sum()),
        }
    }

    /// Probabilities of classes, labels or levels from one row of logits, as the engine computes them.
    #[must_use]
    pub fn probabilities(&self, logits: &[f32], temperature: f32) -> Vec<f32> {
        let logistic = |z: &f32| 1.0 / (1.0 + (-z / temperature).exp());
        match self.kind {
            HeadKind::Softmax => {
                let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let e: Vec<f32> = logits.iter().map(|z| ((z - max) / temperature).exp()).collect();
                let sum: f32 = e.iter().sum();
                e.iter().map(|v| v / sum).collect()
            }
            HeadKind::Sigmoid => logits.iter().map(logistic).collect(),
            HeadKind::Ordinal => {
                let above: Vec<f32> = logits.iter().map(logistic).collect();
                let edges = [&[1.0][..], &above, &[0.0]].concat();
                edges.windows(2).map(|w| (w[0] - w[1]).max(0.0)).collect()
            }
        }
    }

    /// Thresholds that decide as plain rounding does.
    #[must_use]
    pub fn plain_thresholds(&self) -> Vec<f32> {
        self.kind.in_file().plain_thresholds(self.labels)
    }

    /// Whether threshold `k` may be moved to `candidate`. Those of an ordinal head keep their order, half a `step`
    /// apart.
    #[must_use]
    pub fn allows_threshold(&self, thresholds: &[f32], k: usize, candidate: f32, step: f32) -> bool {
        let ordered = match self.kind {
            HeadKind::Softmax | HeadKind::Sigmoid => true,
            HeadKind::Ordinal => {
                (k == 0 || thresholds[k - 1] + step / 2.0 < candidate)
                    && (k + 1 == thresholds.len() || candidate + step / 2.0 < thresholds[k + 1])
            }
        };
        ordered && candidate > 0.0
    }
}
