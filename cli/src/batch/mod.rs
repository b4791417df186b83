//! `pupil score --csv`: scores every row of a table.

mod answers;
mod scored;
mod summary;
mod table;

use std::path::Path;

use pupil_core::Score;
use pupil_core::format::manifest::Task;

use self::answers::text_column;
pub(crate) use self::answers::{AnswerOptions, open_model, rows, score_rows, task_column};
use self::summary::{ReadReport, Summary};
pub(crate) use self::table::{AnswerTable, check_destination};
use self::table::{check_ending, is_stdout};
use crate::args;
use crate::failure::{Exit, Failure};
use crate::stdout;
use crate::terminal::Style;

/// Scores the table and writes it with the scores.
pub(crate) fn run(options: &args::ScoreArgs) -> Result<(), Failure> {
    let (Some(from), Some(to)) = (&options.csv, &options.out) else {
        return Err(Failure::new(Exit::Usage, "--csv and --out go together"));
    };
    if options.second.is_some() {
        return Err(Failure::new(Exit::Usage, "an answer and a table are given, only one can be scored"));
    }
    check_ending(to)?;
    check_destination(from, to, "--out")?;
    let table = AnswerTable::read(from, &options.table)?;
    let answers = AnswerOptions {
        task: options.task.as_deref(),
        reference: options.reference.as_deref(),
        table: &options.table,
    };
    let path = options.first.as_deref().map(Path::new);
    let (scorer, task) = open_model(path, &options.pack, &table, answers)?;
    let places: Vec<usize> = (0..table.len()).collect();
    let rows = rows(&scorer, &table, answers, task, &places)?;
    let scores = score_rows(&scorer, &table, &rows, answers)?;
    let tasks: Vec<&Task> = scorer.tasks().collect();
    let placed: Vec<(&Task, &Score)> =
        rows.iter().zip(&scores).map(|(row, s)| (tasks[row.task], s)).collect();
    table.write(to, &scored::columns(table.header(), &placed))?;
    let text_column = text_column(&table, answers)?;
    let read = ReadReport::new(table.dialect(), table.dates(text_column), table.marks(text_column));
    let summary = Summary::new(&scorer.manifest().name, &placed, to, read);
    match (is_stdout(to), options.json) {
        // The reader of stdout expects only the table.
        (true, _) => Ok(()),
        (false, true) => stdout::print_json(&summary),
        (false, false) => stdout::print(&summary.text(Style::of_stdout())),
    }
}
