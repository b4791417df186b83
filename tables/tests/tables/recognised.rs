//! Byte order marks, encodings, `sep=` lines and delimiters.

use pupil_tables::{ErrorKind, Kind, Options, Table, Terminator};

use crate::support::{delimiter, encoding, parse, rows, table};

#[test]
fn delimiter_is_recognised() {
    for (text, want) in [
        ("id,text\n1,a; b\n", ','),
        ("\u{feff}id;text\r\n001;\"He feared the police, so he ran\"\r\n", ';'),
        ("id\ttext\n1\ta, b; c\n", '\t'),
        ("id|text|x\n1|a, b|2\n", '|'),
        // Both delimiters split the header, but only one fits the rows.
        ("id;text, if any\n1;a\n2;b\n", ';'),
        ("\"a;b\",text\n1,a\n2,b\n", ','),
        // Numbers with a comma in them.
        ("id;score, points;text\n1;0,5;a\n2;1,5;b\n", ';'),
        // Without other evidence: more columns, then the comma.
        ("a,b;c;d\n", ';'),
        ("a,b;c\n", ','),
    ] {
        let read = table(text);
        assert_eq!(read.dialect().delimiter, want, "{text:?}");
        assert!(read.dialect().delimiter_recognised);
    }
}

#[test]
fn table_of_one_column_has_no_delimiter() {
    for text in
        ["text\n\"He ran, then hid; then ran\"\nHe hid; he ran\n", "Why, do you think?\nno\nyes\n", "text"]
    {
        let read = table(text);
        assert_eq!(read.header().len(), 1, "{text:?}");
        assert!(!read.dialect().delimiter_recognised);
    }
}

#[test]
fn delimiter_of_the_options_wins() {
    let read = parse("a;b,c\n1;2,3\n", &delimiter(',')).unwrap();
    assert_eq!(rows(&read), [["1;2", "3"]]);
    assert!(!read.dialect().delimiter_recognised);
    for wrong in ['"', '\n', 'a', '7', 'é'] {
        assert!(matches!(parse("a", &delimiter(wrong)).unwrap_err().kind(), ErrorKind::Delimiter));
    }
}

#[test]
fn tab_is_preferred_in_tsv() {
    let read = |name| Table::parse(name, b"a,b\tc\n".to_vec(), &Options::default()).unwrap();
    assert_eq!(read("x.tsv").dialect().delimiter, '\t');
    assert_eq!(read("x.TSV").dialect().delimiter, '\t');
    assert_eq!(read("x.csv").dialect().delimiter, ',');
}

#[test]
fn sep_line_of_excel_names_the_delimiter_and_is_not_a_header() {
    for (sep, delimiter) in [("sep=;", ';'), ("\"sep=;\"", ';'), ("SEP=|", '|'), ("sep=\t", '\t')] {
        let read = table(format!("\u{feff}{sep}\r\nid{delimiter}text\r\n1{delimiter}He ran\r\n"));
        assert_eq!(read.header(), ["id", "text"]);
        assert_eq!((read.header_line(), read.line(0)), (2, 3));
        assert_eq!(read.dialect().sep_line.as_deref(), Some(sep));
        assert!(!read.dialect().delimiter_recognised);
    }
    let text = "sep=;\nid;text\n1;a\n";
    assert_eq!(parse(text, &delimiter(';')).unwrap().header(), ["id", "text"]);
    let error = parse(text, &delimiter(',')).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::SepLine { found: ';', asked: ',' }));
    assert!(error.to_string().starts_with("line 1 of class.csv: the first line"), "{error}");
}

#[test]
fn byte_order_marks_are_skipped() {
    for marks in 1..4 {
        let read = table(format!("{}text,id\nHe ran,1\n", "\u{feff}".repeat(marks)));
        assert_eq!(read.header(), ["text", "id"]);
        assert!(read.dialect().has_mark);
    }
    // Quotes around the name, and the byte order mark inside them.
    assert_eq!(table("\"\u{feff}text\",id\n1,2\n").find("text").unwrap(), Some(0));
}

#[test]
fn utf_16_is_decoded() {
    let text = "id;text\r\n1;café, \u{1f600}\r\n";
    let units = || text.encode_utf16();
    let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
    for (mark, bytes, name) in [
        (&b"\xff\xfe"[..], &little, "UTF-16LE"),
        (b"\xfe\xff", &big, "UTF-16BE"),
        (b"", &little, "UTF-16LE"),
        (b"", &big, "UTF-16BE"),
    ] {
        let read = table([mark, bytes].concat());
        assert_eq!(rows(&read), [["1", "café, \u{1f600}"]]);
        assert_eq!(read.dialect().encoding, name);
        assert_eq!(read.dialect().has_mark, !mark.is_empty());
    }
    let asked = |mark: &[u8], label: &str| parse([mark, &little].concat(), &encoding(label));
    assert!(asked(b"\xff\xfe", "utf-16").is_ok() && asked(b"", "utf-16le").is_ok());
    let error = asked(b"\xff\xfe", "windows-1252").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Mark { .. }), "{error}");
    // Half a code unit at the end.
    let error = table_error(&[b"\xff\xfe", &little[..], b"\x00"].concat());
    assert_eq!((error.line(), error.to_string().contains("not valid UTF-16LE")), (Some(3), true), "{error}");
}

fn table_error(bytes: &[u8]) -> pupil_tables::Error {
    parse(bytes, &Options::default()).expect_err("the table is broken")
}

#[test]
fn named_encoding_is_decoded() {
    let read = parse(b"id,text\n1,caf\xe9 \x93no\x94\n", &encoding("Windows-1252")).unwrap();
    assert_eq!(rows(&read), [["1", "café \u{201c}no\u{201d}"]]);
    assert_eq!(read.dialect().encoding, "windows-1252");
    assert!(!read.dialect().keeps_bytes());
    for unknown in ["", "latin-77", "utf-99"] {
        let error = parse("a", &encoding(unknown)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::UnknownEncoding), "{error}");
    }
    let error = parse(b"id,text\n1,\x81\xff\n", &encoding("shift_jis")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotInEncoding { encoding: "Shift_JIS" }), "{error}");
    assert_eq!(error.line(), Some(2));
}

#[test]
fn unused_columns_may_hold_any_bytes() {
    let read = table(b"id,text,note\n1,He ran,\xff\xfe\x00\n");
    assert_eq!(read.text(0, 1).unwrap(), "He ran");
    assert_eq!(read.bytes(0, 2), b"\xff\xfe\x00");
    assert!(read.text(0, 2).is_err());
}

#[test]
fn line_ends_are_those_after_the_header() {
    for (text, want) in [
        ("a,b\n1,2\n", Terminator::Lf),
        ("a,b\r\n1,2\r\n", Terminator::CrLf),
        ("a,b\r1,2\r", Terminator::Cr),
        ("\"a\nb\",c\r\n1,2\r\n", Terminator::CrLf),
        ("\"a\r\nb\",c\n1,2\n", Terminator::Lf),
        ("sep=,\r\na,b", Terminator::CrLf),
        ("a,\"b\n\"", Terminator::Lf),
    ] {
        assert_eq!(table(text).dialect().terminator, want, "{text:?}");
    }
}

#[test]
fn empty_file_has_no_header() {
    for text in ["", "\u{feff}", "\n\n", "sep=;\n"] {
        assert!(matches!(table_error(text.as_bytes()).kind(), ErrorKind::Empty), "{text:?}");
    }
}

#[test]
fn options_are_read_from_a_recipe() {
    let options: Options =
        toml::from_str("delimiter = \";\"\nencoding = \"windows-1252\"\nkind = \"csv\"").unwrap();
    assert_eq!(options.delimiter, Some(';'));
    assert_eq!(options.kind, Some(Kind::Csv));
    assert!(toml::from_str::<Options>("separator = \";\"").is_err());
}

#[test]
fn missing_file_is_named() {
    let error = Table::open("nowhere.csv", &Options::default()).unwrap_err();
    assert!(error.to_string().starts_with("nowhere.csv: cannot be read: no such file"), "{error}");
}

#[test]
fn encoding_is_guessed_on_request() {
    let guess = Options { guess_encoding: true, ..Options::default() };
    for (label, text) in [
        ("windows-1252", "id;text\n1;Er läuft über die Straße, für sich: größer\n2;“Déjà vu” – ça va\n"),
        ("windows-1250", "id;text\n1;Książę żółć łąka będzie\n2;Chłopiec kłamał, żeby dostać więcej\n"),
        ("windows-1251", "id;text\n1;Он лжёт, чтобы получить больше\n2;Потому что он жадный\n"),
        ("Shift_JIS", "id;text\n1;彼はもっと欲しいから嘘をついた\n2;お腹がすいているから\n"),
        ("GBK", "id;text\n1;因为他想要更多的香肠\n2;他在说谎,他很贪心\n"),
    ] {
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
        let bytes = encoding.encode(text).0.into_owned();
        let read = parse(&bytes, &guess).unwrap();
        assert_eq!((read.dialect().encoding, read.dialect().encoding_guessed), (encoding.name(), true));
        assert_eq!(rows(&read)[0][1], text.lines().nth(1).unwrap().split_once(';').unwrap().1);
        // Without the request, bytes stay what they are.
        assert_eq!(parse(&bytes, &Options::default()).unwrap().dialect().encoding, "UTF-8");
    }
    let mostly = "text\nüüü\n".as_bytes().iter().copied().chain([0xe4, b'\n']).collect::<Vec<u8>>();
    assert_eq!(parse(&mostly, &guess).unwrap().dialect().encoding, "UTF-8");
    let plain = parse("text\nüüü\n", &guess).unwrap();
    assert!(!plain.dialect().encoding_guessed);
}

#[test]
fn title_above_the_header_is_recognised_by_known_names() {
    let known = Options { names: vec!["text".to_owned()], ..Options::default() };
    let read = parse("Class 7b;;\n;;\nName;Antwort;Note\nA;he ran;2\n", &known).unwrap();
    assert_eq!(
        (read.header(), read.header_line(), read.dialect().title_rows),
        (&["Name", "Antwort", "Note"].map(String::from)[..], 3, 2)
    );
    assert_eq!((read.len(), read.line(0), read.text(0, 1).unwrap()), (1, 4, "he ran"));
    // Without known names, or below a line as full as the header, the first line is the header.
    assert_eq!(parse("Class 7b;;\nName;Antwort;Note\n", &Options::default()).unwrap().header_line(), 1);
    assert_eq!(parse("Name;Question\nA;text\n", &known).unwrap().header_line(), 1);
    assert_eq!(parse("a;b;c\nName;Antwort;Note\n", &known).unwrap().header_line(), 1);
}
