//! A table is written in its original format, with more columns.

use proptest::prelude::*;
use pupil_tables::{Column, Format, Kind, Options, Table};

use crate::support::{Sheet, encoding, parse, row, rows, table, xlsx};

fn written(table: &Table, added: &[Column]) -> Vec<u8> {
    let mut out = Vec::new();
    table.write(&mut out, Format::Csv, added).expect("a vector takes everything");
    out
}

fn level(cells: &[&str]) -> Column {
    Column { name: "level".to_owned(), cells: cells.iter().map(ToString::to_string).collect() }
}

#[test]
fn format_of_the_table_is_kept() {
    for end in ["\n", "\r\n", "\r"] {
        for (mark, sep, d) in
            [("", "", ","), ("\u{feff}", "sep=;", ";"), ("\u{feff}", "", "\t"), ("", "sep=|", "|")]
        {
            let sep = if sep.is_empty() { String::new() } else { format!("{sep}{end}") };
            let head = format!("{mark}{sep} id {d}\"why\r\nor how?\"");
            let text = format!("{head}{end}1{d}\"a \"\"b\"\" {d}\"{end}2{d}{end}");
            let want = format!("{head}{d}level{end}1{d}\"a \"\"b\"\" {d}\"{d}2{end}2{d}{d}{end}");
            assert_eq!(String::from_utf8(written(&table(&text), &[level(&["2", ""])])).unwrap(), want);
        }
    }
}

#[test]
fn bytes_of_cells_are_kept() {
    let read = table(b"text,note\nHe ran,\xff\xfe\n");
    assert_eq!(written(&read, &[level(&["1"])]), b"text,note,level\nHe ran,\xff\xfe,1\n");
}

#[test]
fn decoded_table_becomes_utf_8_with_a_byte_order_mark() {
    let read = parse(b"id;text\n1;caf\xe9\n", &encoding("latin1")).unwrap();
    assert_eq!(written(&read, &[]), "\u{feff}id;text\n1;café\n".as_bytes());
    let book = xlsx(&[Sheet("Class", false, &row(1, &["id", "text"])), Sheet("Empty", false, "")]);
    let read = Table::parse("class.xlsx", book, &Options::default()).unwrap();
    assert_eq!(written(&read, &[level(&[])]), "\u{feff}id,text,level\r\n".as_bytes());
}

#[test]
fn empty_cell_of_one_column_is_written_as_one() {
    let asked = Options { empty_rows: true, ..Options::default() };
    let read = parse("text\n\na\n", &asked).unwrap();
    assert_eq!(written(&read, &[]), b"text\n\"\"\na\n");
}

/// A table that is written in a format, and read again.
fn through(table: &Table, format: Format, added: &[Column]) -> Table {
    let mut out = Vec::new();
    table.write(&mut out, format, added).expect("a vector takes everything");
    let again = {
        let mut again = Vec::new();
        table.write(&mut again, format, added).map(|()| again)
    };
    assert_eq!(out, again.expect("a vector takes everything"), "the same table gives the same bytes");
    Table::parse("again", out, &Options::default()).expect("what is written can be read")
}

#[test]
fn every_format_keeps_texts() {
    let texts = "id,text\n007,\"=1+1\"\n1.5,\" two  spaces, \u{e9}\u{4e2d}\u{1f600}<&>\"\n-2,\"a\nb\n\nc\tgap\"\n1e5,'quoted\n";
    let read = table(texts);
    let share = Column { name: "@p".to_owned(), cells: ["0.25", "", "1", "0.1"].map(str::to_owned).to_vec() };
    for format in [Format::Xlsx, Format::Ods, Format::JsonLines] {
        let again = through(&read, format, std::slice::from_ref(&share));
        assert_eq!(again.header(), ["id", "text", "@p"]);
        let (want, found) = (rows(&read), rows(&again));
        for (row, (want, found)) in want.iter().zip(&found).enumerate() {
            assert_eq!(found[0], want[0], "{format:?}: what is no plain number stays text");
            assert_eq!(found[1], want[1], "{format:?}");
            assert_eq!(found[2], share.cells[row], "{format:?}");
        }
        assert_eq!(found.len(), 4);
    }
}

#[test]
fn formulas_are_guarded_where_text_becomes_csv() {
    let label = Column { name: "=name".to_owned(), cells: ["@x", "-1"].map(str::to_owned).to_vec() };
    // Cells that were CSV before are kept, added ones are guarded.
    let out = written(&table("text\n=1+1\nb\n"), std::slice::from_ref(&label));
    assert_eq!(String::from_utf8(out).unwrap(), "text,'=name\n=1+1,'@x\nb,-1\n");
    let lines = parse("{\"text\":\"=1+1\"}\n{\"text\":\"b\"}\n", &Options::default()).unwrap();
    assert_eq!(lines.dialect().kind, Kind::JsonLines);
    let out = written(&lines, std::slice::from_ref(&label));
    assert_eq!(String::from_utf8(out).unwrap(), "\u{feff}text,'=name\n'=1+1,'@x\nb,-1\n");
}

#[test]
fn what_a_workbook_cannot_hold_is_refused() {
    let long = format!("text\n{}\n", "a".repeat(32_768));
    let mut out = Vec::new();
    let error = table(&long).write(&mut out, Format::Xlsx, &[]).unwrap_err();
    assert!(error.to_string().contains("32767 characters") && !error.to_string().contains("aaa"), "{error}");
    assert!(table(&long).write(&mut out, Format::Xls, &[]).is_err());
    assert!(out.is_empty());
    table(&long).write(&mut out, Format::Ods, &[]).unwrap();
}

#[test]
fn objects_of_json_lines_are_kept() {
    let text = "{\"a\": 1.50, \"b\":{\"c\":[1, 2]}} \n\n{}\n {\"text\":\"x\\ty\",\"a\":null }\n";
    let read = parse(text, &Options { kind: Some(Kind::JsonLines), ..Options::default() }).unwrap();
    assert_eq!(read.header(), ["a", "b", "text"]);
    assert_eq!(rows(&read), [["1.5", "{\"c\":[1,2]}", ""], ["", "", ""], ["", "", "x\ty"]]);
    assert_eq!((read.line(0), read.line(1), read.line(2)), (1, 3, 4));
    let mut out = Vec::new();
    read.write(&mut out, Format::JsonLines, &[level(&["2", "", "0"])]).unwrap();
    let want = "{\"a\": 1.50, \"b\":{\"c\":[1, 2]},\"level\":2}\n{\"level\":null}\n{\"text\":\"x\\ty\",\"a\":null ,\"level\":0}\n";
    assert_eq!(String::from_utf8(out).unwrap(), want);
    for (text, line, said) in [
        ("{\"a\":1}\n[1]\n", 2, "not a JSON object on one line"),
        ("{\"a\":1}\n{\"a\":\n", 2, "not a JSON object on one line"),
        ("{\"a\":1,\"a\":2}\n", 1, "a key occurs twice"),
        ("{\"a\":1} {}\n", 1, "not a JSON object on one line"),
    ] {
        let error = parse(text, &Options::default()).unwrap_err();
        assert_eq!(error.line(), Some(line), "{text}");
        assert!(error.to_string().contains(said), "{error}");
    }
}

proptest! {
    #[test]
    fn every_format_is_read_again(
        body in prop::collection::vec(prop::collection::vec("[a-c0-9.=<&\" ]{0,4}[a-c\u{e9}\u{4e2d}\u{1f600}]", 3), 0..5),
        format in prop::sample::select(vec![Format::Xlsx, Format::Ods, Format::JsonLines]),
    ) {
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        writer.write_record(["x", "y", "z"]).unwrap();
        for row in &body {
            writer.write_record(row).unwrap();
        }
        let read = table(writer.into_inner().unwrap());
        // Without rows, JSON Lines have no columns.
        if !(body.is_empty() && format == Format::JsonLines) {
            let again = through(&read, format, &[]);
            prop_assert_eq!(rows(&again), rows(&read));
        }
    }

    #[test]
    fn what_is_written_is_read_again(
        header in prop::collection::vec("[a-c ,;\"\r\n]{1,5}", 1..4),
        body in prop::collection::vec(prop::collection::vec("[a-c ,;\"\r\n]{0,5}", 4), 0..5),
        end in prop::sample::select(vec![csv::Terminator::CRLF, csv::Terminator::Any(b'\n'), csv::Terminator::Any(b'\r')]),
        delimiter in prop::sample::select(b",;\t|".to_vec()),
    ) {
        let mut writer = csv::WriterBuilder::new().terminator(end).delimiter(delimiter).from_writer(Vec::new());
        writer.write_record(&header).unwrap();
        for row in &body {
            writer.write_record(&row[..header.len()]).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        let options = Options { delimiter: Some(delimiter.into()), ..Options::default() };
        let read = parse(&bytes, &options).unwrap();
        prop_assert_eq!(&written(&read, &[]), &bytes);
        let level = Column { name: "level".into(), cells: (0..read.len()).map(|row| row.to_string()).collect() };
        let out = written(&read, std::slice::from_ref(&level));
        let again = parse(out, &options).unwrap();
        prop_assert_eq!(again.dialect().terminator, read.dialect().terminator);
        for (row, (cells, was)) in rows(&again).iter().zip(rows(&read)).enumerate() {
            prop_assert_eq!(&cells[..was.len()], &was[..]);
            prop_assert_eq!(cells[was.len()], row.to_string());
        }
    }
}
