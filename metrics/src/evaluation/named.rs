//! Tables of tasks whose scores are classes or rubric labels.

use std::collections::BTreeMap;

use super::input::{Given, Input, Options};
use super::intervals::{cell, clusters, ends, kind};
use super::table::{Cell, Format, Table};
use crate::classification::{ClassScore, class_scores, label_scores};
use crate::resample::Resamples;
use crate::{Confusion, Metric, Outcomes, ScoreKind, Tally, Target};

/// A given score as one that is counted.
fn target(given: &Given) -> Option<Target> {
    match given {
        Given::Class(class) => Some(Target::Class(*class)),
        Given::Labels(labels) => Some(Target::Labels(labels.clone())),
        Given::Points(_) | Given::Missing | Given::Invalid => None,
    }
}

/// Human and system scores of one task.
fn outcomes(input: &Input, task: usize, places: &[usize]) -> Option<Outcomes> {
    let pairs: Vec<(Target, Target)> = places
        .iter()
        .filter_map(|p| {
            let answer = &input.answers[*p];
            Some((target(&answer.reference)?, target(answer.system.award.as_ref()?)?))
        })
        .collect();
    let task = &input.tasks[task];
    Outcomes::new(task.kind, task.labels.len(), &[], pairs.iter().map(|(t, p)| (t, p))).ok()
}

/// Tables of all such tasks.
pub(super) fn tables(input: &Input, named: &[usize], options: &Options) -> Vec<Table> {
    let mut tables = Vec::new();
    for kind in [ScoreKind::Class, ScoreKind::Labels] {
        let tasks: Vec<usize> = (0..input.tasks.len()).filter(|t| input.tasks[*t].kind == kind).collect();
        let of = |task: usize| -> Vec<usize> {
            named.iter().copied().filter(|p| input.answers[*p].task == task).collect()
        };
        let with_answers: Vec<(usize, Vec<usize>)> =
            tasks.into_iter().map(|t| (t, of(t))).filter(|(_, places)| !places.is_empty()).collect();
        if with_answers.is_empty() {
            continue;
        }
        tables.push(summary(input, kind, &with_answers, options));
        for (task, places) in &with_answers {
            let Some(outcomes) = outcomes(input, *task, places) else { continue };
            let (id, labels) = (&input.tasks[*task].id, &input.tasks[*task].labels);
            match outcomes.tally() {
                Tally::Single { confusion, .. } => {
                    let scores = class_scores(&confusion);
                    tables.push(per_label(
                        &format!("classes_{id}"),
                        &format!("Classes of {id}"),
                        labels,
                        &scores,
                        None,
                    ));
                    tables.push(confusion_table(id, labels, &confusion));
                }
                Tally::Multi { labels: counts, .. } => {
                    let kappas: Vec<Option<f64>> = counts.iter().map(crate::kappa).collect();
                    let scores = label_scores(&counts);
                    let title = format!("Rubric labels of {id}");
                    tables.push(per_label(&format!("labels_{id}"), &title, labels, &scores, Some(&kappas)));
                }
            }
        }
        tables.extend(rater_table(input, kind, &with_answers));
        for grouping in 0..input.groupings.len() {
            tables.extend(by_group(input, kind, &with_answers, grouping, options));
        }
    }
    tables
}

/// The name that tables of a kind begin with, and its name in titles.
fn names(kind: ScoreKind) -> (&'static str, &'static str) {
    if kind == ScoreKind::Class { ("eval_classes", "classes") } else { ("eval_labels", "rubric labels") }
}

fn summary(input: &Input, of: ScoreKind, tasks: &[(usize, Vec<usize>)], options: &Options) -> Table {
    let (name, title) = names(of);
    let metrics = of.metrics();
    let mut table = Table::new(name, format!("Agreement with human scores, tasks with {title}"))
        .about("Brackets of the main figure are intervals of resampled answers, see the method.")
        .column("", "task", Format::Digits(0))
        .column("N", "N", Format::Digits(0));
    for metric in metrics {
        table = table.column(metric.name(), metric.title(), Format::Digits(3));
    }
    table = table.column("low", format!("{} from", of.main_metric().title()), Format::Digits(3)).column(
        "high",
        "to",
        Format::Digits(3),
    );
    for (task, places) in tasks {
        let Some(outcomes) = outcomes(input, *task, places) else { continue };
        let tally = outcomes.tally();
        let clusters = clusters(input, places);
        let main = of.main_metric();
        let made = Resamples::of(
            &options.bootstrap,
            &input.tasks[*task].id,
            &clusters,
            kind(clusters.len(), places.len()),
            |rows| vec![outcomes.tally_of(rows.iter().copied()).metric(main).unwrap_or(f64::NAN)],
        );
        let mut row: Vec<Cell> = vec![input.tasks[*task].id.as_str().into(), (places.len() as u64).into()];
        row.extend(metrics.iter().map(|metric| Cell::from(tally.metric(*metric))));
        row.extend(ends(made.interval(0)));
        table.push(row);
    }
    table
}

fn per_label(
    name: &str,
    title: &str,
    labels: &[String],
    scores: &[ClassScore],
    kappas: Option<&[Option<f64>]>,
) -> Table {
    let mut table = Table::new(name, title)
        .column("", "", Format::Digits(0))
        .column("support", "human", Format::Digits(0))
        .column("predicted", "system", Format::Digits(0))
        .column("hits", "both", Format::Digits(0))
        .column("precision", "precision %", Format::Share)
        .column("recall", "recall %", Format::Share)
        .column("f1", "F1 %", Format::Share);
    if kappas.is_some() {
        table = table.column("kappa", "kappa", Format::Digits(3));
    }
    for (i, (label, score)) in labels.iter().zip(scores).enumerate() {
        let mut row: Vec<Cell> = vec![
            label.as_str().into(),
            score.support.into(),
            score.predicted.into(),
            score.hits.into(),
            (score.predicted > 0).then_some(score.precision).into(),
            (score.support > 0).then_some(score.recall).into(),
            (score.support + score.predicted > 0).then_some(score.f1).into(),
        ];
        row.extend(kappas.map(|kappas| Cell::from(kappas[i])));
        table.push(row);
    }
    table
}

fn confusion_table(id: &str, labels: &[String], counts: &Confusion) -> Table {
    let title = format!("Human classes (rows) and the system's (columns) of {id}");
    let mut table = Table::new(format!("confMatrix_{id}"), title).column("", "human", Format::Digits(0));
    for label in labels {
        table = table.column(label, label, Format::Digits(0));
    }
    for (i, label) in labels.iter().enumerate() {
        let mut row: Vec<Cell> = vec![label.as_str().into()];
        row.extend((0..labels.len()).map(|j| Cell::Count(counts.get(i, j))));
        table.push(row);
    }
    table
}

/// Agreement of the first two raters.
fn rater_table(input: &Input, kind: ScoreKind, tasks: &[(usize, Vec<usize>)]) -> Option<Table> {
    let (name, title) = names(kind);
    let metrics: Vec<Metric> = kind.metrics().to_vec();
    let mut table = Table::new(
        name.replace("eval", "consistency"),
        format!("Agreement of the first two raters, tasks with {title}"),
    )
    .column("", "task", Format::Digits(0))
    .column("N", "N", Format::Digits(0));
    for metric in &metrics {
        table = table.column(metric.name(), metric.title(), Format::Digits(3));
    }
    for (task, places) in tasks {
        let pairs: Vec<(Target, Target)> = places
            .iter()
            .filter_map(|p| {
                let raters = &input.answers[*p].raters;
                Some((target(raters.first()?)?, target(raters.get(1)?)?))
            })
            .collect();
        if pairs.is_empty() {
            continue;
        }
        let of = &input.tasks[*task];
        let outcomes =
            Outcomes::new(of.kind, of.labels.len(), &[], pairs.iter().map(|(a, b)| (a, b))).ok()?;
        let mut row: Vec<Cell> = vec![of.id.as_str().into(), (pairs.len() as u64).into()];
        row.extend(metrics.iter().map(|metric| Cell::from(outcomes.tally().metric(*metric))));
        table.push(row);
    }
    (!table.rows.is_empty()).then_some(table)
}

/// Agreement by group, the tasks together.
fn by_group(
    input: &Input,
    of: ScoreKind,
    tasks: &[(usize, Vec<usize>)],
    grouping: usize,
    options: &Options,
) -> Option<Table> {
    let ((name, title), group_name) = (names(of), &input.groupings[grouping]);
    let mut right: BTreeMap<&str, Vec<(usize, bool)>> = BTreeMap::new();
    for (_, places) in tasks {
        for place in places {
            let answer = &input.answers[*place];
            let is_right = answer.system.award.as_ref() == Some(&answer.reference);
            right.entry(&answer.groups[grouping]).or_default().push((*place, is_right));
        }
    }
    let mut table = Table::new(
        format!("{name}_by_{group_name}"),
        format!("Share of right scores by {group_name}, tasks with {title}"),
    )
    .column("", group_name, Format::Digits(0))
    .column("N", "N", Format::Digits(0))
    .column("exact_match", "all right", Format::Digits(3))
    .column("low", "from", Format::Digits(3))
    .column("high", "to", Format::Digits(3));
    for (group, answers) in right.iter().filter(|(_, answers)| answers.len() as u64 >= options.min_group) {
        let places: Vec<usize> = answers.iter().map(|(place, _)| *place).collect();
        let clusters = clusters(input, &places);
        let made =
            Resamples::of(&options.bootstrap, group, &clusters, kind(clusters.len(), places.len()), |rows| {
                vec![rows.iter().filter(|row| answers[**row].1).count() as f64 / rows.len() as f64]
            });
        let mut row: Vec<Cell> = vec![(*group).into(), (answers.len() as u64).into(), cell(made.values[0])];
        row.extend(ends(made.interval(0)));
        table.push(row);
    }
    (!table.rows.is_empty()).then_some(table)
}
