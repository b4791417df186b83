//! From trained pupils to a `.pupil` file: quantized weights, decisions set on validation data, provenance.

use crate::corpus::Corpus;
use crate::data::{Dataset, Target, TaskData};
use crate::distil::{Classroom, Family, Job, Pupil};
use crate::fit::State;
use crate::head::{Decisions, TaskHead};
use crate::labels::Scored;
use crate::recipe::Recipe;
use crate::teach::labelled;
use crate::tokenizer::{Encoded, TokenizerKind};
use anyhow::{Context, Result, ensure};
use pupil_core::format::manifest::{
    Calibration, DataSource, ELstm, Encoder, Head, Input, Label, Manifest, Metric, Review, Scale, Task,
    Tokenizer, Training,
};
use pupil_core::format::writer::FileBuilder;
use pupil_core::layers::LstmWeights;
use pupil_core::quant::quantize_rows;
use std::collections::BTreeMap;

/// Logits of a pupil for answers to one of its tasks, given by their places in a set.
///
/// # Errors
///
/// When the tokenizer or the model fails.
pub fn logits(
    recipe: &Recipe,
    pupil: &Pupil,
    set: &Dataset,
    task: usize,
    rows: &[usize],
) -> Result<Vec<Vec<f32>>> {
    let group = pupil.group(task);
    let columns = pupil.learner.head.groups()[group].columns.clone();
    let texts: Vec<Encoded> = rows
        .iter()
        .map(|i| {
            let a = &set.answers[*i];
            pupil.tokenizer.encode(a.reference.as_deref().filter(|_| recipe.data.pairs), &a.text)
        })
        .collect::<Result<_>>()?;
    let all = pupil.learner.infer(&texts.iter().map(|t| (t, group)).collect::<Vec<_>>(), 64, |_| {})?;
    Ok(all.into_iter().map(|row| row[columns.clone()].to_vec()).collect())
}

/// The graded validation answers of a task.
#[must_use]
pub fn validation_rows(corpus: &Corpus, task: usize) -> Vec<usize> {
    corpus
        .split
        .validation
        .iter()
        .copied()
        .filter(|i| {
            corpus.train.answers[*i].task == task && corpus.train.answers[*i].target != Target::Missing
        })
        .collect()
}

/// Sets a pupil's decisions on the validation part.
///
/// # Errors
///
/// When the model fails.
pub fn decisions(recipe: &Recipe, corpus: &Corpus, task: usize, pupil: &Pupil) -> Result<Decisions> {
    let rows = validation_rows(corpus, task);
    let logits = logits(recipe, pupil, &corpus.train, task, &rows)?;
    let truths: Vec<Target> = rows.iter().map(|i| corpus.train.answers[*i].target.clone()).collect();
    Ok(Decisions::fit(
        pupil.head(task),
        &corpus.train.tasks[task],
        &logits,
        &truths,
        recipe.export.review_share,
    ))
}

/// The pupil in f32, with decisions, on the answers of its task in a set.
///
/// # Errors
///
/// When the model fails.
pub fn score_f32(
    recipe: &Recipe,
    pupil: &Pupil,
    decisions: &Decisions,
    set: &Dataset,
    task: usize,
) -> Result<Vec<Scored>> {
    let rows: Vec<usize> = set.of_task(task).collect();
    let head = pupil.head(task);
    Ok(rows
        .iter()
        .zip(logits(recipe, pupil, set, task, &rows)?)
        .map(|(i, z)| {
            let p = head.probabilities(&z, decisions.temperature);
            let award = decisions.award(head, &p);
            Scored::with_award(set, *i, p, award)
        })
        .collect())
}

/// One pupil chosen for a file.
pub struct Chosen {
    /// The job that trained it.
    pub job: Job,
    /// The pupil.
    pub pupil: Pupil,
    /// Its decisions.
    pub decisions: Decisions,
    /// Measured figures for the manifest.
    pub metrics: Vec<Metric>,
}

/// A manifest without tasks: what holds for every file of a run, and whether a teacher `taught` its models, whose own
/// seeds follow.
pub(crate) fn manifest(
    recipe: &Recipe,
    corpus: &Corpus,
    recipe_blake3: &str,
    taught: bool,
    model_seeds: &[u64],
) -> Manifest {
    let seeds = ("model_seeds".to_owned(), serde_json::json!(model_seeds));
    Manifest {
        name: recipe.model_name().to_owned(),
        description: recipe.description.clone(),
        licence: recipe.licence.clone(),
        attribution: recipe.attribution.clone(),
        created_by: crate::TOOL.to_owned(),
        training: Training {
            data: corpus
                .sources
                .iter()
                .map(|s| DataSource {
                    name: s.name.clone(),
                    blake3: Some(s.blake3.clone()),
                    rows: u64::try_from(s.rows).ok(),
                })
                .collect(),
            teacher: taught.then(|| recipe.teacher.described()),
            recipe_blake3: Some(recipe_blake3.to_owned()),
            seed: Some(recipe.seed),
            tool: Some(crate::TOOL.to_owned()),
            extra: BTreeMap::from([seeds]),
        },
        ..Manifest::default()
    }
}

/// The manifest of the file of one E-LSTM per task, as far as it is known before anything is trained.
pub(crate) fn planned(recipe: &Recipe, corpus: &Corpus) -> Manifest {
    let mut manifest = manifest(recipe, corpus, "", recipe.export.lambda > 0.0, &recipe.distil.seeds);
    for (index, task) in corpus.train.tasks.iter().enumerate() {
        let head = TaskHead { kind: task.head, labels: task.labels.len() };
        // How many words there are shows later; there are never too many.
        add_entries(&mut manifest, (recipe, corpus, index), 3, (&Decisions::plain(&head), &[]));
    }
    manifest
}

/// Adds the tokenizer, the encoder and the task of one E-LSTM with a vocabulary of that size.
fn add_entries(
    manifest: &mut Manifest,
    (recipe, corpus, index): (&Recipe, &Corpus, usize),
    vocab: usize,
    (decisions, metrics): (&Decisions, &[Metric]),
) {
    let (p, task) = (&recipe.pupil, &corpus.train.tasks[index]);
    let kind = match p.tokenizer {
        TokenizerKind::WordLevel => pupil_core::tokenizer::TokenizerKind::WordLevel,
        TokenizerKind::WordPiece => pupil_core::tokenizer::TokenizerKind::WordPiece,
    };
    manifest.tokenizers.insert(task.id.clone(), Tokenizer::of_kind(kind, &task.id));
    let encoder = ELstm {
        tokenizer: task.id.clone(),
        vocab,
        embedding: p.embedding,
        hidden: p.hidden,
        state_bits: p.state_bits,
    };
    manifest.encoders.insert(task.id.clone(), Encoder::ELstm(encoder));
    manifest.tasks.push(Task {
        encoder: task.id.clone(),
        head: Head { kind: task.head.in_file(), hidden: p.dense },
        metrics: metrics.to_vec(),
        ..file_task(recipe, corpus, index, decisions)
    });
}

/// Builds a file of one E-LSTM per task; tokenizer and encoder are named after it.
///
/// # Errors
///
/// When a pupil's parameters cannot be written as the format demands.
pub fn build(class: &Classroom<'_>, chosen: &[Chosen], recipe_blake3: &str) -> Result<FileBuilder> {
    let (recipe, corpus) = (class.recipe, class.corpus);
    let taught = chosen.iter().any(|c| c.job.lambda > 0.0);
    let seeds: Vec<u64> = chosen.iter().map(|c| c.job.seed).collect();
    let mut manifest = manifest(recipe, corpus, recipe_blake3, taught, &seeds);
    for c in chosen {
        ensure!(c.job.family == Family::ELstm, "only E-LSTM pupils can be exported");
        let vocab = c.pupil.tokenizer.vocab_size();
        add_entries(&mut manifest, (recipe, corpus, c.job.task), vocab, (&c.decisions, &c.metrics));
    }
    let mut file = FileBuilder::new(manifest);
    for c in chosen {
        let task = &corpus.train.tasks[c.job.task];
        file.bytes(format!("tokenizer.{}", task.id), &c.pupil.tokenizer.to_json()?);
        add_weights(&mut file, recipe, task, c).with_context(|| format!("pupil of {}", task.id))?;
    }
    Ok(file)
}

/// Which classes, levels or labels of a task some answer of the training part has, by its human score.
fn seen(corpus: &Corpus, task: usize) -> Vec<bool> {
    let mut seen = vec![false; corpus.train.tasks[task].labels.len()];
    for answer in labelled(corpus, &corpus.split.train, task) {
        match &answer.target {
            Target::Class(k) | Target::Level(k) => seen[*k] = true,
            Target::Labels(labels) => seen.iter_mut().zip(labels).for_each(|(seen, on)| *seen |= on),
            Target::Missing => {}
        }
    }
    seen
}

/// The entry of a task, without what depends on the model.
pub(crate) fn file_task(recipe: &Recipe, corpus: &Corpus, task: usize, decisions: &Decisions) -> Task {
    let seen = seen(corpus, task);
    let task = &corpus.train.tasks[task];
    let label = |(name, seen): (&String, bool)| Label { unseen: !seen, ..Label::named(name) };
    Task {
        id: task.id.clone(),
        name: task.name.clone(),
        input: if recipe.data.pairs { Input::Pair } else { Input::Answer },
        labels: task.labels.iter().zip(seen).map(label).collect(),
        scale: (task.head.is_ordered()).then(|| Scale::of(&task.points)),
        thresholds: decisions.thresholds.clone(),
        calibration: Calibration { temperature: decisions.temperature },
        review: Review {
            min_words: recipe.export.min_words as usize,
            max_unknown: recipe.export.max_unknown,
            max_repeated: recipe.export.max_repeated,
            min_confidence: decisions.min_confidence,
        },
        ..Task::default()
    }
}

fn add_weights(file: &mut FileBuilder, recipe: &Recipe, task: &TaskData, c: &Chosen) -> Result<()> {
    let state: State = c.pupil.learner.state()?;
    add_lstm(file, &task.id, recipe, &c.pupil, &state)?;
    add_head(file, &c.pupil, &state, c.job.task, task, quantize_rows)
}

/// Writes a pupil's LSTM as the encoder `name`.
pub(crate) fn add_lstm(
    file: &mut FileBuilder,
    name: &str,
    recipe: &Recipe,
    pupil: &Pupil,
    state: &State,
) -> Result<()> {
    let p = &recipe.pupil;
    let flat = state.get("encoder").context("the pupil has no encoder")?;
    let layout = pupil.learner.encoder.layout();
    let part = |name: &str| -> Result<&[f32]> {
        let entry = layout.get(name).with_context(|| format!("the encoder has no `{name}`"))?;
        Ok(&flat[entry.range.clone()])
    };
    let (embedding, embedding_scale) = quantize_rows(part("embedding")?, p.embedding);
    let (input, input_scale) = quantize_rows(part("input")?, p.embedding);
    let (recurrent, recurrent_scale) = quantize_rows(part("recurrent")?, p.hidden);
    file.lstm(
        name,
        &LstmWeights {
            vocab: pupil.tokenizer.vocab_size(),
            embedding_dim: p.embedding,
            hidden: p.hidden,
            state_bits: p.state_bits,
            embedding: &embedding,
            embedding_scale: &embedding_scale,
            input: &input,
            input_scale: &input_scale,
            recurrent: &recurrent,
            recurrent_scale: &recurrent_scale,
            bias: part("bias")?,
        },
    );
    Ok(())
}

/// Quantizes a matrix row by row: the values, and a scale per row.
pub(crate) type Quantize = fn(&[f32], usize) -> (Vec<i8>, Vec<f32>);

/// Adds the head of one of a pupil's tasks, quantized by `quantize`.
pub(crate) fn add_head(
    file: &mut FileBuilder,
    pupil: &Pupil,
    state: &State,
    task: usize,
    data: &TaskData,
    quantize: Quantize,
) -> Result<()> {
    let part = |name: &str| state.get(name).with_context(|| format!("the pupil has no `{name}`"));
    let (hidden, hidden_bias) = (part("head.hidden.weight")?, part("head.hidden.bias")?);
    let (tasks, group) = (pupil.learner.head.tasks(), pupil.group(task));
    let dense = hidden_bias.len() / tasks.len();
    let width = hidden.len() / hidden_bias.len();
    // Everything that belongs to a task stands after what belongs to the tasks before it.
    let (weight, scale) = quantize(&hidden[group * dense * width..(group + 1) * dense * width], width);
    let bias = &hidden_bias[group * dense..(group + 1) * dense];
    file.linear(&format!("task.{}.hidden", data.id), (dense, width), &weight, &scale, bias);
    let first: usize = tasks[..group].iter().map(TaskHead::scores).sum();
    let rows = tasks[group].scores();
    let output = &part("head.output.weight")?[first * dense..(first + rows) * dense];
    let (weight, scale) = quantize(output, dense);
    let bias = &part("head.output.bias")?[pupil.learner.head.groups()[group].columns.clone()];
    let name = format!("task.{}.output", data.id);
    if data.head.is_ordered() {
        file.linear(&name, (1, dense), &weight, &scale, &[0.0]);
        file.f32(format!("task.{}.cuts", data.id), &[bias.len()], &descending(bias));
    } else {
        file.linear(&name, (rows, dense), &weight, &scale, bias);
    }
    Ok(())
}

/// Cuts in strictly falling order. Trained cuts are, where every level occurs; a pair that crossed is set apart by
/// a thousandth, which gives the level between them no probability to speak of.
fn descending(cuts: &[f32]) -> Vec<f32> {
    let mut out: Vec<f32> = Vec::with_capacity(cuts.len());
    for cut in cuts {
        out.push(out.last().map_or(*cut, |last| cut.min(last - 1e-3)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crossed_cuts_are_set_apart() {
        let cuts = descending(&[1.0, 1.5, -2.0]);
        assert!(cuts.windows(2).all(|w| w[0] > w[1]), "{cuts:?}");
    }
}
