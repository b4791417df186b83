//! A guard: what is known about the training texts, and of each task that uses it, about its own.

mod dimensions;
mod load;
mod sections;
#[cfg(feature = "write")]
mod write;

pub(super) use dimensions::{check, check_task};
pub(crate) use load::{load, topic};
pub(super) use sections::{sections, task_sections};
