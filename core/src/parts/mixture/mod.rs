//! A mixture of experts between an encoder and the heads of tasks, weighed by a gate that reads the text and the task.

mod dimensions;
mod load;
mod run;
mod sections;
#[cfg(feature = "write")]
mod write;

pub use run::{BlockWeights, ExpertWeights, MixtureScratch, MixtureWeights, PackedMixture};

pub(crate) use dimensions::packed_bytes;
pub(super) use dimensions::{check, check_member, check_shared};
pub(crate) use load::load;
pub(crate) use sections::task_embedding;
pub(super) use sections::{member_sections, sections};
