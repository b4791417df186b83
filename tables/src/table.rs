//! [`Table`]: a table in memory.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::column::Column;
use crate::decode::{Decoded, decode};
use crate::error::{Error, ErrorKind, Setting};
use crate::options::{Dialect, Format, Kind, Options, Terminator};
use crate::records::{CellKind, Cells, Reader, line_end};
use crate::{Limits, MAX_SPREADSHEET_BYTES, json_lines, names, recognise, spreadsheet};

/// A whole table. All rows have as many cells as the header. Rows and columns are counted from 0, lines from 1.
///
/// `Debug` shows the numbers of rows and columns, but no text.
pub struct Table {
    pub(crate) name: String,
    /// The names of the columns, trimmed; invalid UTF-8 is replaced.
    header: Vec<String>,
    pub(crate) cells: Cells,
    /// The record of the header; those before it are titles.
    pub(crate) top: usize,
    /// The lines of a file in JSON Lines.
    pub(crate) objects: Vec<String>,
    /// The file, if it is an .xlsx workbook, to which columns can be added.
    pub(crate) workbook: Option<Vec<u8>>,
    pub(crate) dialect: Dialect,
}

impl Table {
    /// Reads a file; messages name it by its path.
    ///
    /// # Errors
    ///
    /// If it cannot be read, see [`ErrorKind`].
    pub fn open(path: impl AsRef<Path>, options: &Options) -> Result<Self, Error> {
        let path = path.as_ref();
        Self::open_as(&path.display().to_string(), path, options)
    }

    /// Reads a file; messages call it `name`.
    ///
    /// # Errors
    ///
    /// If it cannot be read, see [`ErrorKind`].
    pub fn open_as(name: &str, path: impl AsRef<Path>, options: &Options) -> Result<Self, Error> {
        let io = |error| Error::new(name, ErrorKind::Io(error));
        let mut bytes = Vec::new();
        let file = File::open(path.as_ref()).map_err(io)?;
        if let Ok(found) = file.metadata()
            && found.len() > options.limits.bytes
        {
            return Err(too_large(name, found.len(), options.limits.bytes));
        }
        file.take(options.limits.bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(io)?;
        let extension = path.as_ref().extension().and_then(|extension| extension.to_str());
        Self::parse_named(name, extension, bytes, options)
    }

    /// Reads a table from memory; messages call it `name`, whose extension counts like that of a file.
    ///
    /// # Errors
    ///
    /// If it cannot be read, see [`ErrorKind`].
    pub fn parse(name: &str, bytes: Vec<u8>, options: &Options) -> Result<Self, Error> {
        let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
        Self::parse_named(name, extension, bytes, options)
    }

    /// Reads CSV or a spreadsheet.
    fn parse_named(
        name: &str,
        extension: Option<&str>,
        bytes: Vec<u8>,
        options: &Options,
    ) -> Result<Self, Error> {
        let extension = extension.map(str::to_ascii_lowercase);
        let kind = options.kind.unwrap_or_else(|| {
            let is_named = matches!(extension.as_deref(), Some("xlsx" | "xlsm" | "xls" | "xlsb" | "ods"));
            if is_named || spreadsheet::is_one(&bytes) {
                Kind::Spreadsheet
            } else if matches!(extension.as_deref(), Some("jsonl" | "ndjson")) || json_lines::is_one(&bytes) {
                Kind::JsonLines
            } else {
                Kind::Csv
            }
        });
        let (len, fail) = (bytes.len() as u64, |kind| Err(Error::new(name, kind)));
        let Limits { bytes: limit, rows } = options.limits;
        let table = match kind {
            Kind::Csv | Kind::JsonLines if len > limit => Err(too_large(name, len, limit)),
            Kind::Csv | Kind::JsonLines if options.sheet.is_some() => fail(ErrorKind::SheetOfCsv),
            Kind::Csv => Self::csv(name, bytes, options, extension.as_deref() == Some("tsv")),
            Kind::Spreadsheet if len > limit.min(MAX_SPREADSHEET_BYTES) => {
                Err(too_large(name, len, limit.min(MAX_SPREADSHEET_BYTES)))
            }
            Kind::Spreadsheet | Kind::JsonLines if options.delimiter.is_some() => {
                fail(ErrorKind::CsvOnly(Setting::Delimiter))
            }
            Kind::Spreadsheet if options.encoding.is_some() => fail(ErrorKind::CsvOnly(Setting::Encoding)),
            Kind::Spreadsheet => {
                let sheet = spreadsheet::read(&bytes, options.sheet.as_deref())
                    .map_err(|kind| Error::new(name, kind))?;
                let dialect = Dialect { sheet: Some(sheet.name), ..Dialect::plain(kind, sheet.format) };
                let workbook = (sheet.format == Format::Xlsx).then_some(bytes);
                Ok(Self { workbook, ..Self::new(name, sheet.cells, dialect, &options.names) })
            }
            Kind::JsonLines => Self::json_lines(name, bytes, options),
        }?;
        if table.len() > rows {
            return fail(ErrorKind::TooManyRows { limit: rows });
        }
        Ok(table)
    }

    /// Reads CSV.
    fn csv(name: &str, bytes: Vec<u8>, options: &Options, is_tsv: bool) -> Result<Self, Error> {
        let asked = match options.delimiter {
            None => None,
            Some(asked) => match u8::try_from(asked) {
                Ok(byte) if recognise::is_delimiter(byte) => Some(byte),
                _ => return Err(Error::new(name, ErrorKind::Delimiter)),
            },
        };
        let Decoded { bytes, start, has_mark, encoding, is_guessed } =
            decode(name, bytes, options.encoding.as_deref(), options.guess_encoding)?;
        let (mut start, mut line, mut sep_line, mut terminator) = (start, 1, None, Terminator::Lf);
        let mut named = asked;
        if let Some(found) = recognise::sep_line(&bytes[start..]) {
            if let Some(asked) = asked
                && asked != found.delimiter
            {
                let kind = ErrorKind::SepLine { found: found.delimiter.into(), asked: asked.into() };
                return Err(Error::on_line(name, 1, kind));
            }
            named = Some(found.delimiter);
            sep_line = Some(String::from_utf8_lossy(&bytes[start..start + found.len]).into_owned());
            terminator = recognise::terminator(&bytes[start..start + found.len + found.end]);
            start += found.len + found.end;
            line += usize::from(found.end > 0);
        }
        let body = &bytes[start..];
        let (delimiter, is_recognised) = match named {
            Some(named) => (named, false),
            None => recognise::delimiter(body, is_tsv),
        };

        let mut cells = Cells::default();
        let mut reader = Reader::new(body, 0, line, delimiter);
        let broken = |broken: crate::records::RecordError| Error::on_line(name, broken.line, broken.kind);
        let header = match reader.next(|cell| cells.push(cell)).map_err(broken)? {
            Some(header) => header,
            None => return Err(Error::new(name, ErrorKind::Empty)),
        };
        if line_end(&body[reader.position().saturating_sub(1)..]).is_some() {
            terminator = recognise::terminator(&body[..reader.position()]);
        }
        cells.width = header.width;
        cells.lines.push(header.line);
        reader.empty_rows = options.empty_rows && header.width == 1;
        while let Some(record) = reader.next(|cell| cells.push(cell)).map_err(broken)? {
            if record.width != header.width {
                let kind = ErrorKind::Width { found: record.width, expected: header.width };
                return Err(Error::on_line(name, record.line, kind));
            }
            // Counted while they are read, so that a small file cannot have a million empty ones. Titles may precede.
            if cells.lines.len() > options.limits.rows.saturating_add(names::MOST_TITLES) {
                return Err(Error::new(name, ErrorKind::TooManyRows { limit: options.limits.rows }));
            }
            cells.lines.push(record.line);
        }
        let dialect = Dialect {
            delimiter: delimiter.into(),
            delimiter_recognised: is_recognised,
            has_mark,
            sep_line,
            terminator,
            encoding: encoding.name(),
            encoding_guessed: is_guessed,
            ..Dialect::plain(Kind::Csv, Format::Csv)
        };
        Ok(Self::new(name, cells, dialect, &options.names))
    }

    /// Reads JSON Lines: every key is a column.
    fn json_lines(name: &str, bytes: Vec<u8>, options: &Options) -> Result<Self, Error> {
        let decoded = decode(name, bytes, options.encoding.as_deref(), options.guess_encoding)?;
        let text = match std::str::from_utf8(&decoded.bytes[decoded.start..]) {
            Ok(text) => text,
            Err(error) => {
                let valid = &decoded.bytes[decoded.start..][..error.valid_up_to()];
                let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
                let kind = ErrorKind::NotInEncoding { encoding: encoding_rs::UTF_8.name() };
                return Err(Error::on_line(name, line, kind));
            }
        };
        let read = json_lines::read(text).map_err(|(line, kind)| match line {
            Some(line) => Error::on_line(name, line, kind),
            None => Error::new(name, kind),
        })?;
        let dialect = Dialect {
            terminator: Terminator::Lf,
            encoding: decoded.encoding.name(),
            encoding_guessed: decoded.is_guessed,
            ..Dialect::plain(Kind::JsonLines, Format::JsonLines)
        };
        Ok(Self { objects: read.objects, ..Self::new(name, read.cells, dialect, &[]) })
    }

    /// Makes a table from its cells, and finds its header by these names.
    fn new(name: &str, cells: Cells, dialect: Dialect, known: &[String]) -> Self {
        let top = names::header(&cells, known);
        let header = (0..cells.width)
            .map(|column| names::trimmed(&String::from_utf8_lossy(cells.get(top, column))).to_owned())
            .collect();
        let dialect = Dialect { title_rows: top, ..dialect };
        Self { name: name.to_owned(), header, cells, top, objects: Vec::new(), workbook: None, dialect }
    }

    /// A table of other columns that is written as this one is: the same delimiter, line ends and name of the sheet.
    /// Cells that are numbers as a spreadsheet writes them are numbers in a spreadsheet.
    ///
    /// ```
    /// use pupil_tables::{Column, Format, Options, Table};
    ///
    /// let table = Table::parse("class.csv", b"id;text\n1;He ran\n2;-\n".to_vec(), &Options::default())?;
    /// let text = Column { name: "text".to_owned(), cells: vec!["He ran".to_owned()] };
    /// let line = Column { name: "line".to_owned(), cells: vec!["2".to_owned()] };
    /// let mut out = Vec::new();
    /// table.selected(&[text])?.write(&mut out, Format::Csv, &[line]).expect("a vector takes everything");
    /// assert_eq!(out, b"text;line\nHe ran;2\n");
    /// # Ok::<(), pupil_tables::Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If the columns have different numbers of cells.
    ///
    /// # Errors
    ///
    /// If there are more cells than a table holds.
    pub fn selected(&self, columns: &[Column]) -> Result<Self, Error> {
        let rows = columns.first().map_or(0, |column| column.cells.len());
        assert!(columns.iter().all(|column| column.cells.len() == rows), "every column has one cell per row");
        let mut cells = Cells::of_width(columns.len());
        let fail = |kind| Error::new(&self.name, kind);
        columns.iter().try_for_each(|column| cells.push(column.name.as_bytes())).map_err(fail)?;
        for row in 0..rows {
            columns.iter().try_for_each(|column| cells.push(column.cells[row].as_bytes())).map_err(fail)?;
        }
        cells.lines = (1..=rows + 1).collect();
        Ok(Self::new(&self.name, cells, self.dialect.clone(), &[]))
    }

    /// The name of the table in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of the columns, without surrounding white space. They are not checked, except by [`Table::find`]:
    /// names may be empty, long, duplicate, or have several lines.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The line on which the header begins.
    #[must_use]
    pub fn header_line(&self) -> usize {
        self.cells.lines[self.top]
    }

    /// The number of rows below the header.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len() - self.top - 1
    }

    /// Whether there are no rows below the header.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The format of the table.
    #[must_use]
    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// The line on which a row begins, as an editor shows it; in a spreadsheet, the number of the row.
    #[must_use]
    pub fn line(&self, row: usize) -> usize {
        self.cells.lines[self.record(row)]
    }

    /// The record of a row.
    fn record(&self, row: usize) -> usize {
        self.top + 1 + row
    }

    /// One cell, byte for byte.
    #[must_use]
    pub fn bytes(&self, row: usize, column: usize) -> &[u8] {
        self.cells.get(self.record(row), column)
    }

    /// One cell as text.
    ///
    /// # Errors
    ///
    /// If it is not valid UTF-8.
    pub fn text(&self, row: usize, column: usize) -> Result<&str, Error> {
        std::str::from_utf8(self.bytes(row, column)).map_err(|error| {
            let kind = ErrorKind::NotUtf8 { column: column + 1, byte: error.valid_up_to() };
            Error::on_line(&self.name, self.line(row), kind)
        })
    }

    /// Whether a cell of a spreadsheet is a date or a time, which [`Table::text`] returns in ISO 8601 format.
    /// Spreadsheets read a typed `1/2` as a date.
    #[must_use]
    pub fn is_date(&self, row: usize, column: usize) -> bool {
        self.cells.kind(self.record(row), column) == Some(CellKind::Date)
    }

    /// Whether all cells of a row are empty or white space.
    #[must_use]
    pub fn is_blank(&self, row: usize) -> bool {
        (0..self.cells.width).all(|column| {
            let bytes = self.bytes(row, column).trim_ascii();
            bytes.is_empty() || std::str::from_utf8(bytes).is_ok_and(|text| text.trim().is_empty())
        })
    }

    /// The index of a column, if it exists: by its exact trimmed name, or else by its name in any case and with any
    /// white space between its words.
    ///
    /// # Errors
    ///
    /// If several columns have the name.
    pub fn find(&self, name: &str) -> Result<Option<usize>, Error> {
        let name = names::trimmed(name);
        if let Some(exact) = self.only(|column| column == name)? {
            return Ok(Some(exact));
        }
        let loose = names::loosely(name);
        self.only(|column| names::loosely(column) == loose)
    }

    /// The index of a column.
    ///
    /// # Errors
    ///
    /// If no column has the name, or several have it.
    pub fn column(&self, name: &str) -> Result<usize, Error> {
        self.find(name)?.ok_or_else(|| {
            let is_broken = |column: &usize| std::str::from_utf8(self.cells.get(self.top, *column)).is_err();
            let not_utf8 = (0..self.cells.width).find(is_broken).map(|column| column + 1);
            self.header_error(ErrorKind::MissingColumn { columns: self.cells.width, not_utf8 })
        })
    }

    /// The only column whose name matches.
    fn only(&self, is_meant: impl Fn(&str) -> bool) -> Result<Option<usize>, Error> {
        let mut places = (0..self.header.len()).filter(|column| is_meant(&self.header[*column]));
        match (places.next(), places.next()) {
            (Some(first), Some(second)) => {
                Err(self.header_error(ErrorKind::DuplicateColumn { first: first + 1, second: second + 1 }))
            }
            (first, _) => Ok(first),
        }
    }

    /// An error on the line of the header.
    fn header_error(&self, kind: ErrorKind) -> Error {
        Error::on_line(&self.name, self.header_line(), kind)
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("name", &self.name)
            .field("columns", &self.cells.width)
            .field("rows", &self.len())
            .field("dialect", &self.dialect)
            .finish()
    }
}

/// The error for a file larger than the limit.
fn too_large(name: &str, bytes: u64, limit: u64) -> Error {
    Error::new(name, ErrorKind::TooLarge { bytes, limit })
}
