//! Calls into crates that panic on some files or texts instead of returning an error.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{Error, ErrorKind, Result};

/// Runs code of the crate `name`; a panic becomes an error.
///
/// The code must only read, or leave what it writes to usable after a call that stopped half-way; the caches of both
/// crates do.
pub(crate) fn guarded<T>(name: &str, run: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(run))
        .map_err(|_| Error::new(ErrorKind::Internal, format!("the crate `{name}` panicked")))
}
