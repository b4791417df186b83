//! Networks answer by answer, without the tensors of training.

use super::counts::Counts;
use super::follow::Follower;
use super::network::{Folded, Kind, LOOK_BACK, Network, Parameters, probability};
use anyhow::Result;
use std::sync::Arc;

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
    counts: Counts,
}

struct Steps {
    folded: Folded,
    /// `[2 (questions + 1), 4 hidden]`: the input part of the gates for each answer, with the bias.
    gates: Vec<f32>,
    hidden: usize,
    /// Places of the skills of each question.
    skills: Vec<Vec<usize>>,
}

impl Steps {
    fn skills(&self, question: usize) -> &[usize] {
        self.skills.get(question).map_or(&[], Vec::as_slice)
    }
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
        let world = network.world();
        let weights = Arc::new(Steps { folded, gates, hidden: h, skills: world.question_skills.clone() });
        Ok(Self { weights, cell: vec![0.0; h], state: vec![0.0; h], counts: Counts::new(world.skills) })
    }
}

impl Follower for Recurrent {
    fn predict(&mut self, question: usize) -> Result<f32> {
        let (h, w) = (self.weights.hidden, &self.weights.folded);
        let logit = dot(&w.output[question * h..][..h], &self.state) + w.output_bias[question];
        let own = self.weights.skills(question);
        let Some(counted) = w.counts.as_ref().filter(|_| !own.is_empty()) else {
            return Ok(probability(logit));
        };
        let read: Vec<f32> = self.state.iter().copied().chain(self.counts.of_student()).collect();
        let student = product(&counted.student, &read);
        let m = student.len();
        let of_skill = |skill: &usize| -> f32 {
            let read = product(&counted.skill, &self.counts.of_skill(*skill));
            let unit = |at: usize| {
                let sum = student[at] + counted.student_bias[at] + read[at] + counted.skills[skill * m + at];
                sum.max(0.0) * counted.output[at]
            };
            (0..m).map(unit).sum()
        };
        let mean = own.iter().map(of_skill).sum::<f32>() / own.len() as f32;
        Ok(probability(logit + mean))
    }

    fn take_in(&mut self, question: usize, right: f32) -> Result<()> {
        let h = self.weights.hidden;
        let row = |answer: usize| &self.weights.gates[(2 * question + answer) * 4 * h..][..4 * h];
        let mut gates = product(&self.weights.folded.recurrent, &self.state);
        for ((gate, wrong), right_one) in gates.iter_mut().zip(row(0)).zip(row(1)) {
            *gate += (1.0 - right) * wrong + right * right_one;
        }
        let own = self.weights.skills(question);
        if let Some(counted) = &self.weights.folded.counts {
            let more = product(&counted.gates, &self.counts.of_question(own));
            gates.iter_mut().zip(more).for_each(|(gate, more)| *gate += more);
            self.counts.take_in(own, right);
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
