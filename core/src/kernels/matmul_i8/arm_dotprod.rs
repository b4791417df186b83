//! Eight rows of the matrix, two vectors, by up to eight rows of x per tile. `sdot` by element takes four columns of x
//! out of a register that holds sixteen.

use super::{Packed, tail};
use crate::kernels::arm_asm::sdot_lane;
use crate::kernels::arm_i8::{finish, load};
use std::arch::aarch64::*;

/// Rows of a block.
pub(super) const LANES: usize = 8;
/// Columns of a group.
pub(super) const GROUP: usize = 4;

/// Weights of one group.
type Weights = [i8; LANES * GROUP];
/// Sums of a row of x by the two halves of a block.
type Sums = [int32x4_t; 2];

#[target_feature(enable = "neon,dotprod")]
pub(super) fn matmul(packed: &Packed, x: &[i8], x_scale: &[f32], out: &mut [f32]) {
    let rows = x_scale.len();
    // The outer loop is over blocks, so the weights of a tile stay in the cache for all rows of x.
    for block in 0..packed.m.div_ceil(LANES) {
        let mut row = 0;
        while row < rows {
            row += match rows - row {
                8.. => tile::<8>(packed, x, x_scale, out, row, block),
                4.. => tile::<4>(packed, x, x_scale, out, row, block),
                2.. => tile::<2>(packed, x, x_scale, out, row, block),
                _ => tile::<1>(packed, x, x_scale, out, row, block),
            };
        }
    }
}

/// `R` rows of x by one block; returns `R`.
#[inline]
#[target_feature(enable = "neon,dotprod")]
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
    let (weight, _) = packed.weight[block * block_len..][..block_len].as_chunks::<{ LANES * GROUP }>();
    let (fours, _) = weight.as_chunks::<4>();
    // Slices of known length, so that the loop has no bounds checks.
    let whole: [&[[i8; 16]]; R] = x.map(|x| &x.as_chunks::<16>().0[..k / 16]);
    let mut sums = [[vdupq_n_s32(0); 2]; R];
    for (n, weight) in fours[..k / 16].iter().enumerate() {
        let mut four = [vdupq_n_s8(0); R];
        for r in 0..R {
            four[r] = load(&whole[r][n]);
        }
        sums = add_products::<0, R>(sums, &weight[0], four);
        sums = add_products::<1, R>(sums, &weight[1], four);
        sums = add_products::<2, R>(sums, &weight[2], four);
        sums = add_products::<3, R>(sums, &weight[3], four);
    }
    if !k.is_multiple_of(16) {
        let mut rest = [vdupq_n_s8(0); R];
        for r in 0..R {
            rest[r] = load(&tail(x[r]));
        }
        let weight = &weight[k / 16 * 4..];
        sums = add_products::<0, R>(sums, &weight[0], rest);
        if let Some(weight) = weight.get(1) {
            sums = add_products::<1, R>(sums, weight, rest);
        }
        if let Some(weight) = weight.get(2) {
            sums = add_products::<2, R>(sums, weight, rest);
        }
        if let Some(weight) = weight.get(3) {
            sums = add_products::<3, R>(sums, weight, rest);
        }
    }
    let finished = sums;
    store(packed, &finished, x_scale, out, row, block);
    R
}

/// Adds the products of one group of the block with group `G` of sixteen columns of each row of x.
#[inline]
#[target_feature(enable = "neon,dotprod")]
fn add_products<const G: i32, const R: usize>(
    mut sums: [Sums; R],
    weight: &Weights,
    x: [int8x16_t; R],
) -> [Sums; R] {
    let (halves, _) = weight.as_chunks::<16>();
    let (low, high) = (load(&halves[0]), load(&halves[1]));
    for r in 0..R {
        sums[r] = [sdot_lane::<G>(sums[r][0], low, x[r]), sdot_lane::<G>(sums[r][1], high, x[r])];
    }
    sums
}

/// Scales the sums of a tile and writes them. A separate function: the sums of a tile stay in registers only if nothing
/// takes their address.
#[inline(never)]
#[target_feature(enable = "neon,dotprod")]
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
    for (sums, (x_scale, out)) in sums.iter().zip(rows) {
        finish(*sums, *x_scale, scale, bias, &mut out[first..]);
    }
}
