//! Tasks in a file: their entries in the manifest and the sections of their heads.

use super::quantized::Quantized;
use crate::corpus::Corpus;
use crate::data::Target;
use crate::experiment::{Decisions, Model, Reader, shifted};
use crate::fit::State;
use crate::head::TaskHead;
use crate::recipe::Recipe;
use anyhow::{Context, Result, ensure};
use pupil_core::format::manifest::{Calibration, Input, Label, Review, Scale, Task};
use pupil_core::format::writer::FileBuilder;
use pupil_core::parts::head::HeadWeights;

/// Which classes, levels or labels of a task occur among the human scores of the training part.
fn seen(corpus: &Corpus, task: usize) -> Vec<bool> {
    let mut seen = vec![false; corpus.train.tasks[task].labels.len()];
    let answers = corpus.split.train.iter().map(|i| &corpus.train.answers[*i]);
    for answer in answers.filter(|a| a.task == task) {
        match &answer.target {
            Target::Class(k) | Target::Level(k) => seen[*k] = true,
            Target::Labels(labels) => seen.iter_mut().zip(labels).for_each(|(seen, on)| *seen |= on),
            Target::Missing => {}
        }
    }
    seen
}

/// The entry of a task, without the fields that depend on the model.
pub(super) fn entry(recipe: &Recipe, corpus: &Corpus, task: usize, decisions: &Decisions) -> Task {
    let seen = seen(corpus, task);
    let task = &corpus.train.tasks[task];
    let least = |place: usize| decisions.label_confidences.get(place).copied().unwrap_or_default();
    let label = |(place, (name, seen)): (usize, (&String, bool))| Label {
        unseen: !seen,
        min_confidence: least(place),
        ..Label::named(name)
    };
    Task {
        id: task.id.clone(),
        name: task.name.clone(),
        input: if recipe.data.pairs { Input::Pair } else { Input::Answer },
        labels: task.labels.iter().zip(seen).enumerate().map(label).collect(),
        scale: (task.head.is_ordered()).then(|| Scale::of(&task.points)),
        thresholds: decisions.thresholds.clone(),
        calibration: Calibration { temperature: decisions.temperature },
        review: Review {
            min_words: recipe.export.min_words as usize,
            max_unknown: recipe.max_unknown(),
            max_repeated: recipe.export.max_repeated,
            min_confidence: decisions.min_confidence,
        },
        guarantee: decisions.guarantee,
        monitor: decisions.monitor.clone(),
        ..Task::default()
    }
}

/// Whether the columns of a task are thresholds between levels.
pub(super) fn has_thresholds(task: &TaskHead) -> bool {
    task.kind.in_file().level_thresholds(task.labels) > 0
}

/// Adds the sections of the head of a task called `id`, with its logits shifted: thresholds alone, if the outputs of
/// the encoder are those of the head.
///
/// # Errors
///
/// When the head has no hidden layer and the encoder's outputs are not its own, or a parameter is missing.
pub(super) fn add(
    file: &mut FileBuilder,
    id: &str,
    (model, state): (&Model, &State),
    (task, shifts): (usize, &[f32]),
) -> Result<()> {
    let part = |name: &str| state.get(name).with_context(|| format!("the model has no `{name}`"));
    let (tasks, group) = (model.learner.head.tasks(), model.group(task));
    // There is a bias for each column; columns that share a row are thresholds between levels.
    let own = &part("head.output.bias")?[model.learner.head.groups()[group].columns.clone()];
    let bias = shifted(own, shifts);
    let (bias, level_thresholds) =
        if has_thresholds(&tasks[group]) { (vec![0.0], descending(&bias)) } else { (bias, Vec::new()) };
    if let Reader::NGrams(_) = model.tokenizer {
        file.level_thresholds(id, &level_thresholds);
        return Ok(());
    }
    ensure!(state.contains_key("head.hidden.bias"), "a head without hidden layer cannot be exported");
    let (hidden, hidden_bias) = (part("head.hidden.weight")?, part("head.hidden.bias")?);
    let dense = hidden_bias.len() / tasks.len();
    let width = hidden.len() / hidden_bias.len();
    // In every parameter, the values of a task follow those of the tasks before it.
    let own = &hidden[group * dense * width..(group + 1) * dense * width];
    let inner = Quantized::new(own, width, &hidden_bias[group * dense..(group + 1) * dense]);
    let first: usize = tasks[..group].iter().map(TaskHead::scores).sum();
    let rows = tasks[group].scores();
    let output = &part("head.output.weight")?[first * dense..(first + rows) * dense];
    let outer = Quantized::new(output, dense, &bias);
    let weights =
        HeadWeights { hidden: inner.linear(), output: outer.linear(), level_thresholds: &level_thresholds };
    file.head(id, &weights);
    Ok(())
}

/// Thresholds in strictly falling order, as trained ones are if every level occurs. A pair in the wrong order gets a
/// distance of a thousandth, which gives the level between them almost no probability.
fn descending(thresholds: &[f32]) -> Vec<f32> {
    let mut out: Vec<f32> = Vec::with_capacity(thresholds.len());
    for threshold in thresholds {
        out.push(out.last().map_or(*threshold, |last| threshold.min(last - 1e-3)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crossed_thresholds_are_set_apart() {
        let thresholds = descending(&[1.0, 1.5, -2.0]);
        assert!(thresholds.windows(2).all(|w| w[0] > w[1]), "{thresholds:?}");
    }
}
