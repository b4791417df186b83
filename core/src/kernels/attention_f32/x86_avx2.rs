//! The generic code, compiled for vectors of 256 bits: the same operations, so the same bits.

use super::{Heads, Scratch};

#[target_feature(enable = "avx2")]
pub(super) fn attention(heads: &Heads, qkv: &[f32], scratch: &mut Scratch, out: &mut [f32]) {
    super::generic::tiled::<16>(heads, qkv, scratch, out);
}
