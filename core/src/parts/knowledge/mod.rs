//! A knowledge model: an LSTM over a student's answers, and what it says of every question and every skill.

mod counts;
mod dimensions;
mod load;
mod order;
mod run;
mod sections;
#[cfg(feature = "write")]
mod write;

pub(crate) use counts::SKILL_RESULTS;
pub use counts::{Before, CountWeights, Counts, SKILL_NUMBERS, STUDENT_NUMBERS};
pub(super) use dimensions::check;
pub(crate) use load::load;
pub use run::{KnowledgeScratch, KnowledgeWeights, PackedKnowledge};
pub(crate) use sections::PREFIX;
pub(super) use sections::sections;
