//! Bytes that are not a table give an error, never a panic or output on stderr.

use proptest::prelude::*;
use pupil_tables::{Column, ErrorKind, Format, Kind, Limits, Options, Table};

use crate::support::{Sheet, ods, row, table, xlsx};

fn books() -> [Vec<u8>; 3] {
    let rows = format!("{}{}", row(1, &["text", "id"]), row(2, &["He ran", "1"]));
    let cell = r#"<table:table-row><table:table-cell office:value-type="string"><text:p>a</text:p></table:table-cell></table:table-row>"#;
    [xlsx(&[Sheet("Class", false, &rows)]), ods(cell), include_bytes!("../fixtures/class.xls").to_vec()]
}

/// Reads every cell of a table, if it can be read.
fn read(bytes: Vec<u8>, options: &Options) {
    match Table::parse("t", bytes, options) {
        Ok(table) => {
            for row in 0..table.len() {
                for column in 0..table.header().len() {
                    let _ = table.text(row, column);
                }
                let _ = table.is_blank(row);
            }
            table
                .write(&mut std::io::sink(), pupil_tables::Format::Csv, &[])
                .expect("a sink takes everything");
        }
        Err(error) => drop((error.to_string(), error.advice(|setting| format!("{setting:?}")))),
    }
}

#[test]
fn truncated_spreadsheet_is_an_error() {
    for book in books() {
        for len in (8..book.len()).step_by(37) {
            let result = Table::parse("t", book[..len].to_vec(), &Options::default());
            if let Err(error) = result {
                assert!(
                    matches!(error.kind(), ErrorKind::NotASpreadsheet | ErrorKind::Empty),
                    "{len}: {error}"
                );
            }
        }
    }
}

#[test]
fn libreoffice_sheet_without_its_end_is_rejected() {
    let cell = r#"<table:table-cell office:value-type="string"><text:p>a</text:p></table:table-cell>"#;
    for rows in [
        "</table:table><table:table>".to_owned(),
        "<table:table-row>".to_owned(),
        format!("<table:table-row>{cell}</table:table-row></table:table></office:spreadsheet>"),
        "<!--".to_owned(),
        "<table:table><![CDATA[</table:table>".to_owned(),
    ] {
        let error = Table::parse("t", ods(&rows), &Options::default()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::NotASpreadsheet | ErrorKind::Empty), "{rows}: {error}");
    }
    // The reader limits repeated cells to the size of a sheet.
    let often =
        cell.replace("<table:table-cell", "<table:table-cell table:number-columns-repeated=\"4000000000\"");
    let rows = format!("<table:table-row table:number-rows-repeated=\"1000000\">{often}</table:table-row>");
    let error = Table::parse("t", ods(&rows), &Options::default()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TooManyCells { .. }), "{error}");
}

#[test]
fn cells_far_apart_need_little_memory() {
    let far = format!("{}<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>", row(1, &["text"]));
    let table = Table::parse("t", xlsx(&[Sheet("Class", false, &far)]), &Options::default()).unwrap();
    assert_eq!((table.header().len(), table.line(0)), (16_384, 1_048_576));
    let mut rows = row(1, &["text"]);
    for number in 2..1300 {
        rows += &format!("<row r=\"{number}\"><c r=\"XFD{number}\"><v>1</v></c></row>");
    }
    let error = Table::parse("t", xlsx(&[Sheet("Class", false, &rows)]), &Options::default()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TooManyCells { .. }), "{error}");
}

#[test]
fn old_sheet_with_huge_dimensions_is_rejected() {
    let book = include_bytes!("../fixtures/class.xls");
    // The dimensions record of a sheet: its kind, its length, its first and last row.
    let at: Vec<usize> =
        (0..book.len() - 4).filter(|at| book[*at..*at + 4] == [0x00, 0x02, 0x0e, 0x00]).collect();
    assert_eq!(at.len(), 2, "one for each sheet");
    for at in at {
        let mut book = book.to_vec();
        book[at + 8..at + 12].copy_from_slice(&[0xff; 4]);
        let error = Table::parse("t", book, &Options::default()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::NotASpreadsheet), "{error}");
    }
}

#[test]
fn more_than_the_caller_reads_is_refused() {
    let read = |bytes: &[u8], bytes_limit, rows| {
        let limits = Limits { bytes: bytes_limit, rows };
        let options = Options { empty_rows: true, limits, ..Options::default() };
        Table::parse("t", bytes.to_vec(), &options)
    };
    let three = b"text\na\n\nb\n";
    assert_eq!(read(three, 10, 3).unwrap().len(), 3);
    assert!(matches!(read(three, 9, 3).unwrap_err().kind(), ErrorKind::TooLarge { bytes: 10, limit: 9 }));
    assert!(matches!(read(three, 10, 2).unwrap_err().kind(), ErrorKind::TooManyRows { limit: 2 }));
    let blank = ["text".as_bytes(), &[b'\n'; 2_000_000]].concat();
    assert!(matches!(
        read(&blank, u64::MAX, 1000).unwrap_err().kind(),
        ErrorKind::TooManyRows { limit: 1000 }
    ));
    let sheet = xlsx(&[Sheet("Class", false, &(row(1, &["text"]) + &row(2, &["a"]) + &row(3, &["b"])))]);
    let size = sheet.len() as u64;
    assert_eq!(read(&sheet, size, 2).unwrap().len(), 2);
    assert!(matches!(read(&sheet, size, 1).unwrap_err().kind(), ErrorKind::TooManyRows { limit: 1 }));
    assert!(matches!(read(&sheet, size - 1, 2).unwrap_err().kind(), ErrorKind::TooLarge { .. }));
    let objects = b"{\"text\":\"a\"}\n{\"text\":\"b\"}\n";
    assert!(matches!(read(objects, 100, 1).unwrap_err().kind(), ErrorKind::TooManyRows { limit: 1 }));
}

#[test]
fn names_and_cells_of_columns_are_no_formulas() {
    let column = |name: &str, cell: &str| Column { name: name.into(), cells: vec![cell.into()] };
    let columns = [column("=1+1", "@SUM(A1)"), column("-x", "-2")];
    let sheet = xlsx(&[Sheet("Class", false, &row(1, &["text"]))]);
    // Cells that were CSV are what they were; those of a spreadsheet become CSV here.
    for (table, start, own) in [
        (table("text\na\n"), "", "=1+1,-x,'=1+1,'-x\n@SUM(A1),-2,'@SUM(A1),-2\n"),
        (
            Table::parse("class.xlsx", sheet, &Options::default()).unwrap(),
            "\u{feff}",
            "'=1+1,'-x,'=1+1,'-x\r\n'@SUM(A1),-2,'@SUM(A1),-2\r\n",
        ),
    ] {
        let mut out = Vec::new();
        table.selected(&columns).unwrap().write(&mut out, Format::Csv, &columns).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), format!("{start}{own}"));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_rejected(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for kind in [None, Some(Kind::Csv), Some(Kind::Spreadsheet)] {
            read(bytes.clone(), &Options { kind, ..Options::default() });
        }
        for magic in [&b"PK\x03\x04"[..], b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe", b"\xfe\xff"] {
            read([magic, &bytes].concat(), &Options::default());
        }
        for encoding in ["utf-16be", "shift_jis", "gb18030", "windows-1252", "iso-2022-jp"] {
            read(bytes.clone(), &Options { encoding: Some(encoding.into()), ..Options::default() });
        }
    }

    #[test]
    fn changed_spreadsheet_is_read_or_rejected(
        book in 0..3_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = books()[book].clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        read(bytes, &Options { kind: Some(Kind::Spreadsheet), ..Options::default() });
    }

    #[test]
    fn spreadsheet_of_changed_parts_is_read_or_rejected(
        changes in prop::collection::vec((any::<prop::sample::Index>(), "[a-zA-Z0-9<>/=\"&; ]{0,4}"), 1..5),
    ) {
        let cells = r#"<table:table-row table:number-rows-repeated="2"><table:table-cell office:value-type="date" office:date-value="2026-02-01" table:number-columns-repeated="3"><text:p>a</text:p></table:table-cell></table:table-row>"#;
        let rows = format!(
            "{}{}",
            row(1, &["text", "id"]),
            r#"<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" s="1"><v>46054.5</v></c><c r="C2" t="e"><v>#N/A</v></c><c t="b"><v>1</v></c></row>"#
        );
        let changed = |text: &str| {
            let mut text = text.to_owned();
            for (at, new) in &changes {
                let at = at.index(text.len());
                text.replace_range(at..at + 1, new);
            }
            text
        };
        read(ods(&changed(cells)), &Options::default());
        read(xlsx(&[Sheet("Class", false, &changed(&rows))]), &Options::default());
    }
}
