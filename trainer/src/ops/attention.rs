//! Multi-head self-attention within each sequence of a packed batch: no padding, no mask.

use super::activation::exp;
use super::gemm::{View, ViewMut, gemm};
use super::{lane_sum, vectorized};
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
            softmax_rows(p, n);
            let out = &mut context[s.start * width + h * d..];
            gemm(ViewMut::new(out, n, d, width), 0.0, View::new(p, n, n, n), v);
        }
    }
}

/// Overwrites `dqkv` with the gradient of `qkv`, given that of the context.
pub fn attention_backward(
    dqkv: &mut [f32],
    dcontext: &[f32],
    probabilities: &[f32],
    qkv: &[f32],
    sequences: &[Range<usize>],
    width: usize,
    heads: usize,
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
            attention(&mut context, p, qkv, &sequences, width, heads);
            weighted(&context, &dy)
        };
        let mut p = Vec::new();
        run(&qkv, &mut p);
        let mut dqkv = vec![7.0; qkv.len()];
        attention_backward(&mut dqkv, &dy, &p, &qkv, &sequences, width, heads);
        assert_gradient("dqkv", &qkv, &dqkv, |x| run(x, &mut Vec::new()));
    }

    #[test]
    fn softmax_rows_sum_to_one_even_for_huge_scores() {
        let mut scores = vec![1e30, -1e30, 3e4, 0.0, 0.0, 0.0];
        softmax_rows(&mut scores, 3);
        assert_eq!(scores[..2], [1.0, exp(-87.0)]);
        assert!((scores[3..].iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }
}
