//! Buffers of one run, kept for the next.

use std::sync::{Mutex, PoisonError};

use crate::layers::{LinearScratch, LstmScratch};
use crate::tokenizer::Encoding;

/// Everything that one run writes; grows to the largest input it has seen.
#[derive(Debug, Default)]
pub(crate) struct Session {
    pub(crate) encoding: Encoding,
    pub(crate) lstm: LstmScratch,
    pub(crate) linear: LinearScratch,
    /// Output of the encoder.
    pub(crate) pooled: Vec<f32>,
    /// Output of the head's hidden layer, after ReLU.
    pub(crate) hidden: Vec<f32>,
    /// Output of the head.
    pub(crate) logits: Vec<f32>,
    /// One per label.
    pub(crate) probabilities: Vec<f32>,
    /// Ordinal heads: the probability of each step to be passed.
    pub(crate) steps: Vec<f32>,
}

/// Sessions that wait for the next run.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    idle: Mutex<Vec<Session>>,
}

impl Pool {
    /// Sessions kept at most.
    const KEPT: usize = 64;
    /// A session that has read more tokens than this is dropped, not kept: its buffers are large.
    const KEPT_TOKENS: usize = 4096;

    /// Runs with a session of the pool; after a panic the session is dropped.
    pub(crate) fn with<T>(&self, run: impl FnOnce(&mut Session) -> T) -> T {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut session = idle.unwrap_or_default();
        let result = run(&mut session);
        if session.encoding.ids.capacity() <= Self::KEPT_TOKENS {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < Self::KEPT {
                idle.push(session);
            }
        }
        result
    }
}
