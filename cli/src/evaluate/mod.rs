//! `pupil evaluate`: measures how well scores agree with human scores.

mod cells;
mod graded;
mod input;
mod output;
mod system;

use std::path::Path;
use std::time::Duration;

use indicatif::ProgressBar;
use pupil_metrics::Bootstrap;
use pupil_metrics::evaluation::{Input, Options, Scale, evaluate};
use pupil_metrics::scores::Scaling;

pub(crate) use self::cells::number;
use self::graded::GradedTable;
use self::output::Destinations;
use self::system::System;
pub(crate) use self::system::{ScoreColumns, decimal};
use crate::args::{ErrorKind, EvaluateArgs, TableArgs};
use crate::batch::AnswerTable;
use crate::failure::{Exit, Failure, display_name};
use crate::threads;

/// Columns of a table that scores are scaled by, as RSMTool names them.
const SCALE_COLUMNS: [&str; 2] = ["prediction", "sc1"];

/// Evaluates the table and writes the report.
pub(crate) fn run(options: &EvaluateArgs) -> Result<(), Failure> {
    let mut read: Vec<&Path> = vec![&options.graded.csv];
    read.extend(options.file.as_deref());
    read.extend(options.against.as_deref());
    read.extend(options.drift_from.as_deref());
    let to = Destinations::check(options, &read)?;
    let settings = settings(options)?;
    let table = AnswerTable::read(&options.graded.csv, &options.table)?;
    let graded = GradedTable::read(&table, options)?;
    let system = System::open(&table, &graded, options)?;
    let mut input = graded.input(&table, &system, options)?;
    input.other =
        options.against.as_deref().map(|path| system.other(path, &table, &graded, options)).transpose()?;
    input.earlier = options.drift_from.as_deref().map(|path| system::earlier(path, options)).transpose()?;
    refuse_empty(&input)?;
    // The spinner hides itself if stderr is not a terminal.
    let spinner = ProgressBar::new_spinner().with_message("evaluating, with resamples for intervals");
    spinner.enable_steady_tick(Duration::from_millis(100));
    let report = threads::spread(|| evaluate(&input, &settings));
    spinner.finish_and_clear();
    to.write(&report?)
}

/// The settings of the evaluation.
fn settings(options: &EvaluateArgs) -> Result<Options, Failure> {
    if let (Some(low), Some(high)) = (options.trim_min, options.trim_max)
        && low >= high
    {
        let message = format!("--trim-min is {low}, and --trim-max is {high}");
        return Err(
            Failure::new(Exit::Usage, message).hint("give the lowest and the highest score of the scale")
        );
    }
    Ok(Options {
        exclude_zero: options.exclude_zero,
        min_per_student: options.min_per_student,
        min_group: options.min_group,
        rater_error_variance: options.rater_error_variance,
        scale: match &options.scale_with {
            None => Scale::Raw,
            Some(path) if path == Path::new("asis") => Scale::AsIs,
            Some(path) => Scale::By(scaling(path)?),
        },
        bootstrap: Bootstrap {
            replicates: options.replicates,
            coverage: options.coverage,
            seed: options.seed,
        },
        aim: options.aim.aim(),
        far_only: options.aim.error == ErrorKind::Adjacent,
    })
}

/// Means and standard deviations of other answers, from a table with the columns `prediction` and `sc1`.
fn scaling(path: &Path) -> Result<Scaling, Failure> {
    let table = AnswerTable::read(path, &TableArgs::recognised())?;
    let mut columns: [Vec<f64>; 2] = [Vec::new(), Vec::new()];
    for (name, values) in SCALE_COLUMNS.iter().zip(&mut columns) {
        let Some(column) = table.find(name)? else {
            let message = format!("{} has no column `{name}`", display_name(path));
            let hint = "--scale-with takes a table with the columns `prediction` and `sc1`, or `asis`";
            return Err(Failure::new(Exit::Table, message).hint(hint));
        };
        for row in 0..table.len() {
            let Some(value) = cells::number(table.text(row, column)?) else {
                let message = format!("{}: `{name}` is not a number", table.location(row));
                return Err(Failure::new(Exit::Table, message).hint("leave such rows out"));
            };
            values.push(value);
        }
    }
    let [system, human] = &columns;
    Scaling::from_scores(system, human).ok_or_else(|| {
        Failure::new(Exit::Table, format!("{} has {} rows", display_name(path), table.len()))
            .hint("scaling needs two or more rows with different predictions")
    })
}

/// Fails if nothing can be evaluated.
fn refuse_empty(input: &Input) -> Result<(), Failure> {
    use pupil_metrics::evaluation::Given;
    let is_given = |given: &Given| !matches!(given, Given::Missing | Given::Invalid);
    let graded = input.answers.iter().filter(|a| is_given(&a.reference)).count();
    let scored = input.answers.iter().filter(|a| a.system.raw.is_some() || a.system.award.is_some()).count();
    let both = |a: &&pupil_metrics::evaluation::Graded| {
        !a.flagged && is_given(&a.reference) && (a.system.raw.is_some() || a.system.award.is_some())
    };
    if input.answers.iter().any(|a| both(&a)) {
        return Ok(());
    }
    let invalid = input.answers.iter().filter(|a| a.reference == Given::Invalid).count();
    let flagged = input.answers.iter().filter(|a| a.flagged).count();
    let message = format!(
        "no answer can be evaluated: of {} answers, {graded} have a human score, {invalid} have a cell that is no score \
         of the task, {scored} have a score of the system, {flagged} are left out by --flag",
        input.answers.len()
    );
    Err(Failure::new(Exit::Table, message)
        .hint("--score names the column of the human scores, --predicted that of the system's"))
}
