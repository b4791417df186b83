//! The average of a learner's parameters over the steps of a fit.

use super::learner::{Learner, State};
use crate::ops::average::Average;
use anyhow::{Context, Result, ensure};
use candle_core::Tensor;

/// Exponential averages of everything that a fit trains.
pub(super) struct Averages {
    decay: f64,
    averages: Vec<(String, Average)>,
}

impl Averages {
    /// Averages that begin with the learner's parameters; `None` if the settings ask for none.
    pub(super) fn new(learner: &Learner, decay: f64) -> Result<Option<Self>> {
        if decay <= 0.0 {
            return Ok(None);
        }
        let trained = |name: &String| learner.trained.as_ref().is_none_or(|t| t.contains_key(name));
        let averages = learner
            .variables()
            .into_iter()
            .filter(|(name, ..)| trained(name))
            .map(|(name, var, ..)| Ok((name, Average::new(&var)?)))
            .collect::<Result<_>>()?;
        Ok(Some(Self { decay, averages }))
    }

    /// Takes in the parameters after step number `step`, from 1.
    pub(super) fn update(&self, step: usize) -> Result<()> {
        let keep = keep(self.decay, step);
        self.averages.iter().try_for_each(|(_, average)| Ok(average.update(keep)?))
    }

    /// Exchanges parameters and averages: the learner is the average until the next call.
    pub(super) fn swap(&self) -> Result<()> {
        self.averages.iter().try_for_each(|(_, average)| Ok(average.swap()?))
    }

    /// The averages by name, for a checkpoint.
    pub(super) fn state(&self) -> Result<State> {
        self.averages
            .iter()
            .map(|(name, average)| Ok((name.clone(), average.mean().flatten_all()?.to_vec1()?)))
            .collect()
    }

    /// Restores the averages from a checkpoint.
    pub(super) fn set_state(&self, state: &State) -> Result<()> {
        for (name, average) in &self.averages {
            let (values, mean) = (state.get(name), average.mean());
            let values = values.with_context(|| format!("checkpoint lacks the average of `{name}`"))?;
            ensure!(
                values.len() == mean.elem_count(),
                "the average of `{name}` in the checkpoint has {} values, the model has {}",
                values.len(),
                mean.elem_count()
            );
            mean.set(&Tensor::from_slice(values, mean.shape(), mean.device())?)?;
        }
        Ok(())
    }
}

/// The share of the old average in the new one. It rises with the steps, so that the random start does not last.
fn keep(decay: f64, step: usize) -> f64 {
    let t = step as f64;
    decay.min((1.0 + t) / (10.0 + t))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_steps_count_more_than_the_decay_says() {
        assert!((keep(0.999, 1) - 2.0 / 11.0).abs() < 1e-12);
        assert!((keep(0.999, 90) - 0.91).abs() < 1e-12);
        assert!((keep(0.9, 90) - 0.9).abs() < 1e-12 && (keep(0.999, 100_000) - 0.999).abs() < 1e-12);
    }
}
