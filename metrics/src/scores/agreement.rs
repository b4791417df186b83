//! Agreement of two columns of numeric scores.

use std::collections::BTreeMap;

use super::process::round_half_even;

/// Below this a standard deviation counts as 0, as in RSMTool.
const NO_SPREAD: f64 = 1e-7;

/// Scores of the same answers: human ones, or a first rater's, and those compared with them.
///
/// Weights count an answer more or less often; equal weights change nothing. They are normalized to a mean of 1, so
/// that variances keep n − 1, where n is the number of answers.
#[derive(Clone, Debug)]
pub struct ScorePairs {
    human: Vec<f64>,
    system: Vec<f64>,
    weights: Option<Vec<f64>>,
    /// Places of both scores, rounded, among the rounded scores that occur.
    rounded: Vec<(u32, u32)>,
    scores: usize,
}

/// Which standard deviation a difference of means is divided by; named as in RSMTool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmdMethod {
    /// That of the human scores of these answers.
    Unpooled,
    /// Both of these answers: the root of the mean of the variances.
    Pooled,
    /// That of the human scores of all answers.
    Johnson,
    /// Both of all answers: the root of the mean of the variances.
    Williamson,
}

/// Means and standard deviations of all answers, against which a group is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Population {
    /// Mean of the human scores.
    pub h_mean: f64,
    /// Their standard deviation.
    pub h_sd: f64,
    /// Mean of the system's scores.
    pub sys_mean: f64,
    /// Their standard deviation.
    pub sys_sd: f64,
}

/// Agreement of two columns of scores. Field names are those of RSMTool where they have one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreAgreement {
    /// Answers.
    pub n: u64,
    /// Mean of the human scores.
    pub h_mean: f64,
    /// Standard deviation of the human scores, with n − 1; `None` for one answer.
    pub h_sd: Option<f64>,
    /// Lowest human score.
    pub h_min: f64,
    /// Highest human score.
    pub h_max: f64,
    /// Mean of the system's scores.
    pub sys_mean: f64,
    /// Standard deviation of the system's scores, with n − 1.
    pub sys_sd: Option<f64>,
    /// Lowest score of the system.
    pub sys_min: f64,
    /// Highest score of the system.
    pub sys_max: f64,
    /// Pearson's correlation.
    pub corr: Option<f64>,
    /// Quadratic weighted kappa of the scores as they are: 2 cov / (var + var + (difference of means)²), with n in the
    /// denominators (Haberman 2019). For whole scores it is the usual one.
    pub wtkappa: Option<f64>,
    /// 1 − (squared errors) / (squared deviations of the human scores from their mean).
    pub r2: Option<f64>,
    /// Cohen's kappa of the rounded scores.
    pub kappa: Option<f64>,
    /// Percentage of equal scores, not rounded.
    pub exact_agr: f64,
    /// Percentage of scores at most 1 apart, not rounded.
    pub adj_agr: f64,
    /// Root of the mean squared difference.
    pub rmse: f64,
}

impl ScoreAgreement {
    /// The difference of the means, system minus human, in standard deviations. `None` if these are 0 or unknown.
    #[must_use]
    pub fn smd(&self, method: SmdMethod, all: Option<&Population>) -> Option<f64> {
        let pooled = |a: f64, b: f64| f64::midpoint(a * a, b * b).sqrt();
        let deviation = match method {
            SmdMethod::Unpooled => self.h_sd?,
            SmdMethod::Pooled => pooled(self.h_sd?, self.sys_sd?),
            SmdMethod::Johnson => all?.h_sd,
            SmdMethod::Williamson => pooled(all?.h_sd, all?.sys_sd),
        };
        (deviation > 0.0).then(|| (self.sys_mean - self.h_mean) / deviation)
    }

    /// The difference of standardized means (DSM): each mean in standard deviations of all answers from the mean of all
    /// answers, system minus human.
    ///
    /// It says how much more, or less, than all others the system favours these answers, also if its scale is not the
    /// human one. `None` if a standard deviation of all answers is below 1e-7.
    #[must_use]
    pub fn dsm(&self, all: &Population) -> Option<f64> {
        (all.h_sd > NO_SPREAD && all.sys_sd > NO_SPREAD)
            .then(|| (self.sys_mean - all.sys_mean) / all.sys_sd - (self.h_mean - all.h_mean) / all.h_sd)
    }

    /// Means and standard deviations of these answers, as those of all. `None` for one answer.
    #[must_use]
    pub fn population(&self) -> Option<Population> {
        Some(Population {
            h_mean: self.h_mean,
            h_sd: self.h_sd?,
            sys_mean: self.sys_mean,
            sys_sd: self.sys_sd?,
        })
    }
}

impl ScorePairs {
    /// Pairs scores; `weights` has one number above 0 for each, or is empty.
    ///
    /// # Panics
    ///
    /// When the lengths differ, or a number is not finite, or a weight is not above 0.
    #[must_use]
    pub fn new(human: Vec<f64>, system: Vec<f64>, weights: &[f64]) -> Self {
        assert_eq!(human.len(), system.len(), "two scores for each answer");
        assert!(weights.is_empty() || weights.len() == human.len(), "a weight for each answer");
        assert!(human.iter().chain(&system).all(|v| v.is_finite()), "scores are numbers");
        assert!(weights.iter().all(|w| *w > 0.0 && w.is_finite()), "weights are above 0");
        let places: BTreeMap<i64, u32> = {
            let keys: std::collections::BTreeSet<i64> =
                human.iter().chain(&system).map(|v| rounded(*v)).collect();
            keys.into_iter().zip(0..).collect()
        };
        let rounded =
            human.iter().zip(&system).map(|(h, s)| (places[&rounded(*h)], places[&rounded(*s)])).collect();
        let even = weights.windows(2).all(|pair| pair[0] == pair[1]);
        let weights = (!even).then(|| {
            let mean = weights.iter().sum::<f64>() / weights.len() as f64;
            weights.iter().map(|w| w / mean).collect()
        });
        Self { human, system, weights, rounded, scores: places.len() }
    }

    /// Number of answers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.human.len()
    }

    /// Whether there are no answers.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.human.is_empty()
    }

    /// The human scores.
    #[must_use]
    pub fn human(&self) -> &[f64] {
        &self.human
    }

    /// The system's scores.
    #[must_use]
    pub fn system(&self) -> &[f64] {
        &self.system
    }

    /// Agreement of all answers. `None` without answers.
    #[must_use]
    pub fn agreement(&self) -> Option<ScoreAgreement> {
        self.agreement_of(0..self.len())
    }

    /// Agreement of some answers; one may occur several times. `None` without answers.
    ///
    /// # Panics
    ///
    /// When an answer is out of range.
    #[must_use]
    pub fn agreement_of(&self, rows: impl Iterator<Item = usize> + Clone) -> Option<ScoreAgreement> {
        let weight = |row: usize| self.weights.as_ref().map_or(1.0, |w| w[row]);
        let (mut n, mut total, mut human, mut system) = (0_u64, 0.0, 0.0, 0.0);
        let (mut h, mut s) = (Range::default(), Range::default());
        for row in rows.clone() {
            let (w, a, b) = (weight(row), self.human[row], self.system[row]);
            n += 1;
            total += w;
            human += w * a;
            system += w * b;
            h.add(a);
            s.add(b);
        }
        if n == 0 {
            return None;
        }
        let (h_mean, sys_mean) = (human / total, system / total);
        let (mut hh, mut ss, mut hs, mut off) = (0.0, 0.0, 0.0, 0.0);
        let (mut exact, mut near, mut same) = (0.0, 0.0, 0.0);
        let mut of_human = vec![0.0; self.scores];
        let mut of_system = vec![0.0; self.scores];
        for row in rows {
            let (w, a, b) = (weight(row), self.human[row], self.system[row]);
            let (x, y) = (a - h_mean, b - sys_mean);
            hh += w * x * x;
            ss += w * y * y;
            hs += w * x * y;
            off += w * (a - b) * (a - b);
            let apart = (a - b).abs();
            exact += if apart <= 0.0 { w } else { 0.0 };
            near += if apart <= 1.0 { w } else { 0.0 };
            let (a, b) = self.rounded[row];
            same += if a == b { w } else { 0.0 };
            of_human[a as usize] += w;
            of_system[b as usize] += w;
        }
        // Equal values of a column can leave a square of rounding errors.
        let (hh, ss) = (h.square(hh), s.square(ss));
        let by_chance: f64 =
            of_human.iter().zip(&of_system).map(|(a, b)| a * b).sum::<f64>() / (total * total);
        let freedom = total * (n as f64 - 1.0) / n as f64;
        let sd = |square: f64| (n > 1).then(|| (square / freedom).sqrt());
        let spread = hh / total + ss / total + (h_mean - sys_mean).powi(2);
        Some(ScoreAgreement {
            n,
            h_mean,
            h_sd: sd(hh),
            h_min: h.min,
            h_max: h.max,
            sys_mean,
            sys_sd: sd(ss),
            sys_min: s.min,
            sys_max: s.max,
            corr: (hh > 0.0 && ss > 0.0).then(|| (hs / (hh.sqrt() * ss.sqrt())).clamp(-1.0, 1.0)),
            wtkappa: (spread > 0.0).then(|| 2.0 * hs / total / spread),
            r2: (hh > 0.0).then(|| 1.0 - off / hh),
            kappa: (by_chance < 1.0 - 1e-12).then(|| (same / total - by_chance) / (1.0 - by_chance)),
            exact_agr: 100.0 * exact / total,
            adj_agr: 100.0 * near / total,
            rmse: (off / total).sqrt(),
        })
    }
}

/// A rounded score as a key.
#[expect(clippy::cast_possible_truncation, reason = "a score beyond 2^63 counts as the largest")]
fn rounded(value: f64) -> i64 {
    round_half_even(value) as i64
}

/// The lowest and the highest value.
struct Range {
    min: f64,
    max: f64,
}

impl Default for Range {
    fn default() -> Self {
        Self { min: f64::INFINITY, max: f64::NEG_INFINITY }
    }
}

impl Range {
    fn add(&mut self, value: f64) {
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    /// A sum of squared deviations, exactly 0 if all values are equal.
    fn square(&self, square: f64) -> f64 {
        if self.min < self.max { square } else { 0.0 }
    }
}
