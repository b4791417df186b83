use super::super::draw::Draw;
use super::super::verbs::{is_auxiliary, is_verb_at};
use super::super::words::{Word, is_function_word, replaced, words};
use super::{Kind, Outcome, Source};

pub(super) const ADJECTIVE: Kind = Kind {
    name: "adjective-inserted",
    outcome: Outcome::NotBetter,
    english: true,
    about: "A common adjective is put before a noun of a wrong answer.",
    make: adjective,
};

pub(super) const ADVERB: Kind = Kind {
    name: "adverb-inserted",
    outcome: Outcome::NotBetter,
    english: true,
    about: "A common adverb is put at a verb of a wrong answer.",
    make: adverb,
};

fn adjective(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let all = words(source.answer);
    let lower: Vec<String> = all.iter().map(Word::lower).collect();
    // A noun phrase begins after an article or the like.
    let after = |word: &str| {
        matches!(
            word,
            "a" | "an"
                | "the"
                | "this"
                | "that"
                | "these"
                | "those"
                | "some"
                | "my"
                | "his"
                | "her"
                | "its"
                | "their"
        )
    };
    let places: Vec<usize> = (1..all.len())
        .filter(|place| after(&lower[place - 1]) && !is_function_word(&lower[*place]))
        .collect();
    let place = *draw.one(&places)?;
    let new = draw.template(&draw.lexicon.adjectives())?;
    Some(replaced(source.answer, &all, &[(place, format!("{new} {}", all[place].text))]))
}

fn adverb(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let all = words(source.answer);
    let lower: Vec<String> = all.iter().map(Word::lower).collect();
    let new = draw.template(&draw.lexicon.adverbs())?;
    let mut changes = Vec::new();
    for place in 1..all.len() {
        if is_auxiliary(&lower[place]) && lower.len() > place + 1 {
            changes.push((place, format!("{} {new}", all[place].text)));
        } else if is_verb_at(&lower, place, draw).is_some() {
            changes.push((place, format!("{new} {}", all[place].text)));
        }
    }
    let change = draw.one(&changes)?.clone();
    Some(replaced(source.answer, &all, &[change]))
}
