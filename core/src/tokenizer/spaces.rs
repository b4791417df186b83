//! Characters that separate words, although most tokenizers drop them or treat them as letters.

use std::borrow::Cow;

/// Whether a character separates words as a space does: vertical tab, form feed, the separators U+001C to U+001F, next
/// line, zero-width space, line and paragraph separator.
///
/// Word processors, databases and web pages write them where a writer sees a new line or the end of a field. The BERT
/// normalizer drops control and format characters, which would join the words on both sides.
pub(crate) fn parts_words(c: char) -> bool {
    matches!(c, '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1f}' | '\u{85}' | '\u{200b}' | '\u{2028}' | '\u{2029}')
}

/// The text with a space for each of these characters: U+000B, U+000C, U+001C to U+001F, U+0085, U+200B, U+2028 and
/// U+2029.
///
/// [`Tokenizer::encode`](super::Tokenizer::encode) does this itself. A training program must do the same before it
/// passes a text to the `tokenizers` crate, so that the ids equal the engine's.
///
/// ```
/// use pupil_core::tokenizer::spaced;
///
/// assert_eq!(spaced("first\u{2028}second\u{200b}third"), "first second third");
/// ```
#[must_use]
pub fn spaced(text: &str) -> Cow<'_, str> {
    if text.contains(parts_words) { Cow::Owned(text.replace(parts_words, " ")) } else { Cow::Borrowed(text) }
}

/// Appends the text, with a space for each of these characters, to `out`.
pub(super) fn push_spaced(text: &str, out: &mut String) {
    out.extend(text.chars().map(|c| if parts_words(c) { ' ' } else { c }));
}
