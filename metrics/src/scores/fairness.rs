//! How much of a system's errors the membership in a group explains.
//!
//! The three measures of Loukina, Madnani and Zechner (2019), "The many dimensions of algorithmic fairness in
//! educational applications", fitted as in `rsmtool.fairness_utils`:
//!
//! | measure | regression | what it shows |
//! |---|---|---|
//! | overall score accuracy (OSA) | (S − H)² on group | whether scores are equally accurate in all groups |
//! | overall score difference (OSD) | S − H on group | whether a group gets higher or lower scores than from people |
//! | conditional score difference (CSD) | S − H on human score and group, beside human score alone | the same among answers that people scored alike |

use std::collections::BTreeMap;

use super::regression::{Coefficient, DesignCell, Fit};

/// How much a group's membership explains.
#[derive(Clone, Debug, PartialEq)]
pub struct FairnessMeasure {
    /// Adjusted R² (for CSD, the gain in adjusted R²). `None` if errors do not vary.
    pub r2: Option<f64>,
    /// p-value of the F-test. `None` with one group.
    pub p: Option<f64>,
    /// The intercept, which is the reference group, then each further group's difference from it, in the order of
    /// [`Fairness::groups`]. `None` where the human score and the groups say the same.
    pub estimates: Vec<Option<Coefficient>>,
}

/// The three measures for one way of grouping.
#[derive(Clone, Debug, PartialEq)]
pub struct Fairness {
    /// Names of the groups by falling number of answers, equal ones by name; the first is the reference.
    pub groups: Vec<String>,
    /// Answers of each.
    pub sizes: Vec<u64>,
    /// Overall score accuracy.
    pub osa: FairnessMeasure,
    /// Overall score difference.
    pub osd: FairnessMeasure,
    /// Conditional score difference.
    pub csd: FairnessMeasure,
}

/// Fits the three measures. `None` without answers.
///
/// # Panics
///
/// When the lengths differ.
#[must_use]
pub fn fairness(human: &[f64], system: &[f64], groups: &[&str]) -> Option<Fairness> {
    assert!(human.len() == system.len() && human.len() == groups.len(), "one group for each answer");
    if human.is_empty() {
        return None;
    }
    let (names, group_of) = by_size(groups);
    let keys: Vec<OrderedScore> = human.iter().map(|h| OrderedScore(*h)).collect();
    let (scores, score_of) = by_size(&keys);
    let mut sizes = vec![0_u64; names.len()];
    group_of.iter().for_each(|g| sizes[*g] += 1);

    let rows = || group_of.iter().zip(&score_of).zip(system.iter().zip(human));
    let cells = |with_groups: bool, with_scores: bool, outcome: &dyn Fn(f64, f64) -> f64| {
        let mut cells: BTreeMap<(usize, usize), Vec<f64>> = BTreeMap::new();
        for ((g, s), (system, human)) in rows() {
            let key = (if with_groups { *g } else { 0 }, if with_scores { *s } else { 0 });
            cells.entry(key).or_default().push(outcome(*system, *human));
        }
        let of = |(g, s): (usize, usize)| {
            let mut row = vec![1.0];
            if with_groups {
                row.extend((1..names.len()).map(|k| f64::from(u8::from(k == g))));
            }
            if with_scores {
                row.extend((1..scores.len()).map(|k| f64::from(u8::from(k == s))));
            }
            row
        };
        cells.into_iter().map(|(key, outcomes)| DesignCell { row: of(key), outcomes }).collect::<Vec<_>>()
    };
    let error = |s: f64, h: f64| s - h;
    let of_groups = |fit: &Fit| fit.coefficients[..names.len()].to_vec();
    let plain = |outcome: &dyn Fn(f64, f64) -> f64| {
        let fit = Fit::of(&cells(true, false, outcome));
        FairnessMeasure { r2: fit.adjusted_r2, p: fit.p, estimates: of_groups(&fit) }
    };
    let (null, full) = (Fit::of(&cells(false, true, &error)), Fit::of(&cells(true, true, &error)));
    Some(Fairness {
        osa: plain(&|s, h| (s - h) * (s - h)),
        osd: plain(&error),
        csd: FairnessMeasure {
            r2: full.adjusted_r2.zip(null.adjusted_r2).map(|(full, null)| full - null),
            p: full.p_beside(&null),
            estimates: of_groups(&full),
        },
        groups: names.iter().map(|name| (*name).to_owned()).collect(),
        sizes,
    })
}

/// A score that can be sorted.
#[derive(Clone, Copy, PartialEq)]
struct OrderedScore(f64);

impl Eq for OrderedScore {}

impl Ord for OrderedScore {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for OrderedScore {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The values that occur, the most frequent first and equally frequent ones in order, and each row's place among them.
fn by_size<T: Ord + Clone>(values: &[T]) -> (Vec<T>, Vec<usize>) {
    let mut counts: BTreeMap<&T, usize> = BTreeMap::new();
    values.iter().for_each(|v| *counts.entry(v).or_default() += 1);
    let mut order: Vec<(&T, usize)> = counts.into_iter().collect();
    order.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let places: BTreeMap<&T, usize> = order.iter().enumerate().map(|(i, (v, _))| (*v, i)).collect();
    (order.iter().map(|(v, _)| (*v).clone()).collect(), values.iter().map(|v| places[v]).collect())
}
