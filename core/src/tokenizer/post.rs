//! After the words: truncation to the model's length, and the special tokens around the text.

use crate::error::{Error, ErrorKind, Result};

/// One part of the finished sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TemplatePart {
    /// The only text, or the first of two.
    First,
    /// The second text.
    Second,
    /// Special tokens.
    Ids(Vec<u32>),
}

/// The parts of the finished sequence, each with the segment of its ids.
#[derive(Debug)]
pub(super) struct Template {
    /// For one text; never contains [`TemplatePart::Second`].
    pub(super) single: Vec<(TemplatePart, u32)>,
    /// For two texts.
    pub(super) pair: Vec<(TemplatePart, u32)>,
}

impl Default for Template {
    fn default() -> Self {
        Self {
            single: vec![(TemplatePart::First, 0)],
            pair: vec![(TemplatePart::First, 0), (TemplatePart::Second, 1)],
        }
    }
}

impl Template {
    /// The parts for two texts or for one.
    pub(super) fn parts(&self, is_pair: bool) -> &[(TemplatePart, u32)] {
        if is_pair { &self.pair } else { &self.single }
    }

    /// Number of special tokens around two texts or around one.
    pub(super) fn added(&self, is_pair: bool) -> usize {
        self.parts(is_pair)
            .iter()
            .map(|(part, _)| if let TemplatePart::Ids(ids) = part { ids.len() } else { 0 })
            .sum()
    }

    /// Appends the finished sequence to `out`, and the segment of each id to `segments`.
    pub(super) fn apply(
        &self,
        first: &[u32],
        second: Option<&[u32]>,
        out: &mut Vec<u32>,
        segments: &mut Vec<u32>,
    ) {
        for (part, segment) in self.parts(second.is_some()) {
            out.extend_from_slice(match part {
                TemplatePart::First => first,
                TemplatePart::Second => second.unwrap_or_default(),
                TemplatePart::Ids(ids) => ids,
            });
            segments.resize(out.len(), *segment);
        }
    }
}

/// Which text is shortened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strategy {
    /// The longer one, until both have the same length.
    LongestFirst,
    /// The first.
    OnlyFirst,
    /// The second.
    OnlySecond,
}

/// The longest sequence that the model accepts. Texts are cut at their end.
///
/// The stride of a `tokenizer.json` concerns only the parts that were cut off, which are not needed here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Truncation {
    /// Ids of the finished sequence, special tokens included.
    pub(super) max_length: usize,
    /// Which text is shortened.
    pub(super) strategy: Strategy,
}

impl Truncation {
    /// Number of ids after which no further word of a text is read, because it would be cut off anyway.
    pub(super) fn cap(&self, is_second: bool) -> Option<usize> {
        (self.strategy != Strategy::OnlySecond || is_second).then_some(self.max_length)
    }

    /// The lengths to which texts of these lengths are cut, if `added` special tokens follow.
    ///
    /// # Errors
    ///
    /// `BadInput` when the text to shorten is missing or too short for that.
    pub(super) fn lengths(
        &self,
        first: usize,
        second: Option<usize>,
        added: usize,
    ) -> Result<(usize, usize)> {
        let room = self.max_length.saturating_sub(added);
        let total = first + second.unwrap_or(0);
        if total <= room {
            return Ok((first, second.unwrap_or(0)));
        }
        if room == 0 {
            return Ok((0, 0));
        }
        match (self.strategy, second) {
            (Strategy::LongestFirst, None) => Ok((room, 0)),
            (Strategy::LongestFirst, Some(second)) => Ok(longest_first(first, second, room)),
            (Strategy::OnlyFirst, _) => Ok((shorten(first, second.unwrap_or(0), room)?, second.unwrap_or(0))),
            (Strategy::OnlySecond, Some(second)) => Ok((first, shorten(second, first, room)?)),
            (Strategy::OnlySecond, None) => Err(Error::new(
                ErrorKind::BadInput,
                format!("tokenizer: {first} tokens exceed {room}, and only a second text would be shortened"),
            )),
        }
    }
}

/// Shares the room between two texts that exceed it together.
fn longest_first(first: usize, second: usize, room: usize) -> (usize, usize) {
    let (short, long) = (first.min(second), room.saturating_sub(first.min(second)));
    let (short, long) = if short <= long { (short, long) } else { (room / 2, room - room / 2) };
    if first > second { (long, short) } else { (short, long) }
}

/// The length to which one text is cut when the other has a fixed length.
fn shorten(len: usize, other: usize, room: usize) -> Result<usize> {
    match room.checked_sub(other) {
        Some(rest) if rest > 0 => Ok(rest.min(len)),
        _ => Err(Error::new(
            ErrorKind::BadInput,
            format!("tokenizer: {other} tokens of the text that is not shortened leave no room in {room}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(
        strategy: Strategy,
        max_length: usize,
        first: usize,
        second: Option<usize>,
    ) -> Option<(usize, usize)> {
        Truncation { max_length, strategy }.lengths(first, second, 2).ok()
    }

    #[test]
    fn longest_first_evens_out() {
        let cut = |first, second| lengths(Strategy::LongestFirst, 11, first, Some(second));
        assert_eq!(cut(4, 5), Some((4, 5)));
        assert_eq!(cut(2, 20), Some((2, 7)));
        assert_eq!(cut(20, 2), Some((7, 2)));
        assert_eq!(cut(6, 6), Some((4, 5)));
        assert_eq!(cut(7, 6), Some((5, 4)));
        assert_eq!(cut(20, 30), Some((4, 5)));
        assert_eq!(lengths(Strategy::LongestFirst, 11, 20, None), Some((9, 0)));
        assert_eq!(lengths(Strategy::LongestFirst, 2, 20, Some(3)), Some((0, 0)));
    }

    #[test]
    fn one_text_alone_is_shortened_if_it_can_be() {
        assert_eq!(lengths(Strategy::OnlyFirst, 11, 20, Some(3)), Some((6, 3)));
        assert_eq!(lengths(Strategy::OnlyFirst, 11, 20, Some(9)), None);
        assert_eq!(lengths(Strategy::OnlyFirst, 11, 20, None), Some((9, 0)));
        assert_eq!(lengths(Strategy::OnlySecond, 11, 3, Some(20)), Some((3, 6)));
        assert_eq!(lengths(Strategy::OnlySecond, 11, 9, None), Some((9, 0)));
        assert_eq!(lengths(Strategy::OnlySecond, 11, 10, None), None);
    }

    #[test]
    fn template_places_texts_and_special_tokens() {
        let template = Template {
            single: vec![
                (TemplatePart::Ids(vec![1]), 0),
                (TemplatePart::First, 0),
                (TemplatePart::Ids(vec![2, 3]), 7),
            ],
            pair: vec![
                (TemplatePart::Second, 1),
                (TemplatePart::Ids(vec![4]), 2),
                (TemplatePart::First, 0),
                (TemplatePart::First, 3),
            ],
        };
        let (mut out, mut segments) = (vec![0], vec![0]);
        template.apply(&[7, 8], None, &mut out, &mut segments);
        assert_eq!(out, [0, 1, 7, 8, 2, 3]);
        assert_eq!(segments, [0, 0, 0, 0, 7, 7]);
        assert_eq!((template.added(false), template.added(true)), (3, 1));
        (out, segments) = (Vec::new(), Vec::new());
        template.apply(&[7], Some(&[9]), &mut out, &mut segments);
        assert_eq!(out, [9, 4, 7, 7]);
        assert_eq!(segments, [1, 2, 0, 3]);
    }
}
