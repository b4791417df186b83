//! Models of many tasks.

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
    /// Longest input in tokens; of an LSTM, `pupil.max_tokens`.
    #[serde(default = "published_tokens")]
    pub max_tokens: usize,
    /// Where the encoder of a guided model starts; an LSTM has its own start.
    #[serde(default, skip_serializing_if = "Init::is_pretrained")]
    pub start: Init,
    /// Of the pretrained vocabulary, which begins with its most frequent entries, so many are kept whether the answers
    /// use them or not: for words of questions and answers to come.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub common_words: u32,
    /// Whether the word vectors of the pretrained encoder are trained too.
    #[serde(default)]
    pub train_words: bool,
    /// Whether training rounds the encoder's weights and activations as the file does; of an LSTM,
    /// `pupil.quantization_aware`.
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
    /// Weight of the uneven use of experts, λ_LB.
    pub balance: f32,
    /// Weight of the teacher's share, λ_KD.
    pub lambda: f32,
    /// Temperature of the teacher's share, τ.
    #[serde(default = "one")]
    pub temperature: f32,
    /// Form of the teacher's share.
    #[serde(default)]
    pub kd_form: Distillation,
    /// Whether guided models also learn from answers that only the teacher has scored.
    #[serde(default)]
    pub beyond_scores: bool,
    /// Weights of classes in the loss.
    #[serde(default)]
    pub class_weights: ClassWeights,
    /// Repetitions.
    pub seeds: Vec<u64>,
    /// The system whose best seed goes into the file.
    pub export: System,
    /// Settings that the command `search` tries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<SearchRecipe>,
    /// Tasks that are added to the finished models, one by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapt: Option<AdaptRecipe>,
    /// The fit.
    pub fit: FitSettings,
}

impl UnimoeRecipe {
    /// Checks the layers that are named against those that an encoder has.
    pub(crate) fn check_layers(&self, encoder: usize) -> Result<()> {
        if let Some(layer) = self.layers.iter().find(|l| **l >= encoder) {
            bail!("unimoe.layers names {layer}, the encoder has 0 to {}", encoder.saturating_sub(1));
        }
        Ok(())
    }
}

/// Settings that are tried, every combination, with the first seed of `unimoe.export`; the lowest validation loss wins.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SearchRecipe {
    /// Numbers of experts, M.
    pub experts: Vec<usize>,
    /// Weights of the uneven use of experts, λ_LB.
    pub balance: Vec<f32>,
    /// Weights of the teacher's share, λ_KD.
    pub lambda: Vec<f32>,
}

/// Adding tasks to finished models: encoder and old heads stay, the mixture and one head are trained.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AdaptRecipe {
    /// Ids of the tasks to add; none of them is among `unimoe.tasks`.
    pub tasks: Vec<String>,
    /// Graded answers of each old task that are rehearsed.
    pub rehearsal: usize,
    /// What is trained for the exported task packs; all choices are measured.
    #[serde(default, skip_serializing_if = "TrainedParts::is_default")]
    pub pack: TrainedParts,
    /// The fit.
    pub fit: FitSettings,
}

/// What is trained for a task that comes later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrainedParts {
    /// The mixture and the task's head.
    #[default]
    Mixture,
    /// The gates and the normalization of the mixture and the task's head: the experts stay as they are, so that a task
    /// pack need not hold them.
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

    /// Begin of the name of an adapted model's folder.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Mixture => "adapted",
            Self::Gate => "gate",
            Self::Head => "head",
        }
    }

    /// Whether a part of the model is trained that all tasks share.
    pub(crate) fn trains(self, part: &str) -> bool {
        let Some(part) = part.strip_prefix("mixture.") else { return false };
        match self {
            Self::Mixture => true,
            Self::Gate => part.starts_with("norm.") || part.contains(".gate"),
            Self::Head => false,
        }
    }
}

/// What turns the tokens of many tasks into vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SharedEncoder {
    /// The pretrained encoder, or some of its layers, with the words that the answers use.
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
    /// Whether experts stand between encoder and heads.
    #[must_use]
    pub fn mixes(self) -> bool {
        matches!(self, Self::Unimoe | Self::UnimoeGuided)
    }

    /// Whether a teacher's probabilities are learned from.
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

/// Where the encoder of a guided model starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Init {
    /// At the pretrained encoder, as all other models.
    #[default]
    Pretrained,
    /// At a teacher that was fine-tuned from it on the same tasks: the models' seeds take the teachers in turn.
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
