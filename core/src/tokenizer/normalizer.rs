//! Text clean-up before splitting: the normalizers that core runs itself.
//!
//! The tables of decompositions, marks and categories equal those of the `tokenizers` crate, which are older than the
//! standard library's; lower case and white space come from the standard library in both.

use super::categories::{is_mark, is_nonspacing_mark, is_other};
use super::forms::{Form, decompose, recompose};

/// What a `BertNormalizer` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BertNormalizer {
    /// Drops control characters and turns every kind of white space into a space.
    pub(super) clean_text: bool,
    /// Puts spaces around every CJK ideograph.
    pub(super) space_ideographs: bool,
    /// Decomposes and drops non-spacing marks.
    pub(super) strip_accents: bool,
    /// Maps to lower case, character by character.
    pub(super) lowercase: bool,
}

/// One normalizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NormalizerStep {
    /// `BertNormalizer`.
    Bert(BertNormalizer),
    /// `Lowercase`: character by character, so a final sigma stays a plain sigma.
    Lowercase,
    /// `NFD`.
    Nfd,
    /// `NFKD`.
    Nfkd,
    /// `NFC`.
    Nfc,
    /// `NFKC`.
    Nfkc,
    /// `StripAccents`: drops every combining mark, without decomposing.
    StripAccents,
    /// `Strip`: drops white space at the chosen ends.
    Strip {
        /// At the start.
        left: bool,
        /// At the end.
        right: bool,
    },
}

/// Normalizers that run one after the other.
#[derive(Debug, Default)]
pub(super) struct Normalizer {
    /// In running order.
    pub(super) steps: Vec<NormalizerStep>,
}

impl Normalizer {
    /// Writes the normalized text to `out`; `spare` is working space.
    pub(super) fn run(&self, text: &str, out: &mut String, spare: &mut String) {
        out.clear();
        let Some((first, rest)) = self.steps.split_first() else {
            out.push_str(text);
            return;
        };
        first.run(text, out);
        for step in rest {
            std::mem::swap(out, spare);
            out.clear();
            step.run(spare, out);
        }
    }

    /// Whether ASCII text is normalized byte by byte, whatever its neighbours are.
    pub(super) fn is_bytewise_on_ascii(&self) -> bool {
        // ASCII neither decomposes nor composes and holds no marks; only trimming looks at the neighbours.
        !self.steps.iter().any(|step| matches!(step, NormalizerStep::Strip { .. }))
    }
}

impl NormalizerStep {
    /// Appends the normalized text to `out`.
    fn run(self, text: &str, out: &mut String) {
        match self {
            Self::Bert(bert) => bert.run(text, out),
            Self::Lowercase => text.chars().for_each(|c| lower(c, out)),
            Self::Nfd | Self::Nfkd | Self::Nfc | Self::Nfkc if text.is_ascii() => out.push_str(text),
            Self::Nfd | Self::Nfkd => decompose(text.chars(), self.form(), |c| out.push(c)),
            Self::Nfc | Self::Nfkc => recompose(text.chars(), self.form(), |c| out.push(c)),
            Self::StripAccents => out.extend(text.chars().filter(|&c| c.is_ascii() || !is_mark(c))),
            Self::Strip { left, right } => {
                let text = if left { text.trim_start() } else { text };
                out.push_str(if right { text.trim_end() } else { text });
            }
        }
    }
}

impl NormalizerStep {
    fn form(self) -> Form {
        if matches!(self, Self::Nfkd | Self::Nfkc) { Form::Compatible } else { Form::Canonical }
    }
}

impl BertNormalizer {
    fn run(self, text: &str, out: &mut String) {
        let cleaned = text
            .chars()
            .filter(move |&c| !(self.clean_text && is_dropped(c)))
            .map(move |c| if self.clean_text && c.is_whitespace() { ' ' } else { c });
        let spaced = cleaned
            .flat_map(move |c| {
                let space = (self.space_ideographs && is_ideograph(c)).then_some(' ');
                [space, Some(c), space]
            })
            .flatten();
        let mut finish = |c| if self.lowercase { lower(c, out) } else { out.push(c) };
        if self.strip_accents {
            decompose(spaced, Form::Canonical, |c| {
                if c.is_ascii() || !is_nonspacing_mark(c) {
                    finish(c);
                }
            });
        } else {
            spaced.for_each(finish);
        }
    }
}

fn lower(c: char, out: &mut String) {
    if c.is_ascii() { out.push(c.to_ascii_lowercase()) } else { out.extend(c.to_lowercase()) }
}

/// Characters that cleaning drops: NUL, the replacement character, and control, format and private ones.
fn is_dropped(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => false,
        '\u{fffd}' => true,
        _ if c.is_ascii() => c.is_ascii_control(),
        _ => is_other(c),
    }
}

/// The ideograph blocks as BERT's reference tokenizer lists them.
pub(super) fn is_ideograph(c: char) -> bool {
    matches!(
        u32::from(c),
        0x3400..=0x4dbf
            | 0x4e00..=0x9fff
            | 0xf900..=0xfaff
            | 0x20000..=0x2a6df
            | 0x2a700..=0x2b73f
            | 0x2b740..=0x2b81f
            | 0x2b920..=0x2ceaf
            | 0x2f800..=0x2fa1f
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(steps: &[NormalizerStep], text: &str) -> String {
        let (mut out, mut spare) = ("old".to_owned(), "older".to_owned());
        Normalizer { steps: steps.to_vec() }.run(text, &mut out, &mut spare);
        out
    }

    const BERT: BertNormalizer =
        BertNormalizer { clean_text: true, space_ideographs: true, strip_accents: true, lowercase: true };

    #[test]
    fn bert_cleans_spaces_strips_and_lowers() {
        assert_eq!(run(&[NormalizerStep::Bert(BERT)], "Été\u{0}\t\u{200d}水X\u{fffd}\u{a0}!"), "ete  水 x !");
        let plain = BertNormalizer { strip_accents: false, lowercase: false, ..BERT };
        assert_eq!(run(&[NormalizerStep::Bert(plain)], "Été\u{7f}"), "Été");
        let none = BertNormalizer { clean_text: false, space_ideographs: false, ..plain };
        assert_eq!(run(&[NormalizerStep::Bert(none)], "a\u{7}\t水"), "a\u{7}\t水");
    }

    #[test]
    fn steps_run_in_order() {
        assert_eq!(run(&[NormalizerStep::StripAccents, NormalizerStep::Nfd], "é"), "e\u{301}");
        assert_eq!(run(&[NormalizerStep::Nfd, NormalizerStep::StripAccents], "é"), "e");
        assert_eq!(run(&[NormalizerStep::Nfkd, NormalizerStep::Lowercase], "ﬁX"), "fix");
        assert_eq!(run(&[NormalizerStep::Nfc], "e\u{301}"), "é");
        assert_eq!(run(&[NormalizerStep::Nfkc], "Ａ\u{30a}"), "Å");
        assert_eq!(run(&[], " as is "), " as is ");
    }

    #[test]
    fn strip_trims_only_the_chosen_ends() {
        assert_eq!(run(&[NormalizerStep::Strip { left: true, right: false }], "\u{2003} a b "), "a b ");
        assert_eq!(run(&[NormalizerStep::Strip { left: false, right: true }], " a b\n"), " a b");
        assert_eq!(run(&[NormalizerStep::Strip { left: true, right: true }], " \n "), "");
    }

    #[test]
    fn lower_case_of_one_character_may_be_two() {
        assert_eq!(run(&[NormalizerStep::Lowercase], "İΣ"), "i\u{307}σ");
    }
}
