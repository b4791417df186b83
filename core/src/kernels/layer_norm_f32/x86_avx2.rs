//! The generic code, compiled for vectors of 256 bits: the same operations, so the same bits.

#[target_feature(enable = "avx2")]
pub(super) fn layer_norm(values: &mut [f32], weight: &[f32], bias: &[f32], epsilon: f32) {
    super::generic::layer_norm(values, weight, bias, epsilon);
}
