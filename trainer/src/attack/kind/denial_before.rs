use super::super::draw::Draw;
use super::super::words::{ended, inner};
use super::{Kind, Outcome, Source};

pub(super) const KIND: Kind = Kind {
    name: "denial-before",
    outcome: Outcome::Opposite,
    english: true,
    about: "A right answer after \"It is not true that\" and the like.",
    make,
};

/// What stands before the denied sentence.
pub(super) const BEFORE: [&str; 32] = [
    "It is not true that",
    "It is false that",
    "It is wrong to say that",
    "It is not the case that",
    "It is untrue that",
    "It isn't true that",
    "It is a mistake to think that",
    "It is not right to say that",
    "It would be wrong to think that",
    "It is nonsense that",
    "It cannot be true that",
    "It can't be that",
    "It is a lie that",
    "It never happens that",
    "I do not think that",
    "I don't believe that",
    "I don't agree that",
    "I disagree with the idea that",
    "I doubt that",
    "Nobody can say that",
    "No one thinks that",
    "There is no way that",
    "There is no evidence that",
    "The experiment does not show that",
    "We did not find that",
    "You can't say that",
    "Some people wrongly think that",
    "Many students make the mistake of saying that",
    "The opposite of what is right is that",
    "The answer is not that",
    "The reason is not that",
    "Never say that",
];

fn make(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let before = draw.template(&BEFORE)?;
    Some(ended(&format!("{before} {}", denied(source.answer))))
}

/// An answer as a sentence that can be denied: without "Because" and the like at its start.
pub(super) fn denied(answer: &str) -> String {
    let text = inner(answer);
    for start in ["because ", "cause ", "cuz ", "yes, ", "yes because ", "no, ", "no because "] {
        if text.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start)) {
            return inner(&text[start.len()..]);
        }
    }
    text
}
