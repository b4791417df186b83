//! Sixteen rows of the matrix per vector, four vectors by four rows of x per tile. `vpdpbusd` multiplies unsigned by
//! signed bytes, so weights are packed as w + 128, and 128 * sum(x) is subtracted again: it wraps around in i32 without
//! saturating, and the final sum is in range.

use super::x86_tiles::{GROUP, LINE, prefetch, walk_tiles};
use super::{Packed, tail};
use std::arch::x86_64::*;

/// Rows of a block.
pub(super) const LANES: usize = 16;

walk_tiles!("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni", 4, 4, start);

/// The initial sum, which cancels the 128 added to every weight.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn start(x: &[i8]) -> i32 {
    x.iter().map(|x| i32::from(*x)).sum::<i32>() * -128
}

/// `R` rows of x by `B` blocks.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn tile<const R: usize, const B: usize>(
    packed: &Packed,
    x: &[i8],
    x_scale: &[f32],
    out: &mut [f32],
    (row, block): (usize, usize),
    start: &[i32],
    next: &[i8],
) {
    let k = packed.k;
    let block_len = k.div_ceil(GROUP) * LANES * GROUP;
    let x: [&[i8]; R] = std::array::from_fn(|r| &x[(row + r) * k..][..k]);
    let weight: [&[i8]; B] = std::array::from_fn(|b| &packed.weight[(block + b) * block_len..][..block_len]);
    let mut sums: [[__m512i; B]; R] = std::array::from_fn(|r| [_mm512_set1_epi32(start[r]); B]);
    let whole = k / GROUP;
    let mut next = next.chunks(LINE);
    for g in 0..whole {
        // SAFETY: a row of x has `whole` groups of 4 bytes at least, a block as many of 64 bytes.
        unsafe {
            let x = x.map(|x| _mm512_set1_epi32(x.as_ptr().add(4 * g).cast::<i32>().read_unaligned()));
            let weight = weight.map(|w| _mm512_loadu_si512(w.as_ptr().add(64 * g).cast()));
            sums = add_products(sums, weight, x);
        }
        if g % 4 == 0
            && let Some(line) = next.next()
        {
            prefetch(line);
        }
    }
    if !k.is_multiple_of(GROUP) {
        let x = x.map(|x| _mm512_set1_epi32(i32::from_le_bytes(tail(x).map(i8::cast_unsigned))));
        // SAFETY: behind the whole groups a block has one of 64 bytes that is filled up.
        let weight = weight.map(|w| unsafe { _mm512_loadu_si512(w.as_ptr().add(64 * whole).cast()) });
        sums = add_products(sums, weight, x);
    }
    next.for_each(prefetch);
    let finished = sums;
    store(packed, &finished, x_scale, out, row, block);
}

/// Scales the sums of a tile and writes them. A separate function: the sums of a tile stay in registers only if nothing
/// takes their address.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn store<const R: usize, const B: usize>(
    packed: &Packed,
    sums: &[[__m512i; B]; R],
    x_scale: &[f32],
    out: &mut [f32],
    row: usize,
    block: usize,
) {
    #[expect(clippy::needless_range_loop, reason = "the sums are indexed by row first")]
    for b in 0..B {
        let finish = Finish::new(packed, block + b);
        for r in 0..R {
            let out = &mut out[(row + r) * packed.m..][..packed.m];
            finish.row(sums[r][b], x_scale[row + r], out);
        }
    }
}

/// The scales and biases of a block.
pub(super) struct Finish {
    scale: __m512,
    bias: __m512,
    /// The first of its rows, and how many of them there are.
    first: usize,
    used: usize,
}

impl Finish {
    /// Those of block `block`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
    pub(super) fn new(packed: &Packed, block: usize) -> Self {
        let first = block * LANES;
        let (scale, bias) = (&packed.scale[first..][..LANES], &packed.bias[first..][..LANES]);
        // SAFETY: both slices are 64 bytes, exactly what the loads read.
        let (scale, bias) = unsafe { (_mm512_loadu_ps(scale.as_ptr()), _mm512_loadu_ps(bias.as_ptr())) };
        Self { scale, bias, first, used: (packed.m - first).min(LANES) }
    }

    /// Scales the sums of one row of x, and writes them into its results.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
    pub(super) fn row(&self, sums: __m512i, x_scale: f32, out: &mut [f32]) {
        // At most 16 bits are set.
        let mask = u16::MAX >> (LANES - self.used);
        let factor = _mm512_mul_ps(_mm512_set1_ps(x_scale), self.scale);
        let y = _mm512_add_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(sums), factor), self.bias);
        let out = &mut out[self.first..][..self.used];
        // SAFETY: the mask has as many bits set as the slice is long, and no other lane is written.
        unsafe { _mm512_mask_storeu_ps(out.as_mut_ptr(), mask, y) };
    }
}

/// Sixteen sums.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn load(sums: &[i32; LANES]) -> __m512i {
    // SAFETY: the array is 64 bytes, exactly what the load reads.
    unsafe { _mm512_loadu_si512(sums.as_ptr().cast()) }
}

/// Adds the products of four columns of each weight block and each row of x.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn add_products<const R: usize, const B: usize>(
    mut sums: [[__m512i; B]; R],
    weight: [__m512i; B],
    x: [__m512i; R],
) -> [[__m512i; B]; R] {
    for (sums, x) in sums.iter_mut().zip(x) {
        for (sum, weight) in sums.iter_mut().zip(weight) {
            *sum = _mm512_dpbusd_epi32(*sum, weight, x);
        }
    }
    sums
}
