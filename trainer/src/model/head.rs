//! Heads: from an encoder's vector to the outputs of each task.

use crate::data::HeadKind;
use crate::ops::dropout::{derive, dropout};
use crate::ops::values;
use crate::random;
use anyhow::Result;
use candle_core::{CpuStorage, CustomOp1, Device, Layout, Shape, Tensor, Var};
use std::ops::Range;

/// How the columns of a group are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// One of the columns is true.
    Softmax,
    /// Every column is true or false by itself.
    Logistic,
}

/// A task's columns in the matrix of logits.
#[derive(Clone, Debug)]
pub struct Group {
    /// The columns.
    pub columns: Range<usize>,
    /// Their link function.
    pub link: Link,
}

/// Weight of each column being true and, for [`Link::Logistic`], of it being false.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Target {
    /// Weight of "true", one per column of the row's group.
    pub positive: Vec<f32>,
    /// Weight of "false"; unused by [`Link::Softmax`].
    pub negative: Vec<f32>,
}

/// What a head needs to know of a task.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskHead {
    /// Kind of output.
    pub kind: HeadKind,
    /// Classes, rubric labels or levels.
    pub labels: usize,
}

impl TaskHead {
    /// Columns of logits: a column per class or label, or one per step between levels.
    #[must_use]
    pub fn columns(&self) -> usize {
        if self.kind == HeadKind::Ordinal { self.labels - 1 } else { self.labels }
    }

    /// Rows of the output matrix: the columns of an ordinal head share one.
    #[must_use]
    pub fn scores(&self) -> usize {
        if self.kind == HeadKind::Ordinal { 1 } else { self.labels }
    }

    /// Probabilities of classes, labels or levels from one row of logits, as the engine works them out.
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

    /// The loss of some probabilities where `truth` is certain: what [`HeadLoss`](crate::loss::HeadLoss) gives for
    /// their logits.
    #[must_use]
    pub fn loss(&self, truth: &[f32], probabilities: &[f32]) -> f64 {
        const TINY: f32 = 1e-7;
        let (truth, found) = (self.target(truth), self.target(probabilities));
        let term = |weight: f32, p: f32| -f64::from(weight) * f64::from(p.max(TINY)).ln();
        let positive: f64 = truth.positive.iter().zip(&found.positive).map(|(w, p)| term(*w, *p)).sum();
        let negative: f64 = truth.negative.iter().zip(&found.negative).map(|(w, p)| term(*w, *p)).sum();
        if self.kind == HeadKind::Softmax {
            positive
        } else {
            (positive + negative) / truth.positive.len() as f64
        }
    }

    /// The loss's target from probabilities of classes, labels or levels (one-hot for a human score).
    #[must_use]
    pub fn target(&self, probabilities: &[f32]) -> Target {
        match self.kind {
            HeadKind::Softmax => Target { positive: probabilities.to_vec(), negative: Vec::new() },
            HeadKind::Sigmoid => Target {
                positive: probabilities.to_vec(),
                negative: probabilities.iter().map(|p| 1.0 - p).collect(),
            },
            HeadKind::Ordinal => {
                let positive: Vec<f32> =
                    (1..self.labels).map(|k| probabilities[k..].iter().sum::<f32>().min(1.0)).collect();
                let negative = positive.iter().map(|p| 1.0 - p).collect();
                Target { positive, negative }
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

/// Hidden layers, one below the other; as many as there are tasks, or one for all.
#[derive(Clone, Debug)]
struct Hidden {
    weight: Var,
    bias: Var,
    /// Units of one.
    units: usize,
}

/// Optional hidden layer with ReLU, one for all tasks or one each, then one linear output per task.
#[derive(Clone, Debug)]
pub struct Head {
    tasks: Vec<TaskHead>,
    groups: Vec<Group>,
    hidden: Option<Hidden>,
    weight: Var,
    bias: Var,
    /// Output row of each column of logits.
    rows: Tensor,
    dropout: f32,
}

impl Head {
    /// A head on vectors of `width`, with `hidden` units between (0 for none), in a layer per task where there are
    /// several.
    ///
    /// `priors` holds, per task, the share of each class, label or level in the training data; the biases start there.
    ///
    /// # Errors
    ///
    /// When candle cannot place the parameters on the device.
    pub fn new(
        tasks: &[TaskHead],
        priors: &[Vec<f32>],
        width: usize,
        hidden: usize,
        dropout: f32,
        seed: u64,
        device: &Device,
    ) -> Result<Self> {
        let mut rng = random::generator(seed);
        let inner = if hidden == 0 {
            None
        } else {
            let rows = hidden * tasks.len();
            let mut values = vec![0.0; rows * width];
            random::uniform(&mut values, (6.0 / (hidden + width) as f32).sqrt(), &mut rng);
            Some(Hidden {
                weight: Var::from_vec(values, (rows, width), device)?,
                bias: Var::from_vec(vec![0.0f32; rows], rows, device)?,
                units: hidden,
            })
        };
        let (mut groups, mut rows, mut bias, mut scores) = (Vec::new(), Vec::new(), Vec::new(), 0usize);
        for (task, prior) in tasks.iter().zip(priors) {
            let start = bias.len();
            let link = if task.kind == HeadKind::Softmax { Link::Softmax } else { Link::Logistic };
            for column in 0..task.columns() {
                let row = scores + if task.kind == HeadKind::Ordinal { 0 } else { column };
                rows.push(u32::try_from(row)?);
                bias.push(start_bias(task, prior, column));
            }
            scores += task.scores();
            groups.push(Group { columns: start..bias.len(), link });
        }
        let columns = bias.len();
        let inputs = if hidden == 0 { width } else { hidden };
        let mut values = vec![0.0; scores * inputs];
        random::uniform(&mut values, (6.0 / (scores + inputs) as f32).sqrt(), &mut rng);
        Ok(Self {
            tasks: tasks.to_vec(),
            groups,
            weight: Var::from_vec(values, (scores, inputs), device)?,
            hidden: inner,
            bias: Var::from_vec(bias, columns, device)?,
            rows: Tensor::from_vec(rows, columns, device)?,
            dropout,
        })
    }

    /// The tasks.
    #[must_use]
    pub fn tasks(&self) -> &[TaskHead] {
        &self.tasks
    }

    /// Columns of each task.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Parameters with their names; matrices decay, biases do not.
    #[must_use]
    pub fn variables(&self) -> Vec<(&'static str, Var, bool)> {
        let mut v =
            vec![("output.weight", self.weight.clone(), true), ("output.bias", self.bias.clone(), false)];
        if let Some(h) = &self.hidden {
            v.push(("hidden.weight", h.weight.clone(), true));
            v.push(("hidden.bias", h.bias.clone(), false));
        }
        v
    }

    /// Logits `[rows, columns]` from vectors `[rows, width]` and the task of each; dropout acts when a seed is given.
    ///
    /// The columns of a row's own task are what its head gives; the others are of no use where tasks have hidden
    /// layers of their own.
    ///
    /// # Errors
    ///
    /// When candle fails.
    pub fn forward(&self, x: &Tensor, tasks: &[usize], seed: Option<u64>) -> Result<Tensor> {
        let dropped = |x: Tensor, site: u64| -> Result<Tensor> {
            Ok(match seed {
                Some(seed) if self.dropout > 0.0 => {
                    let at = x.device().clone();
                    let op = Dropout { rate: self.dropout, seed: derive(seed, site) };
                    x.to_device(&Device::Cpu)?.contiguous()?.apply_op1(op)?.to_device(&at)?
                }
                _ => x,
            })
        };
        let mut x = dropped(x.clone(), 1000)?;
        if let Some(h) = &self.hidden {
            x = x.matmul(&h.weight.t()?)?.broadcast_add(&h.bias)?.relu()?;
            if self.tasks.len() > 1 {
                let mut own = vec![0.0f32; tasks.len() * self.tasks.len()];
                for (row, task) in own.chunks_exact_mut(self.tasks.len()).zip(tasks) {
                    row[*task] = 1.0;
                }
                let own = Tensor::from_vec(own, (tasks.len(), self.tasks.len(), 1), x.device())?;
                x = x.reshape((tasks.len(), self.tasks.len(), h.units))?.broadcast_mul(&own)?.sum(1)?;
            }
            x = dropped(x, 1001)?;
        }
        let scores = x.matmul(&self.weight.t()?)?;
        Ok(scores.index_select(&self.rows, 1)?.broadcast_add(&self.bias)?)
    }
}

/// The bias at which a head that ignores its input gives the prior.
fn start_bias(task: &TaskHead, prior: &[f32], column: usize) -> f32 {
    let logit = |p: f32| {
        let p = p.clamp(0.01, 0.99);
        (p / (1.0 - p)).ln()
    };
    match task.kind {
        HeadKind::Softmax => prior[column].max(0.01).ln(),
        HeadKind::Sigmoid => logit(prior[column]),
        HeadKind::Ordinal => logit(prior[column + 1..].iter().sum()),
    }
}

struct Dropout {
    rate: f32,
    seed: u64,
}

impl CustomOp1 for Dropout {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let mut dropped = values("dropout", storage, layout)?.to_vec();
        dropout(&mut dropped, self.rate, self.seed, 0);
        Ok((CpuStorage::F32(dropped), layout.shape().clone()))
    }

    fn bwd(&self, _arg: &Tensor, _res: &Tensor, grad: &Tensor) -> candle_core::Result<Option<Tensor>> {
        let mut values = grad.flatten_all()?.to_vec1::<f32>()?;
        dropout(&mut values, self.rate, self.seed, 0);
        Ok(Some(Tensor::from_vec(values, grad.shape(), &Device::Cpu)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_head_on_a_zero_vector_gives_the_priors() {
        let tasks = [
            TaskHead { kind: HeadKind::Ordinal, labels: 3 },
            TaskHead { kind: HeadKind::Softmax, labels: 2 },
            TaskHead { kind: HeadKind::Sigmoid, labels: 2 },
        ];
        let priors = [vec![0.5, 0.3, 0.2], vec![0.25, 0.75], vec![0.1, 0.6]];
        let head = Head::new(&tasks, &priors, 4, 0, 0.0, 1, &Device::Cpu).unwrap();
        let x = Tensor::zeros((1, 4), candle_core::DType::F32, &Device::Cpu).unwrap();
        let logits = head.forward(&x, &[0], None).unwrap().to_vec2::<f32>().unwrap();
        for ((task, group), prior) in tasks.iter().zip(head.groups()).zip(&priors) {
            let p = task.probabilities(&logits[0][group.columns.clone()], 1.0);
            for (have, want) in p.iter().zip(prior) {
                assert!((have - want).abs() < 1e-6, "{have} but {want}");
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
