//! An encoder with its head: its parameters, its outputs and its losses.

use super::sampling::Example;
use super::settings::Objective;
use crate::head::{Head, Link, LossTarget};
use crate::loss::HeadLoss;
use crate::model::mixture::{Mixed, Mixture, Scope};
use crate::model::params::{Parameters, Words};
use crate::model::{Batch, Encoder, Mode};
use crate::ops::dropout::hash;
use crate::tokenizer::Encoded;
use anyhow::{Context, Result, bail};
use candle_core::{Tensor, Var};
use std::collections::BTreeMap;

/// The outputs of a learner for a batch.
pub struct Outputs {
    /// `[sequences, columns]`.
    pub logits: Tensor,
    /// `[sequences, width]`: what the heads read.
    pub vectors: Tensor,
    /// For each block of the mixture the experts' weights, `[sequences, experts]`; empty without a mixture.
    pub experts: Vec<Tensor>,
}

/// Parameters by name, on the host.
pub type State = BTreeMap<String, Vec<f32>>;

/// An encoder with its head.
pub struct Learner {
    /// The network.
    pub encoder: Box<dyn Encoder>,
    /// Its parameters.
    pub parameters: Parameters,
    /// The mixture of experts between encoder and head, in models that have one.
    pub mixture: Option<Mixture>,
    /// The outputs.
    pub head: Head,
    /// If only a part of the model is trained: the trained elements of each parameter that has any.
    pub trained: Option<BTreeMap<String, std::ops::Range<usize>>>,
}

impl Learner {
    /// Everything that can be trained: name, variable, whether it belongs to the head, which elements decay.
    #[must_use]
    pub fn variables(&self) -> Vec<(String, Var, bool, Vec<std::ops::Range<usize>>)> {
        let mut all = vec![(
            "encoder".to_owned(),
            self.parameters.flat.clone(),
            false,
            self.encoder.layout().decayed(),
        )];
        if let Some(Words::Trained(words)) = &self.parameters.words {
            all.push(("words".to_owned(), words.clone(), false, Vec::new()));
        }
        let head = self.head.variables().into_iter().map(|(n, v, d)| (format!("head.{n}"), v, d));
        let mixture = self.mixture.iter().flat_map(Mixture::variables);
        for (name, var, decays) in head.chain(mixture.map(|(n, v, d)| (format!("mixture.{n}"), v, d))) {
            let n = var.elem_count();
            #[expect(
                clippy::single_range_in_vec_init,
                reason = "one range of elements, not the elements of a range"
            )]
            all.push((name, var, true, if decays { vec![0..n] } else { Vec::new() }));
        }
        all
    }

    /// Copies all trained parameters to the host.
    ///
    /// # Errors
    ///
    /// When candle cannot read them.
    pub fn state(&self) -> Result<State> {
        self.variables()
            .into_iter()
            .map(|(name, var, ..)| Ok((name, var.flatten_all()?.to_vec1()?)))
            .collect()
    }

    /// Sets all trained parameters.
    ///
    /// # Errors
    ///
    /// When one is missing or has another length.
    pub fn set_state(&self, state: &State) -> Result<()> {
        for (name, var, ..) in self.variables() {
            let values = state.get(&name).with_context(|| format!("saved parameters lack `{name}`"))?;
            if values.len() != var.elem_count() {
                bail!("saved `{name}` has {} values, the model has {}", values.len(), var.elem_count());
            }
            var.set(&Tensor::from_slice(values, var.shape(), var.device())?)?;
        }
        Ok(())
    }

    /// Whether the encoder is frozen.
    fn encoder_is_frozen(&self) -> bool {
        self.trained.as_ref().is_some_and(|t| !t.contains_key("encoder") && !t.contains_key("words"))
    }

    /// Runs a batch.
    ///
    /// # Errors
    ///
    /// When the encoder or candle fails.
    pub fn outputs(&self, batch: &Batch, mode: Mode) -> Result<Outputs> {
        let seed = if let Mode::Train { seed } = mode { Some(seed) } else { None };
        // A frozen encoder needs no dropout and no backward pass.
        let mode = if self.encoder_is_frozen() { Mode::Infer } else { mode };
        let mixed = match &self.mixture {
            None => {
                let vectors = self.encoder.forward(&self.parameters, batch, mode)?;
                Mixed { vectors, weights: Vec::new() }
            }
            Some(m) if m.config().scope == Scope::Token => {
                m.forward_tokens(&self.encoder.forward_tokens(&self.parameters, batch, mode)?, &batch.tasks)?
            }
            Some(m) => {
                m.forward_pooled(&self.encoder.forward(&self.parameters, batch, mode)?, &batch.tasks)?
            }
        };
        let logits = self.head.forward(&mixed.vectors, &batch.tasks, seed)?;
        Ok(Outputs { logits, vectors: mixed.vectors, experts: mixed.weights })
    }

    /// Logits of a batch, `[sequences, columns]`.
    ///
    /// # Errors
    ///
    /// When the encoder or candle fails.
    pub fn logits(&self, batch: &Batch, mode: Mode) -> Result<Tensor> {
        Ok(self.outputs(batch, mode)?.logits)
    }

    /// Logits of many texts, each with its task, in their order.
    ///
    /// # Errors
    ///
    /// When the encoder or candle fails.
    pub fn infer(
        &self,
        texts: &[(&Encoded, usize)],
        batch: usize,
        mut progress: impl FnMut(usize),
    ) -> Result<Vec<Vec<f32>>> {
        let mut rows = Vec::with_capacity(texts.len());
        for chunk in texts.chunks(batch) {
            rows.extend(self.logits(&assemble(chunk.iter().copied()), Mode::Infer)?.to_vec2()?);
            progress(chunk.len());
        }
        Ok(rows)
    }

    /// Mean loss of each task on human scores; 0 for a task without examples.
    pub(super) fn task_losses(&self, examples: &[Example], batch: usize) -> Result<Vec<f64>> {
        (0..self.head.tasks().len())
            .map(|task| {
                let own: Vec<Example> = examples.iter().filter(|e| e.target.group == task).cloned().collect();
                self.mean_loss(&own, Objective::default(), batch)
            })
            .collect()
    }

    /// Mean loss of examples.
    ///
    /// # Errors
    ///
    /// When the encoder or candle fails.
    pub fn mean_loss(&self, examples: &[Example], objective: Objective, batch: usize) -> Result<f64> {
        let mut sum = 0.0;
        for chunk in examples.chunks(batch) {
            let logits =
                self.logits(&assemble(chunk.iter().map(|e| (&e.text, e.target.group))), Mode::Infer)?;
            let rows = chunk.iter().map(|e| e.target.clone()).collect();
            let loss = HeadLoss::new(
                self.head.groups().to_vec(),
                rows,
                objective.distillation,
                objective.lambda,
                objective.temperature,
            );
            sum += f64::from(loss.apply(&logits)?.to_scalar::<f32>()?) * chunk.len() as f64;
        }
        Ok(sum / examples.len().max(1) as f64)
    }
}

impl Learner {
    /// The share of examples whose outputs, at a threshold of 0.5, are exactly their human score: the class, or every
    /// column.
    pub(super) fn exact_match(&self, examples: &[Example], batch: usize) -> Result<f64> {
        let texts: Vec<(&Encoded, usize)> = examples.iter().map(|e| (&e.text, e.target.group)).collect();
        let (mut right, mut scored) = (0usize, 0usize);
        for (example, row) in examples.iter().zip(self.infer(&texts, batch, |_| {})?) {
            let Some((target, _)) = &example.target.hard else { continue };
            let group = &self.head.groups()[example.target.group];
            scored += 1;
            right += usize::from(is_exact(group.link, &row[group.columns.clone()], target));
        }
        Ok(right as f64 / scored.max(1) as f64)
    }
}

/// Whether logits give exactly the score of a target.
fn is_exact(link: Link, logits: &[f32], target: &LossTarget) -> bool {
    match link {
        Link::Softmax => {
            let best = |v: &[f32]| (0..v.len()).max_by(|a, b| v[*a].total_cmp(&v[*b]));
            best(logits) == best(&target.positive)
        }
        Link::Logistic => logits.iter().zip(&target.positive).all(|(z, p)| (*z >= 0.0) == (*p > 0.0)),
    }
}

pub(super) fn assemble<'a>(texts: impl Iterator<Item = (&'a Encoded, usize)>) -> Batch {
    let mut batch = Batch::default();
    for (t, task) in texts {
        batch.push_for(task, &t.ids, &t.segments);
    }
    batch
}

/// Replaces random tokens by the unknown token, as if the word were unknown.
pub(super) fn drop_words(batch: &mut Batch, probability: f32, unknown: u32, seed: u64) {
    if probability <= 0.0 {
        return;
    }
    for (place, id) in (0u32..).zip(batch.ids.iter_mut()) {
        #[expect(clippy::cast_possible_truncation, reason = "both halves of the seed are used")]
        let draw = hash(place ^ seed as u32, (seed >> 32) as u32);
        if f64::from(draw) / 4_294_967_296.0 < f64::from(probability) {
            *id = unknown;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn score_is_exact_if_the_class_or_every_column_is() {
        let target = |positive: &[f32]| LossTarget {
            positive: positive.to_vec(),
            negative: vec![0.0; positive.len()],
        };
        assert!(is_exact(Link::Softmax, &[0.1, 0.9, -3.0], &target(&[0.0, 1.0, 0.0])));
        assert!(!is_exact(Link::Softmax, &[1.1, 0.9, -3.0], &target(&[0.0, 1.0, 0.0])));
        assert!(is_exact(Link::Logistic, &[2.0, -0.1, 0.0], &target(&[0.3, 0.0, 4.0])));
        assert!(!is_exact(Link::Logistic, &[2.0, 0.1, 0.0], &target(&[0.3, 0.0, 4.0])));
    }
}
