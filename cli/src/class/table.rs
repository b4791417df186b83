//! The table that comes in, and the one that goes out.

use std::fs;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use csv::{ByteRecord, ReaderBuilder, Terminator, WriterBuilder};
use tempfile::NamedTempFile;

use super::scored::Column;
use crate::failure::{Exit, Failure};
use crate::screen::printable;

/// What some programs put before UTF-8, and look for.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Columns that a message lists.
const LISTED_COLUMNS: usize = 40;

/// A whole table; its fields stay the bytes they are.
pub(super) struct Table {
    path: PathBuf,
    /// The names of the columns, without space around them.
    header: Vec<String>,
    /// The header as it stands in the file.
    raw_header: ByteRecord,
    rows: Vec<ByteRecord>,
    has_mark: bool,
    terminator: Terminator,
}

impl Table {
    /// Reads a table whose rows all have as many fields as its header.
    pub(super) fn read(path: &Path, delimiter: u8) -> Result<Self, Failure> {
        let bytes = fs::read(path).map_err(|error| Failure::file("read", path, &error))?;
        let has_mark = bytes.starts_with(BYTE_ORDER_MARK);
        let first_line = bytes.iter().position(|byte| *byte == b'\n').map_or(&bytes[..], |end| &bytes[..end]);
        let terminator = if first_line.ends_with(b"\r") { Terminator::CRLF } else { Terminator::Any(b'\n') };
        let raw_header = reader(&bytes, delimiter)
            .byte_headers()
            .map_err(|error| broken(path, "its header", &error))?
            .clone();
        // The reader passes over empty lines. With one column they are rows: somebody answered nothing.
        let bytes = if raw_header.len() == 1 { with_empty_rows(&bytes, delimiter) } else { bytes };
        if raw_header.is_empty() {
            return Err(Failure::new(
                Exit::Table,
                format!("{} is empty, a header is needed", path.display()),
            ));
        }
        let header = raw_header
            .iter()
            .map(|name| std::str::from_utf8(name).map(|name| name.trim().to_owned()))
            .collect::<Result<Vec<String>, _>>()
            .map_err(|error| {
                Failure::new(
                    Exit::Table,
                    format!(
                        "the header of {} is not UTF-8: byte {} of a name does not fit",
                        path.display(),
                        error.valid_up_to()
                    ),
                )
                .hint("save the table as UTF-8")
            })?;
        let mut rows = Vec::new();
        for (row, record) in reader(&bytes, delimiter).into_byte_records().enumerate() {
            rows.push(record.map_err(|error| broken(path, &format!("row {}", row + 1), &error))?);
        }
        Ok(Self { path: path.to_owned(), header, raw_header, rows, has_mark, terminator })
    }

    /// The names of the columns.
    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    /// The number of rows below the header.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The place of a column.
    ///
    /// # Errors
    ///
    /// When there is none, or more than one.
    pub(super) fn column(&self, name: &str, option: &str, of: &str) -> Result<usize, Failure> {
        self.find(name)?.ok_or_else(|| {
            let names: Vec<String> = self
                .header
                .iter()
                .take(LISTED_COLUMNS)
                .map(|name| format!("`{}`", printable(name)))
                .collect();
            let more = match self.header.len().saturating_sub(LISTED_COLUMNS) {
                0 => String::new(),
                n => format!(" and {n} more"),
            };
            Failure::new(
                Exit::Table,
                format!(
                    "{} has no column `{}`; it has {}{more}",
                    self.path.display(),
                    printable(name),
                    names.join(", ")
                ),
            )
            .hint(if self.header.len() == 1 {
                format!("{option} NAME picks the column of {of}, --delimiter what stands between fields")
            } else {
                format!("{option} NAME picks the column of {of}")
            })
        })
    }

    /// The place of a column that may be absent.
    ///
    /// # Errors
    ///
    /// When there is more than one.
    pub(super) fn find(&self, name: &str) -> Result<Option<usize>, Failure> {
        let mut places = (0..self.header.len()).filter(|column| self.header[*column] == name.trim());
        let first = places.next();
        if places.next().is_some() {
            let message = format!("{} has more than one column `{}`", self.path.display(), printable(name));
            return Err(Failure::new(Exit::Table, message));
        }
        Ok(first)
    }

    /// One field as text.
    pub(super) fn text(&self, row: usize, column: usize) -> Result<&str, Failure> {
        std::str::from_utf8(&self.rows[row][column]).map_err(|error| {
            Failure::new(
                Exit::Table,
                format!(
                    "{}: column `{}` is not UTF-8: byte {} of the field does not fit",
                    self.place(row),
                    printable(&self.header[column]),
                    error.valid_up_to()
                ),
            )
            .hint("save the table as UTF-8")
        })
    }

    /// Where a row is, for a message; rows are counted from 1 below the header.
    pub(super) fn place(&self, row: usize) -> String {
        match self.rows[row].position() {
            Some(position) => {
                format!("row {} (line {} of {})", row + 1, position.line(), self.path.display())
            }
            None => format!("row {} of {}", row + 1, self.path.display()),
        }
    }

    /// Writes the table with more columns: into a file beside the destination, then moved over it.
    pub(super) fn write(&self, to: &Path, delimiter: u8, added: &[Column]) -> Result<(), Failure> {
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let write = || -> io::Result<()> {
            let file = beside(folder)?;
            self.write_to(file.as_file(), delimiter, added)?;
            file.persist(to)?;
            Ok(())
        };
        write().map_err(|error| Failure::file("write", to, &error))
    }

    /// Writes every byte and waits until the disk has it.
    fn write_to(&self, mut file: &fs::File, delimiter: u8, added: &[Column]) -> io::Result<()> {
        if self.has_mark {
            file.write_all(BYTE_ORDER_MARK)?;
        }
        let mut writer = WriterBuilder::new()
            .delimiter(delimiter)
            .terminator(self.terminator)
            .from_writer(BufWriter::new(file));
        for name in &self.raw_header {
            writer.write_field(name)?;
        }
        writer.write_record(added.iter().map(|column| column.name.as_bytes()))?;
        for (row, record) in self.rows.iter().enumerate() {
            for field in record {
                writer.write_field(field)?;
            }
            writer.write_record(added.iter().map(|column| column.cells[row].as_bytes()))?;
        }
        let mut buffer = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
        buffer.flush()?;
        file.sync_all()
    }
}

fn reader(bytes: &[u8], delimiter: u8) -> csv::Reader<&[u8]> {
    ReaderBuilder::new().delimiter(delimiter).from_reader(bytes)
}

/// A file in the folder, gone when it is not moved elsewhere, and readable by whom new files are readable.
fn beside(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".pupil-").suffix(".partial");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// Puts `""` into every empty line below the header that is not inside quotes.
fn with_empty_rows(bytes: &[u8], delimiter: u8) -> Vec<u8> {
    /// Where in a field the scan is.
    #[derive(Clone, Copy, PartialEq)]
    enum Field {
        Start,
        Plain,
        Quoted,
        Closed,
    }
    let mut out = Vec::with_capacity(bytes.len());
    let (mut is_below, mut field) = (false, Field::Start);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let is_empty = matches!(line, b"\n" | b"\r\n");
        if is_empty && is_below && field == Field::Start {
            out.extend(b"\"\"");
        }
        is_below |= !is_empty;
        for &byte in line {
            field = match (field, byte) {
                (Field::Quoted, b'"') => Field::Closed,
                // A quote inside quotes stands twice; one in the middle of a plain field is a character, as the reader has it.
                (Field::Quoted, _) | (Field::Start | Field::Closed, b'"') => Field::Quoted,
                (_, b'\n') => Field::Start,
                (_, byte) if byte == delimiter => Field::Start,
                _ => Field::Plain,
            };
        }
        out.extend(line);
    }
    out
}

/// A row that the CSV reader refused.
fn broken(path: &Path, what: &str, error: &csv::Error) -> Failure {
    match error.kind() {
        csv::ErrorKind::Io(error) => Failure::file("read", path, error),
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(String::new(), |pos| format!(" (line {})", pos.line()));
            Failure::new(
                Exit::Table,
                format!("{what}{line} of {} has {len} fields, the header has {expected_len}", path.display()),
            )
            .hint("a field that holds a separator or a line break needs quotes round it")
        }
        _ => Failure::new(Exit::Table, format!("{what} of {} cannot be read", path.display())),
    }
}
