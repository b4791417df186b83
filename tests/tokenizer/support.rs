//! Two readers of one `tokenizer.json`, side by side.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pupil_core::tokenizer::{Encoding, Tokenizer, TokenizerKind, spaced};
use serde_json::{Value, json};

/// How the difference begins where the crate has no answer.
pub(crate) const CRATE_PANICS: &str = "the crate panics";

/// The engine's reader and the crate's.
pub(crate) struct Both {
    pub(crate) ours: Tokenizer,
    pub(crate) theirs: tokenizers::Tokenizer,
}

impl Both {
    /// Reads the JSON twice, and then what the crate writes for it; an error is the engine's.
    pub(crate) fn new(json: &Value) -> pupil_core::Result<Self> {
        let bytes = json.to_string().into_bytes();
        let kind = match json["model"]["type"].as_str() {
            Some("WordLevel") => TokenizerKind::WordLevel,
            _ => TokenizerKind::WordPiece,
        };
        let ours = Tokenizer::from_json(kind, &bytes)?;
        let theirs =
            tokenizers::Tokenizer::from_bytes(&bytes).expect("the crate reads what the engine reads");
        Ok(Self { ours, theirs })
    }

    /// Compares ids and errors, the crate's for the text as [`spaced`] gives it; says what differs. That the crate
    /// panics is a difference.
    pub(crate) fn compare(
        &self,
        reference: Option<&str>,
        answer: &str,
        encoding: &mut Encoding,
    ) -> Result<(), String> {
        let theirs = catch_unwind(AssertUnwindSafe(|| match reference {
            Some(reference) => self.theirs.encode((spaced(reference), spaced(answer)), true),
            None => self.theirs.encode(spaced(answer), true),
        }));
        let ours = self.ours.encode(reference, answer, encoding);
        let Ok(theirs) = theirs else {
            return Err(format!("{CRATE_PANICS} on {reference:?}, {answer:?}"));
        };
        match (ours, theirs) {
            (Ok(()), Ok(theirs)) if encoding.ids == theirs.get_ids() => self.in_range(encoding),
            (Ok(()), Ok(theirs)) => Err(format!(
                "{reference:?}, {answer:?}: {:?} against {:?}, tokens {:?}",
                encoding.ids,
                theirs.get_ids(),
                theirs.get_tokens()
            )),
            (Err(_), Err(_)) if encoding.ids.is_empty() => Ok(()),
            (ours, theirs) => Err(format!(
                "{reference:?}, {answer:?}: {ours:?} against {:?}",
                theirs.map(|theirs| theirs.get_ids().to_vec())
            )),
        }
    }

    fn in_range(&self, encoding: &Encoding) -> Result<(), String> {
        let size = self.ours.vocab_size();
        match encoding.ids.iter().find(|&&id| id as usize >= size) {
            Some(id) => Err(format!("id {id} is outside the vocabulary of {size}")),
            None => Ok(()),
        }
    }
}

/// The special tokens of BERT, in the order of their ids in every vocabulary here.
pub(crate) const SPECIAL: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/// A vocabulary: the special tokens, then the given ones.
pub(crate) fn vocab<'a>(tokens: impl IntoIterator<Item = &'a str>) -> Value {
    let mut map = serde_json::Map::new();
    for token in SPECIAL.into_iter().chain(tokens) {
        let id = map.len();
        map.entry(token).or_insert_with(|| id.into());
    }
    map.into()
}

/// An entry of `added_tokens`.
pub(crate) fn added(id: usize, content: &str, flags: [bool; 4], special: bool) -> Value {
    let [single_word, lstrip, rstrip, normalized] = flags;
    json!({
        "id": id, "content": content, "single_word": single_word, "lstrip": lstrip, "rstrip": rstrip,
        "normalized": normalized, "special": special,
    })
}

/// The special tokens as `added_tokens`.
pub(crate) fn special_tokens() -> Vec<Value> {
    SPECIAL.iter().enumerate().map(|(id, token)| added(id, token, [false; 4], true)).collect()
}

/// A word-level tokenizer as a trainer of small models writes it.
pub(crate) fn word_level(vocab: Value) -> Value {
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": special_tokens(),
        "normalizer": bert(true, true, None, true), "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": null, "decoder": null,
        "model": {"type": "WordLevel", "vocab": vocab, "unk_token": "[UNK]"},
    })
}

/// A WordPiece tokenizer as BERT has it.
pub(crate) fn word_piece(vocab: Value) -> Value {
    let model = json!({
        "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100, "vocab": vocab,
    });
    let mut json = word_level(Value::Null);
    json["model"] = model;
    json["post_processor"] = template();
    json["decoder"] = json!({"type": "WordPiece", "prefix": "##", "cleanup": true});
    json
}

/// `BertNormalizer`.
pub(crate) fn bert(clean: bool, chinese: bool, accents: Option<bool>, lowercase: bool) -> Value {
    json!({
        "type": "BertNormalizer", "clean_text": clean, "handle_chinese_chars": chinese,
        "strip_accents": accents, "lowercase": lowercase,
    })
}

/// BERT's `TemplateProcessing`.
pub(crate) fn template() -> Value {
    let special = |id: &str, type_id: u32| json!({"SpecialToken": {"id": id, "type_id": type_id}});
    let text = |id: &str, type_id: u32| json!({"Sequence": {"id": id, "type_id": type_id}});
    json!({
        "type": "TemplateProcessing",
        "single": [special("[CLS]", 0), text("A", 0), special("[SEP]", 0)],
        "pair": [special("[CLS]", 0), text("A", 0), special("[SEP]", 0), text("B", 1), special("[SEP]", 1)],
        "special_tokens": {
            "[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
            "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]},
        },
    })
}
