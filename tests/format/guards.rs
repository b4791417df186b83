//! Rules of guards: one invalid manifest or file each.

use pupil_core::ErrorKind::{self, Damaged, TooLarge};
use pupil_core::{FileInfo, Scorer};
use pupil_tests::{Fixture, Raw, Rng};
use serde_json::{Value, json};

fn refused(change: impl FnOnce(&mut Raw)) -> (ErrorKind, String) {
    let mut raw = Raw::parse(&Fixture::guarded(1).bytes());
    change(&mut raw);
    let error = Scorer::from_bytes(raw.to_bytes()).expect_err("a rule is broken");
    (error.kind(), error.to_string())
}

#[test]
fn dimensions_that_break_a_rule_are_refused() {
    let rules: [(&str, Value, ErrorKind, &str); 22] = [
        ("letters", json!(0), Damaged, "guard texts has letters 0"),
        ("letters", json!(1), Damaged, "guard texts has letters 1, it must be a power of 2 from 2 on"),
        ("letters", json!(1000), Damaged, "guard texts has letters 1000, it must be a power of 2"),
        ("letters", json!(1 << 17), TooLarge, "guard texts has letters 131072, at most 65536 is read"),
        ("letters", json!(u64::MAX), TooLarge, "guard texts has letters"),
        ("letters", json!(2048), Damaged, "section guard.texts.letters"),
        ("words", json!(0), Damaged, "guard texts has words 0"),
        ("words", json!(33), Damaged, "section guard.texts.words"),
        ("words", json!(65_537), TooLarge, "guard texts has words 65537"),
        ("classes", json!(2), Damaged, "guard texts has 2 classes, 11 of them frequent words"),
        ("classes", json!(13), Damaged, "guard texts has 13 classes, 11 of them frequent words"),
        ("classes", json!(15), Damaged, "section guard.texts."),
        ("classes", json!(257), TooLarge, "guard texts has classes 257"),
        ("frequent", json!(12), Damaged, "guard texts has 14 classes, 12 of them frequent words"),
        ("slots", json!(24), Damaged, "guard texts has slots 24, it must be a power of 2"),
        ("slots", json!(1 << 17), TooLarge, "guard texts has slots 131072"),
        ("questions", json!(65_537), TooLarge, "guard texts has questions 65537"),
        ("questions", json!(0), ErrorKind::Unsupported, "guard.texts.questions belongs to nothing"),
        ("pages", json!([0, 0]), Damaged, "guard texts has the page 0 after 0, they must rise"),
        ("pages", json!([256]), Damaged, "manifest cannot be read"),
        ("weights", json!({ "missed": -1024 }), Damaged, "guard texts has a weight of -1024"),
        ("weights", json!({ "known": i16::MIN }), Damaged, "guard texts has a weight of -32768"),
    ];
    for (field, value, kind, said) in rules {
        let (found, message) = refused(|raw| raw.edit(|m| m["guards"]["texts"][field] = value.clone()));
        assert!(found == kind && message.contains(said), "{field} {value}: {found:?} {message}");
    }
    let (kind, message) = refused(|raw| {
        raw.edit(|m| {
            let guard = m["guards"]["texts"].clone();
            m["guards"] = (0..257).map(|n| (format!("g{n}"), guard.clone())).collect();
        });
    });
    assert!(kind == TooLarge && message.contains("257 guards, at most 256"), "{message}");
}

#[test]
fn what_a_task_says_about_its_guard_is_checked() {
    let rules: [(&str, Value, ErrorKind, &str); 8] = [
        ("model", json!("others"), Damaged, "task balloons names the missing guard others"),
        ("topic", json!(1), Damaged, "task balloons has topic 1, it must be a power of 2"),
        ("topic", json!(300), Damaged, "task balloons has topic 300, it must be a power of 2"),
        ("topic", json!(1 << 17), TooLarge, "task balloons has topic 131072"),
        ("topic", json!(512), Damaged, "section task.balloons.topic"),
        ("topic", json!(0), ErrorKind::Unsupported, "task.balloons.topic belongs to nothing"),
        ("held_back", json!({ "all": 1.5 }), Damaged, "task balloons held back a share of 1.5 as all"),
        ("limits", json!({ "order": 1_u64 << 40 }), Damaged, "manifest cannot be read"),
    ];
    for (field, value, kind, said) in rules {
        let (found, message) = refused(|raw| raw.edit(|m| m["tasks"][0]["guard"][field] = value.clone()));
        assert!(found == kind && message.contains(said), "{field} {value}: {found:?} {message}");
    }
}

#[test]
fn sections_that_break_a_rule_are_refused() {
    type Change = fn(&mut [u8]);
    let rules: [(&str, Change, &str); 6] = [
        ("guard.texts.letters", |b| b[7] = 0x80, "has 1 weights of -128"),
        ("guard.texts.order", |b| b[..2].fill(0x80), "has 2 weights of -128"),
        ("guard.texts.keywords", |b| b[0] = 0x80, "has 1 weights of -128"),
        ("guard.texts.question", |b| b[13] = 0x80, "has 1 weights of -128"),
        ("task.balloons.topic", |b| b[255] = 0x80, "has 1 weights of -128"),
        ("guard.texts.table", |b| b[4] = 14, "a guard has a word of the class 14, and 14 classes"),
    ];
    for (section, change, said) in rules {
        let (kind, message) = refused(|raw| raw.edit_section(section, change));
        assert!(kind == Damaged && message.contains(said), "{section}: {message}");
    }
}

#[test]
fn tables_of_any_bytes_are_read_without_harm() {
    let answers = ["", "the balloon is warm", "zorbl! 日本語 é 12", &"warm air, ".repeat(500)];
    let mut rng = Rng::new(5);
    for round in 0..40 {
        let mut raw = Raw::parse(&Fixture::guarded(1).bytes());
        for section in ["letters", "words", "questions", "table", "order", "keywords", "question"] {
            raw.edit_section(&format!("guard.texts.{section}"), |bytes| {
                for (place, byte) in bytes.iter_mut().enumerate() {
                    // A class lies in the lowest byte of a slot.
                    *byte = match section {
                        "table" if place % 4 == 0 => u8::try_from(rng.below(14)).unwrap(),
                        "words" | "questions" | "table" => u8::try_from(rng.below(256)).unwrap(),
                        _ => rng.weight().cast_unsigned(),
                    };
                    if round == 0 {
                        *byte = if section == "table" && place % 4 == 0 { 13 } else { 127 };
                    }
                }
            });
        }
        raw.edit(|m| {
            for weight in m["guards"]["texts"]["weights"].as_object_mut().unwrap().values_mut() {
                *weight = json!(if round == 0 { 1023 } else { -1023 });
            }
        });
        let scorer = Scorer::from_bytes(raw.to_bytes()).unwrap();
        for answer in answers {
            scorer.score("balloons", answer).unwrap();
            scorer.score_pair("compare", answer, answer).unwrap();
        }
    }
}

#[test]
fn a_pack_brings_a_guard_of_its_own() {
    let base = Fixture::guarded(4);
    let scorer = Scorer::from_bytes(base.bytes()).unwrap();
    let pack = base.clone().pack(scorer.blake3()).bytes();
    let both = scorer.attach_bytes(pack.clone()).unwrap();
    for answer in ["the balloon is warm and the air is cold", "is the and because it of"] {
        assert_eq!(
            both.score("more-balloons", answer).unwrap().decision,
            scorer.score("balloons", answer).unwrap().decision
        );
    }
    let folder = std::env::temp_dir().join(format!("pupil-guards-{}.pupil", std::process::id()));
    std::fs::write(&folder, &pack).unwrap();
    let info = FileInfo::read(&folder);
    std::fs::remove_file(&folder).unwrap();
    assert_eq!(info.unwrap().manifest.guards.len(), 1);
}

#[test]
fn without_limits_a_guard_changes_nothing() {
    let with = Fixture::guarded(4);
    let mut without = with.clone();
    for task in &mut without.manifest.tasks {
        task.guard.as_mut().unwrap().limits = Default::default();
    }
    let mut bare = with.clone();
    bare.manifest.guards.clear();
    bare.manifest.tasks.iter_mut().for_each(|task| task.guard = None);
    let [with, without, bare] =
        [with, without, bare].map(|fixture| Scorer::from_bytes(fixture.bytes()).unwrap());
    let mut changed = 0;
    for (reference, answer) in pupil_tests::golden::GUARDED {
        let score = |scorer: &Scorer| match reference {
            Some(reference) => scorer.score_pair("compare", reference, answer).unwrap(),
            None => scorer.score("balloons", answer).unwrap(),
        };
        assert_eq!(score(&without), score(&bare), "{answer}");
        let guarded = score(&with);
        assert_eq!(guarded.labels, score(&bare).labels, "{answer}");
        changed += usize::from(guarded.decision != score(&bare).decision);
    }
    assert!(changed >= 10, "{changed}");
}
