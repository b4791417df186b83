//! One file for each kind of attack or for a few that belong together.

mod affirmed;
mod antonym;
mod denial_after;
mod denial_before;
mod elsewhere;
mod gibberish;
mod inserted;
mod joined_answers;
mod keywords;
mod negation_inserted;
mod negation_removed;
mod number_changed;
mod off_topic;
mod other_language;
mod question;
mod reference_denied;
mod repeated;
mod roles_swapped;
mod shuffled;
mod spelling;
mod wording;

use super::{Kind, Outcome, Source};

/// All kinds, in the order of tables.
pub static KINDS: [Kind; 41] = [
    antonym::KIND,
    negation_inserted::KIND,
    negation_removed::KIND,
    denial_before::KIND,
    denial_after::KIND,
    reference_denied::KIND,
    number_changed::KIND,
    roles_swapped::KIND,
    shuffled::KIND,
    keywords::COMMAS,
    keywords::SPACES,
    keywords::AND,
    keywords::ALL,
    repeated::KEYWORD,
    repeated::PHRASE,
    question::COPIED,
    question::KEYWORDS,
    joined_answers::WRONG_RIGHT,
    joined_answers::RIGHT_WRONG,
    joined_answers::WRONG_KEYWORDS,
    joined_answers::WRONG_JOINED,
    elsewhere::KIND,
    off_topic::SHORT,
    off_topic::LONG,
    gibberish::LETTERS,
    gibberish::KEYBOARD,
    gibberish::PSEUDO_WORDS,
    other_language::SENTENCES,
    other_language::WORD_FOR_WORD,
    inserted::ADJECTIVE,
    inserted::ADVERB,
    spelling::CASE,
    spelling::TYPO,
    spelling::PUNCTUATION,
    spelling::SPACES,
    spelling::POLITENESS,
    wording::CONTRACTIONS,
    wording::SYNONYM,
    wording::NEGATED_ANTONYM,
    affirmed::KIND,
    joined_answers::SAME,
];

/// Texts joined by another one.
fn joined<T: AsRef<str>>(texts: &[T], between: &str) -> String {
    texts.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(between)
}
