//! Settings of a fit and of its loss.

use crate::loss::{Distillation, Terms};
use serde::{Deserialize, Serialize};

/// How a model is fitted.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct FitSettings {
    /// Largest number of passes over the training data.
    pub epochs: usize,
    /// Answers per step.
    pub batch: usize,
    /// Highest learning rate.
    pub rate: f64,
    /// Factor on the rate for the head, which starts untrained.
    pub head_rate_factor: f64,
    /// Share of all steps in which the rate rises; afterwards it falls to zero.
    pub warmup: f64,
    /// How it falls.
    #[serde(skip_serializing_if = "Schedule::is_linear")]
    pub schedule: Schedule,
    /// Parts in which the answers of a step are run, one after the other, so that a part fits into memory. The
    /// gradient is that of the whole step.
    #[serde(skip_serializing_if = "is_one")]
    pub accumulation: usize,
    /// Decay of the first and of the second moment of AdamW.
    #[serde(skip_serializing_if = "are_usual")]
    pub betas: [f64; 2],
    /// Largest norm of the gradient of one step.
    pub clip: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Epochs without a better one after which training stops, unless the last epoch is kept.
    pub patience: usize,
    /// Which epoch's parameters are kept.
    #[serde(skip_serializing_if = "Keep::is_lowest_loss")]
    pub keep: Keep,
    /// Probability that a token of a training answer becomes the unknown token.
    pub word_dropout: f32,
    /// Decay of an exponential average of the parameters over the steps, which is measured and kept in place of the
    /// parameters themselves; 0 for none.
    #[serde(skip_serializing_if = "is_zero")]
    pub ema: f64,
    /// How often each task is sampled.
    #[serde(skip_serializing_if = "Sampling::is_even")]
    pub sampling: Sampling,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_one(value: &usize) -> bool {
    *value == 1
}

/// The usual decay of both moments.
const BETAS: [f64; 2] = [0.9, 0.999];

fn are_usual(betas: &[f64; 2]) -> bool {
    *betas == BETAS
}

/// How the learning rate falls to zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// By the same amount in each step.
    #[default]
    Linear,
    /// As half a period of a cosine.
    Cosine,
}

impl Schedule {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn is_linear(&self) -> bool {
        *self == Self::Linear
    }
}

/// Which epoch's parameters are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// Those of the lowest validation loss: the best probabilities.
    #[default]
    LowestLoss,
    /// Those with which most validation answers get exactly their score, every label of it, at a threshold of 0.5; of
    /// equal ones those of the lower loss.
    ExactMatch,
    /// Those of the last epoch, whatever the loss. If validation answers belong to unseen questions, the loss grows
    /// with confidence long before accuracy falls.
    Last,
}

impl Keep {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn is_lowest_loss(&self) -> bool {
        *self == Self::LowestLoss
    }
}

/// How often the answers of each task are sampled in an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sampling {
    /// Every answer once.
    #[default]
    Even,
    /// Half of an epoch in proportion to the number of answers, half in proportion to how far the model's loss on
    /// validation answers is above the teacher's.
    Gap,
}

impl Sampling {
    fn is_even(&self) -> bool {
        *self == Self::Even
    }
}

impl FitSettings {
    /// These settings; without a teacher, tasks are not sampled by their gap to it.
    #[must_use]
    pub fn drawing_evenly_unless(&self, taught: bool) -> Self {
        let sampling = if taught { self.sampling } else { Sampling::Even };
        Self { sampling, ..self.clone() }
    }
}

impl Default for FitSettings {
    fn default() -> Self {
        Self {
            epochs: 3,
            batch: 32,
            rate: 1e-4,
            head_rate_factor: 1.0,
            warmup: 0.1,
            schedule: Schedule::Linear,
            accumulation: 1,
            betas: BETAS,
            clip: 1.0,
            weight_decay: 0.01,
            patience: 2,
            keep: Keep::LowestLoss,
            word_dropout: 0.0,
            ema: 0.0,
            sampling: Sampling::Even,
        }
    }
}

/// Settings of the loss, of one fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Objective {
    /// Form of the teacher's term.
    pub distillation: Distillation,
    /// Weight of the teacher's term.
    pub lambda: f32,
    /// Temperature of the teacher's term.
    pub temperature: f32,
    /// Weight of the uneven use of a mixture's experts.
    pub balance: f32,
    /// Weight of the distance to the teacher's vectors, β.
    pub features: f32,
    /// Whether a map is learned between the model's vectors and the teacher's.
    pub mapped: bool,
    /// Further terms.
    pub terms: Terms,
}

impl Default for Objective {
    /// Human scores alone.
    fn default() -> Self {
        Self {
            distillation: Distillation::default(),
            lambda: 0.0,
            temperature: 1.0,
            balance: 0.0,
            features: 0.0,
            mapped: true,
            terms: Terms::default(),
        }
    }
}
