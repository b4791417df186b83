//! Training models: one, or many at a time.

use super::spec::{EncoderSpec, ModelSpec};
use super::store::Finished;
use super::{Experiment, Model};
use crate::fit::{CurveFiles, FitInput, FitMonitor, Sampling, fit};
use crate::model::memo::Memo;
use crate::ops::dropout::derive;
use crate::progress::Bar;
use crate::workers;
use anyhow::{Context, Result, bail};

/// Takes (answers done, answers in all epochs, text).
pub(super) type Progress<'a> = &'a (dyn Fn(u64, u64, &str) + Sync);

impl Experiment<'_> {
    /// Trains one model and writes it. A finished model is not trained again; an interrupted fit resumes.
    ///
    /// # Errors
    ///
    /// As [`fit`], and when a file cannot be written.
    pub fn train(&self, spec: &ModelSpec, progress: Progress<'_>) -> Result<Finished> {
        if let Some(done) = self.finished(spec) {
            return Ok(done);
        }
        if let EncoderSpec::NGram(recipe) = &spec.encoder {
            return self.solve(spec, recipe);
        }
        if let Some(merge) = &spec.merge {
            return self.merged(spec, merge, progress);
        }
        let pending = self.begin(spec)?;
        let mut model = self.untrained(spec)?;
        let examples = self.examples(&model, spec)?;
        let teacher_losses = match (spec.fit.sampling, spec.distillation) {
            (Sampling::Gap, Some(_)) => Some(self.teacher_losses(&model)?),
            _ => None,
        };
        // A frozen encoder needs to read each answer only once. With word dropout the input differs every time.
        if spec.base.is_some() && spec.fit.word_dropout == 0.0 {
            model.learner.encoder = Box::new(Memo::new(model.learner.encoder));
        }
        let (checkpoint, every) = (Some(&*pending.checkpoint), self.between_checkpoints);
        let (title, files) = (self.title(spec), CurveFiles::within(&self.folder_of(spec)));
        let monitor = FitMonitor { checkpoint, every, curves: Some((&title, &files)), progress };
        let input = FitInput {
            train: &examples.train,
            validation: &examples.validation,
            settings: &spec.fit,
            objective: spec.objective(),
            unknown: self.unknown(&model, spec)?,
            teacher_losses: teacher_losses.as_deref(),
            seed: derive(spec.seed, spec.streams.fit),
        };
        let history = fit(&model.learner, &input, &monitor).with_context(|| self.title(spec))?;
        self.finish(spec, pending, &model, history)
    }

    /// The token that replaces dropped words. A decoder's vocabulary of bytes has none, and needs none without them.
    pub(super) fn unknown(&self, model: &Model, spec: &ModelSpec) -> Result<u32> {
        match model.tokenizer.unknown() {
            Some(unknown) => Ok(unknown),
            None if spec.fit.word_dropout == 0.0 => Ok(0),
            None => {
                bail!("{}: the vocabulary has no unknown token: set fit.word_dropout to 0", self.title(spec))
            }
        }
    }

    /// Trains many models: small ones in parallel, each on one thread; the others one by one on all threads.
    ///
    /// # Errors
    ///
    /// The first error of any model; finished models are kept.
    pub fn train_all(&self, specs: &[ModelSpec]) -> Result<()> {
        let (small, large): (Vec<&ModelSpec>, Vec<&ModelSpec>) =
            specs.iter().partition(|spec| spec.encoder.is_small());
        if !small.is_empty() {
            let title = format!("{}{} models", self.stage, small.len());
            workers::one_thread_each(&title, &small, |spec| {
                self.train(spec, &|_, _, _| {})?;
                Ok(((), self.title(spec)))
            })?;
        }
        for spec in large {
            let bar = Bar::new(self.title(spec));
            self.train(spec, &|done, total, text| bar.set(done, total, text))?;
            bar.finish();
        }
        Ok(())
    }

    /// The name of a model in progress bars and errors.
    pub(super) fn title(&self, spec: &ModelSpec) -> String {
        format!("{}{}", self.stage, spec.folder.display())
    }
}
