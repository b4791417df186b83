//! Cuts text into records and cells.

use crate::MAX_CELLS;
use crate::error::ErrorKind;

/// All cells of a table, in one piece of memory: the header first, then row by row, every one as wide as the header.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    bytes: Vec<u8>,
    /// Where each cell ends; it begins where the one before it ends.
    ends: Vec<usize>,
    /// The line on which each record begins.
    pub(crate) lines: Vec<usize>,
    /// Cells of the header.
    pub(crate) width: usize,
}

impl Cells {
    /// No cells yet, for records of that width.
    pub(crate) fn of_width(width: usize) -> Self {
        Self { width, ..Self::default() }
    }

    /// The bytes of one cell; record 0 is the header.
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

    /// The number of records, the header among them.
    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }
}

/// Cuts a text into records: `\n`, `\r\n` and `\r` end one; a cell may stand in quotes, and a quote in it twice. A quote in the
/// middle of a cell without quotes is a character.
pub(crate) struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
    /// Of the byte at `at`.
    line: usize,
    delimiter: u8,
    /// Empty lines below the first record are records of one empty cell.
    pub(crate) empty_rows: bool,
    has_first: bool,
    /// The cell that is being read.
    cell: Vec<u8>,
}

/// Where a record begins and what is wrong with it.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) line: usize,
    pub(crate) kind: ErrorKind,
}

/// One record that was read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record {
    /// The line on which it begins.
    pub(crate) line: usize,
    /// How many cells it has.
    pub(crate) width: usize,
}

impl<'b> Reader<'b> {
    /// Begins at a place in the text that is on that line.
    pub(crate) fn new(bytes: &'b [u8], at: usize, line: usize, delimiter: u8) -> Self {
        Self { bytes, at, line, delimiter, empty_rows: false, has_first: false, cell: Vec::new() }
    }

    /// The place behind the last record and its line end.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Reads one record and hands over its cells; `None` at the end of the text.
    pub(crate) fn next(
        &mut self,
        mut put: impl FnMut(&[u8]) -> Result<(), ErrorKind>,
    ) -> Result<Option<Record>, Broken> {
        while let Some(length) = line_end(&self.bytes[self.at..]) {
            let line = self.line;
            self.pass(length);
            if self.empty_rows && self.has_first {
                put(b"").map_err(|kind| Broken { line, kind })?;
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
            self.cell(width).map_err(|kind| Broken { line, kind })?;
            put(&self.cell).map_err(|kind| Broken { line, kind })?;
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

    /// Passes over a line end.
    fn pass(&mut self, length: usize) {
        self.at += length;
        self.line += 1;
    }

    /// Reads a cell, up to the delimiter, line end or end of the text behind it.
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

/// The length of the line end that a text begins with.
pub(crate) fn line_end(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b'\r', b'\n', ..] => Some(2),
        [b'\r' | b'\n', ..] => Some(1),
        _ => None,
    }
}
