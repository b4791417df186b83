//! The one error of the boundary.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use pupil_core::ErrorKind;

/// What went wrong, grouped by what the app can do about it.
///
/// `reason` says it with numbers, in English, and never repeats answer text. `answer` is the place of the answer that failed,
/// from 0, where many were scored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum PupilError {
    /// The file is not there or cannot be read: correct the path, or see to the permission.
    #[error("{reason}")]
    Unreadable {
        /// What the system said.
        reason: String,
    },
    /// The bytes are no model at all: choose another file.
    #[error("{reason}")]
    NotAModel {
        /// What was found.
        reason: String,
    },
    /// The file contradicts itself or its hashes: fetch it again.
    #[error("{reason}")]
    Damaged {
        /// Which part is wrong.
        reason: String,
    },
    /// The file needs a later version of the SDK, or a feature that this build lacks: update the app, or ship another model.
    #[error("{reason}")]
    Unsupported {
        /// What is needed.
        reason: String,
    },
    /// The file or the answer exceeds a limit: shorten it, or raise the limit in the options.
    #[error("{reason}")]
    TooLarge {
        /// The size and the limit.
        reason: String,
        /// Which of many answers.
        answer: Option<u64>,
    },
    /// The task pack belongs to another model: use the pack that was made for this one.
    #[error("{reason}")]
    WrongBase {
        /// The hashes.
        reason: String,
    },
    /// The model has no task of that name.
    #[error("{reason}")]
    UnknownTask {
        /// The names there are.
        reason: String,
    },
    /// An argument breaks the rules of the function it was given to.
    #[error("{reason}")]
    BadInput {
        /// The rule and the value.
        reason: String,
        /// Which of many answers.
        answer: Option<u64>,
    },
    /// The app asked for the work to stop.
    #[error("{reason}")]
    Cancelled {
        /// How far it got.
        reason: String,
    },
    /// The engine broke a rule of its own: please report it.
    #[error("{reason}")]
    Internal {
        /// What is known.
        reason: String,
    },
}

impl From<pupil_core::Error> for PupilError {
    fn from(error: pupil_core::Error) -> Self {
        let reason = error.to_string();
        let answer = error.answer().map(|place| place as u64);
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::Io => Self::Unreadable { reason },
            ErrorKind::NotAModel => Self::NotAModel { reason },
            ErrorKind::Damaged => Self::Damaged { reason },
            ErrorKind::Unsupported => Self::Unsupported { reason },
            ErrorKind::TooLarge => Self::TooLarge { reason, answer },
            ErrorKind::WrongBase => Self::WrongBase { reason },
            ErrorKind::UnknownTask => Self::UnknownTask { reason },
            ErrorKind::BadInput => Self::BadInput { reason, answer },
            ErrorKind::Cancelled => Self::Cancelled { reason },
            _ => Self::Internal { reason },
        }
    }
}

/// A listener of the app threw something that is none of these errors.
impl From<uniffi::UnexpectedUniFFICallbackError> for PupilError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        // What it said is left out: an app's own error might hold text of an answer.
        Self::BadInput {
            reason: "the progress listener failed with an error of its own".into(),
            answer: None,
        }
    }
}

thread_local! {
    /// Whether this thread is inside a call of the engine.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Has panics of the engine write nothing: Rust would print what they say, which might hold text of an answer.
///
/// Threads without a name are those of batches, and of the app; a panic of any other is none of the engine's.
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

/// Runs a call of the engine; a panic becomes an error.
///
/// What the panic said is left out: it might hold text of an answer.
pub(crate) fn guarded<T>(call: impl FnOnce() -> Result<T, PupilError>) -> Result<T, PupilError> {
    silence();
    let outside = INSIDE.replace(true);
    let result = caught(call);
    INSIDE.set(outside);
    result
}

fn caught<T>(call: impl FnOnce() -> Result<T, PupilError>) -> Result<T, PupilError> {
    // The engine's buffers are set anew by each call, and its locks outlive a panic, so nothing half-done is seen later.
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| {
        Err(PupilError::Internal {
            reason: "the engine panicked; please report it, with the model's name".into(),
        })
    })
}
