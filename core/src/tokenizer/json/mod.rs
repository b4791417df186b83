//! Reading `tokenizer.json`, as the `tokenizers` crate writes it, without trusting it.
//!
//! The vocabulary streams into its table; every other part must be small, which is checked before it is parsed.
//! Files on which the crate would panic, or whose meaning would depend on a random order, are refused here.

mod ending;
mod object;
mod steps;
mod vocabulary;

use std::fmt;

use serde_json::Value;

use super::added::AddedTokens;
use super::limits::{MAX_ID, MAX_JSON_BYTES, MAX_PART_BYTES};
use super::model::Model;
use super::normalizer::Normalizer;
use super::post::{Template, TemplatePart, Truncation};
use super::pre_tokenizer::PreTokenizer;
use crate::error::{Error, ErrorKind, Result};
use ending::{template, truncation};
pub(super) use object::Object;
use steps::{normalizer_step, pre_tokenizer_step, steps};
use vocabulary::{added_tokens, model};

/// The content of a `tokenizer.json`.
pub(super) struct Parts {
    pub(super) normalizer: Normalizer,
    pub(super) pre_tokenizer: PreTokenizer,
    pub(super) model: Model,
    /// Added tokens found in the raw text.
    pub(super) raw_added: AddedTokens,
    /// Added tokens found in the normalized text.
    pub(super) normalized_added: AddedTokens,
    pub(super) template: Template,
    pub(super) truncation: Option<Truncation>,
    /// 1 + the largest id of all parts.
    pub(super) vocab_size: usize,
}

/// The models that core runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ModelKind {
    WordLevel,
    WordPiece,
}

impl ModelKind {
    fn name(self) -> &'static str {
        match self {
            Self::WordLevel => "WordLevel",
            Self::WordPiece => "WordPiece",
        }
    }
}

#[cold]
fn damaged(message: impl fmt::Display) -> Error {
    Error::new(ErrorKind::Damaged, format!("tokenizer: {message}"))
}

#[cold]
fn too_large(message: impl fmt::Display) -> Error {
    Error::new(ErrorKind::TooLarge, format!("tokenizer: {message}"))
}

/// A part that the `tokenizers` crate reads and core does not.
#[cold]
fn unsupported(part: &str, name: &str) -> Error {
    let name: String = name.chars().take(40).flat_map(char::escape_debug).collect();
    let message =
        format!("tokenizer: {part} {name} needs a build with the feature `tokenizers` and kind external");
    Error::new(ErrorKind::Unsupported, message)
}

#[cold]
fn not_json(part: &str, error: serde_json::Error) -> Error {
    damaged(format_args!("{part} cannot be read")).with_source(error)
}

/// Splits the JSON into its parts and checks size, version and padding, as for every kind of tokenizer.
pub(super) fn document(bytes: &[u8]) -> Result<Object<'_>> {
    if bytes.len() > MAX_JSON_BYTES {
        return Err(too_large(format_args!("{} bytes, the limit is {MAX_JSON_BYTES}", bytes.len())));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| damaged("not UTF-8").with_source(error))?;
    let document = Object::read("the JSON", text)?;
    if document.get("version").is_some_and(|version| version != "\"1.0\"") {
        return Err(Error::new(ErrorKind::Unsupported, "tokenizer: version is not 1.0"));
    }
    if document.get("padding").is_some() {
        return Err(Error::new(ErrorKind::Unsupported, "tokenizer: padding must be null"));
    }
    Ok(document)
}

/// Reads a word-level or WordPiece tokenizer.
pub(super) fn read(kind: ModelKind, bytes: &[u8]) -> Result<Parts> {
    // Parts that are not read below (the decoder) do not matter.
    let document = document(bytes)?;
    let normalizer = Normalizer { steps: steps(document.get("normalizer"), "normalizer", normalizer_step)? };
    let pre_tokenizer =
        PreTokenizer { steps: steps(document.get("pre_tokenizer"), "pre-tokenizer", pre_tokenizer_step)? };
    let template = match document.get("post_processor") {
        Some(text) => template(text)?,
        None => Template::default(),
    };
    let truncation = match document.get("truncation") {
        Some(text) => Some(truncation(text, &template)?),
        None => None,
    };
    let (model, vocab) = model(kind, document.text("model")?)?;
    let (raw_added, normalized_added, largest_added) = match document.get("added_tokens") {
        Some(text) => added_tokens(text, &model, vocab.count, &normalizer)?,
        None => (AddedTokens::new(Vec::new())?, AddedTokens::new(Vec::new())?, 0),
    };
    let largest_special = [&template.single, &template.pair]
        .into_iter()
        .flatten()
        .filter_map(
            |(part, _)| if let TemplatePart::Ids(ids) = part { ids.iter().copied().max() } else { None },
        )
        .max()
        .unwrap_or(0);
    let largest = check_id(vocab.largest.max(largest_added).max(largest_special).into())?;
    let vocab_size = largest as usize + 1;
    Ok(Parts {
        normalizer,
        pre_tokenizer,
        model,
        raw_added,
        normalized_added,
        template,
        truncation,
        vocab_size,
    })
}

fn check_id(id: u64) -> Result<u32> {
    match u32::try_from(id) {
        Ok(id) if id <= MAX_ID => Ok(id),
        _ => Err(too_large(format_args!("token id {id}, the limit is {MAX_ID}"))),
    }
}

/// Parses a part that must be small.
fn small(text: &str, part: &str) -> Result<Value> {
    bounded(text, part)?;
    serde_json::from_str(text).map_err(|error| not_json(part, error))
}

/// Refuses the text of a part that is too long.
fn bounded(text: &str, part: &str) -> Result<()> {
    let len = text.len();
    if len > MAX_PART_BYTES {
        return Err(too_large(format_args!("{part} of {len} bytes, the limit is {MAX_PART_BYTES}")));
    }
    Ok(())
}

fn field<'v>(value: &'v Value, part: &str, name: &str) -> Result<&'v Value> {
    value.get(name).ok_or_else(|| damaged(format_args!("{part} lacks the field {name}")))
}

fn type_name<'v>(value: &'v Value, part: &str) -> Result<&'v str> {
    let name = field(value, part, "type")?;
    name.as_str().ok_or_else(|| damaged(format_args!("type of the {part} is not a string")))
}

fn flag(value: &Value, part: &str, name: &str) -> Result<bool> {
    let flag = field(value, part, name)?;
    flag.as_bool().ok_or_else(|| damaged(format_args!("{name} of the {part} is neither true nor false")))
}
