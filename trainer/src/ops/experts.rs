//! The step between the two products of a mixture: the hidden units of all experts, rectified and weighted.
//!
//! A row holds the units of expert 0, then those of expert 1, and so on; each row has a weight per expert.

use super::{lane_sum, vectorized};
use rayon::prelude::*;

/// Rows that one thread takes at a time.
const ROWS: usize = 32;
/// Columns that one thread sums at a time.
const COLUMNS: usize = 256;

/// `out[r, j, i] = max(0, sums[r, j, i] + bias[j, i]) · weights[r, j]` for `experts` experts.
pub(crate) fn weigh(out: &mut [f32], sums: &[f32], bias: &[f32], weights: &[f32], experts: usize) {
    assert_eq!((out.len(), sums.len()), (weights.len() / experts * bias.len(), out.len()));
    let (width, hidden) = (bias.len(), bias.len() / experts);
    let rows = |(out, (sums, weights)): (&mut [f32], (&[f32], &[f32]))| {
        vectorized(
            #[inline(always)]
            || {
                let units = out.chunks_exact_mut(hidden).zip(sums.chunks_exact(hidden)).zip(weights);
                for (n, ((out, sums), weight)) in units.enumerate() {
                    let bias = &bias[n % experts * hidden..][..hidden];
                    for ((out, sum), bias) in out.iter_mut().zip(sums).zip(bias) {
                        *out = (sum + bias).max(0.0) * weight;
                    }
                }
            },
        );
    };
    out.par_chunks_mut(ROWS * width)
        .zip(sums.par_chunks(ROWS * width).zip(weights.par_chunks(ROWS * experts)))
        .for_each(rows);
}

/// Gradients of [`weigh`].
pub(crate) struct Gradients<'a> {
    /// Of `sums`, overwritten.
    pub(crate) sums: &'a mut [f32],
    /// Of `bias`, added to.
    pub(crate) bias: &'a mut [f32],
    /// Of `weights`, overwritten.
    pub(crate) weights: &'a mut [f32],
}

/// The backward pass of [`weigh`]; `gradient` is that of its output.
pub(crate) fn weigh_backward(
    to: Gradients<'_>,
    gradient: &[f32],
    (sums, bias, weights): (&[f32], &[f32], &[f32]),
    experts: usize,
) {
    let (width, hidden) = (bias.len(), bias.len() / experts);
    let all = weights.len() / experts * width;
    assert_eq!((to.sums.len(), gradient.len(), sums.len()), (all, all, all));
    assert_eq!((to.bias.len(), to.weights.len()), (width, weights.len()));
    to.sums
        .par_chunks_mut(ROWS * width)
        .zip(to.weights.par_chunks_mut(ROWS * experts))
        .zip(gradient.par_chunks(ROWS * width).zip(sums.par_chunks(ROWS * width)))
        .zip(weights.par_chunks(ROWS * experts))
        .for_each(|(((dsums, dweights), (gradient, sums)), weights)| {
            vectorized(
                #[inline(always)]
                || {
                    for (n, dweight) in dweights.iter_mut().enumerate() {
                        let units = n * hidden..(n + 1) * hidden;
                        let (g, s) = (&gradient[units.clone()], &sums[units.clone()]);
                        let b = &bias[n % experts * hidden..][..hidden];
                        *dweight = lane_sum(
                            hidden,
                            #[inline(always)]
                            |i| g[i] * (s[i] + b[i]).max(0.0),
                        );
                        for (i, d) in dsums[units].iter_mut().enumerate() {
                            *d = if s[i] + b[i] > 0.0 { g[i] * weights[n] } else { 0.0 };
                        }
                    }
                },
            );
        });
    let dsums = &*to.sums;
    // Each column is summed from the first row to the last, for any number of threads.
    to.bias.par_chunks_mut(COLUMNS).enumerate().for_each(|(n, dbias)| {
        for row in dsums.chunks_exact(width) {
            for (d, v) in dbias.iter_mut().zip(&row[n * COLUMNS..]) {
                *d += v;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::tests::{assert_gradient, uniform, weighted};

    const EXPERTS: usize = 3;
    /// More columns than one thread sums, and no whole number of vectors.
    const HIDDEN: usize = 91;
    const ROWS_HERE: usize = ROWS + 3;

    /// Sums, biases and weights. Every sum with its bias is at least 0.1 away from the kink, far more than the step of
    /// the finite differences.
    fn example() -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        let width = EXPERTS * HIDDEN;
        let bias: Vec<f32> = uniform(width, 2).iter().map(|v| v * 0.1).collect();
        let sums = uniform(ROWS_HERE * width, 1);
        let far = |(i, v): (usize, &f32)| if v.abs() < 0.2 { v.signum() * 0.2 - bias[i % width] } else { *v };
        (sums.iter().enumerate().map(far).collect(), bias, uniform(ROWS_HERE * EXPERTS, 3))
    }

    #[test]
    fn units_are_rectified_and_weighed() {
        let mut out = vec![f32::NAN; 8];
        weigh(
            &mut out,
            &[1.0, -2.0, 3.0, 4.0, 0.0, 0.0, -1.0, 5.0],
            &[0.5, 1.0, -4.0, 1.0],
            &[2.0, 3.0, 0.5, 0.0],
            2,
        );
        assert_eq!(out, [3.0, 0.0, 0.0, 15.0, 0.25, 0.5, 0.0, 0.0]);
    }

    #[test]
    fn gradients_are_those_of_finite_differences() {
        let (sums, bias, weights) = example();
        let upstream = uniform(sums.len(), 4);
        let loss = |sums: &[f32], bias: &[f32], weights: &[f32]| {
            let mut out = vec![0.0; sums.len()];
            weigh(&mut out, sums, bias, weights, EXPERTS);
            weighted(&out, &upstream)
        };
        let (mut dsums, mut dbias, mut dweights) =
            (vec![f32::NAN; sums.len()], vec![0.0; bias.len()], vec![f32::NAN; weights.len()]);
        let to = Gradients { sums: &mut dsums, bias: &mut dbias, weights: &mut dweights };
        weigh_backward(to, &upstream, (&sums, &bias, &weights), EXPERTS);
        assert_gradient("sums", &sums, &dsums, |x| loss(x, &bias, &weights));
        assert_gradient("bias", &bias, &dbias, |x| loss(&sums, x, &weights));
        assert_gradient("weights", &weights, &dweights, |x| loss(&sums, &bias, x));
    }
}
