//! Eight rows of the matrix per vector, two vectors by four rows of x per tile. `vpdpbusd` as in
//! [`x86_avx512`](super::x86_avx512): weights are packed as w + 128, and 128 * sum(x) is subtracted again.

use super::x86_tiles::{GROUP, LINE, prefetch, walk_tiles};
use super::{Packed, tail, x86_avx2};
use std::arch::x86_64::*;

/// Rows of a block.
pub(super) const LANES: usize = x86_avx2::LANES;

walk_tiles!("avx2,avxvnni", 4, 2, start);

/// The initial sum, which cancels the 128 added to every weight.
#[target_feature(enable = "avx2,avxvnni")]
fn start(x: &[i8]) -> i32 {
    x.iter().map(|x| i32::from(*x)).sum::<i32>() * -128
}

/// `R` rows of x by `B` blocks.
#[inline]
#[target_feature(enable = "avx2,avxvnni")]
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
    x86_avx2::store(packed, &finished, x_scale, out, row, block);
}

/// Adds the products of four columns of each weight block and each row of x.
#[inline]
#[target_feature(enable = "avx2,avxvnni")]
fn add_products<const R: usize, const B: usize>(
    mut sums: [[__m256i; B]; R],
    weight: [&[i8; 32]; B],
    x: [[i8; 4]; R],
) -> [[__m256i; B]; R] {
    // SAFETY: each array is 32 bytes, exactly what the load reads.
    let weight = weight.map(|w| unsafe { _mm256_loadu_si256(w.as_ptr().cast()) });
    for (sums, x) in sums.iter_mut().zip(x) {
        let x = _mm256_set1_epi32(i32::from_le_bytes(x.map(i8::cast_unsigned)));
        for (sum, weight) in sums.iter_mut().zip(weight) {
            *sum = _mm256_dpbusd_avx_epi32(*sum, weight, x);
        }
    }
    sums
}
