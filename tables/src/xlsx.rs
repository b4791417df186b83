//! Writes .xlsx.

use std::io;

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format as CellFormat, FormatAlign, Workbook, Worksheet, XlsxError,
};

use crate::table::Table;
use crate::write::{Column, Value, added_value, kind, writable};

/// The name of a sheet where the table has none.
const SHEET: &str = "Scores";
/// What Excel allows: rows, columns, characters of a cell (UTF-16), characters of the name of a sheet.
const MAX_ROWS: usize = 1 << 20;
const MAX_COLUMNS: usize = 1 << 14;
const MAX_CELL: usize = 32_767;
const MAX_NAME: usize = 31;
/// Widths of columns in characters: the least and the most; longer texts are wrapped.
const WIDTHS: (usize, usize) = (8, 60);
/// The rows that widths are taken from.
const MEASURED: usize = 200;

/// The formats of cells.
struct Formats {
    name: CellFormat,
    cell: CellFormat,
    share: CellFormat,
    date: CellFormat,
    time: CellFormat,
    both: CellFormat,
}

/// The bytes of a workbook with one sheet: the table with more columns. The same table gives the same bytes.
pub(crate) fn write(table: &Table, added: &[Column]) -> io::Result<Vec<u8>> {
    let width = table.cells.width + added.len();
    let rows = table.sheet_row(table.cells.len() - 1) + 1;
    if rows > MAX_ROWS || width > MAX_COLUMNS {
        return Err(beyond(format!(
            "the table has {rows} rows and {width} columns, and .xlsx holds {MAX_ROWS} and {MAX_COLUMNS}"
        )));
    }
    let mut book = Workbook::new();
    // Without the time of writing, files can be compared.
    if let Ok(time) = ExcelDateTime::parse_from_str("2000-01-01") {
        book.set_properties(&DocProperties::new().set_creation_datetime(&time));
    }
    let sheet = book.add_worksheet();
    fill(sheet, table, added).map_err(failed)?;
    book.save_to_buffer().map_err(failed)
}

/// Writes the cells.
fn fill(sheet: &mut Worksheet, table: &Table, added: &[Column]) -> Result<(), XlsxError> {
    let usual = CellFormat::new().set_align(FormatAlign::Top);
    let formats = Formats {
        name: usual.clone().set_bold().set_text_wrap(),
        cell: usual.clone().set_text_wrap(),
        share: usual.clone().set_num_format("0.000"),
        date: usual.clone().set_num_format("yyyy-mm-dd"),
        time: usual.clone().set_num_format("hh:mm:ss"),
        both: usual.set_num_format("yyyy-mm-dd hh:mm:ss"),
    };
    sheet.set_name(sheet_name(table.dialect().sheet.as_deref()))?;
    let mut widths = vec![WIDTHS.0; table.cells.width + added.len()];
    let kinds: Vec<_> = added.iter().map(kind).collect();
    for record in 0..table.cells.len() {
        let row = table.sheet_row(record);
        let mut put = |column: usize, value: Value<'_>| {
            if let Value::Text(text) | Value::Date(text) = value
                && (table.top..table.top + MEASURED).contains(&record)
            {
                // A longer name is wrapped.
                let most = if record == table.top { WIDTHS.0 * 2 } else { WIDTHS.1 };
                widths[column] = widths[column].max(text.chars().count().min(most) + 1);
            }
            let format = match value {
                _ if record == table.top => &formats.name,
                Value::Number(number) if column >= table.cells.width && number.fract() != 0.0 => {
                    &formats.share
                }
                _ => &formats.cell,
            };
            cell(sheet, (row, column), value, format, &formats)
        };
        for column in 0..table.cells.width {
            let text = table.readable(record, column);
            put(column, table.value(record, column, &text, true))?;
        }
        for (place, (column, kind)) in added.iter().zip(&kinds).enumerate() {
            let place = table.cells.width + place;
            match record.checked_sub(table.top) {
                None => {}
                Some(0) => put(place, Value::Text(&column.name))?,
                Some(below) => put(place, added_value(&column.cells[below - 1], *kind))?,
            }
        }
    }
    for (column, width) in widths.iter().enumerate() {
        sheet.set_column_width(u16_of(column), u32::try_from(*width).unwrap_or(u32::MAX))?;
    }
    sheet.set_freeze_panes(u32_of(table.sheet_row(table.top) + 1), 0)?;
    Ok(())
}

/// Writes one cell; dates have formats of their own.
fn cell(
    sheet: &mut Worksheet,
    (row, column): (usize, usize),
    value: Value<'_>,
    format: &CellFormat,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let (row, column) = (u32_of(row), u16_of(column));
    match value {
        Value::Empty => {}
        Value::Text(text) => {
            // Cells have one kind of line end.
            let text = writable(text).replace("\r\n", "\n").replace('\r', "\n");
            sheet.write_string_with_format(row, column, text, format)?;
        }
        Value::Number(number) => drop(sheet.write_number_with_format(row, column, number, format)?),
        Value::Bool(value) => drop(sheet.write_boolean_with_format(row, column, value, format)?),
        Value::Date(text) => match ExcelDateTime::parse_from_str(text) {
            Ok(date) => {
                let format = match (text.contains('-'), text.contains(':')) {
                    (true, true) => &formats.both,
                    (true, false) => &formats.date,
                    (false, _) => &formats.time,
                };
                sheet.write_datetime_with_format(row, column, &date, format)?;
            }
            // A duration of more than a day.
            Err(_) => drop(sheet.write_string_with_format(row, column, text, format)?),
        },
    }
    Ok(())
}

/// The name of a sheet as Excel allows it.
fn sheet_name(name: Option<&str>) -> String {
    let is_allowed = |c: &char| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\') && !c.is_control();
    let name: String = name.unwrap_or(SHEET).chars().filter(is_allowed).take(MAX_NAME).collect();
    let name = name.trim_matches('\'').trim();
    if name.is_empty() || name.eq_ignore_ascii_case("history") { SHEET.to_owned() } else { name.to_owned() }
}

/// Bounded before, by the limits of .xlsx.
fn u32_of(row: usize) -> u32 {
    u32::try_from(row).unwrap_or(u32::MAX)
}

/// Bounded before, by the limits of .xlsx.
fn u16_of(column: usize) -> u16 {
    u16::try_from(column).unwrap_or(u16::MAX)
}

/// A table that .xlsx does not hold.
fn beyond(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

/// An error of the library. Its message is left out where it may repeat a cell or a name.
fn failed(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        XlsxError::MaxStringLengthExceeded => beyond(format!(
            "a cell has more than the {MAX_CELL} characters that .xlsx holds; write .ods or .csv"
        )),
        _ => io::Error::other("the workbook cannot be made"),
    }
}
