//! Branch and merge: a finished model of several tasks is trained further on each task alone, and what the branches
//! changed is merged into one model. After Yadav et al. 2023, "TIES-Merging" (arXiv 2306.01708); branches by subject as
//! in "TinyR1" (arXiv 2503.04872).

use super::Experiment;
use super::spec::{MergeSpec, ModelSpec};
use super::store::Finished;
use super::train::Progress;
use crate::fit::{CurveFiles, Example, FitInput, FitMonitor, Objective, State, fit};
use crate::ops::dropout::derive;
use anyhow::{Context, Result};

impl Experiment<'_> {
    /// Trains the joint model, a branch for each of its tasks, and merges them. The joint model has a folder of its own
    /// and is not trained again; branches begin again after an interruption.
    pub(super) fn merged(
        &self,
        spec: &ModelSpec,
        merge: &MergeSpec,
        progress: Progress<'_>,
    ) -> Result<Finished> {
        let joint = ModelSpec { merge: None, folder: spec.folder.join("joint"), ..spec.clone() };
        let before = self.train(&joint, progress)?;
        let pending = self.begin(spec)?;
        let model = self.trained(&joint)?;
        let start = model.learner.state()?;
        let examples = self.examples(&model, spec)?;
        let of_task = |all: &[Example], group: usize| -> Vec<Example> {
            all.iter().filter(|e| e.target.group == group).cloned().collect()
        };
        let (mut history, mut branches) = (before.history, Vec::new());
        for group in 0..spec.tasks.len() {
            let (train, validation) = (of_task(&examples.train, group), of_task(&examples.validation, group));
            model.learner.set_state(&start)?;
            let input = FitInput {
                train: &train,
                validation: &validation,
                settings: &merge.fit,
                objective: spec.objective(),
                unknown: self.unknown(&model, spec)?,
                teacher_losses: None,
                seed: derive(spec.seed, spec.streams.fit ^ (1 << 32) ^ group as u64),
            };
            let title = format!("{}, branch of task {}", self.title(spec), group + 1);
            let files = CurveFiles::within(&self.folder_of(spec).join(format!("branch-{}", group + 1)));
            let every = self.between_checkpoints;
            let monitor = FitMonitor { checkpoint: None, every, curves: Some((&title, &files)), progress };
            let fitted = fit(&model.learner, &input, &monitor).with_context(|| title.clone())?;
            history.seconds += fitted.seconds;
            branches.push(model.learner.state()?);
        }
        model.learner.set_state(&ties(&start, &branches, merge.density))?;
        let loss = model.learner.mean_loss(&examples.validation, Objective::default(), 64)?;
        history.best_epoch = history.validation_loss.len();
        history.validation_loss.push(loss);
        self.finish(spec, pending, &model, history)
    }
}

/// `start` and what the branches changed: of each branch the largest changes, this share of all of its values; of each
/// value the sign that has more weight among the branches; the mean of the changes with this sign.
fn ties(start: &State, branches: &[State], density: f32) -> State {
    let mut merged = start.clone();
    let limits: Vec<f32> = branches.iter().map(|branch| limit(start, branch, density)).collect();
    for (name, values) in &mut merged {
        let before = &start[name];
        for (place, value) in values.iter_mut().enumerate() {
            let kept = branches.iter().zip(&limits).filter_map(|(branch, limit)| {
                let change = branch.get(name)?[place] - before[place];
                (change != 0.0 && change.abs() >= *limit).then_some(change)
            });
            let kept: Vec<f32> = kept.collect();
            let sign = kept.iter().sum::<f32>().signum();
            let agreed: Vec<f32> = kept.into_iter().filter(|change| change.signum() == sign).collect();
            if !agreed.is_empty() {
                *value += agreed.iter().sum::<f32>() / agreed.len() as f32;
            }
        }
    }
    merged
}

/// The smallest change of a branch that is kept.
fn limit(start: &State, branch: &State, density: f32) -> f32 {
    let mut sizes: Vec<f32> = branch
        .iter()
        .filter_map(|(name, values)| Some((start.get(name)?, values)))
        .flat_map(|(before, values)| values.iter().zip(before).map(|(a, b)| (a - b).abs()))
        .collect();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
    let kept = (density * sizes.len() as f32).ceil() as usize;
    sizes.sort_by(|a, b| b.total_cmp(a));
    sizes.get(kept.saturating_sub(1)).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_changes_are_trimmed_and_the_heavier_sign_wins() {
        let state = |values: &[f32]| State::from([("w".to_owned(), values.to_vec())]);
        let start = state(&[1.0, 1.0, 1.0, 1.0]);
        let (a, b) = (state(&[3.0, 1.1, 0.0, 1.0]), state(&[2.0, 1.0, 1.5, 1.0]));
        // Of each branch two of four changes: 2 and −1; 1 and 0.5. The third value: −1 outweighs 0.5.
        assert_eq!(ties(&start, &[a.clone(), b.clone()], 0.5)["w"], [2.5, 1.0, 0.0, 1.0]);
        assert_eq!(ties(&start, &[a], 1.0)["w"], [3.0, 1.1, 0.0, 1.0]);
        assert_eq!(ties(&start, &[], 0.5), start);
        assert_eq!(ties(&start, &[start.clone(), b], 0.25)["w"], [2.0, 1.0, 1.0, 1.0]);
    }
}
