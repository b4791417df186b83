//! One training step: forward, loss, backward, clipping, AdamW.

use super::learner::{Learner, State};
use super::settings::{FitSettings, Objective};
use crate::loss::selection::Thresholds;
use crate::loss::{HeadLoss, RowTarget, features};
use crate::model::mixture::Mixture;
use crate::model::{Batch, Mode};
use crate::ops::adamw::{self, Gradient, Slot};
use crate::ops::dropout::derive;
use crate::random;
use anyhow::{Context, Result, bail};
use candle_core::backprop::GradStore;
use candle_core::{Tensor, Var};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// AdamW over everything that a learner trains.
pub struct Optimizer<'a> {
    learner: &'a Learner,
    slots: Vec<(String, Slot)>,
    /// The trained elements of slots that are trained only in part.
    parts: Vec<Option<Range<usize>>>,
    adamw: adamw::Settings,
    clip: f64,
    /// Parts of a step that are run one after the other.
    accumulation: usize,
    /// Maps the learner's vectors to the teacher's; it is trained with the learner but no part of it.
    map: Option<Var>,
    /// By which answers are selected whose teacher's term counts, if they are.
    thresholds: Arc<Mutex<Thresholds>>,
}

/// Name of the map's slot.
const MAP: &str = "features.map";

/// One update.
#[derive(Clone, Copy, Debug)]
pub struct Update {
    /// Its number, from 1.
    pub number: usize,
    /// Its learning rate.
    pub rate: f64,
    /// Seed of its dropout.
    pub seed: u64,
}

impl<'a> Optimizer<'a> {
    /// An optimizer with zero moments.
    ///
    /// # Errors
    ///
    /// When candle cannot place the moments on the device of the parameters.
    pub fn new(learner: &'a Learner, settings: &FitSettings) -> Result<Self> {
        let (mut slots, mut parts) = (Vec::new(), Vec::new());
        for (name, var, head, mut decayed) in learner.variables() {
            let part = match &learner.trained {
                None => None,
                Some(trained) => match trained.get(&name) {
                    None => continue,
                    Some(part) => {
                        decayed.iter_mut().for_each(|d| {
                            let start = d.start.max(part.start);
                            *d = start..d.end.min(part.end).max(start);
                        });
                        Some(part.clone())
                    }
                },
            };
            let factor = if head { settings.head_rate_factor } else { 1.0 };
            slots.push((name, Slot::new(var, factor, decayed)?));
            parts.push(part);
        }
        Ok(Self {
            learner,
            slots,
            parts,
            adamw: adamw::Settings {
                weight_decay: settings.weight_decay,
                beta1: settings.betas[0],
                beta2: settings.betas[1],
                ..adamw::Settings::default()
            },
            accumulation: settings.accumulation,
            clip: settings.clip,
            map: None,
            thresholds: Arc::new(Mutex::new(Thresholds::new(learner.head.groups()))),
        })
    }

    /// The thresholds by which answers are selected, for a checkpoint.
    #[must_use]
    pub fn thresholds(&self) -> Vec<[u32; 2]> {
        self.thresholds.lock().unwrap_or_else(PoisonError::into_inner).bits()
    }

    /// Restores the thresholds from a checkpoint.
    pub fn set_thresholds(&self, bits: &[[u32; 2]]) {
        self.thresholds.lock().unwrap_or_else(PoisonError::into_inner).set_bits(bits);
    }

    /// Adds a map to the vectors of a teacher, which are `wide`; its initial values follow from the seed.
    ///
    /// # Errors
    ///
    /// When candle cannot place the map on the learner's device.
    pub fn with_map(mut self, settings: &FitSettings, wide: usize, seed: u64) -> Result<Self> {
        let width = self.learner.encoder.width();
        let mut values = vec![0.0; wide * width];
        random::uniform(&mut values, (6.0 / (wide + width) as f32).sqrt(), &mut random::generator(seed));
        let n = values.len();
        let var = Var::from_vec(values, (wide, width), self.learner.parameters.flat.device())?;
        #[expect(
            clippy::single_range_in_vec_init,
            reason = "one range of elements, not the elements of a range"
        )]
        let decayed = vec![0..n];
        self.slots.push((MAP.to_owned(), Slot::new(var.clone(), settings.head_rate_factor, decayed)?));
        self.parts.push(None);
        self.map = Some(var);
        Ok(self)
    }

    /// Restores the map, if there is one, from the parameters of a checkpoint.
    ///
    /// # Errors
    ///
    /// When it is missing or has another size.
    pub fn set_map(&self, parameters: &State) -> Result<()> {
        let Some(map) = &self.map else { return Ok(()) };
        let values = parameters.get(MAP).with_context(|| format!("checkpoint lacks `{MAP}`"))?;
        if values.len() != map.elem_count() {
            bail!("`{MAP}` in the checkpoint has {} values, not {}", values.len(), map.elem_count());
        }
        Ok(map.set(&Tensor::from_slice(values, map.shape(), map.device())?)?)
    }

    /// Every parameter with its moments, by name.
    #[must_use]
    pub fn slots(&self) -> &[(String, Slot)] {
        &self.slots
    }

    /// Restores the moments from a checkpoint.
    ///
    /// # Errors
    ///
    /// When the moments of a parameter are missing.
    pub fn set_moments(&mut self, mut moments: BTreeMap<String, (Vec<f32>, Vec<f32>)>) -> Result<()> {
        for (name, slot) in &mut self.slots {
            let (first, second) =
                moments.remove(name).with_context(|| format!("checkpoint lacks moments of `{name}`"))?;
            slot.set_moments(first, second)?;
        }
        Ok(())
    }

    /// Makes one update and returns the loss before it.
    ///
    /// # Errors
    ///
    /// When the loss is not finite, a parameter received no gradient, or candle fails.
    pub fn step(
        &mut self,
        batch: &Batch,
        rows: Vec<RowTarget>,
        objective: Objective,
        update: Update,
    ) -> Result<f64> {
        let Update { number, rate, seed } = update;
        let (parts, all) = (self.accumulation.clamp(1, batch.len().max(1)), batch.len());
        let (mut value, mut gradients) = (0.0, Vec::<Gradient>::new());
        for part in 0..parts {
            let range = all * part / parts..all * (part + 1) / parts;
            let (loss, own) = if parts == 1 {
                self.part(batch, rows.clone(), objective, seed, 1.0)?
            } else {
                let (own, share) = (rows[range.clone()].to_vec(), range.len() as f64 / all as f64);
                self.part(&batch.part(range), own, objective, derive(seed, 1 << 32 | part as u64), share)?
            };
            value += loss;
            if gradients.is_empty() {
                gradients = own;
            } else {
                for (sum, gradient) in gradients.iter_mut().zip(own) {
                    sum.add(gradient)?;
                }
            }
        }
        if !value.is_finite() {
            bail!("the loss is {value} at step {number}: lower the learning rate (now {rate:.1e})");
        }
        for (gradient, part) in gradients.iter_mut().zip(&self.parts) {
            if let Some(part) = part {
                gradient.keep_only(part)?;
            }
        }
        let squares =
            gradients.iter().map(Gradient::squared_norm).collect::<candle_core::Result<Vec<f64>>>()?;
        let norm = squares.iter().sum::<f64>().sqrt();
        let scale = if norm > self.clip { self.clip / norm } else { 1.0 };
        for ((_, slot), gradient) in self.slots.iter_mut().zip(&gradients) {
            slot.update(gradient, scale, rate, number, &self.adamw)?;
        }
        Ok(value)
    }

    /// The loss of a part of a step times its share of it, with its gradients.
    fn part(
        &self,
        batch: &Batch,
        rows: Vec<RowTarget>,
        objective: Objective,
        seed: u64,
        share: f64,
    ) -> Result<(f64, Vec<Gradient>)> {
        let out = self.learner.outputs(batch, Mode::Train { seed })?;
        let groups = self.learner.head.groups().to_vec();
        let distance = if objective.features > 0.0 {
            let teacher: Vec<_> = rows.iter().map(|row| row.vector.clone()).collect();
            Some(match &self.map {
                Some(map) => features::distance(&out.vectors, map, &teacher)?,
                None => features::plain_distance(&out.vectors, &teacher)?,
            })
        } else {
            None
        };
        let mut loss =
            HeadLoss::new(groups, rows, objective.distillation, objective.lambda, objective.temperature)
                .with_terms(objective.terms, &out.vectors, &self.thresholds)?
                .apply(&out.logits)?;
        if objective.balance > 0.0 && !out.experts.is_empty() {
            let uneven = Mixture::imbalance(&out.experts)?.to_device(loss.device())?;
            loss = (loss + (uneven * f64::from(objective.balance))?)?;
        }
        if let Some(distance) = distance {
            let distance = distance.to_device(loss.device())?;
            loss = (loss + (distance * f64::from(objective.features))?)?;
        }
        if share < 1.0 {
            loss = (loss * share)?;
        }
        let value = f64::from(loss.to_scalar::<f32>()?);
        if !value.is_finite() {
            return Ok((value, Vec::new()));
        }
        Ok((value, self.gradients(&loss.backward()?, batch.ids.is_empty())?))
    }

    /// The gradient of each slot after a backward pass: from the sink of a fused pass, from the parts of a composed
    /// one, or from candle's store. If every text of the batch is `empty`, parameters that read tokens have none.
    fn gradients(&self, store: &GradStore, empty: bool) -> Result<Vec<Gradient>> {
        let parameters = &self.learner.parameters;
        let mut left = parameters.sink.take();
        self.slots
            .iter()
            .map(|(name, slot)| {
                let direct = match name.as_str() {
                    "encoder" => std::mem::take(&mut left.flat),
                    "words" => std::mem::take(&mut left.words),
                    _ => Vec::new(),
                };
                if !direct.is_empty() {
                    return Ok(Gradient::Host(direct));
                }
                let stored = match name.as_str() {
                    "encoder" => parameters.flat_gradient(store)?,
                    _ => store.get(&slot.var).cloned(),
                };
                let stored = match stored {
                    None if empty => return Ok(Gradient::Host(vec![0.0; slot.var.elem_count()])),
                    stored => stored.with_context(|| format!("`{name}` received no gradient"))?,
                };
                // Without its history, which would hold the tensors of the whole pass.
                let stored = stored.detach().flatten_all()?;
                Ok(if stored.device().is_cpu() {
                    Gradient::Host(stored.to_vec1()?)
                } else {
                    Gradient::Device(stored)
                })
            })
            .collect()
    }
}
