//! Compares tables with those of RSMTool 12 (`tests/fixtures/rsmeval.py`).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::*;
use crate::ScoreKind;
use crate::scores::{Scaling, TRIM_TOLERANCE, Trim};

/// Tolerance, relative to figures above 1: RSMTool adds in another order.
const CLOSE: f64 = 1e-9;

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    config: Config,
    table: BTreeMap<String, Vec<String>>,
    frames: BTreeMap<String, Frame>,
    scale: Option<BTreeMap<String, Vec<f64>>>,
}

#[derive(Deserialize)]
struct Config {
    trim_min: f64,
    trim_max: f64,
    trim_tolerance: Option<f64>,
    second_human_score_column: Option<String>,
    candidate_column: Option<String>,
    #[serde(default)]
    subgroups: Vec<String>,
    #[serde(default = "yes")]
    exclude_zero_scores: bool,
    rater_error_variance: Option<f64>,
    min_items_per_candidate: Option<usize>,
    #[serde(default)]
    flag_column: BTreeMap<String, Vec<f64>>,
    scale_with: Option<String>,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
struct Frame {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

fn given(cell: &str) -> Given {
    match cell.parse::<f64>() {
        Ok(points) if points.is_finite() => Given::Points(points),
        _ if cell.is_empty() => Given::Missing,
        _ => Given::Invalid,
    }
}

fn report(case: &Case) -> Report {
    let (table, config) = (&case.table, &case.config);
    let column = |name: &str| &table[name];
    let second = config.second_human_score_column.as_deref();
    let n = column("sc1").len();
    let answers = (0..n)
        .map(|row| {
            let mut raters = vec![given(&column("sc1")[row])];
            raters.extend(second.map(|name| given(&column(name)[row])));
            let allowed = |(name, values): (&String, &Vec<f64>)| {
                values.contains(&column(name)[row].parse().expect("flags are numbers"))
            };
            Graded {
                id: column("spkitemid")[row].clone(),
                task: 0,
                reference: given(&column("sc1")[row]),
                raters,
                system: Scored { raw: given(&column("raw")[row]).points(), ..Scored::default() },
                groups: config.subgroups.iter().map(|g| group_name(&column(g)[row])).collect(),
                cluster: None,
                student: config.candidate_column.as_ref().map(|name| column(name)[row].clone()),
                length: None,
                unknown: None,
                weight: 1.0,
                repeated: false,
                flagged: !config.flag_column.iter().all(allowed),
            }
        })
        .collect();
    let trim = Trim {
        min: config.trim_min,
        max: config.trim_max,
        tolerance: config.trim_tolerance.unwrap_or(TRIM_TOLERANCE),
    };
    let input = Input {
        tasks: vec![Task {
            id: "t".into(),
            kind: ScoreKind::Level,
            labels: Vec::new(),
            points: Vec::new(),
            trim: Some(trim),
        }],
        answers,
        groupings: config.subgroups.clone(),
        raters: vec!["sc1".into(), "sc2".into()],
        ..Input::default()
    };
    let scale = match (&case.scale, config.scale_with.as_deref()) {
        (Some(scale), _) => Scale::By(Scaling::from_scores(&scale["prediction"], &scale["sc1"]).unwrap()),
        (None, Some("asis")) => Scale::AsIs,
        (None, _) => Scale::Raw,
    };
    let options = Options {
        exclude_zero: config.exclude_zero_scores,
        min_per_student: config.min_items_per_candidate.unwrap_or(1),
        rater_error_variance: config.rater_error_variance,
        scale,
        ..Options::default()
    };
    evaluate(&input, &options)
}

/// Whether RSMTool writes a number where a figure has no value.
fn is_known_difference(case: &str, frame: &str, column: &str, want: f64) -> bool {
    let key = column.split('.').next().unwrap_or_default();
    match key {
        // Two raters or systems with one score: `skll.metrics.kappa` gives 1 when no weight is above 0.
        "kappa" => want == 1.0,
        // `Analyzer.metrics_helper` divides rounding errors where the system's scores are all equal.
        "wtkappa" | "DSM" | "corr" => case == "constant" && frame.starts_with("eval") && want.abs() < 1e-6,
        // The human score tells the error exactly, and the rest is rounding.
        "P>[t]" | "[0" | "0" => case == "constant" && frame.starts_with("estimates_csd"),
        "Conditional score difference" => case == "constant" && frame.starts_with("fairness"),
        _ => false,
    }
}

#[test]
fn every_table_agrees_with_rsmtool() {
    let fixture: Fixture = serde_json::from_str(include_str!("../../tests/fixtures/rsmeval.json")).unwrap();
    let (mut failed, mut compared, mut known) = (Vec::new(), 0, 0);
    for case in &fixture.cases {
        let report = report(case);
        for (name, frame) in &case.frames {
            let at = format!("{}, {name}", case.name);
            let Some(table) = report.table(name) else {
                failed.push(format!("{at}: no such table"));
                continue;
            };
            if table.rows.len() != frame.rows.len() {
                failed.push(format!("{at}: {} rows instead of {}", table.rows.len(), frame.rows.len()));
            }
            for (place, cells) in frame.rows.iter().enumerate() {
                // `score_dist` repeats the score as its index; a table without excluded answers has no names of rows.
                let first = match name.as_str() {
                    "score_dist" => Some(1),
                    "test_excluded_composition" if frame.columns[0] != "Human/System" => None,
                    _ => Some(0),
                };
                let row = match first.map(|first| &cells[first]) {
                    Some(Value::String(text)) => text.clone(),
                    Some(Value::Number(number)) => number.as_f64().unwrap().to_string(),
                    Some(_) => String::new(),
                    None => table.rows[place][0].csv(),
                };
                for (column, want) in frame.columns.iter().zip(cells).skip(first.map_or(0, |first| first + 1))
                {
                    let Some(got) = table.get(&row, column) else {
                        failed.push(format!("{at}: no cell {row:?}, {column}"));
                        continue;
                    };
                    compared += 1;
                    let same = match (got, want) {
                        (Cell::None, Value::Null) => true,
                        (Cell::Text(got), Value::String(want)) => got == want,
                        (got, Value::Number(want)) => {
                            let want = want.as_f64().unwrap();
                            match got.number() {
                                Some(got) => (got - want).abs() <= CLOSE * want.abs().max(1.0),
                                None if is_known_difference(&case.name, name, column, want) => {
                                    known += 1;
                                    true
                                }
                                None => false,
                            }
                        }
                        _ => false,
                    };
                    if !same {
                        failed.push(format!("{at}, {row:?}, {column}: {got:?} instead of {want}"));
                    }
                }
            }
        }
    }
    assert!(failed.is_empty(), "{} of {compared}: {failed:#?}", failed.len());
    assert!(compared > 1000, "{compared}");
    assert!(known <= 12, "{known} figures without a value are numbers in RSMTool");
}
