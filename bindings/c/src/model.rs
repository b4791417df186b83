//! What a model says about itself and its tasks.

use std::ffi::c_char;

use pupil_core::Scorer;
use pupil_core::format::manifest::{Agreement, Encoder, Guarantee, Input, Manifest, Task};

use crate::kept::{Kept, count};

/// What is promised about the automatic scores of a task, and the graded answers that it rests on.
///
/// With probability `confidence` over the choice of these answers, at most the share `max_error` of automatic scores is
/// wrong. If `automatic` is 0, there were too few answers to promise anything, and no score of the task is automatic.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PupilGuarantee {
    /// Largest share of wrong ones among automatic scores, from 0 to 1.
    pub max_error: f32,
    /// Probability of the promise, from 0 to 1.
    pub confidence: f32,
    /// Whether a score one level away from a person's counts as right; otherwise it must be the same.
    pub adjacent: bool,
    /// Number of calibration answers.
    pub answers: u32,
    /// How many of them get an automatic score; 0 if nothing is promised.
    pub automatic: u32,
    /// How many of these scores are wrong.
    pub wrong: u32,
    /// Exact upper bound of the share of wrong ones, from these numbers; 1 if nothing is promised.
    pub bound: f32,
    /// Number of tasks that the promise and the numbers are of, all of them together.
    pub tasks: u32,
    /// If nothing is promised: about as many graded answers would be enough; 0 if that is not known.
    pub needed: u32,
}

impl PupilGuarantee {
    /// The promise, if there is one, otherwise null.
    pub(crate) fn optional(guarantee: Option<&Guarantee>, kept: &mut Kept) -> *const Self {
        let list = guarantee.map(|guarantee| Self {
            max_error: guarantee.max_error,
            confidence: guarantee.confidence,
            adjacent: guarantee.agreement == Agreement::Adjacent,
            answers: count(guarantee.answers),
            automatic: count(guarantee.automatic),
            wrong: count(guarantee.wrong),
            bound: guarantee.bound,
            tasks: count(guarantee.tasks),
            needed: guarantee.needed.map_or(0, count),
        });
        kept.list(list.into_iter().collect())
    }
}

/// A task that a model can score. It belongs to the scorer and lives as long as it does.
#[repr(C)]
#[derive(Debug)]
pub struct PupilTask {
    /// The id that the calls take.
    pub id: *const c_char,
    /// The name for people.
    pub name: *const c_char,
    /// The question, or NULL if its licence does not allow repeating it.
    pub prompt: *const c_char,
    /// Whether answers are compared with a reference answer: then the calls that end in `_pair` must be used.
    pub needs_reference: bool,
    /// Number of labels.
    pub label_count: u32,
    /// The names of the labels, or of the levels in rising order: `label_count` texts.
    pub labels: *const *const c_char,
    /// What the rubric says about each label: `label_count` texts, each NULL if it says nothing.
    pub label_descriptions: *const *const c_char,
    /// Whether no training answer has the label: then an answer that is awarded it goes to review.
    pub label_unseen: *const bool,
    /// The points of each level, rising: `label_count` numbers, or NULL if the task has no scale.
    pub points: *const i32,
    /// Number of models whose probabilities are combined; 1 for most tasks.
    pub member_count: u32,
    /// The family of each of them, such as `"e-lstm"`: `member_count` texts.
    pub member_families: *const *const c_char,
    /// The share of each of them in the probabilities: `member_count` numbers that sum to 1.
    pub member_weights: *const f32,
    /// What is promised about automatic scores, or NULL if the model was made without a guarantee.
    pub guarantee: *const PupilGuarantee,
}

/// What a model says about itself. It belongs to the scorer and lives as long as it does.
#[repr(C)]
#[derive(Debug)]
pub struct PupilModel {
    /// Its name.
    pub name: *const c_char,
    /// Its purpose.
    pub description: *const c_char,
    /// Its licence, as an SPDX expression.
    pub licence: *const c_char,
    /// Number of credits.
    pub attribution_count: u32,
    /// The credits to show where it is used.
    pub attribution: *const *const c_char,
    /// Number of attached task packs.
    pub pack_count: u32,
    /// Their names.
    pub packs: *const *const c_char,
    /// Number of tasks, those of attached packs among them.
    pub task_count: u32,
    /// The addresses of the tasks: those of the model, then those of the packs in the order in which they were
    /// attached.
    pub tasks: *const *const PupilTask,
}

impl PupilTask {
    /// A task and the families of its encoders, which `file` names: those of a task pack are those of the model.
    fn new(task: &Task, file: &Manifest, kept: &mut Kept) -> Self {
        let descriptions = task.labels.iter().map(|label| kept.optional(label.description.as_deref()));
        let descriptions: Vec<*const c_char> = descriptions.collect();
        let families = task.all_members();
        let families = families.map(|member| file.encoder(member.encoder).map_or("", Encoder::family));
        Self {
            id: kept.text(&task.id),
            name: kept.text(&task.name),
            prompt: kept.optional(task.prompt.as_deref()),
            needs_reference: task.input == Input::Pair,
            label_count: count(task.labels.len()),
            labels: kept.texts(task.labels.iter().map(|label| label.name.as_str())),
            label_descriptions: kept.list(descriptions),
            label_unseen: kept.list(task.labels.iter().map(|label| label.unseen).collect()),
            points: kept.list(task.points().unwrap_or_default()),
            member_count: count(task.all_members().count()),
            member_families: kept.texts(families),
            member_weights: kept.list(task.all_members().map(|member| member.weight).collect()),
            guarantee: PupilGuarantee::optional(task.guarantee.as_ref(), kept),
        }
    }
}

impl PupilModel {
    /// What an open model says about itself.
    pub(crate) fn new(scorer: &Scorer, kept: &mut Kept) -> Self {
        let file = scorer.manifest();
        let mut tasks: Vec<*const PupilTask> = Vec::new();
        for task in scorer.tasks() {
            let face = PupilTask::new(task, file, kept);
            tasks.push(kept.list(vec![face]));
        }
        Self {
            name: kept.text(&file.name),
            description: kept.text(&file.description),
            licence: kept.text(&file.licence),
            attribution_count: count(file.attribution.len()),
            attribution: kept.texts(file.attribution.iter().map(String::as_str)),
            pack_count: count(scorer.packs().count()),
            packs: kept.texts(scorer.packs().map(|pack| pack.name.as_str())),
            task_count: count(tasks.len()),
            tasks: kept.list(tasks),
        }
    }
}
