//! Heads: the output of a task, its training targets, and how it becomes an award.

mod kind;
mod network;
mod targets;

pub use kind::{HeadKind, Link, TaskHead};
pub use network::{Group, Head};
pub use pupil_metrics::Target;
pub use targets::{ClassWeights, LossTarget, SecondRater};
