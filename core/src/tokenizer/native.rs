//! The tokenizers that core runs itself.

use std::ops::Range;

use super::added::{AddedTokens, TextPart};
use super::json::{self, ModelKind, Parts};
use super::model::Model;
use super::pre_tokenizer::Role;
use super::repeats::Repeats;
use super::spaces::{parts_words, push_spaced};
use super::table::Hash;
use super::{Encoding, EncodingScratch};
use crate::error::Result;

/// A word-level or WordPiece tokenizer.
pub(super) struct Native {
    parts: Parts,
    ascii: Option<Ascii>,
}

impl Native {
    pub(super) fn from_json(kind: ModelKind, bytes: &[u8]) -> Result<Self> {
        let parts = json::read(kind, bytes)?;
        let ascii = Ascii::new(&parts);
        Ok(Self { parts, ascii })
    }

    pub(super) fn vocab_size(&self) -> usize {
        self.parts.vocab_size
    }

    /// Bytes of the vocabulary; the rest is small.
    pub(super) fn memory_bytes(&self) -> usize {
        self.parts.model.memory_bytes()
    }

    /// Fills `out`, whose public fields are empty.
    pub(super) fn encode(&self, reference: Option<&str>, answer: &str, out: &mut Encoding) -> Result<()> {
        let EncodingScratch { ids: [first, second], words, repeats } = &mut out.scratch;
        second.clear();
        let counts = match reference {
            Some(reference) => {
                let cut = self.read(reference, false, words, repeats, first).is_cut;
                let counts = self.read(answer, true, words, repeats, second);
                Counts { is_cut: counts.is_cut || cut, ..counts }
            }
            None => self.read(answer, false, words, repeats, first),
        };
        let is_pair = reference.is_some();
        let (mut first, mut second) = (first.as_slice(), second.as_slice());
        let mut is_cut = counts.is_cut;
        if let Some(truncation) = &self.parts.truncation {
            let added = self.parts.template.added(is_pair);
            let (len, second_len) =
                truncation.lengths(first.len(), is_pair.then_some(second.len()), added)?;
            is_cut |= len < first.len() || second_len < second.len();
            (first, second) = (&first[..len], &second[..second_len]);
        }
        self.parts.template.apply(first, is_pair.then_some(second), &mut out.ids, &mut out.segments);
        out.words = counts.words;
        out.unknown = counts.unknown;
        out.truncated = is_cut;
        Ok(())
    }

    /// Writes the ids of one text, without special tokens around it, to `ids`.
    fn read(
        &self,
        text: &str,
        is_second: bool,
        words: &mut Words,
        repeats: &mut Repeats,
        ids: &mut Vec<u32>,
    ) -> Counts {
        ids.clear();
        repeats.clear();
        let cap = self.parts.truncation.as_ref().and_then(|truncation| truncation.cap(is_second));
        let mut sink = Sink {
            model: &self.parts.model,
            prefixes: &mut words.prefixes,
            repeats,
            ids,
            cap,
            is_full: false,
            counts: Counts::default(),
        };
        let text_words = &mut words.text;
        match self.ascii.as_ref().map(|ascii| (ascii, ascii.way(text))) {
            Some((ascii, Way::Short)) => ascii.read(text, &mut words.bytes, &mut sink),
            Some((ascii, Way::Parts)) => {
                for part in text.split(WHITE).filter(|part| !part.is_empty()) {
                    if part.is_ascii() {
                        ascii.read(part, &mut words.bytes, &mut sink);
                    } else {
                        self.read_long(part, text_words, &mut sink);
                    }
                }
            }
            Some((_, Way::Long)) | None => self.read_long(text, text_words, &mut sink),
        }
        sink.counts
    }

    /// Reads any text, step by step.
    fn read_long(&self, text: &str, words: &mut TextWords, sink: &mut Sink<'_>) {
        let TextWords { spaced, normalized, spare, pieces, spare_pieces } = words;
        let text = if text.contains(parts_words) {
            spaced.clear();
            push_spaced(text, spaced);
            spaced.as_str()
        } else {
            text
        };
        for part in self.parts.raw_added.split(text) {
            let range = match part {
                TextPart::Text(range) => range,
                TextPart::Token(at) => {
                    sink.added(&self.parts.raw_added, at);
                    continue;
                }
            };
            self.parts.normalizer.run(&text[range], normalized, spare);
            for part in self.parts.normalized_added.split(normalized) {
                match part {
                    TextPart::Token(at) => sink.added(&self.parts.normalized_added, at),
                    TextPart::Text(range) => {
                        let text = &normalized[range];
                        self.parts.pre_tokenizer.run(text, pieces, spare_pieces);
                        pieces.iter().for_each(|piece| sink.word(&text[piece.clone()]));
                    }
                }
            }
        }
    }

    /// The same tokenizer without the fast path for ASCII text.
    #[cfg(test)]
    pub(super) fn without_short_cut(self) -> Self {
        Self { ascii: None, ..self }
    }

    /// Whether ASCII text may take the fast path.
    #[cfg(test)]
    pub(super) fn has_short_cut(&self) -> bool {
        self.ascii.is_some()
    }
}

/// Working space for splitting a text into words.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    text: TextWords,
    bytes: Vec<u8>,
    prefixes: Vec<Hash>,
}

/// Working space of the slow path.
#[derive(Debug, Clone, Default)]
struct TextWords {
    spaced: String,
    normalized: String,
    spare: String,
    pieces: Vec<Range<usize>>,
    spare_pieces: Vec<Range<usize>>,
}

impl Words {
    /// Bytes that the buffers hold.
    pub(super) fn memory_bytes(&self) -> usize {
        let TextWords { spaced, normalized, spare, pieces, spare_pieces } = &self.text;
        let text = spaced.capacity() + normalized.capacity() + spare.capacity() + self.bytes.capacity();
        let pieces = pieces.capacity() + spare_pieces.capacity();
        text + pieces * size_of::<Range<usize>>() + self.prefixes.capacity() * size_of::<Hash>()
    }
}

/// What was found in a text.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    words: usize,
    unknown: usize,
    is_cut: bool,
}

/// Takes the words of a text and turns them into ids.
struct Sink<'a> {
    model: &'a Model,
    prefixes: &'a mut Vec<Hash>,
    repeats: &'a mut Repeats,
    ids: &'a mut Vec<u32>,
    /// Number of ids after which words are only counted.
    cap: Option<usize>,
    is_full: bool,
    counts: Counts,
}

impl Sink<'_> {
    fn added(&mut self, tokens: &AddedTokens, at: usize) {
        let token = tokens.token(at);
        if token.is_word {
            self.counts.words += 1;
            self.repeats.push(self.model.words().seed().with_all(&token.id.to_le_bytes()).mixed());
        }
        // An added token alone never ends the reading: the crate checks the length only after a word.
        if self.is_full {
            self.counts.is_cut = true;
        } else {
            self.ids.push(token.id);
        }
    }

    fn word(&mut self, word: &str) {
        let hash = self.model.words().seed().with_all(word.as_bytes());
        self.hashed_word(word.as_bytes(), hash, word.chars().any(char::is_alphanumeric));
    }

    /// Takes a word with its hash, and whether it has a letter or digit.
    #[inline]
    fn hashed_word(&mut self, word: &[u8], hash: Hash, is_word: bool) {
        let len = self.ids.len();
        let is_unknown = self.model.read(word, hash, self.prefixes, self.ids);
        if is_word {
            self.counts.words += 1;
            self.repeats.push(hash.mixed());
        }
        self.counts.unknown += usize::from(is_word && is_unknown);
        if self.is_full {
            self.ids.truncate(len);
            self.counts.is_cut = true;
        } else {
            self.is_full = self.cap.is_some_and(|cap| self.ids.len() >= cap);
        }
    }
}

/// The fast path for ASCII text: one pass that normalizes, splits and hashes.
///
/// It exists only if every normalizer maps an ASCII character to one ASCII character or to nothing, and every
/// pre-tokenizer decides by the character alone; both are tested, character by character, when the tokenizer is made.
/// Texts with a byte that may begin an added token take the slow path.
///
/// A text with other characters is split at ASCII white space, and only the parts with such characters take the slow
/// path. The result is the same: no character combines with a space or moves across one, and a part neither begins nor
/// continues an added token.
struct Ascii {
    /// The normalized form of each byte.
    normalized: [u8; 256],
    actions: [Action; 256],
}

/// How a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// All of it by the fast path.
    Short,
    /// Part by part, between white space.
    Parts,
    /// All of it by the slow path.
    Long,
}

/// The white space at which a text is split into parts.
const WHITE: [char; 4] = [' ', '\t', '\n', '\r'];

/// What to do with a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Action {
    /// Add it to the word; it is neither letter nor digit.
    Sign = 0,
    /// Add it to the word; it is a letter or digit.
    Letter = 1,
    /// End the word.
    Between = 2,
    /// End the word; the byte is a word of its own, neither letter nor digit.
    LoneSign = 3,
    /// End the word; the byte is a word of its own, a letter or digit.
    LoneLetter = 4,
    /// Skip it.
    Drop = 5,
    /// Belongs to a character outside ASCII: its part of the text takes the slow path. Only this value has this bit.
    Foreign = 8,
    /// The whole text takes the slow path. Only this value has this bit.
    LongWay = 16,
}

impl Ascii {
    fn new(parts: &Parts) -> Option<Self> {
        if !parts.normalizer.is_bytewise_on_ascii() {
            return None;
        }
        let mut table = Self { normalized: [0; 256], actions: [Action::LongWay; 256] };
        let (mut text, mut spare) = (String::new(), String::new());
        for byte in 0..128_u8 {
            let raw = if parts_words(char::from(byte)) { ' ' } else { char::from(byte) };
            parts.normalizer.run(raw.encode_utf8(&mut [0]), &mut text, &mut spare);
            let at = usize::from(byte);
            table.actions[at] = match *text.as_bytes() {
                _ if parts.raw_added.starts_with(byte) => Action::LongWay,
                [] => Action::Drop,
                [byte] if byte.is_ascii() => {
                    table.normalized[at] = byte;
                    let c = char::from(byte);
                    match (parts.pre_tokenizer.role(c)?, c.is_alphanumeric()) {
                        _ if parts.normalized_added.starts_with(byte) => Action::LongWay,
                        (Role::Between, _) => Action::Between,
                        (Role::Alone, false) => Action::LoneSign,
                        (Role::Alone, true) => Action::LoneLetter,
                        (Role::Inside, false) => Action::Sign,
                        (Role::Inside, true) => Action::Letter,
                    }
                }
                _ => return None,
            };
        }
        // Normalization may turn a character outside ASCII into any other, which may begin an added token that
        // continues after a space.
        if WHITE.iter().all(|white| table.actions[*white as usize] == Action::Between)
            && parts.normalized_added.is_empty()
            && (128..=255).all(|byte| !parts.raw_added.starts_with(byte))
        {
            table.actions[128..].fill(Action::Foreign);
        }
        Some(table)
    }

    fn way(&self, text: &str) -> Way {
        let all = text.bytes().fold(0, |all, byte| all | self.actions[usize::from(byte)] as u8);
        if all & Action::LongWay as u8 != 0 {
            Way::Long
        } else if all & Action::Foreign as u8 != 0 {
            Way::Parts
        } else {
            Way::Short
        }
    }

    fn read(&self, text: &str, bytes: &mut Vec<u8>, sink: &mut Sink<'_>) {
        bytes.clear();
        let seed = sink.model.words().seed();
        let mut hash = seed;
        let mut is_word = false;
        for &raw in text.as_bytes() {
            let byte = self.normalized[usize::from(raw)];
            let action = self.actions[usize::from(raw)];
            match action {
                Action::Sign | Action::Letter => {
                    bytes.push(byte);
                    hash = hash.with(byte);
                    is_word |= action == Action::Letter;
                }
                Action::Drop | Action::Foreign | Action::LongWay => {}
                Action::Between | Action::LoneSign | Action::LoneLetter => {
                    if !bytes.is_empty() {
                        sink.hashed_word(bytes, hash, is_word);
                        bytes.clear();
                        hash = seed;
                        is_word = false;
                    }
                    if action != Action::Between {
                        sink.hashed_word(&[byte], seed.with(byte), action == Action::LoneLetter);
                    }
                }
            }
        }
        if !bytes.is_empty() {
            sink.hashed_word(bytes, hash, is_word);
        }
    }
}
