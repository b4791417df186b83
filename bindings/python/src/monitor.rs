//! [`Monitor`]: tells when answers are no longer like those that a promise was calibrated on.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pupil_core::Watch;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::call::{guarded, raised, text};
use crate::engine::Engine;

/// Counts of scores.
#[pyclass(frozen)]
pub(crate) struct Monitor {
    inner: Mutex<pupil_core::Monitor>,
}

/// A change, in the order of the Python class `Change`.
type Change = (Option<String>, &'static str, Option<f32>, f32, f32, u64);

impl Monitor {
    fn inner(&self) -> MutexGuard<'_, pupil_core::Monitor> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Monitor {
    #[new]
    fn new(py: Python<'_>, engine: &Engine, state: Option<&[u8]>) -> PyResult<Self> {
        guarded(py, || {
            let inner = match state {
                None => pupil_core::Monitor::new(&engine.scorer),
                Some(state) => pupil_core::Monitor::resume(&engine.scorer, state),
            };
            Ok(Self { inner: Mutex::new(inner.map_err(|error| raised(py, &error))?) })
        })
    }

    /// Adds a score, by its numbers.
    fn add(
        &self,
        py: Python<'_>,
        task: &Bound<'_, PyAny>,
        confidence: f32,
        words: usize,
        unknown_words: usize,
    ) -> PyResult<()> {
        guarded(py, || {
            let task = text(task, "the name of the task")?;
            self.inner().add_numbers(task, confidence, words, unknown_words);
            Ok(())
        })
    }

    /// What has changed.
    fn changes(&self, py: Python<'_>) -> PyResult<Vec<Change>> {
        guarded(py, || {
            let changes = self.inner().changes().into_iter().map(|change| {
                let what = match change.what {
                    Watch::Confidence => "confidence",
                    Watch::Words => "words",
                    Watch::UnknownWords => "unknown-words",
                };
                (change.task, what, change.above, change.calibrated, change.now, change.since)
            });
            Ok(changes.collect())
        })
    }

    /// The counts so far.
    fn state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        guarded(py, || Ok(PyBytes::new(py, &self.inner().state())))
    }
}
