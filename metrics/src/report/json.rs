//! The figures as JSON.

use serde_json::{Map, Value, json as value};

use crate::evaluation::{Cell, Place, Report, Table};

/// Title, facts, summary, warnings and every table, by its name: columns, and rows of cells.
///
/// Numbers are not rounded; a figure without a value is null.
#[must_use]
pub fn json(report: &Report) -> Value {
    let tables: Map<String, Value> = report
        .tables()
        .filter(|table| table.place != Place::Csv)
        .map(|table| (table.name.clone(), table_json(table)))
        .collect();
    let warnings: Vec<Value> = report
        .warnings
        .iter()
        .map(|w| {
            value!({"table": w.table, "row": w.row, "column": w.column, "figure": w.what, "means": w.means})
        })
        .collect();
    let facts: Map<String, Value> =
        report.facts.iter().map(|(name, text)| (name.clone(), Value::from(text.as_str()))).collect();
    value!({
        "title": report.title,
        "facts": facts,
        "summary": report.summary,
        "warnings": warnings,
        "tables": tables,
    })
}

fn table_json(table: &Table) -> Value {
    let cell = |cell: &Cell| match cell {
        Cell::Text(text) => Value::from(text.as_str()),
        Cell::Count(count) => Value::from(*count),
        Cell::Number(number) | Cell::P(number) => Value::from(*number),
        Cell::None => Value::Null,
    };
    let columns: Vec<&str> = table.columns.iter().map(|column| column.key.as_str()).collect();
    let rows: Vec<Vec<Value>> = table.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    value!({"title": table.title, "columns": columns, "rows": rows})
}
