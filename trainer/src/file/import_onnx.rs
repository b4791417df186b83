//! Makes a `.pupil` file from an ONNX graph that was trained elsewhere.

use anyhow::{Context, Result, bail, ensure};
use pupil_core::format::manifest::{
    self, Calibration, Encoder, Head, HeadKind, Input, Label, Manifest, Onnx, OnnxInput, OnnxRole, Pooling,
    Review, Scale, Task, Training,
};
use pupil_core::format::writer::FileBuilder;
use pupil_core::tokenizer::{Tokenizer, TokenizerKind};
use pupil_core::{Score, Scorer};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The TOML file that describes a graph.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// Short name of the model.
    pub name: String,
    /// Number of the model among those of this name, counted up with each that is published.
    #[serde(default)]
    pub version: u32,
    /// Its purpose.
    #[serde(default)]
    pub description: String,
    /// Its licence.
    #[serde(default)]
    pub licence: String,
    /// Who must be named.
    #[serde(default)]
    pub attribution: Vec<String>,
    /// Its inputs and output.
    #[serde(default)]
    pub graph: Graph,
    /// The meaning of its outputs; every task reads all of them.
    #[serde(rename = "task")]
    pub tasks: Vec<ImportTask>,
}

/// Names and sizes of a graph.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Graph {
    /// The role of each input, by its name.
    pub inputs: BTreeMap<String, OnnxRole>,
    /// The output that is read: one number for each label; with `pooling`, one for each token and label.
    pub output: String,
    /// How the numbers of the tokens become one for each label.
    pub pooling: Option<Pooling>,
    /// Longest input in tokens.
    pub positions: usize,
    /// Id that pads short texts; default: that of the tokenizer's `[PAD]` or `<pad>`, or 0.
    pub pad: Option<u32>,
}

impl Default for Graph {
    /// The names that exports of BERT-like classifiers have.
    fn default() -> Self {
        Self {
            inputs: [
                ("input_ids", OnnxRole::Ids),
                ("attention_mask", OnnxRole::Mask),
                ("token_type_ids", OnnxRole::Segments),
            ]
            .map(|(name, role)| (name.to_owned(), role))
            .into(),
            output: "logits".into(),
            pooling: None,
            positions: 512,
            pad: None,
        }
    }
}

/// A task of the graph.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportTask {
    /// The id by which callers name the task.
    pub id: String,
    /// Name for people.
    #[serde(default)]
    pub name: String,
    /// Text of the item.
    pub prompt: Option<String>,
    /// Whether a reference answer comes first.
    #[serde(default)]
    pub input: Input,
    /// How the outputs are read: `softmax` or `sigmoid`.
    pub kind: HeadKind,
    /// The label of each output, in order.
    pub labels: Vec<String>,
    /// Points of the first label, if the labels are levels one point apart.
    pub min: Option<i32>,
    /// `sigmoid`: the probability from which each label is awarded; default 0.5.
    #[serde(default)]
    pub thresholds: Vec<f32>,
    /// Divisor of the outputs.
    pub temperature: Option<f32>,
    /// When an answer goes to review.
    #[serde(default)]
    pub review: Review,
}

/// Makes the file: reads everything, opens the result, scores an answer with every task, and only then writes it.
/// Returns those scores.
///
/// # Errors
///
/// When a file cannot be read or written, or the graph does not match the TOML.
pub fn import(graph: &Path, tokenizer: &Path, tasks: &Path, output: &Path) -> Result<Vec<(String, Score)>> {
    let read = |path: &Path| fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    let toml = fs::read_to_string(tasks).with_context(|| format!("cannot read {}", tasks.display()))?;
    let import: Import = toml::from_str(&toml)
        .with_context(|| format!("{} is not a description of a graph", tasks.display()))?;
    let file = assemble(&import, &read(graph)?, &read(tokenizer)?)
        .with_context(|| format!("{} cannot be imported", graph.display()))?;
    let bytes = file.to_bytes()?;
    let scorer = Scorer::from_bytes(bytes.clone())?;
    let mut scores = Vec::new();
    for task in scorer.tasks() {
        let text = "An answer.";
        let score = match task.input {
            Input::Pair => scorer.score_pair(&task.id, text, text),
            _ => scorer.score(&task.id, text),
        };
        let score = score.with_context(|| format!("{} does not run as task {}", graph.display(), task.id))?;
        scores.push((task.id.clone(), score));
    }
    crate::files::write(output, &bytes)?;
    Ok(scores)
}

fn assemble(import: &Import, graph: &[u8], json: &[u8]) -> Result<FileBuilder> {
    let Some(first) = import.tasks.first() else { bail!("there is no [[task]]") };
    let pad = pad(json)?;
    let json = &unpadded(json)?;
    let (kind, vocab) = tokenizer(json)?;
    let d = &import.graph;
    let ids = d.inputs.iter().find(|(_, role)| **role == OnnxRole::Ids);
    if let Some(rows) = ids.and_then(|(name, _)| super::onnx::table_rows(graph, name)) {
        ensure!(
            vocab as u64 <= rows,
            "the tokenizer has {vocab} entries, and the graph's word embedding {rows} rows: use the tokenizer that the \
             graph was trained with"
        );
    }
    let encoder = Onnx {
        tokenizer: "tokenizer".into(),
        vocab,
        width: first.labels.len(),
        positions: d.positions,
        pad: d.pad.unwrap_or(pad),
        inputs: d.inputs.iter().map(|(name, role)| OnnxInput { name: name.clone(), role: *role }).collect(),
        output: d.output.clone(),
        pooling: d.pooling,
    };
    let mut manifest = Manifest {
        name: import.name.clone(),
        version: import.version,
        description: import.description.clone(),
        licence: import.licence.clone(),
        attribution: import.attribution.clone(),
        created_by: crate::tool::TOOL.into(),
        training: Training { tool: Some("imported from ONNX".into()), ..Training::default() },
        ..Manifest::default()
    };
    manifest.tokenizers.insert("tokenizer".into(), manifest::TokenizerEntry::of_kind(kind, "tokenizer"));
    manifest.encoders.insert("graph".into(), Encoder::Onnx(encoder));
    for task in &import.tasks {
        ensure!(
            task.labels.len() == first.labels.len(),
            "task {} has {} labels and task {} has {}: every task reads all outputs",
            task.id,
            task.labels.len(),
            first.id,
            first.labels.len()
        );
        ensure!(
            matches!(task.kind, HeadKind::Softmax | HeadKind::Sigmoid),
            "task {} is neither softmax nor sigmoid, the only kinds that a graph can have",
            task.id
        );
        let thresholds = match task.kind {
            HeadKind::Sigmoid if task.thresholds.is_empty() => vec![0.5; task.labels.len()],
            _ => task.thresholds.clone(),
        };
        manifest.tasks.push(Task {
            id: task.id.clone(),
            name: task.name.clone(),
            prompt: task.prompt.clone(),
            input: task.input,
            encoder: "graph".into(),
            head: Head { kind: task.kind, hidden: 0 },
            labels: task.labels.iter().map(Label::named).collect(),
            scale: task.min.map(|min| Scale { min, ..Scale::default() }),
            thresholds,
            calibration: task
                .temperature
                .map_or_else(Calibration::default, |temperature| Calibration { temperature }),
            review: task.review,
            ..Task::default()
        });
    }
    let mut file = FileBuilder::new(manifest);
    file.bytes("tokenizer.tokenizer", json).bytes("encoder.graph.graph", graph);
    Ok(file)
}

/// How a `tokenizer.json` is read (by the engine itself if possible), and how many ids it has.
fn tokenizer(json: &[u8]) -> Result<(TokenizerKind, usize)> {
    let parsed: Value = serde_json::from_slice(json)?;
    let own = match parsed["model"]["type"].as_str() {
        Some("WordLevel") => Some(TokenizerKind::WordLevel),
        Some("WordPiece") => Some(TokenizerKind::WordPiece),
        _ => None,
    };
    if let Some(found) = own.and_then(|kind| Tokenizer::from_json(kind, json).ok()) {
        return Ok((found.kind(), found.vocab_size()));
    }
    let found = Tokenizer::from_json(TokenizerKind::External, json)?;
    Ok((TokenizerKind::External, found.vocab_size()))
}

/// A `tokenizer.json` without padding: the engine pads texts.
fn unpadded(json: &[u8]) -> Result<Vec<u8>> {
    let mut parsed: Value = serde_json::from_slice(json).context("the tokenizer is not JSON")?;
    match parsed.get_mut("padding") {
        Some(padding) if !padding.is_null() => *padding = Value::Null,
        _ => return Ok(json.to_vec()),
    }
    Ok(serde_json::to_vec(&parsed)?)
}

/// The id with which a tokenizer pads.
fn pad(json: &[u8]) -> Result<u32> {
    let parsed: Value = serde_json::from_slice(json).context("the tokenizer is not JSON")?;
    let added = parsed["added_tokens"].as_array().into_iter().flatten();
    let named = added.filter(|token| matches!(token["content"].as_str(), Some("[PAD]" | "<pad>")));
    let id = named.map(|token| &token["id"]).chain([&parsed["padding"]["pad_id"]]).find_map(Value::as_u64);
    Ok(u32::try_from(id.unwrap_or(0))?)
}
