//! From a checked file to a guard.

use super::sections;
use crate::error::Result;
use crate::format::manifest::{Guard, Task};
use crate::format::reader::ModelFile;
use crate::guard::{TextModel, TextWeights};

/// Reads a guard.
pub(crate) fn load(file: &ModelFile, guard: &str, d: &Guard) -> Result<TextModel> {
    let name = |what: &str| sections::section(guard, what);
    let questions = name("questions");
    TextModel::new(
        d,
        &TextWeights {
            letters: file.i8s(&name("letters")),
            words: file.bytes(&name("words")),
            questions: if d.questions > 0 { file.bytes(&questions) } else { &[] },
            table: file.bytes(&name("table")),
            order: file.i8s(&name("order")),
            keywords: file.i8s(&name("keywords")),
            question: file.i8s(&name("question")),
        },
    )
}

/// The weights of a task's words; none where its guard has none.
pub(crate) fn topic(file: &ModelFile, task: &Task) -> Box<[i8]> {
    match task.guard.as_ref().map(|guard| guard.topic) {
        None | Some(0) => Box::default(),
        Some(_) => file.i8s(&sections::topic(&task.id)).into(),
    }
}
