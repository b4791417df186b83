//! Sixteen units per vector of sums, two gates of them per vector of 16-bit numbers; `vpdpwssd` multiplies and adds two
//! columns at a time.

use super::table::{CUBIC, MOST};
use super::{Block, Direction, EIGHTH, HALF, LANES, Packed, State, blocks, directions, gate_inputs};
use std::arch::x86_64::*;

/// Columns of a group.
pub(super) const GROUP: usize = 2;

/// Runs all steps; `padded` is a multiple of sixteen.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn bilstm(packed: &Packed, rows: &[i16], index: &[u32], state: &mut State) {
    match packed.padded {
        16 => both::<1>(packed, rows, index, state),
        32 => both::<2>(packed, rows, index, state),
        48 => both::<3>(packed, rows, index, state),
        64 => both::<4>(packed, rows, index, state),
        128 => both::<8>(packed, rows, index, state),
        _ => any(packed, rows, index, state),
    }
}

/// Any number of blocks. The directions take turns block by block: the steps of one wait for each other, and the core
/// sees the other's instructions only if they follow soon.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn any(packed: &Packed, rows: &[i16], index: &[u32], state: &mut State) {
    let [mut forward, mut backward] = directions(packed, state);
    for (first, second) in index.iter().zip(index.iter().rev()) {
        let [x_forward, x_backward] = gate_inputs(rows, packed.padded, *first, *second);
        for (forward, backward) in
            blocks::<0>(&mut forward, x_forward).zip(blocks::<0>(&mut backward, x_backward))
        {
            advance(forward);
            advance(backward);
        }
        forward.turn();
        backward.turn();
    }
}

/// The usual widths, unrolled: a vector holds a number of sixteen units of both directions. Four of the forward
/// direction, four of the backward one and so on, which is the order that packing to 16 bits leaves them in.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn both<const BLOCKS: usize>(packed: &Packed, rows: &[i16], index: &[u32], state: &mut State) {
    let (units, gates) = (BLOCKS * LANES, 4 * BLOCKS * LANES);
    let (weight_forward, weight_backward) = packed.weight[..2 * gates * units].split_at(gates * units);
    let (scale_forward, scale_backward) = packed.scale[..2 * gates].split_at(gates);
    let mut cell = [_mm512_setzero_si512(); BLOCKS];
    let mut pooled = [_mm512_set1_epi16(i16::MIN); BLOCKS];
    let mut hidden = [[[0; 2 * LANES]; BLOCKS]; 2];
    let [last, next] = &mut hidden;
    let (mut last, mut next) = (last, next);
    for (first, second) in index.iter().zip(index.iter().rev()) {
        let [x_forward, x_backward] = gate_inputs(rows, units, *first, *second);
        let x = by_gate(x_forward).zip(by_gate(x_backward));
        let scales = by_gate(scale_forward).zip(by_gate(scale_backward));
        let weights = weight_forward.chunks_exact(4 * LANES * units);
        let weights = weights.zip(weight_backward.chunks_exact(4 * LANES * units));
        let states = cell.iter_mut().zip(&mut pooled).zip(next.iter_mut());
        for (((x, scale), weight), ((cell, pooled), next)) in x.zip(scales).zip(weights).zip(states) {
            let h = last.as_flattened();
            let gate = |n: usize, forward, backward| {
                before_activation([(&x.0[n], forward, &scale.0[n]), (&x.1[n], backward, &scale.1[n])])
            };
            // The core takes up instructions in their order. With one block it waits for the cell, and finds the time
            // for the output gate meanwhile, so that its products come later; with more blocks it does not wait, and
            // the products of all gates together read h once.
            let [i, g, f, o] = if BLOCKS == 1 {
                let [i, g, f] = products::<8, 0, 3>(weight.0, h, [0, 2, 1]);
                let [i_2, g_2, f_2] = products::<8, 4, 3>(weight.1, h, [0, 2, 1]);
                [(i, i_2), (g, g_2), (f, f_2), (i, i_2)]
            } else {
                let [i, f, g, o] = products::<8, 0, 4>(weight.0, h, [0, 1, 2, 3]);
                let [i_2, f_2, g_2, o_2] = products::<8, 4, 4>(weight.1, h, [0, 1, 2, 3]);
                [(i, i_2), (g, g_2), (f, f_2), (o, o_2)]
            };
            let i = logistic(half_tanh(gate(0, i.0, i.1)));
            let g = half_tanh(gate(2, g.0, g.1));
            let f = logistic(half_tanh(gate(1, f.0, f.1)));
            let added = _mm512_mulhrs_epi16(_mm512_mulhrs_epi16(i, g), _mm512_set1_epi16(EIGHTH));
            let c = _mm512_adds_epi16(_mm512_mulhrs_epi16(f, *cell), added);
            let o = if BLOCKS == 1 {
                let [o] = products::<8, 0, 1>(weight.0, h, [3]);
                let [o_2] = products::<8, 4, 1>(weight.1, h, [3]);
                (o, o_2)
            } else {
                o
            };
            let o = logistic(half_tanh(gate(3, o.0, o.1)));
            let h = _mm512_mulhrs_epi16(o, half_tanh(_mm512_adds_epi16(c, c)));
            *cell = c;
            *pooled = _mm512_max_epi16(*pooled, h);
            // SAFETY: the array is 64 bytes, exactly what the store writes.
            unsafe { _mm512_storeu_si512(next.as_mut_ptr().cast(), h) };
        }
        std::mem::swap(&mut last, &mut next);
    }
    for (mixed, places) in [(cell, &mut state.cell), (pooled, &mut state.pooled)] {
        let (forward, backward) = places[..2 * units].split_at_mut(units);
        let places = forward.as_chunks_mut().0.iter_mut().zip(backward.as_chunks_mut().0);
        for (places, mixed) in places.zip(mixed) {
            let [forward, backward] = apart(mixed);
            store_16(places.0, forward);
            store_16(places.1, backward);
        }
    }
}

/// The numbers of the gates, block by block.
#[inline(always)]
fn by_gate<T>(x: &[T]) -> impl Iterator<Item = &[[T; LANES]; 4]> {
    x.as_chunks().0.as_chunks().0.iter()
}

/// One step of one direction.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn step(d: &mut Direction<'_>, x: &[i16]) {
    blocks::<0>(d, x).for_each(|block| advance(block));
    d.turn();
}

/// One step of one block of one direction.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn advance(b: Block<'_>) {
    let [i, f, g, o] = products::<4, 0, 4>(b.weight, b.last, [0, 1, 2, 3]);
    let ([x_i, x_f, x_g, x_o], [s_i, s_f, s_g, s_o]) = (b.x, b.scale);
    let input = half_tanh(before_activation([(x_i, i, s_i), (x_f, f, s_f)]));
    let output = half_tanh(before_activation([(x_g, g, s_g), (x_o, o, s_o)]));
    let [i, f] = apart(logistic(input));
    let [g, _] = apart(output);
    let [_, o] = apart(logistic(output));
    let added = _mm256_mulhrs_epi16(_mm256_mulhrs_epi16(i, g), _mm256_set1_epi16(EIGHTH));
    let c = _mm256_adds_epi16(_mm256_mulhrs_epi16(f, load_16(b.cell)), added);
    store_16(b.cell, c);
    let double = _mm512_castsi256_si512(_mm256_adds_epi16(c, c));
    let h = _mm256_mulhrs_epi16(o, _mm512_castsi512_si256(half_tanh(double)));
    store_16(b.next, h);
    store_16(b.pooled, _mm256_max_epi16(load_16(b.pooled), h));
}

/// The sums of these gates of one block of one direction: `weight` is `[units / 2][4][16][2]`; in `h` four of its units
/// begin at `AT` of every `EVERY` numbers.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn products<const EVERY: usize, const AT: usize, const GATES: usize>(
    weight: &[i16],
    h: &[i16],
    gates: [usize; GATES],
) -> [__m512i; GATES] {
    // Two sums per gate, of even and odd groups, halve the chain of additions.
    let mut sums = [[_mm512_setzero_si512(); 2]; GATES];
    for (weight, h) in weight.as_chunks::<256>().0.iter().zip(h.as_chunks::<EVERY>().0) {
        let (groups, _) = weight.as_chunks::<128>();
        for (half, weight) in groups.iter().enumerate() {
            let [first, second] = [h[AT + 2 * half], h[AT + 2 * half + 1]];
            let pair = _mm512_set1_epi32(i32::from(first) & 0xFFFF | i32::from(second) << 16);
            for (sum, gate) in sums.iter_mut().zip(gates) {
                sum[half] = _mm512_dpwssd_epi32(sum[half], load_32(&weight.as_chunks::<32>().0[gate]), pair);
            }
        }
    }
    sums.map(|[even, odd]| _mm512_add_epi32(even, odd))
}

/// Two gates of sixteen units before their activation, of each the inputs, the sums and their scales: four units of one
/// and four of the other in turn.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn before_activation(gates: [(&[i16; LANES], __m512i, &[f32; LANES]); 2]) -> __m512i {
    let [first, second] = gates.map(|(_, sum, scale)| {
        // SAFETY: the array is 64 bytes, exactly what the load reads.
        let scale = unsafe { _mm512_loadu_ps(scale.as_ptr()) };
        // The conversion rounds half to even; the part is bounded.
        _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_cvtepi32_ps(sum), scale))
    });
    let [x_first, x_second] = gates.map(|(x, ..)| _mm512_castsi256_si512(load_16(x)));
    let x = _mm512_permutex2var_epi64(x_first, _mm512_set_epi64(11, 3, 10, 2, 9, 1, 8, 0), x_second);
    _mm512_adds_epi16(x, _mm512_packs_epi32(first, second))
}

/// The two halves of what [`before_activation`] mixes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn apart(mixed: __m512i) -> [__m256i; 2] {
    let apart = _mm512_permutexvar_epi64(_mm512_set_epi64(7, 5, 3, 1, 6, 4, 2, 0), mixed);
    [_mm512_castsi512_si256(apart), _mm512_extracti64x4_epi64::<1>(apart)]
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
    // Without a sign the least number is one more than the largest; the tables have an interval for it.
    let magnitude = _mm512_abs_epi16(x);
    let interval = _mm512_srli_epi16::<11>(magnitude);
    let r = _mm512_xor_si512(_mm512_slli_epi16::<5>(magnitude), _mm512_set1_epi16(i16::MIN));
    let at = |power: usize| _mm512_permutexvar_epi16(interval, load_32(&WIDE[power]));
    let y = _mm512_add_epi16(at(2), _mm512_mulhrs_epi16(r, at(3)));
    let y = _mm512_add_epi16(at(1), _mm512_mulhrs_epi16(r, y));
    let y = _mm512_add_epi16(at(0), _mm512_mulhrs_epi16(r, y));
    _mm512_mask_sub_epi16(y, _mm512_movepi16_mask(x), _mm512_setzero_si512(), y)
}

/// [`CUBIC`] with a seventeenth interval for the magnitude 32768, where the result is that of 32767.
static WIDE: [[i16; 32]; 4] = {
    let mut wide = [[0; 32]; 4];
    let mut power = 0;
    while power < 4 {
        let mut n = 0;
        while n < 16 {
            wide[power][n] = CUBIC[power][n];
            n += 1;
        }
        power += 1;
    }
    wide[0][16] = MOST;
    wide
};

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
