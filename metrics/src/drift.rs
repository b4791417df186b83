//! Whether answers of today are like those of a reference.

use crate::distributions::{kolmogorov_above, student_two_sided};

/// Bins of the population stability index: tenths of the reference.
const BINS: usize = 10;
/// Products of sample sizes up to which the distribution of the largest distance is computed exactly.
const EXACT: usize = 4_000_000;

/// How far a number has moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// Reference answers.
    pub n_reference: u64,
    /// Today's answers.
    pub n: u64,
    /// Mean of the reference.
    pub mean_reference: f64,
    /// Mean of today.
    pub mean: f64,
    /// Difference of the means in standard deviations of the reference; `None` if that does not vary.
    pub shift: Option<f64>,
    /// p-value of Welch's test of equal means; `None` with fewer than two answers on a side, or without spread.
    pub p_mean: Option<f64>,
    /// Largest distance of the two distribution functions (Kolmogorov and Smirnov).
    pub ks: f64,
    /// Its p-value: exact for numbers without ties (too large with ties), the limit distribution in large samples.
    pub p_ks: f64,
    /// Population stability index over tenths of the reference; `None` if all of the reference is equal.
    pub psi: Option<f64>,
}

/// Compares two samples. `None` if one is empty.
///
/// # Panics
///
/// When a number is not finite.
#[must_use]
pub fn drift(reference: &[f64], today: &[f64]) -> Option<Drift> {
    assert!(reference.iter().chain(today).all(|v| v.is_finite()), "numbers are finite");
    if reference.is_empty() || today.is_empty() {
        return None;
    }
    let sorted = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_unstable_by(f64::total_cmp);
        values
    };
    let (a, b) = (sorted(reference), sorted(today));
    let (mean_a, var_a) = mean_and_variance(&a);
    let (mean_b, var_b) = mean_and_variance(&b);
    let ks = largest_distance(&a, &b);
    Some(Drift {
        n_reference: a.len() as u64,
        n: b.len() as u64,
        mean_reference: mean_a,
        mean: mean_b,
        shift: var_a.filter(|v| *v > 0.0).map(|v| (mean_b - mean_a) / v.sqrt()),
        p_mean: var_a.zip(var_b).and_then(|(va, vb)| welch(mean_b - mean_a, va, a.len(), vb, b.len())),
        ks,
        p_ks: p_of_distance(ks, a.len(), b.len()),
        psi: (a[0] < a[a.len() - 1]).then(|| psi_of_tenths(&a, &b)),
    })
}

/// Population stability index of counts: the sum of (p − q) ln(p / q) over categories, where p and q are shares with
/// half an answer added to each category, so that an empty one has a share.
///
/// A rule of thumb: below 0.1 no drift, above 0.25 a large one. It grows with few answers.
///
/// # Panics
///
/// When the lengths differ.
#[must_use]
pub fn stability_index(reference: &[u64], today: &[u64]) -> f64 {
    assert_eq!(reference.len(), today.len(), "the same categories");
    let shares = |counts: &[u64]| -> Vec<f64> {
        let all = counts.iter().sum::<u64>() as f64 + 0.5 * counts.len() as f64;
        counts.iter().map(|count| (*count as f64 + 0.5) / all).collect()
    };
    shares(reference).iter().zip(shares(today)).map(|(p, q)| (q - p) * (q / p).ln()).sum()
}

/// The index over tenths of the sorted reference; equal edges are one.
fn psi_of_tenths(a: &[f64], b: &[f64]) -> f64 {
    let mut edges: Vec<f64> = (1..BINS).map(|k| a[(k * a.len() / BINS).min(a.len() - 1)]).collect();
    edges.dedup();
    // A bin holds what is at least its lower edge and below its upper one.
    let counts = |values: &[f64]| {
        let mut counts = vec![0_u64; edges.len() + 1];
        for value in values {
            counts[edges.partition_point(|edge| edge <= value)] += 1;
        }
        counts
    };
    stability_index(&counts(a), &counts(b))
}

fn mean_and_variance(values: &[f64]) -> (f64, Option<f64>) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let square: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (mean, (values.len() > 1).then(|| square / (n - 1.0)))
}

/// Two-sided p-value of Welch's test.
fn welch(difference: f64, var_a: f64, n_a: usize, var_b: f64, n_b: usize) -> Option<f64> {
    let (a, b) = (var_a / n_a as f64, var_b / n_b as f64);
    let freedom = (a + b).powi(2) / (a * a / (n_a as f64 - 1.0) + b * b / (n_b as f64 - 1.0));
    (a + b > 0.0).then(|| student_two_sided(difference / (a + b).sqrt(), freedom))
}

/// The largest distance of the distribution functions of two sorted samples.
fn largest_distance(a: &[f64], b: &[f64]) -> f64 {
    let (mut i, mut j, mut largest) = (0, 0, 0.0_f64);
    while i < a.len() && j < b.len() {
        let at = a[i].min(b[j]);
        i += a[i..].iter().take_while(|v| **v <= at).count();
        j += b[j..].iter().take_while(|v| **v <= at).count();
        largest = largest.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
    }
    largest
}

/// The probability of at least this distance if both samples come from one continuous distribution.
fn p_of_distance(distance: f64, m: usize, n: usize) -> f64 {
    if m.saturating_mul(n) > EXACT {
        let effective = m as f64 * n as f64 / (m + n) as f64;
        return kolmogorov_above(effective.sqrt() * distance);
    }
    // Every order of the m + n numbers is equally likely; a path that stays closer than the distance is counted out
    // (Hodges 1958). The cells hold shares of paths, so that nothing overflows.
    let (m, n) = (m.max(n), m.min(n));
    let is_far = |i: usize, j: usize| (i as f64 / m as f64 - j as f64 / n as f64).abs() >= distance - 1e-12;
    // P(a path has reached the distance before or at (i, j)).
    let mut row: Vec<f64> = vec![0.0; n + 1];
    for i in 0..=m {
        for j in 0..=n {
            row[j] = if is_far(i, j) {
                1.0
            } else if i + j == 0 {
                0.0
            } else {
                // Backwards from (i, j), the last of the i + j numbers is of the first sample with probability i/(i+j).
                let (from_i, from_j) = (i as f64, j as f64);
                let before_i = if i > 0 { from_i * row[j] } else { 0.0 };
                let before_j = if j > 0 { from_j * row[j - 1] } else { 0.0 };
                (before_i + before_j) / (from_i + from_j)
            };
        }
    }
    row[n].clamp(0.0, 1.0)
}
