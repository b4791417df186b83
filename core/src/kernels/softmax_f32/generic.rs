//! Sixteen values at a time, written so that compilers vectorise the loops.

use crate::kernels::math;

#[inline(always)]
pub(super) fn softmax(values: &mut [f32]) {
    let (blocks, tail) = values.as_chunks_mut::<16>();
    let max = tail.iter().fold(math::largest(blocks), |max, v| math::larger(max, *v));
    for block in blocks {
        for value in block {
            *value = math::exp_up_to_0(*value - max);
        }
    }
    for value in tail {
        *value = math::exp_up_to_0(*value - max);
    }
    let sum = math::sum(values);
    for value in values {
        *value /= sum;
    }
}
