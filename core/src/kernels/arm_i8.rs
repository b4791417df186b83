//! Functions shared by the i8 products on AArch64.

use std::arch::aarch64::*;

/// Scales the sums of `4 * N` rows of the matrix by one row of x; `scale` and `bias` start at these rows. Writes as
/// many as fit into `out`.
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn finish<const N: usize>(
    sums: [int32x4_t; N],
    x_scale: f32,
    scale: &[f32],
    bias: &[f32],
    out: &mut [f32],
) {
    let scale = scale.as_chunks::<4>().0.first_chunk::<N>();
    let bias = bias.as_chunks::<4>().0.first_chunk::<N>();
    let (scale, bias) = scale.zip(bias).expect("scales and biases are filled up to whole blocks");
    let x_scale = vdupq_n_f32(x_scale);
    let mut y = [vdupq_n_f32(0.0); N];
    for n in 0..N {
        // SAFETY: both arrays are 16 bytes, exactly what the loads read.
        let (scale, bias) = unsafe { (vld1q_f32(scale[n].as_ptr()), vld1q_f32(bias[n].as_ptr())) };
        y[n] = vaddq_f32(vmulq_f32(vcvtq_f32_s32(sums[n]), vmulq_f32(x_scale, scale)), bias);
    }
    if let Some(out) = out.as_chunks_mut::<4>().0.first_chunk_mut::<N>() {
        for n in 0..N {
            // SAFETY: the array is 16 bytes, exactly what the store writes.
            unsafe { vst1q_f32(out[n].as_mut_ptr(), y[n]) };
        }
    } else {
        write_some(&y, out);
    }
}

/// Writes as many numbers as fit into `out`. A separate function, since the compiler would otherwise turn this and the
/// whole vectors above into one call of `memcpy`.
#[cold]
#[inline(never)]
#[target_feature(enable = "neon")]
fn write_some(y: &[float32x4_t], out: &mut [f32]) {
    for (y, out) in y.iter().zip(out.chunks_mut(4)) {
        let mut lanes = [0.0; 4];
        // SAFETY: the array is 16 bytes, exactly what the store writes.
        unsafe { vst1q_f32(lanes.as_mut_ptr(), *y) };
        for (out, lane) in out.iter_mut().zip(lanes) {
            *out = lane;
        }
    }
}

/// Loads sixteen values.
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn load(values: &[i8; 16]) -> int8x16_t {
    // SAFETY: the array is 16 bytes, exactly what the load reads.
    unsafe { vld1q_s8(values.as_ptr()) }
}
