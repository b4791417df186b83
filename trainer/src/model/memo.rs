//! A frozen encoder that reads each answer only once.

use super::params::{Layout, Parameters};
use super::{Batch, Encoder, Mode, TokenStates};
use anyhow::Result;
use candle_core::Tensor;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Tokens and segments of a text.
type Key = (Vec<u32>, Vec<u8>);

/// Caches the vector of every text that it has read. The parameters must not change: the cache would give the vectors
/// of the first ones.
pub struct Memo {
    inner: Box<dyn Encoder>,
    seen: Mutex<HashMap<Key, Vec<f32>>>,
}

impl Memo {
    /// Wraps an encoder.
    #[must_use]
    pub fn new(inner: Box<dyn Encoder>) -> Self {
        Self { inner, seen: Mutex::default() }
    }
}

impl Encoder for Memo {
    fn width(&self) -> usize {
        self.inner.width()
    }

    fn layout(&self) -> &Layout {
        self.inner.layout()
    }

    /// In training the inner encoder runs every time, since dropout differs.
    fn forward(&self, parameters: &Parameters, batch: &Batch, mode: Mode) -> Result<Tensor> {
        if mode != Mode::Infer {
            return self.inner.forward(parameters, batch, mode);
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let keys: Vec<Key> = batch
            .sequences
            .iter()
            .map(|s| (batch.ids[s.clone()].to_vec(), batch.segments[s.clone()].to_vec()))
            .collect();
        let mut unseen = Batch::default();
        let mut fresh: Vec<&Key> = Vec::new();
        for key in keys.iter().filter(|key| !seen.contains_key(*key)) {
            if !fresh.contains(&key) {
                unseen.push(&key.0, &key.1);
                fresh.push(key);
            }
        }
        if !unseen.is_empty() {
            let vectors: Vec<Vec<f32>> = self.inner.forward(parameters, &unseen, mode)?.to_vec2()?;
            seen.extend(fresh.into_iter().cloned().zip(vectors));
        }
        let values: Vec<f32> = keys.iter().flat_map(|key| &seen[key]).copied().collect();
        Ok(Tensor::from_vec(values, (keys.len(), self.width()), parameters.flat.device())?)
    }

    fn forward_tokens(&self, parameters: &Parameters, batch: &Batch, mode: Mode) -> Result<TokenStates> {
        self.inner.forward_tokens(parameters, batch, mode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::lstm::{Config, ELstm};
    use candle_core::Device;

    #[test]
    fn remembered_vectors_equal_fresh_ones_and_stay_when_parameters_move() {
        let encoder = || {
            ELstm::new(Config {
                vocab: 9,
                embedding: 4,
                hidden: 3,
                dropout: 0.0,
                fixed_point: false,
                quantized_weights: false,
            })
        };
        let start = encoder().init(5);
        let parameters = Parameters::new(start.clone(), None, &Device::Cpu).unwrap();
        let memo = Memo::new(Box::new(encoder()));
        let texts: [&[u32]; 4] = [&[1, 2, 3], &[4], &[1, 2, 3], &[8, 7]];
        let batch = |from: &[&[u32]]| {
            let mut batch = Batch::default();
            from.iter().for_each(|ids| batch.push(ids, &vec![0; ids.len()]));
            batch
        };
        let rows = |e: &dyn Encoder, p: &Parameters, from: &[&[u32]]| -> Vec<Vec<f32>> {
            e.forward(p, &batch(from), Mode::Infer).unwrap().to_vec2().unwrap()
        };
        let expected = rows(&encoder(), &parameters, &texts);
        assert_eq!(rows(&memo, &parameters, &texts[..2]), expected[..2]);
        assert_eq!(rows(&memo, &parameters, &texts), expected);
        let moved: Vec<f32> = start.iter().map(|v| v + 1.0).collect();
        let moved = Parameters::new(moved, None, &Device::Cpu).unwrap();
        assert_eq!(rows(&memo, &moved, &texts), expected);
        assert_ne!(rows(&encoder(), &moved, &texts), expected);
    }
}
