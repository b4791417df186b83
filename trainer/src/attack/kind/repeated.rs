use super::super::draw::Draw;
use super::super::words::{content_words, lower, words};
use super::{Kind, Outcome, Source, joined};

pub(super) const KEYWORD: Kind = Kind {
    name: "keyword-repeated",
    outcome: Outcome::Wrong,
    english: false,
    about: "One word with a meaning of its own from a right answer, 4 to 20 times.",
    make: keyword,
};

pub(super) const PHRASE: Kind = Kind {
    name: "phrase-repeated",
    outcome: Outcome::Wrong,
    english: false,
    about: "2 to 4 words from the middle of a right answer of at least six words, 3 to 10 times.",
    make: phrase,
};

const BETWEEN: [&str; 2] = [" ", ", "];

fn keyword(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let all: Vec<String> = content_words(source.answer).into_iter().map(lower).collect();
    let word = draw.one(&all)?.clone();
    let (times, between) = (draw.number(4, 20), BETWEEN[draw.number(0, 1)]);
    Some(joined(&vec![word; times], between))
}

fn phrase(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let all: Vec<String> = words(source.answer).iter().map(|word| lower(word.text)).collect();
    let length = draw.number(2, 4);
    if all.len() < 6 {
        return None;
    }
    let from = draw.number(0, all.len() - length);
    let phrase = joined(&all[from..from + length], " ");
    let (times, between) = (draw.number(3, 10), BETWEEN[draw.number(0, 1)]);
    Some(joined(&vec![phrase; times], between))
}
