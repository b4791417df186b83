//! Reads tables of answers, CSV and spreadsheets, and writes them back with more columns.
//!
//! The one place where Pupil reads tables: the command line and the trainer both use it, so that a table that one reads the
//! other reads too. It knows nothing of scores. What a file is (kind, byte order mark, `sep=` line, delimiter, line ends,
//! encoding, sheet) is recognised, unless [`Options`] say it.
//!
//! No error repeats the text of a cell or a name in the header: in a table without a header, the first answer stands there.
//! Errors name lines as an editor shows them, and columns by their number; both are counted from 1.
//!
//! ```
//! use pupil_tables::{Options, Table};
//!
//! let table = Table::parse("class.csv", b"id;text\n1;He ran\n2;\"He hid;\nthen he ran\"\n".to_vec(), &Options::default())?;
//! let text = table.find("Text")?.expect("the table has such a column");
//! assert_eq!(table.dialect().delimiter, ';');
//! assert_eq!(table.text(1, text)?, "He hid;\nthen he ran");
//! assert_eq!(table.line(1), 3);
//! # Ok::<(), pupil_tables::Error>(())
//! ```
#![forbid(unsafe_code)]

mod decode;
mod error;
mod limits;
mod missing;
mod options;
mod packed;
mod quiet;
mod recognise;
mod records;
mod spreadsheet;
mod table;
mod write;
mod xls;

pub use decode::text;
pub use error::{Error, ErrorKind, Setting};
pub use limits::{MAX_CELLS, MAX_CSV_BYTES, MAX_SPREADSHEET_BYTES};
pub use missing::{is_formula_error, is_missing};
pub use options::{Dialect, Kind, Options, Terminator};
pub use table::Table;
pub use write::Column;
