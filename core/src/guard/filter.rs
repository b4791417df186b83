//! A set of hashes that may contain a few more than were put in.

/// Bits that each hash sets in its block.
const BITS: u32 = 5;

/// A Bloom filter whose bits for one hash lie in one block of 64 (Putze, Sanders and Singler 2007), so that a look-up
/// reads memory once. With 16 bits for each hash, about 1 % of other hashes are taken for members; with 12 about 2 %.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter(Box<[u64]>);

impl Filter {
    /// A filter of these blocks.
    pub fn new(blocks: Vec<u64>) -> Self {
        Self(blocks.into_boxed_slice())
    }

    /// A filter of so many blocks with these hashes.
    pub fn of(hashes: impl IntoIterator<Item = u64>, blocks: usize) -> Self {
        let mut all = vec![0; blocks];
        for hash in hashes {
            if let Some(block) = all.get_mut(place(hash, blocks)) {
                *block |= mask(hash);
            }
        }
        Self::new(all)
    }

    /// The blocks.
    pub fn blocks(&self) -> &[u64] {
        &self.0
    }

    /// Whether the hash was put in; sometimes true where it was not.
    #[inline]
    pub fn has(&self, hash: u64) -> bool {
        let mask = mask(hash);
        self.0.get(place(hash, self.0.len())).is_some_and(|block| block & mask == mask)
    }
}

/// The block of a hash: its upper half, scaled to the number of blocks.
#[inline]
fn place(hash: u64, blocks: usize) -> usize {
    #[allow(clippy::cast_possible_truncation, reason = "less than the number of blocks")]
    let place = (((hash >> 32) * blocks as u64) >> 32) as usize;
    place
}

#[inline]
fn mask(hash: u64) -> u64 {
    let bits = hash.wrapping_mul(0xd6e8_feb8_6659_fd93) >> (u64::BITS - 6 * BITS);
    (0..BITS).fold(0, |mask, n| mask | 1 << ((bits >> (6 * n)) & 63))
}
