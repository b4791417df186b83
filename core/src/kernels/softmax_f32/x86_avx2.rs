//! The generic code, compiled for vectors of 256 bits: the same operations, so the same bits.

#[target_feature(enable = "avx2")]
pub(super) fn softmax(values: &mut [f32]) {
    super::generic::softmax(values);
}
