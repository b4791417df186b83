use super::super::draw::Draw;
use super::super::inflect::Inflection;
use super::super::words::{Word, capitalised, inner, is_negation, words};
use super::{Kind, Outcome, Source};

pub(super) const KIND: Kind = Kind {
    name: "roles-swapped",
    outcome: Outcome::Opposite,
    english: true,
    about: "What stands on both sides of \"… is larger than …\", of a verb such as \"causes\" or of \"from … to …\" changes places.",
    make,
};

/// Verbs whose subject and object cannot both have the other's role in the same event.
const DIRECTED: [&str; 26] = [
    "absorb", "attract", "carry", "cause", "cool", "contain", "cover", "create", "describe", "eat", "follow",
    "heat", "hit", "hold", "include", "increase", "lead", "melt", "need", "prevent", "produce", "protect",
    "pull", "push", "reflect", "reduce",
];

/// Most words of each side.
const LONGEST: usize = 6;

/// Words that begin or end a side.
const LIMITS: &str = "and or but because so when while if which that who then than where although since as";

fn make(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let text = source.answer;
    let all = words(text);
    let lower: Vec<String> = all.iter().map(Word::lower).collect();
    if lower.iter().any(|word| is_negation(word)) {
        return None;
    }
    let mut made: Vec<String> = Vec::new();
    for place in 1..all.len().saturating_sub(1) {
        let sides = match &*lower[place] {
            "than" => compared(&lower, place),
            "to" => from_to(&lower, place),
            _ => directed(&lower, place, draw),
        };
        made.extend(sides.and_then(|[a, b, c, d]| swapped(text, &all, [a, b, c, d])));
    }
    draw.one(&made).cloned()
}

/// First and last words, exclusive, of both sides: of `A is larger than B`.
fn compared(lower: &[String], than: usize) -> Option<[usize; 4]> {
    let from = than.saturating_sub(5);
    let verb = (from..than).rev().find(|place| {
        matches!(&*lower[*place], "is" | "are" | "was" | "were" | "has" | "have" | "gets" | "goes" | "moves")
    })?;
    Some([first(lower, verb), verb, than + 1, last(lower, than + 1)])
}

/// Of `from A to B`.
fn from_to(lower: &[String], to: usize) -> Option<[usize; 4]> {
    let from = (to.saturating_sub(LONGEST)..to).rev().find(|place| lower[*place] == "from")?;
    Some([from + 1, to, to + 1, last(lower, to + 1)])
}

/// Of `A causes B`.
fn directed(lower: &[String], place: usize, draw: &Draw<'_>) -> Option<[usize; 4]> {
    let (base, form) = super::super::verbs::is_verb_at(lower, place, draw)?;
    let known = DIRECTED.contains(&&*base) && draw.has(&format!("swap {base}"));
    let sides = [first(lower, place), place, place + 1, last(lower, place + 1)];
    (known && form != Inflection::Base).then_some(sides)
}

fn is_limit(word: &str) -> bool {
    LIMITS.split_whitespace().any(|limit| limit == word)
}

/// The first word of the side that ends before a place.
fn first(lower: &[String], end: usize) -> usize {
    (0..end).rev().take_while(|place| !is_limit(&lower[*place])).last().unwrap_or(end)
}

/// The end of the side that begins at a place.
fn last(lower: &[String], begin: usize) -> usize {
    (begin..lower.len())
        .find(|place| {
            is_limit(&lower[*place]) || matches!(&*lower[*place], "to" | "in" | "into" | "on" | "by" | "with")
        })
        .unwrap_or(lower.len())
}

/// The text with the words `a..b` and `c..d` in each other's place; `None` where a side is empty or long, holds
/// punctuation, or both are the same.
fn swapped(text: &str, all: &[Word<'_>], [a, b, c, d]: [usize; 4]) -> Option<String> {
    if a >= b || c >= d || b - a > LONGEST || d - c > LONGEST {
        return None;
    }
    let (left, right) = (&text[all[a].start..all[b - 1].end()], &text[all[c].start..all[d - 1].end()]);
    let plain = |side: &str| {
        let compares = |word: &str| matches!(word, "more" | "less" | "than" | "most" | "least");
        !side.contains([',', ';', '.', ':', '(', ')', '!', '?', '"'])
            && !side.to_lowercase().split(' ').any(compares)
    };
    // Pronouns would need another case.
    let pronoun = |side: &str| {
        matches!(
            &*side.to_lowercase(),
            "i" | "he" | "she" | "they" | "we" | "them" | "him" | "us" | "me" | "it" | "this"
        )
    };
    if !plain(left)
        || !plain(right)
        || pronoun(left)
        || pronoun(right)
        || left.to_lowercase() == right.to_lowercase()
    {
        return None;
    }
    let begins = text[..all[a].start].trim().is_empty();
    let (new_left, new_right) = if begins && left.starts_with(char::is_uppercase) {
        (capitalised(right), inner(left))
    } else {
        (right.to_owned(), left.to_owned())
    };
    Some(format!(
        "{}{new_left}{}{new_right}{}",
        &text[..all[a].start],
        &text[all[b - 1].end()..all[c].start],
        &text[all[d - 1].end()..]
    ))
}
