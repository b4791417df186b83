//! Scores many answers in one call.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use pupil_core::{BatchOptions, Score, Scorer};

use crate::error::PupilError;
use crate::types::{ReviewReason, count};

/// Stops a batch from another thread.
#[derive(Debug, Default, uniffi::Object)]
pub struct Cancellation {
    asked: AtomicBool,
}

#[uniffi::export]
impl Cancellation {
    /// A cancellation that has not been requested.
    #[uniffi::constructor]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Stops every batch that uses this object, before its next answer.
    pub fn cancel(&self) -> Result<(), PupilError> {
        self.asked.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// Receives the progress of a batch; the app implements it.
#[uniffi::export(foreign)]
pub trait Progress: Send + Sync {
    /// Called with the number of finished answers, which rises, and the number of all. Different threads may call it,
    /// but only one at a time. If it throws, the batch stops and fails with the thrown error.
    fn update(&self, done: u64, total: u64) -> Result<(), PupilError>;
}

/// Scores texts, with or without references.
pub(crate) fn run<T: AsRef<str> + Sync>(
    scorer: &Scorer,
    task: &str,
    answers: &[T],
    references: Option<&[T]>,
    threads: u32,
    progress: Option<&dyn Progress>,
    cancellation: Option<&Cancellation>,
) -> Result<Vec<Score>, PupilError> {
    let thrown = Mutex::new(None);
    let tell = |done: usize, total: usize| match progress
        .map(|listener| listener.update(done as u64, total as u64))
    {
        Some(Err(error)) => {
            *thrown.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            ControlFlow::Break(())
        }
        _ => ControlFlow::Continue(()),
    };
    let options = BatchOptions {
        threads: usize::try_from(threads).unwrap_or(usize::MAX),
        progress: progress.is_some().then_some(&tell),
        cancel: cancellation.map(|cancellation| &cancellation.asked),
    };
    let scores = match references {
        None => scorer.score_batch(task, answers, &options),
        Some(references) if references.len() == answers.len() => {
            let pairs: Vec<(&str, &str)> =
                references.iter().map(T::as_ref).zip(answers.iter().map(T::as_ref)).collect();
            scorer.score_pair_batch(task, &pairs, &options)
        }
        Some(references) => {
            let reason = format!(
                "{} answers and {} references, the numbers must be equal",
                answers.len(),
                references.len()
            );
            return Err(PupilError::BadInput { reason, answer: None });
        }
    };
    match thrown.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(scores?),
    }
}

/// Concatenated texts.
pub(crate) struct Packed<'a> {
    text: &'a [u8],
    ends: &'a [[u8; 8]],
}

impl<'a> Packed<'a> {
    pub(crate) fn new(text: &'a [u8], ends: &'a [u8]) -> Result<Self, PupilError> {
        let (ends, rest) = ends.as_chunks();
        if !rest.is_empty() {
            let reason = format!("{} bytes of ends are not a multiple of 8", ends.len() * 8 + rest.len());
            return Err(PupilError::BadInput { reason, answer: None });
        }
        Ok(Self { text, ends })
    }

    /// Returns the texts. Rejects ends that decrease or are out of range, and texts that are not valid UTF-8.
    pub(crate) fn texts(&self) -> Result<Vec<&'a str>, PupilError> {
        let bad = |place: usize, reason: String| PupilError::BadInput { reason, answer: Some(place as u64) };
        let mut start = 0;
        let mut texts = Vec::with_capacity(self.ends.len());
        for (place, end) in self.ends.iter().enumerate() {
            let end = u64::from_le_bytes(*end);
            let bytes =
                usize::try_from(end).ok().and_then(|end| self.text.get(start..end)).ok_or_else(|| {
                    bad(
                        place,
                        format!(
                            "text {place} goes from byte {start} to {end}, there are {}",
                            self.text.len()
                        ),
                    )
                })?;
            let text = std::str::from_utf8(bytes)
                .map_err(|error| bad(place, format!("text {place} is not valid UTF-8: {error}")))?;
            texts.push(text);
            start += bytes.len();
        }
        if start != self.text.len() {
            let reason = format!("the texts end at byte {start}, there are {}", self.text.len());
            return Err(PupilError::BadInput { reason, answer: None });
        }
        Ok(texts)
    }
}

/// Scores as columns of numbers, all little-endian, one entry per answer unless stated otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct Columns {
    /// Probabilities, 32-bit floats: all labels of the first answer, then of the second, and so on.
    pub probabilities: Vec<u8>,
    /// Awards, 0 or 1, in the same order.
    pub awarded: Vec<u8>,
    /// Awarded levels, signed, 32 bits; empty if the task has no scale.
    pub levels: Vec<u8>,
    /// Expected levels, 32-bit floats; empty if the task has no scale.
    pub expected: Vec<u8>,
    /// Confidences, 32-bit floats.
    pub confidences: Vec<u8>,
    /// Decisions: 0 automatic; review because: 1 too short, 2 another language, 3 gibberish, 4 unknown words, 5
    /// repetition, 6 the question itself, 7 nearly the reference answer, 8 something else than the question, 9 a list
    /// of words, 10 truncated, 11 a label that no training answer has, 12 low confidence, 13 nothing could be
    /// promised, 14 an audit, 255 a reason without a number here.
    pub decisions: Vec<u8>,
    /// Words, unsigned, 32 bits.
    pub words: Vec<u8>,
    /// Unknown words, unsigned, 32 bits.
    pub unknown_words: Vec<u8>,
    /// Tokens, unsigned, 32 bits.
    pub tokens: Vec<u8>,
    /// Whether the answer was longer than the model reads, 0 or 1.
    pub truncated: Vec<u8>,
    /// Whether the answer repeats a word or a phrase many times, 0 or 1.
    pub repetitive: Vec<u8>,
}

impl Columns {
    pub(crate) fn new(scores: &[Score]) -> Self {
        let mut columns = Self::default();
        for score in scores {
            for label in &score.labels {
                columns.probabilities.extend(label.probability.to_le_bytes());
                columns.awarded.push(u8::from(label.awarded));
            }
            columns.levels.extend(score.level.iter().flat_map(|level| level.to_le_bytes()));
            columns.expected.extend(score.expected.iter().flat_map(|level| level.to_le_bytes()));
            columns.confidences.extend(score.confidence.to_le_bytes());
            columns.decisions.push(decision_code(score));
            columns.words.extend(count(score.words).to_le_bytes());
            columns.unknown_words.extend(count(score.unknown_words).to_le_bytes());
            columns.tokens.extend(count(score.tokens).to_le_bytes());
            columns.truncated.push(u8::from(score.truncated));
            columns.repetitive.push(u8::from(score.repetitive));
        }
        columns
    }
}

/// The number of a decision in [`Columns::decisions`].
pub(crate) fn decision_code(score: &Score) -> u8 {
    score.decision.reason().map_or(0, |reason| ReviewReason::from(reason).code())
}
