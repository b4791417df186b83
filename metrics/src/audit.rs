//! Bounds of an error rate that hold at every moment while audited answers arrive one by one.
//!
//! A share of the scores that count goes to a person all the same. After each, the bound may be read, and reading may
//! stop at any time: with probability 1 − δ no bound that is ever read lies below the true rate. An ordinary bound
//! has no such promise; read after every answer, it fails with near certainty some day.
//!
//! The upper bound is that of a mixture martingale (Robbins 1970, "Statistical methods related to the law of the
//! iterated logarithm"; beta-binomial mixture of Howard, Ramdas, McAuliffe and Sekhon 2021, "Time-uniform,
//! nonparametric, nonasymptotic confidence sequences"; as a bet, Waudby-Smith and Ramdas 2024, "Estimating means of
//! bounded random variables by betting"). Against the claim "the rate is m" a bettor spreads a unit of wealth over all
//! rates q below m, by a beta distribution cut off at m, and wins the likelihood ratio of q against m. At the true rate
//! the wealth is a martingale that starts at 1, so by Ville's inequality it ever reaches 1/δ with probability δ at
//! most. The bound is the largest m against which the wealth is below 1/δ. The lower bound is that of right scores
//! turned round, with bets spread evenly; it holds with probability 1 − δ of its own.

use statrs::function::beta::ln_beta;

use crate::distributions::incomplete_beta;
use crate::guarantee::Verdict;

/// Audited scores so far, and the bound of their error rate.
///
/// ```
/// use pupil_metrics::audit::AuditBound;
///
/// let mut audit = AuditBound::new(0.9, 0.05);
/// (0..100).for_each(|i| audit.add(i == 40));
/// assert!(audit.bound() > 0.03 && audit.bound() < 0.08, "{}", audit.bound());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct AuditBound {
    outside: f64,
    prior: (f64, f64),
    audited: u64,
    wrong: u64,
    bound: f64,
    low: f64,
}

impl AuditBound {
    /// No audited scores. `confidence` is the probability with which every bound holds, `expected` the error rate near
    /// which the bound should be tight; it holds whatever that is.
    ///
    /// # Panics
    ///
    /// When a number is not between 0 and 1.
    #[must_use]
    pub fn new(confidence: f64, expected: f64) -> Self {
        assert!(confidence > 0.0 && confidence < 1.0, "a confidence lies between 0 and 1");
        assert!(expected > 0.0 && expected < 1.0, "a rate lies between 0 and 1");
        Self {
            outside: 1.0 - confidence,
            // Its mean is the expected rate, its weight that of one error.
            prior: (1.0, 1.0 / expected - 1.0),
            audited: 0,
            wrong: 0,
            bound: 1.0,
            low: 0.0,
        }
    }

    /// Adds an audited score.
    pub fn add(&mut self, wrong: bool) {
        self.audited += 1;
        self.wrong += u64::from(wrong);
        self.bound = self.bound.min(mixture_bound(self.wrong, self.audited, self.prior, self.outside));
        let right = self.audited - self.wrong;
        self.low = self.low.max(1.0 - mixture_bound(right, self.audited, (1.0, 1.0), self.outside));
    }

    /// Scores that were audited.
    #[must_use]
    pub fn audited(&self) -> u64 {
        self.audited
    }

    /// Wrong ones among them.
    #[must_use]
    pub fn wrong(&self) -> u64 {
        self.wrong
    }

    /// The smallest bound so far, which holds as well as the others.
    #[must_use]
    pub fn bound(&self) -> f64 {
        self.bound
    }
}

impl AuditBound {
    /// The largest lower bound so far.
    #[must_use]
    pub fn low(&self) -> f64 {
        self.low
    }

    /// What the audited scores say about an aim: kept if the upper bound is at most that, broken if the lower one is
    /// above it.
    #[must_use]
    pub fn verdict(&self, max_error: f64) -> Verdict {
        if self.bound <= max_error {
            Verdict::Kept
        } else if self.low > max_error {
            Verdict::Broken
        } else {
            Verdict::Open
        }
    }
}

/// The largest rate against which a beta(a, b) mixture of bets has less than 1/`outside` after these outcomes.
///
/// # Panics
///
/// When more are wrong than were audited.
#[must_use]
pub fn mixture_bound(wrong: u64, audited: u64, prior: (f64, f64), outside: f64) -> f64 {
    assert!(wrong <= audited, "at most as many wrong as audited");
    if wrong == audited {
        return 1.0;
    }
    let goal = -outside.ln();
    // At the observed rate no bet has gained anything.
    let (mut low, mut high) = (wrong as f64 / audited as f64, 1.0);
    while high - low > 1e-12 {
        let middle = f64::midpoint(low, high);
        if log_wealth(middle, wrong, audited, prior) >= goal { high = middle } else { low = middle }
    }
    high
}

/// Logarithm of the wealth against the rate `m`.
fn log_wealth(m: f64, wrong: u64, audited: u64, (a, b): (f64, f64)) -> f64 {
    let (wrong, right) = (wrong as f64, (audited - wrong) as f64);
    let mass = |a: f64, b: f64| ln_beta(a, b) + incomplete_beta(a, b, m).ln();
    let spent = if wrong > 0.0 { wrong * m.ln() } else { 0.0 };
    mass(a + wrong, b + right) - mass(a, b) - spent - right * (-m).ln_1p()
}
