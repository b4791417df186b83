//! The public API: opening, scoring, batches, explanations, decisions, errors.

#![allow(clippy::unwrap_used, reason = "everything here is a test or its helper")]

mod batch;
mod explain;
mod hostile;
mod members;
mod open;
mod packs;
mod readme;
mod score;
mod threads;
mod tracker;
mod transformer;
mod trust;

use pupil_core::Scorer;
use pupil_tests::Fixture;

/// Seed of the model that these tests use.
const SEED: u64 = 11;

fn scorer() -> Scorer {
    Scorer::from_bytes(Fixture::new(SEED).bytes()).unwrap()
}

/// `count` answers of different lengths.
fn answers(count: usize) -> Vec<String> {
    const WORDS: [&str; 9] =
        ["warm", "air", "expands", "because", "the", "particles", "move", "faster", "snargle"];
    (0..count)
        .map(|i| {
            let words: Vec<&str> =
                (0..i % 23).map(|k| WORDS[(i * 7 + k * (i % 5 + 1)) % WORDS.len()]).collect();
            words.join(" ")
        })
        .collect()
}
