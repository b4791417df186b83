use super::super::MAX_SHARED;
use super::super::draw::Draw;
use super::super::looks_english;
use super::super::words::{self, ended, inner, shared};
use super::keywords::keywords;
use super::{Kind, Outcome, Source, joined};

pub(super) const WRONG_RIGHT: Kind = Kind {
    name: "wrong-then-right",
    outcome: Outcome::Wrong,
    english: false,
    about: "A wrong answer, then a right one.",
    make: |source, draw| both(source, draw, false),
};

pub(super) const RIGHT_WRONG: Kind = Kind {
    name: "right-then-wrong",
    outcome: Outcome::Wrong,
    english: false,
    about: "A right answer, then a wrong one.",
    make: |source, draw| both(source, draw, true),
};

pub(super) const WRONG_KEYWORDS: Kind = Kind {
    name: "wrong-keywords",
    outcome: Outcome::Wrong,
    english: false,
    about: "A wrong answer, then 3 to 6 words with a meaning of their own from a right answer.",
    make: wrong_keywords,
};

pub(super) const WRONG_JOINED: Kind = Kind {
    name: "wrong-joined",
    outcome: Outcome::Wrong,
    english: false,
    about: "3 to 8 wrong answers, one after the other.",
    make: wrong_joined,
};

pub(super) const SAME: Kind = Kind {
    name: "same-joined",
    outcome: Outcome::Same,
    english: false,
    about: "Two right answers, or two wrong ones, one after the other.",
    make: two_alike,
};

/// What stands between two answers in English.
const BETWEEN: [&str; 8] = ["And", "Or", "Also", "But", "Maybe", "Then", "So", "Perhaps"];

/// Wrong answers that say something else than the right one.
fn wrong<'a>(source: &Source<'a>) -> Vec<&'a str> {
    let differs = |wrong: &&str| !wrong.trim().is_empty() && shared(wrong, source.answer) < MAX_SHARED;
    source.wrong.iter().copied().filter(differs).collect()
}

fn both(source: &Source<'_>, draw: &mut Draw<'_>, right_first: bool) -> Option<String> {
    let wrong = *draw.one(&wrong(source))?;
    let (first, second) = if right_first { (source.answer, wrong) } else { (wrong, source.answer) };
    Some(one_after_the_other(first, second, draw))
}

/// Without this kind, a model learns that an answer of two sentences has a wrong one among them.
fn two_alike(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let alike = [source.right, source.wrong].into_iter().find(|answers| answers.contains(&source.answer))?;
    let others: Vec<&str> =
        alike.iter().copied().filter(|other| words::normal(other) != words::normal(source.answer)).collect();
    let other = *draw.one(&others)?;
    Some(one_after_the_other(source.answer, other, draw))
}

fn one_after_the_other(first: &str, second: &str, draw: &mut Draw<'_>) -> String {
    let english = words::is_latin(second) && looks_english([first, second]);
    let between = if english && draw.chance(40) { draw.template(&BETWEEN) } else { None };
    match between {
        Some(between) => format!("{} {between} {}", ended(first), ended(&inner(second))),
        None => format!("{} {}", ended(first), second.trim()),
    }
}

fn wrong_keywords(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let wrong = *draw.one(&wrong(source))?;
    let all = keywords(source, draw);
    let count = draw.number(3, 6);
    (all.len() >= 3).then(|| {
        format!("{} {}", ended(wrong), joined(&draw.some(&all, count), [", ", " "][draw.number(0, 1)]))
    })
}

fn wrong_joined(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let all = wrong(source);
    let count = draw.number(3, 8);
    if all.len() < 3 {
        return None;
    }
    let drawn: Vec<String> = draw.some(&all, count).into_iter().map(ended).collect();
    Some(joined(&drawn, " "))
}
