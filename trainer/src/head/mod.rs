//! Heads: the output of a task, its training targets, and how it becomes an award.

mod award;
mod kind;
mod network;
mod targets;

pub use award::Decisions;
pub use kind::{HeadKind, Link, TaskHead};
pub use network::{Group, Head};
pub use targets::{ClassWeights, Target, certain, priors, weights};
