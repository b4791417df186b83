//! What the command says and returns when it cannot do what was asked.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use pupil_core::{Error, ErrorKind};

use crate::screen::{Style, printable};

/// The exit codes, one per thing that a caller would do next; `--help` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// A rule of ours was broken.
    Internal = 1,
    /// The command line does not make sense.
    Usage = 2,
    /// A file is missing or cannot be read or written.
    File = 3,
    /// The file is no model.
    NotAModel = 4,
    /// The model is damaged or beyond the limits.
    Damaged = 5,
    /// The model needs a later version.
    Unsupported = 6,
    /// The model has no such task, or several and none was named.
    Task = 7,
    /// The answer cannot be scored: empty, too long, not UTF-8.
    Answer = 8,
    /// The table cannot be scored: a column is missing or a row is broken.
    Table = 9,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        // The discriminants are the table above.
        Self::from(exit as u8)
    }
}

/// A failure: what is wrong, and what to do about it. Never holds answer text.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
    hint: Option<String>,
}

impl Failure {
    /// A failure without advice.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None }
    }

    /// Adds what to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Puts the place in a table before the message.
    pub(crate) fn at(mut self, place: &str) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// A file that the system refused to read or write.
    pub(crate) fn file(what: &str, path: &Path, error: &io::Error) -> Self {
        Self::new(Exit::File, format!("cannot {what} {}: {}", path.display(), reason(error)))
    }

    /// The engine's failure to open a model.
    pub(crate) fn opening(path: &Path, error: &Error) -> Self {
        let path = path.display();
        let failure = |exit, text: String| Self::new(exit, text);
        match error.kind() {
            ErrorKind::NotFound => failure(Exit::File, format!("there is no file {path}")),
            ErrorKind::Io => failure(Exit::File, format!("cannot read {path}: {}", full(error))),
            ErrorKind::NotAModel => failure(Exit::NotAModel, format!("{path} is not a .pupil file: {error}")),
            ErrorKind::Unsupported => failure(Exit::Unsupported, format!("{path} cannot be used: {error}"))
                .hint("a later version of pupil may read it"),
            ErrorKind::Damaged => failure(Exit::Damaged, format!("{path} is damaged: {error}"))
                .hint("fetch or copy the file again"),
            ErrorKind::TooLarge => failure(Exit::Damaged, format!("{path} is beyond the limits: {error}")),
            // A task pack without its model, with another one, or a model in the place of a pack.
            ErrorKind::BadInput | ErrorKind::WrongBase => failure(Exit::Usage, format!("{path}: {error}")),
            _ => failure(Exit::Internal, format!("{path} cannot be opened: {error}")),
        }
    }

    /// The engine's failure to score an answer.
    pub(crate) fn scoring(error: &Error) -> Self {
        let exit = match error.kind() {
            ErrorKind::UnknownTask => Exit::Task,
            ErrorKind::TooLarge | ErrorKind::BadInput => Exit::Answer,
            _ => Exit::Internal,
        };
        Self::new(exit, error.to_string())
    }

    /// The engine's failure to score a row of a table.
    pub(crate) fn row(place: &str, error: &Error) -> Self {
        let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
        Self::new(Exit::Table, cause).at(place)
    }

    /// The code to end with.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Failure {
    // A message may repeat what a file says of itself, which must not reach the terminal as commands.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let style = Style::of_stderr();
        writeln!(f, "{} {}", style.red("error:"), printable(&self.message))?;
        match &self.hint {
            Some(hint) => writeln!(f, "{} {hint}", style.dim("hint: ")),
            None => Ok(()),
        }
    }
}

/// The engine's message with the cause beneath it.
fn full(error: &Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// The system's words without its number.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    text[..end].to_lowercase()
}
