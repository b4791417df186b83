//! The summary after a table has been scored.

use std::fmt::{self, Write as _};
use std::path::Path;

use pupil_core::format::manifest::Task;
use pupil_core::{ReviewReason, Score};
use pupil_tables::Kind;
use serde::Serialize;

use super::table::{AnswerTable, TextColumn, is_stdout};
use crate::score::in_words;
use crate::terminal::{Style, bar, columns, grouped, padded, printable};

/// The width of the bar of a share.
const BAR: u16 = 20;

/// Counts over all rows.
#[derive(Serialize)]
pub(super) struct Summary {
    model: String,
    rows: u64,
    automatic: u64,
    review: u64,
    reasons: Vec<Count>,
    tasks: Vec<TaskSummary>,
    read: ReadReport,
    out: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<String>,
}

/// How the table was read.
#[derive(Serialize)]
pub(super) struct ReadReport {
    /// The delimiter of a CSV table.
    delimiter: Option<char>,
    encoding: &'static str,
    /// Whether the encoding was guessed.
    guessed: bool,
    sheet: Option<String>,
    /// Lines above the header, such as a title.
    title_rows: usize,
    /// The column of the answers, counted from 1, if it was found by what it holds.
    text_column: Option<usize>,
    /// The number of answers that a spreadsheet stores as dates.
    dates: usize,
    /// The number of answers that are missing-value markers or errors of a formula.
    marks: usize,
    #[serde(skip)]
    says_delimiter: bool,
    #[serde(skip)]
    says_encoding: bool,
}

impl ReadReport {
    /// Makes the report of a table whose answers are in this column.
    pub(super) fn new(table: &AnswerTable, column: TextColumn) -> Self {
        let dialect = table.dialect();
        Self {
            delimiter: (dialect.kind == Kind::Csv).then_some(dialect.delimiter),
            encoding: dialect.encoding,
            guessed: dialect.encoding_guessed,
            sheet: dialect.sheet.clone(),
            title_rows: dialect.title_rows,
            text_column: column.by_content.then_some(column.place + 1),
            dates: table.dates(column.place),
            marks: table.marks(column.place),
            says_delimiter: dialect.delimiter_recognised && dialect.delimiter != ',',
            says_encoding: dialect.kind != Kind::Spreadsheet && !dialect.is_utf8(),
        }
    }

    /// The lines of the report.
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let (true, Some(delimiter)) = (self.says_delimiter, self.delimiter) {
            lines.push(match delimiter {
                '\t' => "read with the delimiter tab".to_owned(),
                other => format!("read with the delimiter `{other}`"),
            });
        }
        if self.says_encoding {
            let guess = if self.guessed { ", a guess that --encoding corrects" } else { "" };
            lines.push(format!("read as {}, written as UTF-8{guess}", self.encoding));
        }
        if let Some(sheet) = &self.sheet {
            lines.push(format!("read from the sheet `{}`", printable(sheet)));
        }
        match self.title_rows {
            0 => {}
            1 => lines.push("the header is below a line of other text".to_owned()),
            n => lines.push(format!("the header is below {n} lines of other text")),
        }
        if let Some(column) = self.text_column {
            lines.push(format!("the answers are in column {column}, the only one of sentences"));
        }
        if self.dates > 0 {
            lines.push(format!("{} answers are dates: spreadsheets read 1/2 as a date", self.dates));
        }
        if self.marks > 0 {
            lines.push(format!("{} answers are markers such as NA and count as missing", self.marks));
        }
        lines
    }
}

/// Counts over the rows of one task.
#[derive(Serialize)]
struct TaskSummary {
    task: String,
    /// The name for people, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    rows: u64,
    automatic: u64,
    review: u64,
    reasons: Vec<Count>,
    /// The mean of the awarded levels, if the task has a scale.
    mean_level: Option<f64>,
    awarded: Vec<Count>,
    #[serde(skip)]
    level_sum: i64,
}

/// The number of occurrences of a label or a reason.
#[derive(Serialize)]
struct Count {
    name: String,
    /// A reason in plain words.
    #[serde(skip_serializing_if = "Option::is_none")]
    means: Option<&'static str>,
    count: u64,
}

/// Counts one more for a reason; reasons are in the order of their first occurrence.
fn count_reason(reasons: &mut Vec<Count>, reason: ReviewReason) {
    let name = reason.to_string();
    match reasons.iter_mut().find(|known| known.name == name) {
        Some(known) => known.count += 1,
        None => reasons.push(Count { name, means: Some(in_words(reason)), count: 1 }),
    }
}

impl Summary {
    /// Counts the rows; `written` are the scored table and, if there is one, the page.
    pub(super) fn new(model: &str, rows: &[(&Task, &Score)], written: &[&Path], read: ReadReport) -> Self {
        let name = |path: &&Path| {
            if is_stdout(path) { "stdout".to_owned() } else { path.display().to_string() }
        };
        let mut written = written.iter().map(name);
        let mut summary = Self {
            model: model.to_owned(),
            rows: rows.len() as u64,
            automatic: 0,
            review: 0,
            reasons: Vec::new(),
            tasks: Vec::new(),
            read,
            out: written.next().unwrap_or_default(),
            html: written.next(),
        };
        for (task, score) in rows {
            let place = match summary.tasks.iter().position(|known| known.task == task.id) {
                Some(place) => place,
                None => {
                    let count = |name: &str| Count { name: name.to_owned(), means: None, count: 0 };
                    let awarded = task.labels.iter().map(|label| count(&label.name)).collect();
                    summary.tasks.push(TaskSummary {
                        task: task.id.clone(),
                        name: Some(task.name.clone()).filter(|name| !name.is_empty() && *name != task.id),
                        rows: 0,
                        automatic: 0,
                        review: 0,
                        reasons: Vec::new(),
                        mean_level: None,
                        awarded,
                        level_sum: 0,
                    });
                    summary.tasks.len() - 1
                }
            };
            let of_task = &mut summary.tasks[place];
            of_task.rows += 1;
            if let Some(level) = score.level {
                of_task.level_sum += i64::from(level);
                of_task.mean_level = Some(mean(of_task.level_sum, of_task.rows));
            }
            for (count, label) in of_task.awarded.iter_mut().zip(&score.labels) {
                count.count += u64::from(label.awarded);
            }
            match score.decision.reason() {
                None => {
                    summary.automatic += 1;
                    of_task.automatic += 1;
                }
                Some(reason) => {
                    summary.review += 1;
                    of_task.review += 1;
                    count_reason(&mut of_task.reasons, reason);
                    count_reason(&mut summary.reasons, reason);
                }
            }
        }
        // The most frequent first; equal ones by name, so that the order of the rows does not matter.
        let sort = |reasons: &mut Vec<Count>| {
            reasons.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
        };
        sort(&mut summary.reasons);
        summary.tasks.iter_mut().for_each(|task| sort(&mut task.reasons));
        summary
    }

    /// The summary as text.
    pub(super) fn text(&self, style: Style) -> String {
        let mut text = String::new();
        self.write(&mut text, style).expect("a String takes everything that is written to it");
        text
    }

    /// Writes the counts, aligned over all tasks.
    fn write(&self, text: &mut String, style: Style) -> fmt::Result {
        writeln!(text, "{} scored  {}", style.bold(answers(self.rows)), style.dim(printable(&self.model)))?;
        let names =
            self.tasks.iter().flat_map(|task| task.awarded.iter().map(|count| printable(&count.name)));
        // A reason stands two columns further to the right than a label.
        let reasons = self.reasons.iter().map(|reason| reason.said().to_owned());
        let reasons = reasons.map(|said| columns(&said) + 2);
        let width = names.map(|name| columns(&name)).chain(reasons).max().unwrap_or(0);
        let width = width.max("for a person to check".len());
        for task in &self.tasks {
            let mean = task.mean_level.map_or_else(String::new, |mean| format!(", mean level {mean:.2}"));
            let rows = style.dim(format!("{}{mean}", answers(task.rows)));
            let name = task.name.as_deref().map_or_else(String::new, |name| format!("  {}", printable(name)));
            writeln!(text, "\n{}{name}  {rows}", style.bold(printable(&task.task)))?;
            for count in &task.awarded {
                writeln!(text, "{}", line(&count.name, width, count.count, task.rows).trim_end())?;
            }
            write_decisions(text, style, width, (task.rows, task.automatic, task.review), &task.reasons)?;
        }
        if self.tasks.len() > 1 {
            writeln!(text, "\n{}  {}", style.bold("all"), style.dim(answers(self.rows)))?;
            write_decisions(text, style, width, (self.rows, self.automatic, self.review), &self.reasons)?;
        }
        writeln!(text)?;
        for line in self.read.lines() {
            writeln!(text, "{line}")?;
        }
        writeln!(text, "written to {}", printable(&self.out))?;
        match &self.html {
            Some(page) => writeln!(text, "what to read first: {}", printable(page)),
            None => Ok(()),
        }
    }
}

impl Count {
    /// The name, or a reason in plain words.
    fn said(&self) -> &str {
        self.means.unwrap_or(&self.name)
    }
}

/// Writes how many scores count without review, and why the others go to a person.
fn write_decisions(
    text: &mut String,
    style: Style,
    width: usize,
    (rows, automatic, review): (u64, u64, u64),
    reasons: &[Count],
) -> fmt::Result {
    writeln!(text, "{}", style.green(line("automatic", width, automatic, rows).trim_end()))?;
    if review > 0 {
        writeln!(text, "{}", style.yellow(line("for a person to check", width, review, rows).trim_end()))?;
    }
    for reason in reasons {
        let line = line(&format!("  {}", reason.said()), width, reason.count, rows);
        writeln!(text, "{}", line.trim_end())?;
    }
    Ok(())
}

/// A number of answers.
fn answers(count: u64) -> String {
    if count == 1 { "1 answer".to_owned() } else { format!("{} answers", grouped(count)) }
}

/// One count with its share.
fn line(name: &str, width: usize, count: u64, all: u64) -> String {
    let share = share(count, all);
    format!(
        "  {}  {:>7}  {:>5.1} %  {}",
        padded(&printable(name), width),
        grouped(count),
        share * 100.0,
        bar(share, BAR)
    )
}

/// A part of a whole, from 0 to 1.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are shown with three digits")]
fn share(count: u64, all: u64) -> f32 {
    if all == 0 { 0.0 } else { count as f32 / all as f32 }
}

/// The mean of a sum of levels.
#[expect(clippy::cast_precision_loss, reason = "sums of levels are far below 2^53")]
fn mean(sum: i64, count: u64) -> f64 {
    sum as f64 / count as f64
}
