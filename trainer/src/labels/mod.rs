//! Probabilities of a teacher or a student model, row by row, in memory and as CSV.
//!
//! One CSV file holds all tasks. Its columns are `sample_index,id,task`, optionally `text`, then `true_X`, `pred_X` and
//! `prob_X` for every class, level or label name `X` that any task has. A row fills the columns of its own task and
//! leaves the others blank; tasks that share a name (levels 0, 1, 2 …) share its columns. `true_X` and `pred_X` are 0
//! or 1; all `true_X` are blank if the answer has no human score. Numbers are written so that reading gives the same
//! value.
//!
//! The companion of `labels.csv` is `labels.csv.json` ([`Provenance`]): the tasks, and the hashes of teacher, data and
//! CSV. With it a label file can be reused instead of made again ([`cached`]).
//!
//! Files of other tools are read too ([`read_for`]): `sample_index,[text],true_*,pred_*,prob_*`, or probabilities in
//! columns named `p(LABEL=yes)`, one file per task.

mod merge;
pub mod mix;
mod read;
#[cfg(test)]
mod tests;
mod vectors;
mod write;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

pub use merge::Merge;
pub use read::{Names, cached, read, read_for};
pub use vectors::Vectors;
pub use write::write;

use crate::data::{Dataset, Target, TaskData};

/// The prediction of a system for one answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// Index of the answer in its data set.
    pub index: usize,
    /// Identifier of the answer, unique within its task.
    pub id: String,
    /// Index of the task.
    pub task: usize,
    /// Subgroup of the student, for statistics by group; not written to label files.
    pub group: Option<String>,
    /// What the answer shares with others that no interval may take for independent: its student or its question. Not
    /// written to label files.
    pub cluster: Option<String>,
    /// The human score.
    pub target: Target,
    /// What the system awards; never [`Target::Missing`].
    pub predicted: Target,
    /// One probability per class, level or label of the task; classes and levels sum to 1.
    pub probabilities: Vec<f32>,
}

impl Scored {
    /// The prediction for answer `index` of a data set; [`decide`] makes the award from the probabilities.
    ///
    /// # Panics
    ///
    /// When the index is out of range, or the number of probabilities is not that of the task's labels.
    #[must_use]
    pub fn new(dataset: &Dataset, index: usize, probabilities: Vec<f32>) -> Self {
        let answer = &dataset.answers[index];
        let predicted = decide(&dataset.tasks[answer.task], &probabilities);
        Self::with_award(dataset, index, probabilities, predicted)
    }

    /// The prediction for answer `index` of a data set, with a given award (from tuned thresholds or the engine).
    ///
    /// # Panics
    ///
    /// As [`Scored::new`], and when the award does not fit the task.
    #[must_use]
    pub fn with_award(dataset: &Dataset, index: usize, probabilities: Vec<f32>, predicted: Target) -> Self {
        let answer = &dataset.answers[index];
        let task = &dataset.tasks[answer.task];
        assert_eq!(probabilities.len(), task.labels.len(), "one probability per class, level or label");
        assert!(predicted != Target::Missing && task.takes(&predicted), "the award must fit the task");
        Self {
            index,
            id: answer.id.clone(),
            task: answer.task,
            group: answer.group.clone(),
            cluster: answer.split_key.clone(),
            target: answer.target.clone(),
            predicted,
            probabilities,
        }
    }
}

/// Predictions of one system on one data set.
#[derive(Clone, Debug, PartialEq)]
pub struct Labels {
    /// The tasks that [`Scored::task`] indexes.
    pub tasks: Vec<TaskData>,
    /// The predictions.
    pub rows: Vec<Scored>,
}

impl Labels {
    /// The probabilities of every answer of a data set, by task and id; `None` for an answer without a prediction.
    ///
    /// # Errors
    ///
    /// When the tasks of the data set differ from these.
    pub fn aligned<'a>(&'a self, dataset: &Dataset) -> Result<Vec<Option<&'a [f32]>>> {
        ensure!(self.tasks == dataset.tasks, "the labels belong to other tasks than the data set");
        let by_id: HashMap<(usize, &str), &[f32]> =
            self.rows.iter().map(|r| ((r.task, r.id.as_str()), r.probabilities.as_slice())).collect();
        Ok(dataset.answers.iter().map(|a| by_id.get(&(a.task, a.id.as_str())).copied()).collect())
    }
}

/// The origin of a label file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Display name of the teacher.
    pub teacher: String,
    /// BLAKE3 hash of the teacher's file or files, in hexadecimal.
    pub teacher_blake3: String,
    /// BLAKE3 hash of the data set ([`Dataset::blake3`]).
    pub data_blake3: String,
    /// Tool and version that wrote the file.
    pub created_by: String,
    /// The tasks, in the order in which rows of the CSV may name them. Filled in by [`write()`].
    #[serde(default)]
    pub tasks: Vec<TaskData>,
    /// Number of rows. Filled in by [`write()`].
    #[serde(default)]
    pub rows: usize,
    /// BLAKE3 hash of the CSV's bytes. Filled in by [`write()`].
    #[serde(default)]
    pub labels_blake3: String,
}

/// Path of the companion file: the CSV's path with `.json` added.
#[must_use]
pub fn companion(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".json");
    name.into()
}

/// The award from probabilities by plain rules.
///
/// Softmax: the class with the highest probability, the first one on a tie. Sigmoid: each label whose probability is at
/// least 0.5. Ordinal: the level nearest to the expected level, the higher one on a tie.
///
/// # Panics
///
/// When the number of probabilities is not that of the task's labels.
#[must_use]
pub fn decide(task: &TaskData, probabilities: &[f32]) -> Target {
    assert_eq!(probabilities.len(), task.labels.len(), "one probability per class, level or label");
    task.head.plain_award(probabilities)
}

/// The mean of several teachers: probabilities averaged with equal weight, awards by [`decide`].
///
/// Rows are matched by task and id, and returned in the order of the first teacher.
///
/// # Errors
///
/// When there is no teacher, or they differ in tasks, rows or human scores.
pub fn average(teachers: &[Labels]) -> Result<Labels> {
    let Some((first, others)) = teachers.split_first() else { anyhow::bail!("no teachers to average") };
    let mut sums: Vec<Vec<f64>> =
        first.rows.iter().map(|r| r.probabilities.iter().map(|p| f64::from(*p)).collect()).collect();
    for (number, other) in others.iter().enumerate() {
        let number = number + 2;
        ensure!(other.tasks == first.tasks, "teacher {number} has other tasks than teacher 1");
        ensure!(
            other.rows.len() == first.rows.len(),
            "teacher {number} has {} rows, teacher 1 has {}",
            other.rows.len(),
            first.rows.len()
        );
        let by_id: HashMap<(usize, &str), &Scored> =
            other.rows.iter().map(|r| ((r.task, r.id.as_str()), r)).collect();
        for (i, (row, sum)) in first.rows.iter().zip(&mut sums).enumerate() {
            let same = by_id.get(&(row.task, row.id.as_str()));
            let Some(same) = same.filter(|t| t.target == row.target) else {
                anyhow::bail!(
                    "teacher {number} lacks row {} of teacher 1, or has a different human score for it",
                    i + 1
                );
            };
            for (s, p) in sum.iter_mut().zip(&same.probabilities) {
                *s += f64::from(*p);
            }
        }
    }
    let rows = first
        .rows
        .iter()
        .zip(sums)
        .map(|(row, sum)| {
            #[expect(clippy::cast_possible_truncation, reason = "rounding to f32 is meant")]
            let probabilities: Vec<f32> = sum.iter().map(|s| (s / teachers.len() as f64) as f32).collect();
            let predicted = decide(&first.tasks[row.task], &probabilities);
            Scored { predicted, probabilities, ..row.clone() }
        })
        .collect();
    Ok(Labels { tasks: first.tasks.clone(), rows })
}
