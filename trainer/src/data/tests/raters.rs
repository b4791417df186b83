//! Second raters.

use super::*;

fn asked(options: ReadOptions) -> ReadOptions {
    ReadOptions { second_scores: true, ..options }
}

fn seconds(dataset: &Dataset) -> Vec<Target> {
    dataset.answers.iter().map(|a| a.second.clone()).collect()
}

#[test]
fn second_scores_are_read_from_every_layout_where_they_are_asked_for() {
    let lines = concat!(
        r#"{"text":"a","score":1,"score2":0,"max_score":2}"#,
        "\n",
        r#"{"text":"b","score":0,"score2":null,"max_score":2}"#,
        "\n",
        r#"{"text":"c","score":2,"score2":"2.0","max_score":2}"#,
        "\n",
        r#"{"text":"d","score2":1,"max_score":2}"#,
        "\n"
    );
    let table = "text,score,score2,max_score\na,1,0,2\nb,0,NA,2\nc,2,2.0,2\nd,,1,2\n";
    let level = Target::Level;
    for dataset in [
        jsonl_with(lines, &asked(one_task()), None).unwrap(),
        csv_with(table, &asked(one_task()), None).unwrap(),
    ] {
        assert_eq!(targets(&dataset), [level(1), level(0), level(2), Target::Missing]);
        assert_eq!(seconds(&dataset), [level(0), Target::Missing, level(2), level(1)]);
        let note = dataset.notes.last().unwrap();
        assert!(note.contains("2 of 3 graded answers have a second score in `score2`"), "{note}");
        assert!(note.ends_with("differs from the first in 1"), "{note}");
    }
    // Where they are not asked for, nothing is read, whatever the field holds.
    let dataset = csv(&table.replace("a,1,0,2", "a,1,nonsense,2")).unwrap();
    assert!(seconds(&dataset).iter().all(|second| *second == Target::Missing));
    assert_eq!(jsonl_with(lines, &one_task(), None).unwrap().blake3, {
        jsonl_with(lines, &asked(one_task()), None).unwrap().blake3
    });
}

#[test]
fn second_scores_of_spreadsheets_are_read_by_their_name() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tables/tests/fixtures/class.xls");
    let mut options = asked(one_task());
    options.columns.target = Some("id".into());
    options.columns.id = Some("text".into());
    options.columns.text = Some("day".into());
    options.columns.score2 = Some("id".into());
    let dataset = read(&path, &options).unwrap();
    assert_eq!(seconds(&dataset), targets(&dataset));
}

#[test]
fn second_scores_have_names_and_labels_as_the_first_ones() {
    let mut options = asked(one_task());
    options.columns.score2 = Some("rater b".into());
    let dataset = csv_with("text,label,Rater B\na,right,wrong\nb,wrong,wrong\n", &options, None).unwrap();
    assert_eq!(seconds(&dataset), [Target::Class(1), Target::Class(1)]);
    let lines = r#"{"text":"a","labels":{"cause":1,"effect":0},"score2":{"cause":1,"effect":1}}"#;
    let dataset = jsonl_with(lines, &asked(one_task()), None).unwrap();
    assert_eq!(seconds(&dataset), [Target::Labels(vec![true, true])]);
    // A column that a recipe names is no rubric label, even where it is not read.
    let mut named = one_task();
    named.columns.score2 = Some("other".into());
    let dataset = csv_with("text,cause,effect,other\na,1,0,7\nb,0,1,x\n", &named, None).unwrap();
    assert_eq!(dataset.tasks[0].labels, ["cause", "effect"]);
}

#[test]
fn broken_second_scores_are_refused_with_their_line() {
    let read = |table: &str| csv_with(table, &asked(one_task()), None);
    for (table, parts) in [
        ("text,score,score2\nsecret,1,3\nb,0,0\n", &["line 2", "`score2`", "score 3 is outside 0..=1"][..]),
        ("text,score,score2\nsecret,1,0\nb,0,1/2\n", &["line 3", "`score2`", "a fraction or a date"]),
        ("text,label,score2\nsecret,x,y\nb,y,z\n", &["line 3", "`score2`", "not one of the 2 names"]),
        ("text,score\nsecret,1\nb,0\n", &["no field `score2`", "data.columns.score2", "data.second_rater"]),
    ] {
        assert_eq!(message(read(table), parts), None, "{table}");
    }
    let lines = "{\"text\":\"secret\",\"score\":1,\"score2\":[1]}\n{\"text\":\"b\",\"score\":0}\n";
    let broken = jsonl_with(lines, &asked(one_task()), None);
    assert_eq!(message(broken, &["line 1", "`score2`", "a set of labels"]), None);
    let absent = jsonl_with("{\"text\":\"secret\",\"score\":1}\n", &asked(one_task()), None);
    assert_eq!(message(absent, &["no field `score2`"]), None);
    let mut columns = asked(one_task());
    columns.columns.label_columns = names(&["cause"]);
    let labels = csv_with("text,cause,score2\nsecret,1,0\n", &columns, None);
    assert_eq!(message(labels, &["rubric labels in columns have one rater"]), None);
}
