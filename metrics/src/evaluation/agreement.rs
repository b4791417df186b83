//! Tables of agreement between human and system scores.

use std::collections::BTreeMap;

use super::select::{LEVEL, Numeric};
use super::table::{Cell, Format, Limit, Place, Rule, Table, Warning};
use crate::proportion::interval;
use crate::scores::{Population, ScoreAgreement, ScorePairs, SmdMethod, round_half_even};

/// Columns of agreement tables: key, header, format.
const COLUMNS: [(&str, &str, Format); 17] = [
    ("N", "N", Format::Digits(0)),
    ("h_mean", "human mean", Format::Digits(3)),
    ("h_sd", "human SD", Format::Digits(3)),
    ("h_min", "human min", Format::Digits(2)),
    ("h_max", "human max", Format::Digits(2)),
    ("sys_mean", "system mean", Format::Digits(3)),
    ("sys_sd", "system SD", Format::Digits(3)),
    ("sys_min", "system min", Format::Digits(2)),
    ("sys_max", "system max", Format::Digits(2)),
    ("corr", "r", Format::Digits(3)),
    ("wtkappa", "QWK", Format::Digits(3)),
    ("R2", "R²", Format::Digits(3)),
    ("kappa", "kappa", Format::Digits(3)),
    ("exact_agr", "exact %", Format::Percent),
    ("adj_agr", "adjacent %", Format::Percent),
    ("SMD", "SMD", Format::Digits(3)),
    ("RMSE", "RMSE", Format::Digits(3)),
];

/// Header and format of a figure.
pub(super) fn heading(key: &str) -> (&'static str, Format) {
    match key {
        "DSM" => ("DSM", Format::Digits(3)),
        _ => COLUMNS
            .iter()
            .find(|(known, ..)| *known == key)
            .map_or(("", Format::Digits(3)), |(_, title, format)| (title, *format)),
    }
}

/// A figure of an agreement, by its key. `difference` is the SMD or DSM.
pub(super) fn figure(agreement: &ScoreAgreement, key: &str, difference: Option<f64>) -> Cell {
    match key {
        "N" => agreement.n.into(),
        "h_mean" => agreement.h_mean.into(),
        "h_sd" => agreement.h_sd.into(),
        "h_min" => agreement.h_min.into(),
        "h_max" => agreement.h_max.into(),
        "sys_mean" => agreement.sys_mean.into(),
        "sys_sd" => agreement.sys_sd.into(),
        "sys_min" => agreement.sys_min.into(),
        "sys_max" => agreement.sys_max.into(),
        "corr" => agreement.corr.into(),
        "wtkappa" => agreement.wtkappa.into(),
        "R2" => agreement.r2.into(),
        "kappa" => agreement.kappa.into(),
        "exact_agr" => agreement.exact_agr.into(),
        "adj_agr" => agreement.adj_agr.into(),
        "RMSE" => agreement.rmse.into(),
        "SMD" | "DSM" => difference.into(),
        _ => Cell::None,
    }
}

/// Every figure for every form of the system's scores.
pub(super) fn eval(numeric: &Numeric, warnings: &mut Vec<Warning>) -> Table {
    let mut table = Table::new("eval", "Agreement of every form of the score with human scores");
    table = table.column("", "score", Format::Digits(0));
    for (key, title, format) in COLUMNS {
        table = table.column(key, title, format);
    }
    for (name, agreement) in by_form(numeric) {
        let smd = agreement.smd(SmdMethod::Unpooled, None);
        let mut row: Vec<Cell> = vec![name.into()];
        row.extend(COLUMNS.iter().map(|(key, ..)| figure(&agreement, key, smd)));
        table.push(row);
    }
    let rule = Rule {
        column: "SMD",
        limit: Limit::Beyond(0.15),
        means: "The system's mean lies more than 0.15 human standard deviations from the human mean, so scores are \
                shifted as a whole (Williamson, Xi and Breyer 2012).",
    };
    // Scores before trimming may be on another scale.
    table.mark(&rule, |form| form != "raw" && form != "scale", warnings);
    table
}

/// Agreement of each form.
pub(super) fn by_form(numeric: &Numeric) -> Vec<(&'static str, ScoreAgreement)> {
    let rows = numeric.all();
    let agreement = |scores: &[f64]| numeric.pairs(scores, &rows).agreement();
    numeric.forms.iter().filter_map(|(name, scores)| Some((*name, agreement(scores)?))).collect()
}

/// The figures that RSMTool recommends: continuous ones of trimmed scores, discrete ones of rounded scores, and both of
/// the awarded levels.
pub(super) fn recommended(numeric: &Numeric, difference: &'static str) -> Vec<(&'static str, &'static str)> {
    let continuous =
        ["N", "h_mean", "h_sd", "sys_mean", "sys_sd", "wtkappa", "corr", difference, "RMSE", "R2"];
    let discrete = ["sys_mean", "sys_sd", "kappa", "exact_agr", "adj_agr", difference];
    let awarded =
        ["sys_mean", "sys_sd", "wtkappa", "corr", "kappa", "exact_agr", "adj_agr", difference, "RMSE"];
    let mut list: Vec<(&'static str, &'static str)> = Vec::new();
    list.extend(continuous.map(|key| (key, numeric.trimmed())));
    list.extend(discrete.map(|key| (key, numeric.rounded())));
    if numeric.form(LEVEL).is_some() {
        list.extend(awarded.map(|key| (key, LEVEL)));
    }
    list
}

/// The key of a recommended figure in CSV: `wtkappa.raw_trim`, or `N` for what all forms share.
pub(super) fn recommended_key(key: &str, form: &str) -> String {
    if matches!(key, "N" | "h_mean" | "h_sd") { key.to_owned() } else { format!("{key}.{form}") }
}

/// The recommended figures as one row.
pub(super) fn eval_short(numeric: &Numeric) -> Table {
    let mut table = Table::new("eval_short", "The figures that RSMTool recommends")
        .only(Place::Files)
        .column("", "", Format::Digits(0));
    let forms: BTreeMap<&str, ScoreAgreement> = by_form(numeric).into_iter().collect();
    let mut row: Vec<Cell> = vec!["0".into()];
    for (key, form) in recommended(numeric, "SMD") {
        let (title, format) = heading(key);
        let said = if matches!(key, "N" | "h_mean" | "h_sd") {
            title.to_owned()
        } else {
            format!("{title} ({form})")
        };
        table = table.column(recommended_key(key, form), said, format);
        let agreement = &forms[form];
        row.push(figure(agreement, key, agreement.smd(SmdMethod::Unpooled, None)));
    }
    table.push(row);
    table
}

/// The difference of means in each standard deviation that RSMTool knows.
pub(super) fn smd(numeric: &Numeric) -> Table {
    let mut table = Table::new("smd", "Difference of means in several standard deviations")
        .about(
            "Unpooled: the human standard deviation of these answers. Pooled: the root of the mean of both variances. \
             For all answers, “johnson” equals “unpooled” and “williamson” equals “pooled”; they differ by group.",
        )
        .column("", "score", Format::Digits(0))
        .column("difference", "system − human", Format::Digits(3))
        .column("unpooled", "unpooled", Format::Digits(3))
        .column("pooled", "pooled", Format::Digits(3));
    for (name, agreement) in by_form(numeric) {
        table.push(vec![
            name.into(),
            (agreement.sys_mean - agreement.h_mean).into(),
            agreement.smd(SmdMethod::Unpooled, None).into(),
            agreement.smd(SmdMethod::Pooled, None).into(),
        ]);
    }
    table
}

/// Counts of rounded scores of two columns; the first gives the rows.
pub(super) fn confusion(name: &str, title: &str, pairs: &ScorePairs) -> Table {
    let mut counts: BTreeMap<(i64, i64), u64> = BTreeMap::new();
    let mut scores = std::collections::BTreeSet::new();
    for (a, b) in pairs.human().iter().zip(pairs.system()) {
        let key = (whole(*a), whole(*b));
        scores.extend([key.0, key.1]);
        *counts.entry(key).or_default() += 1;
    }
    let mut table = Table::new(name, title).column("", "human", Format::Digits(0));
    for score in &scores {
        table = table.column(score.to_string(), score.to_string(), Format::Digits(0));
    }
    for a in &scores {
        let mut row: Vec<Cell> = vec![a.to_string().into()];
        row.extend(scores.iter().map(|b| Cell::Count(counts.get(&(*a, *b)).copied().unwrap_or(0))));
        table.push(row);
    }
    table
}

/// A rounded score.
#[expect(clippy::cast_possible_truncation, reason = "a score beyond 2^63 counts as the largest")]
pub(super) fn whole(score: f64) -> i64 {
    round_half_even(score) as i64
}

/// How often people and the system give each score.
pub(super) fn distribution(numeric: &Numeric, warnings: &mut Vec<Warning>) -> Table {
    let mut counts: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
    let system = numeric.form(numeric.rounded()).unwrap_or_default();
    for (row, (h, s)) in numeric.human.iter().zip(system).enumerate() {
        let weight = numeric.weights.get(row).copied().unwrap_or(1.0);
        counts.entry(whole(*h)).or_default().0 += weight;
        counts.entry(whole(*s)).or_default().1 += weight;
    }
    let total: f64 = counts.values().map(|(h, _)| h).sum();
    let mut table = Table::new("score_dist", "How often each score is given, in percent")
        .column("score", "score", Format::Digits(0))
        .column("human", "human %", Format::Percent)
        .column(format!("sys_{}", numeric.prefix), "system %", Format::Percent)
        .column("difference", "difference", Format::Percent);
    for (score, (human, system)) in counts {
        let (human, system) = (100.0 * human / total, 100.0 * system / total);
        table.push(vec![score.to_string().into(), human.into(), system.into(), (system - human).into()]);
    }
    let rule = Rule {
        column: "difference",
        limit: Limit::Beyond(5.0),
        means: "The system gives this score more or less often than people do, by more than 5 percentage points.",
    };
    table.mark(&rule, |_| true, warnings);
    table
}

/// Means and standard deviations of all answers, for each form; what groups are compared with.
pub(super) fn populations(numeric: &Numeric) -> BTreeMap<&'static str, Option<Population>> {
    by_form(numeric).into_iter().map(|(form, agreement)| (form, agreement.population())).collect()
}

/// How the system does at each human score.
pub(super) fn levels(numeric: &Numeric) -> Table {
    let form = numeric.counted();
    let system = numeric.form(form).unwrap_or_default();
    let mut at: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    let mut awarded: BTreeMap<i64, u64> = BTreeMap::new();
    for (row, (h, s)) in numeric.human.iter().zip(system).enumerate() {
        at.entry(whole(*h)).or_default().push(row);
        *awarded.entry(whole(*s)).or_default() += 1;
    }
    let mut table = Table::new("eval_by_level", format!("Agreement at each human score ({form})"))
        .about(
            "Recall: the share of the answers with this human score that get it. Precision: the share of the answers \
             which the system gives this score that have it. Below and above: the system gives less or more. Intervals \
             of recall are exact (Clopper and Pearson 1934), 95 %.",
        )
        .column("level", "human score", Format::Digits(0))
        .column("N", "N", Format::Digits(0))
        .column("awarded", "given by the system", Format::Digits(0))
        .column("recall", "recall %", Format::Share)
        .column("recall_low", "from %", Format::Share)
        .column("recall_high", "to %", Format::Share)
        .column("precision", "precision %", Format::Share)
        .column("below", "below %", Format::Share)
        .column("above", "above %", Format::Share)
        .column("adjacent", "adjacent %", Format::Share)
        .column("mean_error", "mean error", Format::Digits(3));
    let mut keys: std::collections::BTreeSet<i64> = at.keys().copied().collect();
    keys.extend(awarded.keys());
    for level in keys {
        let rows = at.get(&level).map_or(&[][..], Vec::as_slice);
        let n = rows.len() as f64;
        let share = |is: &dyn Fn(i64) -> bool| {
            let hits = rows.iter().filter(|row| is(whole(system[**row]) - level)).count();
            (!rows.is_empty()).then(|| hits as f64 / n)
        };
        let right = rows.iter().filter(|row| whole(system[**row]) == level).count() as u64;
        let between = (!rows.is_empty()).then(|| interval(right, rows.len() as u64, 0.95));
        let given = awarded.get(&level).copied().unwrap_or(0);
        let error: f64 = rows.iter().map(|row| system[*row] - numeric.human[*row]).sum();
        table.push(vec![
            level.to_string().into(),
            (rows.len() as u64).into(),
            given.into(),
            share(&|d| d == 0).into(),
            between.map(|ends| ends.0).into(),
            between.map(|ends| ends.1).into(),
            (given > 0).then(|| right as f64 / given as f64).into(),
            share(&|d| d < 0).into(),
            share(&|d| d > 0).into(),
            share(&|d| d.abs() <= 1).into(),
            (!rows.is_empty()).then(|| error / n).into(),
        ]);
    }
    table
}
