//! Sixteen values per vector; as in [`x86_avx2`](super::x86_avx2), products if they are sure to round correctly.

use std::arch::x86_64::*;

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub(super) fn quantize(x: &[f32], q: &mut [i8]) -> f32 {
    let (blocks, tail) = x.as_chunks::<16>();
    let mut most = [_mm512_setzero_ps(); 2];
    let (pairs, single) = blocks.as_chunks::<2>();
    for pair in pairs {
        for (most, block) in most.iter_mut().zip(pair) {
            // With the maximum as the second operand, NaN is never the maximum.
            *most = _mm512_max_ps(_mm512_abs_ps(load(block)), *most);
        }
    }
    for block in single {
        most[0] = _mm512_max_ps(_mm512_abs_ps(load(block)), most[0]);
    }
    let mut last = [0.0; 16];
    last[..tail.len()].copy_from_slice(tail);
    most[1] = _mm512_max_ps(_mm512_abs_ps(load(&last)), most[1]);
    let scale = _mm512_reduce_max_ps(_mm512_max_ps(most[0], most[1])) / 127.0;
    if scale == 0.0 {
        q.fill(0);
        return 0.0;
    }
    // It may be infinite, and products then infinite or NaN, which do not count as sure.
    let inverse = 1.0 / scale;
    let (q_blocks, q_tail) = q.as_chunks_mut::<16>();
    for (q, x) in q_blocks.iter_mut().zip(blocks) {
        *q = bytes(load(x), inverse, scale);
    }
    if !tail.is_empty() {
        q_tail.copy_from_slice(&bytes(load(&last), inverse, scale)[..tail.len()]);
    }
    scale
}

/// Divides, rounds half to even and keeps the result within -127..=127; NaN becomes 0.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn bytes(x: __m512, inverse: f32, scale: f32) -> [i8; 16] {
    let v = _mm512_mul_ps(x, _mm512_set1_ps(inverse));
    let mut whole = _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(v);
    let distance = _mm512_abs_ps(_mm512_sub_ps(v, whole));
    if _mm512_cmp_ps_mask::<_CMP_LT_OQ>(distance, _mm512_set1_ps(super::SURE)) != u16::MAX {
        whole = divide(x, scale);
    }
    let bytes = _mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(whole));
    let mut q = [0; 16];
    // SAFETY: the array is 16 bytes, exactly what the store writes.
    unsafe { _mm_storeu_si128(q.as_mut_ptr().cast(), bytes) };
    q
}

/// Quotients within -127..=127, 0 in place of NaN.
#[cold]
#[inline(never)]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn divide(x: __m512, scale: f32) -> __m512 {
    let v = _mm512_div_ps(x, _mm512_set1_ps(scale));
    let v = _mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_ORD_Q>(v, v), v);
    _mm512_max_ps(_mm512_set1_ps(-127.0), _mm512_min_ps(_mm512_set1_ps(127.0), v))
}

/// Loads sixteen values.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn load(values: &[f32; 16]) -> __m512 {
    // SAFETY: the array is 64 bytes, exactly what the load reads.
    unsafe { _mm512_loadu_ps(values.as_ptr()) }
}
