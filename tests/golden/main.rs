//! Every CPU, operating system and thread count reproduces the golden vectors.

#![allow(clippy::unwrap_used, reason = "everything here is a test or its helper")]

use std::path::Path;

use pupil_core::cpu::Cpu;
use pupil_core::{OpenOptions, Scorer, Tracker};
use pupil_tests::golden::{
    Case, FILES, FOLDER, GUARDED_VECTORS, MEMBERS_VECTORS, MIXTURES_VECTORS, MODEL, VECTORS, Vectors, case,
    render, vectors,
};
use pupil_tests::{api, knowledge};

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(FOLDER).join(name)).unwrap()
}

fn stored() -> Vectors {
    vectors_of(VECTORS)
}

fn vectors_of(name: &str) -> Vectors {
    serde_json::from_slice(&file(name)).unwrap()
}

/// Compares every case and lists the differences.
fn assert_reproduced(scorer: &Scorer, vectors: &str, what: &str) {
    let stored = vectors_of(vectors);
    assert!(!stored.cases.is_empty());
    let differing: Vec<(Case, Case)> = stored
        .cases
        .into_iter()
        .map(|want| (case(scorer, &want.task, want.reference.as_deref(), &want.text).unwrap(), want))
        .filter(|(have, want)| have != want)
        .collect();
    assert!(differing.is_empty(), "{what}: {} cases differ: {differing:#?}", differing.len());
}

#[test]
fn model_file_is_the_same_on_every_platform() {
    for (name, vectors, make) in FILES {
        let bytes = make();
        assert_eq!(blake3::hash(&bytes).to_hex().as_str(), vectors_of(vectors).model_blake3);
        assert!(bytes == file(name), "the file {name} differs from the one its seed gives");
    }
}

#[test]
fn vectors_file_is_what_the_generator_writes() {
    for (name, stored, _) in FILES {
        let bytes = file(name);
        let scorer = Scorer::from_bytes(bytes.clone()).unwrap();
        let text = String::from_utf8(file(stored)).unwrap();
        let made = render(&vectors(&scorer, name, &bytes).unwrap());
        assert!(made == text, "{stored}: run: cargo run -p pupil-tests --bin golden");
    }
}

#[test]
fn every_instruction_set_gives_the_same_bits() {
    for cpu in Cpu::detect().narrowings() {
        let options = OpenOptions { cpu, ..OpenOptions::default() };
        for (name, vectors, _) in FILES {
            let scorer = Scorer::from_bytes_with(file(name), &options).unwrap();
            assert_reproduced(&scorer, vectors, &format!("{cpu:?}: {:?}", scorer.report().variants));
        }
    }
}

#[test]
fn folded_and_unfolded_encoders_give_the_same_bits() {
    let all = Scorer::from_bytes(file(MODEL)).unwrap().report().table_bytes;
    for fold_limit_bytes in [0, all / 2, usize::MAX] {
        let options = OpenOptions { fold_limit_bytes, ..OpenOptions::default() };
        let scorer = Scorer::from_bytes_with(file(MODEL), &options).unwrap();
        assert!(scorer.report().table_bytes <= fold_limit_bytes);
        assert_reproduced(&scorer, VECTORS, &format!("tables of at most {fold_limit_bytes} bytes"));
    }
}

#[test]
fn vectors_cover_different_outcomes() {
    let stored = stored();
    let any = |rule: &dyn Fn(&Case) -> bool| stored.cases.iter().any(rule);
    for task in ["balloons", "rubric", "topic", "grade", "compare"] {
        let outcomes: std::collections::BTreeSet<_> =
            stored.cases.iter().filter(|c| c.task == task).map(|c| &c.awarded).collect();
        assert!(outcomes.len() > 1, "every text gives {outcomes:?} in {task}");
    }
    for decision in [
        "automatic",
        "review: too-short",
        "review: unknown-words",
        "review: repetition",
        "review: low-confidence",
    ] {
        assert!(any(&|c| c.decision == decision), "no case is decided {decision}");
    }
    assert!(any(&|c| c.truncated));
    assert!(any(&|c| c.ids.is_empty()));
    assert!(any(&|c| c.expected_bits.is_some()) && any(&|c| c.expected_bits.is_none()));
}

#[test]
fn guarded_answers_cover_every_reason_of_a_guard_and_of_promises() {
    let stored = vectors_of(GUARDED_VECTORS);
    for reason in [
        "other-language",
        "gibberish",
        "unknown-words",
        "repetition",
        "copied-question",
        "near-reference",
        "off-topic",
        "word-list",
        "no-promise",
        "audit",
    ] {
        let decision = format!("review: {reason}");
        assert!(stored.cases.iter().any(|c| c.decision == decision), "no case is decided {decision}");
    }
    assert!(stored.cases.iter().any(|c| c.decision == "automatic"));
}

#[test]
fn mixtures_cover_different_outcomes() {
    let stored = vectors_of(MIXTURES_VECTORS);
    for task in ["token", "chosen", "pair", "most", "lstm"] {
        let cases = || stored.cases.iter().filter(|c| c.task == task);
        let outcomes: std::collections::BTreeSet<_> = cases().map(|c| &c.probability_bits).collect();
        assert!(outcomes.len() > 3, "{task} distinguishes {} texts", outcomes.len());
        assert!(cases().all(|c| c.experts_blake3.is_some() == (task != "most")), "{task}");
    }
    assert!(stored.cases.iter().any(|c| c.ids.is_empty()) && stored.cases.iter().any(|c| c.truncated));
}

#[test]
fn members_cover_different_outcomes() {
    let stored = vectors_of(MEMBERS_VECTORS);
    for task in ["levels", "rubric", "topic", "compare", "grams"] {
        let cases = || stored.cases.iter().filter(|c| c.task == task);
        let outcomes: std::collections::BTreeSet<_> = cases().map(|c| &c.probability_bits).collect();
        assert!(outcomes.len() > 3, "{task} distinguishes {} texts", outcomes.len());
        let awards: std::collections::BTreeSet<_> = cases().map(|c| &c.awarded).collect();
        // There are only a few pairs.
        assert!(awards.len() > 1 || task == "compare", "every text gives {awards:?} in {task}");
        assert!(cases().all(|c| c.members_blake3.is_some() == (task != "grams")), "{task}");
    }
}

#[test]
fn every_instruction_set_gives_the_same_bits_of_a_student() {
    for (name, vectors, make) in knowledge::FILES {
        let bytes = file(name);
        assert!(bytes == knowledge::model(make), "{name} differs from the one its seed gives");
        let stored = String::from_utf8(file(vectors)).unwrap();
        for cpu in Cpu::detect().narrowings() {
            let options = OpenOptions { cpu, ..OpenOptions::default() };
            let mut tracker = Tracker::from_bytes_with(bytes.clone(), &options).unwrap();
            let made = knowledge::render(&knowledge::vectors(&mut tracker, name, &bytes).unwrap());
            assert!(made == stored, "{name}, {cpu:?}: run: cargo run -p pupil-tests --bin golden");
        }
        let vectors: knowledge::Vectors = serde_json::from_str(&stored).unwrap();
        let first: std::collections::BTreeSet<_> =
            vectors.steps.iter().map(|step| &step.first_bits).collect();
        assert_eq!(first.len(), vectors.steps.len(), "every answer changes the probability of q0");
    }
}

#[test]
fn cases_of_all_languages_are_what_the_generator_writes() {
    let folder = Path::new(api::FOLDER);
    assert!(std::fs::read(folder.join(api::PACK)).unwrap() == api::pack(), "{}", api::PACK);
    let stored = std::fs::read_to_string(folder.join(api::CASES)).unwrap();
    assert!(
        stored == api::render(&api::cases()),
        "{}: run: cargo run -p pupil-tests --bin golden",
        api::CASES
    );
}
