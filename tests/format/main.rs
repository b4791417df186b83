//! One invalid file per rule of the format: each is refused with the right kind and a message with the location.

#![allow(clippy::unwrap_used, reason = "everything here is a test or its helper")]

mod broken;
mod bytes;
mod graphs;
mod guarantees;
mod guards;
mod knowledge;
mod manifest;
mod members;
mod mixtures;
mod n_grams;
mod schema;
mod writer;

use pupil_core::format::manifest::{ELstm, Encoder};
use pupil_core::{Error, ErrorKind, Scorer};
use pupil_tests::{Fixture, Raw};

/// A model small enough to change every byte.
fn tiny() -> Fixture {
    let mut fixture = Fixture::new(3);
    let words: Vec<String> = ["warm", "air"].map(Into::into).into();
    fixture.manifest.tokenizers.clear();
    fixture.tokenizers.clear();
    fixture.manifest.encoders.clear();
    fixture.tokenizer("t", &words, false);
    fixture.encoder("e", "t", ELstm { embedding: 3, hidden: 2, ..ELstm::default() });
    fixture.manifest.tasks.truncate(1);
    for task in &mut fixture.manifest.tasks {
        task.encoder = "e".into();
        task.head.hidden = 2;
    }
    fixture
}

/// The tiny fixture, with its encoder `e` changed before the weights are made.
fn with_encoder(change: impl FnOnce(&mut ELstm)) -> Fixture {
    let mut fixture = tiny();
    let Some(Encoder::ELstm(lstm)) = fixture.manifest.encoders.get_mut("e") else {
        panic!("the tiny model has an encoder e")
    };
    change(lstm);
    fixture
}

fn open(bytes: Vec<u8>) -> Result<Scorer, Error> {
    Scorer::from_bytes(bytes)
}

/// Parses the tiny model, breaks it, and opens it.
fn broken(change: impl FnOnce(&mut Raw)) -> Result<Scorer, Error> {
    let mut raw = Raw::parse(&tiny().bytes());
    change(&mut raw);
    open(raw.to_bytes())
}

/// A rule: its name, how to break it, the kind of the error and a part of its message.
type Rule = (&'static str, fn(&mut Raw), ErrorKind, &'static str);

/// Breaks every rule and lists those that are not refused as expected.
fn assert_all_refused(rules: &[Rule]) {
    let mut failures = Vec::new();
    for (name, change, kind, part) in rules {
        match broken(change) {
            Ok(_) => failures.push(format!("{name}: accepted")),
            Err(e) if e.kind() == *kind && e.to_string().contains(part) => {}
            Err(e) => failures.push(format!("{name}: {:?} `{e}`, wanted {kind:?} `{part}`", e.kind())),
        }
    }
    assert!(failures.is_empty(), "{} of {} rules:\n{}", failures.len(), rules.len(), failures.join("\n"));
}

#[test]
fn parsed_file_is_still_valid() {
    let scorer = broken(|_| {}).unwrap();
    assert_eq!(scorer.tasks().count(), 1);
    assert!(scorer.score("balloons", "warm air").is_ok());
}
