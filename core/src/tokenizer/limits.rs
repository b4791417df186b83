//! The size limits of a `tokenizer.json`.

/// Bytes of the JSON.
pub(super) const MAX_JSON_BYTES: usize = 16 << 20;

/// Bytes of the JSON of one part other than the vocabulary and the added tokens.
pub(super) const MAX_PART_BYTES: usize = 64 << 10;

/// Largest token id: a little over a million tokens.
pub(super) const MAX_ID: u32 = (1 << 20) - 1;

/// Bytes of one token.
pub(super) const MAX_TOKEN_BYTES: usize = 1024;

/// Characters of a word that a model of the `tokenizers` crate looks at, which takes time by the square of it.
#[cfg(feature = "tokenizers")]
pub(super) const MAX_WORD_CHARS: u64 = 256;

/// Bytes that a text may become before the `tokenizers` crate cuts it, which keeps 17 bytes for each: 16 MiB.
#[cfg(feature = "tokenizers")]
pub(super) const MAX_GROWN_BYTES: u64 = 16 << 20;

/// Added tokens.
pub(super) const MAX_ADDED_TOKENS: usize = 4096;

/// Normalizers or pre-tokenizers in a sequence, parts of a template, and ids of a special token.
pub(super) const MAX_STEPS: usize = 64;
