//! Writes a table back.

use std::io::{self, Write};

use csv::WriterBuilder;

use crate::decode::MARK;
use crate::options::Terminator;
use crate::table::Table;

/// A column that is added behind those of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// One cell per row.
    pub cells: Vec<String>,
}

impl Table {
    /// Writes the table as it was written, with more columns: byte order mark, `sep=` line, delimiter, line ends and the bytes
    /// of every cell are kept; quotes stand where they are needed. What was a spreadsheet, or was in another encoding, becomes
    /// CSV in UTF-8 with a byte order mark.
    ///
    /// # Panics
    ///
    /// When a column does not have one cell per row.
    ///
    /// # Errors
    ///
    /// When `out` takes no more.
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
