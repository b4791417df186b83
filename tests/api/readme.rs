//! The example of the README.

use pupil_core::Result;

const README: &str = include_str!("../../README.md");
const THIS_FILE: &str = include_str!("readme.rs");

/// The example of the README; returns the printed lines.
fn example() -> Result<Vec<String>> {
    let printed = std::cell::RefCell::new(Vec::new());
    macro_rules! println {
        ($($what:tt)*) => { printed.borrow_mut().push(format!($($what)*)) };
    }
    std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap();
    // Begin of the example.
    use pupil_core::Scorer;

    let scorer = Scorer::open("models/mind-ca/mind-ca.pupil")?; // Send + Sync, cheap to clone
    let score = scorer.score("mindca-ss_burglar", "He feared that the officer had come to arrest him.")?;
    println!("level {:?}, confidence {:.2}, {}", score.level, score.confidence, score.decision);
    for label in &score.labels {
        println!("{} {:.2} {}", label.name, label.probability, label.awarded);
    }
    // End of the example.
    Ok(printed.into_inner())
}

#[test]
fn example_of_the_readme_is_the_one_that_runs() {
    let code = THIS_FILE.split("    // Begin of the example.\n").nth(1).unwrap();
    let code = code.split("    // End of the example.\n").next().unwrap();
    let lines: Vec<&str> = code.lines().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect();
    let block = README.split("```rust\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(block.lines().collect::<Vec<_>>(), lines);
}

#[test]
fn example_of_the_readme_prints_a_level_and_every_label() {
    let printed = example().unwrap();
    assert_eq!(printed.len(), 4, "{printed:?}");
    assert!(printed[0].starts_with("level Some("), "{printed:?}");
    assert_eq!(printed[1..].iter().filter(|line| line.ends_with("true")).count(), 1, "{printed:?}");
}
