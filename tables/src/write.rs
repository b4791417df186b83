//! Writes a table back.

use std::borrow::Cow;
use std::io::{self, Write};

use csv::WriterBuilder;

use crate::column::{Column, Value, added_value, kind};
use crate::decode::MARK;
use crate::formula::guarded;
use crate::options::{Format, Kind, Terminator};
use crate::records::CellKind;
use crate::table::Table;
use crate::{kept, ods, xlsx};

impl Table {
    /// Writes the table in a format, with more columns.
    ///
    /// - [`Format::Csv`]: byte order mark, `sep=` line, delimiter, line ends and the bytes of every cell of a CSV table
    ///   are kept; cells are quoted where necessary. A table in another encoding, a spreadsheet and JSON Lines become
    ///   CSV in UTF-8 with a byte order mark, which spreadsheet programs open. In what was not CSV before, and in the
    ///   added columns, a text that would be taken for a formula begins with an apostrophe.
    /// - [`Format::Tsv`]: the same with tabs.
    /// - [`Format::Xlsx`], [`Format::Ods`]: one sheet. Numbers, dates and truth values stay what they were; no text
    ///   becomes a formula. A table that was read from .xlsx and becomes .xlsx keeps its workbook: the columns are
    ///   added to its sheet, and formats, formulas and other sheets stay. A workbook with macros becomes one with one
    ///   sheet.
    /// - [`Format::JsonLines`]: an object per row; those of a file in JSON Lines are kept as they are written.
    ///
    /// ```
    /// use pupil_tables::{Column, Format, Options, Table};
    ///
    /// let table = Table::parse("class.csv", b"id;text\r\n1;He ran\r\n".to_vec(), &Options::default())?;
    /// let level = Column { name: "level".to_owned(), cells: vec!["2".to_owned()] };
    /// let mut out = Vec::new();
    /// table.write(&mut out, Format::Csv, &[level.clone()]).expect("a vector takes everything");
    /// assert_eq!(out, b"id;text;level\r\n1;He ran;2\r\n");
    /// out.clear();
    /// table.write(&mut out, Format::JsonLines, &[level]).expect("a vector takes everything");
    /// assert_eq!(out, b"{\"id\":\"1\",\"text\":\"He ran\",\"level\":2}\n");
    /// # Ok::<(), pupil_tables::Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If a column does not have one cell per row.
    ///
    /// # Errors
    ///
    /// If writing to `out` fails, or if the format cannot hold the table: [`Format::Xls`] is not written, and .xlsx has
    /// limits.
    pub fn write(&self, out: &mut dyn Write, format: Format, added: &[Column]) -> io::Result<()> {
        for column in added {
            assert_eq!(column.cells.len(), self.len(), "an added column has one cell per row");
        }
        match format {
            Format::Csv => self.write_csv(out, added, None),
            Format::Tsv => self.write_csv(out, added, Some(b'\t')),
            Format::Xlsx => {
                let kept = match &self.workbook {
                    Some(source) => kept::write(source, self, added)?,
                    None => None,
                };
                let bytes = kept.map_or_else(|| xlsx::write(self, added), Ok)?;
                out.write_all(&bytes).and_then(|()| out.flush())
            }
            Format::Ods => out.write_all(&ods::write(self, added)?).and_then(|()| out.flush()),
            Format::JsonLines => self.write_json_lines(out, added),
            Format::Xls => Err(io::Error::new(io::ErrorKind::Unsupported, "the format .xls is not written")),
        }
    }

    fn write_csv(&self, out: &mut dyn Write, added: &[Column], delimiter: Option<u8>) -> io::Result<()> {
        let dialect = self.dialect();
        let was_csv = dialect.kind == Kind::Csv;
        let mut out = io::BufWriter::new(out);
        if dialect.has_mark || !dialect.keeps_bytes() {
            out.write_all(MARK)?;
        }
        let (ends, terminator) = match dialect.terminator {
            Terminator::Lf => ("\n", csv::Terminator::Any(b'\n')),
            Terminator::CrLf => ("\r\n", csv::Terminator::CRLF),
            Terminator::Cr => ("\r", csv::Terminator::Any(b'\r')),
        };
        if let (Some(line), None) = (&dialect.sep_line, delimiter) {
            write!(out, "{line}{ends}")?;
        }
        let delimiter = delimiter.or(u8::try_from(dialect.delimiter).ok()).unwrap_or(b',');
        let mut writer = WriterBuilder::new().delimiter(delimiter).terminator(terminator).from_writer(out);
        for record in 0..self.cells.len() {
            for column in 0..self.cells.width {
                let bytes = self.cells.get(record, column);
                match std::str::from_utf8(bytes) {
                    Ok(text) if !was_csv => writer.write_field(guarded(text).as_bytes())?,
                    _ => writer.write_field(bytes)?,
                }
            }
            writer.write_record(added.iter().map(|column| {
                match record.checked_sub(self.top) {
                    None => Cow::Borrowed(""),
                    Some(0) => guarded(&column.name),
                    Some(row) => guarded(&column.cells[row - 1]),
                }
                .into_owned()
            }))?;
        }
        writer.flush()
    }

    fn write_json_lines(&self, out: &mut dyn Write, added: &[Column]) -> io::Result<()> {
        let mut out = io::BufWriter::new(out);
        let names = self.keys();
        let kinds: Vec<CellKind> = added.iter().map(kind).collect();
        for row in 0..self.len() {
            let mut fields: Vec<String> = Vec::new();
            let mut field = |name: &str, value: Value<'_>| {
                fields.push(format!("{}:{}", serde_json::to_string(name)?, json(value)?));
                io::Result::Ok(())
            };
            if self.objects.is_empty() {
                for (column, name) in names.iter().enumerate() {
                    let text = self.readable(self.top + 1 + row, column);
                    field(name, self.value(self.top + 1 + row, column, &text, false))?;
                }
            }
            for (column, kind) in added.iter().zip(&kinds) {
                field(&column.name, added_value(&column.cells[row], *kind))?;
            }
            let fields = fields.join(",");
            match self.objects.get(row).and_then(|object| object.strip_suffix('}')) {
                None => writeln!(out, "{{{fields}}}")?,
                Some(object) if fields.is_empty() => writeln!(out, "{object}}}")?,
                Some(object) if object.trim_end() == "{" => writeln!(out, "{{{fields}}}")?,
                Some(object) => writeln!(out, "{object},{fields}}}")?,
            }
        }
        out.flush()
    }

    /// A cell as text; what is not valid UTF-8 is replaced.
    pub(crate) fn readable(&self, record: usize, column: usize) -> Cow<'_, str> {
        String::from_utf8_lossy(self.cells.get(record, column))
    }

    /// The value of a cell with this text. `numbers` makes numbers of cells of CSV that are written as a spreadsheet
    /// would write them; others, such as `007`, stay text.
    pub(crate) fn value<'t>(&self, record: usize, column: usize, text: &'t str, numbers: bool) -> Value<'t> {
        let number = || text.parse().ok().filter(|number: &f64| number.is_finite());
        match self.cells.kind(record, column) {
            _ if text.is_empty() => Value::Empty,
            Some(CellKind::Number) => number().map_or(Value::Text(text), Value::Number),
            Some(CellKind::Bool) => Value::Bool(text.eq_ignore_ascii_case("true")),
            Some(CellKind::Date) => Value::Date(text),
            Some(CellKind::Text) => Value::Text(text),
            None if !numbers || record <= self.top || text.len() > 15 => Value::Text(text),
            None => number().filter(|n| n.to_string() == text).map_or(Value::Text(text), Value::Number),
        }
    }

    /// The row of a sheet for a record: that in which it was, or its place in a file without sheets.
    pub(crate) fn sheet_row(&self, record: usize) -> usize {
        if self.dialect().kind == Kind::Spreadsheet { self.cells.lines[record] - 1 } else { record }
    }

    /// The names of the columns as keys: without empty names, and each once.
    fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = Vec::with_capacity(self.header().len());
        for (column, name) in self.header().iter().enumerate() {
            let mut key = if name.is_empty() { format!("column {}", column + 1) } else { name.clone() };
            while keys.contains(&key) {
                key.push('_');
            }
            keys.push(key);
        }
        keys
    }
}

/// A value as JSON.
fn json(value: Value<'_>) -> io::Result<String> {
    Ok(match value {
        Value::Empty => "null".to_owned(),
        Value::Text(text) | Value::Date(text) => serde_json::to_string(text)?,
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
    })
}
