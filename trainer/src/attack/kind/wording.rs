use super::super::Part;
use super::super::draw::Draw;
use super::super::inflect::Inflection;
use super::super::lexicon::Speech;
use super::super::words::{Word, as_cased, is_function_word, is_negation, lower, replaced, words};
use super::{Kind, Outcome, Source};

pub(super) const CONTRACTIONS: Kind = Kind {
    name: "same-contractions",
    outcome: Outcome::Same,
    english: true,
    about: "\"isn't\" becomes \"is not\", \"it is\" becomes \"it's\", and so on, everywhere.",
    make: contractions,
};

pub(super) const SYNONYM: Kind = Kind {
    name: "same-synonym",
    outcome: Outcome::Same,
    english: true,
    about: "A word or phrase is replaced by one that means the same in every sense.",
    make: synonym,
};

pub(super) const NEGATED_ANTONYM: Kind = Kind {
    name: "same-negated-antonym",
    outcome: Outcome::Same,
    english: true,
    about: "After a form of \"be\", an adjective is replaced by \"not\" with its antonym.",
    make: negated_antonym,
};

/// Short and long forms. The key that decides about the part is the short one.
const FORMS: [(&str, &str); 30] = [
    ("isn't", "is not"),
    ("aren't", "are not"),
    ("wasn't", "was not"),
    ("weren't", "were not"),
    ("don't", "do not"),
    ("doesn't", "does not"),
    ("didn't", "did not"),
    ("can't", "cannot"),
    ("couldn't", "could not"),
    ("won't", "will not"),
    ("wouldn't", "would not"),
    ("shouldn't", "should not"),
    ("hasn't", "has not"),
    ("haven't", "have not"),
    ("hadn't", "had not"),
    ("it's", "it is"),
    ("that's", "that is"),
    ("there's", "there is"),
    ("he's", "he is"),
    ("she's", "she is"),
    ("they're", "they are"),
    ("we're", "we are"),
    ("you're", "you are"),
    ("i'm", "I am"),
    ("they'll", "they will"),
    ("it'll", "it will"),
    ("he'll", "he will"),
    ("i'll", "I will"),
    ("i've", "I have"),
    ("they've", "they have"),
];

fn contractions(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let text = source.answer.replace('’', "'");
    let shorten = draw.chance(50);
    let mut out = text.clone();
    for (short, long) in FORMS.iter().filter(|(short, _)| draw.has(short)) {
        // "he's" may be "he has" and "it'd" "it had": those are only made, never taken apart.
        let (from, to) = if shorten { (*long, *short) } else { (*short, *long) };
        if !shorten
            && matches!(*short, "he's" | "she's" | "it's" | "that's" | "there's")
            && participle_follows(&out, short)
        {
            continue;
        }
        out = exchanged(
            &out,
            from,
            if to == "i'm" || to == "i'll" || to == "i've" { capital(to) } else { to.to_owned() },
        );
    }
    (out != text).then_some(out)
}

/// A contraction of `I`.
fn capital(short: &str) -> String {
    short.replacen('i', "I", 1)
}

/// Whether a participle follows the short form somewhere: "he's gone" is "he has gone".
fn participle_follows(text: &str, short: &str) -> bool {
    let all: Vec<String> = words(text).iter().map(Word::lower).collect();
    all.windows(2).any(|pair| {
        pair[0] == short
            && (pair[1].ends_with("ed")
                || pair[1].ends_with("en")
                || matches!(&*pair[1], "got" | "had" | "gone" | "done" | "made" | "a"))
    })
}

/// A text with a phrase replaced wherever whole words have it.
fn exchanged(text: &str, from: &str, to: String) -> String {
    let all = words(text);
    let parts: Vec<String> = from.split(' ').map(lower).collect();
    let mut out = String::new();
    let (mut done, mut place) = (0, 0);
    while place + parts.len() <= all.len() {
        let run = &all[place..place + parts.len()];
        let same = run.iter().zip(&parts).all(|(word, part)| word.lower() == *part);
        // Nothing but a space may stand between the words.
        let close = run.windows(2).all(|pair| &text[pair[0].end()..pair[1].start] == " ");
        if same && close {
            out += &text[done..run[0].start];
            out += &as_cased(&to, run[0].text);
            done = run[run.len() - 1].end();
            place += parts.len();
        } else {
            place += 1;
        }
    }
    out + &text[done..]
}

fn synonym(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let mut made = Vec::new();
    for (a, b) in draw.lexicon.synonyms() {
        if Part::of_pair(a, b) == draw.part {
            for (from, to) in [(a, b), (b, a)] {
                made.push(exchanged(source.answer, from, to.clone()));
            }
        }
    }
    made.retain(|text| text != source.answer);
    draw.one(&made).cloned()
}

fn negated_antonym(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let all = words(source.answer);
    let lower: Vec<String> = all.iter().map(Word::lower).collect();
    if lower.iter().any(|word| is_negation(word)) {
        return None;
    }
    let mut changes = Vec::new();
    for place in 1..all.len() {
        // Not before a noun, and not in a comparison.
        let after = source.answer[all[place].end()..].trim_start();
        let next = lower.get(place + 1).map_or("", String::as_str);
        let ends = after.is_empty()
            || after.starts_with(['.', ',', ';', '!'])
            || is_function_word(next) && !matches!(next, "than" | "as" | "to" | "one" | "or");
        let after_be = matches!(&*lower[place - 1], "is" | "are" | "was" | "were" | "be");
        if !(ends && after_be) {
            continue;
        }
        let fits = |antonym: &&super::super::lexicon::Antonym| {
            antonym.speech == Speech::Adjective
                && antonym.form == Inflection::Base
                && antonym.negatable
                && antonym.part == draw.part
        };
        let found = draw.lexicon.antonyms(&lower[place]).iter().filter(fits);
        changes.extend(found.map(|antonym| (place, format!("not {}", antonym.other))));
    }
    let change = draw.one(&changes)?.clone();
    Some(replaced(source.answer, &all, &[change]))
}
