//! Reads the cells that people write.

use pupil_metrics::ScoreKind;
use pupil_metrics::evaluation::{Given, Task};
use pupil_tables::{is_formula_error, is_missing};

/// A number, with a decimal point or a decimal comma. `None` for everything else, percentages and fractions among it.
pub(crate) fn number(cell: &str) -> Option<f64> {
    let cell = cell.trim().replace('\u{2212}', "-");
    let is_plain = |text: &str| {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        digits.bytes().any(|b| b.is_ascii_digit())
            && digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'-' | b'+'))
    };
    let text = match cell.split_once(',') {
        // 1,234 could be a thousand.
        Some((whole, part)) if part.len() != 3 || whole.trim_start_matches('-') == "0" => {
            format!("{whole}.{part}")
        }
        Some(_) => return None,
        None => cell,
    };
    text.parse().ok().filter(|number: &f64| number.is_finite() && is_plain(&text))
}

/// A human score, as the task has it. `codes` are further marks for a missing one.
pub(super) fn given(cell: &str, task: &Task, codes: &[String]) -> Given {
    let cell = cell.trim();
    let is_code = codes.iter().any(|code| {
        let code = code.trim();
        code.eq_ignore_ascii_case(cell) || number(code).is_some_and(|code| number(cell) == Some(code))
    });
    // An empty list of rubric labels awards none of them.
    let is_none_awarded = task.kind == ScoreKind::Labels && cell.is_empty();
    if is_code || is_missing(cell) && !is_none_awarded {
        return Given::Missing;
    }
    if is_formula_error(cell) {
        return Given::Invalid;
    }
    match task.kind {
        ScoreKind::Level => {
            let named = || task.points.get(place(&task.labels, cell)?).copied();
            number(cell).or_else(named).map_or(Given::Invalid, Given::Points)
        }
        ScoreKind::Class => place(&task.labels, cell).map_or(Given::Invalid, Given::Class),
        ScoreKind::Labels => {
            let mut on = vec![false; task.labels.len()];
            for name in cell.split('|').map(str::trim).filter(|name| !name.is_empty()) {
                match place(&task.labels, name) {
                    Some(place) => on[place] = true,
                    None => return Given::Invalid,
                }
            }
            Given::Labels(on)
        }
    }
}

/// The place of a name: as it is, or else in any case.
fn place(names: &[String], name: &str) -> Option<usize> {
    let exact = names.iter().position(|known| known.trim() == name);
    exact.or_else(|| names.iter().position(|known| known.trim().to_lowercase() == name.to_lowercase()))
}

/// Whether a rubric label is awarded, in a column of its own.
pub(super) fn is_on(cell: &str) -> Option<bool> {
    match cell.trim().to_lowercase().as_str() {
        "1" | "1.0" | "true" | "yes" => Some(true),
        "0" | "0.0" | "false" | "no" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (cell, want) in [
            ("2", Some(2.0)),
            (" 2.50 ", Some(2.5)),
            ("2,5", Some(2.5)),
            ("\u{2212}1", Some(-1.0)),
            ("1e-3", Some(0.001)),
            ("0,125", Some(0.125)),
            ("1,234", None),
            ("1/2", None),
            ("50 %", None),
            ("inf", None),
            ("nan", None),
            ("", None),
            ("two", None),
        ] {
            assert_eq!(number(cell), want, "{cell}");
        }
    }

    fn task(kind: ScoreKind, labels: &[&str], points: &[f64]) -> Task {
        let labels = labels.iter().map(|name| (*name).to_owned()).collect();
        Task { id: "t".into(), kind, labels, points: points.to_vec(), trim: None }
    }

    #[test]
    fn scores_are_read_as_the_task_has_them() {
        let levels = task(ScoreKind::Level, &["poor", "good"], &[0.0, 2.0]);
        let codes = ["99".to_owned(), "Blank".to_owned()];
        for (cell, want) in [
            ("1.5", Given::Points(1.5)),
            ("Good", Given::Points(2.0)),
            ("99", Given::Missing),
            ("99.0", Given::Missing),
            ("BLANK", Given::Missing),
            ("", Given::Missing),
            ("NA", Given::Missing),
            ("#REF!", Given::Invalid),
            ("off topic", Given::Invalid),
        ] {
            assert_eq!(given(cell, &levels, &codes), want, "{cell}");
        }
        let classes = task(ScoreKind::Class, &["agrees", "Agrees", "neither"], &[]);
        assert_eq!(given("Agrees", &classes, &[]), Given::Class(1));
        assert_eq!(given(" NEITHER ", &classes, &[]), Given::Class(2));
        assert_eq!(given("2", &classes, &[]), Given::Invalid);
        let labels = task(ScoreKind::Labels, &["heat", "size"], &[]);
        assert_eq!(given("size | heat", &labels, &[]), Given::Labels(vec![true, true]));
        assert_eq!(given("", &labels, &[]), Given::Labels(vec![false, false]));
        assert_eq!(given("NA", &labels, &[]), Given::Missing);
        assert_eq!(given("heat|colour", &labels, &[]), Given::Invalid);
    }
}
