//! The words of a reference answer, to be compared with those of an answer.

use super::text::{Spelling, Trigram, joined, read};

/// Fewest and most bits of each set.
const BITS: std::ops::RangeInclusive<usize> = 1 << 12..=1 << 16;

/// Most different words, or pairs of them, that are compared one by one.
const MOST: usize = 256;

/// Hashes, each once, ascending.
#[derive(Debug, Clone, Default)]
pub(super) struct Distinct(Vec<u64>);

/// Which of them an answer has.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Met([u64; MOST / 64]);

impl Distinct {
    fn clear(&mut self) {
        self.0.clear();
    }

    fn insert(&mut self, hash: u64) {
        if self.0.len() <= MOST
            && let Err(place) = self.0.binary_search(&hash)
        {
            self.0.insert(place, hash);
        }
    }

    fn forget_too_many(&mut self) {
        if self.0.len() > MOST {
            self.0.clear();
        }
    }

    /// Takes down that an answer has a hash.
    #[inline]
    pub(super) fn meet(&self, hash: u64, met: &mut Met) {
        if let Ok(place) = self.0.binary_search(&hash) {
            met.0[place / 64] |= 1 << (place % 64);
        }
    }

    /// The sum of a weight for each that was met and of another one for each that was not.
    pub(super) fn sum(&self, met: &Met, found: i16, lost: i16) -> i32 {
        let found_number: u32 = met.0.iter().map(|bits| bits.count_ones()).sum();
        let [all, number] =
            [i32::try_from(self.0.len()), i32::try_from(found_number)].map(|n| n.unwrap_or_default());
        number * i32::from(found) + (all - number) * i32::from(lost)
    }
}

/// The words of a reference answer, and which of them follow each other. Sets of bits: of a reference of 20 words,
/// fewer than one in 200 other words is taken for one of them.
#[derive(Debug, Clone, Default)]
pub struct Reference {
    words: Vec<u64>,
    pairs: Vec<u64>,
    triples: Vec<u64>,
    distinct_words: Distinct,
    distinct_pairs: Distinct,
    /// Hash of all words in their order.
    sequence: u64,
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
        self.distinct_words.clear();
        self.distinct_pairs.clear();
        let Some(reference) = reference else { return };
        // A word with what follows it takes two bytes at least.
        let bits = (16 * (reference.len() / 2)).next_power_of_two().clamp(*BITS.start(), *BITS.end());
        for set in [&mut self.words, &mut self.pairs, &mut self.triples] {
            set.clear();
            set.resize(bits / 64, 0);
        }
        self.sequence = 0;
        let (mut first, mut second) = (None, None);
        read(reference, &Unread, |word| {
            add(&mut self.words, word.hash);
            self.sequence = joined(self.sequence, word.hash);
            self.distinct_words.insert(word.hash);
            if let Some(second) = second {
                let pair = joined(second, word.hash);
                add(&mut self.pairs, pair);
                self.distinct_pairs.insert(pair);
            }
            if let (Some(first), Some(second)) = (first, second) {
                add(&mut self.triples, joined(joined(first, second), word.hash));
            }
            (first, second) = (second, Some(word.hash));
        });
        self.distinct_words.forget_too_many();
        self.distinct_pairs.forget_too_many();
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

    /// Its different words, and its different pairs of neighbouring words; none of a kind that it has too many of.
    pub(super) fn distinct(&self) -> [&Distinct; 2] {
        [&self.distinct_words, &self.distinct_pairs]
    }

    /// Whether an answer has the same words in the same order.
    pub(super) fn is(&self, sequence: u64) -> bool {
        self.is_given && self.sequence == sequence
    }

    /// Bytes of the buffers.
    pub(crate) fn memory_bytes(&self) -> usize {
        let distinct = self.distinct_words.0.capacity() + self.distinct_pairs.0.capacity();
        (self.words.capacity() + self.pairs.capacity() + self.triples.capacity() + distinct)
            * size_of::<u64>()
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
