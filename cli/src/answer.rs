//! Reads one answer from the command line, stdin or a file.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use pupil_core::format::limits::DEFAULT_ANSWER_BYTES;

use crate::args::ScoreArgs;
use crate::failure::{Exit, Failure, display_name};

/// Returns the model's path, if one is given, and the answer.
pub(crate) fn read(options: &ScoreArgs) -> Result<(Option<PathBuf>, String), Failure> {
    let (file, answer) = match (&options.first, &options.second, &options.answer_file) {
        (_, Some(_), Some(_)) => {
            return Err(Failure::new(
                Exit::Usage,
                "the answer is given twice: as text and with --answer-file",
            ));
        }
        (file, None, Some(path)) => (file.as_ref(), from_file(path)?),
        (file, Some(answer), None) => (file.as_ref(), from_argument(answer)?),
        (Some(file), None, None) if is_model_path(file) => {
            return Err(no_answer().hint(format!(
                "{} was taken for the model; put the answer after it",
                display_name(Path::new(file))
            )));
        }
        (Some(table), None, None) if is_table_path(table) => {
            return Err(Failure::new(
                Exit::Usage,
                format!("{} is a table, not an answer", display_name(Path::new(table))),
            )
            .hint("`pupil score --csv TABLE --out TABLE` scores every row of it"));
        }
        (Some(answer), None, None) => (None, from_argument(answer)?),
        (None, None, None) => return Err(no_answer()),
    };
    if answer.trim().is_empty() {
        return Err(Failure::new(Exit::Answer, "the answer is empty"));
    }
    Ok((file.map(PathBuf::from), answer))
}

/// The failure when no answer is given.
fn no_answer() -> Failure {
    Failure::new(Exit::Usage, "no answer is given")
        .hint("pass its text, `-` for stdin, or --answer-file PATH")
}

/// Whether a single argument is the model.
fn is_model_path(argument: &OsStr) -> bool {
    Path::new(argument).extension().is_some_and(|extension| extension == "pupil")
}

/// Whether a single argument is the path of a table.
fn is_table_path(argument: &OsStr) -> bool {
    let path = Path::new(argument);
    let ending = path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
    let endings = ["csv", "tsv", "xlsx", "xls", "ods", "jsonl", "ndjson"];
    ending.is_some_and(|ending| endings.contains(&&*ending)) && path.is_file()
}

/// The answer on the command line, or from stdin for `-`.
fn from_argument(argument: &OsStr) -> Result<String, Failure> {
    if argument == "-" {
        let bytes = limited(io::stdin().lock())
            .map_err(|error| Failure::new(Exit::File, format!("cannot read stdin: {error}")))?;
        return checked(bytes);
    }
    checked(argument.as_encoded_bytes().to_vec())
}

/// The answer in a file.
fn from_file(path: &Path) -> Result<String, Failure> {
    let bytes = File::open(path).and_then(limited).map_err(|error| Failure::file("read", path, &error))?;
    checked(bytes)
}

/// Reads at most one byte more than an answer may have.
fn limited(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(DEFAULT_ANSWER_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Checks the length and the encoding of an answer.
fn checked(bytes: Vec<u8>) -> Result<String, Failure> {
    if bytes.len() > DEFAULT_ANSWER_BYTES {
        return Err(Failure::new(
            Exit::Answer,
            format!("the answer is too long: it has more than {DEFAULT_ANSWER_BYTES} bytes"),
        ));
    }
    let utf16 = matches!(bytes.as_slice(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    match String::from_utf8(bytes) {
        Ok(text) => Ok(match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        }),
        Err(error) => {
            let offset = error.utf8_error().valid_up_to();
            let failure = Failure::new(
                Exit::Answer,
                format!("the answer is not valid UTF-8: byte {offset} is invalid"),
            );
            Err(failure.hint(if utf16 {
                "the text begins like UTF-16; save it as UTF-8"
            } else {
                "save the text as UTF-8; bytes are counted from 0"
            }))
        }
    }
}
