//! The public API on the shipped model: file to first score, text to score, batches.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use pupil_core::{BatchOptions, Scorer};
use std::hint::black_box;
use std::path::Path;
use std::sync::Barrier;
use std::time::{Duration, Instant};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/mind-ca/mind-ca.pupil");
/// Fifteen words.
const ANSWER: &str = "He thinks that the police officer has come to take him away for the robbery.";
const ANSWERS: usize = 16_384;

fn opened() -> (Scorer, String) {
    let scorer = Scorer::open(FILE).expect("the shipped model opens");
    let task = scorer.tasks().next().expect("it has tasks").id.clone();
    (scorer, task)
}

fn open(c: &mut Criterion) {
    let task = opened().1;
    c.bench_function("open/file", |b| b.iter(|| Scorer::open(black_box(FILE)).expect("it opens")));
    let bytes = std::fs::read(Path::new(FILE)).expect("the file exists");
    c.bench_function("open/bytes", |b| {
        b.iter_batched(
            || bytes.clone(),
            |bytes| Scorer::from_bytes(bytes).expect("it opens"),
            BatchSize::LargeInput,
        );
    });
    c.bench_function("open/file to first score", |b| {
        b.iter(|| Scorer::open(black_box(FILE)).and_then(|s| s.score(&task, ANSWER)).expect("it scores"));
    });
}

fn score(c: &mut Criterion) {
    let (scorer, task) = opened();
    c.bench_function("score/15 words", |b| {
        b.iter(|| scorer.score(black_box(&task), black_box(ANSWER)).expect("it scores"));
    });
    let curly = ANSWER.replace("the police", "the police\u{2019}s");
    c.bench_function("score/15 words, one not ASCII", |b| {
        b.iter(|| scorer.score(black_box(&task), black_box(&curly)).expect("it scores"));
    });
    let tasks: Vec<&str> = scorer.tasks().map(|t| t.id.as_str()).collect();
    let mut group = c.benchmark_group("score");
    group.throughput(Throughput::Elements(tasks.len() as u64));
    group.bench_function("15 words, every task in turn", |b| {
        b.iter(|| tasks.iter().map(|t| scorer.score(t, ANSWER).expect("it scores").words).sum::<usize>());
    });
    group.finish();
    c.bench_function("explain/15 words", |b| {
        b.iter(|| scorer.explain(black_box(&task), black_box(ANSWER)).expect("it scores"));
    });
}

fn batch(c: &mut Criterion) {
    let (scorer, task) = opened();
    let answers = vec![ANSWER; ANSWERS];
    let mut group = c.benchmark_group("batch");
    group.throughput(Throughput::Elements(ANSWERS as u64));
    let all = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    for threads in [1, all] {
        let options = BatchOptions { threads, ..BatchOptions::default() };
        group.bench_function(format!("threads {threads}"), |b| {
            b.iter_with_large_drop(|| scorer.score_batch(&task, &answers, &options).expect("it scores"));
        });
    }
    group.finish();
}

/// Threads that share one scorer, and threads with one scorer each: the times are equal if sharing is free.
fn threads(c: &mut Criterion) {
    let (shared, task) = opened();
    let mut group = c.benchmark_group("threads");
    // Few and long measurements: in a short one, the system has not yet spread the threads over the cores.
    group.sample_size(10);
    for count in [1, 2, 8] {
        let own: Vec<Scorer> = (0..count).map(|_| opened().0).collect();
        let one = vec![shared.clone(); count];
        group.throughput(Throughput::Elements(count as u64));
        for (name, scorers) in [("one scorer", &one), ("own scorers", &own)] {
            group.bench_function(format!("{count}, {name}"), |b| {
                b.iter_custom(|iterations| together(scorers, &task, iterations));
            });
        }
    }
    group.finish();
}

/// The time until each thread has scored this often.
fn together(scorers: &[Scorer], task: &str, iterations: u64) -> Duration {
    let start = Barrier::new(scorers.len() + 1);
    std::thread::scope(|scope| {
        for scorer in scorers {
            scope.spawn(|| {
                scorer.score(task, ANSWER).expect("it scores");
                start.wait();
                for _ in 0..iterations {
                    black_box(scorer.score(black_box(task), black_box(ANSWER)).expect("it scores"));
                }
            });
        }
        start.wait();
        Instant::now()
    })
    .elapsed()
}

criterion_group!(benches, open, score, batch, threads);
criterion_main!(benches);
