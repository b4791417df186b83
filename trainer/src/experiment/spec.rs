//! What a model consists of and how it is trained.

use crate::fit::{FitSettings, Objective};
use crate::head::ClassWeights;
use crate::loss::{Distillation, Terms};
use crate::model::decoder::{LoraSettings, Precision};
use crate::model::mixture;
use crate::recipe::{FeatureUnits, Init, NGramRecipe, PupilRecipe, Selection, TrainedParts};
use serde::Serialize;
use std::path::PathBuf;

/// One model to train: a teacher, a model of one task, a baseline, a model of several tasks, or one of these with a
/// task added. Two models with equal specifications, data and teachers are the same model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelSpec {
    /// Its tasks, indices into the corpus, in the order of its heads.
    pub tasks: Vec<usize>,
    /// What turns text into vectors.
    pub encoder: EncoderSpec,
    /// The mixture of experts between encoder and heads, in models that have one.
    pub mixture: Option<MixtureSpec>,
    /// The heads.
    pub head: HeadSpec,
    /// Where a transformer starts.
    pub init: Init,
    /// The model that this one adds a task to; the task is the last one.
    pub base: Option<Base>,
    /// How branches of it are merged, in models that have branches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merge: Option<MergeSpec>,
    /// How it learns from a teacher; `None` for human scores alone.
    pub distillation: Option<DistillationSpec>,
    /// Weights of the classes of human scores in the loss.
    pub class_weights: ClassWeights,
    /// Whether it learns made-up answers, if the recipe has any. N-grams never do.
    #[serde(skip_serializing_if = "is_true")]
    pub negatives: bool,
    /// Learning rate, number of epochs and stopping.
    pub fit: FitSettings,
    /// All random numbers follow from it.
    pub seed: u64,
    /// The random stream of each part.
    pub streams: Streams,
    /// Its folder, inside the folder of the experiment. It does not identify the model.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// What turns text into vectors: a tokenizer and an encoder.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EncoderSpec {
    /// The pretrained transformer, or some of its layers and words.
    Bert(BertSpec),
    /// A pretrained decoder with adapters. The engine cannot run it.
    Decoder(DecoderSpec),
    /// Embedding, bidirectional LSTM, maximum over the tokens.
    ELstm(PupilRecipe),
    /// Mean of the embeddings: the baseline without word order. The engine cannot run it.
    MeanEmbedding(PupilRecipe),
    /// TF-IDF n-grams: the baseline that is fitted in closed form.
    #[serde(rename = "n-gram")]
    NGram(NGramRecipe),
}

impl EncoderSpec {
    /// Whether a fit is so small that many of them run in parallel, each on one thread.
    #[must_use]
    pub fn is_small(&self) -> bool {
        match self {
            Self::Bert(_) | Self::Decoder(_) => false,
            Self::ELstm(_) | Self::MeanEmbedding(_) | Self::NGram(_) => true,
        }
    }

    /// Whether the engine can run it.
    #[must_use]
    pub fn is_in_files(&self) -> bool {
        match self {
            Self::Bert(_) | Self::ELstm(_) | Self::NGram(_) => true,
            Self::MeanEmbedding(_) | Self::Decoder(_) => false,
        }
    }
}

/// The part of a pretrained transformer that a model keeps.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BertSpec {
    /// Layers, counted from 0; all of them when empty.
    pub layers: Vec<usize>,
    /// The vocabulary.
    pub words: Words,
    /// Longest input in tokens.
    pub max_tokens: usize,
    /// Whether the word vectors are trained.
    pub train_words: bool,
    /// Whether training rounds weights and activations as the file does.
    pub quantization_aware: bool,
}

/// A decoder with its adapters.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DecoderSpec {
    /// The adapters.
    pub lora: LoraSettings,
    /// Longest input in tokens.
    pub max_tokens: usize,
    /// The type of the frozen weights.
    pub precision: Precision,
    /// Whether layers are run again in the backward pass; it changes no result.
    #[serde(skip)]
    pub checkpointing: bool,
}

/// The entries of a pretrained vocabulary that a model keeps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Words {
    /// All of them.
    All,
    /// Those of the training texts, and some of the most frequent ones.
    Used {
        /// How many of the most frequent ones.
        common: u32,
    },
}

/// A mixture of experts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MixtureSpec {
    /// Its dimensions.
    pub config: mixture::Config,
    /// Weight of the uneven use of experts in the loss, λ_LB.
    pub balance: f32,
}

/// The heads of a model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct HeadSpec {
    /// Units of the hidden layer of each task.
    pub hidden: Hidden,
    /// Dropout before and after the hidden layer.
    pub dropout: f32,
    /// Whether a layer norm precedes it, and the hidden layer has GELU in place of ReLU.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub normed: bool,
}

/// Units of a head's hidden layer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hidden {
    /// No hidden layer.
    None,
    /// Half of the encoder's width.
    HalfWidth,
    /// This number.
    Units(usize),
}

impl Hidden {
    /// The units for an encoder of the given width; 0 without a hidden layer.
    #[must_use]
    pub fn units(self, width: usize) -> usize {
        match self {
            Self::None => 0,
            Self::HalfWidth => width / 2,
            Self::Units(units) => units,
        }
    }
}

/// How a model learns from a teacher.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DistillationSpec {
    /// Form of the teacher's term of the loss.
    pub form: Distillation,
    /// Weight of the teacher's term.
    pub lambda: f32,
    /// Temperature of the teacher's term.
    pub temperature: f32,
    /// Whether it also learns from answers that only the teacher has scored.
    pub beyond_scores: bool,
    /// Weight of the distance to the teacher's vectors.
    #[serde(skip_serializing_if = "is_zero")]
    pub features: f32,
    /// What of the teacher's vectors is learned.
    #[serde(skip_serializing_if = "FeatureUnits::is_default")]
    pub feature_units: FeatureUnits,
    /// Weight of the teacher's order of answers.
    #[serde(skip_serializing_if = "is_zero")]
    pub ranking: f32,
    /// Weight of the moments of a batch.
    #[serde(skip_serializing_if = "is_zero")]
    pub moments: f32,
    /// From which answers it learns the teacher's probabilities.
    #[serde(skip_serializing_if = "Selection::is_default")]
    pub select: Selection,
}

impl DistillationSpec {
    /// Only probabilities, from all answers.
    #[must_use]
    pub fn plain(form: Distillation, lambda: f32, temperature: f32, beyond_scores: bool) -> Self {
        Self {
            form,
            lambda,
            temperature,
            beyond_scores,
            features: 0.0,
            feature_units: FeatureUnits::default(),
            ranking: 0.0,
            moments: 0.0,
            select: Selection::default(),
        }
    }

    /// Its further terms.
    #[must_use]
    pub fn terms(&self) -> Terms {
        Terms { ranking: self.ranking, moments: self.moments, selects: self.select == Selection::Open }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(weight: &f32) -> bool {
    *weight == 0.0
}

/// How a model is trained further on each task alone, and the branches are merged.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MergeSpec {
    /// Share of the values of a branch whose changes are kept.
    pub density: f32,
    /// The fit of a branch.
    pub fit: FitSettings,
}

/// The model that a task is added to, and how.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Base {
    /// The model.
    pub model: Box<ModelSpec>,
    /// What is trained.
    pub parts: TrainedParts,
    /// Number of graded answers of each old task that are rehearsed.
    pub rehearsal: usize,
}

/// Numbers of the random streams that follow from a model's seed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Streams {
    /// The initial values of the encoder.
    pub encoder: u64,
    /// The initial values of the heads.
    pub head: u64,
    /// The initial values of the mixture.
    pub mixture: u64,
    /// The order of the answers, and dropout.
    pub fit: u64,
}

impl Streams {
    /// Those of a teacher.
    pub const TEACHER: Self = Self { encoder: 0, head: 1, mixture: 3, fit: 2 };
    /// Those of a student.
    pub const STUDENT: Self = Self { encoder: 10, head: 11, mixture: 13, fit: 12 };
    /// Those of a model with a task added.
    pub const ADDED: Self = Self { fit: 21, ..Self::STUDENT };
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_true(flag: &bool) -> bool {
    *flag
}

impl ModelSpec {
    /// Whether it learns made-up answers.
    #[must_use]
    pub fn learns_negatives(&self) -> bool {
        self.negatives && !matches!(self.encoder, EncoderSpec::NGram(_))
    }

    /// Weight of the teacher's term; 0 without a teacher.
    #[must_use]
    pub fn lambda(&self) -> f32 {
        self.distillation.map_or(0.0, |d| d.lambda)
    }

    /// Whether it also learns from answers that only a teacher has scored.
    #[must_use]
    pub fn beyond_scores(&self) -> bool {
        self.distillation.is_some_and(|d| d.beyond_scores)
    }

    /// The settings of its loss.
    #[must_use]
    pub fn objective(&self) -> Objective {
        let balance = self.mixture.as_ref().map_or(0.0, |m| m.balance);
        match self.distillation {
            None => Objective { balance, ..Objective::default() },
            Some(d) => Objective {
                distillation: d.form,
                lambda: d.lambda,
                temperature: d.temperature,
                balance,
                features: d.features,
                mapped: d.feature_units == FeatureUnits::All,
                terms: d.terms(),
            },
        }
    }
}
