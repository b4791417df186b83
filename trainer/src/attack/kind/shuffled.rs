use super::super::draw::Draw;
use super::super::words::{lower, words};
use super::{Kind, Outcome, Source};

pub(super) const KIND: Kind = Kind {
    name: "shuffled",
    outcome: Outcome::Wrong,
    english: false,
    about: "All words of a right answer of at least five words, in a random order.",
    make,
};

fn make(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let plain: Vec<String> = words(source.answer).iter().map(|word| lower(word.text)).collect();
    if plain.len() < 5 {
        return None;
    }
    let order = draw.some(&(0..plain.len()).collect::<Vec<_>>(), plain.len());
    // At most a third of the neighbours remain neighbours, and no longer run of words stays together.
    let kept = order.windows(2).filter(|pair| pair[0] + 1 == pair[1]).count();
    let run = order.windows(3).any(|three| three[0] + 1 == three[1] && three[1] + 1 == three[2]);
    if 3 * kept > plain.len() || run {
        return None;
    }
    let mixed: Vec<&str> = order.iter().map(|place| plain[*place].as_str()).collect();
    Some(super::joined(&mixed, " "))
}
