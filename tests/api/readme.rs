//! The examples of the README and of the page on trackers.

use pupil_core::Result;

const README: &str = include_str!("../../README.md");
const SIMULATOR: &str = include_str!("../../docs/simulator.md");
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

/// The example of the page on trackers; returns the printed lines and the snapshot.
fn tracker() -> Result<(Vec<String>, Vec<u8>)> {
    let printed = std::cell::RefCell::new(Vec::new());
    macro_rules! println {
        ($($what:tt)*) => { printed.borrow_mut().push(format!($($what)*)) };
    }
    std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap();
    // Begin of the example.
    use pupil_core::{Policy, Tracker};

    let mut tracker = Tracker::open("models/practice/practice.pupil")?;
    tracker.observe("add-1", true)?;
    tracker.observe("fractions-1", false)?;
    for skill in tracker.mastery() {
        println!("{} {:.2}, from {} answers", skill.name, skill.probability, skill.answers);
    }
    for next in tracker.recommend(3, &Policy::default())? {
        println!("ask {}: right with a probability of {:.2}", next.question, next.probability);
    }
    let kept = tracker.snapshot();
    // End of the example.
    Ok((printed.into_inner(), kept))
}

#[test]
fn examples_of_the_pages_are_those_that_run() {
    let examples: Vec<Vec<&str>> = THIS_FILE
        .split("    // Begin of the example.\n")
        .skip(1)
        .map(|code| code.split("    // End of the example.\n").next().unwrap())
        .map(|code| code.lines().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect())
        .collect();
    assert!(examples.len() >= 2);
    for (page, example) in [README, SIMULATOR].into_iter().zip(examples) {
        let block = page.split("```rust\n").nth(1).unwrap().split("```").next().unwrap();
        assert_eq!(block.lines().collect::<Vec<_>>(), example);
    }
}

#[test]
fn example_of_the_page_on_trackers_prints_every_skill_and_three_questions() {
    let (printed, kept) = tracker().unwrap();
    assert_eq!(printed.len(), 13, "{printed:?}");
    assert!(printed[..10].iter().filter(|line| line.ends_with("from 1 answers")).count() == 2, "{printed:?}");
    assert!(printed[10..].iter().all(|line| line.starts_with("ask ")), "{printed:?}");
    assert!(kept.len() <= pupil_core::format::limits::MAX_SNAPSHOT_BYTES);
}

#[test]
fn example_of_the_readme_prints_a_level_and_every_label() {
    let printed = example().unwrap();
    assert_eq!(printed.len(), 4, "{printed:?}");
    assert!(printed[0].starts_with("level Some("), "{printed:?}");
    assert_eq!(printed[1..].iter().filter(|line| line.ends_with("true")).count(), 1, "{printed:?}");
}
