//! What every call has in common: its arguments, its error, no panic.

use pupil_core::ErrorKind;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// Runs a call; a panic becomes an `InternalError`.
pub(crate) fn guarded<T>(py: Python<'_>, call: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    pupil_guard::guarded(call)
        .unwrap_or_else(|| Err(error(py, "InternalError", pupil_guard::PANICKED, None, None)))
}

/// Runs a call of the engine, while other threads of Python run.
pub(crate) fn detached<T: Send>(
    py: Python<'_>,
    call: impl FnOnce() -> pupil_core::Result<T> + Send,
) -> PyResult<T> {
    py.detach(call).map_err(|error| raised(py, &error))
}

/// An error of the engine as one of the package.
pub(crate) fn raised(py: Python<'_>, error: &pupil_core::Error) -> PyErr {
    raised_as(py, error, error.message(), error.answer())
}

/// The same with another message and another index of the failed answer.
pub(crate) fn raised_as(
    py: Python<'_>,
    failed: &pupil_core::Error,
    message: &str,
    answer: Option<usize>,
) -> PyErr {
    let class = match failed.kind() {
        ErrorKind::NotFound => "NotFoundError",
        ErrorKind::Io => "UnreadableError",
        ErrorKind::NotAModel => "NotAModelError",
        ErrorKind::Damaged => "DamagedError",
        ErrorKind::Unsupported => "UnsupportedError",
        ErrorKind::TooLarge => "TooLargeError",
        ErrorKind::Untrusted => "UntrustedError",
        ErrorKind::WrongBase => "WrongBaseError",
        ErrorKind::UnknownTask => "UnknownTaskError",
        ErrorKind::BadInput => "BadInputError",
        ErrorKind::Cancelled => "CancelledError",
        _ => "InternalError",
    };
    let source = std::error::Error::source(failed);
    let number = source
        .and_then(|source| source.downcast_ref::<std::io::Error>())
        .and_then(std::io::Error::raw_os_error);
    error(py, class, message, answer, number)
}

/// An argument that the caller has to correct.
pub(crate) fn bad_input(py: Python<'_>, message: &str, answer: Option<usize>) -> PyErr {
    error(py, "BadInputError", message, answer, None)
}

/// An error of the package's class of that name.
fn error(py: Python<'_>, class: &str, message: &str, answer: Option<usize>, errno: Option<i32>) -> PyErr {
    let made = || -> PyResult<Bound<'_, PyAny>> {
        let module = py.import("pupil_scorer._errors")?;
        let error = module.getattr(class)?.call1((message, answer))?;
        if errno.is_some() && class != "InternalError" {
            error.setattr("errno", errno)?;
        }
        Ok(error)
    };
    made().map_or_else(|error| error, PyErr::from_value)
}

/// The text of an argument. Raises `TypeError` for another type, and `BadInputError` for a lone surrogate.
pub(crate) fn text<'a>(value: &'a Bound<'_, PyAny>, what: &str) -> PyResult<&'a str> {
    let Ok(text) = value.cast::<PyString>() else {
        let message = format!("{what} is of type {}, not str", type_name(value));
        return Err(PyTypeError::new_err(message));
    };
    encoded(text).map_err(|first| {
        let message = format!("{what} has a lone surrogate at character {first}, which UTF-8 cannot encode");
        bad_input(value.py(), &message, None)
    })
}

/// The text in UTF-8, or the first character that UTF-8 cannot encode.
pub(crate) fn encoded<'a>(text: &'a Bound<'_, PyString>) -> Result<&'a str, usize> {
    // The error contains the text, and is dropped here.
    text.to_str().map_err(|error| {
        let first = error.value(text.py()).getattr("start");
        first.and_then(|first| first.extract()).unwrap_or(0)
    })
}

/// The text of an argument that may be missing.
pub(crate) fn text_or_none<'a>(value: Option<&'a Bound<'_, PyAny>>, what: &str) -> PyResult<Option<&'a str>> {
    value.map(|value| text(value, what)).transpose()
}

/// The name of a value's type, for messages.
pub(crate) fn type_name(value: &Bound<'_, PyAny>) -> String {
    value.get_type().name().map_or_else(|_| "object".to_owned(), |name| name.to_string())
}
