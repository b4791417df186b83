//! Compares metrics with scikit-learn, SciPy and NumPy (`tests/fixtures/agreement.py`), and checks undefined
//! cases.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

/// Tolerance for the same sum in another order.
const CLOSE: f64 = 1e-12;

#[derive(Deserialize)]
struct Fixture {
    single: Vec<Single>,
    multi: Vec<Multi>,
    fisher: Vec<Fisher>,
    calibration: Calibrations,
    resamples: Resamples,
    intervals: Intervals,
    percentiles: Vec<Percentile>,
    split_mix: Vec<SplitMix>,
}

#[derive(Deserialize)]
struct Single {
    name: String,
    classes: usize,
    truth: Vec<u16>,
    predicted: Vec<u16>,
    confusion: Vec<Vec<u64>>,
    expected: BTreeMap<Metric, Option<f64>>,
    precision: Vec<f64>,
    recall: Vec<f64>,
    f1: Vec<f64>,
    support: Vec<u64>,
}

#[derive(Deserialize)]
struct Multi {
    name: String,
    truth: Vec<Vec<u8>>,
    predicted: Vec<Vec<u8>>,
    label_kappas: Vec<Option<f64>>,
    label_f1: Vec<f64>,
    expected: BTreeMap<Metric, Option<f64>>,
}

#[derive(Deserialize)]
struct Fisher {
    kappas: Vec<f64>,
    fisher: f64,
    mean: f64,
}

#[derive(Deserialize)]
struct Calibrations {
    single: CalibrationCase<usize>,
    multi: CalibrationCase<Vec<u8>>,
}

#[derive(Deserialize)]
struct CalibrationCase<T> {
    truth: Vec<T>,
    predicted: Vec<T>,
    probabilities: Vec<Vec<f32>>,
    log_loss: f64,
    brier: f64,
    error: f64,
}

#[derive(Deserialize)]
struct Resamples {
    truth: Vec<u16>,
    predicted: Vec<u16>,
    rows: Vec<Vec<usize>>,
    qwk: Vec<f64>,
}

#[derive(Deserialize)]
struct Intervals {
    truth: Vec<u16>,
    first: Vec<u16>,
    second: Vec<u16>,
    interval: [f64; 2],
    difference: f64,
    difference_interval: [f64; 2],
}

#[derive(Deserialize)]
struct Percentile {
    values: Vec<f64>,
    coverage: f64,
    low: f64,
    high: f64,
}

#[derive(Deserialize)]
struct SplitMix {
    start: String,
    bits: Vec<String>,
}

fn fixture() -> Fixture {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/agreement.json"));
    serde_json::from_str(text).unwrap()
}

fn ordinal(classes: usize, truth: &[u16], predicted: &[u16]) -> Outcomes {
    Outcomes::Single {
        kind: ScoreKind::Level,
        classes,
        points: Vec::new(),
        truth: truth.to_vec(),
        predicted: predicted.to_vec(),
    }
}

fn flags(row: &[u8]) -> String {
    row.iter().map(|b| char::from(b'0' + b)).collect()
}

/// Compares every metric of a case and collects the ones that differ.
fn differences(
    name: &str,
    tally: &Tally,
    expected: &BTreeMap<Metric, Option<f64>>,
    failed: &mut Vec<String>,
) {
    for (metric, want) in expected {
        let got = tally.metric(*metric);
        let same = match (got, want) {
            (Some(got), Some(want)) => (got - want).abs() <= CLOSE,
            (None, None) => true,
            _ => false,
        };
        if !same {
            failed.push(format!("{name}, {}: {got:?} instead of {want:?}", metric.name()));
        }
    }
}

#[test]
fn classes_and_levels_agree_with_scikit_learn() {
    let mut failed = Vec::new();
    let cases = fixture().single;
    assert_eq!(cases.len(), 13);
    for case in cases {
        let tally = ordinal(case.classes, &case.truth, &case.predicted).tally();
        assert_eq!(case.expected.len(), ScoreKind::Level.metrics().len());
        differences(&case.name, &tally, &case.expected, &mut failed);
        let Tally::Single { confusion, .. } = tally else { unreachable!("levels make one table") };
        assert_eq!(Vec::from(confusion.clone()), case.confusion, "{}", case.name);
        for (i, score) in class_scores(&confusion).iter().enumerate() {
            let want = [case.precision[i], case.recall[i], case.f1[i]];
            let got = [score.precision, score.recall, score.f1];
            let close = want.iter().zip(got).all(|(w, g)| (w - g).abs() <= CLOSE);
            if !close || score.support != case.support[i] {
                failed.push(format!("{}, class {i}: {got:?} instead of {want:?}", case.name));
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn labels_agree_with_scikit_learn() {
    let mut failed = Vec::new();
    let cases = fixture().multi;
    assert_eq!(cases.len(), 5);
    for case in cases {
        let outcomes = Outcomes::Multi {
            labels: case.label_kappas.len(),
            truth: case.truth.iter().map(|r| flags(r)).collect(),
            predicted: case.predicted.iter().map(|r| flags(r)).collect(),
        };
        assert!(outcomes.is_sound());
        let tally = outcomes.tally();
        assert_eq!(case.expected.len(), ScoreKind::Labels.metrics().len());
        differences(&case.name, &tally, &case.expected, &mut failed);
        let Tally::Multi { labels, .. } = tally else { unreachable!("labels make several tables") };
        for (i, (table, score)) in labels.iter().zip(label_scores(&labels)).enumerate() {
            let same = match (kappa(table), case.label_kappas[i]) {
                (Some(got), Some(want)) => (got - want).abs() <= CLOSE,
                (got, want) => got == want,
            };
            if !same || (score.f1 - case.label_f1[i]).abs() > CLOSE {
                failed.push(format!("{}, label {i}: {:?}, {}", case.name, kappa(table), score.f1));
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn means_of_kappas_agree_with_numpy() {
    for case in fixture().fisher {
        let fisher = fisher_mean(case.kappas.iter().copied()).unwrap();
        assert!((fisher - case.fisher).abs() <= CLOSE, "{:?}: {fisher}", case.kappas);
        let plain = mean(case.kappas.iter().copied()).unwrap();
        assert!((plain - case.mean).abs() <= CLOSE, "{:?}: {plain}", case.kappas);
    }
    assert_eq!(fisher_mean([]), None);
    assert_eq!(mean([]), None);
}

#[test]
fn perfect_agreement_is_capped_in_the_fisher_mean() {
    let fisher = fisher_mean([1.0]).unwrap();
    assert!((fisher - FISHER_CAP).abs() <= CLOSE, "{fisher}");
    // An infinite z would give 1 for any other value.
    assert!(fisher_mean([1.0, 0.0]).unwrap() < 0.97);
}

#[test]
fn without_rows_every_metric_is_undefined() {
    let multi = Outcomes::Multi { labels: 3, truth: Vec::new(), predicted: Vec::new() };
    for outcomes in [ordinal(4, &[], &[]), multi] {
        assert!(outcomes.is_empty());
        for metric in outcomes.kind().metrics() {
            assert_eq!(outcomes.tally().metric(*metric), None, "{}", metric.name());
        }
    }
}

#[test]
fn classes_have_no_metric_that_needs_an_order() {
    let outcomes = Outcomes::Single {
        kind: ScoreKind::Class,
        classes: 3,
        points: Vec::new(),
        truth: vec![0, 1, 2],
        predicted: vec![0, 2, 2],
    };
    for metric in [Metric::Qwk, Metric::Adjacent, Metric::Pearson, Metric::Smd, Metric::ExactMatch] {
        assert_eq!(outcomes.tally().metric(metric), None, "{}", metric.name());
    }
    assert_eq!(outcomes.tally().metric(Metric::Accuracy), Some(2.0 / 3.0));
}

#[test]
fn metric_names_equal_those_in_json() {
    for kind in [ScoreKind::Class, ScoreKind::Labels, ScoreKind::Level] {
        for metric in kind.metrics() {
            assert_eq!(serde_json::to_value(metric).unwrap(), metric.name());
        }
    }
}

#[test]
fn calibration_agrees_with_numpy() {
    let fixture = fixture().calibration;
    let case = fixture.single;
    let (truth, predicted): (Vec<_>, Vec<_>) =
        case.truth.iter().zip(&case.predicted).map(|(t, p)| (Target::Level(*t), Target::Level(*p))).unzip();
    let got = calibration(rows(&truth, &predicted, &case.probabilities)).unwrap();
    for (got, want) in [(got.log_loss, case.log_loss), (got.brier, case.brier), (got.error, case.error)] {
        assert!((got - want).abs() <= CLOSE, "{got} instead of {want}");
    }

    let case = fixture.multi;
    let labels = |rows: &[Vec<u8>]| -> Vec<Target> {
        rows.iter().map(|r| Target::Labels(r.iter().map(|b| *b == 1).collect())).collect()
    };
    let (truth, predicted) = (labels(&case.truth), labels(&case.predicted));
    let got = calibration(rows(&truth, &predicted, &case.probabilities)).unwrap();
    for (got, want) in [(got.log_loss, case.log_loss), (got.brier, case.brier), (got.error, case.error)] {
        assert!((got - want).abs() <= CLOSE, "{got} instead of {want}");
    }
}

fn rows<'a>(
    truth: &'a [Target],
    predicted: &'a [Target],
    probabilities: &'a [Vec<f32>],
) -> impl Iterator<Item = (&'a Target, &'a Target, &'a [f32])> {
    truth.iter().zip(predicted).zip(probabilities).map(|((t, p), q)| (t, p, q.as_slice()))
}

#[test]
fn calibration_without_probabilities_is_undefined() {
    let row = (&Target::Level(1), &Target::Level(1), [].as_slice());
    assert_eq!(calibration([row]), None);
}

#[test]
fn random_stream_is_split_mix() {
    for case in fixture().split_mix {
        let mut stream = Stream::from_start(case.start.parse().unwrap());
        let bits: Vec<String> = (0..case.bits.len()).map(|_| stream.bits().to_string()).collect();
        assert_eq!(bits, case.bits, "start {}", case.start);
    }
}

#[test]
fn draws_are_in_range_and_even() {
    let mut stream = Stream::new(7, "a task", 3);
    let mut counts = [0_u32; 10];
    for _ in 0..100_000 {
        counts[stream.below(10)] += 1;
    }
    // Ten standard deviations of a binomial count, 10 * sqrt(100000 * 0.1 * 0.9).
    assert!(counts.iter().all(|c| c.abs_diff(10_000) < 949), "{counts:?}");
    assert_eq!(stream.below(1), 0);
    assert_eq!(stream.below(0), 0);
}

#[test]
fn streams_differ_by_seed_task_and_replicate() {
    let starts: std::collections::HashSet<u64> = (0..10)
        .flat_map(|seed| (0..10).flat_map(move |b| ["x", "y"].map(|task| Stream::new(seed, task, b).bits())))
        .collect();
    assert_eq!(starts.len(), 200);
}

#[test]
fn resampled_rows_count_as_often_as_they_are_drawn() {
    let case = fixture().resamples;
    let outcomes = ordinal(4, &case.truth, &case.predicted);
    for (rows, want) in case.rows.iter().zip(&case.qwk) {
        let got = outcomes.tally_of(rows.iter().copied()).metric(Metric::Qwk).unwrap();
        assert!((got - want).abs() <= CLOSE, "{got} instead of {want}");
    }
}

#[test]
fn percentiles_agree_with_numpy() {
    for case in fixture().percentiles {
        let (low, high) = percentile_interval(&case.values, case.coverage).unwrap();
        assert!((low - case.low).abs() <= CLOSE && (high - case.high).abs() <= CLOSE, "{low} {high}");
    }
}

#[test]
fn undefined_replicates_are_left_out_unless_they_are_the_majority() {
    let nan = f64::NAN;
    assert_eq!(percentile_interval(&[nan, 1.0, 1.0, nan], 0.95), Some((1.0, 1.0)));
    assert_eq!(percentile_interval(&[nan, 1.0, nan], 0.95), None);
    assert_eq!(percentile_interval(&[], 0.95), None);
}

#[test]
fn intervals_agree_with_scipy_within_sampling_error() {
    let case = fixture().intervals;
    let bootstrap = Bootstrap { replicates: 10_000, ..Bootstrap::default() };
    let replicates = |predicted: &[u16]| {
        bootstrap.replicates_of(&ordinal(4, &case.truth, predicted), &[Metric::Qwk], "task").remove(0)
    };
    let (first, second) = (replicates(&case.first), replicates(&case.second));
    let (low, high) = bootstrap.interval(&first).unwrap();
    // The ends of an interval 0.055 wide scatter by less than 0.001 over 10,000 resamples; those of the difference,
    // 0.114 wide, by less than 0.002.
    assert!((low - case.interval[0]).abs() < 0.004, "{low} instead of {}", case.interval[0]);
    assert!((high - case.interval[1]).abs() < 0.004, "{high} instead of {}", case.interval[1]);

    let difference: Vec<f64> = first.iter().zip(&second).map(|(a, b)| a - b).collect();
    let (low, high) = bootstrap.interval(&difference).unwrap();
    let [want_low, want_high] = case.difference_interval;
    assert!((low - want_low).abs() < 0.008, "{low} instead of {want_low}");
    assert!((high - want_high).abs() < 0.008, "{high} instead of {want_high}");
    assert!(low < case.difference && case.difference < high);
}

#[test]
fn replicates_repeat_and_depend_on_the_seed() {
    let case = fixture().intervals;
    let outcomes = ordinal(4, &case.truth, &case.first);
    let metrics = [Metric::Qwk, Metric::Accuracy];
    let bootstrap = Bootstrap { replicates: 50, ..Bootstrap::default() };
    let once = bootstrap.replicates_of(&outcomes, &metrics, "task");
    assert_eq!(once, bootstrap.replicates_of(&outcomes, &metrics, "task"));
    assert_eq!((once.len(), once[0].len()), (2, 50));
    // Each metric uses the same rows, whichever other metrics are requested.
    assert_eq!(once[1], bootstrap.replicates_of(&outcomes, &metrics[1..], "task")[0]);
    let other = Bootstrap { seed: 1, ..bootstrap };
    assert_ne!(once, other.replicates_of(&outcomes, &metrics, "task"));
}

#[test]
fn damaged_outcomes_are_detected() {
    let good = ordinal(3, &[0, 1, 2], &[0, 0, 2]);
    assert!(good.is_sound());
    assert!(!ordinal(2, &[0, 1, 2], &[0, 0, 1]).is_sound());
    assert!(!ordinal(3, &[0, 1], &[0]).is_sound());
    let labels =
        |row: &str| Outcomes::Multi { labels: 2, truth: vec!["01".into()], predicted: vec![row.into()] };
    assert!(labels("10").is_sound());
    assert!(!labels("1").is_sound());
    assert!(!labels("12").is_sound());
}

#[test]
fn confusion_table_that_is_not_square_is_refused() {
    assert!(serde_json::from_str::<Confusion>("[[1,2],[3]]").is_err());
    let table: Confusion = serde_json::from_str("[[1,2],[3,4]]").unwrap();
    assert_eq!((table.get(1, 0), table.total()), (3, 10));
}

proptest! {
    #[test]
    fn agreement_is_bounded_and_symmetric(pairs in proptest::collection::vec((0_usize..5, 0_usize..5), 1..80)) {
        let table = Confusion::from_pairs(5, pairs.iter().copied());
        let turned = Confusion::from_pairs(5, pairs.iter().map(|&(t, p)| (p, t)));
        for f in [kappa, quadratic_kappa, pearson] {
            match (f(&table), f(&turned)) {
                (Some(a), Some(b)) => {
                    prop_assert!((a - b).abs() < 1e-9);
                    prop_assert!((-1.0 - 1e-9..=1.0 + 1e-9).contains(&a), "{}", a);
                }
                (a, b) => prop_assert_eq!(a, b),
            }
        }
        let scores = class_scores(&table);
        for score in [macro_f1(&scores), weighted_f1(&scores), accuracy(&table), adjacent_agreement(&table)] {
            prop_assert!((0.0..=1.0 + 1e-12).contains(&score.unwrap()));
        }
    }

    #[test]
    fn shifting_the_scale_changes_no_kappa(pairs in proptest::collection::vec((0_usize..3, 0_usize..3), 1..60)) {
        let narrow = Confusion::from_pairs(3, pairs.iter().copied());
        let wide = Confusion::from_pairs(6, pairs.iter().map(|&(t, p)| (t + 2, p + 2)));
        prop_assert_eq!(kappa(&narrow), kappa(&wide));
        prop_assert_eq!(quadratic_kappa(&narrow), quadratic_kappa(&wide));
        prop_assert_eq!(macro_f1(&class_scores(&narrow)), macro_f1(&class_scores(&wide)));
    }
}

#[test]
fn agreement_on_a_scale_with_gaps_counts_points() {
    // Scores 0, 2 and 5: as if the levels 1, 3 and 4 were never used.
    let pairs = [(0, 0), (1, 0), (1, 1), (2, 1), (2, 2), (2, 0), (0, 1), (1, 2)];
    let points = [0, 2, 5];
    let mut gaps = Confusion::of_levels(&points);
    pairs.iter().for_each(|(t, p)| gaps.add(*t, *p));
    let at = |i: usize| usize::try_from(points[i]).unwrap();
    let wide = Confusion::from_pairs(6, pairs.iter().map(|&(t, p)| (at(t), at(p))));
    assert_eq!(quadratic_kappa(&gaps), quadratic_kappa(&wide));
    assert_eq!(pearson(&gaps), pearson(&wide));
    assert_eq!(standardized_mean_difference(&gaps), standardized_mean_difference(&wide));
    assert_ne!(quadratic_kappa(&gaps), quadratic_kappa(&Confusion::from_pairs(3, pairs)));
}
