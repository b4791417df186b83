//! Rules of n-gram encoders: one invalid manifest or file each.

use pupil_core::ErrorKind::{self, Damaged, TooLarge};
use pupil_core::Scorer;
use pupil_tests::{Fixture, Raw};
use serde_json::{Value, json};

fn refused(change: impl FnOnce(&mut Raw)) -> (ErrorKind, String) {
    let mut raw = Raw::parse(&Fixture::members(1).bytes());
    change(&mut raw);
    let error = Scorer::from_bytes(raw.to_bytes()).expect_err("a rule is broken");
    (error.kind(), error.to_string())
}

#[test]
fn dimensions_that_break_a_rule_are_refused() {
    let rules: [(&str, Value, ErrorKind, &str); 14] = [
        (
            "chars",
            json!([0, 3]),
            Damaged,
            "encoder g1 has n-grams of 0 to 3 characters: lengths must be 1 to 8",
        ),
        ("chars", json!([5, 3]), Damaged, "encoder g1 has n-grams of 5 to 3 characters"),
        ("chars", json!([3, 256]), Damaged, "manifest cannot be read"),
        ("words", json!([1, 9]), Damaged, "encoder g1 has n-grams of 1 to 9 words"),
        ("words", json!([]), Damaged, "manifest cannot be read"),
        ("buckets", json!(0), Damaged, "g1 has buckets 0"),
        ("buckets", json!(255), Damaged, "encoder g1 has 255 buckets, but 256 to 1048576 are possible"),
        ("buckets", json!(1025), Damaged, "encoder g1 has 1025 buckets for characters and words"),
        ("buckets", json!(1_048_577), TooLarge, "g1 has buckets 1048577"),
        ("buckets", json!(u64::MAX), TooLarge, "g1 has buckets "),
        ("buckets", json!(2048), Damaged, "section encoder.g1."),
        ("units", json!(0), Damaged, "g1 has units 0"),
        ("units", json!(1025), TooLarge, "g1 has units 1025"),
        (
            "units",
            json!(2),
            Damaged,
            "member 5 of task levels has 3 labels and an encoder that gives 2 numbers",
        ),
    ];
    for (field, value, kind, said) in rules {
        let (found, message) = refused(|raw| raw.edit(|m| m["encoders"]["g1"][field] = value.clone()));
        assert!(found == kind && message.contains(said), "{field} {value}: {found:?} {message}");
    }
    let (kind, message) = refused(|raw| {
        raw.edit(|m| {
            let encoder = m["encoders"]["g1"].as_object_mut().unwrap();
            encoder.remove("chars");
            encoder.remove("words");
        });
    });
    assert!(kind == Damaged && message.contains("neither characters nor words"), "{message}");
}

#[test]
fn sections_that_break_a_rule_are_refused() {
    type Change = fn(&mut [u8]);
    let rules: [(&str, Change, &str); 7] = [
        // Infinite, negative and no number at all, with 16 bits.
        ("idf", |b| b[4..6].copy_from_slice(&[0, 0x7C]), "has inf at 2"),
        ("idf", |b| b[..2].copy_from_slice(&[0, 0xBC]), "has -1 at 0"),
        ("idf", |b| b[2..4].copy_from_slice(&[1, 0x7C]), "has NaN at 1"),
        ("weight", |b| b[9] = 0x80, "has 1 weights of -128"),
        ("weight.scale", |b| b[..2].copy_from_slice(&[0, 0x7C]), "has inf at 0"),
        ("bias", |b| b[..4].copy_from_slice(&f32::NAN.to_le_bytes()), "has NaN at 0"),
        ("bias", |b| b[..4].copy_from_slice(&2e7f32.to_le_bytes()), "has 20000000 at 0"),
    ];
    for (part, change, said) in rules {
        let section = format!("encoder.g1.{part}");
        let (kind, message) = refused(|raw| raw.edit_section(&section, change));
        assert!(
            kind == Damaged && message.contains(&section) && message.contains(said),
            "{section}: {message}"
        );
    }
}

#[test]
fn a_head_without_layers_needs_as_many_numbers_as_outputs() {
    for (task, change, said) in [
        (
            2,
            json!({ "kind": "ordinal", "hidden": 0 }),
            "encoder that gives 3 numbers, and no layer between them: 1 are",
        ),
        (
            4,
            json!({ "kind": "softmax", "hidden": 0 }),
            "encoder that gives 1 numbers, and no layer between them: 3 are",
        ),
    ] {
        let (kind, message) = refused(|raw| {
            raw.edit(|m| {
                m["tasks"][task]["head"] = change;
                m["tasks"][task]["scale"] = json!({ "min": 0 });
                m["tasks"][task]["thresholds"] = if task == 2 { json!([0.5, 1.5]) } else { json!([]) };
                let labels: Vec<Value> = (0..3).map(|k| json!({ "name": format!("level {k}") })).collect();
                m["tasks"][task]["labels"] = json!(labels);
            });
        });
        assert!(kind == Damaged && message.contains(said), "{message}");
    }
    // Its thresholds between levels are checked like those of any ordinal head.
    let (kind, message) = refused(|raw| raw.set_number("task.grams.cuts", 1, 5.0));
    assert!(kind == Damaged && message.contains("section task.grams.cuts has"), "{message}");
}

#[test]
fn a_mixture_of_the_token_scope_does_not_fit_n_grams() {
    let (kind, message) = refused(|raw| {
        raw.edit(|m| {
            m["mixtures"]["token"]["width"] = json!(1);
            m["tasks"][4]["mixture"] = json!("token");
            m["tasks"].as_array_mut().unwrap().drain(..4);
        });
    });
    assert!(kind == Damaged && message.contains("head.hidden 0"), "{message}");
}
