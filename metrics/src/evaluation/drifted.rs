//! Tables of what has changed since earlier answers.

use std::collections::BTreeMap;

use super::input::{Decided, Earlier, EarlierAnswer, Given, Graded, Input};
use super::table::{Format, Limit, Rule, Table, Warning};
use crate::drift::{drift, stability_index};

/// Tables of numbers and of awards.
pub(super) fn tables(input: &Input, earlier: &Earlier, warnings: &mut Vec<Warning>) -> Vec<Table> {
    let today: Vec<EarlierAnswer> =
        input.answers.iter().filter(|a| !a.flagged).map(|answer| as_earlier(input, answer)).collect();
    let mut tables = vec![numbers(&earlier.answers, &today, earlier, warnings)];
    tables.extend(awards(&earlier.answers, &today));
    tables.retain(|table| !table.rows.is_empty());
    tables
}

/// What both have.
fn as_earlier(input: &Input, answer: &Graded) -> EarlierAnswer {
    EarlierAnswer {
        raw: answer.system.raw,
        confidence: answer.system.confidence,
        length: answer.length,
        unknown: answer.unknown,
        automatic: answer.system.decision.as_ref().map(|d| *d == Decided::Automatic),
        award: answer.system.award.as_ref().map(|award| award_name(award, &input.tasks[answer.task].labels)),
    }
}

/// An award as text.
#[must_use]
pub fn award_name(award: &Given, labels: &[String]) -> String {
    match award {
        Given::Points(points) => points.to_string(),
        Given::Class(class) => labels.get(*class).cloned().unwrap_or_default(),
        Given::Labels(on) => {
            let names: Vec<&str> =
                labels.iter().zip(on).filter(|(_, on)| **on).map(|(name, _)| name.as_str()).collect();
            names.join("|")
        }
        Given::Missing | Given::Invalid => String::new(),
    }
}

fn numbers(
    earlier: &[EarlierAnswer],
    today: &[EarlierAnswer],
    from: &Earlier,
    warnings: &mut Vec<Warning>,
) -> Table {
    let mut table = Table::new("drift", format!("What has changed since {}", from.title))
        .about(
            "Shift: the difference of the means in standard deviations of the earlier answers. KS: the largest distance \
             of both distributions, with its p-value. PSI: the population stability index over tenths of the earlier \
             answers; below 0.1 little has changed, above 0.25 much. With many answers a p-value is small for changes \
             that do not matter, so only PSI and shift are marked.",
        )
        .column("", "", Format::Digits(0))
        .column("n_earlier", "earlier", Format::Digits(0))
        .column("n", "now", Format::Digits(0))
        .column("mean_earlier", "mean earlier", Format::Digits(3))
        .column("mean", "mean now", Format::Digits(3))
        .column("shift", "shift", Format::Digits(3))
        .column("p_mean", "p of means", Format::PValue)
        .column("ks", "KS", Format::Digits(3))
        .column("p_ks", "p of KS", Format::PValue)
        .column("psi", "PSI", Format::Digits(3));
    type Of = fn(&EarlierAnswer) -> Option<f64>;
    let columns: [(&str, Of); 5] = [
        ("score", |a| a.raw),
        ("confidence", |a| a.confidence),
        ("length in words", |a| a.length),
        ("share of unknown words", |a| a.unknown),
        ("counts without review", |a| a.automatic.map(|yes| f64::from(u8::from(yes)))),
    ];
    for (name, of) in columns {
        let numbers = |answers: &[EarlierAnswer]| answers.iter().filter_map(of).collect::<Vec<f64>>();
        let Some(d) = drift(&numbers(earlier), &numbers(today)) else { continue };
        table.push(vec![
            name.into(),
            d.n_reference.into(),
            d.n.into(),
            d.mean_reference.into(),
            d.mean.into(),
            d.shift.into(),
            d.p_mean.into(),
            d.ks.into(),
            d.p_ks.into(),
            d.psi.into(),
        ]);
    }
    for rule in [
        Rule {
            column: "psi",
            limit: Limit::Above(0.25),
            means: "These answers are distributed clearly otherwise than the earlier ones, so figures and promises of \
                    earlier answers need not hold.",
        },
        Rule {
            column: "shift",
            limit: Limit::Beyond(0.15),
            means: "The mean has moved by more than 0.15 standard deviations.",
        },
    ] {
        table.mark(&rule, |_| true, warnings);
    }
    table
}

/// How often each award occurs.
fn awards(earlier: &[EarlierAnswer], today: &[EarlierAnswer]) -> Option<Table> {
    let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    let awards = |answers: &'_ [EarlierAnswer]| answers.iter().filter(|a| a.award.is_some()).count() as u64;
    let (n_earlier, n) = (awards(earlier), awards(today));
    if n_earlier == 0 || n == 0 {
        return None;
    }
    for award in earlier.iter().filter_map(|a| a.award.as_deref()) {
        counts.entry(award).or_default().0 += 1;
    }
    for award in today.iter().filter_map(|a| a.award.as_deref()) {
        counts.entry(award).or_default().1 += 1;
    }
    let (a, b): (Vec<u64>, Vec<u64>) = counts.values().copied().unzip();
    let mut table = Table::new("drift_awards", "How often each score was and is given")
        .about(format!("PSI of the scores: {:.3}.", stability_index(&a, &b)))
        .column("", "score", Format::Digits(0))
        .column("earlier", "earlier %", Format::Share)
        .column("now", "now %", Format::Share);
    for (award, (before, after)) in counts {
        table.push(vec![
            award.into(),
            (before as f64 / n_earlier as f64).into(),
            (after as f64 / n as f64).into(),
        ]);
    }
    Some(table)
}
