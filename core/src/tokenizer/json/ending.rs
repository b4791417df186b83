//! Post-processors and truncation.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{bounded, damaged, not_json, small, too_large, type_name, unsupported};
use crate::error::Result;
use crate::tokenizer::limits::MAX_STEPS;
use crate::tokenizer::post::{Strategy, Template, TemplatePart, Truncation};

/// `TemplateProcessing`; only the ids of its special tokens are used.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateJson {
    #[serde(rename = "type")]
    _type: String,
    single: Vec<PieceJson>,
    pair: Vec<PieceJson>,
    special_tokens: BTreeMap<String, SpecialJson>,
}

#[derive(Deserialize)]
enum PieceJson {
    Sequence {
        id: SequenceJson,
        #[serde(default)]
        type_id: u32,
    },
    SpecialToken {
        id: String,
        #[serde(default)]
        type_id: u32,
    },
}

#[derive(Deserialize)]
enum SequenceJson {
    A,
    B,
}

#[derive(Deserialize)]
struct SpecialJson {
    ids: Vec<u32>,
}

/// `BertProcessing`: each special token with its id.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BertJson {
    #[serde(rename = "type")]
    _type: String,
    sep: (String, u32),
    cls: (String, u32),
}

/// Reads a post-processor.
pub(super) fn template(text: &str) -> Result<Template> {
    let part = "post-processor";
    let template = match type_name(&small(text, part)?, part)? {
        "TemplateProcessing" => {
            let json: TemplateJson = serde_json::from_str(text).map_err(|error| not_json(part, error))?;
            Template {
                single: template_parts(&json.single, &json.special_tokens)?,
                pair: template_parts(&json.pair, &json.special_tokens)?,
            }
        }
        "BertProcessing" => {
            let json: BertJson = serde_json::from_str(text).map_err(|error| not_json(part, error))?;
            let (cls, sep) = (TemplatePart::Ids(vec![json.cls.1]), TemplatePart::Ids(vec![json.sep.1]));
            Template {
                single: vec![(cls.clone(), 0), (TemplatePart::First, 0), (sep.clone(), 0)],
                pair: vec![
                    (cls, 0),
                    (TemplatePart::First, 0),
                    (sep.clone(), 0),
                    (TemplatePart::Second, 1),
                    (sep, 1),
                ],
            }
        }
        other => return Err(unsupported(part, other)),
    };
    if template.single.iter().any(|(part, _)| *part == TemplatePart::Second) {
        return Err(damaged("template for one text names a second text"));
    }
    Ok(template)
}

fn template_parts(
    pieces: &[PieceJson],
    special: &BTreeMap<String, SpecialJson>,
) -> Result<Vec<(TemplatePart, u32)>> {
    if pieces.len() > MAX_STEPS {
        return Err(too_large(format_args!("template of {} parts, the limit is {MAX_STEPS}", pieces.len())));
    }
    let parts = pieces.iter().map(|piece| match piece {
        PieceJson::Sequence { id: SequenceJson::A, type_id } => Ok((TemplatePart::First, *type_id)),
        PieceJson::Sequence { id: SequenceJson::B, type_id } => Ok((TemplatePart::Second, *type_id)),
        PieceJson::SpecialToken { id, type_id } => match special.get(id) {
            Some(token) if token.ids.len() <= MAX_STEPS => {
                Ok((TemplatePart::Ids(token.ids.clone()), *type_id))
            }
            Some(token) => Err(too_large(format_args!("special token of {} ids", token.ids.len()))),
            None => Err(damaged("template names a special token that is not listed")),
        },
    });
    parts.collect()
}

#[derive(Deserialize)]
struct TruncationJson {
    direction: Option<String>,
    max_length: u64,
    strategy: String,
    stride: u64,
}

/// Reads the truncation, which must leave room for the special tokens.
pub(super) fn truncation(text: &str, template: &Template) -> Result<Truncation> {
    let part = "truncation";
    bounded(text, part)?;
    let json: TruncationJson = serde_json::from_str(text).map_err(|error| not_json(part, error))?;
    match json.direction.as_deref() {
        None | Some("Right") => {}
        Some("Left") => return Err(unsupported("truncation direction", "Left")),
        Some(_) => return Err(damaged("truncation direction is neither Left nor Right")),
    }
    let strategy = match json.strategy.as_str() {
        "LongestFirst" => Strategy::LongestFirst,
        "OnlyFirst" => Strategy::OnlyFirst,
        "OnlySecond" => Strategy::OnlySecond,
        _ => return Err(damaged("truncation strategy is none of the three")),
    };
    let max_length = usize::try_from(json.max_length).unwrap_or(usize::MAX);
    let added = template.added(false).max(template.added(true));
    if max_length < added {
        let message = format!("truncation to {max_length} tokens leaves no room for {added} special tokens");
        return Err(damaged(message));
    }
    if json.stride >= json.max_length.max(1) {
        let message = format!("truncation stride {} is not below its length {max_length}", json.stride);
        return Err(damaged(message));
    }
    Ok(Truncation { max_length, strategy })
}
