use super::super::draw::Draw;
use super::super::inflect::Inflection;
use super::super::lexicon::{Antonym, Speech};
use super::super::words::{Word, as_cased, replaced, words};
use super::{Kind, Outcome, Source};

pub(super) const KIND: Kind = Kind {
    name: "antonym",
    outcome: Outcome::Opposite,
    english: true,
    about: "One word of a right answer is replaced by its antonym, in the same form.",
    make,
};

fn make(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let all = words(source.answer);
    let lower: Vec<String> = all.iter().map(Word::lower).collect();
    let places: Vec<(usize, &Antonym)> =
        (0..all.len()).filter_map(|place| Some((place, antonym_at(&lower, place, draw)?))).collect();
    let (place, antonym) = *draw.one(&places)?;
    Some(replaced(source.answer, &all, &[(place, as_cased(&antonym.other, all[place].text))]))
}

/// An antonym of this part for the word at a place, of the part of speech that its neighbours suggest.
fn antonym_at<'a>(lower: &[String], place: usize, draw: &Draw<'a>) -> Option<&'a Antonym> {
    let before = place.checked_sub(1).map_or("", |before| &lower[before]);
    let after = lower.get(place + 1).map_or("", String::as_str);
    if is_fixed(before, &lower[place], after) {
        return None;
    }
    let noun_like = is_article(before)
        || matches!(
            before,
            "is" | "are" | "was" | "were" | "be" | "very" | "more" | "it's" | "he's" | "they're"
        );
    let verb_like = matches!(
        before,
        "to" | "will"
            | "would"
            | "can"
            | "could"
            | "should"
            | "must"
            | "may"
            | "might"
            | "i"
            | "you"
            | "he"
            | "she"
            | "we"
            | "they"
            | "it"
            | "which"
            | "who"
            | "not"
    );
    // A base form is a verb after a plural, and in an instruction: "Heat the water".
    let told = place == 0 && is_article(after) || before.len() > 3 && before.ends_with('s') && !noun_like;
    let fits = |antonym: &&Antonym| match antonym.speech {
        Speech::Verb if antonym.form == Inflection::Base => verb_like || told,
        Speech::Verb => !is_article(before),
        Speech::Adjective | Speech::Noun => !verb_like || matches!(before, "it" | "not"),
        Speech::Adverb => true,
    };
    let own = draw.lexicon.antonyms(&lower[place]).iter().filter(|antonym| antonym.part == draw.part);
    // Nouns and adjectives after an article, verbs elsewhere.
    let mut fitting: Vec<&Antonym> = own.filter(fits).collect();
    fitting.sort_by_key(|antonym| (antonym.speech == Speech::Verb) == noun_like);
    fitting.first().copied()
}

fn is_article(word: &str) -> bool {
    matches!(
        word,
        "a" | "an" | "the" | "this" | "that" | "these" | "those" | "my" | "his" | "her" | "its" | "their"
    )
}

/// Whether a word stands in a fixed phrase, in which it has another sense.
fn is_fixed(before: &str, word: &str, after: &str) -> bool {
    matches!(
        (before, word, after),
        (_, "close", "to")
            | ("in", "order", _)
            | ("a", "few" | "little" | "lot", _)
            | ("at", "first" | "last" | "least" | "most", _)
            | ("all" | "the", "same", "time" | "way")
            | (_, "far", "as")
            | ("as", "long" | "soon" | "well", "as")
            | ("so", "far", _)
            | ("no", "longer", _)
            | ("once" | "any", "more", _)
            | ("or", "less" | "more", _)
    ) || matches!(word, "near" | "far") && !matches!(after, "" | "from" | "to" | "away" | "and" | "or")
}
