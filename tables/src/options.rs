//! How to read a table, and the recognised dialect of a table.

use serde::{Deserialize, Serialize};

use crate::limits::Limits;

/// The kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Text with a delimiter between fields.
    Csv,
    /// .xlsx, .xls or .ods.
    Spreadsheet,
    /// A JSON object on each line.
    #[serde(rename = "json-lines")]
    JsonLines,
}

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text with a delimiter between fields: that of the table, or a comma.
    Csv,
    /// Text with tabs between fields. It is written; a file that is read has the format `Csv`.
    Tsv,
    /// Excel since 2007.
    Xlsx,
    /// Excel before 2007; it is read, but not written.
    Xls,
    /// LibreOffice and other programs for OpenDocument.
    Ods,
    /// A JSON object on each line.
    JsonLines,
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
    /// Whether the encoding of a CSV file that is neither marked nor UTF-8 is guessed. Set by the program.
    #[serde(skip)]
    pub guess_encoding: bool,
    /// Names of columns that the header has one of, so that lines above it are recognised as a title. Without them, the
    /// first line is the header. Set by the program.
    #[serde(skip)]
    pub names: Vec<String>,
    /// How much is read. Set by the program.
    #[serde(skip)]
    pub limits: Limits,
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
    /// The format of the file.
    pub format: Format,
    /// The delimiter; a comma for spreadsheets and JSON Lines.
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
    /// Whether the encoding was guessed from the bytes.
    pub encoding_guessed: bool,
    /// The number of records above the header, such as a title.
    pub title_rows: usize,
    /// The sheet that was read, if the file is a spreadsheet.
    pub sheet: Option<String>,
}

impl Dialect {
    /// What is usual for a kind.
    pub(crate) fn plain(kind: Kind, format: Format) -> Self {
        Self {
            kind,
            format,
            delimiter: ',',
            delimiter_recognised: false,
            has_mark: false,
            sep_line: None,
            terminator: Terminator::CrLf,
            encoding: encoding_rs::UTF_8.name(),
            encoding_guessed: false,
            title_rows: 0,
            sheet: None,
        }
    }

    /// Whether cells have the same bytes as in the file, and were not decoded from another encoding or a spreadsheet.
    #[must_use]
    pub fn keeps_bytes(&self) -> bool {
        self.kind == Kind::Csv && self.is_utf8()
    }

    /// Whether the text of the file is UTF-8, so that nothing was decoded.
    #[must_use]
    pub fn is_utf8(&self) -> bool {
        self.encoding == encoding_rs::UTF_8.name()
    }
}
