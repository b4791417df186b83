//! Reads the table of answers, and writes it with the scores.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use pupil_core::output;
use pupil_tables::{Column, Dialect, ErrorKind, Options};

use crate::args::TableArgs;
use crate::failure::{Exit, Failure, display_name};

/// File extensions of spreadsheets, which are read but not written.
const SPREADSHEETS: [&str; 5] = ["xlsx", "xls", "xlsm", "xlsb", "ods"];

/// A table and its path.
pub(crate) struct AnswerTable {
    path: PathBuf,
    table: pupil_tables::Table,
}

impl AnswerTable {
    /// Reads a table in which every row has as many cells as the header.
    pub(crate) fn read(path: &Path, options: &TableArgs) -> Result<Self, Failure> {
        let how = Options {
            kind: None,
            delimiter: options.delimiter,
            encoding: options.encoding.clone(),
            sheet: options.sheet.clone(),
            // An empty line is an empty answer.
            empty_rows: true,
        };
        let table = pupil_tables::Table::open_as(&display_name(path), path, &how)
            .map_err(|error| Failure::table(path, &error))?;
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
            let mut hint = format!("{option} NAME picks the column of {of}, by its name in the first row");
            if let Some(advice) = Failure::table(&self.path, &error).advice() {
                hint = format!("{hint}; {advice}");
            } else if *columns == 1 && self.dialect().sheet.is_none() {
                hint += "; --delimiter CHAR sets the delimiter";
            }
            Failure::new(Exit::Table, message).hint(hint)
        })
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

    /// Writes the table with more columns.
    pub(crate) fn write(&self, to: &Path, added: &[Column]) -> Result<(), Failure> {
        output::write_with(to, |out| self.table.write(out, added))
            .map_err(|error| Failure::file("write", to, &error))
    }
}

/// Rejects a scored table that would be a spreadsheet.
pub(crate) fn check_ending(to: &Path) -> Result<(), Failure> {
    let ending = to.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    if ending.is_some_and(|ending| SPREADSHEETS.contains(&&*ending)) {
        return Err(Failure::new(Exit::Usage, "--out names a spreadsheet, but the scored table is CSV")
            .hint("give it a name that ends in .csv; Excel and LibreOffice open that"));
    }
    Ok(())
}

/// Rejects a destination of `option` that cannot be written, or that is a file which is read, before rows are scored.
pub(crate) fn check_destination(from: &Path, to: &Path, option: &str) -> Result<(), Failure> {
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
    ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].iter().any(|name| to == Path::new(name))
}

/// Whether a cell is empty, a missing-value marker such as `NA` or `#N/A`, or the error of a spreadsheet formula.
pub(super) fn is_no_text(cell: &str) -> bool {
    pupil_tables::is_missing(cell) || pupil_tables::is_formula_error(cell)
}
