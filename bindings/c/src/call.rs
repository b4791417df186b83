//! What every call has in common: its result, its error, no panic.

use pupil_guard::{PANICKED, guarded};

use crate::error::{Failure, PupilError, PupilStatus, Result};

/// Runs a call that makes an object, and puts the object and the error into their places.
///
/// # Safety
///
/// `out` and `error` are each null, or a place for a pointer.
pub(crate) unsafe fn call<T>(
    out: *mut *mut T,
    error: *mut *mut PupilError,
    body: impl FnOnce() -> Result<*mut T>,
) -> PupilStatus {
    // SAFETY: the caller guarantees that what is not null is a place for a pointer.
    unsafe {
        set(out, std::ptr::null_mut());
        set(error, std::ptr::null_mut());
    }
    let checked = || {
        if out.is_null() { Err(Failure::bad_input("the place for the result is NULL")) } else { body() }
    };
    match guarded(checked).unwrap_or_else(|| Err(Failure::new(PupilStatus::Internal, PANICKED))) {
        Ok(made) => {
            // SAFETY: `checked` refuses a null `out`, and the caller guarantees that it is a place for a pointer.
            unsafe { set(out, made) };
            PupilStatus::Ok
        }
        Err(failure) => {
            let kind = failure.kind;
            if !error.is_null() {
                // SAFETY: it is not null, and the caller guarantees that it is a place for a pointer.
                unsafe { set(error, failure.boxed()) };
            }
            kind
        }
    }
}

/// Writes to a place, if there is one.
///
/// # Safety
///
/// `place` is null, or valid for a write.
unsafe fn set<T>(place: *mut *mut T, value: *mut T) {
    if !place.is_null() {
        // SAFETY: the caller guarantees that it is valid.
        unsafe { place.write(value) };
    }
}

/// The object behind a handle.
///
/// # Safety
///
/// `handle` is null, or comes from this library and is not freed.
pub(crate) unsafe fn given<'a, T>(handle: *const T, what: &str) -> Result<&'a T> {
    // SAFETY: the caller guarantees that it is null or live.
    unsafe { handle.as_ref() }.ok_or_else(|| Failure::bad_input(format!("{what} is NULL")))
}
