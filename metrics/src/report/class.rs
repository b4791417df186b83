//! The page of a class: what to read first, how scores are distributed, which words moved them.
//!
//! One file without scripts, for screens, paper and screen readers, as the page of an evaluation. It holds answers.

use askama::Template;

use super::hidden::with_hidden_shown;
use super::svg::svg;
use crate::evaluation::{Figure, Plot};

/// Changes of a score by less than this share of its range are not marked.
const SMALL: f64 = 0.03;
/// From these shares of the range on, a word is marked more strongly.
const STRONGER: [f64; 2] = [0.1, 0.25];
/// Words that a line below an answer lists, at most, on either side.
const LISTED_WORDS: usize = 6;
/// Bins of the confidences.
pub const CONFIDENCE_BINS: usize = 10;

/// A scored class.
#[derive(Clone, Debug, Default)]
pub struct ClassPage {
    /// Title.
    pub title: String,
    /// Facts about table and model.
    pub facts: Vec<(String, String)>,
    /// What the page leaves out, in sentences.
    pub left_out: Vec<String>,
    /// The questions.
    pub questions: Vec<ClassQuestion>,
}

/// The answers to a question.
#[derive(Clone, Debug, Default)]
pub struct ClassQuestion {
    /// Id of the task.
    pub id: String,
    /// Its name, if that says more.
    pub name: String,
    /// Mean of the awarded levels, where the task has a scale.
    pub mean_level: Option<f64>,
    /// Whether an answer may have several awards.
    pub several: bool,
    /// How often each level, class or label is awarded.
    pub awards: Vec<ClassCount>,
    /// All answers.
    pub all: ClassCount,
    /// Confidences in bins of equal width from 0 to 1: automatic scores, then those for a person.
    pub confidences: [[u64; CONFIDENCE_BINS]; 2],
    /// Why answers go to a person: in plain words, and how many.
    pub reasons: Vec<(String, u64)>,
    /// Answers in the order in which they should be read.
    pub groups: Vec<ClassGroup>,
    /// Groups and answers beyond those on the page.
    pub beyond: (usize, usize),
    /// Places of answers without a word.
    pub blank: Vec<String>,
    /// What a word changes, in words: "the expected level".
    pub change_of: String,
    /// Words that moved the scores of the answers on the page.
    pub words: Vec<ClassWord>,
    /// The answers that those words were counted in.
    pub explained: usize,
}

/// Automatic scores and those for a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassCount {
    /// Name.
    pub name: String,
    /// Scores that count without review.
    pub automatic: u64,
    /// Scores that a person should check.
    pub review: u64,
}

/// Answers that are alike, the least sure one first.
#[derive(Clone, Debug, Default)]
pub struct ClassGroup {
    /// The least sure one.
    pub first: ClassAnswer,
    /// The reference that the answers are compared with.
    pub reference: Option<String>,
    /// Answers like it.
    pub alike: Vec<ClassAnswer>,
    /// Places of further ones.
    pub further: Vec<String>,
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct ClassAnswer {
    /// Where it stands in the table.
    pub place: String,
    /// Its name in the table.
    pub name: String,
    /// What is awarded.
    pub award: String,
    /// Confidence, from 0 to 1.
    pub confidence: f64,
    /// Why a person should check it, in plain words.
    pub reason: Option<String>,
    /// Its text; empty if it is that of the first one of its group.
    pub pieces: Vec<Piece>,
    /// Why no word is marked, where none can be.
    pub note: Option<String>,
}

/// A piece of an answer's text.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// As it is.
    Plain(String),
    /// A word, and what it changes: the score with it minus that without it, and the range of the score.
    Moves {
        /// The word.
        text: String,
        /// The change.
        change: f64,
        /// The range.
        range: f64,
    },
    /// A word that the answer does not share with the one that it is like.
    Own(String),
}

/// A word that moved scores.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassWord {
    /// The word in lower case.
    pub word: String,
    /// The class or label, where the task has no scale.
    pub award: String,
    /// Answers that have it.
    pub answers: usize,
    /// Mean change.
    pub change: f64,
}

/// Renders the page; `written_by` names the program.
///
/// # Panics
///
/// Never: the template is checked when the program is built, and a string takes everything.
#[must_use]
pub fn class_page(class: &ClassPage, written_by: &str) -> String {
    let total = |of: fn(&ClassCount) -> u64| class.questions.iter().map(|q| of(&q.all)).sum::<u64>();
    let page = Page {
        title: &class.title,
        style: concat!(include_str!("../../templates/report.css"), include_str!("../../templates/class.css")),
        facts: &class.facts,
        left_out: &class.left_out,
        automatic: total(|count| count.automatic),
        review: total(|count| count.review),
        questions: class.questions.iter().enumerate().map(|(i, q)| question(i + 1, q)).collect(),
        written_by,
    };
    let page = page.render().expect("a string takes everything");
    // The template has no such characters: all of them are from names and answers.
    with_hidden_shown(&page).into_owned()
}

#[derive(Template)]
#[template(path = "class.html")]
struct Page<'a> {
    title: &'a str,
    style: &'static str,
    facts: &'a [(String, String)],
    left_out: &'a [String],
    automatic: u64,
    review: u64,
    questions: Vec<PageQuestion<'a>>,
    written_by: &'a str,
}

struct PageQuestion<'a> {
    number: usize,
    of: &'a ClassQuestion,
    mean: String,
    levels: String,
    confidences: String,
    reasons: String,
    words: Vec<PageWord<'a>>,
    groups: Vec<PageGroup<'a>>,
}

struct PageWord<'a> {
    of: &'a ClassWord,
    change: String,
}

struct PageGroup<'a> {
    of: &'a ClassGroup,
    first: PageAnswer<'a>,
    alike: Vec<PageAnswer<'a>>,
}

struct PageAnswer<'a> {
    of: &'a ClassAnswer,
    confidence: String,
    pieces: Vec<PagePiece>,
    /// What raises and what lowers the score, in words.
    effects: Vec<(&'static str, String)>,
}

struct PagePiece {
    /// The class in the style sheet; empty for plain text.
    class: &'static str,
    text: String,
}

fn question(number: usize, of: &ClassQuestion) -> PageQuestion<'_> {
    let rows = |id: &str, title: &str, rows: &[ClassCount], x: &str| {
        let said: Vec<String> = rows
            .iter()
            .map(|c| format!("{}: {} automatic, {} for a person", c.name, c.automatic, c.review))
            .collect();
        svg(&Figure {
            id: format!("q{number}-{id}"),
            title: title.to_owned(),
            description: said.join("; ") + ".",
            table: String::new(),
            plot: Plot::Rows {
                names: rows.iter().map(|c| c.name.clone()).collect(),
                parts: vec![
                    ("automatic".into(), rows.iter().map(|c| c.automatic).collect()),
                    ("for a person to check".into(), rows.iter().map(|c| c.review).collect()),
                ],
                x: x.to_owned(),
            },
        })
    };
    let bins: Vec<ClassCount> = (0..CONFIDENCE_BINS)
        .map(|bin| ClassCount {
            name: format!("{} to {} %", bin * 100 / CONFIDENCE_BINS, (bin + 1) * 100 / CONFIDENCE_BINS),
            automatic: of.confidences[0][bin],
            review: of.confidences[1][bin],
        })
        // Confidences are hardly ever below a third: empty bins at the bottom say nothing.
        .skip_while(|bin| bin.automatic + bin.review == 0)
        .collect();
    let reasons = svg(&Figure {
        id: format!("q{number}-reasons"),
        title: "Why a person should check".into(),
        description: of.reasons.iter().map(|(r, n)| format!("{r}: {n}")).collect::<Vec<_>>().join("; ") + ".",
        table: String::new(),
        plot: Plot::Rows {
            names: of.reasons.iter().map(|(reason, _)| reason.clone()).collect(),
            parts: vec![
                ("automatic".into(), vec![0; of.reasons.len()]),
                ("for a person to check".into(), of.reasons.iter().map(|(_, count)| *count).collect()),
            ],
            x: "answers".into(),
        },
    });
    PageQuestion {
        number,
        of,
        mean: of.mean_level.map_or_else(String::new, |mean| format!("{mean:.2}")),
        levels: rows("levels", if of.several { "Labels" } else { "Scores" }, &of.awards, "answers"),
        confidences: rows("confidence", "How sure the model is", &bins, "answers"),
        reasons,
        words: of.words.iter().map(|word| PageWord { of: word, change: signed(word.change) }).collect(),
        groups: of
            .groups
            .iter()
            .map(|group| PageGroup {
                of: group,
                first: answer(&group.first),
                alike: group.alike.iter().map(answer).collect(),
            })
            .collect(),
    }
}

fn answer(of: &ClassAnswer) -> PageAnswer<'_> {
    let mut moves: Vec<(&str, f64)> = of
        .pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Moves { text, change, range } if change.abs() >= SMALL * range => {
                Some((text.as_str(), *change))
            }
            _ => None,
        })
        .collect();
    moves.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let side = |raises: bool| {
        let words: Vec<String> = moves
            .iter()
            .filter(|(_, change)| (*change > 0.0) == raises)
            .take(LISTED_WORDS)
            .map(|(word, change)| format!("{} {}", plain(word), signed(*change)))
            .collect();
        words.join(", ")
    };
    let effects = [("raises", side(true)), ("lowers", side(false))];
    PageAnswer {
        of,
        confidence: percent(of.confidence),
        pieces: of.pieces.iter().map(page_piece).collect(),
        effects: effects.into_iter().filter(|(_, words)| !words.is_empty()).collect(),
    }
}

fn page_piece(piece: &Piece) -> PagePiece {
    match piece {
        Piece::Plain(text) => PagePiece { class: "", text: plain(text) },
        Piece::Own(text) => PagePiece { class: "own", text: plain(text) },
        Piece::Moves { text, change, range } => {
            let share = if *range > 0.0 { change.abs() / range } else { 0.0 };
            let place = STRONGER.iter().filter(|limit| share >= **limit).count();
            let class = match (share >= SMALL, *change > 0.0) {
                (false, _) => "",
                (true, true) => ["up1", "up2", "up3"][place],
                (true, false) => ["down1", "down2", "down3"][place],
            };
            PagePiece { class, text: plain(text) }
        }
    }
}

/// Text without control characters except line ends and tabs; the template escapes it.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n")
        .replace('\r', "\n")
        .chars()
        .map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c })
        .collect()
}

fn signed(change: f64) -> String {
    format!("{change:+.2}").replace('-', "\u{2212}")
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}
