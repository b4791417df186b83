//! Four rows of the matrix by up to four rows of x per tile, sixteen columns at a time: `smull` and `smlal2` add two
//! products in 16 bits, at most 2 * 127 * 127; `sadalp` adds pairs of those in 32.

use super::{Packed, tail};
use crate::kernels::arm_i8::{finish, load};
use std::arch::aarch64::*;

/// Rows of a block.
pub(super) const LANES: usize = 4;
/// Columns of a group.
pub(super) const GROUP: usize = 16;

/// Weights of one group.
type Weights = [[i8; GROUP]; LANES];
/// Sums of a row of x by each row of a block, each still in four parts.
type Sums = [int32x4_t; LANES];

#[target_feature(enable = "neon")]
pub(super) fn matmul(packed: &Packed, x: &[i8], x_scale: &[f32], out: &mut [f32]) {
    let rows = x_scale.len();
    // The outer loop is over blocks, so the weights of a tile stay in the cache for all rows of x.
    for block in 0..packed.m.div_ceil(LANES) {
        let mut row = 0;
        while row < rows {
            row += match rows - row {
                4.. => tile::<4>(packed, x, x_scale, out, row, block),
                2.. => tile::<2>(packed, x, x_scale, out, row, block),
                _ => tile::<1>(packed, x, x_scale, out, row, block),
            };
        }
    }
}

/// `R` rows of x by one block; returns `R`.
#[inline]
#[target_feature(enable = "neon")]
fn tile<const R: usize>(
    packed: &Packed,
    x: &[i8],
    x_scale: &[f32],
    out: &mut [f32],
    row: usize,
    block: usize,
) -> usize {
    let k = packed.k;
    let block_len = k.div_ceil(GROUP) * LANES * GROUP;
    let x: [&[i8]; R] = std::array::from_fn(|r| &x[(row + r) * k..][..k]);
    let weight = packed.weight[block * block_len..][..block_len].as_chunks().0.as_chunks::<LANES>().0;
    // Slices of known length, so that the loop has no bounds checks.
    let whole: [&[[i8; GROUP]]; R] = x.map(|x| &x.as_chunks().0[..k / GROUP]);
    let mut sums = [[vdupq_n_s32(0); LANES]; R];
    for (n, weight) in weight[..k / GROUP].iter().enumerate() {
        let mut group = [vdupq_n_s8(0); R];
        for r in 0..R {
            group[r] = load(&whole[r][n]);
        }
        sums = add_products(sums, weight, group);
    }
    if !k.is_multiple_of(GROUP) {
        let mut rest = [vdupq_n_s8(0); R];
        for r in 0..R {
            rest[r] = load(&tail(x[r]));
        }
        sums = add_products(sums, &weight[k / GROUP], rest);
    }
    let finished = sums;
    store(packed, &finished, x_scale, out, row, block);
    R
}

/// Adds the products of sixteen columns of the block and of each row of x.
#[inline]
#[target_feature(enable = "neon")]
fn add_products<const R: usize>(mut sums: [Sums; R], weight: &Weights, x: [int8x16_t; R]) -> [Sums; R] {
    for (n, weight) in weight.iter().enumerate() {
        let weight = load(weight);
        for r in 0..R {
            let pairs = vmull_s8(vget_low_s8(weight), vget_low_s8(x[r]));
            sums[r][n] = vpadalq_s16(sums[r][n], vmlal_high_s8(pairs, weight, x[r]));
        }
    }
    sums
}

/// Scales the sums of a tile and writes them. A separate function: the sums of a tile stay in registers only if nothing
/// takes their address.
#[inline(never)]
#[target_feature(enable = "neon")]
fn store<const R: usize>(
    packed: &Packed,
    sums: &[Sums; R],
    x_scale: &[f32],
    out: &mut [f32],
    row: usize,
    block: usize,
) {
    let first = block * LANES;
    let (scale, bias) = (&packed.scale[first..], &packed.bias[first..]);
    let rows = x_scale[row..][..R].iter().zip(out[row * packed.m..].chunks_exact_mut(packed.m));
    for (s, (x_scale, out)) in sums.iter().zip(rows) {
        let sum = vpaddq_s32(vpaddq_s32(s[0], s[1]), vpaddq_s32(s[2], s[3]));
        finish([sum], *x_scale, scale, bias, &mut out[first..]);
    }
}
