//! What is wrong with a table, without repeating any of its text.

use std::{fmt, io};

/// A setting that mends what is wrong; the caller knows what it is called where the user sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// [`crate::Options::delimiter`].
    Delimiter,
    /// [`crate::Options::encoding`].
    Encoding,
    /// [`crate::Options::sheet`].
    Sheet,
}

/// A table that cannot be read: which, where, and why.
///
/// Displays as `line 3 of class.csv: 1 cell, the header has 2`. [`Error::advice`] says what to do about it.
#[derive(Debug)]
pub struct Error {
    /// Boxed, so that a result stays small.
    inner: Box<(String, Option<usize>, ErrorKind)>,
}

/// Why a table cannot be read. Columns are counted from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The system does not give the file.
    #[error("cannot be read: {}", reason(.0))]
    Io(#[source] io::Error),
    /// The file is beyond the limit.
    #[error("it has {bytes} bytes, at most {limit} are read")]
    TooLarge {
        /// Of the file, or of what it unpacks to.
        bytes: u64,
        /// What it may have.
        limit: u64,
    },
    /// There are more cells than are read.
    #[error("it has more than {limit} cells")]
    TooManyCells {
        /// What it may have.
        limit: usize,
    },
    /// There is no header.
    #[error("it is empty, a header is needed")]
    Empty,
    /// The delimiter of the options cannot be one.
    #[error("the delimiter must be one ASCII character, not a quote, a letter, a digit or a line end")]
    Delimiter,
    /// The first line names another delimiter than the options.
    #[error("the first line, `sep={found}`, names another delimiter than `{asked}`, which was asked for")]
    SepLine {
        /// In the file.
        found: char,
        /// In the options.
        asked: char,
    },
    /// The encoding of the options is not known.
    #[error("the encoding that was asked for is not known")]
    UnknownEncoding,
    /// The mark at the start names another encoding than the options.
    #[error("the byte order mark says that the file is {found}, not {asked}, which was asked for")]
    Mark {
        /// What the mark says.
        found: &'static str,
        /// In the options.
        asked: &'static str,
    },
    /// Some bytes do not exist in the encoding.
    #[error("not valid {encoding}")]
    NotInEncoding {
        /// The encoding that was asked for, or that the mark names.
        encoding: &'static str,
    },
    /// A cell that was asked for is not UTF-8.
    #[error("column {column} is not UTF-8: byte {byte} of the cell does not fit")]
    NotUtf8 {
        /// Where the cell is.
        column: usize,
        /// How many bytes of it are valid.
        byte: usize,
    },
    /// A quote is opened and never closed.
    #[error("a quote opens in column {column} of the row that begins here and is never closed")]
    OpenQuote {
        /// Where.
        column: usize,
    },
    /// Text follows a closing quote.
    #[error("text follows a closing quote in column {column} of the row that begins here")]
    TextAfterQuote {
        /// Where.
        column: usize,
    },
    /// A row does not have as many cells as the header.
    #[error("{found} {}, the header has {expected}", if *.found == 1 { "cell" } else { "cells" })]
    Width {
        /// Cells of the row.
        found: usize,
        /// Cells of the header.
        expected: usize,
    },
    /// A name that was asked for stands more than once in the header.
    #[error("columns {first} and {second} both have the name that was asked for")]
    DuplicateColumn {
        /// The first.
        first: usize,
        /// The second.
        second: usize,
    },
    /// No column has the name that was asked for.
    #[error(
        "no column has the name that was asked for; there {}{}",
        if *.columns == 1 { "is 1 column".to_owned() } else { format!("are {columns} columns") },
        also_not_utf8(*.not_utf8)
    )]
    MissingColumn {
        /// How many there are.
        columns: usize,
        /// The first whose name is not UTF-8.
        not_utf8: Option<usize>,
    },
    /// A file that is called a spreadsheet and is none, or is damaged.
    #[error("not a spreadsheet that can be read (.xlsx, .xls or .ods)")]
    NotASpreadsheet,
    /// Excel or LibreOffice asks for a password.
    #[error("the spreadsheet is protected by a password")]
    Password,
    /// Several sheets have cells, and none was named.
    #[error("several sheets have cells: {}", list(.sheets))]
    SeveralSheets {
        /// Their names.
        sheets: Vec<String>,
    },
    /// No sheet has the name that was asked for.
    #[error("no sheet has the name that was asked for; there are: {}", list(.sheets))]
    NoSheet {
        /// The names of all.
        sheets: Vec<String>,
    },
    /// The options name a sheet, and the file is CSV.
    #[error("a sheet was asked for, and the file is no spreadsheet")]
    SheetOfCsv,
    /// The options name a delimiter or an encoding, and the file is a spreadsheet.
    #[error("{} was asked for, and the file is a spreadsheet, which has none", setting(*.0))]
    CsvOnly(
        /// Which.
        Setting,
    ),
}

impl Error {
    /// An error about a table as a whole.
    pub(crate) fn new(name: &str, kind: ErrorKind) -> Self {
        Self { inner: Box::new((name.to_owned(), None, kind)) }
    }

    /// An error on a line.
    pub(crate) fn on_line(name: &str, line: usize, kind: ErrorKind) -> Self {
        Self { inner: Box::new((name.to_owned(), Some(line), kind)) }
    }

    /// What the caller called the table.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.inner.0
    }

    /// The line, as an editor counts it, or the row of the spreadsheet; `None` where the whole table is meant.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.inner.1
    }

    /// Why.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.inner.2
    }

    /// What to do about it, in one sentence without a full stop. `called` says what a setting is called where the user sets
    /// it: "`--delimiter`", "the setting `delimiter`".
    pub fn advice(&self, called: impl Fn(Setting) -> String) -> Option<String> {
        use ErrorKind as K;
        Some(match self.kind() {
            K::NotUtf8 { .. } | K::MissingColumn { not_utf8: Some(_), .. } => {
                format!("save the table as UTF-8, or name its encoding with {}", called(Setting::Encoding))
            }
            K::NotInEncoding { .. } => {
                format!("name the encoding of the table with {}", called(Setting::Encoding))
            }
            K::UnknownEncoding => {
                "use its usual name: utf-8, utf-16le, windows-1252, iso-8859-15, shift_jis, gbk".to_owned()
            }
            K::Mark { .. } => format!("leave {} out", called(Setting::Encoding)),
            K::SepLine { found, .. } => {
                format!("leave {} out, or set it to `{}`", called(Setting::Delimiter), shown(*found))
            }
            K::OpenQuote { .. } | K::TextAfterQuote { .. } => {
                "inside quotes, write each quote twice; close the quotes before the next cell".to_owned()
            }
            K::Width { .. } => format!(
                "put quotes around a text that holds the delimiter or a line end; {} says what stands between cells",
                called(Setting::Delimiter)
            ),
            K::SeveralSheets { .. } | K::NoSheet { .. } => {
                format!("name the sheet with {}", called(Setting::Sheet))
            }
            K::SheetOfCsv => format!("leave {} out", called(Setting::Sheet)),
            K::CsvOnly(setting) => format!("leave {} out", called(*setting)),
            K::NotASpreadsheet => "save it again as .xlsx, or, if it is text, call it .csv".to_owned(),
            K::Password => "save it without a password".to_owned(),
            K::TooLarge { .. } | K::TooManyCells { .. } => "split the table".to_owned(),
            K::Io(_) | K::Empty | K::Delimiter | K::DuplicateColumn { .. } | K::MissingColumn { .. } => {
                return None;
            }
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, line, kind) = &*self.inner;
        match line {
            Some(line) => write!(f, "line {line} of {name}: {kind}"),
            None => write!(f, "{name}: {kind}"),
        }
    }
}

impl std::error::Error for Error {
    // The message of a cause is part of this one's.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        None
    }
}

/// The system's words without its number.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    text[..end].to_lowercase()
}

/// A setting in a message.
fn setting(setting: Setting) -> &'static str {
    match setting {
        Setting::Delimiter => "a delimiter",
        Setting::Encoding => "an encoding",
        Setting::Sheet => "a sheet",
    }
}

/// Names of sheets in one line.
fn list(sheets: &[String]) -> String {
    const LISTED: usize = 20;
    let short = |name: &String| {
        let name: String =
            name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(40).collect();
        format!("`{name}`")
    };
    let names: Vec<String> = sheets.iter().take(LISTED).map(short).collect();
    match sheets.len().saturating_sub(LISTED) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// A delimiter in a message.
fn shown(delimiter: char) -> String {
    if delimiter == '\t' { "tab".to_owned() } else { delimiter.to_string() }
}

/// The end of the message about a column that is missing.
fn also_not_utf8(column: Option<usize>) -> String {
    column.map_or_else(String::new, |column| format!(", and the name of column {column} is not UTF-8"))
}
