//! Student models of one task each, and their distillation.

use super::{FeatureUnits, Selection};
use crate::fit::FitSettings;
use crate::head::ClassWeights;
use crate::loss::Distillation;
use crate::tokenizer::TokenizerKind;
use serde::{Deserialize, Serialize};

/// Architecture of the LSTM student models.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct PupilRecipe {
    /// How text is tokenized.
    pub tokenizer: TokenizerKind,
    /// Most entries of the vocabulary.
    pub vocab: usize,
    /// Words that occur fewer times are left out.
    pub min_count: u64,
    /// Longest input in tokens.
    pub max_tokens: usize,
    /// Width of the embedding.
    pub embedding: usize,
    /// Width of the LSTM state of one direction.
    pub hidden: usize,
    /// Units of the dense layer in the head.
    pub dense: usize,
    /// Dropout on embeddings.
    pub dropout: f32,
    /// Dropout before and after the dense layer.
    pub head_dropout: f32,
    /// Whether training rounds weights as the file does, and gates, cell and state as the engine does.
    pub quantization_aware: bool,
    /// Whether the embedding is initialized with the teacher's word vectors, reduced to its width.
    pub pretrained_embedding: bool,
}

impl Default for PupilRecipe {
    /// The published E-LSTM, initialized with the word vectors of the pretrained encoder.
    fn default() -> Self {
        Self {
            tokenizer: TokenizerKind::WordLevel,
            vocab: 800,
            min_count: 2,
            max_tokens: 256,
            embedding: 32,
            hidden: 16,
            dense: 16,
            dropout: 0.1,
            head_dropout: 0.1,
            quantization_aware: false,
            pretrained_embedding: true,
        }
    }
}

/// The distillation.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct DistilRecipe {
    /// Weights of the distillation loss; 0 is the baseline without a teacher.
    pub lambdas: Vec<f32>,
    /// Temperature that softens the teacher's probabilities.
    pub temperature: f32,
    /// Seeds of the repetitions.
    pub seeds: Vec<u64>,
    /// Train the averaged-embedding baseline as well.
    #[serde(default)]
    pub baseline: bool,
    /// A finer sweep of lambdas for single tasks: task and lambdas.
    #[serde(default)]
    pub sweep: Option<Sweep>,
    /// Form of the distillation loss.
    pub kd_form: Distillation,
    /// Whether models also learn from answers that only the teacher scored: unlabelled answers and perturbed copies.
    pub beyond_scores: bool,
    /// Weight of the distance to the teacher's vectors, for models that learn from a teacher.
    #[serde(skip_serializing_if = "super::is_zero")]
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
    /// The fit.
    pub fit: FitSettings,
}

impl Default for DistilRecipe {
    /// No student models of one task each.
    fn default() -> Self {
        Self {
            lambdas: Vec::new(),
            temperature: 1.0,
            seeds: Vec::new(),
            baseline: false,
            sweep: None,
            kd_form: Distillation::default(),
            beyond_scores: true,
            features: 0.0,
            feature_units: FeatureUnits::default(),
            ranking: 0.0,
            moments: 0.0,
            select: Selection::default(),
            class_weights: ClassWeights::None,
            fit: FitSettings::default(),
        }
    }
}

/// Lambdas tried on one task only.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// The task.
    pub task: String,
    /// The weights.
    pub lambdas: Vec<f32>,
}
