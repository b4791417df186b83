//! From graded answers and a teacher's probabilities to training examples.

use super::spec::{Base, ModelSpec};
use super::targets::{certain, graded, weigh_positive, weights};
use super::{Experiment, Model};
use crate::data::Answer;
use crate::fit::Example;
use crate::head::{ClassWeights, SecondRater};
use crate::loss::RowTarget;
use crate::ops::dropout::derive;
use crate::random;
use crate::recipe::FeatureUnits;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Examples to train a model on, and examples that choose its epoch.
pub(super) struct Examples {
    pub(super) train: Vec<Example>,
    /// Human scores alone, so that the losses of all models of the same tasks can be compared.
    pub(super) validation: Vec<Example>,
}

impl Experiment<'_> {
    /// The examples of a model.
    pub(super) fn examples(&self, model: &Model, spec: &ModelSpec) -> Result<Examples> {
        if let Some(base) = &spec.base {
            return self.examples_of_added_task(model, spec, base);
        }
        Ok(Examples {
            train: self.training(model, spec, &spec.tasks)?,
            validation: self.validation(model, spec, &spec.tasks)?,
        })
    }

    /// Answers of the training part to the given tasks, in the order of the corpus, then made-up ones, then perturbed
    /// copies.
    fn training(&self, model: &Model, spec: &ModelSpec, tasks: &[usize]) -> Result<Vec<Example>> {
        let set = &self.corpus.train;
        let (soft, vectors) = match spec.distillation {
            None => (None, None),
            Some(_) => (Some(self.teaching()?.labels.aligned(set)?), self.teaching()?.vectors),
        };
        let mut builder = Builder::new(self, model, spec);
        let made = if spec.learns_negatives() { self.corpus.made.clone() } else { 0..0 };
        for i in self.corpus.split.train.iter().copied().chain(made) {
            builder.scale = if self.corpus.made.contains(&i) { self.recipe.negatives.weight } else { 1.0 };
            let taught = Taught {
                probabilities: soft.as_ref().and_then(|soft| soft[i]),
                vector: vectors.map(|v| &v.rows()[i]),
            };
            builder.add(&set.answers[i], tasks, true, taught)?;
        }
        for copies in self.teaching.iter().flat_map(|t| &t.copies).filter(|_| spec.beyond_scores()) {
            for (i, probabilities) in copies.labels.aligned(copies.set)?.into_iter().enumerate() {
                let taught = Taught { probabilities, vector: copies.vectors.map(|v| &v.rows()[i]) };
                builder.add(&copies.set.answers[i], tasks, false, taught)?;
            }
        }
        Ok(builder.examples)
    }

    fn validation(&self, model: &Model, spec: &ModelSpec, tasks: &[usize]) -> Result<Vec<Example>> {
        let mut builder = Builder { first_scores: true, ..Builder::new(self, model, spec) };
        for i in &self.corpus.split.validation {
            builder.add(&self.corpus.train.answers[*i], tasks, true, Taught::default())?;
        }
        Ok(builder.examples)
    }

    /// The added task's answers, and some of each old task.
    fn examples_of_added_task(&self, model: &Model, spec: &ModelSpec, base: &Base) -> Result<Examples> {
        let old = &base.model.tasks;
        let added: Vec<usize> = spec.tasks.iter().copied().filter(|t| !old.contains(t)).collect();
        let mut train = self.training(model, spec, &added)?;
        for task in old {
            let mut graded = self.training(model, spec, &[*task])?;
            graded.retain(|e| e.target.hard.is_some());
            let chosen = self.rehearsed(spec.seed, *task, base.rehearsal);
            train.extend(chosen.into_iter().map(|place| graded[place].clone()));
        }
        // As many answers of the old tasks as of the added one, so that both have the same weight.
        let mut validation = self.validation(model, spec, &added)?;
        let before = self.validation(model, spec, old)?;
        let order = random::permutation(before.len(), derive(spec.seed, 19));
        validation.extend(order.into_iter().take(validation.len()).map(|i| before[i].clone()));
        Ok(Examples { train, validation })
    }

    /// The graded answers of a task's training part, in the order in which they become examples.
    pub(super) fn graded(&self, task: usize) -> Vec<usize> {
        let data = &self.corpus.train;
        let graded = |i: &usize| {
            let a = &data.answers[*i];
            a.task == task && certain(&data.tasks[task], &a.target).is_some()
        };
        self.corpus.split.train.iter().copied().filter(graded).collect()
    }

    /// The rehearsed answers of a task, as indices into its graded answers. An answer that also occurs in a test set,
    /// the held-out part or the validation part is not rehearsed.
    #[must_use]
    pub fn rehearsed(&self, seed: u64, task: usize, rehearsal: usize) -> Vec<usize> {
        let answers = self.graded(task);
        let order = random::permutation(answers.len(), derive(seed, 20 + task as u64));
        let free = |i: &usize| !self.corpus.reserved.holds(&self.corpus.train.answers[answers[*i]]);
        order.into_iter().filter(free).take(rehearsal).collect()
    }

    /// The teacher's mean loss on the validation answers of each of a model's tasks.
    pub(super) fn teacher_losses(&self, model: &Model) -> Result<Vec<f64>> {
        let data = &self.corpus.train;
        let soft = self.teaching()?.labels.aligned(data)?;
        let mut sums = vec![(0.0, 0.0f64); model.tasks.len()];
        for i in &self.corpus.split.validation {
            let answer = &data.answers[*i];
            let group = model.tasks.iter().position(|t| *t == answer.task);
            let (Some(group), Some(p)) = (group, soft[*i]) else { continue };
            if let Some(truth) = certain(&data.tasks[answer.task], &answer.target) {
                sums[group].0 += model.head(answer.task).loss(&truth, p);
                sums[group].1 += 1.0;
            }
        }
        // A task without rows of the teacher has no gap to it.
        Ok(sums.into_iter().map(|(sum, n)| if n > 0.0 { sum / n } else { f64::INFINITY }).collect())
    }

    pub(super) fn teaching(&self) -> Result<&super::Teaching<'_>> {
        self.teaching.as_ref().context("a model that learns from a teacher needs the teacher's probabilities")
    }
}

/// What a teacher gives for an answer.
#[derive(Clone, Copy, Default)]
struct Taught<'a> {
    probabilities: Option<&'a [f32]>,
    vector: Option<&'a Arc<[f32]>>,
}

/// Makes examples from answers; nothing else does.
struct Builder<'a> {
    experiment: &'a Experiment<'a>,
    model: &'a Model,
    spec: &'a ModelSpec,
    /// Whether second scores are ignored, so that losses do not depend on `data.second_rater`.
    first_scores: bool,
    /// Factor on the weight of the human score of the answers that are added.
    scale: f32,
    /// Weights of the classes of each task.
    weights: BTreeMap<usize, Vec<f32>>,
    /// The share of each class, level or label of each task.
    priors: BTreeMap<usize, Vec<f32>>,
    examples: Vec<Example>,
}

impl<'a> Builder<'a> {
    fn new(experiment: &'a Experiment<'a>, model: &'a Model, spec: &'a ModelSpec) -> Self {
        Self {
            experiment,
            model,
            spec,
            first_scores: false,
            scale: 1.0,
            weights: BTreeMap::new(),
            priors: BTreeMap::new(),
            examples: Vec::new(),
        }
    }

    /// What of a teacher's vector the model learns.
    fn chosen(&self, vector: &Arc<[f32]>, units: FeatureUnits) -> Result<Arc<[f32]>> {
        match units {
            FeatureUnits::All => Ok(vector.clone()),
            FeatureUnits::Influential => {
                let (order, width) = (self.experiment.teaching()?.units, self.model.learner.encoder.width());
                ensure!(
                    order.len() >= width,
                    "features: the model's vector has {width} values, more than the {} of the teacher: set feature_units \
                     to `all`, which learns a map between them",
                    order.len()
                );
                Ok(order[..width].iter().map(|unit| vector[*unit]).collect())
            }
        }
    }

    /// Adds an answer to one of `tasks`, unless it has no target: no human score, and no teacher's probabilities that
    /// the model may learn from.
    fn add(&mut self, answer: &Answer, tasks: &[usize], scored: bool, taught: Taught<'_>) -> Result<()> {
        if !tasks.contains(&answer.task) {
            return Ok(());
        }
        let corpus = self.experiment.corpus;
        let task = &corpus.train.tasks[answer.task];
        let rater = if self.first_scores { SecondRater::Ignore } else { corpus.second_raters[answer.task] };
        let hard = if scored { graded(task, answer, rater) } else { None };
        let teacher = taught.probabilities.filter(|_| hard.is_some() || self.spec.beyond_scores());
        if hard.is_none() && teacher.is_none() {
            return Ok(());
        }
        let head = self.model.head(answer.task);
        let hard = hard.map(|p| {
            let own = self.weights.entry(answer.task).or_insert_with(|| {
                weights(self.spec.class_weights, task, &self.experiment.prior(answer.task))
            });
            // The mean weight of the classes that two raters gave.
            let weight: f32 =
                answer.target.index().map_or(1.0, |_| p.iter().zip(&*own).map(|(p, w)| p * w).sum());
            let mut target = head.target(&p);
            if self.spec.class_weights == ClassWeights::Positive {
                let experiment = self.experiment;
                let prior = self.priors.entry(answer.task).or_insert_with(|| experiment.prior(answer.task));
                weigh_positive(head, prior, &mut target);
            }
            (target, self.scale * weight)
        });
        let soft = match (teacher, self.spec.distillation) {
            (Some(p), Some(d)) => Some(d.form.form().target(head, p, d.temperature)),
            _ => None,
        };
        let learned = self.spec.distillation.filter(|d| d.features > 0.0);
        let vector = match (taught.vector, learned) {
            (Some(vector), Some(d)) => Some(self.chosen(vector, d.feature_units)?),
            _ => None,
        };
        let needed = self.spec.distillation.is_some_and(|d| d.terms().any());
        let taught = teacher.filter(|_| needed).map(|p| head.target(p).positive);
        self.examples.push(Example {
            text: self.model.encode(answer)?,
            target: RowTarget { group: self.model.group(answer.task), hard, soft, vector, taught },
        });
        Ok(())
    }
}
