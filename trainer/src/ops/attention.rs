//! Multi-head self-attention within each sequence of a packed batch: no padding, no mask.

use super::activation::exp;
use super::gemm::{View, ViewMut, gemm};
use super::{add_assign, lane_sum, vectorized};
use std::ops::Range;

/// Softmax of each row of `scores`, in place.
pub fn softmax_rows(scores: &mut [f32], width: usize) {
    vectorized(
        #[inline(always)]
        || {
            for row in scores.chunks_exact_mut(width) {
                let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                for v in row.iter_mut() {
                    *v = exp(*v - max);
                }
                let inverse = 1.0 / lane_sum(width, |i| row[i]);
                for v in row.iter_mut() {
                    *v *= inverse;
                }
            }
        },
    );
}

/// Turns the gradient of the probabilities into the gradient of the scores, in place.
pub fn softmax_rows_backward(dp: &mut [f32], p: &[f32], width: usize) {
    vectorized(
        #[inline(always)]
        || {
            for (dp, p) in dp.chunks_exact_mut(width).zip(p.chunks_exact(width)) {
                let mean = lane_sum(width, |i| dp[i] * p[i]);
                for (d, p) in dp.iter_mut().zip(p) {
                    *d = p * (*d - mean);
                }
            }
        },
    );
}

/// Number of buckets of distances: half of them for keys after the query.
pub const BUCKETS: usize = 32;
/// Distances up to this number have a bucket each.
const EXACT: usize = BUCKETS / 4;
/// The last bucket has all distances from this number on.
const FAR: usize = 128;

/// The bucket of the distance from a query to a key, as T5 and MPNet define it: one for each short distance, and
/// logarithmic ones up to `FAR`.
#[must_use]
pub fn bucket(query: usize, key: usize) -> usize {
    let n = query.abs_diff(key);
    let side = if key > query { BUCKETS / 2 } else { 0 };
    let within = if n < EXACT {
        n
    } else {
        // EXACT + ⌊log(n / 8) / log(128 / 8) · 8⌋ = 8 + ⌊log2(n² / 8²)⌋, exact in integers.
        let n = n.min(FAR);
        (EXACT + (n * n).ilog2() as usize - 2 * EXACT.ilog2() as usize).min(BUCKETS / 2 - 1)
    };
    side + within
}

/// A bias of each head for each distance between query and key, added to the scores.
#[derive(Clone, Debug, Default)]
pub struct Distances {
    /// `[heads, 2 · longest − 1]`: the keys from `longest − 1` before the query to `longest − 1` after it.
    values: Vec<f32>,
    longest: usize,
}

impl Distances {
    /// Looks up the biases of all distances up to `longest` tokens in a table `[BUCKETS, heads]`.
    #[must_use]
    pub fn new(table: &[f32], longest: usize, heads: usize) -> Self {
        let mut values = Vec::with_capacity(heads * (2 * longest).saturating_sub(1));
        for h in 0..heads {
            values.extend((1..2 * longest).map(|key| table[bucket(longest, key) * heads + h]));
        }
        Self { values, longest }
    }

    /// The same, for gradients: all zero.
    #[must_use]
    pub fn zeros(longest: usize, heads: usize) -> Self {
        Self { values: vec![0.0; heads * (2 * longest).saturating_sub(1)], longest }
    }

    /// Adds gradients of the biases to those of the table.
    pub fn add_to(&self, table: &mut [f32], heads: usize) {
        for (h, row) in self.values.chunks_exact((2 * self.longest).saturating_sub(1).max(1)).enumerate() {
            for (key, d) in (1..).zip(row) {
                table[bucket(self.longest, key) * heads + h] += d;
            }
        }
    }

    /// Where the biases of head `h` between query `i` and `n` keys lie.
    fn range(&self, h: usize, i: usize, n: usize) -> Range<usize> {
        let start = h * (2 * self.longest - 1) + self.longest - 1 - i;
        start..start + n
    }
}

/// Computes the attention of every sequence and head.
///
/// `qkv` is `[tokens, 3 · width]` (queries, keys, values, each head by head), `context` is `[tokens, width]`.
/// `probabilities` receives the softmax of every sequence and head, one after the other.
pub fn attention(
    context: &mut [f32],
    probabilities: &mut Vec<f32>,
    qkv: &[f32],
    sequences: &[Range<usize>],
    width: usize,
    heads: usize,
    distances: Option<&Distances>,
) {
    let (d, stride) = (width / heads, 3 * width);
    let scale = 1.0 / (d as f32).sqrt();
    probabilities.clear();
    probabilities.resize(sequences.iter().map(|s| s.len() * s.len() * heads).sum(), 0.0);
    let mut rest = &mut probabilities[..];
    for s in sequences.iter().filter(|s| !s.is_empty()) {
        let n = s.len();
        let block = &qkv[s.start * stride..s.end * stride];
        for h in 0..heads {
            let (p, tail) = rest.split_at_mut(n * n);
            rest = tail;
            let q = View::new(&block[h * d..], n, d, stride);
            let k = View::new(&block[width + h * d..], n, d, stride);
            let v = View::new(&block[2 * width + h * d..], n, d, stride);
            gemm(ViewMut::new(p, n, n, n), 0.0, q, k.t());
            vectorized(
                #[inline(always)]
                || p.iter_mut().for_each(|v| *v *= scale),
            );
            if let Some(bias) = distances {
                for (i, row) in p.chunks_exact_mut(n).enumerate() {
                    add_assign(row, &bias.values[bias.range(h, i, n)]);
                }
            }
            softmax_rows(p, n);
            let out = &mut context[s.start * width + h * d..];
            gemm(ViewMut::new(out, n, d, width), 0.0, View::new(p, n, n, n), v);
        }
    }
}

/// Overwrites `dqkv` with the gradient of `qkv`, given that of the context; adds to the gradient of biases of
/// distances.
#[expect(clippy::too_many_arguments, reason = "the arguments of the forward pass with their gradients")]
pub fn attention_backward(
    dqkv: &mut [f32],
    dcontext: &[f32],
    probabilities: &[f32],
    qkv: &[f32],
    sequences: &[Range<usize>],
    width: usize,
    heads: usize,
    mut ddistances: Option<&mut Distances>,
) {
    let (d, stride) = (width / heads, 3 * width);
    let scale = 1.0 / (d as f32).sqrt();
    let longest = sequences.iter().map(Range::len).max().unwrap_or(0);
    let mut ds = vec![0.0; longest * longest];
    let mut rest = probabilities;
    for s in sequences.iter().filter(|s| !s.is_empty()) {
        let n = s.len();
        let block = &qkv[s.start * stride..s.end * stride];
        for h in 0..heads {
            let (p, tail) = rest.split_at(n * n);
            rest = tail;
            let q = View::new(&block[h * d..], n, d, stride);
            let k = View::new(&block[width + h * d..], n, d, stride);
            let v = View::new(&block[2 * width + h * d..], n, d, stride);
            let dout = View::new(&dcontext[s.start * width + h * d..], n, d, width);
            let ds = &mut ds[..n * n];
            let out = &mut dqkv[s.start * stride..s.end * stride];
            gemm(
                ViewMut::new(&mut out[2 * width + h * d..], n, d, stride),
                0.0,
                View::new(p, n, n, n).t(),
                dout,
            );
            gemm(ViewMut::new(ds, n, n, n), 0.0, dout, v.t());
            softmax_rows_backward(ds, p, n);
            if let Some(bias) = ddistances.as_deref_mut() {
                for (i, row) in ds.chunks_exact(n).enumerate() {
                    let range = bias.range(h, i, n);
                    add_assign(&mut bias.values[range], row);
                }
            }
            vectorized(
                #[inline(always)]
                || ds.iter_mut().for_each(|v| *v *= scale),
            );
            gemm(ViewMut::new(&mut out[h * d..], n, d, stride), 0.0, View::new(ds, n, n, n), k);
            gemm(ViewMut::new(&mut out[width + h * d..], n, d, stride), 0.0, View::new(ds, n, n, n).t(), q);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_gradient, uniform, weighted};
    use super::*;

    #[test]
    fn gradient_equals_finite_differences_for_several_sequences() {
        let (width, heads, sequences) = (6, 2, [0..0, 0..3, 3..4, 4..4, 4..9, 9..9]);
        let (qkv, dy) = (uniform(9 * 3 * width, 1), uniform(9 * width, 2));
        let run = |qkv: &[f32], p: &mut Vec<f32>| {
            let mut context = vec![0.0; 9 * width];
            attention(&mut context, p, qkv, &sequences, width, heads, None);
            weighted(&context, &dy)
        };
        let mut p = Vec::new();
        run(&qkv, &mut p);
        let mut dqkv = vec![7.0; qkv.len()];
        attention_backward(&mut dqkv, &dy, &p, &qkv, &sequences, width, heads, None);
        assert_gradient("dqkv", &qkv, &dqkv, |x| run(x, &mut Vec::new()));
    }

    #[test]
    fn gradients_with_distances_equal_finite_differences() {
        let (width, heads, sequences) = (6, 2, [0..3, 3..4, 4..15]);
        let (qkv, dy) = (uniform(15 * 3 * width, 1), uniform(15 * width, 2));
        let table = uniform(BUCKETS * heads, 3);
        let run = |qkv: &[f32], table: &[f32], p: &mut Vec<f32>| {
            let mut context = vec![0.0; 15 * width];
            let bias = Distances::new(table, 11, heads);
            attention(&mut context, p, qkv, &sequences, width, heads, Some(&bias));
            weighted(&context, &dy)
        };
        let mut p = Vec::new();
        run(&qkv, &table, &mut p);
        let (mut dqkv, mut dbias) = (vec![7.0; qkv.len()], Distances::zeros(11, heads));
        attention_backward(&mut dqkv, &dy, &p, &qkv, &sequences, width, heads, Some(&mut dbias));
        let mut dtable = vec![0.0; table.len()];
        dbias.add_to(&mut dtable, heads);
        assert_gradient("dqkv", &qkv, &dqkv, |x| run(x, &table, &mut Vec::new()));
        assert_gradient("dtable", &table, &dtable, |x| run(&qkv, x, &mut Vec::new()));
    }

    #[test]
    fn softmax_rows_sum_to_one_even_for_huge_scores() {
        let mut scores = vec![1e30, -1e30, 3e4, 0.0, 0.0, 0.0];
        softmax_rows(&mut scores, 3);
        assert_eq!(scores[..2], [1.0, exp(-87.0)]);
        assert!((scores[3..].iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }
}
