//! `pupil score --csv --html`: a page with the answers of a class, those to read first at the top.

mod explain;
mod order;
mod words;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use pupil_core::format::manifest::{Input, Task};
use pupil_core::{Score, Scorer};
use pupil_metrics::report::{
    CONFIDENCE_BINS, ClassAnswer, ClassCount, ClassGroup, ClassPage, ClassQuestion, Piece,
};
use pupil_tables::Column;

use self::explain::Explained;
use self::order::Ordered;
use super::answers::Row;
use super::scored::free_name;
use super::table::AnswerTable;
use crate::failure::Failure;
use crate::score::in_words;

/// Answers of a group that are shown below the first.
const MOST_ALIKE: usize = 6;
/// The longest text of a cell that is taken as an answer's name.
const LONGEST_NAME: usize = 60;
/// The column of the words that moved a score: how many of them, and from which change on.
const EXPLANATION_COLUMN: &str = "explanation";
const MOST_WORDS: usize = 8;
const LEAST_CHANGE: f64 = 0.005;
const NO_WORD: &str = "no single word";
/// The name of the column of names.
const ID_COLUMN: &str = "id";

/// A scored row.
#[derive(Clone, Copy)]
pub(crate) struct ScoredRow<'a> {
    pub(crate) row: &'a Row<'a>,
    pub(crate) score: &'a Score,
}

/// Puts the page together. `most` groups of a question are shown.
pub(crate) fn page(
    scorer: &Scorer,
    table: &AnswerTable,
    rows: &[Row<'_>],
    scores: &[Score],
    most: usize,
    threads: Option<NonZeroUsize>,
) -> Result<ClassPage, Failure> {
    let all: Vec<ScoredRow<'_>> =
        rows.iter().zip(scores).map(|(row, score)| ScoredRow { row, score }).collect();
    let tasks: Vec<&Task> = scorer.tasks().collect();
    let used: BTreeSet<usize> = rows.iter().map(|row| row.task).collect();
    // Numbers or short names; a column of texts would be answers.
    let ids = table.find(ID_COLUMN)?;
    let mut ordered: Vec<(usize, Ordered<'_>)> = Vec::new();
    for task in used {
        let of_task: Vec<ScoredRow<'_>> = all.iter().filter(|one| one.row.task == task).copied().collect();
        ordered.push((task, Ordered::of(of_task)));
    }
    let first: Vec<ScoredRow<'_>> = ordered
        .iter()
        .flat_map(|(_, ordered)| ordered.groups.iter().take(most).map(|group| group[0]))
        .collect();
    let mut explained = explain::run(scorer, &tasks, &first, threads)?.into_iter();
    let place = |one: &ScoredRow<'_>| format!("line {}", table.line(one.row.place));
    let name = |one: &ScoredRow<'_>| -> Result<String, Failure> {
        let Some(column) = ids else { return Ok(String::new()) };
        let text = table.text(one.row.place, column)?.trim();
        Ok(if text.len() <= LONGEST_NAME { text.to_owned() } else { String::new() })
    };
    let mut questions = Vec::with_capacity(ordered.len());
    for (t, ordered) in &ordered {
        let task = tasks[*t];
        let mut question = question(task, ordered);
        let shown = ordered.groups.len().min(most);
        let of_task: Vec<Explained> = explained.by_ref().take(shown).collect();
        for (group, explained) in ordered.groups.iter().zip(&of_task) {
            let answer = |one: &ScoredRow<'_>, pieces: Vec<Piece>, note: Option<String>| {
                Ok::<ClassAnswer, Failure>(ClassAnswer {
                    place: place(one),
                    name: name(one)?,
                    award: award(task, one.score),
                    confidence: f64::from(one.score.confidence),
                    reason: one.score.decision.reason().map(|reason| in_words(reason).to_owned()),
                    pieces,
                    note,
                })
            };
            let lead = &group[0];
            let mut alike = Vec::new();
            for one in group[1..].iter().take(MOST_ALIKE) {
                let (text, of_first) = (one.row.answer.trim(), lead.row.answer.trim());
                let pieces = if text == of_first { Vec::new() } else { words::own(of_first, text) };
                alike.push(answer(one, pieces, None)?);
            }
            question.groups.push(ClassGroup {
                first: answer(lead, explained.pieces(lead.row.answer), explained.note())?,
                reference: lead.row.reference.filter(|_| task.input == Input::Pair).map(str::to_owned),
                alike,
                further: group.iter().skip(1 + MOST_ALIKE).map(place).collect(),
            });
        }
        let beyond = &ordered.groups[shown..];
        question.beyond = (beyond.len(), beyond.iter().map(Vec::len).sum());
        question.blank = ordered.blank.iter().map(place).collect();
        question.explained = of_task.iter().filter(|explained| explained.has_words()).count();
        question.change_of = explain::change_of(task);
        question.words = words::moved(task, &ordered.groups, &of_task);
        questions.push(question);
    }
    let mut left_out = Vec::new();
    if questions.iter().any(|question| question.beyond.1 > 0) {
        left_out.push(format!(
            "Of each question, at most {most} groups of answers are on this page (--html-groups), the least sure first. \
             The scored table has all answers."
        ));
    }
    Ok(ClassPage {
        title: table.file_name(),
        facts: vec![
            ("model".to_owned(), scorer.manifest().name.clone()),
            ("model's hash (BLAKE3)".to_owned(), scorer.blake3()[..16].to_owned()),
            ("answers".to_owned(), rows.len().to_string()),
        ],
        left_out,
        questions,
    })
}

/// A column with the words that moved the score of each row, the strongest first: `greedy +0.412, lied +0.220`. The
/// changes are of what `change_of` says.
pub(crate) fn explanations(
    scorer: &Scorer,
    header: &[String],
    rows: &[Row<'_>],
    scores: &[Score],
    threads: Option<NonZeroUsize>,
) -> Result<Column, Failure> {
    let all: Vec<ScoredRow<'_>> =
        rows.iter().zip(scores).map(|(row, score)| ScoredRow { row, score }).collect();
    let tasks: Vec<&Task> = scorer.tasks().collect();
    // An answer without words has nothing to explain.
    let with_words: Vec<ScoredRow<'_>> = all.iter().filter(|one| one.score.words > 0).copied().collect();
    let mut explained = explain::run(scorer, &tasks, &with_words, threads)?.into_iter();
    let cells = all.iter().map(|one| {
        let explained = if one.score.words > 0 { explained.next() } else { None };
        explained.map_or_else(String::new, |explained| in_one_line(&explained, one.row.answer))
    });
    Ok(Column { cells: cells.collect(), name: free_name(header, EXPLANATION_COLUMN) })
}

/// The words that change most, the strongest first.
fn in_one_line(explained: &Explained, answer: &str) -> String {
    let mut words: Vec<(&str, f64)> = explained.words(answer).collect();
    words.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let counts = words.iter().filter(|(_, change)| change.abs() >= LEAST_CHANGE).count();
    if counts == 0 && !words.is_empty() {
        return NO_WORD.to_owned();
    }
    let words = words.iter().take(counts.min(MOST_WORDS)).map(|(word, change)| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        format!("{} {change:+.3}", if bare.is_empty() { word } else { bare })
    });
    words.collect::<Vec<_>>().join(", ")
}

/// The figures of a question, without its answers.
fn question(task: &Task, ordered: &Ordered<'_>) -> ClassQuestion {
    let mut question = ClassQuestion {
        id: task.id.clone(),
        name: if task.name == task.id { String::new() } else { task.name.clone() },
        several: !task.head.kind.awards_one(),
        awards: task
            .labels
            .iter()
            .map(|label| ClassCount { name: label.name.clone(), ..ClassCount::default() })
            .collect(),
        ..ClassQuestion::default()
    };
    let mut levels = (0_i64, 0_i64);
    for one in ordered.groups.iter().flatten().chain(&ordered.blank) {
        let reason = one.score.decision.reason();
        let add = |count: &mut ClassCount| match reason {
            None => count.automatic += 1,
            Some(_) => count.review += 1,
        };
        add(&mut question.all);
        for (count, label) in question.awards.iter_mut().zip(&one.score.labels) {
            if label.awarded {
                add(count);
            }
        }
        question.confidences[usize::from(reason.is_some())][bin(one.score.confidence)] += 1;
        if let Some(reason) = reason {
            let said = in_words(reason);
            match question.reasons.iter_mut().find(|(known, _)| known == said) {
                Some((_, count)) => *count += 1,
                None => question.reasons.push((said.to_owned(), 1)),
            }
        }
        if let Some(level) = one.score.level {
            levels = (levels.0 + i64::from(level), levels.1 + 1);
        }
    }
    question.reasons.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    question.mean_level = (levels.1 > 0).then(|| levels.0 as f64 / levels.1 as f64);
    question
}

/// The bin of a confidence.
fn bin(confidence: f32) -> usize {
    let bins = CONFIDENCE_BINS as f32;
    // 0.7 × 10 is just below 7 in some formats; a confidence at an edge belongs to the bin above.
    (0..CONFIDENCE_BINS).rev().find(|bin| confidence * bins >= *bin as f32 - 1e-5).unwrap_or(0)
}

/// What is awarded, in words.
fn award(task: &Task, score: &Score) -> String {
    if let Some(level) = score.level {
        return match score.expected {
            Some(expected) => format!("{level} (expected {expected:.2})"),
            None => level.to_string(),
        };
    }
    let names: Vec<&str> = score.awarded().map(|label| &*label.name).collect();
    match names[..] {
        [] if !task.head.kind.awards_one() => "none".to_owned(),
        _ => names.join(", "),
    }
}
