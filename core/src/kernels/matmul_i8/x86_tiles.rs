//! The loop of the x86 variants over a product: tile by tile, while the weights of the next tiles are prefetched.

use super::Packed;
use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};

/// Columns of a group of the x86 variants: the four bytes of one lane.
pub(super) const GROUP: usize = 4;

/// Rows of x that are multiplied by all weights together.
pub(super) const ROWS: usize = 64;

/// Defines `matmul`, which loops over tiles of `$tall` rows of x by `$wide` blocks, or fewer at the end. The sums of a
/// row begin at `$start` of it. A macro, since all these functions need the same target features to become one loop.
macro_rules! walk_tiles {
    ($features:literal, $tall:literal, $wide:literal, $start:path) => {
        #[target_feature(enable = $features)]
        pub(super) fn matmul(packed: &Packed, x: &[i8], x_scale: &[f32], out: &mut [f32]) {
            let blocks = packed.m.div_ceil(LANES);
            let mut start = [0; super::x86_tiles::ROWS];
            for first in (0..x_scale.len()).step_by(super::x86_tiles::ROWS) {
                let end = x_scale.len().min(first + super::x86_tiles::ROWS);
                for (start, row) in start.iter_mut().zip(first..end) {
                    *start = $start(&x[row * packed.k..][..packed.k]);
                }
                // The outer loop is over blocks, so the weights of a tile stay in the cache for all these rows of x.
                let mut block = 0;
                while block < blocks {
                    let wide = blocks - block >= $wide;
                    let here = if wide { $wide } else { 1 };
                    let next = super::x86_tiles::Next::new(
                        packed,
                        LANES,
                        block + here,
                        here,
                        (end - first).div_ceil($tall),
                    );
                    let mut row = first;
                    while row < end {
                        let start = &start[row - first..];
                        let next = next.share((row - first) / $tall);
                        let rest = end - row;
                        match (wide, rest) {
                            (true, $tall..) => {
                                tile::<$tall, $wide>(packed, x, x_scale, out, (row, block), start, next)
                            }
                            (true, 2..) => {
                                tile::<2, $wide>(packed, x, x_scale, out, (row, block), start, next)
                            }
                            (true, _) => tile::<1, $wide>(packed, x, x_scale, out, (row, block), start, next),
                            (false, $tall..) => {
                                tile::<$tall, 1>(packed, x, x_scale, out, (row, block), start, next)
                            }
                            (false, _) => tile::<1, 1>(packed, x, x_scale, out, (row, block), start, next),
                        }
                        row += match (wide, rest) {
                            (_, $tall..) => $tall,
                            (true, 2..) => 2,
                            _ => 1,
                        };
                    }
                    block += here;
                }
            }
        }
    };
}
pub(super) use walk_tiles;

/// The initial sums of a row, if nothing is to be subtracted.
pub(super) fn zero(_: &[i8]) -> i32 {
    0
}

/// The weights that follow those in use. Each tile prefetches its share of them, a few cache lines at a time, so that
/// all are in the cache when the last tile is done.
pub(super) struct Next<'a> {
    weight: &'a [i8],
    /// Bytes to prefetch with each tile.
    share: usize,
}

impl<'a> Next<'a> {
    /// `blocks` blocks from `block` on, or as many as there are, while `tiles` tiles are computed. With one or two
    /// tiles it is not worthwhile.
    pub(super) fn new(packed: &'a Packed, lanes: usize, block: usize, blocks: usize, tiles: usize) -> Self {
        let block_len = packed.k.div_ceil(GROUP) * lanes * GROUP;
        let from = packed.weight.len().min(block * block_len);
        let to = if tiles > 2 { packed.weight.len().min(from + blocks * block_len) } else { from };
        let weight = &packed.weight[from..to];
        Self { weight, share: weight.len().div_ceil(tiles.max(1)).next_multiple_of(LINE) }
    }

    /// The share of a tile.
    #[inline(always)]
    pub(super) fn share(&self, tile: usize) -> &'a [i8] {
        let from = self.weight.len().min(tile * self.share);
        &self.weight[from..self.weight.len().min(from + self.share)]
    }
}

/// Bytes of a cache line.
pub(super) const LINE: usize = 64;

/// Prefetches a cache line of weights into the second-level cache: the first is full of those in use.
#[inline(always)]
pub(super) fn prefetch(line: &[i8]) {
    // SAFETY: a prefetch reads nothing; besides, the address is that of a slice.
    unsafe { _mm_prefetch::<_MM_HINT_T1>(line.as_ptr()) };
}

/// Prefetches all these weights.
#[inline(always)]
pub(super) fn prefetch_all(weight: &[i8]) {
    weight.chunks(LINE).for_each(prefetch);
}
