//! A knowledge model in a file that is made.

use super::run::KnowledgeWeights;
use super::sections::{ANSWERS, INPUT, MASTERY, OUTPUT, RECURRENT};
use crate::format::writer::FileBuilder;

impl FileBuilder {
    /// Adds the sections of the knowledge model.
    pub fn knowledge(&mut self, w: &KnowledgeWeights<'_>) -> &mut Self {
        self.table(ANSWERS, &w.answers)
            .dense(INPUT, &w.input)
            .table(RECURRENT, &w.recurrent)
            .dense(OUTPUT, &w.output)
            .dense(MASTERY, &w.mastery)
    }
}
