//! Tables of human–human agreement, and of the system's beside it.

use std::collections::BTreeMap;

use super::agreement::{by_form, confusion};
use super::input::{Given, Input, Options};
use super::select::Numeric;
use super::table::{Cell, Format, Limit, Rule, Table, Warning};
use crate::scores::{
    Population, Ratings, ScoreAgreement, ScorePairs, SmdMethod, disattenuated, rater_error_variance,
    true_score,
};

/// Columns of human–human tables, without the difference of means.
const COLUMNS: [(&str, &str, Format); 14] = [
    ("N", "N", Format::Digits(0)),
    ("h1_mean", "mean 1", Format::Digits(3)),
    ("h1_sd", "SD 1", Format::Digits(3)),
    ("h1_min", "min 1", Format::Digits(2)),
    ("h1_max", "max 1", Format::Digits(2)),
    ("h2_mean", "mean 2", Format::Digits(3)),
    ("h2_sd", "SD 2", Format::Digits(3)),
    ("h2_min", "min 2", Format::Digits(2)),
    ("h2_max", "max 2", Format::Digits(2)),
    ("corr", "r", Format::Digits(3)),
    ("wtkappa", "QWK", Format::Digits(3)),
    ("kappa", "kappa", Format::Digits(3)),
    ("exact_agr", "exact %", Format::Percent),
    ("adj_agr", "adjacent %", Format::Percent),
];

/// Limits of human–human agreement.
const RULES: [Rule; 4] = [
    Rule {
        column: "exact_agr",
        limit: Limit::Below(50.0),
        means: "Two people give the same score to fewer than half of the answers, so the scores themselves are in doubt.",
    },
    Rule {
        column: "adj_agr",
        limit: Limit::Below(95.0),
        means: "More than one in twenty answers gets scores from two people that are more than one point apart.",
    },
    Rule {
        column: "wtkappa",
        limit: Limit::Below(0.7),
        means: "The scores of two people share less than the agreement of 0.7 that is asked for before a system is \
                trained on them (Williamson, Xi and Breyer 2012).",
    },
    Rule {
        column: "corr",
        limit: Limit::Below(0.7),
        means: "The scores of two people correlate by less than 0.7: about half of their variance is not shared.",
    },
];

/// An empty human–human table.
pub(super) fn consistency_table(name: String, title: String, difference: &'static str) -> Table {
    let mut table = Table::new(name, title).column("", "", Format::Digits(0));
    for (key, title, format) in COLUMNS {
        table = table.column(key, title, format);
    }
    table.column(difference, difference, Format::Digits(3))
}

/// A row of a human–human table. Without answers that both scored, it has only the count.
pub(super) fn consistency_row(
    name: &str,
    agreement: Option<&ScoreAgreement>,
    difference: Option<f64>,
) -> Vec<Cell> {
    let mut row: Vec<Cell> = vec![name.into()];
    let Some(a) = agreement else {
        row.push(0_u64.into());
        row.resize(COLUMNS.len() + 2, Cell::None);
        return row;
    };
    row.extend([
        a.n.into(),
        a.h_mean.into(),
        a.h_sd.into(),
        a.h_min.into(),
        a.h_max.into(),
        a.sys_mean.into(),
        a.sys_sd.into(),
        a.sys_min.into(),
        a.sys_max.into(),
        a.corr.into(),
        a.wtkappa.into(),
        a.kappa.into(),
        a.exact_agr.into(),
        a.adj_agr.into(),
        Cell::from(difference),
    ]);
    row
}

/// Agreement of the two raters on all answers that both scored.
pub(super) fn consistency(agreement: &ScoreAgreement, warnings: &mut Vec<Warning>) -> Table {
    let mut table =
        consistency_table("consistency".into(), "Agreement of the first two raters".into(), "SMD").about(
            "Of the answers that both scored. The SMD is in the pooled standard deviation of both raters.",
        );
    table.push(consistency_row("", Some(agreement), agreement.smd(SmdMethod::Pooled, None)));
    for rule in &RULES {
        table.mark(rule, |_| true, warnings);
    }
    table
}

/// Means and standard deviations of the first and the second rater on all answers that each scored.
pub(super) fn rater_population(numeric: &Numeric) -> Option<Population> {
    let of = |scores: &[Option<f64>]| {
        let scores: Vec<f64> = scores.iter().flatten().copied().collect();
        ScorePairs::new(scores.clone(), scores, &[]).agreement()?.population()
    };
    let (first, second) = (of(&numeric.first)?, of(&numeric.second)?);
    Some(Population { sys_mean: second.h_mean, sys_sd: second.h_sd, ..first })
}

/// The system's agreement with people minus that of two people.
pub(super) fn degradation(numeric: &Numeric, human: &ScoreAgreement, warnings: &mut Vec<Warning>) -> Table {
    let mut table = Table::new("degradation", "Agreement with the system minus agreement of two people")
        .about(
            "Above 0 the system agrees with people better than they agree with each other. The system's figures are of \
             all answers, those of people of the answers with two scores.",
        )
        .column("", "score", Format::Digits(0))
        .column("corr", "r", Format::Digits(3))
        .column("kappa", "kappa", Format::Digits(3))
        .column("wtkappa", "QWK", Format::Digits(3))
        .column("exact_agr", "exact, points", Format::Percent)
        .column("adj_agr", "adjacent, points", Format::Percent)
        .column("SMD", "SMD", Format::Digits(3));
    let minus = |a: Option<f64>, b: Option<f64>| Cell::from(a.zip(b).map(|(a, b)| a - b));
    for (name, a) in by_form(numeric) {
        table.push(vec![
            name.into(),
            minus(a.corr, human.corr),
            minus(a.kappa, human.kappa),
            minus(a.wtkappa, human.wtkappa),
            (a.exact_agr - human.exact_agr).into(),
            (a.adj_agr - human.adj_agr).into(),
            minus(a.smd(SmdMethod::Unpooled, None), human.smd(SmdMethod::Pooled, None)),
        ]);
    }
    for column in ["corr", "wtkappa"] {
        let rule = Rule {
            column,
            limit: Limit::Below(-0.1),
            means: "The system agrees with people worse than they agree with each other, by more than 0.1 \
                    (Williamson, Xi and Breyer 2012).",
        };
        table.mark(&rule, |_| true, warnings);
    }
    table
}

/// An empty table of disattenuated correlations.
pub(super) fn disattenuated_table(name: String, title: String) -> Table {
    Table::new(name, title)
        .column("", "", Format::Digits(0))
        .column("corr_HM", "r, human–system", Format::Digits(3))
        .column("corr_HH", "r, human–human", Format::Digits(3))
        .column("sqrt_HH", "its root", Format::Digits(3))
        .column("corr_disattenuated", "disattenuated r", Format::Digits(3))
}

/// A row of it.
pub(super) fn disattenuated_row(name: &str, system: Option<f64>, human: Option<f64>) -> Vec<Cell> {
    let root = human.filter(|h| *h >= 0.0).map(f64::sqrt);
    let clean = system.zip(human).and_then(|(s, h)| disattenuated(s, h));
    vec![name.into(), system.into(), human.into(), root.into(), clean.into()]
}

/// Marks low disattenuated correlations.
pub(super) fn mark_disattenuated(table: &mut Table, warnings: &mut Vec<Warning>) {
    let rule = Rule {
        column: "corr_disattenuated",
        limit: Limit::Below(0.9),
        means: "Even without the errors of the raters, the system's scores and people's correlate by less than 0.9: \
                the system measures something partly different.",
    };
    table.mark(&rule, |_| true, warnings);
}

/// Correlations with the system without the errors of the raters.
pub(super) fn disattenuation(
    numeric: &Numeric,
    human: &ScoreAgreement,
    warnings: &mut Vec<Warning>,
) -> Table {
    let title = "Correlation with the system, without the errors of the raters";
    let mut table = disattenuated_table("disattenuated_correlations".into(), title.into())
        .about("The human–system correlation divided by the square root of the human–human one.");
    for (name, a) in by_form(numeric) {
        table.push(disattenuated_row(name, a.corr, human.corr));
    }
    mark_disattenuated(&mut table, warnings);
    table
}

/// Counts of the scores of two raters.
pub(super) fn confusion_of_raters(pairs: &ScorePairs) -> Table {
    confusion("confMatrix_h1h2", "Scores of the first rater (rows) and the second (columns)", pairs)
}

/// Agreement of the system with true scores. `None` if the variance of the raters' errors is not known.
pub(super) fn true_scores(input: &Input, numeric: &Numeric, options: &Options) -> Option<Table> {
    let ratings: Vec<Ratings> =
        numeric.places.iter().map(|place| ratings_of(input, *place, options)).collect();
    let error = options.rater_error_variance.or_else(|| rater_error_variance(&ratings))?;
    let source = if options.rater_error_variance.is_some() { "given" } else { "estimated" };
    let mut table = Table::new("true_score_eval", "Agreement with true scores")
        .about(format!(
            "A true score is the one that an answer would have without errors of the raters. The variance of these \
             errors is {source}. PRMSE is the share of the variance of true scores that the system explains \
             (Loukina et al. 2020); raters must be independent of each other."
        ))
        .column("", "score", Format::Digits(0))
        .column("N", "N", Format::Digits(0))
        .column("N raters", "raters", Format::Digits(0))
        .column("N single", "with one score", Format::Digits(0))
        .column("N multiple", "with several", Format::Digits(0))
        .column("Variance of errors", "variance of errors", Format::Digits(3))
        .column("True score var", "variance of true scores", Format::Digits(3))
        .column("MSE true", "MSE", Format::Digits(3))
        .column("PRMSE true", "PRMSE", Format::Digits(3));
    // An answer that has only an adjudicated score says nothing about raters.
    let rated: Vec<usize> =
        (0..ratings.len()).filter(|row| ratings[*row].0.iter().any(Option::is_some)).collect();
    let of_rated: Vec<Ratings> = rated.iter().map(|row| ratings[*row].clone()).collect();
    for (name, scores) in &numeric.forms {
        let system: Vec<f64> = rated.iter().map(|row| scores[*row]).collect();
        let Some(t) = true_score(&system, &of_rated, Some(error)) else { continue };
        table.push(vec![
            (*name).into(),
            t.n.into(),
            t.raters.into(),
            t.single.into(),
            t.multiple.into(),
            t.error_variance.into(),
            t.true_variance.into(),
            t.mse.into(),
            t.prmse.into(),
        ]);
    }
    (!table.rows.is_empty()).then_some(table)
}

/// All ratings of an answer.
fn ratings_of(input: &Input, place: usize, options: &Options) -> Ratings {
    let points = |given: &Given| given.points().filter(|p| !(options.exclude_zero && *p == 0.0));
    Ratings(input.answers[place].raters.iter().map(points).collect())
}

/// Variances of both raters, on all answers and on those that both scored.
pub(super) fn rater_variance(numeric: &Numeric, human: &ScoreAgreement) -> Table {
    let first: Vec<f64> = numeric.first.iter().flatten().copied().collect();
    let variance = |sd: Option<f64>| Cell::from(sd.map(|sd| sd * sd));
    let all = ScorePairs::new(first.clone(), first, &[]).agreement();
    let mut table = Table::new("human_variance", "Variance of the raters' scores")
        .about("Raters whose variances differ much are not interchangeable, which PRMSE and disattenuation assume.")
        .column("", "", Format::Digits(0))
        .column("N_total", "first rater, N", Format::Digits(0))
        .column("N_double", "both, N", Format::Digits(0))
        .column("h1_var (single)", "variance 1, all", Format::Digits(3))
        .column("h1_var (double)", "variance 1, both", Format::Digits(3))
        .column("h2_var (double)", "variance 2, both", Format::Digits(3));
    table.push(vec![
        "human".into(),
        all.map(|a| a.n).into(),
        human.n.into(),
        variance(all.and_then(|a| a.h_sd)),
        variance(human.h_sd),
        variance(human.sys_sd),
    ]);
    table
}

/// Agreement of every two raters, where there are more than two.
pub(super) fn rater_pairs(input: &Input, numeric: &Numeric) -> Option<Table> {
    let raters = input.raters.len();
    if raters < 3 {
        return None;
    }
    let mut table =
        consistency_table("consistency_by_raters".into(), "Agreement of every two raters".into(), "SMD");
    let score = |place: usize, rater: usize| input.answers[place].raters.get(rater).and_then(Given::points);
    let mut of: BTreeMap<(usize, usize), (Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for place in &numeric.places {
        for a in 0..raters {
            for b in a + 1..raters {
                if let (Some(x), Some(y)) = (score(*place, a), score(*place, b)) {
                    let (first, second) = of.entry((a, b)).or_default();
                    first.push(x);
                    second.push(y);
                }
            }
        }
    }
    for ((a, b), (first, second)) in of {
        let agreement = ScorePairs::new(first, second, &[]).agreement();
        let smd = agreement.and_then(|a| a.smd(SmdMethod::Pooled, None));
        let name = format!("{} – {}", input.raters[a], input.raters[b]);
        table.push(consistency_row(&name, agreement.as_ref(), smd));
    }
    Some(table)
}
