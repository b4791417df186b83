//! Compares functions with those of RSMTool 12 (`tests/fixtures/rsmeval.py`), and checks undefined cases.

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

/// Tolerance for the same sum in another order.
const CLOSE: f64 = 1e-9;

#[derive(Deserialize)]
struct Fixture {
    functions: Functions,
}

#[derive(Deserialize)]
struct Functions {
    prmse: Vec<Prmse>,
    smd: Vec<Smd>,
    partial: Vec<Partial>,
}

#[derive(Deserialize)]
struct Prmse {
    system: Vec<f64>,
    ratings: Vec<Vec<Option<f64>>>,
    given: Option<f64>,
    error_variance: f64,
    true_variance: f64,
    mse: f64,
    prmse: f64,
}

#[derive(Deserialize)]
struct Smd {
    human: Vec<f64>,
    system: Vec<f64>,
    h_mean: f64,
    h_sd: f64,
    sys_mean: f64,
    sys_sd: f64,
    unpooled: f64,
    pooled: f64,
    johnson: f64,
    williamson: f64,
    dsm: f64,
    wtkappa: f64,
}

#[derive(Deserialize)]
struct Partial {
    raw: Vec<f64>,
    sc1: Vec<f64>,
    length: Vec<f64>,
    pcor: f64,
}

fn functions() -> Functions {
    let text = include_str!("../../tests/fixtures/rsmeval.json");
    serde_json::from_str::<Fixture>(text).unwrap().functions
}

#[track_caller]
fn close(got: f64, want: f64) {
    assert!((got - want).abs() <= CLOSE * want.abs().max(1.0), "{got} instead of {want}");
}

#[test]
fn true_scores_of_several_raters_agree_with_rsmtool() {
    for case in functions().prmse {
        let ratings: Vec<Ratings> = case.ratings.into_iter().map(Ratings).collect();
        let got = true_score(&case.system, &ratings, case.given).unwrap();
        close(got.error_variance, case.error_variance);
        close(got.true_variance, case.true_variance);
        close(got.mse, case.mse);
        close(got.prmse.unwrap(), case.prmse);
    }
}

#[test]
fn differences_of_means_agree_with_rsmtool() {
    for case in functions().smd {
        let all =
            Population { h_mean: case.h_mean, h_sd: case.h_sd, sys_mean: case.sys_mean, sys_sd: case.sys_sd };
        let got = ScorePairs::new(case.human, case.system, &[]).agreement().unwrap();
        for (method, want) in [
            (SmdMethod::Unpooled, case.unpooled),
            (SmdMethod::Pooled, case.pooled),
            (SmdMethod::Johnson, case.johnson),
            (SmdMethod::Williamson, case.williamson),
        ] {
            close(got.smd(method, Some(&all)).unwrap(), want);
        }
        close(got.dsm(&all).unwrap(), case.dsm);
        close(got.wtkappa.unwrap(), case.wtkappa);
    }
}

#[test]
fn correlation_without_length_agrees_with_rsmtool() {
    for case in functions().partial {
        close(partial_correlation(&case.raw, &case.sc1, &case.length).unwrap(), case.pcor);
    }
}

#[test]
fn figures_without_a_value_are_none() {
    assert!(ScorePairs::new(Vec::new(), Vec::new(), &[]).agreement().is_none());
    let one = ScorePairs::new(vec![1.0], vec![2.0], &[]).agreement().unwrap();
    assert_eq!((one.h_sd, one.corr, one.r2, one.population()), (None, None, None, None));
    assert_eq!(one.rmse, 1.0);
    let same = ScorePairs::new(vec![1.0; 4], vec![1.0; 4], &[]).agreement().unwrap();
    assert_eq!((same.kappa, same.wtkappa, same.corr, same.r2), (None, None, None, None));
    assert_eq!((same.exact_agr, same.smd(SmdMethod::Unpooled, None)), (100.0, None));
    assert_eq!(partial_correlation(&[1.0; 5], &[1.0, 2.0, 3.0, 4.0, 5.0], &[2.0; 5]), None);
    assert!(true_score(&[1.0], &[Ratings(vec![Some(1.0), None])], None).is_none());
    assert!(true_score(&[1.0], &[Ratings(vec![Some(1.0)])], Some(0.1)).is_none());
    assert_eq!(disattenuated(0.5, -0.1), None);
}

#[test]
fn whole_weights_count_as_repeated_answers() {
    let (human, system) = (vec![0.0, 1.0, 2.0, 1.0, 3.0], vec![0.5, 1.0, 1.5, 2.0, 2.6]);
    let counts = [1_u8, 3, 2, 1, 2];
    let weights = counts.map(f64::from);
    let repeat = |values: &[f64]| -> Vec<f64> {
        values.iter().zip(counts).flat_map(|(v, w)| std::iter::repeat_n(*v, w.into())).collect()
    };
    let repeated = ScorePairs::new(repeat(&human), repeat(&system), &[]).agreement().unwrap();
    let weighted = ScorePairs::new(human, system, &weights).agreement().unwrap();
    assert_eq!(weighted.n, 5);
    for (got, want) in [
        (weighted.h_mean, repeated.h_mean),
        (weighted.exact_agr, repeated.exact_agr),
        (weighted.adj_agr, repeated.adj_agr),
        (weighted.rmse, repeated.rmse),
        (weighted.corr.unwrap(), repeated.corr.unwrap()),
        (weighted.wtkappa.unwrap(), repeated.wtkappa.unwrap()),
        (weighted.kappa.unwrap(), repeated.kappa.unwrap()),
        (weighted.r2.unwrap(), repeated.r2.unwrap()),
        // n − 1 of five answers instead of nine.
        (weighted.h_sd.unwrap().powi(2) * 4.0 / 5.0, repeated.h_sd.unwrap().powi(2) * 8.0 / 9.0),
    ] {
        close(got, want);
    }
}

#[test]
fn fairness_without_freedom_or_groups_has_no_test() {
    let one = fairness(&[1.0, 2.0, 3.0], &[1.5, 2.0, 2.5], &["a", "a", "a"]).unwrap();
    assert_eq!((one.osd.p, one.csd.p, one.groups.len()), (None, None, 1));
    close(one.osd.estimates[0].unwrap().estimate, 0.0);
    // The human score says which group it is, so that the group explains nothing more.
    let told = fairness(&[0.0, 0.0, 1.0, 1.0], &[0.2, 0.4, 0.9, 1.2], &["a", "a", "b", "b"]).unwrap();
    assert!(told.csd.estimates[1].is_some());
    assert_eq!(told.csd.p, None);
    assert!(fairness(&[], &[], &[]).is_none());
}

proptest! {
    #[test]
    fn quadratic_kappa_of_whole_scores_is_that_of_their_counts(
        pairs in proptest::collection::vec((0_u8..5, 0_u8..5), 2..60)
    ) {
        let (human, system) =
            pairs.iter().map(|(h, s)| (f64::from(*h), f64::from(*s))).unzip();
        let got = ScorePairs::new(human, system, &[]).agreement().unwrap();
        let counts = pairs.iter().map(|(h, s)| (usize::from(*h), usize::from(*s)));
        let counts = crate::Confusion::from_pairs(5, counts);
        match (got.wtkappa, crate::quadratic_kappa(&counts)) {
            (Some(a), Some(b)) => prop_assert!((a - b).abs() < 1e-9, "{} {}", a, b),
            (a, b) => prop_assert_eq!(a, b),
        }
        match (got.kappa, crate::kappa(&counts)) {
            (Some(a), Some(b)) => prop_assert!((a - b).abs() < 1e-9, "{} {}", a, b),
            (a, b) => prop_assert_eq!(a, b),
        }
    }

    #[test]
    fn trimmed_scores_round_into_the_scale(score in -1e6_f64..1e6, min in -3_i8..3, width in 1_u8..9) {
        let (min, max) = (f64::from(min), f64::from(min) + f64::from(width));
        let rounded = round_half_even(Trim::to(min, max).apply(score));
        prop_assert!((min..=max).contains(&rounded));
        if (min..=max).contains(&score) {
            prop_assert_eq!(Trim::to(min, max).apply(score), score);
        }
    }
}
