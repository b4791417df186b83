//! The one place that writes to stdout.

use std::io::{self, Write};

use crate::failure::{Exit, Failure};

/// Writes a finished text to stdout; a reader that went away is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::File, format!("cannot write to stdout: {error}")))
        }
        _ => Ok(()),
    }
}

/// Escapes the control characters that JSON lets stand: a terminal would obey them, and none is outside of strings.
fn without_controls(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\u{7f}'..='\u{9f}' => text += &format!("\\u{:04x}", u32::from(c)),
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
    fn json_holds_no_character_that_a_terminal_obeys_and_reads_back_the_same() {
        let name = "a\u{9b}2J\u{7f}\u{85}\u{1b}[0m\u{a0}é";
        let text = without_controls(&serde_json::to_string_pretty(&[name]).unwrap());
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&text).unwrap(), [name]);
    }
}
