//! Calibration: temperature, thresholds and the review band of a task, set on validation answers.

use crate::data::{Target, TaskData};
use crate::head::TaskHead;
use pupil_core::format::manifest::{Distributions, Guarantee};
use pupil_metrics::Tally;

/// Fewest validation answers that temperature and thresholds are fitted to. With a handful, the model is nearly always
/// right or nearly always wrong, and the best temperature is the lowest or the highest.
const MIN_FITTED: usize = 20;

/// How a task's probabilities become an award and a decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Decisions {
    /// Added to the logits, one for each column; none for no correction. A file has them in the biases of its head.
    pub shifts: Vec<f32>,
    /// Divides the logits.
    pub temperature: f32,
    /// Ordinal: expected levels from which each next level is awarded. Sigmoid: one probability per label.
    pub thresholds: Vec<f32>,
    /// Below this confidence an answer goes to review.
    pub min_confidence: f32,
    /// For each label, the least confidence of an automatic award of it; none for no more than
    /// [`min_confidence`](Self::min_confidence).
    pub label_confidences: Vec<f32>,
    /// What is promised about automatic scores; where it promises nothing, no score is automatic.
    pub guarantee: Option<Guarantee>,
    /// How the calibration answers were distributed.
    pub monitor: Option<Distributions>,
}

impl Decisions {
    /// Plain rounding, no review.
    #[must_use]
    pub fn plain(head: &TaskHead) -> Self {
        Self {
            shifts: Vec::new(),
            temperature: 1.0,
            thresholds: head.plain_thresholds(),
            min_confidence: 0.0,
            label_confidences: Vec::new(),
            guarantee: None,
            monitor: None,
        }
    }

    /// Calibrated probabilities from one row of logits.
    #[must_use]
    pub fn probabilities(&self, head: &TaskHead, logits: &[f32]) -> Vec<f32> {
        head.probabilities(&shifted(logits, &self.shifts), self.temperature)
    }

    /// The award for some probabilities, as the engine makes it.
    #[must_use]
    pub fn award(&self, head: &TaskHead, probabilities: &[f32]) -> Target {
        head.award(&self.thresholds, probabilities)
    }

    /// Confidence in an award, as the engine defines it.
    #[must_use]
    pub fn confidence(&self, award: &Target, probabilities: &[f32]) -> f32 {
        match award {
            Target::Class(k) | Target::Level(k) => probabilities[*k],
            Target::Labels(_) => probabilities.iter().map(|p| p.max(1.0 - p)).fold(1.0, f32::min),
            Target::Missing => 0.0,
        }
    }

    /// Fits temperature, thresholds and review band to validation logits; with fewer than 20 answers, the first two
    /// keep their defaults. With `shares_differ`, classes, levels or labels had other shares in training than they have
    /// among these answers; then the shifts are fitted too.
    #[must_use]
    pub fn fit(
        head: &TaskHead,
        task: &TaskData,
        logits: &[Vec<f32>],
        truths: &[Target],
        review_share: f64,
        shares_differ: bool,
    ) -> Self {
        let mut fitted = Self::plain(head);
        if logits.len() >= MIN_FITTED {
            if shares_differ {
                fitted.shifts = fit_shifts(head, logits, truths);
            }
            let logits: Vec<Vec<f32>> = logits.iter().map(|z| shifted(z, &fitted.shifts)).collect();
            fitted.temperature = fit_temperature(head, &logits, truths);
        }
        let probabilities: Vec<Vec<f32>> = logits.iter().map(|z| fitted.probabilities(head, z)).collect();
        Self {
            shifts: fitted.shifts,
            temperature: fitted.temperature,
            ..Self::of(head, task, &probabilities, truths, review_share)
        }
    }

    /// Fits thresholds and review band to the probabilities of validation answers; with fewer than 20 answers, the
    /// thresholds keep their defaults.
    #[must_use]
    pub fn of(
        head: &TaskHead,
        task: &TaskData,
        probabilities: &[Vec<f32>],
        truths: &[Target],
        review_share: f64,
    ) -> Self {
        let mut decisions = Self::plain(head);
        if probabilities.len() >= MIN_FITTED {
            decisions.fit_thresholds(head, task, probabilities, truths);
        }
        let mut confidences: Vec<f32> =
            probabilities.iter().map(|p| decisions.confidence(&decisions.award(head, p), p)).collect();
        confidences.sort_by(f32::total_cmp);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
        let place = (confidences.len() as f64 * review_share) as usize;
        // If all are to be reviewed, or there are no answers to judge by, every answer goes to review.
        decisions.min_confidence = confidences.get(place).copied().unwrap_or(1.0).clamp(0.0, 1.0);
        decisions
    }

    /// Plain decisions with the thresholds that [`fit`](Self::fit) would set.
    #[must_use]
    pub(super) fn of_probabilities(
        head: &TaskHead,
        task: &TaskData,
        probabilities: &[Vec<f32>],
        truths: &[Target],
    ) -> Self {
        let mut decisions = Self::plain(head);
        if probabilities.len() >= MIN_FITTED {
            decisions.fit_thresholds(head, task, probabilities, truths);
        }
        decisions
    }

    /// Moves each threshold within ±0.3 to where agreement (QWK, or kappa of a label) is best on validation data.
    ///
    /// Of the thresholds within a hundredth of the best agreement, the one nearest to plain rounding is taken: a few
    /// hundred answers cannot distinguish them, and plain rounding has no fitting error.
    fn fit_thresholds(
        &mut self,
        head: &TaskHead,
        task: &TaskData,
        probabilities: &[Vec<f32>],
        truths: &[Target],
    ) {
        const STEP: f32 = 0.05;
        const REACH: i16 = 6;
        const TIE: f64 = 0.01;
        let plain = self.thresholds.clone();
        for _ in 0..2 {
            for (k, start) in plain.iter().enumerate() {
                let mut found: Vec<(f32, f64)> = Vec::new();
                for step in -REACH..=REACH {
                    let candidate = start + STEP * f32::from(step);
                    if head.allows_threshold(&self.thresholds, k, candidate, STEP) {
                        let trial = Self {
                            thresholds: self
                                .thresholds
                                .iter()
                                .enumerate()
                                .map(|(i, t)| if i == k { candidate } else { *t })
                                .collect(),
                            ..self.clone()
                        };
                        let awards = probabilities.iter().map(|p| trial.award(head, p));
                        if let Some(value) = agreement(task, awards, truths) {
                            found.push((candidate, value));
                        }
                    }
                }
                let best = found.iter().map(|f| f.1).fold(f64::NEG_INFINITY, f64::max);
                let near = |f: &&(f32, f64)| f.1 >= best - TIE;
                let distance = |c: f32| (c - start).abs();
                if let Some((c, _)) =
                    found.iter().filter(near).min_by(|a, b| distance(a.0).total_cmp(&distance(b.0)))
                {
                    self.thresholds[k] = *c;
                }
            }
        }
    }
}

fn agreement(task: &TaskData, awards: impl Iterator<Item = Target>, truths: &[Target]) -> Option<f64> {
    let pairs: Vec<(Target, Target)> = truths.iter().cloned().zip(awards).collect();
    let outcomes = task.outcomes(pairs.iter().map(|(t, a)| (t, a))).ok()?;
    let tally: Tally = outcomes.tally_of(0..outcomes.len());
    tally.metric(task.head.main_metric())
}

/// Logits with a shift of each column, if there are any.
#[must_use]
pub fn shifted(logits: &[f32], shifts: &[f32]) -> Vec<f32> {
    let shift = |column: usize| shifts.get(column).copied().unwrap_or_default();
    logits.iter().enumerate().map(|(column, z)| z + shift(column)).collect()
}

/// The loss of logits at a temperature, summed over answers.
fn loss(head: &TaskHead, logits: &[Vec<f32>], truths: &[Target], temperature: f32) -> f64 {
    let term = |p: f32| -f64::from(p.max(1e-7)).ln();
    logits
        .iter()
        .zip(truths)
        .map(|(z, truth)| {
            let p = head.probabilities(z, temperature);
            match truth {
                Target::Class(k) | Target::Level(k) => term(p[*k]),
                Target::Labels(l) => l.iter().zip(&p).map(|(l, p)| term(if *l { *p } else { 1.0 - p })).sum(),
                Target::Missing => 0.0,
            }
        })
        .sum()
}

/// The shifts of the columns with the lowest loss on validation data, within ±3: with a temperature, they correct
/// probabilities for shares of classes that differ from those of training (bias-corrected temperature scaling;
/// Alexandari, Kundaje and Shrikumar 2020). A weak prior of half their square keeps those of classes that few answers
/// have near 0. They are found one after the other, by golden-section search, each of them several times.
fn fit_shifts(head: &TaskHead, logits: &[Vec<f32>], truths: &[Target]) -> Vec<f32> {
    const ROUNDS: usize = 4;
    const REACH: f64 = 3.0;
    let temperature = fit_temperature(head, logits, truths);
    let mut shifts = vec![0.0_f32; head.columns()];
    for _ in 0..ROUNDS {
        for column in 0..shifts.len() {
            let of = |shift: f64| -> f64 {
                let mut trial = shifts.clone();
                #[expect(clippy::cast_possible_truncation, reason = "at most 3 with few digits")]
                let value = shift as f32;
                trial[column] = value;
                let moved: Vec<Vec<f32>> = logits.iter().map(|z| shifted(z, &trial)).collect();
                loss(head, &moved, truths, temperature) + shift * shift / 2.0
            };
            #[expect(clippy::cast_possible_truncation, reason = "at most 3 with few digits")]
            let best = least(of, -REACH, REACH) as f32;
            shifts[column] = best;
        }
    }
    shifts
}

/// Where a function of one valley is least, by golden-section search.
fn least(of: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let ratio = (5f64.sqrt() - 1.0) / 2.0;
    for _ in 0..40 {
        let (a, b) = (high - ratio * (high - low), low + ratio * (high - low));
        if of(a) <= of(b) {
            high = b;
        } else {
            low = a;
        }
    }
    f64::midpoint(low, high)
}

/// The temperature between 0.5 and 3 with the lowest loss on validation data, by golden-section search on its
/// logarithm.
fn fit_temperature(head: &TaskHead, logits: &[Vec<f32>], truths: &[Target]) -> f32 {
    #[expect(clippy::cast_possible_truncation, reason = "a temperature")]
    let of = |log_t: f64| loss(head, logits, truths, log_t.exp() as f32);
    #[expect(clippy::cast_possible_truncation, reason = "a temperature")]
    let temperature = least(of, 0.5f64.ln(), 3f64.ln()).exp() as f32;
    temperature
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::HeadKind;

    fn ordinal(labels: usize) -> (TaskHead, TaskData) {
        let head = TaskHead { kind: HeadKind::Ordinal, labels };
        let task = TaskData {
            id: "t".into(),
            name: "t".into(),
            head: HeadKind::Ordinal,
            labels: (0..labels).map(|l| l.to_string()).collect(),
            points: (0..).take(labels).collect(),
        };
        (head, task)
    }

    #[test]
    fn plain_decisions_round_the_expected_level() {
        let (head, _) = ordinal(3);
        let plain = Decisions::plain(&head);
        for (p, want) in
            [([0.6, 0.4, 0.0], 0), ([0.4, 0.4, 0.2], 1), ([0.0, 0.5, 0.5], 2), ([0.5, 0.0, 0.5], 1)]
        {
            assert_eq!(plain.award(&head, &p), Target::Level(want), "{p:?}");
        }
    }

    #[test]
    fn threshold_moves_to_where_validation_answers_agree() {
        let (head, task) = ordinal(2);
        // Answers of level 1 get p = 0.42 at least, those of level 0 at most 0.2.
        let cases: Vec<(f32, usize)> =
            (0..40).map(|i| if i % 2 == 0 { (0.2, 0) } else { (0.42 + i as f32 * 0.005, 1) }).collect();
        let logits: Vec<Vec<f32>> = cases.iter().map(|(p, _)| vec![(p / (1.0 - p)).ln()]).collect();
        let truths: Vec<Target> = cases.iter().map(|(_, l)| Target::Level(*l)).collect();
        let fitted = Decisions::fit(&head, &task, &logits, &truths, 0.0, false);
        let awards = logits.iter().map(|z| fitted.award(&head, &head.probabilities(z, fitted.temperature)));
        assert_eq!(agreement(&task, awards, &truths), Some(1.0), "{fitted:?}");
    }

    #[test]
    fn temperature_of_overconfident_logits_rises() {
        let (head, _) = ordinal(2);
        // Certain logits that are wrong one time in five: ln(4) would be right.
        let logits: Vec<Vec<f32>> = (0..100).map(|i| vec![if i % 2 == 0 { 4.0 } else { -4.0 }]).collect();
        let truths: Vec<Target> =
            (0..100).map(|i| Target::Level(usize::from((i % 2 == 0) != (i % 10 < 2)))).collect();
        let t = fit_temperature(&head, &logits, &truths);
        assert!((t - 4.0 / 4f32.ln()).abs() < 0.15, "{t}");
    }

    #[test]
    fn shifts_undo_other_shares_of_classes() {
        // A model that learned from classes of equal shares is right about them: its logits are log likelihoods. Among
        // the answers, the classes have shares of 0.7, 0.2 and 0.1: the logarithms of these are the shifts.
        let (head, shares) = (TaskHead { kind: HeadKind::Softmax, labels: 3 }, [1400, 400, 200]);
        let (mut logits, mut truths) = (Vec::new(), Vec::new());
        for (class, count) in shares.into_iter().enumerate() {
            for n in 0..count {
                // Three answers of four look like their class, one like the next.
                let seen = if n % 4 == 3 { (class + 1) % 3 } else { class };
                // Likelihoods of what is seen: 3/4 under its class, 1/4 under the one before it.
                let likely = |of: usize| {
                    if of == seen { 0.75_f32 } else { 0.25 * f32::from(u8::from((of + 1) % 3 == seen)) }
                };
                logits.push((0..3).map(|of| likely(of).max(1e-4).ln()).collect());
                truths.push(Target::Class(class));
            }
        }
        let shifts = fit_shifts(&head, &logits, &truths);
        let (first, second) = (shifts[0] - shifts[1], shifts[1] - shifts[2]);
        assert!((first - 3.5_f32.ln()).abs() < 0.1 && (second - 2_f32.ln()).abs() < 0.1, "{shifts:?}");
        // Thresholds of levels are shifted the same way; answers that are as expected need no shift.
        let (head, task) = ordinal(3);
        let logits: Vec<Vec<f32>> = (0..300).map(|_| vec![0.0, -1.0]).collect();
        let level = |n: usize| {
            if n < 150 {
                0
            } else if n < 150 + 69 {
                1
            } else {
                2
            }
        };
        let truths: Vec<Target> = (0..300).map(|n| Target::Level(level(n))).collect();
        let fitted = Decisions::fit(&head, &task, &logits, &truths, 0.0, true);
        assert!(fitted.shifts.iter().all(|shift| shift.abs() < 0.05), "{fitted:?}");
        let p = fitted.probabilities(&head, &logits[0]);
        assert!((p[0] - 0.5).abs() < 0.02 && (p[2] - 0.27).abs() < 0.02, "{p:?}");
        assert!(Decisions::fit(&head, &task, &logits, &truths, 0.0, false).shifts.is_empty());
    }

    #[test]
    fn review_band_sends_the_stated_share() {
        let (head, task) = ordinal(2);
        let logits: Vec<Vec<f32>> = (0..200).map(|i| vec![(i as f32 - 100.0) / 20.0]).collect();
        let truths: Vec<Target> = (0..200).map(|i| Target::Level(usize::from(i > 100))).collect();
        let fitted = Decisions::fit(&head, &task, &logits, &truths, 0.2, false);
        let below = logits
            .iter()
            .filter(|z| {
                let p = head.probabilities(z, fitted.temperature);
                fitted.confidence(&fitted.award(&head, &p), &p) < fitted.min_confidence
            })
            .count();
        assert!((36..=40).contains(&below), "{below}");
    }

    #[test]
    fn a_handful_of_validation_answers_fits_nothing_and_none_vouches_for_nothing() {
        let (head, task) = ordinal(2);
        // Three answers, all of them right: any fit would make the model as sure as it can be.
        let logits: Vec<Vec<f32>> = vec![vec![0.4], vec![-0.3], vec![0.1]];
        let truths = [1, 0, 1].map(Target::Level);
        let few = Decisions::fit(&head, &task, &logits, &truths, 0.0, false);
        assert_eq!((few.temperature, few.thresholds), (1.0, vec![0.5]));
        let none = Decisions::fit(&head, &task, &[], &[], 0.15, false);
        assert_eq!((none.temperature, none.thresholds, none.min_confidence), (1.0, vec![0.5], 1.0));
    }

    #[test]
    fn whole_share_sends_every_answer_to_a_person() {
        let (head, task) = ordinal(2);
        let logits: Vec<Vec<f32>> = (0..50).map(|i| vec![(i as f32 - 25.0) / 10.0]).collect();
        let truths: Vec<Target> = (0..50).map(|i| Target::Level(usize::from(i > 25))).collect();
        let fitted = Decisions::fit(&head, &task, &logits, &truths, 1.0, false);
        for z in &logits {
            let p = head.probabilities(z, fitted.temperature);
            assert!(fitted.confidence(&fitted.award(&head, &p), &p) < fitted.min_confidence, "{z:?}");
        }
    }
}
