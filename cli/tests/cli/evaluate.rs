//! `pupil evaluate`.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::support::{RunOutput, TestDir, workbook};

/// Words of invented answers; the test models know most of them.
const WORDS: [&str; 12] = [
    "the balloon",
    "gets bigger",
    "because",
    "warm air",
    "expands",
    "cold",
    "particles move",
    "faster",
    "water",
    "shrinks",
    "we saw that",
    "it grows",
];

/// Small random numbers that are the same everywhere.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn answer(&mut self) -> String {
        let words = 2 + self.below(5);
        (0..words).map(|_| WORDS[usize::try_from(self.below(12)).unwrap()]).collect::<Vec<_>>().join(" ")
    }
}

/// A table with a header and rows of cells.
fn csv(header: &[&str], rows: &[Vec<String>]) -> String {
    let lines = rows.iter().map(|row| row.join(","));
    std::iter::once(header.join(",")).chain(lines).collect::<Vec<_>>().join("\n") + "\n"
}

const HEADER: [&str; 8] = ["id", "child", "language", "text", "points", "second", "flag", "weight"];

/// 120 answers by 30 children in two languages, scored by two people who often agree.
fn graded(dir: &TestDir) -> Vec<Vec<String>> {
    let mut numbers = Numbers(3);
    let rows: Vec<Vec<String>> = (0..120)
        .map(|i| {
            let score = numbers.below(3);
            let second = if numbers.below(4) == 0 {
                String::new()
            } else {
                (score.max(1) - numbers.below(2)).to_string()
            };
            vec![
                format!("a{i}"),
                format!("c{}", i % 30),
                if i % 3 == 0 { "Welsh".into() } else { "English".into() },
                numbers.answer(),
                score.to_string(),
                second,
                if i % 10 == 0 { "1".into() } else { "0".into() },
                (1 + i % 2).to_string(),
            ]
        })
        .collect();
    dir.write("graded.csv", csv(&HEADER, &rows));
    rows
}

/// Evaluates and gives the figures as JSON.
#[track_caller]
fn figures(dir: &TestDir, args: &[&str]) -> Value {
    let ran = dir.pupil(["evaluate"].iter().chain(args).chain(&[
        "--force",
        "--json",
        "figures.json",
        "--replicates",
        "50",
    ]));
    assert!(ran.ok().contains("written to figures.json"), "{ran:?}");
    serde_json::from_str(&dir.read("figures.json")).unwrap()
}

/// A cell of a table.
#[track_caller]
fn cell(figures: &Value, table: &str, row: &str, column: &str) -> Value {
    let table = &figures["tables"][table];
    let place = table["columns"].as_array().unwrap_or_else(|| panic!("no table {table}"));
    let place = place.iter().position(|name| name == column).unwrap();
    let row = table["rows"].as_array().unwrap().iter().find(|cells| cells[0] == row);
    row.unwrap_or_else(|| panic!("no row {row:?}"))[place].clone()
}

fn run(dir: &TestDir, args: &[&str]) -> RunOutput {
    dir.pupil(["evaluate"].iter().chain(args))
}

const MODEL: [&str; 7] = ["many.pupil", "--task", "balloons", "--csv", "graded.csv", "--score", "points"];

#[test]
fn model_and_its_scored_table_give_the_same_figures() {
    let dir = TestDir::new();
    graded(&dir);
    let args = ["--score2", "second", "--group", "language", "--student", "child"];
    let by_model = figures(&dir, &[&MODEL[..], &args].concat());
    let scored = [
        "score",
        "many.pupil",
        "--task",
        "balloons",
        "--csv",
        "graded.csv",
        "--force",
        "--out",
        "scored.csv",
    ];
    dir.pupil(scored).ok();
    // The scale of the model is 0 to 2, as are the human scores.
    let by_table = figures(
        &dir,
        &[&["--csv", "scored.csv", "--task", "balloons", "--score", "points"][..], &args].concat(),
    );
    let tables = by_model["tables"].as_object().unwrap();
    assert!(tables.len() >= 30, "{:?}", tables.keys());
    for (name, table) in tables {
        // Only the model knows what confidences were before calibration.
        if name == "calibration" {
            continue;
        }
        let other = &by_table["tables"][name];
        assert_eq!(table["columns"], other["columns"], "{name}");
        for (a, b) in table["rows"].as_array().unwrap().iter().zip(other["rows"].as_array().unwrap()) {
            for (a, b) in a.as_array().unwrap().iter().zip(b.as_array().unwrap()) {
                match (a.as_f64(), b.as_f64()) {
                    (Some(a), Some(b)) => {
                        assert!((a - b).abs() < 1e-12 * a.abs().max(1.0), "{name}: {a} {b}")
                    }
                    _ => assert_eq!(a, b, "{name}"),
                }
            }
        }
    }
    // Exact agreement is what a person would count in the scored table.
    let text = dir.read("scored.csv");
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<BTreeMap<String, String>> = reader.deserialize().collect::<Result<_, _>>().unwrap();
    let equal = rows.iter().filter(|row| row["points"] == row["level"]).count();
    let got = cell(&by_model, "eval", "level", "exact_agr").as_f64().unwrap();
    assert!((got - 100.0 * equal as f64 / 120.0).abs() < 1e-9, "{got} {equal}");
    let automatic = rows.iter().filter(|row| row["decision"] == "automatic").count();
    assert_eq!(cell(&by_model, "promise_check", "balloons", "automatic"), automatic);
}

#[test]
fn every_kind_of_task_is_evaluated() {
    let dir = TestDir::new();
    let mut numbers = Numbers(9);
    let tasks = [
        ("balloons", ["0", "1", "2"]),
        ("claim", ["agrees", "disagrees", "neither"]),
        ("rubric", ["names heat", "names heat|names expansion", ""]),
        ("compare", ["correct", "incorrect", "correct"]),
    ];
    let rows: Vec<Vec<String>> = (0..160)
        .map(|i| {
            let (task, scores) = &tasks[i % 4];
            let score = scores[usize::try_from(numbers.below(3)).unwrap()];
            vec![(*task).to_owned(), numbers.answer(), "warm air expands".into(), score.to_owned()]
        })
        .collect();
    dir.write("graded.csv", csv(&["task", "text", "reference", "human"], &rows));
    let args = ["--csv", "graded.csv", "--score", "human", "--html", "report.html"];
    let by_model = figures(&dir, &[&["many.pupil"][..], &args].concat());
    for (table, row) in
        [("eval", "raw"), ("eval_classes", "claim"), ("eval_classes", "compare"), ("eval_labels", "rubric")]
    {
        let n = cell(&by_model, table, row, "N");
        assert_eq!(n, 40, "{table} {row}");
    }
    assert_eq!(by_model["tables"]["labels_rubric"]["rows"].as_array().unwrap().len(), 2);
    assert_eq!(cell(&by_model, "promise_check", "all tasks", "N"), 160);
    let page = dir.read("report.html");
    assert!(page.contains("Rubric labels of rubric") && page.contains("</html>"));
    // The answers are in neither file.
    for text in [page, dir.read("figures.json")] {
        assert!(!text.contains("gets bigger") && !text.contains("warm air"), "an answer is in a report");
    }
    let scored = ["score", "many.pupil", "--csv", "graded.csv", "--force", "--out", "scored.csv"];
    dir.pupil(scored).ok();
    let by_table = figures(&dir, &["--csv", "scored.csv", "--score", "human"]);
    for (table, row, column) in [
        ("eval_classes", "claim", "kappa"),
        ("eval_classes", "compare", "accuracy"),
        ("eval_labels", "rubric", "exact_match"),
        ("eval_labels", "rubric", "kappa"),
        ("eval", "level", "wtkappa"),
    ] {
        let (a, b) = (cell(&by_model, table, row, column), cell(&by_table, table, row, column));
        assert_eq!(
            a.as_f64().map(|v| (v * 1e6).round()),
            b.as_f64().map(|v| (v * 1e6).round()),
            "{table} {row} {column}"
        );
    }
}

#[test]
fn rubric_labels_may_have_columns_of_their_own() {
    let dir = TestDir::new();
    let mut numbers = Numbers(4);
    let mut rows = Vec::new();
    let mut lists = Vec::new();
    for _ in 0..60 {
        let (text, heat, expansion) = (numbers.answer(), numbers.below(2), numbers.below(2));
        let names: Vec<&str> = [(heat, "names heat"), (expansion, "names expansion")]
            .into_iter()
            .filter(|(on, _)| *on == 1)
            .map(|(_, name)| name)
            .collect();
        rows.push(vec![text.clone(), heat.to_string(), expansion.to_string()]);
        lists.push(vec![text, names.join("|")]);
    }
    dir.write("columns.csv", csv(&["text", "names heat", "names expansion"], &rows));
    dir.write("lists.csv", csv(&["text", "labels"], &lists));
    let by_columns = figures(&dir, &["many.pupil", "--task", "rubric", "--csv", "columns.csv"]);
    let by_lists =
        figures(&dir, &["many.pupil", "--task", "rubric", "--csv", "lists.csv", "--score", "labels"]);
    assert_eq!(by_columns["tables"]["eval_labels"], by_lists["tables"]["eval_labels"]);
    assert_eq!(by_columns["tables"]["labels_rubric"], by_lists["tables"]["labels_rubric"]);
    let message = run(&dir, &["many.pupil", "--task", "balloons", "--csv", "lists.csv"]);
    assert!(message.failed(2).contains("no column is named by --score"), "{message:?}");
}

#[test]
fn long_form_is_the_same_as_columns() {
    let dir = TestDir::new();
    let rows = graded(&dir);
    let mut long = Vec::new();
    // Second ratings first, so that the order of the rows does not decide who is the first rater.
    for row in &rows {
        for (rater, score) in [("B", &row[5]), ("A", &row[4])] {
            if !score.is_empty() {
                long.push(vec![
                    row[0].clone(),
                    row[2].clone(),
                    row[3].clone(),
                    rater.to_owned(),
                    score.clone(),
                ]);
            }
        }
    }
    dir.write("long.csv", csv(&["id", "language", "text", "who", "points"], &long));
    let wide = figures(&dir, &[&MODEL[..], &["--score2", "second", "--group", "language"]].concat());
    let args = [
        "many.pupil",
        "--task",
        "balloons",
        "--csv",
        "long.csv",
        "--score",
        "points",
        "--long",
        "--id",
        "id",
        "--rater",
        "who",
        "--group",
        "language",
    ];
    let long_form = figures(&dir, &args);
    assert_eq!(wide["tables"], long_form["tables"]);
    assert!(cell(&wide, "true_score_eval", "raw", "N multiple").as_u64().unwrap() > 50);
    // The same rater twice, and another language in a later row.
    let mut twice = long.clone();
    twice.push(long[0].clone());
    dir.write("long.csv", csv(&["id", "language", "text", "who", "points"], &twice));
    let message = run(&dir, &args);
    assert!(message.failed(9).contains("this rater has already scored this answer"), "{message:?}");
    long[1][1] = "Irish".into();
    dir.write("long.csv", csv(&["id", "language", "text", "who", "points"], &long));
    let message = run(&dir, &args);
    assert!(message.failed(9).contains("column 2 is not as in row"), "{message:?}");
}

#[test]
fn scores_as_people_have_them() {
    let dir = TestDir::new();
    let mut rows = graded(&dir);
    rows[0][4] = "99".into();
    rows[1][4] = "NA".into();
    rows[2][4] = "off topic".into();
    rows[3][4] = "1.5".into();
    rows[4][4] = "7".into();
    for row in &mut rows {
        row.push(String::new());
    }
    rows[5][8] = "2".into();
    dir.write("graded.csv", csv(&[&HEADER[..], &["final"]].concat(), &rows));
    let plain = figures(&dir, &MODEL);
    // NA and a text are left out; 99 and 7 are numbers.
    assert_eq!(cell(&plain, "eval", "raw", "N"), 118);
    assert_eq!(cell(&plain, "eval", "raw", "h_max"), 99.0);
    assert_eq!(plain["facts"]["human scores outside the scale"], "2");
    let coded = figures(&dir, &[&MODEL[..], &["--missing", "99", "--missing", "7"]].concat());
    assert_eq!(cell(&coded, "eval", "raw", "N"), 116);
    assert_eq!(
        cell(&coded, "test_excluded_composition", "non-numeric human score", "numeric system score"),
        4
    );
    let adjudicated = figures(
        &dir,
        &[&MODEL[..], &["--missing", "99", "--missing", "7", "--adjudicated", "final"]].concat(),
    );
    let mean = |figures: &Value| cell(figures, "eval", "raw", "h_mean").as_f64().unwrap() * 116.0;
    let change = 2.0 - rows[5][4].parse::<f64>().unwrap();
    assert!((mean(&adjudicated) - mean(&coded) - change).abs() < 1e-9);
    // Flags take rows out, weights count them more often.
    let flagged =
        figures(&dir, &[&MODEL[..], &["--missing", "99", "--missing", "7", "--flag", "flag=0"]].concat());
    assert_eq!(cell(&flagged, "eval", "raw", "N"), 105);
    assert_eq!(cell(&flagged, "flagged", "left out for a flag", "answers"), 12);
    let weighted =
        figures(&dir, &[&MODEL[..], &["--missing", "99", "--missing", "7", "--weight", "weight"]].concat());
    assert_ne!(cell(&weighted, "eval", "raw", "h_mean"), cell(&coded, "eval", "raw", "h_mean"));
    assert_eq!(cell(&weighted, "eval", "raw", "N"), 116);
    // Zeros are left out as RSMTool does, students with few answers too.
    let zeros =
        figures(&dir, &[&MODEL[..], &["--missing", "99", "--missing", "7", "--exclude-zero"]].concat());
    assert_eq!(cell(&zeros, "eval", "raw", "h_min"), 1.0);
    let few = figures(
        &dir,
        &[&MODEL[..], &["--missing", "99", "--missing", "7", "--student", "child", "--min-per-student", "4"]]
            .concat(),
    );
    // Four of thirty children have lost one of their four answers.
    assert_eq!(cell(&few, "data_composition", "Evaluation", "candidates"), 26);
    assert_eq!(cell(&few, "eval", "raw", "N"), 104);
    // Another scale.
    let trimmed = figures(&dir, &[&MODEL[..], &["--trim-min", "0", "--trim-max", "1"]].concat());
    assert_eq!(cell(&trimmed, "eval", "raw_trim_round", "sys_max"), 1.0);
}

#[test]
fn other_systems_are_compared_on_the_same_answers() {
    let dir = TestDir::new();
    graded(&dir);
    let scored = [
        "score",
        "many.pupil",
        "--task",
        "balloons",
        "--csv",
        "graded.csv",
        "--force",
        "--out",
        "scored.csv",
    ];
    dir.pupil(scored).ok();
    let table = dir.read("scored.csv");
    let mut lines: Vec<&str> = table.lines().collect();
    lines[1..].reverse();
    dir.write("reversed.csv", lines.join("\n") + "\n");
    let same = figures(&dir, &[&MODEL[..], &["--against", "many.pupil"]].concat());
    let by_id = figures(&dir, &[&MODEL[..], &["--id", "id", "--against", "reversed.csv"]].concat());
    for figures in [&same, &by_id] {
        for key in ["wtkappa", "kappa", "exact_agr"] {
            assert_eq!(cell(figures, "comparison", key, "difference"), 0.0, "{key}");
            assert_eq!(cell(figures, "comparison", key, "low"), 0.0, "{key}");
        }
        assert_eq!(cell(figures, "comparison_right", "answers", "only_this"), 0);
        assert_eq!(cell(figures, "comparison_right", "answers", "p"), 1.0);
    }
    let other = figures(&dir, &[&MODEL[..], &["--against", "reversed.csv"]].concat());
    assert_ne!(cell(&other, "comparison", "exact_agr", "difference"), 0.0);
    let still = figures(&dir, &[&MODEL[..], &["--drift-from", "scored.csv"]].concat());
    assert_eq!(cell(&still, "drift", "length in words", "ks"), 0.0);
    assert!(cell(&still, "drift", "confidence", "psi").as_f64().unwrap().abs() < 1e-9);
    dir.write("short.csv", lines[..50].join("\n") + "\n");
    let message = run(&dir, &[&MODEL[..], &["--against", "short.csv"]].concat());
    assert!(message.failed(9).contains("short.csv has 49 rows, the table of --csv 120"), "{message:?}");
    let message = run(&dir, &[&MODEL[..], &["--drift-from", "graded.csv"]].concat());
    assert!(message.failed(9).contains("graded.csv has no scores of a system"), "{message:?}");
}

#[test]
fn any_column_can_be_the_system() {
    let dir = TestDir::new();
    graded(&dir);
    // A second rater as the system: no confidence, so nothing about review.
    let figures = figures(
        &dir,
        &["--csv", "graded.csv", "--score", "points", "--predicted", "second", "--scale-with", "asis"],
    );
    let tables = figures["tables"].as_object().unwrap();
    assert!(tables.contains_key("eval") && !tables.contains_key("reliability"), "{:?}", tables.keys());
    assert_eq!(figures["tables"]["eval"]["rows"][0][0], "scale");
    // Names of classes.
    let rows: Vec<Vec<String>> =
        (0..30).map(|i| vec![["yes", "no"][i % 2].into(), ["yes", "no", "no"][i % 3].into()]).collect();
    dir.write("classes.csv", csv(&["human", "theirs"], &rows));
    let figures = self::figures(&dir, &["--csv", "classes.csv", "--score", "human", "--predicted", "theirs"]);
    assert_eq!(cell(&figures, "eval_classes", "all answers", "accuracy"), 0.5);
}

#[test]
fn files_are_written_whole_and_only_where_they_were_asked_for() {
    let dir = TestDir::new();
    graded(&dir);
    let before = dir.names();
    let ran = run(&dir, &MODEL);
    assert!(ran.ok().contains("120 answers are evaluated") && ran.ok().contains("--html PATH"), "{ran:?}");
    assert_eq!(dir.names(), before);
    let ran = run(&dir, &[&MODEL[..], &["--html", "report.html", "--csv-dir", "new/folder"]].concat());
    assert!(
        ran.ok().contains("written to report.html") && ran.ok().contains("written to new/folder ("),
        "{ran:?}"
    );
    assert!(dir.read("new/folder/eval.csv").starts_with(",N,h_mean,h_sd,"));
    assert!(
        dir.read("new/folder/pred_processed.csv")
            .starts_with("spkitemid,sc1,raw,raw_trim,raw_trim_round,level\n")
    );
    // The same run gives the same bytes.
    let first = dir.read("report.html");
    run(&dir, &[&MODEL[..], &["--force", "--html", "report.html"]].concat()).ok();
    assert_eq!(first, dir.read("report.html"));
    for (args, code, want) in [
        (&["--html", "graded.csv"][..], 2, "--html names a file that is read"),
        (&["--json", "many.pupil"], 2, "--json names a file that is read"),
        (&["--html", "x", "--json", "x"], 2, "name the same file"),
        (&["--html", "nowhere/report.html"], 3, "there is no folder nowhere"),
        (&["--csv-dir", "graded.csv"], 2, "which is not a folder"),
    ] {
        let ran = run(&dir, &[&MODEL[..], args].concat());
        assert!(ran.failed(code).contains(want), "{args:?} {ran:?}");
    }
    fs::remove_file(dir.path("report.html")).unwrap();
    let ran = run(
        &dir,
        &[
            "many.pupil",
            "--task",
            "balloons",
            "--csv",
            "graded.csv",
            "--score",
            "id",
            "--html",
            "report.html",
        ],
    );
    ran.failed(9);
    assert!(!dir.path("report.html").exists());
}

#[test]
fn bad_input_is_refused_with_a_way_out() {
    let dir = TestDir::new();
    let mut rows = graded(&dir);
    rows[6][7] = "0".into();
    dir.write("weights.csv", csv(&HEADER, &rows));
    dir.write("empty.csv", "text,points\n");
    dir.write("scale.csv", "prediction,sc1\n1,2\n");
    let with = |args: &[&'static str]| [&MODEL[..], args].concat();
    for (args, code, want, hint) in [
        (
            vec!["many.pupil", "--task", "balloons", "--csv", "graded.csv", "--score", "nothing"],
            9,
            "graded.csv has no column with the name given by --score; it has 8 columns",
            "--score NAME picks",
        ),
        (with(&["--group", "nothing"]), 9, "with the name given by --group", "--group NAME picks"),
        (with(&["--group", "text"]), 2, "--group names the column of the answers", ""),
        (
            with(&["--group", "id"]),
            9,
            "the column given by --group has 120 subgroups in 120 cells",
            "a few short names",
        ),
        (
            vec!["many.pupil", "--task", "balloons", "--csv", "graded.csv", "--score", "language"],
            9,
            "no answer can be evaluated: of 120 answers, 0 have a human score, 120 have a cell that is no score",
            "--score names",
        ),
        (with(&["--flag", "flag=5"]), 9, "120 are left out by --flag", ""),
        (with(&["--flag", "flag"]), 2, "it must be COLUMN=VALUE,VALUE", ""),
        (
            vec![
                "many.pupil",
                "--task",
                "balloons",
                "--csv",
                "weights.csv",
                "--score",
                "points",
                "--weight",
                "weight",
            ],
            9,
            "row 7 (line 8 of weights.csv): the weight is not a number above 0",
            "leave out rows",
        ),
        (
            vec!["many.pupil", "--task", "balloons", "--csv", "empty.csv", "--score", "points"],
            9,
            "of 0 answers",
            "",
        ),
        (with(&["--trim-min", "3", "--trim-max", "1"]), 2, "--trim-min is 3, and --trim-max is 1", ""),
        (with(&["--trim-min", "3"]), 2, "missing: --trim-max", ""),
        (with(&["--scale-with", "graded.csv"]), 9, "graded.csv has no column `prediction`", "or `asis`"),
        (with(&["--scale-with", "scale.csv"]), 9, "scale.csv has 1 rows", "two or more rows"),
        (with(&["--max-error", "5"]), 2, "the value of --max-error is invalid", "between 0 and 1"),
        (with(&["--confidence", "1"]), 2, "the value of --confidence is invalid", "between 0 and 1"),
        (with(&["--error", "far"]), 2, "the value of --error is invalid: it must be exact or adjacent", ""),
        (with(&["--long"]), 2, "missing: --id, --rater", ""),
        (with(&["--rater", "child"]), 2, "missing: --id, --long", ""),
        (with(&["--min-per-student", "2"]), 2, "missing: --student", ""),
        (with(&["--predicted", "second"]), 2, "cannot be used together", ""),
        (
            with(&["--against", "graded.csv"]),
            9,
            "graded.csv has no scores of a system",
            "`pupil score` has written",
        ),
        (
            vec!["--csv", "graded.csv", "--score", "text", "--predicted", "text"],
            9,
            "different texts, at most 100 classes",
            "--score names",
        ),
        (with(&["--against", "missing.pupil"]), 3, "there is no file missing.pupil", ""),
        (vec!["many.pupil", "--csv", "graded.csv", "--score", "points"], 7, "has several tasks", ""),
        (
            vec!["--csv", "graded.csv", "--score", "points", "--predicted", "language"],
            9,
            "the human scores and the system's have no class in common",
            "",
        ),
    ] {
        let ran = run(&dir, &args);
        let message = ran.failed(code);
        assert!(message.contains(want) && message.contains(hint), "{args:?}\n{message}");
    }
}

#[test]
fn workbook_of_excel_gives_the_figures_of_the_same_csv() {
    let dir = TestDir::new();
    let rows = graded(&dir);
    let header = HEADER.map(str::to_owned).to_vec();
    let cells: Vec<Vec<String>> = std::iter::once(header).chain(rows).collect();
    let note = vec![vec!["made by a test".to_owned()]];
    dir.write("graded.xlsx", workbook(&[("answers", cells), ("notes", note)]));
    let args = |table: &'static str| {
        let mut args = vec!["many.pupil", "--task", "balloons", "--csv", table, "--score", "points"];
        args.extend([
            "--score2",
            "second",
            "--group",
            "language",
            "--student",
            "child",
            "--weight",
            "weight",
        ]);
        args
    };
    let by_csv = figures(&dir, &args("graded.csv"));
    let by_excel = figures(&dir, &[&args("graded.xlsx")[..], &["--sheet", "answers"]].concat());
    assert!(by_csv["tables"].as_object().unwrap().len() >= 30);
    assert_eq!(by_excel["tables"], by_csv["tables"]);
    // Which sheet it is must be said.
    let ran = run(&dir, &args("graded.xlsx"));
    assert!(ran.failed(9).contains("sheet") && ran.stderr.contains("--sheet"), "{ran:?}");
}

#[test]
fn audited_scores_bound_the_error_rate_of_the_others() {
    let dir = TestDir::new();
    // 70 audited answers, one of them wrong, and one text that comes a second time; the others say nothing about it.
    let row = |i: usize, reason: &str, wrong: bool| {
        let decision = if reason.is_empty() { "automatic" } else { "review" };
        let human = if wrong { 2 } else { 1 };
        format!("answer number {i},{human},1,0.9,{decision},{reason}\n")
    };
    let rows = (0..140).map(|i| row(i, if i % 2 == 0 { "audit" } else { "" }, i == 20 || i % 14 == 1));
    let table = rows.chain([row(4, "audit", true)]).collect::<String>();
    dir.write("scored.csv", format!("text,points,level,confidence,decision,reason\n{table}"));
    for (aim, verdict) in [("0.05", "open"), ("0.1", "kept"), ("0.000001", "broken")] {
        let found = figures(
            &dir,
            &["--csv", "scored.csv", "--score", "points", "--task", "heat", "--max-error", aim],
        );
        let of = |column: &str| cell(&found, "audits", "heat", column);
        assert_eq!(["N", "repeated", "wrong"].map(|name| of(name).as_u64()), [70, 1, 1].map(Some));
        let (low, high) = (of("low").as_f64().unwrap(), of("high").as_f64().unwrap());
        assert!(low < 1.0 / 70.0 && high > 1.0 / 70.0, "{low} {high}");
        assert_eq!(of("verdict"), verdict);
    }
}

#[test]
fn promise_of_the_file_is_checked_and_its_robustness_shown() {
    let dir = TestDir::new();
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/golden/guarded.pupil");
    let rows = (0..60).map(|n| format!("the balloon is warm and the air is cold {n},{}\n", n % 3));
    dir.write("graded.csv", format!("text,points\n{}", rows.collect::<String>()));
    let found = figures(&dir, &[golden, "--task", "balloons", "--csv", "graded.csv", "--score", "points"]);
    let of = |column: &str| cell(&found, "file_promises", "balloons", column);
    assert_eq!((of("max_error").as_f64(), of("calibration").as_u64()), (Some(0.05), Some(160)));
    assert_eq!(of("wrong_means"), "more than one level away");
    assert_eq!(of("expected").as_f64().map(|share| (share * 100.0).round()), Some(75.0));
    // The same answers as in the table of the aim, by the promise's own measure of wrong.
    let (count, wrong) = (of("N").as_u64().unwrap(), of("wrong").as_u64().unwrap());
    assert_eq!(cell(&found, "promise_check", "balloons", "automatic").as_u64(), Some(count));
    assert!(count > 0 && wrong < count, "{count} {wrong}");
    assert!(found["tables"]["file_robustness"].is_null());
    // Every task of the built-in model was attacked.
    let words = "text,points\nHe feared that the officer had come to arrest him.,2\nHe is happy.,0\n";
    dir.write("graded.csv", words);
    let found = figures(&dir, &["--task", "mindca-ss_burglar", "--csv", "graded.csv", "--score", "points"]);
    let rows = found["tables"]["file_robustness"]["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(
        rows.iter().any(|row| row[2] == "kept") && rows.iter().any(|row| row[1] == "attacks"),
        "{rows:?}"
    );
    assert!(found["tables"]["file_promises"].is_null());
}
