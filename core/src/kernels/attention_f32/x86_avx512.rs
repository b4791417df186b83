//! The generic code, compiled for vectors of 512 bits: the same operations, so the same bits.

use super::{Heads, Scratch};

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub(super) fn attention(heads: &Heads, qkv: &[f32], scratch: &mut Scratch, out: &mut [f32]) {
    super::generic::tiled::<32>(heads, qkv, scratch, out);
}
