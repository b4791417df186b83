//! Whether tasks share one error rate, so that their answers may be pooled.

use crate::Stream;
use crate::distributions::chi_squared_above;

/// A test of the hypothesis that all tasks have the same error rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Homogeneity {
    /// Pearson's chi-squared statistic.
    pub statistic: f64,
    /// Its degrees of freedom.
    pub freedom: u64,
    /// p-value of its limit distribution, which few errors make unreliable.
    pub p_limit: f64,
    /// p-value from random re-allocations of the errors to the answers, which is exact for any number of errors:
    /// (1 + re-allocations with a statistic at least as large) / (1 + re-allocations).
    pub p: f64,
}

/// Tests tasks with (wrong, all) answers. `None` with fewer than two tasks that have answers, or if none or all of the
/// answers are wrong.
///
/// A large p-value does not show that the rates are equal, only that these answers do not contradict it.
///
/// # Panics
///
/// When a task has more wrong answers than answers.
#[must_use]
pub fn homogeneity(tasks: &[(u64, u64)], replicates: usize, seed: u64) -> Option<Homogeneity> {
    assert!(tasks.iter().all(|(wrong, all)| wrong <= all), "at most as many wrong answers as answers");
    let tasks: Vec<(u64, u64)> = tasks.iter().copied().filter(|(_, all)| *all > 0).collect();
    let (wrong, all): (u64, u64) = tasks.iter().fold((0, 0), |sum, task| (sum.0 + task.0, sum.1 + task.1));
    if tasks.len() < 2 || wrong == 0 || wrong == all {
        return None;
    }
    let rate = wrong as f64 / all as f64;
    let statistic = |wrong_of: &[u64]| -> f64 {
        let of = |(w, (_, n)): (&u64, &(u64, u64))| {
            let (n, expected) = (*n as f64, *n as f64 * rate);
            (*w as f64 - expected).powi(2) / (n * rate * (1.0 - rate))
        };
        wrong_of.iter().zip(&tasks).map(of).sum()
    };
    let observed: Vec<u64> = tasks.iter().map(|task| task.0).collect();
    let observed = statistic(&observed);
    // The task of every answer; the first `wrong` of a random order are the wrong ones.
    let mut owners: Vec<usize> =
        tasks.iter().enumerate().flat_map(|(t, (_, n))| (0..*n).map(move |_| t)).collect();
    let mut stream = Stream::new(seed, "homogeneity", 0);
    let mut as_large = 0_u64;
    let draws = usize::try_from(wrong).unwrap_or(usize::MAX);
    for _ in 0..replicates {
        let mut wrong_of = vec![0_u64; tasks.len()];
        for place in 0..draws {
            let other = place + stream.below(owners.len() - place);
            owners.swap(place, other);
            wrong_of[owners[place]] += 1;
        }
        // Equal statistics differ by rounding.
        as_large += u64::from(statistic(&wrong_of) >= observed * (1.0 - 1e-12));
    }
    let freedom = tasks.len() as u64 - 1;
    Some(Homogeneity {
        statistic: observed,
        freedom,
        p_limit: chi_squared_above(observed, freedom as f64),
        p: (1 + as_large) as f64 / (1 + replicates as u64) as f64,
    })
}
