//! Random models from a seed, for benchmarks: their numbers have a plausible size, their scores have no meaning.

use pupil_core::kernels::Kernels;
use pupil_core::layers::{Linear, LinearScratch, LinearWeights, relu};
use pupil_core::parts::e_lstm::{LstmScratch, LstmWeights, PackedLstm};
use pupil_core::parts::head;
use pupil_core::quant::quantize_rows;

/// A linear congruential generator with the same numbers on every platform.
#[derive(Debug)]
pub struct Numbers(u64);

impl Numbers {
    /// Starts from a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next integer below `end`.
    pub fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let high = u32::try_from(self.0 >> 32).expect("half of the bits");
        high % end
    }

    /// The next number in -`most` to `most`.
    pub fn real(&mut self, most: f32) -> f32 {
        (self.below(20_001) as f32 / 10_000.0 - 1.0) * most
    }

    /// `n` numbers in -`most` to `most`.
    pub fn reals(&mut self, n: usize, most: f32) -> Vec<f32> {
        (0..n).map(|_| self.real(most)).collect()
    }
}

/// The dimensions of an E-LSTM.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Tokens.
    pub vocab: usize,
    /// Length of an embedding.
    pub embedding: usize,
    /// Units of one direction.
    pub hidden: usize,
    /// Units of the head's hidden layer.
    pub dense: usize,
    /// Levels of the scale.
    pub levels: usize,
}

/// The model of the paper: 700 words, embedding 32, 16 units each way, dense 16, here with 4 levels.
pub const E_LSTM: Shape = Shape { vocab: 700, embedding: 32, hidden: 16, dense: 16, levels: 4 };

/// A whole E-LSTM with an ordinal head: ids in, probabilities out.
#[derive(Debug)]
pub struct ELstm {
    lstm: PackedLstm,
    dense: Linear,
    output: Linear,
    thresholds: Vec<f32>,
    temperature: f32,
}

/// The arrays of an E-LSTM with an ordinal head.
#[derive(Clone, Copy, Debug)]
pub struct ELstmWeights<'a> {
    /// The encoder.
    pub lstm: LstmWeights<'a>,
    /// The head's hidden layer.
    pub dense: LinearWeights<'a>,
    /// The head's one output.
    pub output: LinearWeights<'a>,
    /// The threshold added to the output for each step.
    pub thresholds: &'a [f32],
    /// The temperature, which divides the sums.
    pub temperature: f32,
}

/// Buffers of a forward pass.
#[derive(Debug, Default)]
pub struct Buffers {
    lstm: LstmScratch,
    linear: LinearScratch,
    pooled: Vec<f32>,
    dense: Vec<f32>,
    cumulative: Vec<f32>,
}

impl ELstm {
    /// Makes a model with quantized random weights.
    ///
    /// # Panics
    ///
    /// If a dimension is 0.
    pub fn new(shape: Shape, kernels: &Kernels, fold_limit_bytes: usize) -> Self {
        let Shape { vocab, embedding: d, hidden: h, dense, levels } = shape;
        let mut numbers = Numbers::new(7);
        let mut matrix = |m: usize, k: usize, most: f32| quantize_rows(&numbers.reals(m * k, most), k);
        let (embedding, embedding_scale) = matrix(vocab, d, 1.0);
        let (input, input_scale) = matrix(8 * h, d, 0.5);
        let (recurrent, recurrent_scale) = matrix(8 * h, h, 0.5);
        let (dense_weight, dense_scale) = matrix(dense, 2 * h, 0.5);
        let (output_weight, output_scale) = matrix(1, dense, 0.5);
        let weights = LstmWeights {
            vocab,
            embedding_dim: d,
            hidden: h,
            embedding: &embedding,
            embedding_scale: &embedding_scale,
            input: &input,
            input_scale: &input_scale,
            recurrent: &recurrent,
            recurrent_scale: &recurrent_scale,
            bias: &numbers.reals(8 * h, 0.5),
        };
        let bias = numbers.reals(dense, 0.5);
        let thresholds: Vec<f32> = (1..levels).map(|k| 1.0 - 0.5 * k as f32).collect();
        let weights = ELstmWeights {
            lstm: weights,
            dense: LinearWeights { weight: &dense_weight, scale: &dense_scale, bias: &bias },
            output: LinearWeights { weight: &output_weight, scale: &output_scale, bias: &[0.0] },
            thresholds: &thresholds,
            temperature: 1.0,
        };
        Self::from_weights(&weights, kernels, fold_limit_bytes)
    }

    /// Packs given weights.
    ///
    /// # Panics
    ///
    /// If their dimensions do not match.
    pub fn from_weights(w: &ELstmWeights<'_>, kernels: &Kernels, fold_limit_bytes: usize) -> Self {
        let linear = |k: usize, w: &LinearWeights<'_>| {
            Linear::new(w.scale.len(), k, w.weight, w.scale, w.bias, kernels).expect("a valid layer")
        };
        Self {
            dense: linear(2 * w.lstm.hidden, &w.dense),
            output: linear(w.dense.scale.len(), &w.output),
            lstm: PackedLstm::new(&w.lstm, kernels, fold_limit_bytes).expect("a valid encoder"),
            thresholds: w.thresholds.to_vec(),
            temperature: w.temperature,
        }
    }

    /// Probability of each level.
    pub fn forward(&self, ids: &[u32], buffers: &mut Buffers, out: &mut [f32]) {
        let Buffers { lstm, linear, pooled, dense, cumulative } = buffers;
        pooled.resize(self.lstm.output_len(), 0.0);
        dense.resize(self.dense.output_len(), 0.0);
        cumulative.resize(self.thresholds.len(), 0.0);
        let mut score = [0.0];
        self.lstm.forward(ids, lstm, pooled);
        self.dense.forward(pooled, linear, dense);
        relu(dense);
        self.output.forward(dense, linear, &mut score);
        head::cumulative(score[0], &self.thresholds, self.temperature, cumulative);
        head::levels(cumulative, out);
    }
}

/// `n` token ids below `vocab`.
pub fn tokens(n: usize, vocab: usize) -> Vec<u32> {
    let mut numbers = Numbers::new(11);
    let end = u32::try_from(vocab).expect("a vocabulary of 32 bits");
    (0..n).map(|_| numbers.below(end)).collect()
}
