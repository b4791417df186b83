//! Catches panics of third-party code without printing their message, which may contain text of the file.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Whether this module catches a panic of this thread.
    static IS_CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// Runs a closure that may panic; returns `None` if it did.
pub(crate) fn caught<T>(run: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !IS_CAUGHT.get() {
                before(panic);
            }
        }));
    });
    let outer = IS_CAUGHT.replace(true);
    // Half-changed values are dropped with the closure, which owns its data or only reads it.
    let done = panic::catch_unwind(AssertUnwindSafe(run));
    IS_CAUGHT.set(outer);
    done.ok()
}
