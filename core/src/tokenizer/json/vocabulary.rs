//! Models and added tokens.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{ModelKind, Object, check_id, damaged, not_json, too_large, unsupported};
use crate::error::{Error, Result};
use crate::tokenizer::added::{AddedToken, AddedTokens};
use crate::tokenizer::limits::{MAX_ADDED_TOKENS, MAX_TOKEN_BYTES};
use crate::tokenizer::model::Model;
use crate::tokenizer::normalizer::Normalizer;
use crate::tokenizer::table::Tokens;

/// Reads a model and its vocabulary.
pub(super) fn model(kind: ModelKind, text: &str) -> Result<(Model, Vocab)> {
    let object = Object::read("model", text)?;
    let name: String = object.scalar("type")?;
    if name != kind.name() {
        if [ModelKind::WordLevel, ModelKind::WordPiece].iter().any(|kind| kind.name() == name) {
            return Err(damaged(format_args!("model is {name}, expected {}", kind.name())));
        }
        return Err(unsupported("model", &name));
    }
    let unknown: String = object.scalar("unk_token")?;
    let (tokens, vocab) = Vocab::read(object.text("vocab")?, &unknown)?;
    let unknown = vocab.unknown.ok_or_else(|| damaged("vocabulary lacks the unknown token"))?;
    let model = match kind {
        ModelKind::WordLevel => Model::word_level(tokens, unknown)?,
        ModelKind::WordPiece => {
            let prefix: String = object.scalar("continuing_subword_prefix")?;
            let max_chars = usize::try_from(object.scalar::<u64>("max_input_chars_per_word")?);
            Model::word_piece(tokens, unknown, &prefix, max_chars.unwrap_or(usize::MAX))?
        }
    };
    Ok((model, vocab))
}

/// What is known about a vocabulary besides its tokens.
#[derive(Debug, Default)]
pub(super) struct Vocab {
    /// Tokens in it.
    pub(super) count: u32,
    /// Largest id.
    pub(super) largest: u32,
    /// Id of the unknown token.
    unknown: Option<u32>,
}

impl Vocab {
    fn read(text: &str, unknown: &str) -> Result<(Tokens, Vocab)> {
        let mut refusal = None;
        let seed = VocabSeed { unknown, refusal: &mut refusal };
        let mut json = serde_json::Deserializer::from_str(text);
        match seed.deserialize(&mut json) {
            Ok(vocab) => Ok(vocab),
            Err(error) => Err(refusal.unwrap_or_else(|| not_json("vocabulary", error))),
        }
    }
}

/// Streams a vocabulary into a list; a violation of our own rules is stored in `refusal`.
struct VocabSeed<'a> {
    unknown: &'a str,
    refusal: &'a mut Option<Error>,
}

impl<'de> DeserializeSeed<'de> for VocabSeed<'_> {
    type Value = (Tokens, Vocab);

    fn deserialize<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> std::result::Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for VocabSeed<'_> {
    type Value = (Tokens, Vocab);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tokens with their ids")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
        let (mut tokens, mut vocab) = (Tokens::default(), Vocab::default());
        let mut seen = Ids::default();
        while let Some(token) = map.next_key_seed(Text)? {
            let token = token.as_ref();
            let id = map.next_value::<u64>()?;
            let added = check_id(id).and_then(|id| {
                if token.len() > MAX_TOKEN_BYTES {
                    let len = token.len();
                    return Err(too_large(format_args!(
                        "token {id} of {len} bytes, the limit is {MAX_TOKEN_BYTES}"
                    )));
                }
                if !seen.insert(id) {
                    return Err(damaged(format_args!("two tokens have the id {id}")));
                }
                vocab.count += 1;
                vocab.largest = vocab.largest.max(id);
                if token == self.unknown {
                    vocab.unknown = Some(id);
                }
                tokens.push(token.as_bytes(), id)
            });
            if let Err(error) = added {
                *self.refusal = Some(error);
                return Err(A::Error::custom("refused"));
            }
        }
        Ok((tokens, vocab))
    }
}

/// Reads a string, borrowed if the JSON has no escape.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> std::result::Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> std::result::Result<Self::Value, E> {
        Ok(text.into())
    }

    fn visit_str<E>(self, text: &str) -> std::result::Result<Self::Value, E> {
        Ok(text.to_owned().into())
    }
}

/// A set of ids, each within the limit.
#[derive(Debug, Default)]
struct Ids(Vec<u64>);

impl Ids {
    /// Adds the id; `false` if it is in the set already.
    fn insert(&mut self, id: u32) -> bool {
        let (word, bit) = (id as usize / 64, 1 << (id % 64));
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        let is_free = self.0[word] & bit == 0;
        self.0[word] |= bit;
        is_free
    }
}

/// One entry of `added_tokens`.
#[derive(Deserialize)]
struct AddedJson {
    id: u64,
    content: String,
    single_word: bool,
    lstrip: bool,
    rstrip: bool,
    normalized: bool,
    special: bool,
}

/// A list that is refused as soon as it is too long.
struct AddedList(Vec<AddedJson>);

impl<'de> Deserialize<'de> for AddedList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = AddedList;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of added tokens")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<AddedList, A::Error> {
                let mut list = Vec::new();
                // One more than allowed is enough for the caller; the rest is skipped.
                while list.len() <= MAX_ADDED_TOKENS
                    && let Some(token) = seq.next_element()?
                {
                    list.push(token);
                }
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(AddedList(list))
            }
        }
        deserializer.deserialize_seq(List)
    }
}

/// The added tokens that are found in raw and in normalized text, and the largest of their ids.
pub(super) fn added_tokens(
    text: &str,
    model: &Model,
    vocab_len: u32,
    normalizer: &Normalizer,
) -> Result<(AddedTokens, AddedTokens, u32)> {
    let AddedList(list) = serde_json::from_str(text).map_err(|error| not_json("added_tokens", error))?;
    if list.len() > MAX_ADDED_TOKENS {
        return Err(too_large(format_args!("more than {MAX_ADDED_TOKENS} added tokens")));
    }
    let (mut raw, mut normalized) = (Vec::new(), Vec::new());
    let (mut largest, mut spare) = (0, String::new());
    let mut seen = Ids::default();
    // The crate ignores the ids of the list: a token has its id in the vocabulary, or the next after it.
    let mut next = vocab_len;
    for token in list {
        if token.content.is_empty() {
            continue;
        }
        if token.content.len() > MAX_TOKEN_BYTES {
            let len = token.content.len();
            return Err(too_large(format_args!(
                "added token of {len} bytes, the limit is {MAX_TOKEN_BYTES}"
            )));
        }
        let id = match model.words().find(token.content.as_bytes()) {
            Some(id) => id,
            None => {
                next += 1;
                check_id(u64::from(next - 1))?
            }
        };
        if u64::from(id) != token.id {
            return Err(damaged(format_args!("added token {} has the id {id} in this vocabulary", token.id)));
        }
        if !seen.insert(id) {
            return Err(damaged(format_args!("two added tokens have the id {id}")));
        }
        largest = largest.max(id);
        let is_word = !token.special && token.content.chars().any(char::is_alphanumeric);
        let mut pattern = token.content;
        if token.normalized {
            let content = std::mem::take(&mut pattern);
            normalizer.run(&content, &mut pattern, &mut spare);
            if pattern.len() > MAX_TOKEN_BYTES {
                return Err(too_large(format_args!("added token {id} exceeds {MAX_TOKEN_BYTES} bytes")));
            }
        }
        let AddedJson { single_word, lstrip, rstrip, .. } = token;
        let list = if token.normalized { &mut normalized } else { &mut raw };
        list.push(AddedToken { pattern, id, single_word, lstrip, rstrip, is_word });
    }
    Ok((AddedTokens::new(raw)?, AddedTokens::new(normalized)?, largest))
}
