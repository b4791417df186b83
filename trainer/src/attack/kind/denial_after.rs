use super::super::draw::Draw;
use super::super::words::ended;
use super::{Kind, Outcome, Source};

pub(super) const KIND: Kind = Kind {
    name: "denial-after",
    outcome: Outcome::Opposite,
    english: true,
    about: "A right answer before \"No, that is wrong.\" and the like.",
    make,
};

const AFTER: [&str; 30] = [
    "No, that is wrong.",
    "No, that is not true.",
    "That is not true.",
    "That is false.",
    "This is wrong.",
    "This is not the case.",
    "But that is not what happens.",
    "But this is false.",
    "But it is not like that.",
    "But in truth it is not so.",
    "At least that is what people wrongly say.",
    "Not!",
    "Just kidding, it is the other way round.",
    "I am sure that this is not the reason.",
    "The opposite is true.",
    "Exactly the opposite happens.",
    "None of this is true.",
    "Nothing of this is right.",
    "I do not believe this.",
    "I disagree with that.",
    "That never happens.",
    "Actually it is not.",
    "Wrong!",
    "This would be a mistake.",
    "That's not it.",
    "It isn't so.",
    "But that can't be right.",
    "Everyone who says so is wrong.",
    "That is what I do not think.",
    "No, it does not.",
];

fn make(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let after = draw.template(&AFTER)?;
    Some(format!("{} {after}", ended(source.answer)))
}
