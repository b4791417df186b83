//! Exact bounds of a proportion.
//!
//! Clopper and Pearson (1934), "The use of confidence or fiducial limits illustrated in the case of the binomial". The
//! bounds hold with at least the stated probability for every number of trials; they need no approximation.

use crate::distributions::{beta_quantile, binomial_at_most};

/// Most trials that [`trials_needed`] looks at.
const MOST_TRIALS: u64 = 10_000_000;

/// A number that the proportion exceeds with probability `outside` at most. 1 without trials.
///
/// ```
/// // 45 right answers of 45: with 90 % confidence at most 5 % are wrong.
/// assert!(pupil_metrics::proportion::upper_bound(0, 45, 0.1) < 0.05);
/// ```
///
/// # Panics
///
/// When there are more hits than trials.
#[must_use]
pub fn upper_bound(hits: u64, trials: u64, outside: f64) -> f64 {
    assert!(hits <= trials, "at most as many hits as trials");
    if hits == trials { 1.0 } else { beta_quantile(1.0 - outside, hits as f64 + 1.0, (trials - hits) as f64) }
}

/// A number that the proportion lies below with probability `outside` at most. 0 without trials.
///
/// # Panics
///
/// When there are more hits than trials.
#[must_use]
pub fn lower_bound(hits: u64, trials: u64, outside: f64) -> f64 {
    assert!(hits <= trials, "at most as many hits as trials");
    if hits == 0 { 0.0 } else { beta_quantile(outside, hits as f64, (trials - hits) as f64 + 1.0) }
}

/// The two-sided interval of this coverage: half of the rest on either side.
///
/// # Panics
///
/// When there are more hits than trials.
#[must_use]
pub fn interval(hits: u64, trials: u64, coverage: f64) -> (f64, f64) {
    let side = (1.0 - coverage) / 2.0;
    (lower_bound(hits, trials, side), upper_bound(hits, trials, side))
}

/// p-value of the hypothesis that the proportion is above `limit`: the probability of as few hits at the limit. 1
/// without trials.
///
/// It is at most `outside` exactly if [`upper_bound`] is at most `limit`.
#[must_use]
pub fn p_of_more(hits: u64, trials: u64, limit: f64) -> f64 {
    if trials == 0 { 1.0 } else { binomial_at_most(hits, trials, limit) }
}

/// The smallest number of trials in which hits at this rate, rounded to a whole number, bring the upper bound down to
/// `limit`. `None` if the rate is not below the limit, or more than ten million trials were needed.
///
/// ```
/// use pupil_metrics::proportion::trials_needed;
///
/// let needed = [0.0, 0.02, 0.03, 0.04].map(|rate| trials_needed(rate, 0.05, 0.1));
/// assert_eq!(needed, [Some(45), Some(105), Some(209), Some(785)]);
/// ```
#[must_use]
pub fn trials_needed(rate: f64, limit: f64, outside: f64) -> Option<u64> {
    if !(0.0..limit).contains(&rate) || !(0.0..1.0).contains(&limit) || outside <= 0.0 {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rate and n are not negative"
    )]
    let hits = |trials: u64| (rate * trials as f64).round() as u64;
    let is_enough = |trials: u64| p_of_more(hits(trials), trials, limit) <= outside;
    // With k hits allowed, more trials only help; so the number of trials for each k is found by halving.
    let mut k = 0;
    loop {
        let (mut low, mut high) = (k, k + 1);
        while p_of_more(k, high, limit) > outside {
            low = high;
            high *= 2;
            if low > MOST_TRIALS {
                return None;
            }
        }
        while high - low > 1 {
            let middle = u64::midpoint(low, high);
            if p_of_more(k, middle, limit) > outside { low = middle } else { high = middle }
        }
        // The first number of trials that k hits suffice for is the answer, if k is what the rate gives there.
        if hits(high) <= k {
            debug_assert!(is_enough(high), "as few hits are enough");
            return Some(high);
        }
        // Otherwise that many trials have more hits.
        k = hits(high).max(k + 1);
    }
}
