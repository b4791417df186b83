//! The table that comes in, and the one that goes out.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use csv::{ByteRecord, ReaderBuilder, WriterBuilder};

use super::scored::Column;
use crate::failure::{Exit, Failure};
use crate::screen::printable;

/// Columns that a message lists.
const LISTED_COLUMNS: usize = 40;

/// A whole table; fields that are not read stay as the bytes they are.
pub(super) struct Table {
    path: PathBuf,
    header: Vec<String>,
    rows: Vec<ByteRecord>,
}

impl Table {
    /// Reads a table whose rows all have as many fields as its header.
    pub(super) fn read(path: &Path, delimiter: u8) -> Result<Self, Failure> {
        let file = File::open(path).map_err(|error| Failure::file("read", path, &error))?;
        let mut reader = ReaderBuilder::new().delimiter(delimiter).from_reader(io::BufReader::new(file));
        let header = reader.byte_headers().map_err(|error| broken(path, "its header", &error))?;
        if header.is_empty() {
            return Err(Failure::new(
                Exit::Table,
                format!("{} is empty, a header is needed", path.display()),
            ));
        }
        let header = header
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
        for (row, record) in reader.into_byte_records().enumerate() {
            rows.push(record.map_err(|error| broken(path, &format!("row {}", row + 1), &error))?);
        }
        Ok(Self { path: path.to_owned(), header, rows })
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
    pub(super) fn column(&self, name: &str) -> Result<usize, Failure> {
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
                "--text-column NAME picks the column of the answers, --delimiter what stands between fields"
            } else {
                "--text-column NAME picks the column of the answers"
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
        let mut name = to.file_name().map_or_else(|| OsString::from("table"), ToOwned::to_owned);
        name.push(".partial");
        let partial = to.with_file_name(name);
        let written = self.write_to(&partial, delimiter, added).and_then(|()| fs::rename(&partial, to));
        written.map_err(|error| {
            // What is left of a failed attempt is of no use; that it cannot be removed changes nothing.
            let _ = fs::remove_file(&partial);
            Failure::file("write", to, &error)
        })
    }

    /// Writes every byte and waits until the disk has it.
    fn write_to(&self, path: &Path, delimiter: u8, added: &[Column]) -> io::Result<()> {
        let mut writer =
            WriterBuilder::new().delimiter(delimiter).from_writer(io::BufWriter::new(File::create(path)?));
        for name in &self.header {
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
        buffer.get_ref().sync_all()
    }
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
