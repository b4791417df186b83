//! A system that follows one student answer by answer, as a simulation needs it: each step costs the same however long
//! the history is (of an attention, as far as it looks back).

use super::histories::{Answer, Histories, Student};
use anyhow::Result;

/// One student, as a system sees it.
pub trait Follower: Send + Sync {
    /// The probability that the next answer to a question is right; a question that is not known has the place after
    /// the last.
    ///
    /// # Errors
    ///
    /// Those of a tracker.
    fn predict(&mut self, question: usize) -> Result<f32>;

    /// Takes in an answer: 1 if it is right, 0 if it is wrong; between these, the probability that it is right, which
    /// is taken in as a mixture of both answers.
    ///
    /// # Errors
    ///
    /// Those of a tracker, which takes in 0 and 1 alone.
    fn take_in(&mut self, question: usize, right: f32) -> Result<()>;

    /// The same student once more.
    fn copied(&self) -> Box<dyn Follower>;

    /// Whether probabilities can be taken in.
    fn reads_probabilities(&self) -> bool {
        true
    }
}

/// What a system predicts for each answer of each student, in view of those before it.
///
/// # Errors
///
/// Those of the system.
pub fn predict(system: &dyn Follower, histories: &Histories) -> Result<Vec<Vec<f32>>> {
    let of = |student: &Student| {
        let mut follower = system.copied();
        let answer = |answer: &Answer| {
            let p = follower.predict(answer.question)?;
            follower.take_in(answer.question, f32::from(u8::from(answer.correct)))?;
            Ok(p)
        };
        student.answers.iter().map(answer).collect()
    };
    histories.students.iter().map(of).collect()
}
