//! What C cannot test: panics, and that the words for numbers are those of the engine.

use std::ffi::CStr;
use std::ptr::null_mut;

use pupil_core::{Error, ErrorKind, ReviewReason};

use crate::call::call;
use crate::error::{Failure, PupilError, PupilStatus, pupil_error_free, pupil_status_name};
use crate::score::{PupilReview, PupilScore, pupil_review_name};

#[test]
fn a_panic_becomes_an_internal_error_without_its_message() {
    let (mut out, mut error): (*mut PupilScore, *mut PupilError) = (null_mut(), null_mut());
    // SAFETY: both places are valid.
    let status = unsafe { call(&raw mut out, &raw mut error, || panic!("an answer's text")) };
    assert_eq!(status, PupilStatus::Internal);
    assert!(out.is_null());
    // SAFETY: the call failed, so there is an error.
    let (kind, message) = unsafe { ((*error).kind, CStr::from_ptr((*error).message).to_str().unwrap()) };
    assert_eq!((kind, message), (PupilStatus::Internal, pupil_guard::PANICKED));
    // SAFETY: it comes from the call, and nothing refers to it any more.
    unsafe { pupil_error_free(error) };
}

#[test]
fn kinds_of_errors_have_the_names_of_the_engine() {
    for kind in [
        ErrorKind::NotAModel,
        ErrorKind::Damaged,
        ErrorKind::Unsupported,
        ErrorKind::TooLarge,
        ErrorKind::Untrusted,
        ErrorKind::WrongBase,
        ErrorKind::UnknownTask,
        ErrorKind::BadInput,
        ErrorKind::Cancelled,
        ErrorKind::Internal,
    ] {
        let status = Failure::from(Error::new(kind, "")).kind;
        // SAFETY: names end with a zero byte.
        let name = unsafe { CStr::from_ptr(pupil_status_name(status as i32)) };
        assert_eq!(name.to_str().unwrap(), kind.as_str());
    }
    for kind in [ErrorKind::NotFound, ErrorKind::Io] {
        assert_eq!(Failure::from(Error::new(kind, "")).kind, PupilStatus::Unreadable);
    }
}

#[test]
fn reasons_for_review_have_the_names_of_the_engine() {
    for reason in [
        ReviewReason::TooShort,
        ReviewReason::OtherLanguage,
        ReviewReason::Gibberish,
        ReviewReason::UnknownWords,
        ReviewReason::Repetition,
        ReviewReason::CopiedQuestion,
        ReviewReason::NearReference,
        ReviewReason::OffTopic,
        ReviewReason::WordList,
        ReviewReason::Truncated,
        ReviewReason::UnseenLabel,
        ReviewReason::LowConfidence,
        ReviewReason::NoPromise,
        ReviewReason::Audit,
    ] {
        // SAFETY: names end with a zero byte.
        let name = unsafe { CStr::from_ptr(pupil_review_name(PupilReview::from(reason) as i32)) };
        assert_eq!(name.to_str().unwrap(), reason.to_string());
    }
}
