//! Why nothing could be measured.

/// Any error, as text for people.
pub(crate) type Failure = Box<dyn std::error::Error>;
