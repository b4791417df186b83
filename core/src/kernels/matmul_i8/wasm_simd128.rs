//! Four rows of the matrix by up to two rows of x per tile: more sums than eight, with what is multiplied, would not
//! fit into the sixteen registers of x86-64. Eight columns at a time are widened to 16 bits as they are loaded.

use super::{Packed, tail};
use crate::kernels::wasm_v128::{finish, sums, widened};
use std::arch::wasm32::*;

/// Rows of a block.
pub(super) const LANES: usize = 4;
/// Columns of a group.
pub(super) const GROUP: usize = 8;

/// Weights of one group.
type Weights = [[i8; GROUP]; LANES];
/// Sums of a row of x by each row of a block, each still in four parts.
type Sums = [v128; LANES];

pub(super) fn matmul(packed: &Packed, x: &[i8], x_scale: &[f32], out: &mut [f32]) {
    let rows = x_scale.len();
    // The outer loop is over blocks, so the weights of a tile stay in the cache for all rows of x.
    for block in 0..packed.m.div_ceil(LANES) {
        let mut row = 0;
        while row < rows {
            row += match rows - row {
                2.. => tile::<2>(packed, x, x_scale, out, row, block),
                _ => tile::<1>(packed, x, x_scale, out, row, block),
            };
        }
    }
}

/// `R` rows of x by one block; returns `R`.
#[inline(always)]
fn tile<const R: usize>(
    packed: &Packed,
    x: &[i8],
    x_scale: &[f32],
    out: &mut [f32],
    row: usize,
    block: usize,
) -> usize {
    let k = packed.k;
    let groups = k.div_ceil(GROUP);
    let weight: &[Weights] = packed.weight.as_chunks().0.as_chunks().0;
    let weight = &weight[block * groups..][..groups];
    let x: [&[i8]; R] = std::array::from_fn(|r| &x[(row + r) * k..][..k]);
    // Slices of known length, so that the loop has no bounds checks.
    let whole: [&[[i8; GROUP]]; R] = x.map(|x| &x.as_chunks().0[..k / GROUP]);
    let mut parts = [[i32x4_splat(0); LANES]; R];
    for (n, weight) in weight[..k / GROUP].iter().enumerate() {
        parts = add_products(parts, weight, std::array::from_fn(|r| widened(&whole[r][n])));
    }
    if !k.is_multiple_of(GROUP) {
        parts = add_products(parts, &weight[k / GROUP], x.map(|x| widened(&tail(x))));
    }
    let first = block * LANES;
    let scale = packed.scale[first..].first_chunk().zip(packed.bias[first..].first_chunk());
    let (scale, bias) = scale.expect("scales and biases are filled up to whole blocks");
    let rows = x_scale[row..][..R].iter().zip(out[row * packed.m..].chunks_exact_mut(packed.m));
    for (parts, (x_scale, out)) in parts.into_iter().zip(rows) {
        finish(sums(parts), *x_scale, scale, bias, &mut out[first..]);
    }
    R
}

/// Adds the products of eight columns of the block and of each row of x.
#[inline(always)]
fn add_products<const R: usize>(mut sums: [Sums; R], weight: &Weights, x: [v128; R]) -> [Sums; R] {
    for (n, weight) in weight.iter().enumerate() {
        let weight = widened(weight);
        for r in 0..R {
            sums[r][n] = i32x4_add(sums[r][n], i32x4_dot_i16x8(weight, x[r]));
        }
    }
    sums
}
