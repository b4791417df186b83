//! `pupil promise`.

use serde_json::Value;

use crate::support::TestDir;

/// A scored table without human scores: confidences from 0.4 to 1, two tasks, some rows held back.
fn scored(rows: usize) -> String {
    let mut table = "id,task,text,level,confidence,decision,reason\n".to_owned();
    for i in 0..rows {
        let sure = 0.4 + 0.6 * ((i * 37) % rows) as f64 / rows as f64;
        let (decision, reason) = match i % 20 {
            3 => ("review", "gibberish"),
            _ if sure < 0.5 => ("review", "low-confidence"),
            _ => ("automatic", ""),
        };
        table += &format!("{i},q{},a secret text,1,{sure},{decision},{reason}\n", i % 2 + 1);
    }
    table
}

/// Fills in what people would say of drawn rows: `wrong` says by confidence and task what they do not agree with.
fn graded(drawn: &str, wrong: impl Fn(f64, &str) -> bool) -> String {
    let mut lines = drawn.lines();
    let header = lines.next().unwrap().to_owned() + ",points\n";
    lines.fold(header, |table, line| {
        let cells: Vec<&str> = line.split(',').collect();
        let points = match (cells[7], wrong(cells[4].parse().unwrap(), cells[1])) {
            ("0", _) => "",
            (_, true) => "2",
            (_, false) => "1",
        };
        table + line + "," + points + "\n"
    })
}

/// Draws rows of a table, grades them, and gives the findings and the decided table.
fn promised(dir: &TestDir, draw: &str, wrong: impl Fn(f64, &str) -> bool, more: &[&str]) -> (Value, String) {
    dir.write("scored.csv", scored(1000));
    let said = dir.pupil([
        "promise",
        "--csv",
        "scored.csv",
        "--draw",
        draw,
        "--force",
        "--out",
        "drawn.csv",
        "--seed",
        "7",
    ]);
    assert!(said.ok().contains(&format!("{draw} of 950 answers drawn")), "{said:?}");
    let drawn = dir.read("drawn.csv");
    let marked = drawn.lines().filter(|line| line.ends_with(",1")).count();
    assert_eq!(marked, draw.parse::<usize>().unwrap());
    assert!(!drawn.lines().any(|line| line.contains("gibberish") && line.ends_with(",1")));
    dir.write("graded.csv", graded(&drawn, wrong));
    let args =
        ["promise", "--csv", "graded.csv", "--score", "points", "--force", "--out", "decided.csv", "--json"];
    (dir.pupil(args.iter().chain(more)).json(), dir.read("decided.csv"))
}

#[test]
fn drawn_answers_promise_what_is_true_of_the_table() {
    let dir = TestDir::new();
    // Scores below 0.55 are wrong: a quarter.
    let wrong = |sure: f64, _: &str| sure < 0.55;
    let (found, decided) = promised(&dir, "300", wrong, &["--pooled"]);
    let promise = &found["promises"][0];
    assert_eq!(
        (&promise["task"], &promise["answers"], &promise["drawn"]),
        (&Value::Null, &950.into(), &300.into())
    );
    let from = promise["confidence_from"].as_f64().unwrap();
    assert!((0.5..0.62).contains(&from), "{found}");
    // The column says of which rows the promise is, and in this made-up class it is true.
    let rows: Vec<Vec<&str>> = decided.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let stands: Vec<&Vec<&str>> = rows.iter().filter(|row| row[9] == "true").collect();
    assert_eq!(promise["automatic"], stands.len());
    assert!(stands.iter().all(|row| row[4].parse::<f64>().unwrap() >= from && row[6] != "gibberish"));
    let bad = stands.iter().filter(|row| wrong(row[4].parse().unwrap(), row[1])).count();
    assert!(bad * 20 <= stands.len() && bad as u64 <= promise["most_wrong"].as_u64().unwrap());
    // By task, there are half as many answers for each promise.
    let each = dir.pupil(["promise", "--csv", "graded.csv", "--score", "points", "--json"]).json();
    let tasks: Vec<&str> =
        each["promises"].as_array().unwrap().iter().map(|p| p["task"].as_str().unwrap()).collect();
    assert_eq!(tasks, ["q1", "q2"]);
    // Without the column of the draw, the graded rows are the draw.
    dir.write("plain.csv", dir.read("graded.csv").replace(",drawn,", ",other,"));
    let plain =
        dir.pupil(["promise", "--csv", "plain.csv", "--score", "points", "--json", "--pooled"]).json();
    assert_eq!(plain["promises"], found["promises"]);
    let said = dir.pupil(["promise", "--csv", "graded.csv", "--score", "points", "--pooled"]);
    let said = said.ok();
    assert!(
        said.contains(
            "With 90.0 % confidence, at most 5.0 % of the scores that stand in this table are wrong."
        )
    );
    assert!(said.contains("no others") && !said.contains("secret"), "{said}");
}

#[test]
fn tasks_that_differ_are_told_and_too_few_answers_promise_nothing() {
    let dir = TestDir::new();
    let (found, _) =
        promised(&dir, "600", |sure, task| sure < if task == "q1" { 0.5 } else { 0.62 }, &["--pooled"]);
    assert!(found["homogeneity"].as_f64().unwrap() < 0.1 && found["within"].as_array().unwrap().len() == 2);
    let said = dir.pupil(["promise", "--csv", "graded.csv", "--score", "points", "--pooled"]);
    assert!(said.ok().contains("a single task may be far worse"), "{said:?}");
    let (found, decided) = promised(&dir, "20", |_, _| false, &["--pooled"]);
    let promise = &found["promises"][0];
    assert_eq!((&promise["confidence_from"], &promise["automatic"]), (&Value::Null, &0.into()));
    assert!((40..60).contains(&promise["needed"].as_u64().unwrap()), "{found}");
    assert!(!decided.contains("true"));
    let (found, _) = promised(&dir, "300", |_, _| true, &["--pooled"]);
    assert_eq!(found["promises"][0]["needed"], Value::Null);
    let said = dir.pupil(["promise", "--csv", "graded.csv", "--score", "points", "--pooled"]);
    assert!(said.ok().contains("no promise: too many scores are wrong"), "{said:?}");
}

#[test]
fn draws_that_would_break_the_promise_are_refused() {
    let dir = TestDir::new();
    dir.write("scored.csv", scored(100));
    let draw = |csv: &str, n: &str| {
        dir.pupil(["promise", "--csv", csv, "--draw", n, "--force", "--out", "drawn.csv"])
    };
    assert!(draw("scored.csv", "96").failed(2).contains("only 95 answers have a score that may count"));
    draw("scored.csv", "30").ok();
    assert!(draw("drawn.csv", "30").failed(2).contains("the table itself"));
    dir.write("again.csv", dir.read("drawn.csv"));
    assert!(draw("again.csv", "30").failed(9).contains("drawn already"));
    let all = graded(&dir.read("drawn.csv"), |_, _| false);
    let promise = |table: &str| {
        dir.write("graded.csv", table);
        dir.pupil(["promise", "--csv", "graded.csv", "--score", "points"])
    };
    promise(&all).ok();
    // Answers that are hard to grade may not be left out.
    let one = all.replacen(",1,1\n", ",1,\n", 1);
    let said = promise(&one);
    assert!(said.failed(9).contains("1 drawn answers have no human score"), "{said:?}");
    assert!(!said.stderr.contains("secret"));
    assert!(promise(&all.replacen(",1,1\n", ",yes,1\n", 1)).failed(9).contains("neither 0 nor 1"));
    let ran = dir.pupil(["promise", "--csv", "scored.csv", "--draw", "5"]);
    assert!(ran.failed(2).contains("--out"), "{ran:?}");
}
