//! Reads the score cells that people write.

use std::borrow::Cow;

/// The meaning of a score cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// An empty cell, or a mark for a missing score.
    Missing,
    /// A whole number.
    Whole(i32),
    /// A number with a fraction, written with a decimal point.
    Fraction(String),
    /// Digits that are not clearly a number; the reason.
    Odd(&'static str),
    /// A name, such as that of a class.
    Name,
}

/// Whether a cell has no value: it is empty or one of the known marks, in any letter case.
pub(super) fn is_missing(cell: &str) -> bool {
    pupil_tables::is_missing(&plain(cell))
}

/// Reads a score cell.
pub(super) fn read(cell: &str) -> Reading {
    let cell = plain(cell);
    if is_missing(&cell) {
        return Reading::Missing;
    }
    if pupil_tables::is_formula_error(&cell) {
        return Reading::Odd("a formula error of a spreadsheet");
    }
    if !cell.chars().any(char::is_numeric) {
        return Reading::Name;
    }
    if cell.chars().any(char::is_alphabetic) {
        // Only forms such as 1e3 are numbers, and nobody writes such points by hand.
        return match cell.parse::<f64>() {
            Ok(number) if number.is_finite() && number.fract() == 0.0 => whole(&format!("{number:.0}")),
            Ok(_) => Reading::Odd("a number in scientific notation that is not whole"),
            Err(_) => Reading::Name,
        };
    }
    decimal(&cell)
}

/// Reads digits and signs.
fn decimal(cell: &str) -> Reading {
    if cell.contains(['%', '\u{2030}']) {
        return Reading::Odd("a percentage; write points");
    }
    if cell.contains(['/', '\u{2044}', '\u{2215}']) {
        return Reading::Odd("a fraction or a date; write points as a whole number");
    }
    let unsigned = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    let (before, mark, after) = match unsigned.find(['.', ',']) {
        None => (unsigned, None, ""),
        Some(at) => (&unsigned[..at], unsigned[at..].chars().next(), &unsigned[at + 1..]),
    };
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if !digits(before) || !digits(after) || before.is_empty() && after.is_empty() {
        return Reading::Odd("looks like a number but cannot be read as one; write points as a whole number");
    }
    if mark == Some(',') && after.len() == 3 && before != "0" {
        return Reading::Odd("could be thousands or a decimal fraction; write it without the comma");
    }
    let sign = if cell.starts_with('-') { "-" } else { "" };
    let before = if before.is_empty() { "0" } else { before };
    if after.bytes().all(|b| b == b'0') {
        whole(&format!("{sign}{before}"))
    } else {
        Reading::Fraction(format!("{sign}{before}.{after}"))
    }
}

fn whole(digits: &str) -> Reading {
    match digits.parse() {
        Ok(number) => Reading::Whole(number),
        Err(_) => Reading::Odd("a number out of range"),
    }
}

/// The cell without surrounding white space, with full-width characters and typographic signs replaced by ASCII.
fn plain(cell: &str) -> Cow<'_, str> {
    let cell = cell.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'));
    let ascii = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{2212}' | '\u{fe63}' => '-',
        c => c,
    };
    if cell.chars().any(|c| ascii(c) != c) { cell.chars().map(ascii).collect() } else { Cow::Borrowed(cell) }
}

#[cfg(test)]
mod tests {
    use super::Reading::{Fraction, Missing, Name, Odd, Whole};
    use super::*;

    #[test]
    fn marks_of_missing_values_are_recognised_in_any_letter_case() {
        for cell in [
            "", " ", "NA", "na", "N/A", "#N/A", "#NV", "NaN", "null", "NULL", "-", "–", "—", ".", "<NA>",
            "NaT",
        ] {
            assert_eq!(read(cell), Missing, "{cell:?}");
        }
        for cell in ["none", "n", "nano", "not", "--x"] {
            assert_eq!(read(cell), Name, "{cell:?}");
        }
    }

    #[test]
    fn whole_numbers_are_read_in_many_forms() {
        for (cell, number) in [
            ("1", 1),
            ("+2", 2),
            ("-3", -3),
            ("\u{2212}3", -3),
            ("2.0", 2),
            ("1,0", 1),
            ("1.000", 1),
            ("0,000", 0),
            ("7.", 7),
            ("007", 7),
            ("１２", 12),
            ("２．０", 2),
            ("1e2", 100),
            (" 4\u{a0}", 4),
        ] {
            assert_eq!(read(cell), Whole(number), "{cell:?}");
        }
    }

    #[test]
    fn fractions_unclear_numbers_and_names_are_distinguished() {
        assert_eq!(read("1,5"), Fraction("1.5".into()));
        assert_eq!(read(".75"), Fraction("0.75".into()));
        assert_eq!(read("-0,25"), Fraction("-0.25".into()));
        for cell in [
            "50%",
            "1/2",
            "½",
            "1⁄2",
            "1,000",
            "12,500",
            "1.2.3",
            "2024-01-02",
            "1-2",
            "(1)",
            "#1",
            ">3",
            "9999999999",
            "٣",
            "1 2",
            "#REF!",
            "#DIV/0!",
            "#NAME?",
            "1e-3",
        ] {
            assert!(matches!(read(cell), Odd(_)), "{cell:?}: {:?}", read(cell));
        }
        for cell in ["correct", "2-way", "1st", "level 1", "A", "1 point", "co2"] {
            assert_eq!(read(cell), Name, "{cell:?}");
        }
    }
}
