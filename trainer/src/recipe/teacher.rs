//! The teacher and how it is fine-tuned.

use super::LoraRecipe;
use crate::data::DataFile;
use crate::fit::FitSettings;
use crate::head::ClassWeights;
use anyhow::{Result, bail};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The teacher and how it is fine-tuned.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TeacherRecipe {
    /// Name of the pretrained encoder; the last part of it is the name of its folder.
    #[serde(default)]
    pub encoder: String,
    /// Licence of the encoder; the set-up command checks its BLAKE3 or SHA-256 hash.
    #[serde(default)]
    pub encoder_licence: String,
    /// Name of another recipe whose run has the teachers; its seed, `data` and `teacher` must be the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Name of another recipe, whose run has teachers on the same encoder: fine-tuning starts from their encoders, in
    /// the order of the seeds, instead of from the pretrained one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// Probabilities of a teacher that was trained elsewhere, instead of training one: one table for all tasks, or one
    /// per task; paths are relative to the data folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probabilities: Option<Probabilities>,
    /// A finished model, a `.pupil` file with the tasks of the recipe, as the teacher; the path is relative to the data
    /// folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pupil: Option<PathBuf>,
    /// Whether the n-gram baseline is this teacher.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ngram: bool,
    /// Further teachers, combined with this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<TeacherRecipe>,
    /// How much each of several teachers counts.
    #[serde(default, skip_serializing_if = "Weighting::is_default")]
    pub weights: Weighting,
    /// Share of a task's training answers that must have a row in `probabilities`.
    #[serde(default = "nine_tenths", skip_serializing_if = "is_nine_tenths")]
    pub min_coverage: f64,
    /// One teacher per seed; their probabilities are averaged.
    #[serde(default)]
    pub seeds: Vec<u64>,
    /// One model for all tasks, or one per task.
    #[serde(default = "yes")]
    pub joint: bool,
    /// Longest input in tokens.
    #[serde(default = "teacher_tokens")]
    pub max_tokens: usize,
    /// Whether the word vectors are trained too.
    #[serde(default)]
    pub train_words: bool,
    /// Dropout on the pooled vector, before the head.
    #[serde(default)]
    pub head_dropout: f32,
    /// Weights of classes in the loss.
    #[serde(default)]
    pub class_weights: ClassWeights,
    /// Low-rank adapters, if the encoder is a decoder: only they and the head are trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lora: Option<LoraRecipe>,
    /// Whether it learns the recipe's made-up answers.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub negatives: bool,
    /// The fit.
    #[serde(default)]
    pub fit: FitSettings,
}

/// How much each of several teachers counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weighting {
    /// By the likelihood of the scores of validation answers under their weighted mean.
    #[default]
    Validation,
    /// All the same.
    Equal,
}

impl Weighting {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What gives a teacher's probabilities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TeacherKind<'a> {
    /// A pretrained encoder, fine-tuned here.
    Encoder,
    /// The n-gram baseline.
    NGram,
    /// A finished model file.
    Pupil(&'a PathBuf),
    /// Files with probabilities of a teacher that was trained elsewhere.
    Probabilities(&'a Probabilities),
}

impl TeacherKind<'_> {
    /// Whether it can label answers other than those it came with.
    #[must_use]
    pub fn labels_others(self) -> bool {
        match self {
            Self::Encoder | Self::NGram | Self::Pupil(_) => true,
            Self::Probabilities(_) => false,
        }
    }
}

/// Encoders whose licence is to be confirmed before a model made from them ships.
const UNCONFIRMED: [&str; 1] = ["nomic-embed"];

impl TeacherRecipe {
    /// The default of `teacher.min_coverage`.
    pub(crate) const MIN_COVERAGE: f64 = 0.9;

    /// What gives its probabilities.
    #[must_use]
    pub fn kind(&self) -> TeacherKind<'_> {
        match (&self.probabilities, &self.pupil) {
            (Some(files), _) => TeacherKind::Probabilities(files),
            (None, Some(file)) => TeacherKind::Pupil(file),
            (None, None) if self.ngram => TeacherKind::NGram,
            (None, None) => TeacherKind::Encoder,
        }
    }

    /// This teacher alone and each further one.
    pub fn all(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.also)
    }

    /// Its name in tables: of an encoder the last part of its name.
    #[must_use]
    pub fn title(&self) -> String {
        match self.kind() {
            TeacherKind::NGram => "n-gram".to_owned(),
            TeacherKind::Pupil(file) => file.display().to_string(),
            TeacherKind::Encoder | TeacherKind::Probabilities(_) => self.encoder.clone(),
        }
    }

    /// The name of the pretrained encoder's folder: that of `encoder` without its owner, or that of MiniLM where
    /// no encoder is fine-tuned.
    #[must_use]
    pub fn encoder_folder(&self) -> &str {
        let name = self.encoder.rsplit('/').next().unwrap_or_default();
        if self.kind() != TeacherKind::Encoder || name.is_empty() { "all-MiniLM-L6-v2" } else { name }
    }

    /// Refuses to ship a model that was made from an encoder whose licence is not confirmed.
    pub(super) fn check_licence(&self) -> Result<()> {
        let unclear = UNCONFIRMED.iter().find(|name| self.all().any(|t| t.encoder.contains(**name)));
        if let Some(name) = unclear {
            bail!(
                "export.ship: the licence of {name} is not confirmed, so a model made from it must not be distributed: \
                 leave export.ship out, or choose another teacher.encoder"
            );
        }
        Ok(())
    }

    /// Name and licence of each teacher.
    #[must_use]
    pub fn described(&self) -> String {
        let one = |t: &Self| match (t.kind(), t.encoder_licence.is_empty()) {
            (TeacherKind::NGram, _) => "n-grams and ridge regression".to_owned(),
            (TeacherKind::Pupil(file), _) => file.display().to_string(),
            (_, true) => t.encoder.clone(),
            (_, false) => format!("{} ({})", t.encoder, t.encoder_licence),
        };
        self.all().map(one).collect::<Vec<_>>().join(", ")
    }
}

/// Files with the probabilities of a teacher that was trained elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Probabilities {
    /// One file for all tasks.
    All(DataFile),
    /// A file per task, by task id; tasks may be left out.
    ByTask(BTreeMap<String, DataFile>),
}

/// Written by hand, as for [`DataFile`]; a table with `path` is one file.
impl<'de> Deserialize<'de> for Probabilities {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let value = toml::Value::deserialize(deserializer)?;
        let by_task = value.as_table().is_some_and(|table| !table.contains_key("path"));
        let made = if by_task { value.try_into().map(Self::ByTask) } else { value.try_into().map(Self::All) };
        made.map_err(|error: toml::de::Error| D::Error::custom(error.message()))
    }
}

fn teacher_tokens() -> usize {
    128
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_true(value: &bool) -> bool {
    *value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

fn nine_tenths() -> f64 {
    TeacherRecipe::MIN_COVERAGE
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_nine_tenths(share: &f64) -> bool {
    (*share - nine_tenths()).abs() < f64::EPSILON
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(encoder: &str) -> TeacherRecipe {
        toml::from_str(&format!("encoder = {encoder:?}\nseeds = [1]")).unwrap()
    }

    #[test]
    fn folder_is_the_name_without_its_owner() {
        assert_eq!(named("sentence-transformers/all-mpnet-base-v2").encoder_folder(), "all-mpnet-base-v2");
        assert_eq!(named("own").encoder_folder(), "own");
        let mut elsewhere = named("a large model");
        elsewhere.probabilities = Some(Probabilities::ByTask(BTreeMap::new()));
        assert_eq!(elsewhere.encoder_folder(), "all-MiniLM-L6-v2");
    }

    #[test]
    fn encoder_with_an_unconfirmed_licence_is_not_shipped() {
        let error = named("nomic-ai/nomic-embed-text-v1.5").check_licence().unwrap_err().to_string();
        assert!(error.contains("the licence of nomic-embed is not confirmed"), "{error}");
        assert!(named("sentence-transformers/all-mpnet-base-v2").check_licence().is_ok());
    }
}
