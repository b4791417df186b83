//! Reads the table of answers, and writes it with the scores.

use std::fs::{self, Metadata};
use std::io::{self, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use pupil_core::output;
use pupil_tables::{Column, Dialect, ErrorKind, Format, Limits, Options, is_answer_name, looks_like_text};

use crate::args::TableArgs;
use crate::failure::{Exit, Failure, display_name};
use crate::similar;

/// Stdin as a table, and stdout as a destination.
const STREAM: &str = "-";

/// Endings of spreadsheets that are read but not written.
const ONLY_READ: [&str; 3] = ["xls", "xlsm", "xlsb"];

/// Endings of files of other programs, which a table would not open in.
const NO_TABLES: [&str; 10] = ["pdf", "doc", "docx", "odt", "rtf", "html", "htm", "json", "numbers", "pupil"];

/// Columns that are named in the header and never have the answers that a model scores.
const NO_ANSWERS: [&str; 4] = ["task", "reference", "question", "explanation"];

/// A table and its path.
pub(crate) struct AnswerTable {
    path: PathBuf,
    table: pupil_tables::Table,
}

/// The column of the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextColumn {
    pub(crate) place: usize,
    /// Whether it was taken for what it holds, not for its name.
    pub(crate) by_content: bool,
}

impl AnswerTable {
    /// Reads a table in which every row has as many cells as the header.
    pub(crate) fn read(path: &Path, options: &TableArgs) -> Result<Self, Failure> {
        let columns = [&options.text_column, &options.task_column, &options.reference_column];
        let names = columns.into_iter().flatten().map(String::as_str).chain(["text"]);
        let how = Options {
            kind: None,
            delimiter: options.delimiter,
            encoding: options.encoding.clone(),
            sheet: options.sheet.clone(),
            // An empty line is an empty answer.
            empty_rows: true,
            guess_encoding: true,
            names: names.map(str::to_owned).collect(),
            limits: if options.large { Limits::LARGE } else { Limits::ORDINARY },
        };
        let name = display_name(path);
        let table = if path == Path::new(STREAM) {
            let mut bytes = Vec::new();
            let read = io::stdin().lock().take(how.limits.bytes.saturating_add(1)).read_to_end(&mut bytes);
            read.map_err(|error| Failure::new(Exit::File, format!("cannot read stdin: {error}")))?;
            pupil_tables::Table::parse(&name, bytes, &how)
        } else {
            pupil_tables::Table::open_as(&name, path, &how)
        };
        let table = table.map_err(|error| {
            let failure = Failure::table(path, &error);
            let is_beyond =
                matches!(error.kind(), ErrorKind::TooLarge { .. } | ErrorKind::TooManyRows { .. });
            if is_beyond && !options.large {
                failure.hint(
                    "--large reads up to 2 GiB, with about 1 KB of memory for each row; or split the table",
                )
            } else {
                failure
            }
        })?;
        Ok(Self { path: path.to_owned(), table })
    }

    /// The names of the columns.
    pub(crate) fn header(&self) -> &[String] {
        self.table.header()
    }

    /// The name of its file.
    pub(crate) fn name(&self) -> String {
        display_name(&self.path)
    }

    /// The name of its file without the folders.
    pub(crate) fn file_name(&self) -> String {
        let name = self.path.file_name().map(|name| display_name(Path::new(name)));
        name.unwrap_or_else(|| self.name())
    }

    /// The number of rows below the header.
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// How the table is written.
    pub(crate) fn dialect(&self) -> &Dialect {
        self.table.dialect()
    }

    /// The number of missing-value markers in a column; empty cells do not count.
    pub(crate) fn marks(&self, column: usize) -> usize {
        (0..self.len())
            .filter_map(|row| self.text(row, column).ok())
            .filter(|text| !text.trim().is_empty() && is_no_text(text))
            .count()
    }

    /// The number of cells of a column that a spreadsheet stores as dates.
    pub(crate) fn dates(&self, column: usize) -> usize {
        (0..self.len()).filter(|row| self.table.is_date(*row, column)).count()
    }

    /// The index of the column `name`, which `option` sets and which is `usual` by default.
    ///
    /// # Errors
    ///
    /// If there is no such column, or more than one.
    pub(crate) fn column(&self, name: &str, usual: &str, option: &str, of: &str) -> Result<usize, Failure> {
        self.table.column(name).map_err(|error| {
            // Only the default name is repeated: another one may be an answer given by mistake.
            let said =
                if name == usual { format!("`{usual}`") } else { format!("with the name given by {option}") };
            let ErrorKind::MissingColumn { columns, .. } = error.kind() else {
                return self
                    .duplicate_column(&said, &error)
                    .hint(format!("{option} NAME picks the column of {of}"));
            };
            let count = if *columns == 1 { "1 column".to_owned() } else { format!("{columns} columns") };
            let message = format!("{} has no column {said}; it has {count}", display_name(&self.path));
            let mut hint = format!("{option} NAME picks the column of {of}, by its name in the header");
            // A name of the header is not repeated: without a header, it is an answer.
            let similar = similar::nearest(name, self.header().iter().map(String::as_str));
            if let Some(place) = similar.and_then(|name| self.header().iter().position(|one| one == name)) {
                hint = format!("column {} has a similar name; {hint}", place + 1);
            }
            if let Some(advice) = Failure::table(&self.path, &error).advice() {
                hint = format!("{hint}; {advice}");
            } else if *columns == 1 && self.dialect().sheet.is_none() {
                hint += "; --delimiter CHAR sets the delimiter";
            }
            Failure::new(Exit::Table, message).hint(hint)
        })
    }

    /// The column of the answers: the one that was named; or `text`; or the only one with a usual name of answers; or
    /// the only one of sentences.
    ///
    /// # Errors
    ///
    /// If no column or several may be meant.
    pub(crate) fn text_column(&self, options: &TableArgs) -> Result<TextColumn, Failure> {
        const OPTION: &str = "--text-column";
        let named = |place| TextColumn { place, by_content: false };
        if let Some(name) = &options.text_column {
            return self.column(name, "text", OPTION, "the answers").map(named);
        }
        if let Some(place) = self.find("text")? {
            return Ok(named(place));
        }
        let header = self.header();
        let usual: Vec<usize> = (0..header.len()).filter(|place| is_answer_name(&header[*place])).collect();
        match usual[..] {
            [place] => return Ok(named(place)),
            [_, _, ..] => return Err(self.several(&usual, "have a usual name of answers")),
            [] => {}
        }
        let skipped = [&options.task_column, &options.reference_column].map(|name| name.as_deref());
        let skipped: Vec<&str> = NO_ANSWERS.into_iter().chain(skipped.into_iter().flatten()).collect();
        let is_skipped = |place: &usize| skipped.iter().any(|name| header[*place].eq_ignore_ascii_case(name));
        let of_sentences: Vec<usize> = (0..header.len())
            .filter(|place| !is_skipped(place))
            .filter(|place| looks_like_text((0..self.len()).filter_map(|row| self.text(row, *place).ok())))
            .collect();
        match of_sentences[..] {
            // Without a header, the name would be an answer, too.
            [place]
                if !looks_like_text([header[place].as_str()])
                    || header[place].ends_with(['?', '\u{ff1f}']) =>
            {
                Ok(TextColumn { place, by_content: true })
            }
            [_, _, ..] => Err(self.several(&of_sentences, "may have the answers")),
            _ => self.column("text", "text", OPTION, "the answers").map(named),
        }
    }

    /// The column of the answers where a command can do without it: by its name, if exactly one has such a name.
    ///
    /// # Errors
    ///
    /// If several columns have the name.
    pub(crate) fn known_text_column(&self, options: &TableArgs) -> Result<Option<usize>, Failure> {
        if let Some(found) = self.find(options.text_column.as_deref().unwrap_or("text"))? {
            return Ok(Some(found));
        }
        if options.text_column.is_some() {
            return Ok(None);
        }
        let mut usual = (0..self.header().len()).filter(|place| is_answer_name(&self.header()[*place]));
        Ok(usual.next().filter(|_| usual.next().is_none()))
    }

    /// The failure for several columns that may have the answers.
    fn several(&self, places: &[usize], what: &str) -> Failure {
        let places: Vec<String> = places.iter().map(|place| (place + 1).to_string()).collect();
        let message = format!("{}: columns {} {what}", self.name(), places.join(", "));
        Failure::new(Exit::Table, message).hint("--text-column NAME picks the column of the answers")
    }

    /// The index of a column by its default name, if it exists.
    ///
    /// # Errors
    ///
    /// If there is more than one.
    pub(crate) fn find(&self, usual: &str) -> Result<Option<usize>, Failure> {
        self.table.find(usual).map_err(|error| self.duplicate_column(&format!("`{usual}`"), &error))
    }

    /// The failure for two columns with one name.
    fn duplicate_column(&self, said: &str, error: &pupil_tables::Error) -> Failure {
        match error.kind() {
            ErrorKind::DuplicateColumn { first, second } => Failure::new(
                Exit::Table,
                format!(
                    "{} has more than one column {said}: number {first} and number {second}",
                    display_name(&self.path)
                ),
            ),
            _ => Failure::table(&self.path, error),
        }
    }

    /// One cell as text.
    pub(crate) fn text(&self, row: usize, column: usize) -> Result<&str, Failure> {
        self.table.text(row, column).map_err(|error| Failure::table(&self.path, &error))
    }

    /// The line on which a row begins; in a spreadsheet, the number of the row.
    pub(crate) fn line(&self, row: usize) -> usize {
        self.table.line(row)
    }

    /// The location of a row, for a message; rows are counted from 1 below the header.
    pub(crate) fn location(&self, row: usize) -> String {
        format!("row {} (line {} of {})", row + 1, self.table.line(row), display_name(&self.path))
    }

    /// Writes the table with more columns, in the format that the name's ending says, or in its own.
    pub(crate) fn write(&self, to: &Path, added: &[Column]) -> Result<(), Failure> {
        write(&self.table, to, added)
    }

    /// Writes a table of other rows and columns in the same way: those that this table holds, then what is added.
    pub(crate) fn write_selected(&self, to: &Path, own: &[Column], added: &[Column]) -> Result<(), Failure> {
        let table = self.table.selected(own).map_err(|error| Failure::table(&self.path, &error))?;
        write(&table, to, added)
    }
}

/// Writes a table with more columns, in the format that the name's ending says, or in its own.
fn write(table: &pupil_tables::Table, to: &Path, added: &[Column]) -> Result<(), Failure> {
    let format = match (ending(to).as_deref(), table.dialect().format) {
        (Some("csv" | "txt"), _) => Format::Csv,
        (Some("tsv" | "tab"), _) => Format::Tsv,
        (Some("xlsx"), _) | (_, Format::Xls) => Format::Xlsx,
        (Some("ods"), _) => Format::Ods,
        (Some("jsonl" | "ndjson"), _) => Format::JsonLines,
        (_, own) => own,
    };
    if to != Path::new(STREAM) {
        return output::write_with(to, |out| table.write(out, format, added))
            .map_err(|error| Failure::file("write", to, &error));
    }
    let mut stdout = io::stdout().lock();
    if matches!(format, Format::Xlsx | Format::Ods) && stdout.is_terminal() {
        return Err(Failure::new(Exit::Usage, "--out - would write a workbook to the terminal")
            .hint("give --out a name that ends in .xlsx, .ods or .csv"));
    }
    match table.write(&mut stdout, format, added) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::File, format!("cannot write to stdout: {error}")))
        }
        _ => Ok(()),
    }
}

/// The ending of a name, in lower case.
fn ending(path: &Path) -> Option<String> {
    path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase)
}

/// Rejects a scored table of a kind that is not written.
pub(crate) fn check_ending(to: &Path) -> Result<(), Failure> {
    if ending(to).is_some_and(|ending| ONLY_READ.contains(&&*ending)) {
        return Err(Failure::new(Exit::Usage, "--out names a kind of spreadsheet that is not written")
            .hint("give it a name that ends in .xlsx, .ods or .csv"));
    }
    if ending(to).is_some_and(|ending| NO_TABLES.contains(&&*ending)) {
        return Err(Failure::new(Exit::Usage, "--out names a kind of file that is no table")
            .hint("give it a name that ends in .xlsx, .ods, .csv, .tsv or .jsonl; --html of `pupil score` writes a page"));
    }
    Ok(())
}

/// Rejects a destination of `option` that cannot be written, or that is a file which is read, before rows are scored.
pub(crate) fn check_destination(from: &Path, to: &Path, option: &str) -> Result<(), Failure> {
    if to == Path::new(STREAM) && option == "--out" {
        return Ok(());
    }
    if is_same(from, to) {
        let (message, hint) = match option {
            "--out" => ("is the table itself", "give the scored table another name"),
            _ => ("names a file that is read", "give the report another name"),
        };
        return Err(Failure::new(Exit::Usage, format!("{option} {message}, {}", display_name(to))).hint(hint));
    }
    output::check(to).map_err(|error| Failure::file("write", to, &error))?;
    let parent = match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let cannot = |what: &str| {
        Failure::new(Exit::File, format!("cannot write {}: there is no folder {what}", display_name(to)))
    };
    // An existing file or link needs no folder.
    if fs::symlink_metadata(to).is_ok() || fs::metadata(parent).is_ok_and(|found| found.is_dir()) {
        return Ok(());
    }
    let text = parent.display().to_string();
    Err(cannot(if display_name(to) == to.display().to_string() { &text } else { "for it" }))
}

/// Rejects a destination of `option` that exists, unless it may be replaced.
pub(crate) fn refuse_to_replace(to: &Path, option: &str, force: bool) -> Result<(), Failure> {
    // A pipe or a device is written to, not replaced.
    if force || !fs::metadata(to).is_ok_and(|found| found.is_file()) {
        return Ok(());
    }
    Err(Failure::new(Exit::File, format!("{option} names a file that exists, {}", display_name(to)))
        .hint("--force replaces it; or give another name"))
}

/// Whether two paths name the same file, also through symbolic or hard links.
fn is_same(a: &Path, b: &Path) -> bool {
    let (Ok(found_a), Ok(found_b)) = (fs::metadata(a), fs::metadata(b)) else { return false };
    // A terminal or a pipe can be both read and written.
    if !found_a.is_file() || !found_b.is_file() {
        return false;
    }
    has_one_inode(&found_a, &found_b)
        || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// Whether two names are hard links to one file.
#[cfg(unix)]
fn has_one_inode(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

/// Whether two names are hard links to one file; not checked on this system.
#[cfg(not(unix))]
fn has_one_inode(_: &Metadata, _: &Metadata) -> bool {
    false
}

/// Whether a destination is stdout, where the summary is printed.
pub(crate) fn is_stdout(to: &Path) -> bool {
    [STREAM, "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].iter().any(|name| to == Path::new(name))
}

/// Whether a cell is empty, a missing-value marker such as `NA` or `#N/A`, or the error of a spreadsheet formula.
pub(super) fn is_no_text(cell: &str) -> bool {
    pupil_tables::is_missing(cell) || pupil_tables::is_formula_error(cell)
}
