//! Four rows a block, four columns a group: `smull` to 16 bits, then `sadalp` adds pairs in 32.

use super::Packed;
use std::arch::aarch64::*;

/// Rows of a block.
pub(super) const LANES: usize = 4;
/// Columns of a group.
pub(super) const GROUP: usize = 4;

#[target_feature(enable = "neon")]
pub(super) fn matvec(packed: &Packed, x: &[i8], x_scale: f32, out: &mut [f32]) {
    let (groups, tail) = x.as_chunks::<4>();
    let mut last = [0i8; 4];
    last[..tail.len()].copy_from_slice(tail);
    let block_len = packed.k.div_ceil(GROUP) * LANES * GROUP;
    let scale = packed.scale.as_chunks::<4>().0.iter().zip(packed.bias.as_chunks::<4>().0);
    for ((block, out), (scale, bias)) in (0..).zip(out.chunks_mut(LANES)).zip(scale) {
        let (weight, _) = packed.weight[block * block_len..][..block_len].as_chunks::<16>();
        let mut sums = [vdupq_n_s32(0); 2];
        for (weight, x) in weight.iter().zip(groups) {
            add_products(&mut sums, weight, *x);
        }
        if !tail.is_empty() {
            add_products(&mut sums, &weight[groups.len()], last);
        }
        let sum = vcvtq_f32_s32(vpaddq_s32(sums[0], sums[1]));
        // SAFETY: both arrays are 16 bytes, exactly what the loads read.
        let (scale, bias) = unsafe { (vld1q_f32(scale.as_ptr()), vld1q_f32(bias.as_ptr())) };
        let y = vaddq_f32(vmulq_f32(sum, vmulq_f32(vdupq_n_f32(x_scale), scale)), bias);
        let mut whole = [0.0; LANES];
        // SAFETY: the array is 16 bytes, exactly what the store writes.
        unsafe { vst1q_f32(whole.as_mut_ptr(), y) };
        out.copy_from_slice(&whole[..out.len()]);
    }
}

/// Adds the products of four columns in each of four rows: two neighbouring sums a row.
#[inline]
#[target_feature(enable = "neon")]
fn add_products(sums: &mut [int32x4_t; 2], weight: &[i8; 16], x: [i8; 4]) {
    let x = vreinterpretq_s8_s32(vdupq_n_s32(i32::from_le_bytes(x.map(i8::cast_unsigned))));
    // SAFETY: the array is 16 bytes, exactly what the load reads.
    let weight = unsafe { vld1q_s8(weight.as_ptr()) };
    sums[0] = vpadalq_s16(sums[0], vmull_s8(vget_low_s8(weight), vget_low_s8(x)));
    sums[1] = vpadalq_s16(sums[1], vmull_high_s8(weight, x));
}
