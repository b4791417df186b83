//! How a model is opened.

use pupil_core::OpenOptions;

use crate::error::{Failure, PupilStatus, Result};

/// How a model is opened. Begin with `PupilOptions options = PUPIL_OPTIONS_INIT;` and change what you need.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PupilOptions {
    /// `sizeof(PupilOptions)`, by which a later library recognises the struct of this version.
    pub size: usize,
    /// Limit of precomputed tables, in bytes: 16 MiB by default. What does not fit is computed with each call, which is
    /// slower and gives the same bits.
    pub fold_limit_bytes: usize,
    /// Limit of an answer or a reference, in bytes of UTF-8: 64 KiB by default.
    pub max_answer_bytes: usize,
}

/// Checks the size that C gives for a struct.
pub(crate) fn check_size<T>(size: usize, name: &str) -> Result<()> {
    let known = size_of::<T>();
    if size < known {
        return Err(Failure::bad_input(format!("{name}.size is {size}, set it to sizeof({name}), {known}")));
    }
    if size > known {
        let message = format!("{name}.size is {size}, this library knows {known} bytes: use its own header");
        return Err(Failure::new(PupilStatus::Unsupported, message));
    }
    Ok(())
}

/// The options that C passes; the defaults for NULL.
///
/// # Safety
///
/// `options` is null or valid.
pub(crate) unsafe fn options(options: *const PupilOptions) -> Result<OpenOptions> {
    // SAFETY: the caller guarantees that it is null or valid.
    let Some(given) = (unsafe { options.as_ref() }) else { return Ok(OpenOptions::default()) };
    check_size::<PupilOptions>(given.size, "PupilOptions")?;
    Ok(OpenOptions {
        fold_limit_bytes: given.fold_limit_bytes,
        max_answer_bytes: given.max_answer_bytes,
        ..OpenOptions::default()
    })
}
