//! Four rows per block, eight columns per group, widened to 16 bits as they are loaded; `i32x4.dot_i16x8_s` multiplies
//! them and adds two products each.

use super::Packed;
use crate::kernels::wasm_v128::{finish, sums, widened};
use std::arch::wasm32::*;

/// Rows of a block.
pub(super) const LANES: usize = 4;
/// Columns of a group.
pub(super) const GROUP: usize = 8;

pub(super) fn matvec(packed: &Packed, x: &[i8], x_scale: f32, out: &mut [f32]) {
    let (whole, rest) = x.as_chunks::<GROUP>();
    let mut last = [0; GROUP];
    last[..rest.len()].copy_from_slice(rest);
    let groups = packed.k.div_ceil(GROUP);
    let weight: &[[[i8; GROUP]; LANES]] = packed.weight.as_chunks().0.as_chunks().0;
    let scale = packed.scale.as_chunks::<LANES>().0.iter().zip(packed.bias.as_chunks::<LANES>().0);
    for ((block, out), (scale, bias)) in out.chunks_mut(LANES).enumerate().zip(scale) {
        let (weight, after) = weight[block * groups..][..groups].split_at(whole.len());
        let mut parts = [i32x4_splat(0); LANES];
        for (weight, x) in weight.iter().zip(whole) {
            parts = add_products(parts, weight, widened(x));
        }
        if let Some(weight) = after.first() {
            parts = add_products(parts, weight, widened(&last));
        }
        finish(sums(parts), x_scale, scale, bias, out);
    }
}

/// Adds the products of eight columns in each of four rows; each sum is still in four parts.
#[inline(always)]
fn add_products(mut sums: [v128; LANES], weight: &[[i8; GROUP]; LANES], x: v128) -> [v128; LANES] {
    for (sum, weight) in sums.iter_mut().zip(weight) {
        *sum = i32x4_add(*sum, i32x4_dot_i16x8(widened(weight), x));
    }
    sums
}
