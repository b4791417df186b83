//! Tables of what a model's file says about itself: its promises, checked on these answers, and what attacks gave.

use pupil_core::format::manifest::{Agreement, Guarantee, Metric};

use super::input::Input;
use super::judge::Outcome;
use super::promises::said;
use super::table::{Cell, Format, Table};
use crate::guarantee::{Aim, check};
use crate::proportion::upper_bound;

/// What the file promises, and whether these answers keep it. `None` where it promises nothing.
pub(super) fn promises(input: &Input, outcomes: &[Outcome]) -> Option<Table> {
    let mut table = Table::new("file_promises", "What the file promises, and whether these answers keep it")
        .about(format!(
            "{} Where nothing is promised, no score counts without review. Kept: the exact upper bound of these answers \
             is at most the largest error rate; broken: the lower bound is above it; open: too few answers to say.",
            Guarantee::CONDITIONS
        ))
        .column("", "task", Format::Digits(0))
        .column("max_error", "largest error rate %", Format::Share)
        .column("confidence", "confidence %", Format::Share)
        .column("wrong_means", "wrong is", Format::Digits(0))
        .column("tasks", "tasks together", Format::Digits(0))
        .column("calibration", "calibration answers", Format::Digits(0))
        .column("expected", "expected to count %", Format::Share)
        .column("bound", "their upper bound %", Format::Share)
        .column("needed", "answers needed", Format::Digits(0))
        .column("N", "count here", Format::Digits(0))
        .column("wrong", "wrong here", Format::Digits(0))
        .column("upper", "upper bound here %", Format::Share)
        .column("verdict", "promise", Format::Digits(0));
    for (t, task) in input.stated.iter().enumerate() {
        let Some(promise) = task.guarantee else { continue };
        let is_adjacent = promise.agreement == Agreement::Adjacent;
        let aim = Aim { max_error: decimal(promise.max_error), confidence: decimal(promise.confidence) };
        let counting = outcomes.iter().filter(|o| o.task == t && o.is_automatic());
        let is_wrong = |o: &&Outcome| if is_adjacent { o.far } else { o.wrong };
        let (n, wrong) = (counting.clone().count() as u64, counting.filter(is_wrong).count() as u64);
        let is_promised = promise.is_promised();
        table.push(vec![
            task.id.as_str().into(),
            aim.max_error.into(),
            aim.confidence.into(),
            (if is_adjacent { "more than one level away" } else { "not the human score" }).into(),
            (promise.tasks as u64).into(),
            (promise.answers as u64).into(),
            promise.share().map(f64::from).into(),
            is_promised.then(|| decimal(promise.bound)).into(),
            promise.needed.map(|needed| needed as u64).into(),
            n.into(),
            wrong.into(),
            (n > 0).then(|| upper_bound(wrong, n, aim.outside())).into(),
            (if is_promised { said(check(wrong, n, aim)) } else { "none" }).into(),
        ]);
    }
    (!table.rows.is_empty()).then_some(table)
}

/// What attacks on the model gave, as its file has it. `None` where it was not attacked.
pub(super) fn robustness(input: &Input) -> Option<Table> {
    let mut table = Table::new("file_robustness", "What attacks on the model gave, as its file has it")
        .about(
            "Awarded the best score: a text that should not be, without review; lower is better. Kept: the award is the \
             same after a change that alters nothing in the meaning; higher is better. The model's card lists the kinds \
             of attacks.",
        )
        .column("", "task", Format::Digits(0))
        .column("texts", "texts", Format::Digits(0))
        .column("figure", "figure", Format::Digits(0))
        .column("N", "count", Format::Digits(0))
        .column("share", "share %", Format::Share)
        .column("low", "from %", Format::Share)
        .column("high", "to %", Format::Share);
    for task in &input.stated {
        let of_attacks = |metric: &&Metric| ["best_automatic", "kept"].contains(&metric.name.as_str());
        for metric in task.metrics.iter().filter(of_attacks) {
            let figure = if metric.name == "kept" { "kept" } else { "awarded the best score" };
            table.push(vec![
                task.id.as_str().into(),
                metric.split.as_str().into(),
                figure.into(),
                metric.n.into(),
                metric.value.into(),
                metric.low.into(),
                Cell::from(metric.high),
            ]);
        }
    }
    (!table.rows.is_empty()).then_some(table)
}

/// A number of a file with the digits that it was written with: 0.05, not the nearest number of 32 bits.
fn decimal(number: f32) -> f64 {
    number.to_string().parse().unwrap_or_else(|_| f64::from(number))
}
