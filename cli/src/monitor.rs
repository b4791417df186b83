//! `pupil monitor`: watches whether scored answers are still like those of a reference.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use pupil_core::format::manifest::{self, Task};
use pupil_core::output;
use pupil_metrics::audit::AuditBound;
use pupil_metrics::guarantee::Verdict;
use pupil_metrics::monitor::{
    Channel, Cut, Distribution, Monitor, MonitorError, Observation, PooledFinding, Reference, Seen, Settings,
    TaskFinding, TaskReference,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::args::{GradedArgs, MonitorArgs, TableArgs};
use crate::batch::{
    AnswerOptions, AnswerTable, check_destination, open_model, refuse_to_replace, refuse_without_model, rows,
    score_rows, task_column,
};
use crate::evaluate::{ScoreColumns, decimal, number};
use crate::failure::{Exit, Failure, display_name};
use crate::graded::GradedRows;
use crate::model;
use crate::stdout;
use crate::terminal::{Style, columns, grouped, padded, printable};

/// The reason for which a model sends automatic scores to a person all the same.
const AUDIT: &str = "audit";
/// The name of the task of a table that names none.
const ONLY_TASK: &str = "all answers";
/// Longest name of an award, a reason or a task; longer cells are texts.
const LONGEST_NAME: usize = 100;
/// Most tasks, as the trainer has it.
const MOST_TASKS: usize = 4096;
/// The largest file of counts that is read.
const MOST_BYTES: u64 = 16 << 20;

/// A file with a reference.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReferenceFile {
    reference: Reference,
}

/// A file with the counts so far.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeenFile {
    seen: Seen,
}

/// The answers of a table, and the awards that their tasks can give.
struct Observed {
    answers: Vec<(String, Observation)>,
    awards: BTreeMap<String, Vec<String>>,
}

impl Observed {
    fn reference(&self) -> Reference {
        Reference::of(self.answers.iter().map(|(task, one)| (task.as_str(), one)), &self.awards)
    }
}

/// Writes a reference, or compares with one.
pub(crate) fn run(options: &MonitorArgs) -> Result<(), Failure> {
    let mut read = vec![options.csv.as_path()];
    read.extend(options.file.as_deref());
    read.extend(options.drift_from.as_deref());
    read.extend(options.audits.as_deref());
    for (option, to) in [("--write-reference", &options.write_reference), ("--seen", &options.seen)] {
        let Some(to) = to else { continue };
        for from in &read {
            check_destination(from, to, option)?;
        }
    }
    // The counts of --seen are read and written back.
    if let Some(to) = &options.write_reference {
        refuse_to_replace(to, "--write-reference", options.table.force)?;
    }
    if options.file.is_none() {
        refuse_without_model(&options.scoring)?;
    }
    match (&options.drift_from, &options.write_reference) {
        (None, None) if options.file.is_some() => compare(options, None),
        (None, None) => Err(Failure::new(Exit::Usage, "there is nothing to compare with").hint(
            "--drift-from PATH compares with a reference; --write-reference PATH makes one of graded or evaluated answers; a model \
             with a promise has one of its calibration answers",
        )),
        (_, Some(to)) => write_reference(options, to),
        (Some(from), None) => compare(options, Some(from)),
    }
}

fn write_reference(options: &MonitorArgs, to: &Path) -> Result<(), Failure> {
    let observed = observed(&options.csv, options)?;
    let reference = observed.reference();
    reference.check().map_err(|error| said(&options.csv, &error))?;
    let bytes = json(&ReferenceFile { reference: reference.clone() })?;
    output::write(to, bytes.as_bytes()).map_err(|error| Failure::file("write", to, &error))?;
    if options.json {
        return stdout::print_json(&reference);
    }
    let style = Style::of_stdout();
    let mut text = String::new();
    let mut put = |line: String| writeln!(text, "{line}").expect("a String takes everything");
    put(format!("a reference of {} answers", style.bold(grouped(observed.answers.len() as u64))));
    let names: Vec<String> = reference.tasks.keys().map(|id| printable(id)).collect();
    let width = names.iter().map(|name| columns(name)).max().unwrap_or(0);
    for (name, task) in names.iter().zip(reference.tasks.values()) {
        put(format!("  {}  {:>8}", padded(name, width), grouped(task.answers)));
    }
    put(format!("\nwritten to {}; it holds counts and no answer", printable(&to.display().to_string())));
    stdout::print(&text)
}

/// What a comparison found.
#[derive(Serialize)]
struct Found {
    holds: bool,
    answers: usize,
    without_reference: u64,
    tasks: Vec<TaskFinding>,
    /// Of all tasks together.
    pooled: Vec<PooledFinding>,
    /// What audited answers say, by task and of all together.
    audits: Vec<AuditFinding>,
}

/// What the audited answers of a task say. Of all tasks together, where their error rates differ: the lower bound is of
/// the largest rate, the upper bound of the smallest.
#[derive(Serialize)]
struct AuditFinding {
    /// `None` for all tasks together.
    task: Option<String>,
    audited: u64,
    /// Answers with the text of an earlier one, which are audited together with it and do not count.
    repeated: u64,
    wrong: u64,
    /// Lower and upper bound of the error rate, each with the confidence of the options, at every moment.
    low: f64,
    high: f64,
    /// `kept` by the upper bound; `broken` by a lower one that holds for all tasks at once.
    aim: &'static str,
}

/// Compares with a reference, or with the calibration answers of the model.
fn compare(options: &MonitorArgs, from: Option<&Path>) -> Result<(), Failure> {
    let settings = Settings { false_alarm: options.false_alarm, tolerance: options.tolerance };
    let is_counts = |from: &Path| from.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    let reference = match from {
        None => of_model(options)?,
        Some(from) if is_counts(from) => {
            read_json::<ReferenceFile>(from)?
                .ok_or_else(|| Failure::file("read", from, &ErrorKind::NotFound.into()))?
                .reference
        }
        Some(from) => {
            scored_table(from, &TableArgs::recognised(), options.scoring.task.as_deref())?.reference()
        }
    };
    let from = from.or(options.file.as_deref()).unwrap_or(Path::new(""));
    let fail = |error: &MonitorError| said(from, error);
    let earlier = options.seen.as_deref().map(read_json::<SeenFile>).transpose()?.flatten();
    let mut monitor = match earlier {
        None => Monitor::new(reference, settings).map_err(|error| fail(&error))?,
        Some(SeenFile { seen }) => {
            Monitor::resume(reference, settings, seen).map_err(|error| match error {
                MonitorError::Other(_) => Failure::new(Exit::Usage, format!("--seen: {error}"))
                    .hint("name another file for the counts; they begin anew in it"),
                error => fail(&error),
            })?
        }
    };
    let observed = observed(&options.csv, options)?;
    for (task, observation) in &observed.answers {
        monitor.add(task, observation);
    }
    if let Some(to) = &options.seen {
        let bytes = json(&SeenFile { seen: monitor.seen().clone() })?;
        output::write(to, bytes.as_bytes()).map_err(|error| Failure::file("write", to, &error))?;
    }
    let (tasks, pooled) = (monitor.findings(), monitor.pooled());
    let audits = options.audits.as_deref().map(|path| audits(path, options)).transpose()?.unwrap_or_default();
    let found = Found {
        // Without a single answer that can be compared, nothing is known.
        holds: !tasks.is_empty()
            && tasks.iter().all(|task| task.changes.is_empty())
            && pooled.iter().all(|of| of.since.is_none())
            && audits.iter().all(|audit| audit.aim != said_of(Verdict::Broken)),
        answers: observed.answers.len(),
        without_reference: monitor.without_reference(),
        tasks,
        pooled,
        audits,
    };
    if options.json {
        return stdout::print_json(&found);
    }
    stdout::print(&text(&found, options, Style::of_stdout()))
}

/// The distributions of calibration answers in a model and its task packs.
fn of_model(options: &MonitorArgs) -> Result<Reference, Failure> {
    let scorer = model::open_with(options.file.as_deref(), &options.scoring.pack)?;
    let tasks = scorer.tasks().filter_map(|task| {
        let of = task.monitor.as_ref()?;
        // A share of 64 bits may lie beside that of 32 bits which the file has, and must not count as above it.
        let channels = [
            (Channel::Confidence, &of.confidence, 0.0),
            (Channel::Words, &of.words, 0.0),
            (Channel::Unknown, &of.unknown, 1e-7),
        ];
        let channels = channels.into_iter().filter(|(_, cuts, _)| !cuts.is_empty());
        let channels = channels.map(|(channel, cuts, beside)| {
            let cut = |cut: &manifest::Cut| Cut { at: decimal(cut.at) + beside, above: cut.above as u64 };
            let cuts = cuts.iter().map(cut).collect();
            (channel, Distribution::Numbers { answers: of.answers as u64, cuts })
        });
        let channels = channels.collect();
        Some((task.id.clone(), TaskReference { answers: of.answers as u64, channels }))
    });
    let reference = Reference { tasks: tasks.collect() };
    if reference.tasks.is_empty() {
        return Err(Failure::new(Exit::Usage, "the model has no distributions of calibration answers")
            .hint("--drift-from PATH names a reference; --write-reference PATH makes one"));
    }
    Ok(reference)
}

/// The findings as text.
fn text(found: &Found, options: &MonitorArgs, style: Style) -> String {
    let mut text = String::new();
    let mut put = |line: String| writeln!(text, "{line}").expect("a String takes everything");
    let changed: Vec<&TaskFinding> = found.tasks.iter().filter(|task| !task.changes.is_empty()).collect();
    let pooled: Vec<&PooledFinding> = found.pooled.iter().filter(|of| of.since.is_some()).collect();
    put(match (found.tasks.len(), changed.len()) {
        (0, _) => style.yellow("nothing can be compared: the reference has none of these tasks"),
        (_, 0) if !pooled.is_empty() => style.yellow("the conditions have changed for all tasks together"),
        (_, 0) => style.green("the conditions still hold, as far as can be seen"),
        (1, _) => style.yellow("the conditions have changed"),
        (all, changed) => style.yellow(format!("the conditions have changed for {changed} of {all} tasks")),
    });
    let names: Vec<String> = found.tasks.iter().map(|task| printable(&task.task)).collect();
    let width = names.iter().map(|name| columns(name)).max().unwrap_or(0);
    if !found.tasks.is_empty() {
        put(style
            .dim(format!("\n  {}  reference    so far  a change would be noticed from", " ".repeat(width))));
    }
    for (name, task) in names.iter().zip(&found.tasks) {
        let from = match task.noticeable {
            Some(change) => format!("{:.0} percentage points on", change * 100.0),
            None => "more answers on".to_owned(),
        };
        let mark = if task.changes.is_empty() { "" } else { "  changed" };
        put(format!(
            "  {}  {:>9}  {:>8}  {from}{}",
            padded(name, width),
            grouped(task.reference),
            grouped(task.answers),
            style.yellow(mark)
        ));
    }
    for task in &changed {
        put(format!("\n{}", style.bold(printable(&task.task))));
        let what: Vec<String> = task.changes.iter().map(|change| printable(&change.what)).collect();
        let width = what.iter().map(|what| columns(what)).max().unwrap_or(0);
        for (what, change) in what.iter().zip(&task.changes) {
            put(format!(
                "  {}  {:>5.1} % in the reference, {:>5.1} % now; noticed at answer {}",
                padded(what, width),
                change.reference * 100.0,
                change.now * 100.0,
                grouped(change.since)
            ));
        }
    }
    if !found.pooled.is_empty() {
        let what: Vec<String> = found.pooled.iter().map(|of| printable(&of.what)).collect();
        let width = what.iter().map(|what| columns(what)).max().unwrap_or(0);
        put(format!("\n{}", style.bold("all tasks together")));
        for (what, of) in what.iter().zip(&found.pooled) {
            let since = of.since.map(|since| format!("; noticed at answer {}", grouped(since)));
            put(format!(
                "  {}  {:>5.1} % in the reference, {:>5.1} % now; evidence {:.2}, an alarm from {:.0}{}",
                padded(what, width),
                of.reference * 100.0,
                of.now * 100.0,
                of.evidence,
                of.alarm_from,
                style.yellow(since.unwrap_or_default())
            ));
        }
    }
    if !found.audits.is_empty() {
        let name = |of: &AuditFinding| of.task.as_deref().map_or_else(|| "all tasks".to_owned(), printable);
        let names: Vec<String> = found.audits.iter().map(name).collect();
        let width = names.iter().map(|name| columns(name)).max().unwrap_or(0);
        put(format!("\n{}", style.bold("what audited answers say of the automatic scores")));
        put(style.dim(format!(
            "  {}  audited  wrong  error rate with {} % confidence each",
            " ".repeat(width),
            short(options.aim.confidence)
        )));
        for (name, of) in names.iter().zip(&found.audits) {
            let again = if of.repeated > 0 {
                format!("; {} texts again", grouped(of.repeated))
            } else {
                String::new()
            };
            put(format!(
                "  {}  {:>7}  {:>5}  at least {:>4.1} %, at most {:>5.1} %; aim of {} %: {}{again}",
                padded(name, width),
                grouped(of.audited),
                grouped(of.wrong),
                of.low * 100.0,
                of.high * 100.0,
                short(options.aim.max_error),
                if of.aim == said_of(Verdict::Broken) { style.yellow(of.aim) } else { of.aim.to_owned() },
            ));
        }
    }
    if found.without_reference > 0 {
        put(format!("\n{} answers are to tasks that the reference lacks", grouped(found.without_reference)));
    }
    if !changed.is_empty() || !pooled.is_empty() {
        put("\nWhat was measured or promised for the reference need not hold for these answers any more. Grade some of\n\
             them and run `pupil evaluate`."
            .to_owned());
    }
    put(style.dim(format!(
        "\nWhile nothing changes, an alarm is ever given with {:.0} % probability at most, however often you look.",
        options.false_alarm * 100.0
    )));
    if let Some(seen) = &options.seen {
        put(format!("counts so far: {}", printable(&seen.display().to_string())));
    }
    text
}

/// A share as a percentage, with as few decimals as it needs.
fn short(share: f64) -> f64 {
    (share * 1e6).round() / 1e4
}

/// What an aim has come to.
fn said_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Kept => "kept",
        Verdict::Broken => "broken",
        Verdict::Open => "open",
    }
}

/// Audited answers so far.
struct Audited {
    bound: AuditBound,
    /// With the confidence that all tasks have at once.
    at_once: AuditBound,
    repeated: u64,
}

/// The bounds that audited answers give, by task in natural order, and of all tasks.
fn audits(path: &Path, options: &MonitorArgs) -> Result<Vec<AuditFinding>, Failure> {
    let how = TableArgs::recognised();
    let table = AnswerTable::read(path, &how)?;
    let columns = ScoreColumns::find(&table, None)?;
    let (Some(decision), Some(reason)) = (columns.decision, columns.reason) else {
        let message = format!("{} has no columns `decision` and `reason`", table.name());
        return Err(
            Failure::new(Exit::Table, message).hint("keep the columns that `pupil score --csv` wrote")
        );
    };
    let text = table.known_text_column(&how)?;
    let graded =
        GradedArgs { csv: path.to_owned(), score: options.score.clone(), predicted: None, student: None };
    let GradedRows { tasks, rows } = GradedRows::read(&table, &graded, &how, options.aim.error, true)?;
    let max_error = options.aim.max_error;
    // With many tasks, one of them would soon seem to have broken the aim: the probability is divided among them.
    let at_once = 1.0 - options.aim.aim().outside() / (tasks.len() + usize::from(tasks.len() > 1)) as f64;
    let new = || Audited {
        bound: AuditBound::new(options.aim.confidence, max_error),
        at_once: AuditBound::new(at_once, max_error),
        repeated: 0,
    };
    let mut bounds: Vec<Audited> = tasks.iter().map(|_| new()).collect();
    let mut all = new();
    let mut seen: BTreeSet<(usize, &str)> = BTreeSet::new();
    for row in &rows {
        let cell = |column: usize| table.text(row.place, column).map(str::trim);
        let is_audit = cell(decision)? == "review" && cell(reason)? == AUDIT;
        let Some(wrong) = row.wrong.filter(|_| is_audit) else { continue };
        let again = match text {
            Some(text) => !seen.insert((row.task, cell(text)?)),
            None => false,
        };
        for of in [&mut bounds[row.task], &mut all] {
            if again {
                of.repeated += 1;
            } else {
                of.bound.add(wrong);
                of.at_once.add(wrong);
            }
        }
    }
    if all.bound.audited() == 0 {
        let message = format!("{} has no audited answer with a human score", table.name());
        return Err(Failure::new(Exit::Table, message)
            .hint("audited answers have `review` in the column decision and `audit` in the column reason"));
    }
    let name = |task: &String| Some(if task.is_empty() { ONLY_TASK.to_owned() } else { task.clone() });
    let named = tasks.iter().map(name).zip(&bounds);
    let found =
        named.chain((tasks.len() > 1).then_some((None, &all))).filter(|(_, of)| of.bound.audited() > 0);
    let found = found.map(|(task, Audited { bound, at_once, repeated })| AuditFinding {
        task,
        audited: bound.audited(),
        repeated: *repeated,
        wrong: bound.wrong(),
        low: bound.low(),
        high: bound.bound(),
        aim: said_of(match at_once.verdict(max_error) {
            Verdict::Broken => Verdict::Broken,
            _ if bound.bound() <= max_error => Verdict::Kept,
            _ => Verdict::Open,
        }),
    });
    Ok(found.collect())
}

/// The answers of the table: scored by a model, or with the scores in it.
fn observed(path: &Path, options: &MonitorArgs) -> Result<Observed, Failure> {
    let Some(file) = &options.file else {
        return scored_table(path, &options.table, options.scoring.task.as_deref());
    };
    let table = AnswerTable::read(path, &options.table)?;
    let how = AnswerOptions::of(&options.scoring, &options.table);
    let (scorer, task) = open_model(Some(file), &options.scoring.pack, &table, how)?;
    let places: Vec<usize> = (0..table.len()).collect();
    let rows = rows(&scorer, &table, how, task, &places)?;
    let scores = score_rows(&scorer, &table, &rows, how)?;
    let tasks: Vec<&Task> = scorer.tasks().collect();
    let answers = rows.iter().zip(&scores).map(|(row, score)| {
        let awarded: Vec<&str> = score.awarded().map(|label| &*label.name).collect();
        let award = score.level.map_or_else(|| awarded.join("|"), |level| level.to_string());
        let observation = Observation {
            confidence: Some(decimal(score.confidence)),
            words: Some(score.words as f64),
            unknown: (score.words > 0).then(|| score.unknown_words as f64 / score.words as f64),
            award: Some(award),
            decision: Some(score.decision.reason().map_or_else(|| "automatic".to_owned(), |r| r.to_string())),
        };
        (tasks[row.task].id.clone(), observation)
    });
    let awards = tasks.iter().filter(|task| task.head.kind.awards_one()).map(|task| {
        let names = match task.points() {
            Some(points) => points.iter().map(i32::to_string).collect(),
            None => task.labels.iter().map(|label| label.name.clone()).collect(),
        };
        (task.id.clone(), names)
    });
    Ok(Observed { answers: answers.collect(), awards: awards.collect() })
}

/// The answers of a table that has scores.
fn scored_table(path: &Path, options: &TableArgs, task: Option<&str>) -> Result<Observed, Failure> {
    let table = AnswerTable::read(path, options)?;
    let columns = ScoreColumns::find(&table, None)?;
    if !columns.has_scores() {
        let message = format!("{} has no scores of a system", display_name(path));
        return Err(Failure::new(Exit::Table, message)
            .hint("score it with `pupil score --csv` first, or name the .pupil file that scores it"));
    }
    let how = AnswerOptions { task, reference: None, table: options };
    let tasks = task_column(&table, how)?;
    let mut answers = Vec::with_capacity(table.len());
    let mut used: BTreeMap<String, ()> = BTreeMap::new();
    for row in 0..table.len() {
        let cell = |column: Option<usize>| -> Result<Option<&str>, Failure> {
            Ok(column.map(|column| table.text(row, column)).transpose()?.map(str::trim))
        };
        let id = match tasks {
            Some(column) => table.text(row, column)?.trim(),
            None => task.unwrap_or(ONLY_TASK),
        };
        used.insert(id.to_owned(), ());
        if id.len() > LONGEST_NAME || used.len() > MOST_TASKS {
            let message = format!("{}: the column of the tasks has texts", table.location(row));
            return Err(
                Failure::new(Exit::Table, message).hint("--task-column NAME picks the column of the tasks")
            );
        }
        let (words, unknown) = columns.words(&table, row, options)?;
        let name = |cell: &str| Some(cell.to_owned()).filter(|name| name.len() <= LONGEST_NAME);
        let level = cell(columns.level)?.filter(|level| !level.is_empty());
        let award = match level {
            Some(level) => number(level).map(|level| level.to_string()),
            None => cell(columns.label)?.and_then(name),
        };
        let decision = match cell(columns.decision)? {
            Some("automatic") => Some("automatic".to_owned()),
            Some("review") => {
                let is_reason = |reason: &&str| {
                    !reason.is_empty() && reason.len() <= 40 && !reason.contains(char::is_whitespace)
                };
                Some(cell(columns.reason)?.filter(is_reason).unwrap_or("review").to_owned())
            }
            _ => None,
        };
        let observation = Observation {
            confidence: cell(columns.confidence)?.and_then(number).filter(|c| (0.0..=1.0).contains(c)),
            words,
            unknown: unknown.zip(words).filter(|(_, words)| *words > 0.0).map(|(u, w)| u / w),
            award,
            decision,
        };
        answers.push((id.to_owned(), observation));
    }
    Ok(Observed { answers, awards: BTreeMap::new() })
}

/// The failure of a reference.
fn said(path: &Path, error: &MonitorError) -> Failure {
    Failure::new(Exit::Table, format!("{}: {error}", display_name(path)))
        .hint("--write-reference PATH makes a reference of a scored table")
}

/// A value as JSON, without spaces, since apps may hold it.
fn json(value: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string(value)
        .map_err(|error| Failure::new(Exit::Internal, format!("cannot make JSON: {error}")))?;
    Ok(text + "\n")
}

/// Reads a file of counts, if it exists.
fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Failure> {
    let fail = |error: &std::io::Error| Failure::file("read", path, error);
    let len = match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        found => found.map_err(|error| fail(&error))?.len(),
    };
    if len > MOST_BYTES {
        let message = format!("{} has {len} bytes, at most {MOST_BYTES} are read", display_name(path));
        return Err(Failure::new(Exit::File, message));
    }
    let bytes = fs::read(path).map_err(|error| fail(&error))?;
    // The parser's message may quote the file.
    serde_json::from_slice(&bytes).map(Some).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        Failure::new(
            Exit::Table,
            format!("{} holds no counts that `pupil monitor` wrote: {place}", display_name(path)),
        )
        .hint("--write-reference PATH writes a reference, --seen PATH the counts so far")
    })
}
