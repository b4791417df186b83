//! The model to use, and the task in it.

use std::path::{Path, PathBuf};

use pupil_core::FileInfo;
use pupil_core::Scorer;
use pupil_core::format::manifest::Task;

use crate::failure::{Exit, Failure};
use crate::screen::printable;

/// The model that is used when none is named and no reference is given.
static MIND_CA: &[u8] = include_bytes!("../../models/mind-ca/mind-ca.pupil");

/// The model that is used when none is named and a reference is given.
static SCIENCE: &[u8] = include_bytes!("../../models/science/science.pupil");

/// The task of that model for questions of any kind, which is used when none is named.
const ANY_QUESTION: &str = "science";

/// Tasks that a message lists before it refers to `pupil tasks`.
const LISTED_TASKS: usize = 24;

/// Opens a file, or the built-in model that needs no reference.
pub(crate) fn open(path: Option<&Path>) -> Result<Scorer, Failure> {
    match path {
        Some(path) => Scorer::open(path).map_err(|error| Failure::opening(path, &error)),
        None => built_in(MIND_CA),
    }
}

/// Every model that is built in.
pub(crate) fn all_built_in() -> Result<[Scorer; 2], Failure> {
    Ok([built_in(MIND_CA)?, built_in(SCIENCE)?])
}

/// Opens a built-in model.
fn built_in(bytes: &'static [u8]) -> Result<Scorer, Failure> {
    Scorer::from_bytes(bytes).map_err(|error| {
        Failure::new(Exit::Internal, format!("the built-in model cannot be opened: {error}"))
    })
}

/// What a built-in model is chosen by, where no file is named.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted<'w> {
    /// That it has this task.
    Task(&'w str),
    /// That it compares answers with references.
    References,
    /// That it reads answers alone.
    Answers,
}

impl<'w> Wanted<'w> {
    /// What a task's id asks for, and without one a reference or its absence.
    pub(crate) fn of(task: Option<&'w str>, reference: bool) -> Self {
        match task {
            Some(id) => Self::Task(id),
            None if reference => Self::References,
            None => Self::Answers,
        }
    }
}

/// Opens a file, or the built-in model that is wanted, with task packs; gives also the task that is meant where no other is
/// named.
pub(crate) fn open_for<'w>(
    path: Option<&Path>,
    packs: &[PathBuf],
    wanted: Wanted<'w>,
) -> Result<(Scorer, Option<&'w str>), Failure> {
    let named = if let Wanted::Task(id) = wanted { Some(id) } else { None };
    if path.is_some() || !packs.is_empty() {
        return Ok((open_with(path, packs)?, named));
    }
    match wanted {
        Wanted::References => Ok((built_in(SCIENCE)?, Some(ANY_QUESTION))),
        Wanted::Answers => Ok((built_in(MIND_CA)?, None)),
        Wanted::Task(id) => {
            // The first is small and opens at once.
            let first = built_in(MIND_CA)?;
            if first.task(id).is_some() {
                return Ok((first, named));
            }
            let second = built_in(SCIENCE)?;
            if second.task(id).is_some() {
                return Ok((second, named));
            }
            let tasks = first.tasks().chain(second.tasks());
            let message =
                format!("no built-in model has the task that is asked for; they have: {}", list(tasks));
            Err(Failure::new(Exit::Task, message))
        }
    }
}

/// Opens a file, or the built-in model that the first task pack was made for, and attaches the packs to it.
pub(crate) fn open_with(path: Option<&Path>, packs: &[PathBuf]) -> Result<Scorer, Failure> {
    let model = match (path, packs.first()) {
        (None, Some(pack)) => base_of(pack)?,
        _ => open(path)?,
    };
    packs
        .iter()
        .try_fold(model, |scorer, pack| scorer.attach(pack).map_err(|error| Failure::opening(pack, &error)))
}

/// The built-in model that a task pack was made for; the first where it was made for none of them.
fn base_of(pack: &Path) -> Result<Scorer, Failure> {
    let base = FileInfo::read(pack).map_err(|error| Failure::opening(pack, &error))?.manifest.base;
    let [first, second] = all_built_in()?;
    let is_base = |model: &Scorer| base.as_ref().is_some_and(|base| base.blake3 == model.blake3());
    Ok(if is_base(&second) { second } else { first })
}

/// The task of that id, or the only one.
pub(crate) fn task<'m>(scorer: &'m Scorer, id: Option<&str>) -> Result<&'m Task, Failure> {
    let (name, mut tasks) = (model_name(scorer), scorer.tasks());
    match (id, tasks.next(), tasks.next()) {
        // The id is not repeated: an answer may stand in its place by mistake.
        (Some(id), ..) => scorer.task(id).ok_or_else(|| {
            let tasks = list(scorer.tasks());
            Failure::new(
                Exit::Task,
                format!("{name} does not have the task that is asked for; it has: {tasks}"),
            )
        }),
        (None, Some(only), None) => Ok(only),
        (None, ..) => Err(Failure::new(
            Exit::Task,
            format!("{name} has several tasks, name one with --task; it has: {}", list(scorer.tasks())),
        )),
    }
}

/// What to call a model in a message.
fn model_name(scorer: &Scorer) -> String {
    let name = &scorer.manifest().name;
    if name.is_empty() { "the model".to_owned() } else { printable(name) }
}

/// Tasks in one line.
fn list<'t>(mut tasks: impl Iterator<Item = &'t Task>) -> String {
    let ids: Vec<String> = tasks.by_ref().take(LISTED_TASKS).map(|task| printable(&task.id)).collect();
    let more = match tasks.count() {
        0 => String::new(),
        n => format!(" and {n} more, see `pupil tasks`"),
    };
    format!("{}{more}", ids.join(", "))
}
