use super::super::draw::Draw;
use super::super::words::{Word, capitalised, ended, inner, is_function_word, is_negation, words};
use super::{Kind, Outcome, Source};

pub(super) const CASE: Kind = Kind {
    name: "same-case",
    outcome: Outcome::Same,
    english: false,
    about: "All letters small, all capitals, or each word with a capital.",
    make: case,
};

pub(super) const TYPO: Kind = Kind {
    name: "same-typo",
    outcome: Outcome::Same,
    english: false,
    about: "One letter of one word of at least five letters is missing, doubled or swapped with the next one.",
    make: typo,
};

pub(super) const PUNCTUATION: Kind = Kind {
    name: "same-punctuation",
    outcome: Outcome::Same,
    english: false,
    about: "The last full stop is added, taken away or an exclamation mark, or all commas are gone.",
    make: punctuation,
};

pub(super) const SPACES: Kind = Kind {
    name: "same-spaces",
    outcome: Outcome::Same,
    english: false,
    about: "Some spaces are doubled.",
    make: spaces,
};

fn case(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let text = source.answer;
    Some(match draw.number(0, 2) {
        0 => text.to_lowercase(),
        1 => text.to_uppercase(),
        _ => text.split(' ').map(capitalised).collect::<Vec<_>>().join(" "),
    })
}

fn typo(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let all = words(source.answer);
    let long = |word: &&Word<'_>| {
        let lower = word.lower();
        lower.chars().count() >= 5
            && lower.chars().all(char::is_alphabetic)
            && !is_negation(&lower)
            && !is_function_word(&lower)
    };
    let word = *draw.one(&all.iter().filter(long).collect::<Vec<_>>())?;
    let mut letters: Vec<char> = word.text.chars().collect();
    let at = draw.number(1, letters.len() - 2);
    match draw.number(0, 2) {
        0 => drop(letters.remove(at)),
        1 => letters.insert(at, letters[at]),
        _ => letters.swap(at, at + 1),
    }
    let new: String = letters.into_iter().collect();
    Some(format!("{}{new}{}", &source.answer[..word.start], &source.answer[word.end()..]))
}

fn punctuation(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let text = source.answer.trim();
    let bare = text.trim_end_matches(['.', '!']);
    // A comma between digits belongs to a number.
    if draw.chance(30) && bare.contains(", ") {
        return Some(text.replace(", ", " "));
    }
    if text.ends_with('?') {
        return None;
    }
    Some(if draw.chance(30) {
        format!("{bare}!")
    } else if bare == text {
        ended(text)
    } else {
        bare.to_owned()
    })
}

fn spaces(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let mut out = String::new();
    for c in source.answer.trim().chars() {
        out.push(c);
        if c == ' ' && draw.chance(40) {
            out.push(' ');
        }
    }
    Some(out)
}

pub(super) const POLITENESS: Kind = Kind {
    name: "same-politeness",
    outcome: Outcome::Same,
    english: true,
    about: "\"I think that\", \"please\", \"thank you\" and the like before or after the answer.",
    make: politeness,
};

/// Before an answer, whose first letter then becomes small.
const BEFORE: [&str; 16] = [
    "I think that",
    "I think",
    "I believe that",
    "I guess",
    "I would say that",
    "In my opinion,",
    "My answer is that",
    "My answer:",
    "Well,",
    "I suppose that",
    "I am quite sure that",
    "It seems to me that",
    "As far as I know,",
    "Answer:",
    "From what we learned,",
    "I would answer that",
];
const AFTER: [&str; 12] = [
    "Thank you.",
    "Thanks!",
    "Please tell me if I should write more.",
    "Thank you for reading.",
    "That is my answer.",
    "I hope this helps.",
    "Have a nice day.",
    "Thank you very much.",
    "Please be kind.",
    "This is what I think.",
    "That is all.",
    "Sorry for my handwriting.",
];

fn politeness(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    if draw.chance(60) {
        let before = draw.template(&BEFORE)?;
        Some(format!("{before} {}", inner(source.answer)))
    } else {
        let after = draw.template(&AFTER)?;
        Some(format!("{} {after}", ended(source.answer)))
    }
}
