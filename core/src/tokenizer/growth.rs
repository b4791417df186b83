//! How much longer the `tokenizers` crate may make a text before it looks at its length.
//!
//! A few hundred bytes of JSON can replace each letter by ten, several times over. What each step can do at most is
//! known from its settings; their product bounds the length of any text, so that one that might grow too much is
//! refused before the crate sees it.

use serde_json::Value;

use super::json::Object;
use super::limits::{MAX_STEPS, MAX_WORD_CHARS};
use crate::error::{Error, ErrorKind, Result};

/// Times that compatibility forms lengthen a text at most, in bytes: U+FDFA becomes eleven times as long.
const NORMAL_FORM: u64 = 11;

/// The most bytes that a normalizer of unknown kind makes of one.
const UNKNOWN: u64 = 16;

/// The number of times by which the steps of a `tokenizer.json` lengthen a text at most, in bytes.
///
/// # Errors
///
/// [`ErrorKind::TooLarge`] for what would be too much for any text.
pub(super) fn most(document: &Object<'_>) -> Result<u64> {
    let mut times = 1_u64;
    let mut left = MAX_STEPS;
    for part in ["normalizer", "pre_tokenizer", "post_processor"] {
        if let Some(text) = document.get(part) {
            let step: Value = serde_json::from_str(text).map_err(|error| {
                Error::new(ErrorKind::Damaged, format!("tokenizer: {part} cannot be read")).with_source(error)
            })?;
            times = times.saturating_mul(steps(&step, &mut left)?);
        }
    }
    let model = Object::read("model", document.text("model")?)?;
    if model.get("max_input_chars_per_word").is_some() {
        let most: u64 = model.scalar("max_input_chars_per_word")?;
        // The crate takes time by the square of it.
        if most > MAX_WORD_CHARS {
            return Err(too_large(format!(
                "words of up to {most} characters, the limit is {MAX_WORD_CHARS}"
            )));
        }
    }
    Ok(times)
}

/// The number of times by which a step and those inside it lengthen a text.
fn steps(step: &Value, left: &mut usize) -> Result<u64> {
    *left = left
        .checked_sub(1)
        .ok_or_else(|| too_large(format!("more than {MAX_STEPS} normalizers and other steps")))?;
    let inner = ["normalizers", "pretokenizers", "processors"].iter().find_map(|name| step[name].as_array());
    if let Some(inner) = inner {
        return inner.iter().try_fold(1_u64, |times, step| Ok(times.saturating_mul(steps(step, left)?)));
    }
    let len = |name: &str| step[name].as_str().map_or(0, str::len) as u64;
    Ok(match step["type"].as_str().unwrap_or_default() {
        "Replace" => {
            let content = len("content");
            match step["pattern"]["String"].as_str().map_or(0, str::len) as u64 {
                // A pattern may match nothing, before each byte and at the end.
                0 => content.saturating_add(2),
                pattern => content.div_ceil(pattern).max(1),
            }
        }
        // Put before the text, and before each part of it.
        "Prepend" => len("prepend").saturating_add(1),
        "Metaspace" => (len("replacement")).max(1).saturating_add(3),
        "ByteLevel" => 3,
        "Precompiled" => longest_replacement(step["precompiled_charsmap"].as_str().unwrap_or_default()),
        "NFC" | "NFD" | "NFKC" | "NFKD" | "BertNormalizer" | "Nmt" | "Lowercase" => NORMAL_FORM,
        "TemplateProcessing" => {
            let forms = ["single", "pair"].map(|name| step[name].as_array().map_or(&[][..], Vec::as_slice));
            let pieces = forms[0].len().max(forms[1].len());
            if pieces > MAX_STEPS {
                return Err(too_large(format!("a template of {pieces} parts, the limit is {MAX_STEPS}")));
            }
            // How often one of the two texts occurs.
            let times = |form: &[Value], id: &str| form.iter().filter(|piece| is_text(piece, id)).count();
            let most = forms.iter().flat_map(|form| [times(form, "A"), times(form, "B")]).max();
            most.unwrap_or(1).max(1) as u64
        }
        "Strip" | "StripAccents" | "BertPreTokenizer" | "CharDelimiterSplit" | "Digits" | "FixedLength"
        | "Punctuation" | "Sequence" | "Split" | "UnicodeScripts" | "Whitespace" | "WhitespaceSplit"
        | "BertProcessing" | "RobertaProcessing" => 1,
        _ => UNKNOWN,
    })
}

/// Whether a part of a template is the text of that name.
fn is_text(piece: &Value, id: &str) -> bool {
    match piece.as_str() {
        // As people write it: `$A`, `$B:1`, `$1` or `$`, which is the first text.
        Some(short) => match short.strip_prefix('$') {
            Some(named) => named.starts_with(id) || (id == "A" && !named.starts_with('B')),
            None => false,
        },
        None => piece["Sequence"]["id"] == id,
    }
}

/// The longest text that a map of SentencePiece puts in the place of another: after a table, whose length comes first,
/// the texts follow, each ended by a zero.
fn longest_replacement(base64: &str) -> u64 {
    let bytes = decoded(base64);
    let texts = bytes
        .first_chunk()
        .and_then(|length| bytes.get(4..)?.get(usize::try_from(u32::from_le_bytes(*length)).ok()?..))
        .unwrap_or(&bytes);
    texts.split(|byte| *byte == 0).map(<[u8]>::len).max().unwrap_or(0).max(1) as u64
}

/// The bytes of a Base64 text, as far as it is one.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut have) = (0_u32, 0);
    for value in text.bytes().map_while(crate::base64::value) {
        bits = bits << 6 | u32::from(value);
        have += 6;
        if have >= 8 {
            have -= 8;
            bytes.push((bits >> have).to_le_bytes()[0]);
            bits &= (1 << have) - 1;
        }
    }
    bytes
}

#[cold]
fn too_large(what: String) -> Error {
    Error::new(ErrorKind::TooLarge, format!("tokenizer: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<u64> {
        most(&Object::read("the file", json)?)
    }

    fn of(normalizer: &str) -> Result<u64> {
        read(&format!(r#"{{"normalizer":{normalizer},"pre_tokenizer":null,"model":{{"type":"BPE"}}}}"#))
    }

    #[test]
    fn steps_are_multiplied() {
        let ten = r#"{"type":"Replace","pattern":{"String":"a"},"content":"aaaaaaaaaa"}"#;
        let half = r#"{"type":"Replace","pattern":{"String":"aaaa"},"content":"aa"}"#;
        let regex = r#"{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}"#;
        let sequence =
            |steps: &[&str]| format!(r#"{{"type":"Sequence","normalizers":[{}]}}"#, steps.join(","));
        assert_eq!(of("null").unwrap(), 1);
        assert_eq!(of(ten).unwrap(), 10);
        assert_eq!(of(half).unwrap(), 1);
        assert_eq!(of(regex).unwrap(), 3);
        assert_eq!(of(&sequence(&[ten, &sequence(&[ten, regex]), ten])).unwrap(), 3000);
        assert_eq!(of(&sequence(&[ten; 40])).unwrap(), u64::MAX);
        assert_eq!(of(&sequence(&[ten; 64])).unwrap_err().kind(), ErrorKind::TooLarge);
    }

    #[test]
    fn texts_of_a_template_are_counted() {
        let with = |single: &str, pair: &str| {
            let end = format!(r#"{{"type":"TemplateProcessing","single":{single},"pair":{pair}}}"#);
            read(&format!(r#"{{"model":{{"type":"BPE"}},"post_processor":{end}}}"#)).unwrap()
        };
        assert_eq!(with(r#"["[CLS]","$A"]"#, r#"["$A:0","[SEP]","$B:1"]"#), 1);
        assert_eq!(with(r#"[{"Sequence":{"id":"A","type_id":0}}]"#, r#"["$B","$B:1","$A"]"#), 2);
        assert_eq!(with(r#"["$","$0","$A"]"#, "[]"), 3);
    }

    #[test]
    fn map_of_sentencepiece_is_measured_by_its_longest_text() {
        // Four bytes of table, then "ab", "" and "abc".
        let bytes = [4, 0, 0, 0, 9, 9, 9, 9, b'a', b'b', 0, 0, b'a', b'b', b'c', 0];
        let base64 = "BAAAAAkJCQlhYgAAYWJjAA==";
        assert_eq!(decoded(base64), bytes);
        assert_eq!(longest_replacement(base64), 3);
        assert_eq!(longest_replacement(""), 1);
        assert_eq!(longest_replacement("////"), 3);
    }

    #[test]
    fn what_is_too_much_for_any_text_is_refused() {
        let word = r#"{"model":{"type":"WordPiece","max_input_chars_per_word":1000000}}"#;
        assert_eq!(read(word).unwrap_err().kind(), ErrorKind::TooLarge);
        let part = r#"{"Sequence":{"id":"A","type_id":0}}"#;
        let parts = vec![part; 65].join(",");
        let end = format!(r#"{{"type":"TemplateProcessing","single":[{parts}],"pair":[]}}"#);
        let template = format!(r#"{{"model":{{"type":"BPE"}},"post_processor":{end}}}"#);
        assert_eq!(read(&template).unwrap_err().kind(), ErrorKind::TooLarge);
    }
}
