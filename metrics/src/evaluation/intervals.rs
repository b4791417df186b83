//! Intervals of the main figures, from resampled students or questions.

use super::figure::{Estimate, Figure, Plot};
use super::groups::{ALL, rows_by_group};
use super::input::{Input, Options};
use super::judge::Outcome;
use super::select::Numeric;
use super::table::{Cell, Format, Table};
use crate::agreement::{fisher_mean, mean};
use crate::resample::{Clusters, IntervalKind, Resamples};
use crate::scores::{ScoreAgreement, ScorePairs, SmdMethod};

/// Evaluations of rows up to which intervals are corrected for bias: clusters times rows.
const CORRECTED: usize = 20_000_000;

/// How intervals are made, for the page.
pub(super) fn method(input: &Input, options: &Options, rows: usize) -> String {
    let b = &options.bootstrap;
    if b.replicates == 0 {
        return "No intervals were asked for.".to_owned();
    }
    let what = match &input.clusters {
        Some(what) => format!("all answers of one {what} together"),
        None => "answers one by one; if several are of one student, intervals are too narrow".to_owned(),
    };
    let kind = match kind(rows, rows) {
        IntervalKind::BiasCorrected => "corrected for bias and acceleration (BCa, Efron 1987)",
        IntervalKind::Percentile => "percentiles",
    };
    format!(
        "Intervals hold {} % of {} bootstrap replicates, {kind}, with seed {}; each replicate draws {what}.",
        b.coverage * 100.0,
        b.replicates,
        b.seed
    )
}

/// Corrected intervals need an evaluation for every cluster.
pub(super) fn kind(clusters: usize, rows: usize) -> IntervalKind {
    if clusters.saturating_mul(rows) <= CORRECTED {
        IntervalKind::BiasCorrected
    } else {
        IntervalKind::Percentile
    }
}

/// Clusters of rows; `places` are those of the answers.
pub(super) fn clusters(input: &Input, places: &[usize]) -> Clusters {
    if input.clusters.is_none() {
        return Clusters::of_rows(places.len());
    }
    let keys: Vec<Option<&str>> = places.iter().map(|p| input.answers[*p].cluster.as_deref()).collect();
    Clusters::by_key(&keys)
}

/// Figures of one form of the score with intervals.
const OF_TRIMMED: [(&str, &str); 4] =
    [("wtkappa", "QWK, continuous"), ("corr", "r"), ("R2", "R²"), ("RMSE", "RMSE")];
const OF_COUNTED: [(&str, &str); 6] = [
    ("wtkappa", "QWK"),
    ("kappa", "kappa"),
    ("exact_agr", "exact %"),
    ("adj_agr", "adjacent %"),
    ("corr", "r"),
    ("SMD", "SMD"),
];

/// A figure, NaN where it has no value.
pub(super) fn value(agreement: Option<&ScoreAgreement>, key: &str) -> f64 {
    let Some(a) = agreement else { return f64::NAN };
    let found = match key {
        "wtkappa" => a.wtkappa,
        "kappa" => a.kappa,
        "corr" => a.corr,
        "R2" => a.r2,
        "RMSE" => Some(a.rmse),
        "exact_agr" => Some(a.exact_agr),
        "adj_agr" => Some(a.adj_agr),
        "SMD" => a.smd(SmdMethod::Unpooled, None),
        _ => None,
    };
    found.unwrap_or(f64::NAN)
}

/// An interval as two cells.
pub(super) fn ends(interval: Option<(f64, f64)>) -> [Cell; 2] {
    [interval.map(|i| i.0).into(), interval.map(|i| i.1).into()]
}

/// A value as a cell.
pub(super) fn cell(value: f64) -> Cell {
    if value.is_nan() { Cell::None } else { Cell::Number(value) }
}

/// Scores of a form beside human ones, ready to be resampled.
fn pairs(numeric: &Numeric, form: &str) -> ScorePairs {
    numeric.pairs(numeric.form(form).unwrap_or_default(), &numeric.all())
}

/// The main figures with intervals.
pub(super) fn summary(input: &Input, numeric: &Numeric, options: &Options) -> (Table, Figure) {
    let (trimmed, counted) = (pairs(numeric, numeric.trimmed()), pairs(numeric, numeric.counted()));
    let clusters = clusters(input, &numeric.places);
    let made = Resamples::of(
        &options.bootstrap,
        "evaluation",
        &clusters,
        kind(clusters.len(), trimmed.len()),
        |rows| {
            let trimmed = trimmed.agreement_of(rows.iter().copied());
            let counted = counted.agreement_of(rows.iter().copied());
            let of_trimmed = OF_TRIMMED.iter().map(|(key, _)| value(trimmed.as_ref(), key));
            of_trimmed.chain(OF_COUNTED.iter().map(|(key, _)| value(counted.as_ref(), key))).collect()
        },
    );
    let mut table = Table::new("intervals", "The main figures, with intervals")
        .column("", "key", Format::Digits(0))
        .column("figure", "figure", Format::Digits(0))
        .column("score", "score", Format::Digits(0))
        .column("estimate", "estimate", Format::Digits(3))
        .column("low", "from", Format::Digits(3))
        .column("high", "to", Format::Digits(3));
    let names = OF_TRIMMED.iter().map(|(key, title)| (*key, *title, numeric.trimmed()));
    let names = names.chain(OF_COUNTED.iter().map(|(key, title)| (*key, *title, numeric.counted())));
    let mut rows = Vec::new();
    for (i, (key, title, form)) in names.enumerate() {
        let interval = made.interval(i);
        let [low, high] = ends(interval);
        table.push(vec![key.into(), title.into(), form.into(), cell(made.values[i]), low, high]);
        if matches!(key, "wtkappa" | "kappa" | "corr") {
            rows.extend(Estimate::new(format!("{title} ({form})"), made.values[i], interval));
        }
    }
    let figure = Figure {
        id: "agreement-plot".into(),
        title: "Agreement with human scores, with intervals".into(),
        description: Estimate::described(&rows),
        table: "intervals".into(),
        plot: Plot::Estimates { rows, x: "agreement".into(), zero: None, limits: vec![0.7] },
    };
    (table, figure)
}

/// Figures of each task with intervals.
pub(super) fn tasks(
    input: &Input,
    numeric: &Numeric,
    outcomes: &[Outcome],
    options: &Options,
) -> Option<(Table, Figure)> {
    let mut table = Table::new("eval_by_task", format!("Agreement by task ({})", numeric.counted()))
        .column("", "task", Format::Digits(0))
        .column("N", "N", Format::Digits(0))
        .column("h_mean", "human mean", Format::Digits(2))
        .column("sys_mean", "system mean", Format::Digits(2))
        .column("SMD", "SMD", Format::Digits(2))
        .column("exact_agr", "exact %", Format::Percent)
        .column("adj_agr", "adjacent %", Format::Percent)
        .column("kappa", "kappa", Format::Digits(3))
        .column("wtkappa", "QWK", Format::Digits(3))
        .column("low", "from", Format::Digits(3))
        .column("high", "to", Format::Digits(3))
        .column("corr", "r", Format::Digits(3))
        .column("RMSE", "RMSE", Format::Digits(3))
        .column("automatic", "automatic %", Format::Share)
        .column("automatic_error", "wrong of these %", Format::Share);
    let mut plotted = Vec::new();
    for (t, task) in input.tasks.iter().enumerate() {
        let rows: Vec<usize> =
            (0..numeric.places.len()).filter(|r| input.answers[numeric.places[*r]].task == t).collect();
        if rows.is_empty() {
            continue;
        }
        let pairs = numeric.pairs(numeric.form(numeric.counted()).unwrap_or_default(), &rows);
        let places: Vec<usize> = rows.iter().map(|row| numeric.places[*row]).collect();
        let clusters = clusters(input, &places);
        let made = Resamples::of(
            &options.bootstrap,
            &task.id,
            &clusters,
            kind(clusters.len(), rows.len()),
            |rows| vec![value(pairs.agreement_of(rows.iter().copied()).as_ref(), "wtkappa")],
        );
        let interval = made.interval(0);
        let agreement = pairs.agreement();
        let figure = |key: &str| cell(value(agreement.as_ref(), key));
        let of_task: Vec<&Outcome> =
            outcomes.iter().filter(|o| o.task == t && o.decision.is_some()).collect();
        let automatic: Vec<&&Outcome> = of_task.iter().filter(|o| o.is_automatic()).collect();
        let share = |part: usize, all: usize| Cell::from((all > 0).then(|| part as f64 / all as f64));
        let [low, high] = ends(interval);
        table.push(vec![
            task.id.as_str().into(),
            (rows.len() as u64).into(),
            agreement.map(|a| a.h_mean).into(),
            agreement.map(|a| a.sys_mean).into(),
            figure("SMD"),
            figure("exact_agr"),
            figure("adj_agr"),
            figure("kappa"),
            cell(made.values[0]),
            low,
            high,
            figure("corr"),
            figure("RMSE"),
            share(automatic.len(), of_task.len()),
            share(automatic.iter().filter(|o| o.wrong).count(), automatic.len()),
        ]);
        plotted.extend(Estimate::new(&task.id, made.values[0], interval));
    }
    if table.rows.len() < 2 {
        return None;
    }
    let kappas: Vec<f64> = plotted.iter().map(|row: &Estimate| row.value).collect();
    if let (Some(mean), Some(fisher)) = (mean(kappas.iter().copied()), fisher_mean(kappas.iter().copied())) {
        table.about.push(format!(
            "Mean QWK over {} tasks: {mean:.3}, by Fisher's z {fisher:.3}. Figures of all tasks together differ from \
             it, since tasks that are easier or harder add agreement of their own.",
            kappas.len()
        ));
    }
    let figure = Figure {
        id: "tasks-plot".into(),
        title: "QWK by task, with intervals".into(),
        description: Estimate::described(&plotted),
        table: "eval_by_task".into(),
        plot: Plot::Estimates { rows: plotted, x: "QWK".into(), zero: None, limits: vec![0.7] },
    };
    Some((table, figure))
}

/// Differences of groups with intervals: the DSM of trimmed scores.
pub(super) fn groups(
    input: &Input,
    numeric: &Numeric,
    grouping: usize,
    options: &Options,
) -> (Table, Figure) {
    let name = &input.groupings[grouping];
    let rows = rows_by_group(input, numeric, grouping);
    let groups: Vec<&String> = rows
        .iter()
        .filter(|(g, rows)| *g != ALL && rows.len() as u64 >= options.min_group)
        .map(|(g, _)| g)
        .collect();
    let group_of: Vec<Option<usize>> = numeric
        .places
        .iter()
        .map(|p| groups.iter().position(|g| **g == input.answers[*p].groups[grouping]))
        .collect();
    let pairs = pairs(numeric, numeric.trimmed());
    let clusters = clusters(input, &numeric.places);
    let made =
        Resamples::of(&options.bootstrap, "groups", &clusters, kind(clusters.len(), pairs.len()), |rows| {
            let all = pairs.agreement_of(rows.iter().copied()).and_then(|a| a.population());
            let mut of: Vec<Vec<usize>> = vec![Vec::new(); groups.len()];
            for row in rows {
                if let Some(group) = group_of[*row] {
                    of[group].push(*row);
                }
            }
            of.iter()
                .map(|rows| {
                    let agreement = pairs.agreement_of(rows.iter().copied());
                    agreement.zip(all).and_then(|(a, all)| a.dsm(&all)).unwrap_or(f64::NAN)
                })
                .collect()
        });
    let mut table = Table::new(
        format!("dsm_by_{name}"),
        format!("Difference of standardized means by {name}, with intervals ({})", numeric.trimmed()),
    )
    .column("", name, Format::Digits(0))
    .column("N", "N", Format::Digits(0))
    .column("DSM", "DSM", Format::Digits(3))
    .column("low", "from", Format::Digits(3))
    .column("high", "to", Format::Digits(3));
    let mut plotted = Vec::new();
    for (i, group) in groups.iter().enumerate() {
        let interval = made.interval(i);
        let [low, high] = ends(interval);
        table.push(vec![
            group.as_str().into(),
            (rows[*group].len() as u64).into(),
            cell(made.values[i]),
            low,
            high,
        ]);
        plotted.extend(Estimate::new(*group, made.values[i], interval));
    }
    let figure = Figure {
        id: format!("dsm-{grouping}-plot"),
        title: format!("Difference of standardized means by {name}"),
        description: Estimate::described(&plotted),
        table: table.name.clone(),
        plot: Plot::Estimates {
            rows: plotted,
            x: "DSM: below 0 the system is harder on the group than people are, above 0 kinder".into(),
            zero: Some(0.0),
            limits: vec![-0.1, 0.1],
        },
    };
    (table, figure)
}
