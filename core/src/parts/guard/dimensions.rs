//! What the dimensions, weights and limits of a guard may be.

use crate::error::Result;
use crate::format::check::{damaged, dimension, name};
use crate::format::limits::{
    MAX_GUARD_BLOCKS, MAX_GUARD_BUCKETS, MAX_GUARD_CLASSES, MAX_GUARD_SLOTS, MAX_GUARD_TOPIC,
};
use crate::format::manifest::{Guard, GuardWeights, Manifest, Task};
use crate::guard::FREQUENT;

/// Most of a weight, either way: so many of them as an answer has words still sum up to 32 bits.
const MAX_WEIGHT: u16 = 1023;

impl GuardWeights {
    fn all(&self) -> [i16; 18] {
        let Self { known, unknown, spelled, misspelled, said, unsaid, question_mark, statement, .. } = *self;
        let Self { moved, own, keyword, other, met, missed, .. } = *self;
        let Self { found, lost, found_pair, lost_pair, .. } = *self;
        [
            known,
            unknown,
            spelled,
            misspelled,
            said,
            unsaid,
            question_mark,
            statement,
            moved,
            own,
            keyword,
            other,
            met,
            missed,
            found,
            lost,
            found_pair,
            lost_pair,
        ]
    }
}

/// Checks name, dimensions and weights of the guard `id`.
pub(in crate::parts) fn check(id: &str, d: &Guard) -> Result<()> {
    name("guard", id)?;
    let owner = format!("guard {id}");
    for (what, value, most) in [
        ("letters", d.letters, MAX_GUARD_BUCKETS),
        ("words", d.words, MAX_GUARD_BLOCKS),
        ("classes", d.classes, MAX_GUARD_CLASSES),
        ("slots", d.slots, MAX_GUARD_SLOTS),
        // None is allowed, one is as good as any.
        ("questions", d.questions.max(1), MAX_GUARD_BLOCKS),
    ] {
        dimension(&owner, what, value, most)?;
    }
    power(&owner, "letters", d.letters)?;
    power(&owner, "slots", d.slots)?;
    let others = usize::from(FREQUENT);
    if d.classes < others || d.frequent > d.classes - others {
        return Err(damaged(format!(
            "{owner} has {} classes, {} of them frequent words: {others} classes are none of these",
            d.classes, d.frequent
        )));
    }
    if let Some(pair) = d.pages.windows(2).find(|pair| pair[0] >= pair[1]) {
        return Err(damaged(format!("{owner} has the page {} after {}, they must rise", pair[1], pair[0])));
    }
    match d.weights.all().iter().find(|weight| weight.unsigned_abs() > MAX_WEIGHT) {
        Some(weight) => {
            Err(damaged(format!("{owner} has a weight of {weight}, it must lie within {MAX_WEIGHT} of 0")))
        }
        None => Ok(()),
    }
}

/// Checks what a task says about its guard.
pub(in crate::parts) fn check_task(manifest: &Manifest, task: &Task) -> Result<()> {
    let Some(guard) = &task.guard else { return Ok(()) };
    let owner = format!("task {}", task.id);
    if !manifest.guards.contains_key(&guard.model) {
        return Err(damaged(format!("{owner} names the missing guard {}", guard.model)));
    }
    if guard.topic > 0 {
        dimension(&owner, "topic", guard.topic, MAX_GUARD_TOPIC)?;
        power(&owner, "topic", guard.topic)?;
    }
    match guard.held_back.iter().find(|(_, share)| !(0.0..=1.0).contains(*share)) {
        Some((reason, share)) => {
            Err(damaged(format!("{owner} held back a share of {share} as {reason}, it must lie in 0..=1")))
        }
        None => Ok(()),
    }
}

/// Refuses what is no power of 2, or 1.
fn power(owner: &str, what: &str, value: usize) -> Result<()> {
    if value.is_power_of_two() && value > 1 {
        return Ok(());
    }
    Err(damaged(format!("{owner} has {what} {value}, it must be a power of 2 from 2 on")))
}
