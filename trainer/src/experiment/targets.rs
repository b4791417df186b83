//! What a model learns of a human score: probabilities, priors and weights of classes.

use crate::data::{Answer, Target, TaskData};
use crate::head::ClassWeights;

/// A human score as probabilities: one-hot, or 0/1 per label. `None` where nobody scored.
#[must_use]
pub(super) fn certain(task: &TaskData, target: &Target) -> Option<Vec<f32>> {
    match target {
        Target::Class(k) | Target::Level(k) => {
            Some((0..task.labels.len()).map(|i| if i == *k { 1.0 } else { 0.0 }).collect())
        }
        Target::Labels(labels) => Some(labels.iter().map(|l| if *l { 1.0 } else { 0.0 }).collect()),
        Target::Missing => None,
    }
}

/// The share of each class, level or label among the given answers of a task (plus one of each).
#[must_use]
pub(super) fn priors<'a>(task: &TaskData, answers: impl Iterator<Item = &'a Answer>) -> Vec<f32> {
    let mut counts = vec![1.0f32; task.labels.len()];
    let mut n = task.labels.len() as f32;
    for p in answers.filter_map(|a| certain(task, &a.target)) {
        counts.iter_mut().zip(&p).for_each(|(c, p)| *c += p);
        n += 1.0;
    }
    counts.iter().map(|c| c / n).collect()
}

/// The weight of each class in the loss; rubric labels are never weighted.
#[must_use]
pub(super) fn weights(kind: ClassWeights, task: &TaskData, prior: &[f32]) -> Vec<f32> {
    let raw: Vec<f32> = prior
        .iter()
        .map(|p| match kind {
            _ if task.head.is_multi_label() => 1.0,
            ClassWeights::None => 1.0,
            ClassWeights::InverseRoot => 1.0 / p.sqrt(),
            ClassWeights::Balanced => 1.0 / p,
        })
        .collect();
    let mean: f32 = raw.iter().zip(prior).map(|(w, p)| w * p).sum::<f32>() / prior.iter().sum::<f32>();
    raw.iter().map(|w| w / mean).collect()
}
