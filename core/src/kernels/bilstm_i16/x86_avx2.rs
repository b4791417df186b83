//! Eight units per vector; `vpmaddwd` multiplies and adds two columns at a time.

use super::{Direction, Packed, State, directions, gate_inputs};
use crate::kernels::math::{SIGMOID_LIMIT, SIGMOID_P, SIGMOID_Q, TANH_LIMIT, TANH_P, TANH_Q};
use std::arch::x86_64::*;

/// Units of a block.
pub(super) const LANES: usize = 8;
/// Columns of a group.
pub(super) const GROUP: usize = 2;

/// Runs all steps; `padded` is a multiple of eight.
#[target_feature(enable = "avx2")]
pub(super) fn bilstm(packed: &Packed, rows: &[f32], index: &[u32], state: &mut State) {
    // The usual widths are unrolled.
    match packed.padded {
        8 => run_fixed::<1, 4>(packed, rows, index, state),
        16 => run_fixed::<2, 8>(packed, rows, index, state),
        32 => run_fixed::<4, 16>(packed, rows, index, state),
        _ => run(packed, rows, index, state),
    }
}

/// The four gates of a block, in the order of memory.
type Gates = [[f32; LANES]; 4];
/// The weights of a block for one group of columns.
type Group = [i16; 4 * LANES * GROUP];

/// Runs all steps of any width, block after block.
#[target_feature(enable = "avx2")]
fn run(packed: &Packed, rows: &[f32], index: &[u32], state: &mut State) {
    let mut directions = directions(packed, state);
    for (first, second) in index.iter().zip(index.iter().rev()) {
        let inputs = gate_inputs(rows, packed.padded, *first, *second);
        for (d, x) in directions.iter_mut().zip(inputs) {
            step(d, x, packed.q);
        }
    }
}

/// One step of one direction, block after block.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn step(d: &mut Direction<'_>, x: &[f32], q: f32) {
    let pairs = d.last.as_chunks::<GROUP>().0;
    let inputs = gates_of(x).iter().zip(gates_of(d.scale));
    let weights = groups_of(d.weight).chunks_exact(pairs.len());
    let states = d.cell.as_chunks_mut::<LANES>().0.iter_mut().zip(d.next.as_chunks_mut::<LANES>().0);
    let pooleds = d.pooled.as_chunks_mut::<LANES>().0;
    for (((input, weight), (cell, next)), pooled) in inputs.zip(weights).zip(states).zip(pooleds) {
        let (x, scale) = input;
        let gates = activate(before_activation(x, scale, products(weight, pairs)));
        let (c, h) = new_state(gates, load(cell), q);
        store(cell, c);
        store_i16(next, h);
        store_i16(pooled, _mm_max_epi16(load_i16(pooled), h));
    }
    std::mem::swap(&mut d.last, &mut d.next);
}

/// Runs all steps of `BLOCKS` blocks, which have `PAIRS` groups of columns. Each stage is done for both directions and
/// all blocks before the next, so that other work fills the latency of divisions.
#[target_feature(enable = "avx2")]
fn run_fixed<const BLOCKS: usize, const PAIRS: usize>(
    packed: &Packed,
    rows: &[f32],
    index: &[u32],
    state: &mut State,
) {
    const FITS: &str = "the width is BLOCKS blocks";
    let weights = groups_of(&packed.weight).as_chunks::<PAIRS>().0.as_chunks::<BLOCKS>().0;
    let weights = weights.first_chunk::<2>().expect(FITS);
    let scales = gates_of(&packed.scale).as_chunks::<BLOCKS>().0.first_chunk::<2>().expect(FITS);
    let mut hidden = [[[0i16; GROUP]; PAIRS]; 2];
    let mut cells = [[_mm256_setzero_ps(); BLOCKS]; 2];
    let mut pooled = [[_mm_set1_epi16(i16::MIN); BLOCKS]; 2];
    for (first, second) in index.iter().zip(index.iter().rev()) {
        let inputs = gate_inputs(rows, packed.padded, *first, *second);
        let mut gates = [[[_mm256_setzero_ps(); 4]; BLOCKS]; 2];
        for d in 0..2 {
            let x = gates_of(inputs[d]).first_chunk::<BLOCKS>().expect(FITS);
            for b in 0..BLOCKS {
                let sums = products(&weights[d][b], &hidden[d]);
                gates[d][b] = before_activation(&x[b], &scales[d][b], sums);
            }
        }
        for block in gates.as_flattened_mut() {
            *block = activate(*block);
        }
        for d in 0..2 {
            for b in 0..BLOCKS {
                let (c, h) = new_state(gates[d][b], cells[d][b], packed.q);
                cells[d][b] = c;
                pooled[d][b] = _mm_max_epi16(pooled[d][b], h);
                let at = b * LANES / GROUP;
                let place = hidden[d][at..].first_chunk_mut().expect(FITS);
                store_pairs(place, h);
            }
        }
    }
    let ends = state.cell.as_chunks_mut::<LANES>().0.iter_mut().zip(state.pooled.as_chunks_mut::<LANES>().0);
    for ((cell, most), (c, h)) in ends.zip(cells.as_flattened().iter().zip(pooled.as_flattened())) {
        store(cell, *c);
        store_i16(most, *h);
    }
}

/// Gate inputs or scales, block by block.
fn gates_of(values: &[f32]) -> &[Gates] {
    values.as_chunks::<LANES>().0.as_chunks::<4>().0
}

/// Weights, group by group.
fn groups_of(weight: &[i16]) -> &[Group] {
    weight.as_chunks().0
}

/// The sums of a block's four gates.
#[inline]
#[target_feature(enable = "avx2")]
fn products(weight: &[Group], pairs: &[[i16; GROUP]]) -> [__m256i; 4] {
    let mut sums = [_mm256_setzero_si256(); 4];
    for (weight, pair) in weight.iter().zip(pairs) {
        let pair = i32::from(pair[0]) & 0xFFFF | i32::from(pair[1]) << 16;
        let pair = _mm256_set1_epi32(pair);
        for (sum, weight) in sums.iter_mut().zip(weight.as_chunks::<{ LANES * GROUP }>().0) {
            // SAFETY: the array is 32 bytes, exactly what the load reads.
            let weight = unsafe { _mm256_loadu_si256(weight.as_ptr().cast()) };
            *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(weight, pair));
        }
    }
    sums
}

/// The gates of a block before their activation.
#[inline]
#[target_feature(enable = "avx2")]
fn before_activation(x: &Gates, scale: &Gates, sums: [__m256i; 4]) -> [__m256; 4] {
    let mut gates = [_mm256_setzero_ps(); 4];
    for g in 0..4 {
        let part = _mm256_mul_ps(_mm256_cvtepi32_ps(sums[g]), load(&scale[g]));
        gates[g] = _mm256_add_ps(load(&x[g]), part);
    }
    gates
}

/// The gates i, f, g, o after their activation.
#[inline]
#[target_feature(enable = "avx2")]
fn activate([i, f, g, o]: [__m256; 4]) -> [__m256; 4] {
    [sigmoid(i), sigmoid(f), tanh(g), sigmoid(o)]
}

/// c and the quantized h of a block.
#[inline]
#[target_feature(enable = "avx2")]
fn new_state([i, f, g, o]: [__m256; 4], c: __m256, q: f32) -> (__m256, __m128i) {
    let c = _mm256_add_ps(_mm256_mul_ps(f, c), _mm256_mul_ps(i, g));
    let h = _mm256_mul_ps(_mm256_mul_ps(o, tanh(c)), _mm256_set1_ps(q));
    (c, quantize(h))
}

/// Rounds half to even to 16 bits, which hold |h| <= q; NaN becomes 0.
#[inline]
#[target_feature(enable = "avx2")]
fn quantize(h: __m256) -> __m128i {
    let h = _mm256_and_ps(h, _mm256_cmp_ps::<_CMP_ORD_Q>(h, h));
    let h = _mm256_cvtps_epi32(h);
    _mm_packs_epi32(_mm256_castsi256_si128(h), _mm256_extracti128_si256::<1>(h))
}

/// [`crate::kernels::math::tanh`], lane by lane.
#[inline]
#[target_feature(enable = "avx2")]
fn tanh(x: __m256) -> __m256 {
    let x = clamp(x, TANH_LIMIT);
    let y = _mm256_mul_ps(x, x);
    _mm256_div_ps(_mm256_mul_ps(x, horner(y, &TANH_P)), horner(y, &TANH_Q))
}

/// [`crate::kernels::math::sigmoid`], lane by lane.
#[inline]
#[target_feature(enable = "avx2")]
fn sigmoid(x: __m256) -> __m256 {
    let x = clamp(x, SIGMOID_LIMIT);
    let y = _mm256_mul_ps(x, x);
    let (p, q) = (_mm256_mul_ps(x, horner(y, &SIGMOID_P)), horner(y, &SIGMOID_Q));
    _mm256_div_ps(_mm256_add_ps(q, p), _mm256_add_ps(q, q))
}

/// Keeps x within ±`limit`. With x as the second operand, NaN passes.
#[inline]
#[target_feature(enable = "avx2")]
fn clamp(x: __m256, limit: f32) -> __m256 {
    _mm256_min_ps(_mm256_set1_ps(limit), _mm256_max_ps(_mm256_set1_ps(-limit), x))
}

/// A polynomial by Horner's rule, its coefficients from the lowest power on.
#[inline]
#[target_feature(enable = "avx2")]
fn horner<const N: usize>(y: __m256, coefficients: &[f32; N]) -> __m256 {
    let mut sum = _mm256_set1_ps(coefficients[N - 1]);
    for c in coefficients[..N - 1].iter().rev() {
        sum = _mm256_add_ps(_mm256_mul_ps(sum, y), _mm256_set1_ps(*c));
    }
    sum
}

/// Loads a block of values.
#[inline]
#[target_feature(enable = "avx2")]
fn load(values: &[f32; LANES]) -> __m256 {
    // SAFETY: the array is 32 bytes, exactly what the load reads.
    unsafe { _mm256_loadu_ps(values.as_ptr()) }
}

/// Stores a block of values.
#[inline]
#[target_feature(enable = "avx2")]
fn store(values: &mut [f32; LANES], v: __m256) {
    // SAFETY: the array is 32 bytes, exactly what the store writes.
    unsafe { _mm256_storeu_ps(values.as_mut_ptr(), v) }
}

/// Loads a block of integers.
#[inline]
#[target_feature(enable = "avx2")]
fn load_i16(values: &[i16; LANES]) -> __m128i {
    // SAFETY: the array is 16 bytes, exactly what the load reads.
    unsafe { _mm_loadu_si128(values.as_ptr().cast()) }
}

/// Stores a block of integers.
#[inline]
#[target_feature(enable = "avx2")]
fn store_i16(values: &mut [i16; LANES], v: __m128i) {
    // SAFETY: the array is 16 bytes, exactly what the store writes.
    unsafe { _mm_storeu_si128(values.as_mut_ptr().cast(), v) }
}

/// Stores a block of integers as pairs.
#[inline]
#[target_feature(enable = "avx2")]
fn store_pairs(pairs: &mut [[i16; GROUP]; LANES / GROUP], v: __m128i) {
    // SAFETY: the array is 16 bytes, exactly what the store writes.
    unsafe { _mm_storeu_si128(pairs.as_mut_ptr().cast(), v) }
}
