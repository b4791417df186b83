//! Eight values per block, as two vectors of four.

use std::arch::aarch64::*;

#[target_feature(enable = "neon")]
pub(super) fn quantize(x: &[f32], q: &mut [i8]) -> f32 {
    let (blocks, tail) = x.as_chunks::<8>();
    let mut most = vdupq_n_f32(0.0);
    for block in blocks {
        for half in load(block) {
            // A comparison with NaN is false, so NaN is never the maximum.
            let half = vabsq_f32(half);
            most = vbslq_f32(vcgtq_f32(half, most), half, most);
        }
    }
    let larger = |max: f32, v: &f32| if v.abs() > max { v.abs() } else { max };
    let scale = tail.iter().fold(vmaxvq_f32(most), larger) / 127.0;
    if scale == 0.0 {
        q.fill(0);
        return 0.0;
    }
    let (q_blocks, q_tail) = q.as_chunks_mut::<8>();
    for (q, x) in q_blocks.iter_mut().zip(blocks) {
        *q = divide(x, scale);
    }
    if !tail.is_empty() {
        let mut last = [0.0; 8];
        last[..tail.len()].copy_from_slice(tail);
        q_tail.copy_from_slice(&divide(&last, scale)[..tail.len()]);
    }
    scale
}

/// Divides, rounds half to even and keeps the result within -127..=127; NaN becomes 0.
#[inline]
#[target_feature(enable = "neon")]
fn divide(x: &[f32; 8], scale: f32) -> [i8; 8] {
    let scale = vdupq_n_f32(scale);
    let [low, high] = load(x).map(|half| vqmovn_s32(vcvtnq_s32_f32(vdivq_f32(half, scale))));
    let bytes = vmax_s8(vqmovn_s16(vcombine_s16(low, high)), vdup_n_s8(-127));
    let mut q = [0; 8];
    // SAFETY: the array is 8 bytes, exactly what the store writes.
    unsafe { vst1_s8(q.as_mut_ptr(), bytes) };
    q
}

/// Loads eight values.
#[inline]
#[target_feature(enable = "neon")]
fn load(values: &[f32; 8]) -> [float32x4_t; 2] {
    let (halves, _) = values.as_chunks::<4>();
    // SAFETY: each half is 16 bytes, exactly what the loads read.
    unsafe { [vld1q_f32(halves[0].as_ptr()), vld1q_f32(halves[1].as_ptr())] }
}
