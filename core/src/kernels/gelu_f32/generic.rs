//! Sixteen values at a time, written so that compilers vectorise the loops.

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
