use super::super::draw::Draw;
use super::super::words::ended;
use super::denial_before::denied;
use super::{Kind, Outcome, Source};

pub(super) const KIND: Kind = Kind {
    name: "same-affirmed",
    outcome: Outcome::Same,
    english: true,
    about: "\"It is true that\" before the answer, \"That is true.\" after it, and the like.",
    make,
};

/// Before an answer, as denials are: without these, a model learns that whatever is said about an answer denies it.
const BEFORE: [&str; 24] = [
    "It is true that",
    "It is right to say that",
    "It is the case that",
    "It is a fact that",
    "It is clear that",
    "It must be that",
    "There is no doubt that",
    "There is evidence that",
    "The experiment shows that",
    "We found that",
    "We learned that",
    "You can say that",
    "Everybody can see that",
    "Some people rightly think that",
    "Many students know that",
    "The answer is that",
    "The reason is that",
    "I am certain that",
    "I do think that",
    "I agree that",
    "Nobody can deny that",
    "It cannot be doubted that",
    "This happens because",
    "What I mean is that",
];

/// After an answer.
const AFTER: [&str; 24] = [
    "Yes, that is right.",
    "Yes, that is true.",
    "That is true.",
    "That is correct.",
    "This is right.",
    "This is the case.",
    "And that is what happens.",
    "And this is true.",
    "It is like that.",
    "It really is so.",
    "That is what everybody says.",
    "Not kidding.",
    "I am sure that this is the reason.",
    "There is no other reason.",
    "All of this is true.",
    "Nothing of this is wrong.",
    "I do believe this.",
    "I agree with that.",
    "That always happens.",
    "Right!",
    "It was not a mistake.",
    "That is why.",
    "I don't think that I am wrong.",
    "No, I am not joking.",
];

fn make(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    if draw.chance(50) {
        let before = draw.template(&BEFORE)?;
        Some(ended(&format!("{before} {}", denied(source.answer))))
    } else {
        let after = draw.template(&AFTER)?;
        Some(format!("{} {after}", ended(source.answer)))
    }
}
