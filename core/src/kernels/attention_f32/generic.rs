//! Tiles of four rows by sixteen columns, or as many as the variant has registers for, written so that compilers
//! vectorise them.

use super::{Heads, Scratch};
use crate::kernels::math;

/// Rows of a tile.
const ROWS: usize = 4;

/// With tiles of sixteen columns.
pub(super) fn attention(heads: &Heads, qkv: &[f32], scratch: &mut Scratch, out: &mut [f32]) {
    tiled::<16>(heads, qkv, scratch, out);
}

/// With tiles of `LANES` columns, a multiple of sixteen; the width affects only the speed.
#[inline(always)]
pub(super) fn tiled<const LANES: usize>(heads: &Heads, qkv: &[f32], scratch: &mut Scratch, out: &mut [f32]) {
    let (width, d) = (heads.width(), heads.len);
    let rows = out.len() / width;
    let rows_up = rows.next_multiple_of(LANES);
    let Scratch { keys, values, scores } = scratch;
    let (keys, _) = zeros(keys, d * rows_up).as_chunks_mut::<LANES>();
    let (values, _) = zeros(values, rows * d.next_multiple_of(LANES)).as_chunks_mut::<LANES>();
    let scores = zeros(scores, ROWS * rows_up);
    // Exact for any d below 2^24; root and quotient are rounded once each.
    let scale = 1.0 / (d as f32).sqrt();
    for head in 0..heads.count {
        for (row, whole) in qkv.chunks_exact(3 * width).enumerate() {
            let lines = &mut keys[row / LANES * d..][..d];
            for (line, key) in lines.iter_mut().zip(&whole[width + head * d..][..d]) {
                line[row % LANES] = *key;
            }
            let value = &whole[2 * width + head * d..][..d];
            for (tile, value) in value.chunks(LANES).enumerate() {
                values[tile * rows + row][..value.len()].copy_from_slice(value);
            }
        }
        let mut first = 0;
        while first < rows {
            let here = (rows - first).min(ROWS);
            // If a tile is not full, its last row is computed again and not written.
            let query: [&[f32]; ROWS] = std::array::from_fn(|r| {
                let row = first + r.min(here - 1);
                &qkv[row * 3 * width + head * d..][..d]
            });
            for (at, lines) in keys.chunks_exact(d).enumerate() {
                for (r, sums) in tile(query, lines).iter().enumerate() {
                    let place = &mut scores[r * rows_up + at * LANES..][..LANES];
                    for (place, sum) in place.iter_mut().zip(sums) {
                        *place = sum * scale;
                    }
                }
            }
            let inverses = shares(scores, rows);
            let share: [&[f32]; ROWS] = std::array::from_fn(|r| &scores[r * rows_up..][..rows]);
            for (at, lines) in values.chunks_exact(rows).enumerate() {
                let sums = tile(share, lines);
                for (r, (sums, inverse)) in sums.iter().zip(inverses).enumerate().take(here) {
                    let place = &mut out[(first + r) * width + head * d..][..d];
                    for (place, sum) in place[at * LANES..].iter_mut().zip(sums) {
                        *place = sum * inverse;
                    }
                }
            }
            first += ROWS;
        }
    }
}

/// Resizes to this number of zeros.
#[inline(always)]
fn zeros(buffer: &mut Vec<f32>, len: usize) -> &mut [f32] {
    buffer.clear();
    buffer.resize(len, 0.0);
    buffer
}

/// The products of rows `[k]` and a tile `[k, LANES]`, each summed in ascending order of k. A separate function, so
/// that the sums stay in registers.
#[inline(always)]
fn tile<const LANES: usize>(rows: [&[f32]; ROWS], lines: &[[f32; LANES]]) -> [[f32; LANES]; ROWS] {
    let [a, b, c, d] = rows;
    let [mut p, mut q, mut r, mut s] = [[0.0f32; LANES]; ROWS];
    for ((((line, a), b), c), d) in lines.iter().zip(a).zip(b).zip(c).zip(d) {
        for i in 0..LANES {
            p[i] += a * line[i];
            q[i] += b * line[i];
            r[i] += c * line[i];
            s[i] += d * line[i];
        }
    }
    [p, q, r, s]
}

/// Replaces the first `len` scores of every row by their shares of the largest, and returns the inverse of each row's
/// sum. Each step is done for all rows, so that no row waits for another.
///
/// The padding of a row becomes negative infinity and then 0, which changes neither the largest number nor the sum.
#[inline(always)]
fn shares(scores: &mut [f32], len: usize) -> [f32; ROWS] {
    let stride = scores.len() / ROWS;
    let mut rows = scores.chunks_exact_mut(stride);
    let rows: [&mut [[f32; 16]]; ROWS] = std::array::from_fn(|_| {
        let row = rows.next().expect("there are as many rows as a tile has");
        row[len..].fill(f32::NEG_INFINITY);
        row.as_chunks_mut().0
    });
    let mut largest = [0.0; ROWS];
    for (largest, row) in largest.iter_mut().zip(&rows) {
        *largest = math::largest(row);
    }
    let mut inverses = [0.0; ROWS];
    for ((row, largest), inverse) in rows.into_iter().zip(largest).zip(&mut inverses) {
        for block in &mut *row {
            for value in block {
                *value = math::share(*value - largest);
            }
        }
        *inverse = 1.0 / math::sum(row.as_flattened());
    }
    inverses
}
