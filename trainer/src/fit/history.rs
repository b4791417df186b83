//! The course of a fit.

use serde::{Deserialize, Serialize};

/// The course of a fit, epoch by epoch.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct History {
    /// Mean training loss of each epoch.
    pub train_loss: Vec<f64>,
    /// Validation loss after each epoch.
    pub validation_loss: Vec<f64>,
    /// Share of validation answers with exactly their score after each epoch, if it chooses the epoch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exact_match: Vec<f64>,
    /// The epoch (from 0) whose parameters were kept.
    pub best_epoch: usize,
    /// Seconds of training, over all resumed runs.
    pub seconds: f64,
    /// Share of each task in each epoch, if tasks are sampled by their gap to the teacher.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<Vec<f64>>,
}
