//! Sets of characters as ranges.

use super::ascending::Ascending;

/// Ranges by their bounds: the first character of one, the first after it, the first of the next, and so on.
pub(super) struct Ranges<const BOUNDS: usize, const BLOCKS: usize>(Ascending<BOUNDS, BLOCKS>);

impl<const BOUNDS: usize, const BLOCKS: usize> Ranges<BOUNDS, BLOCKS> {
    /// Runs while compiling, and fails there unless the bounds ascend, are even in number and make up the blocks.
    pub(super) const fn new(bounds: [u32; BOUNDS]) -> Self {
        assert!(BOUNDS.is_multiple_of(2), "every range has an end");
        Self(Ascending::new(bounds))
    }

    /// Whether a character lies in one of them: the last bound that it has reached is the first of a range.
    pub(super) fn contain(&self, c: char) -> bool {
        self.0.at_or_below(u32::from(c)).is_some_and(|bound| bound.place.is_multiple_of(2))
    }
}
