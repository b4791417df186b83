//! How to read a table, and the recognised dialect of a table.

use serde::{Deserialize, Serialize};

/// The kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Text with a delimiter between fields.
    Csv,
    /// .xlsx, .xls or .ods.
    Spreadsheet,
}

/// How to read a table. An option that is `None` is recognised from the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The kind of the file.
    pub kind: Option<Kind>,
    /// The delimiter of a CSV file: one ASCII character, not a quote or line end.
    pub delimiter: Option<char>,
    /// The name of the encoding of a CSV file, as in HTML: `windows-1252`, `utf-16le`, `shift_jis`.
    pub encoding: Option<String>,
    /// The name of the sheet of a spreadsheet.
    pub sheet: Option<String>,
    /// Whether an empty line below the header of a CSV table with one column is a row (an empty answer). Otherwise
    /// empty lines are skipped. The program sets this option, not the user, so recipes do not contain it.
    #[serde(skip)]
    pub empty_rows: bool,
}

/// The line end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminator {
    /// `\n`, as on Unix.
    Lf,
    /// `\r\n`, as on Windows.
    CrLf,
    /// `\r`, as in old programs for the Mac.
    Cr,
}

/// The format of a table; [`crate::Table::write`] uses the same format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The kind of the file.
    pub kind: Kind,
    /// The delimiter; a comma for spreadsheets.
    pub delimiter: char,
    /// Whether the delimiter was recognised, and not set by the caller or by a `sep=` line. False if there is one
    /// column.
    pub delimiter_recognised: bool,
    /// Whether the file begins with a byte order mark.
    pub has_mark: bool,
    /// The line `sep=;` before the header, which Excel reads, without its line end.
    pub sep_line: Option<String>,
    /// The line end of the header, or of the first line if the header has none.
    pub terminator: Terminator,
    /// The name of the encoding. `UTF-8` means that nothing was decoded; then a cell is checked when it is read.
    pub encoding: &'static str,
    /// The sheet that was read, if the file is a spreadsheet.
    pub sheet: Option<String>,
}

impl Dialect {
    /// Whether cells have the same bytes as in the file, and were not decoded from another encoding or a spreadsheet.
    #[must_use]
    pub fn keeps_bytes(&self) -> bool {
        self.kind == Kind::Csv && self.encoding == encoding_rs::UTF_8.name()
    }
}
