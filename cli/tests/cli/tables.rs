//! Which tables are read, and where the scored table is written.

use std::fs;

use crate::support::{RunOutput, TestDir, spreadsheet};

const GOOD: &str = "the balloon gets bigger because warm air expands";

/// Scores `class.csv` into `scored.csv`.
fn run(dir: &TestDir, more: &[&str]) -> RunOutput {
    let args = ["score", "many.pupil", "--csv", "class.csv", "--force", "--out", "scored.csv"];
    dir.pupil(args.iter().chain(more))
}

#[test]
fn byte_order_mark_line_ends_and_names_stay_as_they_were() {
    let dir = TestDir::new();
    dir.write("class.csv", format!("\u{feff}id, text \r\n1,{GOOD}\r\n2,\"caf\u{e9}\"\r\n"));
    run(&dir, &["--task", "balloons"]).ok();
    let table = dir.read("scored.csv");
    assert!(table.starts_with("\u{feff}id, text ,level,"), "{table:?}");
    assert_eq!(table.matches("\r\n").count(), 3, "{table:?}");
    assert_eq!(table.matches('\n').count(), 3, "{table:?}");
    assert!(table.contains("\r\n2,caf\u{e9},"), "{table:?}");
}

#[test]
fn separator_and_text_column_can_be_named() {
    let dir = TestDir::new();
    dir.write("class.csv", format!("\u{feff}Antwort;Nr\n\"{GOOD}; ja\";7\n"));
    run(&dir, &["--task", "balloons", "--text-column", "Antwort", "--delimiter", ";"]).ok();
    assert!(dir.read("scored.csv").starts_with("\u{feff}Antwort;Nr;level;expected;"));
    dir.write("class.csv", format!("text\tid\n{GOOD}\t7\n"));
    run(&dir, &["--task", "balloons", "--delimiter", "tab"]).ok();
    run(&dir, &["--task", "balloons", "--delimiter", "ab"]).failed(2);
}

#[test]
fn file_beside_the_output_is_left_alone() {
    let dir = TestDir::new();
    dir.write("class.csv.partial", format!("text\n{GOOD}\n"));
    let args = ["score", "many.pupil", "-t", "balloons", "--csv", "class.csv.partial", "--out", "class.csv"];
    dir.pupil(args).ok();
    assert_eq!(dir.read("class.csv.partial"), format!("text\n{GOOD}\n"));
    assert_eq!(dir.names(), ["class.csv", "class.csv.partial", "many.pupil", "one.pupil"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |name| fs::metadata(dir.path(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode("class.csv"), mode("class.csv.partial"), "who may read other new files may read it");
    }
}

#[test]
fn destination_must_differ_from_the_table() {
    let dir = TestDir::new();
    let table = format!("text\n{GOOD}\n");
    dir.write("class.csv", &table);
    for out in ["class.csv", "./class.csv"] {
        let ran = dir.pupil(["score", "one.pupil", "--csv", "class.csv", "--out", out]);
        assert!(ran.failed(2).contains("--out is the table itself"), "{ran:?}");
    }
    assert_eq!(dir.read("class.csv"), table);
}

#[test]
fn unwritable_destination_is_reported_before_scoring() {
    let dir = TestDir::new();
    dir.write("class.csv", format!("text\n{GOOD}\n"));
    dir.write("file", "");
    fs::create_dir(dir.path("folder")).unwrap();
    for (out, want) in [
        ("nowhere/scored.csv", "there is no folder nowhere"),
        ("folder", "it is a folder"),
        ("file/scored.csv", "cannot write file/scored.csv"),
    ] {
        let ran = dir.pupil(["score", "one.pupil", "--csv", "class.csv", "--out", out]);
        assert!(ran.failed(3).contains(want), "{ran:?}");
    }
}

#[test]
fn unused_column_may_hold_any_bytes() {
    let dir = TestDir::new();
    // UTF-8 with a broken letter: its encoding is not guessed, and its bytes stay.
    dir.write("class.csv", b"text,note\nwarm air,\xc3\xa4\xc3\xb6\xe4\n");
    run(&dir, &["--task", "balloons"]).ok();
    let table = fs::read(dir.path("scored.csv")).unwrap();
    assert!(table.windows(8).any(|bytes| bytes == b"r,\xc3\xa4\xc3\xb6\xe4,"));
}

#[test]
fn table_is_read_as_spreadsheet_programs_write_it() {
    let dir = TestDir::new();
    // Semicolons, a byte order mark, names in another case, Excel's `sep=` line, two byte order marks.
    dir.write("class.csv", format!("\u{feff}ID;Text\r\n001;\"{GOOD}, so\"\r\n"));
    let ran = run(&dir, &["--task", "balloons"]);
    assert!(ran.ok().contains("\nread with the delimiter `;`\n"), "{ran:?}");
    assert!(dir.read("scored.csv").starts_with("\u{feff}ID;Text;level;"));
    let json = run(&dir, &["--task", "balloons", "--json"]).json();
    assert_eq!(
        (json["read"]["delimiter"].as_str(), json["read"]["encoding"].as_str()),
        (Some(";"), Some("UTF-8"))
    );
    dir.write("class.csv", format!("sep=;\r\nid;text\r\n1;{GOOD}\r\n"));
    run(&dir, &["--task", "balloons", "--delimiter", ";"]).ok();
    assert!(dir.read("scored.csv").starts_with("sep=;\r\nid;text;level;"));
    let ran = run(&dir, &["--task", "balloons", "--delimiter", ","]);
    assert!(ran.failed(9).contains("line 1 of class.csv: the first line, `sep=;`"), "{ran:?}");
    dir.write("class.csv", format!("\u{feff}\u{feff}text,id\n{GOOD},1\n"));
    run(&dir, &["--task", "balloons"]).ok();
    // A line end in a name does not change the line ends of the output.
    dir.write("class.csv", format!("text,\"Why\nor how?\"\r\n{GOOD},x\r\n"));
    run(&dir, &["--task", "balloons"]).ok();
    let table = dir.read("scored.csv");
    assert!(table.starts_with("text,\"Why\nor how?\",level,") && table.ends_with("\r\n"), "{table:?}");
    assert_eq!(table.matches("\r\n").count(), 2, "{table:?}");
}

#[test]
fn encoding_can_be_named() {
    let dir = TestDir::new();
    dir.write("class.csv", b"id,text\n1,the b\xe4lloon gets bigger\n");
    let ran = run(&dir, &["--task", "balloons", "--encoding", "windows-1252"]);
    assert!(ran.ok().contains("read as windows-1252, written as UTF-8"), "{ran:?}");
    assert!(dir.read("scored.csv").starts_with("\u{feff}id,text,level,"));
    assert!(dir.read("scored.csv").contains("\n1,the b\u{e4}lloon gets bigger,"));
    assert!(run(&dir, &["--encoding", "latin-77"]).failed(2).contains("not known"));
    assert!(run(&dir, &["--sheet", "Class"]).failed(2).contains("not a spreadsheet"));
}

#[test]
fn spreadsheet_is_read_and_the_ending_says_what_is_written() {
    let dir = TestDir::new();
    dir.write("class.xlsx", spreadsheet(&[("Class 7b", GOOD), ("Notes", "")]));
    let args = ["score", "one.pupil", "--csv", "class.xlsx", "--out"];
    let ran = dir.pupil(args.into_iter().chain(["scored.csv"]));
    assert!(ran.ok().contains("read from the sheet `Class 7b`"), "{ran:?}");
    assert!(dir.read("scored.csv").starts_with("\u{feff}text,level,expected,"));
    for out in ["scored.xls", "scored.XLSM"] {
        let ran = dir.pupil(args.into_iter().chain([out]));
        assert!(
            ran.failed(2).contains("not written") && ran.stderr.contains("ends in .xlsx, .ods or .csv"),
            "{ran:?}"
        );
    }
    dir.write("class.xlsx", spreadsheet(&[("Class 7b", GOOD), ("Class 7c", GOOD)]));
    let ran = dir.pupil(args.into_iter().chain(["scored.csv", "--force"]));
    assert!(ran.failed(9).contains("several sheets have cells: `Class 7b`, `Class 7c`"), "{ran:?}");
    assert!(ran.stderr.contains("--sheet"), "{ran:?}");
    dir.pupil(args.into_iter().chain(["scored.csv", "--force", "--sheet", "Class 7c"])).ok();
    dir.write("class.xlsx", "text\nair\n");
    let ran = dir.pupil(args.into_iter().chain(["scored.csv", "--force"]));
    assert!(ran.failed(9).contains("class.xlsx: not a spreadsheet that can be read"), "{ran:?}");
}

#[test]
fn duplicate_column_is_named_by_its_numbers() {
    let dir = TestDir::new();
    dir.write("class.csv", "text,id,Text,TEXT\nair,1,gas,heat\n");
    run(&dir, &["--task", "balloons"]).ok();
    dir.write("class.csv", "id,Text,TEXT\n1,gas,heat\n");
    let ran = run(&dir, &["--task", "balloons"]);
    assert!(ran.failed(9).contains("more than one column `text`: number 2 and number 3"), "{ran:?}");
}

#[cfg(unix)]
#[test]
fn special_files_are_written_directly_and_links_are_kept() {
    use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
    let dir = TestDir::new();
    dir.write("class.csv", format!("text\n{GOOD}\n"));
    dir.write("mine.csv", "old");
    fs::set_permissions(dir.path("mine.csv"), fs::Permissions::from_mode(0o600)).unwrap();
    symlink("mine.csv", dir.path("link.csv")).unwrap();
    let score = |out: &str| dir.pupil(["score", "one.pupil", "--csv", "class.csv", "--force", "--out", out]);
    score("link.csv").ok();
    assert!(fs::symlink_metadata(dir.path("link.csv")).unwrap().is_symlink());
    assert!(dir.read("mine.csv").starts_with("text,level"));
    assert_eq!(fs::metadata(dir.path("mine.csv")).unwrap().permissions().mode() & 0o777, 0o600);
    score("/dev/null").ok();
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    // The table and nothing else; the summary is on stderr.
    let ran = score("/dev/stdout");
    assert!(ran.code == 0 && ran.stdout.starts_with("text,level,"), "{ran:?}");
    assert!(ran.stdout.lines().count() == 2 && ran.stderr.starts_with("1 answer scored"), "{ran:?}");
    let made = std::process::Command::new("mkfifo").arg(dir.path("pipe")).status();
    if made.is_ok_and(|status| status.success()) {
        let path = dir.path("pipe");
        let reader = std::thread::spawn(move || fs::read_to_string(path).unwrap());
        score("pipe").ok();
        assert!(reader.join().unwrap().starts_with("text,level,"));
        assert!(fs::metadata(dir.path("pipe")).unwrap().file_type().is_fifo());
    }
    // The table itself by another name.
    symlink("class.csv", dir.path("same.csv")).unwrap();
    fs::hard_link(dir.path("class.csv"), dir.path("hard.csv")).unwrap();
    for out in ["same.csv", "hard.csv"] {
        assert!(score(out).failed(2).contains("--out is the table itself"), "{out}");
    }
    fs::set_permissions(dir.path("mine.csv"), fs::Permissions::from_mode(0o400)).unwrap();
    let ran = score("mine.csv");
    assert!(ran.failed(3).contains("cannot write mine.csv: it is read-only"), "{ran:?}");
}

#[test]
fn table_beyond_the_stated_size_is_refused_unless_it_is_asked_for() {
    let dir = TestDir::new();
    dir.write("class.csv", format!("text\n{}", "\n".repeat(100_001)));
    let ran = run(&dir, &["--task", "balloons"]);
    let said = ran.failed(9);
    assert!(said.contains("more than 100000 rows") && said.contains("--large"), "{said}");
    dir.write(
        "class.csv",
        "text,x\n".to_owned() + &"warm air,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n".repeat(820_000),
    );
    let ran = run(&dir, &["--task", "balloons"]);
    let said = ran.failed(9);
    assert!(said.contains("at most 33554432 are read") && said.contains("--large"), "{said}");
    dir.write("class.csv", format!("text\n{GOOD}\n"));
    run(&dir, &["--task", "balloons", "--large"]).ok();
    #[cfg(unix)]
    for endless in ["/dev/zero", "/dev/urandom"] {
        let ran = dir.pupil(["score", "one.pupil", "--csv", endless, "--out", "scored.csv", "--force"]);
        assert!(ran.failed(9).contains("at most 33554432 are read"), "{ran:?}");
    }
}
