//! What the dimensions of an E-LSTM may be, and what memory follows from them.

use crate::error::Result;
use crate::format::check::dimension;
use crate::format::limits::{MAX_EMBEDDING, MAX_HIDDEN, MAX_VOCAB};
use crate::format::manifest::ELstm;

/// Checks the dimensions of the encoder `id`.
pub(in crate::parts) fn check(id: &str, d: &ELstm) -> Result<()> {
    dimension(id, "vocab", d.vocab, MAX_VOCAB)?;
    dimension(id, "embedding", d.embedding, MAX_EMBEDDING)?;
    dimension(id, "hidden", d.hidden, MAX_HIDDEN)
}

/// Bytes that the gate inputs of one token take, both directions.
pub(in crate::parts) fn token_bytes(d: &ELstm) -> usize {
    8 * d.hidden.next_multiple_of(16) * size_of::<i16>()
}

/// Bytes of a folded table, or the largest number when there is no such number.
pub(in crate::parts) fn table_bytes(d: &ELstm) -> usize {
    d.vocab.saturating_mul(token_bytes(d))
}

/// Bytes that a packed encoder takes at most, with every unit padded to the widest vector.
pub(in crate::parts) fn packed_bytes(d: &ELstm, fold_bytes: usize) -> usize {
    let (rows, columns) = (8 * d.hidden.next_multiple_of(16), d.embedding + 64);
    let recurrent = rows * (d.hidden.next_multiple_of(16) * size_of::<i16>() + size_of::<f32>());
    let input = rows * (columns + 2 * size_of::<f32>());
    let embedding = d.vocab.saturating_mul(d.embedding + size_of::<f32>());
    // The input weights are packed even where only the table is kept.
    let kept = if fold_bytes > 0 { fold_bytes } else { embedding };
    kept.saturating_add(recurrent + input)
}
