//! The sections of the head of a task.

use crate::error::Result;
use crate::format::manifest::{Head, MemberRef, Task};
use crate::format::sections::{Sections, Shape};
use crate::parts::arrays::{add_linear, numbers};
use crate::parts::values;

/// The names of the hidden layer and the last layer.
pub(super) fn layers(task: &str) -> [String; 2] {
    ["hidden", "output"].map(|layer| format!("task.{task}.{layer}"))
}

/// The section with the thresholds between levels. Files call them cuts: another name would be another format.
pub(super) fn level_thresholds(task: &str) -> String {
    format!("task.{task}.cuts")
}

/// Adds every section of the head of a member that reads `input` numbers.
pub(in crate::parts) fn sections(
    task: &Task,
    member: MemberRef<'_>,
    input: usize,
    all: &mut Sections,
) -> Result<()> {
    let (Head { kind, hidden: dense }, labels, id) = (member.head, task.labels.len(), member.section_id());
    if dense > 0 {
        let [hidden, output] = layers(&id);
        add_linear(all, &hidden, (dense, input))?;
        add_linear(all, &output, (kind.outputs(labels), dense))?;
    }
    match kind.level_thresholds(labels) {
        0 => Ok(()),
        n => all.add(level_thresholds(&id), numbers(Shape::One(n), values::falling)),
    }
}
