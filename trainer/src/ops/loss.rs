//! The loss of scoring heads: hard targets, teacher targets, or both.
//!
//! A row belongs to one *group* of columns (a task's outputs). Softmax groups take the cross-entropy; sigmoid and
//! ordinal groups take the mean binary cross-entropy of their columns (for ordinal heads a column is `level > k`).
//! Both are linear in the target, so a target is two weights per column: for and against.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use std::ops::Range;
use std::sync::Mutex;

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

/// One row's share of the loss.
#[derive(Clone, Debug)]
pub struct RowTarget {
    /// Index into the groups.
    pub group: usize,
    /// Human score, if there is one, with the weight of its class.
    pub hard: Option<(Target, f32)>,
    /// Teacher's probabilities, if there are any, at the loss's temperature.
    pub soft: Option<Target>,
}

/// Scalar loss `mean_rows(hard + λ · τ² · soft)`, with the gradient found in the forward pass.
pub struct HeadLoss {
    groups: Vec<Group>,
    rows: Vec<RowTarget>,
    lambda: f32,
    temperature: f32,
    gradient: Mutex<Vec<f32>>,
}

impl HeadLoss {
    /// Prepares the loss of one batch.
    #[must_use]
    pub fn new(groups: Vec<Group>, rows: Vec<RowTarget>, lambda: f32, temperature: f32) -> Self {
        Self { groups, rows, lambda, temperature, gradient: Mutex::default() }
    }

    /// Applies the loss to logits `[rows, columns]`; the result is a scalar.
    ///
    /// # Errors
    ///
    /// When the shape does not fit the rows and groups.
    pub fn apply(self, logits: &Tensor) -> Result<Tensor> {
        // Logits are a handful of numbers per row: on any device the loss is worked out on the host.
        logits.to_device(&candle_core::Device::Cpu)?.contiguous()?.apply_op1(self)
    }

    fn forward(&self, logits: &[f32], columns: usize) -> (f32, Vec<f32>) {
        let mut gradient = vec![0.0; logits.len()];
        let mut total = 0.0f64;
        let scale = 1.0 / self.rows.len().max(1) as f32;
        for (r, row) in self.rows.iter().enumerate() {
            let group = &self.groups[row.group];
            let span = r * columns + group.columns.start..r * columns + group.columns.end;
            let (z, dz) = (&logits[span.clone()], &mut gradient[span]);
            if let Some((target, weight)) = &row.hard {
                total += f64::from(term(group.link, z, dz, target, 1.0, weight * scale));
            }
            if let Some(target) = &row.soft {
                let weight = self.lambda * self.temperature * self.temperature * scale;
                total += f64::from(term(group.link, z, dz, target, self.temperature, weight));
            }
        }
        #[expect(clippy::cast_possible_truncation, reason = "a loss")]
        (total as f32, gradient)
    }
}

/// Adds the gradient of one term to `dz` and returns the term.
fn term(link: Link, z: &[f32], dz: &mut [f32], target: &Target, temperature: f32, weight: f32) -> f32 {
    let n = z.len();
    let mut loss = 0.0;
    match link {
        Link::Softmax => {
            let max = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let sum: f32 = z.iter().map(|v| ((v - max) / temperature).exp()).sum();
            let mass: f32 = target.positive.iter().sum();
            for k in 0..n {
                let log_p = (z[k] - max) / temperature - sum.ln();
                loss -= target.positive[k] * log_p;
                dz[k] += weight / temperature * (mass * log_p.exp() - target.positive[k]);
            }
        }
        Link::Logistic => {
            let share = 1.0 / n as f32;
            for k in 0..n {
                let x = z[k] / temperature;
                // softplus(x) = ln(1 + eˣ), without overflow.
                let softplus = |x: f32| x.max(0.0) + (-x.abs()).exp().ln_1p();
                let p = 1.0 / (1.0 + (-x).exp());
                loss += share * (target.positive[k] * softplus(-x) + target.negative[k] * softplus(x));
                dz[k] +=
                    weight * share / temperature * (target.negative[k] * p - target.positive[k] * (1.0 - p));
            }
        }
    }
    loss * weight
}

impl CustomOp1 for HeadLoss {
    fn name(&self) -> &'static str {
        "head-loss"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (rows, columns) = layout.shape().dims2()?;
        if rows != self.rows.len() || self.groups.iter().any(|g| g.columns.end > columns) {
            candle_core::bail!("head-loss: logits {rows} x {columns} do not fit {} rows", self.rows.len())
        }
        let (loss, gradient) = self.forward(super::values("head-loss", storage, layout)?, columns);
        *self.gradient.lock().expect("the loss never panics while it holds the lock") = gradient;
        Ok((CpuStorage::F32(vec![loss]), Shape::from(())))
    }

    fn bwd(&self, arg: &Tensor, _res: &Tensor, grad_res: &Tensor) -> Result<Option<Tensor>> {
        let gradient = std::mem::take(
            &mut *self.gradient.lock().expect("the loss never panics while it holds the lock"),
        );
        let gradient = Tensor::from_vec(gradient, arg.shape(), arg.device())?;
        Ok(Some(gradient.broadcast_mul(grad_res)?))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_gradient, uniform};
    use super::*;
    use candle_core::{Device, Var};

    fn example() -> (Vec<Group>, Vec<RowTarget>) {
        let groups =
            vec![Group { columns: 0..3, link: Link::Softmax }, Group { columns: 3..5, link: Link::Logistic }];
        let soft = |p: &[f32]| Target { positive: p.to_vec(), negative: p.iter().map(|p| 1.0 - p).collect() };
        let rows = vec![
            RowTarget {
                group: 0,
                hard: Some((soft(&[0.0, 1.0, 0.0]), 1.0)),
                soft: Some(soft(&[0.2, 0.7, 0.1])),
            },
            RowTarget { group: 1, hard: Some((soft(&[1.0, 0.0]), 2.5)), soft: None },
            RowTarget { group: 1, hard: None, soft: Some(soft(&[0.9, 0.3])) },
        ];
        (groups, rows)
    }

    #[test]
    fn gradient_equals_finite_differences_and_stays_in_the_group() {
        let (groups, rows) = example();
        let z: Vec<f32> = uniform(15, 5).iter().map(|v| v * 3.0).collect();
        let loss =
            |z: &[f32]| f64::from(HeadLoss::new(groups.clone(), rows.clone(), 0.7, 2.0).forward(z, 5).0);
        let var = Var::from_vec(z.clone(), (3, 5), &Device::Cpu).unwrap();
        let out = HeadLoss::new(groups.clone(), rows.clone(), 0.7, 2.0).apply(&var).unwrap();
        let grads = out.backward().unwrap();
        let gradient = grads.get(&var).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_gradient("dz", &z, &gradient, loss);
        assert_eq!(gradient[3..5], [0.0; 2]);
        assert_eq!(gradient[5..8], [0.0; 3]);
    }

    #[test]
    fn loss_of_certain_logits_is_finite() {
        let (groups, rows) = example();
        let z = vec![1e4, -1e4, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1e4, 1e4, 0.0, 0.0, 0.0, 1e4, 1e4];
        let (loss, gradient) = HeadLoss::new(groups, rows, 1.0, 1.0).forward(&z, 5);
        assert!(loss.is_finite() && gradient.iter().all(|g| g.is_finite()), "{loss}");
    }
}
