//! The sections of a knowledge model.

use crate::error::Result;
use crate::format::manifest::Knowledge;
use crate::format::sections::Sections;
use crate::parts::arrays::{add_linear, add_table};

/// The vectors of answers: of each question answered wrong, then right; the last two are those of a question that the
/// model does not know.
pub(super) const ANSWERS: &str = "knowledge.answers";
/// The weights between the vector of an answer and the gates.
pub(super) const INPUT: &str = "knowledge.input";
/// The weights between the state and the gates.
pub(super) const RECURRENT: &str = "knowledge.recurrent";
/// The weights between the state and the questions; last one that the model does not know.
pub(super) const OUTPUT: &str = "knowledge.output";
/// The weights between the state and the skills.
pub(super) const MASTERY: &str = "knowledge.mastery";

/// What the name of every section of a knowledge model begins with.
pub(crate) const PREFIX: &str = "knowledge.";

/// Adds every section of a knowledge model.
pub(in crate::parts) fn sections(d: &Knowledge, all: &mut Sections) -> Result<()> {
    let gates = 4 * d.hidden;
    add_table(all, ANSWERS, (2 * (d.questions.len() + 1), d.embedding))?;
    add_linear(all, INPUT, (gates, d.embedding))?;
    add_table(all, RECURRENT, (gates, d.hidden))?;
    add_linear(all, OUTPUT, (d.questions.len() + 1, d.hidden))?;
    add_linear(all, MASTERY, (d.skills.len(), d.hidden))
}
