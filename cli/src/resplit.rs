//! `pupil resplit`: how often promises about automatic scores would be broken, by random re-splits of a table of
//! answers that have a person's score and a system's.

use std::fmt::Write as _;

use pupil_core::output;
use pupil_metrics::proportion::interval;
use pupil_metrics::resplit::{Answer, Draw, Repeats, Resplit, Settings, resplit};
use serde_json::json;

use crate::args::{ErrorKind, ResplitArgs};
use crate::batch::{AnswerTable, check_destination, refuse_to_replace};
use crate::failure::{Exit, Failure};
use crate::graded::{GradedRow, GradedRows};
use crate::stdout;
use crate::threads;

/// Most splits.
const MOST_REPEATS: usize = 100_000;
/// Most students to draw.
const MOST_STUDENTS: usize = 1_000_000;

/// Scored answers of a table.
struct Scored {
    /// Names of the tasks, in natural order.
    tasks: Vec<String>,
    /// The rows that have both scores.
    answers: Vec<Answer>,
    /// Rows without a person's score.
    ungraded: usize,
}

/// Splits the table many times and prints what promises would give.
pub(crate) fn run(options: &ResplitArgs) -> Result<(), Failure> {
    let Settings { validation, calibration, repeats, .. } = settings(options);
    if let Draw::Part(calibration) = calibration
        && validation + calibration >= 1.0
    {
        let message =
            format!("--validation {validation} and --calibration {calibration} leave no answers to test on");
        return Err(Failure::new(Exit::Usage, message).hint("lower one of them"));
    }
    if !(1..=MOST_REPEATS).contains(&repeats) {
        let message = format!("--repeats is {repeats}, but must be from 1 to {MOST_REPEATS}");
        return Err(Failure::new(Exit::Usage, message));
    }
    if let Draw::Students(n) = calibration
        && n > MOST_STUDENTS
    {
        let message = format!("--students is {n}, but must be from 1 to {MOST_STUDENTS}");
        return Err(Failure::new(Exit::Usage, message));
    }
    if let Some(to) = &options.json {
        check_destination(&options.graded.csv, to, "--json")?;
        refuse_to_replace(to, "--json", options.table.force)?;
    }
    let scored = read(options)?;
    if let Draw::Answers(n) = calibration
        && n > scored.answers.len()
    {
        let message = format!("--answers is {n}, but the table has {} graded answers", scored.answers.len());
        return Err(Failure::new(Exit::Usage, message));
    }
    let settings = settings(options);
    let found = threads::spread(|| resplit(&scored.answers, scored.tasks.len(), &settings))?;
    if let Some(to) = &options.json {
        let figures = format!("{:#}\n", figures(&scored, &found, options));
        output::write(to, figures.as_bytes()).map_err(|error| Failure::file("write", to, &error))?;
    }
    stdout::print(&page(&scored, &found, options))
}

fn settings(options: &ResplitArgs) -> Settings {
    Settings {
        aim: options.aim.aim(),
        validation: options.validation,
        calibration: match (options.students, options.answers) {
            (Some(students), _) => Draw::Students(students.get()),
            (None, Some(answers)) => Draw::Answers(answers.get()),
            (None, None) => Draw::Part(options.calibration),
        },
        pooled: options.pooled,
        review_share: options.review_share,
        repeats: options.repeats,
        seed: options.seed,
    }
}

/// Reads the table.
fn read(options: &ResplitArgs) -> Result<Scored, Failure> {
    let table = AnswerTable::read(&options.graded.csv, &options.table)?;
    let GradedRows { tasks, rows } =
        GradedRows::read(&table, &options.graded, &options.table, options.aim.error, true)?;
    let answers: Vec<Answer> = rows
        .iter()
        .filter_map(|row| {
            let GradedRow { task, student, held_back, .. } = *row;
            Some(Answer { task, student, held_back, judged: row.judged()? })
        })
        .collect();
    // Tasks without a graded answer are left out.
    let mut used: Vec<usize> = answers.iter().map(|answer| answer.task).collect();
    used.sort_unstable();
    used.dedup();
    let place = |task: usize| used.binary_search(&task).unwrap_or_default();
    Ok(Scored {
        ungraded: rows.len() - answers.len(),
        answers: answers.into_iter().map(|answer| Answer { task: place(answer.task), ..answer }).collect(),
        tasks: used.iter().map(|task| tasks[*task].clone()).collect(),
    })
}

fn rows<'a>(scored: &'a Scored, found: &'a Resplit) -> impl Iterator<Item = (&'a str, &'a Repeats)> {
    let tasks =
        scored.tasks.iter().map(|name| if name.is_empty() { "all answers" } else { name }).zip(&found.tasks);
    tasks.chain((found.tasks.len() > 1).then_some(("all tasks", &found.all)))
}

/// All figures.
fn figures(scored: &Scored, found: &Resplit, options: &ResplitArgs) -> serde_json::Value {
    let row = |(name, r): (&str, &Repeats)| {
        let (low, high) = interval(r.broken, found.repeats, 0.95);
        json!({
            "task": name, "answers": r.answers, "wrong": r.wrong, "calibration": r.calibration, "promised": r.promised,
            "broken": r.broken, "broken_low": low, "broken_high": high, "automatic": r.automatic, "error": r.error,
            "plain_automatic": r.plain_automatic, "plain_error": r.plain_error, "plain_above": r.plain_above,
        })
    };
    json!({
        "max_error": options.aim.max_error, "confidence": options.aim.confidence, "pooled": options.pooled, "repeats": found.repeats,
        "tasks": rows(scored, found).map(row).collect::<Vec<_>>(),
    })
}

/// The figures as a table in Markdown.
fn page(scored: &Scored, found: &Resplit, options: &ResplitArgs) -> String {
    let settings = settings(options);
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let wrong = match options.aim.error {
        ErrorKind::Exact => "wrong",
        ErrorKind::Adjacent => "more than one level away",
    };
    let mut page = String::new();
    let mut put = |line: String| writeln!(page, "{line}").expect("a String takes everything");
    let parts = match settings.calibration {
        Draw::Part(share) => format!(
            "students whole: {} order the thresholds, {} are calibration answers, the rest test answers",
            percent(settings.validation),
            percent(share)
        ),
        Draw::Students(n) => format!(
            "students whole: {} order the thresholds; calibration answers are those of {n} students, drawn with \
             replacement; all answers are test answers",
            percent(settings.validation)
        ),
        Draw::Answers(n) => {
            format!(
                "{n} answers are drawn for calibration; the promise is about this table, all of it is tested"
            )
        }
    };
    let tasks = match (settings.pooled, settings.calibration) {
        (false, _) => "Each task has a promise of its own.",
        (true, Draw::Answers(_)) => "All tasks share one promise, which says nothing about a single task.",
        (true, _) => {
            "All tasks share one promise, for which one answer of each student counts; it says nothing about a single \
             task."
        }
    };
    put(format!(
        "Aim: at most {} of automatic scores {wrong}, with {} confidence. {} random splits of {} graded answers, {parts}. \
         {tasks} Plain band: the least sure {} go to review. Broken: the error rate of the chosen threshold, on all \
         answers of the table, is above the aim; in brackets the exact 95 % interval of the share of such splits, which \
         should be at most {} where something is promised. Where nothing can be promised, no score is automatic.\n",
        percent(settings.aim.max_error),
        percent(settings.aim.confidence),
        found.repeats,
        scored.answers.len(),
        percent(settings.review_share),
        percent(settings.aim.outside()),
    ));
    put(format!(
        "| task | answers | {wrong} | calibration | promised in | broken in | automatic | error rate | plain band: automatic \
         | error rate | above the aim in |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    ));
    for (name, r) in rows(scored, found) {
        let of_repeats = |n: u64| percent(n as f64 / found.repeats as f64);
        let (low, high) = interval(r.broken, found.repeats, 0.95);
        let rate = |rate: Option<f64>| rate.map_or_else(String::new, |rate| format!("{:.2} %", 100.0 * rate));
        put(format!(
            "| {} | {} | {} | {:.0} | {} | {} [{:.1}, {:.1}] | {} | {} | {} | {} | {} |",
            crate::terminal::printable(&name.replace('|', "\\|")),
            r.answers,
            percent(r.wrong as f64 / r.answers as f64),
            r.calibration,
            of_repeats(r.promised),
            of_repeats(r.broken),
            100.0 * low,
            100.0 * high,
            percent(r.automatic),
            rate(r.error),
            percent(r.plain_automatic),
            rate(r.plain_error),
            of_repeats(r.plain_above)
        ));
    }
    if scored.ungraded > 0 {
        put(format!("\n{} rows have no human score and are left out.", scored.ungraded));
    }
    page
}
