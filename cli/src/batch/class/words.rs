//! Words of answers: those that moved scores, and those that alike answers do not share.

use std::collections::{BTreeMap, BTreeSet};

use pupil_core::format::manifest::Task;
use pupil_metrics::report::{ClassWord, Piece};

use super::ScoredRow;
use super::explain::Explained;

/// Words that the table of a question has.
const MOST_WORDS: usize = 16;
/// Answers that must have a word; a word of a single answer says nothing about the question.
const LEAST_ANSWERS: usize = 2;
/// The smallest mean change that is shown.
const SMALLEST: f64 = 0.02;

/// The words that moved the scores of the explained answers most: their mean change times the root of the number of
/// answers that have them, so that neither a rare word nor one that hardly matters comes first.
pub(super) fn moved(task: &Task, groups: &[Vec<ScoredRow<'_>>], explained: &[Explained]) -> Vec<ClassWord> {
    // For each word and label: answers, sum of the changes.
    let mut sums: BTreeMap<(String, Option<usize>), (usize, f64)> = BTreeMap::new();
    for (group, explained) in groups.iter().zip(explained) {
        let label = task.scale.is_none().then_some(explained.label);
        // A word that an answer has several times counts once, with all that it changes.
        let mut of_answer: BTreeMap<String, f64> = BTreeMap::new();
        for (word, change) in explained.words(group[0].row.answer) {
            let word = normalized(word);
            if !word.is_empty() {
                *of_answer.entry(word).or_default() += change;
            }
        }
        for (word, change) in of_answer {
            let entry = sums.entry((word, label)).or_default();
            *entry = (entry.0 + 1, entry.1 + change);
        }
    }
    let mut words: Vec<ClassWord> = sums
        .into_iter()
        .map(|((word, label), (answers, sum))| ClassWord {
            word,
            award: label
                .and_then(|label| task.labels.get(label))
                .map_or_else(String::new, |l| l.name.clone()),
            answers,
            change: sum / answers as f64,
        })
        .filter(|word| word.answers >= LEAST_ANSWERS && word.change.abs() >= SMALLEST)
        .collect();
    let weight = |word: &ClassWord| word.change.abs() * (word.answers as f64).sqrt();
    words.sort_by(|a, b| weight(b).total_cmp(&weight(a)).then_with(|| a.word.cmp(&b.word)));
    words.truncate(MOST_WORDS);
    words
}

/// The text in pieces: words that another text lacks are marked as its own.
pub(super) fn own(other: &str, text: &str) -> Vec<Piece> {
    let known: BTreeSet<String> = other.split_whitespace().map(normalized).collect();
    let mut pieces = Vec::new();
    let mut plain = String::new();
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end_matches(char::is_whitespace);
        let normal = normalized(word);
        if normal.is_empty() || known.contains(&normal) {
            plain.push_str(piece);
            continue;
        }
        if !plain.is_empty() {
            pieces.push(Piece::Plain(std::mem::take(&mut plain)));
        }
        pieces.push(Piece::Own(word.to_owned()));
        plain.push_str(&piece[word.len()..]);
    }
    if !plain.is_empty() {
        pieces.push(Piece::Plain(plain));
    }
    pieces
}

/// A word in lower case, without marks around it.
fn normalized(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_the_first_answer_lacks_are_its_own() {
        let plain = |text: &str| Piece::Plain(text.to_owned());
        let own_word = |text: &str| Piece::Own(text.to_owned());
        assert_eq!(
            own("He did think so.", "he did  NOT think\nso, no"),
            [plain("he did  "), own_word("NOT"), plain(" think\nso, "), own_word("no")]
        );
        assert_eq!(own("warm", ""), []);
        let text = "a b\u{a0}c \u{2003}d";
        let joined: String = own("x", text)
            .into_iter()
            .map(|piece| match piece {
                Piece::Plain(text) | Piece::Own(text) => text,
                Piece::Moves { .. } => unreachable!(),
            })
            .collect();
        assert_eq!(joined, text, "nothing of the text is lost");
    }
}
