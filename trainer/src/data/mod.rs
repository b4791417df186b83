//! Graded answers: reading, checking and splitting.
//!
//! Two layouts are supported. JSON Lines has one object per line, with the fields that [`Columns`] names. A table, as
//! CSV or in a spreadsheet, has a header row; either its columns have the same names, or the first column is the text
//! and each further column is one rubric label with values 0 and 1. A message about a bad file names the file, the line
//! and the field, says how to fix it, and never repeats an answer.
//!
//! A training file defines the tasks ([`read`]); every other file is read against those tasks ([`read_for`]), so that
//! class indices agree and a score outside the trained range is detected.

mod assemble;
mod file;
mod jsonl;
mod number;
mod order;
mod raw;
mod split;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

pub use crate::head::Target;

use crate::head::HeadKind;
use anyhow::{Context, Result, bail, ensure};
use pupil_metrics::Outcomes;
use serde::{Deserialize, Serialize};

pub use file::{DataFile, FileSettings, Values};
pub(crate) use raw::refused_by;
pub use split::{Aside, Fractions, Split, folds, split};

/// Largest data file that is read, in bytes (2 GiB).
pub const MAX_FILE_BYTES: u64 = 2 << 30;
/// Longest answer or reference answer, in bytes of UTF-8; the engine's own default limit.
pub const MAX_TEXT_BYTES: usize = 64 << 10;
/// Longest task name, class name, label name, id, group or split key, in bytes.
pub const MAX_NAME_BYTES: usize = 200;
/// Most classes, labels or levels that one task may have.
pub const MAX_CLASSES: usize = 256;
/// Most tasks in one data set.
pub const MAX_TASKS: usize = 4096;

/// One task: a question and how its answers are scored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskData {
    /// Identifier in the data file; unique within a data set.
    pub id: String,
    /// Display name; by default the identifier.
    pub name: String,
    /// What is predicted.
    pub head: HeadKind,
    /// Class names (softmax), rubric labels (sigmoid) or level names from the lowest upward (ordinal).
    pub labels: Vec<String>,
    /// The points of each level, in ascending order; empty unless the head is ordinal.
    #[serde(default)]
    pub points: Vec<i32>,
}

impl TaskData {
    /// Whether a score can belong to this task: right kind, index or length in range. A missing one always can.
    #[must_use]
    pub fn takes(&self, score: &Target) -> bool {
        self.head.takes(score, self.labels.len())
    }

    /// Collects (true, awarded) pairs of this task for metrics.
    ///
    /// # Errors
    ///
    /// When a class or level is missing or too large for the task.
    pub fn outcomes<'a>(
        &self,
        pairs: impl Iterator<Item = (&'a Target, &'a Target)> + Clone,
    ) -> Result<Outcomes> {
        Outcomes::new(self.head.scores(), self.labels.len(), &self.points, pairs)
            .with_context(|| format!("task `{}`", self.id))
    }
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Identifier, unique within its task; a hash of the texts if the file has no ids.
    pub id: String,
    /// Index into [`Dataset::tasks`].
    pub task: usize,
    /// What the student wrote. May be empty.
    pub text: String,
    /// The reference answer, for tasks that compare with one.
    pub reference: Option<String>,
    /// The question, if the file has it.
    pub question: Option<String>,
    /// The human score.
    pub target: Target,
    /// The score of a second rater, if the file has one and [`ReadOptions::second_scores`] asks for it.
    pub second: Target,
    /// Subgroup of the student, for statistics by group only.
    pub group: Option<String>,
    /// Answers with the same key (one student, one question …) stay in the same part of a split.
    pub split_key: Option<String>,
}

/// Answers and the tasks that they belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// The tasks, in natural order of their identifiers ("task-2" before "task-10") for a training file.
    pub tasks: Vec<TaskData>,
    /// The answers, in file order.
    pub answers: Vec<Answer>,
    /// BLAKE3 hash of the file's bytes, in hexadecimal; see [`Dataset::append`] for several files.
    pub blake3: String,
    /// Warnings about the file: missing scores, levels that no answer has.
    pub notes: Vec<String>,
}

impl Dataset {
    /// Index of the task with this identifier.
    #[must_use]
    pub fn task_index(&self, id: &str) -> Option<usize> {
        self.tasks.iter().position(|t| t.id == id)
    }

    /// Number of answers that have a human score.
    #[must_use]
    pub fn labelled(&self) -> usize {
        self.answers.iter().filter(|a| a.target != Target::Missing).count()
    }

    /// Indices of the answers of one task.
    pub fn of_task(&self, task: usize) -> impl Iterator<Item = usize> + '_ {
        self.answers.iter().enumerate().filter(move |(_, a)| a.task == task).map(|(i, _)| i)
    }

    /// The given answers, in the given order, as a data set with the same tasks and the same hash.
    ///
    /// # Panics
    ///
    /// When an index is out of range.
    #[must_use]
    pub fn subset(&self, indices: &[usize]) -> Self {
        Self {
            tasks: self.tasks.clone(),
            answers: indices.iter().map(|&i| self.answers[i].clone()).collect(),
            blake3: self.blake3.clone(),
            notes: Vec::new(),
        }
    }

    /// Adds the answers of a data set that was read against the same tasks.
    ///
    /// The hash becomes the hash of both hashes, so it depends on both files and on their order.
    ///
    /// # Errors
    ///
    /// When the tasks differ, or an answer has the same task and id as an existing one.
    pub fn append(&mut self, other: Self) -> Result<()> {
        ensure!(self.tasks == other.tasks, "two data sets with different tasks cannot be joined");
        let seen: std::collections::HashSet<(usize, &str)> =
            self.answers.iter().map(|a| (a.task, a.id.as_str())).collect();
        if let Some(row) = other.answers.iter().position(|a| seen.contains(&(a.task, a.id.as_str()))) {
            bail!(
                "answer {} of the second data set has the id of an answer in the first (task `{}`); give each answer its own id",
                row + 1,
                other.tasks[other.answers[row].task].id
            );
        }
        self.answers.extend(other.answers);
        self.notes.extend(other.notes);
        self.blake3 =
            blake3::hash(format!("{}{}", self.blake3, other.blake3).as_bytes()).to_hex().to_string();
        Ok(())
    }
}

impl Dataset {
    /// Adds the tasks and answers of another data set.
    ///
    /// # Errors
    ///
    /// When both data sets have a task with the same id, or there would be too many tasks.
    pub fn join(&mut self, other: Self) -> Result<()> {
        if let Some(duplicate) = other.tasks.iter().find(|t| self.task_index(&t.id).is_some()) {
            bail!(
                "both data sets have a task `{}`; rename one of them with `data.columns.fixed_task`",
                duplicate.id
            );
        }
        let first = self.tasks.len();
        ensure!(first + other.tasks.len() <= MAX_TASKS, "more than {MAX_TASKS} tasks in all data sets");
        self.tasks.extend(other.tasks);
        self.answers.extend(other.answers.into_iter().map(|a| Answer { task: a.task + first, ..a }));
        self.notes.extend(other.notes);
        self.blake3 =
            blake3::hash(format!("{} {}", self.blake3, other.blake3).as_bytes()).to_hex().to_string();
        Ok(())
    }
}

/// Format of a data file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// One JSON object per line (`.jsonl`, `.ndjson`).
    JsonLines,
    /// A table as text, with a header row (`.csv`, `.tsv`).
    Csv,
    /// A table in a spreadsheet (`.xlsx`, `.xls`, `.ods`).
    Spreadsheet,
}

impl Format {
    /// The format that a file's extension names.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_string_lossy().to_ascii_lowercase();
        match extension.as_str() {
            "jsonl" | "ndjson" | "json" => Some(Self::JsonLines),
            "csv" | "tsv" => Some(Self::Csv),
            "xlsx" | "xlsm" | "xlsb" | "xls" | "ods" => Some(Self::Spreadsheet),
            _ => None,
        }
    }
}

/// Names of the fields (JSON Lines) or columns (CSV).
///
/// A field left at `None` has the default name given below and may be absent from the file; a field that is named here
/// must occur. In tables, names match in any letter case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Columns {
    /// The answer; `text` by default, and in a table without `text`, the first column.
    pub text: Option<String>,
    /// The task's identifier; `task` by default.
    pub task: Option<String>,
    /// One task for every row; the task field is then ignored.
    pub fixed_task: Option<String>,
    /// The score, class or labels; by default the first of `score`, `label`, `labels` that the file has.
    pub target: Option<String>,
    /// Tables only: the columns that hold one rubric label each as 0 or 1; by default, without a target column, every
    /// column that has no other role.
    pub label_columns: Vec<String>,
    /// The score of a second rater, of the same form as the target; `score2` by default. It is read only where
    /// [`ReadOptions::second_scores`] is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score2: Option<String>,
    /// Lowest score of the row's task; `min_score` by default.
    pub min_score: Option<String>,
    /// Highest score of the row's task; `max_score` by default. If it is given without a lowest score, the scale begins
    /// at 0.
    pub max_score: Option<String>,
    /// The reference answer; `reference` by default.
    pub reference: Option<String>,
    /// The text of the question; `question` by default. No model reads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// The subgroup; `group` by default.
    pub group: Option<String>,
    /// The answer's identifier; `id` by default.
    pub id: Option<String>,
    /// The key that keeps answers together in a split; `split_key` by default.
    pub split_key: Option<String>,
    /// Reduces the split key to the part after the last such character: with '-', the id `q1-77` becomes `77`.
    pub split_key_after: Option<char>,
}

/// How a data file is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadOptions {
    /// Format; by default from the file's extension.
    pub format: Option<Format>,
    /// CSV only: the delimiter; detected by default.
    pub delimiter: Option<char>,
    /// JSON Lines and CSV: the encoding, by its usual name; by default UTF-8, or UTF-16 with a byte order mark.
    pub encoding: Option<String>,
    /// Spreadsheets only: the sheet; by default the only one with cells.
    pub sheet: Option<String>,
    /// Names of the fields.
    pub columns: Columns,
    /// Head kind of every task; by default numbers make ordinal tasks, names softmax tasks, label sets sigmoid tasks.
    pub head: Option<HeadKind>,
    /// Lowest and highest score of every ordinal task; by default from the score fields, otherwise from the scores.
    pub levels: Option<[i32; 2]>,
    /// The rows that are read: for each field that is named, the values of which it has one. A field that is missing or
    /// null has the value "". By default all rows are read.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub only: BTreeMap<String, Values>,
    /// Class, level or label names in order; needed for an ordinal task whose levels have names, and for one whose
    /// points have uneven gaps. Names that are whole numbers are the points of their levels.
    pub classes: Vec<String>,
    /// Whether human scores in the file are ignored.
    pub unscored: bool,
    /// Whether the scores of a second rater are read; the file must then have their field.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub second_scores: bool,
}

/// Reads a training file, which defines the tasks.
///
/// # Errors
///
/// When the file cannot be read, is not in the stated layout, or breaks a rule of this module.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Dataset> {
    read_file(path, options, None)
}

/// Reads a file whose tasks are known: a validation or test set, or answers without scores.
///
/// If there is only one task, a file without a task field belongs to it.
///
/// # Errors
///
/// As [`read`], and when a row names an unknown task, class or label, or a score outside the task's range.
pub fn read_for(path: &Path, options: &ReadOptions, tasks: &[TaskData]) -> Result<Dataset> {
    read_file(path, options, Some(tasks))
}

fn read_file(path: &Path, options: &ReadOptions, tasks: Option<&[TaskData]>) -> Result<Dataset> {
    let name = path.display().to_string();
    let size = std::fs::metadata(path).with_context(|| format!("{name}: cannot be opened"))?.len();
    ensure!(size <= MAX_FILE_BYTES, "{name}: {size} bytes, the limit is {MAX_FILE_BYTES}; split the file");
    let bytes = std::fs::read(path).with_context(|| format!("{name}: cannot be read"))?;
    let format = options.format.or_else(|| Format::of(path)).with_context(|| {
        format!("{name}: unknown file extension; set `data.format` to `json-lines`, `csv` or `spreadsheet`")
    })?;
    parse(&name, &bytes, format, options, tasks)
}

/// Reads a data file that is already in memory; messages call it `name`.
///
/// Without `tasks` the bytes define the tasks, as in [`read`]; with them they are read as in [`read_for`].
///
/// # Errors
///
/// As [`read`] and [`read_for`].
pub fn parse(
    name: &str,
    bytes: &[u8],
    format: Format,
    options: &ReadOptions,
    tasks: Option<&[TaskData]>,
) -> Result<Dataset> {
    let rows = match format {
        Format::JsonLines => {
            let text = pupil_tables::text(name, bytes.to_vec(), options.encoding.as_deref())
                .map_err(|e| raw::refused(&e))?;
            jsonl::rows(name, &text, options, tasks)?
        }
        Format::Csv | Format::Spreadsheet => table::rows(name, bytes, format, options, tasks)?,
    };
    let (tasks, answers, notes) = assemble::assemble(rows, options, tasks)?;
    let whole = blake3::hash(bytes).to_hex().to_string();
    let blake3 = if options.only.is_empty() {
        whole
    } else {
        let chosen = format!("{whole} {}", serde_json::to_string(&options.only)?);
        blake3::hash(chosen.as_bytes()).to_hex().to_string()
    };
    Ok(Dataset { tasks, answers, blake3, notes })
}
