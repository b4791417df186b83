//! A table is written in its original format, with more columns.

use proptest::prelude::*;
use pupil_tables::{Column, Options, Table};

use crate::support::{Sheet, encoding, parse, row, rows, table, xlsx};

fn written(table: &Table, added: &[Column]) -> Vec<u8> {
    let mut out = Vec::new();
    table.write(&mut out, added).expect("a vector takes everything");
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

proptest! {
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
