//! Lower case, pieces between white space, and words, as Python's `str` and `re` see them.

use super::hash::SPARE;
use crate::tokenizer::is_mark;

/// Writes the text in lower case to `out`.
pub(super) fn lower(text: &str, out: &mut String) {
    out.clear();
    if text.is_ascii() {
        out.push_str(text);
        out.make_ascii_lowercase();
    } else if text.contains('Σ') {
        // At the end of a word it becomes ς, elsewhere σ.
        out.push_str(&text.to_lowercase());
    } else {
        out.extend(text.chars().flat_map(char::to_lowercase));
    }
}

/// The pieces of a text between white space.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|piece| !piece.is_empty())
}

/// Writes a piece with a space on both sides to `line`, and where each of its characters starts and ends.
pub(super) fn pad(piece: &str, line: &mut Vec<u8>, starts: &mut Vec<usize>, ends: &mut Vec<usize>) {
    line.clear();
    line.push(b' ');
    line.extend_from_slice(piece.as_bytes());
    line.push(b' ');
    starts.clear();
    ends.clear();
    if piece.is_ascii() {
        starts.extend(0..line.len());
    } else {
        starts.push(0);
        starts.extend(piece.char_indices().map(|(at, _)| 1 + at));
        starts.push(line.len() - 1);
    }
    ends.extend_from_slice(&starts[1..]);
    ends.push(line.len());
    line.extend_from_slice(&[0; SPARE]);
}

/// Writes the words of a text to `line`, with a space between them, and where each of them starts and ends.
pub(super) fn join_words(text: &str, line: &mut Vec<u8>, starts: &mut Vec<usize>, ends: &mut Vec<usize>) {
    line.clear();
    starts.clear();
    ends.clear();
    for word in text.split(|c| !is_word(c)).filter(|word| word.chars().nth(1).is_some()) {
        if !line.is_empty() {
            line.push(b' ');
        }
        starts.push(line.len());
        line.extend_from_slice(word.as_bytes());
        ends.push(line.len());
    }
    line.extend_from_slice(&[0; SPARE]);
}

/// White space, and the four separators U+001C to U+001F, which only Python counts as such.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// Whether Python's `\w` matches: letters, numbers of every kind, and `_`.
///
/// Unicode also calls vowel signs and letters in a circle or a square alphabetic, which are marks and symbols. The
/// table of marks is that of the tokenizers; some 150 vowel signs of rare scripts, which it lacks, count as letters.
fn is_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || c == '_';
    }
    c.is_alphanumeric() && !is_mark(c) && !is_enclosed(c)
}

/// Whether the character is an alphabetic symbol: a letter in a circle or a square.
fn is_enclosed(c: char) -> bool {
    matches!(u32::from(c), 0x24b6..=0x24e9 | 0x1f130..=0x1f149 | 0x1f150..=0x1f169 | 0x1f170..=0x1f189)
}
