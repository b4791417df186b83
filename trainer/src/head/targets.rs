//! What a head learns: targets of the loss.

use super::kind::{HeadKind, Link, TaskHead};
use serde::{Deserialize, Serialize};

/// Weight of each column being true and, for [`Link::Logistic`], of it being false.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LossTarget {
    /// Weight of "true", one per column of the row's group.
    pub positive: Vec<f32>,
    /// Weight of "false"; unused by [`Link::Softmax`].
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
