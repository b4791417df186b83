//! Places in English sentences where a verb is, found by lists of words and without a parser.

use super::draw::Draw;
use super::inflect::Inflection;
use std::collections::HashSet;
use std::sync::LazyLock;

use super::words::{Word, as_cased, is_negation, words};

/// Auxiliary and modal verbs, with the contracted negative form if there is one.
const AUXILIARIES: [(&str, Option<&str>); 22] = [
    ("is", Some("isn't")),
    ("are", Some("aren't")),
    ("was", Some("wasn't")),
    ("were", Some("weren't")),
    ("am", None),
    ("can", Some("can't")),
    ("could", Some("couldn't")),
    ("will", Some("won't")),
    ("would", Some("wouldn't")),
    ("should", Some("shouldn't")),
    ("must", Some("mustn't")),
    ("may", None),
    ("might", None),
    ("does", Some("doesn't")),
    ("do", Some("don't")),
    ("did", Some("didn't")),
    ("has", Some("hasn't")),
    ("have", Some("haven't")),
    ("had", Some("hadn't")),
    ("it's", None),
    ("they're", None),
    ("he's", None),
];

/// Words after which a word is no verb with a subject.
const NOT_SUBJECTS: &str = "a an the this these those my your his her its our their some any every each no to of in on at by \
    for with from into as is are was were be been being am do does did has have had can could will would should may \
    might must and or but if because when while than very more most less least so too not never that's it's i'm how \
    what why where which who all both two three";

/// The plain form of an auxiliary verb's contracted negative form.
pub(super) fn positive(word: &str) -> Option<&'static str> {
    AUXILIARIES.iter().find(|(_, negative)| *negative == Some(word)).map(|(positive, _)| *positive)
}

/// Whether a word in lower case is an auxiliary or modal verb.
pub(super) fn is_auxiliary(word: &str) -> bool {
    AUXILIARIES.iter().any(|(auxiliary, _)| *auxiliary == word)
}

/// Whether the word before a place may be the last one of a subject.
fn follows_subject(lower: &[String], place: usize) -> bool {
    static ALL: LazyLock<HashSet<&str>> = LazyLock::new(|| NOT_SUBJECTS.split_whitespace().collect());
    place > 0 && !ALL.contains(&*lower[place - 1])
}

/// Whether a full verb with a subject is at this place.
pub(super) fn is_verb_at(lower: &[String], place: usize, draw: &Draw<'_>) -> Option<(String, Inflection)> {
    let verb = draw.lexicon.verb(&lower[place])?;
    if !follows_subject(lower, place)
        || lower.get(place + 1).is_some_and(|next| is_auxiliary(next) || is_verbal(next))
    {
        return None;
    }
    let subject = &lower[place - 1];
    let pronoun =
        matches!(&**subject, "i" | "you" | "we" | "they" | "people" | "children" | "it" | "he" | "she");
    let plural = matches!(&**subject, "i" | "you" | "we" | "they" | "people" | "children")
        || subject.len() > 3 && subject.ends_with('s') && !subject.ends_with("ss");
    let fits = match verb.form {
        Inflection::Base => plural,
        // "the salt moves": a plural noun after an adjective looks the same, so the next word must not be a verb.
        Inflection::ThirdPerson => !plural,
        // "he walked", "the water boiled": without the participle in "the heated water".
        Inflection::Past => true,
        // An irregular participle has no auxiliary here.
        _ => false,
    };
    // Such a word at the end of a noun phrase, as in "the light waves", is taken for a noun.
    let noun = !pronoun && verb.form == Inflection::ThirdPerson && place + 1 == lower.len() && place < 3;
    (fits && !noun).then(|| (verb.base.clone(), verb.form))
}

/// Whether a word is a contracted auxiliary.
fn is_verbal(word: &str) -> bool {
    is_negation(word)
}

/// Whether the text has an auxiliary or a full verb with a subject.
pub(super) fn has_verb(text: &str, draw: &Draw<'_>) -> bool {
    let lower: Vec<String> = words(text).iter().map(Word::lower).collect();
    (0..lower.len()).any(|place| is_auxiliary(&lower[place]) || is_verb_at(&lower, place, draw).is_some())
}

/// The text with a negation at one of the verbs, drawn among all places. `None` where the text negates already, asks a
/// question, or has no verb of this part.
pub(super) fn negated(text: &str, draw: &mut Draw<'_>) -> Option<String> {
    let all = words(text);
    let lower: Vec<String> = all.iter().map(Word::lower).collect();
    if text.trim_end().ends_with('?') || lower.iter().any(|word| is_negation(word)) {
        return None;
    }
    // The place of the change, what replaces the word, and the key that decides about the part.
    let mut places: Vec<(usize, String)> = Vec::new();
    let mut add = |place: usize, key: &str, new: String, draw: &Draw<'_>| {
        if draw.has(key) {
            places.push((place, as_cased(&new, all[place].text)));
        }
    };
    for (place, word) in lower.iter().enumerate() {
        let next = lower.get(place + 1).map_or("", String::as_str);
        // A contraction has its subject in itself.
        let asked = place == 0 && !word.contains('\'')
            || place > 0 && matches!(&*lower[place - 1], "what" | "how" | "why" | "where" | "who");
        let main = !asked;
        if let Some((auxiliary, contracted)) = AUXILIARIES.iter().find(|(auxiliary, _)| auxiliary == word) {
            let helps = match *auxiliary {
                "has" | "have" | "had" => next.ends_with("ed") || next.ends_with("en") || next == "been",
                "do" | "does" | "did" => draw.lexicon.is_base(next),
                _ => true,
            };
            if main && helps {
                add(place, &format!("{auxiliary} not"), format!("{auxiliary} not"), draw);
                add(place, &format!("{auxiliary} never"), format!("{auxiliary} never"), draw);
                if let Some(contracted) = contracted {
                    add(place, contracted, (*contracted).to_owned(), draw);
                }
            }
            // "there is a", "it has a"
            if matches!(next, "a" | "an" | "some" | "any")
                && matches!(*auxiliary, "is" | "are" | "was" | "were" | "has" | "have" | "had")
            {
                add(place + 1, &format!("{auxiliary} no"), "no".to_owned(), draw);
            }
        } else if let Some((base, form)) = is_verb_at(&lower, place, draw) {
            let helper = match form {
                Inflection::ThirdPerson => "does",
                Inflection::Past => "did",
                _ => "do",
            };
            add(place, &format!("{helper} not {base}"), format!("{helper} not {base}"), draw);
            add(place, &format!("{helper}n't {base}"), format!("{helper}n't {base}"), draw);
            add(place, &format!("never {base}"), format!("never {word}"), draw);
        } else if word == "with" && place > 0 {
            add(place, "with without", "without".to_owned(), draw);
        }
    }
    let (place, new) = draw.one(&places)?.clone();
    Some(super::words::replaced(text, &all, &[(place, new)]))
}
