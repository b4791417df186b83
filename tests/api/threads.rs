//! A scorer is shared freely.

use std::thread;

use pupil_core::{Error, Explanation, Score, Scorer};

use crate::{answers, scorer};

#[test]
fn everything_may_cross_threads() {
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
    // A fresh scorer, so that the threads meet while the encoder is packed.
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
fn clone_outlives_the_scorer_it_was_made_from() {
    let first = scorer();
    let second = first.clone();
    let want = first.score("topic", "warm air").unwrap();
    drop(first);
    assert_eq!(second.score("topic", "warm air").unwrap(), want);
}
