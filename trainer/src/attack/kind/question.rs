use super::super::draw::Draw;
use super::super::words::{ended, words};
use super::keywords::keywords;
use super::{Kind, Outcome, Source, joined};

pub(super) const COPIED: Kind = Kind {
    name: "question-copied",
    outcome: Outcome::Wrong,
    english: false,
    about: "The question, or its last sentence, as the answer.",
    make: copied,
};

pub(super) const KEYWORDS: Kind = Kind {
    name: "question-keywords",
    outcome: Outcome::Wrong,
    english: false,
    about: "The question, then 2 to 5 words with a meaning of their own from a right answer.",
    make: with_keywords,
};

fn copied(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let question = source.question?.trim();
    let last = question
        .trim_end_matches(['?', '.', '!', ' '])
        .rfind(['.', '?', '!'])
        .map(|at| question[at + 1..].trim());
    match last.filter(|last| words(last).len() >= 4) {
        Some(last) if draw.chance(50) => Some(last.to_owned()),
        _ => Some(question.to_owned()),
    }
}

fn with_keywords(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let question = source.question?.trim();
    let all = keywords(source, draw);
    let count = draw.number(2, 5);
    (all.len() >= 2).then(|| {
        format!("{} {}", ended(question), joined(&draw.some(&all, count), [", ", " "][draw.number(0, 1)]))
    })
}
