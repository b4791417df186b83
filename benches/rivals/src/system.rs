//! The interface of every runtime.

use std::hint::black_box;
use std::time::Instant;

use anyhow::Result;

/// The time from a file to an answer, in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct First {
    /// Until the file was open and everything was prepared.
    pub(crate) opened: f64,
    /// From the beginning until the first answer.
    pub(crate) answered: f64,
}

/// A runtime with a model for one number of tokens.
pub(crate) trait System {
    /// Its name in the table.
    fn name(&self) -> &str;

    /// Probabilities of the labels.
    fn answer(&mut self, ids: &[u32]) -> Result<Vec<f32>>;

    /// Seconds for this many calls, after one warm-up call.
    fn seconds(&mut self, ids: &[u32], calls: usize) -> Result<f64>;

    /// Seconds for this many calls with several answers of one length at once, after one warm-up call; `None` if the
    /// runtime has no model for that here.
    fn class_seconds(&mut self, _answers: &[Vec<u32>], _calls: usize) -> Result<Option<f64>> {
        Ok(None)
    }

    /// Opens the model's file again and runs it.
    fn first(&mut self, ids: &[u32]) -> Result<First>;
}

/// Seconds for this many calls, after one warm-up call.
pub(crate) fn timed<T>(calls: usize, mut call: impl FnMut() -> Result<T>) -> Result<f64> {
    black_box(call()?);
    let start = Instant::now();
    for _ in 0..calls {
        black_box(call()?);
    }
    Ok(start.elapsed().as_secs_f64())
}

/// Opens a model and runs it.
pub(crate) fn first<T, U>(
    open: impl FnOnce() -> Result<T>,
    run: impl FnOnce(&mut T) -> Result<U>,
) -> Result<First> {
    let start = Instant::now();
    let mut opened = open()?;
    let seconds = start.elapsed().as_secs_f64();
    black_box(run(&mut opened)?);
    Ok(First { opened: seconds, answered: start.elapsed().as_secs_f64() })
}
