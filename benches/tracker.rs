//! Trackers on the shipped knowledge model: an answer in, what follows out.

use criterion::{Criterion, criterion_group, criterion_main};
use pupil_core::{Policy, Tracker};
use std::hint::black_box;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/practice/practice.pupil");

fn opened() -> Tracker {
    Tracker::open(FILE).expect("the shipped model opens")
}

fn step(c: &mut Criterion) {
    let mut tracker = opened();
    c.bench_function("tracker/observe", |b| {
        b.iter(|| tracker.observe(black_box("fractions-3"), black_box(true)).expect("it is a question"));
    });
    let questions = tracker.questions().len();
    c.bench_function(&format!("tracker/observe, predict {questions} questions"), |b| {
        b.iter(|| {
            tracker.observe(black_box("fractions-3"), black_box(false)).expect("it is a question");
            tracker.predict_all()[0]
        });
    });
    c.bench_function("tracker/mastery", |b| b.iter(|| tracker.mastery()));
    c.bench_function("tracker/snapshot and restore", |b| {
        b.iter(|| {
            let kept = tracker.snapshot();
            tracker.restore(black_box(&kept)).expect("it is its own");
        });
    });
}

fn choose(c: &mut Criterion) {
    let mut tracker = opened();
    tracker.observe("add-1", true).expect("it is a question");
    for (name, policy) in [("probability", Policy::default()), ("gain", Policy::ExpectedGain)] {
        c.bench_function(&format!("tracker/recommend 5 by {name}"), |b| {
            b.iter(|| tracker.recommend(5, black_box(&policy)).expect("the policy is valid"));
        });
    }
    c.bench_function("tracker/open", |b| b.iter(opened));
}

criterion_group!(benches, step, choose);
criterion_main!(benches);
