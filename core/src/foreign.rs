//! Calls into crates that panic on some files or texts instead of returning an error.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use crate::error::{Error, ErrorKind, Result};

thread_local! {
    /// Whether this thread is inside a call whose panics are caught.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Prevents caught panics from printing their message, which might hold text of an answer.
fn silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !INSIDE.get() {
                before(panic);
            }
        }));
    });
}

/// Runs code of the crate `name`; a panic becomes an error and writes nothing.
///
/// The code must only read, or leave what it writes to usable after a call that stopped half-way; the caches of both
/// crates do.
pub(crate) fn guarded<T>(name: &str, run: impl FnOnce() -> T) -> Result<T> {
    silence();
    let outside = INSIDE.replace(true);
    let result = catch_unwind(AssertUnwindSafe(run));
    INSIDE.set(outside);
    result.map_err(|_| Error::new(ErrorKind::Internal, format!("the crate `{name}` panicked")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_and_those_outside_are_told_as_before() {
        let error = guarded("clumsy", || panic!("not to be read")).map(|()| 0).unwrap_err();
        assert_eq!(error.to_string(), "the crate `clumsy` panicked");
        assert!(!INSIDE.get());
        assert_eq!(guarded("careful", || 7).unwrap(), 7);
    }
}
