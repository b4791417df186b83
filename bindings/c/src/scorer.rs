//! Opening and closing models.

use std::ffi::c_char;

use pupil_core::Scorer;

use crate::call::{call, given};
use crate::error::{PupilError, PupilStatus};
use crate::kept::Kept;
use crate::model::PupilModel;
use crate::options::{PupilOptions, options};
use crate::text::{bytes, name};

/// An open model. It does not change: any number of threads may use it at once, and all calls but `pupil_close` may.
pub struct PupilScorer {
    engine: Scorer,
    model: PupilModel,
    /// What the model points to.
    _kept: Kept,
}

impl PupilScorer {
    /// The engine's scorer.
    pub(crate) fn engine(&self) -> &Scorer {
        &self.engine
    }

    fn boxed(engine: Scorer) -> *mut Self {
        let mut kept = Kept::default();
        let model = PupilModel::new(&engine, &mut kept);
        Box::into_raw(Box::new(Self { engine, model, _kept: kept }))
    }
}

/// The version of this library, such as `"0.1.0"`. The text is constant; do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn pupil_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Opens a model file. The caller closes the scorer with `pupil_close`.
///
/// The file is copied into memory, unless the options map it.
///
/// # Safety
///
/// `path` ends with a zero byte and is UTF-8, also on Windows; `options` is NULL (the defaults) or valid; `out` is a
/// place for a pointer, and `error` is one or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_open(
    path: *const c_char,
    options: *const PupilOptions,
    out: *mut *mut PupilScorer,
    error: *mut *mut PupilError,
) -> PupilStatus {
    // SAFETY: as the caller guarantees.
    unsafe {
        call(out, error, || {
            let options = self::options(options)?;
            Ok(PupilScorer::boxed(Scorer::open_with(name(path, "the path")?, &options)?))
        })
    }
}

/// Opens a model from memory, for example after decryption. The bytes are copied, and need not live longer than the
/// call. The caller closes the scorer with `pupil_close`.
///
/// # Safety
///
/// `data` has `len` bytes; the others are as for `pupil_open`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_open_bytes(
    data: *const u8,
    len: usize,
    options: *const PupilOptions,
    out: *mut *mut PupilScorer,
    error: *mut *mut PupilError,
) -> PupilStatus {
    // SAFETY: as the caller guarantees.
    unsafe {
        call(out, error, || {
            let options = self::options(options)?;
            let data = bytes(data, len, "the model")?.to_vec();
            Ok(PupilScorer::boxed(Scorer::from_bytes_with(data, &options)?))
        })
    }
}

/// Attaches a task pack, and gives another scorer that also has the tasks of the pack. Both share the model, and each
/// must be closed, in any order.
///
/// Of the options, only those about trust and mapping count. NULL: the pack has to be signed with one of the keys that
/// the model had to be signed with, if there were any, and its signature lies beside it.
///
/// # Safety
///
/// `scorer` is open; the others are as for `pupil_open`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_attach(
    scorer: *const PupilScorer,
    path: *const c_char,
    options: *const PupilOptions,
    out: *mut *mut PupilScorer,
    error: *mut *mut PupilError,
) -> PupilStatus {
    // SAFETY: as the caller guarantees.
    unsafe {
        call(out, error, || {
            let base = given(scorer, "the scorer")?.engine();
            let path = name(path, "the path")?;
            Ok(PupilScorer::boxed(if options.is_null() {
                base.attach(path)?
            } else {
                base.attach_with(path, &self::options(options)?)?
            }))
        })
    }
}

/// The same with a task pack in memory, whose bytes are copied.
///
/// # Safety
///
/// `scorer` is open, `data` has `len` bytes; the others are as for `pupil_open`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_attach_bytes(
    scorer: *const PupilScorer,
    data: *const u8,
    len: usize,
    options: *const PupilOptions,
    out: *mut *mut PupilScorer,
    error: *mut *mut PupilError,
) -> PupilStatus {
    // SAFETY: as the caller guarantees.
    unsafe {
        call(out, error, || {
            let base = given(scorer, "the scorer")?.engine();
            let data = bytes(data, len, "the task pack")?.to_vec();
            Ok(PupilScorer::boxed(if options.is_null() {
                base.attach_bytes(data)?
            } else {
                base.attach_bytes_with(data, &self::options(options)?)?
            }))
        })
    }
}

/// What the model says about itself, its tasks and their labels; NULL for NULL. It belongs to the scorer and lives as
/// long as it does.
///
/// # Safety
///
/// `scorer` is NULL or open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_model(scorer: *const PupilScorer) -> *const PupilModel {
    // SAFETY: as the caller guarantees.
    unsafe { scorer.as_ref() }.map_or(std::ptr::null(), |scorer| std::ptr::from_ref(&scorer.model))
}

/// Closes a scorer. NULL is allowed and does nothing. No other call may use it at that time or later; scores and
/// explanations stay valid.
///
/// # Safety
///
/// `scorer` is NULL, or comes from this library, is not closed yet and in no other call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_close(scorer: *mut PupilScorer) {
    if !scorer.is_null() {
        // SAFETY: `boxed` leaked the box, and the caller guarantees that it is not freed.
        drop(unsafe { Box::from_raw(scorer) });
    }
}
