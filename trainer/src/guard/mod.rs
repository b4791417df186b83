//! Guards: what a file knows about its training texts, so that the engine can tell answers that no model should judge.
//!
//! Everything is counted, nothing is trained: [`fit()`] makes the tables of [`pupil_core::guard`] from the training
//! answers, and sets limits on answers that the tables were not counted on (cross-fitting), so that of genuine answers
//! no larger share than asked for goes to review.

mod fit;
mod limits;
mod settings;
mod tables;
#[cfg(test)]
mod tests;
mod texts;
mod topic;

pub use fit::{Example, Fitted, HeldBack, first, fit};
pub use settings::{Reasons, Settings};
pub use tables::Tables;
pub use texts::hashes;
