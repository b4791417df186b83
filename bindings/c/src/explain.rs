//! How each word of an answer changes its score.

use std::ffi::c_char;

use pupil_core::Explanation;

use crate::call::{call, given};
use crate::error::{PupilError, PupilStatus};
use crate::kept::Kept;
use crate::score::PupilScore;
use crate::scorer::PupilScorer;
use crate::text::{name, text};

/// A score and the effect of each word: the difference between the scores with it and without it. The library makes it,
/// the caller frees it with `pupil_explanation_free`.
#[repr(C)]
#[derive(Debug)]
pub struct PupilExplanation {
    /// The score of the whole answer, which belongs to the explanation.
    pub score: *const PupilScore,
    /// Number of words, in the order of the answer.
    pub word_count: usize,
    /// Where each word begins in the answer, in bytes of UTF-8: `word_count` numbers.
    pub starts: *const usize,
    /// Where each word ends, in bytes: `word_count` numbers, each that of the first byte after the word.
    pub ends: *const usize,
    /// The probability of each label with the word minus that without it: `word_count * label_count` numbers, word by
    /// word.
    pub label_shares: *const f32,
    /// The expected level with the word minus that without it: `word_count` numbers, or NULL if the task has no scale.
    pub expected_shares: *const f32,
}

/// Scores an answer and tells how each word changes the score. The caller frees the explanation with
/// `pupil_explanation_free`.
///
/// # Safety
///
/// As `pupil_score`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_explain(
    scorer: *const PupilScorer,
    task: *const c_char,
    answer: *const c_char,
    answer_len: usize,
    out: *mut *mut PupilExplanation,
    error: *mut *mut PupilError,
) -> PupilStatus {
    // SAFETY: as the caller guarantees.
    unsafe {
        call(out, error, || {
            let scorer = given(scorer, "the scorer")?.engine();
            let answer = text(answer, answer_len, "the answer")?;
            Ok(boxed(scorer.explain(name(task, "the task")?, answer)?))
        })
    }
}

/// The same for a task that compares the answer with a reference answer (`needs_reference`).
///
/// # Safety
///
/// As `pupil_score_pair`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_explain_pair(
    scorer: *const PupilScorer,
    task: *const c_char,
    reference: *const c_char,
    reference_len: usize,
    answer: *const c_char,
    answer_len: usize,
    out: *mut *mut PupilExplanation,
    error: *mut *mut PupilError,
) -> PupilStatus {
    // SAFETY: as the caller guarantees.
    unsafe {
        call(out, error, || {
            let scorer = given(scorer, "the scorer")?.engine();
            let reference = text(reference, reference_len, "the reference")?;
            let answer = text(answer, answer_len, "the answer")?;
            Ok(boxed(scorer.explain_pair(name(task, "the task")?, reference, answer)?))
        })
    }
}

fn boxed(explanation: Explanation) -> *mut PupilExplanation {
    let Explanation { score, words } = explanation;
    let mut kept = Kept::default();
    let score = PupilScore::new(&score, &mut kept);
    // All words have an expected level, or none has.
    let expected: Option<Vec<f32>> = words.iter().map(|word| word.expected).collect();
    let face = PupilExplanation {
        score: kept.list(vec![score]),
        word_count: words.len(),
        starts: kept.list(words.iter().map(|word| word.span.start).collect()),
        ends: kept.list(words.iter().map(|word| word.span.end).collect()),
        label_shares: kept.list(words.iter().flat_map(|word| word.labels.iter().copied()).collect()),
        expected_shares: kept.list(expected.unwrap_or_default()),
    };
    kept.with(face)
}

/// Frees an explanation, with the score inside. NULL is allowed and does nothing.
///
/// # Safety
///
/// `explanation` is NULL, or comes from this library and is not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_explanation_free(explanation: *mut PupilExplanation) {
    // SAFETY: `boxed` made it, and the caller guarantees that it is not freed.
    unsafe { Kept::free(explanation) }
}
