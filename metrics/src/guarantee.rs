//! Thresholds of confidence above which scores may count without review, with a promise about their errors.
//!
//! **The rule.** A score counts if its confidence is at least `t`. The error rate R(t) is the probability that a score
//! which counts is wrong.
//!
//! **The promise.** With probability 1 − δ over the choice of the calibration answers, R(t) ≤ `max_error` for the
//! threshold that [`choose_threshold`] returns, for answers drawn like those: the same students, question and time.
//!
//! **Why it holds.** The thresholds and their order are fixed before the calibration answers are looked at. For each,
//! the hypothesis "R(t) > `max_error`" is tested. Given how many of the independent calibration answers count, the
//! number of wrong ones is binomial with R(t), so that the binomial tail ([`p_of_more`]) is a valid p-value (Clopper
//! and Pearson 1934). The tests share the level δ as in a fallback procedure (Wiens 2003; with the whole level on the
//! first test, it is fixed-sequence testing): a rejected hypothesis passes its level on to the next. Both control the
//! probability of any false rejection, for any dependence of the tests. By Theorem 1 of Angelopoulos, Bates, Candès,
//! Jordan and Lei (2021), "Learn then Test", every threshold whose hypothesis is rejected then keeps the promise at
//! once, so that the lowest may be chosen.
//!
//! No assumption is made about the model: a poor one gets no threshold, not a broken promise. The answers must be
//! independent of each other and of those that the model, its temperature and the order of thresholds come from.

use crate::proportion::{p_of_more, trials_needed, upper_bound};

/// What is promised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aim {
    /// Largest error rate of scores that count without review, between 0 and 1.
    pub max_error: f64,
    /// Probability with which it is kept, between 0 and 1.
    pub confidence: f64,
}

impl Aim {
    /// Probability with which it may be broken.
    #[must_use]
    pub fn outside(&self) -> f64 {
        1.0 - self.confidence
    }
}

/// A calibration answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// Confidence of the score.
    pub confidence: f64,
    /// Whether the score is wrong: not the human one, or too far from it.
    pub wrong: bool,
}

/// A threshold that is tested, and its share of the level; shares sum to at most 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The threshold.
    pub threshold: f64,
    /// Its share.
    pub share: f64,
}

/// The test of one threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// The threshold.
    pub threshold: f64,
    /// Calibration answers whose scores count.
    pub automatic: u64,
    /// Wrong ones among them.
    pub wrong: u64,
    /// p-value of "the error rate is above the largest allowed".
    pub p: f64,
    /// Level at which it was tested; 0 if nothing was left.
    pub level: f64,
    /// Whether the hypothesis is rejected, so that the threshold keeps the promise.
    pub kept: bool,
}

/// The tests of all thresholds.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The lowest threshold that keeps the promise, with its test. `None` if none does: then nothing may count without
    /// review.
    pub chosen: Option<Test>,
    /// Every test, in the order of the thresholds.
    pub tests: Vec<Test>,
    /// Calibration answers.
    pub answers: u64,
}

/// Tests thresholds in their order on calibration answers; see [the module](self) for what this promises.
///
/// # Panics
///
/// When the shares are negative or sum to more than 1, or the aim is not between 0 and 1.
#[must_use]
pub fn choose_threshold(candidates: &[Candidate], judged: &[Judged], aim: Aim) -> Choice {
    choose_by(candidates, judged, aim, |_, wrong, automatic| p_of_more(wrong, automatic, aim.max_error))
}

/// As [`choose_threshold`], with another p-value: that of a threshold, of the wrong scores and of all that count.
pub(crate) fn choose_by(
    candidates: &[Candidate],
    judged: &[Judged],
    aim: Aim,
    p_value: impl Fn(f64, u64, u64) -> f64,
) -> Choice {
    let within = |share: f64| share > 0.0 && share < 1.0;
    assert!(within(aim.max_error) && within(aim.confidence), "an aim lies between 0 and 1");
    let shares: f64 = candidates.iter().map(|c| c.share).sum();
    assert!(candidates.iter().all(|c| c.share >= 0.0) && shares <= 1.0 + 1e-9, "shares sum to at most 1");
    let mut order: Vec<&Judged> = judged.iter().collect();
    order.sort_unstable_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let wrong_among: Vec<u64> = order
        .iter()
        .scan(0, |wrong, answer| {
            *wrong += u64::from(answer.wrong);
            Some(*wrong)
        })
        .collect();
    let mut carried = 0.0;
    let tests: Vec<Test> = candidates
        .iter()
        .map(|candidate| {
            let automatic = order.partition_point(|answer| answer.confidence >= candidate.threshold);
            let wrong = automatic.checked_sub(1).map_or(0, |last| wrong_among[last]);
            let p = p_value(candidate.threshold, wrong, automatic as u64);
            let level = aim.outside() * candidate.share + carried;
            let kept = level > 0.0 && p <= level;
            carried = if kept { level } else { 0.0 };
            Test { threshold: candidate.threshold, automatic: automatic as u64, wrong, p, level, kept }
        })
        .collect();
    let chosen =
        tests.iter().filter(|test| test.kept).min_by(|a, b| a.threshold.total_cmp(&b.threshold)).copied();
    Choice { chosen, tests, answers: judged.len() as u64 }
}

/// Thresholds from 0.9999 down to 0.3, for answers of which nothing else is known: steps of 0.01, and finer ones above
/// 0.99, where sure models have most answers. The level is shared by the starts 0.998, 0.98, 0.9 and 0.7, since it is
/// not known where enough answers count.
#[must_use]
pub fn usual_candidates() -> Vec<Candidate> {
    const SURE: [f64; 9] = [0.9999, 0.9998, 0.9995, 0.999, 0.998, 0.997, 0.996, 0.995, 0.993];
    const STARTS: [f64; 4] = [0.998, 0.98, 0.9, 0.7];
    let percents = (30..=99_u32).rev().map(|percent| f64::from(percent) / 100.0);
    SURE.into_iter()
        .chain(percents)
        .map(|threshold| Candidate {
            threshold,
            share: if STARTS.contains(&threshold) { 1.0 / STARTS.len() as f64 } else { 0.0 },
        })
        .collect()
}

/// Thresholds from the confidences of other answers than the calibration ones, such as validation answers: from one at
/// which just enough of `answers` calibration answers count down to the lowest.
///
/// With few calibration answers the whole level is on the first threshold. With more, half of it is on one that far
/// more answers pass, where a single error does not decide; in simulations this lets most scores count.
///
/// Empty without other answers, or if even all calibration answers without an error would be too few.
#[must_use]
pub fn candidates_from(other: &[f64], answers: usize, aim: Aim) -> Vec<Candidate> {
    /// How many more than necessary should count at the first threshold: their number varies.
    const SLACK: f64 = 1.2;
    /// How many times as many answers as necessary make a second start worth half of the level.
    const SECOND: u64 = 3;
    let needed = |outside: f64| trials_needed(0.0, aim.max_error, outside);
    let (Some(fewest), Some(fewest_of_half)) = (needed(aim.outside()), needed(aim.outside() / 2.0)) else {
        return Vec::new();
    };
    let all = answers as u64;
    if other.is_empty() || fewest > all {
        return Vec::new();
    }
    let starts = if all < SECOND * fewest {
        vec![SLACK * fewest as f64]
    } else {
        vec![SLACK * fewest_of_half as f64, (fewest_of_half as f64 * answers as f64).sqrt()]
    };
    let starts: Vec<f64> = starts.iter().map(|count| (count / answers as f64).min(1.0)).collect();
    stepped(other, &starts)
}

/// Thresholds that these shares of answers pass, each with the same part of the level, and in equal steps the ones from
/// the first of them down to the lowest.
pub(crate) fn stepped(other: &[f64], starts: &[f64]) -> Vec<Candidate> {
    /// Steps from the first threshold to the lowest.
    const STEPS: usize = 60;
    let mut order = other.to_vec();
    order.sort_unstable_by(|a, b| b.total_cmp(a));
    let threshold = |share: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of the length")]
        let place = ((share * order.len() as f64).ceil() as usize).clamp(1, order.len()) - 1;
        order[place]
    };
    let step = (1.0 - starts[0]) / STEPS as f64;
    let mut points: Vec<(f64, f64)> = (0..=STEPS).map(|k| (starts[0] + step * k as f64, 0.0)).collect();
    points.extend(starts.iter().map(|start| (*start, 1.0 / starts.len() as f64)));
    points.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut candidates: Vec<Candidate> = Vec::new();
    for (share_of_answers, share) in points {
        let threshold = threshold(share_of_answers);
        match candidates.last_mut() {
            Some(last) if last.threshold <= threshold => last.share += share,
            _ => candidates.push(Candidate { threshold, share }),
        }
    }
    candidates
}

/// Fewer answers say nothing about a rate.
const FEWEST_OF_RATE: u64 = 10;

/// Nobody grades more; a rate this near to the limit is better lowered.
const MOST_NEEDED: usize = 100_000;

/// How a promise could become possible.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlook {
    /// The threshold that needs the fewest answers.
    pub threshold: f64,
    /// Share of the answers that would count.
    pub automatic: f64,
    /// Error rate among them, as observed.
    pub error: f64,
    /// Graded answers that would be enough in all, if both stay as observed.
    pub answers: u64,
}

/// How many graded answers would make a promise possible, by the threshold that needs the fewest of those that were
/// tested. `None` if at each of them too many observed scores are wrong, or more than 100,000 answers were needed: then
/// a better model helps, not more answers.
#[must_use]
pub fn outlook(choice: &Choice, aim: Aim) -> Option<Outlook> {
    let of = |test: &Test| {
        let (automatic, error) =
            (test.automatic as f64 / choice.answers as f64, test.wrong as f64 / test.automatic as f64);
        // As many as there are were not enough.
        let needed = trials_needed(error, aim.max_error, test.level)?.max(test.automatic + 1);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive number")]
        let answers = (needed as f64 / automatic).ceil() as u64;
        (answers <= MOST_NEEDED as u64).then_some(Outlook {
            threshold: test.threshold,
            automatic,
            error,
            answers,
        })
    };
    let tests =
        choice.tests.iter().filter(|test| !test.kept && test.level > 0.0 && test.automatic >= FEWEST_OF_RATE);
    tests.filter_map(of).min_by(|a, b| a.answers.cmp(&b.answers).then(a.threshold.total_cmp(&b.threshold)))
}

/// Whether scores that counted kept a promise, by the exact bounds of their error rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The upper bound is at most the largest error rate.
    Kept,
    /// The lower bound is above it.
    Broken,
    /// Too few answers to say.
    Open,
}

/// Checks wrong scores among those that counted, on answers that no part of the promise was made from.
#[must_use]
pub fn check(wrong: u64, automatic: u64, aim: Aim) -> Verdict {
    if upper_bound(wrong, automatic, aim.outside()) <= aim.max_error {
        Verdict::Kept
    } else if crate::proportion::lower_bound(wrong, automatic, aim.outside()) > aim.max_error {
        Verdict::Broken
    } else {
        Verdict::Open
    }
}

/// How many calibration answers would allow a promise, if the share that passes each threshold and its errors stayed as
/// observed; at most a twentieth more than needed. `None` if no number up to 100,000 would.
fn size_needed(other: &[f64], judged: &[Judged], aim: Aim) -> Option<u64> {
    /// From so many answers on, the surest ones tell their rate.
    const SURE_OF_RATE: usize = 30;
    let fewest = usize::try_from(trials_needed(0.0, aim.max_error, aim.outside())?).ok()?;
    let fewest_of_rate = usize::try_from(FEWEST_OF_RATE).ok()?;
    let mut order: Vec<&Judged> = judged.iter().collect();
    order.sort_unstable_by(|a, b| b.confidence.total_cmp(&a.confidence));
    if order.len() < fewest_of_rate {
        return None;
    }
    let mut size = fewest.max(judged.len() + 1);
    while size <= MOST_NEEDED {
        // The order of tests depends on how many answers there are.
        let starts = candidates_from(other, size, aim).into_iter().filter(|candidate| candidate.share > 0.0);
        for start in starts {
            let passing = order.partition_point(|answer| answer.confidence >= start.threshold);
            // So few answers say nothing about a rate; that of somewhat less sure ones is no lower, as a rule.
            let known = passing.max(SURE_OF_RATE.min(order.len()));
            let wrong = order[..known].iter().filter(|answer| answer.wrong).count();
            let scaled = |part: usize| (part * size + order.len() / 2) / order.len();
            let (automatic, errors) = (scaled(passing), (scaled(wrong) * passing).div_ceil(known));
            let p = p_of_more(errors.min(automatic) as u64, automatic as u64, aim.max_error);
            if p <= aim.outside() * start.share {
                return Some(size as u64);
            }
        }
        size += (size / 20).max(1);
    }
    None
}

/// What calibration answers allow to promise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Promise {
    /// The confidence from which scores may count. `None`: nothing is promised, and no score may count.
    pub threshold: Option<f64>,
    /// Calibration answers, those that are held back among them.
    pub answers: u64,
    /// How many of their scores count.
    pub automatic: u64,
    /// Wrong ones among these.
    pub wrong: u64,
    /// Exact upper bound of the error rate from these two numbers; 1 where nothing is promised. The threshold was
    /// chosen by the same answers, so that only the aim is promised, not this bound.
    pub bound: f64,
    /// Where nothing is promised: calibration answers that would be enough in all, if errors stayed as they are. `None`
    /// where a promise is made, and where more answers would not help.
    pub needed: Option<u64>,
}

/// The lowest threshold that keeps the promise, of those that `other` confidences suggest, such as those of validation
/// answers.
///
/// `held_back` more calibration answers have scores that never count, whatever their confidence, by a rule that was
/// made without any calibration answer. The promise is about the other ones.
///
/// ```
/// use pupil_metrics::guarantee::{Aim, Judged, promise};
///
/// let aim = Aim { max_error: 0.05, confidence: 0.9 };
/// let other: Vec<f64> = (0..100).map(|i| f64::from(i) / 100.0).collect();
/// // The surest 60 of 100 scores are right.
/// let judged = |i: u32| Judged { confidence: f64::from(i) / 100.0, wrong: i < 40 && i % 2 == 0 };
/// let promised = promise(&other, &(0..100).map(judged).collect::<Vec<_>>(), 0, aim);
/// assert!(promised.threshold.is_some_and(|t| (0.35..0.45).contains(&t)) && promised.bound <= 0.05);
/// // Ten right answers promise nothing; 45 would.
/// let promised = promise(&other, &(90..100).map(judged).collect::<Vec<_>>(), 0, aim);
/// assert_eq!((promised.threshold, promised.needed), (None, Some(45)));
/// ```
///
/// # Panics
///
/// When the aim is not between 0 and 1.
#[must_use]
pub fn promise(other: &[f64], judged: &[Judged], held_back: u64, aim: Aim) -> Promise {
    let fewest = trials_needed(0.0, aim.max_error, aim.outside());
    // With fewer answers the order of tests is the same; none can pass.
    let size =
        fewest.and_then(|fewest| usize::try_from(fewest).ok()).map_or(judged.len(), |f| f.max(judged.len()));
    let choice = choose_threshold(&candidates_from(other, size, aim), judged, aim);
    let answers = choice.answers + held_back;
    if let Some(test) = choice.chosen {
        return Promise {
            threshold: Some(test.threshold),
            answers,
            automatic: test.automatic,
            wrong: test.wrong,
            // The test was passed; rounding may put the bound a little above.
            bound: upper_bound(test.wrong, test.automatic, aim.outside()).min(aim.max_error),
            needed: None,
        };
    }
    let all = |needed: u64| match choice.answers {
        0 => needed,
        judged => needed.saturating_mul(answers).div_ceil(judged),
    };
    // Too few answers to know any rate: as many as are enough without errors.
    let unknown = choice.answers < FEWEST_OF_RATE;
    let needed = size_needed(other, judged, aim).or(fewest.filter(|_| unknown));
    Promise { threshold: None, answers, automatic: 0, wrong: 0, bound: 1.0, needed: needed.map(all) }
}
