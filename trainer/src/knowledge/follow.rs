//! Systems that follow one student answer by answer, as a simulation needs it: each step costs the same however long
//! the history is (of an attention, as far as it looks back).

use super::bkt::Skills;
use super::fit::{LOOK_BACK, probability};
use super::histories::Histories;
use super::logistic::{Logistic, State};
use super::network::{Folded, Kind, Network, Parameters};
use anyhow::{Result, ensure};
use pupil_core::Tracker;
use std::sync::Arc;

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
    let of = |student: &super::histories::Student| {
        let mut follower = system.copied();
        let answer = |answer: &super::histories::Answer| {
            let p = follower.predict(answer.question)?;
            follower.take_in(answer.question, f32::from(u8::from(answer.correct)))?;
            Ok(p)
        };
        student.answers.iter().map(answer).collect()
    };
    histories.students.iter().map(of).collect()
}

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

/// A student without answers, as a network sees it.
///
/// # Errors
///
/// When candle fails.
pub fn network(network: &Network) -> Result<Box<dyn Follower>> {
    Ok(match network.spec.kind {
        Kind::Dkt | Kind::Pupil => Box::new(Recurrent::new(network)?),
        Kind::Attention => Box::new(Attentive::new(network)?),
    })
}

/// Sum of products in eight lanes, which compilers turn into vectors.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a8.remainder().iter().zip(b8.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a8.zip(b8) {
        for lane in 0..8 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes.iter().sum::<f32>() + rest
}

/// Product of a matrix of rows with a vector.
fn product(rows: &[f32], x: &[f32]) -> Vec<f32> {
    rows.chunks_exact(x.len()).map(|row| dot(row, x)).collect()
}

/// A DKT or a student model: the LSTM step and the output of one question.
#[derive(Clone)]
struct Recurrent {
    weights: Arc<Steps>,
    cell: Vec<f32>,
    state: Vec<f32>,
}

struct Steps {
    folded: Folded,
    /// `[2 (questions + 1), 4 hidden]`: the input part of the gates for each answer, with the bias.
    gates: Vec<f32>,
    hidden: usize,
}

impl Recurrent {
    fn new(network: &Network) -> Result<Self> {
        let (d, h) = (network.spec.embedding, network.spec.hidden);
        let folded = network.folded()?;
        let with_bias = |answer: &[f32]| {
            let gates = product(&folded.input, answer);
            gates.into_iter().zip(&folded.bias).map(|(x, b)| x + b).collect::<Vec<f32>>()
        };
        let gates = folded.answers.chunks_exact(d).flat_map(with_bias).collect();
        let weights = Arc::new(Steps { folded, gates, hidden: h });
        Ok(Self { weights, cell: vec![0.0; h], state: vec![0.0; h] })
    }
}

impl Follower for Recurrent {
    fn predict(&mut self, question: usize) -> Result<f32> {
        let (h, w) = (self.weights.hidden, &self.weights.folded);
        let logit = dot(&w.output[question * h..][..h], &self.state) + w.output_bias[question];
        Ok(probability(logit))
    }

    fn take_in(&mut self, question: usize, right: f32) -> Result<()> {
        let h = self.weights.hidden;
        let row = |answer: usize| &self.weights.gates[(2 * question + answer) * 4 * h..][..4 * h];
        let mut gates = product(&self.weights.folded.recurrent, &self.state);
        for ((gate, wrong), right_one) in gates.iter_mut().zip(row(0)).zip(row(1)) {
            *gate += (1.0 - right) * wrong + right * right_one;
        }
        for j in 0..h {
            let (i, f) = (probability(gates[j]), probability(gates[h + j]));
            let (g, o) = (gates[2 * h + j].tanh(), probability(gates[3 * h + j]));
            self.cell[j] = f * self.cell[j] + i * g;
            self.state[j] = o * self.cell[j].tanh();
        }
        Ok(())
    }

    fn copied(&self) -> Box<dyn Follower> {
        Box::new(self.clone())
    }
}

/// An attention: keys and values of the answers so far.
#[derive(Clone)]
struct Attentive {
    weights: Arc<Layers>,
    /// For each layer, the keys and the values of the last answers, `[answers, embedding]` each.
    seen: Vec<(Vec<f32>, Vec<f32>)>,
}

struct Layers {
    parameters: Parameters,
    /// `[questions + 1, embedding]`.
    questions: Vec<f32>,
    width: usize,
    heads: usize,
}

impl Layers {
    fn part(&self, layer: usize, name: &str) -> &[f32] {
        &self.parameters[&format!("{layer}.{name}")]
    }

    fn norm(&self, layer: usize, name: &str, x: &mut [f32]) {
        let n = x.len() as f32;
        let mean = x.iter().sum::<f32>() / n;
        let variance = x.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>() / n;
        let scale = 1.0 / (variance + 1e-5).sqrt();
        let (weight, bias) =
            (self.part(layer, &format!("{name}.weight")), self.part(layer, &format!("{name}.bias")));
        for ((v, weight), bias) in x.iter_mut().zip(weight).zip(bias) {
            *v = (*v - mean) * scale * weight + bias;
        }
    }

    /// A layer with a bias.
    fn linear(&self, name: &str, x: &[f32]) -> Vec<f32> {
        let bias = &self.parameters[&format!("{name}.bias")];
        product(&self.parameters[name], x).into_iter().zip(bias).map(|(v, b)| v + b).collect()
    }
}

impl Attentive {
    fn new(network: &Network) -> Result<Self> {
        let parameters = network.parameters()?;
        let questions = network.question_vectors()?.flatten_all()?.to_vec1()?;
        let (width, heads, layers) = (network.spec.embedding, network.spec.heads, network.spec.layers);
        let weights = Arc::new(Layers { parameters, questions, width, heads });
        Ok(Self { weights, seen: vec![(Vec::new(), Vec::new()); layers] })
    }

    /// The vector of a question after all layers, and its key in each.
    fn read(&self, question: usize) -> (Vec<f32>, Vec<Vec<f32>>) {
        let (w, d) = (&*self.weights, self.weights.width);
        let mut x = w.questions[question * d..][..d].to_vec();
        let mut keys = Vec::new();
        for (layer, (seen_keys, seen_values)) in self.seen.iter().enumerate() {
            let query = product(w.part(layer, "query"), &x);
            keys.push(product(w.part(layer, "key"), &x));
            let (n, width) = (seen_keys.len() / d, d / w.heads);
            let mut heard = vec![0.0; d];
            for (head, decay) in w.part(layer, "decay").iter().enumerate().filter(|_| n > 0) {
                let (at, decay) = (head * width, decay.exp());
                let score = |j: usize| {
                    let product = dot(&query[at..at + width], &seen_keys[j * d + at..][..width]);
                    product / (width as f32).sqrt() - decay * ((n - j) as f32).ln()
                };
                let scores: Vec<f32> = (0..n).map(score).collect();
                let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let shares: Vec<f32> = scores.iter().map(|s| (s - most).exp()).collect();
                let sum: f32 = shares.iter().sum();
                for (share, value) in shares.iter().zip(seen_values.chunks_exact(d)) {
                    for (heard, value) in heard[at..at + width].iter_mut().zip(&value[at..at + width]) {
                        *heard += share / sum * value;
                    }
                }
            }
            let joined = product(w.part(layer, "joined"), &heard);
            x.iter_mut().zip(joined).for_each(|(x, more)| *x += more);
            w.norm(layer, "norm", &mut x);
            let up: Vec<f32> = w.linear(&format!("{layer}.up"), &x).into_iter().map(|v| v.max(0.0)).collect();
            let down = w.linear(&format!("{layer}.down"), &up);
            x.iter_mut().zip(down).for_each(|(x, more)| *x += more);
            w.norm(layer, "norm2", &mut x);
        }
        (x, keys)
    }
}

impl Follower for Attentive {
    fn predict(&mut self, question: usize) -> Result<f32> {
        let (w, d) = (&*self.weights, self.weights.width);
        let (mut both, _) = self.read(question);
        both.extend_from_slice(&w.questions[question * d..][..d]);
        let hidden: Vec<f32> = w.linear("hidden", &both).into_iter().map(|v| v.max(0.0)).collect();
        Ok(probability(dot(&w.parameters["output"], &hidden) + w.parameters["easiness"][question]))
    }

    fn take_in(&mut self, question: usize, right: f32) -> Result<()> {
        let d = self.weights.width;
        let keys = self.read(question).1;
        let results = &self.weights.parameters["results"];
        let own = &self.weights.questions[question * d..][..d];
        let answer: Vec<f32> =
            (0..d).map(|c| own[c] + (1.0 - right) * results[c] + right * results[d + c]).collect();
        for (layer, key) in keys.into_iter().enumerate() {
            let value = product(self.weights.part(layer, "value"), &answer);
            let (seen_keys, seen_values) = &mut self.seen[layer];
            seen_keys.extend(key);
            seen_values.extend(value);
            if seen_keys.len() > LOOK_BACK * d {
                seen_keys.drain(..d);
                seen_values.drain(..d);
            }
        }
        Ok(())
    }

    fn copied(&self) -> Box<dyn Follower> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::super::generate::Course;
    use super::super::network::Spec;
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
        for kind in [Kind::Dkt, Kind::Attention, Kind::Pupil] {
            let spec = Spec { kind, embedding: 12, hidden: 10, heads: 3, layers: 2, dropout: 0.3 };
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
        for kind in [Kind::Dkt, Kind::Attention, Kind::Pupil] {
            let made =
                Network::new(&Spec { kind, embedding: 8, hidden: 8, ..Spec::default() }, &known, 5).unwrap();
            let start = network(&made).unwrap();
            let after = |right: f32| {
                let mut follower = start.copied();
                follower.take_in(0, right).unwrap();
                follower.predict(0).unwrap()
            };
            let (wrong, between, right) = (after(0.0), after(0.5), after(1.0));
            assert!((wrong.min(right)..=wrong.max(right)).contains(&between), "{wrong} {between} {right}");
            assert!(wrong != right);
        }
    }
}
