//! The sections of a guard, and that of each task that uses it.

use safetensors::Dtype;

use crate::error::Result;
use crate::format::manifest::{Guard, Task};
use crate::format::sections::{Sections, Shape, Spec, Values};
use crate::parts::arrays::weights;

/// The section of a guard that is called so.
pub(super) fn section(guard: &str, what: &str) -> String {
    format!("guard.{guard}.{what}")
}

/// The section with the weights of a task's words.
pub(super) fn topic(task: &str) -> String {
    format!("task.{task}.topic")
}

/// Adds every section of a guard.
pub(in crate::parts) fn sections(guard: &str, d: &Guard, all: &mut Sections) -> Result<()> {
    let bytes = |shape| Spec { dtype: Dtype::U8, shape, half: false, values: Values::Any };
    all.add(section(guard, "letters"), weights(Shape::One(d.letters)))?;
    all.add(section(guard, "words"), bytes(Shape::Two(d.words, 8)))?;
    all.add(section(guard, "table"), bytes(Shape::Two(d.slots, 4)))?;
    all.add(section(guard, "order"), weights(Shape::Two(d.classes, d.classes)))?;
    all.add(section(guard, "keywords"), weights(Shape::One(d.classes)))?;
    all.add(section(guard, "question"), weights(Shape::One(d.classes)))?;
    if d.questions > 0 {
        all.add(section(guard, "questions"), bytes(Shape::Two(d.questions, 8)))?;
    }
    Ok(())
}

/// Adds the section of a task that weighs its words.
pub(in crate::parts) fn task_sections(task: &Task, all: &mut Sections) -> Result<()> {
    match task.guard.as_ref().map(|guard| guard.topic) {
        None | Some(0) => Ok(()),
        Some(buckets) => all.add(topic(&task.id), weights(Shape::One(buckets))),
    }
}
