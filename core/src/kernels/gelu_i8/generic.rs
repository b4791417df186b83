//! Sixteen values at a time, written so that compilers vectorise the loops.

use crate::kernels::math;

#[inline(always)]
pub(super) fn gelu(values: &mut [f32], q: &mut [i8]) -> f32 {
    let (blocks, tail) = values.as_chunks_mut::<16>();
    // The order does not matter for a maximum.
    let mut most = [0.0f32; 16];
    for block in &mut *blocks {
        for (most, value) in most.iter_mut().zip(block) {
            *value = math::gelu(*value);
            *most = math::larger(*most, value.abs());
        }
    }
    for (most, value) in most.iter_mut().zip(&mut *tail) {
        *value = math::gelu(*value);
        *most = math::larger(*most, value.abs());
    }
    let (scale, inverse) = math::scale_and_inverse(math::largest_lane(most));
    for (q, value) in q.iter_mut().zip(values) {
        *q = math::rounded(*value * inverse);
    }
    scale
}
