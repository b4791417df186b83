//! Self-attention with its two dense layers.

use crate::error::Result;
use crate::kernels::{Kernels, attention_f32};
use crate::layers::{Dense, DenseScratch, LinearWeights};

/// Queries, keys and values from one dense layer, attention between all rows, and a dense layer on what it gives.
#[derive(Debug)]
pub(super) struct Attention {
    heads: attention_f32::Heads,
    qkv: Dense,
    attended: Dense,
    kernel: &'static attention_f32::Variant,
}

impl Attention {
    pub(super) fn new(
        width: usize,
        heads: usize,
        qkv: &LinearWeights<'_>,
        attended: &LinearWeights<'_>,
        kernels: &Kernels,
    ) -> Result<Self> {
        Ok(Self {
            heads: attention_f32::Heads { count: heads, len: width / heads },
            qkv: Dense::pack((3 * width, width), qkv, kernels)?,
            attended: Dense::pack((width, width), attended, kernels)?,
            kernel: kernels.attention_f32,
        })
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.qkv.memory_bytes() + self.attended.memory_bytes()
    }

    /// Fills `out` `[rows, width]` from `x` of the same shape; `wide` and `narrow` are overwritten. The rows are those
    /// of texts that follow each other, `lens` of each, and rows attend only to those of their text.
    pub(super) fn forward(
        &self,
        x: &[f32],
        lens: &[usize],
        wide: &mut Vec<f32>,
        narrow: &mut Vec<f32>,
        (dense, scratch): (&mut DenseScratch, &mut attention_f32::Scratch),
        out: &mut [f32],
    ) {
        wide.resize(3 * x.len(), 0.0);
        self.qkv.forward(x, dense, wide);
        narrow.resize(x.len(), 0.0);
        let (mut from, mut to) = (&wide[..], &mut narrow[..]);
        for len in lens {
            let (text, others) = from.split_at(len * 3 * self.heads.width());
            let (attended, rest) = to.split_at_mut(len * self.heads.width());
            self.kernel.run(&self.heads, text, scratch, attended);
            (from, to) = (others, rest);
        }
        self.attended.forward(narrow, dense, out);
    }
}
