//! Sixteen values at a time, written so that compilers vectorise the loops.

use crate::kernels::math;

#[inline(always)]
pub(super) fn layer_norm(values: &mut [f32], weight: &[f32], bias: &[f32], epsilon: f32) {
    // A row has at most 2^17 values, which an f32 holds exactly.
    let n = weight.len() as f32;
    for row in values.chunks_exact_mut(weight.len().max(1)) {
        let mean = math::sum(row) / n;
        for value in row.iter_mut() {
            *value -= mean;
        }
        let variance = math::sum_with(row, |c| c * c) / n;
        let inverse = 1.0 / (variance + epsilon).sqrt();
        for ((value, weight), bias) in row.iter_mut().zip(weight).zip(bias) {
            *value = (*value * inverse) * weight + bias;
        }
    }
}
