//! Errors about a table. No message repeats its text.

use std::{fmt, io};

/// A setting that can fix an error; the caller knows its name in the user interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// [`crate::Options::delimiter`].
    Delimiter,
    /// [`crate::Options::encoding`].
    Encoding,
    /// [`crate::Options::sheet`].
    Sheet,
}

/// Why a table cannot be read: the table, the line and the cause.
///
/// ```
/// use pupil_tables::{ErrorKind, Options, Setting, Table};
///
/// let error = Table::parse("class.csv", b"id,text\n1,He ran\n2,He, hid\n".to_vec(), &Options::default()).unwrap_err();
/// assert_eq!(error.to_string(), "line 3 of class.csv: 3 cells, the header has 2");
/// assert!(matches!(error.kind(), ErrorKind::Width { found: 3, expected: 2 }));
/// let advice = error.advice(|setting| match setting {
///     Setting::Delimiter => "the setting `delimiter`".to_owned(),
///     Setting::Encoding => "the setting `encoding`".to_owned(),
///     Setting::Sheet => "the setting `sheet`".to_owned(),
/// });
/// assert!(advice.expect("there is advice").contains("set the delimiter with the setting `delimiter`"));
/// ```
#[derive(Debug)]
pub struct Error {
    /// Boxed, so that a result stays small.
    inner: Box<(String, Option<usize>, ErrorKind)>,
}

/// Why a table cannot be read. Columns are counted from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The system cannot read the file.
    #[error("cannot be read: {}", reason(.0))]
    Io(#[source] io::Error),
    /// The file is larger than the limit.
    #[error("{bytes} bytes, at most {limit} are read")]
    TooLarge {
        /// The size of the file, or of its unpacked contents.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// There are more cells than the limit.
    #[error("more than {limit} cells, which is the limit")]
    TooManyCells {
        /// The limit.
        limit: usize,
    },
    /// There are more rows than the caller reads.
    #[error("more than {limit} rows, which is the limit")]
    TooManyRows {
        /// The limit.
        limit: usize,
    },
    /// There is no header.
    #[error("empty, a header is needed")]
    Empty,
    /// The delimiter in the options is not a valid delimiter.
    #[error("the delimiter must be one ASCII character, not a quote, a letter, a digit or a line end")]
    Delimiter,
    /// The `sep=` line and the options name different delimiters.
    #[error("the first line, `sep={found}`, contradicts the requested delimiter `{asked}`")]
    SepLine {
        /// The delimiter in the file.
        found: char,
        /// The delimiter in the options.
        asked: char,
    },
    /// The encoding in the options is not known.
    #[error("the requested encoding is not known")]
    UnknownEncoding,
    /// The byte order mark and the options name different encodings.
    #[error("the byte order mark says that the file is {found}, not the requested {asked}")]
    Mark {
        /// The encoding of the mark.
        found: &'static str,
        /// The encoding in the options.
        asked: &'static str,
    },
    /// Some bytes are not valid in the encoding.
    #[error("not valid {encoding}")]
    NotInEncoding {
        /// The requested encoding, or the one of the mark.
        encoding: &'static str,
    },
    /// A requested cell is not valid UTF-8.
    #[error("column {column} is not valid UTF-8: byte {byte} of the cell is invalid")]
    NotUtf8 {
        /// The column of the cell.
        column: usize,
        /// The number of valid bytes before the invalid one.
        byte: usize,
    },
    /// A quote is never closed.
    #[error("a quote in column {column} of the row that begins here is never closed")]
    OpenQuote {
        /// The column.
        column: usize,
    },
    /// Text follows a closing quote.
    #[error("text follows a closing quote in column {column} of the row that begins here")]
    TextAfterQuote {
        /// The column.
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
    /// A requested name occurs more than once in the header.
    #[error("columns {first} and {second} both have the requested name")]
    DuplicateColumn {
        /// The first.
        first: usize,
        /// The second.
        second: usize,
    },
    /// No column has the requested name.
    #[error(
        "no column has the requested name; there {}{}",
        if *.columns == 1 { "is 1 column".to_owned() } else { format!("are {columns} columns") },
        also_not_utf8(*.not_utf8)
    )]
    MissingColumn {
        /// The number of columns.
        columns: usize,
        /// The first column whose name is not valid UTF-8.
        not_utf8: Option<usize>,
    },
    /// The file is called a spreadsheet but is not one, or is damaged.
    #[error("not a spreadsheet that can be read (.xlsx, .xls or .ods)")]
    NotASpreadsheet,
    /// The file needs a password.
    #[error("the spreadsheet is protected by a password")]
    Password,
    /// Several sheets have cells, and none was named.
    #[error("several sheets have cells: {}", list(.sheets))]
    SeveralSheets {
        /// The names of these sheets.
        sheets: Vec<String>,
    },
    /// No sheet has the requested name.
    #[error("no sheet has the requested name; there are: {}", list(.sheets))]
    NoSheet {
        /// The names of all sheets.
        sheets: Vec<String>,
    },
    /// A line of JSON Lines is not a JSON object.
    #[error("not a JSON object on one line")]
    JsonLine,
    /// A JSON object has a key twice.
    #[error("a key occurs twice in the JSON object")]
    DuplicateKey,
    /// The options name a sheet, but the file is CSV.
    #[error("a sheet was requested, but the file is not a spreadsheet")]
    SheetOfCsv,
    /// The options name a delimiter or an encoding, but the file is a spreadsheet or JSON Lines.
    #[error("{} was requested, but the file is a spreadsheet or JSON Lines, which have none", setting(*.0))]
    CsvOnly(
        /// The setting.
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

    /// The name of the table, as the caller gave it.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.inner.0
    }

    /// The line, as an editor counts it, or the row of the spreadsheet; `None` if the error is about the whole table.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.inner.1
    }

    /// The cause.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.inner.2
    }

    /// What to do about it, in one sentence without a full stop. `called` returns the name of a setting in the user
    /// interface: "`--delimiter`", "the setting `delimiter`".
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
                "put quotes around a text that contains the delimiter or a line end; set the delimiter with {}",
                called(Setting::Delimiter)
            ),
            K::SeveralSheets { .. } | K::NoSheet { .. } => {
                format!("name the sheet with {}", called(Setting::Sheet))
            }
            K::SheetOfCsv => format!("leave {} out", called(Setting::Sheet)),
            K::CsvOnly(setting) => format!("leave {} out", called(*setting)),
            K::NotASpreadsheet => "save it again as .xlsx, or, if it is text, call it .csv".to_owned(),
            K::JsonLine => {
                "write one object in braces on each line; a table of another kind is called .csv or .xlsx"
                    .to_owned()
            }
            K::DuplicateKey => "give each value a key of its own".to_owned(),
            K::Password => "save it without a password".to_owned(),
            K::TooLarge { .. } | K::TooManyCells { .. } | K::TooManyRows { .. } => {
                "split the table".to_owned()
            }
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
    // This message already contains the message of the cause.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        None
    }
}

/// The system's message without its error number.
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

/// Names of sheets on one line.
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

/// The end of the message about a missing column.
fn also_not_utf8(column: Option<usize>) -> String {
    column.map_or_else(String::new, |column| format!(", and the name of column {column} is not valid UTF-8"))
}
