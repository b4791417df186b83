//! Rules of tasks with several members: one invalid manifest or file each.

use pupil_core::ErrorKind::{self, Damaged, TooLarge, Unsupported};
use pupil_core::Scorer;
use pupil_core::format::Manifest;
use pupil_core::format::limits::MAX_MEMBERS;
use pupil_tests::{Fixture, Raw};
use serde_json::{Value, json};

/// A change to a manifest, and the kind and a part of the message of the resulting error.
type Rule = (fn(&mut Value), ErrorKind, &'static str);

fn refused(change: impl FnOnce(&mut Value)) -> (ErrorKind, String) {
    let mut raw = Raw::parse(&Fixture::members(1).bytes());
    raw.edit(change);
    let error = Scorer::from_bytes(raw.to_bytes()).expect_err("a rule is broken");
    (error.kind(), error.to_string())
}

#[test]
fn members_that_break_a_rule_are_refused() {
    let rules: &[Rule] = &[
        (
            |m| m["tasks"][0]["members"][1]["encoder"] = json!("gone"),
            Damaged,
            "member 2 of task levels names the missing",
        ),
        (
            |m| m["tasks"][0]["members"][0]["mixture"] = json!("gone"),
            Damaged,
            "member 1 of task levels names the missing",
        ),
        (
            |m| m["tasks"][0]["members"][1]["mixture"] = json!("pooled"),
            Damaged,
            "member 2 of task levels has an encoder",
        ),
        (
            |m| m["tasks"][0]["members"][1]["weight"] = json!(0),
            Damaged,
            "member 2 of task levels has weight 0,",
        ),
        (
            |m| m["tasks"][0]["members"][1]["weight"] = json!(-0.2),
            Damaged,
            "has weight -0.2, it must be a number above 0",
        ),
        (
            |m| m["tasks"][0]["members"][1]["weight"] = json!(1e300),
            Damaged,
            "has weight inf, it must be a number",
        ),
        (|m| m["tasks"][0]["members"][1]["weight"] = json!(0.21), Damaged, "weights sum to 1.01"),
        (|m| m["tasks"][0]["weight"] = json!(0.19), Damaged, "levels has members whose weights sum to 0.99"),
        (|m| drop(m["tasks"][0].as_object_mut().unwrap().remove("weight")), Damaged, "sum to 1.8"),
        (
            |m| m["tasks"][2]["members"] = json!([]),
            Damaged,
            "task topic has members whose weights sum to 0.4",
        ),
        (
            |m| m["tasks"][0]["members"][1]["calibration"]["temperature"] = json!(0),
            Damaged,
            "member 2 of task levels has temperature 0",
        ),
        (
            |m| m["tasks"][0]["members"][1]["head"]["hidden"] = json!(0),
            Damaged,
            "member 2 of task levels has head.hidden 0",
        ),
        (
            |m| m["tasks"][0]["members"][1]["head"]["hidden"] = json!(5000),
            TooLarge,
            "member 2 of task levels has head.hidden 5000",
        ),
        (
            |m| m["tasks"][0]["members"][1]["head"]["kind"] = json!("sigmoid"),
            Damaged,
            "head of kind sigmoid, which cannot be combined with one of kind ordinal",
        ),
        (
            |m| m["tasks"][1]["members"][1]["head"]["kind"] = json!("softmax"),
            Damaged,
            "head of kind softmax, which cannot be combined with one of kind sigmoid",
        ),
        (
            |m| m["tasks"][0]["members"][1]["head"]["kind"] = json!("later"),
            Unsupported,
            "task levels has a head",
        ),
        (
            |m| m["tasks"][0]["members"][1]["head"]["kind"] = json!("ordinal"),
            Damaged,
            "section task.levels.member.2",
        ),
        (
            |m| m["tasks"][0]["members"][3]["encoder"] = json!("e1"),
            Damaged,
            "section task.levels.member.4.hidden",
        ),
        (|m| drop(m["tasks"][0]["members"].as_array_mut().unwrap().pop()), Damaged, "sum to 0.9"),
        (
            |m| {
                m["tasks"][3]["weight"] = json!(1.0);
                m["tasks"][3].as_object_mut().unwrap().remove("members");
            },
            Unsupported,
            "section task.compare.member.1",
        ),
    ];
    let mut failures = Vec::new();
    for (change, kind, said) in rules {
        let (found, message) = refused(change);
        if found != *kind || !message.contains(said) {
            failures.push(format!("wanted {kind:?} `{said}`, found {found:?} `{message}`"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn sections_of_members_are_checked_like_those_of_the_task() {
    let bytes = Fixture::members(1).bytes();
    for (section, place, value, said) in [
        ("task.levels.member.1.embedding", 2, f32::NAN, "has NaN at 2"),
        ("task.levels.member.1.cuts", 1, 9.0, "it must fall"),
        ("task.rubric.member.3.output.bias", 0, f32::INFINITY, "has inf at 0"),
    ] {
        let mut raw = Raw::parse(&bytes);
        raw.set_number(section, place, value);
        let error = Scorer::from_bytes(raw.to_bytes()).expect_err(section);
        assert_eq!(error.kind(), Damaged, "{error}");
        assert!(error.to_string().contains(section) && error.to_string().contains(said), "{error}");
    }
}

#[test]
fn more_members_than_the_limit_are_refused() {
    let manifest = |count: usize| {
        let mut manifest = Fixture::members(1).manifest;
        let task = &mut manifest.tasks[2];
        task.weight = 1.0 / count as f32;
        task.members[0].weight = task.weight;
        task.members = vec![task.members[0].clone(); count - 1];
        manifest
    };
    manifest(MAX_MEMBERS).check().unwrap();
    let error = manifest(MAX_MEMBERS + 1).check().unwrap_err();
    assert_eq!(error.kind(), TooLarge);
    assert_eq!(error.to_string(), "manifest has 17 members of a task, at most 16 are read");
}

#[test]
fn sections_of_a_member_and_of_another_task_cannot_be_the_same() {
    let mut manifest = Fixture::members(1).manifest;
    let mut second = manifest.tasks[2].clone();
    second.id = "topic.member.1".into();
    (second.encoder, second.head) = ("e1".into(), second.members[0].head);
    (second.weight, second.members) = (1.0, Vec::new());
    manifest.tasks.push(second);
    let error = pupil_core::format::writer::FileBuilder::new(manifest).to_bytes().unwrap_err();
    assert!(
        error.to_string().contains("two parts would use the section task.topic.member.1.hidden"),
        "{error}"
    );
}

#[test]
fn a_task_with_one_member_has_the_manifest_that_it_had_without_members() {
    let manifest = Fixture::new(1).manifest;
    let json = manifest.to_json().unwrap();
    assert!(!json.contains(r#""weight""#) && !json.contains(r#""members""#), "{json}");
    let members = Fixture::members(1).manifest;
    assert_eq!(Manifest::from_json(&members.to_json().unwrap()).unwrap().tasks, members.tasks);
}
