//! What a manifest may say about a graph.

use std::collections::BTreeSet;

use crate::error::Result;
use crate::format::check::{damaged, dimension, name};
use crate::format::limits::{MAX_GRAPH_INPUTS, MAX_POSITIONS, MAX_VOCAB, MAX_WIDTH};
use crate::format::manifest::{Onnx, OnnxRole};

/// Checks what goes into the graph of the encoder `id`, and what comes out of it.
pub(in crate::parts) fn check(id: &str, d: &Onnx) -> Result<()> {
    for (what, value, most) in [
        ("vocab", d.vocab, MAX_VOCAB),
        ("width", d.width, MAX_WIDTH),
        ("positions", d.positions, MAX_POSITIONS),
        ("inputs", d.inputs.len(), MAX_GRAPH_INPUTS),
    ] {
        dimension(id, what, value, most)?;
    }
    if d.pad as usize >= d.vocab {
        return Err(damaged(format!("encoder {id} has pad {}, its ids end at {}", d.pad, d.vocab - 1)));
    }
    name("output of a graph", &d.output)?;
    let mut names = BTreeSet::new();
    for input in &d.inputs {
        name("input of a graph", &input.name)?;
        if !names.insert(input.name.as_str()) {
            return Err(damaged(format!("encoder {id} has a duplicate input {}", input.name)));
        }
    }
    for role in OnnxRole::ALL {
        let least = usize::from(*role == OnnxRole::Ids);
        let inputs = d.inputs.iter().filter(|input| input.role == *role).count();
        if !(least..=1).contains(&inputs) {
            let what = role.as_str();
            return Err(damaged(format!(
                "encoder {id} has {inputs} inputs for {what}, {least} to 1 are allowed"
            )));
        }
    }
    Ok(())
}

/// Bytes that the vector of one token takes.
pub(in crate::parts) fn token_bytes(d: &Onnx) -> usize {
    size_of::<f32>() * d.width
}
