//! Parameters of an encoder: one flat tensor, a table of names, and optionally a frozen or trained vocabulary.

use anyhow::{Context, ensure};
use candle_core::backprop::GradStore;
use candle_core::{Device, Result, Tensor, Var};
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
}

/// Gradients that bypass candle's gradient store, which would copy tens of megabytes three times a step.
#[derive(Clone, Debug, Default)]
pub struct Sink {
    gradients: Arc<Mutex<Gradients>>,
    leaves: Arc<Mutex<Option<Leaves>>>,
}

/// Gradients of [`Parameters`]; an empty part is in candle's store instead.
#[derive(Debug, Default)]
pub struct Gradients {
    /// Those of the flat tensor.
    pub flat: Vec<f32>,
    /// Those of the word vectors, if they are trained.
    pub words: Vec<f32>,
}

/// The parts of a flat tensor as variables of their own, in order.
#[derive(Clone, Debug)]
pub struct Leaves {
    parts: Vec<(Range<usize>, Tensor)>,
}

impl Leaves {
    /// The part at this place, in its shape.
    ///
    /// # Errors
    ///
    /// When no part has this place.
    pub fn get(&self, range: &Range<usize>) -> anyhow::Result<&Tensor> {
        let at = self.parts.binary_search_by_key(&range.start, |(r, _)| r.start).ok();
        let (found, tensor) = at.map(|i| &self.parts[i]).context("a part of the parameters has a place")?;
        ensure!(found == range, "the part at {range:?} has the place {found:?}");
        Ok(tensor)
    }

    /// The gradient of the flat tensor, or `None` if no part has one.
    fn gradient(&self, store: &GradStore) -> Result<Option<Tensor>> {
        if self.parts.iter().all(|(_, part)| store.get(part).is_none()) {
            return Ok(None);
        }
        let parts = self.parts.iter().map(|(_, part)| match store.get(part) {
            Some(gradient) => gradient.flatten_all(),
            None => part.zeros_like()?.flatten_all(),
        });
        Tensor::cat(&parts.collect::<Result<Vec<_>>>()?, 0).map(Some)
    }
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
        Ok(Self { flat: Var::from_vec(flat, n, device)?, words, sink: Sink::default() })
    }

    /// The parts of the flat tensor, as variables if the pass is `differentiable`; their gradients are then those of
    /// [`flat_gradient`](Self::flat_gradient).
    ///
    /// # Errors
    ///
    /// When candle cannot copy them.
    pub fn leaves(&self, layout: &Layout, differentiable: bool) -> Result<Leaves> {
        let flat = self.flat.as_detached_tensor();
        let part = |e: &Entry| -> Result<(Range<usize>, Tensor)> {
            let view = flat.narrow(0, e.range.start, e.range.len())?.reshape(e.shape.as_slice())?;
            let part = if differentiable { Var::from_tensor(&view)?.into_inner() } else { view };
            Ok((e.range.clone(), part))
        };
        let leaves = Leaves { parts: layout.entries().iter().map(part).collect::<Result<_>>()? };
        if differentiable {
            *self.sink.leaves.lock().expect("nothing panics while it holds the parts") = Some(leaves.clone());
        }
        Ok(leaves)
    }

    /// The gradient of the flat tensor after a backward pass: from the parts that the pass was made of, or from
    /// candle's store. Fused encoders put theirs into the [`Sink`] instead.
    ///
    /// # Errors
    ///
    /// When candle fails.
    ///
    /// # Panics
    ///
    /// Never: nothing panics while the parts are held.
    pub fn flat_gradient(&self, store: &GradStore) -> Result<Option<Tensor>> {
        let leaves = self.sink.leaves.lock().expect("nothing panics while it holds the parts").take();
        match leaves {
            Some(leaves) => leaves.gradient(store),
            None => Ok(store.get(&self.flat).cloned()),
        }
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
