//! Times of whole calls and of their stages.

use std::path::Path;
use std::time::{Duration, Instant};

use pupil_core::format::manifest::Task;
use pupil_core::{Result, Score, Scorer, Stage};
use serde::Serialize;

use crate::ops::{OpTime, us};

/// Words of a reference that is made up.
pub(crate) const REFERENCE_WORDS: usize = 15;

/// How often the file is opened again.
const OPENINGS: usize = 9;

/// What made-up answers are put together from.
const WORDS: [&str; 24] = [
    "the", "man", "thinks", "that", "it", "is", "not", "there", "because", "he", "wants", "to", "know",
    "what", "they", "will", "do", "when", "air", "gets", "warm", "and", "moves", "more",
];

/// A call to be measured.
pub(crate) struct Call<'a> {
    pub(crate) scorer: &'a Scorer,
    pub(crate) task: &'a Task,
    pub(crate) reference: Option<&'a str>,
}

/// The times of one answer.
#[derive(Debug, Serialize)]
pub(crate) struct AnswerTimes {
    /// Words that hold a letter or digit.
    pub(crate) words: usize,
    /// Tokens that the model read.
    pub(crate) tokens: usize,
    /// The shortest call.
    pub(crate) min_us: f64,
    /// Half of the calls took no longer.
    pub(crate) median_us: f64,
    /// Nineteen of twenty calls took no longer.
    pub(crate) p95_us: f64,
    /// Medians of the stages, each with the reading of the clock.
    pub(crate) stages: Vec<StageTime>,
    /// What the operations take one by one, with numbers made up.
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

    /// Scores so often, each call on the clock.
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
        Stage::Tokenizer => "tokenizer",
        Stage::Encoder => "encoder",
        Stage::Mixture => "mixture",
        Stage::Head => "head",
        _ => "other",
    }
}

/// Runs once and gives the milliseconds that it took.
pub(crate) fn timed<T>(run: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = run();
    (result, us(start.elapsed()) / 1000.0)
}

/// The median of more openings, in milliseconds: the file is in the system's cache by now.
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

/// An answer of so many words, the same every time.
pub(crate) fn made_up(words: usize) -> String {
    let words: Vec<&str> = WORDS.iter().copied().cycle().take(words).collect();
    words.join(" ") + "."
}

/// The value that this share of the sorted values does not exceed.
fn at(sorted: &[Duration], share: f64) -> Duration {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share from 0 to 1 of a length is a place"
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
    fn made_up_answers_have_the_length_that_was_asked_for() {
        assert_eq!(made_up(1), "the.");
        assert_eq!(made_up(50).split(' ').count(), 50);
    }
}
