//! Sixteen units per block; `i32x4.dot_i16x8_s` multiplies and adds two columns at a time, `i8x16.swizzle` reads the
//! table.

use super::table::{PLANES, Plane};
use super::{Block, Direction, EIGHTH, HALF, LANES, Packed, State, blocks, directions, gate_inputs};
use crate::kernels::wasm_v128::{load as load_f32, load_i16, round, store_i16};
use std::arch::wasm32::*;

/// Columns of a group.
pub(super) const GROUP: usize = 2;

/// Numbers of the units of a block: one look-up of bytes serves all.
type Sixteen = [v128; 2];
/// The weights of a block for one group of columns: for each gate, four units after four.
type Group = [[[i16; 8]; 4]; 4];

/// Runs all steps; `padded` is a multiple of sixteen.
pub(super) fn bilstm(packed: &Packed, rows: &[i16], index: &[u32], state: &mut State) {
    let [mut forward, mut backward] = directions(packed, state);
    for (first, second) in index.iter().zip(index.iter().rev()) {
        let [x_forward, x_backward] = gate_inputs(rows, packed.padded, *first, *second);
        // In turns, since the steps of one direction wait for each other.
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

/// One step of one direction.
pub(super) fn step(d: &mut Direction<'_>, x: &[i16]) {
    blocks::<0>(d, x).for_each(advance);
    d.turn();
}

/// One step of one block.
fn advance(b: Block<'_>) {
    let pairs = b.last.as_chunks::<GROUP>().0;
    let weight: &[Group] = b.weight.as_chunks().0.as_chunks().0.as_chunks().0;
    // Two gates at a time: the registers hold the sums of no more.
    let [first, second] = products::<0>(weight, pairs);
    let i = logistic(half_tanh(before_activation(&b.x[0], &b.scale[0], first)));
    let f = logistic(half_tanh(before_activation(&b.x[1], &b.scale[1], second)));
    let [first, second] = products::<2>(weight, pairs);
    let g = half_tanh(before_activation(&b.x[2], &b.scale[2], first));
    let o = logistic(half_tanh(before_activation(&b.x[3], &b.scale[3], second)));
    let cell = load(b.cell);
    let c = both(|n| {
        let added = i16x8_q15mulr_sat(i16x8_q15mulr_sat(i[n], g[n]), i16x8_splat(EIGHTH));
        i16x8_add_sat(i16x8_q15mulr_sat(f[n], cell[n]), added)
    });
    store(b.cell, c);
    let above = half_tanh(both(|n| i16x8_add_sat(c[n], c[n])));
    let h = both(|n| i16x8_q15mulr_sat(o[n], above[n]));
    let most = load(b.pooled);
    store(b.next, h);
    store(b.pooled, both(|n| i16x8_max(most[n], h[n])));
}

/// The sums of the gate `FIRST` and of the next one in a block.
#[inline(always)]
fn products<const FIRST: usize>(weight: &[Group], pairs: &[[i16; GROUP]]) -> [[v128; 4]; 2] {
    let mut sums = [[i32x4_splat(0); 4]; 2];
    for (weight, pair) in weight.iter().zip(pairs) {
        // SAFETY: the array is 4 bytes, exactly what the load reads.
        let pair = unsafe { v128_load32_splat(pair.as_ptr().cast()) };
        for (sum, weight) in sums.iter_mut().zip(&weight[FIRST..]) {
            for (sum, weight) in sum.iter_mut().zip(weight) {
                *sum = i32x4_add(*sum, i32x4_dot_i16x8(load_i16(weight), pair));
            }
        }
    }
    sums
}

/// A gate before its activation.
#[inline(always)]
fn before_activation(x: &[i16; LANES], scale: &[f32; LANES], sums: [v128; 4]) -> Sixteen {
    let (x, scale) = (load(x), scale.as_chunks::<4>().0);
    // The part is bounded, as the rounding requires.
    let part = |n: usize| round(f32x4_mul(f32x4_convert_i32x4(sums[n]), load_f32(&scale[n])));
    both(|n| i16x8_add_sat(x[n], i16x8_narrow_i32x4(part(2 * n), part(2 * n + 1))))
}

/// 1/2 and half of each number.
#[inline(always)]
fn logistic(half_tanh: Sixteen) -> Sixteen {
    both(|n| i16x8_add(i16x8_splat(HALF), i16x8_shr(half_tanh[n], 1)))
}

/// [`super::table::half_tanh`], lane by lane.
#[inline(always)]
fn half_tanh(x: Sixteen) -> Sixteen {
    let magnitude = both(|n| u16x8_min(i16x8_abs(x[n]), i16x8_splat(i16::MAX)));
    let interval = u8x16_narrow_i16x8(u16x8_shr(magnitude[0], 11), u16x8_shr(magnitude[1], 11));
    let at = |power: usize| look_up(&PLANES[power], interval);
    let zero = i16x8_splat(0);
    let (c0, c1) = (interleaved(at(0), at(1)), interleaved(at(2), at(3)));
    let (square, cube) = (interleaved(at(4), zero), interleaved(zero, at(5)));
    both(|n| {
        let r = v128_xor(i16x8_shl(magnitude[n], 5), i16x8_splat(i16::MIN));
        let sum = i16x8_sub(i16x8_q15mulr_sat(r, i16x8_shr(cube[n], 8)), square[n]);
        let sum = i16x8_add(c1[n], i16x8_q15mulr_sat(r, sum));
        let sum = i16x8_add(c0[n], i16x8_q15mulr_sat(r, sum));
        // Of a negative number all bits of the sign are set: its complement and one more.
        let sign = i16x8_shr(x[n], 15);
        i16x8_sub(v128_xor(sum, sign), sign)
    })
}

/// The byte of each interval.
#[inline(always)]
fn look_up(plane: &Plane, interval: v128) -> v128 {
    // SAFETY: the array is 16 bytes, exactly what the load reads.
    u8x16_swizzle(unsafe { v128_load(plane.as_ptr().cast()) }, interval)
}

/// Numbers of 16 bits from their low and high bytes.
#[inline(always)]
fn interleaved(low: v128, high: v128) -> Sixteen {
    [
        u8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(low, high),
        u8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(low, high),
    ]
}

/// Loads sixteen numbers.
#[inline(always)]
fn load(values: &[i16; LANES]) -> Sixteen {
    let halves = values.as_chunks::<8>().0;
    both(|n| load_i16(&halves[n]))
}

/// Stores sixteen numbers.
#[inline(always)]
fn store(values: &mut [i16; LANES], v: Sixteen) {
    values.as_chunks_mut::<8>().0.iter_mut().zip(v).for_each(|(place, v)| store_i16(place, v));
}

/// A function of either half of a block.
#[inline(always)]
fn both(mut function: impl FnMut(usize) -> v128) -> Sixteen {
    [function(0), function(1)]
}
