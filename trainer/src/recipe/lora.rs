//! Low-rank adapters of a teacher that is a decoder.

use crate::model::decoder::{LoraSettings, Precision};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// How a decoder is fine-tuned.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LoraRecipe {
    /// Rank of the adapters.
    pub rank: usize,
    /// Their weight is `alpha / rank`.
    pub alpha: f64,
    /// Probability of dropping an input of the adapters in training.
    pub dropout: f32,
    /// The linear layers that are adapted.
    pub targets: Vec<String>,
    /// The type of the frozen weights.
    pub precision: Precision,
    /// Whether layers are run again in the backward pass instead of keeping what they computed. It needs less memory
    /// and a third more time, and changes no result.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub checkpointing: bool,
    /// Folder of adapters in the layout of `peft`, relative to the data folder, from which training starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adapters: Option<PathBuf>,
}

impl Default for LoraRecipe {
    fn default() -> Self {
        let LoraSettings { rank, alpha, dropout, targets } = LoraSettings::default();
        Self {
            rank,
            alpha,
            dropout,
            targets,
            precision: Precision::default(),
            checkpointing: false,
            adapters: None,
        }
    }
}

impl LoraRecipe {
    /// The settings of the adapters.
    #[must_use]
    pub fn settings(&self) -> LoraSettings {
        LoraSettings {
            rank: self.rank,
            alpha: self.alpha,
            dropout: self.dropout,
            targets: self.targets.clone(),
        }
    }
}
