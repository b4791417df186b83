//! Sixteen units per vector; `vpdpwssd` multiplies and adds two columns at a time.

use super::{Direction, Packed, State, directions, gate_inputs};
use crate::kernels::math::{SIGMOID_LIMIT, SIGMOID_P, SIGMOID_Q, TANH_LIMIT, TANH_P, TANH_Q};
use std::arch::x86_64::*;

/// Units of a block.
pub(super) const LANES: usize = 16;
/// Columns of a group.
pub(super) const GROUP: usize = 2;

/// Runs all steps; `padded` is a multiple of sixteen.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn bilstm(packed: &Packed, rows: &[f32], index: &[u32], state: &mut State) {
    // The usual widths are unrolled.
    match packed.padded {
        16 => run::<1>(packed, rows, index, state),
        32 => run::<2>(packed, rows, index, state),
        _ => run::<0>(packed, rows, index, state),
    }
}

/// `BLOCKS` is the number of blocks, 0 for any.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn run<const BLOCKS: usize>(packed: &Packed, rows: &[f32], index: &[u32], state: &mut State) {
    let [mut forward, mut backward] = directions(packed, state);
    for (first, second) in index.iter().zip(index.iter().rev()) {
        let [x_forward, x_backward] = gate_inputs(rows, packed.padded, *first, *second);
        step::<BLOCKS>(&mut forward, x_forward, packed.q);
        step::<BLOCKS>(&mut backward, x_backward, packed.q);
    }
}

/// One step of one direction.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn step<const BLOCKS: usize>(d: &mut Direction<'_>, x: &[f32], q: f32) {
    let units = if BLOCKS == 0 { d.cell.len() } else { BLOCKS * LANES };
    let inputs = x[..4 * units].as_chunks::<{ 4 * LANES }>().0.iter();
    let scales = d.scale[..4 * units].as_chunks::<{ 4 * LANES }>().0.iter();
    let weights = d.weight[..4 * units * units].chunks_exact(4 * LANES * units);
    let cells = d.cell[..units].as_chunks_mut::<LANES>().0.iter_mut();
    let nexts = d.next[..units].as_chunks_mut::<LANES>().0.iter_mut();
    let pooleds = d.pooled[..units].as_chunks_mut::<LANES>().0.iter_mut();
    let h = &d.last[..units];
    let blocks = inputs.zip(scales).zip(weights).zip(cells).zip(nexts.zip(pooleds));
    for ((((x, scale), weight), cell), (next, pooled)) in blocks {
        let sums = products(weight, h);
        let (x, scale) = (x.as_chunks::<LANES>().0, scale.as_chunks::<LANES>().0);
        let gate = |g: usize| {
            let part = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[g]), load(&scale[g]));
            _mm512_add_ps(load(&x[g]), part)
        };
        let (i, f, g, o) = (sigmoid(gate(0)), sigmoid(gate(1)), tanh(gate(2)), sigmoid(gate(3)));
        let c = _mm512_add_ps(_mm512_mul_ps(f, load(cell)), _mm512_mul_ps(i, g));
        store(cell, c);
        let h = _mm512_mul_ps(_mm512_mul_ps(o, tanh(c)), _mm512_set1_ps(q));
        // NaN becomes 0. The conversion rounds half to even, and |h| <= q fits 16 bits.
        let h = _mm512_maskz_cvtps_epi32(_mm512_cmp_ps_mask::<_CMP_ORD_Q>(h, h), h);
        let h = _mm512_cvtepi32_epi16(h);
        store_i16(next, h);
        store_i16(pooled, _mm256_max_epi16(load_i16(pooled), h));
    }
    std::mem::swap(&mut d.last, &mut d.next);
}

/// The four gates' sums of one block: `weight` is `[units / 2][4][16][2]`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn products(weight: &[i16], h: &[i16]) -> [__m512i; 4] {
    // Two sums per gate, of even and odd groups, halve the chain of additions.
    let mut sums = [[_mm512_setzero_si512(); 2]; 4];
    for (weight, h) in weight.as_chunks::<256>().0.iter().zip(h.as_chunks::<4>().0) {
        let (groups, _) = weight.as_chunks::<128>();
        for (half, weight) in groups.iter().enumerate() {
            let pair = i32::from(h[2 * half]) & 0xFFFF | i32::from(h[2 * half + 1]) << 16;
            let pair = _mm512_set1_epi32(pair);
            for (sum, weight) in sums.iter_mut().zip(weight.as_chunks::<32>().0) {
                // SAFETY: the array is 64 bytes, exactly what the load reads.
                let weight = unsafe { _mm512_loadu_si512(weight.as_ptr().cast()) };
                sum[half] = _mm512_dpwssd_epi32(sum[half], weight, pair);
            }
        }
    }
    sums.map(|[even, odd]| _mm512_add_epi32(even, odd))
}

/// [`crate::kernels::math::tanh`], lane by lane.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn tanh(x: __m512) -> __m512 {
    let x = clamp(x, TANH_LIMIT);
    let y = _mm512_mul_ps(x, x);
    _mm512_div_ps(_mm512_mul_ps(x, horner(y, &TANH_P)), horner(y, &TANH_Q))
}

/// [`crate::kernels::math::sigmoid`], lane by lane.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn sigmoid(x: __m512) -> __m512 {
    let x = clamp(x, SIGMOID_LIMIT);
    let y = _mm512_mul_ps(x, x);
    let (p, q) = (_mm512_mul_ps(x, horner(y, &SIGMOID_P)), horner(y, &SIGMOID_Q));
    _mm512_div_ps(_mm512_add_ps(q, p), _mm512_add_ps(q, q))
}

/// Keeps x within ±`limit`. With x as the second operand, NaN passes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn clamp(x: __m512, limit: f32) -> __m512 {
    _mm512_min_ps(_mm512_set1_ps(limit), _mm512_max_ps(_mm512_set1_ps(-limit), x))
}

/// A polynomial by Horner's rule, its coefficients from the lowest power on.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn horner<const N: usize>(y: __m512, coefficients: &[f32; N]) -> __m512 {
    let mut sum = _mm512_set1_ps(coefficients[N - 1]);
    for c in coefficients[..N - 1].iter().rev() {
        sum = _mm512_add_ps(_mm512_mul_ps(sum, y), _mm512_set1_ps(*c));
    }
    sum
}

/// Loads a block of values.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn load(values: &[f32; LANES]) -> __m512 {
    // SAFETY: the array is 64 bytes, exactly what the load reads.
    unsafe { _mm512_loadu_ps(values.as_ptr()) }
}

/// Stores a block of values.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn store(values: &mut [f32; LANES], v: __m512) {
    // SAFETY: the array is 64 bytes, exactly what the store writes.
    unsafe { _mm512_storeu_ps(values.as_mut_ptr(), v) }
}

/// Loads a block of integers.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn load_i16(values: &[i16; LANES]) -> __m256i {
    // SAFETY: the array is 32 bytes, exactly what the load reads.
    unsafe { _mm256_loadu_si256(values.as_ptr().cast()) }
}

/// Stores a block of integers.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn store_i16(values: &mut [i16; LANES], v: __m256i) {
    // SAFETY: the array is 32 bytes, exactly what the store writes.
    unsafe { _mm256_storeu_si256(values.as_mut_ptr().cast(), v) }
}
