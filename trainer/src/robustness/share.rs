//! Shares with an interval.

use pupil_metrics::proportion::interval;
use serde::{Deserialize, Serialize};

/// A share of cases.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// How many cases.
    pub count: usize,
    /// Of how many.
    pub of: usize,
    /// The share, from 0 to 1; 0 where there are no cases.
    pub value: f64,
    /// Lower end of the interval at 95 %.
    pub low: f64,
    /// Upper end of the interval at 95 %.
    pub high: f64,
}

impl Share {
    /// `count` of `of` cases, with the exact interval of Clopper and Pearson.
    #[must_use]
    pub fn new(count: usize, of: usize) -> Self {
        let value = if of == 0 { 0.0 } else { count as f64 / of as f64 };
        let (low, high) = interval(count as u64, of as u64, 0.95);
        Self { count, of, value, low, high }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_exact() {
        // Newcombe (1998), Statistics in Medicine 17, table I: method 5, "exact" without mid-p.
        for (count, of, low, high) in [
            (81, 263, 0.2527, 0.3676),
            (15, 148, 0.0578, 0.1617),
            (0, 20, 0.0, 0.1684),
            (1, 29, 0.0009, 0.1776),
        ] {
            let share = Share::new(count, of);
            assert!((share.low - low).abs() < 5e-5 && (share.high - high).abs() < 5e-5, "{share:?}");
        }
        let none = Share::new(0, 0);
        assert_eq!((none.value, none.low, none.high), (0.0, 0.0, 1.0));
    }
}
