//! From the outputs of a regression to logits.

use crate::head::{Link, TaskHead};

/// Weak prior of a slope, in standard deviations of the outputs: keeps it finite where the outputs separate the answers
/// perfectly.
const SLOPE_PRIOR: f64 = 0.01;
/// Answers that every threshold is assumed to have on either side in addition, so that it is finite where all answers
/// have the same score.
const PSEUDO: f64 = 0.5;
/// Most steps of Newton's method.
const MAX_STEPS: usize = 100;

/// What turns the outputs of a regression into logits: column `c` is `slopes[row(c)] · output[row(c)] + biases[c]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibrated {
    /// One per output, at least 0.
    pub slopes: Vec<f64>,
    /// One per column of logits.
    pub biases: Vec<f64>,
}

/// Fits slopes and biases with the least loss of `outputs` (one list per row) against `truths`, the probabilities of
/// classes, levels or labels of each row; `prior` are their shares among all answers.
///
/// An ordinal head has one slope and a bias per threshold, a sigmoid head both per label. A softmax head has one slope
/// for all classes, the inverse of a temperature, and no biases: shares of classes already sum to about 1. Where the
/// outputs say nothing, or the opposite, the slope is 0 and the prior remains.
#[must_use]
pub fn calibrate(head: &TaskHead, outputs: &[Vec<f64>], truths: &[Vec<f32>], prior: &[f32]) -> Calibrated {
    let above = |truth: &[f32], column: usize| f64::from(head.target(truth).positive[column]);
    match head.kind.link() {
        // The columns that read one output share its slope. They follow each other.
        Link::Logistic => {
            let (mut slopes, mut biases) = (Vec::new(), Vec::new());
            for row in 0..head.scores() {
                let scores: Vec<f64> = outputs.iter().map(|o| o[row]).collect();
                let columns: Vec<Vec<f64>> = (0..head.columns())
                    .filter(|c| head.row(*c) == row)
                    .map(|c| truths.iter().map(|t| above(t, c)).collect())
                    .collect();
                let (slope, more) = logistic(&scores, &columns);
                slopes.push(slope);
                biases.extend(more);
            }
            Calibrated { slopes, biases }
        }
        Link::Softmax => {
            let slope = softmax(outputs, truths);
            let biases = (0..head.labels)
                .map(|c| if slope > 0.0 { 0.0 } else { f64::from(head.start_bias(prior, c)) });
            Calibrated { slopes: vec![slope; head.labels], biases: biases.collect() }
        }
    }
}

/// Mean and standard deviation; 0 and 1 where there is nothing to measure.
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
    (mean, if deviation > 1e-9 { deviation } else { 1.0 })
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

/// The slope and the biases, one per column, of logistic regressions that share the slope: Newton's method on a loss
/// that is convex. `columns[c][i]` is the share of "true" in column c of row i.
fn logistic(scores: &[f64], columns: &[Vec<f64>]) -> (f64, Vec<f64>) {
    let (mean, deviation) = moments(scores);
    let z: Vec<f64> = scores.iter().map(|s| (s - mean) / deviation).collect();
    let fitted = newton(&z, columns, true);
    let (slope, biases) = if fitted.0 > 0.0 { fitted } else { newton(&z, columns, false) };
    (slope / deviation, biases.into_iter().map(|b| b - slope * mean / deviation).collect())
}

fn newton(z: &[f64], columns: &[Vec<f64>], sloped: bool) -> (f64, Vec<f64>) {
    let loss = |a: f64, b: &[f64]| -> f64 {
        let softplus = |v: f64| v.max(0.0) + (-v.abs()).exp().ln_1p();
        let mut sum = SLOPE_PRIOR * a * a / 2.0;
        for (column, b) in columns.iter().zip(b) {
            sum += PSEUDO * (softplus(*b) + softplus(-*b));
            sum += z.iter().zip(column).map(|(z, t)| softplus(a * z + b) - t * (a * z + b)).sum::<f64>();
        }
        sum
    };
    let (mut a, mut b) = (0.0, vec![0.0; columns.len()]);
    let mut now = loss(a, &b);
    for _ in 0..MAX_STEPS {
        let (mut slope, mut curve) = (SLOPE_PRIOR * a, SLOPE_PRIOR);
        // Per column: slope and curvature of its bias, and the curvature that it shares with the slope.
        let mut own: Vec<[f64; 3]> = Vec::with_capacity(columns.len());
        for (column, b) in columns.iter().zip(&b) {
            let p = sigmoid(*b);
            let mut sums = [2.0 * PSEUDO * (p - 0.5), 2.0 * PSEUDO * p * (1.0 - p), 0.0];
            for (z, t) in z.iter().zip(column) {
                let p = sigmoid(a * z + b);
                let v = p * (1.0 - p);
                slope += (p - t) * z;
                curve += v * z * z;
                sums = [sums[0] + p - t, sums[1] + v, sums[2] + v * z];
            }
            own.push([sums[0], sums[1].max(1e-12), sums[2]]);
        }
        // The matrix of second derivatives has the shape of an arrow, so the biases can be eliminated.
        let da = if sloped {
            let (g, h) =
                own.iter().fold((slope, curve), |(g, h), [gb, hb, c]| (g - c * gb / hb, h - c * c / hb));
            g / h.max(SLOPE_PRIOR)
        } else {
            0.0
        };
        let db: Vec<f64> = own.iter().map(|[g, h, c]| (g - c * da) / h).collect();
        let mut share = 1.0;
        let taken = loop {
            let next = (a - share * da, b.iter().zip(&db).map(|(b, d)| b - share * d).collect::<Vec<_>>());
            let value = loss(next.0, &next.1);
            if value < now {
                break Some((next, value));
            }
            share /= 2.0;
            if share < 1e-6 {
                break None;
            }
        };
        let Some((next, value)) = taken else { break };
        let gained = now - value;
        ((a, b), now) = (next, value);
        if gained < 1e-10 * (1.0 + now.abs()) {
            break;
        }
    }
    (a, b)
}

/// The common slope of the outputs of classes: Newton's method on a loss that is convex.
fn softmax(outputs: &[Vec<f64>], truths: &[Vec<f32>]) -> f64 {
    let all: Vec<f64> = outputs.iter().flatten().copied().collect();
    let deviation = moments(&all).1;
    let mut a = 0.0;
    for _ in 0..MAX_STEPS {
        let (mut slope, mut curve) = (SLOPE_PRIOR * a, SLOPE_PRIOR);
        for (f, t) in outputs.iter().zip(truths) {
            let z: Vec<f64> = f.iter().map(|f| f / deviation).collect();
            let top = z.iter().map(|z| a * z).fold(f64::NEG_INFINITY, f64::max);
            let e: Vec<f64> = z.iter().map(|z| (a * z - top).exp()).collect();
            let sum: f64 = e.iter().sum();
            let mean: f64 = e.iter().zip(&z).map(|(e, z)| e / sum * z).sum();
            let square: f64 = e.iter().zip(&z).map(|(e, z)| e / sum * z * z).sum();
            slope += mean - z.iter().zip(t).map(|(z, t)| z * f64::from(*t)).sum::<f64>();
            curve += square - mean * mean;
        }
        // Far from the minimum the curvature vanishes: a step of more than 2 would overshoot.
        let step = (slope / curve).clamp(-2.0, 2.0);
        a = (a - step).max(0.0);
        if step.abs() < 1e-10 || a == 0.0 {
            break;
        }
    }
    a / deviation
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::HeadKind;

    fn ordinal(labels: usize) -> TaskHead {
        TaskHead::of(HeadKind::Ordinal, labels)
    }

    fn one_hot(k: usize, n: usize) -> Vec<f32> {
        (0..n).map(|i| if i == k { 1.0 } else { 0.0 }).collect()
    }

    #[test]
    fn logits_give_back_the_shares_that_made_them() {
        // Outputs -1 and 1 with 1 of 4 and 3 of 4 true: the slope is ln 3, the bias 0.
        let outputs: Vec<Vec<f64>> = (0..4000).map(|i| vec![if i % 2 == 0 { -1.0 } else { 1.0 }]).collect();
        let truths: Vec<Vec<f32>> =
            (0..4000).map(|i| one_hot(usize::from((i / 2 % 4 == 0) == (i % 2 == 0)), 2)).collect();
        let found = calibrate(&ordinal(2), &outputs, &truths, &[0.5, 0.5]);
        assert!((found.slopes[0] - 3f64.ln()).abs() < 1e-3 && found.biases[0].abs() < 1e-6, "{found:?}");
        let both: Vec<Vec<f64>> = outputs.iter().map(|o| vec![-o[0], o[0]]).collect();
        let head = TaskHead::of(HeadKind::Softmax, 2);
        let found = calibrate(&head, &both, &truths, &[0.5, 0.5]);
        assert!((2.0 * found.slopes[0] - 3f64.ln()).abs() < 1e-3, "{found:?}");
        let head = TaskHead::of(HeadKind::Sigmoid, 2);
        let labels: Vec<Vec<f32>> = truths.iter().map(|t| vec![t[0], t[1]]).collect();
        let found = calibrate(&head, &both, &labels, &[0.5, 0.5]);
        assert!(found.slopes.iter().all(|s| (s - 3f64.ln()).abs() < 1e-3), "{found:?}");
    }

    #[test]
    fn thresholds_fall_and_extremes_stay_finite() {
        let outputs: Vec<Vec<f64>> = (0..60).map(|i| vec![f64::from(i % 4)]).collect();
        let truths: Vec<Vec<f32>> = (0..60).map(|i| one_hot(i % 4, 4)).collect();
        let perfect = calibrate(&ordinal(4), &outputs, &truths, &[0.25; 4]);
        assert!(perfect.biases.windows(2).all(|w| w[0] > w[1]), "{perfect:?}");
        assert!(perfect.slopes[0] > 5.0 && perfect.slopes[0] < 1e4, "{perfect:?}");
        let same: Vec<Vec<f32>> = (0..60).map(|_| one_hot(2, 4)).collect();
        for outputs in [&outputs[..], &outputs[..1], &[]] {
            let found = calibrate(&ordinal(4), outputs, &same[..outputs.len()], &[0.25; 4]);
            assert!(found.biases.iter().chain(&found.slopes).all(|v| v.is_finite()), "{found:?}");
        }
    }

    #[test]
    fn outputs_that_mislead_are_ignored() {
        let outputs: Vec<Vec<f64>> = (0..80).map(|i| vec![f64::from(i % 2)]).collect();
        let truths: Vec<Vec<f32>> =
            (0..80).map(|i| one_hot(usize::from(i % 2 == 0 || i % 8 == 1), 2)).collect();
        let found = calibrate(&ordinal(2), &outputs, &truths, &[0.5, 0.5]);
        assert_eq!(found.slopes, [0.0]);
        assert!((sigmoid(found.biases[0]) - 0.625).abs() < 0.01, "{found:?}");
        let both: Vec<Vec<f64>> = outputs.iter().map(|o| vec![-o[0], o[0]]).collect();
        let found = calibrate(&TaskHead::of(HeadKind::Softmax, 2), &both, &truths, &[0.3, 0.7]);
        assert_eq!(found.slopes, [0.0, 0.0]);
        assert!((found.biases[1].exp() - 0.7).abs() < 1e-6);
    }
}
