//! Added tokens: strings that are found in the text before it is split into words.

use std::ops::Range;

use super::word_chars::is_word;
use crate::error::{Error, ErrorKind, Result};

/// A string that becomes one id wherever it occurs.
#[derive(Debug, Clone)]
pub(super) struct AddedToken {
    /// The string, as the text that is searched spells it.
    pub(super) pattern: String,
    /// Its id.
    pub(super) id: u32,
    /// Whether it must not touch a word character on either side.
    pub(super) single_word: bool,
    /// Whether it takes the white space before it.
    pub(super) lstrip: bool,
    /// Whether it takes the white space after it.
    pub(super) rstrip: bool,
    /// Whether it counts as a word of the answer.
    pub(super) is_word: bool,
}

/// A part of the searched text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TextPart {
    /// Text without added tokens, never empty.
    Text(Range<usize>),
    /// An added token, by its place in the list.
    Token(usize),
}

/// Finds added tokens: the leftmost first, and the longest of those that start at the same place.
#[derive(Debug)]
pub(super) struct AddedTokens {
    /// Sorted by pattern.
    tokens: Vec<AddedToken>,
    /// For each token, the longest other one that it begins with.
    shorter: Vec<Option<usize>>,
    /// Bytes that some pattern begins with.
    first: [bool; 256],
}

impl AddedTokens {
    /// Prepares the search.
    ///
    /// # Errors
    ///
    /// `Damaged` when a pattern is empty or a duplicate, whose id would be ambiguous.
    pub(super) fn new(mut tokens: Vec<AddedToken>) -> Result<Self> {
        tokens.sort_by(|a, b| a.pattern.cmp(&b.pattern));
        let mut first = [false; 256];
        let mut shorter: Vec<Option<usize>> = Vec::with_capacity(tokens.len());
        for (at, token) in tokens.iter().enumerate() {
            let Some(&byte) = token.pattern.as_bytes().first() else {
                let message = format!("tokenizer: added token {} is empty once normalized", token.id);
                return Err(Error::new(ErrorKind::Damaged, message));
            };
            first[usize::from(byte)] = true;
            // A prefix of the token is also a prefix of its left neighbour, or is that neighbour.
            let mut candidate = at.checked_sub(1);
            while let Some(other) = candidate {
                if tokens[other].pattern == token.pattern {
                    let message = format!(
                        "tokenizer: added tokens {} and {} are the same once normalized",
                        tokens[other].id, token.id
                    );
                    return Err(Error::new(ErrorKind::Damaged, message));
                }
                if token.pattern.starts_with(&tokens[other].pattern) {
                    break;
                }
                candidate = shorter[other];
            }
            shorter.push(candidate);
        }
        Ok(Self { tokens, shorter, first })
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Whether some pattern begins with the byte.
    pub(super) fn starts_with(&self, byte: u8) -> bool {
        self.first[usize::from(byte)]
    }

    /// The token at a place of the list.
    pub(super) fn token(&self, at: usize) -> &AddedToken {
        &self.tokens[at]
    }

    /// The text, split at the added tokens.
    pub(super) fn split<'a>(&'a self, text: &'a str) -> Split<'a> {
        Split { tokens: self, text, searched: 0, done: 0, next: None, white: 0..0 }
    }

    /// The longest token that the text begins with.
    fn longest_at(&self, text: &[u8]) -> Option<usize> {
        // The last of the patterns that sort at or before the text is either the result or begins with it.
        let mut candidate =
            self.tokens.partition_point(|token| token.pattern.as_bytes() <= text).checked_sub(1);
        while let Some(at) = candidate {
            if text.starts_with(self.tokens[at].pattern.as_bytes()) {
                break;
            }
            candidate = self.shorter[at];
        }
        candidate
    }
}

/// The parts of a text, in order.
pub(super) struct Split<'a> {
    tokens: &'a AddedTokens,
    text: &'a str,
    /// Where the search continues.
    searched: usize,
    /// End of the parts that were returned.
    done: usize,
    /// A token that follows the text returned last.
    next: Option<usize>,
    /// White space that was found after a token. Tokens inside it need not look for its end again, so that the time is
    /// linear even if every space is a token.
    white: Range<usize>,
}

impl Split<'_> {
    /// The next token and its bytes, without the white space that it takes.
    fn find(&mut self) -> Option<(usize, Range<usize>)> {
        let bytes = self.text.as_bytes();
        while self.searched < bytes.len() {
            let start = self.searched;
            if self.tokens.starts_with(bytes[start])
                && let Some(at) = self.tokens.longest_at(&bytes[start..])
            {
                self.searched = start + self.tokens.token(at).pattern.len();
                return Some((at, start..self.searched));
            }
            self.searched += 1;
        }
        None
    }
}

impl Iterator for Split<'_> {
    type Item = TextPart;

    fn next(&mut self) -> Option<TextPart> {
        if let Some(at) = self.next.take() {
            return Some(TextPart::Token(at));
        }
        while let Some((at, range)) = self.find() {
            let token = self.tokens.token(at);
            let (before, after) = (&self.text[..range.start], &self.text[range.end..]);
            if token.single_word
                && (before.chars().next_back().is_some_and(is_word)
                    || after.chars().next().is_some_and(is_word))
            {
                continue;
            }
            let (mut start, mut end) = (range.start, range.end);
            if token.lstrip {
                // The white space that the previous token took is left out, and is not read again.
                let rest = before.get(self.done..).unwrap_or_default();
                start = self.done + rest.trim_end().len();
            }
            if token.rstrip {
                if !(self.white.start..=self.white.end).contains(&end) {
                    self.white = end..end + after.len() - after.trim_start().len();
                }
                end = self.white.end;
            }
            let text = self.done..start;
            self.done = end;
            // A token is left out if the one before took all its bytes.
            let token = (start < end).then_some(at);
            if !text.is_empty() {
                self.next = token;
                return Some(TextPart::Text(text));
            }
            if let Some(at) = token {
                return Some(TextPart::Token(at));
            }
        }
        let text = self.done..self.text.len();
        self.done = text.end;
        (!text.is_empty()).then_some(TextPart::Text(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(pattern: &str, id: u32) -> AddedToken {
        let pattern = pattern.to_owned();
        AddedToken { pattern, id, single_word: false, lstrip: false, rstrip: false, is_word: false }
    }

    fn split(tokens: Vec<AddedToken>, text: &str) -> Vec<String> {
        let tokens = AddedTokens::new(tokens).unwrap();
        let parts = tokens.split(text).map(|part| match part {
            TextPart::Text(range) => text[range].to_owned(),
            TextPart::Token(at) => format!("<{}>", tokens.token(at).id),
        });
        parts.collect()
    }

    #[test]
    fn leftmost_wins_then_longest() {
        let list =
            || vec![token("ab", 1), token("abcd", 2), token("bcde", 3), token("a", 4), token("abd", 5)];
        assert_eq!(split(list(), "xabcdeabce"), ["x", "<2>", "e", "<1>", "ce"]);
        assert_eq!(split(list(), "aabd"), ["<4>", "<5>"]);
        assert_eq!(split(list(), "abca"), ["<1>", "c", "<4>"]);
        assert!(split(list(), "").is_empty());
        assert_eq!(split(Vec::new(), "ab"), ["ab"]);
    }

    #[test]
    fn single_words_do_not_touch_word_characters() {
        let list = || vec![AddedToken { single_word: true, ..token("ab", 1) }];
        assert_eq!(split(list(), "ab-ab cab abé ab"), ["<1>", "-", "<1>", " cab abé ", "<1>"]);
    }

    #[test]
    fn white_space_goes_to_the_first_that_takes_it() {
        let list = || {
            vec![
                AddedToken { lstrip: true, ..token("[L]", 1) },
                AddedToken { rstrip: true, ..token("[R]", 2) },
            ]
        };
        assert_eq!(split(list(), "a \u{2003}[L] b"), ["a", "<1>", " b"]);
        assert_eq!(split(list(), "a [R] \n b"), ["a ", "<2>", "b"]);
        assert_eq!(split(list(), "[R]  [L]"), ["<2>", "<1>"]);
    }

    /// The parts as the `tokenizers` crate finds them: it looks for white space again at each token.
    fn by_the_letter(lstrip: bool, rstrip: bool, text: &str) -> Vec<String> {
        let (mut parts, mut done) = (Vec::new(), 0);
        for (at, found) in text.match_indices([' ', 'b']) {
            let (mut start, mut end) = (at, at + 1);
            if found == " " && lstrip {
                start = text[..at].trim_end().len().max(done);
            }
            if found == " " && rstrip {
                end = text.len() - text[end..].trim_start().len();
            }
            if done < start {
                parts.push(text[done..start].to_owned());
            }
            if start < end {
                parts.push(if found == " " { "<1>" } else { "<2>" }.to_owned());
            }
            done = end;
        }
        if done < text.len() {
            parts.push(text[done..].to_owned());
        }
        parts
    }

    #[test]
    fn token_of_white_space_takes_what_is_around_it() {
        for text in
            ["  a  b ", "\t \t  a", "   ", " \u{2003} \u{2003}b a\n b", "a", "", " b b \u{3000}", "\n\n \n"]
        {
            for (lstrip, rstrip) in [(false, false), (false, true), (true, false), (true, true)] {
                let list = vec![AddedToken { lstrip, rstrip, ..token(" ", 1) }, token("b", 2)];
                let want = by_the_letter(lstrip, rstrip, text);
                assert_eq!(split(list, text), want, "{text:?} {lstrip} {rstrip}");
            }
        }
    }

    #[test]
    fn patterns_must_be_distinct_and_not_empty() {
        let error = AddedTokens::new(vec![token("a", 1), token("b", 2), token("a", 3)]).unwrap_err();
        assert_eq!(error.to_string(), "tokenizer: added tokens 1 and 3 are the same once normalized");
        assert_eq!(error.kind(), ErrorKind::Damaged);
        let error = AddedTokens::new(vec![token("", 7)]).unwrap_err();
        assert_eq!(error.to_string(), "tokenizer: added token 7 is empty once normalized");
    }
}
