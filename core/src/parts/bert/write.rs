//! A BERT encoder in a file that is made.

use super::run::BertWeights;
use super::sections::{LINEAR, NORM, NORMS, TABLES, of_layer, section};
use crate::format::writer::FileBuilder;

impl FileBuilder {
    /// Adds the sections of the BERT encoder of that name.
    pub fn bert(&mut self, encoder: &str, w: &BertWeights<'_>) -> &mut Self {
        for (part, table) in TABLES.into_iter().zip([&w.words, &w.positions, &w.segments]) {
            self.table(&section(encoder, part), table);
        }
        self.norm(&section(encoder, NORM), &w.norm);
        for (n, layer) in w.layers.iter().enumerate() {
            let linear = [&layer.qkv, &layer.attended, &layer.up, &layer.down];
            for (part, weights) in LINEAR.into_iter().zip(linear) {
                self.dense(&of_layer(encoder, n, part), weights);
            }
            for (part, norm) in NORMS.into_iter().zip([&layer.attended_norm, &layer.down_norm]) {
                self.norm(&of_layer(encoder, n, part), norm);
            }
        }
        self
    }
}
