//! The loop that fits a model: warm-up, clipping, early stopping, checkpoints.

mod average;
mod checkpoint;
mod curves;
mod history;
mod learner;
mod optimizer;
mod sampling;
mod settings;
#[cfg(test)]
mod tests;

pub use checkpoint::{Checkpoint, read_state, replace_state, write_state};
pub use curves::{CurveFiles, Curves};
pub use history::History;
pub use learner::{Learner, Outputs, State};
pub use optimizer::{Optimizer, Update};
pub use sampling::Example;
pub use settings::{FitSettings, Keep, Objective, Sampling, Schedule};

use crate::ops::dropout::derive;
use crate::random;
use anyhow::{Context, Result, bail, ensure};
use average::Averages;
use learner::{assemble, drop_words};
use sampling::{drawn, shares};
use std::path::Path;
use std::time::{Duration, Instant};

/// The learning rate of a step (from 0) as a share of the highest.
fn schedule(step: usize, total: usize, settings: &FitSettings) -> f64 {
    let (at, rise) = ((step + 1) as f64, (total as f64 * settings.warmup).max(1.0));
    if at <= rise {
        return at / rise;
    }
    let left = ((total as f64 - at + 1.0) / (total as f64 - rise + 1.0)).max(0.0);
    match settings.schedule {
        Schedule::Linear => left,
        Schedule::Cosine => 0.5 * (1.0 - (std::f64::consts::PI * left).cos()),
    }
}

/// The examples of a fit, and its settings.
#[derive(Clone, Copy)]
pub struct FitInput<'a> {
    /// Answers to train on.
    pub train: &'a [Example],
    /// Answers whose loss chooses the best epoch.
    pub validation: &'a [Example],
    /// Learning rate, number of epochs and stopping.
    pub settings: &'a FitSettings,
    /// The loss.
    pub objective: Objective,
    /// Id of the unknown token, which replaces dropped words.
    pub unknown: u32,
    /// The teacher's loss on the validation answers of each task, for sampling tasks by their gap to it.
    pub teacher_losses: Option<&'a [f64]>,
    /// All random numbers follow from it.
    pub seed: u64,
}

/// Where a fit writes its checkpoint and how it reports its progress.
pub struct FitMonitor<'a> {
    /// Checkpoint file; a fit resumes from it and does not remove it.
    pub checkpoint: Option<&'a Path>,
    /// Shortest time between two checkpoints.
    pub every: Duration,
    /// Name of the model, and where its course is written: with each checkpoint after an epoch, and at the end.
    pub curves: Option<(&'a str, &'a CurveFiles)>,
    /// Called after each step with (answers done, answers in all epochs, text).
    pub progress: &'a (dyn Fn(u64, u64, &str) + Sync),
}

impl FitMonitor<'_> {
    /// Writes the course so far.
    fn draw(&self, history: &History) -> Result<()> {
        self.curves.map_or(Ok(()), |(title, files)| Curves::of_model(history).write(title, files))
    }
}

/// Fits `learner` and leaves the parameters of the best epoch in it.
///
/// The same examples, settings and seed give the same parameters, even if the fit was interrupted and resumed.
///
/// # Errors
///
/// When there are no examples, the loss is not finite, or a checkpoint cannot be read or written.
pub fn fit(learner: &Learner, input: &FitInput<'_>, monitor: &FitMonitor<'_>) -> Result<History> {
    let FitInput { train, validation, settings, objective, unknown, teacher_losses, seed } = *input;
    if train.is_empty() || validation.is_empty() {
        bail!(
            "a fit needs answers to train on and to validate on, but there are {} and {}: raise `data.validation`, or \
             add answers",
            train.len(),
            validation.len()
        );
    }
    let gaps = match (settings.sampling, teacher_losses) {
        (Sampling::Even, _) => None,
        (Sampling::Gap, Some(losses)) => Some(losses),
        (Sampling::Gap, None) => bail!("sampling is `gap`, but there is no teacher"),
    };
    let mut optimizer = Optimizer::new(learner, settings)?;
    if objective.features > 0.0 {
        let wide = train.iter().find_map(|e| e.target.vector.as_ref()).map(|vector| vector.len());
        let wide = wide.with_context(|| {
            format!(
                "none of the {} answers has a vector of the teacher, which the model is to learn",
                train.len()
            )
        })?;
        if objective.mapped {
            // The seeds of epochs and steps are below it.
            optimizer = optimizer.with_map(settings, wide, derive(seed, u64::MAX))?;
        }
    }
    let per_epoch = train.len().div_ceil(settings.batch);
    let total = per_epoch * settings.epochs;
    let averages = Averages::new(learner, settings.ema)?;
    let mut run = Checkpoint::default();
    if let Some(path) = monitor.checkpoint.filter(|p| p.exists()) {
        run = Checkpoint::read(path)?;
        learner.set_state(&run.parameters)?;
        optimizer.set_map(&run.parameters)?;
        optimizer.set_moments(std::mem::take(&mut run.moments))?;
        optimizer.set_thresholds(&run.thresholds);
        if let Some(averages) = &averages {
            averages.set_state(&run.averages)?;
        }
    }
    let started = Instant::now();
    let (earlier, mut saved_at) = (run.history.seconds, Instant::now());
    while run.step < total && !run.finished {
        let epoch = run.step / per_epoch;
        let epoch_seed = derive(seed, 2 * epoch as u64);
        let order = match gaps {
            None => random::permutation(train.len(), epoch_seed),
            Some(teacher) => {
                // A fit resumed within an epoch keeps the shares of that epoch.
                if run.history.shares.len() == epoch {
                    let own = learner.task_losses(validation, 64)?;
                    run.history.shares.push(shares(train, &own, teacher));
                }
                drawn(train, &run.history.shares[epoch], epoch_seed)
            }
        };
        for within in run.step % per_epoch..per_epoch {
            let chosen = &order[within * settings.batch..((within + 1) * settings.batch).min(train.len())];
            let mut batch = assemble(chosen.iter().map(|i| (&train[*i].text, train[*i].target.group)));
            let step_seed = derive(seed, 2 * run.step as u64 + 1);
            drop_words(&mut batch, settings.word_dropout, unknown, derive(step_seed, 1));
            let rows = chosen.iter().map(|i| train[*i].target.clone()).collect();
            let rate = settings.rate * schedule(run.step, total, settings);
            let value = optimizer.step(
                &batch,
                rows,
                objective,
                Update { number: run.step + 1, rate, seed: step_seed },
            )?;
            run.step += 1;
            if let Some(averages) = &averages {
                averages.update(run.step)?;
            }
            run.epoch_loss += value * chosen.len() as f64;
            let done = epoch * train.len() + ((within + 1) * settings.batch).min(train.len());
            let text = format!("epoch {}/{} loss {value:.4}", epoch + 1, settings.epochs);
            (monitor.progress)(done as u64, (train.len() * settings.epochs) as u64, &text);
            // Not after the last step: a fit resumed there would skip this epoch's validation.
            if let Some(path) = monitor.checkpoint
                && within + 1 < per_epoch
                && saved_at.elapsed() > monitor.every
            {
                run.history.seconds = earlier + started.elapsed().as_secs_f64();
                run.averages = averages.as_ref().map(Averages::state).transpose()?.unwrap_or_default();
                run.thresholds = optimizer.thresholds();
                run.write(path, learner, optimizer.slots())?;
                saved_at = Instant::now();
            }
        }
        if let Some(averages) = &averages {
            averages.swap()?;
        }
        let loss = learner.mean_loss(validation, objective, 64)?;
        ensure!(
            loss.is_finite(),
            "the loss on {} validation answers is {loss} after epoch {}: lower the learning rate (now {:.1e})",
            validation.len(),
            epoch + 1,
            settings.rate
        );
        run.history.train_loss.push(run.epoch_loss / train.len() as f64);
        run.history.validation_loss.push(loss);
        run.epoch_loss = 0.0;
        let last = settings.keep == Keep::Last;
        let better = match settings.keep {
            Keep::LowestLoss => loss < run.best_loss,
            Keep::ExactMatch => {
                let exact = learner.exact_match(validation, 64)?;
                let before = run.history.exact_match.get(run.history.best_epoch).copied();
                run.history.exact_match.push(exact);
                before.is_none_or(|best| exact > best || exact == best && loss < run.best_loss)
            }
            Keep::Last => true,
        };
        if better {
            (run.best_loss, run.history.best_epoch, run.best) = (loss, epoch, learner.state()?);
        }
        if let Some(averages) = &averages {
            averages.swap()?;
        }
        run.finished = !last && epoch - run.history.best_epoch >= settings.patience;
        run.history.seconds = earlier + started.elapsed().as_secs_f64();
        if let Some(path) = monitor.checkpoint
            && saved_at.elapsed() > monitor.every
        {
            run.averages = averages.as_ref().map(Averages::state).transpose()?.unwrap_or_default();
            run.thresholds = optimizer.thresholds();
            run.write(path, learner, optimizer.slots())?;
            monitor.draw(&run.history)?;
            saved_at = Instant::now();
        }
    }
    monitor.draw(&run.history)?;
    learner.set_state(&run.best)?;
    Ok(run.history)
}
