//! Turns a panic of somebody else's code into an error, without a word on stderr: its message may hold text of the file.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Whether a panic of this thread is caught here.
    static IS_CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// Runs something that may panic; `None` when it did.
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
    // What the closure has half changed is dropped with it: it owns or only reads what it is given.
    let done = panic::catch_unwind(AssertUnwindSafe(run));
    IS_CAUGHT.set(outer);
    done.ok()
}
