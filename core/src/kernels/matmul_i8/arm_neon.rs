//! Four rows of the matrix a vector by four rows of x a tile: `smull` to 16 bits, then `sadalp` adds pairs in 32.

use super::{Packed, tail};
use std::arch::aarch64::*;

/// Rows of a block.
pub(super) const LANES: usize = 4;

#[target_feature(enable = "neon")]
pub(super) fn matmul(packed: &Packed, x: &[i8], x_scale: &[f32], out: &mut [f32]) {
    let rows = x_scale.len();
    for block in 0..packed.m.div_ceil(LANES) {
        let mut row = 0;
        while row + 4 <= rows {
            tile::<4>(packed, x, x_scale, out, row, block);
            row += 4;
        }
        while row < rows {
            tile::<1>(packed, x, x_scale, out, row, block);
            row += 1;
        }
    }
}

/// `R` rows of x by one block.
#[inline]
#[target_feature(enable = "neon")]
fn tile<const R: usize>(
    packed: &Packed,
    x: &[i8],
    x_scale: &[f32],
    out: &mut [f32],
    row: usize,
    block: usize,
) {
    let (m, k) = (packed.m, packed.k);
    let block_len = k.div_ceil(super::GROUP) * LANES * super::GROUP;
    let x: [&[i8]; R] = std::array::from_fn(|r| &x[(row + r) * k..][..k]);
    let groups: [&[[i8; 4]]; R] = x.map(|x| x.as_chunks::<4>().0);
    let (weight, _) = packed.weight[block * block_len..][..block_len].as_chunks::<16>();
    let mut sums = [[vdupq_n_s32(0); 2]; R];
    let whole = k / 4;
    for (g, weight) in weight[..whole].iter().enumerate() {
        let x: [[i8; 4]; R] = std::array::from_fn(|r| groups[r][g]);
        add_products(&mut sums, weight, x);
    }
    if !k.is_multiple_of(4) {
        add_products(&mut sums, &weight[whole], x.map(tail));
    }
    let first = block * LANES;
    let (scale, bias) = (&packed.scale[first..][..LANES], &packed.bias[first..][..LANES]);
    let used = (m - first).min(LANES);
    // SAFETY: both slices are 16 bytes, exactly what the loads read.
    let (scale, bias) = unsafe { (vld1q_f32(scale.as_ptr()), vld1q_f32(bias.as_ptr())) };
    for r in 0..R {
        let sum = vcvtq_f32_s32(vpaddq_s32(sums[r][0], sums[r][1]));
        let y = vaddq_f32(vmulq_f32(sum, vmulq_f32(vdupq_n_f32(x_scale[row + r]), scale)), bias);
        let mut lanes = [0.0; LANES];
        // SAFETY: the array is 16 bytes, exactly what the store writes.
        unsafe { vst1q_f32(lanes.as_mut_ptr(), y) };
        out[(row + r) * m + first..][..used].copy_from_slice(&lanes[..used]);
    }
}

/// Adds the products of four columns in each of four rows of the matrix, for each row of x.
#[inline]
#[target_feature(enable = "neon")]
fn add_products<const R: usize>(sums: &mut [[int32x4_t; 2]; R], weight: &[i8; 16], x: [[i8; 4]; R]) {
    // SAFETY: the array is 16 bytes, exactly what the load reads.
    let weight = unsafe { vld1q_s8(weight.as_ptr()) };
    for (sums, x) in sums.iter_mut().zip(x) {
        let x = vreinterpretq_s8_s32(vdupq_n_s32(i32::from_le_bytes(x.map(i8::cast_unsigned))));
        sums[0] = vpadalq_s16(sums[0], vmull_s8(vget_low_s8(weight), vget_low_s8(x)));
        sums[1] = vpadalq_s16(sums[1], vmull_high_s8(weight, x));
    }
}
