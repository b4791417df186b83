//! Manifests that break a rule, with a correct hash.

use pupil_core::ErrorKind::{Damaged, TooLarge, Unsupported};
use pupil_core::format::limits::{MAX_LABELS, MAX_TASKS};
use pupil_core::format::manifest::{HeadKind, Label, Scale};
use pupil_tests::{Fixture, Raw};
use serde_json::json;

use crate::{assert_all_refused, broken, open, tiny};

#[test]
fn manifest_that_breaks_a_rule_is_refused() {
    assert_all_refused(&[
        ("no JSON", |raw| raw.set_manifest_text("{".into()), Damaged, "manifest cannot be read"),
        ("no object", |raw| raw.set_manifest_text("[1]".into()), Damaged, "manifest cannot be read"),
        ("later format", |raw| raw.edit(|m| m["format"] = json!(2)), Unsupported, "format 2"),
        (
            "later format of another shape",
            |raw| raw.set_manifest_text(r#"{"format":7,"everything":"else"}"#.into()),
            Unsupported,
            "format 7",
        ),
        ("format 0", |raw| raw.edit(|m| m["format"] = json!(0)), Damaged, "format 0"),
        ("format that is no number", |raw| raw.edit(|m| m["format"] = json!("1")), Damaged, "manifest"),
        (
            "unknown family",
            |raw| raw.edit(|m| m["encoders"]["e"]["family"] = json!("transformer")),
            Unsupported,
            "encoder e is of a family",
        ),
        (
            "unknown tokenizer",
            |raw| raw.edit(|m| m["tokenizers"]["t"]["kind"] = json!("syllables")),
            Unsupported,
            "tokenizer t is of a kind",
        ),
        (
            "unknown head",
            |raw| raw.edit(|m| m["tasks"][0]["head"]["kind"] = json!("ranking")),
            Unsupported,
            "task balloons has a head",
        ),
        (
            "unknown input",
            |raw| raw.edit(|m| m["tasks"][0]["input"] = json!("drawing")),
            Unsupported,
            "task balloons reads an input",
        ),
        (
            "task twice",
            |raw| {
                raw.edit(|m| {
                    let task = m["tasks"][0].clone();
                    m["tasks"].as_array_mut().unwrap().push(task);
                })
            },
            Damaged,
            "duplicate task balloons",
        ),
        (
            "task without name",
            |raw| raw.edit(|m| m["tasks"][0]["id"] = json!("")),
            Damaged,
            "task has a name of 0 bytes",
        ),
        (
            "task with a long name",
            |raw| raw.edit(|m| m["tasks"][0]["id"] = json!("x".repeat(129))),
            Damaged,
            "129 bytes",
        ),
        (
            "task with a line break in its name",
            |raw| raw.edit(|m| m["tasks"][0]["id"] = json!("a\nb")),
            Damaged,
            "control character",
        ),
        (
            "task of a missing encoder",
            |raw| raw.edit(|m| m["tasks"][0]["encoder"] = json!("f")),
            Damaged,
            "task balloons names the missing encoder f",
        ),
        (
            "encoder of a missing tokenizer",
            |raw| raw.edit(|m| m["encoders"]["e"]["tokenizer"] = json!("u")),
            Damaged,
            "encoder e names the missing tokenizer u",
        ),
        (
            "tokenizer in the section of another",
            |raw| raw.edit(|m| m["tokenizers"]["t"]["section"] = json!("encoder.e.bias")),
            Damaged,
            "tokenizer t does not name its section",
        ),
        (
            "no embedding",
            |raw| raw.edit(|m| m["encoders"]["e"]["vocab"] = json!(0)),
            Damaged,
            "e has vocab 0",
        ),
        (
            "more embeddings than there are",
            |raw| raw.edit(|m| m["encoders"]["e"]["vocab"] = json!(4)),
            Damaged,
            "section encoder.e.embedding",
        ),
        (
            "more units than there are",
            |raw| raw.edit(|m| m["encoders"]["e"]["hidden"] = json!(3)),
            Damaged,
            "encoder.e",
        ),
        (
            "too many units",
            |raw| raw.edit(|m| m["encoders"]["e"]["hidden"] = json!(513)),
            TooLarge,
            "e has hidden 513",
        ),
        (
            "embedding too wide",
            |raw| raw.edit(|m| m["encoders"]["e"]["embedding"] = json!(4096)),
            TooLarge,
            "e has embedding 4096",
        ),
        ("negative size", |raw| raw.edit(|m| m["encoders"]["e"]["hidden"] = json!(-1)), Damaged, "manifest"),
        (
            "head too wide",
            |raw| raw.edit(|m| m["tasks"][0]["head"]["hidden"] = json!(5000)),
            TooLarge,
            "balloons has head.hidden 5000",
        ),
        (
            "head of another width",
            |raw| raw.edit(|m| m["tasks"][0]["head"]["hidden"] = json!(3)),
            Damaged,
            "task.balloons.hidden",
        ),
        (
            "label too many for the head",
            |raw| {
                raw.edit(|m| {
                    m["tasks"][0]["labels"].as_array_mut().unwrap().push(json!({"name": "3"}));
                    m["tasks"][0]["thresholds"] = json!([0.5, 1.5, 2.5]);
                })
            },
            Damaged,
            "section task.balloons.cuts has shape [2]",
        ),
        (
            "label twice",
            |raw| raw.edit(|m| m["tasks"][0]["labels"][1]["name"] = json!("0")),
            Damaged,
            "duplicate label 0",
        ),
        (
            "label without name",
            |raw| raw.edit(|m| m["tasks"][0]["labels"][1]["name"] = json!("")),
            Damaged,
            "task balloons: a label has a name of 0 bytes",
        ),
        (
            "label with a long name",
            |raw| raw.edit(|m| m["tasks"][0]["labels"][1]["name"] = json!("é".repeat(65))),
            Damaged,
            "a label has a name of 130 bytes",
        ),
        (
            "label with a control character",
            |raw| raw.edit(|m| m["tasks"][0]["labels"][1]["name"] = json!("\u{1b}[2J")),
            Damaged,
            "a label has a name with a control character",
        ),
        (
            "one level",
            |raw| {
                raw.edit(|m| {
                    m["tasks"][0]["labels"] = json!([{"name": "0"}]);
                    m["tasks"][0]["thresholds"] = json!([]);
                })
            },
            Damaged,
            "has 1 labels, its head needs 2",
        ),
        (
            "threshold too few",
            |raw| raw.edit(|m| m["tasks"][0]["thresholds"] = json!([0.5])),
            Damaged,
            "has 1 thresholds, its head needs 2",
        ),
        (
            "thresholds that fall",
            |raw| raw.edit(|m| m["tasks"][0]["thresholds"] = json!([1.5, 0.5])),
            Damaged,
            "thresholds 1.5 and 0.5, they must rise",
        ),
        (
            "equal thresholds",
            |raw| raw.edit(|m| m["tasks"][0]["thresholds"] = json!([1.0, 1.0])),
            Damaged,
            "they must rise",
        ),
        (
            "threshold beyond the scale",
            |raw| raw.edit(|m| m["tasks"][0]["thresholds"] = json!([0.5, 2.5])),
            Damaged,
            "threshold 2.5, it must lie in 0..=2",
        ),
        (
            "threshold too large for a float",
            |raw| raw.edit(|m| m["tasks"][0]["thresholds"] = json!([0.5, 1e300])),
            Damaged,
            "threshold inf",
        ),
        (
            "threshold that is no number",
            |raw| raw.edit(|m| m["tasks"][0]["thresholds"] = json!([0.5, null])),
            Damaged,
            "manifest cannot be read",
        ),
        (
            "ordinal head without a scale",
            |raw| raw.edit(|m| m["tasks"][0]["scale"] = json!(null)),
            Damaged,
            "head of kind ordinal and no scale",
        ),
        (
            "scale beyond exact floats",
            |raw| raw.edit(|m| m["tasks"][0]["scale"]["min"] = json!(i32::MIN)),
            Damaged,
            "scale from -2147483648",
        ),
        (
            "temperature 0",
            |raw| raw.edit(|m| m["tasks"][0]["calibration"]["temperature"] = json!(0)),
            Damaged,
            "temperature 0",
        ),
        (
            "negative temperature",
            |raw| raw.edit(|m| m["tasks"][0]["calibration"]["temperature"] = json!(-1)),
            Damaged,
            "temperature -1",
        ),
        (
            "infinite temperature",
            |raw| raw.edit(|m| m["tasks"][0]["calibration"]["temperature"] = json!(1e200)),
            Damaged,
            "temperature inf",
        ),
        (
            "share of unknown words above 1",
            |raw| raw.edit(|m| m["tasks"][0]["review"]["max_unknown"] = json!(1.5)),
            Damaged,
            "review.max_unknown 1.5",
        ),
        (
            "negative confidence",
            |raw| raw.edit(|m| m["tasks"][0]["review"]["min_confidence"] = json!(-0.5)),
            Damaged,
            "review.min_confidence -0.5",
        ),
        (
            "confidence of a label above 1",
            |raw| raw.edit(|m| m["tasks"][0]["labels"][1]["min_confidence"] = json!(1.25)),
            Damaged,
            "min_confidence 1.25 of label",
        ),
        (
            "no tasks at all",
            |raw| {
                raw.edit(|m| {
                    m.as_object_mut().unwrap().remove("tasks");
                })
            },
            Damaged,
            "missing field `tasks`",
        ),
        (
            "encoder twice",
            |raw| {
                let text = raw.manifest().to_string();
                let encoder = raw.manifest()["encoders"]["e"].to_string();
                raw.set_manifest_text(text.replacen(
                    r#""encoders":{"#,
                    &format!(r#""encoders":{{"e":{encoder},"#),
                    1,
                ));
            },
            Damaged,
            "duplicate key `e`",
        ),
        (
            "two lists of tasks",
            |raw| {
                let text = raw.manifest().to_string();
                raw.set_manifest_text(text.replacen(r#""tasks":"#, r#""tasks":[],"tasks":"#, 1));
            },
            Damaged,
            "duplicate key `tasks`",
        ),
    ]);
}

#[test]
fn sigmoid_head_takes_no_scale_and_thresholds_within_0_and_1() {
    let mut fixture = tiny();
    let task = &mut fixture.manifest.tasks[0];
    task.head.kind = HeadKind::Sigmoid;
    task.thresholds = vec![0.5, 0.5, 1.0];
    let error = fixture.builder().to_bytes().unwrap_err();
    assert!(error.to_string().contains("head of kind sigmoid and a scale"), "{error}");
    fixture.manifest.tasks[0].scale = None;
    assert!(fixture.builder().to_bytes().is_ok());
    fixture.manifest.tasks[0].thresholds[1] = 1.25;
    let error = fixture.builder().to_bytes().unwrap_err();
    assert!(error.to_string().contains("threshold 1.25, it must lie in 0..=1"), "{error}");
}

#[test]
fn softmax_head_takes_no_thresholds_and_an_optional_scale() {
    let mut fixture = tiny();
    fixture.manifest.tasks[0].head.kind = HeadKind::Softmax;
    let error = fixture.builder().to_bytes().unwrap_err();
    assert!(error.to_string().contains("has 2 thresholds, its head needs 0"), "{error}");
    fixture.manifest.tasks[0].thresholds.clear();
    assert!(fixture.builder().to_bytes().is_ok());
    fixture.manifest.tasks[0].scale = None;
    assert!(fixture.builder().to_bytes().is_ok());
}

#[test]
fn label_count_is_compared_with_the_width_of_the_head() {
    let whole = Fixture::new(1).bytes();
    for (task, thresholds) in [(1, json!([0.5, 0.5, 0.5, 0.5])), (2, json!([])), (4, json!([]))] {
        let mut raw = Raw::parse(&whole);
        let id = raw.manifest()["tasks"][task]["id"].as_str().unwrap().to_owned();
        raw.edit(|m| {
            m["tasks"][task]["labels"].as_array_mut().unwrap().push(json!({"name": "one more"}));
            m["tasks"][task]["thresholds"] = thresholds;
        });
        let error = open(raw.to_bytes()).unwrap_err();
        assert_eq!(error.kind(), Damaged);
        assert!(error.to_string().starts_with(&format!("section task.{id}.output")), "{error}");
    }
}

#[test]
fn counts_beyond_their_limits_are_refused() {
    let error = broken(|raw| {
        raw.edit(|m| {
            let task = m["tasks"][0].clone();
            m["tasks"] = (0..=MAX_TASKS)
                .map(|i| {
                    // A minimal task, to stay within the limit of the header.
                    json!({"id": i.to_string(), "encoder": "e", "head": task["head"], "labels": []})
                })
                .collect();
        });
    })
    .unwrap_err();
    assert_eq!(error.kind(), TooLarge);
    assert!(error.to_string().contains("4097 tasks"), "{error}");

    let mut fixture = tiny();
    let task = &mut fixture.manifest.tasks[0];
    task.labels = (0..=MAX_LABELS).map(|i| Label::named(i.to_string())).collect();
    task.thresholds = (0u16..1024).map(|i| f32::from(i) + 0.5).collect();
    task.scale = Some(Scale { min: 0, ..Scale::default() });
    let error = fixture.manifest.check().unwrap_err();
    assert_eq!(error.kind(), TooLarge);
    assert!(error.to_string().contains("1025 labels"), "{error}");
}

#[test]
fn field_that_this_version_does_not_know_is_ignored() {
    let scorer = broken(|raw| {
        raw.edit(|m| {
            m["later"] = json!({"deep": [1, 2, 3]});
            m["tasks"][0]["hint"] = json!("x");
            m["encoders"]["e"]["note"] = json!(null);
        });
    })
    .unwrap();
    assert_eq!(scorer.tasks().count(), 1);
}

#[test]
fn optional_fields_have_their_documented_defaults() {
    let scorer = broken(|raw| {
        raw.edit(|m| {
            for field in ["description", "licence", "attribution", "created_by", "training"] {
                m.as_object_mut().unwrap().remove(field);
            }
            for field in ["name", "prompt", "input", "calibration", "review", "metrics"] {
                m["tasks"][0].as_object_mut().unwrap().remove(field);
            }
        });
    })
    .unwrap();
    let task = scorer.tasks().next().unwrap();
    assert_eq!((task.calibration.temperature, task.review.min_words), (1.0, 1));
    assert_eq!((task.review.max_unknown, task.review.min_confidence), (0.5, 0.0));
}

#[test]
fn names_of_any_script_are_allowed() {
    let mut fixture = tiny();
    fixture.manifest.tasks[0].id = "Luft & Wärme: 気球.hidden".into();
    let scorer = open(fixture.bytes()).unwrap();
    assert!(scorer.score("Luft & Wärme: 気球.hidden", "warm air").is_ok());
}
