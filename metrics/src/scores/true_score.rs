//! How well a system predicts the score that an answer would have without errors of the raters.
//!
//! Johnson's estimators, as in `rsmtool.utils.prmse` (Loukina et al. 2020, "Using PRMSE to evaluate automated scoring
//! systems in the presence of label noise"). They allow any number of raters for each answer.

/// Ratings of one answer by several raters; a missing one is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct Ratings(pub Vec<Option<f64>>);

impl Ratings {
    fn present(&self) -> impl Iterator<Item = f64> + '_ {
        self.0.iter().flatten().copied()
    }

    fn count(&self) -> f64 {
        self.present().count() as f64
    }

    fn mean(&self) -> f64 {
        self.present().sum::<f64>() / self.count()
    }

    /// Sum of squared deviations from the answer's mean.
    fn square(&self) -> f64 {
        let mean = self.mean();
        self.present().map(|rating| (rating - mean).powi(2)).sum()
    }
}

/// Agreement with true scores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrueScore {
    /// Answers.
    pub n: u64,
    /// Most ratings of one answer.
    pub raters: u64,
    /// Answers with one rating.
    pub single: u64,
    /// Answers with several ratings.
    pub multiple: u64,
    /// Estimated or given variance of the errors of a rating.
    pub error_variance: f64,
    /// Estimated variance of true scores.
    pub true_variance: f64,
    /// Mean squared error of the system against true scores.
    pub mse: f64,
    /// 1 − `mse` / `true_variance`: the proportional reduction in mean squared error. It can be above 1, where the
    /// estimated error is negative, and far below 0. `None` if the estimated variance of true scores is not positive.
    pub prmse: Option<f64>,
}

/// Variance of the errors of a rating, from the answers with several ratings. `None` without such answers.
#[must_use]
pub fn rater_error_variance(ratings: &[Ratings]) -> Option<f64> {
    let (mut square, mut freedom) = (0.0, 0.0);
    for answer in ratings.iter().filter(|r| r.count() > 1.0) {
        square += answer.square();
        freedom += answer.count() - 1.0;
    }
    (freedom > 0.0).then(|| square / freedom)
}

/// Compares the system's scores with true scores.
///
/// `error_variance` is estimated from the ratings if it is not given. `None` if it cannot be estimated, without
/// answers, or if every answer has the same single rater and only one answer exists.
///
/// # Panics
///
/// When the lengths differ, or an answer has no rating.
#[must_use]
pub fn true_score(system: &[f64], ratings: &[Ratings], error_variance: Option<f64>) -> Option<TrueScore> {
    assert_eq!(system.len(), ratings.len(), "a system's score for each answer");
    assert!(ratings.iter().all(|r| r.count() > 0.0), "every answer has a rating");
    let error = error_variance.or_else(|| rater_error_variance(ratings))?;
    let n = ratings.len() as f64;
    let count = |r: &Ratings| r.count();
    let all: f64 = ratings.iter().map(count).sum();
    let mean = ratings.iter().flat_map(Ratings::present).sum::<f64>() / all;
    let square: f64 = ratings.iter().map(|r| r.count() * (r.mean() - mean).powi(2)).sum();
    let denominator = all - ratings.iter().map(|r| r.count().powi(2)).sum::<f64>() / all;
    if denominator <= 0.0 {
        return None;
    }
    let true_variance = (square - (n - 1.0) * error) / denominator;
    let off: f64 = system.iter().zip(ratings).map(|(s, r)| r.count() * (r.mean() - s).powi(2)).sum();
    let mse = (off - n * error) / all;
    let of =
        |keep: &dyn Fn(usize) -> bool| ratings.iter().filter(|r| keep(r.present().count())).count() as u64;
    Some(TrueScore {
        n: ratings.len() as u64,
        raters: ratings.iter().map(|r| r.present().count() as u64).max().unwrap_or(0),
        single: of(&|k| k == 1),
        multiple: of(&|k| k > 1),
        error_variance: error,
        true_variance,
        mse,
        prmse: (true_variance > 0.0).then(|| 1.0 - mse / true_variance),
    })
}
