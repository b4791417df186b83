//! Eight units per block, as two vectors of four; `i32x4.dot_i16x8_s` multiplies and adds two columns at a time.

use super::{Direction, Packed, State, directions, gate_inputs};
use crate::kernels::math::{SIGMOID_LIMIT, SIGMOID_P, SIGMOID_Q, TANH_LIMIT, TANH_P, TANH_Q};
use crate::kernels::wasm_v128::{load, load_i16, round, store, store_i16};
use std::arch::wasm32::*;

/// Units of a block.
pub(super) const LANES: usize = 8;
/// Columns of a group.
pub(super) const GROUP: usize = 2;

/// Values of the units of a block: the first four, then the others. The two vectors are processed together, so that
/// one division fills the latency of the other.
type Eight = [v128; 2];
/// The four gates of a block, in the order of memory.
type Gates = [[[f32; 4]; 2]; 4];
/// The weights of a block for one group of columns.
type Group = [[[i16; 8]; 2]; 4];

/// Runs all steps; `padded` is a multiple of eight.
pub(super) fn bilstm(packed: &Packed, rows: &[f32], index: &[u32], state: &mut State) {
    let mut directions = directions(packed, state);
    for (first, second) in index.iter().zip(index.iter().rev()) {
        let inputs = gate_inputs(rows, packed.padded, *first, *second);
        for (direction, x) in directions.iter_mut().zip(inputs) {
            step(direction, x, packed.q);
        }
    }
}

/// One step of one direction.
pub(super) fn step(d: &mut Direction<'_>, x: &[f32], q: f32) {
    let pairs = d.last.as_chunks::<GROUP>().0;
    let inputs = gates_of(x).iter().zip(gates_of(d.scale));
    let weights = groups_of(d.weight).chunks_exact(pairs.len().max(1));
    let cells = d.cell.as_chunks_mut::<4>().0.as_chunks_mut::<2>().0;
    let states = cells.iter_mut().zip(d.next.as_chunks_mut::<LANES>().0);
    let pooleds = d.pooled.as_chunks_mut::<LANES>().0;
    for ((((x, scale), weight), (cell, next)), pooled) in inputs.zip(weights).zip(states).zip(pooleds) {
        let sums = products(weight, pairs);
        let gate = |g: usize| both(|n| before_activation(&x[g][n], &scale[g][n], sums[g][n]));
        let (i, f, g, o) = (sigmoid(gate(0)), sigmoid(gate(1)), tanh(gate(2)), sigmoid(gate(3)));
        let c = both(|n| f32x4_add(f32x4_mul(f[n], load(&cell[n])), f32x4_mul(i[n], g[n])));
        (0..2).for_each(|n| store(&mut cell[n], c[n]));
        let above = tanh(c);
        // |h| <= q fits 16 bits.
        let [low, high] = both(|n| round(f32x4_mul(f32x4_mul(o[n], above[n]), f32x4_splat(q))));
        let h = i16x8_narrow_i32x4(low, high);
        store_i16(next, h);
        store_i16(pooled, i16x8_max(load_i16(pooled), h));
    }
    std::mem::swap(&mut d.last, &mut d.next);
}

/// Gate inputs or scales, block by block.
fn gates_of(values: &[f32]) -> &[Gates] {
    values.as_chunks().0.as_chunks().0.as_chunks().0
}

/// Weights, group by group.
fn groups_of(weight: &[i16]) -> &[Group] {
    weight.as_chunks().0.as_chunks().0.as_chunks().0
}

/// The sums of a block's four gates.
#[inline(always)]
fn products(weight: &[Group], pairs: &[[i16; GROUP]]) -> [Eight; 4] {
    let mut sums = [[i32x4_splat(0); 2]; 4];
    for (weight, pair) in weight.iter().zip(pairs) {
        // SAFETY: the array is 4 bytes, exactly what the load reads.
        let pair = unsafe { v128_load32_splat(pair.as_ptr().cast()) };
        for (sum, weight) in sums.iter_mut().zip(weight) {
            for (sum, weight) in sum.iter_mut().zip(weight) {
                *sum = i32x4_add(*sum, i32x4_dot_i16x8(load_i16(weight), pair));
            }
        }
    }
    sums
}

/// Four units of a gate before their activation.
#[inline(always)]
fn before_activation(x: &[f32; 4], scale: &[f32; 4], sum: v128) -> v128 {
    f32x4_add(load(x), f32x4_mul(f32x4_convert_i32x4(sum), load(scale)))
}

/// [`crate::kernels::math::tanh`], lane by lane.
#[inline(always)]
fn tanh(x: Eight) -> Eight {
    both(|n| {
        let x = clamp(x[n], TANH_LIMIT);
        let y = f32x4_mul(x, x);
        f32x4_div(f32x4_mul(x, horner(y, &TANH_P)), horner(y, &TANH_Q))
    })
}

/// [`crate::kernels::math::sigmoid`], lane by lane.
#[inline(always)]
fn sigmoid(x: Eight) -> Eight {
    both(|n| {
        let x = clamp(x[n], SIGMOID_LIMIT);
        let y = f32x4_mul(x, x);
        let (p, q) = (f32x4_mul(x, horner(y, &SIGMOID_P)), horner(y, &SIGMOID_Q));
        f32x4_div(f32x4_add(q, p), f32x4_add(q, q))
    })
}

/// Keeps x within ±`limit`. The second operand replaces the first only if a comparison says so, so NaN passes.
#[inline(always)]
fn clamp(x: v128, limit: f32) -> v128 {
    f32x4_pmin(f32x4_pmax(x, f32x4_splat(-limit)), f32x4_splat(limit))
}

/// A polynomial by Horner's rule, its coefficients from the lowest power on.
#[inline(always)]
fn horner<const N: usize>(y: v128, coefficients: &[f32; N]) -> v128 {
    let mut sum = f32x4_splat(coefficients[N - 1]);
    for c in coefficients[..N - 1].iter().rev() {
        sum = f32x4_add(f32x4_mul(sum, y), f32x4_splat(*c));
    }
    sum
}

/// A function of either half of a block.
#[inline(always)]
fn both(mut function: impl FnMut(usize) -> v128) -> Eight {
    [function(0), function(1)]
}
