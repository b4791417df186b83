//! Scores a class on all cores, with progress, and lists the answers that a person should look at.
//!
//! ```sh
//! cargo run --package pupil-core --example score_batch
//! ```
#![expect(clippy::print_stdout, reason = "an example shows what it finds")]

use std::ops::ControlFlow;

use pupil_core::{BatchOptions, Result, Scorer};

/// The model that is built into the command line; any `.pupil` file does.
const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/mind-ca/mind-ca.pupil");

/// A class of four.
const ANSWERS: [&str; 4] = [
    "He feared that the officer had come to arrest him.",
    "The policeman wanted to give him his glove back, but he thought he was caught.",
    "He was tired.",
    "",
];

fn main() -> Result<()> {
    let scorer = Scorer::open(MODEL)?;

    // Called with the number of answers that are done; a `Break` stops the batch.
    let progress = |done: usize, all: usize| {
        if done == all {
            println!("{done} of {all} answers are scored");
        }
        ControlFlow::Continue(())
    };
    let options = BatchOptions { progress: Some(&progress), ..BatchOptions::default() };
    let scores = scorer.score_batch("mindca-ss_burglar", &ANSWERS, &options)?;

    // The scores are in the order of the answers, with any number of threads.
    for (row, score) in scores.iter().enumerate() {
        println!("row {row}: level {}, confidence {:.2}", score.level.unwrap_or_default(), score.confidence);
    }
    println!("for a person:");
    for (row, score) in scores.iter().enumerate() {
        if let Some(reason) = score.decision.reason() {
            println!("  row {row}: {reason}");
        }
    }
    Ok(())
}
