//! Scoring many answers on several threads.

use std::fmt;
use std::num::NonZero;
use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::error::{Error, ErrorKind, Result};
use crate::score::Score;
use crate::session::{Pool, Session};

/// Answers that a thread takes at a time: few enough to share the work evenly, enough to be worth the trip.
const CHUNK: usize = 16;

/// The largest number of threads, even if more are asked for.
const MAX_THREADS: usize = 256;

/// How a batch is scored.
///
/// ```
/// use std::ops::ControlFlow;
/// use std::sync::atomic::AtomicBool;
/// use pupil_core::BatchOptions;
///
/// let cancel = AtomicBool::new(false);
/// let report = |done, all| {
///     println!("{done} of {all}");
///     ControlFlow::Continue(())
/// };
/// let options = BatchOptions { threads: 2, progress: Some(&report), cancel: Some(&cancel) };
/// ```
#[derive(Clone, Copy, Default)]
pub struct BatchOptions<'a> {
    /// Number of threads, the caller's among them; 0 takes one per core.
    pub threads: usize,
    /// Called with the number of answers done and of all answers, in rising order, by one thread at a time though not
    /// always the same; scoring continues in the meantime. A break stops this batch as `cancel` does, and `progress` is
    /// not called again.
    pub progress: Option<&'a (dyn Fn(usize, usize) -> ControlFlow<()> + Sync)>,
    /// Set to true, by any thread, to stop: before the next answer, or, with a transformer, the next 16.
    pub cancel: Option<&'a AtomicBool>,
}

impl fmt::Debug for BatchOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchOptions")
            .field("threads", &self.threads)
            .field("progress", &self.progress.is_some())
            .field("cancel", &self.cancel)
            .finish()
    }
}

/// What a batch does with its inputs.
pub(crate) trait Inputs: Sync {
    /// Their number.
    fn count(&self) -> usize;

    /// Computes what several inputs, which a thread scores next, gain from being computed together.
    fn prepare(&self, places: Range<usize>, session: &mut Session);

    /// Scores the input at that place, which is the `nth` of those that were prepared last.
    fn score(&self, place: usize, nth: usize, session: &mut Session) -> Result<Score>;
}

/// Scores all inputs.
pub(crate) fn run(inputs: &dyn Inputs, options: &BatchOptions<'_>, pool: &Pool) -> Result<Vec<Score>> {
    let count = inputs.count();
    let work = Work {
        count,
        options,
        inputs,
        next: AtomicUsize::new(0),
        failed: AtomicUsize::new(usize::MAX),
        done: AtomicUsize::new(0),
        told: Mutex::new(0),
        stopped: AtomicBool::new(false),
        finished: Mutex::new((0..count.div_ceil(CHUNK)).map(|_| None).collect()),
    };
    let asked = match options.threads {
        0 => thread::available_parallelism().map_or(1, NonZero::get),
        n => n,
    };
    let threads = asked.min(count.div_ceil(CHUNK)).clamp(1, MAX_THREADS);
    thread::scope(|scope| {
        for _ in 1..threads {
            // A thread that the system refuses is work left to the others.
            let spawned = thread::Builder::new().spawn_scoped(scope, || pool.with(|s| work.take(s)));
            if spawned.is_err() {
                break;
            }
        }
        pool.with(|s| work.take(s));
    });
    // Reports the last chunks, which finished while another thread held the lock.
    work.tell();
    work.finish()
}

/// The scores of a chunk, or its first error with the place of the input.
type Chunk = std::result::Result<Vec<Score>, (usize, Error)>;

/// What the threads share.
struct Work<'a> {
    count: usize,
    options: &'a BatchOptions<'a>,
    inputs: &'a dyn Inputs,
    /// The first input that no thread has taken.
    next: AtomicUsize,
    /// The first input that is known to fail.
    failed: AtomicUsize,
    /// Inputs scored.
    done: AtomicUsize,
    /// The number reported last; locked while it is reported, so that it rises.
    told: Mutex<usize>,
    /// Whether the listener asked to stop.
    stopped: AtomicBool,
    /// The chunks in the order of their inputs, once they are finished.
    finished: Mutex<Vec<Option<Chunk>>>,
}

impl Work<'_> {
    /// Takes chunks until none is left, until the caller cancels, or beyond a failure.
    fn take(&self, session: &mut Session) {
        loop {
            let start = self.next.fetch_add(CHUNK, Ordering::Relaxed);
            // Chunks are taken in rising order: all before a failure have been taken, and will be finished, so that the
            // first failure of the batch is always the one reported.
            if start >= self.count || start > self.failed.load(Ordering::Relaxed) {
                return;
            }
            let end = (start + CHUNK).min(self.count);
            let mut scores = Vec::with_capacity(end - start);
            let mut failure = None;
            if self.cancelled() {
                return;
            }
            self.inputs.prepare(start..end, session);
            for i in start..end {
                if self.cancelled() {
                    return;
                }
                match self.inputs.score(i, i - start, session) {
                    Ok(score) => scores.push(score),
                    Err(error) => {
                        self.failed.fetch_min(i, Ordering::Relaxed);
                        failure = Some((i, error));
                        break;
                    }
                }
            }
            let result = match failure {
                Some(failure) => Err(failure),
                None => Ok(scores),
            };
            let failed = result.is_err();
            self.finished.lock().unwrap_or_else(PoisonError::into_inner)[start / CHUNK] = Some(result);
            if failed {
                return;
            }
            self.done.fetch_add(end - start, Ordering::Relaxed);
            self.tell();
        }
    }

    /// Reports how many are done, unless another thread is doing so: a slow listener stops one thread, not all.
    fn tell(&self) {
        let Some(progress) = self.options.progress else { return };
        // Repeated after each call: chunks that finished during the call found the lock taken.
        while let Ok(mut told) = self.told.try_lock() {
            let done = self.done.load(Ordering::Relaxed);
            if done <= *told || self.stopped.load(Ordering::Relaxed) {
                return;
            }
            *told = done;
            if progress(done, self.count).is_break() {
                self.stopped.store(true, Ordering::Relaxed);
            }
        }
    }

    fn cancelled(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
            || self.options.cancel.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    /// Puts the chunks in order, or gives the first failure.
    fn finish(self) -> Result<Vec<Score>> {
        let finished = self.finished.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut scores = Vec::with_capacity(self.count);
        for chunk in finished.into_iter().flatten() {
            match chunk {
                Ok(chunk) => scores.extend(chunk),
                Err((i, error)) => {
                    let message = format!("answer {i}: {error}");
                    return Err(Error::new(error.kind(), message).with_answer(i).with_source(error));
                }
            }
        }
        if scores.len() < self.count {
            return Err(Error::new(
                ErrorKind::Cancelled,
                format!("cancelled after {} of {} answers", scores.len(), self.count),
            ));
        }
        Ok(scores)
    }
}
