//! Properties of splits.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

fn levels(n: usize) -> Vec<String> {
    (0..n).map(|l| l.to_string()).collect()
}

/// Answers of several ordinal tasks from (task, level or missing, key).
fn dataset(tasks: usize, rows: &[(usize, Option<usize>, Option<u8>)]) -> Dataset {
    let task = |t: usize| TaskData {
        id: format!("q{t}"),
        name: String::new(),
        head: HeadKind::Ordinal,
        labels: levels(4),
        points: Vec::new(),
    };
    let answers = rows
        .iter()
        .enumerate()
        .map(|(i, &(task, level, key))| Answer {
            id: i.to_string(),
            task,
            text: String::new(),
            reference: None,
            question: None,
            target: level.map_or(Target::Missing, Target::Level),
            second: Target::Missing,
            group: None,
            split_key: key.map(|k| format!("student {k}")),
        })
        .collect();
    Dataset { tasks: (0..tasks).map(task).collect(), answers, blake3: String::new(), notes: Vec::new() }
}

fn ids(dataset: &Dataset, part: &[usize]) -> BTreeSet<String> {
    part.iter().map(|&i| dataset.answers[i].id.clone()).collect()
}

type Row = (usize, Option<usize>, Option<u8>);

fn rows(keyed: bool) -> impl Strategy<Value = Vec<Row>> {
    let key = if keyed { (0_u8..30).prop_map(Some).boxed() } else { Just(None).boxed() };
    proptest::collection::vec((0_usize..3, proptest::option::weighted(0.9, 0_usize..4), key), 0..200)
}

proptest! {
    #[test]
    fn parts_are_disjoint_complete_and_stable(
        rows in prop_oneof![rows(false), rows(true)],
        seed in any::<u64>(),
        order in any::<u64>(),
    ) {
        let data = dataset(3, &rows);
        let cut = split(&data, Fractions::SEVEN_ONE_TWO, seed).unwrap();
        let mut all: Vec<usize> = [&cut.train, &cut.validation, &cut.test].into_iter().flatten().copied().collect();
        let aside = cut.aside(&data);
        let left_out = |i: &usize| data.answers[*i].target == Target::Missing && aside.holds(&data.answers[*i]);
        all.extend((0..rows.len()).filter(left_out));
        all.sort_unstable();
        prop_assert_eq!(all, (0..rows.len()).collect::<Vec<_>>());

        let mut shuffled = data.clone();
        let mut stream = pupil_metrics::Stream::from_start(order);
        for i in (1..shuffled.answers.len()).rev() {
            shuffled.answers.swap(i, stream.below(i + 1));
        }
        let again = split(&shuffled, Fractions::SEVEN_ONE_TWO, seed).unwrap();
        prop_assert_eq!(ids(&data, &cut.train), ids(&shuffled, &again.train));
        prop_assert_eq!(ids(&data, &cut.validation), ids(&shuffled, &again.validation));
        prop_assert_eq!(ids(&data, &cut.test), ids(&shuffled, &again.test));
    }

    #[test]
    fn answers_with_the_same_key_stay_together(rows in rows(true), seed in any::<u64>()) {
        let data = dataset(3, &rows);
        let cut = split(&data, Fractions::SEVEN_ONE_TWO, seed).unwrap();
        let keys = |part: &[usize]| -> BTreeSet<String> {
            part.iter().filter_map(|&i| data.answers[i].split_key.clone()).collect()
        };
        let (train, validation, test) = (keys(&cut.train), keys(&cut.validation), keys(&cut.test));
        prop_assert!(train.is_disjoint(&validation) && train.is_disjoint(&test) && validation.is_disjoint(&test));
    }
}

proptest! {
    #[test]
    fn each_graded_answer_is_in_one_fold_and_keys_stay_together(
        rows in prop_oneof![rows(false), rows(true)],
        seed in any::<u64>(),
        k in 2_usize..6,
    ) {
        let data = dataset(3, &rows);
        let graded = || (0..rows.len()).filter(|i| data.answers[*i].target != Target::Missing);
        let Ok(cuts) = folds(&data, k, (0.2, 0.0), seed) else {
            let units: BTreeSet<String> =
                graded().map(|i| data.answers[i].split_key.clone().unwrap_or(i.to_string())).collect();
            prop_assert!(units.len() < k, "{} units, {k} folds", units.len());
            return Ok(());
        };
        let tested: Vec<usize> = cuts.iter().flat_map(|cut| cut.test.clone()).collect();
        let once: BTreeSet<usize> = tested.iter().copied().collect();
        prop_assert_eq!(tested.len(), once.len());
        prop_assert_eq!(once, graded().collect::<BTreeSet<_>>());
        for cut in &cuts {
            let keys = |part: &[usize]| -> BTreeSet<String> {
                part.iter().filter_map(|&i| data.answers[i].split_key.clone()).collect()
            };
            let (train, validation, test) = (keys(&cut.train), keys(&cut.validation), keys(&cut.test));
            prop_assert!(train.is_disjoint(&test) && validation.is_disjoint(&test) && train.is_disjoint(&validation));
            let learned = cut.train.iter().chain(&cut.validation);
            prop_assert!(learned.clone().all(|i| cut.test.binary_search(i).is_err()));
            prop_assert!(graded().all(|i| cut.test.contains(&i) || learned.clone().any(|l| *l == i)));
        }
    }
}

#[test]
fn every_fold_has_its_share_of_every_level() {
    let rows: Vec<Row> = (0..200).map(|i| (i % 2, Some([0, 0, 1, 1, 1, 2, 2, 3][i / 2 % 8]), None)).collect();
    let data = dataset(2, &rows);
    for cut in folds(&data, 5, (0.1, 0.0), 3).unwrap() {
        assert!(cut.test.len().abs_diff(40) <= 1 && cut.validation.len().abs_diff(16) <= 2);
        for task in 0..2 {
            for level in 0..4 {
                let own = |part: &[usize]| {
                    let same = |i: &&usize| {
                        data.answers[**i].task == task && data.answers[**i].target == Target::Level(level)
                    };
                    part.iter().filter(same).count() as f64
                };
                let all = own(&(0..200).collect::<Vec<_>>());
                assert!((own(&cut.test) - all / 5.0).abs() <= 1.5, "{task} {level}");
            }
        }
    }
    let error = folds(&data, 201, (0.1, 0.0), 3).unwrap_err().to_string();
    assert!(error.contains("data.folds is 201") && error.contains("fill only 200 folds"), "{error}");
    assert!(folds(&data, 1, (0.1, 0.0), 3).is_err() && folds(&data, 5, (1.0, 0.0), 3).is_err());
}

#[test]
fn every_task_and_level_has_its_share() {
    let rows: Vec<Row> = (0..3000)
        .map(|i| {
            // Task 2 is small, level 3 rare.
            let task = if i % 10 == 0 { 2 } else { i % 2 };
            (task, Some([0, 0, 0, 0, 1, 1, 1, 2, 2, 3][(i / 7) % 10]), None)
        })
        .collect();
    let data = dataset(3, &rows);
    let cut = split(&data, Fractions::SEVEN_ONE_TWO, 5).unwrap();
    for (part, want) in [(&cut.train, 2100), (&cut.validation, 300), (&cut.test, 600)] {
        assert!(part.len().abs_diff(want) <= 2, "{} instead of {want}", part.len());
    }
    let count = |part: &[usize]| {
        let mut counts: BTreeMap<(usize, Option<usize>), usize> = BTreeMap::new();
        for &i in part {
            *counts.entry((data.answers[i].task, data.answers[i].target.index())).or_default() += 1;
        }
        counts
    };
    let all = count(&(0..rows.len()).collect::<Vec<_>>());
    for (part, share) in [(&cut.train, 0.7), (&cut.validation, 0.1), (&cut.test, 0.2)] {
        let counts = count(part);
        for (stratum, n) in &all {
            let got = counts.get(stratum).copied().unwrap_or(0) as f64;
            let want = share * *n as f64;
            assert!((got - want).abs() <= 1.5, "{stratum:?}: {got} instead of {want}");
        }
    }
}

#[test]
fn split_depends_on_the_seed_and_is_pinned() {
    let rows: Vec<Row> = (0..100).map(|i| (0, Some(i % 4), None)).collect();
    let data = dataset(1, &rows);
    let cut = split(&data, Fractions::validation_only(0.1), 1).unwrap();
    assert_ne!(cut, split(&data, Fractions::validation_only(0.1), 2).unwrap());
    assert!(cut.test.is_empty());
    // Pinned: a change here changes the split of every data set.
    assert_eq!(cut.validation, [9, 11, 12, 13, 22, 30, 35, 40, 45, 51]);
}

#[test]
fn unscored_answers_go_to_the_training_part() {
    let rows: Vec<Row> = (0..50).map(|i| (0, (i % 2 == 0).then_some(i % 4), None)).collect();
    let cut = split(&dataset(1, &rows), Fractions::SEVEN_ONE_TWO, 0).unwrap();
    assert_eq!(cut.train.iter().filter(|i| **i % 2 == 1).count(), 25);
    assert!(!cut.validation.is_empty() && !cut.test.is_empty());
}

#[test]
fn impossible_fractions_are_refused() {
    let data = dataset(1, &[(0, Some(1), None)]);
    for (train, validation, test) in [(0.0, 1.0, 1.0), (1.0, -0.1, 0.0), (1.0, f64::NAN, 0.0)] {
        assert!(split(&data, Fractions { train, validation, test, calibration: 0.0 }, 0).is_err());
    }
}
