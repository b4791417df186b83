//! Probabilities and quantiles of the distributions that tests and bounds need.
//!
//! The special functions are those of `statrs`; the relative error of every function here is below 1e-10 in the range
//! that the tests cover (golden values of SciPy).

use std::f64::consts::SQRT_2;

use statrs::function::beta::{beta_reg, inv_beta_reg};
use statrs::function::erf::{erfc, erfc_inv};
use statrs::function::factorial::ln_binomial;
use statrs::function::gamma::gamma_ur;

/// P(Z ≤ x) of the standard normal distribution.
#[must_use]
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * erfc(-x / SQRT_2)
}

/// The x with P(Z ≤ x) = `p`; infinite at 0 and 1.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    -SQRT_2 * erfc_inv(2.0 * p)
}

/// P(|T| ≥ |t|) of Student's distribution.
#[must_use]
pub fn student_two_sided(t: f64, freedom: f64) -> f64 {
    if t == 0.0 { 1.0 } else { incomplete_beta(freedom / 2.0, 0.5, freedom / (freedom + t * t)) }
}

/// The t that |T| exceeds with probability `outside`, between 0 and 1.
#[must_use]
pub fn student_limit(outside: f64, freedom: f64) -> f64 {
    let x = beta_quantile(outside, freedom / 2.0, 0.5);
    (freedom * (1.0 - x) / x).sqrt()
}

/// P(F ≥ f) of Fisher's distribution.
#[must_use]
pub fn fisher_above(f: f64, numerator: f64, denominator: f64) -> f64 {
    if f <= 0.0 {
        return 1.0;
    }
    incomplete_beta(denominator / 2.0, numerator / 2.0, denominator / (denominator + numerator * f))
}

/// P(X ≥ x) of the chi-squared distribution.
#[must_use]
pub fn chi_squared_above(x: f64, freedom: f64) -> f64 {
    if x <= 0.0 { 1.0 } else { gamma_ur(freedom / 2.0, x / 2.0) }
}

/// P(X ≤ x) of the beta distribution: the regularized incomplete beta function.
#[must_use]
pub fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if x >= 1.0 {
        1.0
    } else {
        beta_reg(a, b, x)
    }
}

/// The x with P(X ≤ x) = `p` of the beta distribution.
#[must_use]
pub fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    if p <= 0.0 {
        0.0
    } else if p >= 1.0 {
        1.0
    } else {
        inv_beta_reg(a, b, p)
    }
}

/// P(K ≤ k) of the binomial distribution with `n` trials of probability `p`.
#[must_use]
pub fn binomial_at_most(k: u64, n: u64, p: f64) -> f64 {
    if k >= n { 1.0 } else { incomplete_beta((n - k) as f64, k as f64 + 1.0, 1.0 - p) }
}

/// P(K ≤ k) of the hypergeometric distribution: of `all` things `marked` are marked, and `n` are drawn without
/// replacement.
///
/// # Panics
///
/// When more are marked or drawn than there are.
#[must_use]
pub fn hypergeometric_at_most(k: u64, n: u64, marked: u64, all: u64) -> f64 {
    assert!(marked <= all && n <= all, "at most as many are marked or drawn as there are");
    if k >= n.min(marked) {
        return 1.0;
    }
    // The unmarked ones may not be enough for all draws.
    let fewest = n.saturating_sub(all - marked);
    if k < fewest {
        return 0.0;
    }
    let log =
        |hits: u64| ln_binomial(marked, hits) + ln_binomial(all - marked, n - hits) - ln_binomial(all, n);
    (fewest..=k).rev().map(|hits| log(hits).exp()).sum::<f64>().min(1.0)
}

/// P(K ≥ x) of Kolmogorov's limit distribution, for x = √(mn/(m+n)) times the largest distance.
#[must_use]
pub fn kolmogorov_above(x: f64) -> f64 {
    if x < 0.2 {
        // 1 − 5e-12 at 0.2.
        return 1.0;
    }
    let mut sum = 0.0;
    for k in 1..=100 {
        let k = f64::from(k);
        let term = (-2.0 * k * k * x * x).exp();
        sum += if k % 2.0 == 1.0 { term } else { -term };
        if term < 1e-17 {
            break;
        }
    }
    (2.0 * sum).clamp(0.0, 1.0)
}
