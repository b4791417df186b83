//! The suite on a file of random weights with every kind of head, with several members, with pairs and without.

use super::*;
use crate::attack::{KINDS, Outcome};
use crate::data::{Columns, Dataset, Format, ReadOptions, Target, parse};
use crate::head::HeadKind;
use pupil_core::Decision;
use pupil_core::format::manifest::Input;
use std::fmt::Write as _;
use std::path::PathBuf;

fn opened(file: &str) -> Scorer {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/golden");
    Scorer::open(folder.join(file)).unwrap()
}

/// A file whose tasks have several members.
fn scorer() -> Scorer {
    opened("members.pupil")
}

/// Invented answers to all tasks of the file, 36 to each, with each score in turn.
fn answers(scorer: &Scorer) -> Dataset {
    let subjects =
        ["The sun", "The lamp", "A small magnet", "The heavy stone", "The warm gas", "Our teacher"];
    let verbs = ["heats", "moves", "touches", "covers", "never leaves", "pushes"];
    let objects =
        ["the cold water", "a big nail", "the long wire", "the closed door", "a young plant", "the wet sand"];
    let tasks = tasks_of(scorer);
    let mut lines = String::new();
    for task in &tasks {
        let pair = scorer.task(&task.id).unwrap().input == Input::Pair;
        for i in 0..36 {
            let text = format!(
                "{} {} {} after 20 minutes because it is hot.",
                subjects[i % 6],
                verbs[(i / 6) % 6],
                objects[(i + i / 6) % 6]
            );
            let score = match task.head {
                HeadKind::Sigmoid => {
                    let all: Vec<String> = task.labels.iter().map(|l| format!("{l:?}:{}", i % 2)).collect();
                    format!("{{{}}}", all.join(","))
                }
                _ => format!("{:?}", task.labels[i % task.labels.len()]),
            };
            let reference = if pair {
                format!(
                    r#","reference":"{} {} {} after 20 minutes.","question":"What does it do in the morning?""#,
                    subjects[i % 4],
                    verbs[i % 4],
                    objects[i % 4]
                )
            } else {
                String::new()
            };
            let id = &task.id;
            writeln!(
                lines,
                r#"{{"id":"{id}-{i}","task":"{id}","text":"{text}","label":{score}{reference}}}"#
            )
            .unwrap();
        }
    }
    let columns = Columns { target: Some("label".into()), ..Columns::default() };
    let options = ReadOptions { columns, ..ReadOptions::default() };
    parse("invented", lines.as_bytes(), Format::JsonLines, &options, Some(&tasks)).unwrap()
}

fn settings() -> Settings {
    Settings { seed: 3, per_kind: 24, per_label: 0, set_task: None }
}

#[test]
fn every_kind_is_tried_on_every_kind_of_head() {
    let scorer = scorer();
    let set = answers(&scorer);
    let questions = Questions::of_set(&scorer, &set);
    // The classes of `topic` have no order, and none is the right one.
    let report = run(&scorer, &questions, &[], &settings()).unwrap();
    assert_eq!(report.tasks, ["levels", "rubric", "grams", "compare"]);
    assert_eq!((report.questions, report.answers), (7, 144));
    assert!(!report.seen_known && report.seen_questions == 0);
    for kind in &KINDS {
        let row = report.row(kind.name).unwrap();
        // What few sentences have a place for.
        let rare =
            ["negation-removed", "same-contractions", "same-synonym", "question-copied", "roles-swapped"];
        let made = row.n == 24 || rare.contains(&kind.name);
        assert!(made, "{}: {} texts", kind.name, row.n);
        assert_eq!(row.reasons.values().sum::<usize>(), row.reviewed.count, "{row:?}");
        assert!(
            row.best_automatic.count <= row.best.count
                && row.best.count + row.reviewed.count >= row.best.count
        );
        assert!(row.best_automatic.count + row.reviewed.count <= row.n, "{row:?}");
        let compared = matches!(kind.outcome, Outcome::Same | Outcome::NotBetter);
        assert_eq!((row.kept.is_some(), row.size.is_some()), (compared, compared), "{}", kind.name);
        assert!(row.size.unwrap_or_default() >= row.change.unwrap_or_default().abs(), "{row:?}");
    }
    // The words are the same in any case, and spaces are no words.
    for name in ["same-case", "same-spaces"] {
        let row = report.row(name).unwrap();
        assert!(row.kept.unwrap().value == 1.0 && row.size.unwrap() == 0.0, "{row:?}");
    }
    // All answers of people are counted, each once, except those that are partly right.
    let real: usize = ["real-right", "real-wrong", "real-contradictory"]
        .iter()
        .map(|name| report.row(name).unwrap().n)
        .sum();
    assert_eq!(real, 24 + 36 + 24 + 36);
    assert_eq!(report.row("real-contradictory").unwrap().n, 12);
    assert_eq!(run(&scorer, &questions, &[], &settings()).unwrap(), report);
    let other = run(&scorer, &questions, &[], &Settings { seed: 4, ..settings() }).unwrap();
    assert_ne!(other.rows, report.rows);
    // The manifest gets a figure of each task.
    let metrics = report.metrics("compare");
    let splits: Vec<(&str, &str)> = metrics.iter().map(|m| (m.name.as_str(), m.split.as_str())).collect();
    assert_eq!(
        splits,
        [("best_automatic", "real-contradictory"), ("best_automatic", "attacks"), ("kept", "changes")]
    );
    assert!(report.metrics("topic").is_empty());
}

#[test]
fn counts_are_those_of_the_engine() {
    let mut awarded = 0;
    for file in ["members.pupil", "e_lstm.pupil"] {
        let scorer = opened(file);
        let set = answers(&scorer);
        let report = run(&scorer, &Questions::of_set(&scorer, &set), &[], &settings()).unwrap();
        // Right and wrong answers of all tasks, scored one by one.
        let (mut n, mut best, mut automatic, mut reviewed) = ([0; 2], [0; 2], [0; 2], [0; 2]);
        for answer in &set.answers {
            let task = &set.tasks[answer.task];
            let score = match &answer.reference {
                Some(reference) => scorer.score_pair(&task.id, reference, &answer.text).unwrap(),
                None => scorer.score(&task.id, &answer.text).unwrap(),
            };
            let names: Vec<&str> = score.awarded().map(|label| &*label.name).collect();
            let last = &task.labels[task.labels.len() - 1..];
            let (right, wrong): (&[String], bool) = match (task.id.as_str(), &answer.target) {
                ("topic", _) => continue,
                ("compare", target) => (&task.labels[..1], *target == Target::Class(2)),
                (_, Target::Labels(given)) => (&task.labels, given.iter().all(|label| !label)),
                (_, target) => (last, target.index() == Some(0)),
            };
            let full = match &answer.target {
                Target::Labels(given) => given.iter().all(|label| *label),
                target => target.index().map(|place| &task.labels[place]) == right.first(),
            };
            let group = match (full, wrong) {
                (true, _) => 0,
                (_, true) => 1,
                _ => continue,
            };
            n[group] += 1;
            let is_best = names == right;
            best[group] += usize::from(is_best);
            automatic[group] += usize::from(is_best && score.decision == Decision::Automatic);
            reviewed[group] += usize::from(score.decision != Decision::Automatic);
        }
        for (group, name) in ["real-right", "real-wrong"].into_iter().enumerate() {
            let row = report.row(name).unwrap();
            let have = (row.n, row.best.count, row.best_automatic.count, row.reviewed.count);
            assert_eq!(have, (n[group], best[group], automatic[group], reviewed[group]), "{file} {name}");
            awarded += row.best_automatic.count;
        }
    }
    assert!(awarded > 0);
}

/// A set with a row of each label, of one without a split and of one for training.
fn adversarial(folder: &std::path::Path, name: &str, rows: &[&str]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, rows.join("\n")).unwrap();
    path
}

#[test]
fn adversarial_sets_are_judged_by_the_label_of_each_row() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows: Vec<String> = Vec::new();
    let texts =
        ["bada", "the sun is big", "nails gefi", "it is dida ruba", "kona", "water", "a lamp", "mula zipo"];
    for (n, text) in texts.iter().enumerate() {
        for (label, category) in [("correct", "same"), ("contradictory", "swap"), ("contradictory", "not")] {
            let text = format!("{text} {category}");
            rows.push(format!(r#"{{"reference":"reference {n}","text":"{text}","label3":"{label}","split":"heldout","category":"{category}"}}"#));
        }
    }
    rows.push(r#"{"reference":"a","text":"b","label3":"correct","split":"train"}"#.into());
    let own: Vec<&str> = rows.iter().map(String::as_str).collect();
    let path = adversarial(folder.path(), "options.jsonl", &own);
    let plain = adversarial(
        folder.path(),
        "plain.jsonl",
        &[
            r#"{"reference":"the sun","text":"bada kona","label3":"incorrect"}"#,
            r#"{"reference":"the sun","text":"sand","label3":"incorrect","two_way":true}"#,
            r#"{"reference":"die Sonne","text":"heiß","label3":"entailment","lang":"de"}"#,
        ],
    );
    let files = files_of(&[folder.path().to_owned()], std::path::Path::new(".")).unwrap();
    assert_eq!(files, [path.clone(), plain]);
    let sets: Vec<AdversarialSet> = files.iter().map(|file| AdversarialSet::read(file).unwrap()).collect();
    let scorer = scorer();
    let none =
        Dataset { tasks: tasks_of(&scorer), answers: Vec::new(), blake3: String::new(), notes: Vec::new() };
    let questions = Questions::of_set(&scorer, &none);
    let report = run(&scorer, &questions, &sets, &settings()).unwrap();
    assert_eq!(report.set_task.as_deref(), Some("compare"));
    let names: Vec<&str> = report.rows.iter().filter(|row| row.n > 0).map(|row| row.name.as_str()).collect();
    let want = [
        "options",
        "options/same",
        "options/not",
        "options/swap",
        "options/choice",
        "plain",
        "plain/incorrect",
        "plain-de",
        "plain-de/correct",
    ];
    assert_eq!(names, want);
    // Counted again, one by one.
    let class = |reference: &str, text: &str| -> String {
        let score = scorer.score_pair("compare", reference, text).unwrap();
        score.awarded().next().unwrap().name.to_string()
    };
    let right = |category: &str, label: &str| {
        (0..texts.len())
            .filter(|n| class(&format!("reference {n}"), &format!("{} {category}", texts[*n])) == label)
            .count()
    };
    let judged = |name: &str| report.row(name).unwrap().right.unwrap();
    assert_eq!(judged("options/same").count, right("same", "correct"));
    assert_eq!(judged("options/swap").count, right("swap", "contradicts"));
    let all = right("same", "correct") + right("swap", "contradicts") + right("not", "contradicts");
    assert_eq!((judged("options").count, judged("options").of), (all, 24));
    let p = |n: usize, category: &str| {
        let text = format!("{} {category}", texts[n]);
        scorer.score_pair("compare", &format!("reference {n}"), &text).unwrap().labels[0].probability
    };
    let chosen =
        (0..texts.len()).filter(|n| ["swap", "not"].iter().all(|other| p(*n, other) < p(*n, "same"))).count();
    assert_eq!((judged("options/choice").count, judged("options/choice").of), (chosen, 8));
    // A row with two classes of labels is right if it is not called correct, one with three if it is called `other`.
    let expected = usize::from(class("the sun", "bada kona") == "other")
        + usize::from(class("the sun", "sand") != "correct");
    assert_eq!(judged("plain/incorrect").count, expected);
    let metric = report.metrics("compare").into_iter().find(|metric| metric.split == "options").unwrap();
    assert_eq!((metric.name.as_str(), metric.n), ("accuracy", Some(24)));

    // Two rows of each category.
    let report = run(&scorer, &questions, &sets[..1], &Settings { per_label: 2, ..settings() }).unwrap();
    assert_eq!(report.row("options/same").unwrap().n, 2);
    assert_eq!(report.row("options/choice").unwrap().n, 2);
    let tables = text(&report, &Limits::default());
    assert!(
        tables.contains("adversarial sets, by task compare") && tables.contains("options/choice"),
        "{tables}"
    );

    for (task, want) in
        [("levels", "task levels cannot judge adversarial sets"), ("none", "the file has levels, rubric")]
    {
        let error = run(&scorer, &questions, &sets, &Settings { set_task: Some(task.into()), ..settings() })
            .unwrap_err();
        assert!(error.to_string().contains(want), "{error}");
    }
    let error = run(&scorer, &questions, &[], &settings()).unwrap_err().to_string();
    assert!(error.contains("there is nothing to attack") && error.contains("grams"), "{error}");
}

#[test]
fn malformed_sets_are_refused_without_their_texts() {
    let folder = tempfile::tempdir().unwrap();
    let good = r#"{"reference":"a","text":"b","label3":"correct","split":"heldout"}"#;
    for (bad, want) in [
        (r#"{"reference":"secret","text":"secret","label3":"maybe"}"#, "line 2, column"),
        (r#"{"reference":"secret","label3":"correct"}"#, "not a row with the texts"),
        ("secret", "line 2, column 1"),
        (
            &format!(r#"{{"reference":"a","text":"{}","label3":"correct"}}"#, "secret ".repeat(10_000)),
            "line 2: 70000 bytes",
        ),
    ] {
        let path = adversarial(folder.path(), "bad.jsonl", &[good, bad]);
        let error = format!("{:#}", AdversarialSet::read(&path).unwrap_err());
        assert!(error.contains(want) && !error.contains("secret"), "{error}");
    }
    let path = adversarial(folder.path(), "bad.jsonl", &[&good.replace("heldout", "train")]);
    let error = AdversarialSet::read(&path).unwrap_err().to_string();
    assert!(error.contains("none of the 1 rows has the `split`"), "{error}");
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for (path, want) in
        [("absent.jsonl", "there is no such file"), ("src/robustness", "has no file `.jsonl`")]
    {
        let error = files_of(&[PathBuf::from(path)], here).unwrap_err().to_string();
        assert!(error.contains(want), "{error}");
    }
}

#[test]
fn limits_hold_for_attacks_and_for_rows_by_name() {
    let scorer = scorer();
    let set = answers(&scorer);
    let mut report = run(&scorer, &Questions::of_set(&scorer, &set), &[], &settings()).unwrap();
    let set_to = |report: &mut Report, name: &str, count: usize, of: usize| {
        let row = report.rows.iter_mut().find(|row| row.name == name).unwrap();
        (row.n, row.best_automatic) = (of, Share::new(count, of));
    };
    for row in &mut report.rows {
        row.best_automatic = Share::new(0, row.n);
    }
    set_to(&mut report, "antonym", 30, 100);
    set_to(&mut report, "real-right", 90, 100);
    // Too few to say anything.
    set_to(&mut report, "roles-swapped", 19, 19);
    assert!(Limits::default().exceeded(&report).is_empty());
    let limits = |all: Option<f64>, own: &[(&str, f64)]| Limits {
        all,
        own: own.iter().map(|(name, limit)| ((*name).to_owned(), *limit)).collect(),
        min_kept: None,
    };
    let line = "antonym: 30.0 % of 100 texts are awarded the best score automatically, the limit is 10.0 %";
    assert_eq!(limits(Some(0.1), &[]).exceeded(&report), [line]);
    assert!(limits(Some(0.3), &[]).exceeded(&report).is_empty());
    assert!(limits(Some(0.1), &[("antonym", 0.5)]).exceeded(&report).is_empty());
    assert_eq!(limits(None, &[("real-right", 0.5)]).exceeded(&report).len(), 1);
    let row = report.rows.iter_mut().find(|row| row.name == "same-typo").unwrap();
    row.kept = Some(Share::new(12, 24));
    let kept = Limits { min_kept: Some(0.6), ..Limits::default() }.exceeded(&report);
    assert!(
        kept.contains(&"same-typo: 50.0 % of 24 changes keep the score, at least 60.0 % must".to_owned()),
        "{kept:?}"
    );
    let card = markdown(&report, &limits(Some(0.1), &[]));
    let row = card.lines().find(|line| line.starts_with("| antonym ")).unwrap();
    assert!(row.contains("30.0 [21.9, 39.6]") && row.contains(" 10.0 |"), "{row}");
}
