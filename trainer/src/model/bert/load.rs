//! Parameters from pretrained weights, or from some of them.

use super::Bert;
use crate::model::Encoder;
use crate::model::params::{Parameters, Words};
use crate::model::weights::{WORDS, Weights};
use crate::ops::round::round_rows_f16;
use anyhow::{Context, Result, ensure};
use candle_core::{Device, Tensor};

/// The part of a pretrained encoder that a smaller one starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its layers, counted from 0.
    pub layers: Vec<usize>,
    /// Its word ids, in the order of the smaller vocabulary.
    pub words: Vec<u32>,
}

impl Kept {
    /// The vectors of its words, taken from those of all words, `width` values each.
    fn rows(&self, every: &[f32], width: usize) -> Result<Vec<f32>> {
        let mut rows = Vec::with_capacity(self.words.len() * width);
        for id in &self.words {
            let at = *id as usize * width;
            rows.extend(every.get(at..at + width).with_context(|| format!("there is no word {id}"))?);
        }
        Ok(rows)
    }
}

/// The pretrained name of a parameter whose layer is one of `layers`.
pub(super) fn original(name: &str, layers: &[usize]) -> Result<String> {
    let Some(rest) = name.strip_prefix("encoder.layer.") else { return Ok(name.to_owned()) };
    let (n, rest) = rest.split_once('.').context("a layer's parameter has a name")?;
    Ok(format!("encoder.layer.{}.{rest}", layers[n.parse::<usize>()?]))
}

impl Bert {
    /// Reads pretrained weights.
    ///
    /// # Errors
    ///
    /// When a tensor is missing, or a shape differs.
    pub fn load(&self, weights: &mut Weights, train_words: bool, device: &Device) -> Result<Parameters> {
        let all = Kept {
            layers: (0..self.plan.config.num_hidden_layers).collect(),
            words: (0..u32::try_from(self.plan.config.vocab_size)?).collect(),
        };
        self.load_kept(weights, &all, self.plan.config.vocab_size, train_words, device)
    }

    /// Reads some of the pretrained weights: this encoder has the `kept` layers and words of an encoder of `vocab_size`
    /// words.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load), and when `kept` does not fit the dimensions.
    pub fn load_kept(
        &self,
        weights: &mut Weights,
        kept: &Kept,
        vocab_size: usize,
        train_words: bool,
        device: &Device,
    ) -> Result<Parameters> {
        let c = &self.plan.config;
        ensure!(
            kept.layers.len() == c.num_hidden_layers && kept.words.len() == c.vocab_size,
            "{} layers and {} words are kept for an encoder of {} and {}",
            kept.layers.len(),
            kept.words.len(),
            c.num_hidden_layers,
            c.vocab_size
        );
        let h = self.plan.config.hidden_size;
        let mut flat = Vec::with_capacity(self.plan.layout.len());
        for entry in self.plan.layout.entries() {
            flat.extend(weights.take(&original(&entry.name, &kept.layers)?, &entry.shape)?);
        }
        let every = weights.take(WORDS, &[vocab_size, h])?;
        let mut rows = kept.rows(&every, h)?;
        if self.quantized && !train_words {
            round_rows_f16(&mut rows, h);
        }
        let words = Tensor::from_vec(rows, (kept.words.len(), h), device)?;
        let words = if train_words {
            Words::Trained(candle_core::Var::from_tensor(&words)?)
        } else {
            Words::Frozen(words)
        };
        Ok(Parameters::new(flat, Some(words), device)?)
    }

    /// Replaces this encoder's parameters by those of a part of a fine-tuned one: the `kept` layers and words of
    /// `whole`, whose trained parameters are `flat` and, if they were trained, `words` (`[vocabulary, width]`).
    ///
    /// # Errors
    ///
    /// When the two encoders do not fit each other.
    pub fn take_kept(
        &self,
        parameters: &mut Parameters,
        whole: &Self,
        kept: &Kept,
        flat: &[f32],
        words: Option<&[f32]>,
    ) -> Result<()> {
        let all = whole.layout();
        ensure!(flat.len() == all.len(), "the encoder has {} parameters, not {}", all.len(), flat.len());
        let mut mine = Vec::with_capacity(self.plan.layout.len());
        for entry in self.plan.layout.entries() {
            let name = original(&entry.name, &kept.layers)?;
            let theirs = all.get(&name).with_context(|| format!("the encoder has no parameter {name}"))?;
            ensure!(theirs.shape == entry.shape, "{name} is {:?}, expected {:?}", theirs.shape, entry.shape);
            mine.extend_from_slice(&flat[theirs.range.clone()]);
        }
        let device = parameters.flat.device().clone();
        parameters.flat.set(&Tensor::from_slice(&mine, mine.len(), &device)?)?;
        let Some(every) = words else { return Ok(()) };
        let h = self.plan.config.hidden_size;
        let mut rows = kept.rows(every, h)?;
        match &mut parameters.words {
            Some(Words::Trained(var)) => var.set(&Tensor::from_vec(rows, (kept.words.len(), h), &device)?)?,
            frozen => {
                if self.quantized {
                    round_rows_f16(&mut rows, h);
                }
                *frozen = Some(Words::Frozen(Tensor::from_vec(rows, (kept.words.len(), h), &device)?));
            }
        }
        Ok(())
    }
}
