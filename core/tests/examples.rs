//! The programs in `examples`, run as a reader would run them.
//!
//! `cargo test --package pupil-core` builds them beside this test.

#![expect(clippy::unwrap_used, reason = "everything here is a test or its helper")]

use std::env::consts::EXE_SUFFIX;
use std::path::Path;
use std::process::Command;

use pupil_core::{Decision, Scorer};

const TASK: &str = "mindca-ss_burglar";

/// What an example prints.
fn printed(example: &str, args: &[&str]) -> String {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().unwrap().with_file_name("examples").join(format!("{example}{EXE_SUFFIX}"));
    assert!(program.is_file(), "there is no {}: run `cargo test --package pupil-core`", program.display());
    let output = Command::new(program).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn scorer() -> Scorer {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models");
    Scorer::open(models.join("mind-ca/mind-ca.pupil")).unwrap()
}

#[test]
fn one_answer_is_scored_and_judged() {
    let text = printed("score_one", &[]);
    let score = scorer().score(TASK, "He feared that the officer had come to arrest him.").unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2 + score.labels.len(), "{text}");
    let level = score.level.unwrap();
    assert_eq!(lines[0], format!("level {level}, expected level {:.2}", score.expected.unwrap()));
    assert_eq!(lines.iter().filter(|line| line.ends_with("<- awarded")).count(), 1, "{text}");
    let decision = match score.decision {
        Decision::Automatic => format!("the score stands, confidence {:.2}", score.confidence),
        Decision::Review(reason) => format!("a person should look: {reason}"),
    };
    assert_eq!(lines[lines.len() - 1], decision);

    assert!(printed("score_one", &[""]).ends_with("a person should look: too-short\n"));
}

#[test]
fn a_class_is_scored_in_order_and_its_empty_answer_goes_to_a_person() {
    let text = printed("score_batch", &[]);
    assert!(text.starts_with("4 of 4 answers are scored\nrow 0: level "), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("row ")).count(), 4, "{text}");
    let (_, reviews) = text.split_once("for a person:\n").unwrap();
    assert!(reviews.ends_with("  row 3: too-short\n"), "{text}");
}

#[test]
fn a_model_tells_its_tasks_its_variants_and_the_share_of_each_word() {
    let text = printed("explain", &[]);
    let scorer = scorer();
    assert!(text.contains(&format!("BLAKE3 {}\n", scorer.blake3())), "{text}");
    let count = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!(count("task "), scorer.tasks().count(), "{text}");
    assert_eq!(count("op "), scorer.report().variants.len(), "{text}");
    assert_eq!(count("  "), 10, "a line per word: {text}");
    assert!(text.contains("  feared     +"), "{text}");
}
