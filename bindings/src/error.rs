//! [`PupilError`]: the error of all exported functions.

use pupil_core::ErrorKind;

/// An error, grouped by what the app can do about it.
///
/// `reason` is a message in English with numbers and never repeats answer text. In a batch, `answer` is the index of
/// the failed answer, from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum PupilError {
    /// The file is missing or cannot be read: correct the path or the permission.
    #[error("{reason}")]
    Unreadable {
        /// The message of the system.
        reason: String,
    },
    /// The bytes are not a model: choose another file.
    #[error("{reason}")]
    NotAModel {
        /// What was found.
        reason: String,
    },
    /// The file is inconsistent or does not match its hashes: fetch it again.
    #[error("{reason}")]
    Damaged {
        /// Which part is wrong.
        reason: String,
    },
    /// The file needs a later version of the SDK, or a feature that this build lacks: update the app, or ship another
    /// model.
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
        /// The index of the answer in a batch.
        answer: Option<u64>,
    },
    /// The file is not signed with a trusted key, or is not the file or the version that was expected: get it from its
    /// publisher, and do not use it meanwhile.
    #[error("{reason}")]
    Untrusted {
        /// Which key, hash or version was found and which is needed.
        reason: String,
    },
    /// The task pack, or the snapshot of a student, belongs to another model: use what was made for this one.
    #[error("{reason}")]
    WrongBase {
        /// The hashes.
        reason: String,
    },
    /// The model has no task with this name.
    #[error("{reason}")]
    UnknownTask {
        /// The names of the tasks.
        reason: String,
    },
    /// An argument is invalid.
    #[error("{reason}")]
    BadInput {
        /// The rule and the value.
        reason: String,
        /// The index of the answer in a batch.
        answer: Option<u64>,
    },
    /// The app cancelled the work.
    #[error("{reason}")]
    Cancelled {
        /// How far it got.
        reason: String,
    },
    /// An error inside the engine: please report it.
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
            ErrorKind::Untrusted => Self::Untrusted { reason },
            ErrorKind::WrongBase => Self::WrongBase { reason },
            ErrorKind::UnknownTask => Self::UnknownTask { reason },
            ErrorKind::BadInput => Self::BadInput { reason, answer },
            ErrorKind::Cancelled => Self::Cancelled { reason },
            _ => Self::Internal { reason },
        }
    }
}

/// A listener of the app threw an error of another type.
impl From<uniffi::UnexpectedUniFFICallbackError> for PupilError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        // The message is left out, since the app's error may contain answer text.
        Self::BadInput { reason: "the progress listener threw an error".into(), answer: None }
    }
}

/// Runs a call of the engine; a panic becomes an error.
pub(crate) fn guarded<T>(call: impl FnOnce() -> Result<T, PupilError>) -> Result<T, PupilError> {
    pupil_guard::guarded(call)
        .unwrap_or_else(|| Err(PupilError::Internal { reason: pupil_guard::PANICKED.into() }))
}
