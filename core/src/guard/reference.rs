//! The words of a reference answer, to be compared with those of an answer.

use super::text::{Spelling, Trigram, joined, read};

/// Fewest and most bits of each set.
const BITS: std::ops::RangeInclusive<usize> = 1 << 12..=1 << 16;

/// The words of a reference answer, and which of them follow each other. Sets of bits: of a reference of 20 words,
/// fewer than one in 200 other words is taken for one of them.
#[derive(Debug, Clone, Default)]
pub struct Reference {
    words: Vec<u64>,
    pairs: Vec<u64>,
    triples: Vec<u64>,
    /// Whether there is a reference answer at all.
    is_given: bool,
}

/// A reader that is not interested in spelling.
struct Unread;

impl Spelling for Unread {
    fn value(&self, _: Trigram) -> i32 {
        0
    }

    fn has_page(&self, _: usize) -> bool {
        true
    }
}

impl Reference {
    /// Reads a reference answer, or forgets the one before.
    pub fn read(&mut self, reference: Option<&str>) {
        self.is_given = reference.is_some();
        let Some(reference) = reference else { return };
        // A word with what follows it takes two bytes at least.
        let bits = (16 * (reference.len() / 2)).next_power_of_two().clamp(*BITS.start(), *BITS.end());
        for set in [&mut self.words, &mut self.pairs, &mut self.triples] {
            set.clear();
            set.resize(bits / 64, 0);
        }
        let (mut first, mut second) = (None, None);
        read(reference, &Unread, |word| {
            add(&mut self.words, word.hash);
            if let Some(second) = second {
                add(&mut self.pairs, joined(second, word.hash));
            }
            if let (Some(first), Some(second)) = (first, second) {
                add(&mut self.triples, joined(joined(first, second), word.hash));
            }
            (first, second) = (second, Some(word.hash));
        });
    }

    /// Whether there is a reference answer.
    pub fn is_given(&self) -> bool {
        self.is_given
    }

    /// Whether it has the word of that hash.
    #[inline]
    pub(super) fn has_word(&self, hash: u64) -> bool {
        self.is_given && has(&self.words, hash)
    }

    /// Whether it has two neighbouring words.
    #[inline]
    pub(super) fn has_pair(&self, hash: u64) -> bool {
        self.is_given && has(&self.pairs, hash)
    }

    /// Whether it has three neighbouring words.
    #[inline]
    pub(super) fn has_triple(&self, hash: u64) -> bool {
        self.is_given && has(&self.triples, hash)
    }

    /// Bytes of the buffers.
    pub(crate) fn memory_bytes(&self) -> usize {
        (self.words.capacity() + self.pairs.capacity() + self.triples.capacity()) * size_of::<u64>()
    }
}

/// The block of a hash, and its bit there.
#[inline]
fn place(set: &[u64], hash: u64) -> (usize, u64) {
    #[allow(clippy::cast_possible_truncation, reason = "less than the number of blocks")]
    let block = (hash >> 40) as usize & (set.len() - 1);
    (block, 1 << ((hash >> 32) & 63))
}

fn add(set: &mut [u64], hash: u64) {
    let (block, bit) = place(set, hash);
    set[block] |= bit;
}

#[inline]
fn has(set: &[u64], hash: u64) -> bool {
    let (block, bit) = place(set, hash);
    set[block] & bit != 0
}
