//! Eight units a block, as two vectors of four; `smlal` by lane, one column at a time.

use super::{Direction, Packed, State, directions, gate_inputs};
use crate::kernels::math::{SIGMOID_LIMIT, SIGMOID_P, SIGMOID_Q, TANH_LIMIT, TANH_P, TANH_Q};
use std::arch::aarch64::*;

/// Units of a block.
pub(super) const LANES: usize = 8;
/// Columns of a group.
pub(super) const GROUP: usize = 1;

/// The sums of one gate: the first four units of a block, then the others.
type Sums = [int32x4_t; 2];

/// Runs all steps; `padded` is a multiple of eight.
#[target_feature(enable = "neon")]
pub(super) fn bilstm(packed: &Packed, rows: &[f32], index: &[u32], state: &mut State) {
    let units = packed.padded;
    let [mut forward, mut backward] = directions(packed, state);
    for (first, second) in index.iter().zip(index.iter().rev()) {
        let [x_forward, x_backward] = gate_inputs(rows, units, *first, *second);
        step(&mut forward, x_forward, packed.q);
        step(&mut backward, x_backward, packed.q);
    }
}

/// One step of one direction.
#[inline]
#[target_feature(enable = "neon")]
fn step(d: &mut Direction<'_>, x: &[f32], q: f32) {
    let units = d.cell.len();
    let inputs = x.as_chunks::<{ 4 * LANES }>().0.iter().zip(d.scale.as_chunks::<{ 4 * LANES }>().0);
    let states = d.cell.as_chunks_mut::<LANES>().0.iter_mut().zip(d.next.as_chunks_mut::<LANES>().0);
    let pooleds = d.pooled.as_chunks_mut::<LANES>().0.iter_mut();
    let blocks = inputs.zip(d.weight.chunks_exact(4 * LANES * units)).zip(states.zip(pooleds));
    for (((x, scale), weight), ((cell, next), pooled)) in blocks {
        let sums = products(weight, d.last);
        // The first four units of the block, then the others.
        let h = [0, 1].map(|half| {
            let gate = |g: usize| {
                let part = vmulq_f32(vcvtq_f32_s32(sums[g][half]), load(scale, 2 * g + half));
                vaddq_f32(load(x, 2 * g + half), part)
            };
            let (i, f, g, o) = (sigmoid(gate(0)), sigmoid(gate(1)), tanh(gate(2)), sigmoid(gate(3)));
            let c = vaddq_f32(vmulq_f32(f, load(cell, half)), vmulq_f32(i, g));
            store(cell, half, c);
            let h = vmulq_f32(vmulq_f32(o, tanh(c)), vdupq_n_f32(q));
            // The conversion rounds half to even and makes NaN 0; |h| <= q fits 16 bits.
            vmovn_s32(vcvtnq_s32_f32(h))
        });
        let h = vcombine_s16(h[0], h[1]);
        store_i16(next, h);
        store_i16(pooled, vmaxq_s16(load_i16(pooled), h));
    }
    std::mem::swap(&mut d.last, &mut d.next);
}

/// The four gates' sums of one block: `weight` is `[units][4][8]`.
#[inline]
#[target_feature(enable = "neon")]
fn products(weight: &[i16], h: &[i16]) -> [Sums; 4] {
    let mut sums = [[vdupq_n_s32(0); 2]; 4];
    for (weight, h) in weight.as_chunks::<256>().0.iter().zip(h.as_chunks::<8>().0) {
        let h = load_i16(h);
        let (columns, _) = weight.as_chunks::<32>();
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

/// Adds one column, `weight` being `[4][8]`, times lane `LANE` of `h`.
#[inline]
#[target_feature(enable = "neon")]
fn column<const LANE: i32>(sums: &mut [Sums; 4], weight: &[i16; 32], h: int16x8_t) {
    for (sum, weight) in sums.iter_mut().zip(weight.as_chunks::<8>().0) {
        let weight = load_i16(weight);
        sum[0] = vmlal_laneq_s16::<LANE>(sum[0], vget_low_s16(weight), h);
        sum[1] = vmlal_high_laneq_s16::<LANE>(sum[1], weight, h);
    }
}

/// [`crate::kernels::math::tanh`], lane by lane.
#[inline]
#[target_feature(enable = "neon")]
fn tanh(x: float32x4_t) -> float32x4_t {
    let x = clamp(x, TANH_LIMIT);
    let y = vmulq_f32(x, x);
    vdivq_f32(vmulq_f32(x, horner(y, &TANH_P)), horner(y, &TANH_Q))
}

/// [`crate::kernels::math::sigmoid`], lane by lane.
#[inline]
#[target_feature(enable = "neon")]
fn sigmoid(x: float32x4_t) -> float32x4_t {
    let x = clamp(x, SIGMOID_LIMIT);
    let y = vmulq_f32(x, x);
    let (p, q) = (vmulq_f32(x, horner(y, &SIGMOID_P)), horner(y, &SIGMOID_Q));
    vdivq_f32(vaddq_f32(q, p), vaddq_f32(q, q))
}

/// Keeps x within ±`limit`. `fmax` and `fmin` pass NaN.
#[inline]
#[target_feature(enable = "neon")]
fn clamp(x: float32x4_t, limit: f32) -> float32x4_t {
    vminq_f32(vdupq_n_f32(limit), vmaxq_f32(vdupq_n_f32(-limit), x))
}

/// A polynomial by Horner's rule, its coefficients from the lowest power on. `fmla` would round once
/// where the contract rounds twice.
#[inline]
#[target_feature(enable = "neon")]
fn horner<const N: usize>(y: float32x4_t, coefficients: &[f32; N]) -> float32x4_t {
    let mut sum = vdupq_n_f32(coefficients[N - 1]);
    for c in coefficients[..N - 1].iter().rev() {
        sum = vaddq_f32(vmulq_f32(sum, y), vdupq_n_f32(*c));
    }
    sum
}

/// Loads the `n`th four values.
#[inline]
#[target_feature(enable = "neon")]
fn load(values: &[f32], n: usize) -> float32x4_t {
    let block = &values.as_chunks::<4>().0[n];
    // SAFETY: the array is 16 bytes, exactly what the load reads.
    unsafe { vld1q_f32(block.as_ptr()) }
}

/// Stores to the `n`th four values.
#[inline]
#[target_feature(enable = "neon")]
fn store(values: &mut [f32], n: usize, v: float32x4_t) {
    let block = &mut values.as_chunks_mut::<4>().0[n];
    // SAFETY: the array is 16 bytes, exactly what the store writes.
    unsafe { vst1q_f32(block.as_mut_ptr(), v) }
}

/// Loads eight integers.
#[inline]
#[target_feature(enable = "neon")]
fn load_i16(values: &[i16; 8]) -> int16x8_t {
    // SAFETY: the array is 16 bytes, exactly what the load reads.
    unsafe { vld1q_s16(values.as_ptr()) }
}

/// Stores eight integers.
#[inline]
#[target_feature(enable = "neon")]
fn store_i16(values: &mut [i16; 8], v: int16x8_t) {
    // SAFETY: the array is 16 bytes, exactly what the store writes.
    unsafe { vst1q_s16(values.as_mut_ptr(), v) }
}
