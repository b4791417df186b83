//! Cells of CSV that a spreadsheet program would take for a formula.

use std::borrow::Cow;

/// A cell that no spreadsheet program takes for a formula: one that begins like a formula and is no number gets an
/// apostrophe, as people write it there. The wide forms of these signs are taken for them by some programs.
pub(crate) fn guarded(cell: &str) -> Cow<'_, str> {
    let begins = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if begins && cell.trim().parse::<f64>().is_err() {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::guarded;

    #[test]
    fn formulas_get_an_apostrophe_and_numbers_do_not() {
        for cell in [
            "=1+1",
            "+cmd",
            "-x",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "＝1+1",
            "-2 degrees",
            "-",
            "=HYPERLINK(\"x\")",
        ] {
            assert_eq!(guarded(cell), format!("'{cell}"));
        }
        for cell in ["-0.5", "+2", "1e-3", "-1.5e3", "He ran", "a=b", "", " ", "'quoted'"] {
            assert_eq!(guarded(cell), cell);
        }
    }
}
