//! Intervals from resampled clusters.

use pupil_metrics::resample::{Clusters, IntervalKind, Resamples};
use pupil_metrics::{Bootstrap, Stream};

use crate::golden::fixture;

/// The root of the mean distance of two columns.
fn root_of_distance(a: &[f64], b: &[f64], rows: &[usize]) -> f64 {
    (rows.iter().map(|r| (a[*r] - b[*r]).abs()).sum::<f64>() / rows.len() as f64).sqrt()
}

#[test]
fn intervals_agree_with_scipy_within_sampling_error() {
    let case = fixture().intervals;
    let bootstrap = Bootstrap { replicates: 20_000, ..Bootstrap::default() };
    let clusters = Clusters::of_rows(case.human.len());
    let statistic = |rows: &[usize]| vec![root_of_distance(&case.human, &case.system, rows)];
    for (kind, want) in [(IntervalKind::Percentile, case.percentile), (IntervalKind::BiasCorrected, case.bca)]
    {
        let (low, high) = Resamples::of(&bootstrap, "task", &clusters, kind, statistic).interval(0).unwrap();
        // The ends of an interval 0.113 wide scatter by about 0.001 over 20,000 resamples.
        assert!((low - want[0]).abs() < 0.003 && (high - want[1]).abs() < 0.003, "{low} {high} not {want:?}");
    }
    // Skewness, where the corrected interval lies clearly to the right of the other.
    let skewed = |rows: &[usize]| vec![rows.iter().map(|r| case.skewed[*r]).sum::<f64>() / rows.len() as f64];
    let clusters = Clusters::of_rows(case.skewed.len());
    let of = |kind| Resamples::of(&bootstrap, "task", &clusters, kind, skewed).interval(0).unwrap();
    let (low, high) = of(IntervalKind::BiasCorrected);
    assert!(
        (low - case.skewed_bca[0]).abs() < 0.02 && (high - case.skewed_bca[1]).abs() < 0.03,
        "{low} {high}"
    );
    let (plain_low, plain_high) = of(IntervalKind::Percentile);
    assert!(plain_low < low - 0.01 && plain_high < high - 0.03, "{plain_low} {plain_high}");
}

#[test]
fn answers_of_one_student_are_drawn_together() {
    // Ten students with ten equal answers each: as uncertain as ten answers.
    let values: Vec<f64> = (0..100_u32).map(|i| f64::from(i / 10 % 2)).collect();
    let students: Vec<Option<u32>> = (0..100).map(|i| Some(i / 10)).collect();
    let mean = |rows: &[usize]| vec![rows.iter().map(|r| values[*r]).sum::<f64>() / rows.len() as f64];
    let width = |clusters: &Clusters| {
        let bootstrap = Bootstrap { replicates: 4000, ..Bootstrap::default() };
        let (low, high) =
            Resamples::of(&bootstrap, "t", clusters, IntervalKind::Percentile, mean).interval(0).unwrap();
        high - low
    };
    let clusters = Clusters::by_key(&students);
    assert_eq!((clusters.len(), clusters.is_empty()), (10, false));
    let ratio = width(&clusters) / width(&Clusters::of_rows(100));
    assert!((ratio - 10.0_f64.sqrt()).abs() < 0.35, "{ratio}");
    // Rows without a key stand alone.
    assert_eq!(Clusters::by_key(&[Some("a"), None, Some("a"), None]).len(), 3);
}

#[test]
fn clustered_intervals_cover_the_mean() {
    // Students with a quality of their own and six answers each.
    let runs = 300;
    let covered = (0..runs)
        .filter(|run| {
            let mut stream = Stream::new(11, "students", *run);
            let mut uniform = || (stream.bits() >> 11) as f64 / (1_u64 << 53) as f64 - 0.5;
            let mut values = Vec::new();
            for _ in 0..40 {
                let quality = uniform();
                values.extend((0..6).map(|_| quality + 0.5 * uniform()));
            }
            let clusters = Clusters::by_key(&(0..240).map(|i| Some(i / 6)).collect::<Vec<_>>());
            let bootstrap = Bootstrap { replicates: 400, coverage: 0.9, seed: *run as u64 };
            let mean =
                |rows: &[usize]| vec![rows.iter().map(|r| values[*r]).sum::<f64>() / rows.len() as f64];
            let kind = IntervalKind::BiasCorrected;
            let (low, high) = Resamples::of(&bootstrap, "t", &clusters, kind, mean).interval(0).unwrap();
            low <= 0.0 && 0.0 <= high
        })
        .count();
    // 90 %, and four standard deviations of 300 runs below.
    assert!(covered as f64 / runs as f64 > 0.9 - 4.0 * 0.0173, "{covered}");
}

#[test]
fn undefined_statistics_have_no_interval() {
    let bootstrap = Bootstrap { replicates: 50, ..Bootstrap::default() };
    let clusters = Clusters::of_rows(4);
    let made = Resamples::of(&bootstrap, "t", &clusters, IntervalKind::BiasCorrected, |rows| {
        vec![f64::NAN, rows.len() as f64, if rows.contains(&0) { 1.0 } else { f64::NAN }]
    });
    assert_eq!(made.interval(0), None);
    // Every replicate has four rows: nothing varies.
    assert_eq!(made.interval(1), Some((4.0, 4.0)));
    assert!(made.interval(2).is_some());
    let none = Bootstrap { replicates: 0, ..bootstrap };
    let made =
        Resamples::of(&none, "t", &clusters, IntervalKind::BiasCorrected, |rows| vec![rows.len() as f64]);
    assert_eq!((made.values[0], made.interval(0)), (4.0, None));
}
