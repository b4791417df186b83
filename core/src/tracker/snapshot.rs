//! A student's state in bytes.
//!
//! `PupK`, version 1, three zeros; 8 bytes that name the model; the number of answers (u32); c (f32) and h (i16) of
//! each unit; answers of each skill (u16); a bit for each question that was asked, the lowest first; the first 8 bytes
//! of the BLAKE3 hash of all before. Numbers are little-endian.

use super::Tracker;
use super::model::{HASH_BYTES, short_hash};
use crate::error::{Error, ErrorKind, Result};
use crate::format::limits::MAX_SNAPSHOT_BYTES;

const MAGIC: &[u8; 4] = b"PupK";
const VERSION: u8 = 1;
/// Largest magnitude of h.
const UNIT: u16 = 32_767;

#[cold]
fn damaged(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Damaged, message)
}

/// Takes the first `N` bytes of what is left, which were found to be there.
fn take<const N: usize>(left: &mut &[u8]) -> [u8; N] {
    let (first, rest) = left.split_first_chunk::<N>().expect("the length was checked");
    *left = rest;
    *first
}

impl Tracker {
    /// The student's state, to be kept until [`restore`](Self::restore): at most
    /// [`MAX_SNAPSHOT_BYTES`], always as long for the same model. It says
    /// how a student answered: store it as carefully as the answers themselves.
    pub fn snapshot(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.model.knowledge().snapshot_bytes());
        bytes.extend(MAGIC);
        bytes.extend([VERSION, 0, 0, 0]);
        bytes.extend(self.model.identity);
        bytes.extend(self.answers.to_le_bytes());
        let (cell, hidden) = self.state.values();
        let units = self.model.knowledge().hidden;
        cell[..units].iter().for_each(|c| bytes.extend(c.to_le_bytes()));
        hidden[..units].iter().for_each(|h| bytes.extend(h.to_le_bytes()));
        self.evidence.iter().for_each(|answers| bytes.extend(answers.to_le_bytes()));
        bytes.extend(&self.asked);
        bytes.extend(short_hash(&bytes));
        bytes
    }

    /// Goes on from a snapshot; the state until then is lost. If the snapshot is refused, the tracker stays as it is.
    ///
    /// # Errors
    ///
    /// [`TooLarge`](ErrorKind::TooLarge) for more bytes than any snapshot has, [`Damaged`](ErrorKind::Damaged) for
    /// bytes that are not a snapshot or contradict themselves, [`Unsupported`](ErrorKind::Unsupported) for one of a
    /// later version, [`WrongBase`](ErrorKind::WrongBase) for one of another model.
    pub fn restore(&mut self, snapshot: &[u8]) -> Result<()> {
        let knowledge = self.model.knowledge();
        if snapshot.len() > MAX_SNAPSHOT_BYTES {
            return Err(Error::new(
                ErrorKind::TooLarge,
                format!("snapshot has {} bytes, at most {MAX_SNAPSHOT_BYTES} are read", snapshot.len()),
            ));
        }
        let Some((head, mut left)) =
            snapshot.split_first_chunk::<8>().filter(|(head, _)| head[..4] == *MAGIC)
        else {
            return Err(damaged(format!("{} bytes that are not a snapshot of a student", snapshot.len())));
        };
        if head[4] != VERSION {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("snapshot has version {}, this version reads {VERSION}", head[4]),
            ));
        }
        if left.len() < HASH_BYTES || left[..HASH_BYTES] != self.model.identity {
            return Err(Error::new(
                ErrorKind::WrongBase,
                format!("the snapshot belongs to another model than {}", self.manifest().name),
            ));
        }
        let wanted = knowledge.snapshot_bytes();
        if snapshot.len() != wanted {
            return Err(damaged(format!(
                "snapshot has {} bytes, those of this model have {wanted}",
                snapshot.len()
            )));
        }
        let (content, sum) = snapshot.split_at(wanted - HASH_BYTES);
        if short_hash(content) != sum || head[5..] != [0; 3] {
            return Err(damaged("snapshot does not match its checksum"));
        }
        left = &left[HASH_BYTES..];
        let answers = u32::from_le_bytes(take(&mut left));
        let mut state = self.model.packed.start();
        let (cell, hidden) = state.values_mut();
        for c in &mut cell[..knowledge.hidden] {
            *c = f32::from_le_bytes(take(&mut left));
            // Each answer adds at most 1, and no sum is rounded beyond the next whole number.
            if !(0.0..=answers as f32).contains(&c.abs()) {
                return Err(damaged(format!("snapshot has a state of {c} after {answers} answers")));
            }
        }
        for h in &mut hidden[..knowledge.hidden] {
            *h = i16::from_le_bytes(take(&mut left));
            if h.unsigned_abs() > UNIT {
                return Err(damaged(format!("snapshot has a state of {h}, it must lie within {UNIT}")));
            }
        }
        let evidence: Vec<u16> =
            knowledge.skills.iter().map(|_| u16::from_le_bytes(take(&mut left))).collect();
        if let Some(most) = evidence.iter().find(|n| u32::from(**n) > answers) {
            return Err(damaged(format!("snapshot has {most} answers of one skill, {answers} in all")));
        }
        let asked = left[..self.asked.len()].to_vec();
        let questions = knowledge.questions.len();
        if !questions.is_multiple_of(8) && asked.last().is_some_and(|last| last >> (questions % 8) > 0) {
            return Err(damaged(format!("snapshot names a question beyond the {questions} of the model")));
        }
        self.state = state;
        self.answers = answers;
        self.evidence = evidence;
        self.asked = asked;
        self.is_predicted = false;
        Ok(())
    }
}
