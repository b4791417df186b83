//! Numbers in ascending order, in little room.

/// Most numbers follow closely on another, so each is its distance from the one before, in blocks of which the first is
/// known.
pub(super) struct Ascending<const COUNT: usize, const BLOCKS: usize> {
    blocks: [Block; BLOCKS],
    /// For every number its distance from the one before; 0 for the first of a block.
    steps: [u8; COUNT],
}

/// Numbers up to a gap that is wider than a distance can be, at most [`MOST_STEPS`].
#[derive(Clone, Copy)]
struct Block {
    /// The first number.
    first: u32,
    /// Its place among all.
    place: u16,
}

/// How far a number is searched within a block.
const MOST_STEPS: usize = 16;

/// A number that was found.
pub(super) struct Found {
    pub(super) number: u32,
    /// Its place among all.
    pub(super) place: usize,
    /// Its block.
    pub(super) block: usize,
}

impl<const COUNT: usize, const BLOCKS: usize> Ascending<COUNT, BLOCKS> {
    /// Runs while compiling, and fails there unless the numbers ascend and make up the blocks.
    #[expect(clippy::cast_possible_truncation, reason = "what is cast is asserted to be small")]
    pub(super) const fn new(numbers: [u32; COUNT]) -> Self {
        assert!(COUNT <= u16::MAX as usize, "the list is short");
        let mut blocks = [Block { first: 0, place: 0 }; BLOCKS];
        let mut steps = [0; COUNT];
        let (mut at, mut block) = (0, 0);
        while at < COUNT {
            assert!(at == 0 || numbers[at - 1] < numbers[at], "ascending");
            let distance = if at == 0 { u32::MAX } else { numbers[at] - numbers[at - 1] };
            if distance > u8::MAX as u32 || at - blocks[block - 1].place as usize == MOST_STEPS {
                blocks[block] = Block { first: numbers[at], place: at as u16 };
                block += 1;
            } else {
                steps[at] = distance as u8;
            }
            at += 1;
        }
        assert!(block == BLOCKS, "every block is used");
        Self { blocks, steps }
    }

    /// The place of the first number of a block.
    pub(super) const fn place_of(&self, block: usize) -> usize {
        self.blocks[block].place as usize
    }

    /// The greatest number that is not above another.
    pub(super) fn at_or_below(&self, most: u32) -> Option<Found> {
        let block = self.blocks.partition_point(|block| block.first <= most).checked_sub(1)?;
        let Block { first: mut number, place } = self.blocks[block];
        let mut place = usize::from(place);
        let end = self.blocks.get(block + 1).map_or(COUNT, |next| usize::from(next.place));
        for &distance in &self.steps[place + 1..end] {
            if number + u32::from(distance) > most {
                break;
            }
            number += u32::from(distance);
            place += 1;
        }
        Some(Found { number, place, block })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greatest_number_that_is_not_above_is_found() {
        // Forty that follow closely, and then wide gaps.
        let mut all = [0; 44];
        (0..40).for_each(|n| all[n] = 0x41 + 2 * u32::try_from(n).unwrap());
        all[40..].copy_from_slice(&[0x190, 0x1000, 0x10_ffff, 0x11_0000]);
        let ascending: Ascending<44, 6> = Ascending::new(all);
        for most in (0..0x2000).chain([0x10_fffe, 0x10_ffff, 0x11_0000, u32::MAX]) {
            let want = all.iter().rposition(|number| *number <= most);
            let found = ascending.at_or_below(most);
            assert_eq!(found.as_ref().map(|found| found.place), want, "{most:#x}");
            assert!(found.is_none_or(|found| {
                found.number == all[found.place] && ascending.place_of(found.block) <= found.place
            }));
        }
    }
}
