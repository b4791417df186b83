//! The loss of scoring heads: hard targets, teacher targets, or both.
//!
//! A row belongs to one *group* of columns (a task's outputs). Softmax groups take the cross-entropy; sigmoid and
//! ordinal groups take the mean binary cross-entropy of their columns (for ordinal heads a column is `level > k`).
//! Both are linear in the target, so a target is two weights per column: for and against.

mod cross_entropy;
pub mod features;
mod hard;
mod published_code;
mod soft_targets;

use crate::head::{Group, Link, LossTarget, TaskHead};
use crate::ops::values;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use cross_entropy::cross_entropy;
use published_code::PublishedCode;
use serde::{Deserialize, Serialize};
use soft_targets::SoftTargets;
use std::sync::{Arc, Mutex};

/// One way to learn from a teacher's probabilities.
pub trait Form: Sync {
    /// The target that a row has from the teacher's probabilities.
    fn target(&self, head: &TaskHead, teacher: &[f32], temperature: f32) -> LossTarget;

    /// Factor on the weight of the teacher's term.
    fn share(&self) -> f32 {
        1.0
    }

    /// Weight of the teacher's term; τ² compensates for gradients that shrink with the temperature.
    fn weight(&self, lambda: f32, temperature: f32) -> f32 {
        lambda * self.share() * temperature * temperature
    }

    /// Adds the gradient of the teacher's term to `gradient` and returns the term.
    fn term(
        &self,
        link: Link,
        logits: &[f32],
        gradient: &mut [f32],
        target: &LossTarget,
        temperature: f32,
        weight: f32,
    ) -> f32 {
        cross_entropy(link, logits, gradient, target, temperature, weight)
    }
}

/// Makes [`Distillation`] from the list of its forms.
macro_rules! forms {
    ($($(#[$attribute:meta])* $name:ident => $form:expr,)*) => {
        /// Form of the teacher's term of the loss; recipes name it in kebab case.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Distillation {
            $($(#[$attribute])* $name,)*
        }

        impl Distillation {
            /// Every form.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its implementation.
            #[must_use]
            pub fn form(self) -> &'static dyn Form {
                match self {
                    $(Self::$name => &$form,)*
                }
            }
        }
    };
}

forms! {
    /// As the paper states it: teacher and student at the same temperature.
    #[default]
    Paper => SoftTargets,
    /// As the published code computes it: the teacher's probabilities as they are, the term times 0.05.
    Code => PublishedCode,
}

/// The targets of one row.
#[derive(Clone, Debug)]
pub struct RowTarget {
    /// Index into the groups.
    pub group: usize,
    /// Human score, if there is one, with the weight of its class.
    pub hard: Option<(LossTarget, f32)>,
    /// Teacher's probabilities, if there are any, at the loss's temperature.
    pub soft: Option<LossTarget>,
    /// The teacher's vector, if it is learned; see [`features`].
    pub vector: Option<Arc<[f32]>>,
}

/// Scalar loss `mean_rows(hard + λ · share · τ² · soft)`, whose forward pass also computes the gradient.
pub struct HeadLoss {
    groups: Vec<Group>,
    rows: Vec<RowTarget>,
    distillation: Distillation,
    lambda: f32,
    temperature: f32,
    gradient: Mutex<Vec<f32>>,
}

impl HeadLoss {
    /// Prepares the loss of one batch.
    #[must_use]
    pub fn new(
        groups: Vec<Group>,
        rows: Vec<RowTarget>,
        distillation: Distillation,
        lambda: f32,
        temperature: f32,
    ) -> Self {
        Self { groups, rows, distillation, lambda, temperature, gradient: Mutex::default() }
    }

    /// Applies the loss to logits `[rows, columns]`; the result is a scalar.
    ///
    /// # Errors
    ///
    /// When the shape does not fit the rows and groups.
    pub fn apply(self, logits: &Tensor) -> Result<Tensor> {
        // Logits are a few numbers per row, so the host computes the loss for every device.
        logits.to_device(&candle_core::Device::Cpu)?.contiguous()?.apply_op1(self)
    }

    fn forward(&self, logits: &[f32], columns: usize) -> (f32, Vec<f32>) {
        let mut gradient = vec![0.0; logits.len()];
        let mut total = 0.0f64;
        let form = self.distillation.form();
        let scale = 1.0 / self.rows.len().max(1) as f32;
        for (r, row) in self.rows.iter().enumerate() {
            let group = &self.groups[row.group];
            let span = r * columns + group.columns.start..r * columns + group.columns.end;
            let (z, dz) = (&logits[span.clone()], &mut gradient[span]);
            if let Some((target, weight)) = &row.hard {
                total += f64::from(hard::term(group.link, z, dz, target, weight * scale));
            }
            if let Some(target) = &row.soft {
                let weight = form.weight(self.lambda, self.temperature) * scale;
                total += f64::from(form.term(group.link, z, dz, target, self.temperature, weight));
            }
        }
        #[expect(clippy::cast_possible_truncation, reason = "a loss")]
        (total as f32, gradient)
    }
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
        let (loss, gradient) = self.forward(values("head-loss", storage, layout)?, columns);
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
    use super::*;
    use crate::head::HeadKind;
    use crate::ops::tests::{assert_gradient, uniform};
    use candle_core::{Device, Var};

    fn example() -> (Vec<Group>, Vec<RowTarget>) {
        let groups =
            vec![Group { columns: 0..3, link: Link::Softmax }, Group { columns: 3..5, link: Link::Logistic }];
        let soft =
            |p: &[f32]| LossTarget { positive: p.to_vec(), negative: p.iter().map(|p| 1.0 - p).collect() };
        let rows = vec![
            RowTarget {
                group: 0,
                hard: Some((soft(&[0.0, 1.0, 0.0]), 1.0)),
                soft: Some(soft(&[0.2, 0.7, 0.1])),
                vector: None,
            },
            RowTarget { group: 1, hard: Some((soft(&[1.0, 0.0]), 2.5)), soft: None, vector: None },
            RowTarget { group: 1, hard: None, soft: Some(soft(&[0.9, 0.3])), vector: None },
        ];
        (groups, rows)
    }

    #[test]
    fn gradient_equals_finite_differences_and_stays_in_the_group() {
        let (groups, rows) = example();
        let z: Vec<f32> = uniform(15, 5).iter().map(|v| v * 3.0).collect();
        for form in Distillation::ALL {
            let loss = || HeadLoss::new(groups.clone(), rows.clone(), *form, 0.7, 2.0);
            let var = Var::from_vec(z.clone(), (3, 5), &Device::Cpu).unwrap();
            let grads = loss().apply(&var).unwrap().backward().unwrap();
            let gradient = grads.get(&var).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
            assert_gradient(&format!("dz of {form:?}"), &z, &gradient, |z| f64::from(loss().forward(z, 5).0));
            assert_eq!(gradient[3..5], [0.0; 2], "{form:?}");
            assert_eq!(gradient[5..8], [0.0; 3], "{form:?}");
        }
    }

    #[test]
    fn loss_of_certain_logits_is_finite() {
        let (groups, rows) = example();
        let z = vec![1e4, -1e4, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1e4, 1e4, 0.0, 0.0, 0.0, 1e4, 1e4];
        for form in Distillation::ALL {
            let loss = HeadLoss::new(groups.clone(), rows.clone(), *form, 1.0, 1.0);
            let (loss, gradient) = loss.forward(&z, 5);
            assert!(loss.is_finite() && gradient.iter().all(|g| g.is_finite()), "{form:?}: {loss}");
        }
    }

    #[test]
    fn loss_of_probabilities_is_that_of_their_logits() {
        for kind in [HeadKind::Softmax, HeadKind::Sigmoid, HeadKind::Ordinal] {
            let task = TaskHead { kind, labels: 3 };
            let z: Vec<f32> = [1.2, -0.3, -1.0][..task.columns()].to_vec();
            let truth = [0.0, 1.0, 0.0];
            let link = if kind == HeadKind::Softmax { Link::Softmax } else { Link::Logistic };
            let row =
                RowTarget { group: 0, hard: Some((task.target(&truth), 1.0)), soft: None, vector: None };
            let groups = vec![Group { columns: 0..z.len(), link }];
            let logits = Tensor::from_vec(z.clone(), (1, z.len()), &Device::Cpu).unwrap();
            let loss = HeadLoss::new(groups, vec![row], Distillation::Paper, 0.0, 1.0);
            let want = f64::from(loss.apply(&logits).unwrap().to_scalar::<f32>().unwrap());
            let have = task.loss(&truth, &task.probabilities(&z, 1.0));
            assert!((have - want).abs() < 1e-6, "{kind:?}: {have} but {want}");
        }
    }
}
