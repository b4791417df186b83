//! Many answers in one call.

use std::ffi::{c_char, c_void};
use std::ops::ControlFlow;

use pupil_core::BatchOptions;

use crate::call::{call, given};
use crate::error::{Failure, PupilError, PupilStatus, Result};
use crate::kept::Kept;
use crate::options::check_size;
use crate::score::PupilScore;
use crate::scorer::PupilScorer;
use crate::text::{PUPIL_NUL_TERMINATED, name, text};

/// Is told how far a batch is: answers done, which rises, and all answers. Returns true to go on, false to stop the
/// batch, which then gives `PUPIL_STATUS_CANCELLED`.
///
/// Any thread of the batch may call it, but only one at a time. It must not throw or jump out.
pub type PupilProgress =
    Option<unsafe extern "C" fn(done: usize, total: usize, context: *mut c_void) -> bool>;

/// Many answers to a task. Set `size`, and everything that you do not need to 0 or NULL:
/// `PupilBatch batch = {.size = sizeof(PupilBatch), .answers = answers, .count = 30};`
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PupilBatch {
    /// `sizeof(PupilBatch)`, by which a later library recognises the struct of this version.
    pub size: usize,
    /// The answers: `count` texts in UTF-8.
    pub answers: *const *const c_char,
    /// Their lengths in bytes, or NULL if each ends with a zero byte.
    pub answer_lens: *const usize,
    /// A reference for each answer if the task needs them, otherwise NULL.
    pub references: *const *const c_char,
    /// Their lengths in bytes, or NULL if each ends with a zero byte.
    pub reference_lens: *const usize,
    /// Number of answers.
    pub count: usize,
    /// Number of threads, the calling one among them; 0 means one for each core.
    pub threads: u32,
    /// Is told how far the batch is, and may stop it; NULL if nobody wants to know.
    pub progress: PupilProgress,
    /// What `progress` is given.
    pub context: *mut c_void,
}

/// The scores of a batch, in the order of its answers.
pub struct PupilScores {
    scores: Vec<PupilScore>,
    /// What the scores point to.
    _kept: Kept,
}

/// The listener of C, which threads call one at a time.
struct Listener {
    progress: PupilProgress,
    context: *mut c_void,
}

// SAFETY: only one thread at a time calls it, and the header demands that any thread may.
unsafe impl Sync for Listener {}

impl Listener {
    fn tell(&self, done: usize, total: usize) -> ControlFlow<()> {
        let Some(progress) = self.progress else { return ControlFlow::Continue(()) };
        // SAFETY: the caller of the batch guarantees that the function may be called with its context.
        if unsafe { progress(done, total, self.context) } {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }
}

/// The texts of a batch.
///
/// # Safety
///
/// `places` has `count` addresses of texts, `lens` as many lengths or is null.
unsafe fn texts<'a>(
    places: *const *const c_char,
    lens: *const usize,
    count: usize,
    what: &str,
) -> Result<Vec<&'a str>> {
    if count > 0 && places.is_null() {
        return Err(Failure::bad_input(format!("the {what}s are NULL, their count is {count}")));
    }
    (0..count)
        .map(|place| {
            // SAFETY: the caller guarantees so many addresses, and as many lengths unless they are null.
            unsafe {
                let len = if lens.is_null() { PUPIL_NUL_TERMINATED } else { lens.add(place).read() };
                text(places.add(place).read(), len, &format!("{what} {place}"))
            }
            .map_err(|failure| Failure { answer: Some(place), ..failure })
        })
        .collect()
}

/// Scores many answers, on several threads. The caller frees the scores with `pupil_scores_free`. If an answer fails,
/// there are no scores; the error names the first one that fails.
///
/// # Safety
///
/// `scorer` is open, `task` ends with a zero byte, the texts of `batch` are as it says and do not change during the
/// call, `out` is a place for a pointer, and `error` is one or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_score_batch(
    scorer: *const PupilScorer,
    task: *const c_char,
    batch: *const PupilBatch,
    out: *mut *mut PupilScores,
    error: *mut *mut PupilError,
) -> PupilStatus {
    // SAFETY: as the caller guarantees.
    unsafe {
        call(out, error, || {
            let scorer = given(scorer, "the scorer")?.engine();
            let task = name(task, "the task")?;
            let batch = given(batch, "the batch")?;
            check_size::<PupilBatch>(batch.size, "PupilBatch")?;
            let answers = texts(batch.answers, batch.answer_lens, batch.count, "answer")?;
            let listener = Listener { progress: batch.progress, context: batch.context };
            let tell = |done, total| listener.tell(done, total);
            let options = BatchOptions {
                threads: usize::try_from(batch.threads).unwrap_or(usize::MAX),
                progress: batch.progress.is_some().then_some(&tell),
                cancel: None,
            };
            let scores = if batch.references.is_null() {
                scorer.score_batch(task, &answers, &options)?
            } else {
                let references = texts(batch.references, batch.reference_lens, batch.count, "reference")?;
                let pairs: Vec<(&str, &str)> = references.into_iter().zip(answers).collect();
                scorer.score_pair_batch(task, &pairs, &options)?
            };
            let mut kept = Kept::default();
            let scores = scores.iter().map(|score| PupilScore::new(score, &mut kept)).collect();
            Ok(Box::into_raw(Box::new(PupilScores { scores, _kept: kept })))
        })
    }
}

/// Number of scores: that of the answers of the batch; 0 for NULL.
///
/// # Safety
///
/// `scores` is NULL, or comes from `pupil_score_batch` and is not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_scores_count(scores: *const PupilScores) -> usize {
    // SAFETY: as the caller guarantees.
    unsafe { scores.as_ref() }.map_or(0, |scores| scores.scores.len())
}

/// The score of the answer at that index, from 0; NULL if there is none. It belongs to the scores and lives as long as
/// they do.
///
/// # Safety
///
/// As `pupil_scores_count`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_scores_at(scores: *const PupilScores, index: usize) -> *const PupilScore {
    // SAFETY: as the caller guarantees.
    let scores = unsafe { scores.as_ref() };
    scores.and_then(|scores| scores.scores.get(index)).map_or(std::ptr::null(), std::ptr::from_ref)
}

/// Frees the scores of a batch, with all scores inside. NULL is allowed and does nothing.
///
/// # Safety
///
/// `scores` is NULL, or comes from `pupil_score_batch` and is not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_scores_free(scores: *mut PupilScores) {
    if !scores.is_null() {
        // SAFETY: `pupil_score_batch` leaked the box, and the caller guarantees that it is not freed.
        drop(unsafe { Box::from_raw(scores) });
    }
}
