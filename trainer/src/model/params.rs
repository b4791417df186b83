//! Parameters of an encoder: one flat tensor, a table of names, and optionally a frozen or trained vocabulary.

use super::Mode;
use candle_core::backprop::GradStore;
use candle_core::{Device, Result, Tensor, Var};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};

/// A named part of the flat tensor.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name, with dots.
    pub name: String,
    /// Shape, row-major.
    pub shape: Vec<usize>,
    /// Place in the flat tensor.
    pub range: Range<usize>,
    /// Whether weight decay acts on it (matrices, not biases or norms).
    pub decays: bool,
}

/// Table of the parts.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    entries: Vec<Entry>,
    len: usize,
}

impl Layout {
    /// Appends a part and returns its place.
    pub fn add(&mut self, name: impl Into<String>, shape: &[usize], decays: bool) -> Range<usize> {
        let range = self.len..self.len + shape.iter().product::<usize>();
        self.len = range.end;
        self.entries.push(Entry { name: name.into(), shape: shape.to_vec(), range: range.clone(), decays });
        range
    }

    /// The parts in order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The part of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|e| e.name == name)
    }

    /// Length of the flat tensor.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no parts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The ranges on which weight decay acts.
    #[must_use]
    pub fn decayed(&self) -> Vec<Range<usize>> {
        self.entries.iter().filter(|e| e.decays).map(|e| e.range.clone()).collect()
    }
}

/// The values of an encoder's parameters.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// Everything in the [`Layout`], flat.
    pub flat: Var,
    /// Word vectors `[vocabulary, width]` of encoders that store them separately: a variable if they are trained.
    pub words: Option<Words>,
    /// Receives the gradients of fused encoders.
    pub sink: Sink,
    /// The parts that the last composed pass was made of.
    parts: Arc<Mutex<Vec<Var>>>,
}

/// The parts of the flat tensor, as a composed pass reads them.
///
/// In training each part is a variable of its own. Were it a view of the flat tensor, candle would pad its gradient to
/// the length of all parameters: for 200 parts of 86 million parameters more work than the pass itself.
pub struct Parts {
    parts: BTreeMap<usize, Tensor>,
}

impl Parts {
    /// The part at a place of the layout, in the given shape.
    ///
    /// # Errors
    ///
    /// When no part of the layout begins there, or it has another size.
    pub fn get(&self, place: &Range<usize>, shape: &[usize]) -> Result<Tensor> {
        match self.parts.get(&place.start) {
            Some(part) => part.reshape(shape),
            None => candle_core::bail!("no part of the parameters begins at {}", place.start),
        }
    }
}

/// Gradients that bypass candle's gradient store, which would copy tens of megabytes three times a step.
#[derive(Clone, Debug, Default)]
pub struct Sink {
    gradients: Arc<Mutex<Gradients>>,
}

/// Gradients of [`Parameters`]; an empty part is in candle's store instead.
#[derive(Debug, Default)]
pub struct Gradients {
    /// Those of the flat tensor.
    pub flat: Vec<f32>,
    /// Those of the word vectors, if they are trained.
    pub words: Vec<f32>,
}

impl Sink {
    /// Stores gradients.
    ///
    /// # Panics
    ///
    /// Never: nothing panics while the gradients are held.
    pub fn put(&self, gradients: Gradients) {
        *self.gradients.lock().expect("nothing panics while it holds the gradients") = gradients;
    }

    /// Takes the gradients of the last backward pass, if it stored any here.
    ///
    /// # Panics
    ///
    /// Never: nothing panics while the gradients are held.
    #[must_use]
    pub fn take(&self) -> Gradients {
        std::mem::take(&mut *self.gradients.lock().expect("nothing panics while it holds the gradients"))
    }
}

/// Word vectors, stored separately from the other parameters.
#[derive(Clone, Debug)]
pub enum Words {
    /// Trained with the other parameters.
    Trained(Var),
    /// Not trained further.
    Frozen(Tensor),
}

impl Words {
    /// The values.
    #[must_use]
    pub fn tensor(&self) -> &Tensor {
        match self {
            Self::Trained(v) => v.as_tensor(),
            Self::Frozen(t) => t,
        }
    }
}

impl Parameters {
    /// Wraps flat values.
    ///
    /// # Errors
    ///
    /// When candle cannot place them on the device.
    pub fn new(flat: Vec<f32>, words: Option<Words>, device: &Device) -> Result<Self> {
        let n = flat.len();
        let flat = Var::from_vec(flat, n, device)?;
        Ok(Self { flat, words, sink: Sink::default(), parts: Arc::default() })
    }

    /// The parts of one composed pass; in training, [`gradient`](Self::gradient) collects their gradients afterwards.
    ///
    /// # Errors
    ///
    /// When candle cannot copy a part.
    ///
    /// # Panics
    ///
    /// Never: nothing panics while it holds the parts.
    pub fn parts(&self, layout: &Layout, mode: Mode) -> Result<Parts> {
        let flat = self.flat.as_tensor().detach();
        let mut variables = Vec::new();
        let mut parts = BTreeMap::new();
        for entry in layout.entries() {
            let part = flat.narrow(0, entry.range.start, entry.range.len())?;
            let part = match mode {
                Mode::Infer => part,
                Mode::Train { .. } => {
                    variables.push(Var::from_tensor(&part)?);
                    variables[variables.len() - 1].as_tensor().clone()
                }
            };
            parts.insert(entry.range.start, part);
        }
        if !variables.is_empty() {
            *self.parts.lock().expect("nothing panics while it holds the parts") = variables;
        }
        Ok(Parts { parts })
    }

    /// The gradient of the flat tensor after the backward pass of a composed one, put together from those of its parts;
    /// `None` if there was no composed pass since the last call.
    ///
    /// # Errors
    ///
    /// When a part received no gradient.
    ///
    /// # Panics
    ///
    /// Never: nothing panics while it holds the parts.
    pub fn gradient(&self, store: &GradStore) -> Result<Option<Tensor>> {
        let parts = std::mem::take(&mut *self.parts.lock().expect("nothing panics while it holds the parts"));
        if parts.is_empty() {
            return Ok(None);
        }
        let mut gradients = Vec::with_capacity(parts.len());
        for (number, part) in parts.iter().enumerate() {
            let Some(gradient) = store.get(part) else {
                candle_core::bail!("part {number} of {} of the encoder received no gradient", parts.len())
            };
            gradients.push(gradient.flatten_all()?);
        }
        Tensor::cat(&gradients, 0).map(Some)
    }

    /// The flat values, copied.
    ///
    /// # Errors
    ///
    /// When candle cannot read them back.
    pub fn values(&self) -> Result<Vec<f32>> {
        self.flat.to_vec1()
    }
}
