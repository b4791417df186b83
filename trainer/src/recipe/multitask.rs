//! Models of many tasks.

use super::{FeatureUnits, Selection};
use crate::fit::FitSettings;
use crate::head::ClassWeights;
use crate::loss::Distillation;
use crate::model::mixture;
use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

/// Models of many tasks, with or without a mixture of experts, with or without a teacher.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct UnimoeRecipe {
    /// What turns tokens into vectors.
    pub encoder: SharedEncoder,
    /// The models to train.
    pub systems: Vec<System>,
    /// Ids of the tasks; all of them when empty.
    #[serde(default)]
    pub tasks: Vec<String>,
    /// Layers kept of the pretrained encoder, counted from 0; all of them when empty.
    #[serde(default)]
    pub layers: Vec<usize>,
    /// Longest input in tokens; for an LSTM, `pupil.max_tokens` applies.
    #[serde(default = "published_tokens")]
    pub max_tokens: usize,
    /// Initial parameters of the encoder of a guided model; not for an LSTM.
    #[serde(default, skip_serializing_if = "Init::is_pretrained")]
    pub start: Init,
    /// Number of entries of the pretrained vocabulary, most frequent first, to keep even if no answer uses them: for
    /// words in future questions and answers.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub common_words: u32,
    /// Whether the word vectors of the pretrained encoder are trained too.
    #[serde(default)]
    pub train_words: bool,
    /// Whether training rounds the encoder's weights and activations as the file does; for an LSTM,
    /// `pupil.quantization_aware` applies.
    #[serde(default)]
    pub quantization_aware: bool,
    /// Hidden units of each task's head; 0 for half of the encoder's width.
    #[serde(default)]
    pub dense: usize,
    /// Dropout before and after the head's hidden layer.
    #[serde(default)]
    pub head_dropout: f32,
    /// The mixture.
    #[serde(default)]
    pub mixture: mixture::Config,
    /// Weight of the load-balancing loss, λ_LB.
    pub balance: f32,
    /// Weight of the distillation loss, λ_KD.
    pub lambda: f32,
    /// Temperature of the distillation loss, τ.
    #[serde(default = "one")]
    pub temperature: f32,
    /// Form of the distillation loss.
    #[serde(default)]
    pub kd_form: Distillation,
    /// Whether guided models also learn from answers that only the teacher scored.
    #[serde(default)]
    pub beyond_scores: bool,
    /// Weight of the distance to the teacher's vectors, for guided models.
    #[serde(default, skip_serializing_if = "super::is_zero")]
    pub features: f32,
    /// What of the teacher's vectors is learned.
    #[serde(default, skip_serializing_if = "FeatureUnits::is_default")]
    pub feature_units: FeatureUnits,
    /// Weight of the teacher's order of answers, for models that learn from a teacher; tasks with levels alone.
    #[serde(default, skip_serializing_if = "super::is_zero")]
    pub ranking: f32,
    /// Weight of the moments of a batch, for models that learn from a teacher.
    #[serde(default, skip_serializing_if = "super::is_zero")]
    pub moments: f32,
    /// From which answers the teacher's probabilities are learned.
    #[serde(default, skip_serializing_if = "Selection::is_default")]
    pub select: Selection,
    /// Weights of classes in the loss.
    #[serde(default)]
    pub class_weights: ClassWeights,
    /// Seeds of the repetitions.
    pub seeds: Vec<u64>,
    /// The system whose best seed goes into the file.
    pub export: System,
    /// Settings that the command `search` tries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<SearchRecipe>,
    /// Trains models of several tasks further on each task alone and merges the branches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merge: Option<MergeRecipe>,
    /// Tasks that are added to the finished models, one by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapt: Option<AdaptRecipe>,
    /// The fit.
    pub fit: FitSettings,
}

impl UnimoeRecipe {
    /// Checks that the encoder has the layers in `layers`.
    pub(crate) fn check_layers(&self, encoder: usize) -> Result<()> {
        if let Some(layer) = self.layers.iter().find(|l| **l >= encoder) {
            bail!("unimoe.layers names {layer}, the encoder has 0 to {}", encoder.saturating_sub(1));
        }
        Ok(())
    }
}

/// How branches of a finished model, each trained further on one task, are merged.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MergeRecipe {
    /// Share of the values of a branch whose changes are kept, the largest ones.
    #[serde(default = "a_fifth")]
    pub density: f32,
    /// The fit of a branch.
    pub fit: FitSettings,
}

fn a_fifth() -> f32 {
    0.2
}

/// Settings of a grid search over all combinations, with the first seed of `unimoe.export`; the lowest validation loss
/// wins.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SearchRecipe {
    /// Numbers of experts, M.
    pub experts: Vec<usize>,
    /// Weights of the load-balancing loss, λ_LB.
    pub balance: Vec<f32>,
    /// Weights of the distillation loss, λ_KD.
    pub lambda: Vec<f32>,
}

/// Adds tasks to finished models: encoder and old heads stay unchanged, the mixture and one head are trained.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AdaptRecipe {
    /// Ids of the tasks to add; none of them is among `unimoe.tasks`.
    pub tasks: Vec<String>,
    /// Number of graded answers of each old task for rehearsal.
    pub rehearsal: usize,
    /// What is trained for the exported task packs; all choices are evaluated.
    #[serde(default, skip_serializing_if = "TrainedParts::is_default")]
    pub pack: TrainedParts,
    /// The fit.
    pub fit: FitSettings,
}

/// What is trained for an added task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrainedParts {
    /// The mixture and the task's head.
    #[default]
    Mixture,
    /// The gates and the normalization of the mixture and the task's head: the experts stay unchanged, so a task pack
    /// need not contain them.
    Gate,
    /// The task's head and its embedding alone: the baseline.
    Head,
}

impl TrainedParts {
    /// Every choice, the baseline last.
    pub const ALL: [Self; 3] = [Self::Mixture, Self::Gate, Self::Head];

    /// Whether it is the default.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// What is trained, in a table.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Mixture => "mixture and head",
            Self::Gate => "gates and head",
            Self::Head => "head alone",
        }
    }

    /// Prefix of the folder name of an adapted model.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Mixture => "adapted",
            Self::Gate => "gate",
            Self::Head => "head",
        }
    }

    /// Whether a shared part of the model is trained.
    pub(crate) fn trains(self, part: &str) -> bool {
        let Some(part) = part.strip_prefix("mixture.") else { return false };
        match self {
            Self::Mixture => true,
            Self::Gate => part.starts_with("norm.") || part.contains(".gate"),
            Self::Head => false,
        }
    }
}

/// The shared encoder of many tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SharedEncoder {
    /// The pretrained encoder, or some of its layers, with the vocabulary that the answers use.
    Bert,
    /// A bidirectional LSTM of the dimensions under `pupil`.
    Lstm,
}

/// A model of many tasks, or one per task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum System {
    /// One model per task, without mixture and teacher.
    Individual,
    /// A shared encoder with a head per task.
    Mtl,
    /// The same with a teacher.
    MtlGuided,
    /// A shared encoder, a mixture of experts and a head per task.
    Unimoe,
    /// The same with a teacher.
    UnimoeGuided,
}

impl System {
    /// Whether there is a mixture of experts between encoder and heads.
    #[must_use]
    pub fn mixes(self) -> bool {
        matches!(self, Self::Unimoe | Self::UnimoeGuided)
    }

    /// Whether the system learns from a teacher's probabilities.
    #[must_use]
    pub fn guided(self) -> bool {
        matches!(self, Self::MtlGuided | Self::UnimoeGuided)
    }

    /// Name in tables.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Individual => "individual",
            Self::Mtl => "MTL",
            Self::MtlGuided => "MTL guided",
            Self::Unimoe => "UniMoE",
            Self::UnimoeGuided => "UniMoE guided",
        }
    }
}

/// Initial parameters of the encoder of a guided model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Init {
    /// Those of the pretrained encoder, as for all other models.
    #[default]
    Pretrained,
    /// Those of a teacher that was fine-tuned from it on the same tasks; the models' seeds use the teachers in turn.
    Teacher,
}

impl Init {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
    fn is_pretrained(&self) -> bool {
        *self == Self::Pretrained
    }
}

fn published_tokens() -> usize {
    100
}

fn one() -> f32 {
    1.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}
