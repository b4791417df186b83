//! The line numbers of rows and errors are the ones that an editor shows.

use proptest::prelude::*;
use pupil_tables::{ErrorKind, Options, Table};

use crate::support::{delimiter, parse, rows, table};

#[test]
fn line_of_a_row_is_the_one_an_editor_shows() {
    for end in ["\n", "\r\n", "\r"] {
        for mark in ["", "\u{feff}", "\u{feff}\u{feff}"] {
            for sep in ["", "sep=,"] {
                let sep = if sep.is_empty() { String::new() } else { format!("{sep}{end}") };
                let text = format!(
                    "{mark}{sep}{end}\"a{end}b\",text{end}{end}1,x{end}2,\"y{end}{end}z\"{end}3,w{end}{end}4,v"
                );
                let read = table(&text);
                let first = 2 + usize::from(!sep.is_empty());
                let lines: Vec<usize> = (0..read.len()).map(|row| read.line(row)).collect();
                assert_eq!(read.header_line(), first, "{text:?}");
                assert_eq!(lines, [3, 4, 7, 9].map(|line| line + first), "{text:?}");
                for (row, line) in lines.iter().enumerate() {
                    let shown = text.replace("\r\n", "\n").replace('\r', "\n");
                    assert!(
                        shown.lines().nth(line - 1).unwrap().starts_with(&format!("{},", row + 1)),
                        "{text:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn errors_name_the_line_on_which_the_row_begins() {
    for end in ["\n", "\r\n", "\r"] {
        for gap in ["", end] {
            let head = format!("id,text{end}1,\"a{end}b\"{end}{gap}");
            let want = if gap.is_empty() { 4 } else { 5 };
            let error = |tail: &str| parse(format!("{head}{tail}"), &Options::default()).unwrap_err();
            let width = error("2,b,c");
            assert_eq!(width.line(), Some(want));
            assert!(matches!(width.kind(), ErrorKind::Width { found: 3, expected: 2 }), "{width}");
            let open = error("2,\"b");
            assert_eq!(open.line(), Some(want));
            assert!(matches!(open.kind(), ErrorKind::OpenQuote { column: 2 }), "{open}");
            let after = error("2,\"he said \"no\" twice\"");
            assert_eq!(after.line(), Some(want));
            assert!(matches!(after.kind(), ErrorKind::TextAfterQuote { column: 2 }), "{after}");
            let bytes = [head.as_bytes(), b"2,caf\xe9"].concat();
            let broken = table(bytes).text(1, 1).unwrap_err();
            assert_eq!(broken.line(), Some(want));
            assert!(matches!(broken.kind(), ErrorKind::NotUtf8 { column: 2, byte: 3 }), "{broken}");
        }
    }
}

#[test]
fn quote_that_is_closed_too_late_does_not_join_two_rows() {
    let error = parse("text,id\n\"He ran,1\n\"He hid,2\n", &Options::default()).unwrap_err();
    assert_eq!(error.line(), Some(2));
    assert!(matches!(error.kind(), ErrorKind::TextAfterQuote { column: 1 }), "{error}");
}

#[test]
fn quote_inside_a_plain_cell_is_a_character() {
    assert_eq!(
        rows(&table("id,text\n1,a 5\" pipe\n2,\"it is \"\"warm\"\"\" \n"))[1],
        ["2", "it is \"warm\""]
    );
}

#[test]
fn empty_lines_are_rows_of_one_column_on_request() {
    let asked = Options { empty_rows: true, ..Options::default() };
    let text = "\ntext\none\n\n\"two\n\nlines\"\n\n";
    let read = parse(text, &asked).unwrap();
    assert_eq!(rows(&read), [["one"], [""], ["two\n\nlines"], [""]]);
    assert_eq!((0..4).map(|row| read.line(row)).collect::<Vec<_>>(), [3, 4, 5, 8]);
    assert!(read.is_blank(1) && !read.is_blank(0));
    assert_eq!(rows(&table(text)), [["one"], ["two\n\nlines"]]);
    // With more columns, an empty line is not a row.
    assert_eq!(parse("id,text\n\n1,a\n\n", &asked).unwrap().len(), 1);
}

#[test]
fn no_error_repeats_text_of_the_table() {
    let secret = "uncle";
    for text in [
        format!("{secret},b\n{secret}"),
        format!("id,text\n1,\"{secret}"),
        format!("id,text\n1,\"{secret}\" {secret}"),
        format!("id,{secret},{secret}\n1,{secret},3"),
    ] {
        let error = match parse(&text, &Options::default()) {
            Err(error) => error,
            Ok(read) => {
                assert!(!format!("{read:?}").contains(secret), "{read:?}");
                read.column(secret).unwrap_err()
            }
        };
        let advice = error.advice(|setting| format!("{setting:?}")).unwrap_or_default();
        assert!(!format!("{error}{error:?}{advice}").contains(secret), "{error}");
    }
}

#[test]
fn only_the_requested_name_is_checked() {
    let long = "q".repeat(5000);
    let read = table(format!("id,, Text ,a,a,\"Q7:\r\nwhy?\",{long}\n1,2,3,4,5,6,7\n"));
    assert_eq!(read.find("text").unwrap(), Some(2));
    assert_eq!(read.find(&long).unwrap(), Some(6));
    assert_eq!(read.find("Q7: why?").unwrap(), Some(5));
    assert_eq!(read.find("nothing").unwrap(), None);
    assert!(matches!(read.find("a").unwrap_err().kind(), ErrorKind::DuplicateColumn { first: 4, second: 5 }));
    let missing = read.column("nothing").unwrap_err();
    assert_eq!(
        missing.to_string(),
        "line 1 of class.csv: no column has the requested name; there are 7 columns"
    );
    // The exact name takes precedence over one in another case.
    let read = table("Text,text,TASK,Task\n1,2,3,4\n");
    assert_eq!(read.find("text").unwrap(), Some(1));
    assert!(read.find("task").is_err());
}

#[test]
fn name_that_is_not_utf_8_is_reported_if_a_column_is_missing() {
    let read = table(b"id,te\xffxt\n1,a\n");
    let error = read.column("text").unwrap_err();
    assert!(
        error.to_string().ends_with("there are 2 columns, and the name of column 2 is not valid UTF-8"),
        "{error}"
    );
    assert!(error.advice(|_| "--encoding".to_owned()).unwrap().contains("--encoding"));
}

/// Records as the crate `csv` splits them.
fn by_csv(text: &[u8], delimiter: u8) -> Vec<Vec<Vec<u8>>> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text);
    reader
        .byte_records()
        .map(|record| record.expect("the reader is flexible").iter().map(<[u8]>::to_vec).collect())
        .collect()
}

proptest! {
    #[test]
    fn records_are_those_of_the_crate_csv(text in "[ab,\"\r\n]{0,40}") {
        let want = by_csv(text.as_bytes(), b',');
        match parse(&text, &delimiter(',')) {
            Ok(read) => {
                prop_assert_eq!(read.len() + 1, want.len());
                for (row, want) in want[1..].iter().enumerate() {
                    let cells: Vec<&[u8]> = (0..want.len()).map(|column| read.bytes(row, column)).collect();
                    prop_assert_eq!(&cells, want);
                }
            }
            Err(error) => match error.kind() {
                ErrorKind::Empty => prop_assert!(want.is_empty()),
                ErrorKind::Width { .. } => prop_assert!(want.iter().any(|record| record.len() != want[0].len())),
                ErrorKind::OpenQuote { .. } | ErrorKind::TextAfterQuote { .. } => {}
                _ => prop_assert!(false, "{}", error),
            },
        }
    }

    #[test]
    fn every_row_is_found_on_its_line(
        rows in prop::collection::vec(("[a,\"\r\n]{0,6}", 0..3_usize), 1..8),
        end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        mark in any::<bool>(),
    ) {
        let mut text = if mark { "\u{feff}".to_owned() } else { String::new() };
        text += &format!("id,text{end}");
        for (i, (cell, gap)) in rows.iter().enumerate() {
            text += &format!("row {i},\"{}\"{end}{}", cell.replace('"', "\"\""), end.repeat(*gap));
        }
        let read = Table::parse("t", text.clone().into_bytes(), &Options::default()).unwrap();
        prop_assert_eq!(read.len(), rows.len());
        let shown = text.replace("\r\n", "\n").replace('\r', "\n");
        let lines: Vec<&str> = shown.split('\n').collect();
        for (i, (cell, _)) in rows.iter().enumerate() {
            let start = format!("row {i},");
            prop_assert!(lines[read.line(i) - 1].starts_with(&start));
            prop_assert_eq!(read.text(i, 1).unwrap(), cell);
        }
    }
}
