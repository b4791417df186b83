//! Recognises cells without a value.

/// Missing-value markers of R, NumPy, databases, Excel in English, German, French and Spanish, SAS, and people.
const MARKS: [&str; 18] = [
    "na", "n/a", "n.a.", "#n/a", "#n/d", "#nv", "#nd", "nan", "null", "<na>", "nat", "#null!", "-", "--",
    "\u{2013}", "\u{2014}", ".", "?",
];

/// Whether a cell has no value: it is empty, white space, or a known missing-value marker in upper or lower case.
///
/// ```
/// assert!(["", " NA ", "#N/A", "null", "-"].iter().all(|cell| pupil_tables::is_missing(cell)));
/// assert!(!pupil_tables::is_missing("none") && !pupil_tables::is_missing("0"));
/// ```
#[must_use]
pub fn is_missing(cell: &str) -> bool {
    let cell = cell.trim();
    cell.is_empty() || cell.chars().count() <= 6 && MARKS.contains(&cell.to_lowercase().as_str())
}

/// Whether a cell is the error of a spreadsheet formula, such as `#REF!` or `#NAME?`.
///
/// ```
/// assert!(pupil_tables::is_formula_error("#DIV/0!") && pupil_tables::is_formula_error("#WERT!"));
/// assert!(!pupil_tables::is_formula_error("#1!") && !pupil_tables::is_formula_error("Stop!"));
/// ```
#[must_use]
pub fn is_formula_error(cell: &str) -> bool {
    let inner = cell.trim().strip_prefix('#').and_then(|rest| rest.strip_suffix(['!', '?']));
    inner.is_some_and(|name| {
        name.chars().count() >= 3
            && name.chars().all(|c| c.is_uppercase() || matches!(c, '0' | '/' | '\u{a1}' | '\u{bf}'))
    })
}
