//! Reads valid and invalid files. Every sentence here is invented.

mod hostile;
mod raters;
mod rows;
mod splits;

use super::*;

fn jsonl(text: &str) -> Result<Dataset> {
    jsonl_with(text, &ReadOptions::default(), None)
}

fn jsonl_with(text: &str, options: &ReadOptions, tasks: Option<&[TaskData]>) -> Result<Dataset> {
    parse("answers.jsonl", text.as_bytes(), Format::JsonLines, options, tasks)
}

fn csv(text: &str) -> Result<Dataset> {
    csv_with(text, &one_task(), None)
}

fn csv_with(text: &str, options: &ReadOptions, tasks: Option<&[TaskData]>) -> Result<Dataset> {
    parse("answers.csv", text.as_bytes(), Format::Csv, options, tasks)
}

fn one_task() -> ReadOptions {
    let columns = Columns { fixed_task: Some("balloon".into()), ..Columns::default() };
    ReadOptions { columns, ..ReadOptions::default() }
}

fn names(labels: &[&str]) -> Vec<String> {
    labels.iter().map(|l| (*l).to_owned()).collect()
}

fn targets(dataset: &Dataset) -> Vec<Target> {
    dataset.answers.iter().map(|a| a.target.clone()).collect()
}

/// The message, if it lacks one of the given parts or repeats an answer.
fn message(result: Result<Dataset>, parts: &[&str]) -> Option<String> {
    let message = match result {
        Ok(_) => "no error".to_owned(),
        Err(e) => format!("{e:#}"),
    };
    let good = parts.iter().all(|p| message.contains(p)) && !message.to_lowercase().contains("secret");
    (!good).then_some(message)
}

const SCORES: &str = r#"{"id":"a1","task":"q10","text":"The gas is lighter.","score":2,"max_score":3}
{"id":"a2","task":"q2","text":"Plants need light.","score":0,"max_score":2,"group":"north"}
{"id":"a3","task":"q2","text":"Plants need light and water.","score":1,"max_score":2,"group":null}
"#;

#[test]
fn numbers_make_ordinal_tasks_in_natural_order() {
    let dataset = jsonl(SCORES).unwrap();
    let tasks: Vec<_> = dataset.tasks.iter().map(|t| (t.id.as_str(), t.head, t.labels.clone())).collect();
    let want = [
        ("q2", HeadKind::Ordinal, names(&["0", "1", "2"])),
        ("q10", HeadKind::Ordinal, names(&["0", "1", "2", "3"])),
    ];
    assert_eq!(tasks, want);
}

#[test]
fn fields_are_read() {
    let dataset = jsonl(SCORES).unwrap();
    assert_eq!(dataset.task_index("q10"), Some(1));
    assert_eq!(targets(&dataset), [Target::Level(2), Target::Level(0), Target::Level(1)]);
    let second = &dataset.answers[1];
    assert_eq!((second.id.as_str(), second.task, second.group.as_deref()), ("a2", 0, Some("north")));
    assert_eq!(second.text, "Plants need light.");
    assert_eq!(dataset.answers[2].group, None);
    assert_eq!(dataset.blake3, blake3::hash(SCORES.as_bytes()).to_hex().to_string());
    assert_eq!(dataset.of_task(0).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn byte_order_mark_line_ends_and_blank_lines_do_not_matter() {
    let plain = jsonl(SCORES).unwrap();
    let odd = format!("\u{feff}\n{}\r\n  \r\n", SCORES.replace('\n', "\r\n"));
    let odd = jsonl(&odd).unwrap();
    assert_eq!((&plain.tasks, &plain.answers), (&odd.tasks, &odd.answers));
    assert_ne!(plain.blake3, odd.blake3);

    let plain = csv("text,score\n\"Oil, it floats.\",1\nWater sinks.,0\n").unwrap();
    let odd = csv("\u{feff}text,score\r\n\r\n\"Oil, it floats.\",1\r\n,\r\nWater sinks.,0\r\n\r\n").unwrap();
    assert_eq!((&plain.tasks, &plain.answers), (&odd.tasks, &odd.answers));
    assert_eq!(plain.answers[0].text, "Oil, it floats.");
}

#[test]
fn range_of_levels_is_stated_or_inferred() {
    let seen =
        "{\"task\":\"q\",\"text\":\"one\",\"score\":2}\n{\"task\":\"q\",\"text\":\"two\",\"score\":4}\n";
    let task = jsonl(seen).unwrap().tasks.remove(0);
    assert_eq!((task.labels, task.points), (names(&["2", "4"]), vec![2, 4]));

    let options = ReadOptions { levels: Some([1, 6]), ..ReadOptions::default() };
    let dataset = jsonl_with(seen, &options, None).unwrap();
    assert_eq!((dataset.tasks[0].labels.len(), &dataset.tasks[0].points), (6, &vec![1, 2, 3, 4, 5, 6]));
    assert_eq!(targets(&dataset), [Target::Level(1), Target::Level(3)]);

    let fields = seen.replace("\"score\"", "\"min_score\":-1,\"max_score\":5.0,\"score\"");
    let task = jsonl(&fields).unwrap().tasks.remove(0);
    assert_eq!((task.labels.len(), task.points), (7, (-1..=5).collect()));
}

#[test]
fn names_make_softmax_tasks() {
    let text = "{\"task\":\"q\",\"text\":\"x\",\"label\":\"wrong\"}\n{\"task\":\"q\",\"text\":\"y\",\"label\":\"right\"}\n";
    let dataset = jsonl(text).unwrap();
    assert_eq!(
        (dataset.tasks[0].head, &dataset.tasks[0].labels),
        (HeadKind::Softmax, &names(&["right", "wrong"]))
    );
    assert_eq!(targets(&dataset), [Target::Class(1), Target::Class(0)]);

    // With an order from the options, the same names are levels.
    let options = ReadOptions {
        head: Some(HeadKind::Ordinal),
        classes: names(&["wrong", "partly", "right"]),
        ..ReadOptions::default()
    };
    let dataset = jsonl_with(text, &options, None).unwrap();
    assert_eq!((dataset.tasks[0].head, dataset.tasks[0].labels.len()), (HeadKind::Ordinal, 3));
    assert_eq!(targets(&dataset), [Target::Level(0), Target::Level(2)]);
}

#[test]
fn numbers_can_be_classes() {
    let text = "{\"task\":\"q\",\"text\":\"x\",\"score\":10}\n{\"task\":\"q\",\"text\":\"y\",\"score\":2}\n";
    let options = ReadOptions { head: Some(HeadKind::Softmax), ..ReadOptions::default() };
    let dataset = jsonl_with(text, &options, None).unwrap();
    assert_eq!(dataset.tasks[0].labels, names(&["2", "10"]));
    assert_eq!(targets(&dataset), [Target::Class(1), Target::Class(0)]);
}

#[test]
fn label_sets_come_as_objects_arrays_or_lists_of_names() {
    let rows = |a: &str, b: &str| {
        format!(
            "{{\"task\":\"q\",\"text\":\"x\",\"labels\":{a}}}\n{{\"task\":\"q\",\"text\":\"y\",\"labels\":{b}}}\n"
        )
    };
    let want = [Target::Labels(vec![true, false]), Target::Labels(vec![false, true])];
    for (a, b, labels) in [
        ("{\"heat\":1,\"mass\":0}", "{\"mass\":true,\"heat\":false}", ["heat", "mass"]),
        ("[\"heat\"]", "[\"mass\"]", ["heat", "mass"]),
        ("[1,0]", "[false,true]", ["label 1", "label 2"]),
    ] {
        let dataset = jsonl(&rows(a, b)).unwrap();
        assert_eq!((dataset.tasks[0].head, &dataset.tasks[0].labels), (HeadKind::Sigmoid, &names(&labels)));
        assert_eq!(targets(&dataset), want, "{a}");
    }
    let none = jsonl(&rows("[\"heat\",\"mass\"]", "[]")).unwrap();
    assert_eq!(none.answers[1].target, Target::Labels(vec![false, false]));
}

#[test]
fn first_column_is_the_text_and_the_others_are_labels() {
    let text = "Sentence,E1,E10,E2,Group\n\"Gas A, and gas D\",1,0,1,south\nBoth burn.,0.0,1.0,0,\n";
    let dataset = csv(text).unwrap();
    assert_eq!(dataset.tasks[0].labels, names(&["E1", "E10", "E2"]));
    assert_eq!(
        targets(&dataset),
        [Target::Labels(vec![true, false, true]), Target::Labels(vec![false, true, false])]
    );
    assert_eq!(dataset.answers[0].group.as_deref(), Some("south"));
    assert_eq!(dataset.answers[1].group, None);
    assert_eq!(dataset.answers[0].text, "Gas A, and gas D");
}

#[test]
fn tasks_in_one_csv_may_have_different_labels() {
    let text = "task,text,heat,mass,light\nsun,It warms.,1,,0\nball,It is heavy.,,1,\nsun,It shines.,0,,1\nball,No idea.,,0,\nball,Later.,,,\n";
    let dataset = parse("a.csv", text.as_bytes(), Format::Csv, &ReadOptions::default(), None).unwrap();
    assert_eq!(dataset.tasks[0].id, "ball");
    assert_eq!(dataset.tasks[0].labels, names(&["mass"]));
    assert_eq!(dataset.tasks[1].labels, names(&["heat", "light"]));
    assert_eq!(dataset.answers[4].target, Target::Missing);
    assert_eq!(dataset.labelled(), 4);
}

#[test]
fn quoted_csv_cells_may_hold_delimiters_quotes_and_line_ends() {
    let text = "id,text,score\n1,\"She said \"\"it floats\"\",\nthen left.\",1\n2,\"\",0\n3,5\" pipe,1\n";
    let dataset = csv(text).unwrap();
    let texts: Vec<_> = dataset.answers.iter().map(|a| a.text.as_str()).collect();
    assert_eq!(texts, ["She said \"it floats\",\nthen left.", "", "5\" pipe"]);
}

#[test]
fn whole_scores_may_have_a_zero_fraction() {
    let dataset = csv("text,score\nx,1.0\ny,0.0\nz,\n").unwrap();
    assert_eq!(targets(&dataset), [Target::Level(1), Target::Level(0), Target::Missing]);
}

#[test]
fn named_columns_and_tabs_are_read() {
    let mut options = one_task();
    options.delimiter = Some('\t');
    options.columns.text = Some("response".into());
    options.columns.target = Some("grade".into());
    options.columns.split_key = Some("student".into());
    let text = "nr\tgrade\tstudent\tresponse\n1\tright\ts7\tIt, floats.\n2\twrong\ts8\tIt sinks.\n";
    let dataset = csv_with(text, &options, None).unwrap();
    assert_eq!(dataset.answers[0].text, "It, floats.");
    assert_eq!(dataset.answers[1].split_key.as_deref(), Some("s8"));
    assert_eq!(targets(&dataset), [Target::Class(0), Target::Class(1)]);
}

#[test]
fn missing_ids_are_made_from_the_text() {
    let dataset = csv("text,score\nIt floats.,1\nIt sinks.,0\nIt floats.,1\n").unwrap();
    let turned = csv("text,score\nIt sinks.,0\nIt floats.,1\nIt floats.,1\n").unwrap();
    let [a, b, c] = dataset.answers.as_slice() else { panic!("three answers") };
    assert_eq!(c.id, format!("{}-2", a.id));
    assert_eq!(a.split_key, c.split_key);
    assert_ne!(a.id, b.id);
    assert_eq!(turned.answers[0].id, b.id);
    assert_eq!(turned.answers[1].id, a.id);
}

#[test]
fn split_key_may_be_the_end_of_another_field() {
    let columns = Columns { split_key: Some("id".into()), split_key_after: Some('-'), ..one_task().columns };
    let options = ReadOptions { columns, ..ReadOptions::default() };
    let dataset = csv_with("id,text,score\nq-1-77,x,1\nq-2-77,y,0\n78,z,0\n", &options, None).unwrap();
    let keys: Vec<_> = dataset.answers.iter().map(|a| a.split_key.as_deref()).collect();
    assert_eq!(keys, [Some("77"), Some("77"), Some("78")]);
    assert_eq!(dataset.answers[1].id, "q-2-77");
}

#[test]
fn test_file_is_read_against_the_tasks_of_the_training_file() {
    let tasks = jsonl(SCORES).unwrap().tasks;
    let test = "{\"task\":\"q10\",\"text\":\"It rises.\",\"score\":3}\n{\"task\":\"q2\",\"text\":\"Sun.\"}\n";
    let dataset = jsonl_with(test, &ReadOptions::default(), Some(&tasks)).unwrap();
    assert_eq!(dataset.tasks, tasks);
    assert_eq!(targets(&dataset), [Target::Level(3), Target::Missing]);

    let only = &tasks[..1];
    let dataset =
        jsonl_with("{\"text\":\"Sun.\",\"score\":1}\n", &ReadOptions::default(), Some(only)).unwrap();
    assert_eq!((dataset.answers[0].task, &dataset.answers[0].target), (0, &Target::Level(1)));
}

#[test]
fn unscored_csv_may_have_columns_that_are_not_labels() {
    let tasks = csv("text,heat,mass\nx,1,0\ny,0,1\n").unwrap().tasks;
    let dataset = csv_with("text,words\nIt is warm.,3\n", &ReadOptions::default(), Some(&tasks)).unwrap();
    assert_eq!(targets(&dataset), [Target::Missing]);
    let dataset =
        csv_with("mass,text,heat\n1,It is warm.,0\n", &ReadOptions::default(), Some(&tasks)).unwrap();
    assert_eq!(targets(&dataset), [Target::Labels(vec![false, true])]);
}

#[test]
fn named_label_columns_apply_to_training_and_test_files() {
    let mut options = one_task();
    options.columns.label_columns = vec!["heat".into(), "mass".into()];
    // `score` is a total here, not the target.
    let tasks = csv_with("text,heat,mass,score\nx,1,0,1\ny,0,1,1\n", &options, None).unwrap().tasks;
    let test = csv_with("text,heat,mass,score\nz,1,1,2\n", &options, Some(&tasks)).unwrap();
    assert_eq!(targets(&test), [Target::Labels(vec![true, true])]);
    let ungraded = csv_with("text\nz\n", &options, Some(&tasks)).unwrap();
    assert_eq!(targets(&ungraded), [Target::Missing]);
    let jsonl =
        jsonl_with("{\"text\":\"z\",\"labels\":{\"heat\":0,\"mass\":1}}", &options, Some(&tasks)).unwrap();
    assert_eq!(targets(&jsonl), [Target::Labels(vec![false, true])]);
    let missing = csv_with("text,heat\nx,1\n", &options, None);
    assert_eq!(message(missing, &["the header has no column `mass`"]), None);
}

#[test]
fn scores_are_ignored_on_request() {
    let tasks = csv("text,heat,mass\nx,1,0\ny,0,1\n").unwrap().tasks;
    // A share of points and a word are not levels of these tasks, and need not be.
    let options = ReadOptions { unscored: true, ..ReadOptions::default() };
    for text in ["text,score\nIt is warm.,0.25\n", "text,heat,mass\nIt is warm.,1,0\n"] {
        let dataset = csv_with(text, &options, Some(&tasks)).unwrap();
        assert_eq!(targets(&dataset), [Target::Missing]);
    }
    for score in ["\"good\"", "7", "{\"heat\":1}"] {
        let text = format!("{{\"text\":\"It is warm.\",\"score\":{score}}}\n");
        let dataset = jsonl_with(&text, &options, Some(&tasks[..1])).unwrap();
        assert_eq!(targets(&dataset), [Target::Missing]);
    }
}

#[test]
fn errors_in_json_lines_name_the_place_and_never_the_answer() {
    let good = "{\"task\":\"q\",\"text\":\"secret\",\"score\":1}\n{\"task\":\"q\",\"text\":\"secret two\",\"score\":0}\n";
    let after = |line: &str| jsonl(&format!("{good}{line}\n"));
    let row = |rest: &str| after(&format!("{{\"task\":\"q\",\"text\":\"secret\",{rest}}}"));
    let long = "secret ".repeat(10_000);
    let cases: Vec<(Result<Dataset>, Vec<&str>)> = vec![
        (jsonl(""), vec!["answers.jsonl", "no rows"]),
        (jsonl("[{\"text\":\"secret\"}]"), vec!["line 1", "JSON array"]),
        (jsonl("text,score\nsecret,1\n"), vec!["line 1", "`csv`"]),
        (after("{\"task\":\"q\",\"text\":\"secret"), vec!["line 3", "not valid JSON"]),
        (after("{\"task\":\"q\",\"score\":1}"), vec!["line 3", "`text`", "missing", "columns.text"]),
        (after("{\"task\":\"q\",\"text\":null}"), vec!["line 3", "`text`", "null"]),
        (after("{\"task\":\"q\",\"text\":17}"), vec!["line 3", "`text`", "not a string"]),
        (after("{\"text\":\"secret\",\"score\":1}"), vec!["line 3", "`task`", "missing", "fixed_task"]),
        (
            after(&format!("{{\"task\":\"q\",\"text\":\"{long}\"}}")),
            vec!["line 3", "`text`", "70000 bytes", "65536"],
        ),
        (after(&format!("{{\"task\":\"{long}\",\"text\":\"x\"}}")), vec!["line 3", "`task`", "200"]),
        (row("\"score\":0.375"), vec!["line 3", "`score`", "0.375", "bin them"]),
        (row("\"score\":true"), vec!["line 3", "`score`", "true or false"]),
        (row("\"score\":[1,\"secret\"]"), vec!["line 3", "`score`", "mixes"]),
        (row("\"score\":[1,2]"), vec!["line 3", "`score`", "must be 0, 1, true or false"]),
        (row("\"score\":[1,0]"), vec!["one value", "set of labels"]),
        (row("\"score\":1,\"max_score\":\"three\""), vec!["line 3", "`max_score`", "not a whole number"]),
        (row("\"score\":1,\"reference\":3"), vec!["line 3", "`reference`", "not a string"]),
        (row("\"score\":99999"), vec!["line 3", "task `q`", "99999", "far from the others"]),
        (row("\"score\":1,\"id\":[]"), vec!["line 3", "`id`"]),
        (row("\"score\":1,\"id\":\"a\\nb\""), vec!["line 3", "`id`", "line end"]),
        (row("\"score\":1,\"id\":\"\""), vec!["line 3", "`id`", "empty"]),
        (jsonl("{\"task\":\"q\",\"text\":\"secret\"}"), vec!["task `q`", "`score`", "columns.target"]),
        (
            jsonl(
                "{\"task\":\"q\",\"text\":\"secret\",\"score\":1}\n{\"task\":\"q\",\"text\":\"b\",\"score\":1}",
            ),
            vec!["task `q`", "same score", "levels"],
        ),
        (
            jsonl(
                "{\"task\":\"q\",\"text\":\"a\",\"score\":1,\"max_score\":2}\n{\"task\":\"q\",\"text\":\"b\",\"score\":1,\"max_score\":3}",
            ),
            vec!["line 2", "highest score"],
        ),
        (
            jsonl(
                "{\"task\":\"q\",\"text\":\"a\",\"id\":\"7\",\"score\":1}\n{\"task\":\"q\",\"text\":\"b\",\"id\":7,\"score\":0}",
            ),
            vec!["line 2", "`id`", "line 1"],
        ),
        (
            jsonl(
                "{\"task\":\"q\",\"text\":\"a\",\"labels\":{\"m\":1,\"n\":0}}\n{\"task\":\"q\",\"text\":\"b\",\"labels\":{\"m\":1}}",
            ),
            vec!["line 2", "`n`", "fill in"],
        ),
        (
            jsonl(
                "{\"task\":\"q\",\"text\":\"a\",\"labels\":[1,0]}\n{\"task\":\"q\",\"text\":\"b\",\"labels\":[1]}",
            ),
            vec!["line 2", "`labels`", "1 values", "2 labels"],
        ),
    ];
    let failed: Vec<_> = cases
        .into_iter()
        .enumerate()
        .filter_map(|(i, (r, parts))| message(r, &parts).map(|m| (i, m)))
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn errors_in_csv_name_the_line_where_the_row_begins() {
    let head = "id,text,score\n1,\"secret\nof two lines\",1\n\n2,secret,0\n";
    let after = |rest: &str| csv(&format!("{head}{rest}"));
    let cases: Vec<(Result<Dataset>, Vec<&str>)> = vec![
        (csv(""), vec!["answers.csv", "empty"]),
        (csv("text,score\n"), vec!["answers.csv", "no rows"]),
        (after("3,secret\n"), vec!["line 6", "2 cells", "header has 3", "quotes", "`data.delimiter`"]),
        (after("3,secret, and more,1\n"), vec!["line 6", "4 cells"]),
        (after("3,secret,x\n"), vec!["line 6", "`score`", "not a number", "softmax"]),
        (after("3,secret,0.5\n"), vec!["line 6", "`score`", "0.5"]),
        (after("3,\"secret,1\n4,secret,0\n"), vec!["line 6", "quote", "never closed"]),
        (after("3,secret,\"1\n4,secret,0\n"), vec!["line 6", "quote", "never closed"]),
        (after("1,secret,1\n"), vec!["line 6", "`id`", "line 2"]),
        (csv("secret one,1,0\nsecret two,0,1\n"), vec!["line 1", "row of data"]),
        (
            csv("text,heat,heat\nsecret,1,0\n"),
            vec!["line 1", "column 3", "duplicate column name", "label_columns"],
        ),
        (csv("text,\"heat\nsecret\"\nsecret,1\n"), vec!["line 1", "column 2", "line end"]),
        (csv(&format!("text,{}\nx,1\n", "secret ".repeat(40))), vec!["line 1", "column 2", "279 bytes"]),
        (csv("text,,heat\nsecret,0,1\n"), vec!["line 1", "column 2", "no name"]),
        (csv("id,answer,score\n1,secret,1\n2,secret b,0\n"), vec!["`id`", "columns.text"]),
        (csv("text,heat,remark\nsecret,1,very secret\n"), vec!["line 2", "column 3", "label_columns"]),
        (csv("text,heat,mass\nsecret,1,0\nsecret,1,\n"), vec!["line 3", "`mass`", "fill in 0 or 1"]),
        (
            csv_with("answer,score\nsecret,1\n", &ReadOptions::default(), None),
            vec!["line 2", "`task`", "fixed_task"],
        ),
    ];
    let failed: Vec<_> = cases
        .into_iter()
        .enumerate()
        .filter_map(|(i, (r, parts))| message(r, &parts).map(|m| (i, m)))
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn column_that_a_setting_names_must_exist() {
    let mut failed = Vec::new();
    for (i, field) in
        ["text", "task", "group", "reference", "id", "split_key", "max_score"].iter().enumerate()
    {
        let options: ReadOptions =
            serde_json::from_str(&format!("{{\"columns\":{{\"{field}\":\"absent\"}}}}")).unwrap();
        failed.extend(message(jsonl_with(SCORES, &options, None), &["`absent`"]).map(|m| (i, m)));
        let csv = csv_with("text,task,score\nsecret,q,1\nsecret b,q,0\n", &options, None);
        failed.extend(message(csv, &["`absent`"]).map(|m| (i + 100, m)));
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn bytes_that_are_not_utf_8_are_refused_with_the_line() {
    let cases: [(&[u8], &[&str]); 3] = [
        (b"text,score\ngood,1\nsecret caf\xe9,0\n", &["line 3", "column 1", "UTF-8", "`data.encoding`"]),
        (b"\xff\xfet\0e\0x\0t", &["UTF-16"]),
        (b"\xfe\xff\0t\0e\xd8", &["UTF-16"]),
    ];
    for (bytes, parts) in cases {
        let result = parse("answers.csv", bytes, Format::Csv, &one_task(), None);
        assert_eq!(message(result, parts), None);
    }
}

#[test]
fn test_file_that_does_not_match_the_tasks_is_refused() {
    let tasks = jsonl(SCORES).unwrap().tasks;
    let read = |text: &str, tasks: &[TaskData]| jsonl_with(text, &ReadOptions::default(), Some(tasks));
    let classes = [TaskData {
        id: "q".into(),
        name: "q".into(),
        head: HeadKind::Softmax,
        labels: names(&["right", "wrong"]),
        points: Vec::new(),
    }];
    let cases: Vec<(Result<Dataset>, Vec<&str>)> = vec![
        (
            read("{\"task\":\"q3\",\"text\":\"secret\",\"score\":1}", &tasks),
            vec!["line 1", "`task`", "`q2`, `q10`"],
        ),
        (read("{\"text\":\"secret\",\"score\":1}", &tasks), vec!["line 1", "`task`", "missing"]),
        (
            read("{\"task\":\"q2\",\"text\":\"secret\",\"score\":3}", &tasks),
            vec!["line 1", "`score`", "score 3 is outside 0..=2 of task `q2`", "levels"],
        ),
        (read("{\"task\":\"q2\",\"text\":\"secret\",\"score\":-1}", &tasks), vec!["score -1 is outside"]),
        (
            read("{\"task\":\"q2\",\"text\":\"secret\",\"score\":[1]}", &tasks),
            vec!["line 1", "a set of labels, but task `q2`"],
        ),
        (
            read("{\"text\":\"secret\",\"label\":\"a secret class\"}", &classes),
            vec!["line 1", "`label`", "2 names", "`data.classes`"],
        ),
    ];
    let failed: Vec<_> = cases
        .into_iter()
        .enumerate()
        .filter_map(|(i, (r, parts))| message(r, &parts).map(|m| (i, m)))
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn files_are_read_by_their_extension() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let lines = read(&write("a.jsonl", SCORES), &ReadOptions::default()).unwrap();
    assert_eq!(lines.answers.len(), 3);
    let tabs = read(&write("a.tsv", "text\tscore\nIt, floats.\t1\nx\t0\n"), &one_task()).unwrap();
    assert_eq!(tabs.answers[0].text, "It, floats.");
    let path = write("a.data", SCORES);
    assert_eq!(
        message(read(&path, &ReadOptions::default()), &["`data.format`", "json-lines", "csv", "spreadsheet"]),
        None
    );
    let options = ReadOptions { format: Some(Format::JsonLines), ..ReadOptions::default() };
    // Notes about a scale are given only for the file that defines it.
    let want = Dataset { notes: Vec::new(), ..lines.clone() };
    assert_eq!(read_for(&path, &options, &lines.tasks).unwrap(), want);
    let absent = folder.path().join("absent.csv");
    assert_eq!(message(read(&absent, &one_task()), &["absent.csv", "cannot be opened"]), None);
}

#[test]
fn unknown_options_are_refused() {
    assert!(serde_json::from_str::<ReadOptions>("{\"columns\":{\"txet\":\"x\"}}").is_err());
    assert!(serde_json::from_str::<ReadOptions>("{\"colums\":{}}").is_err());
}

#[test]
fn data_sets_with_the_same_tasks_are_joined() {
    let train = jsonl(SCORES).unwrap();
    let more = "{\"id\":\"b1\",\"task\":\"q2\",\"text\":\"Soil.\"}\n";
    let more = jsonl_with(more, &ReadOptions::default(), Some(&train.tasks)).unwrap();
    let mut both = train.clone();
    both.append(more).unwrap();
    assert_eq!((both.answers.len(), both.labelled()), (4, 3));
    assert_ne!(both.blake3, train.blake3);
    assert!(
        both.clone().append(train.clone()).unwrap_err().to_string().contains("id of an answer in the first")
    );
    let other = csv("text,score\nx,1\ny,0\n").unwrap();
    assert!(both.append(other).unwrap_err().to_string().contains("different tasks"));
    assert_eq!(train.subset(&[2, 0]).answers[0].id, "a3");
}

#[test]
fn target_fits_only_its_kind_and_range() {
    let task = |head| TaskData {
        id: "q".into(),
        name: "q".into(),
        head,
        labels: names(&["a", "b"]),
        points: Vec::new(),
    };
    assert!(task(HeadKind::Ordinal).takes(&Target::Level(1)));
    assert!(!task(HeadKind::Ordinal).takes(&Target::Level(2)));
    assert!(!task(HeadKind::Softmax).takes(&Target::Level(1)));
    assert!(task(HeadKind::Sigmoid).takes(&Target::Labels(vec![true, true])));
    assert!(!task(HeadKind::Sigmoid).takes(&Target::Labels(vec![true])));
    assert!(task(HeadKind::Sigmoid).takes(&Target::Missing));
}

#[test]
fn marks_of_missing_scores_are_not_classes_and_are_reported() {
    let text = "text,label\na,right\nb,NA\nc,wrong\nd,#N/A\ne,NA\nf,\n";
    let dataset = csv(text).unwrap();
    assert_eq!(dataset.tasks[0].labels, names(&["right", "wrong"]));
    assert_eq!(dataset.labelled(), 2);
    assert_eq!(dataset.notes.len(), 1);
    assert!(
        dataset.notes[0].contains("3 of 6 answers") && dataset.notes[0].contains("`NA` 2"),
        "{:?}",
        dataset.notes
    );
    // A mark in `classes` is a class.
    let options = ReadOptions { classes: names(&["right", "wrong", "NA"]), ..one_task() };
    let dataset = csv_with("text,label\na,right\nb,NA\nc,wrong\n", &options, None).unwrap();
    assert_eq!(targets(&dataset)[1], Target::Class(2));
    let lines =
        "{\"text\":\"x\",\"score\":1}\n{\"text\":\"y\",\"score\":\"-\"}\n{\"text\":\"z\",\"score\":\"0\"}\n";
    let dataset = jsonl_with(lines, &one_task(), None).unwrap();
    assert_eq!(targets(&dataset), [Target::Level(1), Target::Missing, Target::Level(0)]);
}

#[test]
fn numbers_are_read_in_many_forms_or_refused_with_the_line() {
    for form in ["1,0", "1.0", "+1", "１", "1."] {
        let dataset = csv(&format!("text;score\na;\"{form}\"\nb;0\nc;2\n")).unwrap();
        assert_eq!(dataset.tasks[0].head, HeadKind::Ordinal, "{form}");
        assert_eq!(targets(&dataset)[0], Target::Level(1), "{form}");
    }
    let mut failed = Vec::new();
    for form in ["50%", "1/2", "½", "1,5", "1,000", "2024-01-02", "1-2"] {
        let result = csv(&format!("text;score\na;1\nb;\"{form}\"\nc;0\n"));
        failed.extend(message(result, &["line 3", "`score`"]).map(|m| (form, m)));
        let options = ReadOptions { head: Some(HeadKind::Softmax), ..one_task() };
        let dataset = csv_with(&format!("text;score\na;1\nb;\"{form}\"\nc;0\n"), &options, None).unwrap();
        assert_eq!((dataset.tasks[0].head, dataset.tasks[0].labels.len()), (HeadKind::Softmax, 3), "{form}");
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn names_that_are_numbers_are_the_points_of_their_levels() {
    let text = "text,score\na,1\nb,2\nc,3\n";
    let with = |classes: &[&str], levels| {
        csv_with(text, &ReadOptions { classes: names(classes), levels, ..one_task() }, None)
    };
    assert_eq!(with(&["1", "2", "3"], None).unwrap().tasks[0].points, [1, 2, 3]);
    assert_eq!(with(&["1", "2", "3", "5"], None).unwrap().tasks[0].points, [1, 2, 3, 5]);
    let mut failed = Vec::new();
    for (classes, levels, part) in [
        (&["3", "2", "1"][..], None, "names 3 before 2"),
        (&["1", "2", "three"], None, "2 of 3 levels by numbers"),
        (&["1", "2", "3"], Some([0, 2]), "leave one of them out"),
        (&["low", "middle", "high"], Some([0, 3]), "names 3 levels"),
    ] {
        failed.extend(message(with(classes, levels), &[part]));
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn gaps_in_a_scale_are_kept_reported_or_refused() {
    let with = |scores: &[i32]| {
        let rows: Vec<String> = scores.iter().enumerate().map(|(i, s)| format!("answer {i},{s}\n")).collect();
        csv(&format!("text,score\n{}", rows.concat()))
    };
    let even = with(&[0, 2, 4, 2]).unwrap();
    assert_eq!(even.tasks[0].points, [0, 2, 4]);
    assert_eq!(targets(&even), [0, 1, 2, 1].map(Target::Level));
    assert!(even.notes[0].contains("0, 2, 4"), "{:?}", even.notes);
    let lacking = with(&[0, 1, 3, 1]).unwrap();
    assert_eq!(lacking.tasks[0].points, [0, 1, 2, 3]);
    assert!(lacking.notes[0].contains("no answer has the score 2"), "{:?}", lacking.notes);
    assert_eq!(
        message(
            with(&[0, 1, 2, 99, 1]),
            &["line 5", "score 99", "1 of 5", "`data.levels`", "`data.classes`"]
        ),
        None
    );
    // A test file cannot have a score between the points.
    let test = csv_with("text,score\na,3\n", &one_task(), Some(&even.tasks));
    assert_eq!(message(test, &["line 2", "score 3", "between the points"]), None);
    assert!(with(&[0, 1, 2]).unwrap().notes.is_empty());
}

#[test]
fn only_names_that_are_used_are_checked() {
    let text = "id,task,text,score,\"Why does it\r\ngrow?\",,\"Why does it\r\ngrow?\"\r\n1,q,a,1,x,y,z\r\n2,q,b,0,x,y,z\r\n";
    assert_eq!(csv_with(text, &ReadOptions::default(), None).unwrap().answers.len(), 2);
    // The name of the answer column is a question, with other line ends in the recipe.
    let mut options = one_task();
    options.columns.text = Some("Q1: Why does it\ngrow?".into());
    let text = "id,score,\"Q1: Why does it\r\ngrow?\"\r\n1,1,heat\r\n2,0,magic\r\n";
    assert_eq!(csv_with(text, &options, None).unwrap().answers[0].text, "heat");
}

#[test]
fn encoding_is_detected_or_set() {
    let (text, want) = ("text;score\nes wird größer;1\nnein;0\n", "es wird größer");
    let utf_16: Vec<u8> =
        [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let named = ReadOptions { encoding: Some("windows-1252".into()), ..one_task() };
    for (bytes, options) in [(utf_16, one_task()), (latin.clone(), named)] {
        let dataset = parse("a.csv", &bytes, Format::Csv, &options, None).unwrap();
        assert_eq!(dataset.answers[0].text, want);
    }
    assert_eq!(
        message(parse("a.csv", &latin, Format::Csv, &one_task(), None), &["line 2", "`data.encoding`"]),
        None
    );
    let unknown = ReadOptions { encoding: Some("latin-99".into()), ..one_task() };
    assert_eq!(
        message(parse("a.csv", &latin, Format::Csv, &unknown, None), &["not known", "windows-1252"]),
        None
    );
}

#[test]
fn line_of_a_json_object_counts_every_kind_of_line_end() {
    for end in ["\n", "\r\n", "\r"] {
        let text =
            [SCORES.trim_end().replace('\n', end), String::new(), "{\"task\":\"q2\"}".into()].join(end);
        assert_eq!(message(jsonl(&text), &["line 5", "`text`"]), None, "{end:?}");
    }
}

#[test]
fn spreadsheets_are_read_and_errors_name_their_rows() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tables/tests/fixtures/class.xls");
    let folder = tempfile::tempdir().unwrap();
    let as_csv = folder.path().join("class.csv");
    std::fs::copy(&path, &as_csv).unwrap();
    for path in [path, as_csv] {
        assert_eq!(message(read(&path, &one_task()), &["row 4", "`score`", "0.5"]), None);
        let mut options = one_task();
        options.columns.target = Some("day".into());
        assert_eq!(message(read(&path, &options), &["row 4", "`day`", "a date"]), None);
        options.columns.target = Some("id".into());
        options.columns.id = Some("text".into());
        options.columns.text = Some("day".into());
        let dataset = read(&path, &options).unwrap();
        assert_eq!(targets(&dataset), [Target::Level(0), Target::Level(1)]);
        assert_eq!(dataset.tasks[0].points, [1, 2]);
        // The sheet setting is ignored for a file with a CSV extension.
        options.sheet = Some("Notes".into());
        assert_eq!(read(&path, &options).is_err(), path.extension().is_some_and(|e| e == "xls"));
    }
}

#[test]
fn likely_second_ratings_and_likely_levels_are_reported() {
    let noted = |text: &str, part: &str| csv(text).unwrap().notes.iter().any(|note| note.contains(part));
    for name in ["score2", "Score_2", "rater 2", "Human2 score", "second_score"] {
        assert!(noted(&format!("text,score,{name}\na,1,0\nb,0,0\n"), "second rating"), "{name}");
    }
    assert!(noted("text,score,rater 2\na,1,0\nb,0,0\n", "`data.columns.score2` to its name"));
    assert!(!noted("text,score,student2,part\na,1,0,x\nb,0,0,y\n", "second rating"));
    let lines = "{\"text\":\"a\",\"score\":1,\"score2\":0}\n{\"text\":\"b\",\"score\":0}\n";
    assert!(jsonl_with(lines, &one_task(), None).unwrap().notes[0].contains("`score2`"));
    for scores in [["A", "B-"], ["II", "IV"]] {
        assert!(
            noted(&format!("text,score\na,{}\nb,{}\n", scores[0], scores[1]), "`data.classes`"),
            "{scores:?}"
        );
    }
    assert!(!noted("text,score\na,right\nb,wrong\n", "`data.classes`"));
}
