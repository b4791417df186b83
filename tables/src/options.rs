//! How a table is to be read, and how it was found to be written.

use serde::{Deserialize, Serialize};

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Text with a delimiter between fields.
    Csv,
    /// .xlsx, .xls or .ods.
    Spreadsheet,
}

/// How a table is to be read; what is `None` is recognised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// What the file is.
    pub kind: Option<Kind>,
    /// What stands between two fields of a CSV file: one ASCII character, not a quote or line end.
    pub delimiter: Option<char>,
    /// The name of the encoding of a CSV file, as in HTML: `windows-1252`, `utf-16le`, `shift_jis`.
    pub encoding: Option<String>,
    /// The name of the sheet of a spreadsheet.
    pub sheet: Option<String>,
    /// In a CSV table of one column, an empty line below the header is a row (somebody answered nothing); otherwise empty
    /// lines are passed over. The caller's choice, not the user's: it is no part of a recipe.
    #[serde(skip)]
    pub empty_rows: bool,
}

/// What ends a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminator {
    /// `\n`, as on Unix.
    Lf,
    /// `\r\n`, as on Windows.
    CrLf,
    /// `\r`, as old programs for the Mac have it.
    Cr,
}

/// How a table is written; [`crate::Table::write`] writes it the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// What the file is.
    pub kind: Kind,
    /// What stands between two fields; a comma for spreadsheets.
    pub delimiter: char,
    /// Whether the delimiter was recognised, not named by the caller or by a `sep=` line. Never with one column.
    pub delimiter_recognised: bool,
    /// Whether the file begins with a byte order mark.
    pub has_mark: bool,
    /// The line `sep=;` that Excel reads, as it stands before the header, without its end.
    pub sep_line: Option<String>,
    /// What ends the header, or the first line where nothing does.
    pub terminator: Terminator,
    /// The name of the encoding. `UTF-8` where nothing was decoded; then cells are decoded when they are asked for.
    pub encoding: &'static str,
    /// The sheet that was read, of a spreadsheet.
    pub sheet: Option<String>,
}

impl Dialect {
    /// Whether cells are what the file holds, byte for byte, and not decoded from another encoding or a spreadsheet.
    #[must_use]
    pub fn keeps_bytes(&self) -> bool {
        self.kind == Kind::Csv && self.encoding == encoding_rs::UTF_8.name()
    }
}
