//! Measures one warm `score` call in Rust. `CallTime.kt` measures the same calls from Kotlin:
//! `cargo xtask kotlin --bench`.
#![allow(clippy::print_stdout, reason = "a table is what it is for")]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use pupil_core::Scorer;

const CASES: [(&str, &str, &str, &str); 2] = [
    (
        "mind-ca",
        "models/mind-ca/mind-ca.pupil",
        "mindca-ss_burglar",
        "He feared that the officer behind him had come to arrest him for the theft.",
    ),
    (
        "fixture e_lstm",
        "tests/fixtures/golden/e_lstm.pupil",
        "balloons",
        "The balloon expands because the warm air inside it needs much more room than before.",
    ),
];

const WARM: Duration = Duration::from_secs(1);
const ROUND: Duration = Duration::from_micros(500);
const ROUNDS: usize = 2_001;

fn main() -> pupil_core::Result<()> {
    println!("{:<28} {:<10} {:>12} {:>12}", "model", "route", "median us", "least us");
    for (name, model, task, answer) in CASES {
        let scorer = Scorer::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(model))?;
        let call = || scorer.score(task, black_box(answer)).map(|score| black_box(score.confidence));
        let warm = Instant::now();
        while warm.elapsed() < WARM {
            call()?;
        }
        let time = |calls: u32| -> pupil_core::Result<f64> {
            let started = Instant::now();
            for _ in 0..calls {
                call()?;
            }
            Ok(started.elapsed().as_secs_f64() / f64::from(calls))
        };
        // Rounds short enough to fit between two interruptions by other programs.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a number of calls between 1 and some thousands"
        )]
        let calls = (ROUND.as_secs_f64() / time(20)?).max(1.0) as u32;
        let mut times = (0..ROUNDS).map(|_| time(calls)).collect::<pupil_core::Result<Vec<f64>>>()?;
        times.sort_by(f64::total_cmp);
        println!("{name:<28} {:<10} {:>12.3} {:>12.3}", "rust", times[ROUNDS / 2] * 1e6, times[0] * 1e6);
    }
    Ok(())
}
