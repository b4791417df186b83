//! Tables and plots of confidence.

use pupil_core::Score;
use pupil_core::format::manifest::Task as FileTask;

use super::figure::{Axis, Figure, Guide, Line, Plot};
use super::input::Options;
use super::judge::Outcome;
use super::table::{Format, Table};
use crate::guarantee::Judged;
use crate::proportion::interval;
use crate::reliability::{Binning, Reliability, reliability};
use crate::selective::risk_curve;

/// Bins of reliability.
const BINS: usize = 10;

/// The confidence that a model's outputs had before the task's temperature. `None` if a task has several members, whose
/// outputs the probabilities do not tell.
#[must_use]
pub fn uncalibrated(score: &Score, task: &FileTask) -> Option<f64> {
    if !task.members.is_empty() {
        return None;
    }
    let p: Vec<f64> = score.labels.iter().map(|label| f64::from(label.probability)).collect();
    let raw = task.head.kind.untempered(&p, f64::from(task.calibration.temperature));
    if task.head.kind.awards_one() {
        score.labels.iter().position(|label| label.awarded).map(|place| raw[place])
    } else {
        raw.into_iter().map(|p| p.max(1.0 - p)).reduce(f64::min)
    }
}

/// Reliability: a table, a summary and a plot. `None` without confidences.
pub(super) fn reliability_tables(outcomes: &[Outcome]) -> Option<(Vec<Table>, Figure)> {
    let judged: Vec<Judged> = outcomes.iter().filter_map(Outcome::judged).collect();
    let after = reliability(&judged, Binning::EqualWidth(BINS))?;
    let raw: Vec<Judged> = outcomes
        .iter()
        .filter_map(|o| Some(Judged { confidence: o.uncalibrated?, wrong: o.wrong }))
        .collect();
    // Before and after are compared on the same answers, or not at all.
    let before = (raw.len() == judged.len()).then(|| reliability(&raw, Binning::EqualWidth(BINS))).flatten();
    let mut summary = Table::new("calibration", "How well confidence says how often scores are right")
        .about(
            "ECE: the distance of confidence and the share of right scores, averaged over ten bins of equal width. \
             Bias: mean confidence minus the share of right scores; above 0 the system is too sure. Brier: the mean \
             squared distance of confidence from 1 for right and 0 for wrong scores.",
        )
        .column("", "", Format::Digits(0))
        .column("N", "N", Format::Digits(0))
        .column("ECE", "ECE", Format::Digits(4))
        .column("ECE_equal_count", "ECE, bins of equal size", Format::Digits(4))
        .column("largest", "largest distance", Format::Digits(3))
        .column("bias", "bias", Format::Digits(4))
        .column("brier", "Brier", Format::Digits(4));
    let mut row = |name: &str, of: &Reliability, judged: &[Judged]| {
        let even = reliability(judged, Binning::EqualCount(BINS)).map(|r| r.expected_error);
        summary.push(vec![
            name.into(),
            (judged.len() as u64).into(),
            of.expected_error.into(),
            even.into(),
            of.largest_error.into(),
            of.bias.into(),
            of.brier.into(),
        ]);
    };
    if let Some(before) = &before {
        row("before calibration", before, &raw);
    }
    row("confidence", &after, &judged);
    let mut table = Table::new("reliability", "Confidence and share of right scores")
        .about("Intervals of the share are exact (Clopper and Pearson 1934), 95 %.")
        .column("", "confidence", Format::Digits(0))
        .column("N", "N", Format::Digits(0))
        .column("confidence", "mean confidence", Format::Digits(3))
        .column("accuracy", "share right", Format::Digits(3))
        .column("low", "from", Format::Digits(3))
        .column("high", "to", Format::Digits(3));
    for bin in &after.bins {
        let ends = bin.interval;
        table.push(vec![
            format!("{:.1} to {:.1}", bin.from, bin.to).into(),
            bin.n.into(),
            bin.confidence.into(),
            bin.accuracy.into(),
            ends.map(|e| e.0).into(),
            ends.map(|e| e.1).into(),
        ]);
    }
    let line = |name: &str, of: &Reliability, intervals: bool| Line {
        name: name.to_owned(),
        points: of.bins.iter().filter_map(|bin| bin.confidence.zip(bin.accuracy)).collect(),
        intervals: if intervals {
            of.bins.iter().filter_map(|bin| bin.interval).collect()
        } else {
            Vec::new()
        },
        marked: true,
    };
    let mut lines = vec![line("confidence", &after, true)];
    lines.extend(before.iter().map(|before| line("before calibration", before, false)));
    let said: Vec<String> = after
        .bins
        .iter()
        .filter_map(|bin| {
            Some(format!("{:.2} sure, {:.2} right ({} answers)", bin.confidence?, bin.accuracy?, bin.n))
        })
        .collect();
    let figure = Figure {
        id: "reliability-plot".into(),
        title: "Reliability: how often scores of a confidence are right".into(),
        description: format!(
            "On the diagonal, confidence is the share of right scores. {}.",
            said.join("; ")
        ),
        table: "reliability".into(),
        plot: Plot::Lines {
            lines,
            x: Axis::shares("confidence"),
            y: Axis::shares("share of right scores"),
            guides: vec![Guide { name: "confidence is right".into(), from: (0.0, 0.0), to: (1.0, 1.0) }],
        },
    };
    Some((vec![summary, table], figure))
}

/// Risk–coverage: points of the curve and a plot. `None` without confidences.
pub(super) fn risk_tables(outcomes: &[Outcome], options: &Options) -> Option<(Vec<Table>, Figure)> {
    let judged = judged(outcomes, options);
    let curve = risk_curve(&judged)?;
    let mut table = Table::new("risk_coverage", "Error rate of the surest answers")
        .about(format!(
            "What remains wrong if only the surest answers count and people score the others. Mean over all shares \
             (AURC): {:.4}.",
            curve.area
        ))
        .column("", "share that counts", Format::Digits(0))
        .column("threshold", "confidence from", Format::Digits(5))
        .column("automatic", "answers", Format::Digits(0))
        .column("wrong", "wrong", Format::Digits(0))
        .column("risk", "wrong %", Format::Share)
        .column("low", "from %", Format::Share)
        .column("high", "to %", Format::Share);
    let mut said = Vec::new();
    for percent in (10..=100_u32).step_by(10) {
        let Some(point) = curve.at(f64::from(percent) / 100.0) else { continue };
        let (low, high) = interval(point.wrong, point.automatic, 0.95);
        table.push(vec![
            format!("{percent} %").into(),
            point.threshold.into(),
            point.automatic.into(),
            point.wrong.into(),
            point.risk.into(),
            low.into(),
            high.into(),
        ]);
        said.push(format!("of the surest {percent} %, {:.1} % are wrong", 100.0 * point.risk));
    }
    // A thousand points draw the curve as well as all.
    let step = curve.points.len().div_ceil(1000);
    // The first few answers give rates of 0, 1/2, 1/3 …, which say nothing.
    let enough = (judged.len() as f64 * 0.02).max(10.0);
    let points: Vec<(f64, f64)> = curve
        .points
        .iter()
        .enumerate()
        .filter(|(i, point)| {
            point.automatic as f64 >= enough && (i % step == 0 || i + 1 == curve.points.len())
        })
        .map(|(_, point)| (point.coverage, point.risk))
        .collect();
    let largest = points.iter().map(|p| p.1).fold(options.aim.max_error, f64::max);
    let figure = Figure {
        id: "risk-plot".into(),
        title: "Error rate by the share of answers that count without review".into(),
        description: format!("From left to right more answers count. {}.", said.join("; ")),
        table: "risk_coverage".into(),
        plot: Plot::Lines {
            lines: vec![Line { name: "error rate".into(), points, intervals: Vec::new(), marked: false }],
            x: Axis::shares("share of answers that count"),
            y: Axis {
                title: "share of wrong scores among them".into(),
                range: Some((0.0, (largest * 1.15).min(1.0))),
                percent: true,
                whole: false,
            },
            guides: vec![Guide {
                name: "largest error rate".into(),
                from: (0.0, options.aim.max_error),
                to: (1.0, options.aim.max_error),
            }],
        },
    };
    Some((vec![table], figure))
}

/// Answers with confidence, and whether they are wrong in the sense of the promise.
fn judged(outcomes: &[Outcome], options: &Options) -> Vec<Judged> {
    let of = |o: &Outcome| Some(Judged { confidence: o.confidence?, wrong: o.is_wrong(options) });
    outcomes.iter().filter_map(of).collect()
}
