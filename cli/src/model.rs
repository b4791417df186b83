//! Chooses the model and the task.

use std::path::{Path, PathBuf};

use pupil_core::FileInfo;
use pupil_core::Scorer;
use pupil_core::format::manifest::Task;

use crate::failure::{Exit, Failure};
use crate::similar;
use crate::terminal::printable;

/// The default model if no reference is given.
static MIND_CA: &[u8] = include_bytes!("../../models/mind-ca/mind-ca.pupil");

/// The default model if a reference is given.
static SCIENCE: &[u8] = include_bytes!("../../models/science/science.pupil");

/// The default task of that model, for questions of any kind.
const ANY_QUESTION: &str = "science";

/// The number of tasks that a message lists before it refers to `pupil tasks`.
const LISTED_TASKS: usize = 24;

/// Opens a file, or the built-in model that needs no reference.
pub(crate) fn open(path: Option<&Path>) -> Result<Scorer, Failure> {
    match path {
        Some(path) => Scorer::open(path).map_err(|error| Failure::opening(path, &error)),
        None => built_in(MIND_CA),
    }
}

/// Opens all built-in models.
pub(crate) fn all_built_in() -> Result<[Scorer; 2], Failure> {
    Ok([built_in(MIND_CA)?, built_in(SCIENCE)?])
}

/// Opens a built-in model.
fn built_in(bytes: &'static [u8]) -> Result<Scorer, Failure> {
    Scorer::from_bytes(bytes).map_err(|error| {
        Failure::new(Exit::Internal, format!("the built-in model cannot be opened: {error}"))
    })
}

/// How a built-in model is chosen if no file is given.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ModelChoice<'w> {
    /// The model that has this task.
    Task(&'w str),
    /// The model that compares answers with references.
    References,
    /// The model that reads answers alone.
    Answers,
}

impl<'w> ModelChoice<'w> {
    /// Chooses by the task's id or, without one, by whether there is a reference.
    pub(crate) fn of(task: Option<&'w str>, reference: bool) -> Self {
        match task {
            Some(id) => Self::Task(id),
            None if reference => Self::References,
            None => Self::Answers,
        }
    }
}

/// Opens a file or the chosen built-in model, with task packs. Also returns the task to use.
pub(crate) fn open_for<'w>(
    path: Option<&Path>,
    packs: &[PathBuf],
    wanted: ModelChoice<'w>,
) -> Result<(Scorer, Option<&'w str>), Failure> {
    let named = if let ModelChoice::Task(id) = wanted { Some(id) } else { None };
    if path.is_some() || !packs.is_empty() {
        return Ok((open_with(path, packs)?, named));
    }
    match wanted {
        ModelChoice::References => Ok((built_in(SCIENCE)?, Some(ANY_QUESTION))),
        ModelChoice::Answers => Ok((built_in(MIND_CA)?, None)),
        ModelChoice::Task(id) => {
            // The first model is small and opens at once.
            let first = built_in(MIND_CA)?;
            if find(&first, id).is_some() {
                return Ok((first, named));
            }
            let second = built_in(SCIENCE)?;
            if find(&second, id).is_some() {
                return Ok((second, named));
            }
            let tasks = || first.tasks().chain(second.tasks());
            let message = format!("no built-in model has the requested task; they have: {}", list(tasks()));
            Err(did_you_mean(Failure::new(Exit::Task, message), id, tasks()))
        }
    }
}

/// Opens a file, or the built-in model that the first task pack was made for, and attaches the packs.
pub(crate) fn open_with(path: Option<&Path>, packs: &[PathBuf]) -> Result<Scorer, Failure> {
    let model = match (path, packs.first()) {
        (None, Some(pack)) => base_of(pack)?,
        _ => open(path)?,
    };
    packs
        .iter()
        .try_fold(model, |scorer, pack| scorer.attach(pack).map_err(|error| Failure::opening(pack, &error)))
}

/// The built-in model that a task pack was made for, or the first built-in model if it was made for none of them.
fn base_of(pack: &Path) -> Result<Scorer, Failure> {
    let base = FileInfo::read(pack).map_err(|error| Failure::opening(pack, &error))?.manifest.base;
    let [first, second] = all_built_in()?;
    let is_base = |model: &Scorer| base.as_ref().is_some_and(|base| base.blake3 == model.blake3());
    Ok(if is_base(&second) { second } else { first })
}

/// The task with this id, or the only one with this id or name in any case.
fn find<'m>(scorer: &'m Scorer, id: &str) -> Option<&'m Task> {
    let wanted = id.trim().to_lowercase();
    let is_meant = |task: &&Task| task.id.to_lowercase() == wanted || task.name.to_lowercase() == wanted;
    scorer.task(id).or_else(|| {
        let mut similar = scorer.tasks().filter(is_meant);
        similar.next().filter(|_| !wanted.is_empty() && similar.next().is_none())
    })
}

/// Adds a hint about the task whose id or name is like the requested one.
fn did_you_mean<'t>(failure: Failure, id: &str, tasks: impl Iterator<Item = &'t Task>) -> Failure {
    let tasks: Vec<&Task> = tasks.collect();
    let names = tasks.iter().flat_map(|task| [task.id.as_str(), task.name.as_str()]);
    let Some(found) = similar::nearest(id, names) else { return failure };
    match tasks.iter().find(|task| task.id == found || task.name == found) {
        Some(task) => failure.hint(format!("did you mean {}?", printable(&task.id))),
        None => failure,
    }
}

/// The task with this id or name, or the only task.
pub(crate) fn task<'m>(scorer: &'m Scorer, id: Option<&str>) -> Result<&'m Task, Failure> {
    let (name, mut tasks) = (model_name(scorer), scorer.tasks());
    match (id, tasks.next(), tasks.next()) {
        // The id is not repeated: it may be an answer given by mistake.
        (Some(id), ..) => find(scorer, id).ok_or_else(|| {
            let tasks = list(scorer.tasks());
            let message = format!("{name} does not have the requested task; it has: {tasks}");
            did_you_mean(Failure::new(Exit::Task, message), id, scorer.tasks())
        }),
        (None, Some(only), None) => Ok(only),
        (None, ..) => Err(Failure::new(
            Exit::Task,
            format!("{name} has several tasks, name one with --task; it has: {}", list(scorer.tasks())),
        )),
    }
}

/// The name of a model in a message.
fn model_name(scorer: &Scorer) -> String {
    let name = &scorer.manifest().name;
    if name.is_empty() { "the model".to_owned() } else { printable(name) }
}

/// The ids of tasks on one line.
fn list<'t>(mut tasks: impl Iterator<Item = &'t Task>) -> String {
    let ids: Vec<String> = tasks.by_ref().take(LISTED_TASKS).map(|task| printable(&task.id)).collect();
    let more = match tasks.count() {
        0 => String::new(),
        n => format!(" and {n} more, see `pupil tasks`"),
    };
    format!("{}{more}", ids.join(", "))
}
