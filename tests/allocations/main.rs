//! A warm call allocates only the labels of its score; a warm tracker takes in answers and predicts without allocating.

#![allow(clippy::unwrap_used, reason = "everything here is a test or its helper")]

use allocation_counter::measure;
use pupil_core::format::manifest::Input;
use pupil_core::tokenizer::{Tokenizer, TokenizerKind};
use pupil_core::{Scorer, Tracker};
use pupil_tests::Fixture;

const ANSWERS: [&str; 4] = [
    "",
    "warm air expands because the particles move faster",
    "snargle, \u{201c}warm\u{201d} air\u{2019}s\u{a0}caf\u{e9}!",
    "the the the the the the the the the the the the the the the the the the the the",
];

#[test]
fn warm_score_allocates_only_the_labels_of_its_score() {
    for fixture in [Fixture::new(3), Fixture::guarded(3)] {
        allocates_only_labels_in_pairs_too(&Scorer::from_bytes(fixture.bytes()).unwrap());
    }
}

fn allocates_only_labels_in_pairs_too(scorer: &Scorer) {
    for task in scorer.tasks() {
        let pair = task.input == Input::Pair;
        let score = |answer: &str| {
            if pair {
                return scorer.score_pair(&task.id, "warm air expands", answer).unwrap();
            }
            scorer.score(&task.id, answer).unwrap()
        };
        ANSWERS.iter().for_each(|answer| drop(score(answer)));
        for answer in ANSWERS {
            let mut kept = None;
            let taken = measure(|| kept = Some(score(answer)));
            let labels = kept.unwrap().labels;
            assert_eq!(taken.count_total, 1, "{} {answer:?}: {taken:?}", task.id);
            assert_eq!(taken.bytes_current, i64::try_from(size_of_val(&labels[..])).unwrap(), "{}", task.id);
        }
    }
}

#[test]
fn warm_score_with_a_mixture_or_members_allocates_only_the_labels_of_its_score() {
    for fixture in [Fixture::mixtures(3), Fixture::members(3), Fixture::guarded(3)] {
        allocates_only_the_labels(&Scorer::from_bytes(fixture.bytes()).unwrap());
    }
}

fn allocates_only_the_labels(scorer: &Scorer) {
    for task in scorer.tasks().filter(|task| task.input == Input::Answer) {
        // The longest answer is last: buffers have their final size before they are measured.
        for answer in ANSWERS.iter().rev().chain(&ANSWERS) {
            drop(scorer.score(&task.id, answer).unwrap());
        }
        for answer in ANSWERS {
            let taken = measure(|| drop(scorer.score(&task.id, answer).unwrap()));
            assert_eq!(taken.count_total, 1, "{} {answer:?}: {taken:?}", task.id);
        }
    }
}

#[test]
fn warm_tracker_allocates_nothing() {
    for fixture in [Fixture::knowledge(3), Fixture::counting(3)] {
        warm_tracker(&mut Tracker::from_bytes(fixture.bytes()).unwrap());
    }
}

fn warm_tracker(tracker: &mut Tracker) {
    let step = |tracker: &mut Tracker| {
        tracker.observe("q3", true).unwrap();
        tracker.observe_unlisted(false);
        assert!(tracker.predict("q1").unwrap() > 0.0 && tracker.predict_all().len() == 21);
    };
    step(tracker);
    let taken = measure(|| (0..50).for_each(|_| step(tracker)));
    assert_eq!(taken.count_total, 0, "{taken:?}");
    // Mastery is one list; names are shared.
    drop(tracker.mastery());
    let taken = measure(|| drop(tracker.mastery()));
    assert_eq!(taken.count_total, 1, "{taken:?}");
}

/// The largest memory that opening takes for each byte of a vocabulary, of which `MEMORY_PER_BYTE` is a bound: it is
/// counted before a vocabulary is read.
#[test]
fn vocabulary_takes_no_more_memory_than_is_counted_before() {
    const COUNTED: u64 = pupil_core::tokenizer::MEMORY_PER_BYTE as u64;
    for (name, digits) in [("short", 36), ("decimal", 10)] {
        let word = |mut n: u32| {
            let mut word = String::new();
            loop {
                word.insert(0, char::from_digit(n % digits, digits).unwrap());
                n /= digits;
                if n == 0 {
                    return word;
                }
            }
        };
        for kind in [TokenizerKind::WordLevel, TokenizerKind::WordPiece] {
            let entries: String = (1..200_000).map(|n| format!(",\"{}\":{n}", word(n))).collect();
            let model = match kind {
                TokenizerKind::WordPiece => {
                    r#""type":"WordPiece","continuing_subword_prefix":"","max_input_chars_per_word":100"#
                }
                _ => r#""type":"WordLevel""#,
            };
            let json = format!(
                r#"{{"version":"1.0","added_tokens":[],"model":{{{model},"unk_token":"[UNK]","vocab":{{"[UNK]":0{entries}}}}}}}"#
            );
            let taken = measure(|| drop(Tokenizer::from_json(kind, json.as_bytes()).unwrap()));
            let each = taken.bytes_max.div_ceil(json.len() as u64);
            assert!(each <= COUNTED, "{name} {kind:?}: {each} bytes for each of {}", json.len());
        }
    }
}
