//! Four rows per block, sixteen columns per group: `smull` and `smlal2` add two products in 16 bits, at most 2 * 127 *
//! 127; `sadalp` adds pairs of those in 32.

use super::Packed;
use crate::kernels::arm_i8::{finish, load};
use std::arch::aarch64::*;

/// Rows of a block.
pub(super) const LANES: usize = 4;
/// Columns of a group.
pub(super) const GROUP: usize = 16;

/// Weights of one group.
type Weights = [[i8; GROUP]; LANES];

#[target_feature(enable = "neon")]
pub(super) fn matvec(packed: &Packed, x: &[i8], x_scale: f32, out: &mut [f32]) {
    let whole = x.as_chunks::<GROUP>().0;
    let last = last(x);
    let block_len = packed.k.div_ceil(GROUP) * LANES * GROUP;
    for (block, out) in out.chunks_mut(LANES).enumerate() {
        let weight = packed.weight[block * block_len..][..block_len].as_chunks().0.as_chunks::<LANES>().0;
        let (groups, rest) = weight.split_at(whole.len());
        let mut sums = [vdupq_n_s32(0); LANES];
        for (weight, x) in groups.iter().zip(whole) {
            sums = add_products(sums, weight, load(x));
        }
        if let Some(weight) = rest.first() {
            sums = add_products(sums, weight, last);
        }
        let sum = vpaddq_s32(vpaddq_s32(sums[0], sums[1]), vpaddq_s32(sums[2], sums[3]));
        let first = block * LANES;
        finish([sum], x_scale, &packed.scale[first..], &packed.bias[first..], out);
    }
}

/// The rest of x after its whole groups, padded with zeros.
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn last(x: &[i8]) -> int8x16_t {
    let rest = x.as_chunks::<GROUP>().1;
    let mut last = [0; GROUP];
    if !rest.is_empty() {
        last[..rest.len()].copy_from_slice(rest);
    }
    load(&last)
}

/// Adds the products of sixteen columns in each of four rows; each sum is still in four parts.
#[inline]
#[target_feature(enable = "neon")]
fn add_products(mut sums: [int32x4_t; LANES], weight: &Weights, x: int8x16_t) -> [int32x4_t; LANES] {
    for n in 0..LANES {
        let weight = load(&weight[n]);
        let pairs = vmlal_high_s8(vmull_s8(vget_low_s8(weight), vget_low_s8(x)), weight, x);
        sums[n] = vpadalq_s16(sums[n], pairs);
    }
    sums
}
