//! Splits text into records and cells.

use crate::MAX_CELLS;
use crate::error::ErrorKind;

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CellKind {
    Text,
    Number,
    Bool,
    /// A date, a time or both.
    Date,
}

/// All cells of a table, in one buffer: the first record first, then row by row. All rows have as many cells as the
/// header.
#[derive(Default)]
pub(crate) struct Cells {
    bytes: Vec<u8>,
    /// The end of each cell; a cell begins at the end of the previous one.
    ends: Vec<usize>,
    /// The kind of each cell, where the file tells.
    kinds: Vec<CellKind>,
    /// The line on which each record begins.
    pub(crate) lines: Vec<usize>,
    /// Cells of the header.
    pub(crate) width: usize,
}

impl Cells {
    /// Makes an empty table for records of this width.
    pub(crate) fn of_width(width: usize) -> Self {
        Self { width, ..Self::default() }
    }

    /// The bytes of one cell.
    pub(crate) fn get(&self, record: usize, column: usize) -> &[u8] {
        assert!(column < self.width, "column {column} of {}", self.width);
        let cell = record * self.width + column;
        let from = if cell == 0 { 0 } else { self.ends[cell - 1] };
        &self.bytes[from..self.ends[cell]]
    }

    /// Adds a cell.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), ErrorKind> {
        if self.ends.len() >= MAX_CELLS {
            return Err(ErrorKind::TooManyCells { limit: MAX_CELLS });
        }
        self.bytes.extend_from_slice(bytes);
        self.ends.push(self.bytes.len());
        Ok(())
    }

    /// Adds a cell whose kind is known; then it must be known of all.
    pub(crate) fn push_kind(&mut self, bytes: &[u8], kind: CellKind) -> Result<(), ErrorKind> {
        self.push(bytes)?;
        self.kinds.push(kind);
        Ok(())
    }

    /// The kind of a cell; `None` if the file does not tell.
    pub(crate) fn kind(&self, record: usize, column: usize) -> Option<CellKind> {
        self.kinds.get(record * self.width + column).copied()
    }

    /// The number of records, including the header.
    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }
}

/// Splits a text into records, which end with `\n`, `\r\n` or `\r`. A cell may be quoted, and a quote inside it is
/// doubled. A quote in the middle of an unquoted cell is an ordinary character.
pub(crate) struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
    /// The line of the byte at `at`.
    line: usize,
    delimiter: u8,
    /// Empty lines below the first record are records of one empty cell.
    pub(crate) empty_rows: bool,
    has_first: bool,
    /// The cell that is being read.
    cell: Vec<u8>,
}

/// What is wrong with a record, and the line on which the record begins.
#[derive(Debug)]
pub(crate) struct RecordError {
    pub(crate) line: usize,
    pub(crate) kind: ErrorKind,
}

/// The line and the width of a record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record {
    /// The line on which it begins.
    pub(crate) line: usize,
    /// The number of its cells.
    pub(crate) width: usize,
}

impl<'b> Reader<'b> {
    /// Starts at a byte of the text, which is on this line.
    pub(crate) fn new(bytes: &'b [u8], at: usize, line: usize, delimiter: u8) -> Self {
        Self { bytes, at, line, delimiter, empty_rows: false, has_first: false, cell: Vec::new() }
    }

    /// The position after the last record and its line end.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Reads one record and passes its cells to `put`; `None` at the end of the text.
    pub(crate) fn next(
        &mut self,
        mut put: impl FnMut(&[u8]) -> Result<(), ErrorKind>,
    ) -> Result<Option<Record>, RecordError> {
        while let Some(length) = line_end(&self.bytes[self.at..]) {
            let line = self.line;
            self.pass(length);
            if self.empty_rows && self.has_first {
                put(b"").map_err(|kind| RecordError { line, kind })?;
                return Ok(Some(Record { line, width: 1 }));
            }
        }
        if self.at == self.bytes.len() {
            return Ok(None);
        }
        self.has_first = true;
        let (line, mut width) = (self.line, 0);
        loop {
            width += 1;
            self.cell.clear();
            self.cell(width).map_err(|kind| RecordError { line, kind })?;
            put(&self.cell).map_err(|kind| RecordError { line, kind })?;
            match self.bytes.get(self.at) {
                Some(&byte) if byte == self.delimiter => self.at += 1,
                _ => break,
            }
        }
        if let Some(length) = line_end(&self.bytes[self.at..]) {
            self.pass(length);
        }
        Ok(Some(Record { line, width }))
    }

    /// Skips a line end.
    fn pass(&mut self, length: usize) {
        self.at += length;
        self.line += 1;
    }

    /// Reads a cell, up to the next delimiter, line end or end of the text.
    fn cell(&mut self, column: usize) -> Result<(), ErrorKind> {
        if self.bytes.get(self.at) != Some(&b'"') {
            let rest = &self.bytes[self.at..];
            let stop = |byte: &u8| *byte == self.delimiter || matches!(byte, b'\n' | b'\r');
            let length = rest.iter().position(stop).unwrap_or(rest.len());
            self.cell.extend_from_slice(&rest[..length]);
            self.at += length;
            return Ok(());
        }
        self.at += 1;
        loop {
            let Some(&byte) = self.bytes.get(self.at) else { return Err(ErrorKind::OpenQuote { column }) };
            match (byte, line_end(&self.bytes[self.at..])) {
                (_, Some(length)) => {
                    self.cell.extend_from_slice(&self.bytes[self.at..self.at + length]);
                    self.pass(length);
                }
                (b'"', None) if self.bytes.get(self.at + 1) == Some(&b'"') => {
                    self.cell.push(b'"');
                    self.at += 2;
                }
                (b'"', None) => {
                    self.at += 1;
                    break;
                }
                _ => {
                    self.cell.push(byte);
                    self.at += 1;
                }
            }
        }
        // Some programs put spaces between a quote and the delimiter.
        while self.bytes.get(self.at) == Some(&b' ') && self.delimiter != b' ' {
            self.at += 1;
        }
        match self.bytes.get(self.at) {
            None | Some(b'\n' | b'\r') => Ok(()),
            Some(byte) if *byte == self.delimiter => Ok(()),
            Some(_) => Err(ErrorKind::TextAfterQuote { column }),
        }
    }
}

/// The length of the line end at the start of a text.
pub(crate) fn line_end(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b'\r', b'\n', ..] => Some(2),
        [b'\r' | b'\n', ..] => Some(1),
        _ => None,
    }
}
