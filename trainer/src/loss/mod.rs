//! The loss of scoring heads: hard targets, teacher targets, or both.
//!
//! A row belongs to one *group* of columns (a task's outputs). Softmax groups take the cross-entropy; sigmoid and
//! ordinal groups take the mean binary cross-entropy of their columns (for ordinal heads a column is `level > k`).
//! Both are linear in the target, so a target is two weights per column: for and against.

mod candidates;
mod cross_entropy;
mod divergence;
pub mod features;
mod hard;
mod moments;
mod preference;
mod published_code;
mod ranking;
mod reverse_kl;
mod rps;
pub mod selection;
mod skew_kl;
mod skew_reverse_kl;
mod soft_targets;
mod wasserstein;

use crate::head::{Group, HeadKind, Link, LossTarget, TaskHead};
use crate::ops::values;
use candidates::Candidates;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use cross_entropy::cross_entropy;
use preference::Preference;
use published_code::PublishedCode;
use reverse_kl::REVERSE_KL;
use rps::RPS;
use selection::Thresholds;
use serde::{Deserialize, Serialize};
use skew_kl::SKEW_KL;
use skew_reverse_kl::SKEW_REVERSE_KL;
use soft_targets::SoftTargets;
use std::sync::{Arc, Mutex, PoisonError};
use wasserstein::WASSERSTEIN;

/// One way to learn from a teacher's probabilities.
pub trait Form: Sync {
    /// Why tasks of this kind cannot be learned in this way, if they cannot.
    fn refuses(&self, _kind: HeadKind) -> Option<&'static str> {
        None
    }

    /// The target that a row has from the teacher's probabilities; they are flattened by the temperature.
    fn target(&self, head: &TaskHead, teacher: &[f32], temperature: f32) -> LossTarget {
        head.target(&head.soften(teacher, temperature))
    }

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

/// Why something that needs an order of levels cannot be used for tasks of this kind.
#[must_use]
pub fn levels_alone(kind: HeadKind) -> Option<&'static str> {
    match kind {
        HeadKind::Ordinal => None,
        HeadKind::Softmax => Some("its classes have no order"),
        HeadKind::Sigmoid => Some("its labels have no order"),
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

            /// Its name in recipes.
            #[must_use]
            pub fn name(self) -> String {
                serde_json::to_value(self).ok().and_then(|v| Some(v.as_str()?.to_owned())).unwrap_or_default()
            }

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
    #[serde(alias = "forward-kl")]
    Paper => SoftTargets,
    /// As the published code computes it: the teacher's probabilities as they are, the term times 0.05.
    Code => PublishedCode,
    /// Reverse Kullback-Leibler divergence.
    ReverseKl => REVERSE_KL,
    /// Kullback-Leibler divergence from a mixture of student and teacher.
    SkewKl => SKEW_KL,
    /// Reverse divergence from a mixture of teacher and student.
    SkewReverseKl => SKEW_REVERSE_KL,
    /// Distance between cumulative probabilities of levels.
    Wasserstein => WASSERSTEIN,
    /// Squared distance between cumulative probabilities of levels.
    Rps => RPS,
    /// The teacher's choice is preferred to the student's next one.
    Preference => Preference,
    /// The student decides among the outcomes that the teacher thinks possible.
    Candidates => Candidates,
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
    /// The teacher's probability of each column, unchanged, if [`Terms`] need it.
    pub taught: Option<Vec<f32>>,
}

/// Further terms of the loss, and who learns from the teacher.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Terms {
    /// Weight of the teacher's order of answers.
    pub ranking: f32,
    /// Weight of the moments of a batch.
    pub moments: f32,
    /// Whether each step selects the answers whose teacher's term counts.
    pub selects: bool,
}

impl Terms {
    /// Whether any of them is used.
    #[must_use]
    pub fn any(&self) -> bool {
        self.ranking > 0.0 || self.moments > 0.0 || self.selects
    }
}

/// What further terms need besides logits.
#[derive(Clone, Default)]
struct Further {
    terms: Terms,
    /// The vectors that the heads have read, row after row; for moments.
    vectors: Vec<f32>,
    thresholds: Option<Arc<Mutex<Thresholds>>>,
}

/// Scalar loss `mean_rows(hard + λ · share · τ² · soft)` and further terms, whose forward pass also computes the
/// gradient.
pub struct HeadLoss {
    groups: Vec<Group>,
    rows: Vec<RowTarget>,
    distillation: Distillation,
    lambda: f32,
    temperature: f32,
    further: Further,
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
        let further = Further::default();
        Self { groups, rows, distillation, lambda, temperature, further, gradient: Mutex::default() }
    }

    /// Adds further terms. `vectors` are what the heads have read; `thresholds` are needed to select answers.
    ///
    /// # Errors
    ///
    /// When the vectors cannot be read.
    pub fn with_terms(
        self,
        terms: Terms,
        vectors: &Tensor,
        thresholds: &Arc<Mutex<Thresholds>>,
    ) -> Result<Self> {
        let vectors = if terms.moments > 0.0 { vectors.flatten_all()?.to_vec1()? } else { Vec::new() };
        let thresholds = terms.selects.then(|| thresholds.clone());
        Ok(Self { further: Further { terms, vectors, thresholds }, ..self })
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
        let Further { terms, vectors, thresholds } = &self.further;
        let selected = thresholds.as_ref().map(|thresholds| {
            let mut thresholds = thresholds.lock().unwrap_or_else(PoisonError::into_inner);
            thresholds.weigh(&self.groups, &self.rows, logits)
        });
        for (r, row) in self.rows.iter().enumerate() {
            let group = &self.groups[row.group];
            let span = r * columns + group.columns.start..r * columns + group.columns.end;
            let (z, dz) = (&logits[span.clone()], &mut gradient[span]);
            if let Some((target, weight)) = &row.hard {
                total += f64::from(hard::term(group.link, z, dz, target, weight * scale));
            }
            if let Some(target) = &row.soft {
                let own = selected.as_ref().map_or(1.0, |weights| weights[r]);
                let weight = form.weight(self.lambda, self.temperature) * scale * own;
                total += f64::from(form.term(group.link, z, dz, target, self.temperature, weight));
            }
        }
        if terms.ranking > 0.0 {
            total += ranking::term(&self.groups, &self.rows, logits, &mut gradient, terms.ranking);
        }
        if terms.moments > 0.0 {
            total += moments::term(&self.groups, &self.rows, logits, vectors, &mut gradient, terms.moments);
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
                taught: None,
            },
            RowTarget {
                group: 1,
                hard: Some((soft(&[1.0, 0.0]), 2.5)),
                soft: None,
                vector: None,
                taught: None,
            },
            RowTarget { group: 1, hard: None, soft: Some(soft(&[0.9, 0.3])), vector: None, taught: None },
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
    fn gradient_of_softmax_and_columns_equals_finite_differences_for_further_terms() {
        let (groups, mut rows) = example();
        rows.iter_mut().for_each(|row| row.taught = row.soft.as_ref().map(|soft| soft.positive.clone()));
        rows[1].taught = Some(vec![0.1, 0.05]);
        let z: Vec<f32> = uniform(15, 6).iter().map(|v| v * 2.0).collect();
        let vectors = Tensor::from_vec(uniform(12, 7), (3, 4), &Device::Cpu).unwrap();
        let thresholds = Arc::new(Mutex::new(Thresholds::new(&groups)));
        for terms in [
            Terms { ranking: 0.8, ..Terms::default() },
            Terms { moments: 1.5, ..Terms::default() },
            Terms { ranking: 0.3, moments: 0.6, selects: false },
        ] {
            let loss = || {
                HeadLoss::new(groups.clone(), rows.clone(), Distillation::Paper, 0.0, 1.0)
                    .with_terms(terms, &vectors, &thresholds)
                    .unwrap()
            };
            let var = Var::from_vec(z.clone(), (3, 5), &Device::Cpu).unwrap();
            let grads = loss().apply(&var).unwrap().backward().unwrap();
            let gradient = grads.get(&var).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
            assert_gradient(&format!("dz of {terms:?}"), &z, &gradient, |z| {
                f64::from(loss().forward(z, 5).0)
            });
            let plain = HeadLoss::new(groups.clone(), rows.clone(), Distillation::Paper, 0.0, 1.0);
            assert!(loss().forward(&z, 5).0 > plain.forward(&z, 5).0, "{terms:?}");
        }
    }

    #[test]
    fn selected_answers_have_their_weights() {
        let (groups, mut rows) = example();
        rows.retain(|row| row.soft.is_some());
        rows.iter_mut().for_each(|row| row.hard = None);
        rows.iter_mut().for_each(|row| row.taught = row.soft.as_ref().map(|soft| soft.positive.clone()));
        let vectors = Tensor::zeros((2, 1), candle_core::DType::F32, &Device::Cpu).unwrap();
        let terms = Terms { selects: true, ..Terms::default() };
        let thresholds = Arc::new(Mutex::new(Thresholds::new(&groups)));
        let loss = |z: &[f32]| {
            HeadLoss::new(groups.clone(), rows.clone(), Distillation::Paper, 1.0, 1.0)
                .with_terms(terms, &vectors, &thresholds)
                .unwrap()
                .forward(z, 5)
        };
        assert!(loss(&[0.0; 10]).1.iter().any(|g| *g != 0.0), "the first answers count");
        let sure = [9.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 9.0, -9.0];
        assert_eq!(loss(&sure), (0.0, vec![0.0; 10]), "a sure student has nothing to learn");
    }

    /// Each term where student and teacher are equal: its least value, without a gradient.
    #[test]
    fn divergences_vanish_where_the_student_is_the_teacher() {
        let (groups, mut rows) = example();
        rows.iter_mut().for_each(|row| row.hard = None);
        rows.retain(|row| row.soft.is_some());
        let logit = |p: f32| (p / (1.0 - p)).ln();
        let z = [0.2f32.ln(), 0.7f32.ln(), 0.1f32.ln(), 0.0, 0.0, 0.0, 0.0, 0.0, logit(0.9), logit(0.3)];
        for form in [
            Distillation::ReverseKl,
            Distillation::SkewKl,
            Distillation::SkewReverseKl,
            Distillation::Rps,
            Distillation::Paper,
        ] {
            let loss = HeadLoss::new(groups.clone(), rows.clone(), form, 1.0, 1.0);
            let (value, gradient) = loss.forward(&z, 5);
            assert!(gradient.iter().all(|g| g.abs() < 1e-6), "{form:?}: {gradient:?}");
            assert!(form == Distillation::Paper || value.abs() < 1e-6, "{form:?}: {value}");
        }
    }

    #[test]
    fn losses_between_levels_grow_with_the_distance() {
        // The teacher is sure of the lowest of four levels; the student of the second, or of the highest.
        let head = TaskHead { kind: HeadKind::Ordinal, labels: 4 };
        let groups = vec![Group { columns: 0..3, link: Link::Logistic }];
        for (form, near, far) in
            [(Distillation::Wasserstein, 1.0 / 3.0, 1.0), (Distillation::Rps, 1.0 / 3.0, 1.0)]
        {
            let soft = Some(form.form().target(&head, &[1.0, 0.0, 0.0, 0.0], 1.0));
            let row = RowTarget { group: 0, hard: None, soft, vector: None, taught: None };
            let of =
                |z: &[f32]| HeadLoss::new(groups.clone(), vec![row.clone()], form, 1.0, 1.0).forward(z, 3).0;
            assert!((of(&[20.0, -20.0, -20.0]) - near).abs() < 1e-4, "{form:?}");
            assert!((of(&[20.0, 20.0, 20.0]) - far).abs() < 1e-4, "{form:?}");
            assert!(form.form().refuses(HeadKind::Ordinal).is_none());
            assert!(form.form().refuses(HeadKind::Softmax).is_some());
            assert!(form.form().refuses(HeadKind::Sigmoid).is_some());
        }
    }

    #[test]
    fn candidates_leave_the_choice_among_them_to_the_student() {
        let form = Distillation::Candidates;
        let head = TaskHead { kind: HeadKind::Softmax, labels: 3 };
        let groups = vec![Group { columns: 0..3, link: Link::Softmax }];
        let soft = Some(form.form().target(&head, &[0.6, 0.35, 0.05], 1.0));
        let row = RowTarget { group: 0, hard: None, soft, vector: None, taught: None };
        let of = |z: &[f32]| HeadLoss::new(groups.clone(), vec![row.clone()], form, 1.0, 1.0).forward(z, 3);
        let (value, gradient) = of(&[0.0, 0.0, 0.0]);
        assert!((value - 1.5f32.ln()).abs() < 1e-6);
        // The target is the student's own distribution among the candidates: a half each.
        for (have, want) in gradient.iter().zip([1.0 / 3.0 - 0.5, 1.0 / 3.0 - 0.5, 1.0 / 3.0]) {
            assert!((have - want).abs() < 1e-6, "{gradient:?}");
        }
        assert!(of(&[9.0, 0.0, -9.0]).0 < 1e-3 && of(&[0.0, 9.0, -9.0]).0 < 1e-3);
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
            let row = RowTarget {
                group: 0,
                hard: Some((task.target(&truth), 1.0)),
                soft: None,
                vector: None,
                taught: None,
            };
            let groups = vec![Group { columns: 0..z.len(), link }];
            let logits = Tensor::from_vec(z.clone(), (1, z.len()), &Device::Cpu).unwrap();
            let loss = HeadLoss::new(groups, vec![row], Distillation::Paper, 0.0, 1.0);
            let want = f64::from(loss.apply(&logits).unwrap().to_scalar::<f32>().unwrap());
            let have = task.loss(&truth, &task.probabilities(&z, 1.0));
            assert!((have - want).abs() < 1e-6, "{kind:?}: {have} but {want}");
        }
    }
}
