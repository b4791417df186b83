//! Eight rows per block, two vectors, four columns per group. `sdot` by element takes four columns of x out of a
//! register that holds sixteen.

use super::Packed;
use super::arm_neon::last;
use crate::kernels::arm_asm::sdot_lane;
use crate::kernels::arm_i8::{finish, load};
use std::arch::aarch64::*;

/// Rows of a block.
pub(super) const LANES: usize = 8;
/// Columns of a group.
pub(super) const GROUP: usize = 4;

/// Weights of one group.
type Weights = [[i8; 16]; 2];

#[target_feature(enable = "neon,dotprod")]
pub(super) fn matvec(packed: &Packed, x: &[i8], x_scale: f32, out: &mut [f32]) {
    let whole = x.as_chunks::<16>().0;
    let last = last(x);
    let block_len = packed.k.div_ceil(GROUP) * LANES * GROUP;
    for (block, out) in out.chunks_mut(LANES).enumerate() {
        let weight = packed.weight[block * block_len..][..block_len].as_chunks().0.as_chunks::<2>().0;
        let (fours, rest) = weight.split_at(4 * whole.len());
        let mut sums = [vdupq_n_s32(0); 2];
        for (weight, x) in fours.as_chunks::<4>().0.iter().zip(whole) {
            let x = load(x);
            sums = add_products::<0>(sums, &weight[0], x);
            sums = add_products::<1>(sums, &weight[1], x);
            sums = add_products::<2>(sums, &weight[2], x);
            sums = add_products::<3>(sums, &weight[3], x);
        }
        if let Some(weight) = rest.first() {
            sums = add_products::<0>(sums, weight, last);
        }
        if let Some(weight) = rest.get(1) {
            sums = add_products::<1>(sums, weight, last);
        }
        if let Some(weight) = rest.get(2) {
            sums = add_products::<2>(sums, weight, last);
        }
        if let Some(weight) = rest.get(3) {
            sums = add_products::<3>(sums, weight, last);
        }
        let first = block * LANES;
        finish(sums, x_scale, &packed.scale[first..], &packed.bias[first..], out);
    }
}

/// Adds the products of one group of the block with group `G` of sixteen columns of x.
#[inline]
#[target_feature(enable = "neon,dotprod")]
fn add_products<const G: i32>(sums: [int32x4_t; 2], weight: &Weights, x: int8x16_t) -> [int32x4_t; 2] {
    let [low, high] = [load(&weight[0]), load(&weight[1])];
    [sdot_lane::<G>(sums[0], low, x), sdot_lane::<G>(sums[1], high, x)]
}
