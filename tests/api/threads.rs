//! A scorer is shared among threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use pupil_core::{Error, Explanation, Score, Scorer};
use pupil_tests::Fixture;

use crate::{SEED, answers, scorer};

#[test]
fn public_types_are_send_and_sync() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Scorer>();
    shared::<Score>();
    shared::<Explanation>();
    shared::<Error>();
}

#[test]
fn threads_that_share_a_scorer_get_the_same_scores() {
    let answers = answers(40);
    let want: Vec<Score> = answers.iter().map(|a| scorer().score("balloons", a).unwrap()).collect();
    // A fresh scorer, so that several threads pack the encoder at once.
    let shared = scorer();
    thread::scope(|scope| {
        for _ in 0..8 {
            let clone = shared.clone();
            scope.spawn(|| {
                let scorer = clone;
                for (answer, want) in answers.iter().zip(&want) {
                    assert_eq!(scorer.score("balloons", answer).unwrap(), *want);
                }
            });
        }
    });
}

#[test]
fn scores_stay_the_same_while_others_open_and_close_scorers_and_packs() {
    // A million calls take a minute: PUPIL_ROUNDS=3125.
    let rounds: usize = std::env::var("PUPIL_ROUNDS").map_or(12, |number| number.parse().unwrap());
    let opened = AtomicUsize::new(0);
    let base = Fixture::mixtures(SEED);
    let bytes = base.bytes();
    let shared = Scorer::from_bytes(bytes.clone()).unwrap();
    let pack = base.pack(shared.blake3()).bytes();
    let answers = &answers(40);
    let want: Vec<Score> = answers.iter().map(|a| shared.score("token", a).unwrap()).collect();
    let count = answers.len();
    let (fresh, busy) = (Scorer::from_bytes(bytes.clone()).unwrap(), Arc::new(()));
    let check = |scorer: &Scorer, task: &str, at: usize| {
        let score = scorer.score(task, &answers[at]).unwrap();
        let bits = |score: &Score| score.labels.iter().map(|l| l.probability.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&score), bits(&want[at]), "answer {at}");
        assert_eq!(score, want[at]);
    };
    thread::scope(|scope| {
        for offset in 0..8 {
            let (fresh, check, busy) = (&fresh, &check, Arc::clone(&busy));
            scope.spawn(move || {
                // Released at the end, also if an assertion fails.
                let _busy = busy;
                for at in (0..rounds * count).map(|n| (n + 5 * offset) % count) {
                    check(fresh, "token", at);
                }
            });
        }
        for _ in 0..2 {
            // Opens, attaches, detaches and closes while other threads score.
            scope.spawn(|| {
                let mut at = 0;
                while Arc::strong_count(&busy) > 1 {
                    let own = Scorer::from_bytes(bytes.clone()).unwrap();
                    check(&own, "token", at);
                    let with_pack = fresh.attach_bytes(pack.clone()).unwrap();
                    check(&with_pack, "more-token", at);
                    drop(own);
                    opened.fetch_add(1, Ordering::Relaxed);
                    check(&with_pack.detach("pack").unwrap(), "token", at);
                    at = (at + 1) % count;
                }
            });
        }
    });
    println!("{} scores of 8 threads, {} models opened and closed", 8 * rounds * count, opened.into_inner());
}

#[test]
fn clone_outlives_the_scorer_it_was_made_from() {
    let first = scorer();
    let second = first.clone();
    let want = first.score("topic", "warm air").unwrap();
    drop(first);
    assert_eq!(second.score("topic", "warm air").unwrap(), want);
}
