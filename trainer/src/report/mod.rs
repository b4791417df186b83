//! Evaluation of systems: figures with intervals, tables, paired comparisons.
//!
//! [`evaluate`] turns predictions ([`Scored`]) into an [`Evaluation`]. The predictions may be those of a teacher, a
//! float student model or a quantized one, in memory or from a label file. An evaluation is JSON and keeps the awards
//! of every row (indices only, no text, no ids), so that later evaluations can be compared with it on the same rows.
//!
//! ```
//! use pupil_trainer::data::{Target, TaskData};
//! use pupil_trainer::head::HeadKind;
//! use pupil_trainer::labels::Scored;
//! use pupil_metrics::{Bootstrap, Metric};
//! use pupil_trainer::report::{Run, evaluate, table};
//!
//! let levels = ["0", "1", "2"].map(String::from).to_vec();
//! let (id, name) = ("rust".into(), "Rust".into());
//! let task = TaskData { id, name, head: HeadKind::Ordinal, labels: levels, points: vec![0, 1, 2] };
//! let rows: Vec<Scored> = [(0, 0), (1, 1), (2, 1), (2, 2), (0, 0)]
//!     .iter()
//!     .enumerate()
//!     .map(|(index, &(truth, award))| Scored {
//!         index,
//!         id: index.to_string(),
//!         task: 0,
//!         group: None,
//!         cluster: None,
//!         target: Target::Level(truth),
//!         predicted: Target::Level(award),
//!         probabilities: Vec::new(),
//!     })
//!     .collect();
//! let run = Run { system: "student".into(), split: "test".into(), seed: Some(1) };
//! let evaluation = evaluate(run, &[task], &rows, &Bootstrap::default())?;
//! assert!((evaluation.tasks[0].metrics[&Metric::Qwk].value - 6.0 / 7.0).abs() < 1e-12);
//! println!("{}", table(&[evaluation]));
//! # anyhow::Ok(())
//! ```

mod advice;
mod compare;
mod experts;
mod grid;
mod pool;
mod study;
mod table;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

pub use advice::{advice, how_to_follow};
pub use compare::{Comparison, Difference, Side, compare, compare_where_defined};
pub use experts::{ExpertUse, expert_map, expert_table};
pub use grid::Style;
pub(crate) use grid::{Grid, render_all};
pub use study::{StudyRow, study_table};
pub use table::{detail, markdown, table};

use crate::data::{Target, TaskData};
use crate::files;
use crate::labels::Scored;
use pool::{Draw, Pool};
use pupil_metrics::{
    Bootstrap, Calibration, ClassScore, Confusion, Metric, Outcomes, Tally, calibration, class_scores,
    label_scores,
};

/// What was evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Name of the system; runs that differ only in their seed share it.
    pub system: String,
    /// Name of the rows: "validation", "test", "test-unseen-questions" …
    pub split: String,
    /// Seed of the training, if there was one.
    pub seed: Option<u64>,
}

/// A value and its bootstrap interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The value on the rows themselves.
    pub value: f64,
    /// Lower end; absent if too few replicates are defined, or none was requested.
    pub low: Option<f64>,
    /// Upper end; present if `low` is.
    pub high: Option<f64>,
}

impl Estimate {
    fn new(value: f64, replicates: &[f64], bootstrap: &Bootstrap) -> Self {
        let (low, high) = bootstrap.interval(replicates).unzip();
        Self { value, low, high }
    }
}

/// Agreement within one subgroup of students.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupScore {
    /// The subgroup, as the data file names it.
    pub group: String,
    /// Number of scored answers.
    pub n: usize,
    /// Share of equal decisions.
    pub accuracy: Option<f64>,
    /// The task's main metric within the group.
    pub main: Option<f64>,
    /// Difference of standardized means: the group's mean of z(awarded) − z(true), where z is taken over all answers
    /// of the task; rubric labels count as their number. RSMTool flags values beyond ±0.1.
    pub standardized_difference: Option<f64>,
}

/// One task of an evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskEvaluation {
    /// The task.
    pub task: TaskData,
    /// Number of scored answers.
    pub n: usize,
    /// Every metric that is defined, with its interval.
    pub metrics: BTreeMap<Metric, Estimate>,
    /// One score per class, level or label; recall is the agreement at that level.
    pub classes: Vec<ClassScore>,
    /// One table (classes, levels), or one 2 × 2 table per label.
    pub confusion: Vec<Confusion>,
    /// Cohen's kappa of every label; empty unless the head is sigmoid.
    pub label_kappas: Vec<Option<f64>>,
    /// Calibration of the probabilities; absent if there are none.
    pub calibration: Option<Calibration>,
    /// Subgroups in alphabetical order; empty if the data has none.
    pub groups: Vec<GroupScore>,
    /// True and awarded decisions, ordered by the answers' ids.
    pub outcomes: Outcomes,
    /// For each of those, which student or question it is of, as a number; empty if all differ, or all are of one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clusters: Vec<u32>,
}

impl TaskEvaluation {
    fn is_sound(&self) -> bool {
        let rows = self.outcomes.len();
        self.outcomes.is_sound() && rows == self.n && [0, rows].contains(&self.clusters.len())
    }
}

/// A metric averaged over the tasks in which it is defined, with equal weight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeanOverTasks {
    /// Number of tasks included.
    pub tasks: usize,
    /// Arithmetic mean.
    pub arithmetic: Estimate,
    /// Mean by Fisher's z, for kappas and correlations.
    pub fisher: Option<Estimate>,
}

/// Figures of one system on one set of rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// What was evaluated.
    pub run: Run,
    /// How the intervals were computed.
    pub bootstrap: Bootstrap,
    /// Hash of tasks, answer ids and human scores; evaluations that share it can be compared pairwise.
    pub rows_blake3: String,
    /// The tasks, in the order of the data set; one without scored answers has `n` = 0 and no metrics.
    pub tasks: Vec<TaskEvaluation>,
    /// Means over tasks; intervals resample the rows inside each task.
    pub means: BTreeMap<Metric, MeanOverTasks>,
}

impl Evaluation {
    /// Writes the evaluation as JSON, completely or not at all.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let mut json = serde_json::to_vec(self)?;
        json.push(b'\n');
        files::write(path, &json)
    }

    /// Reads an evaluation.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or does not hold a consistent evaluation.
    pub fn read(path: &Path) -> Result<Self> {
        let name = path.display();
        let json = std::fs::read(path).with_context(|| format!("{name}: cannot be read"))?;
        let evaluation: Self =
            serde_json::from_slice(&json).with_context(|| format!("{name}: not an evaluation"))?;
        ensure!(
            evaluation.tasks.iter().all(TaskEvaluation::is_sound),
            "{name}: the rows of a task are damaged"
        );
        Ok(evaluation)
    }
}

/// Evaluates predictions; skips those without a human score.
///
/// The order of the rows does not matter.
///
/// # Errors
///
/// When a prediction does not fit its task, or two are for the same answer.
pub fn evaluate(run: Run, tasks: &[TaskData], rows: &[Scored], bootstrap: &Bootstrap) -> Result<Evaluation> {
    let mut by_task: Vec<Vec<&Scored>> = vec![Vec::new(); tasks.len()];
    let mut seen = HashSet::new();
    for (i, row) in rows.iter().enumerate() {
        let task = tasks.get(row.task).with_context(|| format!("prediction {}: unknown task", i + 1))?;
        ensure!(
            task.takes(&row.target) && task.takes(&row.predicted) && row.predicted != Target::Missing,
            "prediction {}: the score or the award does not fit task `{}`",
            i + 1,
            task.id
        );
        ensure!(
            row.probabilities.is_empty() || row.probabilities.len() == task.labels.len(),
            "prediction {}: {} probabilities, task `{}` has {} labels",
            i + 1,
            row.probabilities.len(),
            task.id,
            task.labels.len()
        );
        ensure!(
            seen.insert((row.task, row.id.as_str())),
            "prediction {}: the same answer of task `{}` as in an earlier one",
            i + 1,
            task.id
        );
        if row.target != Target::Missing {
            by_task[row.task].push(row);
        }
    }

    let mut hash = blake3::Hasher::new();
    let mut evaluated = Vec::with_capacity(tasks.len());
    for (task, mut rows) in tasks.iter().zip(by_task) {
        rows.sort_by(|a, b| a.id.cmp(&b.id));
        hash.update(&serde_json::to_vec(task)?);
        for row in &rows {
            hash.update(&serde_json::to_vec(&(&row.id, &row.target))?);
        }
        evaluated.push(evaluate_task(task, &rows, bootstrap)?);
    }
    let mut evaluation = Evaluation {
        run,
        bootstrap: *bootstrap,
        rows_blake3: hash.finalize().to_hex().to_string(),
        tasks: evaluated,
        means: BTreeMap::new(),
    };
    let metrics: std::collections::BTreeSet<Metric> =
        evaluation.tasks.iter().flat_map(|t| t.metrics.keys().copied()).collect();
    for metric in metrics {
        if let Some(pool) = Pool::new(&[&evaluation], metric, None, (bootstrap, Draw::Rows)) {
            let mean = MeanOverTasks {
                tasks: pool.tasks.len(),
                arithmetic: pool.arithmetic.estimate(bootstrap),
                fisher: pool.fisher.map(|f| f.estimate(bootstrap)),
            };
            evaluation.means.insert(metric, mean);
        }
    }
    Ok(evaluation)
}

fn evaluate_task(task: &TaskData, rows: &[&Scored], bootstrap: &Bootstrap) -> Result<TaskEvaluation> {
    let outcomes = task.outcomes(rows.iter().map(|r| (&r.target, &r.predicted)))?;
    let tally = outcomes.tally();
    let names = task.head.metrics();
    let mut metrics = BTreeMap::new();
    if !rows.is_empty() {
        let replicates = bootstrap.replicates_of(&outcomes, names, &task.id);
        for (metric, replicates) in names.iter().zip(&replicates) {
            if let Some(value) = tally.metric(*metric) {
                metrics.insert(*metric, Estimate::new(value, replicates, bootstrap));
            }
        }
    }
    let (classes, confusion, label_kappas) = match tally {
        Tally::Single { confusion, .. } => (class_scores(&confusion), vec![confusion], Vec::new()),
        Tally::Multi { labels, .. } => {
            let kappas = labels.iter().map(pupil_metrics::kappa).collect();
            (label_scores(&labels), labels, kappas)
        }
    };
    Ok(TaskEvaluation {
        task: task.clone(),
        n: rows.len(),
        metrics,
        classes,
        confusion,
        label_kappas,
        calibration: calibration(rows.iter().map(|r| (&r.target, &r.predicted, r.probabilities.as_slice()))),
        groups: groups(task, rows, &outcomes),
        clusters: clusters(rows),
        outcomes,
    })
}

/// Numbers of the rows' clusters; none if no cluster has several rows, or one has all.
fn clusters(rows: &[&Scored]) -> Vec<u32> {
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let mut next = 0;
    let of: Vec<u32> = rows
        .iter()
        .map(|row| {
            let fresh = next;
            let number = match &row.cluster {
                Some(cluster) => *numbers.entry(cluster).or_insert(fresh),
                None => fresh,
            };
            next += u32::from(number == fresh);
            number
        })
        .collect();
    if next <= 1 || next as usize == rows.len() { Vec::new() } else { of }
}

fn groups(task: &TaskData, rows: &[&Scored], outcomes: &Outcomes) -> Vec<GroupScore> {
    let mut members: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, row) in rows.iter().enumerate() {
        if let Some(group) = &row.group {
            members.entry(group).or_default().push(i);
        }
    }
    if members.is_empty() {
        return Vec::new();
    }
    let truth = standardized(rows.iter().map(|r| &r.target));
    let award = standardized(rows.iter().map(|r| &r.predicted));
    members
        .into_iter()
        .map(|(group, rows)| {
            let tally = outcomes.tally_of(rows.iter().copied());
            let difference = truth.as_ref().zip(award.as_ref()).filter(|_| !task.head.is_classes());
            GroupScore {
                group: group.to_owned(),
                n: rows.len(),
                accuracy: tally.metric(Metric::Accuracy),
                main: tally.metric(task.head.main_metric()),
                standardized_difference: difference.map(|(truth, award)| {
                    rows.iter().map(|&i| award[i] - truth[i]).sum::<f64>() / rows.len() as f64
                }),
            }
        })
        .collect()
}

/// Scores in standard deviations from their mean; `None` if they do not vary.
fn standardized<'a>(targets: impl Iterator<Item = &'a Target>) -> Option<Vec<f64>> {
    let scores: Vec<f64> = targets
        .map(|t| match t {
            Target::Class(i) | Target::Level(i) => *i as f64,
            Target::Labels(labels) => labels.iter().filter(|on| **on).count() as f64,
            Target::Missing => 0.0,
        })
        .collect();
    let n = scores.len() as f64;
    let mean = scores.iter().sum::<f64>() / n;
    let deviation = (scores.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / n).sqrt();
    (deviation > 0.0).then(|| scores.iter().map(|s| (s - mean) / deviation).collect())
}
