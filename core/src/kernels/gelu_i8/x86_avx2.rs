//! The generic code, compiled for vectors of 256 bits: the same operations, so the same bits.

#[target_feature(enable = "avx2")]
pub(super) fn gelu(values: &mut [f32], q: &mut [i8]) -> f32 {
    super::generic::gelu(values, q)
}
