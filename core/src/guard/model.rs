//! What a guard knows about texts, and the values of an answer.

use super::filter::Filter;
use super::reference::{Met, Reference};
use super::text::{Spelling, Trigram, Word, joined, read};
use crate::error::{Error, ErrorKind, Result};
use crate::format::manifest::{Guard, GuardLimits, GuardWeights};

/// The class of the beginning and the end of a text.
pub const EDGE: u8 = 0;
/// The class of numbers.
pub const NUMBER: u8 = 1;
/// The class of words that have no other.
pub const OTHER: u8 = 2;
/// The class of the first frequent word.
pub const FREQUENT: u8 = 3;

/// How many slots of the table of classes are looked at for a word.
pub const PROBES: usize = 8;

/// What is known about the training texts. Immutable; share it freely.
#[derive(Debug)]
pub struct TextModel {
    /// Value of each bucket of trigrams of characters.
    letters: Box<[i8]>,
    letter_bits: u32,
    words: Filter,
    questions: Filter,
    /// Slots of hashes and classes.
    table: Box<[u32]>,
    /// Value of each pair of neighbouring classes.
    order: Box<[i8]>,
    /// Of each class: how much likelier it is in a list of keywords than in an answer, and at the beginning of a
    /// sentence of a question than of one of an answer.
    keywords: Box<[i8]>,
    question: Box<[i8]>,
    frequent: u8,
    pages: [u64; 4],
    weights: GuardWeights,
}

/// The arrays of a text model as a file holds them.
#[derive(Debug, Clone, Copy)]
pub struct TextWeights<'a> {
    /// `[letters]`.
    pub letters: &'a [i8],
    /// Known words, little-endian.
    pub words: &'a [u8],
    /// Three neighbouring words of the questions, little-endian.
    pub questions: &'a [u8],
    /// Slots of the table of classes, little-endian: the upper 24 bits of a hash, then the class.
    pub table: &'a [u8],
    /// `[classes, classes]`.
    pub order: &'a [i8],
    /// `[classes]`.
    pub keywords: &'a [i8],
    /// `[classes]`.
    pub question: &'a [i8],
}

/// The values of an answer, in eighths of a bit where nothing else is stated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Values {
    /// Words, numbers among them.
    pub words: u32,
    /// Words that are not known.
    pub unknown: u32,
    /// Words that are frequent in the training texts.
    pub frequent: u32,
    /// Whether most of the letters are of scripts that the training texts do not have.
    pub is_foreign: bool,
    /// How much likelier spelling and words are those of a text than of gibberish.
    pub spelling: i32,
    /// How much likelier known and unknown words are those of the training texts than of another language.
    pub known: i32,
    /// How much likelier the unknown words are spelled as those of texts than at random, for each trigram of theirs.
    pub strangeness: i32,
    /// How much likelier neighbouring words are those of a known question than of an answer.
    pub copied: i32,
    /// How much likelier the sentences begin and end as those of questions do than as those of answers.
    pub question: i32,
    /// How much likelier the order of the words is that of a text than any; this and the two values below are 0 for
    /// the words of the reference answer in their order.
    pub order: i32,
    /// How much likelier the words and their order are those of a text than of a list of keywords.
    pub keywords: i32,
    /// How much likelier the words are those of an answer to this question than of any other text.
    pub topic: i32,
    /// How much likelier the words are those of the reference answer, a few of them changed, than of an answer; 0 if
    /// they are the same in the same order.
    pub near: i32,
}

/// What a guard found in an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one for each reason for review")]
pub struct Findings {
    /// It is written in another language.
    pub other_language: bool,
    /// Its words are not spelled as words are.
    pub gibberish: bool,
    /// Most of its words are unknown.
    pub unknown_words: bool,
    /// It repeats a question.
    pub copied_question: bool,
    /// It is about something else.
    pub off_topic: bool,
    /// It is a list of words.
    pub word_list: bool,
    /// It is nearly the reference answer, but not the same.
    pub near_reference: bool,
}

impl Spelling for TextModel {
    #[inline]
    fn value(&self, three: Trigram) -> i32 {
        i32::from(self.letters[three.bucket(self.letter_bits)])
    }

    fn has_page(&self, page: usize) -> bool {
        self.pages[page / 64] & (1 << (page % 64)) != 0
    }
}

impl TextModel {
    /// A text model of dimensions that were checked.
    ///
    /// # Errors
    ///
    /// `Damaged` when a length does not fit, or a class is none.
    pub fn new(d: &Guard, w: &TextWeights<'_>) -> Result<Self> {
        let square = d.classes.saturating_mul(d.classes);
        for (what, have, want) in [
            ("letters", w.letters.len(), d.letters),
            ("words", w.words.len(), d.words.saturating_mul(8)),
            ("questions", w.questions.len(), d.questions.saturating_mul(8)),
            ("table", w.table.len(), d.slots.saturating_mul(4)),
            ("order", w.order.len(), square),
            ("keywords", w.keywords.len(), d.classes),
            ("question", w.question.len(), d.classes),
        ] {
            if have != want {
                return Err(damaged(format!("the {what} of a guard have {have} values, they need {want}")));
            }
        }
        // An index is taken from the upper bits of a hash: none of them is no shift.
        if !d.letters.is_power_of_two() || d.letters < 2 || !d.slots.is_power_of_two() {
            return Err(damaged("a guard has a table whose length is no power of 2".to_owned()));
        }
        let (slots, _) = w.table.as_chunks::<4>();
        let table: Box<[u32]> = slots.iter().map(|slot| u32::from_le_bytes(*slot)).collect();
        if let Some(slot) = table.iter().find(|slot| usize::from(class(**slot)) >= d.classes) {
            let class = class(*slot);
            return Err(damaged(format!(
                "a guard has a word of the class {class}, and {} classes",
                d.classes
            )));
        }
        let mut pages = [0; 4];
        for page in &d.pages {
            pages[usize::from(page / 64)] |= 1_u64 << (page % 64);
        }
        Ok(Self {
            letters: w.letters.into(),
            letter_bits: d.letters.ilog2(),
            words: Filter::new(blocks(w.words)),
            questions: Filter::new(blocks(w.questions)),
            table,
            order: w.order.into(),
            keywords: w.keywords.into(),
            question: w.question.into(),
            frequent: u8::try_from(d.frequent).unwrap_or(u8::MAX),
            pages,
            weights: d.weights,
        })
    }

    /// Bytes of memory that the model holds.
    pub fn memory_bytes(&self) -> usize {
        let bytes = self.letters.len() + self.order.len() + self.keywords.len() + self.question.len();
        let blocks = self.words.blocks().len() + self.questions.blocks().len();
        bytes + size_of_val(&*self.table) + blocks * size_of::<u64>()
    }

    /// The class of a word.
    #[inline]
    pub fn class(&self, word: Word) -> u8 {
        self.find(word.hash).unwrap_or_else(|| self.class_of_rare(word))
    }

    fn class_of_rare(&self, word: Word) -> u8 {
        if word.is_number { NUMBER } else { self.find(word.ending).unwrap_or(OTHER) }
    }

    #[inline]
    fn find(&self, hash: u64) -> Option<u8> {
        let mask = self.table.len() - 1;
        let (start, key) = slot(hash);
        (0..PROBES)
            .map(|n| self.table[(start + n) & mask])
            .take_while(|slot| *slot != 0)
            .find(|slot| slot & KEY == key)
            .map(class)
    }

    /// Whether a class is that of one frequent word.
    #[inline]
    fn is_frequent(&self, class: u8) -> bool {
        class.wrapping_sub(FREQUENT) < self.frequent
    }

    /// The values of an answer. `topic` has the weights of the task's words, their number being a power of 2, or none.
    ///
    /// Called from several places, and too large to be copied into each.
    #[inline(never)]
    pub fn values(&self, answer: &str, reference: &Reference, topic: &[i8]) -> Values {
        let classes = self.keywords.len();
        let w = &self.weights;
        let [known, unknown, spelled, misspelled] =
            [w.known, w.unknown, w.spelled, w.misspelled].map(i32::from);
        let [moved, own, keyword, other, met, missed] =
            [w.moved, w.own, w.keyword, w.other, w.met, w.missed].map(i32::from);
        // Of at least two buckets; 0 stands for none.
        let topic_bits = if topic.len() > 1 { topic.len().ilog2() } else { 0 };
        let [said, unsaid] = [w.said, w.unsaid].map(i32::from);
        let mut v = Values::default();
        let (mut strange, mut trigrams) = (0_i32, 0_u32);
        let (mut keyword_sum, mut class_before) = (0_i32, EDGE);
        let mut before: Option<Before> = None;
        let (mut sequence, mut met_words, mut met_pairs) = (0_u64, Met::default(), Met::default());
        let [distinct_words, distinct_pairs] = reference.distinct();
        let letters = read(answer, self, |word| {
            v.words += 1;
            let class = self.class(word);
            let frequent = self.is_frequent(class);
            let named = reference.has_word(word.hash);
            v.frequent += u32::from(frequent);
            let is_known = class == NUMBER || frequent || named || self.words.has(word.hash);
            if !is_known {
                v.unknown += 1;
                v.known = v.known.saturating_add(unknown);
                v.spelling = v.spelling.saturating_add(misspelled).saturating_add(word.spelling);
                strange = strange.saturating_add(word.spelling);
                trigrams = trigrams.saturating_add(word.trigrams);
            } else if class != NUMBER {
                v.known = v.known.saturating_add(known);
                v.spelling = v.spelling.saturating_add(spelled);
            }
            let order = i32::from(self.order[usize::from(class_before) * classes + usize::from(class)]);
            v.order = v.order.saturating_add(order);
            keyword_sum = keyword_sum.saturating_add(order);
            let weight = i32::from(self.keywords[usize::from(class)]);
            keyword_sum = keyword_sum.saturating_sub(weight);
            if word.is_first {
                v.question = v.question.saturating_add(i32::from(self.question[usize::from(class)]));
            }
            if topic_bits > 0 && is_known {
                #[allow(clippy::cast_possible_truncation, reason = "a few bits")]
                let bucket = (word.hash >> (u64::BITS - topic_bits)) as usize;
                v.topic = v.topic.saturating_add(i32::from(topic[bucket]));
            }
            if reference.is_given() && weight > 0 {
                keyword_sum = keyword_sum.saturating_add(if named { keyword } else { other });
                v.topic = v.topic.saturating_add(if named { met } else { missed });
            }
            let pair = before.as_ref().map(|before| joined(before.hash, word.hash));
            if let (Some(before), Some(pair)) = (&before, pair)
                && reference.is_given()
            {
                let weight = match before.named && named {
                    true if reference.has_pair(pair) => {
                        distinct_pairs.meet(pair, &mut met_pairs);
                        0
                    }
                    true => moved,
                    false => own,
                };
                v.order = v.order.saturating_add(weight);
            }
            if let Some(two) = before.as_ref().and_then(|before| before.pair) {
                let triple = joined(two, word.hash);
                let weight = match self.questions.has(triple) {
                    true if reference.has_triple(triple) => 0,
                    true => said,
                    false => unsaid,
                };
                v.copied = v.copied.saturating_add(weight);
            }
            sequence = joined(sequence, word.hash);
            if named {
                distinct_words.meet(word.hash, &mut met_words);
            }
            class_before = class;
            before = Some(Before { hash: word.hash, named, pair });
        });
        let end = i32::from(self.order[usize::from(class_before) * classes + usize::from(EDGE)]);
        v.order = v.order.saturating_add(end);
        v.keywords = keyword_sum.saturating_add(end);
        for (weight, sentences) in
            [(w.question_mark, letters.questions), (w.statement, letters.sentences - letters.questions)]
        {
            let sentences = i32::try_from(sentences).unwrap_or(i32::MAX);
            v.question = v.question.saturating_add(sentences.saturating_mul(i32::from(weight)));
        }
        v.strangeness = strange.checked_div(i32::try_from(trigrams).unwrap_or(i32::MAX)).unwrap_or_default();
        if reference.is(sequence) {
            // However it is written, the reference answer is in order and to the point.
            (v.order, v.keywords, v.topic) = (0, 0, 0);
        } else {
            v.near = distinct_words.sum(&met_words, w.found, w.lost)
                + distinct_pairs.sum(&met_pairs, w.found_pair, w.lost_pair);
        }
        v.is_foreign = 2 * letters.foreign > letters.all;
        v
    }
}

/// The word before the one that is read.
struct Before {
    hash: u64,
    /// Whether it is in the reference answer.
    named: bool,
    /// Hash of it and the word before it.
    pair: Option<u64>,
}

/// The part of a slot that tells words apart.
const KEY: u32 = 0xffff_ff00;

/// Where the table is looked at first for a hash, and what the slot must have.
#[inline]
fn slot(hash: u64) -> (usize, u32) {
    #[allow(clippy::cast_possible_truncation, reason = "the halves of a hash")]
    let halves = ((hash >> 32) as usize, hash as u32 & KEY);
    halves
}

#[inline]
fn class(slot: u32) -> u8 {
    slot.to_le_bytes()[0]
}

/// The table that gives hashes their classes, of as few slots as it takes, at least `least`; none if one of 2^16 slots
/// does not hold them. Of equal hashes the first counts.
#[must_use]
pub fn class_table(classes: &[(u64, u8)], least: usize) -> Option<Vec<u32>> {
    let mut slots = (2 * classes.len()).max(least).next_power_of_two();
    while slots <= 1 << 16 {
        let mut table = vec![0_u32; slots];
        let placed = classes.iter().all(|(hash, class)| {
            let (start, key) = slot(*hash);
            let free = (0..PROBES)
                .map(|n| (start + n) & (slots - 1))
                .find(|at| table[*at] == 0 || table[*at] & KEY == key);
            let Some(at) = free else { return false };
            if table[at] == 0 {
                table[at] = key | u32::from(*class);
            }
            true
        });
        if placed {
            return Some(table);
        }
        slots *= 2;
    }
    None
}

impl Values {
    /// Which values lie beyond a task's limits.
    pub fn beyond(&self, limits: &GuardLimits) -> Findings {
        let under = |value: i32, limit: Option<i32>| limit.is_some_and(|limit| value < limit);
        // A language has words of its own, but hardly any that are frequent in another.
        let strange = u64::from(self.frequent) * 8 <= u64::from(self.words);
        let gibberish = under(self.spelling, limits.gibberish);
        let unknown = under(self.known, limits.unknown_words);
        let is_language =
            |least: i32| self.is_foreign || ((unknown || gibberish) && strange && self.strangeness >= least);
        let over = |value: i32, limit: Option<i32>| limit.is_some_and(|limit| value > limit);
        let off_topic = under(self.topic, limits.off_topic);
        // What is about something else may well read as a question, too.
        let asks = !off_topic && over(self.question, limits.question);
        Findings {
            other_language: limits.other_language.is_some_and(is_language),
            gibberish,
            unknown_words: unknown,
            copied_question: over(self.copied, limits.copied) || asks,
            off_topic,
            near_reference: over(self.near, limits.near_reference),
            word_list: under(self.order, limits.order) || under(self.keywords, limits.keywords),
        }
    }
}

fn blocks(bytes: &[u8]) -> Vec<u64> {
    bytes.as_chunks::<8>().0.iter().map(|block| u64::from_le_bytes(*block)).collect()
}

#[cold]
fn damaged(message: String) -> Error {
    Error::new(ErrorKind::Damaged, message)
}
