//! Characters that cannot be seen and change how others are shown.

use std::borrow::Cow;

/// Whether a character is invisible and changes the order or the meaning of those around it: marks of direction, and
/// format characters that no script needs. Joiners are left, which Persian, the scripts of India and emoji are written
/// with.
///
/// ```
/// use pupil_metrics::report::is_hidden;
///
/// assert!(is_hidden('\u{202e}') && is_hidden('\u{200b}'));
/// assert!(!is_hidden('\u{200d}') && !is_hidden('é'));
/// ```
#[must_use]
pub fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}

/// A text in which such characters are shown by their numbers instead of being obeyed.
///
/// ```
/// assert_eq!(pupil_metrics::report::with_hidden_shown("cod\u{202e}gnp.exe"), "cod[U+202E]gnp.exe");
/// ```
#[must_use]
pub fn with_hidden_shown(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hidden(c) {
            shown += &format!("[U+{:04X}]", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}
