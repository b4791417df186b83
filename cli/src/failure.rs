//! Error messages and exit codes.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use pupil_core::{Error, ErrorKind};
use pupil_tables::Setting;

use crate::similar;
use crate::terminal::{Style, printable};

/// The hint for a file that needs a feature that default builds leave out: one command for both features, since a file
/// may need both.
const WHOLE_BUILD: &str =
    "build pupil with its optional features: `cargo install --path cli --features onnx,tokenizers`";

/// The hint for a file that scores nothing.
const KNOWLEDGE: &str = "it follows a student's right and wrong answers: apps open it with `Tracker`, and \
                         `pupil inspect` shows it; to score answers, take a model that has tasks";

/// The exit codes, one for each way in which a caller may react; `--help` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// An internal error.
    Internal = 1,
    /// The command line is wrong.
    Usage = 2,
    /// A file is missing or cannot be read or written.
    File = 3,
    /// The file is not a model.
    NotAModel = 4,
    /// The model is damaged or beyond the limits.
    Damaged = 5,
    /// The model needs a later version.
    Unsupported = 6,
    /// The model has no such task, or several and none was named.
    Task = 7,
    /// The answer cannot be scored: empty, too long, not valid UTF-8.
    Answer = 8,
    /// The table cannot be scored: a column is missing or a row is malformed.
    Table = 9,
    /// The model is not signed with a trusted key, or is not the file or the version that was expected.
    Untrusted = 10,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        // The discriminants are the exit codes.
        Self::from(exit as u8)
    }
}

/// What is wrong, and what to do about it. Never contains answer text.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
    hint: Option<String>,
}

impl Failure {
    /// A failure without a hint.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None }
    }

    /// Adds a hint.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Puts the location in a table before the message.
    pub(crate) fn at(mut self, place: &str) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// A file that the system cannot read or write.
    pub(crate) fn file(what: &str, path: &Path, error: &io::Error) -> Self {
        let mut reason = reason(error);
        // The reason may name the file again. It is not repeated, since it may be an answer.
        if let Some(rest) = reason.strip_prefix(&format!("{} ", path.display())) {
            reason = format!("it {rest}");
        }
        let failure = Self::new(Exit::File, format!("cannot {what} {}: {reason}", display_name(path)));
        if error.kind() == io::ErrorKind::NotFound && what == "read" {
            failure.similar_file(path)
        } else {
            failure
        }
    }

    /// Adds a hint about a file whose name is like that of a missing one.
    fn similar_file(self, missing: &Path) -> Self {
        match similar::file(missing).filter(|_| is_surely_a_path(missing)) {
            Some(found) => self.hint(format!("there is {found}")),
            None => self,
        }
    }

    /// A table that cannot be read.
    pub(crate) fn table(path: &Path, error: &pupil_tables::Error) -> Self {
        use pupil_tables::ErrorKind as Kind;
        let exit = match error.kind() {
            Kind::Io(error) => return Self::file("read", path, error),
            Kind::Delimiter | Kind::UnknownEncoding | Kind::SheetOfCsv | Kind::CsvOnly(_) => Exit::Usage,
            _ => Exit::Table,
        };
        let advice = error.advice(|setting| {
            match setting {
                Setting::Delimiter => "--delimiter",
                Setting::Encoding => "--encoding",
                Setting::Sheet => "--sheet",
            }
            .to_owned()
        });
        Self { exit, message: error.to_string(), hint: advice }
    }

    /// The engine cannot open a model.
    pub(crate) fn opening(path: &Path, error: &Error) -> Self {
        let name = display_name(path);
        let failure = |exit, text: String| Self::new(exit, text);
        match error.kind() {
            ErrorKind::NotFound if is_surely_a_path(path) => {
                failure(Exit::File, format!("there is no file {name}")).similar_file(path)
            }
            ErrorKind::NotFound => failure(Exit::File, "there is no model with this name".to_owned())
                .hint("the name of a model ends in .pupil; an answer of several words needs quotes"),
            ErrorKind::Io => match std::error::Error::source(error).and_then(|cause| cause.downcast_ref()) {
                Some(cause) => Self::file("read", path, cause),
                None => failure(Exit::File, format!("cannot read {name}")),
            },
            // The reader's message is left out: it may quote the file.
            ErrorKind::NotAModel => failure(Exit::NotAModel, format!("{name} is not a .pupil file")),
            ErrorKind::Unsupported => {
                let text = error.to_string();
                let failure = failure(Exit::Unsupported, format!("{name} cannot be used: {text}"));
                if text.contains("feature `onnx`") || text.contains("feature `tokenizers`") {
                    failure.hint(WHOLE_BUILD)
                } else if text.contains("this version") {
                    failure.hint("a later version of pupil may read it")
                } else {
                    failure
                }
            }
            ErrorKind::Damaged => failure(Exit::Damaged, format!("{name} is damaged: {error}"))
                .hint("fetch or copy the file again"),
            ErrorKind::TooLarge => failure(Exit::Damaged, format!("{name} is beyond the limits: {error}")),
            ErrorKind::Untrusted => failure(Exit::Untrusted, format!("{name} is not trusted: {error}")),
            // A task pack without its model or with another one, a model given as a pack, or a knowledge model.
            ErrorKind::BadInput | ErrorKind::WrongBase => {
                let text = error.to_string();
                let failure = failure(Exit::Usage, format!("{name}: {text}"));
                if text.contains("knowledge model") { failure.hint(KNOWLEDGE) } else { failure }
            }
            _ => failure(Exit::Internal, format!("{name} cannot be opened: {error}")),
        }
    }

    /// The engine cannot score an answer.
    pub(crate) fn scoring(error: &Error) -> Self {
        let exit = match error.kind() {
            ErrorKind::UnknownTask => Exit::Task,
            ErrorKind::TooLarge | ErrorKind::BadInput => Exit::Answer,
            _ => Exit::Internal,
        };
        Self::new(exit, error.to_string())
    }

    /// The engine cannot score a row of a table.
    pub(crate) fn row(place: &str, error: &Error) -> Self {
        let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
        Self::new(Exit::Table, cause).at(place)
    }

    /// The hint.
    pub(crate) fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The message, without the hint.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The code to end with.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Failure {
    // A message may quote metadata of a file, which must not reach the terminal as control sequences.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let style = Style::of_stderr();
        writeln!(f, "{} {}", style.red("error:"), printable(&self.message))?;
        match &self.hint {
            Some(hint) => writeln!(f, "{} {}", style.dim("hint: "), printable(hint)),
            None => Ok(()),
        }
    }
}

/// The name of a file in a message: its path, unless the path may be an answer given by mistake.
pub(crate) fn display_name(path: &Path) -> String {
    if path == Path::new("-") {
        return "stdin".to_owned();
    }
    if is_surely_a_path(path) { path.display().to_string() } else { "the named file".to_owned() }
}

/// Whether a path cannot be an answer: it exists, or it has no white space and has an extension or a root.
fn is_surely_a_path(path: &Path) -> bool {
    let text = path.display().to_string();
    let is_ending =
        |ending: &str| (1..=8).contains(&ending.len()) && ending.bytes().all(|b| b.is_ascii_alphanumeric());
    let has_ending = path.extension().is_some_and(|ending| ending.to_str().is_some_and(is_ending));
    let has_root = path.has_root() || ["./", "../", "~/"].iter().any(|root| text.starts_with(root));
    (!text.contains(char::is_whitespace) && (has_ending || has_root)) || path.exists()
}

/// The system's message without its error number.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = &text[..text.find(" (os error").unwrap_or(text.len())];
    let mut letters = text.chars();
    // File names keep their case.
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answer_given_as_a_path_is_not_repeated() {
        for path in ["class.csv", "nowhere/class.csv", "./class", "a.pupil", "/nowhere", "Cargo.toml"] {
            assert_eq!(display_name(Path::new(path)), path);
        }
        for answer in [
            "uncle",
            "he hid.",
            "he hid from uncle",
            "his uncle.csv",
            "uncle.",
            "hid/ran or not",
            "wait...",
            "he/she",
            "",
        ] {
            assert_eq!(display_name(Path::new(answer)), "the named file", "{answer}");
        }
    }

    #[test]
    fn reason_of_the_system_keeps_names_as_they_are() {
        let error = io::Error::other("No such Folder (os error 2)");
        assert_eq!(reason(&error), "no such Folder");
    }

    /// The message about a file with this error.
    fn said(error: &Error) -> String {
        Failure::opening(Path::new("graph.pupil"), error).to_string()
    }

    #[test]
    fn file_that_needs_an_optional_feature_names_the_build_command() {
        for feature in ["tokenizers", "onnx"] {
            let refused = format!("the file cannot be used: build with the feature `{feature}`");
            let said = said(&Error::new(ErrorKind::Unsupported, refused));
            assert!(said.contains(&format!("feature `{feature}`")) && said.contains(WHOLE_BUILD), "{said}");
            assert!(!said.contains("later version"), "{said}");
        }
    }
}
