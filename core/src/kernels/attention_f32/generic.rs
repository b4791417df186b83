//! Four rows by sixteen columns a tile, or as many as the variant has registers for, in a shape that compilers turn into vectors.

use super::{Heads, Scratch};
use crate::kernels::softmax_f32::generic::softmax;

/// Rows of a tile.
const ROWS: usize = 4;

/// With tiles of sixteen columns.
pub(super) fn attention(heads: &Heads, qkv: &[f32], scratch: &mut Scratch, out: &mut [f32]) {
    tiled::<16>(heads, qkv, scratch, out);
}

/// With tiles of `LANES` columns, which change nothing but the speed.
#[inline(always)]
pub(super) fn tiled<const LANES: usize>(heads: &Heads, qkv: &[f32], scratch: &mut Scratch, out: &mut [f32]) {
    let (width, d) = (heads.width(), heads.len);
    let rows = out.len() / width;
    let (rows_up, d_up) = (rows.next_multiple_of(LANES), d.next_multiple_of(LANES));
    let Scratch { keys, values, scores } = scratch;
    keys.clear();
    keys.resize(d * rows_up, 0.0);
    values.clear();
    values.resize(rows * d_up, 0.0);
    scores.clear();
    scores.resize(ROWS * rows_up, 0.0);
    // Exact for any d below 2^24; root and quotient are rounded once each.
    let scale = 1.0 / (d as f32).sqrt();
    for head in 0..heads.count {
        for row in 0..rows {
            let whole = &qkv[row * 3 * width..][..3 * width];
            let key = &whole[width + head * d..][..d];
            for (i, key) in key.iter().enumerate() {
                keys[i * rows_up + row] = *key;
            }
            values[row * d_up..][..d].copy_from_slice(&whole[2 * width + head * d..][..d]);
        }
        let mut first = 0;
        while first < rows {
            let here = (rows - first).min(ROWS);
            // Of a tile that is not full, the last row is computed again and left out.
            let query: [&[f32]; ROWS] = std::array::from_fn(|r| {
                let row = first + r.min(here - 1);
                &qkv[row * 3 * width + head * d..][..d]
            });
            multiply::<LANES>(query, keys, rows_up, |r, column, lanes| {
                let place = &mut scores[r * rows_up + column..][..LANES];
                for (place, sum) in place.iter_mut().zip(lanes) {
                    *place = sum * scale;
                }
            });
            for scores in scores.chunks_exact_mut(rows_up).take(here) {
                softmax(&mut scores[..rows]);
            }
            let share: [&[f32]; ROWS] = std::array::from_fn(|r| &scores[r.min(here - 1) * rows_up..][..rows]);
            multiply::<LANES>(share, values, d_up, |r, column, lanes| {
                if r < here {
                    let place = &mut out[(first + r) * width + head * d..][..d];
                    for (place, sum) in place[column.min(d)..].iter_mut().zip(lanes) {
                        *place = *sum;
                    }
                }
            });
            first += ROWS;
        }
    }
}

/// The products of rows `[k]` and a matrix `[k, n]`, each summed in ascending order of k; n is a whole number
/// of `LANES`. Hands out row, first column and sums.
#[inline(always)]
fn multiply<const LANES: usize>(
    rows: [&[f32]; ROWS],
    matrix: &[f32],
    n: usize,
    mut done: impl FnMut(usize, usize, &[f32; LANES]),
) {
    for column in (0..n).step_by(LANES) {
        let sums = tile::<LANES>(rows, &matrix[column..], n);
        for (r, sums) in sums.iter().enumerate() {
            done(r, column, sums);
        }
    }
}

/// The sums of one tile: apart, so that they stay in registers.
#[inline(always)]
fn tile<const LANES: usize>(rows: [&[f32]; ROWS], matrix: &[f32], n: usize) -> [[f32; LANES]; ROWS] {
    let [a, b, c, d] = rows;
    let [mut p, mut q, mut r, mut s] = [[0.0f32; LANES]; ROWS];
    for ((((line, a), b), c), d) in matrix.chunks(n).zip(a).zip(b).zip(c).zip(d) {
        let Some(line) = line.first_chunk::<LANES>() else { continue };
        for i in 0..LANES {
            p[i] += a * line[i];
            q[i] += b * line[i];
            r[i] += c * line[i];
            s[i] += d * line[i];
        }
    }
    [p, q, r, s]
}
