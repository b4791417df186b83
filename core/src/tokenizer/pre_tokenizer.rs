//! Cutting normalized text into words.

use std::ops::Range;

use super::categories::is_punctuation;
use super::word_chars::is_word;

/// The characters at which text is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Unicode white space.
    Whitespace,
    /// ASCII punctuation and symbols, and the Unicode punctuation categories.
    Punctuation,
    /// Unicode numbers.
    Number,
}

/// What happens to these characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behavior {
    /// They are removed.
    Removed,
    /// Each is a piece of its own.
    Isolated,
    /// The first of a run joins the piece before it.
    MergedWithPrevious,
    /// The last of a run joins the piece after it.
    MergedWithNext,
    /// Each run is a piece of its own.
    Contiguous,
}

/// One pre-tokenizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PreTokenizerStep {
    /// Cuts at the characters of a class.
    Split(Class, Behavior),
    /// Keeps runs of word characters, and runs of characters that are neither word characters nor white space.
    Runs,
}

/// Pre-tokenizers that run one after the other, each on the pieces of the one before.
#[derive(Debug, Default)]
pub(super) struct PreTokenizer {
    /// In running order.
    pub(super) steps: Vec<PreTokenizerStep>,
}

/// The role of one character, if its neighbours do not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Belongs to the word around it.
    Inside,
    /// Ends the word and is removed.
    Between,
    /// Ends the word and is a word itself.
    Alone,
}

impl PreTokenizer {
    /// Writes the byte ranges of the pieces, none of them empty, to `pieces`; `spare` is working space.
    pub(super) fn run(&self, text: &str, pieces: &mut Vec<Range<usize>>, spare: &mut Vec<Range<usize>>) {
        pieces.clear();
        if !text.is_empty() {
            pieces.push(0..text.len());
        }
        for step in &self.steps {
            std::mem::swap(pieces, spare);
            pieces.clear();
            for piece in spare.drain(..) {
                step.run(text, piece, pieces);
            }
        }
    }

    /// The role of a character, if no step looks at its neighbours.
    pub(super) fn role(&self, c: char) -> Option<Role> {
        let mut role = Role::Inside;
        for step in &self.steps {
            match *step {
                PreTokenizerStep::Split(class, Behavior::Removed) if class.holds(c) => role = Role::Between,
                PreTokenizerStep::Split(class, Behavior::Isolated)
                    if class.holds(c) && role == Role::Inside =>
                {
                    role = Role::Alone;
                }
                PreTokenizerStep::Split(_, Behavior::Removed | Behavior::Isolated) => {}
                _ => return None,
            }
        }
        Some(role)
    }
}

impl Class {
    fn holds(self, c: char) -> bool {
        match self {
            Self::Whitespace => c.is_whitespace(),
            Self::Punctuation if c.is_ascii() => c.is_ascii_punctuation(),
            Self::Punctuation => is_punctuation(c),
            Self::Number => c.is_numeric(),
        }
    }
}

impl PreTokenizerStep {
    fn run(self, text: &str, piece: Range<usize>, out: &mut Vec<Range<usize>>) {
        match self {
            Self::Split(class, behavior) => split(text, piece, class, behavior, out),
            Self::Runs => runs(text, piece, out),
        }
    }
}

fn split(text: &str, piece: Range<usize>, class: Class, behavior: Behavior, out: &mut Vec<Range<usize>>) {
    let first = out.len();
    let mut after_match = false;
    let mut push = |range: Range<usize>, is_match: bool| {
        let joins = match behavior {
            Behavior::Removed | Behavior::Isolated => false,
            Behavior::MergedWithPrevious => is_match && !after_match,
            Behavior::MergedWithNext => !is_match && after_match,
            Behavior::Contiguous => is_match == after_match,
        };
        after_match = is_match;
        if is_match && behavior == Behavior::Removed {
            return;
        }
        match out[first..].last_mut() {
            Some(last) if joins => last.end = range.end,
            _ => out.push(range),
        }
    };
    let mut done = piece.start;
    for (offset, c) in text[piece.clone()].char_indices() {
        if class.holds(c) {
            let start = piece.start + offset;
            let end = start + c.len_utf8();
            if done < start {
                push(done..start, false);
            }
            push(start..end, true);
            done = end;
        }
    }
    if done < piece.end {
        push(done..piece.end, false);
    }
}

fn runs(text: &str, piece: Range<usize>, out: &mut Vec<Range<usize>>) {
    let kind = |c: char| if is_word(c) { Some(true) } else { (!c.is_whitespace()).then_some(false) };
    let mut open: Option<(usize, bool)> = None;
    for (offset, c) in text[piece.clone()].char_indices() {
        let at = piece.start + offset;
        let kind = kind(c);
        if let Some((start, run)) = open
            && kind != Some(run)
        {
            out.push(start..at);
            open = None;
        }
        if open.is_none() {
            open = kind.map(|run| (at, run));
        }
    }
    if let Some((start, _)) = open {
        out.push(start..piece.end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut<'a>(steps: &[PreTokenizerStep], text: &'a str) -> Vec<&'a str> {
        let (mut pieces, mut spare) = (vec![7..9, 9..9], vec![3..4, 4..4]);
        PreTokenizer { steps: steps.to_vec() }.run(text, &mut pieces, &mut spare);
        pieces.into_iter().map(|piece| &text[piece]).collect()
    }

    const BERT: [PreTokenizerStep; 2] = [
        PreTokenizerStep::Split(Class::Whitespace, Behavior::Removed),
        PreTokenizerStep::Split(Class::Punctuation, Behavior::Isolated),
    ];

    #[test]
    fn bert_isolates_punctuation() {
        assert_eq!(
            cut(&BERT, "  don't «stop»\u{3000}now!! "),
            ["don", "'", "t", "«", "stop", "»", "now", "!", "!"]
        );
        assert!(cut(&BERT, " \t ").is_empty());
        assert!(cut(&BERT, "").is_empty());
    }

    #[test]
    fn no_step_keeps_the_whole_text() {
        assert_eq!(cut(&[], " a b "), [" a b "]);
    }

    #[test]
    fn every_behavior_places_the_match_where_it_says() {
        let text = "--the-final--countdown-";
        let with = |behavior| cut(&[PreTokenizerStep::Split(Class::Punctuation, behavior)], text);
        assert_eq!(with(Behavior::Removed), ["the", "final", "countdown"]);
        assert_eq!(with(Behavior::Isolated), ["-", "-", "the", "-", "final", "-", "-", "countdown", "-"]);
        assert_eq!(with(Behavior::MergedWithPrevious), ["-", "-", "the-", "final-", "-", "countdown-"]);
        assert_eq!(with(Behavior::MergedWithNext), ["-", "-the", "-final", "-", "-countdown", "-"]);
        assert_eq!(with(Behavior::Contiguous), ["--", "the", "-", "final", "--", "countdown", "-"]);
    }

    #[test]
    fn runs_separate_words_from_symbols() {
        assert_eq!(
            cut(&[PreTokenizerStep::Runs], "naïve_x2, (e.g.)  ½€!"),
            ["naïve_x2", ",", "(", "e", ".", "g", ".)", "½€!"]
        );
    }

    #[test]
    fn a_role_is_known_only_where_neighbours_do_not_matter() {
        let bert = PreTokenizer { steps: BERT.to_vec() };
        assert_eq!(bert.role('a'), Some(Role::Inside));
        assert_eq!(bert.role('\n'), Some(Role::Between));
        assert_eq!(bert.role('?'), Some(Role::Alone));
        assert_eq!(PreTokenizer { steps: vec![PreTokenizerStep::Runs] }.role('a'), None);
        let both = [BERT[1], PreTokenizerStep::Split(Class::Punctuation, Behavior::Removed)];
        assert_eq!(PreTokenizer { steps: both.to_vec() }.role('?'), Some(Role::Between));
    }
}
