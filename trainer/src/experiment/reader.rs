//! What a model reads of a text: the tokens of a tokenizer, or n-grams.

use crate::tokenizer::{Encoded, Tokenizer};
use anyhow::Result;
use pupil_core::ngram::{NGramScratch, NGramSpec};

/// Turns text into the numbers that an encoder reads.
#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "a model has one")]
pub enum Reader {
    /// Tokens of a vocabulary.
    Tokens(Tokenizer),
    /// Buckets of n-grams, one number for each n-gram, in ascending order. A reference answer is not read.
    NGrams(NGramSpec),
}

impl Reader {
    /// Reads an answer, or a pair of reference and answer.
    ///
    /// # Errors
    ///
    /// When the tokenizer refuses the text.
    pub fn encode(&self, reference: Option<&str>, answer: &str) -> Result<Encoded> {
        match self {
            Self::Tokens(tokenizer) => tokenizer.encode(reference, answer),
            Self::NGrams(spec) => {
                let mut scratch = NGramScratch::default();
                let counts = spec.counts(answer, &mut scratch).iter();
                let ids: Vec<u32> =
                    counts.flat_map(|(bucket, n)| std::iter::repeat_n(*bucket, *n as usize)).collect();
                Ok(Encoded { segments: vec![0; ids.len()], ids })
            }
        }
    }

    /// How many numbers there are.
    #[must_use]
    pub fn vocab_size(&self) -> usize {
        match self {
            Self::Tokens(tokenizer) => tokenizer.vocab_size(),
            Self::NGrams(spec) => spec.buckets() as usize,
        }
    }

    /// The number that stands for an unknown word; none if there are no tokens.
    #[must_use]
    pub fn unknown(&self) -> Option<u32> {
        match self {
            Self::Tokens(tokenizer) => tokenizer.unknown(),
            Self::NGrams(_) => None,
        }
    }

    /// The tokenizer as `tokenizer.json`; for n-grams their lengths and buckets.
    ///
    /// # Errors
    ///
    /// When it cannot be written as JSON.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        match self {
            Self::Tokens(tokenizer) => tokenizer.to_json(),
            Self::NGrams(spec) => {
                let json = serde_json::json!({
                    "chars": spec.chars(), "words": spec.words(), "buckets": spec.buckets()
                });
                Ok(serde_json::to_vec(&json)?)
            }
        }
    }
}
