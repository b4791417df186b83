//! The confidence from which on the best score is awarded without review, so that attacks on validation answers seldom
//! earn it.

use super::attacks::{STREAM, answers, make};
use super::limits::{FEWEST, Limits};
use super::questions::Questions;
use super::tally::{Award, Item, scored};
use crate::attack::{KINDS, Outcome, Part, Verdicts};
use crate::data::Target;
use crate::ops::dropout::derive;
use crate::progress::Bar;
use anyhow::Result;
use pupil_core::{Decision, ReviewReason, Score, Scorer};
use std::collections::BTreeMap;

/// What decides about the best score of a task.
#[derive(Clone, Debug, PartialEq)]
pub struct Least {
    /// From this confidence on the best score is awarded without review.
    pub confidence: f32,
    /// The labels that the best score awards.
    pub labels: Vec<usize>,
    /// The row that needs the highest confidence; `None` if every one allows any.
    pub by: Option<String>,
    /// Right validation answers.
    pub right: usize,
    /// Right validation answers that no other rule sends to review, with any confidence and with that confidence.
    pub kept: [usize; 2],
}

/// Texts of one row: the confidences of those that are awarded the best score and that no other rule sends to review.
#[derive(Default)]
struct Tried {
    texts: usize,
    earned: Vec<f32>,
}

impl Tried {
    fn add(&mut self, score: &Score, award: &Award) {
        self.texts += 1;
        let read = matches!(
            score.decision,
            Decision::Automatic | Decision::Review(ReviewReason::LowConfidence | ReviewReason::Audit)
        );
        if award.best && read {
            self.earned.push(score.confidence);
        }
    }

    fn join(&mut self, other: &Self) {
        self.texts += other.texts;
        self.earned.extend(&other.earned);
    }

    /// The least confidence with which at most this share of the texts earns the best score.
    fn least(&mut self, share: f64) -> f32 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
        let most = (self.texts as f64 * share) as usize;
        self.earned.sort_unstable_by(|a, b| b.total_cmp(a));
        self.earned.get(most).map_or(0.0, |first| first.next_up().min(1.0))
    }
}

/// Finds it for each task of some questions, by its index among them; a task without right answers to attack is left
/// out.
///
/// `aims` holds the largest share for each row of a report: for each kind of attack and, where it is named, for answers
/// of people. Kinds that made fewer than 20 texts of a task are joined. Attacks are made with the words and templates
/// of [`Part::Train`]; those that measure a file stay unseen.
///
/// # Errors
///
/// When the engine refuses a text.
pub fn least_confidences(
    scorer: &Scorer,
    questions: &Questions<'_>,
    (per_kind, seed): (usize, u64),
    aims: &Limits,
) -> Result<BTreeMap<usize, Least>> {
    let mut found = BTreeMap::new();
    let bar = Bar::new("confidence for the best score".into());
    let total = (questions.tasks.len() * KINDS.len()) as u64;
    let seed = derive(derive(seed, STREAM), 1);
    for (task, data) in questions.tasks.iter().enumerate() {
        let own = questions.clone().only(&[&data.id]);
        let Some(verdicts) = Verdicts::of(data).filter(|_| !own.is_empty()) else { continue };
        let mut rows = of_people(scorer, &own, &verdicts)?;
        let right = rows.remove("real-right").unwrap_or_default();
        if right.texts == 0 {
            continue;
        }
        rows.retain(|name, _| aims.own.contains_key(name));
        let elsewhere: Vec<Vec<&str>> = (0..own.pool.questions.len())
            .map(|place| questions.pool.elsewhere(place, derive(seed, place as u64)))
            .collect();
        let mut few = Tried::default();
        for (n, kind) in KINDS.iter().enumerate() {
            bar.set((task * KINDS.len() + n) as u64, total, &data.id);
            if matches!(kind.outcome, Outcome::Same | Outcome::NotBetter) {
                continue;
            }
            let texts = make(kind, &own, &elsewhere, Part::Train, (per_kind, seed));
            let items: Vec<Item<'_>> = texts.into_iter().map(|made| made.changed).collect();
            let mut tried = Tried::default();
            for score in scored(scorer, &own.tasks, &items, None)?.iter().flatten() {
                tried.add(score, &Award::of(score, data, &verdicts));
            }
            if tried.texts >= FEWEST || aims.own.contains_key(kind.name) {
                rows.insert(kind.name.to_owned(), tried);
            } else {
                few.join(&tried);
            }
        }
        if few.texts >= FEWEST {
            rows.insert("kinds with few texts".to_owned(), few);
        }
        let of_row = |(name, mut tried): (String, Tried)| {
            let share = aims.own.get(&name).copied().or(aims.all).unwrap_or(1.0);
            (tried.least(share), name)
        };
        let (confidence, by) =
            rows.into_iter().map(of_row).max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or_default();
        let kept = right.earned.iter().filter(|c| **c >= confidence).count();
        let labels = match &verdicts.best {
            Target::Class(best) | Target::Level(best) => vec![*best],
            Target::Labels(_) => (0..data.labels.len()).collect(),
            Target::Missing => Vec::new(),
        };
        let by = (confidence > 0.0).then_some(by);
        found.insert(
            task,
            Least { confidence, labels, by, right: right.texts, kept: [right.earned.len(), kept] },
        );
    }
    bar.finish();
    Ok(found)
}

/// The answers of people to the questions of one task.
fn of_people(
    scorer: &Scorer,
    questions: &Questions<'_>,
    verdicts: &Verdicts,
) -> Result<BTreeMap<String, Tried>> {
    let mut rows: BTreeMap<String, Tried> = BTreeMap::new();
    let (items, targets) = answers(questions);
    for ((item, target), score) in
        items.iter().zip(targets).zip(scored(scorer, &questions.tasks, &items, None)?)
    {
        let data = &questions.tasks[item.task];
        let (Some(score), Some(name)) = (score, verdicts.of_person(data, target)) else { continue };
        rows.entry(name.to_owned()).or_default().add(&score, &Award::of(&score, data, verdicts));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_the_share_is_at_the_least_confidence_or_above() {
        let mut tried = Tried { texts: 20, earned: vec![0.5, 0.9, 0.7, 0.7, 0.6] };
        for (share, least, above) in [
            (0.0, 0.9_f32.next_up(), 0),
            (0.05, 0.7_f32.next_up(), 1),
            (0.1, 0.7_f32.next_up(), 1),
            (0.15, 0.6_f32.next_up(), 3),
        ] {
            assert_eq!(tried.least(share), least, "{share}");
            assert_eq!(tried.earned.iter().filter(|c| **c >= least).count(), above, "{share}");
        }
        assert_eq!(tried.least(0.25), 0.0);
        assert_eq!(Tried { texts: 3, earned: vec![1.0; 3] }.least(0.5), 1.0);
        assert_eq!(Tried::default().least(0.0), 0.0);
    }
}
