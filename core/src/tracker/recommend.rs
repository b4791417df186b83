//! Which questions to ask next.

use super::Tracker;
use crate::error::{Error, ErrorKind, Result};
use crate::kernels::math::sigmoid;

/// How the next questions are chosen.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Policy {
    /// Questions whose answers are right with a probability in this range, then those nearest to it: neither too easy
    /// nor too hard.
    TargetProbability {
        /// The least probability.
        low: f32,
        /// The largest probability.
        high: f32,
    },
    /// Questions after which the expected mastery has risen most, on average over all skills: both answers to each
    /// question are tried, weighted by their probabilities.
    ExpectedGain,
}

impl Default for Policy {
    /// A right answer with a probability of 0.7 to 0.85.
    fn default() -> Self {
        Self::TargetProbability { low: 0.7, high: 0.85 }
    }
}

/// A question to ask.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommendation {
    /// Id of the question.
    pub question: String,
    /// The probability of a right answer.
    pub probability: f32,
    /// By how much the mean probability of mastery rises, where [`Policy::ExpectedGain`] chose it.
    pub gain: Option<f32>,
}

impl Tracker {
    /// The next `k` questions, best first; fewer if fewer are left. A question that was asked is never recommended.
    ///
    /// Recommendations spread over skills. [`Policy::TargetProbability`] takes of equally suitable questions the one
    /// whose skills were chosen least. [`Policy::ExpectedGain`] halves the gain of a question for each question of the
    /// same skill that was chosen before it. Of what is equal after that, the first of the model is taken.
    ///
    /// # Errors
    ///
    /// [`BadInput`](ErrorKind::BadInput) for no question at all, and for a range that is not within 0 to 1 or ends
    /// before it begins.
    pub fn recommend(&mut self, k: usize, policy: &Policy) -> Result<Vec<Recommendation>> {
        if k == 0 {
            return Err(Error::new(ErrorKind::BadInput, "0 questions asked for, at least 1 is needed"));
        }
        if let Policy::TargetProbability { low, high } = *policy
            && !(0.0 <= low && low <= high && high <= 1.0)
        {
            return Err(Error::new(
                ErrorKind::BadInput,
                format!("a probability from {low} to {high} asked for, it must lie in 0..=1 and not fall"),
            ));
        }
        self.predict_all();
        let gains = match policy {
            Policy::TargetProbability { .. } => Vec::new(),
            Policy::ExpectedGain => self.gains(),
        };
        let mut left: Vec<usize> = (0..self.questions().len()).filter(|q| !self.is_asked(*q)).collect();
        let mut chosen_of = vec![0i32; self.evidence.len()];
        let mut chosen = Vec::new();
        while chosen.len() < k {
            let questions = &self.model.knowledge().questions;
            let chosen_before = |question: usize| {
                questions[question].skills.iter().map(|skill| chosen_of[*skill]).max().unwrap_or(0)
            };
            // Small numbers are better; those of each question are compared in order.
            let order = |question: usize| match *policy {
                Policy::TargetProbability { low, high } => {
                    let p = self.probabilities[question];
                    let outside = (low - p).max(p - high).max(0.0);
                    let from_middle = (p - (low + high) * 0.5).abs();
                    [outside, chosen_before(question) as f32, from_middle]
                }
                Policy::ExpectedGain => {
                    let (mut gain, chosen) = (gains[question], chosen_before(question));
                    for _ in 0..chosen.min(64) {
                        gain *= 0.5;
                    }
                    [-gain, chosen as f32, 0.0]
                }
            };
            let best = left.iter().enumerate().min_by(|(_, a), (_, b)| {
                // No number is NaN: probabilities and gains are finite.
                order(**a).partial_cmp(&order(**b)).unwrap_or(std::cmp::Ordering::Equal)
            });
            let Some((at, &question)) = best else { break };
            left.remove(at);
            questions[question].skills.iter().for_each(|skill| chosen_of[*skill] += 1);
            chosen.push(Recommendation {
                question: questions[question].id.clone(),
                probability: self.probabilities[question],
                gain: gains.get(question).copied(),
            });
        }
        Ok(chosen)
    }

    /// For each question that was not asked: by how much the mean probability of mastery is expected to rise.
    fn gains(&mut self) -> Vec<f32> {
        let now = self.mean_mastery();
        let before = self.state.clone();
        let mut gains = vec![0.0; self.questions().len()];
        for (question, gain) in gains.iter_mut().enumerate() {
            if self.is_asked(question) {
                continue;
            }
            let p = self.probabilities[question];
            for (correct, share) in [(false, 1.0 - p), (true, p)] {
                self.state.copy_from(&before);
                self.step(question, correct);
                *gain += share * (self.mean_mastery() - now);
            }
        }
        self.state.copy_from(&before);
        gains
    }

    /// The mean probability of mastery over all skills, added in their order.
    fn mean_mastery(&mut self) -> f32 {
        self.model.packed.mastery(&self.state, &mut self.scratch, &mut self.skills);
        self.skills.iter().fold(0.0, |sum, logit| sum + sigmoid(*logit)) / self.skills.len() as f32
    }
}
