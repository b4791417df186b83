use super::super::draw::Draw;
use super::super::verbs::{has_verb, negated};
use super::super::words::{inner, negates, words};
use super::{Kind, Outcome, Source};

pub(super) const KIND: Kind = Kind {
    name: "negation-inserted",
    outcome: Outcome::Opposite,
    english: true,
    about: "\"not\", \"n't\", \"never\", \"no\" or \"without\" is put where a right answer has a verb; an answer without a verb gets \
            \"Not\" before it.",
    make,
};

/// Before answers without a verb.
const BEFORE: [&str; 6] = ["Not", "Certainly not", "It is not", "Never", "By no means", "Anything but"];

fn make(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let text = source.answer;
    negated(text, draw).or_else(|| {
        let fragment = (1..=4).contains(&words(text).len()) && !negates(text) && !has_verb(text, draw);
        let before = draw.template(&BEFORE)?;
        fragment.then(|| format!("{before} {}", inner(text)))
    })
}
