//! Tables by group: agreement, differences, fairness.

use std::collections::BTreeMap;

use super::agreement::{figure, heading, populations, recommended, recommended_key};
use super::human::{
    consistency_row, consistency_table, disattenuated_row, disattenuated_table, mark_disattenuated,
    rater_population,
};
use super::input::{Input, Options};
use super::select::Numeric;
use super::table::{Cell, Format, Limit, Rule, Table, Warning};
use crate::scores::{Coefficient, Fairness, FairnessMeasure, ScoreAgreement, SmdMethod, fairness};

/// The name of the row of all answers, as in RSMTool.
pub(super) const ALL: &str = "All data";

/// Rows of each group of one way of grouping, and of all; in the order of the names.
pub(super) fn rows_by_group(
    input: &Input,
    numeric: &Numeric,
    grouping: usize,
) -> BTreeMap<String, Vec<usize>> {
    let mut rows: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    rows.insert(ALL.to_owned(), numeric.all());
    for (row, place) in numeric.places.iter().enumerate() {
        rows.entry(input.answers[*place].groups[grouping].clone()).or_default().push(row);
    }
    rows
}

/// Tables of one way of grouping.
pub(super) struct GroupTables {
    /// Agreement by group, with the DSM.
    pub(super) eval: Table,
    /// Difference of means by group, in several standard deviations.
    pub(super) smd: Table,
    /// Human–human agreement by group, and disattenuated correlations.
    pub(super) human: Vec<Table>,
    /// Tests of differences.
    pub(super) fairness: Vec<Table>,
    /// The estimates behind them.
    pub(super) fits: Option<Fairness>,
}

/// Makes them.
pub(super) fn group_tables(
    input: &Input,
    numeric: &Numeric,
    grouping: usize,
    options: &Options,
    warnings: &mut Vec<Warning>,
) -> GroupTables {
    let name = &input.groupings[grouping];
    let rows = rows_by_group(input, numeric, grouping);
    let shown: Vec<(&String, &Vec<usize>)> =
        rows.iter().filter(|(group, rows)| *group == ALL || rows.len() as u64 >= options.min_group).collect();
    let all = populations(numeric);
    let human = human_tables(numeric, name, &shown, warnings);
    let fits = fit(input, numeric, grouping);
    GroupTables {
        eval: eval_table(numeric, name, &shown, &all, warnings),
        smd: smd_table(numeric, name, &shown, &all),
        human,
        fairness: fits.as_ref().map_or_else(Vec::new, |fits| fairness_tables(fits, name)),
        fits,
    }
}

type Populations = BTreeMap<&'static str, Option<crate::scores::Population>>;

fn eval_table(
    numeric: &Numeric,
    name: &str,
    shown: &[(&String, &Vec<usize>)],
    all: &Populations,
    warnings: &mut Vec<Warning>,
) -> Table {
    let figures = recommended(numeric, "DSM");
    let mut table = Table::new(format!("eval_by_{name}"), format!("Agreement by {name}"))
        .about(
            "DSM: how many standard deviations of all answers the system's mean of the group lies farther from the \
             mean of all than people's mean of the group. Above 0 the system favours the group.",
        )
        .column("", name, Format::Digits(0));
    for (key, form) in &figures {
        let (title, format) = heading(key);
        let shared = matches!(*key, "N" | "h_mean" | "h_sd");
        let title = if shared { title.to_owned() } else { format!("{title} ({form})") };
        table = table.column(recommended_key(key, form), title, format);
    }
    for (group, rows) in shown {
        let forms: BTreeMap<&str, ScoreAgreement> = numeric
            .forms
            .iter()
            .filter_map(|(form, scores)| Some((*form, numeric.pairs(scores, rows).agreement()?)))
            .collect();
        let mut row: Vec<Cell> = vec![group.as_str().into()];
        for (key, form) in &figures {
            let agreement = &forms[form];
            row.push(figure(agreement, key, all[form].and_then(|all| agreement.dsm(&all))));
        }
        table.push(row);
    }
    let in_group = |group: &str| group != ALL;
    for rule in [
        Rule {
            column: "DSM",
            limit: Limit::Beyond(0.1),
            means: "The system moves this group up or down beside the others, by more than 0.1 standard deviations \
                    more than people do.",
        },
        Rule {
            column: "wtkappa",
            limit: Limit::Below(0.7),
            means: "Agreement with people in this group is below 0.7.",
        },
        Rule {
            column: "corr",
            limit: Limit::Below(0.7),
            means: "The correlation with people's scores in this group is below 0.7.",
        },
    ] {
        table.mark(&rule, in_group, warnings);
    }
    table
}

fn smd_table(numeric: &Numeric, name: &str, shown: &[(&String, &Vec<usize>)], all: &Populations) -> Table {
    let form = numeric.trimmed();
    let methods = [
        ("unpooled", SmdMethod::Unpooled),
        ("pooled", SmdMethod::Pooled),
        ("johnson", SmdMethod::Johnson),
        ("williamson", SmdMethod::Williamson),
    ];
    let mut table = Table::new(format!("smd_by_{name}"), format!("Difference of means by {name} ({form})"))
        .about(
            "System minus human in standard deviations: human ones of the group (unpooled), both of the group \
             (pooled), human ones of all answers (johnson), both of all answers (williamson).",
        )
        .column("", name, Format::Digits(0))
        .column("N", "N", Format::Digits(0));
    for (key, _) in methods {
        table = table.column(key, key, Format::Digits(3));
    }
    for (group, rows) in shown {
        let Some(a) = numeric.form(form).and_then(|scores| numeric.pairs(scores, rows).agreement()) else {
            continue;
        };
        let mut row: Vec<Cell> = vec![group.as_str().into(), a.n.into()];
        row.extend(methods.iter().map(|(_, method)| Cell::from(a.smd(*method, all[form].as_ref()))));
        table.push(row);
    }
    table
}

fn human_tables(
    numeric: &Numeric,
    name: &str,
    shown: &[(&String, &Vec<usize>)],
    warnings: &mut Vec<Warning>,
) -> Vec<Table> {
    if numeric.rater_pairs(&numeric.all()).is_empty() {
        return Vec::new();
    }
    let all = rater_population(numeric);
    let mut human = consistency_table(
        format!("consistency_by_{name}"),
        format!("Agreement of the first two raters by {name}"),
        "DSM",
    );
    let mut clean = disattenuated_table(
        format!("disattenuated_correlations_by_{name}"),
        format!(
            "Correlation with the system without the errors of the raters, by {name} ({})",
            numeric.trimmed()
        ),
    );
    for (group, rows) in shown {
        let pair = numeric.rater_pairs(rows).agreement();
        let dsm = pair.zip(all).and_then(|(pair, all)| pair.dsm(&all));
        human.push(consistency_row(group, pair.as_ref(), dsm));
        let system = numeric.form(numeric.trimmed()).and_then(|s| numeric.pairs(s, rows).agreement());
        clean.push(disattenuated_row(group, system.and_then(|a| a.corr), pair.and_then(|a| a.corr)));
    }
    mark_disattenuated(&mut clean, warnings);
    vec![human, clean]
}

/// Fits the measures of fairness to trimmed scores.
fn fit(input: &Input, numeric: &Numeric, grouping: usize) -> Option<Fairness> {
    let groups: Vec<&str> =
        numeric.places.iter().map(|place| input.answers[*place].groups[grouping].as_str()).collect();
    fairness(&numeric.human, numeric.form(numeric.trimmed())?, &groups)
}

fn fairness_tables(fits: &Fairness, name: &str) -> Vec<Table> {
    let base = &fits.groups[0];
    let measures = [
        ("Overall score accuracy", "osa", &fits.osa),
        ("Overall score difference", "osd", &fits.osd),
        ("Conditional score difference", "csd", &fits.csd),
    ];
    let mut summary = Table::new(format!("fairness_metrics_by_{name}"), format!("Errors explained by {name}"))
        .about(format!(
            "R²: the share of the variance that the group explains, of squared errors (accuracy), of errors \
             (difference), and of errors beyond what the human score explains (conditional difference); corrected for \
             the number of groups, so that it can be below 0. Reference group: {base}. Loukina, Madnani and Zechner 2019."
        ))
        .column("", "", Format::Digits(0));
    for (title, ..) in measures {
        summary = summary.column(title, title, Format::Digits(4));
    }
    summary = summary.column("base_category", "reference", Format::Digits(0));
    let row = |name: &str, of: &dyn Fn(&FairnessMeasure) -> Cell| {
        let mut row: Vec<Cell> = vec![name.into()];
        row.extend(measures.iter().map(|(_, _, measure)| of(measure)));
        row.push(base.as_str().into());
        row
    };
    summary.push(row("R2", &|m| m.r2.into()));
    summary.push(row("sig", &|m| m.p.map_or(Cell::None, Cell::P)));
    let mut tables = vec![summary];
    for (title, short, measure) in measures {
        let mut table = Table::new(format!("estimates_{short}_by_{name}"), format!("{title} by {name}"))
            .about("The first row is the mean of the reference group, the others are differences from it.")
            .column("", name, Format::Digits(0))
            .column("estimate", "estimate", Format::Digits(4))
            .column("P>[t]", "p", Format::PValue)
            .column("[0.025", "95 % from", Format::Digits(4))
            .column("0.975]", "to", Format::Digits(4));
        for (place, (group, coefficient)) in fits.groups.iter().zip(&measure.estimates).enumerate() {
            let label = if place == 0 { format!("Intercept ({group})") } else { group.clone() };
            let cell =
                |of: &dyn Fn(&Coefficient) -> Option<f64>| Cell::from(coefficient.as_ref().and_then(of));
            table.push(vec![
                label.into(),
                cell(&|c| Some(c.estimate)),
                cell(&|c| c.p),
                cell(&|c| c.low),
                cell(&|c| c.high),
            ]);
        }
        tables.push(table);
    }
    tables
}
