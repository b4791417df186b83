//! `pupil resplit`: how often promises about automatic scores would be broken, by random re-splits of a table of
//! answers that have a person's score and a system's.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use pupil_core::output;
use pupil_metrics::guarantee::{Aim, Judged};
use pupil_metrics::proportion::interval;
use pupil_metrics::resplit::{Answer, Repeats, Resplit, Settings, resplit};
use pupil_tables::is_missing;
use serde_json::json;

use crate::args::{ErrorKind, ResplitArgs};
use crate::batch::{AnswerOptions, AnswerTable, check_destination, task_column};
use crate::evaluate::{ScoreColumns, number};
use crate::failure::{Exit, Failure};
use crate::stdout;

/// Longest name of a task; longer cells are texts.
const LONGEST_NAME: usize = 100;
/// Most tasks, as the trainer has it.
const MOST_TASKS: usize = 4096;
/// Most splits.
const MOST_REPEATS: usize = 100_000;

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
    if validation + calibration >= 1.0 {
        let message =
            format!("--validation {validation} and --calibration {calibration} leave no answers to test on");
        return Err(Failure::new(Exit::Usage, message).hint("lower one of them"));
    }
    if !(1..=MOST_REPEATS).contains(&repeats) {
        let message = format!("--repeats is {repeats}, but must be from 1 to {MOST_REPEATS}");
        return Err(Failure::new(Exit::Usage, message));
    }
    if let Some(to) = &options.json {
        check_destination(&options.csv, to, "--json")?;
    }
    let scored = read(options)?;
    let found = resplit(&scored.answers, scored.tasks.len(), &settings(options));
    if let Some(to) = &options.json {
        let figures = format!("{:#}\n", figures(&scored, &found, options));
        output::write(to, figures.as_bytes()).map_err(|error| Failure::file("write", to, &error))?;
    }
    stdout::print(&page(&scored, &found, options))
}

fn settings(options: &ResplitArgs) -> Settings {
    Settings {
        aim: Aim { max_error: options.max_error, confidence: options.confidence },
        validation: options.validation,
        calibration: options.calibration,
        review_share: options.review_share,
        repeats: options.repeats,
        seed: options.seed,
    }
}

/// Reads the table.
fn read(options: &ResplitArgs) -> Result<Scored, Failure> {
    let table = AnswerTable::read(&options.csv, &options.table)?;
    let columns = ScoreColumns::find(&table, None)?;
    let score = table.column(&options.score, "", "--score", "the human scores")?;
    let award = match &options.predicted {
        Some(name) => table.column(name, "", "--predicted", "the system's scores")?,
        None => system(&table, &columns)?,
    };
    if award == score {
        let message = "one column is the human score and the system's";
        return Err(Failure::new(Exit::Usage, message).hint("name the system's with --predicted"));
    }
    let Some(confidence) = columns.confidence else {
        let message = format!("{} has no column `confidence`", table.name());
        return Err(Failure::new(Exit::Table, message).hint("score the answers with `pupil score --csv`"));
    };
    let how = AnswerOptions { task: None, reference: None, table: &options.table };
    let task = task_column(&table, how)?;
    let student = options
        .student
        .as_deref()
        .map(|name| table.column(name, "", "--student", "the students"))
        .transpose()?;
    let mut names: BTreeSet<(Vec<u64>, String)> = BTreeSet::new();
    let mut rows: Vec<(String, Answer)> = Vec::new();
    let (mut students, mut ungraded) = (HashMap::new(), 0);
    for row in 0..table.len() {
        let cell = |column: usize| table.text(row, column).map(str::trim);
        let human = cell(score)?;
        if is_missing(human) {
            ungraded += 1;
            continue;
        }
        let sure = number(cell(confidence)?).filter(|sure| (0.0..=1.0).contains(sure)).ok_or_else(|| {
            let message = format!("{}: the confidence is not a number from 0 to 1", table.location(row));
            Failure::new(Exit::Table, message)
        })?;
        let system = cell(award)?;
        let wrong = match (options.error, number(human), number(system)) {
            // A fractional human score is right on either side.
            (ErrorKind::Exact, Some(human), Some(system)) => (human - system).abs() > 0.5,
            (ErrorKind::Adjacent, Some(human), Some(system)) => (human - system).abs() > 1.0,
            (ErrorKind::Exact, _, _) => labels(human) != labels(system),
            (ErrorKind::Adjacent, _, _) => {
                let message =
                    format!("{}: a score is not a number, so that none is adjacent", table.location(row));
                return Err(Failure::new(Exit::Table, message).hint("use --error exact"));
            }
        };
        // Confidence alone, and audits, say nothing about what another rule would hold back.
        let reason = columns.reason.map(cell).transpose()?.unwrap_or_default();
        let held_back = columns.decision.map(cell).transpose()?.is_some_and(|d| d == "review")
            && !["low-confidence", "no-promise", "audit"].contains(&reason);
        let name = task.map_or(Ok(""), cell)?;
        names.insert((numbers(name), name.to_owned()));
        if name.len() > LONGEST_NAME || names.len() > MOST_TASKS {
            let message = format!("{}: the column of the tasks has texts", table.location(row));
            return Err(
                Failure::new(Exit::Table, message).hint("--task-column NAME picks the column of the tasks")
            );
        }
        let known = students.len();
        let student = match student.map(cell).transpose()? {
            None | Some("") => None,
            Some(student) => Some(*students.entry(student.to_owned()).or_insert(known)),
        };
        let judged = Judged { confidence: sure, wrong };
        rows.push((name.to_owned(), Answer { task: 0, student, held_back, judged }));
    }
    if rows.is_empty() {
        let message = format!("{} has no row with a human score", table.name());
        return Err(
            Failure::new(Exit::Table, message).hint("--score COLUMN picks the column of the human scores")
        );
    }
    let tasks: Vec<String> = names.into_iter().map(|(_, name)| name).collect();
    let place: HashMap<&str, usize> = tasks.iter().map(String::as_str).zip(0..).collect();
    let answers =
        rows.into_iter().map(|(name, answer)| Answer { task: place[name.as_str()], ..answer }).collect();
    Ok(Scored { answers, ungraded, tasks })
}

/// The column of the system's scores: levels where there are any, otherwise labels.
fn system(table: &AnswerTable, columns: &ScoreColumns) -> Result<usize, Failure> {
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
        "max_error": options.max_error, "confidence": options.confidence, "repeats": found.repeats,
        "tasks": rows(scored, found).map(row).collect::<Vec<_>>(),
    })
}

/// The figures as a table in Markdown.
fn page(scored: &Scored, found: &Resplit, options: &ResplitArgs) -> String {
    let settings = settings(options);
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let wrong = match options.error {
        ErrorKind::Exact => "wrong",
        ErrorKind::Adjacent => "more than one level away",
    };
    let mut page = String::new();
    let mut put = |line: String| writeln!(page, "{line}").expect("a String takes everything");
    put(format!(
        "Aim: at most {} of automatic scores {wrong}, with {} confidence. {} random splits of {} graded answers, students\n\
         whole: {} order the thresholds and give the plain band (the least sure {} go to review), {} are calibration\n\
         answers, the rest test answers. Broken: the error rate of the chosen threshold, on all answers of the table, is\n\
         above the aim; in brackets the exact 95 % interval of the share of such splits, which should be at most {}.\n\
         Where nothing can be promised, no score is automatic.\n",
        percent(settings.aim.max_error),
        percent(settings.aim.confidence),
        found.repeats,
        scored.answers.len(),
        percent(settings.validation),
        percent(settings.review_share),
        percent(settings.calibration),
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
