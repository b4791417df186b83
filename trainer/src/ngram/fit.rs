//! The fit of one task: idf, regression with the best penalty, calibration.

use super::link::{Calibrated, calibrate};
use super::ridge::{Linear, ridge};
use super::sparse::Sparse;
use crate::data::{Target, TaskData};
use crate::head::TaskHead;
use crate::ops::dropout::derive;
use crate::random;
use anyhow::{Context, Result};
use pupil_core::ngram::{NGramScratch, NGramSpec, smooth_idf, tfidf};
use pupil_core::quant::round_to_f16;
use std::collections::BTreeMap;

/// Makes awards of probabilities for answers with these human scores, to which it may fit its thresholds.
pub type Awards<'a> = &'a dyn Fn(&[Vec<f32>], &[Target]) -> Vec<Target>;

/// How a task is fitted.
#[derive(Clone, Copy)]
pub struct Settings<'a> {
    /// The n-grams.
    pub spec: NGramSpec,
    /// Whether a count weighs as 1 + its logarithm.
    pub sublinear: bool,
    /// What the n-grams of words weigh beside those of characters, of which there are many more.
    pub word_weight: f32,
    /// The penalties to choose from, each above 0; at least one.
    pub penalties: &'a [f64],
    /// Parts of the training answers that are predicted by a regression on the others; at least 2.
    pub folds: usize,
    /// Weight of the teacher's expectation beside a human score.
    pub lambda: f64,
    /// The division into folds follows from it.
    pub seed: u64,
    /// How answers are awarded when penalties are compared.
    pub awards: Awards<'a>,
}

/// An answer to fit to.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    /// What the student wrote.
    pub text: &'a str,
    /// The human score.
    pub target: Target,
    /// The same as probabilities of classes, levels or labels; none where nobody scored.
    pub human: Option<Vec<f32>>,
    /// The teacher's probabilities, if they are learned from.
    pub teacher: Option<&'a [f32]>,
    /// What it is a copy of, or its own id: all copies are in one fold.
    pub source: &'a str,
}

/// A fitted task.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// One per bucket.
    pub idf: Vec<f32>,
    /// `[outputs, buckets]`; the calibration's slopes are part of it.
    pub weight: Vec<f32>,
    /// One per column of logits.
    pub bias: Vec<f32>,
    /// Logits of each scored training answer, in their order, by the regression that has not seen it.
    pub unseen: Vec<Vec<f32>>,
    /// The penalty that was chosen.
    pub penalty: f64,
    /// Mean loss on the scored training answers, each predicted by a regression on the other folds.
    pub training_loss: f64,
    /// Mean loss on the validation answers.
    pub validation_loss: f64,
}

/// Fits a task to its training answers.
///
/// The penalty is the one with which the main metric of the task is best on the validation answers and on the training
/// answers, each of these predicted by a regression on the other folds; of equal ones the largest.
///
/// # Errors
///
/// When there is no penalty, or a score does not fit the task.
pub fn fit(
    task: &TaskData,
    training: &[Row<'_>],
    validation: &[Row<'_>],
    settings: &Settings<'_>,
) -> Result<Fitted> {
    let head = TaskHead::of(task.head, task.labels.len());
    let buckets = settings.spec.buckets() as usize;
    let mut scratch = NGramScratch::default();
    let mut counted = |rows: &[Row<'_>]| {
        rows.iter().map(|r| settings.spec.counts(r.text, &mut scratch).to_vec()).collect::<Vec<_>>()
    };
    let (counts, checked) = (counted(training), counted(validation));
    let scored: Vec<usize> = (0..training.len()).filter(|i| training[*i].human.is_some()).collect();
    let mut idf = idf(scored.iter().map(|i| &counts[*i]), buckets);
    if settings.spec.chars().is_some() && settings.spec.words().is_some() {
        // Words have the second half of the buckets.
        idf[buckets / 2..].iter_mut().for_each(|idf| *idf *= settings.word_weight);
    }
    // As a file stores it.
    idf.iter_mut().for_each(|idf| *idf = round_to_f16(*idf));
    let (x, x_checked) = (
        matrix(&counts, &idf, settings.sublinear, buckets),
        matrix(&checked, &idf, settings.sublinear, buckets),
    );
    let targets: Vec<Vec<f64>> = (0..head.scores())
        .map(|output| training.iter().map(|row| wanted(task, row, settings.lambda, output)).collect())
        .collect();
    let truths: Vec<Vec<f32>> = scored.iter().filter_map(|i| training[*i].human.clone()).collect();
    let prior = prior(&truths, task.labels.len());
    let folds = folds(training, settings);

    let held: Vec<&Row<'_>> = scored.iter().map(|i| &training[*i]).chain(validation).collect();
    let scores: Vec<Target> = held.iter().map(|r| r.target.clone()).collect();
    let mut penalties = settings.penalties.to_vec();
    penalties.sort_by(|a, b| b.total_cmp(a));
    let mut solver = Solver::new(&x, &folds, &targets);
    let mut best: Option<(f64, Fitted)> = None;
    for penalty in penalties {
        let unseen = solver.unseen(penalty);
        let outputs: Vec<Vec<f64>> = scored.iter().map(|i| unseen[*i].clone()).collect();
        let calibrated = calibrate(&head, &outputs, &truths, &prior);
        let linear = solver.whole(penalty);
        let values: Vec<Vec<f64>> = linear.iter().map(|l| l.of(&x_checked)).collect();
        let checked_outputs = (0..validation.len()).map(|i| values.iter().map(|v| v[i]).collect());
        let mut logits: Vec<Vec<f32>> = outputs
            .into_iter()
            .chain(checked_outputs)
            .map(|output| logits(&head, &calibrated, &output))
            .collect();
        let probabilities: Vec<Vec<f32>> = logits.iter().map(|z| head.probabilities(z, 1.0)).collect();
        let (seen, checked) = held.split_at(scored.len());
        let losses = [
            mean_loss(&head, seen, &probabilities[..scored.len()]),
            mean_loss(&head, checked, &probabilities[scored.len()..]),
        ];
        let awards = (settings.awards)(&probabilities, &scores);
        let outcomes = task.outcomes(scores.iter().zip(&awards))?;
        // Where the metric is not defined, as with a single class, the loss decides.
        let metric = outcomes.tally().metric(task.head.main_metric());
        let value = metric.unwrap_or_else(|| -mean_loss(&head, &held, &probabilities));
        if best.as_ref().is_none_or(|(known, _)| value > *known) {
            logits.truncate(scored.len());
            best = Some((
                value,
                Fitted { unseen: logits, penalty, ..assemble(&head, &idf, &linear, &calibrated, losses) },
            ));
        }
    }
    Ok(best.context("a regression needs a penalty to choose")?.1)
}

/// The smoothed idf of every bucket.
pub(super) fn idf<'a>(texts: impl Iterator<Item = &'a Vec<(u32, u32)>>, buckets: usize) -> Vec<f32> {
    let (mut with, mut n) = (vec![0u32; buckets], 0u32);
    for counts in texts {
        n += 1;
        counts.iter().for_each(|(bucket, _)| with[*bucket as usize] += 1);
    }
    with.into_iter().map(|with| smooth_idf(n, with)).collect()
}

/// TF-IDF values of counted texts.
pub(super) fn matrix(texts: &[Vec<(u32, u32)>], idf: &[f32], sublinear: bool, buckets: usize) -> Sparse {
    let (mut x, mut values) = (Sparse::new(buckets), Vec::new());
    for counts in texts {
        tfidf(counts, |bucket| idf[bucket as usize], sublinear, &mut values);
        x.push(counts.iter().map(|c| c.0).zip(values.iter().copied()));
    }
    x
}

/// What an output should be for a row: the points expected on an ordered scale, or the probability of a class or label,
/// by the human score, by the teacher, or by both with weights 1 and λ.
fn wanted(task: &TaskData, row: &Row<'_>, lambda: f64, output: usize) -> f64 {
    let expected = |p: &[f32]| {
        if task.head.is_ordered() {
            p.iter().zip(&task.points).map(|(p, points)| f64::from(*p) * f64::from(*points)).sum()
        } else {
            f64::from(p[output])
        }
    };
    match (row.human.as_deref().map(expected), row.teacher.map(expected)) {
        (Some(human), Some(teacher)) => (human + lambda * teacher) / (1.0 + lambda),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => 0.0,
    }
}

/// The mean of probabilities, with one answer of each class in addition.
fn prior(truths: &[Vec<f32>], labels: usize) -> Vec<f32> {
    let n = (truths.len() + labels) as f32;
    (0..labels).map(|k| (1.0 + truths.iter().map(|t| t[k]).sum::<f32>()) / n).collect()
}

/// The fold of each row. Rows of one source are together, so that no answer is predicted by its own copy.
fn folds(rows: &[Row<'_>], settings: &Settings<'_>) -> Vec<usize> {
    let mut sources: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        let next = sources.len();
        sources.entry(row.source).or_insert(next);
    }
    let order = random::permutation(sources.len(), derive(settings.seed, 30));
    rows.iter().map(|row| order[sources[row.source]] % settings.folds).collect()
}

/// Regressions on all rows and on all but a fold, each begun at its solution for the penalty before.
struct Solver<'a> {
    x: &'a Sparse,
    targets: &'a [Vec<f64>],
    parts: Vec<Part>,
    starts: Vec<Vec<f64>>,
}

/// A regression on all but a fold.
struct Part {
    inside: Sparse,
    inside_targets: Vec<Vec<f64>>,
    outside: Sparse,
    outside_rows: Vec<usize>,
    starts: Vec<Vec<f64>>,
}

impl<'a> Solver<'a> {
    fn new(x: &'a Sparse, folds: &[usize], targets: &'a [Vec<f64>]) -> Self {
        let most = folds.iter().max().map_or(0, |f| f + 1);
        let part = |fold: usize| {
            let (outside_rows, inside): (Vec<usize>, Vec<usize>) =
                (0..x.rows()).partition(|i| folds[*i] == fold);
            Part {
                inside: x.subset(&inside),
                inside_targets: targets.iter().map(|y| inside.iter().map(|i| y[*i]).collect()).collect(),
                outside: x.subset(&outside_rows),
                outside_rows,
                starts: vec![Vec::new(); targets.len()],
            }
        };
        Self { x, targets, parts: (0..most).map(part).collect(), starts: vec![Vec::new(); targets.len()] }
    }

    /// The outputs for every row, each by the regression that has not seen it.
    fn unseen(&mut self, penalty: f64) -> Vec<Vec<f64>> {
        let mut all = vec![vec![0.0; self.targets.len()]; self.x.rows()];
        for part in &mut self.parts {
            for (output, (y, start)) in part.inside_targets.iter().zip(&mut part.starts).enumerate() {
                let values = ridge(&part.inside, y, penalty, start).of(&part.outside);
                part.outside_rows.iter().zip(values).for_each(|(row, value)| all[*row][output] = value);
            }
        }
        all
    }

    /// The regressions on all rows.
    fn whole(&mut self, penalty: f64) -> Vec<Linear> {
        self.targets.iter().zip(&mut self.starts).map(|(y, start)| ridge(self.x, y, penalty, start)).collect()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "logits are f32")]
fn logits(head: &TaskHead, calibrated: &Calibrated, output: &[f64]) -> Vec<f32> {
    let column = |(c, bias): (usize, &f64)| {
        let row = head.row(c);
        (calibrated.slopes[row] * output[row] + bias) as f32
    };
    calibrated.biases.iter().enumerate().map(column).collect()
}

/// The mean loss.
fn mean_loss(head: &TaskHead, rows: &[&Row<'_>], probabilities: &[Vec<f32>]) -> f64 {
    let losses = rows.iter().zip(probabilities).filter_map(|(r, p)| Some(head.loss(r.human.as_deref()?, p)));
    losses.sum::<f64>() / rows.len().max(1) as f64
}

/// Regressions and calibration as one linear function.
#[expect(clippy::cast_possible_truncation, reason = "parameters are f32")]
fn assemble(
    head: &TaskHead,
    idf: &[f32],
    linear: &[Linear],
    calibrated: &Calibrated,
    [training_loss, validation_loss]: [f64; 2],
) -> Fitted {
    let slopes = linear.iter().zip(&calibrated.slopes);
    let shift: Vec<f64> = slopes.clone().map(|(l, slope)| slope * l.bias).collect();
    let bias = calibrated.biases.iter().enumerate().map(|(column, b)| (b + shift[head.row(column)]) as f32);
    Fitted {
        idf: idf.to_vec(),
        weight: slopes.flat_map(|(l, slope)| l.weight.iter().map(move |w| (slope * w) as f32)).collect(),
        bias: bias.collect(),
        unseen: Vec::new(),
        penalty: 0.0,
        training_loss,
        validation_loss,
    }
}
