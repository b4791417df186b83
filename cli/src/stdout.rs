//! The one place that writes to stdout.

use std::io::{self, Write};

use pupil_metrics::report::is_hidden;

use crate::failure::{Exit, Failure};

/// Writes a text to stdout; a closed pipe is not an error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    print_bytes(text.as_bytes())
}

/// Writes bytes to stdout; a closed pipe is not an error.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::File, format!("cannot write to stdout: {error}")))
        }
        _ => Ok(()),
    }
}

/// Escapes the control characters and marks of direction that JSON allows unescaped, since a terminal would obey them.
/// They occur only inside strings.
fn without_controls(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            c if matches!(c, '\u{7f}'..='\u{9f}') || is_hidden(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    text += &format!("\\u{unit:04x}");
                }
            }
            c => text.push(c),
        }
    }
    text
}

/// Writes a value to stdout as indented JSON.
pub(crate) fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::new(Exit::Internal, format!("cannot make JSON: {error}")))?;
    print(&(without_controls(&text) + "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_contains_no_control_characters_and_reads_back_the_same() {
        let name = "a\u{9b}2J\u{7f}\u{85}\u{1b}[0m\u{a0}é\u{202e}\u{e0041}";
        let text = without_controls(&serde_json::to_string_pretty(&[name]).unwrap());
        assert!(!text.chars().any(|c| (c.is_control() && c != '\n') || is_hidden(c)), "{text:?}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&text).unwrap(), [name]);
    }
}
