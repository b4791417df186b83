//! The arrays that parts are made of: tables, linear layers and normalizations. Their sections and how they are read;
//! how they are written stands in `write`.

#[cfg(feature = "write")]
mod write;

use safetensors::Dtype;

use super::values;
use crate::error::Result;
use crate::format::reader::ModelFile;
use crate::format::sections::{Sections, Shape, Spec, Stored, Values};
use crate::layers::{LinearWeights, NormWeights, TableWeights};

/// The section with the scales of the weights in section `name`.
pub(super) fn scale(name: &str) -> String {
    format!("{name}.scale")
}

/// The section with the biases of the layer or normalization `name`.
pub(super) fn bias(name: &str) -> String {
    format!("{name}.bias")
}

/// The section with the weights of the normalization `name`.
fn norm_weight(name: &str) -> String {
    format!("{name}.weight")
}

/// Any bytes, at most so many.
pub(super) fn bytes(most: usize) -> Spec {
    Spec { dtype: Dtype::U8, shape: Shape::Bytes(most), half: false, values: Values::Any }
}

/// Weights.
pub(super) fn weights(shape: Shape) -> Spec {
    Spec { dtype: Dtype::I8, shape, half: false, values: Values::Weights }
}

/// Scales of weights, which may have 16 bits.
pub(super) fn scales(shape: Shape) -> Spec {
    Spec { half: true, ..numbers(shape, values::scales) }
}

/// Numbers that obey a rule.
pub(super) fn numbers(shape: Shape, rule: fn(Stored<'_>) -> Result<()>) -> Spec {
    Spec { dtype: Dtype::F32, shape, half: false, values: Values::Checked(rule) }
}

/// Adds the sections of a table: weights `[m, k]` with one scale a row.
pub(super) fn add_table(sections: &mut Sections, name: &str, (m, k): (usize, usize)) -> Result<()> {
    sections.add(name.into(), weights(Shape::Two(m, k)))?;
    sections.add(scale(name), scales(Shape::One(m)))
}

/// Adds the sections of a linear layer: weights `[m, k]` with one scale and one bias a row.
pub(super) fn add_linear(sections: &mut Sections, name: &str, shape: (usize, usize)) -> Result<()> {
    add_table(sections, name, shape)?;
    sections.add(bias(name), numbers(Shape::One(shape.0), values::biases))
}

/// Adds the sections of a layer normalization.
pub(super) fn add_norm(sections: &mut Sections, name: &str, width: usize) -> Result<()> {
    sections.add(norm_weight(name), numbers(Shape::One(width), values::norm))?;
    sections.add(bias(name), numbers(Shape::One(width), values::norm))
}

/// Weights of a table or a linear layer as they lie in a file, to be packed. Scales and biases are copied: in the file
/// they need not be aligned. Afterwards the memory of the weights is returned.
pub(super) struct FileArrays<'a> {
    file: &'a ModelFile,
    name: String,
    scale: Vec<f32>,
    bias: Vec<f32>,
}

impl<'a> FileArrays<'a> {
    pub(super) fn table(file: &'a ModelFile, name: &str) -> Self {
        Self { file, name: name.to_owned(), scale: file.f32s(&scale(name)), bias: Vec::new() }
    }

    pub(super) fn linear(file: &'a ModelFile, name: &str) -> Self {
        let mut arrays = Self::table(file, name);
        arrays.bias = file.f32s(&bias(name));
        arrays
    }

    fn weight(&self) -> &'a [i8] {
        self.file.i8s(&self.name)
    }

    pub(super) fn as_table(&self) -> TableWeights<'_> {
        TableWeights { weight: self.weight(), scale: &self.scale }
    }

    pub(super) fn as_linear(&self) -> LinearWeights<'_> {
        LinearWeights { weight: self.weight(), scale: &self.scale, bias: &self.bias }
    }
}

impl Drop for FileArrays<'_> {
    fn drop(&mut self) {
        self.file.release(&self.name);
    }
}

/// Weights of a normalization, copied out of the file.
pub(super) struct FileNorm {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl FileNorm {
    pub(super) fn read(file: &ModelFile, name: &str) -> Self {
        Self { weight: file.f32s(&norm_weight(name)), bias: file.f32s(&bias(name)) }
    }

    pub(super) fn weights(&self) -> NormWeights<'_> {
        NormWeights { weight: &self.weight, bias: &self.bias }
    }
}
