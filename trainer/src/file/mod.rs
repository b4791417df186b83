//! From trained models to a `.pupil` file: int8 weights, decisions, provenance.

pub mod card;
mod encoder;
mod head;
#[cfg(feature = "onnx")]
pub mod import_onnx;
mod mixture;
#[cfg(any(feature = "onnx", test))]
mod onnx;
mod pack;
mod quantized;

pub use pack::build_pack;

use crate::corpus::Corpus;
use crate::experiment::{Decisions, Experiment, Model, ModelSpec, Reader};
use crate::head::TaskHead;
use anyhow::{Context, Result};
use pupil_core::format::manifest::{DataSource, Encoder, Head, Manifest, Metric, Task, Training};
use pupil_core::format::writer::FileBuilder;
use std::collections::BTreeMap;

/// A trained model that goes into a file.
pub struct Part {
    /// What it is.
    pub spec: ModelSpec,
    /// The model.
    pub model: Model,
    /// Its decisions on each of its tasks.
    pub decisions: Vec<Decisions>,
    /// The figures measured for each of its tasks, if any.
    pub metrics: Vec<Vec<Metric>>,
}

/// Name of a model's tokenizer, encoder and mixture in a file: its task if it has only one, so that a file can hold one
/// model for each task.
fn name(corpus: &Corpus, spec: &ModelSpec) -> String {
    match spec.tasks[..] {
        [task] => corpus.train.tasks[task].id.clone(),
        _ => "shared".to_owned(),
    }
}

/// Builds a file from models of which no two have the same task.
///
/// # Errors
///
/// When a model has parts that the format does not have.
pub fn build(experiment: &Experiment<'_>, parts: &[Part], recipe_blake3: &str) -> Result<FileBuilder> {
    let specs: Vec<&ModelSpec> = parts.iter().map(|p| &p.spec).collect();
    let mut manifest = manifest(experiment, &specs, recipe_blake3);
    for part in parts {
        let name = name(experiment.corpus, &part.spec);
        let vocab = part.model.tokenizer.vocab_size();
        manifest.tokenizers.extend(encoder::tokenizer_entry(&part.spec, &name).map(|t| (name.clone(), t)));
        manifest.encoders.insert(name.clone(), encoder::entry(experiment, &part.spec, &name, vocab)?);
        manifest.mixtures.extend(mixture::entry_of(&part.model).map(|entry| (name.clone(), entry)));
        let width = part.model.learner.encoder.width();
        for (n, task) in part.spec.tasks.iter().enumerate() {
            let metrics = part.metrics.get(n).cloned().unwrap_or_default();
            let entry = task_entry(experiment, &part.spec, &name, width, (*task, &part.decisions[n]));
            manifest.tasks.push(Task { metrics, ..entry });
        }
    }
    let mut file = FileBuilder::new(manifest);
    file.half_scales(true);
    for part in parts {
        let name = name(experiment.corpus, &part.spec);
        let state = part.model.learner.state()?;
        if let Reader::Tokens(tokenizer) = &part.model.tokenizer {
            file.bytes(format!("tokenizer.{name}"), &tokenizer.to_json()?);
        }
        encoder::add(&mut file, &name, experiment, (&part.spec, &part.model, &state))
            .with_context(|| format!("encoder of {name}"))?;
        mixture::add(&mut file, &name, (&part.model, &state), true)?;
        for task in &part.spec.tasks {
            add_task(&mut file, experiment.corpus, (&part.model, &state), *task)?;
        }
    }
    Ok(file)
}

/// Adds the sections of a task.
fn add_task(
    file: &mut FileBuilder,
    corpus: &Corpus,
    model: (&Model, &crate::fit::State),
    task: usize,
) -> Result<()> {
    let id = &corpus.train.tasks[task].id;
    mixture::add_task(file, id, model, task)?;
    head::add(file, id, model, task).with_context(|| format!("head of {id}"))
}

/// The entry of a task of a model whose encoder gives vectors of `width`.
fn task_entry(
    experiment: &Experiment<'_>,
    spec: &ModelSpec,
    name: &str,
    width: usize,
    (task, decisions): (usize, &Decisions),
) -> Task {
    let kind = experiment.corpus.train.tasks[task].head.in_file();
    Task {
        encoder: name.to_owned(),
        mixture: spec.mixture.is_some().then(|| name.to_owned()),
        head: Head { kind, hidden: spec.head.hidden.units(width) },
        ..head::entry(experiment.recipe, experiment.corpus, task, decisions)
    }
}

/// A manifest without tasks: the fields that every file of a run has.
fn manifest(experiment: &Experiment<'_>, specs: &[&ModelSpec], recipe_blake3: &str) -> Manifest {
    let (recipe, corpus) = (experiment.recipe, experiment.corpus);
    let seeds: Vec<u64> = specs.iter().map(|spec| spec.seed).collect();
    let data = corpus.sources.iter().map(|s| DataSource {
        name: s.name.clone(),
        blake3: Some(s.blake3.clone()),
        rows: u64::try_from(s.rows).ok(),
    });
    Manifest {
        name: recipe.model_name().to_owned(),
        description: recipe.description.clone(),
        licence: recipe.licence.clone(),
        attribution: recipe.attribution.clone(),
        created_by: crate::tool::TOOL.to_owned(),
        training: Training {
            data: data.collect(),
            teacher: specs.iter().any(|spec| spec.distillation.is_some()).then(|| recipe.teacher.described()),
            recipe_blake3: Some(recipe_blake3.to_owned()),
            seed: Some(recipe.seed),
            tool: Some(crate::tool::TOOL.to_owned()),
            extra: BTreeMap::from([("model_seeds".to_owned(), serde_json::json!(seeds))]),
        },
        ..Manifest::default()
    }
}

/// The manifest of a file of these models, as far as it is known before training, and the bytes of the transformer
/// layers in it. A model with an added task contributes that task.
///
/// # Errors
///
/// When the dimensions of the pretrained encoder cannot be read, or the engine cannot run an encoder.
pub(crate) fn planned(experiment: &Experiment<'_>, specs: &[ModelSpec]) -> Result<(Manifest, u64)> {
    let mut manifest = manifest(experiment, &specs.iter().collect::<Vec<_>>(), "");
    let mut bytes = 0;
    for spec in specs {
        let base = spec.base.as_ref().map_or(spec, |b| &b.model);
        let name = name(experiment.corpus, base);
        // The size of the vocabulary is not known yet; it is never too large.
        let encoder = encoder::entry(experiment, spec, &name, 3)?;
        let width = encoder.output_len();
        if let (Encoder::Bert(b), false) = (&encoder, manifest.encoders.contains_key(&name)) {
            bytes += b.layers * (4 * b.width * b.width + 2 * b.width * b.intermediate);
        }
        manifest.tokenizers.extend(encoder::tokenizer_entry(spec, &name).map(|t| (name.clone(), t)));
        manifest.encoders.insert(name.clone(), encoder);
        if let Some(m) = &spec.mixture {
            manifest.mixtures.insert(name.clone(), mixture::entry(&m.config, width));
        }
        let tasks: Vec<usize> =
            manifest.tasks.iter().filter_map(|known| experiment.corpus.train.task_index(&known.id)).collect();
        for task in spec.tasks.iter().filter(|t| !tasks.contains(t)) {
            let data = &experiment.corpus.train.tasks[*task];
            let plain = Decisions::plain(&TaskHead::of(data.head, data.labels.len()));
            manifest.tasks.push(task_entry(experiment, spec, &name, width, (*task, &plain)));
        }
    }
    Ok((manifest, bytes as u64))
}
