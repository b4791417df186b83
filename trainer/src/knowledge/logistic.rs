//! Baselines by logistic regression: the question alone, the question and the student, and performance factors.

use super::histories::Histories;
use super::world::shares;
use crate::random;

/// Which numbers a regression reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Features {
    /// The share of right answers to the question, and the student's so far.
    QuestionAndStudent,
    /// Performance factors analysis (Pavlik, Cen and Koedinger 2009): for each skill of the question a constant, and
    /// the student's right and wrong answers so far.
    Factors,
}

/// A fitted regression.
#[derive(Clone, Debug)]
pub struct Logistic {
    features: Features,
    weights: Vec<f64>,
    /// Logit of the share of right answers to each question.
    questions: Vec<f64>,
}

fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

fn logistic(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

impl Logistic {
    /// Fits a regression by stochastic gradient descent with AdaGrad's rates.
    #[must_use]
    pub fn fit(train: &Histories, features: Features) -> Self {
        const PASSES: u64 = 15;
        const RATE: f64 = 0.1;
        const DECAY: f64 = 1e-6;
        let count = match features {
            Features::QuestionAndStudent => 3,
            Features::Factors => 1 + 3 * train.skills.len(),
        };
        let questions = shares(train).into_iter().map(logit).collect();
        let mut model = Self { features, weights: vec![0.0; count], questions };
        let mut squares = vec![1e-8; count];
        for pass in 0..PASSES {
            for student in random::permutation(train.students.len(), pass) {
                let mut state = State::new(train.skills.len());
                for answer in &train.students[student].answers {
                    let read = model.read(train, &state, answer.question);
                    let error = model.probability(&read) - f64::from(u8::from(answer.correct));
                    for (place, value) in &read {
                        let gradient = error * value + DECAY * model.weights[*place];
                        squares[*place] += gradient * gradient;
                        model.weights[*place] -= RATE * gradient / squares[*place].sqrt();
                    }
                    state.take_in(train, answer.question, f64::from(u8::from(answer.correct)));
                }
            }
        }
        model
    }

    /// The probability of a right answer for each answer of each student.
    #[must_use]
    pub fn predict(&self, histories: &Histories) -> Vec<Vec<f32>> {
        let of = |student: &super::histories::Student| {
            let mut state = State::new(histories.skills.len());
            let answer = |answer: &super::histories::Answer| {
                let p = self.of(histories, &state, answer.question);
                state.take_in(histories, answer.question, f64::from(u8::from(answer.correct)));
                p
            };
            student.answers.iter().map(answer).collect()
        };
        histories.students.iter().map(of).collect()
    }

    /// The probability of a right answer to a question in a state.
    #[must_use]
    pub fn of(&self, histories: &Histories, state: &State, question: usize) -> f32 {
        #[expect(clippy::cast_possible_truncation, reason = "a probability of f32's digits is enough")]
        let p = self.probability(&self.read(histories, state, question)) as f32;
        p
    }

    /// The probability of a right answer to a question of one skill, in a state.
    ///
    /// # Panics
    ///
    /// When the regression is not one of performance factors.
    #[must_use]
    pub fn mastered(&self, state: &State, skill: usize) -> f32 {
        assert_eq!(self.features, Features::Factors, "only performance factors know skills");
        let mut read = vec![(0, 1.0)];
        read.extend(state.factors(skill));
        #[expect(clippy::cast_possible_truncation, reason = "a probability of f32's digits is enough")]
        let p = self.probability(&read) as f32;
        p
    }

    fn probability(&self, read: &[(usize, f64)]) -> f64 {
        logistic(read.iter().map(|(place, value)| self.weights[*place] * value).sum())
    }

    fn read(&self, histories: &Histories, state: &State, question: usize) -> Vec<(usize, f64)> {
        match self.features {
            Features::QuestionAndStudent => {
                let share = (state.right + 5.0 * 0.7) / (state.all + 5.0);
                vec![(0, 1.0), (1, self.questions[question]), (2, logit(share.clamp(0.01, 0.99)))]
            }
            Features::Factors => {
                let mut read = vec![(0, 1.0)];
                for skill in histories.skills_of(question) {
                    read.extend(state.factors(*skill));
                }
                read
            }
        }
    }
}

/// A student's answers so far.
#[derive(Clone, Debug)]
pub struct State {
    right: f64,
    all: f64,
    skills: Vec<(f64, f64)>,
}

impl State {
    /// A student without answers.
    #[must_use]
    pub fn new(skills: usize) -> Self {
        Self { right: 0.0, all: 0.0, skills: vec![(0.0, 0.0); skills] }
    }

    /// What performance factors read of a skill: a constant, and the student's right and wrong answers so far. Of these
    /// the logarithms, so that one long history does not outweigh all others.
    fn factors(&self, skill: usize) -> [(usize, f64); 3] {
        let (right, wrong) = self.skills[skill];
        [(1 + 3 * skill, 1.0), (2 + 3 * skill, right.ln_1p()), (3 + 3 * skill, wrong.ln_1p())]
    }

    /// Takes in an answer: 1 if it is right, 0 if it is wrong, or the probability of that.
    pub fn take_in(&mut self, histories: &Histories, question: usize, hit: f64) {
        self.right += hit;
        self.all += 1.0;
        for skill in histories.skills_of(question) {
            self.skills[*skill].0 += hit;
            self.skills[*skill].1 += 1.0 - hit;
        }
    }
}
