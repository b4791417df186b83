//! From trained models to a `.pupil` file: int8 weights, decisions, provenance.

pub mod card;
mod encoder;
mod front_matter;
mod guard;
mod head;
#[cfg(feature = "onnx")]
pub mod import_onnx;
mod mixture;
#[cfg(any(feature = "onnx", test))]
mod onnx;
mod pack;
mod quantized;

pub use front_matter::{FrontMatter, HubFigure, HubResult};
pub use guard::guard;
pub use pack::build_pack;

use crate::corpus::Corpus;
use crate::experiment::{Combination, Decisions, Experiment, Model, ModelSpec};
use crate::fit::State;
use crate::guard::Fitted;
use crate::head::TaskHead;
use anyhow::{Context, Result};
use pupil_core::format::manifest::{
    Audit, DataSource, Encoder, Head, Manifest, Member, Metric, Review, Task, Training,
};
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

/// The names of all models of a file. Of models with the same tasks, the second one and those after it have their
/// number in the name.
fn names(corpus: &Corpus, specs: &[&ModelSpec]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for spec in specs {
        let plain = name(corpus, spec);
        let numbered = (2..).map(|n| format!("{plain}.{n}"));
        let mut free = std::iter::once(plain.clone()).chain(numbered).filter(|name| !names.contains(name));
        names.extend(free.next());
    }
    names
}

/// Builds a file. Models that have the same task are its members, as `combinations` say. Files that are only measured
/// need no guard.
///
/// # Errors
///
/// When a model has parts that the format does not have.
pub fn build(
    experiment: &Experiment<'_>,
    parts: &[Part],
    combinations: &[Combination],
    recipe_blake3: &str,
    guard: Option<&Fitted>,
) -> Result<FileBuilder> {
    let specs: Vec<&ModelSpec> = parts.iter().map(|p| &p.spec).collect();
    let names = names(experiment.corpus, &specs);
    let mut manifest = manifest(experiment, &specs, recipe_blake3);
    let mut tokenizers: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (part, name) in parts.iter().zip(&names) {
        let tokenizer = match encoder::tokenizer_entry(&part.spec, name) {
            None => None,
            Some(entry) => {
                let bytes = part.model.tokenizer.to_json()?;
                let same =
                    tokenizers.iter().find(|(_, known)| **known == bytes).map(|(name, _)| name.clone());
                // Models with the same vocabulary share it.
                Some(same.unwrap_or_else(|| {
                    manifest.tokenizers.insert(name.clone(), entry);
                    tokenizers.insert(name.clone(), bytes);
                    name.clone()
                }))
            }
        };
        let vocab = part.model.tokenizer.vocab_size();
        let entry = encoder::entry(experiment, &part.spec, tokenizer.as_deref().unwrap_or_default(), vocab)?;
        manifest.encoders.insert(name.clone(), entry);
        manifest.mixtures.extend(mixture::entry_of(&part.model).map(|entry| (name.clone(), entry)));
    }
    let states: Vec<State> = parts.iter().map(|p| p.model.learner.state()).collect::<Result<_>>()?;
    for combination in combinations {
        let entry = |place: usize| {
            let part = &parts[place];
            let width = part.model.learner.encoder.width();
            let own = part.spec.tasks.iter().position(|t| *t == combination.task);
            let own = own.context("a model of a task has it")?;
            let task = task_entry(
                experiment,
                &part.spec,
                &names[place],
                width,
                (combination.task, &part.decisions[own]),
            );
            Ok(Task { metrics: part.metrics.get(own).cloned().unwrap_or_default(), ..task })
        };
        let entries: Vec<Task> =
            combination.members.iter().map(|place| entry(*place)).collect::<Result<_>>()?;
        let task = together(entries, combination)?;
        let own = combination.members.iter().map(|place| &states[*place]);
        manifest.tasks.push(Task { audit: audit(experiment, &task.id, own), ..task });
    }
    if let Some(guard) = guard {
        guard::enter(&mut manifest, guard, experiment.corpus);
    }
    let tasks = manifest.tasks.clone();
    let mut file = FileBuilder::new(manifest.clone());
    file.half_scales(true);
    if let Some(guard) = guard {
        guard::add(&mut file, guard, &manifest, experiment.corpus);
    }
    for (name, bytes) in &tokenizers {
        file.bytes(format!("tokenizer.{name}"), bytes);
    }
    for ((part, name), state) in parts.iter().zip(&names).zip(&states) {
        encoder::add(&mut file, name, experiment, (&part.spec, &part.model, state))
            .with_context(|| format!("encoder of {name}"))?;
        mixture::add(&mut file, name, (&part.model, state), true)?;
    }
    for (combination, task) in combinations.iter().zip(&tasks) {
        for (place, member) in combination.members.iter().zip(task.all_members()) {
            let (part, state) = (&parts[*place], &states[*place]);
            let own = part.spec.tasks.iter().position(|t| *t == combination.task);
            let shifts = own.map_or(&[][..], |own| &part.decisions[own].shifts);
            add_task(&mut file, &member.section_id(), (&part.model, state), (combination.task, shifts))?;
        }
    }
    Ok(file)
}

/// What is audited of a task, where the recipe asks for it. The salt is a hash of its models' parameters, which only
/// who has the file knows: the same recipe gives the same file.
fn audit<'a>(
    experiment: &Experiment<'_>,
    task: &str,
    states: impl Iterator<Item = &'a State>,
) -> Option<Audit> {
    let share = experiment.recipe.export.audit_share;
    if share == 0.0 {
        return None;
    }
    let mut hash = blake3::Hasher::new_derive_key("pupil-train 2026-11-28 salt of audits");
    hash.update(task.as_bytes());
    for value in states.flat_map(BTreeMap::values).flatten() {
        hash.update(&value.to_le_bytes());
    }
    #[expect(clippy::cast_possible_truncation, reason = "rounding to f32 is meant")]
    let share = share as f32;
    Some(Audit { share, salt: hash.finalize().into() })
}

/// One entry for the members of a task: the first one's, to which the others are added.
fn together(entries: Vec<Task>, combination: &Combination) -> Result<Task> {
    #[expect(clippy::cast_possible_truncation, reason = "rounding to f32 is meant")]
    let weights: Vec<f32> = combination.weights.iter().map(|w| *w as f32).collect();
    let mut entries = entries.into_iter();
    let mut first = entries.next().context("a task has a model")?;
    for (label, least) in first.labels.iter_mut().zip(&combination.decisions.label_confidences) {
        label.min_confidence = *least;
    }
    let members = entries.zip(&weights[1..]).map(|(task, weight)| member(task, *weight)).collect();
    let decisions = &combination.decisions;
    let review = Review { min_confidence: decisions.min_confidence, ..first.review };
    Ok(Task {
        weight: weights[0],
        members,
        thresholds: decisions.thresholds.clone(),
        review,
        guarantee: decisions.guarantee,
        monitor: decisions.monitor.clone(),
        ..first
    })
}

/// The entry of a task as a further member of the task.
fn member(task: Task, weight: f32) -> Member {
    Member {
        encoder: task.encoder,
        mixture: task.mixture,
        head: task.head,
        calibration: task.calibration,
        weight,
    }
}

/// Adds the sections of a task with the shifts of its logits, or of a further member of it, that is called `id`.
fn add_task(file: &mut FileBuilder, id: &str, model: (&Model, &State), task: (usize, &[f32])) -> Result<()> {
    mixture::add_task(file, id, model, task.0)?;
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
        version: recipe.version,
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
    let whole: Vec<&ModelSpec> = specs.iter().filter(|spec| spec.base.is_none()).collect();
    let names = names(experiment.corpus, &whole);
    for spec in specs {
        let base = spec.base.as_ref().map_or(spec, |b| &b.model);
        let place = whole.iter().position(|known| *known == base);
        let name = place.map_or_else(|| name(experiment.corpus, base), |place| names[place].clone());
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
        for task in &spec.tasks {
            let data = &experiment.corpus.train.tasks[*task];
            let plain = Decisions::plain(&TaskHead::of(data.head, data.labels.len()));
            let entry = task_entry(experiment, spec, &name, width, (*task, &plain));
            match manifest.tasks.iter_mut().find(|known| known.id == data.id) {
                None => manifest.tasks.push(entry),
                // An added task does not change those of its base.
                Some(known) if spec.base.is_none() => known.members.push(member(entry, 1.0)),
                Some(_) => {}
            }
        }
    }
    for task in manifest.tasks.iter_mut().filter(|task| !task.members.is_empty()) {
        #[expect(clippy::cast_precision_loss, reason = "a few members")]
        let share = 1.0 / (task.members.len() + 1) as f32;
        task.weight = share;
        task.members.iter_mut().for_each(|member| member.weight = share);
    }
    Ok((manifest, bytes as u64))
}
