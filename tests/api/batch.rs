//! Batches: the same scores for any number of threads, progress, cancellation, errors.

use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pupil_core::format::manifest::Input;
use pupil_core::{BatchOptions, ErrorKind, OpenOptions, Score, Scorer};
use pupil_tests::Fixture;

use crate::{SEED, answers, scorer};

/// The bits of all numbers in the scores.
fn bits(scores: &[Score]) -> Vec<u32> {
    scores
        .iter()
        .flat_map(|s| {
            let labels = s.labels.iter().map(|l| l.probability.to_bits());
            labels
                .chain([s.confidence.to_bits(), s.expected.unwrap_or_default().to_bits()])
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let scorer = scorer();
    let answers = answers(300);
    for task in ["balloons", "rubric", "topic", "grade"] {
        let one_by_one: Vec<Score> = answers.iter().map(|a| scorer.score(task, a).unwrap()).collect();
        for threads in [0, 1, 2, 3, 7, 64, 10_000] {
            let options = BatchOptions { threads, ..BatchOptions::default() };
            let scores = scorer.score_batch(task, &answers, &options).unwrap();
            assert_eq!(bits(&scores), bits(&one_by_one), "{task} on {threads} threads");
            assert_eq!(scores, one_by_one);
        }
    }
}

#[test]
fn batch_of_any_size_keeps_the_order() {
    let scorer = scorer();
    for count in [0, 1, 15, 16, 17, 31, 33] {
        let answers = answers(count);
        let scores = scorer.score_batch("topic", &answers, &BatchOptions::default()).unwrap();
        let one_by_one: Vec<Score> = answers.iter().map(|a| scorer.score("topic", a).unwrap()).collect();
        assert_eq!(scores, one_by_one);
    }
}

#[test]
fn pairs_are_scored_as_one_by_one() {
    let scorer = scorer();
    let pairs: Vec<(&str, String)> = answers(50).into_iter().map(|a| ("warm air expands", a)).collect();
    let options = BatchOptions { threads: 3, ..BatchOptions::default() };
    let scores = scorer.score_pair_batch("compare", &pairs, &options).unwrap();
    for (score, (reference, answer)) in scores.iter().zip(&pairs) {
        assert_eq!(*score, scorer.score_pair("compare", reference, answer).unwrap());
    }
    let error = scorer.score_batch("compare", &["warm"], &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadInput);
}

/// Answers of all lengths go through a transformer together, whatever follows it.
#[test]
fn members_and_mixtures_score_answers_together_as_one_by_one() {
    let mut answers = answers(40);
    answers.extend([
        String::new(),
        "warm ".repeat(40),
        "é 日本 🎈 frimp".into(),
        "air ".repeat(50),
        "warm".into(),
    ]);
    let pairs: Vec<(&str, &str)> =
        answers.iter().zip(["warm air expands", "", "air"].iter().cycle()).map(|(a, r)| (*r, &**a)).collect();
    for fixture in [Fixture::mixtures(SEED), Fixture::members(SEED)] {
        let scorer = Scorer::from_bytes(fixture.bytes()).unwrap();
        for task in &fixture.manifest.tasks {
            let id = &task.id;
            let one_by_one: Vec<Score> = pairs
                .iter()
                .map(|(reference, answer)| match task.input {
                    Input::Pair => scorer.score_pair(id, reference, answer).unwrap(),
                    Input::Answer => scorer.score(id, answer).unwrap(),
                })
                .collect();
            for threads in [1, 3] {
                let options = BatchOptions { threads, ..BatchOptions::default() };
                let scores = match task.input {
                    Input::Pair => scorer.score_pair_batch(id, &pairs, &options).unwrap(),
                    Input::Answer => scorer.score_batch(id, &answers, &options).unwrap(),
                };
                assert_eq!(bits(&scores), bits(&one_by_one), "{id} on {threads} threads");
                assert_eq!(scores, one_by_one);
            }
        }
    }
}

#[test]
fn answer_that_cannot_be_encoded_with_others_is_named() {
    let fixture = Fixture::mixtures(SEED);
    let options = OpenOptions { max_answer_bytes: 100, ..OpenOptions::default() };
    let scorer = Scorer::from_bytes_with(fixture.bytes(), &options).unwrap();
    let mut answers = answers(20);
    answers[7] = "a".repeat(101);
    let task = fixture.manifest.tasks.iter().find(|task| task.input == Input::Answer).unwrap();
    let error = scorer.score_batch(&task.id, &answers, &BatchOptions::default()).unwrap_err();
    assert_eq!((error.kind(), error.answer()), (ErrorKind::TooLarge, Some(7)));
}

#[test]
fn progress_rises_to_the_end() {
    let scorer = scorer();
    for (count, threads) in [(200, 1), (200, 4), (5, 2)] {
        let seen = Mutex::new(Vec::new());
        let progress = |done, all| {
            seen.lock().unwrap().push((done, all));
            ControlFlow::Continue(())
        };
        let options = BatchOptions { threads, progress: Some(&progress), cancel: None };
        scorer.score_batch("topic", &answers(count), &options).unwrap();
        let seen = seen.into_inner().unwrap();
        assert!(seen.windows(2).all(|w| w[0].0 < w[1].0), "{seen:?}");
        assert!(seen.iter().all(|(_, all)| *all == count));
        assert_eq!(seen.last(), Some(&(count, count)));
    }
}

/// An answer that counts its reads.
struct Counted<'a>(&'a str, &'a AtomicUsize);

impl AsRef<str> for Counted<'_> {
    fn as_ref(&self) -> &str {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0
    }
}

#[test]
fn slow_listener_does_not_keep_the_other_threads_waiting() {
    let (scorer, answers, read) = (scorer(), answers(400), AtomicUsize::new(0));
    let answers: Vec<Counted<'_>> = answers.iter().map(|a| Counted(a, &read)).collect();
    let (told, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let progress = |done, _| {
        // The first call lasts until the other thread has read all remaining answers, or a minute.
        if told.fetch_add(1, Ordering::Relaxed) == 0 {
            let start = Instant::now();
            while read.load(Ordering::Relaxed) < answers.len() && start.elapsed() < Duration::from_secs(60) {
                std::thread::sleep(Duration::from_millis(1));
            }
            most.store(read.load(Ordering::Relaxed), Ordering::Relaxed);
        }
        told.store(done, Ordering::Relaxed);
        ControlFlow::Continue(())
    };
    let options = BatchOptions { threads: 2, progress: Some(&progress), cancel: None };
    scorer.score_batch("topic", &answers, &options).unwrap();
    assert_eq!(most.into_inner(), answers.len());
    assert_eq!(told.into_inner(), answers.len(), "the last call reports the end");
}

#[test]
fn cancelled_batch_stops_early() {
    let scorer = scorer();
    let answers = answers(20_000);
    for threads in [1, 4] {
        let cancel = AtomicBool::new(false);
        let reached = AtomicUsize::new(0);
        let progress = |done, _| {
            reached.store(done, Ordering::Relaxed);
            if done >= 64 {
                cancel.store(true, Ordering::Relaxed);
            }
            ControlFlow::Continue(())
        };
        let options = BatchOptions { threads, progress: Some(&progress), cancel: Some(&cancel) };
        let error = scorer.score_batch("topic", &answers, &options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        assert!(reached.into_inner() < answers.len());
    }
}

#[test]
fn listener_that_breaks_stops_the_batch_and_is_not_called_again() {
    let scorer = scorer();
    let answers = answers(20_000);
    for threads in [1, 4] {
        let (told, cancel) = (AtomicUsize::new(0), AtomicBool::new(false));
        let progress = |_, _| {
            told.fetch_add(1, Ordering::Relaxed);
            ControlFlow::Break(())
        };
        let options = BatchOptions { threads, progress: Some(&progress), cancel: Some(&cancel) };
        let error = scorer.score_batch("topic", &answers, &options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        assert_eq!(told.into_inner(), 1, "{threads} threads");
        assert!(!cancel.into_inner(), "the flag that the caller shares with other batches is not changed");
    }
}

#[test]
fn batch_cancelled_before_it_begins_scores_nothing() {
    let cancel = AtomicBool::new(true);
    let options = BatchOptions { cancel: Some(&cancel), ..BatchOptions::default() };
    let error = scorer().score_batch("topic", &answers(10), &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(error.to_string(), "cancelled after 0 of 10 answers");
}

#[test]
fn first_failing_answer_is_named() {
    let scorer = scorer();
    let mut answers = answers(500);
    answers[333] = "x".repeat(70_000);
    answers[77] = "y".repeat(70_000);
    answers[450] = "z".repeat(70_000);
    for threads in [1, 2, 8] {
        let options = BatchOptions { threads, ..BatchOptions::default() };
        for _ in 0..20 {
            let error = scorer.score_batch("topic", &answers, &options).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TooLarge);
            assert!(error.to_string().starts_with("answer 77: answer has 70000 bytes"), "{error}");
            assert_eq!(error.answer(), Some(77));
        }
    }
    assert_eq!(
        scorer.score_batch("none", &answers, &BatchOptions::default()).unwrap_err().kind(),
        ErrorKind::UnknownTask
    );
}

#[test]
fn panic_in_progress_reaches_the_caller_and_the_scorer_still_works() {
    let scorer = scorer();
    let answers = answers(100);
    let before = scorer.score("topic", &answers[7]).unwrap();
    let progress = |_, _| panic!("from the progress");
    let options = BatchOptions { threads: 3, progress: Some(&progress), cancel: None };
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        scorer.score_batch("topic", &answers, &options)
    }));
    assert!(outcome.is_err());
    assert_eq!(scorer.score("topic", &answers[7]).unwrap(), before);
}
