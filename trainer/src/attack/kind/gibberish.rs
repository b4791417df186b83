use super::super::draw::Draw;
use super::super::words::{capitalised, words};
use super::{Kind, Outcome, Source, joined};

pub(super) const LETTERS: Kind = Kind {
    name: "gibberish-letters",
    outcome: Outcome::Wrong,
    english: false,
    about: "Random letters in words of random length, about as many as the right answer has, at least three.",
    make: |source, draw| text(source, draw, letters),
};

pub(super) const KEYBOARD: Kind = Kind {
    name: "gibberish-keyboard",
    outcome: Outcome::Wrong,
    english: false,
    about: "Parts of the rows of a keyboard.",
    make: |source, draw| text(source, draw, keyboard),
};

pub(super) const PSEUDO_WORDS: Kind = Kind {
    name: "gibberish-words",
    outcome: Outcome::Wrong,
    english: false,
    about: "Words that do not exist, of syllables that do.",
    make: |source, draw| text(source, draw, pseudo_word),
};

const ROWS: [&str; 8] = [
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "poiuytrewq",
    "lkjhgfdsa",
    "mnbvcxz",
    "1234567890",
    "qazwsxedcrfv",
];
const ONSETS: [&str; 24] = [
    "b", "bl", "br", "ch", "d", "dr", "f", "fl", "g", "gl", "h", "j", "k", "l", "m", "n", "p", "pl", "s",
    "st", "t", "tr", "v", "z",
];
const NUCLEI: [&str; 10] = ["a", "e", "i", "o", "u", "ai", "ee", "oo", "ou", "ie"];
const CODAS: [&str; 14] = ["", "", "b", "ck", "d", "ft", "g", "lm", "n", "nk", "p", "rd", "sk", "t"];

/// Words of one maker; each word that does not belong to the part is drawn again.
fn text(source: &Source<'_>, draw: &mut Draw<'_>, make: fn(&mut Draw<'_>) -> String) -> Option<String> {
    let usual = words(source.answer).len().clamp(3, 60);
    let count = draw.number(3, usual + 5);
    let mut made = Vec::new();
    while made.len() < count {
        let word = make(draw);
        if draw.has(&word) {
            made.push(word);
        }
    }
    let text = joined(&made, " ");
    Some(if draw.chance(40) { format!("{}.", capitalised(&text)) } else { text })
}

fn letters(draw: &mut Draw<'_>) -> String {
    let length = draw.number(2, 9);
    (0..length).filter_map(|_| char::from_digit(10 + u32::try_from(draw.number(0, 25)).ok()?, 36)).collect()
}

fn keyboard(draw: &mut Draw<'_>) -> String {
    let row = ROWS[draw.number(0, ROWS.len() - 1)];
    let length = draw.number(3, row.len());
    let from = draw.number(0, row.len() - length);
    row[from..from + length].repeat(draw.number(1, 2))
}

fn pseudo_word(draw: &mut Draw<'_>) -> String {
    let syllables = draw.number(2, 4);
    let mut word = String::new();
    for _ in 0..syllables {
        word += ONSETS[draw.number(0, ONSETS.len() - 1)];
        word += NUCLEI[draw.number(0, NUCLEI.len() - 1)];
    }
    word + CODAS[draw.number(0, CODAS.len() - 1)]
}
