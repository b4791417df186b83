//! Several runs of one system, resampled together.

use rayon::prelude::*;

use super::{Estimate, Evaluation, TaskEvaluation};
use crate::head::HeadKind;
use pupil_metrics::resample::{Clusters, IntervalKind, Resamples};
use pupil_metrics::{Bootstrap, Metric, fisher_mean, mean};

/// One quantity over runs and replicates.
#[derive(Clone, Debug)]
pub(super) struct Quantity {
    /// The value of each run.
    pub(super) runs: Vec<f64>,
    /// The mean over runs in each replicate; empty if the runs scored different rows.
    pub(super) replicates: Vec<f64>,
}

impl Quantity {
    /// Mean over the runs, with the interval of that mean.
    pub(super) fn estimate(&self, bootstrap: &Bootstrap) -> Estimate {
        Estimate::new(self.value(), &self.replicates, bootstrap)
    }

    /// Mean over the runs.
    pub(super) fn value(&self) -> f64 {
        mean(self.runs.iter().copied()).unwrap_or(f64::NAN)
    }

    /// Standard deviation over the runs (n − 1 in the denominator); `None` for one run.
    pub(super) fn deviation(&self) -> Option<f64> {
        let n = self.runs.len();
        let centre = self.value();
        (n > 1)
            .then(|| (self.runs.iter().map(|v| (v - centre).powi(2)).sum::<f64>() / (n as f64 - 1.0)).sqrt())
    }
}

/// What a replicate draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Draw {
    /// Single answers.
    Rows,
    /// All answers of one student, or to one question, together; where there are no such clusters, single answers.
    Clusters,
}

/// The metric of a task in every replicate; NaN where it is not defined.
fn replicates(task: &TaskEvaluation, metric: Metric, bootstrap: &Bootstrap, draw: Draw) -> Vec<f64> {
    if draw == Draw::Rows || task.clusters.is_empty() {
        return bootstrap.replicates_of(&task.outcomes, &[metric], &task.task.id).remove(0);
    }
    let keys: Vec<Option<u32>> = task.clusters.iter().copied().map(Some).collect();
    let value = |rows: &[usize]| {
        vec![task.outcomes.tally_of(rows.iter().copied()).metric(metric).unwrap_or(f64::NAN)]
    };
    let (clusters, kind) = (Clusters::by_key(&keys), IntervalKind::Percentile);
    Resamples::of(bootstrap, &task.task.id, &clusters, kind, value).replicates.remove(0)
}

/// A metric of one or more runs, by task and averaged over tasks.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    /// Tasks in which the metric is defined for every run.
    pub(super) tasks: Vec<(String, Quantity)>,
    /// Arithmetic mean over those tasks.
    pub(super) arithmetic: Quantity,
    /// Fisher-z mean over those tasks, for the metrics that have one.
    pub(super) fisher: Option<Quantity>,
}

impl Pool {
    /// Pools runs over the tasks of one head kind, or of all; `None` if no task has the metric in all runs.
    pub(super) fn new(
        runs: &[&Evaluation],
        metric: Metric,
        head: Option<HeadKind>,
        how: (&Bootstrap, Draw),
    ) -> Option<Self> {
        Self::paired(&[runs.to_vec()], metric, head, how).map(|mut pools| pools.remove(0))
    }

    /// Pools several groups of runs over the tasks in which the metric is defined for all runs, also in each replicate.
    pub(super) fn paired(
        groups: &[Vec<&Evaluation>],
        metric: Metric,
        head: Option<HeadKind>,
        (bootstrap, draw): (&Bootstrap, Draw),
    ) -> Option<Vec<Self>> {
        let all: Vec<&Evaluation> = groups.iter().flatten().copied().collect();
        let first = all.first()?;
        let wanted = |t: &&TaskEvaluation| {
            head.is_none_or(|h| t.task.head == h)
                && all.iter().all(|e| task(e, &t.task.id).is_some_and(|t| t.metrics.contains_key(&metric)))
        };
        let ids: Vec<&str> = first.tasks.iter().filter(wanted).map(|t| t.task.id.as_str()).collect();
        if ids.is_empty() {
            return None;
        }
        let same_rows = all.iter().all(|e| e.rows_blake3 == first.rows_blake3);
        let number = if same_rows { bootstrap.replicates } else { 0 };
        let bootstrap = Bootstrap { replicates: number, ..*bootstrap };

        // Indexed by run, then task.
        let cells: Vec<Vec<(f64, Vec<f64>)>> = all
            .par_iter()
            .map(|run| {
                ids.iter()
                    .filter_map(|id| task(run, id))
                    .map(|t| (t.metrics[&metric].value, replicates(t, metric, &bootstrap, draw)))
                    .collect()
            })
            .collect();
        let defined: Vec<Vec<usize>> = (0..number)
            .map(|b| (0..ids.len()).filter(|&t| cells.iter().all(|run| !run[t].1[b].is_nan())).collect())
            .collect();
        let over_tasks = |run: &[(f64, Vec<f64>)], average: &dyn Fn(Vec<f64>) -> Option<f64>| {
            let value = average(run.iter().map(|c| c.0).collect()).unwrap_or(f64::NAN);
            let values: Vec<f64> = defined
                .iter()
                .enumerate()
                .map(|(b, tasks)| average(tasks.iter().map(|&t| run[t].1[b]).collect()).unwrap_or(f64::NAN))
                .collect();
            (value, values)
        };

        let mut pools = Vec::with_capacity(groups.len());
        let mut rest = cells.as_slice();
        for group in groups {
            let (runs, others) = rest.split_at(group.len());
            rest = others;
            let tasks = ids
                .iter()
                .enumerate()
                .map(|(t, id)| {
                    ((*id).to_owned(), quantity(runs.iter().map(|r| (r[t].0, r[t].1.clone())), number))
                })
                .collect();
            let arithmetic = quantity(runs.iter().map(|r| over_tasks(r, &|v| mean(v))), number);
            let fisher = metric
                .has_fisher_mean()
                .then(|| quantity(runs.iter().map(|r| over_tasks(r, &|v| fisher_mean(v))), number));
            pools.push(Self { tasks, arithmetic, fisher });
        }
        Some(pools)
    }
}

fn task<'a>(evaluation: &'a Evaluation, id: &str) -> Option<&'a TaskEvaluation> {
    evaluation.tasks.iter().find(|t| t.task.id == id)
}

fn quantity(runs: impl Iterator<Item = (f64, Vec<f64>)>, replicates: usize) -> Quantity {
    let (values, all): (Vec<f64>, Vec<Vec<f64>>) = runs.unzip();
    let n = values.len() as f64;
    let replicates = (0..replicates).map(|b| all.iter().map(|r| r[b]).sum::<f64>() / n).collect();
    Quantity { runs: values, replicates }
}
