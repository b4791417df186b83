//! True and awarded scores of one task, and the metrics that follow from their counts.
//!
//! | metric | classes | levels | labels |
//! |---|---|---|---|
//! | [`Metric::Qwk`] | – | quadratic weighted kappa | – |
//! | [`Metric::Kappa`] | Cohen's kappa | Cohen's kappa | mean of the labels' kappas |
//! | [`Metric::Accuracy`] | share of equal classes | share of equal levels | share of equal awards, all labels together |
//! | [`Metric::LabelAccuracy`] | – | share of equal awards of the steps "at least level k", all steps together | – |
//! | [`Metric::ExactMatch`] | – | – | share of answers with every award equal |
//! | [`Metric::Adjacent`] | – | share at most one level apart | – |
//! | F1 | over classes | over levels | over labels |
//! | [`Metric::Pearson`], [`Metric::Smd`] | – | of the awarded levels | – |

use serde::{Deserialize, Serialize};

use crate::agreement::{
    adjacent_agreement, kappa, label_accuracy, mean, pearson, quadratic_kappa, standardized_mean_difference,
};
use crate::classification::{accuracy, class_scores, label_scores, macro_f1, micro_f1, weighted_f1};
use crate::{Confusion, Target};

/// What one score of a task is. In files it has the name of the head that awards it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ScoreKind {
    /// One class of several without an order.
    #[serde(rename = "softmax")]
    Class,
    /// Several labels, each awarded or not.
    #[serde(rename = "sigmoid")]
    Labels,
    /// One level of an ordered scale.
    #[serde(rename = "ordinal")]
    Level,
}

impl ScoreKind {
    /// Every metric that is defined for this kind, the main one first.
    #[must_use]
    pub fn metrics(self) -> &'static [Metric] {
        match self {
            Self::Class => {
                &[Metric::MacroF1, Metric::Accuracy, Metric::WeightedF1, Metric::MicroF1, Metric::Kappa]
            }
            Self::Labels => &[
                Metric::Kappa,
                Metric::ExactMatch,
                Metric::Accuracy,
                Metric::MacroF1,
                Metric::MicroF1,
                Metric::WeightedF1,
            ],
            Self::Level => &[
                Metric::Qwk,
                Metric::Accuracy,
                Metric::LabelAccuracy,
                Metric::Adjacent,
                Metric::Kappa,
                Metric::MacroF1,
                Metric::WeightedF1,
                Metric::MicroF1,
                Metric::Pearson,
                Metric::Smd,
            ],
        }
    }

    /// The metric by which systems with such scores are compared: QWK, macro-F1 or mean kappa.
    #[must_use]
    pub fn main_metric(self) -> Metric {
        self.metrics()[0]
    }
}

/// A metric; the value is a fraction, not a percentage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Quadratic weighted kappa of levels.
    Qwk,
    /// Cohen's kappa; for rubric labels the mean over labels.
    Kappa,
    /// Share of equal decisions.
    Accuracy,
    /// Accuracy per label; for levels, the labels are the steps "at least level k"; for rubric labels it is
    /// [`Accuracy`](Self::Accuracy).
    LabelAccuracy,
    /// Share of answers whose labels are all equal.
    ExactMatch,
    /// Share of levels that differ by one at most.
    Adjacent,
    /// Unweighted mean of the F1 of classes, levels or labels.
    MacroF1,
    /// F1 of all decisions together.
    MicroF1,
    /// Mean of the F1 of classes, levels or labels, weighted by how often each is true.
    WeightedF1,
    /// Pearson's correlation of true and awarded levels.
    Pearson,
    /// Standardized mean difference of levels, awarded minus true, in standard deviations of the true ones.
    Smd,
}

impl Metric {
    /// The name in files, such as `macro_f1`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Qwk => "qwk",
            Self::Kappa => "kappa",
            Self::Accuracy => "accuracy",
            Self::LabelAccuracy => "label_accuracy",
            Self::ExactMatch => "exact_match",
            Self::Adjacent => "adjacent",
            Self::MacroF1 => "macro_f1",
            Self::MicroF1 => "micro_f1",
            Self::WeightedF1 => "weighted_f1",
            Self::Pearson => "pearson",
            Self::Smd => "smd",
        }
    }

    /// The name in tables, such as `macro-F1`.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Qwk => "QWK",
            Self::Kappa => "kappa",
            Self::Accuracy => "accuracy",
            Self::LabelAccuracy => "label accuracy",
            Self::ExactMatch => "exact match",
            Self::Adjacent => "adjacent",
            Self::MacroF1 => "macro-F1",
            Self::MicroF1 => "micro-F1",
            Self::WeightedF1 => "weighted-F1",
            Self::Pearson => "Pearson r",
            Self::Smd => "SMD",
        }
    }

    /// Whether a Fisher-z mean over tasks makes sense: for kappas and correlations.
    #[must_use]
    pub fn has_fisher_mean(self) -> bool {
        matches!(self, Self::Qwk | Self::Kappa | Self::Pearson)
    }
}

/// True and awarded decisions of one task, row by row; all that metrics and resampling need.
///
/// Lists of rubric labels are written as strings of `0` and `1`, one character per label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcomes {
    /// Classes or levels.
    Single {
        /// Classes or levels.
        #[serde(rename = "head")]
        kind: ScoreKind,
        /// Number of classes or levels.
        classes: usize,
        /// Points of levels that are not one point apart; otherwise empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        points: Vec<i32>,
        /// True index of each row, less than `classes`.
        truth: Vec<u16>,
        /// Awarded index of each row, less than `classes`.
        predicted: Vec<u16>,
    },
    /// Rubric labels.
    Multi {
        /// Number of labels.
        labels: usize,
        /// True labels of each row.
        truth: Vec<String>,
        /// Awarded labels of each row.
        predicted: Vec<String>,
    },
}

/// A score that cannot be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutcomeError {
    /// A row without a class or level.
    #[error("a class or level is expected")]
    NoIndex,
    /// A class or level whose index does not fit 16 bits.
    #[error("class {0} is beyond the largest, {max}", max = u16::MAX)]
    Index(usize),
}

impl Outcomes {
    /// Collects (true, awarded) pairs of a task with so many classes, labels or levels; `points` are those of levels,
    /// which rise, and may be empty.
    ///
    /// # Errors
    ///
    /// When a class or level is missing or its index does not fit 16 bits.
    pub fn new<'a>(
        kind: ScoreKind,
        labels: usize,
        points: &[i32],
        pairs: impl Iterator<Item = (&'a Target, &'a Target)> + Clone,
    ) -> Result<Self, OutcomeError> {
        let (truth, predicted) = (pairs.clone().map(|p| p.0), pairs.map(|p| p.1));
        if kind == ScoreKind::Labels {
            let flags = |target: &Target| match target {
                Target::Labels(labels) => labels.iter().map(|&on| if on { '1' } else { '0' }).collect(),
                _ => String::new(),
            };
            return Ok(Self::Multi {
                labels,
                truth: truth.map(flags).collect(),
                predicted: predicted.map(flags).collect(),
            });
        }
        let index = |target: &Target| {
            let index = target.index().ok_or(OutcomeError::NoIndex)?;
            u16::try_from(index).map_err(|_| OutcomeError::Index(index))
        };
        Ok(Self::Single {
            kind,
            classes: labels,
            points: crate::confusion::uneven(points),
            truth: truth.map(index).collect::<Result<_, _>>()?,
            predicted: predicted.map(index).collect::<Result<_, _>>()?,
        })
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Single { truth, .. } => truth.len(),
            Self::Multi { truth, .. } => truth.len(),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What a score of the task is.
    #[must_use]
    pub fn kind(&self) -> ScoreKind {
        match self {
            Self::Single { kind, .. } => *kind,
            Self::Multi { .. } => ScoreKind::Labels,
        }
    }

    /// Counts all rows.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.tally_of(0..self.len())
    }

    /// Counts the given rows; a row may occur several times.
    ///
    /// # Panics
    ///
    /// When a row or an index in it is out of range.
    #[must_use]
    pub fn tally_of(&self, rows: impl Iterator<Item = usize>) -> Tally {
        match self {
            Self::Single { kind, classes, points, truth, predicted } => {
                let mut confusion =
                    if points.is_empty() { Confusion::new(*classes) } else { Confusion::of_levels(points) };
                for row in rows {
                    confusion.add(usize::from(truth[row]), usize::from(predicted[row]));
                }
                Tally::Single { kind: *kind, confusion }
            }
            Self::Multi { labels, truth, predicted } => {
                let mut tables = vec![Confusion::new(2); *labels];
                let (mut equal, mut total) = (0, 0);
                for row in rows {
                    let (t, p) = (truth[row].as_bytes(), predicted[row].as_bytes());
                    for ((table, t), p) in tables.iter_mut().zip(t).zip(p) {
                        table.add(usize::from(*t == b'1'), usize::from(*p == b'1'));
                    }
                    equal += u64::from(t == p);
                    total += 1;
                }
                Tally::Multi { labels: tables, equal, total }
            }
        }
    }

    /// Checks lengths and ranges, for outcomes from a file.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        match self {
            Self::Single { kind, classes, points, truth, predicted } => {
                *kind != ScoreKind::Labels
                    && (points.is_empty() || points.len() == *classes)
                    && truth.len() == predicted.len()
                    && truth.iter().chain(predicted).all(|&i| usize::from(i) < *classes)
            }
            Self::Multi { labels, truth, predicted } => {
                truth.len() == predicted.len()
                    && truth
                        .iter()
                        .chain(predicted)
                        .all(|l| l.len() == *labels && l.bytes().all(|b| matches!(b, b'0' | b'1')))
            }
        }
    }
}

/// Counts of one task, from which every metric follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tally {
    /// Classes or levels.
    Single {
        /// Classes or levels.
        kind: ScoreKind,
        /// Counts, rows true and columns awarded.
        confusion: Confusion,
    },
    /// Rubric labels.
    Multi {
        /// One 2 × 2 table per label; index 1 means awarded.
        labels: Vec<Confusion>,
        /// Rows with every label equal.
        equal: u64,
        /// Rows.
        total: u64,
    },
}

impl Tally {
    /// The value of a metric; `None` if it is undefined for these counts or for this kind of score.
    #[must_use]
    pub fn metric(&self, metric: Metric) -> Option<f64> {
        match self {
            Self::Single { kind, confusion } => {
                if confusion.total() == 0 || !kind.metrics().contains(&metric) {
                    return None;
                }
                match metric {
                    Metric::Qwk => quadratic_kappa(confusion),
                    Metric::Kappa => kappa(confusion),
                    // Every wrong decision is one false award and one missed one, so micro-F1 is accuracy.
                    Metric::Accuracy | Metric::MicroF1 => accuracy(confusion),
                    Metric::LabelAccuracy => label_accuracy(confusion),
                    Metric::Adjacent => adjacent_agreement(confusion),
                    Metric::MacroF1 => macro_f1(&class_scores(confusion)),
                    Metric::WeightedF1 => weighted_f1(&class_scores(confusion)),
                    Metric::Pearson => pearson(confusion),
                    Metric::Smd => standardized_mean_difference(confusion),
                    Metric::ExactMatch => None,
                }
            }
            Self::Multi { labels, equal, total } => {
                if *total == 0 {
                    return None;
                }
                match metric {
                    Metric::Kappa => mean(labels.iter().filter_map(kappa)),
                    Metric::ExactMatch => Some(*equal as f64 / *total as f64),
                    Metric::Accuracy => mean(labels.iter().filter_map(accuracy)),
                    Metric::MacroF1 => mean(label_scores(labels).iter().map(|s| s.f1)),
                    Metric::MicroF1 => micro_f1(&label_scores(labels)),
                    Metric::WeightedF1 => weighted_f1(&label_scores(labels)),
                    Metric::Qwk
                    | Metric::LabelAccuracy
                    | Metric::Adjacent
                    | Metric::Pearson
                    | Metric::Smd => None,
                }
            }
        }
    }
}
