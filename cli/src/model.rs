//! The model to use, and the task in it.

use std::path::Path;

use pupil_core::Scorer;
use pupil_core::format::manifest::{Manifest, Task};

use crate::failure::{Exit, Failure};
use crate::screen::printable;

/// The model that is used when none is named.
static BUILT_IN: &[u8] = include_bytes!("../../models/mind-ca/mind-ca.pupil");

/// Tasks that a message lists before it refers to `pupil tasks`.
const LISTED_TASKS: usize = 24;

/// Opens a file, or the built-in model.
pub(crate) fn open(path: Option<&Path>) -> Result<Scorer, Failure> {
    match path {
        Some(path) => Scorer::open(path).map_err(|error| Failure::opening(path, &error)),
        None => Scorer::from_bytes(BUILT_IN).map_err(|error| {
            Failure::new(Exit::Internal, format!("the built-in model cannot be opened: {error}"))
        }),
    }
}

/// The task of that id, or the only one.
pub(crate) fn task<'m>(manifest: &'m Manifest, id: Option<&str>) -> Result<&'m Task, Failure> {
    match (id, manifest.tasks.as_slice()) {
        (Some(id), tasks) => tasks.iter().find(|task| task.id == id).ok_or_else(|| {
            let id: String = printable(id).chars().take(60).collect();
            Failure::new(
                Exit::Task,
                format!("{} has no task `{id}`; {}", model_name(manifest), list(manifest)),
            )
        }),
        (None, [only]) => Ok(only),
        (None, _) => Err(Failure::new(
            Exit::Task,
            format!("{} has several tasks, name one with --task; {}", model_name(manifest), list(manifest)),
        )),
    }
}

/// What to call a model in a message.
fn model_name(manifest: &Manifest) -> String {
    if manifest.name.is_empty() { "the model".to_owned() } else { printable(&manifest.name) }
}

/// The tasks of a model in one line.
fn list(manifest: &Manifest) -> String {
    let ids: Vec<String> = manifest.tasks.iter().take(LISTED_TASKS).map(|task| printable(&task.id)).collect();
    let more = match manifest.tasks.len().checked_sub(LISTED_TASKS) {
        None | Some(0) => String::new(),
        Some(n) => format!(" and {n} more, see `pupil tasks`"),
    };
    format!("it has: {}{more}", ids.join(", "))
}
