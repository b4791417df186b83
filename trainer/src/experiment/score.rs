//! Predictions on answers: by a model as trained, with its decisions, and by the engine from a file.

use super::calibrate::Decisions;
use super::spec::{EncoderSpec, ModelSpec};
use super::{Experiment, Model};
use crate::data::{Dataset, Target, TaskData};
use crate::labels::Scored;
use anyhow::{Context, Result, ensure};
use pupil_core::{BatchOptions, Score, Scorer};
use std::sync::PoisonError;

impl Experiment<'_> {
    /// Decisions of a trained model on each of its tasks, fitted to validation answers on the first call.
    ///
    /// # Errors
    ///
    /// When the model fails.
    pub fn decisions(&self, spec: &ModelSpec, model: &Model) -> Result<Vec<Decisions>> {
        let place = self.folder_of(spec);
        let known = || self.decided.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(decisions) = known().get(&place) {
            return Ok(decisions.clone());
        }
        let made: Vec<_> = spec.tasks.iter().map(|t| self.decide(spec, model, *t)).collect::<Result<_>>()?;
        known().insert(place, made.clone());
        Ok(made)
    }

    /// Fits a model's decisions for one of its tasks to the validation part; those of n-grams also to the training
    /// part, each answer predicted by a regression that has not seen it.
    fn decide(&self, spec: &ModelSpec, model: &Model, task: usize) -> Result<Decisions> {
        let (data, split) = (&self.corpus.train, &self.corpus.split);
        let graded = |i: &usize| data.answers[*i].task == task && data.answers[*i].target != Target::Missing;
        let rows: Vec<usize> = split.validation.iter().copied().filter(graded).collect();
        let mut logits = model.logits(data, &rows, |_| {})?;
        let mut truths: Vec<Target> = rows.iter().map(|i| data.answers[*i].target.clone()).collect();
        // Made-up answers are mostly wrong ones. The main metric of classes counts rare ones as much as frequent ones:
        // probabilities that are right on average would hide a rare class, such as contradictory answers.
        let shares_differ =
            !self.corpus.made.is_empty() && spec.learns_negatives() && !data.tasks[task].head.is_classes();
        if let EncoderSpec::NGram(_) = spec.encoder {
            let (unseen, scores) = self.unseen(spec, task)?;
            logits.extend(unseen);
            truths.extend(scores);
        }
        let share = self.recipe.export.review_share();
        Ok(Decisions::fit(model.head(task), &data.tasks[task], &logits, &truths, share, shares_differ))
    }
}

impl Model {
    /// Predictions with these decisions on the answers of one task in a set.
    ///
    /// # Errors
    ///
    /// When the network fails.
    pub fn score(&self, decisions: &Decisions, set: &Dataset, task: usize) -> Result<Vec<Scored>> {
        let rows: Vec<usize> = set.of_task(task).collect();
        let (head, logits) = (self.head(task), self.logits(set, &rows, |_| {})?);
        Ok(rows
            .into_iter()
            .zip(logits)
            .map(|(i, z)| {
                let p = decisions.probabilities(head, &z);
                let award = decisions.award(head, &p);
                Scored::with_award(set, i, p, award)
            })
            .collect())
    }
}

/// What the engine awarded.
///
/// # Errors
///
/// When it awarded nothing, but the task has classes or levels.
pub fn award_of(task: &TaskData, score: &Score) -> Result<Target> {
    let awarded = || score.labels.iter().position(|l| l.awarded).context("the engine awarded nothing");
    let flags = score.labels.iter().map(|l| l.awarded).collect();
    task.head.flagged(flags, awarded)
}

/// Predictions of the engine on the answers of a set to the tasks with these indices.
///
/// # Errors
///
/// When the file lacks a task of the set, or the engine refuses an answer.
pub fn score_engine(
    scorer: &Scorer,
    set: &Dataset,
    tasks: impl IntoIterator<Item = usize>,
    pairs: bool,
) -> Result<Vec<Scored>> {
    let mut rows = Vec::new();
    for t in tasks {
        let task = &set.tasks[t];
        let places: Vec<usize> = set.of_task(t).collect();
        let options = BatchOptions::default();
        let scores: Vec<Score> = if pairs {
            let both = places
                .iter()
                .map(|i| {
                    let a = &set.answers[*i];
                    Ok((a.reference.as_deref().context("an answer has no reference")?, a.text.as_str()))
                })
                .collect::<Result<Vec<_>>>()?;
            scorer.score_pair_batch(&task.id, &both, &options)?
        } else {
            let texts: Vec<&str> = places.iter().map(|i| set.answers[*i].text.as_str()).collect();
            scorer.score_batch(&task.id, &texts, &options)?
        };
        for (i, score) in places.into_iter().zip(scores) {
            let probabilities: Vec<f32> = score.labels.iter().map(|l| l.probability).collect();
            let award = award_of(task, &score)?;
            ensure!(
                probabilities.len() == task.labels.len(),
                "task {} has other labels in the file",
                task.id
            );
            rows.push(Scored::with_award(set, i, probabilities, award));
        }
    }
    rows.sort_by_key(|r| r.index);
    Ok(rows)
}
