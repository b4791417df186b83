//! Splits a data set into parts, reproducibly.

use std::collections::{HashMap, HashSet};

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

use super::{Answer, Dataset, Target};

/// Relative sizes of the parts; only their ratio counts, so 7 : 1 : 2 and 0.7 : 0.1 : 0.2 are the same.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fractions {
    /// Share of the training part; above 0.
    pub train: f64,
    /// Share of the validation part, which decides when to stop.
    pub validation: f64,
    /// Share of the test part; 0 if the test set is a separate file.
    #[serde(default)]
    pub test: f64,
    /// Share of the calibration part, from which only promises about automatic scores are made; 0 for none.
    #[serde(default)]
    pub calibration: f64,
}

impl Fractions {
    /// The split used for E-LSTM: 7 : 1 : 2.
    pub const SEVEN_ONE_TWO: Self = Self { train: 7.0, validation: 1.0, test: 2.0, calibration: 0.0 };

    /// A validation part of this share, and no test part.
    #[must_use]
    pub fn validation_only(share: f64) -> Self {
        Self { train: 1.0 - share, validation: share, test: 0.0, calibration: 0.0 }
    }
}

/// Indices into [`Dataset::answers`], each list in ascending order. No answer is in two lists. The only answers in no
/// list are those without a human score whose split key is set aside.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// Answers of the training part, including those without a human score.
    pub train: Vec<usize>,
    /// Answers of the validation part, which decide when to stop.
    pub validation: Vec<usize>,
    /// Answers of the test part.
    pub test: Vec<usize>,
    /// Answers of the calibration part, from which only promises about automatic scores are made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calibration: Vec<usize>,
}

/// Splits a data set by a seeded hash of the split keys.
///
/// Answers with the same split key stay together; an answer without a key has its task and id as key. An answer without
/// a human score can only be trained on, so it is left out if the other answers with its key are set aside. Keys are
/// assigned in the order of their hash (those with the most answers first), each to the part that is then furthest
/// below its share of the key's tasks, levels and labels. So every part has its share of every task and level, up to
/// rounding, and the result depends on keys, targets and seed but not on the order of rows.
///
/// # Errors
///
/// When a fraction is negative or not finite, or the training fraction is 0.
pub fn split(dataset: &Dataset, fractions: Fractions, seed: u64) -> Result<Split> {
    let weights = [fractions.train, fractions.validation, fractions.test, fractions.calibration];
    ensure!(
        weights.iter().all(|w| w.is_finite() && *w >= 0.0) && weights[0] > 0.0,
        "the fractions of a split must be 0 or more, and the training fraction above 0"
    );
    let total: f64 = weights.iter().sum();
    let shares = weights.map(|w| w / total);

    let all: Vec<usize> = (0..dataset.answers.len()).collect();
    let mut parts = assign(dataset, &all, &shares, seed).into_iter();
    let mut part = || parts.next().unwrap_or_default();
    let split = Split { train: part(), validation: part(), test: part(), calibration: part() };
    Ok(with_unscored(dataset, split))
}

/// Splits a data set for cross-validation: each graded answer is in the test part of exactly one of `folds` splits. The
/// test parts are assigned as by [`split`], with equal shares; of the other answers, the share `validation` is in the
/// validation part, the share `calibration` in the calibration part, the rest in the training part.
///
/// # Errors
///
/// When there are fewer than two folds, the shares leave nothing to train or to validate on, or there are so few
/// answers, or split keys, that a fold is empty.
pub fn folds(
    dataset: &Dataset,
    folds: usize,
    (validation, calibration): (f64, f64),
    seed: u64,
) -> Result<Vec<Split>> {
    ensure!(folds >= 2, "{folds} folds: at least 2 are needed");
    ensure!(
        validation > 0.0 && calibration >= 0.0 && validation + calibration < 1.0,
        "the validation share {validation} and the calibration share {calibration} leave nothing to train or validate on"
    );
    let graded: Vec<usize> =
        (0..dataset.answers.len()).filter(|i| dataset.answers[*i].target != Target::Missing).collect();
    let shares = vec![1.0 / folds as f64; folds];
    let tests = assign(dataset, &graded, &shares, seed);
    let filled = tests.iter().filter(|test| !test.is_empty()).count();
    ensure!(
        filled == folds,
        "data.folds is {folds}, but the graded answers, with those that have the same split key together, fill only \
         {filled} folds: lower data.folds"
    );
    let splits = tests.into_iter().map(|mut test| {
        test.sort_unstable();
        let rest: Vec<usize> = graded.iter().copied().filter(|i| test.binary_search(i).is_err()).collect();
        let shares = [1.0 - validation - calibration, validation, calibration];
        let mut parts = assign(dataset, &rest, &shares, seed).into_iter();
        let mut part = || parts.next().unwrap_or_default();
        let (train, validation, calibration) = (part(), part(), part());
        with_unscored(dataset, Split { train, validation, test, calibration })
    });
    Ok(splits.collect())
}

/// Assigns answers to parts with these relative sizes, which sum to 1; one without a score to none.
fn assign(dataset: &Dataset, rows: &[usize], shares: &[f64], seed: u64) -> Vec<Vec<usize>> {
    let (units, sizes) = units(dataset, rows, seed);
    let mut counts: Vec<Vec<f64>> = vec![vec![0.0; shares.len()]; sizes.len()];
    let mut parts: Vec<Vec<usize>> = vec![Vec::new(); shares.len()];
    for unit in units {
        let mut best = (0, f64::INFINITY);
        for (part, share) in shares.iter().enumerate().filter(|(_, s)| **s > 0.0) {
            let cost: f64 = unit
                .strata
                .iter()
                .map(|&(stratum, added)| {
                    // Growth of the squared distance from the wanted count, relative to that count.
                    let wanted = share * sizes[stratum];
                    (2.0 * added * (counts[stratum][part] - wanted) + added * added) / wanted
                })
                .sum();
            if cost < best.1 {
                best = (part, cost);
            }
        }
        for &(stratum, added) in &unit.strata {
            counts[stratum][best.0] += added;
        }
        parts[best.0].extend(unit.rows);
    }
    parts
}

/// Adds the answers without a score whose key is not set aside to the training part, and sorts all parts.
fn with_unscored(dataset: &Dataset, mut split: Split) -> Split {
    let unscored = (0..dataset.answers.len()).filter(|i| dataset.answers[*i].target == Target::Missing);
    let aside = split.aside(dataset);
    let more: Vec<usize> = unscored.filter(|i| !aside.holds(&dataset.answers[*i])).collect();
    split.train.extend(more);
    for part in [&mut split.train, &mut split.validation, &mut split.test, &mut split.calibration] {
        part.sort_unstable();
    }
    split
}

/// The split keys of the validation, test and calibration parts, which must not be trained on.
pub struct Aside<'a>(HashSet<&'a str>);

impl Aside<'_> {
    /// Whether the split key of an answer is set aside.
    #[must_use]
    pub fn holds(&self, answer: &Answer) -> bool {
        answer.split_key.as_deref().is_some_and(|key| self.0.contains(key))
    }
}

impl Split {
    /// The keys of validation, test and calibration answers.
    #[must_use]
    pub fn aside<'a>(&self, dataset: &'a Dataset) -> Aside<'a> {
        let rows = self.validation.iter().chain(&self.test).chain(&self.calibration);
        Aside(rows.filter_map(|i| dataset.answers[*i].split_key.as_deref()).collect())
    }
}

/// Answers that stay together.
struct Unit {
    hash: [u8; 32],
    rows: Vec<usize>,
    /// Stratum and how many of the rows are in it.
    strata: Vec<(usize, f64)>,
}

/// What each part has its share of: all answers, each task, and each level, class or label of a task.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Stratum {
    All,
    Task(usize),
    Value(usize, usize),
}

/// The units of some answers in the order of assignment, and the size of every stratum.
fn units(dataset: &Dataset, rows: &[usize], seed: u64) -> (Vec<Unit>, Vec<f64>) {
    let mut by_hash: HashMap<[u8; 32], Vec<usize>> = HashMap::new();
    for (i, answer) in rows.iter().map(|i| (*i, &dataset.answers[*i])) {
        if answer.target == Target::Missing {
            continue;
        }
        let mut hash = blake3::Hasher::new();
        hash.update(&seed.to_le_bytes());
        match &answer.split_key {
            Some(key) => hash.update(b"key").update(key.as_bytes()),
            None => {
                let task = dataset.tasks[answer.task].id.as_bytes();
                hash.update(b"row").update(&(task.len() as u64).to_le_bytes());
                hash.update(task).update(answer.id.as_bytes())
            }
        };
        by_hash.entry(*hash.finalize().as_bytes()).or_default().push(i);
    }

    let mut index: HashMap<Stratum, usize> = HashMap::new();
    let mut sizes: Vec<f64> = Vec::new();
    let mut units: Vec<Unit> = Vec::with_capacity(by_hash.len());
    for (hash, rows) in by_hash {
        let mut added: std::collections::BTreeMap<Stratum, f64> = std::collections::BTreeMap::new();
        for &row in &rows {
            let answer = &dataset.answers[row];
            let task = answer.task;
            *added.entry(Stratum::All).or_default() += 1.0;
            *added.entry(Stratum::Task(task)).or_default() += 1.0;
            match &answer.target {
                Target::Class(value) | Target::Level(value) => {
                    *added.entry(Stratum::Value(task, *value)).or_default() += 1.0;
                }
                Target::Labels(labels) => {
                    for (value, _) in labels.iter().enumerate().filter(|(_, on)| **on) {
                        *added.entry(Stratum::Value(task, value)).or_default() += 1.0;
                    }
                }
                Target::Missing => {}
            }
        }
        let strata = added
            .into_iter()
            .map(|(stratum, n)| {
                let at = *index.entry(stratum).or_insert_with(|| {
                    sizes.push(0.0);
                    sizes.len() - 1
                });
                sizes[at] += n;
                (at, n)
            })
            .collect();
        units.push(Unit { hash, rows, strata });
    }
    units.sort_by(|a, b| b.rows.len().cmp(&a.rows.len()).then_with(|| a.hash.cmp(&b.hash)));
    (units, sizes)
}
