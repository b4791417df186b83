//! What tells answers that no model should judge: other languages, gibberish, copied questions, lists of words, answers
//! to another question.
//!
//! A guard reads an answer once and sums up weights of its words, of their spelling and of their order: logarithms of
//! how much likelier a text is one thing than another. Weights are whole numbers in the file, so that the sums are the
//! same on every CPU; a task's limits say from which sum on an answer goes to review. Letter case, punctuation and
//! apostrophes do not count.

mod filter;
mod model;
mod reference;
#[cfg(test)]
mod tests;
mod text;

pub use filter::Filter;
pub use model::{
    EDGE, FREQUENT, Findings, NUMBER, OTHER, PROBES, TextModel, TextWeights, Values, class_table,
};
pub use reference::Reference;
pub use text::{Letters, Spelling, Trigram, Word, joined, page, read};
