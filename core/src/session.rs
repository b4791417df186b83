//! Buffers of one run, kept for the next.

use std::sync::{Mutex, PoisonError};

use crate::layers::{BertScratch, LinearScratch, LstmScratch, MixtureScratch};
use crate::tokenizer::Encoding;

/// Everything that one run writes; grows to the largest input it has seen.
#[derive(Debug, Default)]
pub(crate) struct Session {
    pub(crate) encoding: Encoding,
    pub(crate) lstm: LstmScratch,
    pub(crate) bert: BertScratch,
    pub(crate) mixture: MixtureScratch,
    pub(crate) linear: LinearScratch,
    /// Output of the encoder, then of the mixture.
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

impl Session {
    /// Bytes that the buffers hold whose size follows from the input; the others follow from the model.
    fn memory_bytes(&self) -> usize {
        self.encoding.memory_bytes() + self.lstm.memory_bytes() + self.bert.memory_bytes()
    }
}

/// Sessions that wait for the next run.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    idle: Mutex<Vec<Session>>,
}

impl Pool {
    /// Sessions kept at most.
    const KEPT: usize = 64;
    /// A session whose buffers hold more than this is dropped, not kept: an exceptional input would stay in memory.
    const KEPT_BYTES: usize = 4 << 20;

    /// Runs with a session of the pool; after a panic the session is dropped.
    pub(crate) fn with<T>(&self, run: impl FnOnce(&mut Session) -> T) -> T {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut session = idle.unwrap_or_default();
        let result = run(&mut session);
        if session.memory_bytes() <= Self::KEPT_BYTES {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < Self::KEPT {
                idle.push(session);
            }
        }
        result
    }
}
