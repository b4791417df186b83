//! What to use for each task: a line from the figures of the exported file beside those of n-grams.

use super::compare::{Difference, signed};
use super::table::figure_with_interval;
use super::{Evaluation, compare_where_defined};
use anyhow::Result;
use pupil_metrics::{Bootstrap, Metric};
use std::collections::{BTreeMap, BTreeSet};

/// What n-grams are called in a sentence.
const BASELINE: &str = "bag of words";

/// Says in one line for each task of an exported file, which is called `title`, whether to use it or n-grams. Figures
/// are those of the task's main metric, times 100, with intervals; the difference has that of the paired bootstrap.
/// Without `ngrams` on the same answers, the file is n-grams itself or nothing is known about them; then the line only
/// has the figure.
///
/// # Errors
///
/// When the two evaluations are of different answers.
pub fn advice(
    title: &str,
    file: &Evaluation,
    ngrams: Option<&Evaluation>,
    bootstrap: &Bootstrap,
) -> Result<Vec<String>> {
    let mut differences: BTreeMap<String, Difference> = BTreeMap::new();
    if let Some(ngrams) = ngrams {
        let metrics: BTreeSet<Metric> = file.tasks.iter().map(|t| t.task.head.main_metric()).collect();
        for metric in metrics {
            let (first, second) = (std::slice::from_ref(file), std::slice::from_ref(ngrams));
            let Some(found) = compare_where_defined(first, second, Some(metric), bootstrap)? else {
                continue;
            };
            let own = |id: &String| {
                file.tasks.iter().any(|t| t.task.id == *id && t.task.head.main_metric() == metric)
            };
            differences.extend(found.tasks.into_iter().filter(|(id, _)| own(id)));
        }
    }
    let mut lines = Vec::new();
    for (place, task) in file.tasks.iter().enumerate().filter(|(_, t)| t.n > 0) {
        let (id, n, metric) = (&task.task.id, task.n, task.task.head.main_metric());
        let rows = format!("{n} {} answer{}", file.run.split, if n == 1 { "" } else { "s" });
        let Some(own) = task.metrics.get(&metric) else {
            lines.push(format!("{id}: nothing can be said: {} has no value on {rows}", metric.title()));
            continue;
        };
        let figure = format!("{} {} on {rows}", metric.title(), figure_with_interval(metric, own));
        let other = ngrams.and_then(|n| n.tasks.get(place)?.metrics.get(&metric));
        let (Some(other), Some(d)) = (other, differences.get(id)) else {
            lines.push(format!("{id}: use {title}: {figure}"));
            continue;
        };
        let beside = format!(
            "{BASELINE} {}, difference {}",
            figure_with_interval(metric, &super::Estimate { low: None, high: None, ..*other }),
            signed(metric, &d.estimate)
        );
        let (low, high) = (d.estimate.low.unwrap_or(f64::NEG_INFINITY), d.estimate.high);
        lines.push(if low > 0.0 {
            format!("{id}: use {title}: {figure}; {beside}")
        } else if high.is_some_and(|high| high < 0.0) {
            format!("{id}: use n-gram: {title} is behind the {BASELINE}: {figure}; {beside}")
        } else if d.estimate.value < 0.0 {
            format!(
                "{id}: use n-gram: {title} is not shown to be ahead of the {BASELINE}: {figure}; {beside}"
            )
        } else {
            format!("{id}: use {title}: {figure}; {beside}: not shown to be ahead of the {BASELINE}")
        });
    }
    Ok(lines)
}

/// How n-grams become the exported model, if a line of [`advice`] says to use them.
#[must_use]
pub fn how_to_follow(lines: &[String]) -> Option<&'static str> {
    let named = lines.iter().any(|line| line.contains(": use n-gram: "));
    named.then_some("To use n-gram, set export.model = \"n-gram\" and export.lambda = 0.0 and run again.")
}
