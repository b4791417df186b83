//! Kinds of heads: everything that depends on the kind of a task's output. Awards and confidence are the engine's.

use super::targets::LossTarget;
use anyhow::Result;
use pupil_core::format::manifest::HeadKind as FileHead;
use pupil_metrics::{Metric, ScoreKind, Target};
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
    /// Place among the kinds in tables.
    #[must_use]
    pub fn order(self) -> usize {
        match self {
            Self::Ordinal => 0,
            Self::Softmax => 1,
            Self::Sigmoid => 2,
        }
    }

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

    /// The kind that a file names.
    #[must_use]
    pub fn of_file(kind: FileHead) -> Self {
        match kind {
            FileHead::Softmax => Self::Softmax,
            FileHead::Sigmoid => Self::Sigmoid,
            FileHead::Ordinal => Self::Ordinal,
        }
    }

    /// What a score is.
    #[must_use]
    pub fn scores(self) -> ScoreKind {
        match self {
            Self::Softmax => ScoreKind::Class,
            Self::Sigmoid => ScoreKind::Labels,
            Self::Ordinal => ScoreKind::Level,
        }
    }

    /// Every metric that is defined for this kind, the main one first.
    #[must_use]
    pub fn metrics(self) -> &'static [Metric] {
        self.scores().metrics()
    }

    /// The metric by which systems with this head kind are compared: QWK, macro-F1 or mean kappa.
    #[must_use]
    pub fn main_metric(self) -> Metric {
        self.scores().main_metric()
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

    /// How far two predictions are apart, from 0 to 1: the distance of the expected levels as a share of the scale, the
    /// total variation of classes, the mean difference of labels.
    #[must_use]
    pub fn difference(self, a: &[f32], b: &[f32]) -> f64 {
        let pairs = || a.iter().zip(b).map(|(a, b)| f64::from(*a) - f64::from(*b));
        match self {
            Self::Ordinal => {
                let expected: f64 = pairs().enumerate().map(|(level, d)| level as f64 * d).sum();
                (expected / a.len().saturating_sub(1).max(1) as f64).abs()
            }
            Self::Softmax => 0.5 * pairs().map(f64::abs).sum::<f64>(),
            Self::Sigmoid => pairs().map(f64::abs).sum::<f64>() / a.len().max(1) as f64,
        }
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

impl TaskHead {
    /// The loss of probabilities against a human score `truth`, equal to [`HeadLoss`](crate::loss::HeadLoss) on their
    /// logits.
    #[must_use]
    pub fn loss(&self, truth: &[f32], probabilities: &[f32]) -> f64 {
        const TINY: f32 = 1e-7;
        let (truth, found) = (self.target(truth), self.target(probabilities));
        let term = |weight: f32, p: f32| -f64::from(weight) * f64::from(p.max(TINY)).ln();
        let positive: f64 = truth.positive.iter().zip(&found.positive).map(|(w, p)| term(*w, *p)).sum();
        let negative: f64 = truth.negative.iter().zip(&found.negative).map(|(w, p)| term(*w, *p)).sum();
        match self.kind.link() {
            Link::Softmax => positive,
            Link::Logistic => (positive + negative) / truth.positive.len() as f64,
        }
    }

    /// The loss's target from probabilities of classes, labels or levels (one-hot for a human score).
    #[must_use]
    pub fn target(&self, probabilities: &[f32]) -> LossTarget {
        match self.kind {
            HeadKind::Softmax => LossTarget { positive: probabilities.to_vec(), negative: Vec::new() },
            HeadKind::Sigmoid => LossTarget {
                positive: probabilities.to_vec(),
                negative: probabilities.iter().map(|p| 1.0 - p).collect(),
            },
            HeadKind::Ordinal => {
                let positive: Vec<f32> =
                    (1..self.labels).map(|k| probabilities[k..].iter().sum::<f32>().min(1.0)).collect();
                let negative = positive.iter().map(|p| 1.0 - p).collect();
                LossTarget { positive, negative }
            }
        }
    }

    /// Probabilities sharpened or flattened by a temperature, as a teacher's are before distillation.
    #[must_use]
    pub fn soften(&self, probabilities: &[f32], temperature: f32) -> Vec<f32> {
        const TINY: f32 = 1e-6;
        let squash = |p: f32| {
            let p = p.clamp(TINY, 1.0 - TINY);
            1.0 / (1.0 + ((1.0 - p) / p).powf(1.0 / temperature))
        };
        match self.kind {
            HeadKind::Softmax => {
                let e: Vec<f32> = probabilities.iter().map(|p| p.max(TINY).powf(1.0 / temperature)).collect();
                let sum: f32 = e.iter().sum();
                e.iter().map(|v| v / sum).collect()
            }
            HeadKind::Sigmoid => probabilities.iter().map(|p| squash(*p)).collect(),
            HeadKind::Ordinal => {
                let above: Vec<f32> =
                    (1..self.labels).map(|k| squash(probabilities[k..].iter().sum())).collect();
                let edges = [&[1.0][..], &above, &[0.0]].concat();
                edges.windows(2).map(|w| (w[0] - w[1]).max(0.0)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_lie_between_none_and_all() {
        let one = |k: usize| (0..3).map(|i| if i == k { 1.0 } else { 0.0 }).collect::<Vec<f32>>();
        for (kind, a, b, want) in [
            (HeadKind::Ordinal, one(0), one(2), 1.0),
            (HeadKind::Ordinal, one(1), one(2), 0.5),
            (HeadKind::Ordinal, vec![0.5, 0.0, 0.5], one(1), 0.0),
            (HeadKind::Softmax, vec![0.5, 0.0, 0.5], one(1), 1.0),
            (HeadKind::Softmax, vec![0.5, 0.0, 0.5], one(0), 0.5),
            (HeadKind::Sigmoid, vec![1.0, 0.25], vec![0.0, 0.75], 0.75),
        ] {
            for (a, b) in [(&a, &b), (&b, &a)] {
                assert!((kind.difference(a, b) - want).abs() < 1e-12, "{kind:?} {a:?} {b:?}");
            }
        }
    }

    #[test]
    fn targets_and_softening_keep_probabilities() {
        let ordinal = TaskHead { kind: HeadKind::Ordinal, labels: 4 };
        let p = [0.1, 0.2, 0.3, 0.4];
        let target = ordinal.target(&p);
        for (have, want) in target.positive.iter().zip([0.9, 0.7, 0.4]) {
            assert!((have - want).abs() < 1e-6);
        }
        for kind in [HeadKind::Softmax, HeadKind::Ordinal] {
            let task = TaskHead { kind, labels: 4 };
            for (have, want) in task.soften(&p, 1.0).iter().zip(p) {
                assert!((have - want).abs() < 1e-5, "{kind:?}: {have} but {want}");
            }
            let soft = task.soften(&[0.0, 0.0, 1.0, 0.0], 3.0);
            assert!((soft.iter().sum::<f32>() - 1.0).abs() < 1e-5 && soft[2] < 0.999, "{soft:?}");
        }
    }
}
