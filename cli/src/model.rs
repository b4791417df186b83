//! The model to use, and the task in it.

use std::path::{Path, PathBuf};

use pupil_core::Scorer;
use pupil_core::format::manifest::Task;

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

/// Opens a file, or the built-in model, and attaches task packs to it.
pub(crate) fn open_with(path: Option<&Path>, packs: &[PathBuf]) -> Result<Scorer, Failure> {
    packs.iter().try_fold(open(path)?, |scorer, pack| {
        scorer.attach(pack).map_err(|error| Failure::opening(pack, &error))
    })
}

/// The task of that id, or the only one.
pub(crate) fn task<'m>(scorer: &'m Scorer, id: Option<&str>) -> Result<&'m Task, Failure> {
    let (name, mut tasks) = (model_name(scorer), scorer.tasks());
    match (id, tasks.next(), tasks.next()) {
        (Some(id), ..) => scorer.task(id).ok_or_else(|| {
            let id: String = printable(id).chars().take(60).collect();
            Failure::new(Exit::Task, format!("{name} has no task `{id}`; {}", list(scorer)))
        }),
        (None, Some(only), None) => Ok(only),
        (None, ..) => Err(Failure::new(
            Exit::Task,
            format!("{name} has several tasks, name one with --task; {}", list(scorer)),
        )),
    }
}

/// What to call a model in a message.
fn model_name(scorer: &Scorer) -> String {
    let name = &scorer.manifest().name;
    if name.is_empty() { "the model".to_owned() } else { printable(name) }
}

/// The tasks of a model in one line.
fn list(scorer: &Scorer) -> String {
    let ids: Vec<String> = scorer.tasks().take(LISTED_TASKS).map(|task| printable(&task.id)).collect();
    let more = match scorer.tasks().count().checked_sub(LISTED_TASKS) {
        None | Some(0) => String::new(),
        Some(n) => format!(" and {n} more, see `pupil tasks`"),
    };
    format!("it has: {}{more}", ids.join(", "))
}
