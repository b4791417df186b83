//! What a manifest may say about the head of a task.

use super::kind::ScaleUse;
use crate::error::Result;
use crate::format::check::{damaged, dimension, points};
use crate::format::limits::MAX_HEAD_HIDDEN;
use crate::format::manifest::{Encoder, Task};

/// Checks labels, thresholds, scale and layers of a task against its kind of head.
pub(in crate::parts) fn check(task: &Task, encoder: &Encoder) -> Result<()> {
    let (id, labels, kind) = (&task.id, task.labels.len(), task.head.kind);
    let least = kind.least_labels();
    if labels < least {
        return Err(damaged(format!("task {id} has {labels} labels, its head needs {least}")));
    }
    let thresholds = kind.thresholds(labels);
    if task.thresholds.len() != thresholds {
        return Err(damaged(format!(
            "task {id} has {} thresholds, its head needs {thresholds}",
            task.thresholds.len()
        )));
    }
    kind.check_thresholds(id, &task.thresholds)?;
    let name = kind.as_str();
    match (kind.scale(), &task.scale) {
        (ScaleUse::Needed, None) => {
            return Err(damaged(format!("task {id} has a head of kind {name} and no scale")));
        }
        (ScaleUse::Refused, Some(_)) => {
            return Err(damaged(format!("task {id} has a head of kind {name} and a scale")));
        }
        (ScaleUse::Needed | ScaleUse::Optional, Some(scale)) => points(task, scale)?,
        (ScaleUse::Refused | ScaleUse::Optional, None) => {}
    }
    check_layers(task, encoder)
}

/// A head has a hidden layer, or does no more than read what a graph gives.
fn check_layers(task: &Task, encoder: &Encoder) -> Result<()> {
    let (id, labels, kind) = (&task.id, task.labels.len(), task.head.kind);
    if task.head.hidden > 0 || !encoder.may_end_in_outputs() || task.mixture.is_some() {
        return dimension(id, "head.hidden", task.head.hidden, MAX_HEAD_HIDDEN);
    }
    if kind.level_thresholds(labels) > 0 {
        let name = kind.as_str();
        return Err(damaged(format!(
            "task {id} has a head of kind {name} without layers, which needs thresholds between levels"
        )));
    }
    if encoder.output_len() != kind.outputs(labels) {
        return Err(damaged(format!(
            "task {id} has {labels} labels and a graph that gives {} numbers, and no layer between them",
            encoder.output_len()
        )));
    }
    Ok(())
}
