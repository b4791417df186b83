//! Sixteen rows of the matrix, eight vectors of two, by up to four rows of x per tile. `smmla` multiplies two rows of x
//! by two rows of the matrix, eight columns of each.

use super::{Packed, tail};
use crate::kernels::arm_asm::smmla;
use crate::kernels::arm_i8::{finish, load};
use std::arch::aarch64::*;

/// Rows of a block.
pub(super) const LANES: usize = 16;
/// Columns of a group.
pub(super) const GROUP: usize = 8;

/// Weights of one group: row after row, so that two rows are one vector.
type Weights = [i8; LANES * GROUP];
/// Sums of two rows of x: two rows by two of the matrix each.
type Sums = [int32x4_t; LANES / 2];

#[target_feature(enable = "neon,i8mm")]
pub(super) fn matmul(packed: &Packed, x: &[i8], x_scale: &[f32], out: &mut [f32]) {
    let rows = x_scale.len();
    // The outer loop is over blocks, so the weights of a tile stay in the cache for all rows of x.
    for block in 0..packed.m.div_ceil(LANES) {
        let mut row = 0;
        while row < rows {
            row += match rows - row {
                3.. => tile::<2>(packed, x, x_scale, out, row, block),
                _ => tile::<1>(packed, x, x_scale, out, row, block),
            };
        }
    }
}

/// `P` pairs of rows of x by one block; returns the number of rows. If it is odd, the last row is its own partner.
#[inline]
#[target_feature(enable = "neon,i8mm")]
fn tile<const P: usize>(
    packed: &Packed,
    x: &[i8],
    x_scale: &[f32],
    out: &mut [f32],
    row: usize,
    block: usize,
) -> usize {
    let k = packed.k;
    let block_len = k.div_ceil(GROUP) * LANES * GROUP;
    let last = x_scale.len() - 1;
    let mut x_rows = [[&x[..0]; 2]; P];
    let mut whole = [[x.as_chunks::<16>().0; 2]; P];
    for p in 0..P {
        for r in 0..2 {
            let x = &x[(row + 2 * p + r).min(last) * k..][..k];
            x_rows[p][r] = x;
            // Slices of known length, so that the loop has no bounds checks.
            whole[p][r] = &x.as_chunks::<16>().0[..k / 16];
        }
    }
    let (weight, _) = packed.weight[block * block_len..][..block_len].as_chunks::<{ LANES * GROUP }>();
    let (twos, _) = weight.as_chunks::<2>();
    let mut sums = [[vdupq_n_s32(0); LANES / 2]; P];
    for (n, weight) in twos[..k / 16].iter().enumerate() {
        let (mut first, mut second) = ([vdupq_n_s8(0); P], [vdupq_n_s8(0); P]);
        for p in 0..P {
            (first[p], second[p]) = interleave(&whole[p][0][n], &whole[p][1][n]);
        }
        sums = add_products(sums, &weight[0], first);
        sums = add_products(sums, &weight[1], second);
    }
    if !k.is_multiple_of(16) {
        let (mut first, mut second) = ([vdupq_n_s8(0); P], [vdupq_n_s8(0); P]);
        for p in 0..P {
            (first[p], second[p]) = interleave(&tail(x_rows[p][0]), &tail(x_rows[p][1]));
        }
        let weight = &weight[k / 16 * 2..];
        sums = add_products(sums, &weight[0], first);
        if let Some(weight) = weight.get(1) {
            sums = add_products(sums, weight, second);
        }
    }
    let finished = sums;
    store(packed, &finished, x_scale, out, row, block);
    (2 * P).min(last + 1 - row)
}

/// The first eight columns of two rows, and the others.
#[inline]
#[target_feature(enable = "neon,i8mm")]
fn interleave(upper: &[i8; 16], lower: &[i8; 16]) -> (int8x16_t, int8x16_t) {
    let upper = vreinterpretq_s64_s8(load(upper));
    let lower = vreinterpretq_s64_s8(load(lower));
    (vreinterpretq_s8_s64(vzip1q_s64(upper, lower)), vreinterpretq_s8_s64(vzip2q_s64(upper, lower)))
}

/// Adds the products of eight columns of the block and of each pair of rows of x.
#[inline]
#[target_feature(enable = "neon,i8mm")]
fn add_products<const P: usize>(mut sums: [Sums; P], weight: &Weights, x: [int8x16_t; P]) -> [Sums; P] {
    for (n, weight) in weight.as_chunks::<16>().0.iter().enumerate() {
        let weight = load(weight);
        for p in 0..P {
            sums[p][n] = smmla(sums[p][n], x[p], weight);
        }
    }
    sums
}

/// Scales the sums of a tile and writes those of rows that exist. A separate function: the sums of a tile stay in
/// registers only if nothing takes their address.
#[inline(never)]
#[target_feature(enable = "neon,i8mm")]
fn store<const P: usize>(
    packed: &Packed,
    sums: &[Sums; P],
    x_scale: &[f32],
    out: &mut [f32],
    row: usize,
    block: usize,
) {
    let first = block * LANES;
    let (scale, bias) = (&packed.scale[first..], &packed.bias[first..]);
    let mut rows = x_scale[row..].iter().zip(out[row * packed.m..].chunks_exact_mut(packed.m));
    for sums in sums {
        let mut upper = [vdupq_n_s32(0); LANES / 4];
        let mut lower = upper;
        for (n, two) in sums.as_chunks::<2>().0.iter().enumerate() {
            let [left, right] = two.map(|v| vreinterpretq_s64_s32(v));
            upper[n] = vreinterpretq_s32_s64(vzip1q_s64(left, right));
            lower[n] = vreinterpretq_s32_s64(vzip2q_s64(left, right));
        }
        for sums in [upper, lower] {
            if let Some((x_scale, out)) = rows.next() {
                finish(sums, *x_scale, scale, bias, &mut out[first..]);
            }
        }
    }
}
