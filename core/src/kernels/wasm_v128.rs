//! Functions shared by the variants of WebAssembly: loads, stores, sums across lanes, rounding.

use std::arch::wasm32::*;

use super::math::ROUNDER;

/// Loads four numbers.
#[inline(always)]
pub(super) fn load(values: &[f32; 4]) -> v128 {
    // SAFETY: the array is 16 bytes, exactly what the load reads.
    unsafe { v128_load(values.as_ptr().cast()) }
}

/// Stores four numbers.
#[inline(always)]
pub(super) fn store(values: &mut [f32; 4], v: v128) {
    // SAFETY: the array is 16 bytes, exactly what the store writes.
    unsafe { v128_store(values.as_mut_ptr().cast(), v) }
}

/// Loads eight integers.
#[inline(always)]
pub(super) fn load_i16(values: &[i16; 8]) -> v128 {
    // SAFETY: the array is 16 bytes, exactly what the load reads.
    unsafe { v128_load(values.as_ptr().cast()) }
}

/// Stores eight integers.
#[inline(always)]
pub(super) fn store_i16(values: &mut [i16; 8], v: v128) {
    // SAFETY: the array is 16 bytes, exactly what the store writes.
    unsafe { v128_store(values.as_mut_ptr().cast(), v) }
}

/// Loads eight bytes as integers of 16 bits.
#[inline(always)]
pub(super) fn widened(values: &[i8; 8]) -> v128 {
    // SAFETY: the array is 8 bytes, exactly what the load reads.
    unsafe { i16x8_load_extend_i8x8(values.as_ptr()) }
}

/// The sum of all lanes of each of four vectors.
#[inline(always)]
pub(super) fn sums([a, b, c, d]: [v128; 4]) -> v128 {
    let ab = i32x4_add(i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<2, 6, 3, 7>(a, b));
    let cd = i32x4_add(i32x4_shuffle::<0, 4, 1, 5>(c, d), i32x4_shuffle::<2, 6, 3, 7>(c, d));
    i32x4_add(i64x2_shuffle::<0, 2>(ab, cd), i64x2_shuffle::<1, 3>(ab, cd))
}

/// Scales the sums of four rows of a matrix by one row of x, and writes as many as fit into `out`.
#[inline(always)]
pub(super) fn finish(sum: v128, x_scale: f32, scale: &[f32; 4], bias: &[f32; 4], out: &mut [f32]) {
    let scale = f32x4_mul(f32x4_splat(x_scale), load(scale));
    let y = f32x4_add(f32x4_mul(f32x4_convert_i32x4(sum), scale), load(bias));
    if let Some(out) = out.first_chunk_mut() {
        store(out, y);
    } else {
        let mut whole = [0.0; 4];
        store(&mut whole, y);
        out.copy_from_slice(&whole[..out.len()]);
    }
}

/// Rounds numbers of magnitude below 2^22 half to even to integers; NaN becomes 0. The instruction that converts
/// any number costs engines on x86-64 about eight instead of these four.
#[inline(always)]
pub(super) fn round(x: v128) -> v128 {
    let whole = i32x4_sub(f32x4_add(x, f32x4_splat(ROUNDER)), f32x4_splat(ROUNDER));
    v128_and(whole, f32x4_eq(x, x))
}
