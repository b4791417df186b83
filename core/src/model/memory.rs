//! What an open model takes, before it takes it.

use crate::error::{Error, ErrorKind, Result};
use crate::format::limits::MAX_MEMORY_BYTES;
use crate::format::manifest::{self, ELstm};
use crate::kernels::matmul_i8::Packed;

/// Bytes that the gate inputs of one token take, both directions.
pub(super) fn row_bytes(dimensions: &ELstm) -> usize {
    8 * dimensions.hidden.next_multiple_of(16) * size_of::<f32>()
}

/// Bytes of a folded table, or the largest number when there is no such number.
pub(super) fn table_bytes(dimensions: &ELstm) -> usize {
    dimensions.vocab.saturating_mul(row_bytes(dimensions))
}

/// Bytes that a packed encoder takes at most, with every unit padded to the widest vector.
pub(super) fn packed_bytes(dimensions: &ELstm, fold_bytes: usize) -> usize {
    let (rows, columns) = (8 * dimensions.hidden.next_multiple_of(16), dimensions.embedding + 64);
    let recurrent = rows * (dimensions.hidden.next_multiple_of(16) * size_of::<i16>() + size_of::<f32>());
    let input = rows * (columns + 2 * size_of::<f32>());
    let embedding = dimensions.vocab.saturating_mul(dimensions.embedding + size_of::<f32>());
    // The input weights are packed even where only the table is kept.
    let kept = if fold_bytes > 0 { fold_bytes } else { embedding };
    kept.saturating_add(recurrent + input)
}

/// Bytes that a packed BERT encoder takes at most, the table of words included, which may be read from a file in memory,
/// and how many more while it is packed, at most: scales and biases, one layer at a time.
pub(super) fn bert_bytes(d: &manifest::Bert) -> (usize, usize) {
    let rows = d.vocab + d.positions + d.segments;
    let tables = rows.saturating_mul(d.width + size_of::<f32>());
    let norms = 2 * d.width * size_of::<f32>();
    let layer = Packed::bytes_at_most(3 * d.width, d.width)
        + Packed::bytes_at_most(d.width, d.width)
        + Packed::bytes_at_most(d.intermediate, d.width)
        + Packed::bytes_at_most(d.width, d.intermediate)
        + 2 * norms;
    let packed = tables.saturating_add(norms).saturating_add(layer.saturating_mul(d.layers));
    (packed, layer)
}

/// Bytes that a packed mixture takes at most; as many more while it is packed.
pub(super) fn mixture_bytes(d: &manifest::Mixture) -> usize {
    let expert = Packed::bytes_at_most(d.hidden, d.width) + Packed::bytes_at_most(d.width, d.hidden);
    let gate =
        Packed::bytes_at_most(d.gate, d.width + d.task_embedding) + Packed::bytes_at_most(d.experts, d.gate);
    (expert.saturating_mul(d.own_experts()) + gate).saturating_mul(d.blocks) + 2 * d.width * size_of::<f32>()
}

/// Adds up what an open model takes once everything of it has been used.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Memory {
    bytes: u64,
    /// The most that any part takes besides while it is packed, which happens on first use.
    passing: u64,
}

impl Memory {
    /// Adds so many bytes.
    pub(super) fn add(&mut self, bytes: usize) -> Result<()> {
        self.join(Self { bytes: bytes as u64, passing: 0 })
    }

    /// Adds a part that takes `passing` bytes more while it is packed.
    pub(super) fn add_packed(&mut self, bytes: usize, passing: usize) -> Result<()> {
        self.join(Self { bytes: bytes as u64, passing: passing as u64 })
    }

    /// Adds what another part takes.
    pub(super) fn join(&mut self, other: Self) -> Result<()> {
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.passing = self.passing.max(other.passing);
        if self.bytes.saturating_add(self.passing) > MAX_MEMORY_BYTES {
            return Err(Error::new(
                ErrorKind::TooLarge,
                format!("model takes over {MAX_MEMORY_BYTES} bytes of memory, the most that is allowed"),
            ));
        }
        Ok(())
    }
}
