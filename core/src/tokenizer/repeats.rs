//! How much of a text repeats itself.

/// How many words back a word is looked for.
const WINDOW: usize = 8;

/// Fewest words that can repeat: two equal words are emphasis.
const MIN_WORDS: usize = 3;

/// Largest number of slots in the table of last places.
const MAX_SLOTS: usize = 1 << 12;

/// The words of an answer by the hashes of their spelling, and working space.
#[derive(Debug, Clone, Default)]
pub(super) struct Repeats {
    words: Vec<u64>,
    /// Place of the last word of each slot, from 1; 0 where there is none.
    last: Vec<u32>,
    /// For each distance in words, how often a word recurs after it.
    distances: Vec<u32>,
}

impl Repeats {
    pub(super) fn clear(&mut self) {
        self.words.clear();
    }

    /// Adds a word by its hash.
    #[inline]
    pub(super) fn push(&mut self, hash: u64) {
        self.words.push(hash);
    }

    /// Bytes of the buffers.
    pub(super) fn memory_bytes(&self) -> usize {
        let words = self.words.capacity() * size_of::<u64>();
        words + (self.last.capacity() + self.distances.capacity()) * size_of::<u32>()
    }

    /// Whether a larger share than `max` of the words repeat. A word repeats if it is one of the eight before it, or if
    /// it equals the word one period before; the rule that counts more words applies. The period is the distance after
    /// which words recur most often.
    pub(super) fn exceed(&mut self, max: f32) -> bool {
        let n = self.words.len();
        if n < MIN_WORDS {
            return false;
        }
        let exceeds = |repeated: usize| share(repeated, n) > max;
        // A word that repeats is not the first of its kind, and there are at least as many kinds as set bits.
        let seen = self.words.iter().fold(0_u64, |seen, word| seen | 1 << (word >> 58));
        exceeds(n - seen.count_ones() as usize) && (exceeds(self.near()) || exceeds(self.periodic()))
    }

    /// Words that are among the eight before them.
    fn near(&self) -> usize {
        let words = &self.words;
        (1..words.len()).filter(|&i| words[i.saturating_sub(WINDOW)..i].contains(&words[i])).count()
    }

    /// Words that equal the word one period before.
    fn periodic(&mut self) -> usize {
        let Self { words, last, distances } = self;
        let slots = (2 * words.len()).next_power_of_two().min(MAX_SLOTS);
        last.clear();
        last.resize(slots, 0);
        distances.clear();
        distances.resize(words.len(), 0);
        for (i, word) in (0_u32..).zip(words.iter()) {
            // Below the bits that `exceed` looks at.
            #[allow(
                clippy::cast_possible_truncation,
                reason = "the slots are a few bits of the hash; only 32-bit CPUs cut it"
            )]
            let slot = (*word >> 20) as usize & (slots - 1);
            let before = last[slot] as usize;
            // A word of another spelling in the same slot only hides this one.
            if before > 0 && words[before - 1] == *word {
                distances[i as usize + 1 - before] += 1;
            }
            last[slot] = i + 1;
        }
        let mut period = 0;
        for (distance, count) in distances.iter().enumerate() {
            if *count > distances[period] {
                period = distance;
            }
        }
        if period == 0 { 0 } else { words[period..].iter().zip(words.iter()).filter(|(a, b)| a == b).count() }
    }
}

/// The hash of a word in lower case: FNV-1a, its bits mixed once more.
pub(super) fn spelling(word: &str) -> u64 {
    let lower = word.trim().chars().flat_map(char::to_lowercase);
    let hash = lower.fold(0xcbf2_9ce4_8422_2325_u64, |hash, c| {
        (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0100_0000_01b3)
    });
    (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The share of `part` in `whole`, correctly rounded.
#[expect(clippy::cast_precision_loss, reason = "word counts of an answer are far below 2^24")]
fn share(part: usize, whole: usize) -> f32 {
    part as f32 / whole as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::{BuildHasher as _, RandomState};

    /// The share, by trying all limits in hundredths.
    fn repeated(text: &str) -> f32 {
        let state = RandomState::new();
        let mut repeats = Repeats::default();
        text.split_whitespace().for_each(|word| repeats.push(state.hash_one(word)));
        (0_u8..=100)
            .map(|percent| f32::from(percent) / 100.0)
            .find(|max| !repeats.exceed(*max))
            .expect("no share exceeds 1")
    }

    #[test]
    fn repeated_words_and_phrases_exceed_a_half() {
        for text in [
            "gas gas gas",
            "he thinks he thinks he thinks he thinks",
            "gas heat gas gas heat heat gas heat",
            "the air is warm the air is warm the air is warm",
            "a b c d e f g h i j k l a b c d e f g h i j k l a b c d e f g h i j k l",
            // A word of its own in each round.
            "it moves so it goes so it runs so it jumps so it moves so it goes so",
        ] {
            assert!(repeated(text) > 0.5, "{text}: {}", repeated(text));
        }
    }

    #[test]
    fn ordinary_language_does_not() {
        for text in [
            "",
            "gas",
            "no no",
            "the longer the string the less swings the shorter the string the more swings",
            "carbon dioxide carbon dioxide",
            "the more scoops of fertilizer the bigger they get the more scoops of fertilizer the smaller they get",
        ] {
            assert!(repeated(text) <= 0.5, "{text}: {}", repeated(text));
        }
    }

    #[test]
    fn long_phrase_is_found_by_its_period() {
        let count = if cfg!(miri) { 30 } else { 300 };
        let phrase: Vec<String> = (0..count).map(|i| format!("word{i}")).collect();
        let three = [phrase.join(" "), phrase.join(" "), phrase.join(" ")].join(" ");
        assert!((0.66..=0.67).contains(&repeated(&three)), "{}", repeated(&three));
        assert_eq!(repeated(&phrase.join(" ")), 0.0);
    }

    #[test]
    fn buffers_of_a_longer_text_do_not_matter_to_a_shorter_one() {
        let mut repeats = Repeats::default();
        (0..500).for_each(|i| repeats.push(((i % 7) << 58) | (i % 7)));
        assert!(repeats.exceed(0.9));
        repeats.clear();
        (0..5_u64).for_each(|i| repeats.push(i << 58));
        assert!(!repeats.exceed(0.0));
    }
}
