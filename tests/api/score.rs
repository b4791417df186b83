//! Scores of single answers: their fields, reviews and errors.

use pupil_core::format::manifest::{HeadKind, Review, Scale};
use pupil_core::{Decision, ErrorKind, OpenOptions, ReviewReason, Score, Scorer};
use pupil_tests::Fixture;
use pupil_tests::api::LONG;

use crate::{SEED, answers, scorer};

fn assert_consistent(score: &Score, kind: HeadKind) {
    assert!(score.labels.iter().all(|l| (0.0..=1.0).contains(&l.probability)), "{score:?}");
    assert!((0.0..=1.0).contains(&score.confidence), "{score:?}");
    assert!(score.unknown_words <= score.words, "{score:?}");
    if kind.awards_one() {
        let sum: f32 = score.labels.iter().map(|l| l.probability).sum();
        assert!((sum - 1.0).abs() < 1e-5, "{score:?}");
        let awarded: Vec<_> = score.awarded().collect();
        assert_eq!(awarded.len(), 1, "{score:?}");
        assert_eq!(awarded[0].probability, score.confidence, "{score:?}");
        if let Some(level) = score.level {
            assert_eq!(*awarded[0].name, *level.to_string(), "the fixture names levels by their points");
            assert!(score.expected.is_some());
        }
    }
}

#[test]
fn score_is_consistent_in_every_task() {
    let scorer = scorer();
    for task in scorer.tasks() {
        for answer in answers(60) {
            let score = match task.id.as_str() {
                "compare" => scorer.score_pair(&task.id, "warm air expands", &answer).unwrap(),
                id => scorer.score(id, &answer).unwrap(),
            };
            assert_eq!(score.labels.len(), task.labels.len());
            for (have, want) in score.labels.iter().zip(&task.labels) {
                assert_eq!(*have.name, *want.name);
                assert_eq!(score.label(&want.name), Some(have));
            }
            assert_consistent(&score, task.head.kind);
        }
    }
    assert!(scorer.score("topic", "air").unwrap().label("no such label").is_none());
}

#[test]
fn counts_are_those_of_the_answer() {
    let scorer = scorer();
    let score = scorer.score("balloons", "Warm air, quendle: it expands!").unwrap();
    assert_eq!((score.words, score.unknown_words, score.tokens, score.truncated), (5, 1, 8, false));
    let pair = scorer.score_pair("compare", "zorbl frimp", "warm air").unwrap();
    assert_eq!((pair.words, pair.unknown_words, pair.tokens, pair.truncated), (2, 0, 5, false));
    let long = scorer.score_pair("compare", &"air ".repeat(80), &"warm ".repeat(80)).unwrap();
    assert_eq!((long.words, long.tokens, long.truncated), (80, 64, true));
}

#[test]
fn empty_answer_is_scored_and_sent_to_review() {
    let scorer = scorer();
    for text in ["", " ", "\n\t", "?!", "\u{200b}"] {
        for task in ["balloons", "rubric", "topic", "grade"] {
            let score = scorer.score(task, text).unwrap();
            assert_eq!(score.decision, Decision::Review(ReviewReason::TooShort), "{task} {text:?}");
            assert_eq!(score.words, 0);
        }
        let score = scorer.score_pair("compare", "", text).unwrap();
        assert_eq!(score.decision.reason(), Some(ReviewReason::TooShort));
    }
}

#[test]
fn every_review_reason_and_automatic_decisions_occur() {
    let decide = |review: Review, answer: &str| {
        let mut fixture = Fixture::new(SEED);
        fixture.manifest.tasks.iter_mut().for_each(|t| t.review = review);
        Scorer::from_bytes(fixture.bytes()).unwrap().score("topic", answer).unwrap().decision
    };
    let review = Review { min_words: 3, ..Review::default() };
    assert_eq!(decide(review, "warm air"), Decision::Review(ReviewReason::TooShort));
    assert_eq!(decide(review, "warm frimp snargle"), Decision::Review(ReviewReason::UnknownWords));
    assert_eq!(decide(review, "warm air frimp snargle"), Decision::Automatic);
    assert_eq!(decide(review, "warm air, warm air; warm air"), Decision::Review(ReviewReason::Repetition));
    let lenient = Review { max_repeated: 1.0, ..review };
    assert_eq!(decide(lenient, "warm air, warm air; warm air"), Decision::Automatic);
    let strict = Review { min_confidence: 1.0, ..review };
    assert_eq!(decide(strict, "warm air frimp snargle"), Decision::Review(ReviewReason::LowConfidence));
    // The first reason that applies is returned.
    assert_eq!(decide(strict, "warm frimp snargle"), Decision::Review(ReviewReason::UnknownWords));
    assert_eq!(decide(strict, "frimp"), Decision::Review(ReviewReason::TooShort));
}

#[test]
fn truncated_input_is_reviewed() {
    let mut fixture = Fixture::new(SEED);
    fixture.manifest.tasks.iter_mut().for_each(|t| t.review = Review::default());
    let scorer = Scorer::from_bytes(fixture.bytes()).unwrap();
    let score = scorer.score_pair("compare", "warm air expands", LONG).unwrap();
    assert!(score.truncated && !score.repetitive, "{score:?}");
    assert_eq!(score.decision, Decision::Review(ReviewReason::Truncated));
    let reference = scorer.score_pair("compare", LONG, "warm air expands").unwrap();
    assert_eq!(reference.decision, Decision::Review(ReviewReason::Truncated));
}

#[test]
fn label_that_no_training_answer_has_is_never_awarded_automatically() {
    let mut fixture = Fixture::new(SEED);
    fixture.manifest.tasks.iter_mut().for_each(|t| t.review = Review::default());
    let awarded = Scorer::from_bytes(fixture.bytes()).unwrap();
    for answer in ["warm air expands", "the ice melts in cold water", "gas particles move faster"] {
        for task in ["balloons", "rubric", "topic", "grade"] {
            let score = awarded.score(task, answer).unwrap();
            assert_eq!(score.decision, Decision::Automatic, "{task}");
            for label in &score.labels {
                let mut fixture = fixture.clone();
                let task_entry = fixture.manifest.tasks.iter_mut().find(|t| t.id == task).unwrap();
                task_entry.labels.iter_mut().find(|l| *l.name == *label.name).unwrap().unseen = true;
                let again = Scorer::from_bytes(fixture.bytes()).unwrap().score(task, answer).unwrap();
                let wanted = label.awarded.then_some(ReviewReason::UnseenLabel);
                assert_eq!(again.decision.reason(), wanted, "{task} {}", label.name);
                assert_eq!(again.labels, score.labels);
            }
        }
    }
}

#[test]
fn awards_of_a_label_may_need_more_confidence_than_others() {
    let mut fixture = Fixture::new(SEED);
    fixture.manifest.tasks.iter_mut().for_each(|t| t.review = Review::default());
    let plain = Scorer::from_bytes(fixture.bytes()).unwrap();
    for answer in ["warm air expands", "the ice melts in cold water", "gas particles move faster"] {
        for task in ["balloons", "rubric", "topic", "grade"] {
            let score = plain.score(task, answer).unwrap();
            for (place, label) in score.labels.iter().enumerate() {
                for (least, enough) in [(score.confidence, true), (score.confidence.next_up(), false)] {
                    let mut fixture = fixture.clone();
                    let entry = fixture.manifest.tasks.iter_mut().find(|t| t.id == task).unwrap();
                    entry.labels[place].min_confidence = least.min(1.0);
                    let again = Scorer::from_bytes(fixture.bytes()).unwrap().score(task, answer).unwrap();
                    let held = label.awarded && !enough && score.confidence < 1.0;
                    let wanted = held.then_some(ReviewReason::LowConfidence);
                    assert_eq!(again.decision.reason(), wanted, "{task} {}", label.name);
                    assert_eq!(again.labels, score.labels);
                }
            }
        }
    }
}

#[test]
fn points_of_a_level_are_those_of_its_name() {
    let mut fixture = Fixture::new(SEED);
    let task = fixture.manifest.tasks.iter_mut().find(|t| t.id == "balloons").unwrap();
    let points: Vec<i32> = (0..).step_by(2).take(task.labels.len()).collect();
    for (label, point) in task.labels.iter_mut().zip(&points) {
        label.name = point.to_string();
    }
    task.scale = Some(Scale::of(&points));
    let scorer = Scorer::from_bytes(fixture.bytes()).unwrap();
    assert_eq!(scorer.task("balloons").unwrap().points().unwrap(), points);
    for answer in answers(40) {
        let score = scorer.score("balloons", &answer).unwrap();
        let named = score.awarded().next().unwrap().name.parse::<i32>().unwrap();
        assert_eq!(score.level, Some(named));
        let expected = score.expected.unwrap();
        assert!((0.0..=*points.last().unwrap() as f32).contains(&expected), "{expected}");
    }
}

#[test]
fn confidence_at_the_limit_is_enough() {
    let confidence = scorer().score("topic", "warm air expands").unwrap().confidence;
    let decide = |min_confidence: f32| {
        let mut fixture = Fixture::new(SEED);
        fixture.manifest.tasks.iter_mut().for_each(|t| t.review.min_confidence = min_confidence);
        Scorer::from_bytes(fixture.bytes()).unwrap().score("topic", "warm air expands").unwrap().decision
    };
    assert_eq!(decide(confidence), Decision::Automatic);
    assert_eq!(decide(confidence.next_up()), Decision::Review(ReviewReason::LowConfidence));
}

#[test]
fn temperature_softens_and_keeps_the_order() {
    let at = |temperature: f32| {
        let mut fixture = Fixture::new(SEED);
        fixture.manifest.tasks.iter_mut().for_each(|t| t.calibration.temperature = temperature);
        Scorer::from_bytes(fixture.bytes()).unwrap().trace("topic", None, "warm air expands").unwrap()
    };
    let (sharp, plain, soft) = (at(0.25), at(1.0), at(8.0));
    assert_eq!(sharp.logits, soft.logits);
    assert!(sharp.score.confidence > plain.score.confidence);
    assert!(plain.score.confidence > soft.score.confidence);
    let awarded = |s: &Score| s.awarded().next().map(|l| l.name.to_string());
    assert_eq!(awarded(&sharp.score), awarded(&soft.score));
}

#[test]
fn unknown_task_lists_the_tasks_and_not_the_requested_id() {
    let error = scorer().score("an answer, given in the wrong place", "balloons").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownTask);
    assert_eq!(
        error.to_string(),
        "the model has no such task, it has balloons, rubric, topic, grade, compare"
    );
    let many = Scorer::from_bytes(Fixture::many(1, 23, 4).bytes()).unwrap();
    let error = many.score("x", "").unwrap_err();
    assert!(error.to_string().ends_with("t18, t19 and 3 more"), "{error}");
    let none = Scorer::from_bytes(Fixture::empty(1).bytes()).unwrap();
    assert_eq!(none.score("x", "").unwrap_err().to_string(), "the model has no task at all");
}

#[test]
fn too_long_text_is_refused_without_being_shown() {
    let scorer = scorer();
    let fits = "x".repeat(64 << 10);
    assert!(scorer.score("topic", &fits).is_ok());
    let long = format!("{fits}x");
    for error in [
        scorer.score("topic", &long).unwrap_err(),
        scorer.score_pair("compare", "", &long).unwrap_err(),
        scorer.score_pair("compare", &long, "").unwrap_err(),
        scorer.explain("topic", &long).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        assert!(
            error.to_string().contains("65537 bytes, at most 65536") && error.to_string().len() < 80,
            "{error}"
        );
    }
    let options = OpenOptions { max_answer_bytes: 10, ..OpenOptions::default() };
    let short = Scorer::from_bytes_with(Fixture::new(SEED).bytes(), &options).unwrap();
    assert!(short.score("topic", "0123456789").is_ok());
    assert_eq!(short.score("topic", "0123456789a").unwrap_err().kind(), ErrorKind::TooLarge);
}

#[test]
fn too_many_tokens_are_refused_and_the_next_answer_is_scored() {
    let scorer = scorer();
    let before = scorer.score("topic", "warm air").unwrap();
    assert!(scorer.score("topic", &".".repeat(16_384)).is_ok());
    let error = scorer.score("topic", &".".repeat(16_385)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.to_string().contains("16385 tokens, at most 16384"), "{error}");
    assert_eq!(scorer.score("topic", "warm air").unwrap(), before);
}

#[test]
fn reference_is_required_by_pair_tasks_and_refused_by_others() {
    let scorer = scorer();
    assert_eq!(scorer.score("compare", "warm air").unwrap_err().kind(), ErrorKind::BadInput);
    assert_eq!(scorer.score_pair("topic", "warm", "air").unwrap_err().kind(), ErrorKind::BadInput);
    assert_eq!(scorer.explain("compare", "warm air").unwrap_err().kind(), ErrorKind::BadInput);
    assert_eq!(scorer.explain_pair("topic", "warm", "air").unwrap_err().kind(), ErrorKind::BadInput);
}

#[test]
fn score_depends_on_the_reference() {
    let scorer = scorer();
    let one = scorer.score_pair("compare", "warm air expands", "the gas moves").unwrap();
    let other = scorer.score_pair("compare", "ice melts", "the gas moves").unwrap();
    assert_ne!(one.labels, other.labels);
    assert_eq!(one.words, other.words);
}

#[test]
fn any_unicode_is_scored() {
    let scorer = scorer();
    for text in ["\0", "\u{feff}", "\u{202e}abc", "👩‍👩‍👧", "e\u{301}\u{301}\u{301}", "\u{10ffff}", "ﷺ", "ẞ İ ŉ"]
    {
        let score = scorer.score("topic", text).unwrap();
        assert_consistent(&score, HeadKind::Softmax);
    }
}
