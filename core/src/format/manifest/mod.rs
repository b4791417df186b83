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

mod audit;
mod encoder;
mod fields;
mod guarantee;
mod guard;
mod knowledge;
mod mixture;
mod monitor;
mod task;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

pub use audit::Audit;
pub use encoder::{Bert, ELstm, Encoder, NGram, Onnx, OnnxInput, OnnxRole, Pooling};
pub use guarantee::{Agreement, Guarantee};
pub use guard::{Guard, GuardLimits, GuardWeights, TaskGuard};
pub use knowledge::{Knowledge, Question, Skill};
pub use mixture::{Mixture, Scope};
pub use monitor::{Cut, Distributions};
pub use task::{Calibration, Head, HeadKind, Input, Label, Member, MemberRef, Metric, Review, Scale, Task};

use self::fields::{Field, Fields, Read, Wrong, deserialized_by_fields, read_by_name};
use super::FORMAT;
use crate::error::{Error, ErrorKind, Result};
use crate::tokenizer::TokenizerKind;

/// The manifest of a file: everything that it says about itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Manifest {
    /// Version of the format; [`FORMAT`] in files of this crate.
    pub format: u32,
    /// Short name of the model, for people.
    pub name: String,
    /// Number of the model among those that its publisher has made under this name, counted up with each; 0 where it
    /// is not counted. A program can refuse a file of old by it.
    #[serde(skip_serializing_if = "is_zero")]
    pub version: u32,
    /// What the model is for, in a few sentences.
    pub description: String,
    /// Licence of the model, an SPDX expression where there is one.
    pub licence: String,
    /// Whom to credit wherever the model is used.
    pub attribution: Vec<String>,
    /// Program and version that wrote the file.
    pub created_by: String,
    /// Makes the file a task pack: mixtures and tasks that read the encoders of another file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<Base>,
    /// Tokenizers by name.
    pub tokenizers: BTreeMap<String, TokenizerEntry>,
    /// Encoders by name.
    pub encoders: BTreeMap<String, Encoder>,
    /// Mixtures of experts by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub mixtures: BTreeMap<String, Mixture>,
    /// Guards by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub guards: BTreeMap<String, Guard>,
    /// What the file knows about students' knowledge, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub knowledge: Option<Knowledge>,
    /// Tasks in the order in which they are listed to people.
    pub tasks: Vec<Task>,
    /// How the model came to be.
    pub training: Training,
    /// Hash of every section, by name; the writer fills it in.
    pub sections: BTreeMap<String, Section>,
}

impl Default for Manifest {
    /// A manifest of the current format without any task.
    fn default() -> Self {
        Self {
            format: FORMAT,
            name: String::new(),
            version: 0,
            description: String::new(),
            licence: String::new(),
            attribution: Vec::new(),
            created_by: String::new(),
            base: None,
            tokenizers: BTreeMap::new(),
            encoders: BTreeMap::new(),
            mixtures: BTreeMap::new(),
            guards: BTreeMap::new(),
            knowledge: None,
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

impl Field for Manifest {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        Ok(Self {
            format: fields.required("format")?,
            name: fields.required("name")?,
            version: fields.or_default("version")?,
            description: fields.or_default("description")?,
            licence: fields.or_default("licence")?,
            attribution: fields.or_default("attribution")?,
            created_by: fields.or_default("created_by")?,
            base: fields.optional("base")?,
            tokenizers: fields.required("tokenizers")?,
            encoders: fields.required("encoders")?,
            mixtures: fields.or_default("mixtures")?,
            guards: fields.or_default("guards")?,
            knowledge: fields.optional("knowledge")?,
            tasks: fields.required("tasks")?,
            training: fields.or_default("training")?,
            sections: fields.or_default("sections")?,
        })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Reads a manifest from JSON, without any check beyond its structure.
///
/// # Errors
///
/// [`ErrorKind::Unsupported`] for a later format, and for a kind of something that this version does not know;
/// [`ErrorKind::Damaged`] for anything else.
pub(crate) fn parse(json: &str) -> Result<Manifest> {
    let unreadable =
        |why: &dyn fmt::Display| Error::new(ErrorKind::Damaged, format!("manifest cannot be read: {why}"));
    let value = fields::strict(json).map_err(|e| unreadable(&e).with_source(e))?;
    // A later format may have another shape altogether; it is only asked for when this one does not fit.
    Manifest::read(&value).map_err(|wrong| later_than_this(&value).unwrap_or_else(|| unreadable(&wrong)))
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
        if unknown(&task["guarantee"]["agreement"], Agreement::NAMES) {
            return Some(unsupported(format!("task {id} promises an agreement")));
        }
        let members = task["members"].as_array().into_iter().flatten();
        if std::iter::once(task).chain(members).any(|m| unknown(&m["head"]["kind"], HeadKind::NAMES)) {
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
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Base {
    /// Name of the model, for people.
    pub name: String,
    /// BLAKE3 of its whole file, in hex: the pack fits exactly these bytes.
    pub blake3: String,
    /// The encoders that the tasks of the pack read, as that file has them.
    pub encoders: BTreeMap<String, Encoder>,
    /// The mixtures of that file whose experts the pack uses.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub mixtures: BTreeMap<String, Mixture>,
}

impl Field for Base {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        Ok(Self {
            name: fields.required("name")?,
            blake3: fields.required("blake3")?,
            encoders: fields.required("encoders")?,
            mixtures: fields.or_default("mixtures")?,
        })
    }
}

/// A tokenizer of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenizerEntry {
    /// How text becomes ids.
    pub kind: TokenizerKind,
    /// The section that holds the `tokenizer.json`.
    pub section: String,
}

impl Field for TokenizerEntry {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        Ok(Self { kind: fields.required("kind")?, section: fields.required("section")? })
    }
}

impl TokenizerEntry {
    /// A tokenizer in the section that belongs to its name, `tokenizer.<name>`.
    pub fn of_kind(kind: TokenizerKind, name: &str) -> Self {
        Self { kind, section: format!("tokenizer.{name}") }
    }
}

/// How the model came to be.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
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
    pub extra: BTreeMap<String, Value>,
}

impl Field for Training {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        Ok(Self {
            data: fields.or_default("data")?,
            teacher: fields.optional("teacher")?,
            recipe_blake3: fields.optional("recipe_blake3")?,
            seed: fields.optional("seed")?,
            tool: fields.optional("tool")?,
            extra: fields.or_default("extra")?,
        })
    }
}

/// A data set that was learned from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DataSource {
    /// Name and part of the data set.
    pub name: String,
    /// BLAKE3 of its bytes, in hex.
    pub blake3: Option<String>,
    /// Number of answers.
    pub rows: Option<u64>,
}

impl Field for DataSource {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        Ok(Self {
            name: fields.required("name")?,
            blake3: fields.optional("blake3")?,
            rows: fields.optional("rows")?,
        })
    }
}

/// A section of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Hash of its bytes: XXH3 with 128 bits, in hex.
    pub xxh3: String,
}

impl Field for Section {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        Ok(Self { xxh3: fields.required("xxh3")? })
    }
}

read_by_name!(Agreement, HeadKind, Input, OnnxRole, Pooling, Scope, TokenizerKind);

deserialized_by_fields!(Manifest, Base, TokenizerEntry, Training, DataSource, Section);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_has_its_word() {
        let encoders = [
            Encoder::ELstm(ELstm::default()),
            Encoder::Bert(Bert::default()),
            Encoder::Onnx(Onnx::default()),
            Encoder::NGram(NGram::default()),
        ];
        for (encoder, family) in encoders.iter().zip(Encoder::FAMILIES) {
            assert_eq!(encoder.family(), family);
            assert_eq!(serde_json::to_value(encoder).unwrap()["family"], family);
        }
        assert_eq!(encoders.len(), Encoder::FAMILIES.len());
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
