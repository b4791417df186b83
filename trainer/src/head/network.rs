//! The network of a head: from an encoder's vector to the outputs of each task.

use super::kind::{Link, TaskHead};
use crate::ops::dropout::{derive, dropout};
use crate::ops::values;
use crate::random;
use anyhow::Result;
use candle_core::{CpuStorage, CustomOp1, D, Device, Layout, Shape, Tensor, Var};
use std::ops::Range;

/// A task's columns in the matrix of logits.
#[derive(Clone, Debug)]
pub struct Group {
    /// The columns.
    pub columns: Range<usize>,
    /// Their link function.
    pub link: Link,
}

/// Hidden layers, stacked by rows: one for each task.
#[derive(Clone, Debug)]
struct Hidden {
    weight: Var,
    bias: Var,
    /// Units of one layer.
    units: usize,
}

/// Layer norm of the vector, where a head has one.
#[derive(Clone, Debug)]
struct Norm {
    weight: Var,
    bias: Var,
}

/// Added to the variance, as PyTorch does.
const NORM_EPSILON: f64 = 1e-5;

/// Optional layer norm, optional hidden layer for each task, then one linear output per task. The hidden layer has
/// ReLU, after a norm GELU.
#[derive(Clone, Debug)]
pub struct Head {
    tasks: Vec<TaskHead>,
    groups: Vec<Group>,
    norm: Option<Norm>,
    hidden: Option<Hidden>,
    weight: Var,
    bias: Var,
    /// Output row of each column of logits.
    rows: Tensor,
    dropout: f32,
}

impl Head {
    /// A head on vectors of `width`, with a hidden layer of `hidden` units for each task (0 for none).
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
            for column in 0..task.columns() {
                rows.push(u32::try_from(scores + task.row(column))?);
                bias.push(task.start_bias(prior, column));
            }
            scores += task.scores();
            groups.push(Group { columns: start..bias.len(), link: task.kind.link() });
        }
        let columns = bias.len();
        let inputs = if hidden == 0 { width } else { hidden };
        let mut values = vec![0.0; scores * inputs];
        random::uniform(&mut values, (6.0 / (scores + inputs) as f32).sqrt(), &mut rng);
        Ok(Self {
            tasks: tasks.to_vec(),
            groups,
            norm: None,
            weight: Var::from_vec(values, (scores, inputs), device)?,
            hidden: inner,
            bias: Var::from_vec(bias, columns, device)?,
            rows: Tensor::from_vec(rows, columns, device)?,
            dropout,
        })
    }

    /// The same head with a layer norm before everything else, and with GELU in place of ReLU.
    ///
    /// # Errors
    ///
    /// When candle cannot place the parameters on the device.
    pub fn normed(self, width: usize) -> Result<Self> {
        let device = self.weight.device();
        let norm = Norm {
            weight: Var::from_vec(vec![1.0f32; width], width, device)?,
            bias: Var::from_vec(vec![0.0f32; width], width, device)?,
        };
        Ok(Self { norm: Some(norm), ..self })
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
        if let Some(n) = &self.norm {
            v.push(("norm.weight", n.weight.clone(), false));
            v.push(("norm.bias", n.bias.clone(), false));
        }
        v
    }

    /// Logits `[rows, columns]` from vectors `[rows, width]` and the task of each; dropout acts when a seed is given.
    ///
    /// Only the columns of a row's own task are meaningful: with hidden layers, the others are computed from the wrong
    /// task's layer.
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
        let x = match &self.norm {
            Some(norm) => norm.forward(x)?,
            None => x.clone(),
        };
        let mut x = dropped(x, 1000)?;
        if let Some(h) = &self.hidden {
            x = x.matmul(&h.weight.t()?)?.broadcast_add(&h.bias)?;
            x = if self.norm.is_some() { x.gelu_erf()? } else { x.relu()? };
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

impl Norm {
    /// From operations that have gradients.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let centred = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
        let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
        let y = centred.broadcast_div(&(variance + NORM_EPSILON)?.sqrt()?)?;
        Ok(y.broadcast_mul(&self.weight)?.broadcast_add(&self.bias)?)
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
    use crate::head::HeadKind;

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
}
