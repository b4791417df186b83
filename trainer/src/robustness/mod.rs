//! What a finished file does with attacks, with changes that keep a score, and with public adversarial sets.
//!
//! Attacks are made from test answers with seeds of their own and with [`Part::Heldout`](crate::attack::Part) of all
//! templates, words and pairs of words, which training never sees. Where a task reads a reference answer and the test
//! answers have questions that are not in the training part, only those are attacked.

mod attacks;
mod least;
mod limits;
mod questions;
mod report;
mod sets;
mod share;
mod table;
mod tally;
#[cfg(test)]
mod tests;

pub use least::{Least, least_confidences};
pub use limits::Limits;
pub use questions::{Questions, tasks_of};
pub use report::{Group, Report, Row};
pub use sets::{AdversarialSet, files_of};
pub use share::Share;
pub use table::{markdown, text};

use anyhow::{Result, ensure};
use pupil_core::Scorer;

/// How much is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Seed of every draw.
    pub seed: u64,
    /// Texts of each kind of attack, if the test answers allow as many.
    pub per_kind: usize,
    /// Most rows of each label of an adversarial set; they are drawn by reference answer.
    pub per_label: usize,
    /// The task that judges adversarial sets; by default the first one that reads a reference answer.
    pub set_task: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { seed: 1, per_kind: 200, per_label: 300, set_task: None }
    }
}

/// Runs every kind of attack and every set on a file.
///
/// # Errors
///
/// When nothing can be measured, the settings name a task that the file does not have or that reads no reference
/// answer, or the engine refuses a text.
pub fn run(
    scorer: &Scorer,
    questions: &Questions<'_>,
    sets: &[AdversarialSet],
    settings: &Settings,
) -> Result<Report> {
    ensure!(
        !questions.is_empty() || !sets.is_empty(),
        "there is nothing to attack: no test answer belongs to a task of the file ({}) that has a best score; classes need \
         a name such as `correct`",
        scorer.tasks().map(|task| task.id.as_str()).collect::<Vec<_>>().join(", ")
    );
    let mut report = Report::new(scorer, questions, settings);
    attacks::measure(scorer, questions, settings, &mut report)?;
    if !sets.is_empty() {
        sets::measure(scorer, sets, settings, &mut report)?;
    }
    Ok(report)
}
