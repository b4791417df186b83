//! Answers that the model expects of a student: its own draws, fed back.

use super::Tracker;
use super::random::Draws;
use crate::error::{Error, ErrorKind, Result};
use crate::format::limits::MAX_SIMULATED;

/// A drawn answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SimulatedAnswer {
    /// The probability of a right answer when the question was asked.
    pub probability: f32,
    /// Whether the answer that was drawn is right.
    pub correct: bool,
}

impl Tracker {
    /// Draws the student's answers to a sequence of questions, each in view of the answers drawn before. The tracker
    /// stays as it is. The same state, questions and seed give the same answers on every CPU.
    ///
    /// # Errors
    ///
    /// [`BadInput`](ErrorKind::BadInput) for a question that the model does not have; [`TooLarge`](ErrorKind::TooLarge)
    /// for more questions than [`MAX_SIMULATED`].
    pub fn simulate<Q: AsRef<str>>(&self, questions: &[Q], seed: u64) -> Result<Vec<SimulatedAnswer>> {
        let count = questions.len();
        if count > MAX_SIMULATED {
            return Err(Error::new(
                ErrorKind::TooLarge,
                format!("{count} questions to simulate, at most {MAX_SIMULATED} are"),
            ));
        }
        let mut student = self.clone();
        let mut draws = Draws::new(seed);
        let mut answers = Vec::with_capacity(count);
        for question in questions {
            let place = student.model.question(question.as_ref())?;
            let probability = student.predict_all()[place];
            let correct = draws.bernoulli(probability);
            student.take_in(place, correct);
            answers.push(SimulatedAnswer { probability, correct });
        }
        Ok(answers)
    }
}
