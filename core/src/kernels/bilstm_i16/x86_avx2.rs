//! Sixteen units per block; `vpmaddwd` multiplies and adds two columns at a time, `vpshufb` reads the table.

use super::table::{PLANES, Plane};
use super::{Block, Direction, EIGHTH, HALF, LANES, Packed, State, blocks, directions, gate_inputs};
use std::arch::x86_64::*;

/// Columns of a group.
pub(super) const GROUP: usize = 2;

/// The sums of one gate: the first eight units of a block, then the others.
type Sums = [__m256i; 2];

/// Runs all steps; `padded` is a multiple of sixteen.
#[target_feature(enable = "avx2")]
pub(super) fn bilstm(packed: &Packed, rows: &[i16], index: &[u32], state: &mut State) {
    // The usual widths are unrolled.
    match packed.padded {
        16 => run::<1>(packed, rows, index, state),
        32 => run::<2>(packed, rows, index, state),
        48 => run::<3>(packed, rows, index, state),
        64 => run::<4>(packed, rows, index, state),
        128 => run::<8>(packed, rows, index, state),
        _ => run::<0>(packed, rows, index, state),
    }
}

/// `BLOCKS` is the number of blocks, 0 for any. The directions take turns block by block: the steps of one wait for
/// each other, and the core sees the other's instructions only if they follow soon.
#[target_feature(enable = "avx2")]
fn run<const BLOCKS: usize>(packed: &Packed, rows: &[i16], index: &[u32], state: &mut State) {
    let [mut forward, mut backward] = directions(packed, state);
    for (first, second) in index.iter().zip(index.iter().rev()) {
        let [x_forward, x_backward] = gate_inputs(rows, packed.padded, *first, *second);
        let both = blocks::<BLOCKS>(&mut forward, x_forward).zip(blocks::<BLOCKS>(&mut backward, x_backward));
        for (forward, backward) in both {
            for block in [forward, backward] {
                advance::<BLOCKS>(block);
            }
        }
        forward.turn();
        backward.turn();
    }
}

/// One step of one direction.
#[target_feature(enable = "avx2")]
pub(super) fn step(d: &mut Direction<'_>, x: &[i16]) {
    for block in blocks::<0>(d, x) {
        advance::<0>(block);
    }
    d.turn();
}

/// One step of one block, for each number of blocks a function of its own, so that its loop has a known length.
#[inline]
#[target_feature(enable = "avx2")]
fn advance<const BLOCKS: usize>(b: Block<'_>) {
    let last = if BLOCKS == 0 { b.last } else { &b.last[..BLOCKS * LANES] };
    let sums = products(b.weight, last.as_chunks::<GROUP>().0);
    let gate = |g: usize| before_activation(&b.x[g], &b.scale[g], sums[g]);
    let [i, f] = half_tanh([gate(0), gate(1)]).map(|gate| logistic(gate));
    let [g, o] = half_tanh([gate(2), gate(3)]);
    let added = _mm256_mulhrs_epi16(_mm256_mulhrs_epi16(i, g), _mm256_set1_epi16(EIGHTH));
    let c = _mm256_adds_epi16(_mm256_mulhrs_epi16(f, load(b.cell)), added);
    store(b.cell, c);
    let [above, _] = half_tanh([_mm256_adds_epi16(c, c), _mm256_setzero_si256()]);
    let h = _mm256_mulhrs_epi16(logistic(o), above);
    store(b.next, h);
    store(b.pooled, _mm256_max_epi16(load(b.pooled), h));
}

/// The four gates' sums of one block: `weight` is `[units / 2][4][16][2]`.
#[inline]
#[target_feature(enable = "avx2")]
fn products(weight: &[i16], h: &[[i16; GROUP]]) -> [Sums; 4] {
    let mut sums = [[_mm256_setzero_si256(); 2]; 4];
    let groups = weight.as_chunks::<LANES>().0.as_chunks::<2>().0.as_chunks::<4>().0;
    for (weight, pair) in groups.iter().zip(h) {
        let pair = i32::from(pair[0]) & 0xFFFF | i32::from(pair[1]) << 16;
        let pair = _mm256_set1_epi32(pair);
        for (sum, weight) in sums.as_flattened_mut().iter_mut().zip(weight.as_flattened()) {
            *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(load(weight), pair));
        }
    }
    sums
}

/// A gate before its activation.
#[inline]
#[target_feature(enable = "avx2")]
fn before_activation(x: &[i16; LANES], scale: &[f32; LANES], sums: Sums) -> __m256i {
    let scale = scale.as_chunks::<8>().0;
    let part = |half: usize| {
        // SAFETY: the array is 32 bytes, exactly what the load reads.
        let scale = unsafe { _mm256_loadu_ps(scale[half].as_ptr()) };
        // The conversion rounds half to even; the part is bounded.
        _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_cvtepi32_ps(sums[half]), scale))
    };
    // Packing takes four numbers of either half in turn.
    let parts = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packs_epi32(part(0), part(1)));
    _mm256_adds_epi16(load(x), parts)
}

/// 1/2 and half of each number.
#[inline]
#[target_feature(enable = "avx2")]
fn logistic(half_tanh: __m256i) -> __m256i {
    _mm256_add_epi16(_mm256_set1_epi16(HALF), _mm256_srai_epi16::<1>(half_tanh))
}

/// [`super::table::half_tanh`], lane by lane, of two vectors: one look-up of bytes serves both.
#[inline]
#[target_feature(enable = "avx2")]
fn half_tanh(x: [__m256i; 2]) -> [__m256i; 2] {
    let [a, b] = x.map(|x| _mm256_min_epu16(_mm256_abs_epi16(x), _mm256_set1_epi16(i16::MAX)));
    let interval = _mm256_packus_epi16(_mm256_srli_epi16::<11>(a), _mm256_srli_epi16::<11>(b));
    let [low_0, high_0, low_1, high_1, square, cube] =
        PLANES.each_ref().map(|plane| look_up(plane, interval));
    let zero = _mm256_setzero_si256();
    let (c0, c1) = (interleaved(low_0, high_0), interleaved(low_1, high_1));
    let (c2, c3) = (interleaved(square, zero), interleaved(zero, cube));
    let magnitude = [a, b];
    let mut y = [zero; 2];
    for n in 0..2 {
        let r = _mm256_xor_si256(_mm256_slli_epi16::<5>(magnitude[n]), _mm256_set1_epi16(i16::MIN));
        let sum = _mm256_sub_epi16(_mm256_mulhrs_epi16(r, _mm256_srai_epi16::<8>(c3[n])), c2[n]);
        let sum = _mm256_add_epi16(c1[n], _mm256_mulhrs_epi16(r, sum));
        let sum = _mm256_add_epi16(c0[n], _mm256_mulhrs_epi16(r, sum));
        y[n] = _mm256_sign_epi16(sum, x[n]);
    }
    y
}

/// The byte of each interval.
#[inline]
#[target_feature(enable = "avx2")]
fn look_up(plane: &Plane, interval: __m256i) -> __m256i {
    // SAFETY: the array is 16 bytes, exactly what the load reads.
    let plane = unsafe { _mm_loadu_si128(plane.as_ptr().cast()) };
    _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(plane), interval)
}

/// Numbers of 16 bits from their low and high bytes: those of the first of two packed vectors, then of the second.
#[inline]
#[target_feature(enable = "avx2")]
fn interleaved(low: __m256i, high: __m256i) -> [__m256i; 2] {
    [_mm256_unpacklo_epi8(low, high), _mm256_unpackhi_epi8(low, high)]
}

/// Loads sixteen numbers.
#[inline]
#[target_feature(enable = "avx2")]
fn load(values: &[i16; LANES]) -> __m256i {
    // SAFETY: the array is 32 bytes, exactly what the load reads.
    unsafe { _mm256_loadu_si256(values.as_ptr().cast()) }
}

/// Stores sixteen numbers.
#[inline]
#[target_feature(enable = "avx2")]
fn store(values: &mut [i16; LANES], v: __m256i) {
    // SAFETY: the array is 32 bytes, exactly what the store writes.
    unsafe { _mm256_storeu_si256(values.as_mut_ptr().cast(), v) }
}
