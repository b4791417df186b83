//! Averaged word embeddings: the baseline without word order.

use super::params::{Layout, Parameters};
use super::{Batch, Encoder, Mode};
use crate::ops::dropout::{derive, hash};
use crate::random;
use anyhow::Result;
use candle_core::{DType, Tensor};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Dimensions of the baseline.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Config {
    /// Rows of the embedding.
    pub vocab: usize,
    /// Width of the embedding and of the output.
    pub embedding: usize,
    /// Probability of leaving a token out of the average in training.
    pub dropout: f32,
}

/// Mean of the word vectors, as one product of a matrix of token shares, mostly zeros, with the embedding.
pub struct MeanEmbedding {
    config: Config,
    layout: Layout,
    embedding: Range<usize>,
}

impl MeanEmbedding {
    /// An encoder of these dimensions.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let mut layout = Layout::default();
        let embedding = layout.add("embedding", &[config.vocab, config.embedding], false);
        Self { config, layout, embedding }
    }

    /// Random initialization: N(0, 0.1²).
    #[must_use]
    pub fn init(&self, seed: u64) -> Vec<f32> {
        let mut flat = vec![0.0; self.embedding.len()];
        random::normal(&mut flat, 0.1, &mut random::generator(seed));
        flat
    }
}

impl Encoder for MeanEmbedding {
    fn width(&self) -> usize {
        self.config.embedding
    }

    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn forward(&self, parameters: &Parameters, batch: &Batch, mode: Mode) -> Result<Tensor> {
        let (v, d) = (self.config.vocab, self.config.embedding);
        let mut shares = vec![0f32; batch.len() * v];
        for (r, s) in batch.sequences.iter().enumerate() {
            let kept: Vec<u32> = s
                .clone()
                .filter(|t| match mode {
                    Mode::Infer => true,
                    Mode::Train { seed } => {
                        #[expect(
                            clippy::cast_possible_truncation,
                            reason = "a seed's low half, a token's place"
                        )]
                        let draw = hash(*t as u32, derive(seed, 0) as u32);
                        f64::from(draw) / 4_294_967_296.0 >= f64::from(self.config.dropout)
                    }
                })
                .map(|t| batch.ids[t])
                .collect();
            for id in &kept {
                shares[r * v + *id as usize] += 1.0 / kept.len() as f32;
            }
        }
        let shares = Tensor::from_vec(shares, (batch.len(), v), parameters.flat.device())?;
        Ok(shares.to_dtype(DType::F32)?.matmul(&parameters.flat.reshape((v, d))?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn vector_is_the_mean_of_its_tokens() {
        let model = MeanEmbedding::new(Config { vocab: 3, embedding: 2, dropout: 0.0 });
        let flat = vec![1.0, 2.0, 3.0, 4.0, 5.0, 7.0];
        let p = Parameters::new(flat, None, &Device::Cpu).unwrap();
        let mut batch = Batch::default();
        batch.push(&[0, 2, 2, 0], &[0; 4]);
        batch.push(&[], &[]);
        let out = model.forward(&p, &batch, Mode::Infer).unwrap().to_vec2::<f32>().unwrap();
        assert_eq!(out, vec![vec![3.0, 4.5], vec![0.0, 0.0]]);
    }
}
