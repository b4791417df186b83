//! The sections of a knowledge model.

use crate::error::Result;
use crate::format::manifest::Knowledge;
use crate::format::sections::{Sections, Shape};
use crate::parts::arrays::{add_linear, add_table, numbers};
use crate::parts::knowledge::counts::{SKILL_NUMBERS, STUDENT_NUMBERS};
use crate::parts::values;

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

/// The weights between numbers about a student and a question's skills, and the gates.
pub(super) const COUNTED_GATES: &str = "knowledge.counts.gates";
/// The weights between the state and numbers about a student, and the units that read counts.
pub(super) const COUNTED_STUDENT: &str = "knowledge.counts.student";
/// The weights between numbers about a skill and those units.
pub(super) const COUNTED_SKILL: &str = "knowledge.counts.skill";
/// What each skill adds to those units.
pub(super) const COUNTED_SKILLS: &str = "knowledge.counts.skills";
/// The weights between those units and the logit.
pub(super) const COUNTED_OUTPUT: &str = "knowledge.counts.output";

/// What the name of every section of a knowledge model begins with.
pub(crate) const PREFIX: &str = "knowledge.";

/// Adds every section of a knowledge model.
pub(in crate::parts) fn sections(d: &Knowledge, all: &mut Sections) -> Result<()> {
    let gates = 4 * d.hidden;
    add_table(all, ANSWERS, (2 * (d.questions.len() + 1), d.embedding))?;
    add_linear(all, INPUT, (gates, d.embedding))?;
    add_table(all, RECURRENT, (gates, d.hidden))?;
    add_linear(all, OUTPUT, (d.questions.len() + 1, d.hidden))?;
    add_linear(all, MASTERY, (d.skills.len(), d.hidden))?;
    if d.counts == 0 {
        return Ok(());
    }
    add_table(all, COUNTED_GATES, (gates, STUDENT_NUMBERS + SKILL_NUMBERS))?;
    add_linear(all, COUNTED_STUDENT, (d.counts, d.hidden + STUDENT_NUMBERS))?;
    add_table(all, COUNTED_SKILL, (d.counts, SKILL_NUMBERS))?;
    add_table(all, COUNTED_SKILLS, (d.skills.len(), d.counts))?;
    all.add(COUNTED_OUTPUT.into(), numbers(Shape::One(d.counts), values::norm))
}
