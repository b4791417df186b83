//! Writes .xlsx.

use std::io;

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format as CellFormat, FormatAlign, Workbook, Worksheet, XlsxError,
};

use crate::column::{Column, Value, added_value, kind, writable};
use crate::records::CellKind;
use crate::table::Table;

/// The name of a sheet where the table has none.
const SHEET: &str = "Scores";
/// What Excel allows: rows, columns, characters of a cell (UTF-16), characters of the name of a sheet.
const MAX_ROWS: usize = 1 << 20;
pub(crate) const MAX_COLUMNS: usize = 1 << 14;
pub(crate) const MAX_CELL: usize = 32_767;
const MAX_NAME: usize = 31;
/// Widths of columns in characters: the least and the most; longer texts are wrapped.
const WIDTHS: (usize, usize) = (8, 60);
/// The rows that widths are taken from.
const MEASURED: usize = 200;
/// The height of a line in points, and the most lines of a row (Excel allows 409 points).
const LINE: f64 = 15.0;
const MOST_LINES: u32 = 27;

/// The formats of cells.
struct Formats {
    title: CellFormat,
    name: CellFormat,
    text: CellFormat,
    number: CellFormat,
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
        title: usual.clone().set_bold(),
        name: usual.clone().set_bold().set_text_wrap().set_align(FormatAlign::Left).set_indent(1),
        text: usual.clone().set_text_wrap().set_align(FormatAlign::Left).set_indent(1),
        number: usual.clone(),
        share: usual.clone().set_num_format("0.000"),
        date: usual.clone().set_num_format("yyyy-mm-dd"),
        time: usual.clone().set_num_format("hh:mm:ss"),
        both: usual.set_num_format("yyyy-mm-dd hh:mm:ss"),
    };
    sheet.set_name(sheet_name(table.dialect().sheet.as_deref()))?;
    let widths = widths(table, added);
    let kinds: Vec<_> = added.iter().map(kind).collect();
    let is_share: Vec<bool> = added.iter().map(|c| c.cells.iter().any(|cell| cell.contains('.'))).collect();
    for record in 0..table.cells.len() {
        let row = table.sheet_row(record);
        let mut lines = 1;
        let mut put = |column: usize, value: Value<'_>| {
            if let Value::Text(text) = value
                && record >= table.top
            {
                lines = lines.max(lines_of(text, widths[column]));
            }
            let format = match value {
                _ if record < table.top => &formats.title,
                _ if record == table.top => &formats.name,
                Value::Text(_) => &formats.text,
                Value::Number(_) if is_share.get(column.wrapping_sub(table.cells.width)) == Some(&true) => {
                    &formats.share
                }
                _ => &formats.number,
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
                // LibreOffice shows truth values of this kind of file as 0 and 1.
                Some(below) if *kind == CellKind::Bool => put(place, Value::Text(&column.cells[below - 1]))?,
                Some(below) => put(place, added_value(&column.cells[below - 1], *kind))?,
            }
        }
        // Not every program makes a row as high as its lines.
        if lines > 1 {
            sheet.set_row_height(u32_of(row), LINE * f64::from(lines.min(MOST_LINES)))?;
        }
    }
    for (column, width) in widths.iter().enumerate() {
        sheet.set_column_width(u16_of(column), u32_of(*width))?;
    }
    // The names of the columns stay in view, and are on each page: as wide as the paper, as long as needed.
    let names = u32_of(table.sheet_row(table.top));
    sheet.set_freeze_panes(names + 1, 0)?;
    sheet.set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(names, names)?;
    Ok(())
}

/// The widths of the columns: those of the longest texts of the first rows, within limits.
fn widths(table: &Table, added: &[Column]) -> Vec<usize> {
    let shown = table.top..table.cells.len().min(table.top + MEASURED);
    let own = (0..table.cells.width).map(|column| {
        let cells = shown.clone().skip(1).map(|record| of_line(&table.readable(record, column)));
        cells.max().unwrap_or(0).max(of_name(&table.header()[column]))
    });
    own.map(within).chain(added.iter().map(added_width)).collect()
}

/// The width of an added column.
pub(crate) fn added_width(column: &Column) -> usize {
    // Shares have three decimals at most.
    let most = if kind(column) == CellKind::Number { WIDTHS.0 } else { WIDTHS.1 };
    let cells = column.cells.iter().take(MEASURED).map(|cell| of_line(cell).min(most));
    within(cells.max().unwrap_or(0).max(of_name(&column.name)))
}

/// The width of a column whose longest line has so many letters.
fn within(longest: usize) -> usize {
    (longest + 2).clamp(WIDTHS.0, WIDTHS.1)
}

/// The letters of the longest line.
fn of_line(text: &str) -> usize {
    text.split(['\n', '\r']).map(|line| line.chars().count()).max().unwrap_or(0)
}

/// The width for a name: bold letters are wider, and a long one is wrapped.
fn of_name(name: &str) -> usize {
    (of_line(name) * 6 / 5).min(WIDTHS.0 * 2)
}

/// The lines that a text takes in a column, close enough for the height of a row.
fn lines_of(text: &str, width: usize) -> u32 {
    let lines = text.lines().map(|line| (line.chars().count() * 11 / 10).div_ceil(width).max(1));
    u32_of(lines.sum())
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
pub(crate) fn beyond(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

/// A cell that .xlsx does not hold.
pub(crate) fn too_long() -> io::Error {
    beyond(format!("a cell has more than the {MAX_CELL} characters that .xlsx holds; write .ods or .csv"))
}

/// An error of the library. Its message is left out where it may repeat a cell or a name.
fn failed(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        XlsxError::MaxStringLengthExceeded => too_long(),
        _ => io::Error::other("the workbook cannot be made"),
    }
}
