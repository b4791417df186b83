//! The manifest of a file: its tasks, its parts and their origin.
//!
//! The structs are the JSON of the file, field by field. Unknown fields are ignored, so that a later version may add
//! some; `docs/manifest.schema.json` is the published schema.
//!
//! ```
//! use pupil_core::format::manifest::{Head, HeadKind, Label, Scale, Task};
//!
//! let task = Task {
//!     id: "balloons".into(),
//!     encoder: "e0".into(),
//!     head: Head { kind: HeadKind::Ordinal, hidden: 16 },
//!     labels: ["0", "1", "2"].map(Label::named).into(),
//!     scale: Some(Scale::of(&[0, 1, 2])),
//!     thresholds: vec![0.5, 1.5],
//!     ..Task::default()
//! };
//! assert_eq!(task.review.min_words, 1);
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::FORMAT;
use crate::error::{Error, ErrorKind, Result};
use crate::names::named;
use crate::tokenizer::TokenizerKind;

/// The manifest of a file: everything that it says about itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the format; [`FORMAT`] in files of this crate.
    pub format: u32,
    /// Short name of the model, for people.
    pub name: String,
    /// What the model is for, in a few sentences.
    #[serde(default)]
    pub description: String,
    /// Licence of the model, an SPDX expression where there is one.
    #[serde(default)]
    pub licence: String,
    /// Whom to credit wherever the model is used.
    #[serde(default)]
    pub attribution: Vec<String>,
    /// Program and version that wrote the file.
    #[serde(default)]
    pub created_by: String,
    /// Makes the file a task pack: mixtures and tasks that read the encoders of another file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Base>,
    /// Tokenizers by name.
    #[serde(deserialize_with = "unique")]
    pub tokenizers: BTreeMap<String, TokenizerEntry>,
    /// Encoders by name.
    #[serde(deserialize_with = "unique")]
    pub encoders: BTreeMap<String, Encoder>,
    /// Mixtures of experts by name.
    #[serde(default, deserialize_with = "unique", skip_serializing_if = "BTreeMap::is_empty")]
    pub mixtures: BTreeMap<String, Mixture>,
    /// Tasks in the order in which they are listed to people.
    pub tasks: Vec<Task>,
    /// How the model came to be.
    #[serde(default)]
    pub training: Training,
    /// Hash of every section, by name; the writer fills it in.
    #[serde(default, deserialize_with = "unique")]
    pub sections: BTreeMap<String, Section>,
}

impl Default for Manifest {
    /// A manifest of the current format without any task.
    fn default() -> Self {
        Self {
            format: FORMAT,
            name: String::new(),
            description: String::new(),
            licence: String::new(),
            attribution: Vec::new(),
            created_by: String::new(),
            base: None,
            tokenizers: BTreeMap::new(),
            encoders: BTreeMap::new(),
            mixtures: BTreeMap::new(),
            tasks: Vec::new(),
            training: Training::default(),
            sections: BTreeMap::new(),
        }
    }
}

impl Manifest {
    /// The manifest as JSON, the same bytes for the same manifest.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BadInput`] when a value has no JSON form.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|e| {
            Error::new(ErrorKind::BadInput, format!("manifest cannot be written: {e}")).with_source(e)
        })
    }

    /// The task of that id.
    pub fn task(&self, id: &str) -> Option<&Task> {
        self.tasks.iter().find(|t| t.id == id)
    }

    /// The encoder of that name: of the file, or of the base of a task pack.
    pub fn encoder(&self, name: &str) -> Option<&Encoder> {
        self.encoders.get(name).or_else(|| self.base.as_ref()?.encoders.get(name))
    }
}

/// Reads a manifest from JSON, without any check beyond its structure.
///
/// # Errors
///
/// [`ErrorKind::Unsupported`] for a later format, and for a kind of something that this version does not know;
/// [`ErrorKind::Damaged`] for anything else.
pub(crate) fn parse(json: &str) -> Result<Manifest> {
    serde_json::from_str(json).map_err(|e| {
        // A later format may have another shape altogether; it is only asked for when this one does not fit.
        let value = serde_json::from_str(json).unwrap_or_default();
        later_than_this(&value).unwrap_or_else(|| {
            Error::new(ErrorKind::Damaged, format!("manifest cannot be read: {e}")).with_source(e)
        })
    })
}

/// Why a manifest that cannot be read needs a later version, if it does.
#[cold]
fn later_than_this(manifest: &Value) -> Option<Error> {
    if let Some(format) = manifest["format"].as_u64().and_then(|format| u32::try_from(format).ok())
        && format > FORMAT
    {
        return Some(later(format));
    }
    let unknown = |value: &Value, names: &[&str]| value.as_str().is_some_and(|name| !names.contains(&name));
    let entries = |value: &Value| value.as_object().cloned().unwrap_or_default();
    for (id, tokenizer) in entries(&manifest["tokenizers"]) {
        if unknown(&tokenizer["kind"], TokenizerKind::NAMES) {
            return Some(unsupported(format!("tokenizer {id} is of a kind")));
        }
    }
    for part in [manifest, &manifest["base"]] {
        for (id, encoder) in entries(&part["encoders"]) {
            if unknown(&encoder["family"], &Encoder::FAMILIES) {
                return Some(unsupported(format!("encoder {id} is of a family")));
            }
            if unknown(&encoder["pooling"], Pooling::NAMES) {
                return Some(unsupported(format!("encoder {id} pools in a way")));
            }
            let mut inputs = encoder["inputs"].as_array().into_iter().flatten();
            if let Some(input) = inputs.find(|input| unknown(&input["role"], OnnxRole::NAMES)) {
                let name = input["name"].as_str().unwrap_or_default();
                return Some(unsupported(format!("encoder {id} feeds its input {name} with something")));
            }
        }
        for (id, mixture) in entries(&part["mixtures"]) {
            if unknown(&mixture["scope"], Scope::NAMES) {
                return Some(unsupported(format!("mixture {id} has a scope")));
            }
        }
    }
    for task in manifest["tasks"].as_array().into_iter().flatten() {
        let id = task["id"].as_str().unwrap_or_default();
        if unknown(&task["input"], Input::NAMES) {
            return Some(unsupported(format!("task {id} reads an input")));
        }
        if unknown(&task["head"]["kind"], HeadKind::NAMES) {
            return Some(unsupported(format!("task {id} has a head")));
        }
    }
    None
}

/// The error for a kind that a later version may know.
#[cold]
fn unsupported(what: String) -> Error {
    Error::new(ErrorKind::Unsupported, what + " that this version does not know")
}

/// Refuses a format that this version does not read.
#[cold]
pub(super) fn later(format: u32) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!("manifest has format {format}, this version reads up to {FORMAT}"),
    )
}

/// The model that a task pack belongs to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Base {
    /// Name of the model, for people.
    pub name: String,
    /// BLAKE3 of its whole file, in hex: the pack fits exactly these bytes.
    pub blake3: String,
    /// The encoders that the tasks of the pack read, as that file has them.
    #[serde(deserialize_with = "unique")]
    pub encoders: BTreeMap<String, Encoder>,
    /// The mixtures of that file whose experts the pack uses.
    #[serde(default, deserialize_with = "unique", skip_serializing_if = "BTreeMap::is_empty")]
    pub mixtures: BTreeMap<String, Mixture>,
}

/// A tokenizer of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenizerEntry {
    /// How text becomes ids.
    pub kind: TokenizerKind,
    /// The section that holds the `tokenizer.json`.
    pub section: String,
}

impl TokenizerEntry {
    /// A tokenizer in the section that belongs to its name, `tokenizer.<name>`.
    pub fn of_kind(kind: TokenizerKind, name: &str) -> Self {
        Self { kind, section: format!("tokenizer.{name}") }
    }
}

/// An encoder, which turns ids into one vector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "family")]
pub enum Encoder {
    /// Embedding, bidirectional LSTM, global max pool.
    #[serde(rename = "e-lstm")]
    ELstm(ELstm),
    /// Transformer of the BERT family, then a pool over the tokens.
    #[serde(rename = "bert")]
    Bert(Bert),
    /// A graph of the ONNX format; only builds with the feature `onnx` run it.
    #[serde(rename = "onnx")]
    Onnx(Onnx),
}

impl Encoder {
    /// The words for the families in files.
    pub(super) const FAMILIES: [&str; 3] = ["e-lstm", "bert", "onnx"];
}

/// Dimensions of an E-LSTM encoder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ELstm {
    /// Name of the tokenizer.
    pub tokenizer: String,
    /// Rows of the embedding; at least the tokenizer's number of ids.
    pub vocab: usize,
    /// Columns of the embedding.
    pub embedding: usize,
    /// Units of one direction.
    pub hidden: usize,
    /// Bits of the quantized state that enters the recurrent product: 8 or 16.
    #[serde(default = "sixteen")]
    pub state_bits: u8,
}

impl Default for ELstm {
    /// The published size: embedding 32, hidden 16; the tokenizer and the vocabulary are to be set.
    fn default() -> Self {
        Self { tokenizer: String::new(), vocab: 0, embedding: 32, hidden: 16, state_bits: 16 }
    }
}

fn sixteen() -> u8 {
    16
}

/// Dimensions of a BERT encoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bert {
    /// Name of the tokenizer.
    pub tokenizer: String,
    /// Rows of the word embedding; at least the tokenizer's number of ids.
    pub vocab: usize,
    /// Length of the vector of a token.
    pub width: usize,
    /// Number of layers.
    pub layers: usize,
    /// Attention heads of a layer; they share the width evenly.
    pub heads: usize,
    /// Units between the two dense layers that follow the attention.
    pub intermediate: usize,
    /// Rows of the position embedding: the most tokens that are read.
    pub positions: usize,
    /// Rows of the segment embedding.
    pub segments: usize,
    /// What layer normalization adds to a variance.
    pub epsilon: f32,
    /// How the vectors of the tokens become one.
    #[serde(default)]
    pub pooling: Pooling,
}

impl Default for Bert {
    /// The size of MiniLM-L6; the tokenizer and the vocabulary are to be set.
    fn default() -> Self {
        Self {
            tokenizer: String::new(),
            vocab: 0,
            width: 384,
            layers: 6,
            heads: 12,
            intermediate: 1536,
            positions: 512,
            segments: 2,
            epsilon: 1e-12,
            pooling: Pooling::Mean,
        }
    }
}

/// The inputs and the output of a graph in the ONNX format.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Onnx {
    /// Name of the tokenizer.
    pub tokenizer: String,
    /// Ids that the graph takes; at least the tokenizer's number of ids.
    pub vocab: usize,
    /// Length of the vector that comes out.
    pub width: usize,
    /// The most tokens that are read.
    pub positions: usize,
    /// Id with which short texts are padded, if a mask says which tokens count.
    #[serde(default)]
    pub pad: u32,
    /// Every input of the graph, each of shape `[1, tokens]`; one of them takes the ids.
    pub inputs: Vec<OnnxInput>,
    /// Name of the output that is read.
    pub output: String,
    /// How an output of shape `[1, tokens, width]` becomes one vector; without it the output has shape `[1, width]`.
    #[serde(default)]
    pub pooling: Option<Pooling>,
}

/// An input of a graph.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnnxInput {
    /// Its name in the graph.
    pub name: String,
    /// What it is fed.
    pub role: OnnxRole,
}

/// What an input of a graph is fed, one integer a token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnnxRole {
    /// The ids of the tokens.
    #[default]
    Ids,
    /// 1 for each token of the text, 0 for padding.
    Mask,
    /// 1 for the tokens of an answer that follows a reference, 0 for all others.
    Segments,
}

named!(OnnxRole { Ids = "ids", Mask = "mask", Segments = "segments" });

/// How the vectors of the tokens become one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pooling {
    /// Their mean.
    #[default]
    Mean,
    /// The vector of the first token.
    Cls,
    /// The largest of each column.
    Max,
}

named!(Pooling { Mean = "mean", Cls = "cls", Max = "max" });

/// A mixture of experts between an encoder and the heads of tasks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mixture {
    /// What the experts act on.
    pub scope: Scope,
    /// Length of the vectors that the experts read and give; that of the encoders it is used with.
    pub width: usize,
    /// Number of blocks, one after the other.
    pub blocks: usize,
    /// Experts of a block.
    pub experts: usize,
    /// Units of the hidden layer of an expert.
    pub hidden: usize,
    /// Units of the hidden layer of a gate.
    pub gate: usize,
    /// Length of the embedding of a task, which every gate reads together with the pooled vector.
    pub task_embedding: usize,
    /// How many experts run; without it all.
    #[serde(default)]
    pub top_k: Option<usize>,
    /// What layer normalization adds to a variance; only the pooled scope has one.
    #[serde(default = "tiny")]
    pub epsilon: f32,
    /// Task packs only: the mixture of the base whose experts run, so that the pack brings gates and normalization
    /// alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experts_of: Option<String>,
}

impl Default for Mixture {
    /// Two blocks of four experts of 512 units on every token of MiniLM, all of them running.
    fn default() -> Self {
        Self {
            scope: Scope::Token,
            width: 384,
            blocks: 2,
            experts: 4,
            hidden: 512,
            gate: 128,
            task_embedding: 64,
            top_k: None,
            epsilon: tiny(),
            experts_of: None,
        }
    }
}

fn tiny() -> f32 {
    1e-5
}

/// What the experts of a mixture act on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scope {
    /// The vector of every token, which is then pooled.
    #[default]
    Token,
    /// The pooled vector, which is added again and normalized.
    Pooled,
}

named!(Scope { Token = "token", Pooled = "pooled" });

/// One item that answers are scored on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// What callers name the task by; unique in the file.
    pub id: String,
    /// Name for people.
    #[serde(default)]
    pub name: String,
    /// Text of the item, where its terms allow to ship it.
    #[serde(default)]
    pub prompt: Option<String>,
    /// What the model reads.
    #[serde(default)]
    pub input: Input,
    /// Name of the encoder.
    pub encoder: String,
    /// Name of the mixture of experts between encoder and head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mixture: Option<String>,
    /// Shape and reading of the outputs.
    pub head: Head,
    /// Classes, rubric labels or levels, in the order of the outputs.
    pub labels: Vec<Label>,
    /// Makes the labels levels of a scale; needed by ordinal heads, allowed for softmax heads.
    #[serde(default)]
    pub scale: Option<Scale>,
    /// Sigmoid: one probability per label from which it is awarded. Ordinal: one per step between levels, on the
    /// expected number of steps. Softmax: none.
    #[serde(default)]
    pub thresholds: Vec<f32>,
    /// Correction of over-confident outputs.
    #[serde(default)]
    pub calibration: Calibration,
    /// When a person should look.
    #[serde(default)]
    pub review: Review,
    /// What was measured on held-out answers.
    #[serde(default)]
    pub metrics: Vec<Metric>,
}

impl Task {
    /// The points of each level, where the task has a scale.
    #[must_use]
    pub fn points(&self) -> Option<Vec<i32>> {
        self.scale.as_ref().map(|scale| scale.levels(self.labels.len()))
    }
}

/// What a task reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Input {
    /// The answer alone.
    #[default]
    Answer,
    /// A reference answer, then the answer.
    Pair,
}

named!(Input { Answer = "answer", Pair = "pair" });

/// The last layers of a task: dense, ReLU, dense; or none where a graph ends in the outputs itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// How the outputs are read.
    pub kind: HeadKind,
    /// Units of the hidden layer. 0: there are no layers, and the numbers that the encoder gives are the outputs, one a
    /// label; only a graph of the ONNX format may do so.
    pub hidden: usize,
}

/// How the outputs of a head are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HeadKind {
    /// One of the labels; the most probable is awarded.
    #[default]
    Softmax,
    /// Each label by itself; awarded from its threshold on.
    Sigmoid,
    /// One level of an ordered scale, from one number and a threshold between each two levels.
    Ordinal,
}

named!(HeadKind { Softmax = "softmax", Sigmoid = "sigmoid", Ordinal = "ordinal" });

/// A class, a rubric label or a level.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Name, unique in its task.
    pub name: String,
    /// What the rubric says about it.
    #[serde(default)]
    pub description: Option<String>,
    /// Whether none of the answers that the model was trained on has it: an award of it goes to review.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unseen: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl Label {
    /// A label without description.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// The scale of a task whose labels are levels. A label whose name is a whole number has the points of its name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scale {
    /// Points of the first level.
    pub min: i32,
    /// Points of every level, rising, where they are not one apart: 0, 2, 4.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<i32>,
}

impl Scale {
    /// The scale whose levels have these points, which rise.
    ///
    /// ```
    /// use pupil_core::format::manifest::Scale;
    ///
    /// assert_eq!(Scale::of(&[1, 2, 3]), Scale { min: 1, points: vec![] });
    /// assert_eq!(Scale::of(&[0, 2, 4]), Scale { min: 0, points: vec![0, 2, 4] });
    /// ```
    #[must_use]
    pub fn of(points: &[i32]) -> Self {
        let one_apart = points.windows(2).all(|pair| pair[0].checked_add(1) == Some(pair[1]));
        Self {
            min: points.first().copied().unwrap_or_default(),
            points: if one_apart { Vec::new() } else { points.to_vec() },
        }
    }

    /// The points of each of so many levels.
    #[must_use]
    pub fn levels(&self, levels: usize) -> Vec<i32> {
        if self.points.is_empty() { (self.min..).take(levels).collect() } else { self.points.clone() }
    }
}

/// Correction applied to outputs before they become probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Divisor of the outputs, above 0; 1 changes nothing.
    #[serde(default = "one")]
    pub temperature: f32,
}

impl Default for Calibration {
    /// No correction.
    fn default() -> Self {
        Self { temperature: 1.0 }
    }
}

fn one() -> f32 {
    1.0
}

/// When a person should look at an answer. The reasons apply in the order of [`ReviewReason`](crate::ReviewReason):
/// besides those of the fields, an input that was cut and an award that no training answer had.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Review {
    /// Answers of fewer words go to review; an answer without any word always does.
    pub min_words: usize,
    /// Answers with a larger share of unknown words go to review, from 0 to 1.
    pub max_unknown: f32,
    /// Answers of which a larger share of the words repeats go to review, from 0 to 1. A word repeats when the same
    /// word is one of the eight before it, or is the word one period before it, whichever are more; fewer than three
    /// words never do.
    #[serde(skip_serializing_if = "is_half")]
    pub max_repeated: f32,
    /// Answers scored with less confidence go to review, from 0 to 1.
    pub min_confidence: f32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_half(share: &f32) -> bool {
    *share == 0.5
}

impl Default for Review {
    /// One word at least, at most half of the words unknown, at most half of them repeated, any confidence.
    fn default() -> Self {
        Self { min_words: 1, max_unknown: 0.5, max_repeated: 0.5, min_confidence: 0.0 }
    }
}

/// One measurement on held-out answers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// What was measured, such as `qwk`.
    pub name: String,
    /// On which part of the data, such as `test`.
    #[serde(default)]
    pub split: String,
    /// The measured value.
    pub value: f64,
    /// Lower end of the 95 % interval.
    #[serde(default)]
    pub low: Option<f64>,
    /// Upper end of the 95 % interval.
    #[serde(default)]
    pub high: Option<f64>,
    /// Number of answers.
    #[serde(default)]
    pub n: Option<u64>,
}

/// How the model came to be.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Training {
    /// The data sets learned from.
    pub data: Vec<DataSource>,
    /// The teacher, where there was one.
    pub teacher: Option<String>,
    /// BLAKE3 of the recipe, in hex.
    pub recipe_blake3: Option<String>,
    /// Seed of the recipe; where it trains several models, `extra` may hold those of the ones in the file.
    pub seed: Option<u64>,
    /// Program and version that trained.
    pub tool: Option<String>,
    /// Anything else worth keeping.
    #[serde(deserialize_with = "unique")]
    pub extra: BTreeMap<String, Value>,
}

/// A data set that was learned from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataSource {
    /// Name and part of the data set.
    pub name: String,
    /// BLAKE3 of its bytes, in hex.
    #[serde(default)]
    pub blake3: Option<String>,
    /// Number of answers.
    #[serde(default)]
    pub rows: Option<u64>,
}

/// A section of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// BLAKE3 of its bytes, in hex.
    pub blake3: String,
}

/// Reads a JSON object whose keys differ; JSON itself would let the last of two equal keys win.
fn unique<'de, D, T>(deserializer: D) -> std::result::Result<BTreeMap<String, T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Unique<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Unique<T> {
        type Value = BTreeMap<String, T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
            let mut out = BTreeMap::new();
            while let Some(key) = map.next_key::<String>()? {
                let value = map.next_value()?;
                if let Some(key) = replaced(&mut out, key, value) {
                    return Err(A::Error::custom(format_args!("duplicate key `{key}`")));
                }
            }
            Ok(out)
        }
    }

    deserializer.deserialize_map(Unique(PhantomData))
}

/// Inserts a pair and gives the key back when it was there already.
fn replaced<T>(map: &mut BTreeMap<String, T>, key: String, value: T) -> Option<String> {
    use std::collections::btree_map::Entry;
    match map.entry(key) {
        Entry::Occupied(entry) => Some(entry.key().clone()),
        Entry::Vacant(entry) => {
            entry.insert(value);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_has_its_word() {
        let encoders = [
            Encoder::ELstm(ELstm::default()),
            Encoder::Bert(Bert::default()),
            Encoder::Onnx(Onnx::default()),
        ];
        let words = encoders.map(|encoder| serde_json::to_value(encoder).unwrap()["family"].clone());
        assert_eq!(words.each_ref().map(|word| word.as_str().unwrap()), Encoder::FAMILIES);
    }

    #[test]
    fn every_kind_is_read_from_its_word() {
        for kind in HeadKind::ALL {
            let json = serde_json::to_string(kind).unwrap();
            assert_eq!(json, format!("\"{}\"", kind.as_str()));
            assert_eq!(serde_json::from_str::<HeadKind>(&json).unwrap(), *kind);
        }
        assert!(serde_json::from_str::<HeadKind>("\"other\"").is_err());
    }
}
