//! A guard in a file that is made.

use super::sections;
use crate::format::writer::FileBuilder;
use crate::guard::TextWeights;

impl FileBuilder {
    /// Adds the sections of the guard of that name.
    pub fn guard(&mut self, guard: &str, w: &TextWeights<'_>) -> &mut Self {
        let name = |what: &str| sections::section(guard, what);
        let classes = w.keywords.len();
        self.i8(name("letters"), &[w.letters.len()], w.letters)
            .rows(name("words"), 8, w.words)
            .rows(name("table"), 4, w.table)
            .i8(name("order"), &[w.order.len() / classes.max(1), classes], w.order)
            .i8(name("keywords"), &[classes], w.keywords)
            .i8(name("question"), &[classes], w.question);
        if !w.questions.is_empty() {
            self.rows(name("questions"), 8, w.questions);
        }
        self
    }

    /// Adds the weights of the words of the task of that id, which its guard reads.
    pub fn topic(&mut self, task: &str, weights: &[i8]) -> &mut Self {
        self.i8(sections::topic(task), &[weights.len()], weights)
    }
}
