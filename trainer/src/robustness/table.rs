//! The tables of a report.

use super::limits::Limits;
use super::report::{Group, Report, Row};
use super::share::Share;
use crate::report::{Grid, Style, render_all};

/// Aligned tables for a terminal.
#[must_use]
pub fn text(report: &Report, limits: &Limits) -> String {
    let about = about(report).replace(". ", ".\n");
    format!("{}\n{about}\n{}", report.model, render_all(&grids(report, limits), Style::Text))
}

/// The section of a card, in Markdown.
#[must_use]
pub fn markdown(report: &Report, limits: &Limits) -> String {
    format!(
        "## Robustness of {}\n\n{}\n{}",
        report.model,
        about(report),
        render_all(&grids(report, limits), Style::Markdown)
    )
}

/// What was measured, in words.
fn about(report: &Report) -> String {
    let questions = match (report.learned, report.seen_known, report.seen_questions) {
        (true, ..) => {
            "; the model has learned from these answers, since each is tested in cross-validation".to_owned()
        }
        (_, false, _) => "; it is not known which questions training had".to_owned(),
        (_, true, 0) => String::new(),
        (_, true, n) => format!(" that training did not have ({n} questions that it had are left out)"),
    };
    let what = if report.learned { "answers" } else { "test answers" };
    format!(
        "Texts made from {} {what} to {} questions{questions}. Templates, words and pairs of words are held-out ones; seed \
         {}. \"Best, automatic\" is the best class, the highest level or all labels, without review by a person. Figures \
         are in percent, with Wilson's intervals at 95 %.\n",
        report.answers, report.questions, report.seed
    )
}

fn percent(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

fn with_interval(share: &Share) -> String {
    format!("{} [{}, {}]", percent(share.value), percent(share.low), percent(share.high))
}

/// The share of texts that go to review for each reason, the most frequent ones first.
fn reasons(row: &Row) -> String {
    let mut all: Vec<(&String, &usize)> = row.reasons.iter().collect();
    all.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), name.as_str()));
    let shown =
        all.iter().map(|(name, count)| format!("{name} {}", percent(**count as f64 / row.n.max(1) as f64)));
    if all.is_empty() { "–".to_owned() } else { shown.collect::<Vec<_>>().join(", ") }
}

fn grids(report: &Report, limits: &Limits) -> Vec<Grid> {
    let of = |groups: &[Group]| -> Vec<&Row> {
        report.rows.iter().filter(|row| groups.contains(&row.group) && row.n > 0).collect()
    };
    let mut grids = Vec::new();
    let mut add = |title: &str, header: &[&str], rows: Vec<Vec<String>>, notes: Vec<String>| {
        if !rows.is_empty() {
            let header = header.iter().map(|cell| (*cell).to_owned()).collect();
            grids.push(Grid { title: title.to_owned(), header, rows, notes });
        }
    };
    let plain = |row: &&Row| {
        let mut cells = vec![row.name.clone(), row.n.to_string(), with_interval(&row.best_automatic)];
        cells.push(percent(row.best.value));
        cells.push(percent(row.reviewed.value));
        cells.push(reasons(row));
        cells
    };
    let limited = |row: &&Row| {
        let mut cells = plain(row);
        cells.insert(3, limits.of(row).map_or("–".to_owned(), percent));
        cells
    };
    let header = ["kind", "n", "best, automatic", "limit", "best", "reviewed", "reviewed by reason"];
    let attacks = of(&[Group::Attack]);
    add("attacks", &header, attacks.iter().map(limited).collect(), Vec::new());
    add("answers of people", &header, of(&[Group::Real]).iter().map(limited).collect(), Vec::new());
    let changed = |row: &&Row| {
        let kept = row.kept.as_ref();
        vec![
            row.name.clone(),
            row.n.to_string(),
            kept.map_or_else(String::new, with_interval),
            row.change.map_or_else(String::new, |change| format!("{:+.1}", change * 100.0)),
            row.size.map_or_else(String::new, percent),
            percent(row.best_automatic.value),
            limits.of(row).map_or("–".to_owned(), percent),
            percent(row.reviewed.value),
            row.reviewed_before.as_ref().map_or_else(String::new, |share| percent(share.value)),
        ]
    };
    let header =
        ["kind", "n", "kept", "change", "size", "newly best, automatic", "limit", "reviewed", "before"];
    let changes = of(&[Group::NotBetter, Group::Same]).iter().map(changed).collect();
    let note =
        "\"change\" and \"size\": the mean change of the expected share of full marks, and its mean size.";
    let rises = "Of the inserted words, \"kept\" are scores that do not rise.";
    add("changes that keep a score", &header, changes, vec![note.to_owned(), rises.to_owned()]);
    let judged = |row: &&Row| {
        // A choice among options has no award.
        let scored = row.best.of > 0;
        let cell = |share: &Share| if scored { percent(share.value) } else { "–".to_owned() };
        vec![
            row.name.clone(),
            row.n.to_string(),
            row.right.as_ref().map_or_else(String::new, with_interval),
            cell(&row.best_automatic),
            cell(&row.best),
            cell(&row.reviewed),
        ]
    };
    let title = format!("adversarial sets, by task {}", report.set_task.as_deref().unwrap_or_default());
    let header = ["set", "n", "judged as labelled", "best, automatic", "best", "reviewed"];
    let sets = of(&[Group::Set, Group::WholeSet]).iter().map(judged).collect();
    add(&title, &header, sets, Vec::new());
    if let Some(first) = grids.first_mut() {
        first.notes.extend(report.notes.iter().cloned());
    }
    grids
}
