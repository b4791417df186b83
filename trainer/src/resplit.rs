//! The command `resplit`: how often promises about automatic scores would be broken, by random re-splits of a table of
//! answers that have a person's score and a system's.

use crate::data::refused_by;
use crate::files;
use anyhow::{Context, Result, bail, ensure};
use pupil_core::format::manifest::Agreement;
use pupil_metrics::guarantee::{Aim, Judged};
use pupil_metrics::proportion::interval;
use pupil_metrics::resplit::{Answer, Repeats, Resplit, Settings, resplit};
use pupil_tables::{Options, Table};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;
use std::path::Path;

/// The columns of a table; those without a name are found by the names that `pupil score --csv` gives them.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// The person's score.
    pub score: String,
    /// The system's score; `level` or `label` by default.
    pub award: Option<String>,
    /// The task; `task` by default, and one task without such a column.
    pub task: Option<String>,
    /// The student, where a student has several rows.
    pub student: Option<String>,
}

/// Scored answers of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// Names of the tasks, in natural order.
    pub tasks: Vec<String>,
    /// The rows that have both scores.
    pub answers: Vec<Answer>,
    /// Rows without a person's score.
    pub ungraded: usize,
}

/// Reads a table.
///
/// # Errors
///
/// When it cannot be read, a column is missing, a row lacks a confidence between 0 and 1, or levels are asked for that
/// are not numbers.
pub fn read(path: &Path, columns: &Columns, agreement: Agreement) -> Result<Scored> {
    let refused =
        |error: pupil_tables::Error| refused_by(&error, |setting| format!("the {setting} of the table"));
    let table = Table::open(path, &Options::default()).map_err(refused)?;
    let named = |name: &str| -> Result<usize> {
        table.find(name).map_err(refused)?.with_context(|| {
            format!(
                "{}: no column is called `{name}`; there are {} columns",
                table.name(),
                table.header().len()
            )
        })
    };
    // A table that had such a column got one with a prefix.
    let found = |names: &[&str]| -> Result<Option<usize>> {
        for prefix in ["pupil_pupil_", "pupil_", ""] {
            for name in names {
                if let Some(column) = table.find(&format!("{prefix}{name}")).map_err(refused)? {
                    return Ok(Some(column));
                }
            }
        }
        Ok(None)
    };
    let score = named(&columns.score)?;
    let award = match &columns.award {
        Some(name) => named(name)?,
        None => {
            let with_levels = found(&["level"])?.filter(|level| {
                (0..table.len()).any(|row| table.text(row, *level).is_ok_and(|cell| !cell.trim().is_empty()))
            });
            with_levels.map_or_else(|| found(&["label"]), |level| Ok(Some(level)))?.with_context(|| {
                format!(
                    "{}: no column `level` or `label`; name the system's score with --award",
                    table.name()
                )
            })?
        }
    };
    ensure!(
        award != score,
        "{}: one column is the person's score and the system's; name the other with --award",
        table.name()
    );
    let confidence = found(&["confidence"])?.with_context(|| {
        format!("{}: no column `confidence`: score the answers with `pupil score --csv`", table.name())
    })?;
    let (decision, reason) = (found(&["decision"])?, found(&["reason"])?);
    let task = match &columns.task {
        Some(name) => Some(named(name)?),
        None => table.find("task").map_err(refused)?,
    };
    let student = columns.student.as_deref().map(named).transpose()?;
    let text = |row: usize, column: usize| table.text(row, column).map(str::trim).map_err(refused);
    let mut names: BTreeSet<(Vec<u64>, String)> = BTreeSet::new();
    let mut rows: Vec<(String, Answer)> = Vec::new();
    let (mut students, mut ungraded) = (HashMap::new(), 0);
    for row in (0..table.len()).filter(|row| !table.is_blank(*row)) {
        let place = || format!("{}, line {}", table.name(), table.line(row));
        let human = text(row, score)?;
        if pupil_tables::is_missing(human) {
            ungraded += 1;
            continue;
        }
        let sure: f64 = text(row, confidence)?.parse().unwrap_or(f64::NAN);
        ensure!((0.0..=1.0).contains(&sure), "{}: the confidence is not a number from 0 to 1", place());
        let system = text(row, award)?;
        let wrong = match (agreement, number(human), number(system)) {
            (_, Some(human), Some(system)) => {
                // A fractional score of a person is right on either side.
                (human - system).abs() > if agreement == Agreement::Adjacent { 1.0 } else { 0.5 }
            }
            (Agreement::Exact, _, _) => labels(human) != labels(system),
            (Agreement::Adjacent, _, _) => {
                bail!("{}: a score is not a number, so that none is adjacent: use --agreement exact", place())
            }
        };
        let because = |column: usize| text(row, column);
        let held_back = match (decision.map(because).transpose()?, reason.map(because).transpose()?) {
            (Some("automatic") | None, _) => false,
            (Some(decision), reason) => {
                !(reason == Some("low-confidence") || decision.ends_with("low-confidence"))
            }
        };
        let name = task.map_or(Ok(""), |column| text(row, column))?;
        ensure!(name.len() <= crate::data::MAX_NAME_BYTES, "{}: the name of the task is too long", place());
        names.insert((numbers(name), name.to_owned()));
        let known = students.len();
        let student = match student.map(because).transpose()? {
            None | Some("") => None,
            Some(student) => Some(*students.entry(student.to_owned()).or_insert(known)),
        };
        let judged = Judged { confidence: sure, wrong };
        rows.push((name.to_owned(), Answer { task: 0, student, held_back, judged }));
    }
    ensure!(!rows.is_empty(), "{}: no row has a score in the column `{}`", table.name(), columns.score);
    let tasks: Vec<String> = names.into_iter().map(|(_, name)| name).collect();
    let place: HashMap<&str, usize> = tasks.iter().map(String::as_str).zip(0..).collect();
    let answers =
        rows.into_iter().map(|(name, answer)| Answer { task: place[name.as_str()], ..answer }).collect();
    Ok(Scored { answers, ungraded, tasks })
}

/// A cell as a number; a decimal comma is one.
fn number(cell: &str) -> Option<f64> {
    cell.replace(',', ".").parse().ok().filter(|number: &f64| number.is_finite())
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

/// Splits the answers, and gives the tables in Markdown; all figures go to `json`, if it is given.
///
/// # Errors
///
/// When a setting is out of range, or a file cannot be written.
pub fn run(
    scored: &Scored,
    settings: &Settings,
    agreement: Agreement,
    json: Option<&Path>,
) -> Result<String> {
    let Settings { aim, validation, calibration, review_share, repeats, .. } = *settings;
    for (option, value) in [
        ("--max-error", aim.max_error),
        ("--confidence", aim.confidence),
        ("--validation", validation),
        ("--calibration", calibration),
    ] {
        ensure!(value > 0.0 && value < 1.0, "{option} is {value}, but must be between 0 and 1");
    }
    ensure!(
        validation + calibration < 1.0,
        "--validation {validation} and --calibration {calibration} leave no answers to test on: lower one of them"
    );
    ensure!((0.0..=1.0).contains(&review_share), "--review-share is {review_share}, but must be in 0..=1");
    ensure!((1..=100_000).contains(&repeats), "--repeats is {repeats}, but must be from 1 to 100000");
    let found = resplit(&scored.answers, scored.tasks.len(), settings);
    if let Some(path) = json {
        files::write_json(path, &figures(scored, &found, aim))?;
    }
    Ok(page(scored, &found, settings, agreement)?)
}

fn rows<'a>(scored: &'a Scored, found: &'a Resplit) -> impl Iterator<Item = (&'a str, &'a Repeats)> {
    let tasks =
        scored.tasks.iter().map(|name| if name.is_empty() { "all answers" } else { name }).zip(&found.tasks);
    tasks.chain((found.tasks.len() > 1).then_some(("all tasks", &found.all)))
}

/// All figures.
fn figures(scored: &Scored, found: &Resplit, aim: Aim) -> serde_json::Value {
    let row = |(name, r): (&str, &Repeats)| {
        let (low, high) = interval(r.broken, found.repeats, 0.95);
        json!({
            "task": name, "answers": r.answers, "wrong": r.wrong, "calibration": r.calibration, "promised": r.promised,
            "broken": r.broken, "broken_low": low, "broken_high": high, "automatic": r.automatic, "error": r.error,
            "plain_automatic": r.plain_automatic, "plain_error": r.plain_error, "plain_above": r.plain_above,
        })
    };
    json!({
        "max_error": aim.max_error, "confidence": aim.confidence, "repeats": found.repeats,
        "tasks": rows(scored, found).map(row).collect::<Vec<_>>(),
    })
}

fn page(
    scored: &Scored,
    found: &Resplit,
    settings: &Settings,
    agreement: Agreement,
) -> Result<String, std::fmt::Error> {
    let aim = settings.aim;
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let mut page = String::new();
    let wrong = match agreement {
        Agreement::Exact => "wrong",
        Agreement::Adjacent => "more than one level away",
    };
    writeln!(
        page,
        "Aim: at most {} of automatic scores {wrong}, with {} confidence. {} random splits of {} graded answers, students \
         whole: {} order the thresholds and give the plain band (the least sure {} go to review), {} are calibration \
         answers, the rest test answers. Broken: the error rate of the chosen threshold, on all answers of the table, is \
         above the aim; in brackets the exact 95 % interval of the share of such splits, which should be at most {}. Where \
         nothing can be promised, no score is automatic.\n",
        percent(aim.max_error),
        percent(aim.confidence),
        found.repeats,
        scored.answers.len(),
        percent(settings.validation),
        percent(settings.review_share),
        percent(settings.calibration),
        percent(aim.outside()),
    )?;
    writeln!(
        page,
        "| task | answers | {wrong} | calibration | promised in | broken in | automatic | error rate | plain band: automatic \
         | error rate | above the aim in |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    )?;
    for (name, r) in rows(scored, found) {
        let of_repeats = |n: u64| percent(n as f64 / found.repeats as f64);
        let (low, high) = interval(r.broken, found.repeats, 0.95);
        let rate = |rate: Option<f64>| rate.map_or_else(String::new, |rate| format!("{:.2} %", 100.0 * rate));
        writeln!(
            page,
            "| {} | {} | {} | {:.0} | {} | {} [{:.1}, {:.1}] | {} | {} | {} | {} | {} |",
            name.replace('|', "\\|"),
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
        )?;
    }
    if scored.ungraded > 0 {
        writeln!(page, "\n{} rows have no score of a person and are left out.", scored.ungraded)?;
    }
    Ok(page)
}
