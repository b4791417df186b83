//! How a model is opened.

use std::ffi::c_char;

use pupil_core::{FileAccess, OpenOptions};

use crate::error::{Failure, PupilStatus, Result};
use crate::text::name;

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
    /// Public keys of the publishers whose files are opened, each as its line of text; none: anyone's files are. With a
    /// key, a file needs a signature in minisign's format, which is verified before anything in the file is read.
    pub trusted_keys: *const *const c_char,
    /// Number of these keys; 0 by default.
    pub trusted_key_count: usize,
    /// The text of the signature. NULL: a file that is opened by its path has its signature beside it, under its own
    /// name and `.minisig`.
    pub signature: *const c_char,
    /// The BLAKE3 of the only file that may be opened, in hexadecimal; NULL: any file.
    pub expected_blake3: *const c_char,
    /// The least version of the model, so that a signed file of old is refused; 0 by default.
    pub min_version: u32,
    /// Maps the file instead of copying it; false by default. Only for a file that nobody writes to while it is open:
    /// if it is shortened, the process ends, and if it is rewritten, anything may happen.
    pub map_unchanging_file: bool,
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
/// `options` is null or valid, with the texts that it names.
pub(crate) unsafe fn options(options: *const PupilOptions) -> Result<OpenOptions> {
    // SAFETY: the caller guarantees that it is null or valid.
    let Some(given) = (unsafe { options.as_ref() }) else { return Ok(OpenOptions::default()) };
    check_size::<PupilOptions>(given.size, "PupilOptions")?;
    if given.trusted_keys.is_null() && given.trusted_key_count > 0 {
        let count = given.trusted_key_count;
        return Err(Failure::bad_input(format!("the trusted keys are NULL, their count is {count}")));
    }
    // SAFETY: the caller guarantees that the options name so many keys, that each text ends with a zero byte, and that
    // nobody writes to a file that is to be mapped.
    unsafe {
        let optional = |text: *const c_char, what| (!text.is_null()).then(|| name(text, what)).transpose();
        Ok(OpenOptions {
            fold_limit_bytes: given.fold_limit_bytes,
            max_answer_bytes: given.max_answer_bytes,
            access: if given.map_unchanging_file { FileAccess::mapped() } else { FileAccess::COPIED },
            trusted_keys: (0..given.trusted_key_count)
                .map(|place| Ok(name(given.trusted_keys.add(place).read(), "a trusted key")?.parse()?))
                .collect::<Result<_>>()?,
            signature: optional(given.signature, "the signature")?.map(str::parse).transpose()?,
            expected_blake3: optional(given.expected_blake3, "the BLAKE3")?.map(str::to_owned),
            min_version: given.min_version,
            ..OpenOptions::default()
        })
    }
}
