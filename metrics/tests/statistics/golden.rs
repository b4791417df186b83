//! Values of SciPy and NumPy.

use pupil_metrics::audit::{AuditBound, mixture_bound};
use pupil_metrics::distributions as d;
use pupil_metrics::drift::{drift, stability_index};
use pupil_metrics::guarantee::{Aim, Candidate, Judged, choose_threshold};
use pupil_metrics::homogeneity::homogeneity;
use pupil_metrics::paired::p_of_even;
use pupil_metrics::proportion::{interval, lower_bound, p_of_more, trials_needed, upper_bound};
use pupil_metrics::reliability::{Binning, reliability};
use pupil_metrics::selective::risk_curve;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
pub(crate) struct Fixture {
    distributions: BTreeMap<String, Vec<Vec<f64>>>,
    bounds: Vec<Bound>,
    mixture: Vec<Mixture>,
    homogeneity: Vec<Homogeneous>,
    drift: Vec<Drifted>,
    confidence: Confidence,
    pub(crate) intervals: Intervals,
    pairs: Vec<Pair>,
    promises: Vec<Promised>,
}

/// Tests of falling thresholds: threshold, share of the level, answers, wrong ones, p, level, and 1 where it was kept.
#[derive(Deserialize)]
struct Promised {
    limit: f64,
    outside: f64,
    sure: Vec<f64>,
    wrong: Vec<bool>,
    tests: Vec<[f64; 7]>,
    chosen: Option<usize>,
    bound: f64,
}

#[derive(Deserialize)]
struct Bound {
    hits: u64,
    trials: u64,
    outside: f64,
    lower: f64,
    upper: f64,
}

#[derive(Deserialize)]
struct Mixture {
    wrong: u64,
    audited: u64,
    a: f64,
    b: f64,
    outside: f64,
    bound: f64,
}

#[derive(Deserialize)]
struct Homogeneous {
    groups: Vec<(u64, u64)>,
    statistic: f64,
    freedom: u64,
    p_limit: f64,
    p_exact: Option<f64>,
}

#[derive(Deserialize)]
struct Drifted {
    reference: Vec<f64>,
    today: Vec<f64>,
    shift: f64,
    p_mean: f64,
    ks: f64,
    p_ks: f64,
    psi: f64,
}

#[derive(Deserialize)]
struct Confidence {
    confidence: Vec<f64>,
    wrong: Vec<bool>,
    area: f64,
    expected_error: f64,
    bias: f64,
    brier: f64,
}

#[derive(Deserialize)]
pub(crate) struct Intervals {
    pub(crate) human: Vec<f64>,
    pub(crate) system: Vec<f64>,
    pub(crate) bca: [f64; 2],
    pub(crate) percentile: [f64; 2],
    pub(crate) skewed: Vec<f64>,
    pub(crate) skewed_bca: [f64; 2],
}

#[derive(Deserialize)]
struct Pair {
    only_first: u64,
    only_second: u64,
    p: f64,
}

pub(crate) fn fixture() -> Fixture {
    serde_json::from_str(include_str!("../fixtures/statistics.json")).unwrap()
}

/// Whether two figures agree, small ones relatively.
#[track_caller]
fn close(got: f64, want: f64, relative: f64) {
    assert!((got - want).abs() <= relative * want.abs() + 1e-15, "{got} instead of {want}");
}

#[test]
fn distributions_agree_with_scipy() {
    let cases = fixture().distributions;
    assert_eq!(cases.len(), 9);
    for (name, rows) in cases {
        for row in rows {
            let got = match (name.as_str(), row.as_slice()) {
                ("normal_cdf", [x, _]) => d::normal_cdf(*x),
                ("normal_quantile", [p, _]) => d::normal_quantile(*p),
                ("student_two_sided", [t, v, _]) => d::student_two_sided(*t, *v),
                ("student_limit", [p, v, _]) => d::student_limit(*p, *v),
                ("fisher_above", [f, a, b, _]) => d::fisher_above(*f, *a, *b),
                ("chi_squared_above", [x, v, _]) => d::chi_squared_above(*x, *v),
                ("hypergeometric_at_most", [k, n, marked, all, _]) => {
                    d::hypergeometric_at_most(*k as u64, *n as u64, *marked as u64, *all as u64)
                }
                ("binomial_at_most", [k, n, p, _]) => d::binomial_at_most(*k as u64, *n as u64, *p),
                ("kolmogorov_above", [x, _]) => d::kolmogorov_above(*x),
                _ => unreachable!("an unknown distribution {name}"),
            };
            close(got, row[row.len() - 1], 1e-9);
        }
    }
}

#[test]
fn exact_bounds_agree_with_scipy() {
    for case in fixture().bounds {
        close(upper_bound(case.hits, case.trials, case.outside), case.upper, 1e-9);
        close(lower_bound(case.hits, case.trials, case.outside), case.lower, 1e-9);
    }
    assert_eq!((upper_bound(0, 0, 0.1), lower_bound(0, 0, 0.1), p_of_more(0, 0, 0.05)), (1.0, 0.0, 1.0));
    let (low, high) = interval(30, 100, 0.9);
    close(low, lower_bound(30, 100, 0.05), 1e-12);
    close(high, upper_bound(30, 100, 0.05), 1e-12);
}

#[test]
fn trials_needed_are_the_fewest() {
    for (rate, limit, outside) in
        [(0.0, 0.05, 0.1), (0.01, 0.05, 0.1), (0.035, 0.05, 0.05), (0.0, 0.5, 0.4), (0.2, 0.3, 0.01)]
    {
        let n = trials_needed(rate, limit, outside).unwrap();
        let is_enough = |n: u64| p_of_more((rate * n as f64).round() as u64, n, limit) <= outside;
        assert!(is_enough(n), "{rate} {limit} {outside}: {n}");
        assert!((1..n).all(|fewer| !is_enough(fewer)), "{rate} {limit} {outside}: {n}");
    }
    assert_eq!(trials_needed(0.05, 0.05, 0.1), None);
    assert_eq!(trials_needed(0.2, 0.05, 0.1), None);
    assert_eq!(trials_needed(0.0499999, 0.05, 0.1), None);
}

#[test]
fn audit_bound_agrees_with_an_integral() {
    for case in fixture().mixture {
        let got = mixture_bound(case.wrong, case.audited, (case.a, case.b), case.outside);
        close(got, case.bound, 1e-7);
    }
    assert_eq!(mixture_bound(3, 3, (1.0, 19.0), 0.1), 1.0);
    assert_eq!(AuditBound::new(0.9, 0.05).bound(), 1.0);
}

#[test]
fn homogeneity_agrees_with_scipy() {
    for case in fixture().homogeneity {
        let got = homogeneity(&case.groups, 20_000, 0).unwrap();
        close(got.statistic, case.statistic, 1e-9);
        close(got.p_limit, case.p_limit, 1e-9);
        assert_eq!(got.freedom, case.freedom);
        // The limit is good for these numbers, the exact one for two groups; both scatter with 20,000 re-allocations.
        let want = case.p_exact.unwrap_or(case.p_limit);
        assert!((got.p - want).abs() < 0.02, "{} instead of {want}", got.p);
    }
    assert_eq!(homogeneity(&[(1, 10)], 10, 0), None);
    assert_eq!(homogeneity(&[(0, 10), (0, 5)], 10, 0), None);
    assert_eq!(homogeneity(&[(3, 3), (5, 5), (0, 0)], 10, 0), None);
}

#[test]
fn drift_agrees_with_scipy() {
    for case in fixture().drift {
        let got = drift(&case.reference, &case.today).unwrap();
        close(got.shift.unwrap(), case.shift, 1e-9);
        close(got.p_mean.unwrap(), case.p_mean, 1e-9);
        close(got.ks, case.ks, 1e-9);
        close(got.p_ks, case.p_ks, 1e-9);
        close(got.psi.unwrap(), case.psi, 1e-9);
    }
}

#[test]
fn drift_without_spread_has_no_shift() {
    let still = drift(&[1.0; 5], &[1.0; 4]).unwrap();
    assert_eq!((still.shift, still.p_mean, still.psi, still.ks, still.p_ks), (None, None, None, 0.0, 1.0));
    assert!(drift(&[], &[1.0]).is_none());
    assert_eq!(stability_index(&[5, 5], &[5, 5]), 0.0);
    assert!(stability_index(&[50, 50], &[90, 10]) > 0.25);
}

#[test]
fn large_samples_use_the_limit_distribution() {
    let number = |i: i32| f64::from(i);
    let a: Vec<f64> = (0..2500).map(number).collect();
    let b: Vec<f64> = (0..2500).map(|i| number(i) + 100.5).collect();
    let got = drift(&a, &b).unwrap();
    close(got.ks, 101.0 / 2500.0, 1e-9);
    close(got.p_ks, d::kolmogorov_above(1250.0_f64.sqrt() * 101.0 / 2500.0), 1e-12);
}

fn judged(case: &Confidence) -> Vec<Judged> {
    case.confidence.iter().zip(&case.wrong).map(|(c, w)| Judged { confidence: *c, wrong: *w }).collect()
}

#[test]
fn curves_of_confidence_agree_with_numpy() {
    let case = fixture().confidence;
    let judged = judged(&case);
    let curve = risk_curve(&judged).unwrap();
    close(curve.area, case.area, 1e-9);
    let last = curve.points.last().unwrap();
    assert_eq!((last.automatic, last.wrong), (150, case.wrong.iter().filter(|w| **w).count() as u64));
    assert_eq!(curve.at(1.0), Some(last));
    assert!(curve.at(0.5).unwrap().coverage >= 0.5);
    let bins = reliability(&judged, Binning::EqualWidth(10)).unwrap();
    close(bins.expected_error, case.expected_error, 1e-9);
    close(bins.bias, case.bias, 1e-9);
    close(bins.brier, case.brier, 1e-9);
    let even = reliability(&judged, Binning::EqualCount(7)).unwrap();
    assert_eq!(even.bins.iter().map(|bin| bin.n).sum::<u64>(), 150);
    assert!(even.bins.iter().all(|bin| (21..=22).contains(&bin.n)), "{even:?}");
    assert!(risk_curve(&[]).is_none() && reliability(&[], Binning::EqualWidth(10)).is_none());
}

#[test]
fn calibration_errors_of_both_forms_agree() {
    let mut case = fixture().confidence;
    // Away from the edges of bins, on either side of which single and double precision may put a number.
    case.confidence.iter_mut().for_each(|c| *c = (*c - 0.003).abs());
    let want = reliability(&judged(&case), Binning::EqualWidth(10)).unwrap().expected_error;
    // Two classes: the awarded one has the confidence.
    let probabilities: Vec<Vec<f32>> =
        case.confidence.iter().map(|c| vec![*c as f32, 1.0 - *c as f32]).collect();
    let truth: Vec<pupil_metrics::Target> =
        case.wrong.iter().map(|w| pupil_metrics::Target::Class(usize::from(*w))).collect();
    let awarded = pupil_metrics::Target::Class(0);
    let rows = truth.iter().zip(&probabilities).map(|(t, p)| (t, &awarded, p.as_slice()));
    let got = pupil_metrics::calibration(rows).unwrap();
    assert!((got.error - want).abs() < 1e-6, "{} {want}", got.error);
}

#[test]
fn paired_test_agrees_with_scipy() {
    for case in fixture().pairs {
        close(p_of_even(case.only_first, case.only_second), case.p, 1e-9);
    }
    assert_eq!(p_of_even(0, 0), 1.0);
}

#[test]
fn promises_are_those_of_scipy() {
    for case in &fixture().promises {
        let judged = case.sure.iter().zip(&case.wrong);
        let judged: Vec<Judged> = judged.map(|(&confidence, &wrong)| Judged { confidence, wrong }).collect();
        let candidates: Vec<Candidate> =
            case.tests.iter().map(|t| Candidate { threshold: t[0], share: t[1] }).collect();
        let aim = Aim { max_error: case.limit, confidence: 1.0 - case.outside };
        let choice = choose_threshold(&candidates, &judged, aim);
        for (have, want) in choice.tests.iter().zip(&case.tests) {
            assert_eq!(
                (have.threshold, have.automatic as f64, have.wrong as f64),
                (want[0], want[2], want[3])
            );
            assert!(
                (have.p - want[4]).abs() < 1e-12 && (have.level - want[5]).abs() < 1e-12,
                "{have:?} {want:?}"
            );
            assert_eq!(have.kept, want[6] > 0.0, "{have:?}");
        }
        assert_eq!(choice.chosen.map(|c| c.threshold), case.chosen.map(|place| case.tests[place][0]));
        let bound = choice.chosen.map_or(1.0, |c| upper_bound(c.wrong, c.automatic, case.outside));
        assert!((bound - case.bound).abs() < 1e-9, "{bound} {}", case.bound);
    }
}
