//! Texts that are scored, and what is counted.

use super::report::{Group, Row};
use super::share::Share;
use crate::attack::Verdicts;
use crate::data::{Target, TaskData};
use crate::progress::Bar;
use anyhow::Result;
use pupil_core::{BatchOptions, Decision, ErrorKind, Score, Scorer};
use std::collections::BTreeMap;

/// A text to score.
#[derive(Clone, Debug)]
pub(super) struct Item<'a> {
    /// Index of the task.
    pub(super) task: usize,
    pub(super) reference: Option<&'a str>,
    pub(super) text: String,
}

/// Scores texts, in their order; none where the engine refuses a text as too long, which needs a file that cuts
/// nothing. `bar` is moved on from what is done of a total.
pub(super) fn scored(
    scorer: &Scorer,
    tasks: &[TaskData],
    items: &[Item<'_>],
    bar: Option<(&Bar, u64, u64)>,
) -> Result<Vec<Option<Score>>> {
    let mut scores: Vec<Option<Score>> = items.iter().map(|_| None).collect();
    let mut finished = 0;
    for (n, task) in tasks.iter().enumerate() {
        let places: Vec<usize> = (0..items.len()).filter(|place| items[*place].task == n).collect();
        for chunk in places.chunks(256) {
            let options = BatchOptions::default();
            let made: pupil_core::Result<Vec<Score>> = if items[chunk[0]].reference.is_some() {
                let pair = |place: &usize| {
                    (items[*place].reference.unwrap_or_default(), items[*place].text.as_str())
                };
                scorer.score_pair_batch(&task.id, &chunk.iter().map(pair).collect::<Vec<_>>(), &options)
            } else {
                let texts: Vec<&str> = chunk.iter().map(|place| items[*place].text.as_str()).collect();
                scorer.score_batch(&task.id, &texts, &options)
            };
            match made {
                Ok(made) => chunk.iter().zip(made).for_each(|(place, score)| scores[*place] = Some(score)),
                Err(error) if error.kind() == ErrorKind::TooLarge => {
                    for place in chunk {
                        scores[*place] = one(scorer, &task.id, &items[*place])?;
                    }
                }
                Err(error) => return Err(error.into()),
            }
            finished += chunk.len() as u64;
            if let Some((bar, done, total)) = bar {
                bar.set(done + finished, total, &task.id);
            }
        }
    }
    Ok(scores)
}

/// Scores a text; none if it is too long.
fn one(scorer: &Scorer, task: &str, item: &Item<'_>) -> Result<Option<Score>> {
    let made = match item.reference {
        Some(reference) => scorer.score_pair(task, reference, &item.text),
        None => scorer.score(task, &item.text),
    };
    match made {
        Err(error) if error.kind() == ErrorKind::TooLarge => Ok(None),
        other => Ok(Some(other?)),
    }
}

/// What a score awards.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Award {
    /// The awarded class, level or labels.
    pub(super) target: Target,
    /// Whether it is the best one.
    pub(super) best: bool,
    /// Whether nobody looks at it.
    pub(super) automatic: bool,
    /// The expected share of full marks: of levels by their points; the probability of the best class; the mean
    /// probability of all labels.
    pub(super) expected: f64,
}

impl Award {
    pub(super) fn of(score: &Score, task: &TaskData, verdicts: &Verdicts) -> Self {
        let awarded = || score.labels.iter().position(|label| label.awarded).unwrap_or_default();
        let target = match verdicts.best {
            Target::Labels(_) => Target::Labels(score.labels.iter().map(|label| label.awarded).collect()),
            Target::Level(_) => Target::Level(awarded()),
            Target::Class(_) | Target::Missing => Target::Class(awarded()),
        };
        let p = |place: usize| f64::from(score.labels[place].probability);
        let expected = match (&verdicts.best, &task.points[..]) {
            (Target::Class(best), _) => p(*best),
            (Target::Level(_), [first, .., last]) => {
                let expected = score.expected.map_or(f64::from(*first), f64::from);
                (expected - f64::from(*first)) / f64::from(last - first)
            }
            _ => (0..score.labels.len()).map(p).sum::<f64>() / score.labels.len().max(1) as f64,
        };
        Self {
            best: target == verdicts.best,
            target,
            automatic: score.decision == Decision::Automatic,
            expected,
        }
    }

    /// Whether this award is a better one than another.
    pub(super) fn is_better(&self, other: &Self) -> bool {
        match (&self.target, &other.target) {
            (Target::Level(own), Target::Level(other)) => own > other,
            (Target::Labels(own), Target::Labels(other)) => {
                let count = |labels: &[bool]| labels.iter().filter(|label| **label).count();
                count(own) > count(other)
            }
            _ => self.best && !other.best,
        }
    }
}

/// Counts of one row.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    n: usize,
    best: usize,
    best_automatic: usize,
    reasons: BTreeMap<String, usize>,
    reviewed_before: usize,
    kept: usize,
    right: usize,
    change: f64,
    size: f64,
    compared: bool,
    judged: bool,
}

impl Tally {
    /// A text that must not be awarded the best score.
    pub(super) fn add(&mut self, score: &Score, award: &Award) {
        self.count(score);
        self.best += usize::from(award.best);
        self.best_automatic += usize::from(award.best && award.automatic);
    }

    /// A changed text beside the one that it was made of. What is awarded the best score counts only if the unchanged
    /// text is not awarded it in the same way.
    pub(super) fn compare(&mut self, score: &Score, award: &Award, before: &Award, kept: bool) {
        self.count(score);
        self.best += usize::from(award.best && !before.best);
        let automatic = |award: &Award| award.best && award.automatic;
        self.best_automatic += usize::from(automatic(award) && !automatic(before));
        self.reviewed_before += usize::from(!before.automatic);
        self.kept += usize::from(kept);
        self.change += award.expected - before.expected;
        self.size += (award.expected - before.expected).abs();
        self.compared = true;
    }

    /// A text with a label, which the award has or has not.
    pub(super) fn judge(&mut self, score: &Score, award: &Award, right: bool) {
        self.add(score, award);
        self.right += usize::from(right);
        self.judged = true;
    }

    /// A text that the engine refuses: nobody is awarded anything.
    pub(super) fn refuse(&mut self) {
        self.n += 1;
        *self.reasons.entry("refused".to_owned()).or_default() += 1;
    }

    fn count(&mut self, score: &Score) {
        self.n += 1;
        if let Some(reason) = score.decision.reason() {
            *self.reasons.entry(reason.to_string()).or_default() += 1;
        }
    }

    pub(super) fn row(&self, name: &str, group: Group) -> Row {
        let share = |count| Share::new(count, self.n);
        let mean = |sum: f64| if self.n == 0 { 0.0 } else { sum / self.n as f64 };
        Row {
            name: name.to_owned(),
            group,
            n: self.n,
            best_automatic: share(self.best_automatic),
            best: share(self.best),
            reviewed: share(self.reasons.values().sum()),
            reasons: self.reasons.clone(),
            reviewed_before: self.compared.then(|| share(self.reviewed_before)),
            kept: self.compared.then(|| share(self.kept)),
            change: self.compared.then(|| mean(self.change)),
            size: self.compared.then(|| mean(self.size)),
            right: self.judged.then(|| share(self.right)),
        }
    }
}
