//! Forms of English words, by rules and a list of exceptions.

use std::collections::HashMap;

/// Past tense, participle and form with `-ing` of each irregular verb; `-` where the form is regular.
pub(super) type Irregular = HashMap<String, [String; 3]>;

/// A form of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Inflection {
    Base,
    /// Of nouns.
    Plural,
    /// Of adjectives: `longer`.
    Comparative,
    /// Of adjectives: `longest`.
    Superlative,
    /// Of verbs: `moves`.
    ThirdPerson,
    /// Of verbs: `moved`, `fell`.
    Past,
    /// Of verbs: `moved`, `fallen`.
    Participle,
    /// Of verbs: `moving`.
    Gerund,
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u')
}

/// Number of groups of vowels.
fn syllables(word: &str) -> usize {
    let spoken = word.strip_suffix('e').filter(|rest| rest.contains(is_vowel)).unwrap_or(word);
    let vowel = |c| is_vowel(c) || c == 'y';
    spoken.split(|c| !vowel(c)).filter(|group| !group.is_empty()).count()
}

/// Whether the last consonant is doubled before an ending: `stop`, `hot`.
fn doubles(word: &str) -> bool {
    let mut last = word.chars().rev();
    let (Some(c), Some(b), a) = (last.next(), last.next(), last.next()) else { return false };
    syllables(word) == 1
        && !is_vowel(c)
        && !matches!(c, 'w' | 'x' | 'y')
        && is_vowel(b)
        && a.is_some_and(|a| !is_vowel(a) || word.starts_with("qu"))
}

/// The word with `-s`.
fn with_s(word: &str) -> String {
    if ["s", "x", "z", "ch", "sh", "o"].iter().any(|end| word.ends_with(end)) {
        return format!("{word}es");
    }
    match word.strip_suffix('y') {
        Some(stem) if !stem.ends_with(is_vowel) => format!("{stem}ies"),
        _ => format!("{word}s"),
    }
}

/// The word with `-ed`, `-er` or `-est`.
fn with_e(word: &str, ending: &str) -> String {
    if word.ends_with('e') {
        return format!("{word}{}", &ending[1..]);
    }
    match word.strip_suffix('y') {
        Some(stem) if !stem.ends_with(is_vowel) && !stem.is_empty() => format!("{stem}i{ending}"),
        _ if doubles(word) => format!("{word}{}{ending}", &word[word.len() - 1..]),
        _ => format!("{word}{ending}"),
    }
}

/// The word with `-ing`.
fn with_ing(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ie") {
        return format!("{stem}ying");
    }
    match word.strip_suffix('e') {
        Some(stem) if !stem.ends_with(['e', 'o', 'y']) => format!("{stem}ing"),
        _ if doubles(word) => format!("{word}{}ing", &word[word.len() - 1..]),
        _ => format!("{word}ing"),
    }
}

/// The forms of a verb.
pub(super) fn verb_forms(word: &str, irregular: &Irregular) -> Vec<(Inflection, String)> {
    let given = |n: usize| irregular.get(word).map(|forms| forms[n].clone()).filter(|form| form != "-");
    let past = given(0).unwrap_or_else(|| with_e(word, "ed"));
    vec![
        (Inflection::Base, word.to_owned()),
        (Inflection::ThirdPerson, if word == "have" { "has".to_owned() } else { with_s(word) }),
        // Regular forms are taken for the past tense, which needs no auxiliary.
        (Inflection::Past, past.clone()),
        (Inflection::Participle, given(1).unwrap_or(past)),
        (Inflection::Gerund, given(2).unwrap_or_else(|| with_ing(word))),
    ]
}

/// The forms of a noun.
pub(super) fn noun_forms(word: &str) -> Vec<(Inflection, String)> {
    let plural = match word {
        "child" => "children".to_owned(),
        _ => word.strip_suffix("sis").map_or_else(|| with_s(word), |stem| format!("{stem}ses")),
    };
    vec![(Inflection::Base, word.to_owned()), (Inflection::Plural, plural)]
}

/// The forms of an adjective. One that has no form with `-er` has one with `more`; those that cannot be compared have
/// one as well, which does no harm, since a text does not have it.
pub(super) fn adjective_forms(word: &str) -> Vec<(Inflection, String)> {
    let (more, most) = match word {
        "good" => ("better".to_owned(), "best".to_owned()),
        "bad" => ("worse".to_owned(), "worst".to_owned()),
        "far" => ("farther".to_owned(), "farthest".to_owned()),
        "many" => ("more".to_owned(), "most".to_owned()),
        _ if is_short(word) => (with_e(word, "er"), with_e(word, "est")),
        _ => (format!("more {word}"), format!("most {word}")),
    };
    vec![
        (Inflection::Base, word.to_owned()),
        (Inflection::Comparative, more),
        (Inflection::Superlative, most),
    ]
}

/// Whether an adjective is compared with `-er`.
fn is_short(word: &str) -> bool {
    match syllables(word) {
        0 | 1 => !word.ends_with("ed") && !matches!(word, "wrong" | "right" | "like" | "sure"),
        2 => {
            let stem = word.strip_suffix('y').unwrap_or_default();
            !stem.is_empty() && !stem.ends_with(is_vowel) && !word.starts_with("un")
                || matches!(word, "narrow" | "shallow" | "simple" | "quiet" | "stable")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(forms: &[(Inflection, String)], of: Inflection) -> String {
        forms.iter().find(|(form, _)| *form == of).map(|(_, text)| text.clone()).unwrap()
    }

    #[test]
    fn forms_are_spelled_as_in_english() {
        let irregular: Irregular = [("fall".to_owned(), ["fell", "fallen", "-"].map(str::to_owned))].into();
        let verb = |word| {
            let forms = verb_forms(word, &irregular);
            use Inflection::{Gerund, Participle, Past, ThirdPerson};
            [ThirdPerson, Past, Participle, Gerund].map(|of| form(&forms, of))
        };
        assert_eq!(verb("move"), ["moves", "moved", "moved", "moving"]);
        assert_eq!(verb("stop"), ["stops", "stopped", "stopped", "stopping"]);
        assert_eq!(verb("open"), ["opens", "opened", "opened", "opening"]);
        assert_eq!(verb("dry"), ["dries", "dried", "dried", "drying"]);
        assert_eq!(verb("stay"), ["stays", "stayed", "stayed", "staying"]);
        assert_eq!(verb("push"), ["pushes", "pushed", "pushed", "pushing"]);
        assert_eq!(verb("heat"), ["heats", "heated", "heated", "heating"]);
        assert_eq!(verb("fall"), ["falls", "fell", "fallen", "falling"]);
        assert_eq!(verb("tie"), ["ties", "tied", "tied", "tying"]);
        let adjective = |word| {
            let forms = adjective_forms(word);
            [form(&forms, Inflection::Comparative), form(&forms, Inflection::Superlative)]
        };
        assert_eq!(adjective("long"), ["longer", "longest"]);
        assert_eq!(adjective("hot"), ["hotter", "hottest"]);
        assert_eq!(adjective("large"), ["larger", "largest"]);
        assert_eq!(adjective("heavy"), ["heavier", "heaviest"]);
        assert_eq!(adjective("weak"), ["weaker", "weakest"]);
        assert_eq!(adjective("difficult"), ["more difficult", "most difficult"]);
        assert_eq!(adjective("slow"), ["slower", "slowest"]);
        assert_eq!(form(&noun_forms("penalty"), Inflection::Plural), "penalties");
        assert_eq!(form(&noun_forms("synthesis"), Inflection::Plural), "syntheses");
    }
}
