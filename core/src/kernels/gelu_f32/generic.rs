//! Sixteen values at a time, in a shape that compilers turn into vectors.

use crate::kernels::math;

#[inline(always)]
pub(super) fn gelu(values: &mut [f32]) {
    let (blocks, tail) = values.as_chunks_mut::<16>();
    for block in blocks {
        for value in block {
            *value = math::gelu(*value);
        }
    }
    for value in tail {
        *value = math::gelu(*value);
    }
}
