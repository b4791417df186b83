//! Eight units per block, as two vectors of four; `smlal` by lane, one column at a time.

use super::{Direction, Packed, State, directions, gate_inputs};
use crate::kernels::math::{SIGMOID_LIMIT, SIGMOID_P, SIGMOID_Q, TANH_LIMIT, TANH_P, TANH_Q};
use std::arch::aarch64::*;

/// Units of a block.
pub(super) const LANES: usize = 8;
/// Columns of a group.
pub(super) const GROUP: usize = 1;

/// The sums of one gate: the first four units of a block, then the others.
type Sums = [int32x4_t; 2];
/// Values of the units of a block, as two vectors that are processed together: they share constants, and one division
/// fills the latency of the other.
type Eight = [float32x4_t; 2];

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
pub(super) fn step(d: &mut Direction<'_>, x: &[f32], q: f32) {
    let units = d.cell.len();
    let inputs = x.as_chunks::<{ 4 * LANES }>().0.iter().zip(d.scale.as_chunks::<{ 4 * LANES }>().0);
    let states = d.cell.as_chunks_mut::<LANES>().0.iter_mut().zip(d.next.as_chunks_mut::<LANES>().0);
    let pooleds = d.pooled.as_chunks_mut::<LANES>().0.iter_mut();
    let blocks = inputs.zip(d.weight.chunks_exact(4 * LANES * units)).zip(states.zip(pooleds));
    for (((x, scale), weight), ((cell, next), pooled)) in blocks {
        let sums = products(weight, d.last);
        let i = sigmoid(gate::<0>(x, scale, &sums));
        let f = sigmoid(gate::<1>(x, scale, &sums));
        let g = tanh(gate::<2>(x, scale, &sums));
        let o = sigmoid(gate::<3>(x, scale, &sums));
        let mut c = load(cell, 0);
        for n in 0..2 {
            c[n] = vaddq_f32(vmulq_f32(f[n], c[n]), vmulq_f32(i[n], g[n]));
        }
        store(cell, c);
        let above = tanh(c);
        let mut h = [vdup_n_s16(0); 2];
        for n in 0..2 {
            let exact = vmulq_f32(vmulq_f32(o[n], above[n]), vdupq_n_f32(q));
            // The conversion rounds half to even and makes NaN 0; |h| <= q fits 16 bits.
            h[n] = vmovn_s32(vcvtnq_s32_f32(exact));
        }
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

/// Gate `G` of a block before its activation.
#[inline]
#[target_feature(enable = "neon")]
fn gate<const G: usize>(x: &[f32; 4 * LANES], scale: &[f32; 4 * LANES], sums: &[Sums; 4]) -> Eight {
    let (mut gate, scale) = (load(x, G), load(scale, G));
    for n in 0..2 {
        gate[n] = vaddq_f32(gate[n], vmulq_f32(vcvtq_f32_s32(sums[G][n]), scale[n]));
    }
    gate
}

/// [`crate::kernels::math::tanh`], lane by lane.
#[inline]
#[target_feature(enable = "neon")]
fn tanh(x: Eight) -> Eight {
    let x = clamp(x, TANH_LIMIT);
    let y = square(x);
    let (p, mut q) = (horner(y, &TANH_P), horner(y, &TANH_Q));
    for n in 0..2 {
        q[n] = vdivq_f32(vmulq_f32(x[n], p[n]), q[n]);
    }
    q
}

/// [`crate::kernels::math::sigmoid`], lane by lane.
#[inline]
#[target_feature(enable = "neon")]
fn sigmoid(x: Eight) -> Eight {
    let x = clamp(x, SIGMOID_LIMIT);
    let y = square(x);
    let (p, mut q) = (horner(y, &SIGMOID_P), horner(y, &SIGMOID_Q));
    for n in 0..2 {
        q[n] = vdivq_f32(vaddq_f32(q[n], vmulq_f32(x[n], p[n])), vaddq_f32(q[n], q[n]));
    }
    q
}

/// Keeps x within ±`limit`. `fmax` and `fmin` pass NaN.
#[inline]
#[target_feature(enable = "neon")]
fn clamp(mut x: Eight, limit: f32) -> Eight {
    for x in &mut x {
        *x = vminq_f32(vdupq_n_f32(limit), vmaxq_f32(vdupq_n_f32(-limit), *x));
    }
    x
}

/// Squares both vectors.
#[inline]
#[target_feature(enable = "neon")]
fn square(mut x: Eight) -> Eight {
    for x in &mut x {
        *x = vmulq_f32(*x, *x);
    }
    x
}

/// A polynomial by Horner's rule, its coefficients from the lowest power on. `fmla` would round once where the contract
/// rounds twice.
#[inline]
#[target_feature(enable = "neon")]
fn horner<const N: usize>(y: Eight, coefficients: &[f32; N]) -> Eight {
    let mut sum = [vdupq_n_f32(coefficients[N - 1]); 2];
    for c in coefficients[..N - 1].iter().rev() {
        let c = vdupq_n_f32(*c);
        for n in 0..2 {
            sum[n] = vaddq_f32(vmulq_f32(sum[n], y[n]), c);
        }
    }
    sum
}

/// Loads the `n`th eight values.
#[inline]
#[target_feature(enable = "neon")]
fn load(values: &[f32], n: usize) -> Eight {
    let [low, high] = &values.as_chunks::<4>().0.as_chunks::<2>().0[n];
    // SAFETY: each array is 16 bytes, exactly what the loads read.
    unsafe { [vld1q_f32(low.as_ptr()), vld1q_f32(high.as_ptr())] }
}

/// Stores eight values.
#[inline]
#[target_feature(enable = "neon")]
fn store(values: &mut [f32; LANES], v: Eight) {
    for (place, v) in values.as_chunks_mut::<4>().0.iter_mut().zip(v) {
        // SAFETY: the array is 16 bytes, exactly what the store writes.
        unsafe { vst1q_f32(place.as_mut_ptr(), v) }
    }
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
