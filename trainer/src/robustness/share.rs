//! Shares with an interval.

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
    /// Lower end of the Wilson interval at 95 %.
    pub low: f64,
    /// Upper end of the Wilson interval at 95 %.
    pub high: f64,
}

impl Share {
    /// `count` of `of` cases, with Wilson's interval (1927), which stays within 0 and 1 and keeps its width where no
    /// case or every case counts.
    #[must_use]
    pub fn new(count: usize, of: usize) -> Self {
        /// The 97.5th percentile of the normal distribution.
        const Z: f64 = 1.959_963_984_540_054;
        if of == 0 {
            return Self { count, of, value: 0.0, low: 0.0, high: 1.0 };
        }
        let (n, p) = (of as f64, count as f64 / of as f64);
        let scale = 1.0 / (1.0 + Z * Z / n);
        let centre = scale * (p + Z * Z / (2.0 * n));
        let half = scale * Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        Self { count, of, value: p, low: (centre - half).max(0.0), high: (centre + half).min(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_wilson() {
        // Newcombe (1998), Statistics in Medicine 17, table I: method 3, score without continuity correction.
        for (count, of, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let share = Share::new(count, of);
            assert!((share.low - low).abs() < 5e-5 && (share.high - high).abs() < 5e-5, "{share:?}");
        }
        assert_eq!((Share::new(0, 0).low, Share::new(0, 0).high), (0.0, 1.0));
        let all = Share::new(20, 20);
        assert!(all.high == 1.0 && all.low < 0.85, "{all:?}");
    }
}
