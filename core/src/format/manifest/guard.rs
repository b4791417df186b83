//! The guards of a manifest: what tells answers that no model should judge.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::fields::{Field, Fields, Read, deserialized_by_fields};

/// What is known about the training texts, for all tasks that name it. All values of texts are sums of weights in
/// eighths of a bit: logarithms of how much likelier a text is one thing than another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Guard {
    /// Buckets of trigrams of characters, a power of 2.
    pub letters: usize,
    /// Blocks of 64 bits of the filter of known words.
    pub words: usize,
    /// Classes of words: 0 stands for the beginning and the end of a text, 1 for numbers, 2 for words of no class, 3
    /// and those after it for single frequent words, the others for endings.
    pub classes: usize,
    /// How many of the classes are single frequent words.
    pub frequent: usize,
    /// Slots of the table that gives words and endings their classes, a power of 2.
    pub slots: usize,
    /// Blocks of 64 bits of the filter of what the questions say; 0 where no question is known.
    pub questions: usize,
    /// Pages of 256 characters that have the letters of the training texts, ascending.
    pub pages: Vec<u8>,
    /// Weights of what is counted.
    pub weights: GuardWeights,
}

impl Field for Guard {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        Ok(Self {
            letters: fields.required("letters")?,
            words: fields.required("words")?,
            classes: fields.required("classes")?,
            frequent: fields.required("frequent")?,
            slots: fields.required("slots")?,
            questions: fields.or_default("questions")?,
            pages: fields.or_default("pages")?,
            weights: fields.or_default("weights")?,
        })
    }
}

/// Weights of what a guard counts, in eighths of a bit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct GuardWeights {
    /// Of a known word, where the share of unknown words is judged.
    pub known: i16,
    /// Of an unknown word there.
    pub unknown: i16,
    /// Of a known word, where spelling is judged.
    pub spelled: i16,
    /// Of an unknown word there, to which the values of its trigrams are added.
    pub misspelled: i16,
    /// Of three neighbouring words that a known question says and the reference answer does not.
    pub said: i16,
    /// Of three neighbouring words that no known question says.
    pub unsaid: i16,
    /// Of a sentence that ends with a question mark.
    pub question_mark: i16,
    /// Of any other sentence, where questions are told.
    pub statement: i16,
    /// Of two neighbours that are in the reference answer, but no neighbours there, where order is judged.
    pub moved: i16,
    /// Of two neighbours one of which is not in the reference answer.
    pub own: i16,
    /// Of a content word of the reference answer, where lists of keywords are told.
    pub keyword: i16,
    /// Of any other content word there.
    pub other: i16,
    /// Of a content word of the reference answer, where topics are told.
    pub met: i16,
    /// Of any other content word there.
    pub missed: i16,
    /// Of a word of the reference answer that the answer has, where changed reference answers are told.
    pub found: i16,
    /// Of a word of the reference answer that the answer lacks there.
    pub lost: i16,
    /// Of two neighbouring words of the reference answer that are neighbours in the answer there.
    pub found_pair: i16,
    /// Of two neighbouring words of the reference answer that are not.
    pub lost_pair: i16,
}

impl Field for GuardWeights {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        let mut read = Self::default();
        for (name, weight) in [
            ("known", &mut read.known),
            ("unknown", &mut read.unknown),
            ("spelled", &mut read.spelled),
            ("misspelled", &mut read.misspelled),
            ("said", &mut read.said),
            ("unsaid", &mut read.unsaid),
            ("question_mark", &mut read.question_mark),
            ("statement", &mut read.statement),
            ("moved", &mut read.moved),
            ("own", &mut read.own),
            ("keyword", &mut read.keyword),
            ("other", &mut read.other),
            ("met", &mut read.met),
            ("missed", &mut read.missed),
            ("found", &mut read.found),
            ("lost", &mut read.lost),
            ("found_pair", &mut read.found_pair),
            ("lost_pair", &mut read.lost_pair),
        ] {
            *weight = fields.or_default(name)?;
        }
        Ok(read)
    }
}

/// How a task uses a guard. An answer goes to review if one of its values lies beyond a limit; a limit that is left out
/// is none.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TaskGuard {
    /// Name of the guard.
    pub model: String,
    /// Buckets of the weights of the task's own words, a power of 2; 0 without.
    pub topic: usize,
    /// From where on an answer goes to review.
    pub limits: GuardLimits,
    /// For each reason the share of genuine answers that it held back when the limits were set, and the share of all
    /// of them together as `all`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub held_back: BTreeMap<String, f64>,
}

impl Field for TaskGuard {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        Ok(Self {
            model: fields.required("model")?,
            topic: fields.or_default("topic")?,
            limits: fields.or_default("limits")?,
            held_back: fields.or_default("held_back")?,
        })
    }
}

/// Limits of a task's guard, in eighths of a bit unless stated otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct GuardLimits {
    /// Least value of a trigram of unknown words, on average, where they are said to be of another language: if too
    /// many words are unknown and hardly one is frequent. So are, whatever their spelling, answers most letters of
    /// which are of a script that the training texts do not have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_language: Option<i32>,
    /// Least value of the spelling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gibberish: Option<i32>,
    /// Least value of known and unknown words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_words: Option<i32>,
    /// Largest value of how much of an answer is that of a known question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copied: Option<i32>,
    /// Largest value of how much an answer reads as a question does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<i32>,
    /// Least value of the order of the words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<i32>,
    /// Least value of the order of the words, compared with a list of keywords.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keywords: Option<i32>,
    /// Least value of the words, compared with those of other texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub off_topic: Option<i32>,
    /// Largest value of how much of the reference answer is in an answer that is not the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub near_reference: Option<i32>,
}

impl Field for GuardLimits {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        let mut read = Self::default();
        for (name, limit) in [
            ("other_language", &mut read.other_language),
            ("gibberish", &mut read.gibberish),
            ("unknown_words", &mut read.unknown_words),
            ("copied", &mut read.copied),
            ("question", &mut read.question),
            ("order", &mut read.order),
            ("keywords", &mut read.keywords),
            ("off_topic", &mut read.off_topic),
            ("near_reference", &mut read.near_reference),
        ] {
            *limit = fields.optional(name)?;
        }
        Ok(read)
    }
}

deserialized_by_fields!(Guard, TaskGuard);
