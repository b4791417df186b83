//! `pupil score --csv`: scores every row of a table.

mod answers;
mod class;
mod scored;
mod summary;
mod table;

use std::io::{self, Write as _};
use std::path::Path;

use pupil_core::format::manifest::Task;
use pupil_core::{Score, output};
use pupil_metrics::report::class_page;

pub(crate) use self::answers::{
    AnswerOptions, Row, open_model, refuse_without_model, rows, score_rows, task_column,
};
pub(crate) use self::scored::free_name;
use self::summary::{ReadReport, Summary};
pub(crate) use self::table::{AnswerTable, check_destination, check_ending, is_stdout, refuse_to_replace};
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
    if let Some(html) = &options.html {
        check_page(html, &[from, to])?;
        refuse_to_replace(html, "--html", options.table.force)?;
    }
    refuse_to_replace(to, "--out", options.table.force)?;
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
    let mut added = scored::columns(table.header(), &placed);
    if options.explain {
        let threads = options.table.threads;
        added.push(class::explanations(&scorer, table.header(), &rows, &scores, threads)?);
    }
    table.write(to, &added)?;
    let mut written = vec![to.as_path()];
    if let Some(html) = &options.html {
        let most = options.html_groups.get();
        let page = class::page(&scorer, &table, &rows, &scores, most, options.table.threads)?;
        let page = class_page(&page, concat!("pupil ", env!("CARGO_PKG_VERSION")));
        output::write(html, page.as_bytes()).map_err(|error| Failure::file("write", html, &error))?;
        written.push(html);
    }
    let read = ReadReport::new(&table, table.text_column(&options.table)?);
    let summary = Summary::new(&scorer.manifest().name, &placed, &written, read);
    match (written.iter().any(|path| is_stdout(path)), options.json) {
        // The reader of stdout expects only the table. If stderr is closed, the table is written all the same.
        (true, _) => {
            let _ = io::stderr().write_all(summary.text(Style::of_stderr()).as_bytes());
            Ok(())
        }
        (false, true) => stdout::print_json(&summary),
        (false, false) => stdout::print(&summary.text(Style::of_stdout())),
    }
}

/// Rejects a page that cannot be written, or that is one of the tables.
fn check_page(page: &Path, tables: &[&Path]) -> Result<(), Failure> {
    for table in tables {
        if *table == page {
            let message = "--html names one of the tables";
            return Err(Failure::new(Exit::Usage, message).hint("give the page another name"));
        }
        check_destination(table, page, "--html")?;
    }
    Ok(())
}
