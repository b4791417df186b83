//! Errors, as C sees them.

use std::ffi::{c_char, c_int};

use pupil_core::ErrorKind;

use crate::kept::{Kept, count};

/// What a call returns: `PUPIL_STATUS_OK`, or the kind of its error, grouped by what the caller can do about it.
///
/// A later version may return further kinds; treat those that you do not know like `PUPIL_STATUS_INTERNAL`.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PupilStatus {
    /// The call succeeded.
    Ok = 0,
    /// The file is missing or cannot be read: correct the path or the permission.
    Unreadable = 1,
    /// The bytes are not a model: choose another file.
    NotAModel = 2,
    /// The file is inconsistent or does not match its hashes: fetch it again.
    Damaged = 3,
    /// The file, or a struct, needs a later version of this library: update it, or use another model.
    Unsupported = 4,
    /// The file or the answer exceeds a limit: shorten it, or raise the limit in the options.
    TooLarge = 5,
    /// The task pack belongs to another model: use one that was made for this one.
    WrongBase = 6,
    /// The model has no task of that id; the message lists those it has.
    UnknownTask = 7,
    /// An argument is invalid: NULL where that is not allowed, not UTF-8, or against the rules of the task.
    BadInput = 8,
    /// The progress function asked for the batch to stop.
    Cancelled = 9,
    /// An error inside the engine: please report it.
    Internal = 10,
    /// The file is not signed by a trusted key, is not the expected one, or is older than allowed: do not use it.
    Untrusted = 11,
}

/// An error. The library makes it, the caller frees it with `pupil_error_free`.
#[repr(C)]
#[derive(Debug)]
pub struct PupilError {
    /// The kind, which is also what the call returned.
    pub kind: PupilStatus,
    /// A message in English with numbers, in UTF-8, which never repeats text of an answer. Never NULL.
    pub message: *const c_char,
    /// In a batch, the index of the answer that failed, from 0; otherwise -1.
    pub answer: i64,
}

/// An error before it crosses the boundary.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: PupilStatus,
    pub(crate) message: String,
    pub(crate) answer: Option<usize>,
}

/// What a call gives before it crosses the boundary.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    pub(crate) fn new(kind: PupilStatus, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), answer: None }
    }

    /// An argument that breaks a rule.
    pub(crate) fn bad_input(message: impl Into<String>) -> Self {
        Self::new(PupilStatus::BadInput, message)
    }

    /// The error for C, on the heap.
    pub(crate) fn boxed(self) -> *mut PupilError {
        let mut kept = Kept::default();
        let face = PupilError {
            kind: self.kind,
            message: kept.text(&self.message),
            answer: self.answer.map_or(-1, |answer| i64::from(count(answer))),
        };
        kept.with(face)
    }
}

impl From<pupil_core::Error> for Failure {
    fn from(error: pupil_core::Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::NotFound | ErrorKind::Io => PupilStatus::Unreadable,
            ErrorKind::NotAModel => PupilStatus::NotAModel,
            ErrorKind::Damaged => PupilStatus::Damaged,
            ErrorKind::Unsupported => PupilStatus::Unsupported,
            ErrorKind::TooLarge => PupilStatus::TooLarge,
            ErrorKind::Untrusted => PupilStatus::Untrusted,
            ErrorKind::WrongBase => PupilStatus::WrongBase,
            ErrorKind::UnknownTask => PupilStatus::UnknownTask,
            ErrorKind::BadInput => PupilStatus::BadInput,
            ErrorKind::Cancelled => PupilStatus::Cancelled,
            _ => PupilStatus::Internal,
        };
        Self { kind, message: error.to_string(), answer: error.answer() }
    }
}

/// The name of a status, such as `"unknown-task"`: the same word as in the other languages. `"ok"` for 0, `"internal"`
/// for a number without a name. The text is constant; do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn pupil_status_name(status: c_int) -> *const c_char {
    match status {
        0 => c"ok",
        1 => c"unreadable",
        2 => c"not-a-model",
        3 => c"damaged",
        4 => c"unsupported",
        5 => c"too-large",
        6 => c"wrong-base",
        7 => c"unknown-task",
        8 => c"bad-input",
        9 => c"cancelled",
        11 => c"untrusted",
        _ => c"internal",
    }
    .as_ptr()
}

/// Frees an error. NULL is allowed and does nothing.
///
/// # Safety
///
/// `error` is NULL, or comes from this library and is not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_error_free(error: *mut PupilError) {
    // SAFETY: `Failure::boxed` made it, and the caller guarantees that it is not freed.
    unsafe { Kept::free(error) }
}
