//! Tables of review and of promises about the scores that count without it.

use std::collections::BTreeMap;

use super::input::{Decided, Input, Options};
use super::judge::Outcome;
use super::table::{Cell, Format, Table};
use crate::audit::AuditBound;
use crate::guarantee::{Aim, Judged, Verdict, check, choose_threshold, outlook, usual_candidates};
use crate::homogeneity::homogeneity;
use crate::proportion::{interval, p_of_more, upper_bound};

/// Re-allocations of the test of homogeneity.
const REALLOCATIONS: usize = 10_000;
/// p-value below which tasks are not pooled.
const POOLED: f64 = 0.1;

/// What goes to review and why, and how often these scores are wrong.
pub(super) fn review(outcomes: &[Outcome]) -> Option<Table> {
    let mut by: BTreeMap<String, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        let name = match outcome.decision.as_ref()? {
            Decided::Automatic => "automatic".to_owned(),
            Decided::Review(reason) if reason.is_empty() => "review".to_owned(),
            Decided::Review(reason) => format!("review: {reason}"),
        };
        by.entry(name).or_default().push(outcome);
    }
    let mut table = Table::new("review", "Which scores count without review, and how often they are wrong")
        .about("Intervals are exact (Clopper and Pearson 1934), 95 %.")
        .column("", "", Format::Digits(0))
        .column("N", "answers", Format::Digits(0))
        .column("share", "of all %", Format::Share)
        .column("wrong", "wrong", Format::Digits(0))
        .column("error", "wrong %", Format::Share)
        .column("low", "from %", Format::Share)
        .column("high", "to %", Format::Share)
        .column("far", "more than one level away", Format::Digits(0));
    for (name, of) in &by {
        let (n, wrong) = (of.len() as u64, of.iter().filter(|o| o.wrong).count() as u64);
        let (low, high) = interval(wrong, n, 0.95);
        table.push(vec![
            name.as_str().into(),
            n.into(),
            (n as f64 / outcomes.len() as f64).into(),
            wrong.into(),
            (wrong as f64 / n as f64).into(),
            low.into(),
            high.into(),
            (of.iter().filter(|o| o.far).count() as u64).into(),
        ]);
    }
    (!table.rows.is_empty()).then_some(table)
}

/// What counts without review by group, and how often these scores are wrong.
pub(super) fn review_by_group(
    input: &Input,
    outcomes: &[Outcome],
    grouping: usize,
    options: &Options,
) -> Option<Table> {
    let name = &input.groupings[grouping];
    let mut by: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes.iter().filter(|o| o.decision.is_some()) {
        by.entry(&input.answers[outcome.place].groups[grouping]).or_default().push(outcome);
    }
    let mut table = Table::new(format!("review_by_{name}"), format!("What counts without review, by {name}"))
        .about("Intervals are exact (Clopper and Pearson 1934), 95 %.")
        .column("", name, Format::Digits(0))
        .column("N", "answers", Format::Digits(0))
        .column("automatic", "count", Format::Digits(0))
        .column("share", "of all %", Format::Share)
        .column("wrong", "wrong", Format::Digits(0))
        .column("error", "wrong %", Format::Share)
        .column("low", "from %", Format::Share)
        .column("high", "to %", Format::Share);
    for (group, of) in by.into_iter().filter(|(_, of)| of.len() as u64 >= options.min_group) {
        let automatic: Vec<&&Outcome> = of.iter().filter(|o| o.is_automatic()).collect();
        let (n, wrong) = (automatic.len() as u64, automatic.iter().filter(|o| o.wrong).count() as u64);
        let (low, high) = interval(wrong, n, 0.95);
        table.push(vec![
            group.into(),
            (of.len() as u64).into(),
            n.into(),
            (n as f64 / of.len() as f64).into(),
            wrong.into(),
            (n > 0).then(|| wrong as f64 / n as f64).into(),
            low.into(),
            high.into(),
        ]);
    }
    (!table.rows.is_empty()).then_some(table)
}

/// Whether the scores that count keep the promise, and what these answers would allow to promise.
pub(super) fn promises(input: &Input, outcomes: &[Outcome], options: &Options) -> Vec<Table> {
    let aim = options.aim;
    let mut names: Vec<(String, Vec<&Outcome>)> = vec![("all tasks".into(), outcomes.iter().collect())];
    if input.tasks.len() > 1 {
        for (t, task) in input.tasks.iter().enumerate() {
            let of: Vec<&Outcome> = outcomes.iter().filter(|o| o.task == t).collect();
            if !of.is_empty() {
                names.push((task.id.clone(), of));
            }
        }
    } else if let Some(task) = input.tasks.first() {
        names[0].0 = task.id.clone();
    }
    let mut tables: Vec<Table> = checked(&names, aim, options).into_iter().collect();
    tables.extend(audited(input, &names, options));
    tables.extend(possible(&names, aim, options));
    if names.len() > 1 && has_dependent(input, outcomes) {
        let what = input.clusters.as_deref().unwrap_or_default();
        for table in &mut tables {
            table.about.push(format!(
                "Exact bounds take answers as independent. In the row of all tasks several answers are of one {what}, so \
                 that this row is an approximation."
            ));
        }
    }
    tables.extend(pooling(&names, options));
    tables
}

/// Whether some answers are of one student or to one question.
fn has_dependent(input: &Input, outcomes: &[Outcome]) -> bool {
    let mut seen = std::collections::BTreeSet::new();
    let clusters = outcomes.iter().filter_map(|o| input.answers[o.place].cluster.as_deref());
    input.clusters.is_some() && clusters.into_iter().any(|cluster| !seen.insert(cluster))
}

/// The table of the promise's check. `None` if no score says whether it counts.
fn checked(names: &[(String, Vec<&Outcome>)], aim: Aim, options: &Options) -> Option<Table> {
    let what = if options.far_only { "more than one level away" } else { "wrong" };
    let mut table = Table::new("promise_check", "Do the scores that count without review keep the aim?")
        .about(format!(
            "Aim: at most {:.1} % of them are {what}, with {:.0} % confidence. The bounds are exact (Clopper and \
             Pearson 1934). Kept: the upper bound is at most the aim. Broken: the lower bound is above it. Open: too \
             few answers to say.",
            100.0 * aim.max_error,
            100.0 * aim.confidence
        ))
        .column("", "task", Format::Digits(0))
        .column("N", "answers", Format::Digits(0))
        .column("automatic", "count", Format::Digits(0))
        .column("share", "of all %", Format::Share)
        .column("wrong", what, Format::Digits(0))
        .column("error", format!("{what} %"), Format::Share)
        .column("upper", "upper bound %", Format::Share)
        .column("p", "p", Format::PValue)
        .column("verdict", "aim", Format::Digits(0));
    for (name, of) in names {
        let decided: Vec<&&Outcome> = of.iter().filter(|o| o.decision.is_some()).collect();
        if decided.is_empty() {
            continue;
        }
        let automatic: Vec<&&&Outcome> = decided.iter().filter(|o| o.is_automatic()).collect();
        let (n, wrong) =
            (automatic.len() as u64, automatic.iter().filter(|o| o.is_wrong(options)).count() as u64);
        let verdict = said(check(wrong, n, aim));
        table.push(vec![
            name.as_str().into(),
            (decided.len() as u64).into(),
            n.into(),
            (n as f64 / decided.len() as f64).into(),
            wrong.into(),
            (n > 0).then(|| wrong as f64 / n as f64).into(),
            upper_bound(wrong, n, aim.outside()).into(),
            p_of_more(wrong, n, aim.max_error).into(),
            verdict.into(),
        ]);
    }
    (!table.rows.is_empty()).then_some(table)
}

/// A verdict in a word.
pub(super) fn said(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Kept => "kept",
        Verdict::Broken => "broken",
        Verdict::Open => "open",
    }
}

/// The reason for which a model sends automatic scores to a person all the same.
const AUDIT: &str = "audit";

/// What audited scores say about the others, read in the order of the table. `None` without audits.
fn audited(input: &Input, names: &[(String, Vec<&Outcome>)], options: &Options) -> Option<Table> {
    let Aim { max_error, confidence } = options.aim;
    let mut table = Table::new("audits", "What do audits say about the scores that count without review?")
        .about(format!(
            "Audited scores are a random share of those that would count. Their bounds hold at every moment together \
             (mixture martingales: Robbins 1970; Howard et al. 2021): they may be read after each audited score, and \
             each of the two ever misses the error rate with {:.0} % probability at most, as long as it stays the same. \
             Kept: the upper bound is at most {:.1} %. Broken: the lower bound is above it. Answers are taken in the \
             order of the table; of answers with the same text, which are audited together, the first one counts.",
            100.0 * (1.0 - confidence),
            100.0 * max_error
        ))
        .column("", "task", Format::Digits(0))
        .column("N", "audited", Format::Digits(0))
        .column("repeated", "same text again", Format::Digits(0))
        .column("wrong", "wrong", Format::Digits(0))
        .column("error", "wrong %", Format::Share)
        .column("low", "lower bound %", Format::Share)
        .column("high", "upper bound %", Format::Share)
        .column("verdict", "aim", Format::Digits(0));
    for (name, of) in names {
        let mut bound = AuditBound::new(confidence, max_error);
        let mut repeated = 0_u64;
        for outcome in of.iter().filter(|o| o.decision == Some(Decided::Review(AUDIT.to_owned()))) {
            if input.answers[outcome.place].repeated {
                repeated += 1;
            } else {
                bound.add(outcome.is_wrong(options));
            }
        }
        let n = bound.audited();
        if n == 0 {
            continue;
        }
        table.push(vec![
            name.as_str().into(),
            n.into(),
            repeated.into(),
            bound.wrong().into(),
            (bound.wrong() as f64 / n as f64).into(),
            bound.low().into(),
            bound.bound().into(),
            said(bound.verdict(max_error)).into(),
        ]);
    }
    (!table.rows.is_empty()).then_some(table)
}

/// The table of thresholds that these answers would allow. `None` without confidences.
fn possible(names: &[(String, Vec<&Outcome>)], aim: Aim, options: &Options) -> Option<Table> {
    let mut table = Table::new("promise_possible", "What a threshold chosen on these answers could promise")
        .about(format!(
            "The lowest threshold from 0.9999 down to 0.30 for which, with {:.0} % confidence, at most {:.1} % of the \
             scores with at least this confidence are wrong for further answers of the same students, questions and \
             time: fixed-sequence tests with exact p-values (Angelopoulos et al. 2021; Wiens 2003). The rows are \
             separate promises. Where none is possible, the last columns say how many graded answers would be enough \
             if errors stay as they are; a dash means that only a better system would help.",
            100.0 * aim.confidence,
            100.0 * aim.max_error
        ))
        .column("", "task", Format::Digits(0))
        .column("N", "answers", Format::Digits(0))
        .column("threshold", "confidence from", Format::Digits(4))
        .column("automatic", "count", Format::Digits(0))
        .column("share", "of all %", Format::Share)
        .column("wrong", "wrong", Format::Digits(0))
        .column("p", "p", Format::PValue)
        .column("needed", "answers needed", Format::Digits(0))
        .column("needed_share", "would count %", Format::Share);
    for (name, of) in names {
        let judged: Vec<Judged> = of
            .iter()
            .filter_map(|o| Some(Judged { confidence: o.confidence?, wrong: o.is_wrong(options) }))
            .collect();
        if judged.is_empty() {
            continue;
        }
        let choice = choose_threshold(&usual_candidates(), &judged, aim);
        let mut row: Vec<Cell> = vec![name.as_str().into(), choice.answers.into()];
        match choice.chosen {
            Some(test) => row.extend([
                test.threshold.into(),
                test.automatic.into(),
                Cell::Number(test.automatic as f64 / choice.answers as f64),
                test.wrong.into(),
                Cell::Number(test.p),
                Cell::None,
                Cell::None,
            ]),
            None => {
                let outlook = outlook(&choice, aim);
                row.extend([Cell::None, 0_u64.into(), Cell::Number(0.0), Cell::None, Cell::None]);
                row.push(outlook.map(|o| o.answers).into());
                row.push(outlook.map(|o| o.automatic).into());
            }
        }
        table.push(row);
    }
    (!table.rows.is_empty()).then_some(table)
}

/// The test of whether tasks may be pooled. `None` with one task.
fn pooling(names: &[(String, Vec<&Outcome>)], options: &Options) -> Option<Table> {
    let counts: Vec<(u64, u64)> = names
        .iter()
        .skip(1)
        .map(|(_, of)| {
            let automatic: Vec<&&Outcome> = of.iter().filter(|o| o.is_automatic()).collect();
            (automatic.iter().filter(|o| o.is_wrong(options)).count() as u64, automatic.len() as u64)
        })
        .collect();
    let test = homogeneity(&counts, REALLOCATIONS, options.bootstrap.seed)?;
    let mut table = Table::new("homogeneity", "Do the tasks share one error rate?")
        .about(
            "Pearson's statistic of the wrong scores among those that count, with its p-value from random \
             re-allocations of the errors to answers and from the limit distribution. Below 0.1, the row of all tasks \
             holds for their mixture only, and a single task may be far worse.",
        )
        .column("", "", Format::Digits(0))
        .column("statistic", "statistic", Format::Digits(2))
        .column("freedom", "degrees of freedom", Format::Digits(0))
        .column("p", "p", Format::PValue)
        .column("p_limit", "p, limit", Format::PValue)
        .column("pooled", "may be pooled", Format::Digits(0));
    table.push(vec![
        "tasks".into(),
        test.statistic.into(),
        test.freedom.into(),
        test.p.into(),
        test.p_limit.into(),
        (if test.p < POOLED { "no" } else { "yes" }).into(),
    ]);
    Some(table)
}
