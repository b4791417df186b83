//! Scores one answer and says whether a person should look at it.
//!
//! ```sh
//! cargo run --package pupil-core --example score_one -- "He feared that the officer had come to arrest him."
//! ```
#![expect(clippy::print_stdout, reason = "an example shows what it finds")]

use pupil_core::{Decision, Result, Scorer};

/// The model that is built into the command line; any `.pupil` file does.
const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/mind-ca/mind-ca.pupil");

fn main() -> Result<()> {
    let answer = std::env::args().nth(1);
    let answer = answer.as_deref().unwrap_or("He feared that the officer had come to arrest him.");

    let scorer = Scorer::open(MODEL)?;
    let score = scorer.score("mindca-ss_burglar", answer)?;

    // A task with a scale has a level in points. Every task has a probability per label.
    if let (Some(level), Some(expected)) = (score.level, score.expected) {
        println!("level {level}, expected level {expected:.2}");
    }
    for label in &score.labels {
        let mark = if label.awarded { "  <- awarded" } else { "" };
        println!("  {}: {:.3}{mark}", label.name, label.probability);
    }
    match score.decision {
        Decision::Automatic => println!("the score stands, confidence {:.2}", score.confidence),
        Decision::Review(reason) => println!("a person should look: {reason}"),
    }
    Ok(())
}
