//! A mixture in a file that is made.

use super::run::MixtureWeights;
use super::sections::{expert, gate, norm};
use crate::format::writer::FileBuilder;

impl FileBuilder {
    /// Adds the sections of the mixture of that name.
    pub fn mixture(&mut self, mixture: &str, weights: &MixtureWeights<'_>) -> &mut Self {
        for (b, block) in weights.blocks.iter().enumerate() {
            let [first, last] = gate(mixture, b);
            self.dense(&first, &block.gate).dense(&last, &block.gate_output);
            for (j, w) in block.experts.iter().enumerate() {
                let [up, down] = expert(mixture, b, j);
                self.dense(&up, &w.up).dense(&down, &w.down);
            }
        }
        if let Some(weights) = &weights.norm {
            self.norm(&norm(mixture), weights);
        }
        self
    }
}
