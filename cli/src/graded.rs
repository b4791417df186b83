//! A system's scores beside people's, in a table that `pupil score --csv` wrote.

use std::collections::{BTreeSet, HashMap};

use pupil_metrics::guarantee::Judged;
use pupil_tables::is_missing;

use crate::args::{ErrorKind, GradedArgs, TableArgs};
use crate::batch::{AnswerOptions, AnswerTable, task_column};
use crate::evaluate::{ScoreColumns, number};
use crate::failure::{Exit, Failure};

/// The column of the human scores, where no option names another.
pub(crate) const SCORE_COLUMN: &str = "score";
/// Reasons for review that say nothing about what another rule than that of confidence would hold back.
const NOT_HELD_BACK: [&str; 3] = ["low-confidence", "no-promise", "audit"];
/// Longest name of a task; longer cells are texts.
const LONGEST_NAME: usize = 100;
/// Most tasks, as the trainer has it.
const MOST_TASKS: usize = 4096;

/// A scored row.
pub(crate) struct GradedRow {
    /// Its place in the table.
    pub(crate) place: usize,
    /// The place of its task.
    pub(crate) task: usize,
    pub(crate) student: Option<usize>,
    /// Whether another rule than that of confidence sends the score to review.
    pub(crate) held_back: bool,
    pub(crate) confidence: f64,
    /// Whether the score is wrong; `None` without a human score.
    pub(crate) wrong: Option<bool>,
}

impl GradedRow {
    /// Confidence and error, if a person has graded the row.
    pub(crate) fn judged(&self) -> Option<Judged> {
        Some(Judged { confidence: self.confidence, wrong: self.wrong? })
    }
}

/// The scored rows of a table.
pub(crate) struct GradedRows {
    /// Names of the tasks, in natural order.
    pub(crate) tasks: Vec<String>,
    pub(crate) rows: Vec<GradedRow>,
}

impl GradedRows {
    /// Takes the rows of a table. Where `graded` is true, there must be a column of human scores.
    pub(crate) fn read(
        table: &AnswerTable,
        options: &GradedArgs,
        how: &TableArgs,
        error: ErrorKind,
        graded: bool,
    ) -> Result<Self, Failure> {
        let columns = ScoreColumns::find(table, None)?;
        let given = options.score.as_deref().unwrap_or(SCORE_COLUMN);
        let score =
            graded.then(|| table.column(given, SCORE_COLUMN, "--score", "the human scores")).transpose()?;
        let award = match &options.predicted {
            Some(name) => table.column(name, "", "--predicted", "the system's scores")?,
            None => system(table, &columns)?,
        };
        if score == Some(award) {
            let message = "one column is the human score and the system's";
            return Err(Failure::new(Exit::Usage, message).hint("name the system's with --predicted"));
        }
        let Some(confidence) = columns.confidence else {
            let message = format!("{} has no column `confidence`", table.name());
            return Err(Failure::new(Exit::Table, message).hint("score the answers with `pupil score --csv`"));
        };
        let student = options.student.as_deref();
        let student = student.map(|name| table.column(name, "", "--student", "the students")).transpose()?;
        let task = task_column(table, AnswerOptions { task: None, reference: None, table: how })?;
        let mut names: BTreeSet<(Vec<u64>, String)> = BTreeSet::new();
        let mut students = HashMap::new();
        let mut rows: Vec<(String, GradedRow)> = Vec::with_capacity(table.len());
        for place in 0..table.len() {
            let cell = |column: usize| table.text(place, column).map(str::trim);
            let name = task.map_or(Ok(""), cell)?;
            names.insert((numbers(name), name.to_owned()));
            if name.len() > LONGEST_NAME || names.len() > MOST_TASKS {
                let message = format!("{}: the column of the tasks has texts", table.location(place));
                return Err(Failure::new(Exit::Table, message)
                    .hint("--task-column NAME picks the column of the tasks"));
            }
            let known = students.len();
            let student = match student.map(cell).transpose()? {
                None | Some("") => None,
                Some(student) => Some(*students.entry(student.to_owned()).or_insert(known)),
            };
            let sure =
                number(cell(confidence)?).filter(|sure| (0.0..=1.0).contains(sure)).ok_or_else(|| {
                    let message =
                        format!("{}: the confidence is not a number from 0 to 1", table.location(place));
                    Failure::new(Exit::Table, message)
                })?;
            let human = score.map(cell).transpose()?.filter(|human| !is_missing(human));
            let wrong = human
                .map(|human| {
                    is_wrong(error, human, cell(award)?).ok_or_else(|| {
                        let message = format!(
                            "{}: a score is not a number, so that none is adjacent",
                            table.location(place)
                        );
                        Failure::new(Exit::Table, message).hint("use --error exact")
                    })
                })
                .transpose()?;
            let reason = columns.reason.map(cell).transpose()?.unwrap_or_default();
            let held_back = columns.decision.map(cell).transpose()?.is_some_and(|d| d == "review")
                && !NOT_HELD_BACK.contains(&reason);
            let row = GradedRow { place, task: 0, student, held_back, confidence: sure, wrong };
            rows.push((name.to_owned(), row));
        }
        if graded && rows.iter().all(|(_, row)| row.wrong.is_none()) {
            let message = format!("{} has no row with a human score", table.name());
            return Err(Failure::new(Exit::Table, message)
                .hint("--score COLUMN picks the column of the human scores"));
        }
        let tasks: Vec<String> = names.into_iter().map(|(_, name)| name).collect();
        let place: HashMap<&str, usize> = tasks.iter().map(String::as_str).zip(0..).collect();
        let rows =
            rows.into_iter().map(|(name, row)| GradedRow { task: place[name.as_str()], ..row }).collect();
        Ok(Self { tasks, rows })
    }
}

/// Whether a system's score is wrong. `None` if only numbers can be adjacent, and one is none.
pub(crate) fn is_wrong(error: ErrorKind, human: &str, system: &str) -> Option<bool> {
    match (error, number(human), number(system)) {
        // A fractional human score is right on either side.
        (ErrorKind::Exact, Some(human), Some(system)) => Some((human - system).abs() > 0.5),
        (ErrorKind::Adjacent, Some(human), Some(system)) => Some((human - system).abs() > 1.0),
        (ErrorKind::Exact, _, _) => Some(labels(human) != labels(system)),
        (ErrorKind::Adjacent, _, _) => None,
    }
}

/// The column of the system's scores: levels where there are any, otherwise labels.
pub(crate) fn system(table: &AnswerTable, columns: &ScoreColumns) -> Result<usize, Failure> {
    if let Some(level) = columns.level {
        for row in 0..table.len() {
            if !table.text(row, level)?.trim().is_empty() {
                return Ok(level);
            }
        }
    }
    columns.label.ok_or_else(|| {
        let message = format!("{} has no column `level` or `label` beside `confidence`", table.name());
        Failure::new(Exit::Table, message)
            .hint("score the answers with `pupil score --csv`, or name the system's scores with --predicted")
    })
}

/// Names of labels in a cell, joined by bars.
fn labels(cell: &str) -> BTreeSet<String> {
    cell.split('|').map(|label| label.trim().to_lowercase()).filter(|label| !label.is_empty()).collect()
}

/// The numbers in a name, so that task 2 comes before task 10.
fn numbers(name: &str) -> Vec<u64> {
    let digits = name.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty());
    digits.filter_map(|run| run.parse().ok()).collect()
}
