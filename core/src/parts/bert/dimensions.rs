//! What the dimensions of a BERT encoder may be, and what memory follows from them.

use crate::error::Result;
use crate::format::check::{damaged, dimension, epsilon};
use crate::format::limits::{
    MAX_HEADS, MAX_INTERMEDIATE, MAX_LAYERS, MAX_POSITIONS, MAX_SEGMENTS, MAX_VOCAB, MAX_WIDTH,
};
use crate::format::manifest::Bert;
use crate::kernels::matmul_i8::Packed;

/// Checks the dimensions of the encoder `id`.
pub(in crate::parts) fn check(id: &str, d: &Bert) -> Result<()> {
    for (what, value, most) in [
        ("vocab", d.vocab, MAX_VOCAB),
        ("width", d.width, MAX_WIDTH),
        ("layers", d.layers, MAX_LAYERS),
        ("heads", d.heads, MAX_HEADS),
        ("intermediate", d.intermediate, MAX_INTERMEDIATE),
        ("positions", d.positions, MAX_POSITIONS),
        ("segments", d.segments, MAX_SEGMENTS),
    ] {
        dimension(id, what, value, most)?;
    }
    if !d.width.is_multiple_of(d.heads) {
        return Err(damaged(format!(
            "encoder {id} has width {}, which {} heads do not share evenly",
            d.width, d.heads
        )));
    }
    epsilon("encoder", id, d.epsilon)
}

/// Bytes that the intermediate values of one token take.
pub(in crate::parts) fn token_bytes(d: &Bert, expert_hidden: usize) -> usize {
    size_of::<f32>() * (3 * d.width + d.intermediate.max(3 * d.width).max(expert_hidden))
}

/// Bytes that a packed encoder takes at most, the table of words included, which may be read from a file in memory, and
/// how many more while it is packed, at most: scales and biases, one layer at a time.
pub(in crate::parts) fn packed_bytes(d: &Bert) -> (usize, usize) {
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
