//! `pupil score --csv`.

use std::collections::BTreeMap;

use crate::support::{RunOutput, TestDir};

const GOOD: &str = "the balloon gets bigger because warm air expands";

/// Scores `class.csv` into `scored.csv`.
fn run(dir: &TestDir, more: &[&str]) -> RunOutput {
    let args = ["score", "many.pupil", "--csv", "class.csv", "--force", "--out", "scored.csv"];
    dir.pupil(args.iter().chain(more))
}

/// The rows of a scored table by the names of their columns.
fn rows(dir: &TestDir) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(dir.path("scored.csv")).expect("the scored table can be read");
    reader.deserialize().map(|row| row.expect("every row is as long as the header")).collect()
}

#[test]
fn table_keeps_its_columns_and_gains_the_scores() {
    let dir = TestDir::new();
    dir.write("class.csv", format!("id,text,note\n1,{GOOD},\"a, b\"\n2,,absent\n3,cold water shrinks,\n"));
    run(&dir, &["--task", "balloons"]).ok();
    let table = dir.read("scored.csv");
    assert!(
        table.starts_with("id,text,note,level,expected,confidence,decision,reason,words,unknown_words,truncated,repetitive,p_0,p_1,p_2\n"),
        "{table}"
    );
    let rows = rows(&dir);
    assert_eq!(rows.len(), 3);
    assert_eq!((&*rows[0]["id"], &*rows[0]["text"], &*rows[0]["note"]), ("1", GOOD, "a, b"));
    assert_eq!((&*rows[1]["decision"], &*rows[1]["reason"]), ("review", "too-short"));
    assert_eq!((&*rows[0]["decision"], &*rows[0]["reason"]), ("automatic", ""));
    assert_eq!(dir.names(), ["class.csv", "many.pupil", "one.pupil", "scored.csv"], "nothing is left behind");
}

#[test]
fn empty_line_of_a_table_with_one_column_is_an_empty_answer() {
    let dir = TestDir::new();
    dir.write("class.csv", format!("\ntext\n{GOOD}\n\n\"two\n\nlines, \"\"quoted\"\"\"\n\n"));
    run(&dir, &["--task", "balloons"]).ok();
    let rows = rows(&dir);
    let answers: Vec<&str> = rows.iter().map(|row| &*row["text"]).collect();
    assert_eq!(answers, [GOOD, "", "two\n\nlines, \"quoted\"", ""]);
    assert_eq!((&*rows[1]["decision"], &*rows[3]["reason"]), ("review", "too-short"));
}

#[test]
fn missing_value_marker_counts_as_an_empty_answer() {
    let dir = TestDir::new();
    let marks = ["NA", "#N/A", "NaN", "null", "-", "#REF!", "#NAME?", " n/a "];
    dir.write("class.csv", format!("text,id\n{GOOD},1\n{},2\nNone,3\n", marks.join(",2\n")));
    let said = run(&dir, &["--task", "balloons"]).ok().to_owned();
    assert!(said.contains("8 answers are markers such as NA and count as missing"), "{said}");
    let rows = rows(&dir);
    for (row, mark) in rows[1..].iter().zip(marks) {
        assert_eq!((&*row["text"], &*row["words"], &*row["reason"]), (mark, "0", "too-short"));
    }
    assert_eq!((&*rows[9]["text"], &*rows[9]["words"]), ("None", "1"));
    dir.write("class.csv", format!("text,reference\n{GOOD},#N/A\n"));
    assert!(run(&dir, &["--task", "compare"]).failed(9).contains("empty or missing"));
}

#[test]
fn quote_inside_a_plain_answer_of_a_table_with_one_column_is_a_character() {
    let dir = TestDir::new();
    dir.write("class.csv", "text\na 5\" pipe\n\n\"first\n\nsecond\"\n\"it is \"\"warm\"\"\"\n\n");
    run(&dir, &["--task", "balloons"]).ok();
    let rows = rows(&dir);
    let answers: Vec<&str> = rows.iter().map(|row| &*row["text"]).collect();
    assert_eq!(answers, ["a 5\" pipe", "", "first\n\nsecond", "it is \"warm\"", ""]);
}

#[test]
fn named_column_must_be_there() {
    let dir = TestDir::new();
    dir.write("class.csv", format!("text,item,compared\n{GOOD},balloons,warm air\n"));
    for (option, of) in [("--task-column", "the tasks"), ("--reference-column", "the reference answers")] {
        let ran = run(&dir, &[option, "question"]);
        assert!(
            ran.failed(9)
                .contains(&format!("has no column with the name given by {option}; it has 3 columns")),
            "{ran:?}"
        );
        assert!(ran.stderr.contains(&format!("{option} NAME picks the column of {of}")), "{ran:?}");
    }
    run(&dir, &["--task-column", "item"]).ok();
    assert!(dir.read("scored.csv").starts_with("text,item,compared,level,"));
}

#[test]
fn row_that_cannot_be_scored_is_named() {
    let dir = TestDir::new();
    // Each full stop is a token: more tokens than the engine reads, but fewer bytes than the limit of an answer.
    let long = ".".repeat(20_000);
    dir.write("class.csv", format!("task,text\nballoons,{GOOD}\nclaim,{GOOD}\nballoons,{long}\n"));
    let ran = run(&dir, &[]);
    let message = ran.failed(9);
    assert!(message.contains("row 3 (line 4 of class.csv): input has 20000 tokens"), "{message}");
    assert!(!dir.path("scored.csv").exists());
}

#[test]
fn row_gets_the_score_that_its_answer_gets_alone() {
    let dir = TestDir::new();
    let answers = [GOOD, "water, it is cold", "we saw that the bottle gets smaller", "more more more"];
    let lines: String = answers.iter().map(|answer| format!("\"{answer}\"\n")).collect();
    dir.write("class.csv", format!("text\n{}", lines.repeat(20)));
    run(&dir, &["--task", "claim", "--threads", "3"]).ok();
    let rows = rows(&dir);
    assert_eq!(rows.len(), 80);
    for (i, row) in rows.iter().enumerate() {
        let answer = answers[i % answers.len()];
        let alone = dir.pupil(["score", "many.pupil", "-t", "claim", "--json", answer]).json();
        for label in alone["labels"].as_array().unwrap() {
            let name = label["name"].as_str().unwrap();
            let cell: f32 = row[&format!("p_{name}")].parse().unwrap();
            let want: f32 = label["probability"].to_string().parse().unwrap();
            assert_eq!(cell.to_bits(), want.to_bits(), "row {i}, {name}");
            if label["awarded"] == true {
                assert_eq!(row["label"], name);
            }
        }
        if i >= 8 {
            assert_eq!(row, &rows[i % answers.len()], "equal answers get equal scores");
        }
    }
}

#[test]
fn column_names_the_task_of_each_row() {
    let dir = TestDir::new();
    dir.write("class.csv", format!("task,text\nrubric,{GOOD}\nballoons,{GOOD}\nclaim,{GOOD}\n"));
    run(&dir, &[]).ok();
    let rows = rows(&dir);
    assert_eq!(rows.iter().map(|row| &*row["task"]).collect::<Vec<_>>(), ["rubric", "balloons", "claim"]);
    assert!(rows[0]["level"].is_empty() && !rows[1]["level"].is_empty() && rows[2]["level"].is_empty());
    assert!(rows[1]["label"].is_empty() && !rows[2]["label"].is_empty());
    assert!(!rows[0]["p_names heat"].is_empty() && rows[1]["p_names heat"].is_empty());
    // --task takes precedence over the column.
    run(&dir, &["--task", "balloons"]).ok();
    let header = dir.read("scored.csv");
    assert!(header.starts_with("task,text,level,"), "{header}");
}

#[test]
fn answer_that_repeats_itself_goes_to_review() {
    let dir = TestDir::new();
    dir.write("class.csv", format!("text\n{GOOD}\n{}\n", "air ".repeat(30)));
    run(&dir, &["--task", "balloons"]).ok();
    let rows = rows(&dir);
    let of = |row: usize| ["words", "truncated", "repetitive", "reason"].map(|name| rows[row][name].clone());
    assert_eq!(of(0), ["8", "false", "false", ""]);
    assert_eq!(of(1), ["30", "false", "true", "repetition"]);
    let ran = dir.pupil(["score", "one.pupil", &"air ".repeat(30)]);
    assert!(ran.ok().contains("review: repetition") && ran.stdout.contains("very repetitive"), "{ran:?}");
}

#[test]
fn independent_labels_are_joined() {
    let dir = TestDir::new();
    dir.write("class.csv", format!("text\n{GOOD}\n"));
    run(&dir, &["--task", "rubric"]).ok();
    let alone = dir.pupil(["score", "many.pupil", "-t", "rubric", "--json", GOOD]).json();
    let labels = alone["labels"].as_array().unwrap();
    let want: Vec<&str> =
        labels.iter().filter(|label| label["awarded"] == true).map(|l| l["name"].as_str().unwrap()).collect();
    assert_eq!(rows(&dir)[0]["label"], want.join("|"));
}

#[test]
fn pair_task_reads_a_reference_column_or_one_reference() {
    let dir = TestDir::new();
    dir.write("class.csv", format!("text,reference\n{GOOD},the gas expands\n{GOOD},cold water shrinks\n"));
    run(&dir, &["--task", "compare"]).ok();
    let by_column = rows(&dir);
    assert_ne!(by_column[0]["p_correct"], by_column[1]["p_correct"]);
    run(&dir, &["--task", "compare", "--reference", "the gas expands"]).ok();
    let by_option = rows(&dir);
    assert_eq!(by_option[0]["p_correct"], by_column[0]["p_correct"]);
    assert_eq!(by_option[1]["p_correct"], by_column[0]["p_correct"]);
    dir.write("class.csv", format!("text\n{GOOD}\n"));
    let ran = run(&dir, &["--task", "compare"]);
    assert!(ran.failed(9).contains("the table has no column `reference`"), "{ran:?}");
    // A reference may not be empty.
    dir.write("class.csv", format!("text,reference\n{GOOD},the gas expands\n{GOOD}, \n"));
    let ran = run(&dir, &["--task", "compare"]);
    assert!(ran.failed(9).contains("(line 3 of class.csv): the reference answer is empty"), "{ran:?}");
    dir.write("class.csv", format!("task,text\ncompare,{GOOD}\n"));
    let ran = run(&dir, &["--reference", " "]);
    assert!(ran.failed(8).contains("the reference answer is empty"), "{ran:?}");
}

#[test]
fn existing_column_is_not_overwritten() {
    let dir = TestDir::new();
    dir.write("class.csv", format!("text,level,decision\n{GOOD},2,human\n"));
    run(&dir, &["--task", "balloons"]).ok();
    let row = &rows(&dir)[0];
    assert_eq!((&*row["level"], &*row["decision"]), ("2", "human"));
    assert_eq!(row["pupil_decision"], "automatic");
    assert!(row.contains_key("pupil_level"));
}

#[test]
fn summary_counts_levels_and_reviews() {
    let dir = TestDir::new();
    dir.write("class.csv", format!("text\n{GOOD}\n\"\"\nzebras juggle purple lanterns\n{GOOD}\n"));
    let summary = run(&dir, &["--task", "balloons", "--json"]).json();
    assert_eq!((&summary["rows"], &summary["review"]), (&4.into(), &2.into()));
    let count = |list: &serde_json::Value| -> u64 {
        list.as_array().unwrap().iter().map(|entry| entry["count"].as_u64().unwrap()).sum()
    };
    assert_eq!(count(&summary["reasons"]), 2);
    assert_eq!(summary["automatic"], 2);
    assert_eq!(count(&summary["tasks"][0]["reasons"]), 2);
    assert_eq!(summary["reasons"][0]["means"], "too few words, or none");
    assert_eq!(summary["tasks"][0]["task"], "balloons");
    assert_eq!(count(&summary["tasks"][0]["awarded"]), 4);
    let levels: Vec<f64> = rows(&dir).iter().map(|row| row["level"].parse().unwrap()).collect();
    assert_eq!(summary["tasks"][0]["mean_level"], levels.iter().sum::<f64>() / 4.0);
    let ran = run(&dir, &["--task", "balloons"]);
    let text = ran.ok();
    for part in [
        "4 answers scored",
        "balloons  4 answers, mean level ",
        "  automatic ",
        "  for a person to check ",
        "50.0 %",
        "    too few words, or none ",
        "    the model does not know most of the words ",
        "written to scored.csv",
    ] {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }
    // Shares stand below each other.
    let places: Vec<usize> =
        text.lines().filter_map(|line| line.find(" %").map(|at| line[..at].chars().count())).collect();
    assert!(places.len() == 7 && places.iter().all(|place| *place == places[0]), "{text}");
}

#[test]
fn summary_of_several_tasks_ends_with_all_of_them() {
    let dir = TestDir::new();
    dir.write("class.csv", format!("task,text\nrubric,{GOOD}\nballoons,{GOOD}\nclaim,\n"));
    let ran = run(&dir, &[]);
    let text = ran.ok();
    assert!(text.contains("\nall  3 answers\n"), "{text}");
    let all = text.split("\nall  ").nth(1).unwrap();
    assert!(all.contains("too few words, or none") && all.contains(" 1   33.3 %"), "{text}");
}

#[test]
fn table_without_the_column_says_how_many_it_has() {
    let dir = TestDir::new();
    dir.write("class.csv", "id,note\n1,air\n");
    let ran = run(&dir, &["--task", "balloons"]);
    assert!(ran.failed(9).contains("class.csv has no column `text`; it has 2 columns"), "{ran:?}");
    assert!(ran.stderr.contains("--text-column"));
    dir.write("class.csv", "id/text\n1/air\n");
    assert!(run(&dir, &["--task", "balloons"]).failed(9).contains("--delimiter"));
    dir.write("class.csv", "text,text\nair,gas\n");
    assert!(run(&dir, &["--task", "balloons"]).failed(9).contains("more than one column `text`"));
}

#[test]
fn empty_table_is_an_error_and_a_table_without_rows_is_not() {
    let dir = TestDir::new();
    dir.write("class.csv", "");
    assert!(run(&dir, &["--task", "balloons"]).failed(9).contains("class.csv: empty, a header is needed"));
    dir.write("class.csv", "text\n");
    assert!(run(&dir, &["--task", "balloons"]).ok().starts_with("0 answers scored"));
    assert_eq!(
        dir.read("scored.csv"),
        "text,confidence,decision,reason,words,unknown_words,truncated,repetitive\n"
    );
}

#[test]
fn malformed_row_is_named_and_nothing_is_written() {
    let dir = TestDir::new();
    let long = "air ".repeat(20_000);
    let cases: [(&[u8], &str); 6] = [
        (
            b"id,text\n1,w\xc3\xa4rm \xc3\xa4ir\n2,w\xe4rm air\n",
            "line 3 of class.csv: column 2 is not valid UTF-8: byte 1 of the cell",
        ),
        (b"id,text\n1,warm air\n2\n", "line 3 of class.csv: 1 cell, the header has 2"),
        (b"te\xffxt\nwarm\n", "class.csv has no column `text`; it has 1 column"),
        (
            &[b"text\nwarm\n", long.as_bytes(), b"\n"].concat(),
            "row 2 (line 3 of class.csv): the answer is too long: it has 80000 bytes",
        ),
        (
            b"id,text\r\n1,\"warm\r\nair\"\r\n\r\n2,\"warm\r\nair\r\n",
            "line 5 of class.csv: a quote in column 2",
        ),
        (
            b"id,text\n1,\"warm \"air\" gas\"\n",
            "line 2 of class.csv: text follows a closing quote in column 2",
        ),
    ];
    for (table, want) in cases {
        dir.write("class.csv", table);
        let ran = run(&dir, &["--task", "balloons"]);
        assert!(ran.failed(9).contains(want), "{want}\n{ran:?}");
        assert!(!ran.stderr.contains("air "), "no answer text in a message");
        assert!(!dir.path("scored.csv").exists() && !dir.path("scored.csv.partial").exists());
    }
}

#[test]
fn unknown_task_in_a_row_names_the_row() {
    let dir = TestDir::new();
    dir.write("class.csv", "task,text\nclaim,warm air\nclaims,warm air\n");
    let ran = run(&dir, &[]);
    let message = ran.failed(7);
    assert!(
        message.contains("row 2 (line 3 of class.csv): test model does not have the requested task"),
        "{message}"
    );
    dir.write("class.csv", "text\nwarm air\n");
    assert!(run(&dir, &[]).failed(7).contains("name one with --task"));
    assert!(run(&dir, &["--task", "nothing"]).failed(7).contains("does not have the requested task"));
}

#[test]
fn missing_table_is_named() {
    let dir = TestDir::new();
    assert!(run(&dir, &["--task", "balloons"]).failed(3).contains("cannot read class.csv: no such file"));
}

#[test]
fn table_and_answer_exclude_each_other() {
    let dir = TestDir::new();
    dir.write("class.csv", format!("text\n{GOOD}\n"));
    assert!(run(&dir, &["--task", "balloons", GOOD]).failed(2).contains("only one can be scored"));
    run(&dir, &["--experts"]).failed(2);
    dir.pupil(["score", "one.pupil", "--csv", "class.csv"]).failed(2);
    dir.pupil(["score", "one.pupil", "--force", "--out", "scored.csv", GOOD]).failed(2);
}
