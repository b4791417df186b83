//! The generic code, compiled for vectors of 512 bits: the same operations, so the same bits.

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub(super) fn softmax(values: &mut [f32]) {
    super::generic::softmax(values);
}
