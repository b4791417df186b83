//! Tables of the part that length has in scores.

use std::collections::BTreeMap;

use super::groups::rows_by_group;
use super::input::Input;
use super::select::Numeric;
use super::table::{Cell, Format, Table};
use crate::scores::{ScorePairs, partial_correlation};

/// Correlations of human and system scores with length, and with each other beyond length. `None` if lengths are not
/// known.
pub(super) fn length(input: &Input, numeric: &Numeric) -> Option<Table> {
    let rows: BTreeMap<String, Vec<usize>> = [(super::groups::ALL.to_owned(), numeric.all())].into();
    table(input, numeric, "length", "Scores and the length of answers".into(), &rows)
}

/// The same by group.
pub(super) fn length_by_group(input: &Input, numeric: &Numeric, grouping: usize) -> Option<Table> {
    let name = &input.groupings[grouping];
    let rows = rows_by_group(input, numeric, grouping);
    table(input, numeric, &format!("length_by_{name}"), format!("Scores and length by {name}"), &rows)
}

fn table(
    input: &Input,
    numeric: &Numeric,
    name: &str,
    title: String,
    groups: &BTreeMap<String, Vec<usize>>,
) -> Option<Table> {
    let lengths: Vec<Option<f64>> = numeric.places.iter().map(|p| input.answers[*p].length).collect();
    if lengths.iter().all(Option::is_none) {
        return None;
    }
    let mut table = Table::new(name, title)
        .about(
            "Length is the number of words. The last column is the correlation of system and human scores after what \
             length explains is taken out of both; far below the correlation, it says that the system rewards length.",
        )
        .column("", "", Format::Digits(0))
        .column("N", "N", Format::Digits(0))
        .column("mean_length", "mean length", Format::Digits(1))
        .column("corr_human_length", "r, human–length", Format::Digits(3))
        .column("corr_system_length", "r, system–length", Format::Digits(3))
        .column("corr", "r, system–human", Format::Digits(3))
        .column("pcor_no_length", "r without length", Format::Digits(3));
    let form = numeric.trimmed();
    let system = numeric.form(form)?;
    for (group, rows) in groups {
        let rows: Vec<usize> = rows.iter().filter(|row| lengths[**row].is_some()).copied().collect();
        if rows.is_empty() {
            continue;
        }
        let of = |values: &[f64]| rows.iter().map(|row| values[*row]).collect::<Vec<f64>>();
        let (h, s) = (of(&numeric.human), of(system));
        let length: Vec<f64> = rows.iter().filter_map(|row| lengths[*row]).collect();
        let corr = |a: &[f64], b: &[f64]| {
            Cell::from(ScorePairs::new(a.to_vec(), b.to_vec(), &[]).agreement().and_then(|a| a.corr))
        };
        table.push(vec![
            group.as_str().into(),
            (rows.len() as u64).into(),
            (length.iter().sum::<f64>() / rows.len() as f64).into(),
            corr(&h, &length),
            corr(&s, &length),
            corr(&h, &s),
            partial_correlation(&s, &h, &length).into(),
        ]);
    }
    Some(table)
}
