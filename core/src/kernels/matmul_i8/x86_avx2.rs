//! Eight rows of the matrix per vector, two vectors by four rows of x per tile. `vpmaddubsw` takes |x| and the weight
//! with the sign of x: a pair is at most 2 * 127 * 127, which 16 bits hold.

use super::x86_tiles::{GROUP, LINE, prefetch, walk_tiles, zero};
use super::{Packed, tail};
use std::arch::x86_64::*;

/// Rows of a block.
pub(super) const LANES: usize = 8;

walk_tiles!("avx2", 4, 2, zero);

/// `R` rows of x by `B` blocks.
#[inline]
#[target_feature(enable = "avx2")]
fn tile<const R: usize, const B: usize>(
    packed: &Packed,
    x: &[i8],
    x_scale: &[f32],
    out: &mut [f32],
    (row, block): (usize, usize),
    start: &[i32],
    next: &[i8],
) {
    next.chunks(LINE).for_each(prefetch);
    let k = packed.k;
    let block_len = k.div_ceil(GROUP) * LANES * GROUP;
    let x: [&[i8]; R] = std::array::from_fn(|r| &x[(row + r) * k..][..k]);
    let groups: [&[[i8; 4]]; R] = x.map(|x| x.as_chunks::<4>().0);
    let weight: [&[[i8; 32]]; B] =
        std::array::from_fn(|b| packed.weight[(block + b) * block_len..][..block_len].as_chunks::<32>().0);
    let mut sums: [[__m256i; B]; R] = std::array::from_fn(|r| [_mm256_set1_epi32(start[r]); B]);
    let whole = k / 4;
    // Slices of known length, so that the loop has no bounds checks.
    let (groups, first) = (groups.map(|x| &x[..whole]), weight.map(|w| &w[..whole]));
    for g in 0..whole {
        let x: [[i8; 4]; R] = std::array::from_fn(|r| groups[r][g]);
        sums = add_products(sums, std::array::from_fn(|b| &first[b][g]), x);
    }
    if !k.is_multiple_of(4) {
        sums = add_products(sums, std::array::from_fn(|b| &weight[b][whole]), x.map(tail));
    }
    let finished = sums;
    store(packed, &finished, x_scale, out, row, block);
}

/// Scales the sums of a tile and writes them. A separate function: the sums of a tile stay in registers only if nothing
/// takes their address.
#[inline(never)]
#[target_feature(enable = "avx2")]
pub(super) fn store<const R: usize, const B: usize>(
    packed: &Packed,
    sums: &[[__m256i; B]; R],
    x_scale: &[f32],
    out: &mut [f32],
    row: usize,
    block: usize,
) {
    let m = packed.m;
    #[expect(clippy::needless_range_loop, reason = "the sums are indexed by row first")]
    for b in 0..B {
        let first = (block + b) * LANES;
        let (scale, bias) = (&packed.scale[first..][..LANES], &packed.bias[first..][..LANES]);
        let used = (m - first).min(LANES);
        // SAFETY: both slices are 32 bytes, exactly what the loads read.
        let (scale, bias) = unsafe { (_mm256_loadu_ps(scale.as_ptr()), _mm256_loadu_ps(bias.as_ptr())) };
        for r in 0..R {
            let factor = _mm256_mul_ps(_mm256_set1_ps(x_scale[row + r]), scale);
            let y = _mm256_add_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(sums[r][b]), factor), bias);
            let mut lanes = [0.0; LANES];
            // SAFETY: the array is 32 bytes, exactly what the store writes.
            unsafe { _mm256_storeu_ps(lanes.as_mut_ptr(), y) };
            out[(row + r) * m + first..][..used].copy_from_slice(&lanes[..used]);
        }
    }
}

/// Adds the products of four columns of each weight block and each row of x.
#[inline]
#[target_feature(enable = "avx2")]
fn add_products<const R: usize, const B: usize>(
    mut sums: [[__m256i; B]; R],
    weight: [&[i8; 32]; B],
    x: [[i8; 4]; R],
) -> [[__m256i; B]; R] {
    // SAFETY: each array is 32 bytes, exactly what the load reads.
    let weight = weight.map(|w| unsafe { _mm256_loadu_si256(w.as_ptr().cast()) });
    for (sums, x) in sums.iter_mut().zip(x) {
        let x = _mm256_set1_epi32(i32::from_le_bytes(x.map(i8::cast_unsigned)));
        let magnitude = _mm256_abs_epi8(x);
        for (sum, weight) in sums.iter_mut().zip(weight) {
            let pairs = _mm256_maddubs_epi16(magnitude, _mm256_sign_epi8(weight, x));
            *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
        }
    }
    sums
}
