//! A knowledge model in a file that is made.

use super::run::KnowledgeWeights;
use super::sections::{
    ANSWERS, COUNTED_GATES, COUNTED_OUTPUT, COUNTED_SKILL, COUNTED_SKILLS, COUNTED_STUDENT, INPUT, MASTERY,
    OUTPUT, RECURRENT,
};
use crate::format::writer::FileBuilder;

impl FileBuilder {
    /// Adds the sections of the knowledge model.
    pub fn knowledge(&mut self, w: &KnowledgeWeights<'_>) -> &mut Self {
        self.table(ANSWERS, &w.answers)
            .dense(INPUT, &w.input)
            .table(RECURRENT, &w.recurrent)
            .dense(OUTPUT, &w.output)
            .dense(MASTERY, &w.mastery);
        if let Some(counts) = &w.counts {
            self.table(COUNTED_GATES, &counts.gates)
                .dense(COUNTED_STUDENT, &counts.student)
                .table(COUNTED_SKILL, &counts.skill)
                .table(COUNTED_SKILLS, &counts.skills)
                .f32(COUNTED_OUTPUT, &[counts.units], counts.output);
        }
        self
    }
}
