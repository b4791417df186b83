//! Two systems on the same answers.

use crate::distributions::binomial_at_most;

/// Exact p-value of McNemar's test: whether the answers on which only one of two systems is right are split evenly.
///
/// 1 without such answers.
#[must_use]
pub fn p_of_even(only_first: u64, only_second: u64) -> f64 {
    let all = only_first + only_second;
    if all == 0 {
        return 1.0;
    }
    (2.0 * binomial_at_most(only_first.min(only_second), all, 0.5)).min(1.0)
}
