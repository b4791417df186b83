//! `pupil suggest`.

use std::collections::BTreeMap;

use crate::support::{RunOutput, TestDir, spreadsheet};

const GOOD: &str = "the balloon gets bigger because warm air expands";

fn run(dir: &TestDir, more: &[&str]) -> RunOutput {
    let args = ["suggest", "many.pupil", "--csv", "class.csv", "--force", "--out", "suggested.csv"];
    dir.pupil(args.iter().chain(more))
}

/// The rows of the table by the names of their columns.
fn rows(dir: &TestDir) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(dir.path("suggested.csv")).unwrap();
    reader.deserialize().collect::<Result<_, _>>().unwrap()
}

#[test]
fn unlike_answers_are_chosen_and_copies_are_not() {
    let dir = TestDir::new();
    let answers = [
        (1, GOOD),
        (2, "The balloon gets bigger, because warm air expands"),
        (3, "cold water shrinks"),
        (4, ""),
        (5, "particles move faster in a bottle"),
        (6, "air air air air air air air air air air air air air air air air air air air air"),
        (7, "heat grows more room"),
    ];
    let table: String = answers.iter().map(|(id, text)| format!("a{id},\"{text}\"\n")).collect();
    dir.write("class.csv", format!("id,text\n{table}"));
    dir.write("graded.csv", "id,text,score\ng1,cold water shrinks,0\n");
    let args = ["--task", "balloons", "--graded", "graded.csv", "--count", "3"];
    let ran = run(&dir, &args);
    let said = ran.ok();
    assert!(said.contains("3 of 7 ungraded answers chosen"), "{said}");
    assert!(said.contains("compared with 1 graded answer\n"), "{said}");
    assert!(said.contains("left out, since grading teaches nothing: 1 (too few words, or none)"), "{said}");
    assert!(said.contains("1 (repeats a word or a phrase over and over)"), "{said}");
    assert!(!said.contains("balloon gets"), "no answer on the screen");
    let table = dir.read("suggested.csv");
    assert!(table.starts_with("id,task,text,score,why,confidence,similarity,gain,line\n"), "{table}");
    let rows = rows(&dir);
    let mut ids: Vec<&str> = rows.iter().map(|row| &*row["id"]).collect();
    let gains: Vec<f64> = rows.iter().map(|row| row["gain"].parse().unwrap()).collect();
    assert!(
        gains.windows(2).all(|two| two[0] >= two[1]) && gains.iter().all(|gain| *gain > 0.0),
        "{gains:?}"
    );
    ids.sort_unstable();
    // Of two that only differ in marks, one is chosen; the copy of the graded answer is not.
    assert!(ids == ["a1", "a5", "a7"] || ids == ["a2", "a5", "a7"], "{ids:?}");
    for row in &rows {
        assert_eq!((&*row["task"], &*row["score"]), ("balloons", ""));
        let line: usize = row["line"].parse().unwrap();
        assert_eq!(row["text"], answers[line - 2].1, "the text is the one of its line");
    }
    // The same input gives the same bytes, with any number of threads.
    run(&dir, &[&args[..], &["--threads", "3"]].concat()).ok();
    assert_eq!(dir.read("suggested.csv"), table);
    // The copy of the graded answer is never chosen, however many are asked for.
    let ran = run(&dir, &["--task", "balloons", "--graded", "graded.csv"]);
    assert!(
        ran.ok().contains("4 of 7 ungraded answers chosen") && ran.stdout.contains("--count asks for 50"),
        "{ran:?}"
    );
    assert!(!dir.read("suggested.csv").contains("a3,"));
}

#[test]
fn tasks_get_their_shares_and_their_target_columns() {
    let dir = TestDir::new();
    let mut table = String::from("task,text,reference\n");
    let words = ["balloon", "water", "bottle", "particles", "heat", "room"];
    for (i, word) in words.iter().enumerate() {
        for task in ["balloons", "claim", "rubric", "compare"] {
            table += &format!("{task},we saw the {word} {},the gas expands\n", words[(i + 1) % 6]);
        }
    }
    dir.write("class.csv", table);
    let said = run(&dir, &["--count", "8"]).ok().to_owned();
    assert!(said.contains("8 of 24 ungraded answers chosen") && said.contains("2 of       6"), "{said}");
    let header = dir.read("suggested.csv");
    assert!(header.starts_with("id,task,text,reference,score,label,labels,why,"), "{header}");
    let rows = rows(&dir);
    for task in ["balloons", "claim", "rubric", "compare"] {
        let of_task: Vec<_> = rows.iter().filter(|row| row["task"] == task).collect();
        assert_eq!(of_task.len(), 2);
        let wants = if task == "compare" { "the gas expands" } else { "" };
        assert!(of_task.iter().all(|row| row["reference"] == wants));
    }
    // Without a column of names, rows are numbered.
    assert!(rows.iter().all(|row| row["id"].parse::<usize>().is_ok_and(|id| (1..=24).contains(&id))));
}

#[test]
fn table_is_of_the_kind_that_its_ending_says() {
    let dir = TestDir::new();
    let answer = ["=warm air; expands", "the water is cold"];
    dir.write(
        "class.csv",
        format!("\u{feff}Nr;Antwort;id\r\n1;\"{}\";007\r\n2;{};8\r\n", answer[0], answer[1]),
    );
    let suggest = |from: &str, out: &str| {
        let args = ["suggest", "many.pupil", "--task", "balloons", "--force", "--csv", from, "--out", out];
        dir.pupil(args)
    };
    suggest("class.csv", "suggested.csv").ok();
    let table = dir.read("suggested.csv");
    assert!(table.starts_with("\u{feff}id;task;text;score;why;"), "as the table that was read: {table}");
    assert!(table.contains(&format!("007;balloons;\"{}\";;", answer[0])), "{table}");
    let header = ["id", "task", "text", "score", "why", "confidence", "similarity", "gain", "line"];
    for name in ["suggested.xlsx", "suggested.ods", "suggested.jsonl", "suggested.tsv"] {
        suggest("class.csv", name).ok();
        let options = pupil_tables::Options::default();
        let table = pupil_tables::Table::open(dir.path(name), &options).unwrap();
        assert_eq!(table.header(), header, "{name}");
        let mut rows: Vec<_> =
            (0..table.len()).map(|row| [0, 2, 8].map(|column| table.text(row, column).unwrap())).collect();
        rows.sort_unstable();
        assert_eq!(rows, [["007", answer[0], "2"], ["8", answer[1], "3"]], "{name}");
        // What is suggested can be read again, and be of another kind.
        suggest(name, "again.csv").ok();
        assert!(dir.read("again.csv").contains("007"), "{name}");
    }
    dir.write("class.xlsx", spreadsheet(&[("Klasse", GOOD)]));
    assert!(suggest("class.xlsx", "suggested").ok().contains("1 of 1"));
    assert!(
        std::fs::read(dir.path("suggested")).unwrap().starts_with(b"PK"),
        "a name without an ending means the kind that was read"
    );
    for (out, said) in
        [("suggested.xls", "not written"), ("suggested.pdf", "no table"), ("x.JSON", "no table")]
    {
        let ran = suggest("class.csv", out);
        assert!(ran.failed(2).contains(said) && !dir.path(out).exists(), "{ran:?}");
    }
}

#[test]
fn wrong_input_is_named() {
    let dir = TestDir::new();
    dir.write("class.csv", format!("text\n{GOOD}\n"));
    dir.write("graded.csv", "note,score\nair,1\n");
    let same = dir.pupil(["suggest", "one.pupil", "--csv", "class.csv", "--out", "class.csv"]);
    assert!(same.failed(2).contains("--out is the table itself"), "{same:?}");
    let ran = run(&dir, &["--task", "balloons", "--graded", "graded.csv"]);
    assert!(ran.failed(9).contains("graded.csv has no column `text`"), "{ran:?}");
    assert!(run(&dir, &["--task", "balloons", "--graded", "nowhere.csv"]).failed(3).contains("nowhere.csv"));
    assert!(run(&dir, &["--task", "balloons", "--count", "0"]).failed(2).contains("--count is invalid"));
    assert!(run(&dir, &[]).failed(7).contains("--task"));
    assert!(!dir.path("suggested.csv").exists());
    dir.write("class.csv", "text\n");
    let ran = run(&dir, &["--task", "balloons"]);
    assert!(ran.ok().contains("0 of 0 ungraded answers chosen"), "{ran:?}");
}
