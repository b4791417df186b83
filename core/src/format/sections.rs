//! Which sections a manifest implies, and their shapes.

use std::collections::BTreeMap;

use safetensors::Dtype;

use super::limits::{MAX_GRAPH_BYTES, MAX_SECTIONS, MAX_TOKENIZER_BYTES};
use super::manifest::{Bert, ELstm, Encoder, HeadKind, Manifest, Mixture, Scope};
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
    /// Whether its numbers may have 16 bits instead of 32.
    pub(crate) half: bool,
}

/// Sections by name, each with one owner.
#[derive(Debug, Default)]
struct Sections(BTreeMap<String, Spec>);

impl Sections {
    fn add(&mut self, name: String, dtype: Dtype, shape: Shape) -> Result<()> {
        use std::collections::btree_map::Entry;
        if self.0.len() >= MAX_SECTIONS {
            // A short manifest can ask for very many.
            let message = format!(
                "the manifest asks for more than {MAX_SECTIONS} sections, at most {MAX_SECTIONS} are read"
            );
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        let half = dtype == Dtype::F32 && name.ends_with(".scale");
        match self.0.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(Spec { dtype, shape, half });
                Ok(())
            }
            Entry::Occupied(entry) => {
                Err(Error::new(ErrorKind::Damaged, format!("section {} would have two owners", entry.key())))
            }
        }
    }

    /// Weights with one scale a row.
    fn table(&mut self, name: &str, m: usize, k: usize) -> Result<()> {
        self.add(name.into(), Dtype::I8, Shape::Two(m, k))?;
        self.add(format!("{name}.scale"), Dtype::F32, Shape::One(m))
    }

    /// Weights with one scale and one bias a row.
    fn linear(&mut self, name: &str, m: usize, k: usize) -> Result<()> {
        self.table(name, m, k)?;
        self.add(format!("{name}.bias"), Dtype::F32, Shape::One(m))
    }

    /// A layer normalization.
    fn norm(&mut self, name: &str, width: usize) -> Result<()> {
        self.add(format!("{name}.weight"), Dtype::F32, Shape::One(width))?;
        self.add(format!("{name}.bias"), Dtype::F32, Shape::One(width))
    }

    fn lstm(&mut self, name: &str, e: &ELstm) -> Result<()> {
        let gates = 4 * e.hidden;
        self.table(&format!("encoder.{name}.embedding"), e.vocab, e.embedding)?;
        self.add(format!("encoder.{name}.input"), Dtype::I8, Shape::Three(2, gates, e.embedding))?;
        self.add(format!("encoder.{name}.input.scale"), Dtype::F32, Shape::Two(2, gates))?;
        self.add(format!("encoder.{name}.recurrent"), Dtype::I8, Shape::Three(2, gates, e.hidden))?;
        self.add(format!("encoder.{name}.recurrent.scale"), Dtype::F32, Shape::Two(2, gates))?;
        self.add(format!("encoder.{name}.bias"), Dtype::F32, Shape::Two(2, gates))
    }

    fn bert(&mut self, name: &str, e: &Bert) -> Result<()> {
        let name = format!("encoder.{name}");
        for (part, rows) in [("words", e.vocab), ("positions", e.positions), ("segments", e.segments)] {
            self.table(&format!("{name}.{part}"), rows, e.width)?;
        }
        self.norm(&format!("{name}.norm"), e.width)?;
        for n in 0..e.layers {
            let layer = format!("{name}.layer.{n}");
            self.linear(&format!("{layer}.qkv"), 3 * e.width, e.width)?;
            self.linear(&format!("{layer}.attended"), e.width, e.width)?;
            self.norm(&format!("{layer}.attended.norm"), e.width)?;
            self.linear(&format!("{layer}.up"), e.intermediate, e.width)?;
            self.linear(&format!("{layer}.down"), e.width, e.intermediate)?;
            self.norm(&format!("{layer}.down.norm"), e.width)?;
        }
        Ok(())
    }

    fn mixture(&mut self, name: &str, x: &Mixture) -> Result<()> {
        let name = format!("mixture.{name}");
        for b in 0..x.blocks {
            let block = format!("{name}.block.{b}");
            self.linear(&format!("{block}.gate"), x.gate, x.width + x.task_embedding)?;
            self.linear(&format!("{block}.gate.output"), x.experts, x.gate)?;
            for j in 0..x.own_experts() {
                self.linear(&format!("{block}.expert.{j}.up"), x.hidden, x.width)?;
                self.linear(&format!("{block}.expert.{j}.down"), x.width, x.hidden)?;
            }
        }
        if x.scope == Scope::Pooled {
            self.norm(&format!("{name}.norm"), x.width)?;
        }
        Ok(())
    }
}

/// Every section that a checked manifest implies, by name.
///
/// # Errors
///
/// [`ErrorKind::Damaged`] when two parts would share a section, [`ErrorKind::TooLarge`] when there would be too many.
pub(crate) fn expected(manifest: &Manifest) -> Result<BTreeMap<String, Spec>> {
    let mut sections = Sections::default();
    for name in manifest.tokenizers.keys() {
        sections.add(format!("tokenizer.{name}"), Dtype::U8, Shape::Bytes(MAX_TOKENIZER_BYTES))?;
    }
    for (name, encoder) in &manifest.encoders {
        match encoder {
            Encoder::ELstm(e) => sections.lstm(name, e)?,
            Encoder::Bert(e) => sections.bert(name, e)?,
            Encoder::Onnx(_) => {
                sections.add(format!("encoder.{name}.graph"), Dtype::U8, Shape::Bytes(MAX_GRAPH_BYTES))?;
            }
            Encoder::Unknown => {}
        }
    }
    for (name, mixture) in &manifest.mixtures {
        sections.mixture(name, mixture)?;
    }
    for task in &manifest.tasks {
        let (id, dense, labels) = (&task.id, task.head.hidden, task.labels.len());
        let input = manifest.encoder(&task.encoder).map_or(0, Encoder::output_len);
        let outputs = if task.head.kind == HeadKind::Ordinal { 1 } else { labels };
        let layers = [("hidden", dense, input), ("output", outputs, dense)];
        for (layer, m, k) in layers.into_iter().filter(|_| dense > 0) {
            sections.linear(&format!("task.{id}.{layer}"), m, k)?;
        }
        if task.head.kind == HeadKind::Ordinal {
            sections.add(format!("task.{id}.cuts"), Dtype::F32, Shape::One(labels - 1))?;
        }
        if let Some(mixture) = task.mixture.as_ref().and_then(|name| manifest.mixtures.get(name)) {
            let name = format!("task.{id}.embedding");
            sections.add(name.clone(), Dtype::F32, Shape::One(mixture.task_embedding))?;
            if let Some(spec) = sections.0.get_mut(&name) {
                spec.half = true;
            }
        }
    }
    Ok(sections.0)
}
