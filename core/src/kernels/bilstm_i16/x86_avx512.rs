//! Sixteen units per vector of sums, two gates of them per vector of 16-bit numbers; `vpdpwssd` multiplies and adds two
//! columns at a time.

use super::table::CUBIC;
use super::{Block, Direction, EIGHTH, HALF, LANES, Packed, State, blocks, directions, gate_inputs};
use std::arch::x86_64::*;

/// Columns of a group.
pub(super) const GROUP: usize = 2;

/// Runs all steps; `padded` is a multiple of sixteen.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
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
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
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
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn step(d: &mut Direction<'_>, x: &[i16]) {
    for block in blocks::<0>(d, x) {
        advance::<0>(block);
    }
    d.turn();
}

/// One step of one block, for each number of blocks a function of its own, so that its loop has a known length.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn advance<const BLOCKS: usize>(b: Block<'_>) {
    let last = if BLOCKS == 0 { b.last } else { &b.last[..BLOCKS * LANES] };
    let [i, f, g, o] = products(b.weight, last);
    let ([x_i, x_f, x_g, x_o], [s_i, s_f, s_g, s_o]) = (b.x, b.scale);
    let input = half_tanh(before_activation([(x_i, i, s_i), (x_f, f, s_f)]));
    let output = half_tanh(before_activation([(x_g, g, s_g), (x_o, o, s_o)]));
    let gates = logistic(input);
    let (i, f) = (_mm512_castsi512_si256(gates), _mm512_extracti64x4_epi64::<1>(gates));
    let (g, o) = (_mm512_castsi512_si256(output), _mm512_extracti64x4_epi64::<1>(logistic(output)));
    let added = _mm256_mulhrs_epi16(_mm256_mulhrs_epi16(i, g), _mm256_set1_epi16(EIGHTH));
    let c = _mm256_adds_epi16(_mm256_mulhrs_epi16(f, load_16(b.cell)), added);
    store_16(b.cell, c);
    let h = _mm256_mulhrs_epi16(o, half_tanh_16(_mm256_adds_epi16(c, c)));
    store_16(b.next, h);
    store_16(b.pooled, _mm256_max_epi16(load_16(b.pooled), h));
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
                sum[half] = _mm512_dpwssd_epi32(sum[half], load_32(weight), pair);
            }
        }
    }
    sums.map(|[even, odd]| _mm512_add_epi32(even, odd))
}

/// Two gates before their activation, of each the inputs, the sums and their scales.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn before_activation(gates: [(&[i16; LANES], __m512i, &[f32; LANES]); 2]) -> __m512i {
    let [first, second] = gates.map(|(_, sum, scale)| {
        // SAFETY: the array is 64 bytes, exactly what the load reads.
        let scale = unsafe { _mm512_loadu_ps(scale.as_ptr()) };
        // The conversion rounds half to even; the part is bounded.
        _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_cvtepi32_ps(sum), scale))
    });
    // Packing takes four numbers of either in turn.
    let order = _mm512_set_epi64(7, 5, 3, 1, 6, 4, 2, 0);
    let parts = _mm512_permutexvar_epi64(order, _mm512_packs_epi32(first, second));
    let x = _mm512_inserti64x4::<1>(_mm512_castsi256_si512(load_16(gates[0].0)), load_16(gates[1].0));
    _mm512_adds_epi16(x, parts)
}

/// 1/2 and half of each number.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn logistic(half_tanh: __m512i) -> __m512i {
    _mm512_add_epi16(_mm512_set1_epi16(HALF), _mm512_srai_epi16::<1>(half_tanh))
}

/// [`super::table::half_tanh`], lane by lane.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn half_tanh(x: __m512i) -> __m512i {
    let magnitude = _mm512_min_epu16(_mm512_abs_epi16(x), _mm512_set1_epi16(i16::MAX));
    let interval = _mm512_srli_epi16::<11>(magnitude);
    let r = _mm512_xor_si512(_mm512_slli_epi16::<5>(magnitude), _mm512_set1_epi16(i16::MIN));
    let at = |power: usize| {
        // Of a table of 32 the interval finds only the first sixteen.
        let table = _mm512_broadcast_i64x4(load_16(&CUBIC[power]));
        _mm512_permutexvar_epi16(interval, table)
    };
    let y = _mm512_add_epi16(at(2), _mm512_mulhrs_epi16(r, at(3)));
    let y = _mm512_add_epi16(at(1), _mm512_mulhrs_epi16(r, y));
    let y = _mm512_add_epi16(at(0), _mm512_mulhrs_epi16(r, y));
    _mm512_mask_sub_epi16(y, _mm512_movepi16_mask(x), _mm512_setzero_si512(), y)
}

/// The same for sixteen lanes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn half_tanh_16(x: __m256i) -> __m256i {
    let magnitude = _mm256_min_epu16(_mm256_abs_epi16(x), _mm256_set1_epi16(i16::MAX));
    let interval = _mm256_srli_epi16::<11>(magnitude);
    let r = _mm256_xor_si256(_mm256_slli_epi16::<5>(magnitude), _mm256_set1_epi16(i16::MIN));
    let at = |power: usize| _mm256_permutexvar_epi16(interval, load_16(&CUBIC[power]));
    let y = _mm256_add_epi16(at(2), _mm256_mulhrs_epi16(r, at(3)));
    let y = _mm256_add_epi16(at(1), _mm256_mulhrs_epi16(r, y));
    let y = _mm256_add_epi16(at(0), _mm256_mulhrs_epi16(r, y));
    _mm256_sign_epi16(y, x)
}

/// Loads 32 numbers.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn load_32(values: &[i16; 32]) -> __m512i {
    // SAFETY: the array is 64 bytes, exactly what the load reads.
    unsafe { _mm512_loadu_si512(values.as_ptr().cast()) }
}

/// Loads sixteen numbers.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn load_16(values: &[i16; LANES]) -> __m256i {
    // SAFETY: the array is 32 bytes, exactly what the load reads.
    unsafe { _mm256_loadu_si256(values.as_ptr().cast()) }
}

/// Stores sixteen numbers.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn store_16(values: &mut [i16; LANES], v: __m256i) {
    // SAFETY: the array is 32 bytes, exactly what the store writes.
    unsafe { _mm256_storeu_si256(values.as_mut_ptr().cast(), v) }
}
