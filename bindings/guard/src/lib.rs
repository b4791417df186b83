//! Turns a panic of the engine into a value, at the boundary to another language.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;

/// The message of the error that a panic becomes. That of the panic is left out, since it may contain answer text.
pub const PANICKED: &str = "the engine panicked; please report it, with the model's name";

thread_local! {
    /// Whether this thread is inside a call of the engine.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Stops panics of the engine from being printed, since their message may contain answer text.
///
/// Threads without a name belong to batches or to the app; panics of other threads do not come from the engine.
fn silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !INSIDE.get() && std::thread::current().name().is_some() {
                before(panic);
            }
        }));
    });
}

/// Runs a call of the engine and returns what it gives, or `None` if it panics.
pub fn guarded<T>(call: impl FnOnce() -> T) -> Option<T> {
    silence();
    let outside = INSIDE.replace(true);
    // Each call sets the engine's buffers again, and its locks survive a panic, so later calls see no half-done state.
    let result = catch_unwind(AssertUnwindSafe(call)).ok();
    INSIDE.set(outside);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_none_also_inside_another_call_and_later_calls_work() {
        assert_eq!(guarded(|| guarded(|| -> u8 { panic!("deliberate") })), Some(None));
        assert!(!INSIDE.get());
        assert_eq!(guarded(|| 7), Some(7));
    }
}
