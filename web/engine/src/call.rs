//! What every call has in common: its input, its output, handles.

use std::cell::RefCell;

use pupil_core::Result;

use crate::wire::{Input, Output};

thread_local! {
    static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static OUTPUT: RefCell<Output> = const { RefCell::new(Output::new()) };
}

/// Makes room for an input of that many bytes and returns its place, or null if there is not so much memory.
#[unsafe(no_mangle)]
pub extern "C" fn pupil_input(len: usize) -> *mut u8 {
    INPUT.with_borrow_mut(|input| {
        if input.try_reserve_exact(len.saturating_sub(input.len())).is_err() {
            return std::ptr::null_mut();
        }
        input.resize(len, 0);
        input.as_mut_ptr()
    })
}

/// Where the output begins.
#[unsafe(no_mangle)]
pub extern "C" fn pupil_output() -> *const u8 {
    OUTPUT.with_borrow(|output| output.bytes().as_ptr())
}

/// How many bytes the output has.
#[unsafe(no_mangle)]
pub extern "C" fn pupil_output_len() -> usize {
    OUTPUT.with_borrow(|output| output.bytes().len())
}

/// Runs a call; its error becomes the output.
pub(crate) fn call<T>(body: impl FnOnce(&mut Input<'_>, &mut Output) -> Result<T>) -> Option<T> {
    INPUT.with_borrow(|input| {
        OUTPUT.with_borrow_mut(|output| {
            output.clear();
            let result = body(&mut Input::new(input), output);
            result.map_err(|error| output.error(&error)).ok()
        })
    })
}

/// Runs a call that only gives an output: 1, or 0 for an error.
pub(crate) fn answer(body: impl FnOnce(&mut Input<'_>, &mut Output) -> Result<()>) -> usize {
    usize::from(call(body).is_some())
}

/// Runs a call that makes an object, and returns its handle: null for an error.
pub(crate) fn make<T>(body: impl FnOnce(&mut Input<'_>) -> Result<T>) -> *mut T {
    call(|input, _| body(input)).map_or(std::ptr::null_mut(), |made| Box::into_raw(Box::new(made)))
}

/// Opens what the whole input holds, which is not copied.
pub(crate) fn open<T>(open: impl FnOnce(Vec<u8>) -> Result<T>) -> *mut T {
    let bytes = INPUT.take();
    make(|_| open(bytes))
}

/// Frees what a handle refers to.
///
/// # Safety
///
/// The handle is null, or comes from [`make`] and is not freed.
pub(crate) unsafe fn free<T>(handle: *mut T) {
    if !handle.is_null() {
        // SAFETY: `make` leaked the box, and the caller guarantees that it is not freed.
        drop(unsafe { Box::from_raw(handle) });
    }
}
