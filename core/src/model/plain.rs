//! Weights as they lie in a file, to be packed.

use crate::format::reader::ModelFile;
use crate::layers::{LinearWeights, NormWeights, TableWeights};

/// Weights of a table or a dense layer; scales and biases copied out of the file, where they need not be aligned.
pub(super) struct Plain<'a> {
    weight: &'a [i8],
    scale: Vec<f32>,
    bias: Vec<f32>,
}

impl<'a> Plain<'a> {
    pub(super) fn table(file: &'a ModelFile, name: &str) -> Self {
        Self { weight: file.i8s(name), scale: file.f32s(&format!("{name}.scale")), bias: Vec::new() }
    }

    pub(super) fn linear(file: &'a ModelFile, name: &str) -> Self {
        Self { bias: file.f32s(&format!("{name}.bias")), ..Self::table(file, name) }
    }

    pub(super) fn as_table(&self) -> TableWeights<'_> {
        TableWeights { weight: self.weight, scale: &self.scale }
    }

    pub(super) fn as_linear(&self) -> LinearWeights<'_> {
        LinearWeights { weight: self.weight, scale: &self.scale, bias: &self.bias }
    }
}

/// Weights of a normalization, copied out of the file.
pub(super) struct PlainNorm {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl PlainNorm {
    pub(super) fn read(file: &ModelFile, name: &str) -> Self {
        Self { weight: file.f32s(&format!("{name}.weight")), bias: file.f32s(&format!("{name}.bias")) }
    }

    pub(super) fn weights(&self) -> NormWeights<'_> {
        NormWeights { weight: &self.weight, bias: &self.bias }
    }
}
