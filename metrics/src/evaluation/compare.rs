//! Tables of two systems on the same answers.

use super::figure::{Estimate, Figure, Plot};
use super::input::{Given, Input, Options, Other};
use super::intervals::{cell, clusters, ends, kind, value};
use super::judge::distance;
use super::select::Numeric;
use super::table::{Format, Table};
use crate::ScoreKind;
use crate::paired::p_of_even;
use crate::resample::Resamples;
use crate::scores::{ScorePairs, round_half_even};

/// Figures that are compared.
const FIGURES: [(&str, &str); 6] = [
    ("wtkappa", "QWK"),
    ("kappa", "kappa"),
    ("corr", "r"),
    ("exact_agr", "exact %"),
    ("adj_agr", "adjacent %"),
    ("RMSE", "RMSE"),
];

/// Tables and a plot. Nothing if no answer has scores of both.
pub(super) fn tables(
    input: &Input,
    other: &Other,
    numeric: &Numeric,
    named: &[usize],
    options: &Options,
) -> (Vec<Table>, Vec<Figure>) {
    let (mut tables, mut figures) = (Vec::new(), Vec::new());
    if let Some((table, by_task, figure)) = scaled(input, other, numeric, options) {
        tables.push(table);
        tables.extend(by_task);
        figures.push(figure);
    }
    tables.extend(splits(input, other, numeric, named));
    (tables, figures)
}

/// The other system's score that counts.
fn counted(input: &Input, other: &Other, place: usize) -> Option<f64> {
    let score = &other.scores[place];
    let task = &input.tasks[input.answers[place].task];
    let rounded = || {
        let raw = score.raw?;
        Some(round_half_even(task.trim.map_or(raw, |trim| trim.apply(raw))))
    };
    score.award.as_ref().and_then(Given::points).or_else(rounded)
}

/// Differences of figures of levels, with paired intervals.
fn scaled(
    input: &Input,
    other: &Other,
    numeric: &Numeric,
    options: &Options,
) -> Option<(Table, Option<Table>, Figure)> {
    let own = numeric.form(numeric.counted())?;
    let rows: Vec<usize> =
        (0..own.len()).filter(|row| counted(input, other, numeric.places[*row]).is_some()).collect();
    if rows.is_empty() {
        return None;
    }
    let theirs: Vec<f64> =
        numeric.places.iter().map(|p| counted(input, other, *p).unwrap_or(f64::NAN)).collect();
    let (a, b) = (numeric.pairs(own, &rows), numeric.pairs(&theirs, &rows));
    let places: Vec<usize> = rows.iter().map(|row| numeric.places[*row]).collect();
    let clusters = clusters(input, &places);
    let difference = |a: &ScorePairs, b: &ScorePairs, rows: &[usize]| -> Vec<f64> {
        let (a, b) = (a.agreement_of(rows.iter().copied()), b.agreement_of(rows.iter().copied()));
        FIGURES.iter().map(|(key, _)| value(a.as_ref(), key) - value(b.as_ref(), key)).collect()
    };
    let made = Resamples::of(
        &options.bootstrap,
        "comparison",
        &clusters,
        kind(clusters.len(), rows.len()),
        |rows| difference(&a, &b, rows),
    );
    let (of_a, of_b) = (a.agreement(), b.agreement());
    let title = format!("Agreement with human scores, and the difference to {}", other.title);
    let mut table = Table::new("comparison", title)
        .about(format!(
            "Of the {} answers that both scored. Intervals of the difference are paired: each replicate draws the same \
             answers for both.",
            rows.len()
        ))
        .column("", "key", Format::Digits(0))
        .column("figure", "figure", Format::Digits(0))
        .column("this", "this", Format::Digits(3))
        .column("other", "other", Format::Digits(3))
        .column("difference", "difference", Format::Digits(3))
        .column("low", "from", Format::Digits(3))
        .column("high", "to", Format::Digits(3));
    let mut plotted = Vec::new();
    for (i, (key, said)) in FIGURES.iter().enumerate() {
        let interval = made.interval(i);
        let [low, high] = ends(interval);
        table.push(vec![
            (*key).into(),
            (*said).into(),
            cell(value(of_a.as_ref(), key)),
            cell(value(of_b.as_ref(), key)),
            cell(made.values[i]),
            low,
            high,
        ]);
        if matches!(*key, "wtkappa" | "kappa" | "corr") {
            plotted.extend(Estimate::new(*said, made.values[i], interval));
        }
    }
    let by_task = by_task(input, numeric, &rows, own, &theirs, options);
    let figure = Figure {
        id: "comparison-plot".into(),
        title: format!("This minus {}", other.title),
        description: Estimate::described(&plotted),
        table: "comparison".into(),
        plot: Plot::Estimates {
            rows: plotted,
            x: "difference; above 0 this system agrees better".into(),
            zero: Some(0.0),
            limits: Vec::new(),
        },
    };
    Some((table, by_task, figure))
}

/// The difference of QWK by task.
fn by_task(
    input: &Input,
    numeric: &Numeric,
    rows: &[usize],
    own: &[f64],
    theirs: &[f64],
    options: &Options,
) -> Option<Table> {
    let mut table = Table::new("comparison_by_task", "Difference of QWK by task")
        .column("", "task", Format::Digits(0))
        .column("N", "N", Format::Digits(0))
        .column("this", "this", Format::Digits(3))
        .column("other", "other", Format::Digits(3))
        .column("difference", "difference", Format::Digits(3))
        .column("low", "from", Format::Digits(3))
        .column("high", "to", Format::Digits(3));
    for (t, task) in input.tasks.iter().enumerate() {
        let rows: Vec<usize> =
            rows.iter().copied().filter(|row| input.answers[numeric.places[*row]].task == t).collect();
        if rows.is_empty() {
            continue;
        }
        let (a, b) = (numeric.pairs(own, &rows), numeric.pairs(theirs, &rows));
        let places: Vec<usize> = rows.iter().map(|row| numeric.places[*row]).collect();
        let clusters = clusters(input, &places);
        let qwk = |pairs: &ScorePairs, rows: &[usize]| {
            value(pairs.agreement_of(rows.iter().copied()).as_ref(), "wtkappa")
        };
        let made = Resamples::of(
            &options.bootstrap,
            &task.id,
            &clusters,
            kind(clusters.len(), rows.len()),
            |rows| vec![qwk(&a, rows), qwk(&b, rows), qwk(&a, rows) - qwk(&b, rows)],
        );
        let [low, high] = ends(made.interval(2));
        table.push(vec![
            task.id.as_str().into(),
            (rows.len() as u64).into(),
            cell(made.values[0]),
            cell(made.values[1]),
            cell(made.values[2]),
            low,
            high,
        ]);
    }
    (table.rows.len() > 1).then_some(table)
}

/// On how many answers only one of both is right.
fn splits(input: &Input, other: &Other, numeric: &Numeric, named: &[usize]) -> Option<Table> {
    let own = numeric.form(numeric.counted()).unwrap_or_default();
    let scaled = numeric.places.iter().enumerate().filter_map(|(row, place)| {
        let task = &input.tasks[input.answers[*place].task];
        let theirs = counted(input, other, *place)?;
        let human = numeric.human[row];
        Some((!distance(task, human, own[row]).0, !distance(task, human, theirs).0))
    });
    let by_name = named.iter().filter_map(|place| {
        let answer = &input.answers[*place];
        debug_assert!(input.tasks[answer.task].kind != ScoreKind::Level, "such answers have no scale");
        let award = other.scores[*place].award.as_ref()?;
        Some((answer.system.award.as_ref() == Some(&answer.reference), *award == answer.reference))
    });
    let pairs: Vec<(bool, bool)> = scaled.chain(by_name).collect();
    if pairs.is_empty() {
        return None;
    }
    let count = |which: (bool, bool)| pairs.iter().filter(|pair| **pair == which).count() as u64;
    let (first, second) = (count((true, false)), count((false, true)));
    let mut table = Table::new("comparison_right", "Which of both gives the human score")
        .about("p: McNemar's exact test of whether the answers that only one scores right are split evenly.")
        .column("", "", Format::Digits(0))
        .column("both", "both", Format::Digits(0))
        .column("only_this", "only this", Format::Digits(0))
        .column("only_other", "only the other", Format::Digits(0))
        .column("neither", "neither", Format::Digits(0))
        .column("p", "p", Format::PValue);
    table.push(vec![
        "answers".into(),
        count((true, true)).into(),
        first.into(),
        second.into(),
        count((false, false)).into(),
        p_of_even(first, second).into(),
    ]);
    Some(table)
}
