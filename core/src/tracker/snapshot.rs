//! A student's state in bytes.
//!
//! `PupK`, version 2, three zeros; 8 bytes that name the model; the number of answers (u32); c and h (i16) of each
//! unit; answers of each skill (u16); a bit for each question that was asked, the lowest first. If the model reads
//! counts: right answers (u32), the last 64 results (u64), right answers (u16) and the last 8 results (u8) of each
//! skill. Then the first 8 bytes of the BLAKE3 hash of all before. Numbers are little-endian.

use super::Tracker;
use super::model::{HASH_BYTES, short_hash};
use crate::error::{Error, ErrorKind, Result};
use crate::format::limits::MAX_SNAPSHOT_BYTES;
use crate::parts::knowledge::SKILL_RESULTS;

const MAGIC: &[u8; 4] = b"PupK";
const VERSION: u8 = 2;
/// Largest magnitude of h.
const MOST_H: u16 = 32_735;

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

/// Checks right answers and the last results, of which `kept` are, against the number of answers.
fn check_results(what: &str, answers: u32, right: u32, results: u64, kept: u32) -> Result<()> {
    if right > answers {
        return Err(damaged(format!("snapshot has {right} right answers of {what}, {answers} in all")));
    }
    let (last, hits) = (answers.min(kept), results.count_ones());
    let beyond = last < u64::BITS && results >> last > 0;
    // Of more answers than are counted only the last results are known.
    if beyond
        || answers < u32::from(u16::MAX) && (hits > right || last.saturating_sub(hits) > answers - right)
    {
        return Err(damaged(format!(
            "snapshot has results of {what} that {right} of {answers} right answers exclude"
        )));
    }
    Ok(())
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
        if self.model.knowledge().counts > 0 {
            bytes.extend(self.counts.right.to_le_bytes());
            bytes.extend(self.counts.results.to_le_bytes());
            for (right, results) in &self.counts.skills {
                bytes.extend(right.to_le_bytes());
                bytes.push(*results);
            }
        }
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
            *c = i16::from_le_bytes(take(&mut left));
            // Each answer adds at most 1, 4096 steps.
            if u32::from(c.unsigned_abs()) > answers.saturating_mul(4096) {
                return Err(damaged(format!(
                    "snapshot has a state of {} after {answers} answers",
                    f32::from(*c) / 4096.0
                )));
            }
        }
        for h in &mut hidden[..knowledge.hidden] {
            *h = i16::from_le_bytes(take(&mut left));
            if h.unsigned_abs() > MOST_H {
                return Err(damaged(format!("snapshot has a state of {h}, it must lie within {MOST_H}")));
            }
        }
        let evidence: Vec<u16> =
            knowledge.skills.iter().map(|_| u16::from_le_bytes(take(&mut left))).collect();
        if let Some(most) = evidence.iter().find(|n| u32::from(**n) > answers) {
            return Err(damaged(format!("snapshot has {most} answers of one skill, {answers} in all")));
        }
        let (asked, mut left) = left.split_at(self.asked.len());
        let questions = knowledge.questions.len();
        if !questions.is_multiple_of(8) && asked.last().is_some_and(|last| last >> (questions % 8) > 0) {
            return Err(damaged(format!("snapshot names a question beyond the {questions} of the model")));
        }
        let mut counts = self.model.packed.start_counts();
        if knowledge.counts > 0 {
            counts.right = u32::from_le_bytes(take(&mut left));
            counts.results = u64::from_le_bytes(take(&mut left));
            check_results("all skills", answers, counts.right, counts.results, u64::BITS)?;
            for ((right, results), n) in counts.skills.iter_mut().zip(&evidence) {
                *right = u16::from_le_bytes(take(&mut left));
                [*results] = take(&mut left);
                check_results(
                    "one skill",
                    u32::from(*n),
                    u32::from(*right),
                    u64::from(*results),
                    SKILL_RESULTS,
                )?;
            }
            self.model.packed.read_counts(&evidence, &mut counts);
        }
        self.counts = counts;
        self.state = state;
        self.answers = answers;
        self.evidence = evidence;
        self.asked.copy_from_slice(asked);
        self.is_predicted = false;
        Ok(())
    }
}
