//! Encoders of BERT's family with mean pooling: BERT, MPNet and Nomic's BERT. They start teachers; the engine runs
//! BERT.
//!
//! Hidden dropout acts where BERT has it (after the embeddings and both sublayers); attention probabilities are
//! not dropped.

mod composed;
mod config;
mod fused;
mod load;
#[cfg(test)]
mod tests;

pub use config::{Config, Family};
pub use load::Kept;

use super::params::{Layout, Parameters, Words};
use super::{Batch, Encoder, Mode, TokenStates, shards};
use anyhow::{Context, Result, bail, ensure};
use candle_core::Tensor;
use config::Plan;
use fused::{Fused, Output, Workspace};
use std::sync::{Arc, Mutex, OnceLock};

/// A BERT encoder; see the [module](self).
pub struct Bert {
    plan: Arc<Plan>,
    threads: usize,
    quantized: bool,
    workspaces: Arc<Mutex<Vec<Workspace>>>,
}

impl Bert {
    /// An encoder of these dimensions whose batches are divided among `threads`.
    ///
    /// # Errors
    ///
    /// When the dimensions contradict each other.
    pub fn new(config: Config, threads: usize) -> Result<Self> {
        config.validate()?;
        Ok(Self {
            plan: Arc::new(Plan::new(config)),
            threads: threads.max(1),
            quantized: false,
            workspaces: Arc::default(),
        })
    }

    /// The same encoder with weights, and the activations that they multiply, rounded as in the engine; gradients pass
    /// straight through. On the CPU only.
    #[must_use]
    pub fn quantization_aware(self, quantized: bool) -> Self {
        Self { quantized, ..self }
    }

    /// The dimensions.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.plan.config
    }
}

impl Encoder for Bert {
    fn width(&self) -> usize {
        self.plan.config.hidden_size
    }

    fn layout(&self) -> &Layout {
        &self.plan.layout
    }

    fn forward(&self, parameters: &Parameters, batch: &Batch, mode: Mode) -> Result<Tensor> {
        self.run(parameters, batch, mode, Output::Mean)
    }

    fn forward_tokens(&self, parameters: &Parameters, batch: &Batch, mode: Mode) -> Result<TokenStates> {
        let values = self.run(parameters, batch, mode, Output::Tokens)?;
        Ok(TokenStates { values, sequences: batch.sequences.clone() })
    }
}

impl Bert {
    fn run(&self, parameters: &Parameters, batch: &Batch, mode: Mode, output: Output) -> Result<Tensor> {
        let c = &self.plan.config;
        if let Some(id) = batch.ids.iter().find(|id| **id as usize >= c.vocab_size) {
            bail!("token id {id} is outside the vocabulary of {}", c.vocab_size);
        }
        if let Some(s) = batch.sequences.iter().find(|s| s.len() > c.longest()) {
            bail!("a sequence has {} tokens, the encoder takes {}", s.len(), c.longest());
        }
        let segments = c.type_vocab_size;
        if let Some(s) = batch.segments.iter().find(|s| segments > 0 && usize::from(**s) >= segments) {
            bail!("segment {s} is outside the {segments} segments of the encoder");
        }
        ensure!(
            !self.quantized || c.family == Family::Bert,
            "quantization-aware training is for encoders that the engine runs: BERT, not {:?}",
            c.family
        );
        if !parameters.flat.device().is_cpu() {
            ensure!(output == Output::Mean, "a mixture of scope `token` is trained on the CPU only");
            ensure!(!self.quantized, "quantization-aware training runs on the CPU only");
            return self.forward_composed(parameters, batch, mode);
        }
        let words = parameters.words.as_ref().context("a BERT encoder has word vectors")?;
        let op = Fused {
            plan: Arc::clone(&self.plan),
            shards: shards(&batch.sequences, self.threads),
            batch: batch.clone(),
            mode,
            output,
            quantized: self.quantized,
            weights: OnceLock::new(),
            train_words: matches!(words, Words::Trained(_)),
            workspaces: Arc::clone(&self.workspaces),
            sink: parameters.sink.clone(),
        };
        Ok(match mode {
            Mode::Train { .. } => parameters.flat.apply_op2(words.tensor(), op)?,
            Mode::Infer => parameters.flat.apply_op2_no_bwd(words.tensor(), &op)?,
        })
    }
}
