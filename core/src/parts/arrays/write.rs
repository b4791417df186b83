//! Tables, linear layers and normalizations in a file that is made.

use super::{bias, norm_weight, scale};
use crate::format::writer::FileBuilder;
use crate::layers::{LinearWeights, NormWeights, TableWeights};

impl FileBuilder {
    /// Adds the three sections of a linear layer, such as `task.balloons.hidden`: `m` rows of `k` weights, and a scale
    /// and a bias for each row.
    pub fn linear(
        &mut self,
        name: &str,
        (m, k): (usize, usize),
        weight: &[i8],
        scales: &[f32],
        biases: &[f32],
    ) -> &mut Self {
        self.i8(name, &[m, k], weight).scales(scale(name), m, scales).f32(bias(name), &[m], biases)
    }

    pub(crate) fn table(&mut self, name: &str, table: &TableWeights<'_>) -> &mut Self {
        let rows = table.scale.len();
        self.i8(name, &[rows, table.weight.len() / rows.max(1)], table.weight).scales(
            scale(name),
            rows,
            table.scale,
        )
    }

    pub(crate) fn norm(&mut self, name: &str, norm: &NormWeights<'_>) -> &mut Self {
        self.f32(norm_weight(name), &[norm.weight.len()], norm.weight).f32(
            bias(name),
            &[norm.bias.len()],
            norm.bias,
        )
    }

    pub(crate) fn dense(&mut self, name: &str, w: &LinearWeights<'_>) -> &mut Self {
        self.linear(name, w.shape(), w.weight, w.scale, w.bias)
    }
}
