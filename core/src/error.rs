//! The error type of the engine.

use std::fmt;

/// A result whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// The kinds of errors, grouped by what the caller can do about them.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// There is no file at the path: correct the path.
    NotFound,
    /// The operating system refused to read or write: see the source of the error.
    Io,
    /// The bytes are not a `.pupil` file: choose another file.
    NotAModel,
    /// The file contradicts itself or its hashes: fetch it again.
    Damaged,
    /// The file needs a later version of this crate, or a feature it was built without.
    Unsupported,
    /// The file or the answer exceeds a stated limit.
    TooLarge,
    /// The file is not signed with a trusted key, or is not the file or the version that was expected: get it from its
    /// publisher, and do not use it meanwhile.
    Untrusted,
    /// The task pack, or the snapshot of a student, belongs to another model: use what was made for this one.
    WrongBase,
    /// The model has no task of that name; the message lists those it has.
    UnknownTask,
    /// An argument breaks the rules of the function it was given to.
    BadInput,
    /// The caller asked for the work to stop.
    Cancelled,
    /// The engine has a bug: please report it.
    Internal,
}

impl ErrorKind {
    /// The kind as one lower-case word, stable across versions.
    ///
    /// ```
    /// assert_eq!(pupil_core::ErrorKind::NotAModel.as_str(), "not-a-model");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Io => "io",
            Self::NotAModel => "not-a-model",
            Self::Damaged => "damaged",
            Self::Unsupported => "unsupported",
            Self::TooLarge => "too-large",
            Self::Untrusted => "untrusted",
            Self::WrongBase => "wrong-base",
            Self::UnknownTask => "unknown-task",
            Self::BadInput => "bad-input",
            Self::Cancelled => "cancelled",
            Self::Internal => "internal",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A failure of the engine: its kind, a message and sometimes a cause.
///
/// Messages name the section or the number that is wrong and never hold answer text.
///
/// ```
/// use pupil_core::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::BadInput, "0 threads asked for, at least 1 is needed");
/// assert_eq!(error.kind(), ErrorKind::BadInput);
/// assert_eq!(error.to_string(), "0 threads asked for, at least 1 is needed");
/// ```
pub struct Error {
    inner: Box<ErrorContent>,
}

struct ErrorContent {
    kind: ErrorKind,
    message: String,
    answer: Option<usize>,
    source: Option<Box<dyn std::error::Error + Send + Sync + 'static>>,
}

impl Error {
    /// Makes an error; the message is lower case, without a full stop and without user data.
    #[cold]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self::boxed(kind, message.into())
    }

    /// Not inlined: checks are everywhere, and inlined copies of this would double the code.
    ///
    /// Names from a file may be in the message: their control characters are replaced, since a terminal would obey them.
    #[cold]
    #[inline(never)]
    fn boxed(kind: ErrorKind, message: String) -> Self {
        let message = message.replace(char::is_control, "\u{fffd}");
        Self { inner: Box::new(ErrorContent { kind, message, answer: None, source: None }) }
    }

    /// Adds the cause that [`std::error::Error::source`] will return.
    #[cold]
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync + 'static>>,
    ) -> Self {
        self.inner.source = Some(source.into());
        self
    }

    /// Adds which answer of a batch failed.
    #[must_use]
    pub(crate) fn with_answer(mut self, answer: usize) -> Self {
        self.inner.answer = Some(answer);
        self
    }

    /// Which answer of a batch failed, from 0; none where it was no batch.
    pub fn answer(&self) -> Option<usize> {
        self.inner.answer
    }

    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// The message alone, as [`fmt::Display`] prints it.
    pub fn message(&self) -> &str {
        &self.inner.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.inner.kind)
            .field("message", &self.inner.message)
            .field("source", &self.inner.source)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.inner.source.as_deref().map(|e| e as &(dyn std::error::Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as _;

    #[test]
    fn source_is_kept_and_the_message_stays_its_own() {
        let cause = std::io::Error::other("disk");
        let error = Error::new(ErrorKind::Io, "cannot read the file").with_source(cause);
        assert_eq!(error.to_string(), "cannot read the file");
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("disk"));
        assert!(Error::new(ErrorKind::Io, "x").source().is_none());
    }

    #[test]
    fn control_characters_of_names_are_replaced() {
        let error = Error::new(ErrorKind::Damaged, "member 2 names the missing encoder e\u{1b}[2J\0\n, größer");
        assert_eq!(error.to_string(), "member 2 names the missing encoder e\u{fffd}[2J\u{fffd}\u{fffd}, größer");
    }

    #[test]
    fn error_is_one_pointer_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}
