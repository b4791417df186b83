//! The result of scoring an answer, and when a person should look at it.

use std::fmt;
use std::sync::Arc;

use crate::format::manifest::{Audit, Guarantee, HeadKind, Review, Task};
use crate::guard::Findings;

/// The score of one answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// One entry per label of the task, in the order of the manifest.
    pub labels: Vec<LabelScore>,
    /// The awarded level in points, where the task has a scale.
    pub level: Option<i32>,
    /// The expected level in points, where the task has a scale.
    pub expected: Option<f32>,
    /// How sure the model is, from 0 to 1: the probability of the awarded label or level; for independent labels that
    /// of the likelier side of the least sure one, `max(p, 1 - p)`, wherever its threshold lies.
    pub confidence: f32,
    /// Whether the score can be used without review.
    pub decision: Decision,
    /// The promise that covers the score: that of its task, where the decision is automatic.
    pub guarantee: Option<Guarantee>,
    /// Words of the answer that hold a letter or a digit.
    pub words: usize,
    /// How many of them the model does not know.
    pub unknown_words: usize,
    /// Tokens that the model read, of the reference as well.
    pub tokens: usize,
    /// Whether the tokenizer cut the input.
    pub truncated: bool,
    /// Whether the answer repeats a word or a phrase over and over:
    /// [`Review::max_repeated`](crate::format::manifest::Review::max_repeated) says from which share on.
    pub repetitive: bool,
}

impl Score {
    /// The entry of the label of that name.
    pub fn label(&self, name: &str) -> Option<&LabelScore> {
        self.labels.iter().find(|l| &*l.name == name)
    }

    /// The awarded labels, in the order of the manifest.
    pub fn awarded(&self) -> impl Iterator<Item = &LabelScore> {
        self.labels.iter().filter(|l| l.awarded)
    }
}

/// The score of one label.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelScore {
    /// Name of the label.
    pub name: Arc<str>,
    /// Calibrated probability, from 0 to 1.
    pub probability: f32,
    /// Whether the label is awarded.
    pub awarded: bool,
}

/// Whether a score can be used without review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decision {
    /// The score can be used without review.
    Automatic,
    /// A person should look, for this reason.
    Review(ReviewReason),
}

impl Decision {
    /// The reason for review, where there is one.
    pub fn reason(self) -> Option<ReviewReason> {
        match self {
            Self::Automatic => None,
            Self::Review(reason) => Some(reason),
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Automatic => f.write_str("automatic"),
            Self::Review(reason) => write!(f, "review: {reason}"),
        }
    }
}

/// Why a person should look; the first that applies is given.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReviewReason {
    /// The answer has fewer words than the task asks for, or none.
    TooShort,
    /// The answer is written in another language than those that the model was trained on, or in another script.
    OtherLanguage,
    /// The answer's letters do not make words.
    Gibberish,
    /// The model does not know most of the words.
    UnknownWords,
    /// The answer repeats a word or a phrase over and over.
    Repetition,
    /// The answer repeats the question.
    CopiedQuestion,
    /// The answer is nearly the reference answer word for word, but not the same: a small change may turn its meaning.
    NearReference,
    /// The answer is about something else than the question.
    OffTopic,
    /// The answer is a list of words, or words in no order.
    WordList,
    /// The answer, or the reference, was longer than the model reads.
    Truncated,
    /// None of the answers that the model was trained on has the awarded label or level.
    UnseenLabel,
    /// The model is less sure than the task, or an awarded label or level, asks for.
    LowConfidence,
    /// Calibration answers were too few to promise anything about the task's automatic scores, so there are none.
    NoPromise,
    /// The score would be automatic, and is one of the share that a person looks at all the same.
    Audit,
}

impl fmt::Display for ReviewReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooShort => "too-short",
            Self::OtherLanguage => "other-language",
            Self::Gibberish => "gibberish",
            Self::UnknownWords => "unknown-words",
            Self::Repetition => "repetition",
            Self::CopiedQuestion => "copied-question",
            Self::NearReference => "near-reference",
            Self::WordList => "word-list",
            Self::OffTopic => "off-topic",
            Self::Truncated => "truncated",
            Self::UnseenLabel => "unseen-label",
            Self::LowConfidence => "low-confidence",
            Self::NoPromise => "no-promise",
            Self::Audit => "audit",
        })
    }
}

/// What was counted while an input was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct InputStats {
    pub(crate) words: usize,
    pub(crate) unknown: usize,
    pub(crate) tokens: usize,
    pub(crate) truncated: bool,
    pub(crate) repetitive: bool,
    /// What the task's guard found; nothing where it has none.
    pub(crate) findings: Findings,
}

/// How a task turns probabilities into a score: what scoring needs of the manifest's entry.
#[derive(Debug)]
pub(crate) struct Rules {
    kind: HeadKind,
    names: Vec<Arc<str>>,
    /// Which labels no training answer has.
    unseen: Vec<bool>,
    /// The least confidence of an automatic award of each label; empty if that of the task is enough for all.
    least: Vec<f32>,
    /// Points of each level, where there is a scale.
    points: Option<Vec<i32>>,
    thresholds: Vec<f32>,
    review: Review,
    guarantee: Option<Guarantee>,
    audit: Option<Audit>,
}

impl Rules {
    pub(crate) fn new(task: &Task) -> Self {
        Self {
            kind: task.head.kind,
            names: task.labels.iter().map(|l| Arc::from(l.name.as_str())).collect(),
            unseen: task.labels.iter().map(|l| l.unseen).collect(),
            least: match task.labels.iter().any(|l| l.min_confidence > 0.0) {
                true => task.labels.iter().map(|l| l.min_confidence).collect(),
                false => Vec::new(),
            },
            points: task.points(),
            thresholds: task.thresholds.clone(),
            review: task.review,
            guarantee: task.guarantee,
            audit: task.audit,
        }
    }

    /// Turns probabilities into a score.
    ///
    /// `probabilities` has one entry for each label; `cumulative` holds p(level > k) for heads with levels of their
    /// own. `answer` decides who is audited.
    pub(crate) fn score(
        &self,
        probabilities: &[f32],
        cumulative: &[f32],
        stats: InputStats,
        answer: &str,
    ) -> Score {
        debug_assert_eq!(probabilities.len(), self.names.len());
        let award = self.kind.award(probabilities, cumulative, &self.thresholds);
        let labels: Vec<LabelScore> = self
            .names
            .iter()
            .zip(probabilities)
            .enumerate()
            .map(|(k, (name, &probability))| LabelScore {
                name: Arc::clone(name),
                probability,
                awarded: award.has(k),
            })
            .collect();
        let confidence = award.confidence(probabilities);
        let points = self.points.as_ref();
        let decision = match self.reason(&labels, confidence, stats) {
            None if self.audit.is_some_and(|audit| audit.chooses(answer)) => {
                Decision::Review(ReviewReason::Audit)
            }
            None => Decision::Automatic,
            Some(reason) => Decision::Review(reason),
        };
        Score {
            level: points.zip(award.one()).map(|(points, place)| points[place]),
            expected: points.map(|points| self.kind.expected(points, probabilities, cumulative)),
            confidence,
            decision,
            guarantee: self.guarantee.filter(|_| decision == Decision::Automatic),
            words: stats.words,
            unknown_words: stats.unknown,
            tokens: stats.tokens,
            truncated: stats.truncated,
            repetitive: stats.repetitive,
            labels,
        }
    }

    /// The share of repeated words from which on an answer is repetitive.
    pub(crate) fn max_repeated(&self) -> f32 {
        self.review.max_repeated
    }

    /// Why a person should look, apart from audits.
    fn reason(&self, labels: &[LabelScore], confidence: f32, stats: InputStats) -> Option<ReviewReason> {
        let Review { min_words, max_unknown, min_confidence, .. } = self.review;
        let found = stats.findings;
        let unknown = ratio(stats.unknown, stats.words) > max_unknown;
        let promises_nothing = self.guarantee.is_some_and(|guarantee| !guarantee.is_promised());
        let unseen = || labels.iter().zip(&self.unseen).any(|(label, unseen)| label.awarded && *unseen);
        let unsure = || {
            let least = labels.iter().zip(&self.least).filter(|(label, _)| label.awarded);
            confidence < least.map(|(_, least)| *least).fold(min_confidence, f32::max)
        };
        Some(match stats.words {
            words if words < min_words.max(1) => ReviewReason::TooShort,
            _ if found.other_language => ReviewReason::OtherLanguage,
            _ if found.gibberish => ReviewReason::Gibberish,
            _ if found.unknown_words || unknown => ReviewReason::UnknownWords,
            _ if stats.repetitive => ReviewReason::Repetition,
            _ if found.copied_question => ReviewReason::CopiedQuestion,
            _ if found.near_reference => ReviewReason::NearReference,
            _ if found.off_topic => ReviewReason::OffTopic,
            _ if found.word_list => ReviewReason::WordList,
            _ if stats.truncated => ReviewReason::Truncated,
            _ if unseen() => ReviewReason::UnseenLabel,
            // Where nothing is promised no confidence is enough, not even one of exactly 1.
            _ if promises_nothing => ReviewReason::NoPromise,
            _ if unsure() => ReviewReason::LowConfidence,
            _ => return None,
        })
    }
}

/// The share of `part` in `whole`, correctly rounded.
#[expect(clippy::cast_precision_loss, reason = "word counts of an answer are far below 2^24")]
fn ratio(part: usize, whole: usize) -> f32 {
    part as f32 / whole as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::manifest::{Head, Label, Scale};

    fn task(kind: HeadKind, labels: &[&str], thresholds: &[f32], min: Option<i32>) -> Task {
        Task {
            head: Head { kind, hidden: 4 },
            labels: labels.iter().map(|l| Label::named(*l)).collect(),
            thresholds: thresholds.to_vec(),
            scale: min.map(|min| Scale { min, ..Scale::default() }),
            review: Review { min_words: 3, min_confidence: 0.6, ..Review::default() },
            ..Task::default()
        }
    }

    const READ: InputStats = InputStats {
        words: 8,
        unknown: 0,
        tokens: 8,
        truncated: false,
        repetitive: false,
        findings: Findings {
            other_language: false,
            gibberish: false,
            unknown_words: false,
            copied_question: false,
            near_reference: false,
            word_list: false,
            off_topic: false,
        },
    };

    #[test]
    fn softmax_awards_the_first_of_equal_labels() {
        let rules = Rules::new(&task(HeadKind::Softmax, &["a", "b", "c"], &[], None));
        let score = rules.score(&[0.2, 0.4, 0.4], &[], READ, "warm air");
        assert_eq!(score.labels.iter().map(|l| l.awarded).collect::<Vec<_>>(), [false, true, false]);
        assert_eq!((score.level, score.expected, score.confidence), (None, None, 0.4));
        assert_eq!(score.decision, Decision::Review(ReviewReason::LowConfidence));
    }

    #[test]
    fn softmax_with_a_scale_gives_points() {
        let rules = Rules::new(&task(HeadKind::Softmax, &["1", "2", "3"], &[], Some(1)));
        let score = rules.score(&[0.0, 0.25, 0.75], &[], READ, "warm air");
        assert_eq!((score.level, score.expected), (Some(3), Some(2.75)));
    }

    #[test]
    fn sigmoid_awards_from_the_threshold_on_and_trusts_the_least_sure_label() {
        let rules = Rules::new(&task(HeadKind::Sigmoid, &["a", "b", "c"], &[0.5, 0.25, 0.9], None));
        let score = rules.score(&[0.5, 0.125, 0.875], &[], READ, "warm air");
        assert_eq!(score.awarded().map(|l| &*l.name).collect::<Vec<_>>(), ["a"]);
        assert_eq!(score.confidence, 0.5);
        let score = rules.score(&[0.875, 0.25, 0.9375], &[], READ, "warm air");
        assert_eq!(score.awarded().count(), 3);
        assert_eq!((score.confidence, score.decision), (0.75, Decision::Automatic));
    }

    #[test]
    fn ordinal_level_counts_the_thresholds_that_the_expectation_reaches() {
        let rules = Rules::new(&task(HeadKind::Ordinal, &["0", "1", "2"], &[0.5, 1.5], Some(-1)));
        for (steps, level) in [([0.25, 0.125], -1), ([0.25, 0.25], 0), ([1.0, 0.5], 1), ([1.0, 1.0], 1)] {
            let levels = [1.0 - steps[0], steps[0] - steps[1], steps[1]];
            let score = rules.score(&levels, &steps, READ, "warm air");
            assert_eq!(score.level, Some(level), "{steps:?}");
            assert_eq!(score.expected, Some(-1.0 + steps[0] + steps[1]));
            let index = usize::try_from(level + 1).unwrap();
            assert!(score.labels[index].awarded);
            assert_eq!(score.confidence, levels[index]);
        }
    }

    #[test]
    fn reasons_apply_in_their_order_and_at_their_limits() {
        let rules = Rules::new(&task(HeadKind::Softmax, &["a", "b"], &[], None));
        let decide = |words, unknown, p: f32| {
            rules.score(&[p, 1.0 - p], &[], InputStats { words, unknown, ..READ }, "warm air").decision
        };
        assert_eq!(decide(2, 2, 0.5), Decision::Review(ReviewReason::TooShort));
        assert_eq!(decide(3, 2, 0.5), Decision::Review(ReviewReason::UnknownWords));
        assert_eq!(decide(4, 2, 0.5), Decision::Review(ReviewReason::LowConfidence));
        assert_eq!(decide(4, 2, 0.6), Decision::Automatic);
        assert_eq!(decide(3, 0, 0.75), Decision::Automatic);
    }

    #[test]
    fn what_was_not_read_or_is_no_answer_is_reviewed_before_confidence() {
        let mut task = task(HeadKind::Softmax, &["a", "b"], &[], None);
        task.labels[1].unseen = true;
        let rules = Rules::new(&task);
        let reason = |p: f32, truncated, repetitive| {
            let score =
                rules.score(&[p, 1.0 - p], &[], InputStats { truncated, repetitive, ..READ }, "warm air");
            assert_eq!((score.truncated, score.repetitive), (truncated, repetitive));
            score.decision.reason()
        };
        assert_eq!(reason(0.9, false, false), None);
        assert_eq!(reason(0.5, true, true), Some(ReviewReason::Repetition));
        assert_eq!(reason(0.1, true, false), Some(ReviewReason::Truncated));
        assert_eq!(reason(0.1, false, false), Some(ReviewReason::UnseenLabel));
        assert_eq!(reason(0.5, false, false), Some(ReviewReason::LowConfidence));
    }

    #[test]
    fn audited_answers_are_those_of_the_keyed_hash() {
        // The first keyed hash of BLAKE3's published test vectors, of no bytes, begins with 92b2b7.
        let salt = *b"whats the Elvish word for friend";
        let share: f32 = 9_614_007.0 / 16_777_216.0;
        let mut task = task(HeadKind::Softmax, &["a", "b"], &[], None);
        for (share, p, reason) in [
            (share, 0.9, None),
            (share.next_up(), 0.9, Some(ReviewReason::Audit)),
            // Who would go to a person anyway is not audited.
            (1.0, 0.5, Some(ReviewReason::LowConfidence)),
        ] {
            task.audit = Some(Audit { share, salt });
            let score = Rules::new(&task).score(&[p, 1.0 - p], &[], READ, "");
            assert_eq!(score.decision.reason(), reason, "{share}");
        }
    }

    #[test]
    fn levels_that_are_not_one_apart_have_their_own_points() {
        let mut task = task(HeadKind::Ordinal, &["0", "2", "5"], &[0.5, 1.5], Some(0));
        task.scale = Some(Scale::of(&[0, 2, 5]));
        let score = Rules::new(&task).score(&[0.25, 0.25, 0.5], &[0.75, 0.5], READ, "warm air");
        assert_eq!((score.level, score.expected), (Some(2), Some(2.0 * 0.75 + 3.0 * 0.5)));
        task.head.kind = HeadKind::Softmax;
        let score = Rules::new(&task).score(&[0.25, 0.25, 0.5], &[], READ, "warm air");
        assert_eq!((score.level, score.expected), (Some(5), Some(0.25 * 2.0 + 0.5 * 5.0)));
    }

    #[test]
    fn answer_without_words_is_reviewed_even_if_no_length_is_asked_for() {
        let mut task = task(HeadKind::Softmax, &["a", "b"], &[], None);
        task.review = Review { min_words: 0, max_unknown: 1.0, ..Review::default() };
        let score = Rules::new(&task).score(&[0.9, 0.1], &[], InputStats::default(), "warm air");
        assert_eq!(score.decision.reason(), Some(ReviewReason::TooShort));
    }
}
