//! TF-IDF n-grams and a linear function of them: the twin of the engine's encoder of that name.

use super::params::{Layout, Parameters};
use super::{Batch, Encoder, Mode};
use anyhow::{Result, ensure};
use candle_core::Tensor;
use pupil_core::ngram::tfidf;
use std::ops::Range;

/// Dimensions of the encoder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Buckets of n-grams.
    pub buckets: usize,
    /// Outputs.
    pub units: usize,
    /// Whether a count weighs as 1 + its logarithm.
    pub sublinear: bool,
}

/// Counts buckets, weighs the counts by TF-IDF, and multiplies them with a matrix.
///
/// Its tokens are buckets, one for each n-gram of the answer, in ascending order. Its parameters are solved for, not
/// learned by descent, so it has no backward pass.
pub struct NGrams {
    config: Config,
    layout: Layout,
    idf: Range<usize>,
    weight: Range<usize>,
}

impl NGrams {
    /// An encoder of these dimensions.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let mut layout = Layout::default();
        let idf = layout.add("idf", &[config.buckets], false);
        let weight = layout.add("weight", &[config.units, config.buckets], false);
        Self { config, layout, idf, weight }
    }

    /// Parameters with which every output is 0.
    #[must_use]
    pub fn init(&self) -> Vec<f32> {
        vec![0.0; self.layout.len()]
    }
}

impl Encoder for NGrams {
    fn width(&self) -> usize {
        self.config.units
    }

    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn forward(&self, parameters: &Parameters, batch: &Batch, _mode: Mode) -> Result<Tensor> {
        let Config { buckets, units, sublinear } = self.config;
        let flat = parameters.values()?;
        let (idf, weight) = (&flat[self.idf.clone()], &flat[self.weight.clone()]);
        let mut out = Vec::with_capacity(batch.len() * units);
        let mut values = Vec::new();
        for sequence in &batch.sequences {
            let ids = &batch.ids[sequence.clone()];
            ensure!(
                ids.iter().all(|id| (*id as usize) < buckets),
                "an n-gram is outside of {buckets} buckets"
            );
            let counts: Vec<(u32, u32)> = ids
                .chunk_by(|a, b| a == b)
                .map(|run| (run[0], u32::try_from(run.len()).unwrap_or(u32::MAX)))
                .collect();
            tfidf(&counts, |bucket| idf[bucket as usize], sublinear, &mut values);
            out.extend(weight.chunks_exact(buckets).map(|row| {
                counts
                    .iter()
                    .zip(&values)
                    .map(|((bucket, _), value)| row[*bucket as usize] * value)
                    .sum::<f32>()
            }));
        }
        Ok(Tensor::from_vec(out, (batch.len(), units), parameters.flat.device())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn output_is_the_weighted_sum_of_normalized_counts() {
        let model = NGrams::new(Config { buckets: 3, units: 2, sublinear: false });
        let flat = vec![1.0, 1.0, 2.0, 1.0, 0.0, 10.0, 0.0, 5.0, -1.0];
        let p = Parameters::new(flat, None, &Device::Cpu).unwrap();
        let mut batch = Batch::default();
        batch.push(&[0, 0, 0, 2, 2], &[0; 5]);
        batch.push(&[], &[]);
        let out = model.forward(&p, &batch, Mode::Infer).unwrap().to_vec2::<f32>().unwrap();
        // Counts 3 and 2, weighed 3 and 4, of length 5.
        assert!((out[0][0] - 8.6).abs() < 1e-6 && (out[0][1] + 0.8).abs() < 1e-6, "{out:?}");
        assert_eq!(out[1], [0.0, 0.0]);
        batch.push(&[3], &[0]);
        assert!(model.forward(&p, &batch, Mode::Infer).is_err());
    }
}
