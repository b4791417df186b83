//! Heads: the output of a task, its training targets, and how it becomes an award.

mod kind;
mod network;
mod score;
mod targets;

pub use kind::{HeadKind, Link, TaskHead};
pub use network::{Group, Head};
pub use score::Target;
pub use targets::{ClassWeights, LossTarget, SecondRater};
