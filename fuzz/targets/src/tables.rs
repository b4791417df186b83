//! Tables: CSV, JSON Lines, and the parts of spreadsheets.

use std::io::{Cursor, Write as _};

use pupil_tables::{Column, Error, Format, Kind, Limits, Options, Table};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::input::Input;

/// What stands between the parts of a package, before each name.
const PART: &[u8] = b"\n--- ";

const LIMITS: Limits = Limits { bytes: 1 << 20, rows: 2000 };

/// Reads CSV or JSON Lines; what was read can be written and read again.
pub fn csv(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let settings = input.byte();
    let encodings = [None, Some("utf-16le"), Some("windows-1252"), Some("shift_jis")];
    let delimiter = (settings & 0x40 != 0).then_some(';');
    let options = Options {
        kind: [None, Some(Kind::Csv), Some(Kind::JsonLines), None][usize::from(settings & 3)],
        empty_rows: settings & 4 != 0,
        guess_encoding: settings & 8 != 0,
        encoding: encodings[usize::from(settings >> 4 & 3)].map(str::to_owned),
        names: if settings & 0x80 != 0 { vec!["text".into(), "id".into()] } else { Vec::new() },
        delimiter,
        limits: LIMITS,
        ..Options::default()
    };
    let bytes = input.rest();
    read(if settings & 3 == 3 { "class.tsv" } else { "class.csv" }, bytes.to_vec(), &options);
}

/// Reads a spreadsheet whose parts are listed: after the first line each part begins with `--- NAME`.
pub fn workbook(bytes: &[u8]) {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for part in parts(bytes) {
        let end = part.iter().position(|byte| *byte == b'\n').unwrap_or(part.len());
        let name = String::from_utf8_lossy(&part[..end]);
        if zip.start_file(name, stored).is_err()
            || zip.write_all(part.get(end + 1..).unwrap_or_default()).is_err()
        {
            return;
        }
    }
    let Ok(file) = zip.finish() else { return };
    let options = Options { kind: Some(Kind::Spreadsheet), limits: LIMITS, ..Options::default() };
    read("class.xlsx", file.into_inner(), &options);
}

/// The parts of a package, without what stands between them.
fn parts(bytes: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(PART.len()).position(|window| window == PART) {
        let next = &rest[at + PART.len()..];
        let end = next.windows(PART.len()).position(|window| window == PART).unwrap_or(next.len());
        parts.push(&next[..end]);
        rest = &next[end..];
    }
    parts
}

fn check(error: &Error) {
    let text = error.to_string();
    assert!(!text.is_empty() && text.len() < 4096, "a message of {} bytes", text.len());
}

/// Reads a table; what was read can be written and read again.
fn read(name: &str, bytes: Vec<u8>, options: &Options) {
    let table = match Table::parse(name, bytes, options) {
        Ok(table) => table,
        Err(error) => return check(&error),
    };
    assert!(table.len() <= LIMITS.rows, "{} rows", table.len());
    let width = table.header().len();
    for name in ["text", "id"] {
        if let Err(error) = table.find(name) {
            check(&error);
        }
    }
    let mut is_text = true;
    for row in 0..table.len() {
        let _ = (table.line(row), table.is_blank(row));
        for column in 0..width {
            is_text &= table.text(row, column).is_ok();
            let _ = table.is_date(row, column);
        }
    }
    if table.len() * width > 4096 || !is_text {
        return;
    }
    let added = Column { name: "=level".into(), cells: vec!["=1+1".into(); table.len()] };
    for format in [Format::Csv, Format::Tsv, Format::JsonLines, Format::Ods] {
        let mut out = Vec::new();
        table.write(&mut out, format, std::slice::from_ref(&added)).expect("a vector takes everything");
        let (kind, delimiter) = match format {
            Format::JsonLines => (Kind::JsonLines, None),
            Format::Ods => (Kind::Spreadsheet, None),
            Format::Tsv => (Kind::Csv, Some('\t')),
            _ => (Kind::Csv, Some(table.dialect().delimiter)),
        };
        let again = Options { kind: Some(kind), delimiter, ..Options::default() };
        match Table::parse("again", out, &again) {
            Ok(again) if format == Format::Csv && table.dialect().keeps_bytes() => compare(&table, &again),
            Ok(_) => {}
            Err(error) => {
                check(&error);
                assert!(
                    table.is_empty() || format != Format::Ods,
                    "what was written cannot be read: {error}"
                );
            }
        }
    }
}

/// Every cell of the first is in the second, and no added cell is a formula.
fn compare(table: &Table, again: &Table) {
    let width = table.header().len();
    // Lines above the header, and a header in which a row begins, are not found again without the names of columns.
    if table.dialect().title_rows > 0 || again.header().len() != width + 1 || again.len() != table.len() {
        return;
    }
    for row in 0..table.len() {
        for column in 0..width {
            assert_eq!(table.bytes(row, column), again.bytes(row, column), "row {row}, column {column}");
        }
        assert!(!again.bytes(row, width).starts_with(b"="), "a formula in row {row}");
    }
}
