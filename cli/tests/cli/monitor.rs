//! `pupil monitor`.

use serde_json::Value;

use crate::support::{RunOutput, TestDir};

const WORDS: [&str; 8] =
    ["the balloon", "gets bigger", "warm air", "expands", "cold water", "shrinks", "we saw that", "it grows"];

/// Invented answers, the same everywhere.
fn answers(seed: u64, n: usize, odd: bool) -> String {
    let mut state = seed;
    let mut below = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    let mut table = String::from("text\n");
    for _ in 0..n {
        let words = 3 + below(4);
        for _ in 0..words {
            let word = WORDS[usize::try_from(below(8)).unwrap()];
            table += if odd { "zebra lantern " } else { word };
            table.push(' ');
        }
        table.push('\n');
    }
    table
}

/// Scores a table.
fn scored(dir: &TestDir, name: &str, table: &str) {
    dir.write("answers.csv", table);
    dir.pupil(["score", "one.pupil", "--csv", "answers.csv", "--force", "--out", name]).ok();
}

fn run(dir: &TestDir, args: &[&str]) -> RunOutput {
    dir.pupil(["monitor"].iter().chain(args))
}

#[test]
fn same_answers_hold_and_others_do_not() {
    let dir = TestDir::new();
    scored(&dir, "evaluated.csv", &answers(1, 400, false));
    let ran = run(&dir, &["--csv", "evaluated.csv", "--write-reference", "reference.json"]);
    assert!(ran.ok().contains("a reference of 400 answers") && ran.stdout.contains("no answer"), "{ran:?}");
    let reference = dir.read("reference.json");
    assert!(reference.len() < 4000 && !reference.contains("balloon"), "{} bytes", reference.len());
    scored(&dir, "week1.csv", &answers(2, 200, false));
    scored(&dir, "week2.csv", &answers(3, 200, true));
    let compare = |csv: &str| {
        run(&dir, &["--csv", csv, "--drift-from", "reference.json", "--seen", "seen.json", "--json"]).json()
    };
    let first = compare("week1.csv");
    assert_eq!((&first["holds"], &first["tasks"][0]["answers"]), (&Value::from(true), &200.into()));
    let second = compare("week2.csv");
    assert_eq!((&second["holds"], &second["tasks"][0]["answers"]), (&Value::from(false), &400.into()));
    let changes = second["tasks"][0]["changes"].as_array().unwrap();
    let unknown = changes.iter().find(|change| change["channel"] == "unknown").unwrap();
    assert!(unknown["since"].as_u64().unwrap() > 200, "{unknown}");
    assert!(changes.iter().any(|change| change["channel"] == "decision"), "{changes:?}");
    // What was noticed stays noticed, also in words.
    let third = run(&dir, &["--csv", "week1.csv", "--drift-from", "reference.json", "--seen", "seen.json"]);
    let said = third.ok();
    assert!(
        said.contains("the conditions have changed") && said.contains("share of unknown words above 0"),
        "{said}"
    );
    assert!(said.contains("run `pupil evaluate`") && !said.contains("zebra"), "{said}");
    // Settings are those of the counts.
    let args =
        ["--csv", "week1.csv", "--drift-from", "reference.json", "--seen", "seen.json", "--tolerance", "0.1"];
    assert!(run(&dir, &args).failed(2).contains("another rate of false alarms or tolerance"));
}

#[test]
fn table_and_model_give_the_same_counts() {
    let dir = TestDir::new();
    let table = answers(4, 150, false);
    scored(&dir, "scored.csv", &table);
    dir.write("answers.csv", &table);
    run(&dir, &["--csv", "scored.csv", "--write-reference", "a.json", "--task", "balloons"]).ok();
    run(&dir, &["one.pupil", "--csv", "answers.csv", "--write-reference", "b.json"]).ok();
    let read = |name: &str| -> Value { serde_json::from_str(&dir.read(name)).unwrap() };
    let (mut a, b) = (read("a.json"), read("b.json"));
    // Only the model knows awards that no answer got.
    let awards = |value: &Value| {
        value["reference"]["tasks"]["balloons"]["channels"]["award"]["names"]["counts"]
            .as_object()
            .unwrap()
            .clone()
    };
    let (found, possible) = (awards(&a), awards(&b));
    assert_eq!(possible.len(), 3);
    assert!(possible.iter().all(|(name, count)| found.get(name).unwrap_or(&0.into()) == count));
    a["reference"]["tasks"]["balloons"]["channels"]["award"] =
        b["reference"]["tasks"]["balloons"]["channels"]["award"].clone();
    assert_eq!(a, b);
    // A scored table is a reference as well, and a model may score today's answers.
    let by_table = run(&dir, &["--csv", "scored.csv", "--drift-from", "scored.csv", "--json"]).json();
    assert_eq!(by_table["holds"], true);
    let by_model =
        run(&dir, &["one.pupil", "--csv", "answers.csv", "--drift-from", "b.json", "--json"]).json();
    assert_eq!(by_model["holds"], true);
    // Tasks that the reference lacks are counted, and nothing is said to hold.
    let other =
        run(&dir, &["--csv", "scored.csv", "--task", "other", "--drift-from", "b.json", "--json"]).json();
    assert_eq!((&other["holds"], &other["without_reference"]), (&Value::from(false), &150.into()));
}

#[test]
fn wrong_input_is_named_without_its_text() {
    let dir = TestDir::new();
    dir.write("plain.csv", "text\nwarm air\n");
    let ran = run(&dir, &["--csv", "plain.csv"]);
    assert!(ran.failed(2).contains("--write-reference PATH makes one"), "{ran:?}");
    let ran = run(&dir, &["--csv", "plain.csv", "--write-reference", "r.json"]);
    assert!(ran.failed(9).contains("no scores of a system"), "{ran:?}");
    scored(&dir, "scored.csv", &answers(5, 20, false));
    let ran = run(&dir, &["--csv", "scored.csv", "--drift-from", "nowhere.json"]);
    assert!(ran.failed(3).contains("nowhere.json"), "{ran:?}");
    for broken in ["{\"reference\": \"uncle\"}", "uncle", "{}", "{\"reference\":{\"tasks\":{}},\"uncle\":1}"]
    {
        dir.write("broken.json", broken);
        let ran = run(&dir, &["--csv", "scored.csv", "--drift-from", "broken.json"]);
        assert!(
            ran.failed(9).contains("broken.json holds no counts") && !ran.stderr.contains("uncle"),
            "{ran:?}"
        );
    }
    dir.write("empty.json", "{\"reference\":{\"tasks\":{}}}");
    let ran = run(&dir, &["--csv", "scored.csv", "--drift-from", "empty.json"]);
    assert!(ran.failed(9).contains("the reference has no answers"), "{ran:?}");
    run(&dir, &["--csv", "scored.csv", "--write-reference", "r.json"]).ok();
    let ran = run(&dir, &["--csv", "scored.csv", "--drift-from", "r.json", "--seen", "r.json"]);
    assert!(ran.failed(2).contains("--seen names a file that is read"), "{ran:?}");
    let ran = run(&dir, &["--csv", "scored.csv", "--drift-from", "r.json", "--false-alarm", "1"]);
    assert!(ran.failed(2).contains("--false-alarm is invalid"), "{ran:?}");
    let ran = run(&dir, &["--csv", "scored.csv", "--drift-from", "r.json", "--write-reference", "s.json"]);
    ran.failed(2);
    // A column of texts is no column of tasks.
    let long = "uncle ".repeat(40);
    dir.write("scored.csv", format!("task,text,level,confidence\n{long},air,1,0.5\n"));
    let ran = run(&dir, &["--csv", "scored.csv", "--write-reference", "s.json"]);
    assert!(
        ran.failed(9).contains("the column of the tasks has texts") && !ran.stderr.contains("uncle"),
        "{ran:?}"
    );
}

#[test]
fn model_with_a_promise_is_a_reference_by_itself() {
    let dir = TestDir::new();
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/golden/guarded.pupil");
    let run = |table: &str, more: &[&str]| {
        dir.write("answers.csv", table);
        let arguments =
            [&[golden, "--csv", "answers.csv", "--json", "--task", "balloons"][..], more].concat();
        run(&dir, &arguments).json()
    };
    let usual = "text\n".to_owned() + &"the balloon is warm and the air is cold\nwarm air\n".repeat(4);
    let found = run(&usual, &["--seen", "seen.json"]);
    assert_eq!((&found["holds"], &found["tasks"][0]["reference"]), (&Value::from(true), &160.into()));
    let short = "text\n".to_owned() + &"warm\n".repeat(60);
    let found = run(&short, &["--seen", "seen.json"]);
    assert_eq!((&found["holds"], &found["tasks"][0]["answers"]), (&Value::from(false), &68.into()));
    let changes = found["tasks"][0]["changes"].as_array().unwrap();
    assert!(changes.iter().any(|change| change["channel"] == "words"), "{changes:?}");
    // Other models have none.
    dir.write("answers.csv", &usual);
    let refused = crate::monitor::run(&dir, &["one.pupil", "--csv", "answers.csv"]);
    assert!(refused.stderr.contains("no distributions of calibration answers"), "{refused:?}");
}

/// Audited answers with human scores: every tenth one is wrong in the second task, none in the first.
fn audited(n: usize, wrong_in_second: usize) -> String {
    let mut table = "id,task,text,level,confidence,decision,reason,points\n".to_owned();
    for i in 0..n {
        let second = i % 2 == 1;
        let points = if second && i / 2 % wrong_in_second == wrong_in_second - 1 { 2 } else { 1 };
        let task = if second { "q2" } else { "q1" };
        table += &format!("{i},{task},a secret text {i},1,0.9,review,audit,{points}\n");
        // What people corrected for another reason says nothing about automatic scores.
        table += &format!("x{i},{task},a further text {i},1,0.4,review,low-confidence,2\n");
    }
    table
}

#[test]
fn audits_bound_the_errors_of_each_task_and_of_all() {
    let dir = TestDir::new();
    scored(&dir, "evaluated.csv", &answers(1, 300, false));
    run(&dir, &["--csv", "evaluated.csv", "--write-reference", "r.json"]).ok();
    let audits = |table: &str, more: &[&str]| {
        dir.write("audited.csv", table);
        let args = [
            "--csv",
            "evaluated.csv",
            "--drift-from",
            "r.json",
            "--audits",
            "audited.csv",
            "--score",
            "points",
        ];
        run(&dir, &[&args, more].concat())
    };
    let found = audits(&audited(200, 10), &["--json"]).json();
    let [first, second, all] = [0, 1, 2].map(|place| found["audits"][place].clone());
    assert_eq!((&first["task"], &second["task"], &all["task"]), (&"q1".into(), &"q2".into(), &Value::Null));
    assert_eq!((&first["audited"], &first["wrong"], &first["aim"]), (&100.into(), &0.into(), &"kept".into()));
    assert_eq!(
        (&second["audited"], &second["wrong"], &second["aim"]),
        (&100.into(), &10.into(), &"open".into())
    );
    assert_eq!((&all["audited"], &all["wrong"]), (&200.into(), &10.into()));
    // 100 right answers: the bound of SciPy in the fixtures of pupil-metrics.
    assert!((first["high"].as_f64().unwrap() - 0.033_574_703_981_451_65).abs() < 1e-9, "{first}");
    assert!(all["low"].as_f64().unwrap() < 0.05 && all["high"].as_f64().unwrap() > 0.05, "{all}");
    assert_eq!(found["holds"], true);
    // Far more errors than promised: nothing holds, although the answers are alike.
    let broken = audits(&audited(200, 3), &["--json"]).json();
    assert_eq!((&broken["audits"][1]["aim"], &broken["holds"]), (&"broken".into(), &false.into()));
    let said = audits(&audited(200, 10), &[]);
    assert!(said.ok().contains("what audited answers say") && !said.stdout.contains("secret"), "{said:?}");
    // The same text again is audited together with the first one.
    let twice = audited(40, 10) + &audited(40, 10).lines().skip(1).collect::<Vec<_>>().join("\n");
    let found = audits(&twice, &["--json"]).json();
    assert_eq!((&found["audits"][2]["audited"], &found["audits"][2]["repeated"]), (&40.into(), &40.into()));
    let none = audited(10, 10).replace("audit,", "gibberish,");
    assert!(audits(&none, &[]).failed(9).contains("no audited answer with a human score"));
    assert!(audits("id,text\n1,secret\n", &[]).failed(9).contains("no columns `decision` and `reason`"));
}

#[test]
fn change_of_all_tasks_is_told_together() {
    let dir = TestDir::new();
    let table = |n: usize, sure: usize| {
        let mut table = "task,text,level,confidence,decision,reason,words,unknown_words\n".to_owned();
        for i in 0..n {
            let confidence = if (i / 12 * 7 + i) % 10 < sure { 0.9 } else { 0.6 };
            table += &format!("q{},warm air,1,{confidence},automatic,,2,0\n", i % 12);
        }
        table
    };
    dir.write("before.csv", table(2400, 6));
    dir.write("same.csv", table(600, 6));
    dir.write("less.csv", table(600, 3));
    run(&dir, &["--csv", "before.csv", "--write-reference", "r.json"]).ok();
    let compare =
        |csv: &str, more: &[&str]| run(&dir, &[&["--csv", csv, "--drift-from", "r.json"], more].concat());
    let same = compare("same.csv", &["--json"]).json();
    assert_eq!((&same["holds"], &same["pooled"][0]["channel"]), (&true.into(), &"confidence".into()));
    let less = compare("less.csv", &["--json"]).json();
    assert_eq!((&less["holds"], less["pooled"][0]["since"].is_u64()), (&false.into(), true), "{less}");
    assert!(less["pooled"][0]["evidence"].as_f64() >= less["pooled"][0]["alarm_from"].as_f64());
    let said = compare("less.csv", &[]);
    assert!(
        said.ok().contains("all tasks together") && said.stdout.contains("noticed at answer"),
        "{said:?}"
    );
}
