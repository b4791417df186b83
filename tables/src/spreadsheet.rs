//! Reads a sheet of a spreadsheet, with its cells as a person sees them.

use std::io::Cursor;

use calamine::{
    Data, DataRef, ExcelDateTime, Ods, OdsError, Reader as _, SheetType, SheetVisible, Xls, XlsError, Xlsx,
    XlsxError,
};

use crate::error::ErrorKind;
use crate::options::Format;
use crate::records::{CellKind, Cells};
use crate::{MAX_CELLS, packed, unwind, xls};

/// A sheet that was read.
pub(crate) struct Sheet {
    pub(crate) name: String,
    pub(crate) cells: Cells,
    pub(crate) format: Format,
}

/// A non-empty cell.
struct FoundCell {
    row: usize,
    column: usize,
    text: String,
    kind: CellKind,
}

/// Whether a file begins like a spreadsheet.
pub(crate) fn is_one(bytes: &[u8]) -> bool {
    is_packed(bytes) || xls::is_one(bytes)
}

/// Whether a file begins like .xlsx and .ods files.
fn is_packed(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// Reads the sheet with this name, or the only visible sheet that has cells.
pub(crate) fn read(bytes: &[u8], asked: Option<&str>) -> Result<Sheet, ErrorKind> {
    unwind::caught(|| {
        let mut book = Workbook::open(bytes)?;
        let sheet = book.choose(asked)?;
        let found = book.cells(&sheet, MAX_CELLS + 1)?;
        if found.len() > MAX_CELLS {
            return Err(ErrorKind::TooManyCells { limit: MAX_CELLS });
        }
        table(sheet, book.format(), found)
    })
    .unwrap_or(Err(ErrorKind::NotASpreadsheet))
}

/// An open workbook.
enum Workbook<'b> {
    Xlsx(Box<Xlsx<Cursor<&'b [u8]>>>),
    Xls(Box<Xls<Cursor<&'b [u8]>>>),
    Ods(Box<Ods<Cursor<&'b [u8]>>>),
}

impl<'b> Workbook<'b> {
    /// Opens a file by its first bytes.
    fn open(bytes: &'b [u8]) -> Result<Self, ErrorKind> {
        if xls::is_one(bytes) {
            xls::check(bytes)?;
            return Xls::new(Cursor::new(bytes)).map(|book| Self::Xls(Box::new(book))).map_err(|error| {
                match error {
                    XlsError::Password => ErrorKind::Password,
                    _ => ErrorKind::NotASpreadsheet,
                }
            });
        }
        if !is_packed(bytes) {
            return Err(ErrorKind::NotASpreadsheet);
        }
        if packed::check(bytes)? == packed::Format::OpenDocument {
            return Ods::new(Cursor::new(bytes)).map(|book| Self::Ods(Box::new(book))).map_err(|error| {
                match error {
                    OdsError::Password => ErrorKind::Password,
                    OdsError::CellLimitExceeded { .. } => ErrorKind::TooManyCells { limit: MAX_CELLS },
                    _ => ErrorKind::NotASpreadsheet,
                }
            });
        }
        Xlsx::new(Cursor::new(bytes)).map(|book| Self::Xlsx(Box::new(book))).map_err(|error| match error {
            XlsxError::Password => ErrorKind::Password,
            _ => ErrorKind::NotASpreadsheet,
        })
    }

    /// The format of the file.
    fn format(&self) -> Format {
        match self {
            Self::Xlsx(_) => Format::Xlsx,
            Self::Xls(_) => Format::Xls,
            Self::Ods(_) => Format::Ods,
        }
    }

    /// The names of the sheets, and whether each is visible.
    fn sheets(&self) -> Vec<(String, bool)> {
        let sheets = match self {
            Self::Xlsx(book) => book.sheets_metadata(),
            Self::Xls(book) => book.sheets_metadata(),
            Self::Ods(book) => book.sheets_metadata(),
        };
        let is_cells = |sheet: &&calamine::Sheet| sheet.typ == SheetType::WorkSheet;
        let is_visible = |sheet: &calamine::Sheet| sheet.visible == SheetVisible::Visible;
        sheets.iter().filter(is_cells).map(|sheet| (sheet.name.clone(), is_visible(sheet))).collect()
    }

    /// The requested sheet, or the only visible sheet that has cells.
    fn choose(&mut self, asked: Option<&str>) -> Result<String, ErrorKind> {
        let sheets = self.sheets();
        if let Some(asked) = asked {
            let lower = asked.trim().to_lowercase();
            let exact = sheets.iter().find(|(name, _)| name == asked);
            let similar = || sheets.iter().find(|(name, _)| name.trim().to_lowercase() == lower);
            return match exact.or_else(similar) {
                Some((name, _)) => Ok(name.clone()),
                None => {
                    Err(ErrorKind::NoSheet { sheets: sheets.into_iter().map(|(name, _)| name).collect() })
                }
            };
        }
        let mut filled = Vec::new();
        for (name, is_visible) in sheets {
            if is_visible && !self.cells(&name, 1)?.is_empty() {
                filled.push(name);
            }
        }
        match filled.len() {
            0 => Err(ErrorKind::Empty),
            1 => Ok(filled.remove(0)),
            _ => Err(ErrorKind::SeveralSheets { sheets: filled }),
        }
    }

    /// The cells of a sheet that contain more than white space, up to `most`.
    fn cells(&mut self, sheet: &str, most: usize) -> Result<Vec<FoundCell>, ErrorKind> {
        let mut found = Vec::new();
        let mut add = |row: usize, column: usize, (text, kind): (String, CellKind)| {
            if !text.trim().is_empty() {
                found.push(FoundCell { row, column, text, kind });
            }
            found.len() < most
        };
        let range = match self {
            Self::Xlsx(book) => {
                let mut cells = book.worksheet_cells_reader(sheet).map_err(|_| ErrorKind::NotASpreadsheet)?;
                while let Some(cell) = cells.next_cell().map_err(|_| ErrorKind::NotASpreadsheet)? {
                    let (row, column) = cell.get_position();
                    if !add(row as usize, column as usize, shown(cell.get_value())) {
                        break;
                    }
                }
                return Ok(found);
            }
            Self::Xls(book) => book.worksheet_range(sheet).map_err(|_| ErrorKind::NotASpreadsheet)?,
            Self::Ods(book) => book.worksheet_range(sheet).map_err(|_| ErrorKind::NotASpreadsheet)?,
        };
        let (first_row, first_column) = range.start().unwrap_or_default();
        for (row, column, value) in range.used_cells() {
            if !add(first_row as usize + row, first_column as usize + column, shown(&borrowed(value))) {
                break;
            }
        }
        Ok(found)
    }
}

/// Arranges cells in rows of equal width. Rows without cells are skipped, and the first row is the header.
fn table(name: String, format: Format, mut found: Vec<FoundCell>) -> Result<Sheet, ErrorKind> {
    found.sort_by_key(|cell| (cell.row, cell.column));
    let width = found.iter().map(|cell| cell.column + 1).max().ok_or(ErrorKind::Empty)?;
    let mut sheet = Sheet { name, cells: Cells::of_width(width), format };
    let rows = found.chunk_by(|a, b| a.row == b.row);
    if rows.clone().count().saturating_mul(width) > MAX_CELLS {
        return Err(ErrorKind::TooManyCells { limit: MAX_CELLS });
    }
    for row in rows {
        sheet.cells.lines.push(row[0].row + 1);
        let mut row = row.iter().peekable();
        for column in 0..width {
            let (mut text, mut kind) = ("", CellKind::Text);
            while let Some(cell) = row.next_if(|cell| cell.column == column) {
                (text, kind) = (&cell.text, cell.kind);
            }
            sheet.cells.push_kind(text.as_bytes(), kind)?;
        }
    }
    Ok(sheet)
}

/// Converts a value to the borrowed type.
fn borrowed(value: &Data) -> DataRef<'_> {
    match value {
        Data::Int(number) => DataRef::Int(*number),
        Data::Float(number) => DataRef::Float(*number),
        Data::String(text) => DataRef::SharedString(text),
        Data::Bool(value) => DataRef::Bool(*value),
        Data::DateTime(date) => DataRef::DateTime(*date),
        Data::DateTimeIso(text) => DataRef::DateTimeIso(text.clone()),
        Data::DurationIso(text) => DataRef::DurationIso(text.clone()),
        Data::Error(error) => DataRef::Error(error.clone()),
        Data::Empty => DataRef::Empty,
    }
}

/// A value as a person sees it, and its kind.
fn shown(value: &DataRef<'_>) -> (String, CellKind) {
    match value {
        DataRef::Int(number) => (number.to_string(), CellKind::Number),
        DataRef::Float(number) => (number_text(*number), CellKind::Number),
        DataRef::String(text) => (text.clone(), CellKind::Text),
        DataRef::SharedString(text) => ((*text).to_owned(), CellKind::Text),
        DataRef::Bool(value) => (if *value { "TRUE" } else { "FALSE" }.to_owned(), CellKind::Bool),
        DataRef::DateTime(date) => (date_text(date), CellKind::Date),
        DataRef::DateTimeIso(text) => {
            (text.strip_suffix("T00:00:00").unwrap_or(text).to_owned(), CellKind::Date)
        }
        DataRef::DurationIso(text) => (text.clone(), CellKind::Date),
        DataRef::Error(error) => (error.to_string(), CellKind::Text),
        DataRef::Empty => (String::new(), CellKind::Text),
    }
}

/// A number with the 15 digits that spreadsheets show, so that 0.1 + 0.2 is 0.3.
fn number_text(number: f64) -> String {
    let rounded = format!("{number:.14e}").parse().unwrap_or(number);
    // Spreadsheets have no negative zero.
    (rounded + 0.0_f64).to_string()
}

/// A date, a time of day, both, or a duration in hours.
fn date_text(date: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
    let days = date.as_f64();
    if date.is_duration() {
        let seconds = (days.abs() * 86_400.0).round();
        let (hours, rest) = ((seconds / 3600.0).floor(), seconds % 3600.0);
        let sign = if days < 0.0 { "-" } else { "" };
        return format!("{sign}{hours:02}:{:02}:{:02}", (rest / 60.0).floor(), rest % 60.0);
    }
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    if (0.0..1.0).contains(&days) {
        return time;
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    if time == "00:00:00" { date } else { format!("{date}T{time}") }
}

#[cfg(test)]
mod tests {
    use super::number_text;

    #[test]
    fn numbers_are_written_as_a_person_sees_them() {
        for (number, want) in [
            (1.0, "1"),
            (0.5, "0.5"),
            (-0.0, "0"),
            (0.1 + 0.2, "0.3"),
            (1234567.25, "1234567.25"),
            (-2.0, "-2"),
        ] {
            assert_eq!(number_text(number), want);
        }
    }
}
