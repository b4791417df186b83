//! Sixteen values per block, as four vectors.

use crate::kernels::wasm_v128::{load, round, store};
use std::arch::wasm32::*;

/// The values of a block.
type Block = [[f32; 4]; 4];

pub(super) fn quantize(x: &[f32], q: &mut [i8]) -> f32 {
    let (fours, tail) = x.as_chunks::<4>();
    let (blocks, rest) = fours.as_chunks::<4>();
    let mut most = f32x4_splat(0.0);
    for values in fours {
        // The second operand replaces the first only if it is larger, so NaN is never the maximum.
        most = f32x4_pmax(most, f32x4_abs(load(values)));
    }
    let mut lanes = [0.0; 4];
    store(&mut lanes, most);
    let larger = |max: f32, v: &f32| if v.abs() > max { v.abs() } else { max };
    let scale = lanes.iter().chain(tail).fold(0.0, larger) / 127.0;
    if scale == 0.0 {
        q.fill(0);
        return 0.0;
    }
    let (q_blocks, q_rest) = q.as_chunks_mut::<16>();
    for (q, x) in q_blocks.iter_mut().zip(blocks) {
        *q = divide(x, scale);
    }
    if !q_rest.is_empty() {
        let mut last = [[0.0; 4]; 4];
        let values = rest.as_flattened().iter().chain(tail);
        last.as_flattened_mut().iter_mut().zip(values).for_each(|(place, value)| *place = *value);
        q_rest.copy_from_slice(&divide(&last, scale)[..q_rest.len()]);
    }
    scale
}

/// Divides, rounds half to even and keeps the result within -127..=127; NaN becomes 0. A quotient is far below 2^22:
/// even of subnormal numbers it is at most 190.
#[inline(always)]
fn divide(x: &Block, scale: f32) -> [i8; 16] {
    let scale = f32x4_splat(scale);
    let [a, b, c, d] = x.each_ref().map(|x| round(f32x4_div(load(x), scale)));
    let bytes = i8x16_narrow_i16x8(i16x8_narrow_i32x4(a, b), i16x8_narrow_i32x4(c, d));
    let bytes = i8x16_max(bytes, i8x16_splat(-127));
    let mut q = [0; 16];
    // SAFETY: the array is 16 bytes, exactly what the store writes.
    unsafe { v128_store(q.as_mut_ptr().cast(), bytes) };
    q
}
