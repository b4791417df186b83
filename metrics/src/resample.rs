//! Intervals from resampled clusters: answers of one student, or to one question, are drawn together.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::bootstrap::{Bootstrap, Stream, percentile_interval, quantile};
use crate::distributions::{normal_cdf, normal_quantile};

/// Rows that are drawn together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clusters(Vec<Vec<usize>>);

impl Clusters {
    /// Every row by itself.
    #[must_use]
    pub fn of_rows(rows: usize) -> Self {
        Self((0..rows).map(|row| vec![row]).collect())
    }

    /// Rows with the same key together, in the order of the keys; a row without a key is by itself.
    #[must_use]
    pub fn by_key<K: Ord>(keys: &[Option<K>]) -> Self {
        let mut of: BTreeMap<&K, Vec<usize>> = BTreeMap::new();
        let mut single = Vec::new();
        for (row, key) in keys.iter().enumerate() {
            match key {
                Some(key) => of.entry(key).or_default().push(row),
                None => single.push(vec![row]),
            }
        }
        Self(of.into_values().chain(single).collect())
    }

    /// Number of clusters.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// How an interval is made from replicates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IntervalKind {
    /// The middle of the replicates.
    Percentile,
    /// The middle, moved for the bias of the replicates and for how the spread changes with the value (Efron 1987,
    /// "Better bootstrap confidence intervals"). It needs as many further evaluations as there are clusters.
    #[default]
    BiasCorrected,
}

/// Values of several statistics for all rows, and for resampled clusters.
#[derive(Clone, Debug)]
pub struct Resamples {
    /// Values for all rows; NaN if undefined.
    pub values: Vec<f64>,
    /// For each statistic, its value in every replicate; NaN if undefined.
    pub replicates: Vec<Vec<f64>>,
    /// For each statistic, its value without each cluster; empty for percentile intervals.
    without: Vec<Vec<f64>>,
    coverage: f64,
}

impl Resamples {
    /// Evaluates statistics on all rows and on resampled clusters. `statistics` takes rows, some several times, and
    /// gives a value for each statistic, always as many; NaN where it has none.
    ///
    /// Replicate `b` depends on the seed, the `stream`'s name and `b` alone. Statistics of two systems on the same
    /// clusters and stream therefore get the same rows: their difference is a paired bootstrap.
    pub fn of(
        bootstrap: &Bootstrap,
        stream: &str,
        clusters: &Clusters,
        kind: IntervalKind,
        statistics: impl Fn(&[usize]) -> Vec<f64> + Sync,
    ) -> Self {
        let rows_of = |clusters: &mut dyn Iterator<Item = &Vec<usize>>| -> Vec<usize> {
            clusters.flatten().copied().collect()
        };
        let values = statistics(&rows_of(&mut clusters.0.iter()));
        let n = clusters.len();
        let draws: Vec<Vec<f64>> = (0..bootstrap.replicates)
            .into_par_iter()
            .map(|replicate| {
                let mut stream = Stream::new(bootstrap.seed, stream, replicate);
                statistics(&rows_of(&mut (0..n).map(|_| &clusters.0[stream.below(n)])))
            })
            .collect();
        let left_out: Vec<Vec<f64>> = match kind {
            IntervalKind::Percentile => Vec::new(),
            IntervalKind::BiasCorrected if bootstrap.replicates == 0 => Vec::new(),
            IntervalKind::BiasCorrected => (0..n)
                .into_par_iter()
                .map(|out| {
                    let others = clusters.0.iter().enumerate().filter(|(at, _)| *at != out);
                    statistics(&rows_of(&mut others.map(|(_, rows)| rows)))
                })
                .collect(),
        };
        let turn = |lists: &[Vec<f64>]| -> Vec<Vec<f64>> {
            if lists.is_empty() {
                return Vec::new();
            }
            (0..values.len()).map(|s| lists.iter().map(|list| list[s]).collect()).collect()
        };
        Self {
            replicates: if draws.is_empty() { vec![Vec::new(); values.len()] } else { turn(&draws) },
            without: turn(&left_out),
            values,
            coverage: bootstrap.coverage,
        }
    }

    /// The interval of a statistic. `None` if fewer than half of the replicates are defined, or its value is not.
    ///
    /// # Panics
    ///
    /// When there is no such statistic.
    #[must_use]
    pub fn interval(&self, statistic: usize) -> Option<(f64, f64)> {
        let (value, replicates) = (self.values[statistic], &self.replicates[statistic]);
        if value.is_nan() {
            return None;
        }
        let Some(without) = self.without.get(statistic) else {
            return percentile_interval(replicates, self.coverage);
        };
        bias_corrected(value, replicates, without, self.coverage)
    }
}

/// Efron's interval from replicates and from the values without each cluster.
fn bias_corrected(value: f64, replicates: &[f64], without: &[f64], coverage: f64) -> Option<(f64, f64)> {
    let plain = percentile_interval(replicates, coverage)?;
    let mut sorted: Vec<f64> = replicates.iter().copied().filter(|v| !v.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    // Replicates that equal the value count half, as in SciPy.
    let (below, up_to) = (sorted.partition_point(|v| *v < value), sorted.partition_point(|v| *v <= value));
    let share = (below + up_to) as f64 / (2 * sorted.len()) as f64;
    let without: Vec<f64> = without.iter().copied().filter(|v| !v.is_nan()).collect();
    let n = without.len() as f64;
    let mean = without.iter().sum::<f64>() / n;
    let (square, cube) =
        without.iter().map(|v| mean - v).fold((0.0, 0.0), |sum, d| (sum.0 + d * d, sum.1 + d * d * d));
    if share <= 0.0 || share >= 1.0 || square <= 0.0 {
        // Without spread on both sides there is nothing to correct.
        return Some(plain);
    }
    let (shift, acceleration) = (normal_quantile(share), cube / (6.0 * square.powf(1.5)));
    let tail = (1.0 - coverage) / 2.0;
    let end = |tail: f64| {
        let z = shift + normal_quantile(tail);
        quantile(&sorted, normal_cdf(shift + z / (1.0 - acceleration * z)))
    };
    Some((end(tail), end(1.0 - tail)))
}
