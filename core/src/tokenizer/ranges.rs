//! Sets of characters as ranges.

/// Ranges by their bounds: the first character of one, the first after it, the first of the next, and so on. Most
/// follow closely on another, so a bound is its distance from the one before, in blocks of which the first is known.
pub(super) struct Ranges<const BOUNDS: usize, const BLOCKS: usize> {
    blocks: [Block; BLOCKS],
    /// For every bound its distance from the one before; 0 for the first of a block.
    steps: [u8; BOUNDS],
}

/// Bounds up to a gap that is wider than a distance can be, at most [`MOST_STEPS`].
#[derive(Clone, Copy)]
struct Block {
    /// The first bound.
    first: u32,
    /// Its place among all.
    step: u16,
}

/// How far a bound is searched within a block.
const MOST_STEPS: usize = 16;

impl<const BOUNDS: usize, const BLOCKS: usize> Ranges<BOUNDS, BLOCKS> {
    /// Runs while compiling, and fails there unless the bounds ascend, are even in number and make up the blocks.
    #[expect(clippy::cast_possible_truncation, reason = "what is cast is asserted to be small")]
    pub(super) const fn new(bounds: [u32; BOUNDS]) -> Self {
        assert!(BOUNDS.is_multiple_of(2) && BOUNDS <= u16::MAX as usize, "every range has an end");
        let mut blocks = [Block { first: 0, step: 0 }; BLOCKS];
        let mut steps = [0; BOUNDS];
        let (mut at, mut block) = (0, 0);
        while at < BOUNDS {
            assert!(at == 0 || bounds[at - 1] < bounds[at], "ascending");
            let distance = if at == 0 { u32::MAX } else { bounds[at] - bounds[at - 1] };
            if distance > u8::MAX as u32 || at - blocks[block - 1].step as usize == MOST_STEPS {
                blocks[block] = Block { first: bounds[at], step: at as u16 };
                block += 1;
            } else {
                steps[at] = distance as u8;
            }
            at += 1;
        }
        assert!(block == BLOCKS, "every block is used");
        Self { blocks, steps }
    }

    /// Whether a character lies in one of them.
    pub(super) fn contain(&self, c: char) -> bool {
        let c = u32::from(c);
        let Some(block) = self.blocks.partition_point(|block| block.first <= c).checked_sub(1) else {
            return false;
        };
        let Block { first, step } = self.blocks[block];
        let from = usize::from(step);
        let to = self.blocks.get(block + 1).map_or(BOUNDS, |next| usize::from(next.step));
        let mut bound = first;
        let passed = self.steps[from..to].iter().take_while(|distance| {
            bound += u32::from(**distance);
            bound <= c
        });
        // An odd number of bounds at or below the character: inside a range.
        (from + passed.count()) % 2 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_and_what_is_beside_them_are_told_apart() {
        // Forty bounds that follow closely, and then wide gaps.
        let mut all = [0; 44];
        (0..40).for_each(|n| all[n] = 0x41 + 2 * u32::try_from(n).unwrap());
        all[40..].copy_from_slice(&[0x190, 0x1000, 0x10_ffff, 0x11_0000]);
        let ranges: Ranges<44, 6> = Ranges::new(all);
        for c in ('\0'..'\u{2000}').chain(['\u{10fffe}', char::MAX]) {
            let below = all.iter().filter(|bound| **bound <= u32::from(c)).count();
            assert_eq!(ranges.contain(c), below % 2 == 1, "{c:?}");
        }
    }
}
