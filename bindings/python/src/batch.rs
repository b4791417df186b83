//! Scores many answers in one call.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use pupil_core::{BatchOptions, ErrorKind, Scorer};
use pyo3::prelude::*;
use pyo3::types::PyByteArray;

use crate::call::{bad_input, raised_as};
use crate::score::code;
use crate::texts::Texts;

/// How often a batch looks for a keyboard interrupt.
const SIGNALS: Duration = Duration::from_millis(50);

/// Stops batches, from another thread or from a batch's own progress function.
#[pyclass(frozen, module = "pupil_scorer")]
pub(crate) struct Cancellation {
    asked: AtomicBool,
}

#[pymethods]
impl Cancellation {
    #[new]
    fn new() -> Self {
        Self { asked: AtomicBool::new(false) }
    }

    /// Stops every batch that uses this object, before its next answer. This is permanent.
    fn cancel(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }

    /// Whether `cancel` was called.
    #[getter]
    fn cancelled(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}

/// A batch.
pub(crate) struct Batch<'a> {
    pub(crate) scorer: &'a Scorer,
    pub(crate) task: &'a str,
    pub(crate) answers: &'a Texts,
    pub(crate) references: Option<&'a Texts>,
    pub(crate) threads: usize,
    pub(crate) progress: Option<Py<PyAny>>,
    pub(crate) cancel: Option<Py<Cancellation>>,
    /// How many answers the engine is given at once: their scores take ten times the memory of the columns.
    pub(crate) piece: usize,
}

/// Columns of numbers, little-endian, in the order of the fields of `Scores`.
pub(crate) type Columns<'py> = Vec<Bound<'py, PyByteArray>>;

/// The columns while they grow.
#[derive(Default)]
struct Growing {
    probabilities: Vec<u8>,
    awarded: Vec<u8>,
    levels: Vec<u8>,
    expected: Vec<u8>,
    confidences: Vec<u8>,
    decisions: Vec<u8>,
    words: Vec<u8>,
    unknown_words: Vec<u8>,
    tokens: Vec<u8>,
    truncated: Vec<u8>,
    repetitive: Vec<u8>,
}

impl Growing {
    fn add(&mut self, scores: &[pupil_core::Score]) {
        let count = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes();
        for score in scores {
            for label in &score.labels {
                self.probabilities.extend(label.probability.to_le_bytes());
                self.awarded.push(u8::from(label.awarded));
            }
            self.levels.extend(score.level.iter().flat_map(|level| level.to_le_bytes()));
            self.expected.extend(score.expected.iter().flat_map(|level| level.to_le_bytes()));
            self.confidences.extend(score.confidence.to_le_bytes());
            self.decisions.push(code(score.decision));
            self.words.extend(count(score.words));
            self.unknown_words.extend(count(score.unknown_words));
            self.tokens.extend(count(score.tokens));
            self.truncated.push(u8::from(score.truncated));
            self.repetitive.push(u8::from(score.repetitive));
        }
    }

    fn finish(self, py: Python<'_>) -> Columns<'_> {
        let columns = [
            self.probabilities,
            self.awarded,
            self.levels,
            self.expected,
            self.confidences,
            self.decisions,
            self.words,
            self.unknown_words,
            self.tokens,
            self.truncated,
            self.repetitive,
        ];
        columns.iter().map(|column| PyByteArray::new(py, column)).collect()
    }
}

impl Batch<'_> {
    /// Scores all answers.
    pub(crate) fn run<'py>(&self, py: Python<'py>) -> PyResult<Columns<'py>> {
        let total = self.answers.len();
        if let Some(references) = self.references {
            check_numbers(py, total, references.len())?;
        }
        let mut columns = Growing::default();
        let mut start = 0;
        // A batch of no answers is given to the engine as well, which checks the task.
        loop {
            let stop = total.min(start + self.piece);
            let scores = self.piece(py, start, stop, total)?;
            py.detach(|| columns.add(&scores));
            start = stop;
            if start == total {
                return Ok(columns.finish(py));
            }
        }
    }

    /// Scores the answers from `start` to `stop`.
    fn piece(
        &self,
        py: Python<'_>,
        start: usize,
        stop: usize,
        total: usize,
    ) -> PyResult<Vec<pupil_core::Score>> {
        let answers = self.answers.piece(py, start..stop)?;
        let references = self.references.map(|texts| texts.piece(py, start..stop)).transpose()?;
        let listener = Listener::new(self.progress.as_ref(), start, total);
        let tell = |done, _| listener.tell(done);
        let options = BatchOptions {
            threads: self.threads,
            progress: Some(&tell),
            cancel: self.cancel.as_ref().map(|cancel| &cancel.get().asked),
        };
        let outcome = py.detach(|| match &references {
            None => self.scorer.score_batch(self.task, &answers, &options),
            Some(references) => {
                let pairs: Vec<(&str, &str)> =
                    references.iter().copied().zip(answers.iter().copied()).collect();
                self.scorer.score_pair_batch(self.task, &pairs, &options)
            }
        });
        if let Some(error) = listener.raised() {
            return Err(error);
        }
        // Also where the last answer has been scored before an interrupt was seen.
        py.check_signals()?;
        outcome.map_err(|error| of_whole_batch(py, &error, start, total))
    }
}

/// An error about a piece that begins with answer `start`, as one about the whole batch.
fn of_whole_batch(py: Python<'_>, error: &pupil_core::Error, start: usize, total: usize) -> PyErr {
    let mut message = error.message().to_owned();
    let answer = error.answer().map(|place| place + start);
    if let (Some(of_piece), Some(answer)) = (error.answer(), answer) {
        if let Some(rest) = message.strip_prefix(&format!("answer {of_piece}: ")) {
            message = format!("answer {answer}: {rest}");
        }
    } else if error.kind() == ErrorKind::Cancelled {
        // The first number is that of the scored answers.
        let done = message.split_whitespace().find_map(|word| word.parse::<usize>().ok());
        if let Some(done) = done {
            message = format!("cancelled after {} of {total} answers", start + done);
        }
    }
    raised_as(py, error, &message, answer)
}

/// Tells the progress of the whole batch, and stops it for an error or a keyboard interrupt.
struct Listener<'a> {
    progress: Option<&'a Py<PyAny>>,
    start: usize,
    total: usize,
    /// The thread that called from Python; Python handles interrupts only in its main thread.
    caller: thread::ThreadId,
    state: Mutex<State>,
}

struct State {
    looked: Instant,
    raised: Option<PyErr>,
}

impl<'a> Listener<'a> {
    fn new(progress: Option<&'a Py<PyAny>>, start: usize, total: usize) -> Self {
        let state = Mutex::new(State { looked: Instant::now(), raised: None });
        Self { progress, start, total, caller: thread::current().id(), state }
    }

    fn raised(&self) -> Option<PyErr> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).raised.take()
    }

    fn tell(&self, done: usize) -> ControlFlow<()> {
        // One thread at a time tells; nobody else holds this lock.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let looks = thread::current().id() == self.caller && state.looked.elapsed() >= SIGNALS;
        if !looks && self.progress.is_none() {
            return ControlFlow::Continue(());
        }
        let outcome = Python::attach(|py| {
            if let Some(progress) = self.progress {
                progress.call1(py, (self.start + done, self.total))?;
            }
            if looks { py.check_signals() } else { Ok(()) }
        });
        if looks {
            state.looked = Instant::now();
        }
        match outcome {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                state.raised = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}

/// Fails unless there is one reference for each answer.
fn check_numbers(py: Python<'_>, answers: usize, references: usize) -> PyResult<()> {
    if answers == references {
        return Ok(());
    }
    let message = format!("{answers} answers and {references} references, the numbers must be equal");
    Err(bad_input(py, &message, None))
}
