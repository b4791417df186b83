//! The sections of an E-LSTM. Both directions are in one section, the gates of a direction one below the other.

use crate::error::Result;
use crate::format::manifest::ELstm;
use crate::format::sections::{Sections, Shape};
use crate::parts::arrays::{add_table, bias, numbers, scale, scales, weights};
use crate::parts::values;

/// The table of token vectors.
pub(super) const EMBEDDING: &str = "embedding";
/// The weights between the vector of a token and the gates.
pub(super) const INPUT: &str = "input";
/// The weights between the state and the gates.
pub(super) const RECURRENT: &str = "recurrent";

/// The section with the weights `part` of an encoder.
pub(super) fn section(encoder: &str, part: &str) -> String {
    format!("encoder.{encoder}.{part}")
}

/// The section with the biases of the gates.
pub(super) fn gate_bias(encoder: &str) -> String {
    bias(&format!("encoder.{encoder}"))
}

/// Adds the seven sections of an encoder.
pub(in crate::parts) fn sections(encoder: &str, d: &ELstm, all: &mut Sections) -> Result<()> {
    let gates = 4 * d.hidden;
    add_table(all, &section(encoder, EMBEDDING), (d.vocab, d.embedding))?;
    for (part, columns) in [(INPUT, d.embedding), (RECURRENT, d.hidden)] {
        let name = section(encoder, part);
        all.add(scale(&name), scales(Shape::Two(2, gates)))?;
        all.add(name, weights(Shape::Three(2, gates, columns)))?;
    }
    all.add(gate_bias(encoder), numbers(Shape::Two(2, gates), values::biases))
}
