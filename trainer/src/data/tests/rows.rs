//! Choosing rows by the values of a field, and texts of questions.

use super::*;

const ROWS: &str = r#"{"id":"1","text":"It follows.","label":"yes","split":"train","lang":"en","two_way":true}
{"id":"2","text":"It does not.","label":"no","split":"train","year":7}
{"id":"3","text":"Nobody knows.","label":"no","split":"later","lang":"de","year":8,"two_way":false}
"#;

const TABLE: &str = "id,text,label,split,year,two_way\n1,It follows.,yes,train,,true\n2,It does not.,no,train,7,\n\
                     3,Nobody knows.,no,later,8,false\n";

fn only(setting: &str) -> ReadOptions {
    #[derive(serde::Deserialize)]
    struct File {
        file: DataFile,
    }
    let toml = format!("file = {{ path = \"x\", only = {{ {setting} }} }}");
    let file: File = toml::from_str(&toml).unwrap();
    ReadOptions { only: file.file.settings().only, ..one_task() }
}

fn ids(dataset: &Dataset) -> Vec<&str> {
    dataset.answers.iter().map(|a| a.id.as_str()).collect()
}

#[test]
fn only_rows_with_the_named_values_are_read() {
    for (setting, want) in [
        ("split = \"train\"", &["1", "2"][..]),
        ("year = [7, 8]", &["2", "3"]),
        ("two_way = [\"\", false]", &["2", "3"]),
        ("two_way = true, split = [\"train\", \"later\"]", &["1"]),
    ] {
        let lines =
            jsonl_with(ROWS, &only(setting), Some(&jsonl_with(ROWS, &one_task(), None).unwrap().tasks));
        assert_eq!(ids(&lines.unwrap()), want, "{setting}");
        let table = csv_with(TABLE, &only(setting), Some(&csv_with(TABLE, &one_task(), None).unwrap().tasks));
        assert_eq!(ids(&table.unwrap()), want, "{setting}");
    }
}

#[test]
fn other_rows_are_other_data() {
    let whole = jsonl_with(ROWS, &one_task(), None).unwrap();
    let part = jsonl_with(ROWS, &only("split = \"train\""), None).unwrap();
    let later = jsonl_with(ROWS, &only("split = \"later\""), Some(&whole.tasks)).unwrap();
    assert!(part.blake3 != whole.blake3 && part.blake3 != later.blake3 && whole.blake3 != later.blake3);
}

#[test]
fn fields_and_values_that_no_row_has_are_refused() {
    for (setting, part) in [
        ("part = \"train\"", "`only` names the"),
        ("split = \"test\"", "no row has the values that `only` asks for"),
    ] {
        assert_eq!(message(jsonl_with(ROWS, &only(setting), None), &["answers.jsonl", part]), None);
        assert_eq!(message(csv_with(TABLE, &only(setting), None), &["answers.csv", part]), None);
    }
    let nested: std::result::Result<FileSettings, _> =
        toml::from_str("path = \"x\"\nonly = { year = [[7]] }");
    assert!(nested.unwrap_err().to_string().contains("a value of `only` is a text"));
}

#[test]
fn the_question_is_read_where_it_is_a_text() {
    let question = |rows: &str, options: &ReadOptions| {
        jsonl_with(rows, options, None)
            .unwrap()
            .answers
            .iter()
            .map(|a| a.question.clone())
            .collect::<Vec<_>>()
    };
    let rows = r#"{"text":"A gas.","score":1,"question":"What is air?","asked":"Why?"}
{"text":"A rock.","score":0,"question":null}
"#;
    let why = |text: &str| Some(text.to_owned());
    assert_eq!(question(rows, &one_task()), [why("What is air?"), None]);
    let named = Columns { question: Some("asked".into()), ..one_task().columns };
    assert_eq!(question(rows, &ReadOptions { columns: named.clone(), ..one_task() }), [why("Why?"), None]);
    // The number of a question is not its text.
    let numbered = rows.replace("\"What is air?\"", "12");
    assert_eq!(question(&numbered, &one_task()), [None, None]);
    let named = Columns { question: Some("question".into()), ..named };
    let refused = jsonl_with(&numbered, &ReadOptions { columns: named, ..one_task() }, None);
    assert_eq!(message(refused, &["line 1, field `question`: not a string"]), None);

    // In a table it is a column of its own, never a rubric label.
    let table = csv("text,question,warm,cold\nA gas.,What is air?,1,0\nA rock.,,0,1\n").unwrap();
    assert_eq!(table.tasks[0].labels, ["warm", "cold"]);
    let found: Vec<Option<&str>> = table.answers.iter().map(|a| a.question.as_deref()).collect();
    assert_eq!(found, [Some("What is air?"), None]);
}
