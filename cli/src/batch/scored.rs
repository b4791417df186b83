//! The columns that scoring adds.

use pupil_core::Score;
use pupil_core::format::manifest::Task;
use pupil_tables::Column;

use crate::score::decision_word;

/// The columns for scored rows: points or labels, confidence, facts about the answer, and every probability. Their
/// names differ from those in the header.
pub(super) fn columns(header: &[String], rows: &[(&Task, &Score)]) -> Vec<Column> {
    let mut columns = Vec::new();
    let mut add = |name: &str, cell: &dyn Fn(&Task, &Score) -> String| {
        let cells = rows.iter().map(|(task, score)| cell(task, score)).collect();
        columns.push(Column { name: free_name(header, name), cells });
    };
    if rows.iter().any(|(task, _)| task.scale.is_some()) {
        add("level", &|_, score| text(score.level));
        add("expected", &|_, score| text(score.expected));
    }
    if rows.iter().any(|(task, _)| task.scale.is_none()) {
        add("label", &|task, score| if task.scale.is_none() { awarded(task, score) } else { String::new() });
    }
    add("confidence", &|_, score| score.confidence.to_string());
    add("decision", &|_, score| decision_word(score.decision).to_owned());
    add("reason", &|_, score| text(score.decision.reason()));
    add("words", &|_, score| score.words.to_string());
    add("unknown_words", &|_, score| score.unknown_words.to_string());
    add("truncated", &|_, score| score.truncated.to_string());
    add("repetitive", &|_, score| score.repetitive.to_string());
    for label in label_names(rows) {
        add(&format!("p_{label}"), &|_, score| text(score.label(label).map(|label| label.probability)));
    }
    columns
}

/// The awarded labels, joined by a bar; independent labels may be any number, also none.
fn awarded(task: &Task, score: &Score) -> String {
    let names: Vec<&str> = score.awarded().map(|label| &*label.name).collect();
    debug_assert!(!task.head.kind.awards_one() || names.len() == 1, "one label is awarded");
    names.join("|")
}

/// The names of all labels, in the order of their first occurrence.
fn label_names<'s>(rows: &[(&Task, &'s Score)]) -> Vec<&'s str> {
    let mut names: Vec<&str> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for (task, score) in rows {
        if seen.contains(&task.id.as_str()) {
            continue;
        }
        seen.push(&task.id);
        for label in &score.labels {
            if !names.contains(&&*label.name) {
                names.push(&label.name);
            }
        }
    }
    names
}

/// A value as a cell; `None` is an empty cell.
fn text(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// The name, with a prefix if the table already has it in any case.
pub(crate) fn free_name(header: &[String], name: &str) -> String {
    let mut name = name.to_owned();
    while header.iter().any(|taken| taken.to_lowercase() == name.to_lowercase()) {
        name.insert_str(0, "pupil_");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::free_name;

    #[test]
    fn name_that_is_taken_gets_a_prefix() {
        let header = ["Label", "pupil_label", "text"].map(String::from);
        assert_eq!(free_name(&header, "label"), "pupil_pupil_label");
        assert_eq!(free_name(&header, "level"), "level");
    }
}
