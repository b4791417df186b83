//! What a manifest may say about the head of a task.

use super::kind::ScaleUse;
use crate::error::Result;
use crate::format::check::{damaged, dimension, points};
use crate::format::limits::MAX_HEAD_HIDDEN;
use crate::format::manifest::{Encoder, MemberRef, Task};

/// Checks labels, thresholds and scale of a task against its kind of head.
pub(in crate::parts) fn check(task: &Task) -> Result<()> {
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
        (ScaleUse::Needed, None) => Err(damaged(format!("task {id} has a head of kind {name} and no scale"))),
        (ScaleUse::Refused, Some(_)) => {
            Err(damaged(format!("task {id} has a head of kind {name} and a scale")))
        }
        (ScaleUse::Needed | ScaleUse::Optional, Some(scale)) => points(task, scale),
        (ScaleUse::Refused | ScaleUse::Optional, None) => Ok(()),
    }
}

/// Checks the head of a member: it gives what the kind of the task's own head reads, and has a hidden layer or does no
/// more than read what the encoder gives.
pub(in crate::parts) fn check_member(task: &Task, member: MemberRef<'_>, encoder: &Encoder) -> Result<()> {
    let (labels, kind, own) = (task.labels.len(), member.head.kind, task.head.kind);
    // Where one label is awarded, the probabilities of all sum to 1, and those of any such head can be added.
    if kind.awards_one() != own.awards_one() {
        return Err(damaged(format!(
            "{member} has a head of kind {}, which cannot be combined with one of kind {}",
            kind.as_str(),
            own.as_str()
        )));
    }
    if member.head.hidden > 0 || !encoder.may_end_in_outputs() || member.mixture.is_some() {
        let owner = if member.place == 0 { member.task.to_owned() } else { member.to_string() };
        return dimension(&owner, "head.hidden", member.head.hidden, MAX_HEAD_HIDDEN);
    }
    let (outputs, wanted) = (encoder.output_len(), kind.outputs(labels));
    if outputs != wanted {
        return Err(damaged(format!(
            "{member} has {labels} labels and an encoder that gives {outputs} numbers, and no layer between them: \
             {wanted} are needed"
        )));
    }
    Ok(())
}
