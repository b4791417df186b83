//! Tables of systems, and details of one evaluation.

use super::grid::{Grid, Style, render_all};
use super::pool::{Draw, Pool, Quantity};
use super::{Estimate, Evaluation, TaskEvaluation};
use crate::head::HeadKind;
use pupil_metrics::{Bootstrap, Metric};

/// The cell of an undefined figure.
pub(super) const NONE: &str = "–";

/// Aligned tables for a terminal: systems by tasks in the main metric, then systems by metrics.
///
/// There is one pair of tables per split and head kind. Runs of one system that differ in their seed share a row: mean
/// ± standard deviation over the seeds. Figures are multiplied by 100, except SMD. Brackets hold the bootstrap
/// interval; with several seeds it is that of their mean, and it is omitted if the seeds scored different rows.
#[must_use]
pub fn table(systems: &[Evaluation]) -> String {
    render_all(&grids(systems), Style::Text)
}

/// The tables of [`table`] in Markdown.
#[must_use]
pub fn markdown(systems: &[Evaluation]) -> String {
    render_all(&grids(systems), Style::Markdown)
}

/// Everything about one evaluation: each task's metrics, agreement by level, confusion and subgroups.
#[must_use]
pub fn detail(evaluation: &Evaluation, style: Style) -> String {
    let mut grids = Vec::new();
    for task in &evaluation.tasks {
        grids.push(metric_grid(evaluation, task));
        if task.n > 0 {
            grids.push(class_grid(task));
        }
        if !task.groups.is_empty() {
            grids.push(group_grid(task));
        }
    }
    render_all(&grids, style)
}

/// A figure, formatted for tables.
pub(super) fn figure(metric: Metric, value: f64) -> String {
    if value.is_nan() {
        NONE.to_owned()
    } else if metric == Metric::Smd {
        // Adding 0 turns -0 into 0.
        format!("{:.3}", (value * 1000.0).round() / 1000.0 + 0.0)
    } else {
        format!("{:.1}", (value * 1000.0).round() / 10.0 + 0.0)
    }
}

/// A figure with its interval.
pub(super) fn figure_with_interval(metric: Metric, estimate: &Estimate) -> String {
    format!("{}{}", figure(metric, estimate.value), interval(metric, estimate))
}

/// The interval in brackets after a space; empty if there is none.
fn interval(metric: Metric, estimate: &Estimate) -> String {
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format!(" [{}, {}]", figure(metric, low), figure(metric, high)),
        _ => String::new(),
    }
}

/// A figure with its deviation over seeds.
pub(super) fn figure_with_deviation(metric: Metric, quantity: &Quantity) -> String {
    let value = figure(metric, quantity.value());
    match quantity.deviation() {
        Some(deviation) => format!("{value} ± {}", figure(metric, deviation)),
        None => value,
    }
}

/// Runs of one system on one split.
struct System<'a> {
    name: String,
    runs: Vec<&'a Evaluation>,
}

fn grids(systems: &[Evaluation]) -> Vec<Grid> {
    let mut grids = Vec::new();
    let mut splits: Vec<&str> = Vec::new();
    for evaluation in systems {
        if !splits.contains(&evaluation.run.split.as_str()) {
            splits.push(&evaluation.run.split);
        }
    }
    for split in splits {
        let mut rows: Vec<System<'_>> = Vec::new();
        for evaluation in systems.iter().filter(|e| e.run.split == split) {
            match rows.iter_mut().find(|s| s.name == evaluation.run.system) {
                Some(system) => system.runs.push(evaluation),
                None => rows.push(System { name: evaluation.run.system.clone(), runs: vec![evaluation] }),
            }
        }
        let tasks = || rows.iter().flat_map(|s| &s.runs).flat_map(|e| &e.tasks);
        let mut kinds: Vec<HeadKind> = tasks().map(|t| t.task.head).collect();
        kinds.sort_by_key(|kind| kind.order());
        kinds.dedup();
        for head in kinds {
            let scored = |t: &&TaskEvaluation| t.task.head == head && t.n > 0;
            let mut tasks: Vec<&str> = Vec::new();
            for task in rows.iter().flat_map(|s| &s.runs).flat_map(|e| e.tasks.iter().filter(scored)) {
                if !tasks.contains(&task.task.id.as_str()) {
                    tasks.push(&task.task.id);
                }
            }
            if !tasks.is_empty() {
                grids.push(task_grid(split, head, &tasks, &rows));
                grids.push(overview_grid(split, head, &rows));
            }
        }
    }
    grids
}

fn pool_of(
    system: &System<'_>,
    metric: Metric,
    head: HeadKind,
    replicates: usize,
    draw: Draw,
) -> Option<Pool> {
    let bootstrap = Bootstrap { replicates, ..system.runs[0].bootstrap };
    Pool::new(&system.runs, metric, Some(head), (&bootstrap, draw))
}

fn task_grid(split: &str, head: HeadKind, tasks: &[&str], systems: &[System<'_>]) -> Grid {
    let metric = head.main_metric();
    let mut header = vec!["system".to_owned()];
    header.extend(tasks.iter().map(|t| (*t).to_owned()));
    header.push("mean".to_owned());
    let has_clusters =
        |e: &&Evaluation| e.tasks.iter().any(|t| t.task.head == head && !t.clusters.is_empty());
    let clustered = systems.iter().any(|s| s.runs.iter().any(has_clusters));
    if clustered {
        header.push("clustered".to_owned());
    }
    if metric.has_fisher_mean() {
        header.push("Fisher mean".to_owned());
    }
    let mut rows = Vec::new();
    let mut notes = Vec::new();
    if clustered {
        notes.push(
            "clustered: the interval, with all answers of one student or to one question drawn together."
                .into(),
        );
    }
    for system in systems {
        let mut row = vec![named(system)];
        let replicates = system.runs[0].bootstrap.replicates;
        match pool_of(system, metric, head, replicates, Draw::Rows) {
            Some(pool) => {
                for task in tasks {
                    let found = pool.tasks.iter().find(|(id, _)| id == task);
                    row.push(found.map_or(NONE.to_owned(), |(_, q)| figure_with_deviation(metric, q)));
                }
                row.push(over_tasks(system, metric, &pool.arithmetic));
                if clustered {
                    let pool = pool_of(system, metric, head, replicates, Draw::Clusters);
                    let estimate = pool.map(|pool| pool.arithmetic.estimate(&system.runs[0].bootstrap));
                    let ends = estimate.map(|e| interval(metric, &e)).unwrap_or_default();
                    row.push(if ends.is_empty() { NONE.to_owned() } else { ends.trim_start().to_owned() });
                }
                if let Some(fisher) = &pool.fisher {
                    row.push(over_tasks(system, metric, fisher));
                }
                if pool.tasks.len() < tasks.len() {
                    notes.push(format!(
                        "{}: means over {} of {} tasks.",
                        system.name,
                        pool.tasks.len(),
                        tasks.len()
                    ));
                }
            }
            None => row.resize(header.len(), NONE.to_owned()),
        }
        rows.push(row);
    }
    Grid { title: format!("{} by task, {split}{}", metric.title(), scale(metric)), header, rows, notes }
}

fn overview_grid(split: &str, head: HeadKind, systems: &[System<'_>]) -> Grid {
    let metrics = head.metrics();
    let mut header = vec!["system".to_owned()];
    header.extend(metrics.iter().map(|m| m.title().to_owned()));
    let rows = systems
        .iter()
        .map(|system| {
            let mut row = vec![named(system)];
            row.extend(metrics.iter().map(|m| {
                pool_of(system, *m, head, 0, Draw::Rows)
                    .map_or(NONE.to_owned(), |p| figure_with_deviation(*m, &p.arithmetic))
            }));
            row
        })
        .collect();
    let notes = metrics.contains(&Metric::Smd).then(|| "SMD is in standard deviations.".to_owned());
    Grid {
        title: format!("mean over tasks of every metric, {split} (x 100)"),
        header,
        rows,
        notes: notes.into_iter().collect(),
    }
}

fn scale(metric: Metric) -> &'static str {
    if metric == Metric::Smd { "" } else { " (x 100)" }
}

fn named(system: &System<'_>) -> String {
    match system.runs.len() {
        1 => system.name.clone(),
        n => format!("{} ({n} seeds)", system.name),
    }
}

/// Value ± deviation over seeds [interval over rows].
fn over_tasks(system: &System<'_>, metric: Metric, quantity: &Quantity) -> String {
    let estimate = quantity.estimate(&system.runs[0].bootstrap);
    format!("{}{}", figure_with_deviation(metric, quantity), interval(metric, &estimate))
}

fn metric_grid(evaluation: &Evaluation, task: &TaskEvaluation) -> Grid {
    let mut rows: Vec<Vec<String>> = task
        .task
        .head
        .metrics()
        .iter()
        .map(|m| {
            let value = task.metrics.get(m).map_or(NONE.to_owned(), |e| figure_with_interval(*m, e));
            vec![m.title().to_owned(), value]
        })
        .collect();
    if let Some(c) = &task.calibration {
        for (name, value) in
            [("log loss (nats)", c.log_loss), ("Brier score", c.brier), ("calibration error", c.error)]
        {
            rows.push(vec![name.to_owned(), format!("{value:.3}")]);
        }
    }
    Grid {
        title: format!(
            "{} on {}: task {}, n = {}",
            evaluation.run.system, evaluation.run.split, task.task.id, task.n
        ),
        header: vec!["metric".to_owned(), "value".to_owned()],
        rows,
        notes: Vec::new(),
    }
}

/// Agreement by class or level, with the confusion beside it.
fn class_grid(task: &TaskEvaluation) -> Grid {
    let single = !task.task.head.is_multi_label();
    let mut header: Vec<String> =
        ["true class", "n", "awarded", "precision", "recall", "F1"].map(str::to_owned).to_vec();
    if single {
        header.extend(task.task.labels.iter().map(|l| format!("as {l}")));
    } else {
        "label".clone_into(&mut header[0]);
        header.push("kappa".to_owned());
    }
    let rows = task
        .task
        .labels
        .iter()
        .zip(&task.classes)
        .enumerate()
        .map(|(i, (label, score))| {
            let mut row = vec![label.clone(), score.support.to_string(), score.predicted.to_string()];
            row.extend([score.precision, score.recall, score.f1].map(|v| figure(Metric::MacroF1, v)));
            if single {
                row.extend(task.confusion[0].row(i).iter().map(u64::to_string));
            } else {
                let kappa = task.label_kappas.get(i).copied().flatten();
                row.push(kappa.map_or(NONE.to_owned(), |k| figure(Metric::Kappa, k)));
            }
            row
        })
        .collect();
    Grid {
        title: format!("task {}: agreement by {}", task.task.id, if single { "level" } else { "label" }),
        header,
        rows,
        notes: Vec::new(),
    }
}

fn group_grid(task: &TaskEvaluation) -> Grid {
    let main = task.task.head.main_metric();
    Grid {
        title: format!("task {}: subgroups", task.task.id),
        header: ["group", "n", "accuracy", main.title(), "standardized difference"]
            .map(str::to_owned)
            .to_vec(),
        rows: task
            .groups
            .iter()
            .map(|g| {
                vec![
                    g.group.clone(),
                    g.n.to_string(),
                    g.accuracy.map_or(NONE.to_owned(), |v| figure(Metric::Accuracy, v)),
                    g.main.map_or(NONE.to_owned(), |v| figure(main, v)),
                    g.standardized_difference.map_or(NONE.to_owned(), |v| format!("{v:.3}")),
                ]
            })
            .collect(),
        notes: Vec::new(),
    }
}
