//! Writes a table back.

use std::io::{self, Write};

use csv::WriterBuilder;

use crate::decode::MARK;
use crate::options::Terminator;
use crate::table::Table;

/// A column that is added after those of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// One cell per row.
    pub cells: Vec<String>,
}

/// Writes columns as a table of its own: CSV in UTF-8 with commas.
///
/// ```
/// use pupil_tables::{Column, write_columns};
///
/// let text = Column { name: "text".to_owned(), cells: vec!["warm, dry".to_owned()] };
/// let mut out = Vec::new();
/// write_columns(&mut out, &[text]).expect("a vector takes everything");
/// assert_eq!(out, b"text\n\"warm, dry\"\n");
/// ```
///
/// # Panics
///
/// If the columns have different numbers of cells.
///
/// # Errors
///
/// If writing to `out` fails.
pub fn write_columns(out: &mut dyn Write, columns: &[Column]) -> io::Result<()> {
    let rows = columns.first().map_or(0, |column| column.cells.len());
    assert!(columns.iter().all(|column| column.cells.len() == rows), "every column has one cell per row");
    let mut out = WriterBuilder::new().from_writer(out);
    out.write_record(columns.iter().map(|column| &column.name))?;
    for row in 0..rows {
        out.write_record(columns.iter().map(|column| &column.cells[row]))?;
    }
    out.flush()
}

impl Table {
    /// Writes the table in its format, with more columns. Byte order mark, `sep=` line, delimiter, line ends and the
    /// bytes of every cell are kept; cells are quoted where necessary. A spreadsheet, or a table in another encoding,
    /// becomes CSV in UTF-8 with a byte order mark.
    ///
    /// ```
    /// use pupil_tables::{Column, Options, Table};
    ///
    /// let table = Table::parse("class.csv", b"id;text\r\n1;He ran\r\n".to_vec(), &Options::default())?;
    /// let level = Column { name: "level".to_owned(), cells: vec!["2".to_owned()] };
    /// let mut out = Vec::new();
    /// table.write(&mut out, &[level]).expect("a vector takes everything");
    /// assert_eq!(out, b"id;text;level\r\n1;He ran;2\r\n");
    /// # Ok::<(), pupil_tables::Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If a column does not have one cell per row.
    ///
    /// # Errors
    ///
    /// If writing to `out` fails.
    pub fn write(&self, out: &mut dyn Write, added: &[Column]) -> io::Result<()> {
        for column in added {
            assert_eq!(column.cells.len(), self.len(), "an added column has one cell per row");
        }
        let dialect = self.dialect();
        let mut out = io::BufWriter::new(out);
        if dialect.has_mark || !dialect.keeps_bytes() {
            out.write_all(MARK)?;
        }
        let (ends, terminator) = match dialect.terminator {
            Terminator::Lf => ("\n", csv::Terminator::Any(b'\n')),
            Terminator::CrLf => ("\r\n", csv::Terminator::CRLF),
            Terminator::Cr => ("\r", csv::Terminator::Any(b'\r')),
        };
        if let Some(line) = &dialect.sep_line {
            write!(out, "{line}{ends}")?;
        }
        let delimiter = u8::try_from(dialect.delimiter).unwrap_or(b',');
        let mut writer = WriterBuilder::new().delimiter(delimiter).terminator(terminator).from_writer(out);
        for record in 0..self.cells.len() {
            for column in 0..self.cells.width {
                writer.write_field(self.cells.get(record, column))?;
            }
            writer.write_record(added.iter().map(|column| match record.checked_sub(1) {
                None => column.name.as_bytes(),
                Some(row) => column.cells[row].as_bytes(),
            }))?;
        }
        writer.flush()
    }
}
