//! Sixteen values at a time, in a shape that compilers turn into vectors.

use crate::kernels::math;

#[inline(always)]
pub(in crate::kernels) fn softmax(values: &mut [f32]) {
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    // A maximum has no order: of equal values it does not matter which.
    let (blocks, tail) = values.as_chunks_mut::<16>();
    let mut lanes = [f32::NEG_INFINITY; 16];
    for block in &*blocks {
        for (lane, value) in lanes.iter_mut().zip(block) {
            *lane = larger(*lane, *value);
        }
    }
    for width in [8, 4, 2, 1] {
        let (low, high) = lanes.split_at_mut(width);
        for (low, high) in low.iter_mut().zip(high) {
            *low = larger(*low, *high);
        }
    }
    let max = tail.iter().fold(lanes[0], |max, v| larger(max, *v));
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
