//! The summary after a table has been scored.

use std::fmt::{self, Write as _};
use std::path::Path;

use pupil_core::Score;
use pupil_core::format::manifest::Task;
use pupil_tables::{Dialect, Kind};
use serde::Serialize;

use crate::terminal::{Style, bar, columns, grouped, padded, printable};

/// The width of the bar of a share.
const BAR: u16 = 20;

/// Counts over all rows.
#[derive(Serialize)]
pub(super) struct Summary {
    model: String,
    rows: u64,
    review: u64,
    reasons: Vec<Count>,
    tasks: Vec<TaskSummary>,
    read: ReadReport,
    out: String,
}

/// How the table was read.
#[derive(Serialize)]
pub(super) struct ReadReport {
    /// The delimiter of a CSV table.
    delimiter: Option<char>,
    encoding: &'static str,
    sheet: Option<String>,
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
    /// Makes the report from the table's dialect and the numbers of dates and of missing-value markers.
    pub(super) fn new(dialect: &Dialect, dates: usize, marks: usize) -> Self {
        Self {
            delimiter: (dialect.kind == Kind::Csv).then_some(dialect.delimiter),
            encoding: dialect.encoding,
            sheet: dialect.sheet.clone(),
            dates,
            marks,
            says_delimiter: dialect.delimiter_recognised && dialect.delimiter != ',',
            says_encoding: dialect.kind == Kind::Csv && !dialect.keeps_bytes(),
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
            lines.push(format!("read as {}, written as UTF-8", self.encoding));
        }
        if let Some(sheet) = &self.sheet {
            lines.push(format!("read from the sheet `{}`", printable(sheet)));
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
    rows: u64,
    review: u64,
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
    count: u64,
}

impl Summary {
    /// Counts the rows.
    pub(super) fn new(model: &str, rows: &[(&Task, &Score)], out: &Path, read: ReadReport) -> Self {
        let mut summary = Self {
            model: model.to_owned(),
            rows: rows.len() as u64,
            review: 0,
            reasons: Vec::new(),
            tasks: Vec::new(),
            read,
            out: out.display().to_string(),
        };
        for (task, score) in rows {
            let place = match summary.tasks.iter().position(|known| known.task == task.id) {
                Some(place) => place,
                None => {
                    let count = |name: &str| Count { name: name.to_owned(), count: 0 };
                    let awarded = task.labels.iter().map(|label| count(&label.name)).collect();
                    summary.tasks.push(TaskSummary {
                        task: task.id.clone(),
                        rows: 0,
                        review: 0,
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
            if let Some(reason) = score.decision.reason() {
                summary.review += 1;
                of_task.review += 1;
                let name = reason.to_string();
                match summary.reasons.iter_mut().find(|known| known.name == name) {
                    Some(known) => known.count += 1,
                    None => summary.reasons.push(Count { name, count: 1 }),
                }
            }
        }
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
        writeln!(
            text,
            "{} answers scored  {}",
            style.bold(grouped(self.rows)),
            style.dim(printable(&self.model))
        )?;
        let names =
            self.tasks.iter().flat_map(|task| task.awarded.iter().map(|count| printable(&count.name)));
        let width = names.map(|name| columns(&name)).max().unwrap_or(0).max("for review".len());
        for task in &self.tasks {
            let mean = task.mean_level.map_or_else(String::new, |mean| format!(", mean level {mean:.2}"));
            let rows = style.dim(format!("{}{mean}", grouped(task.rows)));
            writeln!(text, "\n{}  {rows}", style.bold(printable(&task.task)))?;
            for count in &task.awarded {
                writeln!(text, "{}", line(&count.name, width, count.count, task.rows).trim_end())?;
            }
            if task.review > 0 {
                let line = line("for review", width, task.review, task.rows);
                writeln!(text, "{}", style.yellow(line.trim_end()))?;
            }
        }
        if !self.reasons.is_empty() {
            let reasons: Vec<String> = self
                .reasons
                .iter()
                .map(|reason| format!("{} {}", grouped(reason.count), reason.name))
                .collect();
            writeln!(text, "\n{}: {}", style.yellow("review"), reasons.join(", "))?;
        }
        writeln!(text)?;
        for line in self.read.lines() {
            writeln!(text, "{line}")?;
        }
        writeln!(text, "written to {}", printable(&self.out))
    }
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
