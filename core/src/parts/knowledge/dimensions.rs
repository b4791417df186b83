//! What the dimensions, questions and skills of a knowledge model may be.

use std::collections::BTreeSet;

use crate::error::{Error, ErrorKind, Result};
use crate::format::check::{count, damaged, dimension, name};
use crate::format::limits::{
    MAX_COUNT_UNITS, MAX_EMBEDDING, MAX_HIDDEN, MAX_QUESTIONS, MAX_SKILLS, MAX_SNAPSHOT_BYTES,
};
use crate::format::manifest::Knowledge;

/// What a snapshot has besides the state, in bytes: its kind and version, the model it belongs to, the number of
/// answers and a checksum.
const SNAPSHOT_FRAME_BYTES: usize = 28;

/// Checks dimensions, names and the map from questions to skills.
pub(in crate::parts) fn check(d: &Knowledge) -> Result<()> {
    dimension("knowledge model", "embedding", d.embedding, MAX_EMBEDDING)?;
    dimension("knowledge model", "hidden", d.hidden, MAX_HIDDEN)?;
    count("units that read counts", d.counts, MAX_COUNT_UNITS)?;
    count("questions", d.questions.len(), MAX_QUESTIONS)?;
    count("skills", d.skills.len(), MAX_SKILLS)?;
    for (what, have) in [("questions", d.questions.len()), ("skills", d.skills.len())] {
        if have == 0 {
            return Err(damaged(format!("knowledge model has no {what}")));
        }
    }
    let bytes = d.snapshot_bytes();
    if bytes > MAX_SNAPSHOT_BYTES {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!(
                "knowledge model needs {bytes} bytes for a snapshot, at most {MAX_SNAPSHOT_BYTES} are allowed"
            ),
        ));
    }
    let mut ids = BTreeSet::new();
    for skill in &d.skills {
        name("skill", &skill.id)?;
        if !ids.insert(skill.id.as_str()) {
            return Err(damaged(format!("duplicate skill {}", skill.id)));
        }
    }
    ids.clear();
    for question in &d.questions {
        let id = &question.id;
        name("question", id)?;
        if !ids.insert(id.as_str()) {
            return Err(damaged(format!("duplicate question {id}")));
        }
        if let Some(place) = question.skills.iter().find(|place| **place >= d.skills.len()) {
            let have = d.skills.len();
            return Err(damaged(format!("question {id} asks for skill {place}, there are {have}")));
        }
        if let Some(pair) = question.skills.windows(2).find(|pair| pair[0] >= pair[1]) {
            return Err(damaged(format!(
                "question {id} names skill {} after {}, they must rise",
                pair[1], pair[0]
            )));
        }
        if let Some(difficulty) = question.difficulty.filter(|d| !(0.0..=1.0).contains(d)) {
            return Err(damaged(format!("question {id} has difficulty {difficulty}, it must lie in 0..=1")));
        }
    }
    Ok(())
}

impl Knowledge {
    /// Bytes of a snapshot of a student's state: the frame, c and h of each unit, answers by skill, a bit for each
    /// question; if the model reads counts, right answers and the last 64, right answers and the last 8 by skill.
    pub fn snapshot_bytes(&self) -> usize {
        let state = self.hidden * 2 * size_of::<i16>();
        let seen = self.skills.len() * size_of::<u16>() + self.questions.len().div_ceil(8);
        let counted = size_of::<u32>() + size_of::<u64>() + self.skills.len() * (size_of::<u16>() + 1);
        SNAPSHOT_FRAME_BYTES + state + seen + if self.counts > 0 { counted } else { 0 }
    }
}
