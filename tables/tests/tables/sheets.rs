//! Spreadsheets.

use pupil_tables::{ErrorKind, Kind, Options, Table};

use crate::support::{Sheet, ods, row, rows, text, xlsx};

fn read(bytes: Vec<u8>, sheet: Option<&str>) -> Result<Table, pupil_tables::Error> {
    let options = Options { sheet: sheet.map(str::to_owned), ..Options::default() };
    Table::parse("class", bytes, &options)
}

#[test]
fn cells_are_what_a_person_sees() {
    let mixed = format!(
        r#"<row r="3">{}<c r="B3"><v>1</v></c><c r="C3"><v>0.30000000000000004</v></c><c r="D3" t="b"><v>1</v></c><c r="E3" t="e"><v>#N/A</v></c><c r="F3" s="1"><v>46054</v></c><c r="G3" s="2"><v>1.5</v></c></row>"#,
        text("A3", "He ran")
    );
    let more = r#"<row r="6"><c r="F6" s="1"><v>46054.75</v></c><c r="B6"><v>0.5</v></c></row>"#;
    let body = format!("{}{mixed}{more}", row(2, &["text", "a", "b", "c", "d", "e", "f"]));
    let table = read(xlsx(&[Sheet("Class 7b", false, &body)]), None).unwrap();
    assert_eq!(
        rows(&table),
        [
            ["He ran", "1", "0.3", "TRUE", "#N/A", "2026-02-01", "36:00:00"],
            ["", "0.5", "", "", "", "2026-02-01T18:00:00", ""]
        ]
    );
    // Rows are counted as the spreadsheet program shows them, and blank rows are skipped.
    assert_eq!((table.header_line(), table.line(0), table.line(1)), (2, 3, 6));
    assert!(table.is_date(0, 5) && table.is_date(1, 5) && table.is_date(0, 6) && !table.is_date(0, 2));
    let dialect = table.dialect();
    assert_eq!((dialect.kind, dialect.sheet.as_deref()), (Kind::Spreadsheet, Some("Class 7b")));
}

#[test]
fn only_visible_sheet_with_cells_is_read() {
    let (a, b) = (row(1, &["text"]), row(1, &["other"]));
    let table =
        read(xlsx(&[Sheet("Hidden", true, &b), Sheet("Empty", false, ""), Sheet("Class", false, &a)]), None);
    assert_eq!(table.unwrap().header(), ["text"]);
    let two = || xlsx(&[Sheet("Class", false, &a), Sheet("Old one", false, &b)]);
    let error = read(two(), None).unwrap_err();
    assert_eq!(error.to_string(), "class: several sheets have cells: `Class`, `Old one`");
    assert_eq!(error.advice(|_| "--sheet".to_owned()).unwrap(), "name the sheet with --sheet");
    for name in ["Old one", "old ONE "] {
        assert_eq!(read(two(), Some(name)).unwrap().header(), ["other"]);
    }
    let error = read(two(), Some("uncle")).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NoSheet { .. }) && !error.to_string().contains("uncle"),
        "{error}"
    );
    assert_eq!(read(xlsx(&[Sheet("Hidden", true, &a)]), Some("Hidden")).unwrap().header(), ["text"]);
    assert!(matches!(read(xlsx(&[Sheet("Empty", false, "")]), None).unwrap_err().kind(), ErrorKind::Empty));
}

#[test]
fn libreoffice_sheet_is_read() {
    let cell = |text: &str| {
        format!(r#"<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>"#)
    };
    let body = format!(
        r#"<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row><table:table-row>{}{}{}</table:table-row><table:table-row>{}<table:table-cell office:value-type="float" office:value="2"/><table:table-cell office:value-type="date" office:date-value="2026-02-01"/></table:table-row>"#,
        cell("text"),
        cell("score"),
        cell("day"),
        cell("He hid")
    );
    let table = read(ods(&body), None).unwrap();
    assert_eq!(table.header(), ["text", "score", "day"]);
    assert_eq!(rows(&table), [["He hid", "2", "2026-02-01"]]);
    assert_eq!((table.header_line(), table.line(0)), (3, 4));
    assert!(table.is_date(0, 2));
}

#[test]
fn old_excel_sheet_is_read() {
    let bytes = include_bytes!("../fixtures/class.xls");
    let table = read(bytes.to_vec(), None).unwrap();
    assert_eq!(table.header(), ["id", "text", "score", "day"]);
    assert_eq!(
        rows(&table),
        [["1", "He hid; \u{201c}then\u{201d} he ran", "0.5", "2026-02-01"], ["2", "TRUE", "", ""]]
    );
    assert_eq!((table.header_line(), table.line(0), table.line(1)), (2, 4, 5));
    assert!(table.is_date(0, 3));
    assert_eq!(table.dialect().sheet.as_deref(), Some("Class 7b"));
}

#[test]
fn kind_is_recognised_by_the_first_bytes_and_not_by_the_name() {
    let book = || xlsx(&[Sheet("Class", false, &row(1, &["text"]))]);
    let parse = |name: &str, bytes: Vec<u8>, options: &Options| Table::parse(name, bytes, options);
    assert_eq!(parse("class.csv", book(), &Options::default()).unwrap().dialect().kind, Kind::Spreadsheet);
    let error = parse("class.xlsx", b"text\nHe ran\n".to_vec(), &Options::default()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotASpreadsheet), "{error}");
    let as_csv = Options { kind: Some(Kind::Csv), ..Options::default() };
    assert_eq!(parse("class.xlsx", b"text\nHe ran\n".to_vec(), &as_csv).unwrap().len(), 1);
    let wrong = [
        (book(), Options { delimiter: Some(','), ..Options::default() }),
        (book(), Options { encoding: Some("utf-8".into()), ..Options::default() }),
        (b"text\n".to_vec(), Options { sheet: Some("Class".into()), ..Options::default() }),
    ];
    for (bytes, options) in wrong {
        let error = parse("class", bytes, &options).unwrap_err();
        assert!(error.advice(|setting| format!("{setting:?}")).unwrap().starts_with("leave "), "{error}");
    }
}
