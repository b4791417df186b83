//! Words of a text and what stands between them.

use crate::script::is_unspaced;
use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

/// A word of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word<'a> {
    /// The word, with apostrophes and hyphens inside it.
    pub(super) text: &'a str,
    /// Where it begins in the text, in bytes.
    pub(super) start: usize,
}

impl Word<'_> {
    /// Where it ends in the text, in bytes.
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// The word in lower case, with a straight apostrophe.
    pub(super) fn lower(&self) -> String {
        lower(self.text)
    }
}

/// A text in lower case, with straight apostrophes.
pub(super) fn lower(text: &str) -> String {
    text.to_lowercase().replace('’', "'")
}

/// The words of a text: runs of letters and digits, joined by an apostrophe, a hyphen or, between digits, a point or a
/// comma. A character of a script without spaces is a word by itself.
pub(super) fn words(text: &str) -> Vec<Word<'_>> {
    let mut found: Vec<Word<'_>> = Vec::new();
    let mut begin: Option<usize> = None;
    let mut characters = text.char_indices().peekable();
    let mut last = ' ';
    while let Some((at, c)) = characters.next() {
        let next = characters.peek().map_or(' ', |(_, next)| *next);
        let joins = match c {
            '\'' | '’' | '-' => last.is_alphanumeric() && next.is_alphanumeric(),
            '.' | ',' => last.is_ascii_digit() && next.is_ascii_digit(),
            _ => false,
        };
        let inside = (c.is_alphanumeric() && !is_unspaced(c)) || joins;
        if let (Some(start), false) = (begin, inside) {
            found.push(Word { text: &text[start..at], start });
            begin = None;
        }
        if is_unspaced(c) {
            found.push(Word { text: &text[at..at + c.len_utf8()], start: at });
        } else if inside && begin.is_none() {
            begin = Some(at);
        }
        last = c;
    }
    if let Some(start) = begin {
        found.push(Word { text: &text[start..], start });
    }
    found
}

/// English words without a meaning of their own. Words that negate are not among them.
const FUNCTION_WORDS: &str = "a about after all also am an and any are as at be because been before being both but by \
    can could did do does doing each for from further get gets got had has have having he her here hers him his how i \
    if in into is it it's its itself just let like made make makes may me might more most much must my of off on one \
    only or other our out over own put s same she should so some such t than that that's the their them then there \
    these they they're this those though through to too under until up us very was we were what when where which while \
    who whom why will with would you your";

/// Whether it is an English word without a meaning of its own, given in lower case.
pub(super) fn is_function_word(word: &str) -> bool {
    static ALL: LazyLock<HashSet<&str>> = LazyLock::new(|| FUNCTION_WORDS.split_whitespace().collect());
    ALL.contains(word)
}

/// The words with a meaning of their own, each once, in the order in which they occur.
pub(super) fn content_words(text: &str) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    let counts =
        |word: &str| word.chars().count() > 1 || word.chars().all(|c| c.is_numeric() || is_unspaced(c));
    let mut found: Vec<&str> = words(text).iter().map(|word| word.text).collect();
    found.retain(|text| {
        let lower = lower(text);
        counts(text) && !is_function_word(&lower) && !is_negation(&lower) && seen.insert(lower)
    });
    found
}

/// Words that negate, in lower case.
const NEGATIONS: &str = "not no never none nothing nobody nowhere neither nor without cannot hardly barely scarcely n't nt cant dont doesnt \
     didnt isnt arent wasnt werent wont wouldnt couldnt shouldnt havent hasnt hadnt";

/// Whether a word negates, given in lower case.
pub(super) fn is_negation(word: &str) -> bool {
    static ALL: LazyLock<HashSet<&str>> = LazyLock::new(|| NEGATIONS.split_whitespace().collect());
    word.ends_with("n't") || ALL.contains(word)
}

/// Whether the text holds a word that negates.
pub(super) fn negates(text: &str) -> bool {
    words(text).iter().any(|word| is_negation(&word.lower()))
}

/// Whether the words of a text are those of English: at least three of four letters are from the Latin alphabet without
/// accents, and at least one of eight words is an English word without a meaning of its own.
#[must_use]
pub fn looks_english<'a>(texts: impl IntoIterator<Item = &'a str>) -> bool {
    let (mut all, mut known, mut letters, mut plain) = (0_usize, 0_usize, 0_usize, 0_usize);
    for text in texts {
        for word in words(text) {
            all += 1;
            known += usize::from(is_function_word(&word.lower()));
        }
        letters += text.chars().filter(|c| c.is_alphabetic()).count();
        plain += text.chars().filter(char::is_ascii_alphabetic).count();
    }
    all > 0 && 4 * plain >= 3 * letters && 8 * known >= all
}

/// Whether three of four letters are from the Latin alphabet without accents.
pub(super) fn is_latin(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    letters > 0 && 4 * text.chars().filter(char::is_ascii_alphabetic).count() >= 3 * letters
}

/// The text with the words at these places, in ascending order, replaced. `a` and `an` before a replaced word follow
/// its first letter.
pub(super) fn replaced(text: &str, all: &[Word<'_>], changes: &[(usize, String)]) -> String {
    let mut out = String::new();
    let mut done = 0;
    for (place, new) in changes {
        let word = all[*place];
        let article = place.checked_sub(1).map(|before| all[before]).filter(|before| {
            matches!(&*before.lower(), "a" | "an")
                && before.start >= done
                && text[before.end()..word.start] == *" "
        });
        if let Some(article) = article {
            out += &text[done..article.start];
            out += &as_cased(if starts_with_vowel(new) { "an" } else { "a" }, article.text);
            out += " ";
        } else {
            out += &text[done..word.start];
        }
        out += new;
        done = word.end();
    }
    out += &text[done..];
    out
}

/// Whether `an` stands before this word.
pub(super) fn starts_with_vowel(word: &str) -> bool {
    let word = lower(word);
    word.starts_with(['a', 'e', 'i', 'o', 'u'])
        && !["one", "once", "uni", "use", "usu", "eu"]
            .iter()
            .any(|sound| word.starts_with(sound) && !word.starts_with("unin"))
        || word.starts_with("hour")
        || word.starts_with("honest")
}

/// A word in the case of another: all capitals, a first capital or none.
pub(super) fn as_cased(word: &str, like: &str) -> String {
    let mut letters = like.chars().filter(|c| c.is_alphabetic());
    let first = letters.next().is_some_and(char::is_uppercase);
    let rest: Vec<char> = letters.collect();
    if first && !rest.is_empty() && rest.iter().all(|c| c.is_uppercase()) {
        word.to_uppercase()
    } else if first {
        capitalised(word)
    } else {
        word.to_owned()
    }
}

/// A text with a first capital.
pub(super) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |c| c.to_uppercase().chain(characters).collect())
}

/// A sentence as it stands inside another one: without a capital, unless it begins with `I`, a name of capitals or a
/// word that is written with a capital elsewhere, and without its last full stop.
pub(super) fn inner(text: &str) -> String {
    let text = text.trim().trim_end_matches(['.', '!', '?', ' ']);
    let first = words(text).first().map_or("", |word| word.text);
    let keeps = first.chars().skip(1).any(char::is_uppercase)
        || matches!(first, "I" | "I'm" | "I’m" | "I'd" | "I'll" | "I've")
        || words(text).iter().skip(1).any(|word| word.text == first && first.len() > 1);
    let mut characters = text.chars();
    match characters.next() {
        Some(c) if !keeps => c.to_lowercase().chain(characters).collect(),
        _ => text.to_owned(),
    }
}

/// A text that ends a sentence: with a full stop, unless it has an end already.
pub(super) fn ended(text: &str) -> String {
    let text = text.trim_end();
    if text.is_empty() || text.ends_with(['.', '!', '?', '。', '！', '？']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

/// The words of a text in lower case, for comparison.
pub(super) fn normal(text: &str) -> Vec<String> {
    words(text).iter().map(Word::lower).collect()
}

/// The share of the content words of the shorter text that are in the longer one, from 0 to 1.
pub(super) fn shared(a: &str, b: &str) -> f64 {
    let set = |text| -> BTreeSet<String> { content_words(text).into_iter().map(lower).collect() };
    let (a, b) = (set(a), set(b));
    let least = a.len().min(b.len());
    if least == 0 { 0.0 } else { a.intersection(&b).count() as f64 / least as f64 }
}
