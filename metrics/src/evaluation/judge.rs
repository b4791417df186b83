//! Whether a score is right.

use super::input::{Decided, Input, Options, Task};
use super::select::Numeric;
use crate::guarantee::Judged;

/// An answer whose score was compared with the human one.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    /// Place of the answer.
    pub(super) place: usize,
    /// Place of the task.
    pub(super) task: usize,
    /// Whether the score is not the human one.
    pub(super) wrong: bool,
    /// Whether it is more than one level away; as `wrong` where there are no levels.
    pub(super) far: bool,
    /// Confidence.
    pub(super) confidence: Option<f64>,
    /// Confidence before calibration.
    pub(super) uncalibrated: Option<f64>,
    /// Whether the score counts without review, and why not.
    pub(super) decision: Option<Decided>,
}

impl Outcome {
    /// For curves and promises. `None` without confidence.
    pub(super) fn judged(&self) -> Option<Judged> {
        Some(Judged { confidence: self.confidence?, wrong: self.wrong })
    }

    /// Whether the score is wrong in the sense of the promise.
    pub(super) fn is_wrong(&self, options: &Options) -> bool {
        if options.far_only { self.far } else { self.wrong }
    }

    /// Whether the score counts without review.
    pub(super) fn is_automatic(&self) -> bool {
        self.decision == Some(Decided::Automatic)
    }
}

/// Compares all answers that are evaluated.
pub(super) fn outcomes(input: &Input, numeric: &Numeric, named: &[usize]) -> Vec<Outcome> {
    let counted = numeric.form(numeric.counted()).unwrap_or_default();
    let scaled = numeric.places.iter().zip(&numeric.human).zip(counted).map(|((place, human), system)| {
        let task = &input.tasks[input.answers[*place].task];
        let (wrong, far) = distance(task, *human, *system);
        (*place, wrong, far)
    });
    let mut all: Vec<(usize, bool, bool)> = scaled.collect();
    all.extend(named.iter().map(|place| {
        let answer = &input.answers[*place];
        let wrong = answer.system.award.as_ref() != Some(&answer.reference);
        (*place, wrong, wrong)
    }));
    all.sort_unstable_by_key(|one| one.0);
    let of = |(place, wrong, far): (usize, bool, bool)| {
        let answer = &input.answers[place];
        Outcome {
            place,
            task: answer.task,
            wrong,
            far,
            confidence: answer.system.confidence,
            uncalibrated: answer.system.uncalibrated,
            decision: answer.system.decision.clone(),
        }
    };
    all.into_iter().map(of).collect()
}

/// Whether two scores differ, and by more than one level.
pub(super) fn distance(task: &Task, human: f64, system: f64) -> (bool, bool) {
    if task.points.is_empty() {
        let apart = (human - system).abs();
        return (apart > 0.5, apart > 1.0);
    }
    let level = |score: f64| {
        let nearer = |a: &&f64, b: &&f64| (**a - score).abs().total_cmp(&(**b - score).abs());
        let nearest = task.points.iter().min_by(nearer);
        nearest.and_then(|nearest| task.points.iter().position(|point| point == nearest)).unwrap_or(0)
    };
    // A fractional human score may lie between two levels, and either is right.
    let apart = level(human).abs_diff(level(system));
    let is_between = (human - system).abs() <= 0.5;
    (apart > 0 && !is_between, apart > 1)
}
