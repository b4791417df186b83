//! Eight rows per block, four columns per group. `vpmaddubsw` takes |x| and the weight with the sign of x: a pair is at
//! most 2 * 127 * 127, which 16 bits hold.

use super::Packed;
use std::arch::x86_64::*;

/// Rows of a block.
pub(super) const LANES: usize = 8;
/// Columns of a group.
pub(super) const GROUP: usize = 4;

#[target_feature(enable = "avx2")]
pub(super) fn matvec(packed: &Packed, x: &[i8], x_scale: f32, out: &mut [f32]) {
    let (groups, tail) = x.as_chunks::<4>();
    let mut last = [0i8; 4];
    last[..tail.len()].copy_from_slice(tail);
    let block_len = packed.k.div_ceil(GROUP) * LANES * GROUP;
    let scale = packed.scale.as_chunks::<8>().0.iter().zip(packed.bias.as_chunks::<8>().0);
    for ((block, out), (scale, bias)) in (0..).zip(out.chunks_mut(LANES)).zip(scale) {
        let (weight, _) = packed.weight[block * block_len..][..block_len].as_chunks::<32>();
        let mut sum = _mm256_setzero_si256();
        for (weight, x) in weight.iter().zip(groups) {
            sum = _mm256_add_epi32(sum, products(weight, *x));
        }
        if !tail.is_empty() {
            sum = _mm256_add_epi32(sum, products(&weight[groups.len()], last));
        }
        // SAFETY: both arrays are 32 bytes, exactly what the loads read.
        let (scale, bias) = unsafe { (_mm256_loadu_ps(scale.as_ptr()), _mm256_loadu_ps(bias.as_ptr())) };
        let scale = _mm256_mul_ps(_mm256_set1_ps(x_scale), scale);
        let y = _mm256_add_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(sum), scale), bias);
        let mut whole = [0.0; LANES];
        // SAFETY: the array is 32 bytes, exactly what the store writes.
        unsafe { _mm256_storeu_ps(whole.as_mut_ptr(), y) };
        out.copy_from_slice(&whole[..out.len()]);
    }
}

/// Products of four columns in each of eight rows, summed.
#[inline]
#[target_feature(enable = "avx2")]
fn products(weight: &[i8; 32], x: [i8; 4]) -> __m256i {
    let x = _mm256_set1_epi32(i32::from_le_bytes(x.map(i8::cast_unsigned)));
    // SAFETY: the array is 32 bytes, exactly what the load reads.
    let weight = unsafe { _mm256_loadu_si256(weight.as_ptr().cast()) };
    let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(x), _mm256_sign_epi8(weight, x));
    _mm256_madd_epi16(pairs, _mm256_set1_epi16(1))
}
