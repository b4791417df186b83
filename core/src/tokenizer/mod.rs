//! Text to token ids, equal to the `tokenizers` crate.
//!
//! A model file carries its tokenizer as the `tokenizer.json` that the `tokenizers` crate writes, so that the ids of an
//! answer on the device are the ids that the model was trained on. Core reads word-level and WordPiece tokenizers
//! itself, with a fraction of that crate's size and time; every other one needs the feature `tokenizers`.
//!
//! Read natively, every id equal to the crate's:
//!
//! | part | types |
//! |---|---|
//! | model | `WordLevel`, `WordPiece` |
//! | normalizer | none, `BertNormalizer`, `Lowercase`, `NFC`, `NFD`, `NFKC`, `NFKD`, `StripAccents`, `Strip`, `Sequence` |
//! | pre-tokenizer | none, `BertPreTokenizer`, `Whitespace`, `WhitespaceSplit`, `Punctuation`, `Digits`, `Sequence` |
//! | post-processor | none, `TemplateProcessing`, `BertProcessing` |
//! | added tokens | all flags |
//! | truncation | none, or to the right with any strategy |
//! | padding | none |

mod added;
mod ascending;
mod categories;
mod decompositions;
#[cfg(feature = "tokenizers")]
mod external;
mod forms;
#[cfg(feature = "tokenizers")]
mod growth;
mod json;
mod limits;
mod model;
mod native;
mod normalizer;
mod post;
mod pre_tokenizer;
mod ranges;
mod repeats;
mod spaces;
mod table;
#[cfg(test)]
mod tests;
mod word_chars;

use std::fmt;

pub(crate) use categories::is_mark;
pub use spaces::spaced;

pub(crate) use spaces::parts_words;

use crate::error::Result;
use crate::names::named;

/// Which reader a `tokenizer.json` needs.
///
/// ```
/// use pupil_core::tokenizer::TokenizerKind;
///
/// assert_eq!(TokenizerKind::WordPiece.as_str(), "word-piece");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenizerKind {
    /// Every word has an id or is unknown; read by core.
    WordLevel,
    /// Words are composed of pieces; read by core.
    WordPiece,
    /// Anything else; read by the `tokenizers` crate, if the feature of that name is on.
    External,
}

named!(TokenizerKind { WordLevel = "word-level", WordPiece = "word-piece", External = "external" });

impl fmt::Display for TokenizerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The ids of an answer, and what was counted on the way.
///
/// Keep one and pass it to every call: its buffers are reused, and a call that fits into them allocates nothing.
#[derive(Debug, Clone, Default)]
pub struct Encoding {
    /// Token ids, special tokens included.
    pub ids: Vec<u32>,
    /// Segment of each id, as the file's post-processor states it: mostly 0, and 1 for the second of two texts.
    pub segments: Vec<u32>,
    /// Words of the answer with a letter or digit, counted before it is shortened.
    ///
    /// A word is a piece that the pre-tokenizer gives, or an added token that is not special.
    pub words: usize,
    /// How many of the words are, or contain, the unknown token.
    pub unknown: usize,
    /// Whether the answer or the reference was shortened to the length that the tokenizer states.
    pub truncated: bool,
    scratch: EncodingScratch,
}

/// Buffers that outlive a call.
#[derive(Debug, Clone, Default)]
struct EncodingScratch {
    /// Ids of the first and of the second text, before special tokens.
    ids: [Vec<u32>; 2],
    words: native::Words,
    /// The words of the answer.
    repeats: repeats::Repeats,
}

impl Encoding {
    /// An empty encoding.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes of the buffers.
    pub(crate) fn memory_bytes(&self) -> usize {
        let EncodingScratch { ids: [first, second], words, repeats } = &self.scratch;
        let ids = self.ids.capacity() + self.segments.capacity() + first.capacity() + second.capacity();
        ids * size_of::<u32>() + words.memory_bytes() + repeats.memory_bytes()
    }

    /// Counts the words of an answer that no tokenizer reads: runs of letters, marks, digits and `_` that hold a letter
    /// or a digit, where each ideograph is a word of its own, as it is for BERT's tokenizers. None is unknown, and
    /// there are no ids.
    pub(crate) fn count_words(&mut self, answer: &str) {
        self.clear();
        for run in answer.split(|c| !word_chars::is_word(c)) {
            for part in run.split_inclusive(normalizer::is_ideograph) {
                let before = part.trim_end_matches(normalizer::is_ideograph);
                for word in [before, &part[before.len()..]] {
                    if word.chars().any(char::is_alphanumeric) {
                        self.words += 1;
                        self.scratch.repeats.push(repeats::spelling(word));
                    }
                }
            }
        }
    }

    /// Forgets the last answer.
    fn clear(&mut self) {
        self.ids.clear();
        self.segments.clear();
        (self.words, self.unknown, self.truncated) = (0, 0, false);
        self.scratch.repeats.clear();
    }

    /// Whether a larger share than `max` of the answer's words repeat; see [`Review::max_repeated`].
    ///
    /// [`Review::max_repeated`]: crate::format::manifest::Review::max_repeated
    pub(crate) fn repeats(&mut self, max: f32) -> bool {
        self.scratch.repeats.exceed(max)
    }
}

/// A tokenizer as its file describes it; immutable and free to share between threads.
///
/// ```
/// use pupil_core::tokenizer::{Encoding, Tokenizer, TokenizerKind};
///
/// let json = r#"{
///   "version": "1.0",
///   "normalizer": {"type": "Lowercase"},
///   "pre_tokenizer": {"type": "WhitespaceSplit"},
///   "model": {"type": "WordLevel", "unk_token": "[UNK]", "vocab": {"[UNK]": 0, "gas": 1, "expands": 2}}
/// }"#;
/// let tokenizer = Tokenizer::from_json(TokenizerKind::WordLevel, json.as_bytes())?;
/// assert_eq!(tokenizer.vocab_size(), 3);
///
/// let mut encoding = Encoding::new();
/// tokenizer.encode(None, "Hot gas expands", &mut encoding)?;
/// assert_eq!(encoding.ids, [0, 1, 2]);
/// assert_eq!((encoding.words, encoding.unknown), (3, 1));
/// # Ok::<(), pupil_core::Error>(())
/// ```
pub struct Tokenizer {
    kind: TokenizerKind,
    inner: Backend,
}

enum Backend {
    Native(Box<native::Native>),
    #[cfg(feature = "tokenizers")]
    External(Box<external::External>),
}

/// Bytes of memory that reading a word-level or WordPiece file takes for each of its bytes at most, beside the text.
#[doc(hidden)]
pub const MEMORY_PER_BYTE: usize = 10;

impl Tokenizer {
    /// Bytes of memory that reading a file takes for each of its bytes at most; of the `tokenizers` crate, an estimate.
    pub(crate) fn memory_per_byte(kind: TokenizerKind) -> usize {
        match kind {
            TokenizerKind::External => 4 * MEMORY_PER_BYTE,
            TokenizerKind::WordLevel | TokenizerKind::WordPiece => MEMORY_PER_BYTE,
        }
    }

    /// Reads a `tokenizer.json` as the `tokenizers` crate, version 0.23, writes it.
    ///
    /// The bytes need not be trusted: every size is bounded before memory is taken for it.
    ///
    /// # Errors
    ///
    /// - `Damaged`: invalid JSON, a part is missing or contradicts another, the vocabulary lacks the unknown token or
    ///   has a duplicate token or id, or an added token's id is not the one it gets.
    /// - `Unsupported`: a part that core does not read (the message names it), padding, or kind `External` without the
    ///   feature `tokenizers`.
    /// - `TooLarge`: more than 16 MiB of JSON, an id above 1 048 575, a token of more than 1024 bytes, more than 4096
    ///   added tokens, or a sequence of more than 64 steps.
    pub fn from_json(kind: TokenizerKind, bytes: &[u8]) -> Result<Self> {
        let native = |model| native::Native::from_json(model, bytes).map(Box::new).map(Backend::Native);
        let inner = match kind {
            TokenizerKind::WordLevel => native(json::ModelKind::WordLevel)?,
            TokenizerKind::WordPiece => native(json::ModelKind::WordPiece)?,
            #[cfg(feature = "tokenizers")]
            TokenizerKind::External => Backend::External(Box::new(external::External::from_json(bytes)?)),
            #[cfg(not(feature = "tokenizers"))]
            TokenizerKind::External => {
                let message = "tokenizer: kind external needs a build with the feature `tokenizers`";
                return Err(crate::Error::new(crate::ErrorKind::Unsupported, message));
            }
        };
        Ok(Self { kind, inner })
    }

    /// The kind it was read as.
    #[must_use]
    pub fn kind(&self) -> TokenizerKind {
        self.kind
    }

    /// 1 + the largest id that [`Self::encode`] can return.
    #[must_use]
    pub fn vocab_size(&self) -> usize {
        match &self.inner {
            Backend::Native(native) => native.vocab_size(),
            #[cfg(feature = "tokenizers")]
            Backend::External(external) => external.vocab_size(),
        }
    }

    /// Bytes of memory that the tokenizer needs: counted for those that core reads, estimated for others.
    pub(crate) fn memory_bytes(&self) -> usize {
        match &self.inner {
            Backend::Native(native) => native.memory_bytes(),
            #[cfg(feature = "tokenizers")]
            Backend::External(external) => external.memory_bytes(),
        }
    }

    /// Writes the ids of an answer, or of a reference and an answer, to `out`.
    ///
    /// Texts are read as [`spaced`] gives them. The special tokens that the file puts around a text are included.
    /// Special tokens that the text itself contains are recognised, as in the `tokenizers` crate.
    ///
    /// # Errors
    ///
    /// `BadInput` when the file's truncation shortens only one text and that one is missing or too short; `Damaged` or
    /// `Internal` when the `tokenizers` crate fails on an external tokenizer. `out` then has no ids.
    pub fn encode(&self, reference: Option<&str>, answer: &str, out: &mut Encoding) -> Result<()> {
        out.clear();
        match &self.inner {
            Backend::Native(native) => native.encode(reference, answer, out),
            #[cfg(feature = "tokenizers")]
            Backend::External(external) => external.encode(reference, answer, out),
        }
    }
}

impl fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokenizer")
            .field("kind", &self.kind)
            .field("vocab_size", &self.vocab_size())
            .finish_non_exhaustive()
    }
}
