//! `pupil tasks`: the tasks of a model.

use std::fmt::{self, Write as _};

use pupil_core::format::manifest::{Encoder, HeadKind, Input, Manifest, Task};
use serde::Serialize;

use crate::args::TasksArgs;
use crate::failure::Failure;
use crate::model;
use crate::stdout;
use crate::terminal::{Style, columns, padded, printable};

/// Runs `pupil tasks`.
pub(crate) fn run(options: &TasksArgs) -> Result<(), Failure> {
    let models = match (&options.file, &options.pack[..]) {
        (None, []) => model::all_built_in()?.to_vec(),
        (file, packs) => vec![model::open_with(file.as_deref(), packs)?],
    };
    let tasks: Vec<(&Task, &Manifest)> =
        models.iter().flat_map(|model| model.tasks().map(|task| (task, model.manifest()))).collect();
    if options.json {
        let tasks: Vec<TaskJson<'_>> =
            tasks.into_iter().map(|(task, file)| TaskJson::new(task, file)).collect();
        return stdout::print_json(&tasks);
    }
    let mut text = String::new();
    show(&mut text, Style::of_stdout(), &tasks).expect("a String takes everything that is written to it");
    stdout::print(&text)
}

/// Writes one line per task: id, name, input and output.
fn show(text: &mut String, style: Style, tasks: &[(&Task, &Manifest)]) -> fmt::Result {
    let lines: Vec<[String; 3]> = tasks
        .iter()
        .map(|(task, file)| {
            let name = if task.name == task.id { String::new() } else { printable(&task.name) };
            [printable(&task.id), name, outcome(task, file)]
        })
        .collect();
    let width = |column: usize| lines.iter().map(|line| columns(&line[column])).max().unwrap_or(0);
    let (id_width, name_width) = (width(0), width(1));
    for [id, name, outcome] in &lines {
        let name = if name_width == 0 { String::new() } else { padded(name, name_width) + "  " };
        writeln!(text, "{}  {name}{}", style.bold(padded(id, id_width)), style.dim(outcome))?;
    }
    Ok(())
}

/// The output of a task, in a few words, and its members if there are several; `file` has their encoders.
pub(crate) fn outcome(task: &Task, file: &Manifest) -> String {
    let gives = match task.points().as_deref() {
        Some([first, .., last]) if one_apart(task) => format!("{first} to {last} points"),
        Some(points) => {
            format!("{} points", points.iter().map(i32::to_string).collect::<Vec<_>>().join(", "))
        }
        None if task.head.kind.awards_one() => format!("one of {}", names(task)),
        None => format!("any of {}", names(task)),
    };
    let against = if task.input == Input::Pair { ", against a reference" } else { "" };
    if task.members.is_empty() {
        return gives + against;
    }
    let members: Vec<String> = members(task, file).map(|m| format!("{} {:.2}", m.family, m.weight)).collect();
    format!("{gives}{against}, by {}", members.join(" + "))
}

/// The members of a task.
fn members<'a>(task: &'a Task, file: &'a Manifest) -> impl Iterator<Item = MemberJson<'a>> {
    task.all_members().map(|member| MemberJson {
        family: file.encoder(member.encoder).map_or("", Encoder::family),
        weight: member.weight,
    })
}

/// Whether the levels are one point apart.
fn one_apart(task: &Task) -> bool {
    task.scale.as_ref().is_some_and(|scale| scale.points.is_empty())
}

/// The names of the labels if they are few, otherwise their number.
fn names(task: &Task) -> String {
    const LISTED: usize = 5;
    if task.labels.len() > LISTED {
        return format!("{} labels", task.labels.len());
    }
    let names: Vec<String> = task.labels.iter().map(|label| printable(&label.name)).collect();
    names.join(", ")
}

/// A task as JSON.
#[derive(Serialize)]
struct TaskJson<'a> {
    id: &'a str,
    name: &'a str,
    prompt: Option<&'a str>,
    input: Input,
    labels: Vec<&'a str>,
    kind: HeadKind,
    /// The points of each level, if the task has a scale.
    points: Option<Vec<i32>>,
    /// The models whose probabilities are combined.
    members: Vec<MemberJson<'a>>,
}

/// A member of a task as JSON.
#[derive(Serialize)]
struct MemberJson<'a> {
    /// The family of its encoder.
    family: &'a str,
    /// Its share in the probabilities.
    weight: f32,
}

impl<'a> TaskJson<'a> {
    /// Takes the fields that a caller needs to score on the task.
    fn new(task: &'a Task, file: &'a Manifest) -> Self {
        Self {
            id: &task.id,
            name: &task.name,
            prompt: task.prompt.as_deref(),
            input: task.input,
            labels: task.labels.iter().map(|label| label.name.as_str()).collect(),
            kind: task.head.kind,
            points: task.points(),
            members: members(task, file).collect(),
        }
    }
}
