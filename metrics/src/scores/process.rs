//! From a system's number to a score on the scale: scaling, trimming, rounding.

/// How far beyond the scale a trimmed score may lie, as in RSMTool: it still rounds to the last point.
pub const TRIM_TOLERANCE: f64 = 0.4998;

/// The range that scores are trimmed to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trim {
    /// Lowest score of the scale.
    pub min: f64,
    /// Highest score of the scale.
    pub max: f64,
    /// How far beyond both a score may lie, by default [`TRIM_TOLERANCE`].
    pub tolerance: f64,
}

impl Trim {
    /// The range of a scale, with the usual tolerance.
    #[must_use]
    pub fn to(min: f64, max: f64) -> Self {
        Self { min, max, tolerance: TRIM_TOLERANCE }
    }

    /// The score, moved into the range.
    ///
    /// ```
    /// use pupil_metrics::scores::Trim;
    ///
    /// assert_eq!(Trim::to(0.0, 3.0).apply(4.2), 3.4998);
    /// ```
    #[must_use]
    pub fn apply(&self, score: f64) -> f64 {
        score.max(self.min - self.tolerance).min(self.max + self.tolerance)
    }
}

/// A linear change of a system's scores to the mean and standard deviation of human ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaling {
    system: (f64, f64),
    human: (f64, f64),
}

impl Scaling {
    /// From a system's and human scores of the same answers, other than those that are evaluated.
    ///
    /// `None` with fewer than two scores, or if the system's do not vary.
    #[must_use]
    pub fn from_scores(system: &[f64], human: &[f64]) -> Option<Self> {
        let (system, human) = (mean_and_sd(system)?, mean_and_sd(human)?);
        (system.1 > 0.0).then_some(Self { system, human })
    }

    /// The scaled score.
    #[must_use]
    pub fn apply(&self, score: f64) -> f64 {
        (score - self.system.0) / self.system.1 * self.human.1 + self.human.0
    }
}

/// Mean and standard deviation with n − 1. `None` with fewer than two values.
fn mean_and_sd(values: &[f64]) -> Option<(f64, f64)> {
    if values.len() < 2 {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let square: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    Some((mean, (square / (n - 1.0)).sqrt()))
}

/// Rounds halves to the even neighbour, as NumPy does.
///
/// ```
/// assert_eq!([0.5, 1.5, 2.5, -0.5].map(pupil_metrics::scores::round_half_even), [0.0, 2.0, 2.0, 0.0]);
/// ```
#[must_use]
pub fn round_half_even(value: f64) -> f64 {
    // Adding 0 turns −0 into 0.
    value.round_ties_even() + 0.0
}
