//! Pairs of antonyms, synonyms, verbs and words to insert, from `trainer/lexicon`; English only.

use super::inflect::{Inflection, Irregular, adjective_forms, noun_forms, verb_forms};
use super::part::Part;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

/// A part of speech.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Speech {
    Adjective,
    Noun,
    Verb,
    Adverb,
}

/// One reading of a word as a form of one word of a pair of antonyms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Antonym {
    pub(super) speech: Speech,
    /// The same form of the other word.
    pub(super) other: String,
    pub(super) form: Inflection,
    /// Whether "not" with the other word is meant as this one.
    pub(super) negatable: bool,
    pub(super) part: Part,
}

/// A form of a verb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VerbForm {
    pub(super) base: String,
    pub(super) form: Inflection,
}

/// What gives the forms of a word.
type Forms = fn(&str, &Irregular) -> Vec<(Inflection, String)>;

/// The lists of words that attacks draw from.
#[derive(Debug)]
pub struct Lexicon {
    antonyms: HashMap<String, Vec<Antonym>>,
    verbs: HashMap<String, VerbForm>,
    bases: HashSet<String>,
    synonyms: Vec<(String, String)>,
    adjectives: Vec<String>,
    adverbs: Vec<String>,
}

static ENGLISH: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::parse(
        include_str!("../../lexicon/antonyms.tsv"),
        include_str!("../../lexicon/irregular.tsv"),
        include_str!("../../lexicon/verbs.txt"),
        include_str!("../../lexicon/synonyms.tsv"),
        include_str!("../../lexicon/insertions.tsv"),
    )
});

/// Words that are more often something else than their antonym's opposite: they are put in for others, but not
/// replaced.
const AMBIGUOUS: &str = "leave leaves leaving behind here there acid light still like left well kind mean up down back set rose lie have let live even order little \
    present fall spring rest can found will might close last have has having had lies lied lying kinds means falls \
    right sound ease set union save free past head top end as lets letting save";

impl Lexicon {
    /// The list of this crate.
    #[must_use]
    pub fn english() -> &'static Self {
        &ENGLISH
    }

    fn parse(antonyms: &str, irregular: &str, verbs: &str, synonyms: &str, insertions: &str) -> Self {
        let irregular: Irregular = rows(irregular)
            .map(|row| (row[0].to_owned(), [1, 2, 3].map(|n| row.get(n).map_or("-", |form| form).to_owned())))
            .collect();
        let mut made: BTreeMap<String, Vec<Antonym>> = BTreeMap::new();
        for row in rows(antonyms) {
            let (speech, forms): (Speech, Forms) = match row[0] {
                "a" => (Speech::Adjective, |word, _| adjective_forms(word)),
                "n" => (Speech::Noun, |word, _| noun_forms(word)),
                "v" => (Speech::Verb, verb_forms),
                _ => (Speech::Adverb, |word, _| vec![(Inflection::Base, word.to_owned())]),
            };
            let part = Part::of_pair(row[1], row[2]);
            let negatable = row.get(3) == Some(&"+");
            for (from, to) in [(row[1], row[2]), (row[2], row[1])] {
                let others: HashMap<Inflection, String> = forms(to, &irregular).into_iter().collect();
                for (form, text) in forms(from, &irregular) {
                    if AMBIGUOUS.split_whitespace().any(|word| word == text) {
                        continue;
                    }
                    let Some(other) = others.get(&form).cloned() else { continue };
                    let one = Antonym { speech, other, form, negatable, part };
                    let list = made.entry(text).or_default();
                    if !list.contains(&one) {
                        list.push(one);
                    }
                }
            }
        }
        let mut forms = HashMap::new();
        let mut bases = HashSet::new();
        for row in rows(verbs) {
            for (form, text) in verb_forms(row[0], &irregular) {
                forms.entry(text).or_insert(VerbForm { base: row[0].to_owned(), form });
            }
            bases.insert(row[0].to_owned());
        }
        let inserted =
            |kind| rows(insertions).filter(move |row| row[0] == kind).map(|row| row[1].to_owned()).collect();
        Self {
            antonyms: made.into_iter().collect(),
            verbs: forms,
            bases,
            synonyms: rows(synonyms).map(|row| (row[0].to_owned(), row[1].to_owned())).collect(),
            adjectives: inserted("a"),
            adverbs: inserted("r"),
        }
    }

    /// The antonyms of a word in lower case.
    pub(super) fn antonyms(&self, word: &str) -> &[Antonym] {
        self.antonyms.get(word).map_or(&[], Vec::as_slice)
    }

    /// The verb of which a word in lower case is a form. A form that several verbs have is that of the first one.
    pub(super) fn verb(&self, word: &str) -> Option<&VerbForm> {
        self.verbs.get(word)
    }

    /// Whether a word in lower case is the base form of a verb.
    pub(super) fn is_base(&self, word: &str) -> bool {
        self.bases.contains(word)
    }

    /// Pairs of words or phrases that mean the same.
    pub(super) fn synonyms(&self) -> &[(String, String)] {
        &self.synonyms
    }

    /// Adjectives to insert before a noun.
    pub(super) fn adjectives(&self) -> Vec<&str> {
        self.adjectives.iter().map(String::as_str).collect()
    }

    /// Adverbs to insert before a verb.
    pub(super) fn adverbs(&self) -> Vec<&str> {
        self.adverbs.iter().map(String::as_str).collect()
    }
}

/// The rows of a list, without comments.
fn rows(list: &str) -> impl Iterator<Item = Vec<&str>> {
    list.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
}
