//! Reads JSON Lines: each line is an object, and each key a column.

use std::collections::HashMap;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{self, MapAccess, Visitor};
use serde_json::Value;

use crate::error::ErrorKind;
use crate::records::{CellKind, Cells};

/// Tells an object with a key twice from other mistakes.
const TWICE: &str = "a key occurs twice";

/// What was read.
pub(crate) struct Lines {
    pub(crate) cells: Cells,
    /// The objects as they were written, without surrounding white space.
    pub(crate) objects: Vec<String>,
}

/// Whether a file begins like JSON Lines: with a brace and a quoted key, or an empty object.
pub(crate) fn is_one(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let Some(inner) = bytes.strip_prefix(b"{") else { return false };
    matches!(inner.trim_ascii_start().first(), Some(b'"' | b'}'))
}

/// Reads all lines; blank ones are skipped. Columns are in the order in which their keys first occur. A text is read
/// as it is, a number and a truth value as JSON writes them, `null` and a missing key are empty cells, and what is
/// nested stays JSON.
pub(crate) fn read(text: &str) -> Result<Lines, (Option<usize>, ErrorKind)> {
    let mut names: Vec<String> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut rows: Vec<(usize, Vec<(usize, Value)>)> = Vec::new();
    let mut objects = Vec::new();
    for (at, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line.trim())) {
        if line.is_empty() {
            continue;
        }
        let row = object(line).map_err(|kind| (Some(at), kind))?;
        let row = row.into_iter().map(|(key, value)| {
            let place = *places.entry(key).or_insert_with_key(|key| {
                names.push(key.clone());
                names.len() - 1
            });
            (place, value)
        });
        rows.push((at, row.collect()));
        objects.push(line.to_owned());
    }
    if names.is_empty() {
        return Err((None, ErrorKind::Empty));
    }
    let mut cells = Cells::of_width(names.len());
    cells.lines.push(1);
    for name in &names {
        cells.push_kind(name.as_bytes(), CellKind::Text).map_err(|kind| (None, kind))?;
    }
    for (line, row) in rows {
        cells.lines.push(line);
        let mut of_row: Vec<Option<Value>> = vec![None; names.len()];
        for (place, value) in row {
            of_row[place] = Some(value);
        }
        for value in of_row {
            let (text, kind) = shown(value.unwrap_or(Value::Null));
            cells.push_kind(text.as_bytes(), kind).map_err(|kind| (Some(line), kind))?;
        }
    }
    Ok(Lines { cells, objects })
}

/// A value as a cell.
fn shown(value: Value) -> (String, CellKind) {
    match value {
        Value::Null => (String::new(), CellKind::Text),
        Value::String(text) => (text, CellKind::Text),
        Value::Bool(value) => (value.to_string(), CellKind::Bool),
        Value::Number(number) => (number.to_string(), CellKind::Number),
        nested => (nested.to_string(), CellKind::Text),
    }
}

/// The keys and values of an object, in their order.
fn object(line: &str) -> Result<Vec<(String, Value)>, ErrorKind> {
    let mut json = serde_json::Deserializer::from_str(line);
    let fields = json.deserialize_map(Fields).and_then(|fields| json.end().map(|()| fields));
    fields.map_err(|error| {
        if error.to_string().starts_with(TWICE) { ErrorKind::DuplicateKey } else { ErrorKind::JsonLine }
    })
}

/// Collects an object, whose order a map would lose.
struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Vec<(String, Value)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields: Vec<(String, Value)> = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, Value>()? {
            if fields.iter().any(|(known, _)| *known == key) {
                return Err(de::Error::custom(TWICE));
            }
            fields.push((key, value));
        }
        Ok(fields)
    }
}
