//! Settings of guards.

use anyhow::{Result, ensure};
use pupil_core::format::limits::{MAX_GUARD_BUCKETS, MAX_GUARD_CLASSES, MAX_GUARD_TOPIC};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How guards are made.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whether files have a guard at all.
    pub enabled: bool,
    /// Largest share of genuine answers that all reasons together may send to review.
    pub max_held_back: f64,
    /// Which reasons there are.
    pub reasons: Reasons,
    /// Buckets of three neighbouring characters, a power of 2.
    pub letters: usize,
    /// Classes of words: frequent words, and endings of the others.
    pub classes: usize,
    /// Buckets of the words of a task, a power of 2.
    pub topic: usize,
    /// How many of the most frequent words of the pretrained encoder's vocabulary are known besides those of the
    /// training texts.
    pub known_words: usize,
    /// Texts of the questions by task, where the data has no column `question`.
    pub questions: BTreeMap<String, String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: true,
            max_held_back: 0.005,
            reasons: Reasons::default(),
            letters: 1 << 13,
            classes: 160,
            topic: 1 << 11,
            known_words: 10_000,
            questions: BTreeMap::new(),
        }
    }
}

/// Most words that are known besides those of the training texts.
const MAX_KNOWN_WORDS: usize = 100_000;

impl Settings {
    /// Refuses what no file can hold.
    ///
    /// # Errors
    ///
    /// When a number is out of range.
    pub fn check(&self) -> Result<()> {
        ensure!(
            (0.0..=0.5).contains(&self.max_held_back),
            "guard.max_held_back is {}, but must be in 0..=0.5",
            self.max_held_back
        );
        for (name, value, most) in
            [("letters", self.letters, MAX_GUARD_BUCKETS), ("topic", self.topic, MAX_GUARD_TOPIC)]
        {
            ensure!(
                value.is_power_of_two() && (2..=most).contains(&value),
                "guard.{name} is {value}, but must be a power of 2 in 2..={most}"
            );
        }
        ensure!(
            (8..=MAX_GUARD_CLASSES).contains(&self.classes),
            "guard.classes is {}, but must be in 8..={MAX_GUARD_CLASSES}",
            self.classes
        );
        ensure!(
            self.known_words <= MAX_KNOWN_WORDS,
            "guard.known_words is {}, but at most {MAX_KNOWN_WORDS} are kept",
            self.known_words
        );
        Ok(())
    }
}

/// The reasons for review that a guard can find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "a switch for each reason")]
pub struct Reasons {
    /// Another language or script.
    pub other_language: bool,
    /// Letters that make no words.
    pub gibberish: bool,
    /// Mostly unknown words.
    pub unknown_words: bool,
    /// The question itself.
    pub copied_question: bool,
    /// The reference answer, with a few words changed.
    pub near_reference: bool,
    /// Words in no order, or a list of them.
    pub word_list: bool,
    /// Something else than the question asks for.
    pub off_topic: bool,
}

impl Default for Reasons {
    fn default() -> Self {
        Self {
            other_language: true,
            gibberish: true,
            unknown_words: true,
            copied_question: true,
            near_reference: true,
            word_list: true,
            off_topic: true,
        }
    }
}
