//! [`Monitor`]: tells when answers are no longer like those that a promise was calibrated on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pupil_core::Watch;

use crate::engine::Engine;
use crate::error::{PupilError, guarded};

/// Tells when answers are no longer like those that a promise was calibrated on. It keeps counts alone.
#[derive(Debug, uniffi::Object)]
pub struct Monitor {
    inner: Mutex<pupil_core::Monitor>,
}

impl Monitor {
    fn inner(&self) -> MutexGuard<'_, pupil_core::Monitor> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[uniffi::export]
impl Monitor {
    /// Begins to watch the tasks of a model, or goes on from the state of an earlier monitor of the same model.
    #[uniffi::constructor]
    pub fn new(engine: &Engine, state: Option<Vec<u8>>) -> Result<Arc<Self>, PupilError> {
        guarded(|| {
            let inner = match state {
                None => pupil_core::Monitor::new(engine.scorer())?,
                Some(state) => pupil_core::Monitor::resume(engine.scorer(), &state)?,
            };
            Ok(Arc::new(Self { inner: Mutex::new(inner) }))
        })
    }

    /// Adds a score of a task, by its numbers.
    pub fn add(&self, task: &str, confidence: f32, words: u32, unknown_words: u32) -> Result<(), PupilError> {
        guarded(|| {
            self.inner().add_numbers(task, confidence, words as usize, unknown_words as usize);
            Ok(())
        })
    }

    /// What has changed; empty while the conditions of the promise hold, as far as can be seen.
    pub fn changes(&self) -> Result<Vec<Change>, PupilError> {
        guarded(|| Ok(self.inner().changes().into_iter().map(Change::from).collect()))
    }

    /// The counts so far, from which a later monitor goes on.
    pub fn state(&self) -> Result<Vec<u8>, PupilError> {
        guarded(|| Ok(self.inner().state()))
    }
}

/// What a monitor found to have changed.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Change {
    /// The task; none for a change of all tasks together.
    pub task: Option<String>,
    /// What has changed.
    pub what: Watched,
    /// The number that fewer or more answers are above now; none for all tasks together.
    pub above: Option<f32>,
    /// The share of the calibration answers above it, from 0 to 1.
    pub calibrated: f32,
    /// The share of the answers so far.
    pub now: f32,
    /// How many answers there had been when the change was first noticed.
    pub since: u64,
}

/// A number of each score that a monitor watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Watched {
    /// The confidence.
    Confidence,
    /// The number of words.
    Words,
    /// The share of words that the model does not know.
    UnknownWords,
}

impl From<pupil_core::Change> for Change {
    fn from(change: pupil_core::Change) -> Self {
        Self {
            task: change.task,
            what: match change.what {
                Watch::Confidence => Watched::Confidence,
                Watch::Words => Watched::Words,
                Watch::UnknownWords => Watched::UnknownWords,
            },
            above: change.above,
            calibrated: change.calibrated,
            now: change.now,
            since: change.since,
        }
    }
}
