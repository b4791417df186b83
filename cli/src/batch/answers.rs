//! Finds the answers of a table and scores them.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use pupil_core::format::limits::DEFAULT_ANSWER_BYTES;
use pupil_core::format::manifest::{Input, Task};
use pupil_core::{BatchOptions, Score, Scorer};

use super::table::{AnswerTable, is_no_text};
use crate::args::{ScoringArgs, TableArgs};
use crate::failure::{Exit, Failure};
use crate::model::{self, ModelChoice};
use crate::score::reference;
use crate::terminal::printable;

/// What applies to all rows, and the columns of what does not.
#[derive(Clone, Copy)]
pub(crate) struct AnswerOptions<'o> {
    /// The task of all rows.
    pub(crate) task: Option<&'o str>,
    /// The reference answer of all rows.
    pub(crate) reference: Option<&'o str>,
    /// The columns.
    pub(crate) table: &'o TableArgs,
}

impl<'o> AnswerOptions<'o> {
    pub(crate) fn of(scoring: &'o ScoringArgs, table: &'o TableArgs) -> Self {
        Self { task: scoring.task.as_deref(), reference: scoring.reference.as_deref(), table }
    }
}

/// Rejects what only a model can use where none scores the table.
pub(crate) fn refuse_without_model(scoring: &ScoringArgs) -> Result<(), Failure> {
    let option = match scoring {
        ScoringArgs { pack, .. } if !pack.is_empty() => "--pack",
        ScoringArgs { reference: Some(_), .. } => "--reference",
        _ => return Ok(()),
    };
    let message = format!("{option} is for a model, but the scores are those in the table");
    Err(Failure::new(Exit::Usage, message).hint("FILE names the model that scores the table"))
}

/// A row to score.
pub(crate) struct Row<'t> {
    /// Its place in the table.
    pub(crate) place: usize,
    /// The index of its task in the scorer.
    pub(crate) task: usize,
    pub(crate) answer: &'t str,
    pub(crate) reference: Option<&'t str>,
}

// The default names of the columns.
const TASK_COLUMN: &str = "task";
const REFERENCE_COLUMN: &str = "reference";

/// Opens the named model, or the built-in one that suits the table. Also returns the task to use.
pub(crate) fn open_model<'o>(
    path: Option<&Path>,
    packs: &[PathBuf],
    table: &'o AnswerTable,
    options: AnswerOptions<'o>,
) -> Result<(Scorer, Option<&'o str>), Failure> {
    let compares = options.reference.is_some() || reference_column(table, options)?.is_some();
    let first = match task_column(table, options)? {
        Some(column) if table.len() > 0 => Some(table.text(0, column)?.trim()),
        _ => None,
    };
    let wanted = ModelChoice::of(options.task.or(first), compares);
    model::open_for(path, packs, wanted)
        .map_err(|failure| if first.is_some() { failure.at(&table.location(0)) } else { failure })
}

/// The column of the tasks, unless one task applies to all rows.
pub(crate) fn task_column(table: &AnswerTable, options: AnswerOptions<'_>) -> Result<Option<usize>, Failure> {
    match (options.task, &options.table.task_column) {
        (Some(_), _) => Ok(None),
        (None, Some(name)) => table.column(name, TASK_COLUMN, "--task-column", "the tasks").map(Some),
        (None, None) => table.find(TASK_COLUMN),
    }
}

/// The column of the reference answers, unless one reference applies to all rows.
pub(crate) fn reference_column(
    table: &AnswerTable,
    options: AnswerOptions<'_>,
) -> Result<Option<usize>, Failure> {
    match (options.reference, &options.table.reference_column) {
        (Some(_), _) => Ok(None),
        (None, Some(name)) => {
            table.column(name, REFERENCE_COLUMN, "--reference-column", "the reference answers").map(Some)
        }
        (None, None) => table.find(REFERENCE_COLUMN),
    }
}

/// Finds the task, the answer and the reference of the rows at these places.
pub(crate) fn rows<'t>(
    scorer: &Scorer,
    table: &'t AnswerTable,
    options: AnswerOptions<'t>,
    task: Option<&str>,
    places: &[usize],
) -> Result<Vec<Row<'t>>, Failure> {
    let tasks: Vec<&Task> = scorer.tasks().collect();
    let text_column = table.text_column(options.table)?.place;
    let place = |task: &Task| tasks.iter().position(|t| t.id == task.id).unwrap_or(0);
    let task_column = task_column(table, options)?;
    let only = match task_column {
        None => Some(place(model::task(scorer, task)?)),
        Some(_) => None,
    };
    let reference_column = reference_column(table, options)?;
    if let Some(text) = options.reference {
        match only {
            Some(only) => drop(reference(tasks[only], Some(text))?),
            None if text.trim().is_empty() => {
                return Err(Failure::new(Exit::Answer, "the reference answer is empty"));
            }
            None => {}
        }
    }
    let mut rows = Vec::with_capacity(places.len());
    for &row in places {
        let task = match (only, task_column) {
            (Some(only), _) => only,
            (None, Some(column)) => {
                let id = table.text(row, column)?.trim();
                let task =
                    model::task(scorer, Some(id)).map_err(|failure| failure.at(&table.location(row)))?;
                place(task)
            }
            (None, None) => unreachable!("without a column, one task was found for all rows"),
        };
        let pair = tasks[task].input == Input::Pair;
        let reference = match (pair, options.reference, reference_column) {
            (false, _, _) => None,
            (true, Some(text), _) => Some(text),
            (true, None, Some(column)) => {
                let text = limited(table, row, column, "reference answer")?;
                if is_no_text(text) {
                    let failure = Failure::new(Exit::Table, "the reference answer is empty or missing");
                    return Err(failure.at(&table.location(row)));
                }
                Some(text)
            }
            (true, None, None) => {
                let id = printable(&tasks[task].id);
                return Err(Failure::new(
                    Exit::Table,
                    format!(
                        "the task {id} compares with a reference answer, and the table has no column `{}`",
                        REFERENCE_COLUMN
                    ),
                )
                .hint("--reference TEXT gives one for all rows"));
            }
        };
        // A missing-value marker counts as an empty answer, so a person checks why it is missing.
        let answer = limited(table, row, text_column, "answer")?;
        rows.push(Row { place: row, task, answer: if is_no_text(answer) { "" } else { answer }, reference });
    }
    Ok(rows)
}

/// A cell, if it is not longer than an answer may be.
fn limited<'t>(table: &'t AnswerTable, row: usize, column: usize, what: &str) -> Result<&'t str, Failure> {
    let text = table.text(row, column)?;
    if text.len() > DEFAULT_ANSWER_BYTES {
        let place = table.location(row);
        return Err(Failure::new(
            Exit::Table,
            format!(
                "{place}: the {what} is too long: it has {} bytes, at most {DEFAULT_ANSWER_BYTES} are read",
                text.len()
            ),
        ));
    }
    Ok(text)
}

/// Scores the rows task by task and returns the scores in the order of the rows.
pub(crate) fn score_rows(
    scorer: &Scorer,
    table: &AnswerTable,
    rows: &[Row<'_>],
    options: AnswerOptions<'_>,
) -> Result<Vec<Score>, Failure> {
    // The bar hides itself if stderr is not a terminal.
    let bar = ProgressBar::new(rows.len() as u64);
    bar.set_style(
        ProgressStyle::with_template("  scoring  {bar:32}  {human_pos} of {human_len}")
            .expect("the template is well formed"),
    );
    let mut scores: Vec<Option<Score>> = vec![None; rows.len()];
    let mut before = 0_u64;
    for (place, task) in scorer.tasks().enumerate() {
        let of_task: Vec<usize> = (0..rows.len()).filter(|row| rows[*row].task == place).collect();
        if of_task.is_empty() {
            continue;
        }
        let progress = |done: usize, _: usize| {
            bar.set_position(before + done as u64);
            ControlFlow::Continue(())
        };
        let batch = BatchOptions {
            threads: options.table.threads.map_or(0, std::num::NonZeroUsize::get),
            progress: Some(&progress),
            cancel: None,
        };
        let scored = if task.input == Input::Pair {
            let pairs: Vec<(&str, &str)> = of_task
                .iter()
                .map(|&row| (rows[row].reference.unwrap_or_default(), rows[row].answer))
                .collect();
            scorer.score_pair_batch(&task.id, &pairs, &batch)
        } else {
            let answers: Vec<&str> = of_task.iter().map(|&row| rows[row].answer).collect();
            scorer.score_batch(&task.id, &answers, &batch)
        }
        .map_err(|error| match error.answer() {
            Some(answer) => Failure::row(&table.location(rows[of_task[answer]].place), &error),
            None => Failure::scoring(&error),
        })?;
        before += of_task.len() as u64;
        for (row, score) in of_task.into_iter().zip(scored) {
            scores[row] = Some(score);
        }
    }
    bar.finish_and_clear();
    Ok(scores
        .into_iter()
        .map(|score| score.expect("every row has one task, and every task was scored"))
        .collect())
}
