//! A recipe: every setting of a run, in one TOML file.

mod card;
mod check;
mod data;
mod ensemble;
mod learning;
mod lora;
mod multitask;
mod negatives;
mod ngram;
mod prompt;
mod robustness;
mod student;
mod study;
mod teacher;

pub use card::CardRecipe;
pub use data::{DataPart, DataRecipe};
pub use ensemble::{EnsembleRecipe, MemberKind};
pub use learning::{FeatureUnits, Selection};
pub use lora::LoraRecipe;
pub use multitask::{
    AdaptRecipe, Init, MergeRecipe, SearchRecipe, SharedEncoder, System, TrainedParts, UnimoeRecipe,
};
pub use negatives::NegativesRecipe;
pub use ngram::NGramRecipe;
pub use prompt::PromptRecipe;
pub use robustness::RobustnessRecipe;
pub use student::{DistilRecipe, PupilRecipe, Sweep};
pub use study::{StudyRecipe, Variation};
pub use teacher::{Probabilities, TeacherKind, TeacherRecipe, Weighting};

use crate::data::Format;
use crate::guard;
use crate::labels::Merge;
use anyhow::{Context, Result, anyhow};
use pupil_core::format::manifest::Agreement;
use pupil_metrics::guarantee::Aim;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// All settings of a run; paths are relative to the data folder given on the command line.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Short name; also the name of the run's folder and of the file.
    pub name: String,
    /// One sentence for the model card.
    #[serde(default)]
    pub description: String,
    /// Licence of the resulting file, as an SPDX expression; required by `export.ship`.
    #[serde(default)]
    pub licence: String,
    /// Attributions, one line each.
    #[serde(default)]
    pub attribution: Vec<String>,
    /// What only a person knows and the card says.
    #[serde(default, skip_serializing_if = "CardRecipe::is_none")]
    pub card: CardRecipe,
    /// Number of the model among those of this name, counted up with each that is published; apps refuse older ones.
    #[serde(default, skip_serializing_if = "is_not_counted")]
    pub version: u32,
    /// Seed of every random choice.
    pub seed: u64,
    /// Training and test data.
    pub data: DataRecipe,
    /// Made-up answers that models learn not to reward.
    #[serde(default, skip_serializing_if = "NegativesRecipe::is_none")]
    pub negatives: NegativesRecipe,
    /// The large model.
    pub teacher: TeacherRecipe,
    /// What the teacher labels.
    #[serde(default)]
    pub label: LabelRecipe,
    /// The student models.
    #[serde(default)]
    pub pupil: PupilRecipe,
    /// How the models of one task each learn from the teacher.
    #[serde(default)]
    pub distil: DistilRecipe,
    /// The baseline of n-grams.
    #[serde(default)]
    pub ngram: NGramRecipe,
    /// What a language model is asked that was not trained for these tasks.
    #[serde(default, skip_serializing_if = "PromptRecipe::is_none")]
    pub prompt: PromptRecipe,
    /// Models of many tasks.
    #[serde(default)]
    pub unimoe: Option<UnimoeRecipe>,
    /// Models combined for each task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ensemble: Option<EnsembleRecipe>,
    /// What tells answers that no model should judge.
    #[serde(default)]
    pub guard: guard::Settings,
    /// The exported file.
    #[serde(default)]
    pub export: ExportRecipe,
    /// How models are evaluated.
    #[serde(default)]
    pub evaluate: EvaluateRecipe,
    /// Attacks on the exported file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub robustness: Option<RobustnessRecipe>,
    /// Variations of these settings that the command `study` measures side by side.
    #[serde(default, skip_serializing_if = "StudyRecipe::is_none")]
    pub study: StudyRecipe,
}

/// What the teacher labels besides the training answers.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LabelRecipe {
    /// Perturbed copies of each training and unlabelled answer, for distillation.
    pub copies: usize,
    /// Further copies, in all per answer on average, where a first student needs them most.
    #[serde(skip_serializing_if = "is_none_at_all")]
    pub targeted: f64,
    /// Which answers these are.
    #[serde(skip_serializing_if = "CopyTarget::is_default")]
    pub target: CopyTarget,
}

/// Which answers get targeted copies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CopyTarget {
    /// Those on which the first student and the teacher differ most.
    #[default]
    Difference,
    /// Graded answers to which the first student does not give the human score.
    Wrong,
    /// As `difference`, times the share of validation answers of the same class or level that the first student gets
    /// wrong.
    Validation,
}

impl CopyTarget {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(crate) fn is_not_counted(version: &u32) -> bool {
    *version == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_none_at_all(copies: &f64) -> bool {
    *copies == 0.0
}

/// Which models go into the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exported {
    /// The system that `unimoe.export` names, or the models of one task each with `export.lambda`.
    #[default]
    Pupils,
    /// N-grams and ridge regression with `export.lambda`.
    #[serde(rename = "n-gram")]
    NGram,
    /// The combined models of `ensemble`.
    Ensemble,
    /// Of these, the one that agrees best with people on validation answers.
    Best,
}

/// The exported file, and how its decisions are set.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExportRecipe {
    /// Name of the model and of its file; by default that of the recipe.
    pub name: Option<String>,
    /// The models that go into the file.
    pub model: Exported,
    /// The lambda whose models of one task each go into the file.
    pub lambda: f32,
    /// Share of validation answers that the review band may send to a person, where nothing is promised; 0.15 by
    /// default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_share: Option<f64>,
    /// Largest share of wrong ones among automatic scores that the file promises; by default it promises nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_error: Option<f64>,
    /// Probability with which the promise is kept; 0.9 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// Whether a score one level away from a person's counts as right in the promise; by default it must be the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement: Option<Agreement>,
    /// Whether tasks share one promise, about all of them together, unless their error rates on validation answers
    /// differ. By default, each task has its own.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub pooled: bool,
    /// Share of the scores which would be automatic that goes to a person all the same, to measure their error rate;
    /// by default none.
    #[serde(skip_serializing_if = "is_none_at_all")]
    pub audit_share: f64,
    /// Fewer words than this go to review.
    pub min_words: u32,
    /// A larger share of words that the tokenizer does not know goes to review; by default half, and three quarters in
    /// files with a guard, which knows more words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_unknown: Option<f32>,
    /// A larger share of words that repeat goes to review; see the format's `max_repeated`.
    pub max_repeated: f32,
    /// Whether the file is for distribution; requires a licence.
    pub ship: bool,
}

impl Default for ExportRecipe {
    fn default() -> Self {
        Self {
            name: None,
            model: Exported::Pupils,
            lambda: 1.0,
            review_share: None,
            max_error: None,
            confidence: None,
            agreement: None,
            pooled: false,
            audit_share: 0.0,
            min_words: 1,
            max_unknown: None,
            max_repeated: 0.5,
            ship: false,
        }
    }
}

impl ExportRecipe {
    /// Share of validation answers that the review band sends to a person.
    #[must_use]
    pub fn review_share(&self) -> f64 {
        self.review_share.unwrap_or(0.15)
    }

    /// What the file promises about its automatic scores, if anything.
    #[must_use]
    pub fn aim(&self) -> Option<Aim> {
        self.max_error.map(|max_error| Aim { max_error, confidence: self.confidence.unwrap_or(0.9) })
    }
}

/// How models are evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct EvaluateRecipe {
    /// Bootstrap replicates of each interval.
    pub replicates: usize,
    /// Coarser classes to evaluate in addition.
    pub merged: Vec<Merge>,
}

impl Default for EvaluateRecipe {
    fn default() -> Self {
        Self { replicates: 2000, merged: Vec::new() }
    }
}

impl Recipe {
    /// Name of the model in its file.
    #[must_use]
    pub fn model_name(&self) -> &str {
        self.export.name.as_deref().unwrap_or(&self.name)
    }

    /// Reads and checks a recipe.
    ///
    /// # Errors
    ///
    /// When the file is missing, is not TOML, or has unknown, missing or contradictory settings.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read recipe {}", path.display()))?;
        let recipe: Self = toml::from_str(&text).map_err(|error| refused(path, &text, &error))?;
        recipe.check().with_context(|| format!("recipe {}", path.display()))?;
        Ok(recipe)
    }

    /// The share of unknown words from which on an answer goes to review.
    #[must_use]
    pub fn max_unknown(&self) -> f32 {
        self.export.max_unknown.unwrap_or(if self.guard.enabled { 0.75 } else { 0.5 })
    }

    /// Whether any of the recipe's models learns from a teacher.
    #[must_use]
    pub fn needs_teacher(&self) -> bool {
        let swept = self.distil.sweep.iter().flat_map(|s| &s.lambdas);
        self.distil.lambdas.iter().chain(swept).chain(&self.ngram.lambdas).any(|l| *l > 0.0)
            || self.unimoe.iter().flat_map(|u| &u.systems).any(|s| s.guided())
    }

    /// Whether any of the recipe's models learns the most influential values of a teacher's vectors.
    #[must_use]
    pub fn needs_influence(&self) -> bool {
        !self.distil.feature_units.is_default()
            || self.unimoe.as_ref().is_some_and(|u| !u.feature_units.is_default())
    }

    /// Whether any of the recipe's models learns the vectors of a teacher.
    #[must_use]
    pub fn needs_vectors(&self) -> bool {
        let guided = |u: &&UnimoeRecipe| u.features > 0.0 && u.systems.iter().any(|s| s.guided());
        let swept = self.distil.sweep.iter().flat_map(|s| &s.lambdas);
        self.distil.features > 0.0 && self.distil.lambdas.iter().chain(swept).any(|l| *l > 0.0)
            || self.unimoe.as_ref().filter(guided).is_some()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(weight: &f32) -> bool {
    *weight == 0.0
}

/// The error for a recipe, with its line number. The message of the `toml` crate would quote the line, which is an
/// answer if a data file is given instead of a recipe.
fn refused(path: &Path, text: &str, error: &toml::de::Error) -> anyhow::Error {
    let line = error.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count());
    let advice = if Format::of(path).is_some() { "; is this a data file instead of the recipe?" } else { "" };
    anyhow!("recipe {}, line {line}: {}{advice}", path.display(), error.message())
}
