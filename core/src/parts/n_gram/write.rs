//! An n-gram encoder in a file that is made.

use super::run::NGramWeights;
use super::sections::{idf, unit_bias, weight};
use crate::format::writer::FileBuilder;
use crate::parts::arrays::scale;

impl FileBuilder {
    /// Adds the four sections of the n-gram encoder of that name.
    pub fn n_gram(&mut self, encoder: &str, w: &NGramWeights<'_>) -> &mut Self {
        let (buckets, units, weight) = (w.idf.len(), w.scale.len(), weight(encoder));
        self.scales(idf(encoder), buckets, w.idf)
            .scales(scale(&weight), units, w.scale)
            .i8(weight, &[buckets, units], w.weight)
            .f32(unit_bias(encoder), &[units], w.bias)
    }
}
