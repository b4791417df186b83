//! Scores from a language model that was not trained for them.

use crate::model::decoder::Precision;
use crate::prompt::Format;
use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a language model is asked.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct PromptRecipe {
    /// Name of the pretrained decoder; the last part of it is the name of its folder.
    pub encoder: String,
    /// How the model marks who says what.
    pub format: Format,
    /// What it is to do.
    pub instruction: String,
    /// How the answers to each task are scored, by task id.
    pub rubrics: BTreeMap<String, String>,
    /// Graded answers of the training part that are shown before each answer.
    pub shots: usize,
    /// Longest prompt in tokens.
    pub max_tokens: usize,
    /// The type of the weights.
    pub precision: Precision,
}

impl Default for PromptRecipe {
    fn default() -> Self {
        Self {
            encoder: String::new(),
            format: Format::default(),
            instruction: "You grade short answers of students. Score the last answer by the rubric."
                .to_owned(),
            rubrics: BTreeMap::new(),
            shots: 0,
            max_tokens: 1024,
            precision: Precision::default(),
        }
    }
}

/// Most answers that are shown.
const MAX_SHOTS: usize = 256;

impl PromptRecipe {
    /// Whether there is none.
    pub(super) fn is_none(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn check(&self) -> Result<()> {
        ensure!(
            self.is_none() || !self.encoder.is_empty(),
            "prompt.encoder is missing: name a pretrained decoder, such as HuggingFaceTB/SmolLM2-135M-Instruct"
        );
        ensure!(self.shots <= MAX_SHOTS, "prompt.shots is {}, but must be at most {MAX_SHOTS}", self.shots);
        ensure!(self.max_tokens >= 32, "prompt.max_tokens is {}, but must be at least 32", self.max_tokens);
        Ok(())
    }
}
