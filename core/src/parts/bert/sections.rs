//! The sections of a BERT encoder.

use crate::error::Result;
use crate::format::manifest::Bert;
use crate::format::sections::Sections;
use crate::parts::arrays::{add_linear, add_norm, add_table};

/// The tables of embeddings: of words, positions and segments.
pub(super) const TABLES: [&str; 3] = ["words", "positions", "segments"];
/// The normalization after the sum of the embeddings.
pub(super) const NORM: &str = "norm";
/// The linear layers of a layer: queries, keys and values; after the attention; the dense pair.
pub(super) const LINEAR: [&str; 4] = ["qkv", "attended", "up", "down"];
/// The normalizations of a layer: after the attention, and after the dense pair.
pub(super) const NORMS: [&str; 2] = ["attended.norm", "down.norm"];

/// The section of an encoder.
pub(super) fn section(encoder: &str, part: &str) -> String {
    format!("encoder.{encoder}.{part}")
}

/// The section of layer `n`.
pub(super) fn of_layer(encoder: &str, n: usize, part: &str) -> String {
    format!("encoder.{encoder}.layer.{n}.{part}")
}

/// Adds every section of an encoder.
pub(in crate::parts) fn sections(encoder: &str, d: &Bert, all: &mut Sections) -> Result<()> {
    for (part, rows) in TABLES.into_iter().zip([d.vocab, d.positions, d.segments]) {
        add_table(all, &section(encoder, part), (rows, d.width))?;
    }
    add_norm(all, &section(encoder, NORM), d.width)?;
    let shapes =
        [(3 * d.width, d.width), (d.width, d.width), (d.intermediate, d.width), (d.width, d.intermediate)];
    for n in 0..d.layers {
        for (part, shape) in LINEAR.into_iter().zip(shapes) {
            add_linear(all, &of_layer(encoder, n, part), shape)?;
        }
        for part in NORMS {
            add_norm(all, &of_layer(encoder, n, part), d.width)?;
        }
    }
    Ok(())
}
