use super::super::draw::Draw;
use super::super::verbs::negated;
use super::super::words::{capitalised, ended, inner};
use super::denial_before::{BEFORE, denied};
use super::{Kind, Outcome, Source};

pub(super) const KIND: Kind = Kind {
    name: "answer-then-denied",
    outcome: Outcome::Opposite,
    english: true,
    about: "A right answer, then the same answer negated or denied.",
    make,
};

/// What stands between the two.
const BETWEEN: [&str; 10] = [
    "",
    "But",
    "However,",
    "No,",
    "And",
    "On the other hand,",
    "At the same time,",
    "Or",
    "Then again,",
    "Still,",
];

fn make(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let negated = if draw.chance(60) { negated(source.answer, draw).map(|text| inner(&text)) } else { None };
    let denial = match negated {
        Some(text) => text,
        None => inner(&format!("{} {}", draw.template(&BEFORE)?, denied(source.answer))),
    };
    let between = draw.template(&BETWEEN)?;
    let second = if between.is_empty() { capitalised(&denial) } else { format!("{between} {denial}") };
    Some(format!("{} {}", ended(source.answer), ended(&second)))
}
