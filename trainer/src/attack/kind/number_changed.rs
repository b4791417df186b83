use super::super::draw::Draw;
use super::super::words::{Word, as_cased, replaced, words};
use super::{Kind, Outcome, Source};

pub(super) const KIND: Kind = Kind {
    name: "number-changed",
    outcome: Outcome::Opposite,
    english: true,
    about: "One number or unit of a right answer is changed, if the reference or a third of the right answers have it.",
    make,
};

const NUMBERS: [&str; 11] =
    ["zero", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twenty"];

/// Units that differ in size, or in what they measure.
const UNITS: [(&str, &str); 14] = [
    ("cm", "m"),
    ("mm", "cm"),
    ("km", "m"),
    ("centimeters", "meters"),
    ("millimeters", "centimeters"),
    ("grams", "kilograms"),
    ("g", "kg"),
    ("ml", "l"),
    ("milliliters", "liters"),
    ("seconds", "minutes"),
    ("minutes", "hours"),
    ("days", "years"),
    ("volts", "amps"),
    ("inches", "feet"),
];

fn make(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let all = words(source.answer);
    let changes: Vec<(usize, String)> =
        (0..all.len()).filter_map(|place| Some((place, changed(&all, place, source, draw)?))).collect();
    let change = draw.one(&changes)?.clone();
    Some(replaced(source.answer, &all, &[change]))
}

/// Another number or unit for the word at a place.
fn changed(all: &[Word<'_>], place: usize, source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    // What few right answers mention is not what makes them right.
    let has = |text: &str| words(text).iter().any(|word| word.lower() == all[place].lower());
    let common = 3 * source.right.iter().filter(|text| has(text)).count() >= source.right.len();
    if !common && !source.reference.is_some_and(has) {
        return None;
    }
    let word = all[place].lower();
    if let Some(digits) = word.strip_prefix(|c: char| c.is_ascii_digit()).map(|_| &*word) {
        let (number, unit) =
            digits.split_at(digits.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(digits.len()));
        let decimals = number.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let value: f64 = number.parse().ok()?;
        let step = [1.0, 2.0, 3.0, 5.0, 10.0][draw.number(0, 4)];
        let new = if draw.chance(50) && value > 0.0 { value * (step + 1.0) } else { value + step };
        return Some(format!("{new:.decimals$}{unit}"));
    }
    if NUMBERS.contains(&&*word) {
        let others: Vec<&str> = NUMBERS.iter().copied().filter(|other| *other != word).collect();
        return draw.one(&others).map(|new| as_cased(new, all[place].text));
    }
    let after_number = place > 0 && all[place - 1].text.starts_with(|c: char| c.is_ascii_digit());
    let unit = UNITS.iter().find_map(|(a, b)| {
        let other = if *a == word {
            b
        } else if *b == word {
            a
        } else {
            return None;
        };
        (super::super::Part::of_pair(a, b) == draw.part).then_some(*other)
    });
    unit.filter(|_| after_number).map(str::to_owned)
}
