//! Which sections a manifest implies, and their shapes.

use std::collections::BTreeMap;

use safetensors::Dtype;

use super::limits::MAX_TOKENIZER_BYTES;
use super::manifest::{Encoder, HeadKind, Manifest};
use crate::error::{Error, ErrorKind, Result};

/// The shape that a section must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Bytes of any number from 1 to this.
    Bytes(usize),
    /// One dimension.
    One(usize),
    /// Two dimensions, rows first.
    Two(usize, usize),
    /// Three dimensions, the slowest first.
    Three(usize, usize, usize),
}

impl Shape {
    /// Whether a declared shape is this one.
    pub(crate) fn fits(self, shape: &[usize]) -> bool {
        match self {
            Self::Bytes(most) => matches!(shape, [n] if (1..=most).contains(n)),
            Self::One(a) => shape == [a],
            Self::Two(a, b) => shape == [a, b],
            Self::Three(a, b, c) => shape == [a, b, c],
        }
    }
}

/// What a section must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spec {
    /// Type of its elements.
    pub(crate) dtype: Dtype,
    /// Its shape.
    pub(crate) shape: Shape,
}

/// Every section that a checked manifest implies, by name.
///
/// # Errors
///
/// [`ErrorKind::Damaged`] when two parts would share a section.
pub(crate) fn expected(manifest: &Manifest) -> Result<BTreeMap<String, Spec>> {
    let mut sections = BTreeMap::new();
    let mut add = |name: String, dtype: Dtype, shape: Shape| match sections.entry(name) {
        std::collections::btree_map::Entry::Vacant(entry) => {
            entry.insert(Spec { dtype, shape });
            Ok(())
        }
        std::collections::btree_map::Entry::Occupied(entry) => {
            Err(Error::new(ErrorKind::Damaged, format!("section {} would have two owners", entry.key())))
        }
    };
    for name in manifest.tokenizers.keys() {
        add(format!("tokenizer.{name}"), Dtype::U8, Shape::Bytes(MAX_TOKENIZER_BYTES))?;
    }
    for (name, encoder) in &manifest.encoders {
        let Encoder::ELstm(e) = encoder else { continue };
        let gates = 4 * e.hidden;
        add(format!("encoder.{name}.embedding"), Dtype::I8, Shape::Two(e.vocab, e.embedding))?;
        add(format!("encoder.{name}.embedding.scale"), Dtype::F32, Shape::One(e.vocab))?;
        add(format!("encoder.{name}.input"), Dtype::I8, Shape::Three(2, gates, e.embedding))?;
        add(format!("encoder.{name}.input.scale"), Dtype::F32, Shape::Two(2, gates))?;
        add(format!("encoder.{name}.recurrent"), Dtype::I8, Shape::Three(2, gates, e.hidden))?;
        add(format!("encoder.{name}.recurrent.scale"), Dtype::F32, Shape::Two(2, gates))?;
        add(format!("encoder.{name}.bias"), Dtype::F32, Shape::Two(2, gates))?;
    }
    for task in &manifest.tasks {
        let (id, dense, labels) = (&task.id, task.head.hidden, task.labels.len());
        let input = manifest.encoders.get(&task.encoder).map_or(0, Encoder::output_len);
        let outputs = if task.head.kind == HeadKind::Ordinal { 1 } else { labels };
        for (layer, m, k) in [("hidden", dense, input), ("output", outputs, dense)] {
            add(format!("task.{id}.{layer}"), Dtype::I8, Shape::Two(m, k))?;
            add(format!("task.{id}.{layer}.scale"), Dtype::F32, Shape::One(m))?;
            add(format!("task.{id}.{layer}.bias"), Dtype::F32, Shape::One(m))?;
        }
        if task.head.kind == HeadKind::Ordinal {
            add(format!("task.{id}.cuts"), Dtype::F32, Shape::One(labels - 1))?;
        }
    }
    Ok(sections)
}
