//! Rules of a manifest that concern no part of the model: names, numbers, hashes, labels, points, review.

use std::collections::BTreeSet;

use super::FORMAT;
use super::limits::{
    EPSILONS, MAX_CALIBRATION_ANSWERS, MAX_CUTS, MAX_ENCODERS, MAX_GUARDS, MAX_LABELS, MAX_MEMBERS,
    MAX_MIXTURES, MAX_NAME_BYTES, MAX_TASKS, MAX_TOKENIZERS, TEMPERATURES,
};
use super::manifest::{Base, Cut, Distributions, Guarantee, Manifest, MemberRef, Review, Scale, Task, later};
use crate::error::{Error, ErrorKind, Result};

/// Digits of a BLAKE3 hash in hexadecimal.
const HASH_DIGITS: usize = 64;

/// How far the weights of a task's members may sum up to something else than 1, so that few decimals will do.
const WEIGHT_TOLERANCE: f32 = 1e-3;

/// Most points of a level: 2^20 and 1023 levels above it.
const MAX_POINTS: i32 = (1 << 20) + 1023;

/// The error of a file that contradicts itself.
#[cold]
pub(crate) fn damaged(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Damaged, message)
}

/// Checks the version of the format, how much there is of everything, and the tokenizers.
pub(crate) fn frame(manifest: &Manifest) -> Result<()> {
    if manifest.format > FORMAT {
        return Err(later(manifest.format));
    }
    if manifest.format == 0 {
        return Err(damaged("manifest has format 0, the first is 1"));
    }
    count("tokenizers", manifest.tokenizers.len(), MAX_TOKENIZERS)?;
    count("encoders", manifest.encoders.len(), MAX_ENCODERS)?;
    count("mixtures", manifest.mixtures.len(), MAX_MIXTURES)?;
    count("guards", manifest.guards.len(), MAX_GUARDS)?;
    count("tasks", manifest.tasks.len(), MAX_TASKS)?;
    if let Some(base) = &manifest.base {
        check_base(manifest, base)?;
    }
    for (id, tokenizer) in &manifest.tokenizers {
        name("tokenizer", id)?;
        if tokenizer.section != format!("tokenizer.{id}") {
            return Err(damaged(format!("tokenizer {id} does not name its section tokenizer.{id}")));
        }
    }
    Ok(())
}

/// A pack has mixtures and tasks of its own, but no tokenizers or encoders: those are in the base.
fn check_base(manifest: &Manifest, base: &Base) -> Result<()> {
    for (what, have) in [("tokenizers", manifest.tokenizers.len()), ("encoders", manifest.encoders.len())] {
        if have > 0 {
            return Err(damaged(format!("manifest has {have} {what} and a base, which has them already")));
        }
    }
    if manifest.knowledge.is_some() {
        return Err(damaged("manifest has a knowledge model and a base: it belongs into a file of its own"));
    }
    let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    if base.blake3.len() != HASH_DIGITS || !base.blake3.chars().all(hex) {
        return Err(damaged(format!("base needs a hash of {HASH_DIGITS} hexadecimal digits in lower case")));
    }
    count("encoders of the base", base.encoders.len(), MAX_ENCODERS)?;
    count("mixtures of the base", base.mixtures.len(), MAX_MIXTURES)
}

/// Checks that every task has a name of its own.
pub(crate) fn task_names(manifest: &Manifest) -> Result<()> {
    let mut ids = BTreeSet::new();
    for task in &manifest.tasks {
        name("task", &task.id)?;
        if !ids.insert(task.id.as_str()) {
            return Err(damaged(format!("duplicate task {}", task.id)));
        }
    }
    Ok(())
}

/// Checks the labels of a task.
pub(crate) fn labels(task: &Task) -> Result<()> {
    let id = &task.id;
    count("labels", task.labels.len(), MAX_LABELS)?;
    let mut names = BTreeSet::new();
    for label in &task.labels {
        name("a label", &label.name).map_err(|e| damaged(format!("task {id}: {e}")))?;
        if !names.insert(label.name.as_str()) {
            return Err(damaged(format!("task {id} has a duplicate label {}", label.name)));
        }
    }
    Ok(())
}

/// Checks the points of a task's levels.
pub(crate) fn points(task: &Task, scale: &Scale) -> Result<()> {
    let (id, labels) = (&task.id, task.labels.len());
    // 2^20 + 1023 levels: an f32 holds each point of the scale exactly.
    if scale.min.unsigned_abs() > 1 << 20 {
        return Err(damaged(format!("task {id} has a scale from {}, beyond 2^20", scale.min)));
    }
    let points = scale.levels(labels);
    if points.len() != labels || points.first() != Some(&scale.min) {
        return Err(damaged(format!(
            "task {id} has {labels} levels from {}, its scale has {} points",
            scale.min,
            points.len()
        )));
    }
    if let Some(pair) = points.windows(2).find(|pair| pair[0] >= pair[1]) {
        return Err(damaged(format!("task {id} has points {} and {}, they must rise", pair[0], pair[1])));
    }
    if let Some(last) = points.last().filter(|last| **last > MAX_POINTS) {
        return Err(damaged(format!("task {id} has a scale to {last}, beyond {MAX_POINTS}")));
    }
    // A level whose name is a whole number is worth as many points.
    for (label, point) in task.labels.iter().zip(&points) {
        if label.name.parse::<i64>().is_ok_and(|named| named != i64::from(*point)) {
            return Err(damaged(format!(
                "task {id} has a level {} that its scale makes {point} points",
                label.name
            )));
        }
    }
    Ok(())
}

/// Checks how many members a task has, and their weights.
pub(crate) fn members(task: &Task) -> Result<()> {
    count("members of a task", 1 + task.members.len(), MAX_MEMBERS)?;
    let mut sum = 0.0;
    for member in task.all_members() {
        let weight = member.weight;
        // A weight that is no number is not above 0 either.
        if !(weight > 0.0 && weight.is_finite()) {
            return Err(damaged(format!("{member} has weight {weight}, it must be a number above 0")));
        }
        sum += weight;
    }
    if !((1.0 - WEIGHT_TOLERANCE)..=(1.0 + WEIGHT_TOLERANCE)).contains(&sum) {
        return Err(damaged(format!(
            "task {} has members whose weights sum to {sum}, it must be 1 within {WEIGHT_TOLERANCE}",
            task.id
        )));
    }
    Ok(())
}

/// Checks the calibration of a member.
pub(crate) fn temperature(member: MemberRef<'_>) -> Result<()> {
    let temperature = member.temperature;
    if TEMPERATURES.contains(&temperature) {
        return Ok(());
    }
    let (least, most) = TEMPERATURES.into_inner();
    Err(damaged(format!("{member} has temperature {temperature}, it must lie in {least}..={most}")))
}

/// Checks when the answers of a task go to review.
pub(crate) fn decisions(task: &Task) -> Result<()> {
    let id = &task.id;
    let Review { max_unknown, max_repeated, min_confidence, .. } = task.review;
    for (field, value) in
        [("max_unknown", max_unknown), ("max_repeated", max_repeated), ("min_confidence", min_confidence)]
    {
        if !(0.0..=1.0).contains(&value) {
            return Err(damaged(format!("task {id} has review.{field} {value}, it must lie in 0..=1")));
        }
    }
    if let Some(label) = task.labels.iter().find(|label| !(0.0..=1.0).contains(&label.min_confidence)) {
        return Err(damaged(format!(
            "task {id} has min_confidence {} of label {}, it must lie in 0..=1",
            label.min_confidence, label.name
        )));
    }
    let audited = task.audit.map_or(0.0, |audit| audit.share);
    if !(0.0..=1.0).contains(&audited) {
        return Err(damaged(format!("task {id} has audit.share {audited}, it must lie in 0..=1")));
    }
    task.monitor.as_ref().map_or(Ok(()), |of| distributions(id, of))?;
    task.guarantee.as_ref().map_or(Ok(()), |promised| guarantee(id, promised))
}

/// Checks that counts of calibration answers are distributions.
fn distributions(id: &str, of: &Distributions) -> Result<()> {
    count("calibration answers of a task", of.answers, MAX_CALIBRATION_ANSWERS)?;
    if of.answers == 0 {
        return Err(damaged(format!("task {id} has monitor.answers 0")));
    }
    for (field, cuts) in [("confidence", &of.confidence), ("words", &of.words), ("unknown", &of.unknown)] {
        count("cut points of a distribution", cuts.len(), MAX_CUTS)?;
        let first = Cut { at: f32::NEG_INFINITY, above: of.answers };
        let mut before = first;
        for cut in cuts {
            if !(cut.at > before.at && cut.at.is_finite() && cut.above <= before.above) {
                return Err(damaged(format!(
                    "task {id} has monitor.{field} with {} of {} answers above {}, after {} above {}",
                    cut.above, of.answers, cut.at, before.above, before.at
                )));
            }
            before = *cut;
        }
    }
    Ok(())
}

/// Checks that a promise does not contradict the numbers that it rests on.
#[expect(clippy::cast_precision_loss, reason = "both counts are at most 2^24")]
fn guarantee(id: &str, promised: &Guarantee) -> Result<()> {
    let Guarantee { max_error, confidence, answers, automatic, wrong, bound, tasks, needed, .. } = *promised;
    let largest = answers.max(automatic).max(wrong).max(needed.unwrap_or(0));
    count("calibration answers of a task", largest, MAX_CALIBRATION_ANSWERS)?;
    let highest = if promised.is_promised() { max_error } else { 1.0 };
    for (field, value, least, most) in [
        ("max_error", max_error, 0.0, 1.0),
        ("confidence", confidence, 0.0, 1.0),
        ("bound", bound, 0.0, highest),
        ("automatic", automatic as f32, 0.0, answers as f32),
        ("wrong", wrong as f32, 0.0, automatic as f32),
        ("tasks", tasks as f32, 1.0, MAX_TASKS as f32),
    ] {
        if !(least..=most).contains(&value) {
            return Err(damaged(format!(
                "task {id} has guarantee.{field} {value}, it must lie in {least}..={most}"
            )));
        }
    }
    Ok(())
}

/// Refuses more of something than is read.
pub(crate) fn count(what: &str, have: usize, most: usize) -> Result<()> {
    if have > most {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!("manifest has {have} {what}, at most {most} are read"),
        ));
    }
    Ok(())
}

/// Refuses a dimension of 0 and one beyond its limit.
pub(crate) fn dimension(owner: &str, what: &str, value: usize, most: usize) -> Result<()> {
    if value == 0 {
        return Err(damaged(format!("{owner} has {what} 0")));
    }
    if value > most {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!("{owner} has {what} {value}, at most {most} is read"),
        ));
    }
    Ok(())
}

/// Checks the number that a layer normalization adds to a variance.
pub(crate) fn epsilon(what: &str, id: &str, epsilon: f32) -> Result<()> {
    if EPSILONS.contains(&epsilon) {
        return Ok(());
    }
    Err(damaged(format!(
        "{what} {id} has epsilon {epsilon}, it must lie in {}..={}",
        EPSILONS.start(),
        EPSILONS.end()
    )))
}

/// Refuses names that are empty, too long or hold control characters.
pub(crate) fn name(what: &str, name: &str) -> Result<()> {
    if name.is_empty() || name.len() > MAX_NAME_BYTES {
        return Err(damaged(format!(
            "{what} has a name of {} bytes, 1 to {MAX_NAME_BYTES} are allowed",
            name.len()
        )));
    }
    if name.chars().any(char::is_control) {
        return Err(damaged(format!("{what} has a name with a control character")));
    }
    Ok(())
}
