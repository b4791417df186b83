//! Writes .ods: a package of XML (OpenDocument 1.3, part 3, tables).

use std::fmt::Write as _;
use std::io::{self, Cursor, Write as _};

use quick_xml::escape::escape;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::column::{Column, Value, added_value, kind, writable};
use crate::table::Table;

/// The type of the file, which its first part holds unpacked.
const TYPE: &str = "application/vnd.oasis.opendocument.spreadsheet";
const NAMESPACE: &str = "urn:oasis:names:tc:opendocument:xmlns";
/// The name of a sheet where the table has none.
const SHEET: &str = "Scores";
/// Styles: names of columns are bold, texts are wrapped; dates are shown as dates.
const STYLES: &str = r#"<style:style style:name="title" style:family="table-cell"><style:text-properties fo:font-weight="bold"/></style:style><style:style style:name="name" style:family="table-cell"><style:table-cell-properties fo:wrap-option="wrap" style:vertical-align="top"/><style:text-properties fo:font-weight="bold"/></style:style><style:style style:name="cell" style:family="table-cell"><style:table-cell-properties fo:wrap-option="wrap" style:vertical-align="top"/></style:style><number:date-style style:name="day"><number:year number:style="long"/><number:text>-</number:text><number:month number:style="long"/><number:text>-</number:text><number:day number:style="long"/></number:date-style><style:style style:name="date" style:family="table-cell" style:data-style-name="day"><style:table-cell-properties style:vertical-align="top"/></style:style><number:number-style style:name="thousandths"><number:number number:decimal-places="3" number:min-decimal-places="3" number:min-integer-digits="1"/></number:number-style><style:style style:name="share" style:family="table-cell" style:data-style-name="thousandths"><style:table-cell-properties style:vertical-align="top"/></style:style><style:style style:name="narrow" style:family="table-column"><style:table-column-properties style:column-width="2.5cm"/></style:style><style:style style:name="wide" style:family="table-column"><style:table-column-properties style:column-width="10cm"/></style:style>"#;
/// Characters of a text from which its column is wide, and rows that are looked at.
const WIDE: usize = 20;
const MEASURED: usize = 200;

/// The bytes of a file with one sheet: the table with more columns. The same table gives the same bytes.
pub(crate) fn write(table: &Table, added: &[Column]) -> io::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    zip.start_file("mimetype", stored)?;
    zip.write_all(TYPE.as_bytes())?;
    zip.start_file("META-INF/manifest.xml", packed)?;
    let entry = |path: &str, kind: &str| {
        format!(r#"<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{kind}"/>"#)
    };
    write!(
        zip,
        r#"<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="{NAMESPACE}:manifest:1.0" manifest:version="1.3">{}{}</manifest:manifest>"#,
        entry("/", TYPE),
        entry("content.xml", "text/xml")
    )?;
    zip.start_file("content.xml", packed)?;
    write!(
        zip,
        r#"<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="{NAMESPACE}:office:1.0" xmlns:table="{NAMESPACE}:table:1.0" xmlns:text="{NAMESPACE}:text:1.0" xmlns:style="{NAMESPACE}:style:1.0" xmlns:number="{NAMESPACE}:datastyle:1.0" xmlns:fo="{NAMESPACE}:xsl-fo-compatible:1.0" office:version="1.3"><office:automatic-styles>{STYLES}</office:automatic-styles><office:body><office:spreadsheet><table:table table:name="{}">"#,
        escape(&*writable(table.dialect().sheet.as_deref().unwrap_or(SHEET)))
    )?;
    for column in 0..table.cells.width + added.len() {
        let is_wide = (table.top + 1..table.cells.len().min(table.top + MEASURED)).any(|record| match column
            .checked_sub(table.cells.width)
        {
            None => table.readable(record, column).chars().count() > WIDE,
            Some(place) => added[place].cells[record - table.top - 1].chars().count() > WIDE,
        });
        let style = if is_wide { "wide" } else { "narrow" };
        write!(zip, r#"<table:table-column table:style-name="{style}"/>"#)?;
    }
    let kinds: Vec<_> = added.iter().map(kind).collect();
    let is_share: Vec<bool> = added.iter().map(|c| c.cells.iter().any(|cell| cell.contains('.'))).collect();
    let mut next = 0;
    let mut row = String::new();
    for record in 0..table.cells.len() {
        let place = table.sheet_row(record);
        if place > next {
            let blank = place - next;
            write!(
                zip,
                r#"<table:table-row table:number-rows-repeated="{blank}"><table:table-cell/></table:table-row>"#
            )?;
        }
        next = place + 1;
        row.clear();
        let style = match record.cmp(&table.top) {
            std::cmp::Ordering::Less => "title",
            std::cmp::Ordering::Equal => "name",
            std::cmp::Ordering::Greater => "cell",
        };
        for column in 0..table.cells.width {
            let text = table.readable(record, column);
            cell(&mut row, table.value(record, column, &text, true), style);
        }
        for ((column, kind), is_share) in added.iter().zip(&kinds).zip(&is_share) {
            match record.checked_sub(table.top) {
                None => {}
                Some(0) => cell(&mut row, Value::Text(&column.name), style),
                Some(below) => {
                    let value = added_value(&column.cells[below - 1], *kind);
                    let is_share = *is_share && matches!(value, Value::Number(_));
                    cell(&mut row, value, if is_share { "share" } else { style });
                }
            }
        }
        write!(zip, "<table:table-row>{row}</table:table-row>")?;
    }
    write!(zip, "</table:table></office:spreadsheet></office:body></office:document-content>")?;
    Ok(zip.finish()?.into_inner())
}

/// Writes one cell.
fn cell(row: &mut String, value: Value<'_>, style: &str) {
    let typed = |kind: &str, name: &str, value: &str, shown: &str, style: &str| {
        format!(
            r#"<table:table-cell table:style-name="{style}" office:value-type="{kind}" office:{name}="{value}"><text:p>{shown}</text:p></table:table-cell>"#
        )
    };
    match value {
        Value::Empty => row.push_str("<table:table-cell/>"),
        Value::Number(number) => {
            let number = number.to_string();
            row.push_str(&typed("float", "value", &number, &number, style));
        }
        Value::Bool(value) => {
            let value = value.to_string();
            row.push_str(&typed("boolean", "boolean-value", &value, &value.to_uppercase(), style));
        }
        Value::Date(date) if date.contains('-') && !date.starts_with('-') => {
            row.push_str(&typed("date", "date-value", date, date, "date"));
        }
        Value::Text(text) | Value::Date(text) => {
            let _ =
                write!(row, r#"<table:table-cell table:style-name="{style}" office:value-type="string">"#);
            for line in writable(text).replace("\r\n", "\n").split(['\n', '\r']) {
                paragraph(row, line);
            }
            row.push_str("</table:table-cell>");
        }
    }
}

/// Writes one line of a text. Tabs and repeated spaces have elements of their own.
fn paragraph(row: &mut String, line: &str) {
    row.push_str("<text:p>");
    let mut spaces = 1;
    for c in line.chars() {
        match c {
            ' ' if spaces > 0 => row.push_str("<text:s/>"),
            ' ' => row.push(' '),
            '\t' => row.push_str("<text:tab/>"),
            c => row.push_str(&escape(c.encode_utf8(&mut [0; 4]) as &str)),
        }
        spaces = if c == ' ' { spaces + 1 } else { 0 };
    }
    row.push_str("</text:p>");
}
