use proptest::prelude::*;

use super::{Award, HeadKind, HeadScratch, MemberRows, ScaleUse, cumulative, levels, sigmoid, softmax};

proptest! {
    #[test]
    fn softmax_is_a_distribution(logits in prop::collection::vec(-50.0f32..50.0, 1..40), t in 0.1f32..5.0) {
        let mut p = vec![0.0; logits.len()];
        softmax(&logits, t, &mut p);
        prop_assert!(p.iter().all(|p| (0.0..=1.0).contains(p)));
        prop_assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        let scaled: Vec<f64> = logits.iter().map(|z| f64::from(*z) / f64::from(t)).collect();
        let max = scaled.iter().copied().fold(f64::MIN, f64::max);
        let sum: f64 = scaled.iter().map(|z| (z - max).exp()).sum();
        for (p, z) in p.iter().zip(scaled) {
            prop_assert!((f64::from(*p) - (z - max).exp() / sum).abs() < 1e-4);
        }
    }

    #[test]
    fn levels_are_a_distribution(
        score in -30.0f32..30.0,
        gaps in prop::collection::vec(0.01f32..5.0, 1..8),
        t in 0.1f32..5.0,
    ) {
        let thresholds: Vec<f32> = gaps.iter().scan(10.0, |last, gap| { *last -= gap; Some(*last) }).collect();
        let (mut above, mut p) = (vec![0.0; thresholds.len()], vec![0.0; thresholds.len() + 1]);
        cumulative(score, &thresholds, t, &mut above);
        levels(&above, &mut p);
        prop_assert!(p.iter().all(|p| (0.0..=1.0).contains(p)));
        prop_assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }
}

#[test]
fn heads_follow_their_temperature() {
    let mut p = [0.0; 3];
    softmax(&[1000.0, 0.0, -1000.0], 1.0, &mut p);
    assert_eq!(p, [1.0, 0.0, 0.0]);
    let (mut hot, mut cold) = ([0.0; 1], [0.0; 1]);
    sigmoid(&[1.0], 4.0, &mut hot);
    sigmoid(&[1.0], 0.25, &mut cold);
    assert!(0.5 < hot[0] && hot[0] < cold[0]);
    let (mut above, mut both) = ([0.0; 1], [0.0; 2]);
    cumulative(2.0, &[-2.0], 1.0, &mut above);
    levels(&above, &mut both);
    assert_eq!(both, [0.5, 0.5]);
}

/// Outputs and level thresholds of a head of each kind, for so many labels.
fn head() -> impl Strategy<Value = (HeadKind, Vec<f32>, Vec<f32>)> {
    (prop::sample::select(HeadKind::ALL), 2usize..9).prop_flat_map(|(kind, labels)| {
        let outputs = prop::collection::vec(-8.0f32..8.0, kind.outputs(labels));
        let gaps = prop::collection::vec(0.01f32..3.0, kind.level_thresholds(labels));
        let falling = gaps.prop_map(|gaps| {
            let fall = |last: &mut f32, gap: f32| {
                *last -= gap;
                Some(*last)
            };
            gaps.into_iter().scan(4.0, fall).collect::<Vec<f32>>()
        });
        (Just(kind), outputs, falling)
    })
}

/// Number of labels of a head.
fn labels(outputs: &[f32], level_thresholds: &[f32]) -> usize {
    if level_thresholds.is_empty() { outputs.len() } else { level_thresholds.len() + 1 }
}

proptest! {
    #[test]
    fn every_kind_awards_what_its_thresholds_say((kind, outputs, thresholds) in head(), t in 0.2f32..4.0) {
        let n = labels(&outputs, &thresholds);
        let (mut above, mut p) = (vec![0.0; kind.level_thresholds(n)], vec![0.0; n]);
        kind.probabilities(&outputs, &thresholds, t, &mut above, &mut p);
        prop_assert!(p.iter().all(|p| (0.0..=1.0).contains(p)));
        let plain = kind.plain_thresholds(n);
        prop_assert!(kind.check_thresholds("t", &plain).is_ok());
        prop_assert_eq!(plain.len(), kind.thresholds(n));
        let award = kind.award(&p, &above, &plain);
        prop_assert!((0.0..=1.0).contains(&award.confidence(&p)));
        prop_assert_eq!(award.one().is_some(), kind.awards_one());
        let awarded = (0..n).filter(|k| award.has(*k)).count();
        prop_assert!(!kind.awards_one() || awarded == 1);
    }

    #[test]
    fn expected_points_lie_within_the_scale((kind, outputs, thresholds) in head(), min in -5i32..5) {
        let n = labels(&outputs, &thresholds);
        let points: Vec<i32> = (min..).step_by(2).take(n).collect();
        let (mut above, mut p) = (vec![0.0; kind.level_thresholds(n)], vec![0.0; n]);
        kind.probabilities(&outputs, &thresholds, 1.0, &mut above, &mut p);
        if kind.scale() != ScaleUse::Refused {
            let expected = kind.expected(&points, &p, &above);
            prop_assert!(expected > min as f32 - 1e-3 && expected < *points.last().unwrap() as f32 + 1e-3);
            let (a, b) = (expected, kind.expected(&points, &p, &kind.cumulative_of(&p)));
            prop_assert!((a - b).abs() < 1e-3, "{} {}", a, b);
        }
    }
}

#[test]
fn each_label_by_itself_is_as_sure_as_the_least_sure_one() {
    let p = [0.9, 0.25, 0.5];
    let award = HeadKind::Sigmoid.award(&p, &[], &[0.5, 0.25, 0.75]);
    assert_eq!([0, 1, 2].map(|k| award.has(k)), [true, true, false]);
    assert_eq!((award.one(), award.confidence(&p)), (None, 0.5));
    assert_eq!(award, Award::Each { probabilities: &p, thresholds: &[0.5, 0.25, 0.75] });
}

#[test]
fn first_of_equal_classes_is_awarded() {
    let p = [0.25, 0.375, 0.375];
    let award = HeadKind::Softmax.award(&p, &[], &[]);
    assert_eq!((award.one(), award.confidence(&p)), (Some(1), 0.375));
}

#[test]
fn level_is_reached_at_its_threshold() {
    let p = [0.25, 0.25, 0.5];
    let cumulative = HeadKind::Ordinal.cumulative_of(&p);
    assert_eq!(cumulative, [0.75, 0.5]);
    for (thresholds, level) in [([1.25, 1.5], 1), ([1.0, 1.25], 2), ([1.26, 1.5], 0)] {
        assert_eq!(HeadKind::Ordinal.award(&p, &cumulative, &thresholds).one(), Some(level));
    }
    assert_eq!(HeadKind::Ordinal.expected(&[1, 3, 4], &p, &cumulative), 1.0 + 2.0 * 0.75 + 0.5);
}

/// What one head has computed; `cumulative` is empty for kinds without levels.
fn computed(probabilities: &[f32], cumulative: &[f32]) -> HeadScratch {
    let mut head = HeadScratch::default();
    head.probabilities.extend(probabilities);
    head.cumulative.extend(cumulative);
    head
}

#[test]
fn members_of_an_ordinal_task_are_added_up_by_their_cumulative_probabilities() {
    let (mut rows, kind) = (MemberRows::default(), HeadKind::Ordinal);
    rows.begin(kind, 2, 3);
    // In another order than that of the file.
    rows.keep(kind, 1, &computed(&[0.5, 0.25, 0.25], &[]));
    let mut head = computed(&[0.25, 0.25, 0.5], &[0.75, 0.5]);
    rows.keep(kind, 0, &head);
    assert_eq!(rows.rows(), [0.75, 0.5, 0.5, 0.25]);
    rows.sum(kind, &[0.75, 0.25], &mut head);
    assert_eq!(head.cumulative, [0.6875, 0.4375]);
    assert_eq!(head.probabilities, [0.3125, 0.25, 0.4375]);
}

#[test]
fn members_of_other_tasks_are_added_up_label_by_label() {
    for kind in [HeadKind::Softmax, HeadKind::Sigmoid] {
        let mut rows = MemberRows::default();
        rows.begin(kind, 2, 2);
        rows.keep(kind, 0, &computed(&[0.25, 0.75], &[]));
        // An ordinal head has cumulative probabilities as well, which a softmax task does not read.
        let mut head = computed(&[0.5, 0.5], &[0.5]);
        rows.keep(kind, 1, &head);
        rows.sum(kind, &[0.5, 0.5], &mut head);
        assert_eq!((&head.probabilities[..], &head.cumulative[..]), (&[0.375, 0.625][..], &[][..]));
    }
}

proptest! {
    #[test]
    fn sums_of_members_are_probabilities(
        members in prop::collection::vec((prop::collection::vec(-30.0f32..30.0, 4), 0.01f32..1.0, any::<bool>()), 1..17),
        kind in prop::sample::select(HeadKind::ALL),
    ) {
        let (mut rows, mut head) = (MemberRows::default(), HeadScratch::default());
        rows.begin(kind, members.len(), 4);
        for (place, (outputs, _, ordinal)) in members.iter().enumerate() {
            head.probabilities.resize(4, 0.0);
            head.cumulative.clear();
            if *ordinal {
                head.cumulative.resize(3, 0.0);
                cumulative(outputs[0], &[1.0, 0.5, -4.0], 1.0, &mut head.cumulative);
                levels(&head.cumulative, &mut head.probabilities);
            } else {
                softmax(outputs, 1.0, &mut head.probabilities);
            }
            rows.keep(kind, place, &head);
        }
        let sum: f32 = members.iter().map(|(_, weight, _)| weight).sum();
        let weights: Vec<f32> = members.iter().map(|(_, weight, _)| weight / sum).collect();
        rows.sum(kind, &weights, &mut head);
        prop_assert!(head.probabilities.iter().chain(&head.cumulative).all(|p| (0.0..=1.0).contains(p)));
        prop_assert!((head.probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        prop_assert!(head.cumulative.windows(2).all(|pair| pair[0] + 1e-6 >= pair[1]));
    }
}
