use super::super::MAX_SHARED;
use super::super::draw::Draw;
use super::super::words::shared;
use super::{Kind, Outcome, Source};

pub(super) const KIND: Kind = Kind {
    name: "other-question",
    outcome: Outcome::Wrong,
    english: false,
    about: "A right answer to another question that shares few words with the right answers to this one.",
    make,
};

fn make(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    // A draw first: comparing with every answer of a large set would take long.
    let some = draw.some(source.elsewhere, 8);
    let known = source.right.iter().take(20).chain(std::iter::once(&source.answer));
    let right: Vec<&str> = known.copied().collect();
    let far = |other: &&&str| {
        !other.trim().is_empty() && right.iter().all(|right| shared(other, right) < MAX_SHARED)
    };
    some.iter().find(far).map(|text| (*text).to_owned())
}
