//! Class lists as spreadsheet programs, learning management systems and forms write them. `fixtures/classes/make.py`
//! makes them.

use std::fs;
use std::path::{Path, PathBuf};

use pupil_tables::{Format, Kind, Options, Table, is_answer_name};

use crate::support::{RunOutput, TestDir};

const TASK: &str = "mindca-ss_brian";

/// A class list.
struct Class {
    file: &'static str,
    /// The column of the answers.
    column: usize,
    /// The answers.
    answers: &'static [&'static str],
    /// What the summary says about how the table was read.
    said: &'static [&'static str],
    /// How the scored table begins, if it is text.
    begins: &'static str,
}

const CLASSES: [Class; 10] = [
    Class {
        file: "moodle-responses.csv",
        column: 8,
        answers: &[
            "He lies so that they feel sorry and give him more.",
            "Because he is greedy!\nHe loves sausages.",
            "-",
        ],
        said: &["1 answers are markers such as NA"],
        begins: "\u{feff}Last name,First name,Email address,Status,Started,Completed,Duration,Grade/2.00,Response 1,level,",
    },
    Class {
        file: "canvas-student-analysis.csv",
        column: 7,
        answers: &["He wants to trick the cook", "he is very greedy"],
        said: &["the answers are in column 8, the only one of sentences"],
        begins: "name,id,sis_id,",
    },
    Class {
        file: "klasse-7b.csv",
        column: 1,
        answers: &[
            "Er l\u{fc}gt, damit er mehr W\u{fc}rste bekommt",
            "because he is greedy; he said \u{201c}please\u{201d}",
        ],
        said: &[
            "read with the delimiter `;`",
            "read as windows-1252, written as UTF-8, a guess that --encoding corrects",
            "the header is below 2 lines of other text",
        ],
        begins: "\u{feff}Klasse 7b \u{2013} \u{dc}bung;;;;;",
    },
    Class {
        file: "classe-5e.txt",
        column: 1,
        answers: &["Il ment pour avoir plus de saucisses", "Because he wants more sausages"],
        said: &["read with the delimiter tab", "read as UTF-16LE, written as UTF-8\n"],
        begins: "\u{feff}\u{c9}l\u{e8}ve\tR\u{e9}ponse\tNote\tlevel\t",
    },
    Class {
        file: "clase-2.csv",
        column: 1,
        answers: &["Dice eso porque quiere m\u{e1}s; es goloso", "he lies to get more food"],
        said: &[],
        begins: "\u{feff}sep=;\r\nAlumno;Respuesta;Nota;level;",
    },
    Class {
        file: "class-8a.xlsx",
        column: 2,
        answers: &["He wants them to feel sorry for him", "greedy", "", "=1+1 he lies"],
        said: &["read from the sheet `Class 8a`", "the header is below a line of other text"],
        begins: "",
    },
    Class {
        file: "klasse-6.ods",
        column: 1,
        answers: &["He wants more than the others", "weil er l\u{fc}gt"],
        said: &["read from the sheet `Klasse 6`"],
        begins: "",
    },
    Class {
        file: "answers.jsonl",
        column: 1,
        answers: &["He lies because he is greedy", "so they feel sorry\nfor him", ""],
        said: &[],
        begins: "{\"id\": \"a-1\", \"response\": \"He lies because he is greedy\", \"meta\": {\"lang\": \"en\"}, \"points\": 1,\"level\":",
    },
    Class {
        file: "export.tsv",
        column: 1,
        answers: &["he wants \"more\" of it", "he is hungry"],
        said: &["read with the delimiter tab"],
        begins: "USER\tANSWER\tlevel\t",
    },
    Class {
        file: "form.csv",
        column: 2,
        answers: &[
            "=HYPERLINK(\"http://x.example\") he wants more",
            "Because he wants\n\nmore than \"everybody\"",
            "+ he lies to get more",
        ],
        said: &["the answers are in column 3, the only one of sentences"],
        begins: "Timestamp,Email Address,",
    },
];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/classes").join(name)
}

/// Scores a class list by the built-in model.
fn score(dir: &TestDir, from: &Path, to: &str, more: &[&str]) -> RunOutput {
    let from = from.to_str().expect("the path is UTF-8");
    dir.pupil(["score", "--csv", from, "--out", to, "--task", TASK].iter().chain(more))
}

/// Reads a written table, whose header is found by the names of its columns.
fn read(dir: &TestDir, name: &str) -> Table {
    let options = Options { names: vec!["level".to_owned()], ..Options::default() };
    Table::open(dir.path(name), &options).expect("the scored table can be read")
}

fn column(table: &Table, name: &str) -> Vec<String> {
    let place = table.column(name).expect("the column is there");
    (0..table.len()).map(|row| table.text(row, place).expect("it is UTF-8").to_owned()).collect()
}

/// Without the apostrophe that CSV needs before a formula.
fn plain(cell: &str) -> &str {
    let rest = cell.strip_prefix('\'').unwrap_or(cell);
    if rest.starts_with(['=', '+', '-']) { rest } else { cell }
}

#[test]
fn scored_class_lists_have_the_bytes_that_the_demo_page_must_write() {
    let dir = TestDir::new();
    let scored = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/test/scored");
    let mut compared = 0;
    for entry in fs::read_dir(scored).expect("the folder is there") {
        let want = entry.expect("the folder can be read").path();
        let name = want.file_name().and_then(|name| name.to_str()).expect("the name is UTF-8");
        let from = fixture(name.strip_suffix(".csv").filter(|name| name.contains('.')).unwrap_or(name));
        score(&dir, &from, name, &["--explain"]).ok();
        assert_eq!(fs::read(dir.path(name)).ok(), fs::read(&want).ok(), "{name}");
        compared += 1;
    }
    assert_eq!(compared, 9);
}

#[test]
fn every_class_list_is_scored_and_written_as_it_was() {
    let dir = TestDir::new();
    for class in &CLASSES {
        let from = fixture(class.file);
        let ran = score(&dir, &from, class.file, &[]);
        let said = ran.ok();
        for line in class.said {
            assert!(said.contains(line), "{}: {line}\n{said}", class.file);
        }
        let (before, after) = (read(&dir, from.to_str().unwrap()), read(&dir, class.file));
        assert_eq!(before.dialect().format, after.dialect().format, "{}", class.file);
        assert_eq!(after.dialect().sheet, before.dialect().sheet, "{}", class.file);
        let answers: Vec<&str> = (0..after.len()).map(|row| after.text(row, class.column).unwrap()).collect();
        assert_eq!(answers, class.answers, "{}", class.file);
        if after.dialect().kind != Kind::Spreadsheet {
            let text = dir.read(class.file);
            assert!(text.starts_with(class.begins), "{}: {text}", class.file);
        }
        // A row has the score of its answer alone.
        let confidences = column(&after, "confidence");
        for (answer, confidence) in class.answers.iter().zip(&confidences).filter(|(a, _)| a.len() > 1) {
            let alone = dir.pupil(["score", "--task", TASK, "--json", "--", answer]).json();
            let want: f32 = alone["confidence"].to_string().parse().unwrap();
            assert_eq!(confidence.parse::<f32>().unwrap().to_bits(), want.to_bits(), "{}", class.file);
        }
        // Nobody's table is written over.
        let again = score(&dir, &from, class.file, &[]);
        assert!(again.failed(3).contains("--force replaces it"), "{again:?}");
    }
}

#[test]
fn every_kind_is_written_from_every_other() {
    let dir = TestDir::new();
    for class in &CLASSES {
        for to in ["csv", "tsv", "xlsx", "ods", "jsonl"] {
            let name = format!("scored.{to}");
            score(&dir, &fixture(class.file), &name, &["--force", "--explain"]).ok();
            let table = read(&dir, &name);
            let format = match to {
                "xlsx" => Format::Xlsx,
                "ods" => Format::Ods,
                "jsonl" => Format::JsonLines,
                _ => Format::Csv,
            };
            assert_eq!(table.dialect().format, format, "{} as {to}", class.file);
            let answers: Vec<String> =
                (0..table.len()).map(|row| table.text(row, class.column).unwrap().to_owned()).collect();
            let is_line_end = |c: char| c == '\n';
            for (answer, want) in answers.iter().zip(class.answers) {
                assert_eq!(
                    plain(answer).split(is_line_end).collect::<Vec<_>>(),
                    want.split(is_line_end).collect::<Vec<_>>(),
                    "{} as {to}",
                    class.file
                );
            }
            assert_eq!(answers.len(), class.answers.len());
            let words = column(&table, "words");
            let explained = column(&table, "explanation");
            for (words, explained) in words.iter().zip(&explained) {
                assert_eq!(words == "0", explained.is_empty(), "{} as {to}: {explained}", class.file);
            }
            assert!(column(&table, "level").iter().all(|level| ["0", "1", "2"].contains(&&**level)));
        }
    }
}

#[test]
fn workbook_keeps_numbers_dates_lines_and_texts() {
    let dir = TestDir::new();
    for name in ["scored.xlsx", "scored.ods"] {
        score(&dir, &fixture("class-8a.xlsx"), name, &[]).ok();
        let table = read(&dir, name);
        assert_eq!((table.header_line(), table.line(0), table.line(3)), (3, 4, 7), "{name}");
        assert_eq!(table.text(0, 3).unwrap(), "2026-09-01", "{name}");
        assert!(table.is_date(0, 3), "{name}");
        assert_eq!(column(&table, "Points"), ["2", "0.5", "", ""], "{name}");
        assert_eq!(column(&table, "No."), ["7", "8", "9", ""], "{name}");
    }
    // As CSV, it can be opened without running what a student wrote.
    score(&dir, &fixture("class-8a.xlsx"), "scored.csv", &[]).ok();
    let text = dir.read("scored.csv");
    assert!(
        text.starts_with("\u{feff}\"Mindreading, class 8a\",") && text.contains(",'=1+1 he lies,"),
        "{text}"
    );
    assert_eq!(text.matches("\r\n").count(), 6, "{text}");
}

#[test]
fn explanation_is_no_formula() {
    let dir = TestDir::new();
    dir.write("class.csv", "text\n\"=greedy, he lies\"\n\"- - greedy\"\n\"@lies\"\n");
    score(&dir, Path::new("class.csv"), "scored.csv", &["--explain"]).ok();
    let table = read(&dir, "scored.csv");
    for cell in column(&table, "explanation") {
        assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
    }
    assert!(column(&table, "explanation")[0].contains("greedy -"), "{:?}", column(&table, "explanation"));
}

#[test]
fn tables_stream_from_stdin_to_stdout() {
    let dir = TestDir::new();
    let args = ["score", "--csv", "-", "--out", "-", "--task", TASK];
    for class in &CLASSES {
        let bytes = fs::read(fixture(class.file)).unwrap();
        if class.begins.is_empty() {
            continue;
        }
        let ran = dir.pupil_with_stdin(args, &bytes);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.stdout.starts_with(class.begins), "{}: {ran:?}", class.file);
        assert!(ran.stderr.contains(" scored") && ran.stderr.contains("written to stdout"), "{ran:?}");
    }
    let ran = dir.pupil_with_stdin(args, b"id,note\n1,warm\n");
    assert!(ran.failed(9).contains("stdin has no column `text`"), "{ran:?}");
    // A workbook comes through a pipe, too.
    let book = fs::read(fixture("class-8a.xlsx")).unwrap();
    let ran = dir.pupil_with_stdin(["score", "--csv", "-", "--out", "book.xlsx", "--task", TASK], &book);
    assert!(ran.ok().contains("written to book.xlsx"));
    assert_eq!(read(&dir, "book.xlsx").len(), 4);
}

#[test]
fn scored_workbook_goes_on_to_other_commands() {
    let dir = TestDir::new();
    score(&dir, &fixture("class-8a.xlsx"), "scored.xlsx", &[]).ok();
    let args = ["monitor", "--csv", "scored.xlsx", "--write-reference", "reference.json"];
    assert!(dir.pupil(args).ok().contains("a reference of 4 answers"));
    assert!(dir.pupil(args).failed(3).contains("--write-reference names a file that exists"));
    dir.pupil(args.iter().chain(&["--force"])).ok();
    let graded = ["evaluate", "--csv", "scored.xlsx", "--score", "Points", "--replicates", "0"];
    assert!(dir.pupil(graded).ok().contains("2 answers"));
}

#[test]
fn several_columns_that_may_have_the_answers_are_not_guessed() {
    let dir = TestDir::new();
    dir.write("class.csv", "Response 1,Response 2\nhe lies to them,he wants more\n");
    let ran = score(&dir, Path::new("class.csv"), "scored.csv", &[]);
    assert!(ran.failed(9).contains("class.csv: columns 1, 2 have a usual name of answers"), "{ran:?}");
    assert!(ran.stderr.contains("--text-column"), "{ran:?}");
    dir.write("class.csv", "first,second\nhe lies to them,he wants more of it\n");
    let ran = score(&dir, Path::new("class.csv"), "scored.csv", &[]);
    assert!(ran.failed(9).contains("columns 1, 2 may have the answers"), "{ran:?}");
    score(&dir, Path::new("class.csv"), "scored.csv", &["--text-column", "SECOND"]).ok();
    // A table without a header.
    dir.write("class.csv", "he lies to them\nhe wants more of it\n");
    let ran = score(&dir, Path::new("class.csv"), "scored.csv", &["--force"]);
    assert!(ran.failed(9).contains("has no column `text`; it has 1 column"), "{ran:?}");
    // `text` comes before other names.
    dir.write("class.csv", "Answer,text\nhe lies to them,he wants more of it\n");
    score(&dir, Path::new("class.csv"), "scored.csv", &["--force"]).ok();
    assert!(is_answer_name("Answer"));
}

#[test]
fn misspelt_names_are_answered_with_known_ones() {
    let dir = TestDir::new();
    dir.write("class.csv", "Nr;Antwort\n1;he lies to them\n");
    let table = Path::new("class.csv");
    let ran = score(&dir, table, "scored.csv", &["--text-column", "Antwrot"]);
    assert!(ran.failed(9).contains("column 2 has a similar name") && !ran.stderr.contains("Antw"), "{ran:?}");
    let ran = score(&dir, Path::new("clas.csv"), "scored.csv", &[]);
    assert!(ran.failed(3).contains("there is class.csv"), "{ran:?}");
    let ran = dir.pupil(["score", "--task", "mindca-ss_brain", "he lies"]);
    assert!(ran.failed(7).contains("did you mean mindca-ss_brian?"), "{ran:?}");
    let ran = dir.pupil(["score", "many.pupil", "--task", "what is claimd", "it is warm"]);
    assert!(ran.failed(7).contains("did you mean claim?"), "{ran:?}");
    let ran = dir.pupil(["scroe"]);
    assert!(ran.failed(2).contains("did you mean score?"), "{ran:?}");
    let ran = dir.pupil(["verify", "mnay.pupil"]);
    assert!(ran.failed(3).contains("there is many.pupil"), "{ran:?}");
    let ran = dir.pupil(["score", "class.csv"]);
    assert!(ran.failed(2).contains("class.csv is a table") && ran.stderr.contains("--csv"), "{ran:?}");
    // A task may be named as people name it.
    for task in ["what is CLAIMED", "Claim"] {
        dir.pupil(["score", "many.pupil", "--task", task, "it is warm"]).ok();
    }
}

#[test]
fn built_in_tasks_have_names_and_prompts() {
    let dir = TestDir::new();
    let tasks = dir.pupil(["tasks", "--json"]).json();
    let words: serde_json::Value =
        serde_json::from_str(include_str!("../../../models/mind-ca/names.json")).unwrap();
    let mut named = 0;
    for task in tasks.as_array().unwrap() {
        let Some(want) = words.get(task["id"].as_str().unwrap()) else { continue };
        assert_eq!((&task["name"], &task["prompt"]), (&want["name"], &want["prompt"]));
        named += 1;
    }
    assert_eq!(named, 11);
    let shown = dir.pupil(["tasks"]);
    assert!(shown.ok().contains("mindca-ss_brian      Story: Brian and the sausages"), "{shown:?}");
    let ran = dir.pupil(["score", "--task", "story: brian and the sausages", "he lies to get more"]);
    assert!(ran.ok().starts_with("Story: Brian and the sausages  mind-ca"), "{ran:?}");
}

#[test]
fn completions_and_the_manual_know_every_command() {
    let dir = TestDir::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = dir.pupil(["completions", shell]);
        assert!(script.ok().contains("text-column") && script.stdout.contains("suggest"), "{shell}");
    }
    let ran = dir.pupil(["completions", "tcsh"]);
    assert!(ran.failed(2).contains("bash, elvish, fish, powershell or zsh"), "{ran:?}");
    let page = dir.pupil(["manual"]);
    assert!(page.ok().contains(".TH pupil 1") && page.stdout.contains(".SH \"PUPIL SUGGEST\""), "{page:?}");
    assert!(page.stdout.contains("\\-\\-text\\-column") && page.stdout.contains("Exit codes"), "{page:?}");
}

#[test]
fn summary_has_the_names_of_tasks() {
    let dir = TestDir::new();
    let ran = score(&dir, &fixture("export.tsv"), "scored.tsv", &[]);
    assert!(ran.ok().contains("mindca-ss_brian  Story: Brian and the sausages  2 answers"), "{ran:?}");
    let json = score(&dir, &fixture("export.tsv"), "scored.tsv", &["--force", "--json"]).json();
    assert_eq!(json["tasks"][0]["name"], "Story: Brian and the sausages");
}

#[test]
fn empty_variable_for_the_cpu_counts_as_not_set() {
    let run = |value: &str| {
        let mut pupil = std::process::Command::new(env!("CARGO_BIN_EXE_pupil"));
        pupil.args(["score", "--task", TASK, "he lies"]).env("PUPIL_CPU", value).output().unwrap()
    };
    assert!(run("").status.success() && run(" ").status.success());
    assert!(!run("nonsense").status.success());
}
