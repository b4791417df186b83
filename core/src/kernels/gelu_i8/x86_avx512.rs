//! The generic code, compiled for vectors of 512 bits: the same operations, so the same bits.

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub(super) fn gelu(values: &mut [f32], q: &mut [i8]) -> f32 {
    super::generic::gelu(values, q)
}
