//! The state of an interrupted fit, in one safetensors file, which is written under another name and then renamed.

use super::history::History;
use super::learner::{Learner, State};
use crate::files;
use crate::ops::adamw::Slot;
use anyhow::{Context, Result, bail};
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// A fit between two steps.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// Steps done.
    pub step: usize,
    /// Sum of the losses of this epoch so far.
    pub epoch_loss: f64,
    /// Lowest validation loss.
    pub best_loss: f64,
    /// Whether early stopping has ended the fit.
    pub finished: bool,
    /// The epochs so far.
    pub history: History,
    /// Parameters after `step`.
    pub parameters: State,
    /// Averages of the parameters, if they are kept.
    pub averages: State,
    /// Parameters of the best epoch.
    pub best: State,
    /// First and second moments by parameter.
    pub moments: BTreeMap<String, (Vec<f32>, Vec<f32>)>,
    /// Bits of the thresholds by which answers are selected.
    pub thresholds: Vec<[u32; 2]>,
}

impl Default for Checkpoint {
    fn default() -> Self {
        Self {
            step: 0,
            epoch_loss: 0.0,
            best_loss: f64::INFINITY,
            finished: false,
            history: History::default(),
            parameters: State::new(),
            averages: State::new(),
            best: State::new(),
            moments: BTreeMap::new(),
            thresholds: Vec::new(),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Header {
    step: usize,
    // As bits: JSON has no infinity, and numbers read from it may differ in the last bit.
    epoch_loss_bits: u64,
    best_loss_bits: u64,
    train_loss_bits: Vec<u64>,
    validation_loss_bits: Vec<u64>,
    #[serde(default)]
    exact_match_bits: Vec<u64>,
    #[serde(default)]
    shares_bits: Vec<Vec<u64>>,
    #[serde(default)]
    thresholds: Vec<[u32; 2]>,
    best_epoch: usize,
    seconds: f64,
    finished: bool,
}

impl Checkpoint {
    /// Writes the state of `learner` and `slots` with the counters of `self`.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn write(&self, path: &Path, learner: &Learner, slots: &[(String, Slot)]) -> Result<()> {
        let header = Header {
            step: self.step,
            epoch_loss_bits: self.epoch_loss.to_bits(),
            best_loss_bits: self.best_loss.to_bits(),
            train_loss_bits: self.history.train_loss.iter().map(|l| l.to_bits()).collect(),
            validation_loss_bits: self.history.validation_loss.iter().map(|l| l.to_bits()).collect(),
            exact_match_bits: self.history.exact_match.iter().map(|e| e.to_bits()).collect(),
            shares_bits: self
                .history
                .shares
                .iter()
                .map(|epoch| epoch.iter().map(|s| s.to_bits()).collect())
                .collect(),
            thresholds: self.thresholds.clone(),
            best_epoch: self.history.best_epoch,
            seconds: self.history.seconds,
            finished: self.finished,
        };
        let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
        let mut parameters = learner.state()?;
        for (name, slot) in
            slots.iter().filter(|(name, _)| !parameters.contains_key(name)).collect::<Vec<_>>()
        {
            // What is trained with the learner but is no part of it.
            parameters.insert(name.clone(), slot.var.flatten_all()?.to_vec1()?);
        }
        for (name, values) in parameters {
            parts.push((format!("parameters/{name}"), to_bytes(&values)));
        }
        for (kind, state) in [("average", &self.averages), ("best", &self.best)] {
            for (name, values) in state {
                parts.push((format!("{kind}/{name}"), to_bytes(values)));
            }
        }
        for (name, slot) in slots {
            let (first, second) = slot.moments()?;
            parts.push((format!("first/{name}"), to_bytes(&first)));
            parts.push((format!("second/{name}"), to_bytes(&second)));
        }
        let info = HashMap::from([("fit".to_owned(), serde_json::to_string(&header)?)]);
        write_parts(path, &parts, info)
    }

    /// Reads what [`Checkpoint::write`] wrote.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is not a checkpoint; delete it to start again.
    pub fn read(path: &Path) -> Result<Self> {
        let advice = || format!("cannot resume from {}; delete it to start this fit again", path.display());
        let (info, parts) = read_parts(path).with_context(advice)?;
        let header: Header =
            serde_json::from_str(info.get("fit").context("its metadata has no `fit`").with_context(advice)?)
                .with_context(advice)?;
        let losses = |bits: Vec<u64>| -> Vec<f64> { bits.into_iter().map(f64::from_bits).collect() };
        let history = History {
            train_loss: losses(header.train_loss_bits),
            validation_loss: losses(header.validation_loss_bits),
            exact_match: losses(header.exact_match_bits),
            best_epoch: header.best_epoch,
            seconds: header.seconds,
            shares: header.shares_bits.into_iter().map(losses).collect(),
        };
        let mut run = Self {
            step: header.step,
            epoch_loss: f64::from_bits(header.epoch_loss_bits),
            best_loss: f64::from_bits(header.best_loss_bits),
            finished: header.finished,
            thresholds: header.thresholds,
            history,
            ..Self::default()
        };
        for (name, values) in parts {
            match name.split_once('/') {
                Some(("parameters", n)) => drop(run.parameters.insert(n.to_owned(), values)),
                Some(("average", n)) => drop(run.averages.insert(n.to_owned(), values)),
                Some(("best", n)) => drop(run.best.insert(n.to_owned(), values)),
                Some(("first", n)) => run.moments.entry(n.to_owned()).or_default().0 = values,
                Some(("second", n)) => run.moments.entry(n.to_owned()).or_default().1 = values,
                _ => bail!("{}: unexpected tensor {name}", path.display()),
            }
        }
        Ok(run)
    }
}

fn to_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn write_parts(path: &Path, parts: &[(String, Vec<u8>)], info: HashMap<String, String>) -> Result<()> {
    let views = parts
        .iter()
        .map(|(name, bytes)| Ok((name.as_str(), TensorView::new(Dtype::F32, vec![bytes.len() / 4], bytes)?)))
        .collect::<Result<Vec<_>>>()?;
    files::write(path, &serialize(views, Some(info))?)
}

/// Metadata, and tensors by name.
type Parts = (HashMap<String, String>, Vec<(String, Vec<f32>)>);

fn read_parts(path: &Path) -> Result<Parts> {
    let bytes = std::fs::read(path)?;
    let (_, metadata) = SafeTensors::read_metadata(&bytes)?;
    let tensors = SafeTensors::deserialize(&bytes)?;
    let parts = tensors
        .tensors()
        .into_iter()
        .map(|(name, t)| {
            let values =
                t.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
            (name, values)
        })
        .collect();
    Ok((metadata.metadata().clone().unwrap_or_default(), parts))
}

/// Writes trained parameters.
///
/// # Errors
///
/// When the file cannot be written.
pub fn write_state(path: &Path, state: &State) -> Result<()> {
    let parts: Vec<(String, Vec<u8>)> = state.iter().map(|(n, v)| (n.clone(), to_bytes(v))).collect();
    write_parts(path, &parts, HashMap::new())
}

/// Replaces trained parameters. Their `record` is removed first: if the run is killed in between, no record describes
/// parameters that it does not belong to.
///
/// # Errors
///
/// When the old record cannot be removed, or the file cannot be written.
pub fn replace_state(path: &Path, record: &Path, state: &State) -> Result<()> {
    match std::fs::remove_file(record) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(e).with_context(|| format!("cannot remove {}", record.display()))
        }
        _ => write_state(path, state),
    }
}

/// Reads what [`write_state`] wrote.
///
/// # Errors
///
/// When the file cannot be read.
pub fn read_state(path: &Path) -> Result<State> {
    let (_, parts) = read_parts(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(parts.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_parameters_never_have_the_record_of_the_old() {
        let folder = tempfile::tempdir().unwrap();
        let (weights, record) =
            (folder.path().join("model.safetensors"), folder.path().join("finished.json"));
        let state = |v: f32| State::from([("head".to_owned(), vec![v])]);
        replace_state(&weights, &record, &state(1.0)).unwrap();
        files::write_json(&record, &"of the first").unwrap();
        // The run ends here, before it has written its own record.
        replace_state(&weights, &record, &state(2.0)).unwrap();
        assert!(!record.exists());
        assert_eq!(read_state(&weights).unwrap(), state(2.0));

        // If the record cannot be removed, the old parameters stay.
        std::fs::create_dir(&record).unwrap();
        let error = replace_state(&weights, &record, &state(3.0)).unwrap_err().to_string();
        assert!(error.starts_with("cannot remove"), "{error}");
        assert_eq!(read_state(&weights).unwrap(), state(2.0));
    }
}
