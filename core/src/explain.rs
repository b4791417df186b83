//! Explaining a score: how each word contributed.

use std::ops::Range;

use crate::error::{Error, ErrorKind, Result};
use crate::format::limits::MAX_EXPLAINED_WORDS;
use crate::score::Score;
use crate::tokenizer::parts_words;

/// Texts that are scored at a time.
const GROUP: usize = 16;

/// A score and the contribution of each word.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The score of the whole answer.
    pub score: Score,
    /// The words of the answer, cut at white space, in their order.
    pub words: Vec<WordShare>,
}

/// How one word moved the score: the difference between the answer with it and without it.
#[derive(Debug, Clone, PartialEq)]
pub struct WordShare {
    /// Where the word lies in the answer, in bytes of UTF-8.
    pub span: Range<usize>,
    /// For each label, its probability with the word less that without it.
    pub labels: Vec<f32>,
    /// The expected level with the word less that without it, where the task has a scale.
    pub expected: Option<f32>,
}

/// Explains the score of a whole answer: `score` scores texts, which are the answer without one of its words each.
pub(crate) fn run(
    answer: &str,
    whole: Score,
    mut score: impl FnMut(&[String]) -> Result<Vec<Score>>,
) -> Result<Explanation> {
    let spans: Vec<Range<usize>> = words(answer).collect();
    if spans.len() > MAX_EXPLAINED_WORDS {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!("answer has {} words, at most {MAX_EXPLAINED_WORDS} are explained", spans.len()),
        ));
    }
    let mut shares = Vec::with_capacity(spans.len());
    for spans in spans.chunks(GROUP) {
        let rests: Vec<String> =
            spans.iter().map(|span| [&answer[..span.start], &answer[span.end..]].concat()).collect();
        for (span, without) in spans.iter().zip(score(&rests)?) {
            let labels = whole
                .labels
                .iter()
                .zip(&without.labels)
                .map(|(w, o)| w.probability - o.probability)
                .collect();
            let expected = whole.expected.zip(without.expected).map(|(w, o)| w - o);
            shares.push(WordShare { span: span.clone(), labels, expected });
        }
    }
    Ok(Explanation { score: whole, words: shares })
}

/// Spans of the stretches without white space or other characters that part words.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let start = text.as_ptr().addr();
    let words = text.split(|c: char| c.is_whitespace() || parts_words(c)).filter(|word| !word.is_empty());
    words.map(move |word| {
        let begin = word.as_ptr().addr() - start;
        begin..begin + word.len()
    })
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_are_spans_of_bytes() {
        let text = " A\u{a0}é\tand\u{200b}D.  \u{2003}";
        let found: Vec<&str> = words(text).map(|span| &text[span]).collect();
        assert_eq!(found, ["A", "é", "and", "D."]);
        assert_eq!(words("").count(), 0);
        assert_eq!(words(" \n").count(), 0);
    }
}
