//! Reads tables of answers, CSV, spreadsheets and JSON Lines, and writes them back with more columns.
//!
//! All reading of tables in Pupil is here. The command line and the trainer both use it, so both read the same tables.
//! It knows nothing about scores. It recognises the format of a file (kind, byte order mark, `sep=` line, delimiter,
//! line ends, encoding, sheet), unless [`Options`] set it.
//!
//! No error repeats the text of a cell or a name in the header, since without a header the first line is an answer.
//! Errors name lines as an editor shows them, and columns by their number; both are counted from 1.
//!
//! ```
//! use pupil_tables::{Options, Table};
//!
//! let csv = b"id;text\n1;He ran\n2;\"He hid;\nthen he ran\"\n".to_vec();
//! let table = Table::parse("class.csv", csv, &Options::default())?;
//! let text = table.find("Text")?.expect("the table has such a column");
//! assert_eq!(table.dialect().delimiter, ';');
//! assert_eq!(table.text(1, text)?, "He hid;\nthen he ran");
//! assert_eq!(table.line(1), 3);
//! # Ok::<(), pupil_tables::Error>(())
//! ```
#![forbid(unsafe_code)]

mod column;
mod decode;
mod error;
mod formula;
mod json_lines;
mod kept;
mod limits;
mod missing;
mod names;
mod ods;
mod options;
mod packed;
mod recognise;
mod records;
mod spreadsheet;
mod table;
mod unwind;
mod write;
mod xls;
mod xlsx;

pub use column::Column;
pub use decode::text;
pub use error::{Error, ErrorKind, Setting};
pub use limits::{Limits, MAX_CELLS, MAX_CSV_BYTES, MAX_SPREADSHEET_BYTES};
pub use missing::{is_formula_error, is_missing};
pub use names::{is_answer_name, looks_like_text};
pub use options::{Dialect, Format, Kind, Options, Terminator};
pub use table::Table;
