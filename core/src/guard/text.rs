//! The words of an answer, by hashes, and how plausibly each is spelled.

/// Multiplier of the hashes: 2^64 divided by the golden ratio, made odd.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The symbol before and after a word in a trigram of letters.
const EDGE: u64 = b' ' as u64;

/// Bits of a character in a trigram; Unicode has 21.
const BITS: u32 = 21;

/// The last two characters of three.
const TWO: u64 = (1 << (2 * BITS)) - 1;

/// What is known about a word when its last character has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// Hash of its characters in lower case.
    pub hash: u64,
    /// Hash of its last two characters, or of the only one.
    pub ending: u64,
    /// Sum of the values of its trigrams of characters, edges among them.
    pub spelling: i32,
    /// How many trigrams those are.
    pub trigrams: u32,
    /// Whether it begins with a digit.
    pub is_number: bool,
    /// Whether it begins a sentence.
    pub is_first: bool,
}

/// What is counted over all characters of a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Letters {
    /// Letters and digits.
    pub all: usize,
    /// Those of scripts that the training texts do not have.
    pub foreign: usize,
    /// Sentences, which end with a full stop, an exclamation mark or a question mark, and that have a word.
    pub sentences: usize,
    /// Those of them that end with a question mark.
    pub questions: usize,
}

/// What the reader asks about characters.
pub trait Spelling {
    /// Value of three neighbouring characters of a word, edges among them.
    fn value(&self, three: Trigram) -> i32;
    /// Whether the training texts have letters of a page of 256 characters.
    fn has_page(&self, page: usize) -> bool;
}

/// Three neighbouring characters of a word in lower case; a space stands for its edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Trigram(u64);

impl Trigram {
    /// The first two characters.
    #[must_use]
    pub fn context(self) -> u64 {
        self.0 >> BITS
    }

    /// The last character.
    #[must_use]
    pub fn last(self) -> u64 {
        self.0 & ((1 << BITS) - 1)
    }

    /// Its bucket of a number of them that is a power of 2 from 2 on.
    #[must_use]
    pub fn bucket_of(self, buckets: usize) -> usize {
        self.bucket(buckets.ilog2())
    }

    /// Its bucket of `1 << bits`.
    #[inline]
    pub(super) fn bucket(self, bits: u32) -> usize {
        #[allow(clippy::cast_possible_truncation, reason = "a few bits")]
        let bucket = (self.0.wrapping_mul(GOLDEN) >> (u64::BITS - bits)) as usize;
        bucket
    }
}

/// What a character does to the word that is being read.
enum Role {
    /// Belongs to it, in this form.
    Inside(char),
    /// Is a word of its own, as ideographs are.
    Alone(char),
    /// Is left out: an apostrophe, or a mark above a letter. A word is the same with and without it.
    Dropped,
    /// Ends it.
    Between,
}

impl Role {
    #[inline]
    fn of(c: char) -> Self {
        match c {
            'a'..='z' | '0'..='9' => Self::Inside(c),
            'A'..='Z' => Self::Inside(c.to_ascii_lowercase()),
            '\'' => Self::Dropped,
            c if c.is_ascii() => Self::Between,
            c => Self::of_others(c),
        }
    }

    #[cold]
    fn of_others(c: char) -> Self {
        match c {
            '\u{2018}' | '\u{2019}' | '\u{02bc}' | '\u{ad}' | '\u{200d}' | '\u{0300}'..='\u{036f}' => {
                Self::Dropped
            }
            '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}' => Self::Alone(c),
            c if c.is_alphanumeric() => Self::Inside(c.to_lowercase().next().unwrap_or(c)),
            _ => Self::Between,
        }
    }
}

/// Mixes a value into a hash.
#[inline]
const fn mixed(hash: u64, value: u64) -> u64 {
    (hash.rotate_left(5) ^ value).wrapping_mul(GOLDEN)
}

/// A hash whose every bit depends on all of the bits of a product.
#[inline]
const fn finished(hash: u64) -> u64 {
    (hash ^ (hash >> 32)).wrapping_mul(GOLDEN)
}

/// The hash of neighbouring words, from that of the words before and that of the last one.
#[inline]
pub const fn joined(before: u64, last: u64) -> u64 {
    finished(mixed(before, last))
}

/// The word that is being read.
struct Open {
    hash: u64,
    /// The last two characters, 21 bits each.
    last: u64,
    spelling: i32,
    /// Characters so far.
    length: u32,
    is_number: bool,
}

impl Open {
    const NONE: Self =
        Self { hash: 0, last: (EDGE << BITS) | EDGE, spelling: 0, length: 0, is_number: false };

    #[inline]
    fn push(&mut self, c: char, model: &impl Spelling) {
        let code = u64::from(u32::from(c));
        self.is_number |= self.length == 0 && c.is_numeric();
        self.length = self.length.saturating_add(1);
        self.hash = mixed(self.hash, code);
        self.spelling = self.spelling.saturating_add(model.value(self.step(code)));
    }

    /// The trigram that ends with one more character.
    #[inline]
    fn step(&mut self, code: u64) -> Trigram {
        let three = (self.last << BITS) | code;
        self.last = three & TWO;
        Trigram(three)
    }

    #[inline]
    fn end(&mut self, model: &impl Spelling, sentence: &mut Sentence, found: &mut impl FnMut(Word)) {
        if self.length == 0 {
            return;
        }
        let mut open = std::mem::replace(self, Self::NONE);
        let ending = finished(mixed(GOLDEN, open.last));
        let spelling = open.spelling.saturating_add(model.value(open.step(EDGE)));
        found(Word {
            hash: finished(open.hash),
            ending,
            spelling,
            trigrams: open.length.saturating_add(1),
            is_number: open.is_number,
            is_first: *sentence == Sentence::Over,
        });
        *sentence = Sentence::Begun;
    }
}

/// Whether the sentence that is being read has a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sentence {
    Over,
    Begun,
}

/// Reads a text once and hands out its words.
#[inline]
pub fn read(text: &str, model: &impl Spelling, mut found: impl FnMut(Word)) -> Letters {
    let mut letters = Letters::default();
    let mut open = Open::NONE;
    let mut sentence = Sentence::Over;
    for c in text.chars() {
        match Role::of(c) {
            Role::Inside(c) => {
                letters.all += 1;
                letters.foreign += usize::from(!c.is_ascii() && is_foreign(c, model));
                open.push(c, model);
            }
            Role::Alone(c) => {
                letters.all += 1;
                letters.foreign += usize::from(is_foreign(c, model));
                open.end(model, &mut sentence, &mut found);
                open.push(c, model);
                open.end(model, &mut sentence, &mut found);
            }
            Role::Dropped => {}
            Role::Between => {
                open.end(model, &mut sentence, &mut found);
                let asks = matches!(c, '?' | '\u{ff1f}' | '\u{61f}');
                if sentence == Sentence::Begun && (asks || matches!(c, '.' | '!' | '\u{3002}' | '\u{ff01}')) {
                    sentence = Sentence::Over;
                    letters.sentences += 1;
                    letters.questions += usize::from(asks);
                }
            }
        }
    }
    open.end(model, &mut sentence, &mut found);
    letters.sentences += usize::from(sentence == Sentence::Begun);
    letters
}

/// Whether the training texts have no letters near a character.
fn is_foreign(c: char, model: &impl Spelling) -> bool {
    !model.has_page(page(c))
}

/// The page of 256 characters that a character lies on; all beyond the first 2^16 characters are on the last one.
pub fn page(c: char) -> usize {
    (u32::from(c) >> 8).min(255) as usize
}
