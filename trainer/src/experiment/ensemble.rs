//! Models that share a task: their weights and the decisions on their combined probabilities.

use super::spec::ModelSpec;
use super::{Decisions, Experiment};
use crate::data::{Dataset, Target};
use crate::head::TaskHead;
use crate::labels::{Scored, mix};
use anyhow::{Context, Result};
use std::collections::BTreeMap;

/// The models of one task.
#[derive(Clone, Debug, PartialEq)]
pub struct Combination {
    /// The task, an index into the corpus.
    pub task: usize,
    /// Places of the models that have the task, in the list that they were chosen from.
    pub members: Vec<usize>,
    /// The weight of each; they sum to 1.
    pub weights: Vec<f64>,
    /// The decisions on the weighted mean of their probabilities, each of which has its own temperature.
    pub decisions: Decisions,
}

/// Places of the models that have each task, in the order of the tasks.
#[must_use]
pub fn members_of(models: &[ModelSpec]) -> BTreeMap<usize, Vec<usize>> {
    let mut all: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, spec) in models.iter().enumerate() {
        for task in &spec.tasks {
            all.entry(*task).or_default().push(place);
        }
    }
    all
}

/// Validation answers that count for the mean weights of all tasks beside those of one task.
const POOLED: f64 = 50.0;
/// Validation answers that count for equal weights beside those of all tasks.
const EQUAL: f64 = 20.0;

impl Experiment<'_> {
    /// How models are combined, task by task; a task that only one of them has keeps that model's decisions.
    ///
    /// Weights are those with the highest likelihood of the validation answers; the fewer answers a task has, the
    /// nearer are they to those of all tasks together.
    ///
    /// # Errors
    ///
    /// When a model has not been trained, or fails.
    pub fn combinations(&self, models: &[ModelSpec]) -> Result<Vec<Combination>> {
        let members = members_of(models);
        let (data, split) = (&self.corpus.train, &self.corpus.split);
        let validation = data.subset(&split.validation);
        let mut known: Vec<BTreeMap<usize, Decisions>> = Vec::new();
        let mut scored: Vec<Vec<Scored>> = Vec::new();
        for spec in models {
            let model = self.trained(spec)?;
            let decisions = self.decisions(spec, &model)?;
            let mut rows = Vec::new();
            for (task, decisions) in spec.tasks.iter().zip(&decisions) {
                if members[task].len() > 1 {
                    rows.extend(model.score(decisions, &validation, *task)?);
                }
            }
            scored.push(rows);
            known.push(spec.tasks.iter().copied().zip(decisions).collect());
        }
        let rows_of = |task: usize, places: &[usize]| -> Vec<Vec<&Scored>> {
            let own = |place: &usize| {
                scored[*place].iter().filter(|r| r.task == task && r.target != Target::Missing).collect()
            };
            places.iter().map(own).collect()
        };
        // The mean weights of tasks with equally many members, which have them in the same order.
        let mut pooled: BTreeMap<usize, mix::Likelihoods> = BTreeMap::new();
        let mut own = BTreeMap::new();
        for (task, places) in members.iter().filter(|(_, places)| places.len() > 1) {
            let rows = rows_of(*task, places);
            let mut likelihoods = mix::Likelihoods::new();
            for n in 0..rows[0].len() {
                let probabilities: Vec<&[f32]> = rows.iter().map(|r| &r[n].probabilities[..]).collect();
                likelihoods.extend(mix::likelihoods(&rows[0][n].target, &probabilities));
            }
            pooled.entry(places.len()).or_default().extend(likelihoods.iter().cloned());
            own.insert(*task, likelihoods);
        }
        let mut all = Vec::new();
        for (task, places) in members {
            if let [only] = places[..] {
                let decisions = known[only][&task].clone();
                all.push(Combination { task, members: places, weights: vec![1.0], decisions });
                continue;
            }
            let prior = mix::weights(&pooled[&places.len()], &mix::equal(places.len()), EQUAL);
            let weights = mix::weights(&own[&task], &prior, POOLED);
            let rows = rows_of(task, &places);
            let probabilities: Vec<Vec<f32>> = (0..rows[0].len())
                .map(|n| {
                    let each: Vec<&[f32]> = rows.iter().map(|r| &r[n].probabilities[..]).collect();
                    mix::mean(&each, &weights)
                })
                .collect();
            let truths: Vec<Target> = rows[0].iter().map(|r| r.target.clone()).collect();
            let task_data = &data.tasks[task];
            let head = TaskHead::of(task_data.head, task_data.labels.len());
            let share = self.recipe.export.review_share();
            let decisions = Decisions::of(&head, task_data, &probabilities, &truths, share);
            all.push(Combination { task, members: places, weights, decisions });
        }
        Ok(all)
    }

    /// Predictions of trained models, in f32, on the answers of their tasks in a set. Models that share a task are
    /// combined.
    ///
    /// # Errors
    ///
    /// When a model has not been trained, or fails.
    pub fn score_f32(&self, models: &[ModelSpec], set: &Dataset) -> Result<Vec<Scored>> {
        let combinations = self.combinations(models)?;
        let mut scored: BTreeMap<(usize, usize), Vec<Scored>> = BTreeMap::new();
        for (place, spec) in models.iter().enumerate() {
            let model = self.trained(spec)?;
            for (task, decisions) in spec.tasks.iter().zip(self.decisions(spec, &model)?) {
                scored.insert((place, *task), model.score(&decisions, set, *task)?);
            }
        }
        let mut rows = Vec::new();
        for combination in combinations {
            let task = combination.task;
            let mut own = Vec::new();
            for place in &combination.members {
                own.push(scored.remove(&(*place, task)).context("every member has scored the task")?);
            }
            if let ([only], true) = (&mut own[..], combination.members.len() == 1) {
                rows.append(only);
                continue;
            }
            let data = &set.tasks[task];
            let head = TaskHead::of(data.head, data.labels.len());
            for n in 0..own[0].len() {
                let each: Vec<&[f32]> = own.iter().map(|r| &r[n].probabilities[..]).collect();
                let probabilities = mix::mean(&each, &combination.weights);
                let award = combination.decisions.award(&head, &probabilities);
                rows.push(Scored::with_award(set, own[0][n].index, probabilities, award));
            }
        }
        rows.sort_by_key(|r| r.index);
        Ok(rows)
    }
}
