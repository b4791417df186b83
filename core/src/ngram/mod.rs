//! Text as counts of hashed n-grams, and their TF-IDF values: what a linear model of words and word parts reads.
//!
//! The counts equal those of scikit-learn's `HashingVectorizer(alternate_sign=False, norm=None)`, the values those of
//! its `TfidfTransformer`. Every f32 comes from `+ × ÷ √` in a stated order, so the bits are the same on every CPU
//! (`docs/numerics.md`).

mod hash;
mod order;
mod text;
mod values;

use std::ops::RangeInclusive;

use self::hash::Beginnings;
use crate::error::{Error, ErrorKind, Result};

pub(crate) use values::ln;
pub use values::{smooth_idf, tfidf};

/// Numbers of characters or words in one n-gram.
pub const LENGTHS: RangeInclusive<u8> = 1..=8;

/// Numbers of buckets.
pub const BUCKETS: RangeInclusive<u32> = 1 << 8..=1 << 20;

/// Which n-grams are counted, and into how many buckets.
///
/// Character n-grams never cross a word: each piece of text between white space is read with one space before and one
/// after it (`char_wb` in scikit-learn). Words are runs of at least two letters, digits or underscores. With both,
/// characters have the first half of the buckets and words the second, as a `FeatureUnion` of two vectorizers with
/// `n_features = buckets / 2` has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NGramSpec {
    chars: Option<(u8, u8)>,
    words: Option<(u8, u8)>,
    buckets: u32,
}

impl NGramSpec {
    /// N-grams of `chars.0` to `chars.1` characters and of `words.0` to `words.1` words, in `buckets` buckets.
    ///
    /// ```
    /// use pupil_core::ngram::NGramSpec;
    ///
    /// assert!(NGramSpec::new(Some((3, 5)), Some((1, 2)), 1 << 15).is_ok());
    /// let error = NGramSpec::new(Some((5, 3)), None, 1 << 15).unwrap_err();
    /// assert_eq!(error.to_string(), "n-grams of 5 to 3 characters: lengths must be 1 to 8, the shorter one first");
    /// ```
    ///
    /// # Errors
    ///
    /// When there is neither kind of n-gram, or a number lies outside [`LENGTHS`] or [`BUCKETS`], or is odd where two
    /// kinds share the buckets.
    pub fn new(chars: Option<(u8, u8)>, words: Option<(u8, u8)>, buckets: u32) -> Result<Self> {
        let bad = |message: String| Err(Error::new(ErrorKind::BadInput, message));
        for (kind, lengths) in [("characters", chars), ("words", words)] {
            if let Some((least, most)) = lengths
                && !(LENGTHS.contains(&least) && LENGTHS.contains(&most) && least <= most)
            {
                let (low, high) = (LENGTHS.start(), LENGTHS.end());
                return bad(format!(
                    "n-grams of {least} to {most} {kind}: lengths must be {low} to {high}, the shorter one first"
                ));
            }
        }
        if chars.is_none() && words.is_none() {
            return bad("neither characters nor words are counted: at least one of them is needed".into());
        }
        if !BUCKETS.contains(&buckets) {
            return bad(format!(
                "{buckets} buckets, but {} to {} are possible",
                BUCKETS.start(),
                BUCKETS.end()
            ));
        }
        if chars.is_some() && words.is_some() && buckets % 2 == 1 {
            return bad(format!("{buckets} buckets for characters and words: an even number is needed"));
        }
        Ok(Self { chars, words, buckets })
    }

    /// Shortest and longest n-gram of characters, if they are counted.
    pub fn chars(&self) -> Option<(u8, u8)> {
        self.chars
    }

    /// Shortest and longest n-gram of words, if they are counted.
    pub fn words(&self) -> Option<(u8, u8)> {
        self.words
    }

    /// The number of buckets.
    pub fn buckets(&self) -> u32 {
        self.buckets
    }

    /// Counts the n-grams of a text: `(bucket, count)` by ascending bucket, without those that do not occur.
    ///
    /// Takes a few bytes per byte of text for every length of n-gram; the caller limits the length of the text.
    /// Allocates nothing once the scratch has grown, unless the text has a capital sigma, whose lower case depends on
    /// its neighbours.
    ///
    /// ```
    /// use pupil_core::ngram::{NGramScratch, NGramSpec};
    ///
    /// let spec = NGramSpec::new(None, Some((1, 1)), 1 << 15)?;
    /// let mut scratch = NGramScratch::default();
    /// let counts: Vec<u32> = spec.counts("Red, green, red", &mut scratch).iter().map(|c| c.1).collect();
    /// assert!(counts == [1, 2] || counts == [2, 1]);
    /// # Ok::<(), pupil_core::Error>(())
    /// ```
    pub fn counts<'a>(&self, text: &str, scratch: &'a mut NGramScratch) -> &'a [(u32, u32)] {
        let NGramScratch { lowered, line, starts, ends, found, sorted, counts } = scratch;
        text::lower(text, lowered);
        found.clear();
        let own = if self.chars.is_some() && self.words.is_some() { self.buckets / 2 } else { self.buckets };
        if let Some(lengths) = self.chars {
            for word in text::pieces(lowered) {
                text::pad(word, line, starts, ends);
                // A word that is shorter than the shortest n-gram is one n-gram as a whole, and counts once.
                let lengths = (lengths.0.min(piece_length(starts)), lengths.1);
                count(line, starts, ends, lengths, Buckets::new(0, own), found);
            }
        }
        if let Some(lengths) = self.words {
            text::join_words(lowered, line, starts, ends);
            count(line, starts, ends, lengths, Buckets::new(self.buckets - own, own), found);
        }
        order::sort(found, sorted, self.buckets);
        counts.clear();
        for bucket in found.iter() {
            match counts.last_mut() {
                Some((last, n)) if last == bucket => *n += 1,
                _ => counts.push((*bucket, 1)),
            }
        }
        counts
    }
}

/// The number of units of a piece, at most [`u8::MAX`].
fn piece_length(starts: &[usize]) -> u8 {
    u8::try_from(starts.len()).unwrap_or(u8::MAX)
}

/// Consecutive buckets, and which of them a hash belongs to.
#[derive(Clone, Copy)]
struct Buckets {
    first: u32,
    number: u32,
    /// The bits of a hash that say it, where the number is a power of 2: a division would take longer than the hash.
    bits: Option<u32>,
}

impl Buckets {
    fn new(first: u32, number: u32) -> Self {
        Self { first, number, bits: number.is_power_of_two().then(|| number - 1) }
    }

    fn of(self, hash: u32) -> u32 {
        self.first + self.bits.map_or_else(|| hash % self.number, |bits| hash & bits)
    }
}

/// Adds the bucket of every n-gram of neighbouring units to `found`, unit `i` being the bytes `starts[i]..ends[i]` of
/// `line`.
fn count(
    line: &[u8],
    starts: &[usize],
    ends: &[usize],
    (least, most): (u8, u8),
    buckets: Buckets,
    found: &mut Vec<u32>,
) {
    let (least, most) = (usize::from(least), usize::from(most));
    let before = found.len();
    found.resize(before + starts.len() * (most + 1 - least), 0);
    let mut free = found[before..].iter_mut();
    for (at, start) in starts.iter().enumerate() {
        let Some(ends) = ends[at..ends.len().min(at + most)].get(least - 1..) else { break };
        let mut beginnings = Beginnings::new(&line[*start..]);
        for (end, place) in ends.iter().zip(&mut free) {
            *place = buckets.of(beginnings.magnitude(end - start));
        }
    }
    let left = free.len();
    found.truncate(found.len() - left);
}

/// Working space of [`NGramSpec::counts`]; empty at first, and reused from text to text.
#[derive(Debug, Clone, Default)]
pub struct NGramScratch {
    lowered: String,
    /// One padded piece of the text, or its words with a space between them; then the bytes that the hash needs.
    line: Vec<u8>,
    starts: Vec<usize>,
    ends: Vec<usize>,
    found: Vec<u32>,
    /// Room for sorting what was found.
    sorted: Vec<u32>,
    counts: Vec<(u32, u32)>,
}

impl NGramScratch {
    /// Bytes of the buffers.
    pub(crate) fn memory_bytes(&self) -> usize {
        let Self { lowered, line, starts, ends, found, sorted, counts } = self;
        let places = (starts.capacity() + ends.capacity()) * size_of::<usize>();
        let found = (found.capacity() + sorted.capacity()) * size_of::<u32>();
        let found = found + counts.capacity() * size_of::<(u32, u32)>();
        lowered.capacity() + line.capacity() + places + found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn impossible_specifications_are_refused() {
        for (chars, words, buckets, want) in [
            (None, None, 1 << 15, "neither characters nor words are counted: at least one of them is needed"),
            (
                Some((0, 3)),
                None,
                1 << 15,
                "n-grams of 0 to 3 characters: lengths must be 1 to 8, the shorter one first",
            ),
            (
                None,
                Some((1, 9)),
                1 << 15,
                "n-grams of 1 to 9 words: lengths must be 1 to 8, the shorter one first",
            ),
            (Some((3, 5)), None, 255, "255 buckets, but 256 to 1048576 are possible"),
            (Some((3, 5)), None, (1 << 20) + 1, "1048577 buckets, but 256 to 1048576 are possible"),
            (
                Some((3, 5)),
                Some((1, 2)),
                257,
                "257 buckets for characters and words: an even number is needed",
            ),
        ] {
            let error = NGramSpec::new(chars, words, buckets).unwrap_err();
            assert_eq!((error.kind(), error.to_string()), (ErrorKind::BadInput, want.to_owned()));
        }
    }

    proptest! {
        #[test]
        fn counts_ascend_and_do_not_depend_on_the_scratch(a in ".{0,60}", b in ".{0,60}", n in 1u8..=8, m in 1u8..=8) {
            let spec = NGramSpec::new(Some((n.min(m), n.max(m))), Some((1, m)), 256).unwrap();
            let mut used = NGramScratch::default();
            spec.counts(&b, &mut used);
            let mut fresh = NGramScratch::default();
            let counts = spec.counts(&a, &mut used);
            prop_assert_eq!(counts, spec.counts(&a, &mut fresh));
            prop_assert!(counts.windows(2).all(|w| w[0].0 < w[1].0));
            prop_assert!(counts.iter().all(|c| c.0 < 256 && c.1 > 0));
        }
    }
}
