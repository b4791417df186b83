//! A table is written in its original format, with more columns.

use proptest::prelude::*;
use pupil_tables::{Column, Format, Kind, Options, Table};

use crate::support::{Sheet, encoding, parse, part, row, rows, table, text, with_part, xlsx};

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

/// A sheet as teachers make them: a merged title, a formatted header, a formula, borders beyond the answers, a merged
/// note beside them, and widths of all columns to the end.
fn class() -> Vec<u8> {
    let rows = format!(
        r#"<row r="1" spans="1:7">{}<c r="G1" s="1"/></row><row r="3" ht="30" customHeight="1"><c r="A3" s="2" t="inlineStr"><is><t>id</t></is></c><c r="B3" s="1" t="inlineStr"><is><t>text</t></is></c><c r="D3" s="2"/></row><row><c><v>7</v></c>{}<c r="C4"><f>LEN(B4)</f></c><c r="D4" s="2"/><c r="E4" s="1"><v></v></c></row><row r="6">{}<c r="B6" s="1"/></row>"#,
        text("A1", "Class 7b"),
        text("B4", "He ran &amp; hid"),
        text("A6", "8"),
    );
    let book = xlsx(&[Sheet("Key", false, &row(1, &["points"])), Sheet("Class", false, &rows)]);
    let sheet = part(&book, "xl/worksheets/s1.xml")
        .replace("<sheetData>", r#"<dimension ref="A1:G6"/><cols><col min="2" max="2" width="40"/><col min="3" max="16384" width="9"/></cols><sheetData>"#)
        .replace("</sheetData>", r#"</sheetData><mergeCells count="2"><mergeCell ref="A1:G1"/><mergeCell ref="B4:$F$4"/></mergeCells>"#);
    with_part(&book, "xl/worksheets/s1.xml", &sheet)
}

fn read_class(book: Vec<u8>) -> Table {
    let options =
        Options { sheet: Some("Class".to_owned()), names: vec!["text".to_owned()], ..Options::default() };
    Table::parse("class.xlsx", book, &options).expect("the workbook is sound")
}

fn added() -> [Column; 3] {
    let column = |name: &str, cells: [&str; 2]| Column {
        name: name.to_owned(),
        cells: cells.map(str::to_owned).to_vec(),
    };
    [column("level", ["2", ""]), column("p", ["0.25", "1"]), column("why", ["=1+1", " a<b\r\nc"])]
}

#[test]
fn workbook_keeps_everything_else() {
    let book = class();
    let mut out = Vec::new();
    read_class(book.clone()).write(&mut out, Format::Xlsx, &added()).unwrap();
    for name in ["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/worksheets/s0.xml"] {
        assert_eq!(part(&out, name), part(&book, name), "{name}");
    }
    // After the merged cells; the names look like the last own one; the cells have the three formats that are added.
    let was = part(&book, "xl/worksheets/s1.xml");
    let cell = |at: &str, format: &str, text: &str| {
        format!(r#"<c r="{at}"{format} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>"#)
    };
    let name = r#" s="1""#;
    let header = cell("G3", name, "level") + &cell("H3", name, "p") + &cell("I3", name, "why");
    let first = format!(
        r#"<c r="G4" s="4"><v>2</v></c><c r="H4" s="5"><v>0.25</v></c>{}"#,
        cell("I4", r#" s="3""#, "=1+1")
    );
    let last = format!(r#"<c r="H6" s="5"><v>1</v></c>{}"#, cell("I6", r#" s="3""#, " a&lt;b\nc"));
    let widths: String = [(7, 8), (8, 8), (9, 8)]
        .map(|(place, width)| {
            format!(r#"<col min="{place}" max="{place}" width="{width}" customWidth="1"/>"#)
        })
        .concat();
    let want = was
        .replace(r#"<dimension ref="A1:G6"/>"#, "")
        .replace(
            r#"<col min="3" max="16384" width="9"/></cols>"#,
            &format!(r#"<col min="3" width="9" max="6"/>{widths}</cols>"#),
        )
        .replace(r#"<row r="1" spans="1:7">"#, r#"<row r="1">"#)
        .replace(r#"<c r="D3" s="2"/></row>"#, &format!(r#"<c r="D3" s="2"/>{header}</row>"#))
        .replace(r#"<v></v></c></row>"#, &format!(r#"<v></v></c>{first}</row>"#))
        .replace(r#"<c r="B6" s="1"/></row>"#, &format!(r#"<c r="B6" s="1"/>{last}</row>"#));
    assert_eq!(part(&out, "xl/worksheets/s1.xml"), want);
    let styles = part(&out, "xl/styles.xml");
    assert!(
        styles.contains(r#"<cellXfs><xf numFmtId="0"/>"#) && styles.matches("<xf ").count() == 6,
        "{styles}"
    );
    assert!(styles.contains(r#"<xf numFmtId="2" fontId="0""#), "{styles}");
    let again = read_class(out);
    assert_eq!(again.header(), ["id", "text", "", "", "", "", "level", "p", "why"]);
    assert_eq!(rows(&again)[0], ["7", "He ran & hid", "", "", "", "", "2", "0.25", "=1+1"]);
    assert_eq!(rows(&again)[1], ["8", "", "", "", "", "", "", "1", " a<b\nc"]);
    // What is scored a second time has more columns, and the same table gives the same bytes.
    let [mut twice, mut same] = [Vec::new(), Vec::new()];
    again.write(&mut twice, Format::Xlsx, &[level(&["2", ""])]).unwrap();
    again.write(&mut same, Format::Xlsx, &[level(&["2", ""])]).unwrap();
    assert!(twice == same);
    let twice = read_class(twice);
    assert_eq!(rows(&twice)[0][6..], ["2", "0.25", "=1+1", "2"]);
}

#[test]
fn workbook_may_name_its_elements_with_a_prefix_and_leave_out_places() {
    let sheet = |p: &str| {
        let cell = |text: &str| format!(r#"<{p}c t="inlineStr"><{p}is><{p}t>{text}</{p}t></{p}is></{p}c>"#);
        format!(
            "<{p}sheetData><{p}row>{}{}</{p}row><{p}row/><{p}row>{}<{p}c/></{p}row></{p}sheetData>",
            cell("text"),
            cell("id"),
            cell("He ran")
        )
    };
    let book = xlsx(&[Sheet("Class", false, "")]);
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    for p in ["", "x:"] {
        let colon = p.replace(':', "");
        let space = if p.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{colon}") };
        let text = format!(r#"<{p}worksheet {space}="{main}">{}</{p}worksheet>"#, sheet(p));
        let book = with_part(&book, "xl/worksheets/s0.xml", &text);
        let mut out = Vec::new();
        read_class(book).write(&mut out, Format::Xlsx, &[level(&["2"])]).unwrap();
        let text = part(&out, "xl/worksheets/s0.xml");
        assert!(text.contains(&format!(r#"<{p}cols><{p}col min="3" max="3""#)), "{text}");
        assert!(text.contains(&format!(r#"<{p}c r="C3" s="4"><{p}v>2</{p}v></{p}c></{p}row>"#)), "{text}");
        assert_eq!(rows(&read_class(out)), [["He ran", "", "2"]]);
    }
}

#[test]
fn workbook_that_cannot_be_kept_becomes_one_with_one_sheet() {
    let book = class();
    let types = part(&book, "[Content_Types].xml")
        .replace("application/xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml");
    let styles = part(&book, "xl/styles.xml").replace("cellXfs", "others");
    for book in [with_part(&book, "[Content_Types].xml", &types), with_part(&book, "xl/styles.xml", &styles)]
    {
        let read = read_class(book);
        let mut out = Vec::new();
        read.write(&mut out, Format::Xlsx, &added()).unwrap();
        let list = part(&out, "xl/workbook.xml");
        assert_eq!(list.matches("<sheet ").count(), 1, "{list}");
        assert_eq!(rows(&read_class(out))[0][..2], ["7", "He ran & hid"]);
    }
    let long = Column { name: "why".to_owned(), cells: vec!["\u{1f600}".repeat(16_384), String::new()] };
    let mut out = Vec::new();
    let error = read_class(book).write(&mut out, Format::Xlsx, &[long]).unwrap_err();
    assert!(error.to_string().contains("32767 characters") && out.is_empty(), "{error}");
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
            // A workbook that was read gets more columns.
            let place = Column { name: "place".into(), cells: (0..read.len()).map(|row| row.to_string()).collect() };
            let twice = through(&again, format, std::slice::from_ref(&place));
            for (row, (cells, was)) in rows(&twice).iter().zip(rows(&again)).enumerate() {
                prop_assert_eq!(&cells[..3], &was[..]);
                prop_assert_eq!(cells[3], row.to_string());
            }
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
