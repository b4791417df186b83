//! Baselines, files and several systems together, answer by answer.

use super::bkt::Skills;
use super::follow::Follower;
use super::histories::Histories;
use super::logistic::{Logistic, State};
use super::network::probability;
use anyhow::{Result, ensure};
use pupil_core::Tracker;
use std::sync::Arc;

/// A system that predicts a question alike, whatever was answered.
#[derive(Clone)]
pub struct Constant(pub Arc<Vec<f32>>);

impl Follower for Constant {
    fn predict(&mut self, question: usize) -> Result<f32> {
        Ok(self.0[question])
    }

    fn take_in(&mut self, _: usize, _: f32) -> Result<()> {
        Ok(())
    }

    fn copied(&self) -> Box<dyn Follower> {
        Box::new(self.clone())
    }
}

/// A logistic regression.
#[derive(Clone)]
pub struct Regression {
    model: Arc<(Logistic, Histories)>,
    state: State,
}

impl Regression {
    /// A student without answers; `known` has the questions' skills.
    #[must_use]
    pub fn new(model: Logistic, known: &Histories) -> Self {
        Self { state: State::new(known.skills.len()), model: Arc::new((model, known.with(Vec::new()))) }
    }
}

impl Follower for Regression {
    fn predict(&mut self, question: usize) -> Result<f32> {
        Ok(self.model.0.of(&self.model.1, &self.state, question))
    }

    fn take_in(&mut self, question: usize, right: f32) -> Result<()> {
        self.state.take_in(&self.model.1, question, f64::from(right));
        Ok(())
    }

    fn copied(&self) -> Box<dyn Follower> {
        Box::new(self.clone())
    }
}

/// Bayesian knowledge tracing.
#[derive(Clone)]
pub struct Tracing {
    model: Arc<(Skills, Histories)>,
    otherwise: f32,
    known: Vec<f64>,
}

impl Tracing {
    /// A student without answers; questions without skills have the probability `otherwise`.
    #[must_use]
    pub fn new(skills: &Skills, known: &Histories, otherwise: f32) -> Self {
        let model = Arc::new((skills.clone(), known.with(Vec::new())));
        Self { known: skills.0.iter().map(|skill| skill.start).collect(), model, otherwise }
    }
}

impl Follower for Tracing {
    fn predict(&mut self, question: usize) -> Result<f32> {
        let skills = self.model.1.skills_of(question);
        let sum: f64 = skills.iter().map(|s| self.model.0.0[*s].right(self.known[*s])).sum();
        #[expect(clippy::cast_possible_truncation, reason = "a probability of f32's digits is enough")]
        let mean = (sum / skills.len() as f64) as f32;
        Ok(if skills.is_empty() { self.otherwise } else { mean })
    }

    fn take_in(&mut self, question: usize, right: f32) -> Result<()> {
        let right = f64::from(right);
        for s in self.model.1.skills_of(question) {
            let (skill, known) = (self.model.0.0[*s], self.known[*s]);
            self.known[*s] = right * skill.after(known, true) + (1.0 - right) * skill.after(known, false);
        }
        Ok(())
    }

    fn copied(&self) -> Box<dyn Follower> {
        Box::new(self.clone())
    }
}

/// The model of a file.
#[derive(Clone)]
pub struct OfFile {
    tracker: Tracker,
    questions: Arc<Vec<String>>,
}

impl OfFile {
    /// A student without answers.
    #[must_use]
    pub fn new(tracker: &Tracker, known: &Histories) -> Self {
        Self { tracker: tracker.for_new_student(), questions: Arc::new(known.questions.clone()) }
    }
}

impl Follower for OfFile {
    fn predict(&mut self, question: usize) -> Result<f32> {
        Ok(match self.questions.get(question) {
            Some(id) => self.tracker.predict(id)?,
            None => self.tracker.predict_unlisted(),
        })
    }

    fn take_in(&mut self, question: usize, right: f32) -> Result<()> {
        ensure!(right == 0.0 || right == 1.0, "a file takes in right and wrong answers, {right} is neither");
        match self.questions.get(question) {
            Some(id) => self.tracker.observe(id, right == 1.0)?,
            None => self.tracker.observe_unlisted(right == 1.0),
        }
        Ok(())
    }

    fn copied(&self) -> Box<dyn Follower> {
        Box::new(self.clone())
    }

    fn reads_probabilities(&self) -> bool {
        false
    }
}

/// Several systems, whose logits are averaged.
pub struct Together(pub Vec<Box<dyn Follower>>);

impl Follower for Together {
    fn predict(&mut self, question: usize) -> Result<f32> {
        let mut sum = 0.0;
        for system in &mut self.0 {
            let p = system.predict(question)?.clamp(1e-5, 1.0 - 1e-5);
            sum += (p / (1.0 - p)).ln();
        }
        Ok(probability(sum / self.0.len() as f32))
    }

    fn take_in(&mut self, question: usize, right: f32) -> Result<()> {
        self.0.iter_mut().try_for_each(|system| system.take_in(question, right))
    }

    fn copied(&self) -> Box<dyn Follower> {
        Box::new(Self(self.0.iter().map(|system| system.copied()).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::follow::predict;
    use super::super::generate::Course;
    use super::super::network::{Kind, Network, Spec};
    use super::super::stepwise::network;
    use super::super::world::world;
    use super::super::{bkt, fit};
    use super::*;

    fn close(one: &[Vec<f32>], other: &[Vec<f32>], within: f32) {
        assert_eq!(one.len(), other.len());
        for (a, b) in one.iter().flatten().zip(other.iter().flatten()) {
            assert!((a - b).abs() < within, "{a} {b}");
        }
    }

    #[test]
    fn networks_predict_step_by_step_what_they_predict_in_batches() {
        let course = Course::new();
        let mut students = course.students(6, 30, 1).0;
        students[1].answers[3].question = course.histories.questions.len();
        students[2].answers.truncate(4);
        let histories = course.histories.with(students);
        let known = world(&histories, None).unwrap();
        for (kind, counts) in [(Kind::Dkt, 0), (Kind::Attention, 0), (Kind::Pupil, 0), (Kind::Pupil, 6)] {
            let spec = Spec { kind, embedding: 12, hidden: 10, heads: 3, layers: 2, dropout: 0.3, counts };
            let made = Network::new(&spec, &known, 5).unwrap();
            let follower = network(&made).unwrap();
            let stepwise = predict(follower.as_ref(), &histories).unwrap();
            close(&stepwise, &fit::predict(&made, &histories).unwrap(), 1e-5);
            assert!(stepwise[0][3..] != stepwise[1][3..]);
        }
    }

    #[test]
    fn regressions_and_tracing_predict_step_by_step_what_they_predict_at_once() {
        let course = Course::new();
        let histories = course.histories.with(course.students(30, 25, 1).0);
        let skills = bkt::Skills::fit(&histories);
        let tracing = Tracing::new(&skills, &histories, 0.5);
        close(&predict(&tracing, &histories).unwrap(), &skills.trace(&histories, 0.5).0, 1e-6);
        for features in
            [super::super::logistic::Features::QuestionAndStudent, super::super::logistic::Features::Factors]
        {
            let model = Logistic::fit(&histories, features);
            let regression = Regression::new(model.clone(), &histories);
            close(&predict(&regression, &histories).unwrap(), &model.predict(&histories), 1e-6);
        }
    }

    #[test]
    fn a_probability_is_a_mixture_of_both_answers() {
        let course = Course::new();
        let histories = course.histories.with(course.students(10, 10, 1).0);
        let skills = bkt::Skills::fit(&histories);
        let start = Tracing::new(&skills, &histories, 0.5);
        let after = |right: f32| {
            let mut follower = start.copied();
            follower.take_in(0, right).unwrap();
            follower.predict(0).unwrap()
        };
        assert!((after(0.3) - (0.3 * after(1.0) + 0.7 * after(0.0))).abs() < 1e-6);
        let known = world(&histories, None).unwrap();
        for (kind, counts) in [(Kind::Dkt, 0), (Kind::Attention, 0), (Kind::Pupil, 0), (Kind::Pupil, 5)] {
            let spec = Spec { kind, embedding: 8, hidden: 8, counts, ..Spec::default() };
            let made = Network::new(&spec, &known, 5).unwrap();
            let start = network(&made).unwrap();
            let after = |right: f32| {
                let mut follower = start.copied();
                follower.take_in(0, right).unwrap();
                follower.predict(0).unwrap()
            };
            let (wrong, between, right) = (after(0.0), after(0.5), after(1.0));
            // Counts enter through units that a half answer may move further than either whole one.
            let mixed = counts > 0 || (wrong.min(right)..=wrong.max(right)).contains(&between);
            assert!(mixed, "{wrong} {between} {right}");
            assert!((after(1e-4) - wrong).abs() < 1e-3 && (after(1.0 - 1e-4) - right).abs() < 1e-3);
            assert!(wrong != right && between != wrong && between != right);
        }
    }
}
