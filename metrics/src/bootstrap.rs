//! Confidence intervals by resampling rows.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{Metric, Outcomes};

/// How intervals are computed: percentiles of the metric over resampled rows.
///
/// Replicate `b` of a task draws its rows from a random stream that depends on the seed, the task and `b` alone. Two
/// systems that scored the same rows therefore get the same resamples, and the difference of their replicates is a
/// paired bootstrap.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bootstrap {
    /// Number of replicates; 0 for no intervals.
    pub replicates: usize,
    /// Coverage, between 0 and 1.
    pub coverage: f64,
    /// Seed of the random streams.
    pub seed: u64,
}

impl Default for Bootstrap {
    /// 1,000 replicates, 95 %, seed 0.
    fn default() -> Self {
        Self { replicates: 1000, coverage: 0.95, seed: 0 }
    }
}

impl Bootstrap {
    /// Values of `metrics` for every replicate: one list per metric, NaN where a replicate leaves it undefined.
    #[must_use]
    pub fn replicates_of(&self, outcomes: &Outcomes, metrics: &[Metric], task: &str) -> Vec<Vec<f64>> {
        let rows = outcomes.len();
        let values: Vec<Vec<f64>> = (0..self.replicates)
            .into_par_iter()
            .map(|replicate| {
                let mut stream = Stream::new(self.seed, task, replicate);
                let tally = outcomes.tally_of((0..rows).map(|_| stream.below(rows)));
                metrics.iter().map(|m| tally.metric(*m).unwrap_or(f64::NAN)).collect()
            })
            .collect();
        (0..metrics.len()).map(|m| values.iter().map(|v| v[m]).collect()).collect()
    }

    /// The percentile interval of replicates; see [`percentile_interval`].
    #[must_use]
    pub fn interval(&self, replicates: &[f64]) -> Option<(f64, f64)> {
        percentile_interval(replicates, self.coverage)
    }
}

/// The interval that holds the middle `coverage` of the values, interpolated linearly between neighbours.
///
/// NaN means an undefined replicate. `None` if fewer than half are defined, or none.
#[must_use]
pub fn percentile_interval(values: &[f64], coverage: f64) -> Option<(f64, f64)> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    if sorted.is_empty() || sorted.len() * 2 < values.len() {
        return None;
    }
    sorted.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - coverage.clamp(0.0, 1.0)) / 2.0;
    Some((quantile(&sorted, tail), quantile(&sorted, 1.0 - tail)))
}

pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len() - 1;
    let at = share * last as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 <= at <= last, which is an index"
    )]
    let below = at.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (sorted[above] - sorted[below]) * (at - at.floor())
}

/// A stream of random numbers: SplitMix64 (Steele, Lea and Flood 2014), seeded with a hash of its purpose.
#[derive(Clone, Debug)]
pub struct Stream(u64);

impl Stream {
    /// The stream of one replicate of one task.
    #[must_use]
    pub fn new(seed: u64, task: &str, replicate: usize) -> Self {
        let mut hash = blake3::Hasher::new();
        hash.update(&seed.to_le_bytes()).update(&(replicate as u64).to_le_bytes()).update(task.as_bytes());
        let mut start = [0; 8];
        start.copy_from_slice(&hash.finalize().as_bytes()[..8]);
        Self::from_start(u64::from_le_bytes(start))
    }

    /// The stream with this starting state.
    #[must_use]
    pub fn from_start(start: u64) -> Self {
        Self(start)
    }

    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 up to but not including `n`; its bias is below n / 2^64. 0 for n = 0.
    pub fn below(&mut self, n: usize) -> usize {
        let scaled = (u128::from(self.bits()) * n as u128) >> 64;
        // Less than n, so it fits.
        usize::try_from(scaled).unwrap_or(0)
    }
}
