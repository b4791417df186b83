use super::super::draw::Draw;
use super::super::words::{content_words, lower};
use super::{Kind, Outcome, Source, joined};
use std::collections::BTreeSet;

pub(super) const COMMAS: Kind = Kind {
    name: "keywords-commas",
    outcome: Outcome::Wrong,
    english: false,
    about: "5 to 8 words with a meaning of their own from right answers, with commas.",
    make: |source, draw| some(source, draw, ", "),
};

pub(super) const SPACES: Kind = Kind {
    name: "keywords-spaces",
    outcome: Outcome::Wrong,
    english: false,
    about: "5 to 8 words with a meaning of their own from right answers, with spaces.",
    make: |source, draw| some(source, draw, " "),
};

pub(super) const AND: Kind = Kind {
    name: "keywords-and",
    outcome: Outcome::Wrong,
    english: true,
    about: "5 to 8 words with a meaning of their own from right answers, with \"and\".",
    make: |source, draw| some(source, draw, " and "),
};

pub(super) const ALL: Kind = Kind {
    name: "keywords-all",
    outcome: Outcome::Wrong,
    english: false,
    about: "All words with a meaning of their own of a right answer with at least five, in a random order.",
    make: all,
};

/// Fewest words of a list: fewer may be an answer in a few words.
const FEWEST: usize = 5;

/// The content words of the source's answer; where they are fewer than a list needs, also those of other right answers.
pub(super) fn keywords(source: &Source<'_>, draw: &mut Draw<'_>) -> Vec<String> {
    let mut found: Vec<String> = content_words(source.answer).into_iter().map(lower).collect();
    let mut known: BTreeSet<String> = found.iter().cloned().collect();
    for right in draw.some(source.right, source.right.len().min(8)) {
        if found.len() >= FEWEST {
            break;
        }
        found.extend(content_words(right).into_iter().map(lower).filter(|word| known.insert(word.clone())));
    }
    found
}

fn some(source: &Source<'_>, draw: &mut Draw<'_>, between: &str) -> Option<String> {
    let all = keywords(source, draw);
    let count = draw.number(FEWEST, 8);
    (all.len() >= FEWEST).then(|| joined(&draw.some(&all, count), between))
}

fn all(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let all: Vec<String> = content_words(source.answer).into_iter().map(lower).collect();
    let between = [", ", " "][draw.number(0, 1)];
    (all.len() >= FEWEST).then(|| joined(&draw.some(&all, all.len()), between))
}
