//! CSV files, one for each table.

use std::collections::BTreeSet;

use crate::evaluation::{Report, Table};

/// A CSV file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvFile {
    /// Its name.
    pub name: String,
    /// Its contents.
    pub bytes: Vec<u8>,
}

/// A file for each table of a report, named as in RSMTool where it has the table.
///
/// Numbers are not rounded; a figure without a value is an empty cell.
#[must_use]
pub fn csv_files(report: &Report) -> Vec<CsvFile> {
    let mut taken = BTreeSet::new();
    report
        .tables()
        .map(|table| CsvFile { name: file_name(&table.name, &mut taken), bytes: bytes(table) })
        .collect()
}

/// A name without characters that file systems or shells treat specially; equal names get a number.
pub(super) fn file_name(name: &str, taken: &mut BTreeSet<String>) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' })
        .take(120)
        .collect();
    let mut name = plain.clone();
    let mut number = 2;
    // Some file systems do not tell cases apart.
    while !taken.insert(name.to_lowercase()) {
        name = format!("{plain}-{number}");
        number += 1;
    }
    name + ".csv"
}

fn bytes(table: &Table) -> Vec<u8> {
    let mut out = String::new();
    let line = |cells: &mut dyn Iterator<Item = String>| {
        let cells: Vec<String> = cells.map(|cell| quoted(&cell)).collect();
        cells.join(",") + "\n"
    };
    out += &line(&mut table.columns.iter().map(|column| column.key.clone()));
    for row in &table.rows {
        out += &line(&mut row.iter().map(crate::evaluation::Cell::csv));
    }
    out.into_bytes()
}

/// A cell, in quotes where it needs them. A name that a spreadsheet program would take for a formula begins with an
/// apostrophe.
fn quoted(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
    let cell = &if is_formula { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}
