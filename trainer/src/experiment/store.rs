//! Where models are stored: a folder for each, with a hash of everything that determines its parameters. A run that was
//! killed finds the finished models and resumes the others.

use super::spec::{EncoderSpec, ModelSpec};
use super::{Experiment, Model};
use crate::files;
use crate::fit::{CurveFiles, History, read_state, replace_state};
use crate::model::decoder::peft;
use crate::recipe::DataRecipe;
use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Folder of a decoder's adapters in the layout of `peft`, inside the folder of the model.
const ADAPTER: &str = "adapter";

/// The record beside a trained model.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Finished {
    /// Hash of everything that determines the model.
    pub key: String,
    /// The fit.
    pub history: History,
    /// Number of the model's values, including frozen word vectors; of a model with an added task, those that were
    /// trained.
    pub parameters: usize,
}

impl Finished {
    /// Validation loss of the epoch that was kept.
    #[must_use]
    pub fn validation_loss(&self) -> f64 {
        self.history.validation_loss.get(self.history.best_epoch).copied().unwrap_or(f64::INFINITY)
    }
}

/// A fit that has begun and is not finished.
pub(super) struct Pending {
    key: String,
    file: PathBuf,
    /// Its checkpoint file.
    pub(super) checkpoint: PathBuf,
}

impl Experiment<'_> {
    /// Folder of a model.
    #[must_use]
    pub fn folder_of(&self, spec: &ModelSpec) -> PathBuf {
        self.folder.join(&spec.folder)
    }

    /// Parameter file of a model.
    #[must_use]
    pub fn parameters_of(&self, spec: &ModelSpec) -> PathBuf {
        self.folder_of(spec).join("model.safetensors")
    }

    fn record_of(&self, spec: &ModelSpec) -> PathBuf {
        self.folder_of(spec).join("finished.json")
    }

    /// Hash of everything that determines a model.
    fn key(&self, spec: &ModelSpec) -> Result<String> {
        let (corpus, recipe) = (self.corpus, self.recipe);
        // The hash of a fold's corpus says which fold it is, and the last model is the same with any number of them.
        let data = DataRecipe { folds: 0, ..recipe.data.clone() };
        let mut teacher = Vec::new();
        if spec.distillation.is_some() {
            let copies = if spec.beyond_scores() { recipe.label.copies } else { 0 };
            teacher.push(serde_json::json!([self.teaching()?.blake3, copies]));
            if spec.beyond_scores() {
                teacher.extend(self.teaching()?.targeted.map(|blake3| serde_json::json!(blake3)));
            }
        }
        let mut base = Vec::new();
        if !corpus.made.is_empty() && spec.learns_negatives() {
            base.push(serde_json::json!([corpus.train.blake3, recipe.negatives.weight]));
        }
        if let Some(start) = self.start_of(spec) {
            base.push(serde_json::json!(files::hash(start)?));
        }
        if let (EncoderSpec::Decoder(_), Some(folder)) = (&spec.encoder, &self.adapters) {
            base.push(serde_json::json!(peft::hash(folder)?));
        }
        if let Some(b) = &spec.base {
            base.push(serde_json::json!(files::hash(&self.parameters_of(&b.model))?));
            base.push(serde_json::json!(self.key(&b.model)?));
            for task in &b.model.tasks {
                let held = |i: &usize| corpus.reserved.holds(&corpus.train.answers[*i]);
                let reserved: Vec<usize> = self.graded(*task).into_iter().filter(held).collect();
                base.push(serde_json::json!(reserved));
            }
        }
        let all = serde_json::json!([
            spec,
            teacher,
            base,
            corpus.blake3,
            // The version of this program determines which answers of the files are left out.
            corpus.left_out.key(spec.beyond_scores()),
            self.pretrained.blake3(),
            recipe.seed,
            data,
            crate::tool::TOOL
        ]);
        Ok(blake3::hash(all.to_string().as_bytes()).to_hex().to_string())
    }

    /// The record of a trained model, if its settings, data and teachers are still the same.
    #[must_use]
    pub fn finished(&self, spec: &ModelSpec) -> Option<Finished> {
        let done: Finished = files::read_json(&self.record_of(spec)).ok()?;
        (self.parameters_of(spec).is_file() && done.key == self.key(spec).ok()?).then_some(done)
    }

    /// The record of a trained model.
    ///
    /// # Errors
    ///
    /// When it has not been trained with these settings and answers.
    pub fn require(&self, spec: &ModelSpec) -> Result<Finished> {
        self.finished(spec).with_context(|| untrained(&self.folder_of(spec)))
    }

    /// A trained model.
    ///
    /// # Errors
    ///
    /// As [`require`](Self::require), and when its parameters cannot be read.
    pub fn trained(&self, spec: &ModelSpec) -> Result<Model> {
        self.require(spec)?;
        let (model, file) = (self.untrained(spec)?, self.parameters_of(spec));
        let state = read_state(&file)?;
        model.learner.set_state(&state).with_context(|| file.display().to_string())?;
        Ok(model)
    }

    /// Prepares the folder of a model for its fit. Keeps a checkpoint of the same settings and answers, removes any
    /// other.
    pub(super) fn begin(&self, spec: &ModelSpec) -> Result<Pending> {
        let (folder, key) = (self.folder_of(spec), self.key(spec)?);
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let (file, checkpoint) = (folder.join("pending.json"), folder.join("fit.checkpoint"));
        if files::read_json::<String>(&file).ok().as_ref() != Some(&key) {
            remove(&checkpoint)?;
            // They would be those of other settings or answers.
            CurveFiles::within(&folder).all().into_iter().try_for_each(remove)?;
            files::write_json(&file, &key)?;
        }
        Ok(Pending { key, file, checkpoint })
    }

    /// Writes a trained model and removes its checkpoint.
    pub(super) fn finish(
        &self,
        spec: &ModelSpec,
        pending: Pending,
        model: &Model,
        history: History,
    ) -> Result<Finished> {
        let record = self.record_of(spec);
        replace_state(&self.parameters_of(spec), &record, &model.learner.state()?)?;
        files::write(&self.folder_of(spec).join("tokenizer.json"), &model.tokenizer.to_json()?)?;
        if let EncoderSpec::Decoder(own) = &spec.encoder {
            // For other programs; the trainer reads its own file.
            let (layout, flat) = (model.learner.encoder.layout(), model.learner.parameters.values()?);
            let base = &self.recipe.teacher.encoder;
            peft::write(&self.folder_of(spec).join(ADAPTER), (layout, &own.lora), &flat, base)?;
        }
        let parameters = match &model.learner.trained {
            Some(trained) => trained.values().map(std::ops::Range::len).sum(),
            None => model.parameters(),
        };
        let done = Finished { key: pending.key, history, parameters };
        files::write_json(&record, &done)?;
        remove(&pending.checkpoint)?;
        remove(&pending.file)?;
        Ok(done)
    }

    /// Checks that the models of another run equal those that this run would train.
    ///
    /// # Errors
    ///
    /// When one is missing, or was trained with other settings or data.
    pub fn check_borrowed(&self, specs: &[ModelSpec], run: &str) -> Result<()> {
        let Some(missing) = specs.iter().find(|spec| self.finished(spec).is_none()) else { return Ok(()) };
        let file = self.parameters_of(missing);
        ensure!(
            !file.is_file(),
            "the teachers of the run {run} were trained with other settings or data: make [data], [teacher] and seed \
             equal in both recipes, or leave teacher.run out"
        );
        bail!(
            "the run {run} has no teacher {} yet: run `teach` with its recipe first, or leave teacher.run out",
            file.display()
        );
    }
}

fn remove(file: &Path) -> Result<()> {
    match std::fs::remove_file(file) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(e).with_context(|| format!("cannot remove {}", file.display()))
        }
        _ => Ok(()),
    }
}

/// The message for a model that is missing, or was trained with other settings or answers than the recipe's.
fn untrained(folder: &Path) -> String {
    format!(
        "{} has not been trained with these settings and answers: run `distil` first, or `run` for all stages",
        folder.display()
    )
}
