//! Work that is spread over threads.

use rayon::ThreadPoolBuilder;

use crate::failure::{Exit, Failure};

/// Does it on a thread for each processor, or where the system gives none, as without memory for them, on this one. The
/// result is the same: random numbers belong to a replicate and not to a thread.
pub(crate) fn spread<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
    ThreadPoolBuilder::new()
        .build()
        .or_else(|_| ThreadPoolBuilder::new().num_threads(1).use_current_thread().build())
        .map(|pool| pool.install(work))
        .map_err(|error| Failure::new(Exit::Internal, format!("cannot start a thread: {error}")))
}
