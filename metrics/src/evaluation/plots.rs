//! Plots of tables that have no intervals of their own.

use std::collections::BTreeMap;

use super::agreement::whole;
use super::figure::{Axis, Estimate, Figure, Guide, Line, Plot};
use super::groups::{ALL, rows_by_group};
use super::input::{Input, Options};
use super::select::Numeric;
use super::table::{Cell, Table};
use crate::scores::Fairness;

/// Most groups whose lines are told apart in a plot.
const LINES: usize = 6;

/// How often people and the system give each score.
pub(super) fn distribution(table: &Table) -> Figure {
    let column = |place: usize| -> Vec<f64> {
        table.rows.iter().map(|row| row[place].number().unwrap_or(0.0)).collect()
    };
    let categories: Vec<String> = table.rows.iter().map(|row| row[0].csv()).collect();
    let (human, system) = (column(1), column(2));
    let said: Vec<String> = categories
        .iter()
        .zip(human.iter().zip(&system))
        .map(|(score, (h, s))| format!("{score}: {h:.1} % by people, {s:.1} % by the system"))
        .collect();
    Figure {
        id: "distribution-plot".into(),
        title: "How often each score is given".into(),
        description: said.join("; ") + ".",
        table: table.name.clone(),
        plot: Plot::Bars {
            categories,
            series: vec![("human".into(), human), ("system".into(), system)],
            x: "score".into(),
            y: "% of answers".into(),
        },
    }
}

/// Estimates of the three measures of fairness.
pub(super) fn fairness(fits: &Fairness, name: &str, grouping: usize, options: &Options) -> Vec<Figure> {
    let measures = [
        ("osa", "Squared error (accuracy)", &fits.osa),
        ("osd", "Error, system − human (difference)", &fits.osd),
        ("csd", "Error at equal human scores (conditional difference)", &fits.csd),
    ];
    let of = |(short, title, measure): (&str, &str, &crate::scores::FairnessMeasure)| {
        let base = measure.estimates.first().copied().flatten()?.estimate;
        let mut rows = Vec::new();
        for ((group, size), estimate) in fits.groups.iter().zip(&fits.sizes).zip(&measure.estimates) {
            let Some(c) = estimate.filter(|_| *size >= options.min_group) else { continue };
            let shift = if *group == fits.groups[0] { 0.0 } else { base };
            let interval = c.low.zip(c.high).map(|(low, high)| (low + shift, high + shift));
            rows.extend(Estimate::new(group, c.estimate + shift, interval));
        }
        Some(Figure {
            id: format!("{short}-{grouping}-plot"),
            title: format!("{title} by {name}"),
            description: Estimate::described(&rows),
            table: format!("estimates_{short}_by_{name}"),
            plot: Plot::Estimates {
                rows,
                x: title.to_lowercase(),
                // A squared error is never 0, and errors at equal human scores are those at the most frequent one.
                zero: (short == "osd").then_some(0.0),
                limits: Vec::new(),
            },
        })
    };
    measures.into_iter().filter_map(of).collect()
}

/// The mean score of the system at each human score, by group.
pub(super) fn conditional(
    input: &Input,
    numeric: &Numeric,
    grouping: usize,
    options: &Options,
) -> Option<Figure> {
    let name = &input.groupings[grouping];
    let system = numeric.form(numeric.trimmed())?;
    let rows = rows_by_group(input, numeric, grouping);
    let mut groups: Vec<(&String, &Vec<usize>)> =
        rows.iter().filter(|(g, rows)| *g != ALL && rows.len() as u64 >= options.min_group).collect();
    groups.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.len()));
    groups.truncate(LINES);
    let mut lines = Vec::new();
    for (group, rows) in groups {
        let mut at: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
        for row in rows {
            at.entry(whole(numeric.human[*row])).or_default().push(system[*row]);
        }
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let points = at.iter().map(|(score, values)| (*score as f64, mean(values))).collect();
        lines.push(Line { name: group.clone(), points, intervals: Vec::new(), marked: true });
    }
    if lines.len() < 2 {
        return None;
    }
    let said: Vec<String> = lines
        .iter()
        .map(|line| {
            let points: Vec<String> = line.points.iter().map(|(h, s)| format!("{s:.2} at {h}")).collect();
            format!("{}: {}", line.name, points.join(", "))
        })
        .collect();
    let ends = |of: &dyn Fn(f64, f64) -> f64, start: f64| {
        lines.iter().flat_map(|l| &l.points).fold(start, |end, (h, s)| of(end, of(*h, *s)))
    };
    let (low, high) = (ends(&f64::min, f64::INFINITY), ends(&f64::max, f64::NEG_INFINITY));
    Some(Figure {
        id: format!("conditional-{grouping}-plot"),
        title: format!("Mean score of the system at each human score, by {name}"),
        description: said.join("; ") + ".",
        table: format!("conditional_by_{name}"),
        plot: Plot::Lines {
            guides: vec![Guide { name: "as people".into(), from: (low, low), to: (high, high) }],
            lines,
            x: Axis { title: "human score".into(), range: Some((low, high)), percent: false, whole: false },
            y: Axis {
                title: format!("system ({})", numeric.trimmed()),
                range: Some((low, high)),
                percent: false,
                whole: false,
            },
        },
    })
}

/// The table of that plot.
pub(super) fn conditional_table(figure: &Figure, name: &str) -> Table {
    let Plot::Lines { lines, .. } = &figure.plot else { unreachable!("it is a plot of lines") };
    let digits = super::table::Format::Digits(3);
    let mut table = Table::new(figure.table.clone(), figure.title.clone()).column("", name, digits);
    let scores: std::collections::BTreeSet<i64> =
        lines.iter().flat_map(|line| line.points.iter().map(|(h, _)| whole(*h))).collect();
    for score in &scores {
        table = table.column(score.to_string(), score.to_string(), digits);
    }
    for line in lines {
        let mut row: Vec<Cell> = vec![line.name.as_str().into()];
        row.extend(scores.iter().map(|score| {
            Cell::from(line.points.iter().find(|(h, _)| whole(*h) == *score).map(|(_, mean)| *mean))
        }));
        table.push(row);
    }
    table
}
