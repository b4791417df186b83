//! Watching whether answers are still like those that a promise was calibrated on.

use pupil_core::{Monitor, Scorer, Watch};

use crate::call::{answer, free, make};
use crate::wire::{Input, Output};

/// Begins to watch, or goes on from the state in the input.
///
/// # Safety
///
/// `scorer` comes from this library and is not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_monitor_open(scorer: *const Scorer) -> *mut Monitor {
    // SAFETY: the caller guarantees a live scorer.
    let scorer = unsafe { &*scorer };
    make(|input| match input.optional(Input::bytes)? {
        Some(state) => Monitor::resume(scorer, state),
        None => Monitor::new(scorer),
    })
}

/// Frees a monitor.
///
/// # Safety
///
/// `monitor` is null, or comes from this library and is not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_monitor_close(monitor: *mut Monitor) {
    // SAFETY: as the caller guarantees.
    unsafe { free(monitor) }
}

/// Adds a score by its numbers: task, confidence, words, unknown words.
///
/// # Safety
///
/// `monitor` comes from this library, is not freed and not in another call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_monitor_add(monitor: *mut Monitor) -> usize {
    // SAFETY: the caller guarantees a live monitor that nobody else uses.
    let monitor = unsafe { &mut *monitor };
    answer(|input, _| {
        monitor.add_numbers(input.text()?, input.real()?, input.size()?, input.size()?);
        Ok(())
    })
}

/// What has changed.
///
/// # Safety
///
/// As [`pupil_monitor_add`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_monitor_changes(monitor: *const Monitor) -> usize {
    // SAFETY: the caller guarantees a live monitor.
    let monitor = unsafe { &*monitor };
    answer(|_, out| {
        out.list(monitor.changes().into_iter(), |out, change| {
            out.optional(change.task.as_deref(), Output::text);
            out.number(match change.what {
                Watch::Confidence => 0,
                Watch::Words => 1,
                Watch::UnknownWords => 2,
            });
            out.optional(change.above, Output::real);
            out.real(change.calibrated);
            out.real(change.now);
            out.long(change.since);
        });
        Ok(())
    })
}

/// The counts so far.
///
/// # Safety
///
/// As [`pupil_monitor_add`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_monitor_state(monitor: *const Monitor) -> usize {
    // SAFETY: the caller guarantees a live monitor.
    let monitor = unsafe { &*monitor };
    answer(|_, out| {
        out.data(&monitor.state());
        Ok(())
    })
}
