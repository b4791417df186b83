//! Agreement of two raters on one scale.

use crate::Confusion;

/// Limit of the absolute value of a kappa in a Fisher-z mean; z is infinite at 1.
pub const FISHER_CAP: f64 = 0.999;

/// Cohen's kappa, unweighted: 1 − (observed disagreement) / (disagreement expected by chance).
///
/// `None` if the expected disagreement is 0: no rows, or one class that both raters always use.
#[must_use]
pub fn kappa(table: &Confusion) -> Option<f64> {
    weighted_kappa(table, |i, j| if i == j { 0.0 } else { 1.0 })
}

/// Kappa with weights (i − j)², the usual agreement of scores (QWK). If the classes are levels of a scale, i and j are
/// points.
///
/// It does not depend on unused levels at either end of the scale. `None` as in [`kappa`].
#[must_use]
pub fn quadratic_kappa(table: &Confusion) -> Option<f64> {
    weighted_kappa(table, |i, j| {
        let d = table.distance(i, j) as f64;
        d * d
    })
}

fn weighted_kappa(table: &Confusion, weight: impl Fn(usize, usize) -> f64) -> Option<f64> {
    let total = table.total() as f64;
    let (truth, predicted) = (table.true_counts(), table.predicted_counts());
    let observed: f64 = table.cells().map(|(i, j, n)| weight(i, j) * n as f64).sum();
    let mut expected = 0.0;
    for (i, &t) in truth.iter().enumerate() {
        for (j, &p) in predicted.iter().enumerate() {
            expected += weight(i, j) * t as f64 * p as f64;
        }
    }
    // Counts and weights are whole numbers, so 0 is exact.
    (expected > 0.0).then(|| 1.0 - observed * total / expected)
}

/// Share of decisions that are at most one level apart. `None` without rows.
#[must_use]
pub fn adjacent_agreement(table: &Confusion) -> Option<f64> {
    let near: u64 = table.cells().filter(|(i, j, _)| i.abs_diff(*j) <= 1).map(|c| c.2).sum();
    ratio(near, table.total())
}

/// Accuracy per label, with the steps of a scale as labels: for K levels it compares the K − 1 awards "at least level
/// k" of an ordinal head, all answers together.
///
/// Decisions `d` levels apart differ in `d` steps. `None` without rows or with fewer than two levels.
#[must_use]
pub fn label_accuracy(table: &Confusion) -> Option<f64> {
    let steps = table.classes().saturating_sub(1) as u64 * table.total();
    let apart: u64 = table.cells().map(|(i, j, n)| i.abs_diff(j) as u64 * n).sum();
    ratio(steps - apart, steps)
}

/// Pearson's correlation of true and awarded levels. `None` if either does not vary.
#[must_use]
pub fn pearson(table: &Confusion) -> Option<f64> {
    let m = Moments::new(table);
    let scale = m.truth_square * m.predicted_square;
    (scale > 0.0).then(|| (m.product / scale.sqrt()).clamp(-1.0, 1.0))
}

/// Mean awarded level minus mean true level, in standard deviations of the true levels (n − 1 in the denominator).
///
/// `None` where the true levels do not vary. RSMTool calls this the unpooled SMD and flags values beyond ±0.15.
#[must_use]
pub fn standardized_mean_difference(table: &Confusion) -> Option<f64> {
    let m = Moments::new(table);
    (m.truth_square > 0.0).then(|| {
        let deviation = (m.truth_square / m.n / (m.n - 1.0)).sqrt();
        (m.predicted_sum - m.truth_sum) / m.n / deviation
    })
}

/// Sums over the decisions; centred squares are multiplied by n to stay whole numbers.
struct Moments {
    n: f64,
    truth_sum: f64,
    predicted_sum: f64,
    truth_square: f64,
    predicted_square: f64,
    product: f64,
}

impl Moments {
    fn new(table: &Confusion) -> Self {
        let (mut n, mut t, mut p, mut tt, mut pp, mut tp) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
        for (i, j, count) in table.cells() {
            let (i, j, count) = (table.distance(0, i) as f64, table.distance(0, j) as f64, count as f64);
            n += count;
            t += count * i;
            p += count * j;
            tt += count * i * i;
            pp += count * j * j;
            tp += count * i * j;
        }
        Self {
            n,
            truth_sum: t,
            predicted_sum: p,
            truth_square: n * tt - t * t,
            predicted_square: n * pp - p * p,
            product: n * tp - t * p,
        }
    }
}

/// Arithmetic mean. `None` without values.
#[must_use]
pub fn mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut n) = (0.0, 0_u32);
    for value in values {
        sum += value;
        n += 1;
    }
    (n > 0).then(|| sum / f64::from(n))
}

/// Mean of kappas or correlations by Fisher's z: tanh of the mean of artanh, each value clipped to ±[`FISHER_CAP`].
///
/// It gives high agreement more weight than the arithmetic mean. `None` without values.
#[must_use]
pub fn fisher_mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    mean(values.into_iter().map(|v| v.clamp(-FISHER_CAP, FISHER_CAP).atanh())).map(f64::tanh)
}

pub(crate) fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
