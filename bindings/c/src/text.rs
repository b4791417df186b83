//! Texts that C passes.

use std::ffi::{CStr, c_char};

use crate::error::{Failure, Result};

/// The length of a text that ends with a zero byte, which the library then measures.
pub const PUPIL_NUL_TERMINATED: usize = usize::MAX;

/// Bytes that C passes: none if the length is 0, whatever the address.
///
/// # Safety
///
/// `data` is null, or valid for reading `len` bytes as long as the result is used.
pub(crate) unsafe fn bytes<'a>(data: *const u8, len: usize, what: &str) -> Result<&'a [u8]> {
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(Failure::bad_input(format!("{what} is NULL")));
    }
    if isize::try_from(len).is_err() {
        return Err(Failure::bad_input(format!("{what} cannot have {len} bytes")));
    }
    // SAFETY: it is not null, its length is possible, and the caller guarantees that so many bytes can be read.
    Ok(unsafe { std::slice::from_raw_parts(data, len) })
}

/// A text of that length, or one that ends with a zero byte.
///
/// # Safety
///
/// As [`bytes`]; if `len` is [`PUPIL_NUL_TERMINATED`], a zero byte ends the text.
pub(crate) unsafe fn text<'a>(data: *const c_char, len: usize, what: &str) -> Result<&'a str> {
    let found = if len == PUPIL_NUL_TERMINATED && !data.is_null() {
        // SAFETY: the caller guarantees that a zero byte ends the text.
        unsafe { CStr::from_ptr(data) }.to_bytes()
    } else {
        let len = if len == PUPIL_NUL_TERMINATED { 1 } else { len };
        // SAFETY: as the caller guarantees; null is refused.
        unsafe { bytes(data.cast(), len, what)? }
    };
    std::str::from_utf8(found).map_err(|error| {
        Failure::bad_input(format!("{what} is not valid UTF-8 from byte {} on", error.valid_up_to()))
    })
}

/// A text that ends with a zero byte.
///
/// # Safety
///
/// `data` is null, or a zero byte ends the text, which is not changed as long as the result is used.
pub(crate) unsafe fn name<'a>(data: *const c_char, what: &str) -> Result<&'a str> {
    // SAFETY: as the caller guarantees.
    unsafe { text(data, PUPIL_NUL_TERMINATED, what) }
}
