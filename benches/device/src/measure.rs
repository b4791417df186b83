//! Measures whole calls and their stages.

use std::path::Path;
use std::time::{Duration, Instant};

use pupil_core::format::manifest::Task;
use pupil_core::{Result, Score, Scorer, Stage};
use serde::Serialize;

use crate::ops::{OpTime, us};

/// Number of words of an invented reference.
pub(crate) const REFERENCE_WORDS: usize = 15;

/// Number of times the file is opened again.
const OPENINGS: usize = 9;

/// The words of invented answers.
const WORDS: [&str; 24] = [
    "the", "man", "thinks", "that", "it", "is", "not", "there", "because", "he", "wants", "to", "know",
    "what", "they", "will", "do", "when", "air", "gets", "warm", "and", "moves", "more",
];

/// A call to measure.
pub(crate) struct Call<'a> {
    pub(crate) scorer: &'a Scorer,
    pub(crate) task: &'a Task,
    pub(crate) reference: Option<&'a str>,
}

/// The times of one answer.
#[derive(Debug, Serialize)]
pub(crate) struct AnswerTimes {
    /// Number of words that contain a letter or a digit.
    pub(crate) words: usize,
    /// Number of tokens that the model read.
    pub(crate) tokens: usize,
    /// The shortest call.
    pub(crate) min_us: f64,
    /// The median.
    pub(crate) median_us: f64,
    /// The 95th percentile.
    pub(crate) p95_us: f64,
    /// Medians of the stages, including the time to read the clock.
    pub(crate) stages: Vec<StageTime>,
    /// Times of the single operations, with invented numbers.
    pub(crate) ops: Vec<OpTime>,
}

/// The time of a stage.
#[derive(Debug, Serialize)]
pub(crate) struct StageTime {
    pub(crate) stage: &'static str,
    pub(crate) us: f64,
}

impl Call<'_> {
    /// Scores once.
    pub(crate) fn score(&self, text: &str) -> Result<Score> {
        match self.reference {
            Some(reference) => self.scorer.score_pair(&self.task.id, reference, text),
            None => self.scorer.score(&self.task.id, text),
        }
    }

    /// Scores `repeat` times and measures each call.
    pub(crate) fn warm(&self, text: &str, repeat: u32) -> Result<AnswerTimes> {
        let score = self.score(text)?;
        let mut calls = Vec::with_capacity(repeat as usize);
        for _ in 0..repeat {
            let start = Instant::now();
            let score = self.score(text)?;
            calls.push(start.elapsed());
            drop(score);
        }
        calls.sort_unstable();
        Ok(AnswerTimes {
            words: score.words,
            tokens: score.tokens,
            min_us: us(calls[0]),
            median_us: us(at(&calls, 0.5)),
            p95_us: us(at(&calls, 0.95)),
            stages: self.stages(text, repeat)?,
            ops: Vec::new(),
        })
    }

    fn stages(&self, text: &str, repeat: u32) -> Result<Vec<StageTime>> {
        let mut all: Vec<(&'static str, Vec<Duration>)> = Vec::new();
        for _ in 0..repeat {
            let mut place = 0;
            let mut last = Instant::now();
            let mut done = |stage| {
                let (now, name) = (Instant::now(), name(stage));
                if place == all.len() {
                    all.push((name, Vec::new()));
                }
                all[place].1.push(now - last);
                place += 1;
                last = Instant::now();
            };
            self.scorer.score_in_stages(&self.task.id, self.reference, text, &mut done)?;
        }
        let median = |(stage, mut times): (&'static str, Vec<Duration>)| {
            times.sort_unstable();
            StageTime { stage, us: us(at(&times, 0.5)) }
        };
        Ok(all.into_iter().map(median).collect())
    }
}

/// The name of a stage.
fn name(stage: Stage) -> &'static str {
    match stage {
        Stage::Lookup => "lookup",
        Stage::Guard => "guard",
        Stage::Tokenizer => "tokenizer",
        Stage::Encoder => "encoder",
        Stage::Mixture => "mixture",
        Stage::Head => "head",
        _ => "other",
    }
}

/// Runs the closure once and returns its time in milliseconds.
pub(crate) fn timed<T>(run: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = run();
    (result, us(start.elapsed()) / 1000.0)
}

/// The median of repeated openings in milliseconds, with the file in the system's cache.
pub(crate) fn open_again(path: &Path) -> Result<f64> {
    let mut times = Vec::with_capacity(OPENINGS);
    for _ in 0..OPENINGS {
        let start = Instant::now();
        let scorer = Scorer::open(path)?;
        times.push(start.elapsed());
        drop(scorer);
    }
    times.sort_unstable();
    Ok(us(at(&times, 0.5)) / 1000.0)
}

/// An invented answer of this many words, always the same.
pub(crate) fn made_up(words: usize) -> String {
    let words: Vec<&str> = WORDS.iter().copied().cycle().take(words).collect();
    words.join(" ") + "."
}

/// The quantile of sorted values.
fn at(sorted: &[Duration], share: f64) -> Duration {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a fraction from 0 to 1 of a length is an index"
    )]
    let place = (share * sorted.len() as f64).ceil() as usize;
    sorted[place.clamp(1, sorted.len()) - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_sorted_times() {
        let times: Vec<Duration> = (1..=20).map(Duration::from_micros).collect();
        assert_eq!(at(&times, 0.5), Duration::from_micros(10));
        assert_eq!(at(&times, 0.95), Duration::from_micros(19));
        assert_eq!(at(&times[..1], 0.95), Duration::from_micros(1));
    }

    #[test]
    fn invented_answers_have_the_requested_length() {
        assert_eq!(made_up(1), "the.");
        assert_eq!(made_up(50).split(' ').count(), 50);
    }
}
