//! Attacks: texts that a model must not reward, and changes that must not change a score.
//!
//! Each kind of attack is one file in `kind`: a function with a seed from a [`Source`] to a text, whose [`Outcome`] is
//! stated. Kinds that need English words do nothing with a source in another script; whether a source in the Latin
//! alphabet is English, [`looks_english`] says. Every template, word and pair of words belongs to one [`Part`], so that
//! training and measuring never share one.

mod draw;
mod inflect;
mod kind;
mod lexicon;
mod part;
mod pool;
#[cfg(test)]
mod tests;
mod verbs;
mod words;

pub use kind::KINDS;
pub use lexicon::Lexicon;
pub use part::Part;
pub use pool::{Pool, Question, Verdicts};
pub use words::looks_english;

use crate::data::MAX_TEXT_BYTES;
use crate::ops::dropout::derive;
use crate::random;
use draw::Draw;

/// What is known about the made text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It contradicts the right answer that it was made of: contradictory, or the worst class or level where there is
    /// no such class.
    Opposite,
    /// It does not answer the question: incorrect, or the lowest level.
    Wrong,
    /// It has the score of the answer that it was made of.
    Same,
    /// Its score is at most that of the answer that it was made of.
    NotBetter,
}

/// What an attack is made from. Only the answer is required; a kind that lacks something makes nothing.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The answer that is changed. For [`Outcome::Opposite`] and [`Outcome::Wrong`] it is a right one: the reference
    /// answer, or one with full marks. For [`Outcome::Same`] it is any answer, for [`Outcome::NotBetter`] a wrong one.
    pub answer: &'a str,
    /// The question.
    pub question: Option<&'a str>,
    /// The reference answer, where models read one.
    pub reference: Option<&'a str>,
    /// Right answers to the question.
    pub right: &'a [&'a str],
    /// Wrong answers to the question.
    pub wrong: &'a [&'a str],
    /// Right answers to other questions.
    pub elsewhere: &'a [&'a str],
}

impl<'a> Source<'a> {
    /// A source that knows nothing but an answer.
    #[must_use]
    pub fn of(answer: &'a str) -> Self {
        Self { answer, question: None, reference: None, right: &[], wrong: &[], elsewhere: &[] }
    }
}

/// A kind of attack.
pub struct Kind {
    /// Its name in recipes and tables.
    pub name: &'static str,
    /// What is known about its texts.
    pub outcome: Outcome,
    /// Whether it needs English words.
    pub english: bool,
    /// What it does, in one sentence.
    pub about: &'static str,
    make: fn(&Source<'_>, &mut Draw<'_>) -> Option<String>,
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kind")
            .field("name", &self.name)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

/// How often a kind tries again after a text that it may not make.
const TRIES: u64 = 4;
/// From this share of shared words on, an answer from elsewhere may be a right one.
const MAX_SHARED: f64 = 0.6;

impl Kind {
    /// Makes a text of a source; `None` if the source has nothing that this kind can change. The same arguments give
    /// the same text.
    #[must_use]
    pub fn make(&self, source: &Source<'_>, part: Part, seed: u64) -> Option<String> {
        if self.english && !words::is_latin(source.answer) {
            return None;
        }
        let hash = blake3::hash(self.name.as_bytes());
        let mut name = [0; 8];
        name.copy_from_slice(&hash.as_bytes()[..8]);
        let own = derive(seed, u64::from_le_bytes(name));
        (0..TRIES).find_map(|attempt| {
            let rng = random::generator(derive(own, attempt));
            let mut draw = Draw { rng, part, lexicon: Lexicon::english() };
            (self.make)(source, &mut draw).filter(|text| self.allows(source, text))
        })
    }

    /// Whether a text may have the stated outcome.
    fn allows(&self, source: &Source<'_>, text: &str) -> bool {
        let changed = !text.trim().is_empty() && text != source.answer && text.len() <= MAX_TEXT_BYTES;
        let wrong = || {
            let made = words::normal(text);
            std::iter::once(&source.answer).chain(source.right).all(|right| words::normal(right) != made)
        };
        changed && (matches!(self.outcome, Outcome::Same | Outcome::NotBetter) || wrong())
    }
}

/// The kind of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}
