//! What was measured.

use super::Settings;
use super::questions::Questions;
use super::share::Share;
use pupil_core::Scorer;
use pupil_core::format::manifest::Metric;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The table that a row belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// Answers of people.
    Real,
    /// Attacks that must not be awarded the best score.
    Attack,
    /// Changes that must not raise a score.
    NotBetter,
    /// Changes that must not change a score.
    Same,
    /// A label of an adversarial set.
    Set,
    /// All of an adversarial set.
    WholeSet,
}

/// One row of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The kind of attack, what the answers are, or a set and a label.
    pub name: String,
    /// The table.
    pub group: Group,
    /// Number of texts.
    pub n: usize,
    /// Texts that are awarded the best score automatically. Of changed texts, only those count whose unchanged text is
    /// not.
    pub best_automatic: Share,
    /// Texts that are awarded the best score, with or without review; of changed texts as above.
    pub best: Share,
    /// Texts that go to a person.
    pub reviewed: Share,
    /// How many go to a person for each reason.
    pub reasons: BTreeMap<String, usize>,
    /// Of changed texts: how many of the unchanged texts go to a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewed_before: Option<Share>,
    /// Of changed texts: how many have the score of the unchanged text, or, if it must only not rise, no better one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Share>,
    /// Of changed texts: the mean change of the expected share of full marks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<f64>,
    /// Of changed texts: the mean size of that change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<f64>,
    /// Of sets: how many are judged as they are labelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<Share>,
}

/// Everything that was measured on a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Name of the model.
    pub model: String,
    /// BLAKE3 of the file.
    pub blake3: String,
    /// Seed of every draw.
    pub seed: u64,
    /// Texts of each kind that were wanted.
    pub per_kind: usize,
    /// Number of questions whose answers were attacked.
    pub questions: usize,
    /// Number of those answers.
    pub answers: usize,
    /// Number of questions of test answers that were left out, since training has them.
    pub seen_questions: usize,
    /// Whether it is known which questions training has.
    pub seen_known: bool,
    /// Whether the model has learned from those answers: in cross-validation there are no others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub learned: bool,
    /// Tasks whose answers were attacked.
    pub tasks: Vec<String>,
    /// The task that judged the adversarial sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_task: Option<String>,
    /// The rows of all tables.
    pub rows: Vec<Row>,
    /// Figures of each task, for the manifest.
    #[serde(default)]
    pub by_task: BTreeMap<String, Vec<Row>>,
    /// What is not measured, and why.
    #[serde(default)]
    pub notes: Vec<String>,
}

impl Report {
    pub(super) fn new(scorer: &Scorer, questions: &Questions<'_>, settings: &Settings) -> Self {
        let mut tasks: Vec<String> = Vec::new();
        for question in &questions.pool.questions {
            let id = &questions.tasks[question.task].id;
            if !tasks.contains(id) {
                tasks.push(id.clone());
            }
        }
        Self {
            model: scorer.manifest().name.clone(),
            blake3: scorer.blake3().to_owned(),
            seed: settings.seed,
            per_kind: settings.per_kind,
            questions: questions.pool.questions.len(),
            answers: questions.answers(),
            seen_questions: questions.seen,
            seen_known: questions.known,
            learned: questions.learned,
            tasks,
            set_task: None,
            rows: Vec::new(),
            by_task: BTreeMap::new(),
            notes: Vec::new(),
        }
    }

    /// The row of this name.
    #[must_use]
    pub fn row(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name)
    }

    /// The figures of a task in a manifest: attacks that it awards the best score automatically, of all kinds together;
    /// changes that keep the score; contradictory answers of people that it awards the best score automatically; and of
    /// the task that judges them, the accuracy on each adversarial set. The card has the table.
    #[must_use]
    pub fn metrics(&self, task: &str) -> Vec<Metric> {
        let metric = |name: &str, split: &str, share: &Share| Metric {
            name: name.to_owned(),
            split: split.to_owned(),
            value: share.value,
            low: Some(share.low),
            high: Some(share.high),
            n: u64::try_from(share.of).ok(),
        };
        let mut metrics = Vec::new();
        for row in self.by_task.get(task).into_iter().flatten().filter(|row| row.n > 0) {
            match (row.group, &row.kept) {
                (Group::Attack | Group::Real, _) => {
                    metrics.push(metric("best_automatic", &row.name, &row.best_automatic));
                }
                (Group::Same, Some(kept)) => metrics.push(metric("kept", &row.name, kept)),
                _ => {}
            }
        }
        if self.set_task.as_deref() == Some(task) {
            let whole = self.rows.iter().filter(|row| row.group == Group::WholeSet);
            metrics.extend(whole.filter_map(|row| Some(metric("accuracy", &row.name, row.right.as_ref()?))));
        }
        metrics
    }
}
