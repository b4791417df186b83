//! Shows what a `.pupil` file says about itself, how it runs on this machine, and which words carry a score.
//!
//! ```sh
//! cargo run --package pupil-core --example explain -- models/mind-ca/mind-ca.pupil
//! ```
#![expect(clippy::print_stdout, reason = "an example shows what it finds")]

use pupil_core::{Result, Scorer};

/// The model that is built into the command line.
const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/mind-ca/mind-ca.pupil");

/// The answer that is explained.
const ANSWER: &str = "He feared that the officer had come to arrest him.";

fn main() -> Result<()> {
    let path = std::env::args().nth(1);
    let scorer = Scorer::open(path.as_deref().unwrap_or(MODEL))?;

    // What the file holds.
    let manifest = scorer.manifest();
    println!("{}, licence {}", manifest.name, manifest.licence);
    println!("BLAKE3 {}", scorer.blake3());
    for task in scorer.tasks() {
        let labels: Vec<&str> = task.labels.iter().map(|label| label.name.as_str()).collect();
        println!("task {}: {}", task.id, labels.join(", "));
    }

    // How it runs here. All variants of an op give the same bits.
    for op in scorer.report().variants {
        println!("op {}: {}", op.op, op.variant);
    }

    // Each word is left out once: what the level loses is the share of that word.
    let Some(task) = scorer.tasks().find(|task| task.scale.is_some()) else {
        println!("no task of this file has a scale to explain");
        return Ok(());
    };
    println!("explained for {}: {ANSWER}", task.id);
    for word in scorer.explain(&task.id, ANSWER)?.words {
        println!("  {:10} {:+.3}", &ANSWER[word.span.clone()], word.expected.unwrap_or_default());
    }
    Ok(())
}
