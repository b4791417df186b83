//! Answers that occur in more than one part of the data.
//!
//! Models must not learn from answers of the validation, calibration and test parts: an answer without its own human
//! score, a perturbed copy or a rehearsed answer is left out if the same answer is in a test set, the held-out part,
//! the validation part or the calibration part. Answers are the same if models read the same: the same task and the
//! same text (for pairs, also the same reference) after [`normalized`]. Graded answers of the training part are kept,
//! and counted.

use crate::data::{Answer, Dataset, Split, TaskData};
use crate::tokenizer::normalized;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write;

/// What models read of an answer: its task, its reference if they read one, its text.
type Read = (usize, String, String);

/// Answers of the validation, calibration and test parts.
#[derive(Clone, Debug, Default)]
pub struct Reserved {
    pairs: bool,
    answers: HashSet<Read>,
}

impl Reserved {
    /// Reserves these answers; `pairs` says whether the models read their references.
    pub fn new<'a>(pairs: bool, answers: impl Iterator<Item = &'a Answer>) -> Self {
        Self { pairs, answers: answers.map(|a| read(pairs, a)).collect() }
    }

    /// Whether models read the same for one of them as for this answer.
    #[must_use]
    pub fn holds(&self, answer: &Answer) -> bool {
        self.answers.contains(&read(self.pairs, answer))
    }
}

fn read(pairs: bool, answer: &Answer) -> Read {
    let reference = answer.reference.as_deref().filter(|_| pairs).map(normalized);
    (answer.task, reference.unwrap_or_default(), normalized(&answer.text))
}

/// How many answers of a set are also in the training part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Overlap {
    /// The set.
    pub set: String,
    /// Number of its answers.
    pub answers: usize,
    /// Number of its answers that are in the training part.
    pub shared: usize,
    /// Number of answers of the training part that are in the set.
    pub training: usize,
    /// Number of copies that were left out of the set because they are reserved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<usize>,
}

impl Overlap {
    /// The share of the set's answers that are in the training part.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.shared as f64 / self.answers.max(1) as f64
    }
}

/// The overlap of the training part with the validation part, the calibration part and every test set.
#[must_use]
pub fn overlaps(
    pairs: bool,
    train: &Dataset,
    split: &Split,
    tests: &BTreeMap<String, Dataset>,
) -> Vec<Overlap> {
    let counts = counted(pairs, train, split);
    let of = |set: &str, answers: &mut dyn Iterator<Item = &Answer>| overlap(pairs, &counts, set, answers);
    let mut found = vec![of("validation", &mut split.validation.iter().map(|i| &train.answers[*i]))];
    if !split.calibration.is_empty() {
        found.push(of("calibration", &mut split.calibration.iter().map(|i| &train.answers[*i])));
    }
    found.extend(tests.iter().map(|(name, set)| of(name, &mut set.answers.iter())));
    found
}

/// The overlap of the training part with some answers.
#[must_use]
pub fn overlap_with_training(
    pairs: bool,
    train: &Dataset,
    split: &Split,
    set: &str,
    answers: &[Answer],
) -> Overlap {
    overlap(pairs, &counted(pairs, train, split), set, &mut answers.iter())
}

/// How often the training part has each answer.
fn counted(pairs: bool, train: &Dataset, split: &Split) -> HashMap<Read, usize> {
    let mut counts = HashMap::new();
    for i in &split.train {
        *counts.entry(read(pairs, &train.answers[*i])).or_default() += 1;
    }
    counts
}

fn overlap(
    pairs: bool,
    counts: &HashMap<Read, usize>,
    set: &str,
    answers: &mut dyn Iterator<Item = &Answer>,
) -> Overlap {
    let (mut all, mut shared, mut seen) = (0, 0, HashSet::new());
    for answer in answers {
        all += 1;
        let found = read(pairs, answer);
        if counts.contains_key(&found) {
            shared += 1;
            seen.insert(found);
        }
    }
    let training = seen.iter().filter_map(|found| counts.get(found)).sum();
    Overlap { set: set.to_owned(), answers: all, shared, training, left_out: None }
}

/// The overlaps as a section in Markdown.
#[must_use]
pub fn section(overlaps: &[Overlap]) -> String {
    let mut page = String::from(
        "## Answers that stand in training and test\n\nAnswers of the training part with the same task and text as one of the \
         set, after normalization: what a model may know by heart.\n\n| set | answers | also in training | share | answers of \
         the training part |\n|---|---:|---:|---:|---:|\n",
    );
    for o in overlaps {
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "| {} | {} | {} | {:.1} % | {} |",
            o.set.replace('|', "\\|"),
            o.answers,
            o.shared,
            o.share() * 100.0,
            o.training
        );
    }
    page
}

/// What is left out of training because it is reserved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Task and id of each answer without a human score.
    pub unscored: Vec<(String, String)>,
    /// Number of perturbed copies.
    pub copies: usize,
}

impl LeftOut {
    /// Removes answers without a human score from the training part if they are reserved.
    pub fn take(train: &Dataset, split: &mut Split, reserved: &Reserved) -> Self {
        use crate::data::Target;
        let mut unscored = Vec::new();
        split.train.retain(|i| {
            let a = &train.answers[*i];
            let out = a.target == Target::Missing && reserved.holds(a);
            if out {
                unscored.push((train.tasks[a.task].id.clone(), a.id.clone()));
            }
            !out
        });
        Self { unscored, copies: 0 }
    }

    /// What a model's key must contain besides the files; `None` if nothing is left out. Copies count only for models
    /// that learn from a teacher.
    #[must_use]
    pub fn key(&self, taught: bool) -> Option<serde_json::Value> {
        let copies = if taught { self.copies } else { 0 };
        (!self.unscored.is_empty() || copies > 0).then(|| serde_json::json!([self.unscored, copies]))
    }
}

/// Ids of the tasks, for messages.
#[must_use]
pub fn ids(tasks: &[TaskData]) -> String {
    tasks.iter().map(|t| t.id.as_str()).collect::<Vec<_>>().join(", ")
}
