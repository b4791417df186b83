//! Scores, as C sees them, and the calls that give one.

use std::ffi::{c_char, c_int};

use pupil_core::{ReviewReason, Score};

use crate::call::{call, given};
use crate::error::{PupilError, PupilStatus};
use crate::kept::{Kept, count};
use crate::model::PupilGuarantee;
use crate::scorer::PupilScorer;
use crate::text::{name, text};

/// Why a person should review an answer: the first reason that applies, or `PUPIL_REVIEW_NONE` if the score can be used
/// without review.
///
/// A later version may give further reasons; treat those that you do not know as a reason for review.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PupilReview {
    /// No review is needed: the score is automatic.
    None = 0,
    /// The answer has fewer words than the task requires, or none.
    TooShort = 1,
    /// The answer is written in another language or script than the training answers.
    OtherLanguage = 2,
    /// The letters of the answer do not make words.
    Gibberish = 3,
    /// The model does not know most of the words.
    UnknownWords = 4,
    /// The answer repeats a word or a phrase many times.
    Repetition = 5,
    /// The answer repeats the question.
    CopiedQuestion = 6,
    /// The answer is nearly the reference answer, but not the same.
    NearReference = 7,
    /// The answer is about something else than the question.
    OffTopic = 8,
    /// The answer is a list of words, or words in no order.
    WordList = 9,
    /// The answer or the reference was too long and was truncated.
    Truncated = 10,
    /// No training answer of the model has the awarded label or level.
    UnseenLabel = 11,
    /// The confidence is lower than the task requires.
    LowConfidence = 12,
    /// Nothing could be promised about automatic scores of the task, so there are none.
    NoPromise = 13,
    /// The score would be automatic, but is part of the share that a person reviews anyway.
    Audit = 14,
    /// A reason that has no name here.
    Other = 255,
}

/// The score of one answer. The library makes it; read it through its pointer, since a later version may have further
/// fields at the end.
#[repr(C)]
#[derive(Debug)]
pub struct PupilScore {
    /// Number of labels, which is that of the task.
    pub label_count: u32,
    /// The calibrated probability of each label, from 0 to 1, in the order of the task: `label_count` numbers.
    pub probabilities: *const f32,
    /// Whether each label is awarded: `label_count` values.
    pub awarded: *const bool,
    /// Whether the task has a scale, so that `level` and `expected` are set.
    pub has_level: bool,
    /// The awarded level, in points; 0 without a scale.
    pub level: i32,
    /// The expected level, in points; 0 without a scale.
    pub expected: f32,
    /// How sure the model is of the award, from 0 to 1.
    pub confidence: f32,
    /// Why a person should review the answer, or `PUPIL_REVIEW_NONE`.
    pub review: PupilReview,
    /// The promise that covers the score: that of its task if the score is automatic, otherwise NULL.
    pub guarantee: *const PupilGuarantee,
    /// Number of words of the answer that contain a letter or a digit.
    pub words: u32,
    /// Number of words that the model does not know.
    pub unknown_words: u32,
    /// Number of tokens that the model read, including those of the reference.
    pub tokens: u32,
    /// Whether the answer was too long for the model and was truncated.
    pub truncated: bool,
    /// Whether the answer repeats a word or a phrase many times.
    pub repetitive: bool,
}

impl PupilScore {
    /// A score and what it points to.
    pub(crate) fn new(score: &Score, kept: &mut Kept) -> Self {
        Self {
            label_count: count(score.labels.len()),
            probabilities: kept.list(score.labels.iter().map(|label| label.probability).collect()),
            awarded: kept.list(score.labels.iter().map(|label| label.awarded).collect()),
            has_level: score.level.is_some(),
            level: score.level.unwrap_or(0),
            expected: score.expected.unwrap_or(0.0),
            confidence: score.confidence,
            review: score.decision.reason().map_or(PupilReview::None, PupilReview::from),
            guarantee: PupilGuarantee::optional(score.guarantee.as_ref(), kept),
            words: count(score.words),
            unknown_words: count(score.unknown_words),
            tokens: count(score.tokens),
            truncated: score.truncated,
            repetitive: score.repetitive,
        }
    }
}

impl From<ReviewReason> for PupilReview {
    fn from(reason: ReviewReason) -> Self {
        match reason {
            ReviewReason::TooShort => Self::TooShort,
            ReviewReason::OtherLanguage => Self::OtherLanguage,
            ReviewReason::Gibberish => Self::Gibberish,
            ReviewReason::UnknownWords => Self::UnknownWords,
            ReviewReason::Repetition => Self::Repetition,
            ReviewReason::CopiedQuestion => Self::CopiedQuestion,
            ReviewReason::NearReference => Self::NearReference,
            ReviewReason::OffTopic => Self::OffTopic,
            ReviewReason::WordList => Self::WordList,
            ReviewReason::Truncated => Self::Truncated,
            ReviewReason::UnseenLabel => Self::UnseenLabel,
            ReviewReason::LowConfidence => Self::LowConfidence,
            ReviewReason::NoPromise => Self::NoPromise,
            ReviewReason::Audit => Self::Audit,
            // The engine may get further reasons; they must not appear as one of those above.
            _ => Self::Other,
        }
    }
}

/// The name of a reason for review, such as `"too-short"`: the same word as in the other languages. `"automatic"` for
/// 0, `"other"` for a number without a name. The text is constant; do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn pupil_review_name(review: c_int) -> *const c_char {
    match review {
        0 => c"automatic",
        1 => c"too-short",
        2 => c"other-language",
        3 => c"gibberish",
        4 => c"unknown-words",
        5 => c"repetition",
        6 => c"copied-question",
        7 => c"near-reference",
        8 => c"off-topic",
        9 => c"word-list",
        10 => c"truncated",
        11 => c"unseen-label",
        12 => c"low-confidence",
        13 => c"no-promise",
        14 => c"audit",
        _ => c"other",
    }
    .as_ptr()
}

/// Scores an answer. The caller frees the score with `pupil_score_free`.
///
/// # Safety
///
/// `scorer` is open, `task` ends with a zero byte, `answer` has `answer_len` bytes, `out` is a place for a pointer,
/// and `error` is one or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_score(
    scorer: *const PupilScorer,
    task: *const c_char,
    answer: *const c_char,
    answer_len: usize,
    out: *mut *mut PupilScore,
    error: *mut *mut PupilError,
) -> PupilStatus {
    // SAFETY: as the caller guarantees.
    unsafe {
        call(out, error, || {
            let scorer = given(scorer, "the scorer")?.engine();
            let score = scorer.score(name(task, "the task")?, text(answer, answer_len, "the answer")?)?;
            Ok(boxed(&score))
        })
    }
}

/// Scores an answer to a task that compares it with a reference answer (`needs_reference`). The caller frees the score
/// with `pupil_score_free`.
///
/// # Safety
///
/// As `pupil_score`; `reference` has `reference_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_score_pair(
    scorer: *const PupilScorer,
    task: *const c_char,
    reference: *const c_char,
    reference_len: usize,
    answer: *const c_char,
    answer_len: usize,
    out: *mut *mut PupilScore,
    error: *mut *mut PupilError,
) -> PupilStatus {
    // SAFETY: as the caller guarantees.
    unsafe {
        call(out, error, || {
            let scorer = given(scorer, "the scorer")?.engine();
            let reference = text(reference, reference_len, "the reference")?;
            let answer = text(answer, answer_len, "the answer")?;
            Ok(boxed(&scorer.score_pair(name(task, "the task")?, reference, answer)?))
        })
    }
}

fn boxed(score: &Score) -> *mut PupilScore {
    let mut kept = Kept::default();
    let face = PupilScore::new(score, &mut kept);
    kept.with(face)
}

/// Frees a score that `pupil_score` or `pupil_score_pair` gave. NULL is allowed and does nothing. Do not pass a score
/// of a batch or an explanation, which belongs to it.
///
/// # Safety
///
/// `score` is NULL, or comes from one of these calls and is not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_score_free(score: *mut PupilScore) {
    // SAFETY: `boxed` made it, and the caller guarantees that it is not freed.
    unsafe { Kept::free(score) }
}
