//! `pupil score --csv`: scores every row of a table.

mod scored;
mod summary;
mod table;

use std::ops::ControlFlow;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use pupil_core::format::limits::DEFAULT_ANSWER_BYTES;
use pupil_core::format::manifest::{Input, Task};
use pupil_core::{BatchOptions, Score, Scorer};

use self::summary::{ReadReport, Summary};
use self::table::{AnswerTable, check_destination, is_stdout};
use crate::args;
use crate::failure::{Exit, Failure};
use crate::model::{self, ModelChoice};
use crate::score::reference;
use crate::stdout;
use crate::terminal::{Style, printable};

/// A row to score.
struct Row<'t> {
    /// The index of its task in the scorer.
    task: usize,
    answer: &'t str,
    reference: Option<&'t str>,
}

/// Scores the table and writes it with the scores.
pub(crate) fn run(options: &args::ScoreArgs) -> Result<(), Failure> {
    let (Some(from), Some(to)) = (&options.csv, &options.out) else {
        return Err(Failure::new(Exit::Usage, "--csv and --out go together"));
    };
    if options.second.is_some() {
        return Err(Failure::new(Exit::Usage, "an answer and a table are given, only one can be scored"));
    }
    check_destination(from, to)?;
    let table = AnswerTable::read(from, options)?;
    let compares = options.reference.is_some() || reference_column(&table, options)?.is_some();
    let column = task_column(&table, options)?;
    let first = match column {
        Some(column) if table.len() > 0 => Some(table.text(0, column)?.trim()),
        _ => None,
    };
    let wanted = ModelChoice::of(options.task.as_deref().or(first), compares);
    let (scorer, task) = model::open_for(options.first.as_deref().map(Path::new), &options.pack, wanted)
        .map_err(|failure| if first.is_some() { failure.at(&table.location(0)) } else { failure })?;
    let rows = rows(&scorer, &table, options, task)?;
    let scores = score_rows(&scorer, &table, &rows, options)?;
    let tasks: Vec<&Task> = scorer.tasks().collect();
    let placed: Vec<(&Task, &Score)> =
        rows.iter().zip(&scores).map(|(row, s)| (tasks[row.task], s)).collect();
    table.write(to, &scored::columns(table.header(), &placed))?;
    let text_column = text_column(&table, options)?;
    let read = ReadReport::new(table.dialect(), table.dates(text_column), table.marks(text_column));
    let summary = Summary::new(&scorer.manifest().name, &placed, to, read);
    match (is_stdout(to), options.json) {
        // The reader of stdout expects only the table.
        (true, _) => Ok(()),
        (false, true) => stdout::print_json(&summary),
        (false, false) => stdout::print(&summary.text(Style::of_stdout())),
    }
}

// The default names of the columns.
const TEXT_COLUMN: &str = "text";
const TASK_COLUMN: &str = "task";
const REFERENCE_COLUMN: &str = "reference";

/// The column of the answers.
fn text_column(table: &AnswerTable, options: &args::ScoreArgs) -> Result<usize, Failure> {
    table.column(&options.text_column, TEXT_COLUMN, "--text-column", "the answers")
}

/// The column of the tasks, unless one task applies to all rows.
fn task_column(table: &AnswerTable, options: &args::ScoreArgs) -> Result<Option<usize>, Failure> {
    match (&options.task, &options.task_column) {
        (Some(_), _) => Ok(None),
        (None, Some(name)) => table.column(name, TASK_COLUMN, "--task-column", "the tasks").map(Some),
        (None, None) => table.find(TASK_COLUMN),
    }
}

/// The column of the reference answers, unless one reference applies to all rows.
fn reference_column(table: &AnswerTable, options: &args::ScoreArgs) -> Result<Option<usize>, Failure> {
    match (&options.reference, &options.reference_column) {
        (Some(_), _) => Ok(None),
        (None, Some(name)) => {
            table.column(name, REFERENCE_COLUMN, "--reference-column", "the reference answers").map(Some)
        }
        (None, None) => table.find(REFERENCE_COLUMN),
    }
}

/// Finds the task, the answer and the reference of every row.
fn rows<'t>(
    scorer: &Scorer,
    table: &'t AnswerTable,
    options: &'t args::ScoreArgs,
    task: Option<&str>,
) -> Result<Vec<Row<'t>>, Failure> {
    let tasks: Vec<&Task> = scorer.tasks().collect();
    let text_column = text_column(table, options)?;
    let place = |task: &Task| tasks.iter().position(|t| t.id == task.id).unwrap_or(0);
    let task_column = task_column(table, options)?;
    let only = match task_column {
        None => Some(place(model::task(scorer, task)?)),
        Some(_) => None,
    };
    let reference_column = reference_column(table, options)?;
    if let Some(text) = &options.reference {
        match only {
            Some(only) => drop(reference(tasks[only], Some(text))?),
            None if text.trim().is_empty() => {
                return Err(Failure::new(Exit::Answer, "the reference answer is empty"));
            }
            None => {}
        }
    }
    let mut rows = Vec::with_capacity(table.len());
    for row in 0..table.len() {
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
        let reference = match (pair, &options.reference, reference_column) {
            (false, _, _) => None,
            (true, Some(text), _) => Some(text.as_str()),
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
        rows.push(Row { task, answer: if is_no_text(answer) { "" } else { answer }, reference });
    }
    Ok(rows)
}

/// Whether a cell is empty, a missing-value marker such as `NA` or `#N/A`, or the error of a spreadsheet formula.
fn is_no_text(cell: &str) -> bool {
    pupil_tables::is_missing(cell) || pupil_tables::is_formula_error(cell)
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
fn score_rows(
    scorer: &Scorer,
    table: &AnswerTable,
    rows: &[Row<'_>],
    options: &args::ScoreArgs,
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
            threads: options.threads.map_or(0, std::num::NonZeroUsize::get),
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
            Some(answer) => Failure::row(&table.location(of_task[answer]), &error),
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
