//! Columns that are added to a table, and the values of cells in formats that have types.

use std::borrow::Cow;

use crate::records::CellKind;

/// A column that is added after those of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// One cell per row.
    pub cells: Vec<String>,
}

/// The value of a cell, for formats that have types.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'t> {
    Empty,
    Text(&'t str),
    Number(f64),
    Bool(bool),
    /// A date, a time or both, in the format of ISO 8601.
    Date(&'t str),
}

/// What the cells of an added column are: numbers or truth values if all that are not empty are, otherwise text.
pub(crate) fn kind(column: &Column) -> CellKind {
    let cells = || column.cells.iter().filter(|cell| !cell.is_empty());
    let is_number = |cell: &String| cell.parse::<f64>().is_ok_and(f64::is_finite);
    if cells().next().is_none() {
        CellKind::Text
    } else if cells().all(|cell| matches!(&**cell, "true" | "false")) {
        CellKind::Bool
    } else if cells().all(is_number) {
        CellKind::Number
    } else {
        CellKind::Text
    }
}

/// A cell of an added column with this kind.
pub(crate) fn added_value(cell: &str, kind: CellKind) -> Value<'_> {
    match kind {
        _ if cell.is_empty() => Value::Empty,
        CellKind::Bool => Value::Bool(cell == "true"),
        CellKind::Number => cell.parse().map_or(Value::Text(cell), Value::Number),
        CellKind::Text | CellKind::Date => Value::Text(cell),
    }
}

/// A text without the characters that XML cannot hold, which are replaced.
pub(crate) fn writable(text: &str) -> Cow<'_, str> {
    let is_held = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..) && !matches!(c, '\u{fffe}' | '\u{ffff}');
    if text.chars().all(is_held) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if is_held(c) { c } else { '\u{fffd}' }).collect())
}
