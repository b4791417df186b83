//! Normalizers and pre-tokenizers.

use serde_json::Value;

use super::{damaged, field, flag, small, too_large, type_name, unsupported};
use crate::error::Result;
use crate::tokenizer::limits::MAX_STEPS;
use crate::tokenizer::normalizer::{self, BertNormalizer};
use crate::tokenizer::pre_tokenizer::{self, Behavior, Class};

/// Turns one object into steps, which it appends.
pub(super) type ReadStep<S> = fn(&Value, &str, &mut Vec<S>) -> Result<()>;

/// Reads a normalizer or a pre-tokenizer: one object, or sequences of them, as one list of steps.
pub(super) fn steps<S>(text: Option<&str>, part: &str, read: ReadStep<S>) -> Result<Vec<S>> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let value = small(text, part)?;
    let members = format!("{}s", part.replace('-', ""));
    let mut steps = Vec::new();
    // The parser bounds the depth, and the size of the part bounds the length of this list.
    let mut open = vec![&value];
    while let Some(value) = open.pop() {
        if type_name(value, part)? == "Sequence" {
            let list = field(value, part, &members)?.as_array();
            let list = list.ok_or_else(|| damaged(format_args!("{members} of the {part} is not a list")))?;
            open.extend(list.iter().rev());
        } else {
            read(value, part, &mut steps)?;
        }
        if steps.len() > MAX_STEPS {
            return Err(too_large(format_args!("{part} of more than {MAX_STEPS} steps")));
        }
    }
    Ok(steps)
}

/// Reads one normalizer.
pub(super) fn normalizer_step(
    value: &Value,
    part: &str,
    steps: &mut Vec<normalizer::NormalizerStep>,
) -> Result<()> {
    use normalizer::NormalizerStep;
    steps.push(match type_name(value, part)? {
        "BertNormalizer" => {
            let lowercase = flag(value, part, "lowercase")?;
            let strip_accents = match value.get("strip_accents") {
                None | Some(Value::Null) => lowercase,
                Some(_) => flag(value, part, "strip_accents")?,
            };
            let clean_text = flag(value, part, "clean_text")?;
            let space_ideographs = flag(value, part, "handle_chinese_chars")?;
            NormalizerStep::Bert(BertNormalizer { clean_text, space_ideographs, strip_accents, lowercase })
        }
        "Lowercase" => NormalizerStep::Lowercase,
        "NFD" => NormalizerStep::Nfd,
        "NFKD" => NormalizerStep::Nfkd,
        "NFC" => NormalizerStep::Nfc,
        "NFKC" => NormalizerStep::Nfkc,
        "StripAccents" => NormalizerStep::StripAccents,
        "Strip" => NormalizerStep::Strip {
            left: flag(value, part, "strip_left")?,
            right: flag(value, part, "strip_right")?,
        },
        other => return Err(unsupported(part, other)),
    });
    Ok(())
}

/// Reads one pre-tokenizer.
pub(super) fn pre_tokenizer_step(
    value: &Value,
    part: &str,
    steps: &mut Vec<pre_tokenizer::PreTokenizerStep>,
) -> Result<()> {
    use pre_tokenizer::PreTokenizerStep;
    match type_name(value, part)? {
        "BertPreTokenizer" => {
            steps.push(PreTokenizerStep::Split(Class::Whitespace, Behavior::Removed));
            steps.push(PreTokenizerStep::Split(Class::Punctuation, Behavior::Isolated));
        }
        "WhitespaceSplit" => steps.push(PreTokenizerStep::Split(Class::Whitespace, Behavior::Removed)),
        "Whitespace" => steps.push(PreTokenizerStep::Runs),
        "Punctuation" => {
            let behavior = match value.get("behavior") {
                None => Behavior::Isolated,
                Some(name) => match name.as_str() {
                    Some("Removed") => Behavior::Removed,
                    Some("Isolated") => Behavior::Isolated,
                    Some("MergedWithPrevious") => Behavior::MergedWithPrevious,
                    Some("MergedWithNext") => Behavior::MergedWithNext,
                    Some("Contiguous") => Behavior::Contiguous,
                    _ => return Err(damaged(format_args!("behavior of the {part} is none of the five"))),
                },
            };
            steps.push(PreTokenizerStep::Split(Class::Punctuation, behavior));
        }
        "Digits" => {
            let alone = flag(value, part, "individual_digits")?;
            let behavior = if alone { Behavior::Isolated } else { Behavior::Contiguous };
            steps.push(PreTokenizerStep::Split(Class::Number, behavior));
        }
        other => return Err(unsupported(part, other)),
    }
    Ok(())
}
