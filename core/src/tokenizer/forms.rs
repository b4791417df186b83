//! The normalization forms of Unicode, character by character, as the `tokenizers` crate's dependency gives them.

use smallvec::SmallVec;
use unicode_normalization_alignments::char::{canonical_combining_class, compose};

use super::decompositions::{CANONICAL, COMPATIBLE};

/// Which replacements are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// By characters that are the same.
    Canonical,
    /// Also by characters that are used in the same way.
    Compatible,
}

/// Marks of one base character that are sorted without an allocation.
const FEW_MARKS: usize = 16;

/// First syllable of Hangul, first leading consonant, first vowel, and the one before the first trailing consonant.
const SYLLABLES: u32 = 0xac00;
const LEADING: u32 = 0x1100;
const VOWELS: u32 = 0x1161;
const TRAILING: u32 = 0x11a7;
/// The number of each.
const SYLLABLE_COUNT: u32 = 11_172;
const VOWEL_COUNT: u32 = 21;
const TRAILING_COUNT: u32 = 28;

/// Decomposes, and sorts the marks of each base character.
pub(super) fn decompose(chars: impl Iterator<Item = char>, form: Form, emit: impl FnMut(char)) {
    let mut ordered = Ordered { marks: SmallVec::new(), emit };
    for c in chars {
        if c.is_ascii() {
            ordered.base(c);
        } else if let Some(syllable) = u32::from(c).checked_sub(SYLLABLES).filter(|s| *s < SYLLABLE_COUNT) {
            let vowel = syllable / TRAILING_COUNT;
            let trailing = syllable % TRAILING_COUNT;
            let parts = [(LEADING, vowel / VOWEL_COUNT), (VOWELS, vowel % VOWEL_COUNT), (TRAILING, trailing)];
            let count = if trailing == 0 { 2 } else { 3 };
            parts[..count]
                .iter()
                .filter_map(|(first, n)| char::from_u32(first + n))
                .for_each(|c| ordered.base(c));
        } else {
            let compatible = if form == Form::Compatible { COMPATIBLE.get(c) } else { None };
            match compatible.or_else(|| CANONICAL.get(c)) {
                Some(text) => text.chars().for_each(|c| ordered.any(c)),
                None => ordered.any(c),
            }
        }
    }
    ordered.finish();
}

/// Decomposes, then composes sequences for which there is a single character.
pub(super) fn recompose(chars: impl Iterator<Item = char>, form: Form, emit: impl FnMut(char)) {
    let mut joined = Joined { base: None, last: None, marks: SmallVec::new(), emit };
    decompose(chars, form, |c| joined.next(c));
    joined.finish();
}

/// Buffers marks until all of a base character have come.
struct Ordered<F> {
    marks: SmallVec<[(u8, char); FEW_MARKS]>,
    emit: F,
}

impl<F: FnMut(char)> Ordered<F> {
    fn any(&mut self, c: char) {
        match canonical_combining_class(c) {
            0 => self.base(c),
            class => self.marks.push((class, c)),
        }
    }

    #[inline]
    fn base(&mut self, c: char) {
        self.finish();
        (self.emit)(c);
    }

    #[inline]
    fn finish(&mut self) {
        if !self.marks.is_empty() {
            // Stable: marks of one class keep their order.
            self.marks.sort_by_key(|(class, _)| *class);
            self.marks.drain(..).for_each(|(_, c)| (self.emit)(c));
        }
    }
}

/// Buffers a base character and its marks until nothing more can be composed with them.
struct Joined<F> {
    base: Option<char>,
    /// Class of the last mark that was not composed.
    last: Option<u8>,
    marks: SmallVec<[char; FEW_MARKS]>,
    emit: F,
}

impl<F: FnMut(char)> Joined<F> {
    fn next(&mut self, c: char) {
        let class = if c.is_ascii() { 0 } else { canonical_combining_class(c) };
        let Some(base) = self.base else {
            if class == 0 {
                self.base = Some(c)
            } else {
                (self.emit)(c)
            }
            return;
        };
        // A mark of the same or a higher class is between the two.
        let is_apart = self.last.is_some_and(|last| last >= class);
        if !is_apart && let Some(both) = compose(base, c) {
            self.base = Some(both);
        } else if class == 0 {
            self.finish();
            self.base = Some(c);
        } else {
            self.marks.push(c);
            self.last = Some(class);
        }
    }

    fn finish(&mut self) {
        self.base.take().into_iter().chain(self.marks.drain(..)).for_each(&mut self.emit);
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;
    use unicode_normalization_alignments::UnicodeNormalization;

    /// Compares the four forms of this module with those of the crate.
    fn both(text: &str) -> [(String, String); 4] {
        let run = |form, joins: bool| {
            let mut out = String::new();
            if joins {
                recompose(text.chars(), form, |c| out.push(c));
            } else {
                decompose(text.chars(), form, |c| out.push(c));
            }
            out
        };
        [
            (run(Form::Canonical, false), text.nfd().map(|(c, _)| c).collect()),
            (run(Form::Compatible, false), text.nfkd().map(|(c, _)| c).collect()),
            (run(Form::Canonical, true), text.nfc().map(|(c, _)| c).collect()),
            (run(Form::Compatible, true), text.nfkc().map(|(c, _)| c).collect()),
        ]
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes too long when interpreted")]
    fn every_character_has_the_forms_of_the_crate() {
        for c in '\0'..=char::MAX {
            for (ours, theirs) in both(c.encode_utf8(&mut [0; 4])) {
                assert_eq!(ours, theirs, "{c:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_has_the_forms_of_the_crate(text in "\\PC{0,40}") {
            for (ours, theirs) in both(&text) {
                prop_assert_eq!(ours, theirs);
            }
        }

        /// Letters, marks of many classes, and the parts of Hangul.
        #[test]
        fn marks_and_syllables_have_the_forms_of_the_crate(
            text in "([a-zA-Zéﬁǖ가-힣\u{1100}-\u{11ff}]|[\u{300}-\u{36f}\u{591}-\u{5bd}\u{1d165}\u{302e}]){0,60}",
        ) {
            for (ours, theirs) in both(&text) {
                prop_assert_eq!(ours, theirs);
            }
        }
    }

    #[test]
    fn long_rows_of_marks_are_put_in_order() {
        let text: String = "a".chars().chain((0..500).flat_map(|_| ['\u{301}', '\u{323}'])).collect();
        for (ours, theirs) in both(&text) {
            assert_eq!(ours, theirs);
        }
    }
}
