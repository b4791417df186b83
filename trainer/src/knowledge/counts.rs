//! Counts of right and wrong answers, as a student model reads them besides the answers themselves: those of
//! `pupil_core::parts::knowledge`, with fractions, since a simulated answer may be right to a share.

use pupil_core::parts::knowledge::{SKILL_NUMBERS, STUDENT_NUMBERS};
use std::collections::VecDeque;

/// Results of all answers that are kept.
const RESULTS: usize = 64;
/// Results of a skill that are kept.
const SKILL_RESULTS: usize = 8;
/// By what a result counts less than the one after it in the share that forgets.
const FORGETTING: f32 = 0.8;

/// How a student answered so far, in numbers.
#[derive(Clone, Debug)]
pub struct Counts {
    all: Record,
    skills: Vec<Record>,
}

#[derive(Clone, Debug, Default)]
struct Record {
    answers: usize,
    right: f32,
    /// The last ones, the latest first.
    results: VecDeque<f32>,
}

impl Record {
    fn take_in(&mut self, right: f32, kept: usize) {
        self.answers += 1;
        self.right += right;
        self.results.truncate(kept - 1);
        self.results.push_front(right);
    }

    fn logarithms(&self) -> [f32; 2] {
        [self.right, (self.answers as f32 - self.right).max(0.0)].map(|n| n.ln_1p() / 8.0)
    }

    /// The share of right ones among the last `most`, less one half; one result of one half is added.
    fn share(&self, most: usize) -> f32 {
        let last = self.results.iter().take(most);
        (last.sum::<f32>() + 0.5) / (self.answers.min(most) as f32 + 1.0) - 0.5
    }
}

impl Counts {
    /// A student without answers.
    #[must_use]
    pub fn new(skills: usize) -> Self {
        Self { all: Record::default(), skills: vec![Record::default(); skills] }
    }

    /// Counts an answer to a question of these skills.
    pub fn take_in(&mut self, skills: &[usize], right: f32) {
        self.all.take_in(right, RESULTS);
        skills.iter().for_each(|skill| self.skills[*skill].take_in(right, SKILL_RESULTS));
    }

    /// Numbers about the student.
    #[must_use]
    pub fn of_student(&self) -> [f32; STUDENT_NUMBERS] {
        let [right, wrong] = self.all.logarithms();
        [right, wrong, self.all.share(4), self.all.share(16), self.all.share(64)]
    }

    /// Numbers about a skill; all are 0 without an answer.
    #[must_use]
    pub fn of_skill(&self, skill: usize) -> [f32; SKILL_NUMBERS] {
        let record = &self.skills[skill];
        let Some(last) = record.results.front() else { return [0.0; SKILL_NUMBERS] };
        let (mut sum, mut all, mut weight) = (0.5, 1.0, 1.0);
        for result in &record.results {
            sum += weight * result;
            all += weight;
            weight *= FORGETTING;
        }
        let [right, wrong] = record.logarithms();
        [right, wrong, sum / all - 0.5, record.share(3), 2.0 * last - 1.0, 1.0]
    }

    /// Numbers about the student, then the mean of those about a question's skills: what enters the gates.
    #[must_use]
    pub fn of_question(&self, skills: &[usize]) -> [f32; STUDENT_NUMBERS + SKILL_NUMBERS] {
        let mut numbers = [0.0; STUDENT_NUMBERS + SKILL_NUMBERS];
        let (student, mean) = numbers.split_at_mut(STUDENT_NUMBERS);
        student.copy_from_slice(&self.of_student());
        for skill in skills {
            mean.iter_mut().zip(self.of_skill(*skill)).for_each(|(sum, number)| *sum += number);
        }
        mean.iter_mut().for_each(|sum| *sum /= skills.len().max(1) as f32);
        numbers
    }
}
