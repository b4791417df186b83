//! Paired comparison of two systems.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use super::grid::{Grid, Style};
use super::pool::{Draw, Pool, Quantity};
use super::table::{NONE, figure, figure_with_deviation, figure_with_interval};
use super::{Estimate, Evaluation};
use pupil_metrics::{Bootstrap, Metric, Outcomes};

/// One side of a comparison, averaged over tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// Name of the system.
    pub system: String,
    /// Seed of each run.
    pub seeds: Vec<Option<u64>>,
    /// Arithmetic mean over tasks of each run.
    pub runs: Vec<f64>,
    /// Mean over the runs, with the interval of that mean.
    pub mean: Estimate,
    /// Standard deviation over the runs; absent for one run.
    pub deviation: Option<f64>,
}

/// A difference, first system minus second, of means over the runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The difference, with the interval of the paired bootstrap over rows.
    pub estimate: Estimate,
    /// Share of the replicates in which the first system is ahead; absent without replicates.
    pub ahead: Option<f64>,
}

/// Two systems on the same rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Name of the rows.
    pub split: String,
    /// What is compared.
    pub metric: Metric,
    /// The first system.
    pub first: Side,
    /// The second system.
    pub second: Side,
    /// Difference in each task, by task id, in the order of the data set.
    pub tasks: Vec<(String, Difference)>,
    /// Difference of the arithmetic means over tasks.
    pub mean: Difference,
    /// The same with all answers of one student, or to one question, drawn together; absent if no two answers share
    /// one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clustered: Option<Difference>,
    /// Difference of the Fisher-z means, for kappas and correlations.
    pub fisher: Option<Difference>,
    /// Difference of the arithmetic means by seed, if both systems have the same seeds.
    pub by_seed: BTreeMap<u64, f64>,
    /// Standard error of the difference from the choice of seeds alone: √(s₁²/n₁ + s₂²/n₂) of the runs' means; absent
    /// if a system has one run.
    pub seed_error: Option<f64>,
    /// Share of rows, over all tasks, on which both systems decide the same (all labels equal); present for runs that
    /// can be paired: by seed, or one run each.
    pub identical: Option<f64>,
}

/// Compares two systems, each given by one run or by several seeds, all on the same rows.
///
/// Without a metric, the main metric of the first task is used. Only tasks in which all runs have the metric are
/// included.
///
/// # Errors
///
/// When a side is empty or mixes systems, the runs scored different rows or splits, or no task has the metric.
pub fn compare(
    first: &[Evaluation],
    second: &[Evaluation],
    metric: Option<Metric>,
    bootstrap: &Bootstrap,
) -> Result<Comparison> {
    let found = compare_where_defined(first, second, metric, bootstrap)?;
    let wanted = metric.map_or("main metric".to_owned(), |m| format!("metric `{}`", m.name()));
    found.with_context(|| format!("there are no scored answers, or no task has the {wanted} in every run"))
}

/// Like [`compare`], but `None` if there is nothing to compare: no scored answers, or no task in which all runs have
/// the metric, for example because every answer has the same score.
///
/// # Errors
///
/// When a side is empty or mixes systems, or the runs scored different rows or splits.
pub fn compare_where_defined(
    first: &[Evaluation],
    second: &[Evaluation],
    metric: Option<Metric>,
    bootstrap: &Bootstrap,
) -> Result<Option<Comparison>> {
    let (a, b) = first.first().zip(second.first()).context("each side of a comparison needs a run")?;
    for (side, run) in [(first, a), (second, b)] {
        ensure!(
            side.iter().all(|e| e.run.system == run.run.system),
            "one side of a comparison mixes systems; give the seeds of one system"
        );
    }
    for run in first.iter().chain(second) {
        ensure!(
            run.rows_blake3 == a.rows_blake3 && run.run.split == a.run.split,
            "`{}` and `{}` were evaluated on different rows or splits",
            a.run.system,
            run.run.system
        );
    }
    let scored = || a.tasks.iter().find(|t| t.n > 0).map(|t| t.task.head.main_metric());
    let Some(metric) = metric.or_else(scored) else { return Ok(None) };
    let groups = [first.iter().collect(), second.iter().collect()];
    let pools = |draw: Draw| Pool::paired(&groups, metric, None, (bootstrap, draw));
    let Some(by_row) = pools(Draw::Rows) else { return Ok(None) };
    let [x, y] = &by_row[..] else { unreachable!("two groups make two pools") };
    let clustered = a.tasks.iter().any(|t| !t.clusters.is_empty()).then(|| pools(Draw::Clusters)).flatten();
    let clustered = clustered.map(|pools| difference(&pools[0].arithmetic, &pools[1].arithmetic, bootstrap));

    let side = |runs: &[Evaluation], quantity: &Quantity| Side {
        system: runs[0].run.system.clone(),
        seeds: runs.iter().map(|e| e.run.seed).collect(),
        runs: quantity.runs.clone(),
        mean: quantity.estimate(bootstrap),
        deviation: quantity.deviation(),
    };
    let seed_error = x.arithmetic.deviation().zip(y.arithmetic.deviation()).map(|(s, t)| {
        (s * s / x.arithmetic.runs.len() as f64 + t * t / y.arithmetic.runs.len() as f64).sqrt()
    });
    let pairs = pairs(first, second);
    let by_seed = pairs
        .iter()
        .filter_map(|&(i, j)| {
            first[i].run.seed.map(|seed| (seed, x.arithmetic.runs[i] - y.arithmetic.runs[j]))
        })
        .collect();
    Ok(Some(Comparison {
        split: a.run.split.clone(),
        metric,
        first: side(first, &x.arithmetic),
        second: side(second, &y.arithmetic),
        tasks: x
            .tasks
            .iter()
            .zip(&y.tasks)
            .map(|((id, p), (_, q))| (id.clone(), difference(p, q, bootstrap)))
            .collect(),
        mean: difference(&x.arithmetic, &y.arithmetic, bootstrap),
        clustered,
        fisher: x.fisher.as_ref().zip(y.fisher.as_ref()).map(|(p, q)| difference(p, q, bootstrap)),
        by_seed,
        seed_error,
        identical: identical(pairs.iter().map(|&(i, j)| (&first[i], &second[j]))),
    }))
}

fn difference(first: &Quantity, second: &Quantity, bootstrap: &Bootstrap) -> Difference {
    let replicates: Vec<f64> = first.replicates.iter().zip(&second.replicates).map(|(a, b)| a - b).collect();
    let defined = replicates.iter().filter(|d| !d.is_nan()).count();
    let ahead = replicates.iter().filter(|d| **d > 0.0).count();
    Difference {
        estimate: Estimate::new(first.value() - second.value(), &replicates, bootstrap),
        ahead: (defined > 0).then(|| ahead as f64 / defined as f64),
    }
}

/// Index pairs of runs: with the same seeds on both sides, or one run each.
fn pairs(first: &[Evaluation], second: &[Evaluation]) -> Vec<(usize, usize)> {
    if first.len() == 1 && second.len() == 1 {
        return vec![(0, 0)];
    }
    let found: Vec<(usize, usize)> = first
        .iter()
        .enumerate()
        .filter(|(_, e)| e.run.seed.is_some())
        .filter_map(|(i, e)| second.iter().position(|o| o.run.seed == e.run.seed).map(|j| (i, j)))
        .collect();
    if found.len() == first.len() && found.len() == second.len() { found } else { Vec::new() }
}

fn identical<'a>(pairs: impl Iterator<Item = (&'a Evaluation, &'a Evaluation)>) -> Option<f64> {
    let (mut equal, mut all) = (0, 0);
    for (first, second) in pairs {
        for (x, y) in first.tasks.iter().zip(&second.tasks) {
            all += x.n;
            equal += match (&x.outcomes, &y.outcomes) {
                (Outcomes::Single { predicted: p, .. }, Outcomes::Single { predicted: q, .. }) => {
                    p.iter().zip(q).filter(|(p, q)| p == q).count()
                }
                (Outcomes::Multi { predicted: p, .. }, Outcomes::Multi { predicted: q, .. }) => {
                    p.iter().zip(q).filter(|(p, q)| p == q).count()
                }
                _ => 0,
            };
        }
    }
    (all > 0).then(|| equal as f64 / all as f64)
}

impl Comparison {
    /// The comparison as a table with sentences below it.
    #[must_use]
    pub fn render(&self, style: Style) -> String {
        let metric = self.metric;
        let ahead =
            |d: &Difference| d.ahead.map_or(NONE.to_owned(), |share| format!("{:.1} %", share * 100.0));
        let row = |name: &str, d: &Difference| vec![name.to_owned(), signed(metric, &d.estimate), ahead(d)];
        let mut rows: Vec<Vec<String>> = self.tasks.iter().map(|(id, d)| row(id, d)).collect();
        rows.push(row("mean", &self.mean));
        rows.extend(self.clustered.iter().map(|d| row("mean, clustered", d)));
        rows.extend(self.fisher.iter().map(|d| row("Fisher mean", d)));

        let mut notes = Vec::new();
        for side in [&self.first, &self.second] {
            let quantity = Quantity { runs: side.runs.clone(), replicates: Vec::new() };
            let runs: Vec<String> = side.runs.iter().map(|v| figure(metric, *v)).collect();
            notes.push(match side.runs.len() {
                1 => format!("{}: mean {}.", side.system, figure_with_interval(metric, &side.mean)),
                n => format!(
                    "{}: mean {} over {n} seeds ({}).",
                    side.system,
                    figure_with_deviation(metric, &quantity),
                    runs.join(", ")
                ),
            });
        }
        if self.by_seed.len() > 1 {
            let list: Vec<String> =
                self.by_seed.iter().map(|(seed, d)| format!("{seed}: {}", plus(metric, *d))).collect();
            let better = self.by_seed.values().filter(|d| **d > 0.0).count();
            notes.push(format!(
                "Difference by seed: {}; ahead in {better} of {}.",
                list.join(", "),
                self.by_seed.len()
            ));
        }
        if let Some(error) = self.seed_error {
            notes.push(format!("Standard error from the choice of seeds alone: {}.", figure(metric, error)));
        }
        if let Some(share) = self.identical {
            notes.push(format!("Decided alike: {:.2} % of rows.", share * 100.0));
        }
        let scale = if metric == Metric::Smd { "" } else { " (x 100)" };
        let grid = Grid {
            title: format!(
                "{} minus {}: {} on {}{scale}, paired bootstrap",
                self.first.system,
                self.second.system,
                metric.title(),
                self.split
            ),
            header: ["task", "difference", "ahead in"].map(str::to_owned).to_vec(),
            rows,
            notes,
        };
        grid.render(style)
    }
}

impl Comparison {
    /// A warning if the first system is behind the second, on average or on some task; with the paired intervals.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        /// Tasks that are named.
        const NAMED: usize = 12;
        let metric = self.metric;
        let less = |d: &Difference| d.estimate.value < 0.0;
        let tasks: Vec<String> = self
            .tasks
            .iter()
            .filter(|(_, d)| less(d))
            .map(|(id, d)| format!("{id} {}", signed(metric, &d.estimate)))
            .collect();
        if tasks.is_empty() && !less(&self.mean) {
            return None;
        }
        let (first, second) = (&self.first.system, &self.second.system);
        let scale = if metric == Metric::Smd { "" } else { " (x 100)" };
        let mut text = format!(
            "warning: on {} {first} {} {second}: {} {}{scale}",
            self.split,
            if less(&self.mean) { "agrees less with people than" } else { "is not on every task ahead of" },
            metric.title(),
            signed(metric, &self.mean.estimate)
        );
        if self.tasks.len() > 1 {
            let more = tasks.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more tasks") } else { String::new() };
            let named = tasks[..tasks.len().min(NAMED)].join(", ");
            text += &format!(" on average over {} tasks", self.tasks.len());
            if !named.is_empty() {
                text += &format!("; behind on {named}{more}");
            }
        }
        Some(text)
    }
}

/// A figure that always has a sign.
fn plus(metric: Metric, value: f64) -> String {
    let text = figure(metric, value);
    if text.starts_with('-') || text == NONE { text } else { format!("+{text}") }
}

/// A difference with its sign, and its interval if there is one.
pub(super) fn signed(metric: Metric, estimate: &Estimate) -> String {
    let value = plus(metric, estimate.value);
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format!("{value} [{}, {}]", plus(metric, low), plus(metric, high)),
        _ => value,
    }
}
