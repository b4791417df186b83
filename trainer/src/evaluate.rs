//! Measuring teachers, pupils in f32 and the engine on the same answers.

use crate::data::Dataset;
use crate::labels::Scored;
use anyhow::{Context, Result, ensure};
use pupil_core::{BatchOptions, Score, Scorer};

/// Predictions of the engine on the answers to some tasks of a set, given by their indices.
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
            let awarded =
                || score.labels.iter().position(|l| l.awarded).context("the engine awarded nothing");
            let flags = score.labels.iter().map(|l| l.awarded).collect();
            let award = task.head.flagged(flags, awarded)?;
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
