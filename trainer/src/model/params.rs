//! Parameters of an encoder: one flat tensor, a table of names, and optionally a frozen or trained vocabulary.

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
        Ok(Self { flat: Var::from_vec(flat, n, device)?, words, sink: Sink::default() })
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
