//! Every other tokenizer, run by the `tokenizers` crate.

use tokenizers::ModelWrapper;

use super::limits::{MAX_GROWN_BYTES, MAX_ID};
use super::spaces::spaced;
use super::{Encoding, growth, json, repeats};
use crate::error::{Error, ErrorKind, Result};
use crate::foreign::guarded;

/// A tokenizer of the `tokenizers` crate.
pub(super) struct External {
    tokenizer: tokenizers::Tokenizer,
    /// The same tokenizer without truncation, if the first one truncates.
    whole: Option<tokenizers::Tokenizer>,
    /// Id of the unknown token, if the model has one.
    unknown: Option<u32>,
    vocab_size: usize,
    json_bytes: usize,
    /// How many times as long its steps make a text at most.
    growth: u64,
}

impl External {
    /// Bytes of memory for each byte of JSON: the crate stores every token in two maps, and merges in two more.
    const MEMORY_PER_BYTE: usize = 16;

    pub(super) fn from_json(bytes: &[u8]) -> Result<Self> {
        let growth = growth::most(&json::document(bytes)?)?;
        let tokenizer =
            guarded("tokenizers", || tokenizers::Tokenizer::from_bytes(bytes))?.map_err(|error| {
                Error::new(ErrorKind::Damaged, "tokenizer: refused by the `tokenizers` crate")
                    .with_source(error)
            })?;
        let largest = tokenizer.get_vocab(true).into_values().max().unwrap_or(0);
        if largest > MAX_ID {
            let message = format!("tokenizer: token id {largest}, the limit is {MAX_ID}");
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        let whole = tokenizer.get_truncation().is_some().then(|| {
            let mut parts = tokenizer.clone().into_inner();
            parts.get_truncation_mut().into_iter().for_each(|truncation| truncation.max_length = usize::MAX);
            parts.into()
        });
        let unknown = match tokenizer.get_model() {
            ModelWrapper::WordLevel(model) => tokenizer.token_to_id(&model.unk_token),
            ModelWrapper::WordPiece(model) => tokenizer.token_to_id(&model.unk_token),
            ModelWrapper::BPE(model) => {
                model.unk_token.as_ref().and_then(|token| tokenizer.token_to_id(token))
            }
            ModelWrapper::Unigram(_) => unigram_unknown(bytes)?,
        };
        Ok(Self {
            tokenizer,
            whole,
            unknown,
            vocab_size: largest as usize + 1,
            json_bytes: bytes.len(),
            growth,
        })
    }

    pub(super) fn vocab_size(&self) -> usize {
        self.vocab_size
    }

    /// An estimate of the crate's memory in bytes, which the crate does not report.
    pub(super) fn memory_bytes(&self) -> usize {
        let copies = 1 + usize::from(self.whole.is_some());
        self.json_bytes.saturating_mul(copies * Self::MEMORY_PER_BYTE)
    }

    /// Fills `out`, whose public fields are empty.
    pub(super) fn encode(&self, reference: Option<&str>, answer: &str, out: &mut Encoding) -> Result<()> {
        let (reference, answer) = (reference.map(spaced), spaced(answer));
        let (reference, answer) = (reference.as_deref(), answer.as_ref());
        for text in reference.into_iter().chain([answer]) {
            let (bytes, growth) = (text.len() as u64, self.growth);
            if bytes.saturating_mul(growth) > MAX_GROWN_BYTES {
                let message = format!(
                    "tokenizer: a text of {bytes} bytes, which may become {growth} times as long here; at most \
                     {MAX_GROWN_BYTES} bytes are made: shorten it"
                );
                return Err(Error::new(ErrorKind::TooLarge, message));
            }
        }
        let failed = |error: tokenizers::Error| {
            Error::new(ErrorKind::BadInput, "tokenizer: the `tokenizers` crate cannot encode the text")
                .with_source(error)
        };
        let run = |tokenizer: &tokenizers::Tokenizer| match reference {
            Some(reference) => tokenizer.encode((reference, answer), true),
            None => tokenizer.encode(answer, true),
        };
        let encoding = guarded("tokenizers", || run(&self.tokenizer))?.map_err(failed)?;
        if let Some(id) = encoding.get_ids().iter().find(|&&id| id as usize >= self.vocab_size) {
            let message = format!("tokenizer: id {id} is outside its vocabulary of {}", self.vocab_size);
            return Err(Error::new(ErrorKind::Damaged, message));
        }
        let whole = match &self.whole {
            Some(whole) => guarded("tokenizers", || run(whole))?.map_err(failed)?,
            None => encoding.clone(),
        };
        out.ids.extend_from_slice(encoding.get_ids());
        out.segments.extend_from_slice(encoding.get_type_ids());
        out.truncated = whole.len() > encoding.len();
        self.count(&whole, usize::from(reference.is_some()), answer, out);
        Ok(())
    }

    /// Counts the words of the answer, which is one of the encoding's sequences.
    fn count(&self, encoding: &tokenizers::Encoding, sequence: usize, answer: &str, out: &mut Encoding) {
        let added = self.tokenizer.get_added_vocabulary();
        let sequences = encoding.get_sequence_ids();
        let special = encoding.get_special_tokens_mask();
        let mut at = 0;
        while at < encoding.len() {
            let word = encoding.get_word_ids()[at];
            let is_same = |other: usize| {
                sequences[other] == Some(sequence)
                    && special[other] == 0
                    && encoding.get_word_ids()[other] == word
            };
            if word.is_none() || !is_same(at) {
                at += 1;
                continue;
            }
            let end = (at..encoding.len()).find(|&other| !is_same(other)).unwrap_or(encoding.len());
            let bytes = encoding.get_offsets()[at].0..encoding.get_offsets()[end - 1].1;
            let word = answer.get(bytes).unwrap_or_default();
            let has_letter = word.chars().any(char::is_alphanumeric);
            if has_letter && !added.is_special_token(&encoding.get_tokens()[at]) {
                let ids = &encoding.get_ids()[at..end];
                out.words += 1;
                out.scratch.repeats.push(repeats::spelling(word));
                out.unknown += usize::from(self.unknown.is_some_and(|unknown| ids.contains(&unknown)));
            }
            at = end;
        }
    }
}

/// The `unk_id` of a Unigram model, which the crate does not expose.
fn unigram_unknown(bytes: &[u8]) -> Result<Option<u32>> {
    let model = json::Object::read("model", json::document(bytes)?.text("model")?)?;
    model.get("unk_id").map(|_| model.scalar("unk_id")).transpose()
}
