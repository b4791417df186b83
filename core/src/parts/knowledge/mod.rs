//! A knowledge model: an LSTM over a student's answers, and what it says of every question and every skill.

mod dimensions;
mod load;
mod run;
mod sections;
#[cfg(feature = "write")]
mod write;

pub(super) use dimensions::check;
pub(crate) use load::load;
pub use run::{KnowledgeScratch, KnowledgeWeights, PackedKnowledge};
pub(crate) use sections::PREFIX;
pub(super) use sections::sections;
