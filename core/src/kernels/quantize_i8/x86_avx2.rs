//! Eight values per vector.

use std::arch::x86_64::*;

#[target_feature(enable = "avx2")]
pub(super) fn quantize(x: &[f32], q: &mut [i8]) -> f32 {
    let (blocks, tail) = x.as_chunks::<8>();
    let magnitude = _mm256_set1_ps(f32::from_bits(0x7FFF_FFFF));
    let mut most = _mm256_setzero_ps();
    for block in blocks {
        // With the maximum as the second operand, NaN is never the maximum.
        most = _mm256_max_ps(_mm256_and_ps(load(block), magnitude), most);
    }
    let mut lanes = [0.0f32; 8];
    // SAFETY: the array is 32 bytes, exactly what the store writes.
    unsafe { _mm256_storeu_ps(lanes.as_mut_ptr(), most) };
    let larger = |max: f32, v: &f32| if v.abs() > max { v.abs() } else { max };
    let scale = tail.iter().fold(lanes.iter().fold(0.0, larger), larger) / 127.0;
    if scale == 0.0 {
        q.fill(0);
        return 0.0;
    }
    // It may be infinite, and products then infinite or NaN, which do not count as sure.
    let inverse = 1.0 / scale;
    let (q_blocks, q_tail) = q.as_chunks_mut::<8>();
    for (q, x) in q_blocks.iter_mut().zip(blocks) {
        *q = multiply(load(x), inverse).unwrap_or_else(
            #[cold]
            || divide(load(x), scale),
        );
    }
    if !tail.is_empty() {
        let mut last = [0.0; 8];
        last[..tail.len()].copy_from_slice(tail);
        q_tail.copy_from_slice(&divide(load(&last), scale)[..tail.len()]);
    }
    scale
}

/// The rounded products with the inverse of the scale, if all are sure to be the rounded quotients.
#[inline]
#[target_feature(enable = "avx2")]
fn multiply(x: __m256, inverse: f32) -> Option<[i8; 8]> {
    let v = _mm256_mul_ps(x, _mm256_set1_ps(inverse));
    let whole = _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(v);
    let magnitude = _mm256_set1_ps(f32::from_bits(0x7FFF_FFFF));
    let distance = _mm256_and_ps(_mm256_sub_ps(v, whole), magnitude);
    let sure = _mm256_cmp_ps::<_CMP_LT_OQ>(distance, _mm256_set1_ps(super::SURE));
    (_mm256_movemask_ps(sure) == 0xFF).then(|| bytes(whole))
}

/// Divides, rounds half to even and keeps the result within -127..=127; NaN becomes 0.
#[inline]
#[target_feature(enable = "avx2")]
fn divide(x: __m256, scale: f32) -> [i8; 8] {
    let v = _mm256_div_ps(x, _mm256_set1_ps(scale));
    let v = _mm256_and_ps(v, _mm256_cmp_ps::<_CMP_ORD_Q>(v, v));
    bytes(_mm256_max_ps(_mm256_set1_ps(-127.0), _mm256_min_ps(_mm256_set1_ps(127.0), v)))
}

/// Rounds values within -127..=127 half to even.
#[inline]
#[target_feature(enable = "avx2")]
fn bytes(v: __m256) -> [i8; 8] {
    let v = _mm256_cvtps_epi32(v);
    let v = _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256::<1>(v));
    let bytes = _mm_cvtsi128_si64(_mm_packs_epi16(v, v)).to_le_bytes();
    bytes.map(u8::cast_signed)
}

/// Loads eight values.
#[inline]
#[target_feature(enable = "avx2")]
fn load(values: &[f32; 8]) -> __m256 {
    // SAFETY: the array is 32 bytes, exactly what the load reads.
    unsafe { _mm256_loadu_ps(values.as_ptr()) }
}
