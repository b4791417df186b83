//! From a checked file to a packed head, and from the vector of a text to probabilities.

use super::sections::{layers, level_thresholds};
use crate::error::Result;
use crate::format::manifest::{Head, HeadKind, MemberRef};
use crate::format::reader::ModelFile;
use crate::kernels::Kernels;
use crate::layers::{Linear, LinearScratch, relu};
use crate::parts::arrays::FileArrays;

/// The head of a task, packed.
#[derive(Debug)]
pub(crate) struct PackedHead {
    kind: HeadKind,
    temperature: f32,
    labels: usize,
    /// Hidden layer and last layer; none where the numbers of the encoder are the outputs.
    layers: Option<[Linear; 2]>,
    /// What is added to the output for each step between levels.
    level_thresholds: Vec<f32>,
}

/// Buffers of [`PackedHead::forward`], and what it has computed.
#[derive(Debug, Default)]
pub(crate) struct HeadScratch {
    linear: LinearScratch,
    /// Output of the hidden layer, after ReLU.
    pub(crate) hidden: Vec<f32>,
    /// Output of the last layer.
    pub(crate) outputs: Vec<f32>,
    /// The probability of each step between levels to be passed.
    pub(crate) cumulative: Vec<f32>,
    /// One for each label.
    pub(crate) probabilities: Vec<f32>,
}

impl PackedHead {
    /// Packs the head of a member that reads `input` numbers and gives probabilities of so many labels.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Damaged`](crate::ErrorKind::Damaged) when a length does not fit, which a checked file rules out.
    pub(crate) fn load(
        file: &ModelFile,
        member: MemberRef<'_>,
        labels: usize,
        input: usize,
        kernels: &Kernels,
    ) -> Result<Self> {
        let (Head { kind, hidden: dense }, id) = (member.head, member.section_id());
        let layer = |name: String, (m, k): (usize, usize)| {
            let arrays = FileArrays::linear(file, &name);
            Linear::pack((m, k), &arrays.as_linear(), kernels)
        };
        let pack = || -> Result<[Linear; 2]> {
            let [hidden, output] = layers(&id);
            Ok([layer(hidden, (dense, input))?, layer(output, (kind.outputs(labels), dense))?])
        };
        let level_thresholds = match kind.level_thresholds(labels) {
            0 => Vec::new(),
            _ => file.f32s(&level_thresholds(&id)),
        };
        Ok(Self {
            kind,
            temperature: member.temperature,
            labels,
            layers: if dense > 0 { Some(pack()?) } else { None },
            level_thresholds,
        })
    }

    /// Bytes of memory that the head holds.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.layers.as_ref().map_or(0, |[hidden, output]| hidden.memory_bytes() + output.memory_bytes())
    }

    /// Computes the probabilities for the vector of a text.
    pub(crate) fn forward(&self, pooled: &[f32], scratch: &mut HeadScratch) {
        let HeadScratch { linear, hidden, outputs, cumulative, probabilities } = scratch;
        match &self.layers {
            Some([first, last]) => {
                hidden.resize(first.output_len(), 0.0);
                first.forward(pooled, linear, hidden);
                relu(hidden);
                outputs.resize(last.output_len(), 0.0);
                last.forward(hidden, linear, outputs);
            }
            None => {
                hidden.clear();
                outputs.clear();
                outputs.extend_from_slice(pooled);
            }
        }
        cumulative.resize(self.level_thresholds.len(), 0.0);
        probabilities.resize(self.labels, 0.0);
        self.kind.probabilities(outputs, &self.level_thresholds, self.temperature, cumulative, probabilities);
    }
}
