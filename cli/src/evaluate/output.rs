//! Writes a report: to files, and its main figures to the terminal.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use pupil_core::output;
use pupil_metrics::evaluation::Report;
use pupil_metrics::report::{csv_files, json, page};

use crate::args::EvaluateArgs;
use crate::batch::{check_destination, refuse_to_replace};
use crate::failure::{Exit, Failure, display_name};
use crate::stdout;
use crate::terminal::{Style, printable};

/// Warnings that the terminal shows; the files have all.
const SHOWN_WARNINGS: usize = 12;

/// The table that every report has.
const FIRST_TABLE: &str = "eval.csv";

/// Where the report goes.
pub(super) struct Destinations {
    html: Option<PathBuf>,
    json: Option<PathBuf>,
    csv_dir: Option<PathBuf>,
}

impl Destinations {
    /// Refuses destinations that cannot be written, or that are one of the files that are read.
    pub(super) fn check(options: &EvaluateArgs, read: &[&Path]) -> Result<Self, Failure> {
        for (option, to) in [("--html", &options.html), ("--json", &options.json)] {
            let Some(to) = to else { continue };
            for from in read {
                check_destination(from, to, option)?;
            }
            refuse_to_replace(to, option, options.table.force)?;
        }
        if let (Some(html), Some(json)) = (&options.html, &options.json)
            && html == json
        {
            return Err(Failure::new(Exit::Usage, "--html and --json name the same file"));
        }
        if let Some(folder) = &options.csv_dir
            && fs::metadata(folder).is_ok_and(|found| !found.is_dir())
        {
            let message = format!("--csv-dir names {}, which is not a folder", display_name(folder));
            return Err(Failure::new(Exit::Usage, message));
        }
        if let Some(folder) = &options.csv_dir {
            refuse_to_replace(&folder.join(FIRST_TABLE), "--csv-dir", options.table.force)?;
        }
        Ok(Self { html: options.html.clone(), json: options.json.clone(), csv_dir: options.csv_dir.clone() })
    }

    /// Writes the files, then the main figures to stdout.
    pub(super) fn write(&self, report: &Report) -> Result<(), Failure> {
        let written_by = concat!("pupil ", env!("CARGO_PKG_VERSION"));
        let put = |path: &Path, bytes: &[u8]| {
            output::write(path, bytes).map_err(|error| Failure::file("write", path, &error))
        };
        let mut written = Vec::new();
        if let Some(path) = &self.html {
            put(path, page(report, written_by).as_bytes())?;
            written.push(path.display().to_string());
        }
        if let Some(path) = &self.json {
            let text = serde_json::to_string_pretty(&json(report))
                .map_err(|error| Failure::new(Exit::Internal, format!("cannot make JSON: {error}")))?;
            put(path, (text + "\n").as_bytes())?;
            written.push(path.display().to_string());
        }
        if let Some(folder) = &self.csv_dir {
            fs::create_dir_all(folder).map_err(|error| Failure::file("write", folder, &error))?;
            let files = csv_files(report);
            for file in &files {
                put(&folder.join(&file.name), &file.bytes)?;
            }
            written.push(format!("{} ({} tables)", folder.display(), files.len()));
        }
        stdout::print(&text(report, Style::of_stdout(), &written))
    }
}

/// The main figures as text.
fn text(report: &Report, style: Style, written: &[String]) -> String {
    let mut text = String::new();
    let mut put = |line: String| writeln!(text, "{line}").expect("a String takes everything");
    put(style.bold(printable(&report.title)));
    for line in &report.summary {
        put(format!("\n{}", wrapped(&printable(&line.replace('`', "")), 100)));
    }
    if !report.warnings.is_empty() {
        put(format!("\n{}", style.yellow("beyond limits")));
    }
    for warning in report.warnings.iter().take(SHOWN_WARNINGS) {
        let row =
            if warning.row.is_empty() { String::new() } else { format!(", {}", printable(&warning.row)) };
        put(format!("  {}{row}, {}: {}", printable(&warning.table), warning.column, warning.what));
    }
    if let Some(more) = report.warnings.len().checked_sub(SHOWN_WARNINGS + 1) {
        put(format!("  and {} more", more + 1));
    }
    if written.is_empty() {
        put(format!("\n{}", style.dim("--html PATH, --json PATH and --csv-dir FOLDER write all figures")));
    }
    for path in written {
        put(format!("\nwritten to {}", printable(path)));
    }
    text
}

/// A text in lines of at most so many columns.
fn wrapped(text: &str, columns: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("there is a line");
        if !last.is_empty() && last.chars().count() + 1 + word.chars().count() > columns {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines.join("\n")
}
