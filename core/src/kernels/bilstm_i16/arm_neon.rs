//! Sixteen units per block; `smlal` by lane multiplies and adds one column at a time, `tbl` reads the table.

use super::table::{PLANES, Plane};
use super::{Block, Direction, EIGHTH, HALF, LANES, Packed, State, blocks, directions, gate_inputs};
use std::arch::aarch64::*;

/// Columns of a group.
pub(super) const GROUP: usize = 1;

/// The sums of one gate, four units of a block after four.
type Sums = [int32x4_t; 4];
/// Numbers of the units of a block: one look-up of bytes serves all.
type Sixteen = [int16x8_t; 2];

/// Runs all steps; `padded` is a multiple of sixteen.
#[target_feature(enable = "neon")]
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
#[target_feature(enable = "neon")]
pub(super) fn step(d: &mut Direction<'_>, x: &[i16]) {
    for block in blocks::<0>(d, x) {
        advance(block);
    }
    d.turn();
}

/// One step of one block.
// One copy for both directions: the library is small.
#[inline(never)]
#[target_feature(enable = "neon")]
fn advance(b: Block<'_>) {
    let sums = products(b.weight, b.last);
    let i = logistic(half_tanh(before_activation(&b.x[0], &b.scale[0], sums[0])));
    let f = logistic(half_tanh(before_activation(&b.x[1], &b.scale[1], sums[1])));
    let g = half_tanh(before_activation(&b.x[2], &b.scale[2], sums[2]));
    let o = logistic(half_tanh(before_activation(&b.x[3], &b.scale[3], sums[3])));
    let (mut c, mut twice) = (load(b.cell), load(b.cell));
    for n in 0..2 {
        let added = vqrdmulhq_n_s16(vqrdmulhq_s16(i[n], g[n]), EIGHTH);
        c[n] = vqaddq_s16(vqrdmulhq_s16(f[n], c[n]), added);
        twice[n] = vqaddq_s16(c[n], c[n]);
    }
    store(b.cell, c);
    let (above, mut most) = (half_tanh(twice), load(b.pooled));
    let mut h = above;
    for n in 0..2 {
        h[n] = vqrdmulhq_s16(o[n], above[n]);
        most[n] = vmaxq_s16(most[n], h[n]);
    }
    store(b.next, h);
    store(b.pooled, most);
}

/// The four gates' sums of one block: `weight` is `[units][4][16]`.
#[inline]
#[target_feature(enable = "neon")]
fn products(weight: &[i16], h: &[i16]) -> [Sums; 4] {
    let mut sums = [[vdupq_n_s32(0); 4]; 4];
    for (weight, h) in weight.as_chunks::<512>().0.iter().zip(h.as_chunks::<8>().0) {
        let h = load_8(h);
        let (columns, _) = weight.as_chunks::<64>();
        column::<0>(&mut sums, &columns[0], h);
        column::<1>(&mut sums, &columns[1], h);
        column::<2>(&mut sums, &columns[2], h);
        column::<3>(&mut sums, &columns[3], h);
        column::<4>(&mut sums, &columns[4], h);
        column::<5>(&mut sums, &columns[5], h);
        column::<6>(&mut sums, &columns[6], h);
        column::<7>(&mut sums, &columns[7], h);
    }
    sums
}

/// Adds one column, `weight` being `[4][16]`, times lane `LANE` of `h`.
#[inline]
#[target_feature(enable = "neon")]
fn column<const LANE: i32>(sums: &mut [Sums; 4], weight: &[i16; 64], h: int16x8_t) {
    let halves = sums.as_flattened_mut().as_chunks_mut::<2>().0;
    for (sum, weight) in halves.iter_mut().zip(weight.as_chunks::<8>().0) {
        let weight = load_8(weight);
        sum[0] = vmlal_laneq_s16::<LANE>(sum[0], vget_low_s16(weight), h);
        sum[1] = vmlal_high_laneq_s16::<LANE>(sum[1], weight, h);
    }
}

/// A gate before its activation.
#[inline]
#[target_feature(enable = "neon")]
fn before_activation(x: &[i16; LANES], scale: &[f32; LANES], sums: Sums) -> Sixteen {
    let (mut gate, scale) = (load(x), scale.as_chunks::<4>().0);
    let part = |n: usize| {
        // SAFETY: the array is 16 bytes, exactly what the load reads.
        let scale = unsafe { vld1q_f32(scale[n].as_ptr()) };
        // The conversion rounds half to even.
        vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(sums[n]), scale))
    };
    for (n, gate) in gate.iter_mut().enumerate() {
        let parts = vqmovn_high_s32(vqmovn_s32(part(2 * n)), part(2 * n + 1));
        *gate = vqaddq_s16(*gate, parts);
    }
    gate
}

/// 1/2 and half of each number.
#[inline]
#[target_feature(enable = "neon")]
fn logistic(mut half_tanh: Sixteen) -> Sixteen {
    for value in &mut half_tanh {
        *value = vsraq_n_s16::<1>(vdupq_n_s16(HALF), *value);
    }
    half_tanh
}

/// [`super::table::half_tanh`], lane by lane.
#[inline]
#[target_feature(enable = "neon")]
fn half_tanh(x: Sixteen) -> Sixteen {
    // The magnitude of the least number is the largest one.
    let magnitude = [vreinterpretq_u16_s16(vqabsq_s16(x[0])), vreinterpretq_u16_s16(vqabsq_s16(x[1]))];
    let interval = vuzp1q_u8(
        vreinterpretq_u8_u16(vshrq_n_u16::<11>(magnitude[0])),
        vreinterpretq_u8_u16(vshrq_n_u16::<11>(magnitude[1])),
    );
    let at = |power: usize| look_up(&PLANES[power], interval);
    let (c0, c1) = (interleaved(at(0), at(1)), interleaved(at(2), at(3)));
    let (square, cube) = (interleaved(at(4), vdupq_n_u8(0)), vreinterpretq_s8_u8(at(5)));
    let cube = [vmovl_s8(vget_low_s8(cube)), vmovl_high_s8(cube)];
    let mut y = x;
    for n in 0..2 {
        let r = vreinterpretq_s16_u16(veorq_u16(vshlq_n_u16::<5>(magnitude[n]), vdupq_n_u16(0x8000)));
        let sum = vsubq_s16(vqrdmulhq_s16(r, cube[n]), square[n]);
        let sum = vaddq_s16(c1[n], vqrdmulhq_s16(r, sum));
        let sum = vaddq_s16(c0[n], vqrdmulhq_s16(r, sum));
        // Of a negative number all bits of the sign are set: its complement and one more.
        let sign = vshrq_n_s16::<15>(x[n]);
        y[n] = vsubq_s16(veorq_s16(sum, sign), sign);
    }
    y
}

/// The byte of each interval.
#[inline]
#[target_feature(enable = "neon")]
fn look_up(plane: &Plane, interval: uint8x16_t) -> uint8x16_t {
    // SAFETY: the array is 16 bytes, exactly what the load reads.
    let plane = unsafe { vld1q_u8(plane.as_ptr()) };
    vqtbl1q_u8(plane, interval)
}

/// Numbers of 16 bits from their low and high bytes.
#[inline]
#[target_feature(enable = "neon")]
fn interleaved(low: uint8x16_t, high: uint8x16_t) -> Sixteen {
    [vreinterpretq_s16_u8(vzip1q_u8(low, high)), vreinterpretq_s16_u8(vzip2q_u8(low, high))]
}

/// Loads sixteen numbers.
#[inline]
#[target_feature(enable = "neon")]
fn load(values: &[i16; LANES]) -> Sixteen {
    let [low, high] = &values.as_chunks::<8>().0.as_chunks::<2>().0[0];
    [load_8(low), load_8(high)]
}

/// Stores sixteen numbers.
#[inline]
#[target_feature(enable = "neon")]
fn store(values: &mut [i16; LANES], v: Sixteen) {
    for (place, v) in values.as_chunks_mut::<8>().0.iter_mut().zip(v) {
        // SAFETY: the array is 16 bytes, exactly what the store writes.
        unsafe { vst1q_s16(place.as_mut_ptr(), v) }
    }
}

/// Loads eight numbers.
#[inline]
#[target_feature(enable = "neon")]
fn load_8(values: &[i16; 8]) -> int16x8_t {
    // SAFETY: the array is 16 bytes, exactly what the load reads.
    unsafe { vld1q_s16(values.as_ptr()) }
}
