//! Rules of promises about automatic scores: one invalid manifest each.

use pupil_core::ErrorKind::{self, Damaged, TooLarge, Unsupported};
use pupil_core::format::manifest::{Agreement, Guarantee};
use pupil_core::{Decision, ReviewReason, Scorer};
use pupil_tests::Raw;
use serde_json::{Value, json};

use crate::{open, tiny};

/// A promise that breaks no rule.
fn promised() -> Value {
    json!({
        "max_error": 0.05, "confidence": 0.9, "agreement": "exact",
        "answers": 160, "automatic": 120, "wrong": 2, "bound": 0.0437, "tasks": 1
    })
}

/// The tiny model, whose first task has this guarantee.
fn with(guarantee: &Value) -> Result<Scorer, pupil_core::Error> {
    let mut raw = Raw::parse(&tiny().bytes());
    raw.edit(|m| m["tasks"][0]["guarantee"] = guarantee.clone());
    open(raw.to_bytes())
}

#[test]
fn numbers_that_contradict_each_other_are_refused() {
    const MOST: u64 = 1 << 24;
    let rules: [(&str, Value, ErrorKind, &str); 27] = [
        (
            "max_error",
            json!(-0.1),
            Damaged,
            "task balloons has guarantee.max_error -0.1, it must lie in 0..=1",
        ),
        ("max_error", json!(1.5), Damaged, "guarantee.max_error 1.5"),
        ("max_error", json!("0.05"), Damaged, "field `tasks[0].guarantee.max_error` is not a number"),
        ("max_error", json!(1e300), Damaged, "guarantee.max_error inf"),
        ("max_error", json!(0.01), Damaged, "guarantee.bound 0.0437, it must lie in 0..=0.01"),
        ("confidence", json!(1.01), Damaged, "guarantee.confidence 1.01"),
        ("confidence", json!(null), Damaged, "field `tasks[0].guarantee.confidence` is not a number"),
        ("bound", json!(-1), Damaged, "guarantee.bound -1"),
        ("bound", json!(0.0501), Damaged, "guarantee.bound 0.0501, it must lie in 0..=0.05"),
        ("answers", json!(119), Damaged, "guarantee.automatic 120, it must lie in 0..=119"),
        ("answers", json!(-1), Damaged, "field `tasks[0].guarantee.answers` is not a whole number from 0 on"),
        (
            "answers",
            json!(1.5),
            Damaged,
            "field `tasks[0].guarantee.answers` is not a whole number from 0 on",
        ),
        ("answers", json!(MOST + 1), TooLarge, "16777217 calibration answers of a task, at most 16777216"),
        ("answers", json!(1_u64 << 32), TooLarge, "calibration answers of a task, at most 16777216"),
        ("answers", json!(u64::MAX), TooLarge, "calibration answers of a task, at most 16777216"),
        ("automatic", json!(161), Damaged, "guarantee.automatic 161, it must lie in 0..=160"),
        ("automatic", json!(1), Damaged, "guarantee.wrong 2, it must lie in 0..=1"),
        ("automatic", json!(1_u64 << 33), TooLarge, "calibration answers of a task, at most 16777216"),
        ("wrong", json!(121), Damaged, "guarantee.wrong 121, it must lie in 0..=120"),
        ("wrong", json!(MOST + 1), TooLarge, "16777217 calibration answers"),
        ("needed", json!(1_u64 << 32), TooLarge, "calibration answers of a task, at most 16777216"),
        (
            "needed",
            json!("many"),
            Damaged,
            "field `tasks[0].guarantee.needed` is not a whole number from 0 on",
        ),
        ("tasks", json!(0), Damaged, "guarantee.tasks 0, it must lie in 1..=4096"),
        ("tasks", json!(4097), Damaged, "guarantee.tasks 4097"),
        ("tasks", json!(u64::MAX), Damaged, "guarantee.tasks"),
        (
            "agreement",
            json!("about"),
            Unsupported,
            "task balloons promises an agreement that this version does not know",
        ),
        (
            "agreement",
            json!(1),
            Damaged,
            "field `tasks[0].guarantee.agreement`: 1 is none of exact, adjacent",
        ),
    ];
    for (field, value, kind, said) in rules {
        let mut guarantee = promised();
        guarantee[field] = value.clone();
        let error = with(&guarantee).expect_err(field);
        let message = error.to_string();
        assert!(
            error.kind() == kind && message.contains(said),
            "{field} {value}: {:?} {message}",
            error.kind()
        );
    }
    for field in ["max_error", "confidence", "answers", "automatic", "wrong", "bound"] {
        let mut guarantee = promised();
        guarantee.as_object_mut().unwrap().remove(field);
        let message = with(&guarantee).expect_err(field).to_string();
        assert!(message.contains(&format!("missing field `tasks[0].guarantee.{field}`")), "{message}");
    }
    assert!(with(&json!([1])).is_err() && with(&json!(5)).is_err());
}

#[test]
fn promises_are_read_and_written_as_they_were() {
    let scorer = with(&promised()).unwrap();
    let guarantee = scorer.task("balloons").unwrap().guarantee.unwrap();
    let same = Guarantee {
        max_error: 0.05,
        confidence: 0.9,
        agreement: Agreement::Exact,
        answers: 160,
        automatic: 120,
        wrong: 2,
        bound: 0.0437,
        tasks: 1,
        needed: None,
    };
    assert_eq!(guarantee, same);
    assert_eq!(serde_json::to_value(guarantee).unwrap().to_string(), promised_text());
    // Without what may be left out.
    let mut short = promised();
    ["agreement", "tasks"].iter().for_each(|field| drop(short.as_object_mut().unwrap().remove(*field)));
    assert_eq!(with(&short).unwrap().task("balloons").unwrap().guarantee, Some(same));
    assert_eq!(with(&Value::Null).unwrap().task("balloons").unwrap().guarantee, None);
}

/// The promise as a file has it: 32-bit floats with the fewest digits.
fn promised_text() -> String {
    let text = "{\"max_error\":0.05,\"confidence\":0.9,\"agreement\":\"exact\",\"answers\":160,\"automatic\":120,\"wrong\":2,\
                \"bound\":0.0437,\"tasks\":1}";
    let guarantee: Guarantee = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&guarantee).unwrap(), text);
    serde_json::to_value(guarantee).unwrap().to_string()
}

#[test]
fn nothing_is_automatic_without_a_promise_however_sure_the_model_is() {
    let decision = |guarantee: &Value| {
        let mut raw = Raw::parse(&tiny().bytes());
        raw.edit(|m| {
            m["tasks"][0]["guarantee"] = guarantee.clone();
            m["tasks"][0]["review"] = json!({ "min_words": 1, "max_unknown": 1.0, "min_confidence": 0.0 });
        });
        open(raw.to_bytes()).unwrap().score("balloons", "warm air").unwrap().decision
    };
    assert_eq!(decision(&promised()), Decision::Automatic);
    assert_eq!(decision(&Value::Null), Decision::Automatic);
    let mut none = promised();
    none["automatic"] = json!(0);
    none["wrong"] = json!(0);
    none["bound"] = json!(1.0);
    none["needed"] = json!(210);
    assert_eq!(decision(&none), Decision::Review(ReviewReason::NoPromise));
}

#[test]
fn audits_that_choose_nothing_sound_are_refused() {
    let with = |audit: &Value| {
        let mut raw = Raw::parse(&tiny().bytes());
        raw.edit(|m| m["tasks"][0]["audit"] = audit.clone());
        open(raw.to_bytes())
    };
    let salt = "0123456789abcdef".repeat(4);
    for (audit, said) in [
        (json!({ "share": 1.5, "salt": salt }), "task balloons has audit.share 1.5, it must lie in 0..=1"),
        (json!({ "share": -0.1, "salt": salt }), "audit.share -0.1"),
        (
            json!({ "share": 0.1, "salt": &salt[1..] }),
            "field `tasks[0].audit.salt` is not 64 hexadecimal digits in lower case",
        ),
        (
            json!({ "share": 0.1, "salt": 7 }),
            "field `tasks[0].audit.salt` is not 64 hexadecimal digits in lower case",
        ),
        (json!({ "share": 0.1 }), "missing field `tasks[0].audit.salt`"),
        (json!({ "salt": salt }), "missing field `tasks[0].audit.share`"),
    ] {
        let error = with(&audit).expect_err(said);
        assert!(error.kind() == Damaged && error.to_string().contains(said), "{said}: {error}");
    }
    let audit =
        with(&json!({ "share": 0.1, "salt": salt })).unwrap().task("balloons").unwrap().audit.unwrap();
    assert_eq!((audit.share, audit.salt[..2].to_vec()), (0.1, vec![0x01, 0x23]));
    assert_eq!(serde_json::to_value(audit).unwrap()["salt"], salt);
}

#[test]
fn counts_that_are_no_distribution_are_refused() {
    let with = |monitor: &Value| {
        let mut raw = Raw::parse(&tiny().bytes());
        raw.edit(|m| m["tasks"][0]["monitor"] = monitor.clone());
        open(raw.to_bytes())
    };
    let cuts = |cuts: &[(f64, u64)]| -> Value {
        let cut = |(at, above): &(f64, u64)| json!({ "at": at, "above": above });
        json!({ "answers": 50, "words": cuts.iter().map(cut).collect::<Vec<_>>() })
    };
    for (monitor, kind, said) in [
        (json!({ "answers": 0 }), Damaged, "task balloons has monitor.answers 0"),
        (json!({ "answers": 1 << 25 }), TooLarge, "calibration answers of a task"),
        (cuts(&[(4.0, 51)]), Damaged, "monitor.words with 51 of 50 answers above 4, after 50 above -inf"),
        (cuts(&[(4.0, 20), (4.0, 10)]), Damaged, "with 10 of 50 answers above 4, after 20 above 4"),
        (cuts(&[(4.0, 20), (5.0, 21)]), Damaged, "with 21 of 50 answers above 5, after 20 above 4"),
        (cuts(&[(1e300, 20)]), Damaged, "answers above inf"),
        (
            cuts(&[(1.0, 1); 17]),
            TooLarge,
            "manifest has 17 cut points of a distribution, at most 16 are read",
        ),
        (json!({ "words": [] }), Damaged, "missing field `tasks[0].monitor.answers`"),
    ] {
        let error = with(&monitor).expect_err(said);
        assert!(error.kind() == kind && error.to_string().contains(said), "{said}: {error}");
    }
    let of = with(&cuts(&[(4.0, 20), (5.5, 0)])).unwrap().task("balloons").unwrap().monitor.clone().unwrap();
    assert_eq!((of.answers, of.words.len(), of.words[1].at, of.confidence.len()), (50, 2, 5.5, 0));
}

#[test]
fn scores_carry_the_promise_that_covers_them() {
    let mut raw = Raw::parse(&tiny().bytes());
    raw.edit(|m| {
        m["tasks"][0]["guarantee"] = promised();
        m["tasks"][0]["review"] = json!({ "min_words": 2, "max_unknown": 1.0 });
    });
    let scorer = open(raw.to_bytes()).unwrap();
    let score = scorer.score("balloons", "warm air").unwrap();
    assert_eq!(score.guarantee, scorer.task("balloons").unwrap().guarantee);
    assert!(score.guarantee.is_some());
    assert_eq!(scorer.score("balloons", "warm").unwrap().guarantee, None);
    // Everything audited: nothing is automatic, and nothing is covered.
    raw.edit(|m| m["tasks"][0]["audit"] = json!({ "share": 1, "salt": "00".repeat(32) }));
    let score = open(raw.to_bytes()).unwrap().score("balloons", "warm air").unwrap();
    assert_eq!((score.decision, score.guarantee), (Decision::Review(ReviewReason::Audit), None));
}

#[test]
fn promises_are_told_in_a_sentence() {
    let told = |change: Value| {
        let mut guarantee = promised();
        for (field, value) in change.as_object().unwrap() {
            guarantee[field] = value.clone();
        }
        with(&guarantee).unwrap().task("balloons").unwrap().guarantee.unwrap().to_string()
    };
    assert_eq!(
        told(json!({ "tasks": 3, "agreement": "adjacent", "max_error": 0.125, "confidence": 0.95 })),
        "at most 12.5 % of automatic scores of 3 tasks together are more than one level away, with 95 % confidence; 75 % of \
         answers are scored automatically (calibrated on 160 answers: 120 automatic, 2 of them wrong, upper bound 4.37 %)"
    );
    let none = json!({ "automatic": 0, "wrong": 0, "bound": 1, "needed": 210 });
    assert_eq!(
        told(none),
        "nothing is automatic: 160 calibration answers are not enough to promise that at most 5 % of automatic scores are \
         wrong, with 90 % confidence; about 210 would be, if errors stayed as they are"
    );
    let hopeless = told(json!({ "automatic": 0, "wrong": 0, "bound": 1, "answers": 0 }));
    assert!(hopeless.ends_with("; more of them would not help, a better model may"), "{hopeless}");
}
