//! Output to the terminal: colours, bars, and names without control characters.

use std::env;
use std::fmt::Display;
use std::io::{self, IsTerminal};

use pupil_metrics::report::with_hidden_shown;

/// Colours, or none if the output is not a terminal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    colours: bool,
}

impl Style {
    /// Colours if stdout is a terminal.
    pub(crate) fn of_stdout() -> Self {
        Self { colours: io::stdout().is_terminal() && colours_allowed() }
    }

    /// Colours if stderr is a terminal.
    pub(crate) fn of_stderr() -> Self {
        Self { colours: io::stderr().is_terminal() && colours_allowed() }
    }

    /// The most important text.
    pub(crate) fn bold(self, text: impl Display) -> String {
        self.wrap("1", text)
    }

    /// Secondary text.
    pub(crate) fn dim(self, text: impl Display) -> String {
        self.wrap("2", text)
    }

    /// Errors.
    pub(crate) fn red(self, text: impl Display) -> String {
        self.wrap("1;31", text)
    }

    /// Accepted results.
    pub(crate) fn green(self, text: impl Display) -> String {
        self.wrap("32", text)
    }

    /// Results that need review.
    pub(crate) fn yellow(self, text: impl Display) -> String {
        self.wrap("33", text)
    }

    /// Puts an escape sequence around a text.
    fn wrap(self, code: &str, text: impl Display) -> String {
        if self.colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }
}

/// Whether the environment allows colours (no-color.org, and terminals without colours).
fn colours_allowed() -> bool {
    env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && env::var_os("TERM").is_none_or(|value| value != "dumb")
}

/// A bar of `width` cells, filled from the left in eighths of a cell; `share` lies in 0..=1.
pub(crate) fn bar(share: f32, width: u16) -> String {
    const PARTS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
    let filled = (share * f32::from(width) * 8.0).round();
    let mut text = String::new();
    for cell in 0..width {
        let rest = filled - 8.0 * f32::from(cell);
        let part = (0_u16..8).rev().find(|part| rest >= f32::from(*part)).unwrap_or(0);
        text.push(if rest >= 8.0 { '█' } else { PARTS[usize::from(part)] });
    }
    text
}

/// The number of columns that a text takes, close enough for aligning names.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().count()
}

/// Pads a text with spaces on the right to `width` columns.
pub(crate) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// Puts a space between groups of three digits.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// Replaces control characters (escape sequences, line breaks) with a visible character, and shows marks of direction
/// and the like by their numbers.
pub(crate) fn printable(text: &str) -> String {
    with_hidden_shown(text).chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bar_fills_in_eighths_and_keeps_its_width() {
        for (share, want) in [
            (0.0, "    "),
            (0.03125, "▏   "),
            (0.25, "█   "),
            (0.5, "██  "),
            (0.65625, "██▋ "),
            (1.0, "████"),
            (1.5, "████"),
            (-1.0, "    "),
            (f32::NAN, "    "),
        ] {
            assert_eq!(bar(share, 4), want, "{share}");
        }
    }

    #[test]
    fn digits_are_grouped_in_threes() {
        for (number, want) in [(0, "0"), (999, "999"), (1000, "1 000"), (1_234_567, "1 234 567")] {
            assert_eq!(grouped(number), want);
        }
    }

    #[test]
    fn escape_sequences_from_a_file_are_replaced() {
        assert_eq!(printable("a\x1b[31mb\nc"), "a\u{fffd}[31mb\u{fffd}c");
        assert_eq!(printable("a\u{202e}b\u{2066}c\u{200d}"), "a[U+202E]b[U+2066]c\u{200d}");
    }
}
