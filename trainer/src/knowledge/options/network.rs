//! The network of options: an LSTM reads the options that a student chose, a head each option beside its state.

use super::{Choice, Choices};
use crate::fit::Curves;
use crate::knowledge::fit::{FitSettings, Optimizer, cross_entropy};
use crate::knowledge::network::Parameters;
use crate::knowledge::network::probability;
use crate::knowledge::recurrence::lstm;
use crate::progress::Bar;
use crate::random;
use anyhow::{Context, Result, ensure};
use candle_core::{D, DType, Device, Tensor, Var};
use rand::Rng;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Dimensions and settings.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Spec {
    /// Length of the vectors of options.
    pub embedding: usize,
    /// Length of the student's vector, the state of the LSTM.
    pub hidden: usize,
    /// Units of the head.
    pub head: usize,
    /// Share of values that dropout sets to 0.
    pub dropout: f32,
}

impl Default for Spec {
    fn default() -> Self {
        Self { embedding: 16, hidden: 32, head: 32, dropout: 0.2 }
    }
}

/// A network with its parameters.
pub struct Network {
    spec: Spec,
    /// `[pairs, width]`: what an encoder says of each pair of a question and an option; none without an encoder.
    texts: Option<Tensor>,
    /// The place of each question's first option among all pairs.
    starts: Vec<usize>,
    /// The place of each question's right option.
    correct: Vec<usize>,
    vars: BTreeMap<String, Var>,
}

/// Students side by side, time-major, and the expansion of their answers.
struct Batch {
    students: usize,
    /// Chosen pair of each row; 0 where a history is filled up.
    chosen: Vec<u32>,
    /// 1 where the chosen option is the right one.
    right: Vec<u32>,
    /// Row, pair, and whether it was chosen, of each option.
    expanded: Vec<(u32, u32, bool)>,
    /// Student, answer and option of each of these.
    source: Vec<(usize, usize, usize)>,
}

impl Network {
    /// A network for the questions of `choices`, with the shares of their options in these.
    ///
    /// # Errors
    ///
    /// When a dimension is 0, the vectors do not fit, or candle fails.
    pub fn new(spec: &Spec, choices: &Choices, texts: Option<&[Vec<f32>]>, seed: u64) -> Result<Self> {
        let (d, h, k) = (spec.embedding, spec.hidden, spec.head);
        ensure!(
            d > 0 && h > 0 && k > 0,
            "`embedding`, `hidden` and `head` are {d}, {h} and {k}: none may be 0"
        );
        let starts = choices.pairs();
        let pairs = starts[starts.len() - 1];
        let width = texts.map(|texts| texts.first().map_or(0, Vec::len));
        if let Some(texts) = texts {
            ensure!(
                texts.len() == pairs,
                "{} vectors for {pairs} pairs of a question and an option",
                texts.len()
            );
        }
        let limit = |n: usize| 1.0 / (n as f32).sqrt();
        let mut shapes: Vec<(&str, Vec<usize>, f32)> = vec![
            ("options", vec![pairs, d], 0.1),
            ("results", vec![2, d], 0.1),
            ("input", vec![4 * h, d], limit(h)),
            ("recurrent", vec![4 * h, h], limit(h)),
            ("bias", vec![4 * h], 0.0),
            ("head", vec![k, d + h], limit(d + h)),
            ("head.bias", vec![k], 0.0),
            ("output", vec![1, k], limit(k)),
            ("popularity", vec![pairs], 0.0),
        ];
        if let Some(width) = width {
            shapes.push(("texts", vec![d, width], limit(width)));
        }
        let mut rng = random::generator(seed);
        let mut vars = BTreeMap::new();
        for (name, shape, limit) in shapes {
            let mut values = vec![0.0; shape.iter().product()];
            match name {
                "popularity" => {
                    values = popularity(choices).into_iter().map(|p| (p / (1.0 - p)).ln()).collect()
                }
                "bias" => values[h..2 * h].fill(1.0),
                _ if limit > 0.0 => random::uniform(&mut values, limit, &mut rng),
                _ => {}
            }
            vars.insert(name.to_owned(), Var::from_tensor(&Tensor::from_vec(values, shape, &Device::Cpu)?)?);
        }
        let texts = texts
            .map(|rows| Tensor::from_vec(rows.concat(), (pairs, width.unwrap_or(0)), &Device::Cpu))
            .transpose()?;
        let correct = choices.items.iter().map(|item| item.correct).collect();
        Ok(Self { spec: spec.clone(), texts, starts, correct, vars })
    }

    fn var(&self, name: &str) -> &Tensor {
        self.vars[name].as_tensor()
    }

    /// The parameters, copied.
    ///
    /// # Errors
    ///
    /// When candle fails.
    pub fn parameters(&self) -> Result<Parameters> {
        self.vars.iter().map(|(n, v)| Ok((n.clone(), v.flatten_all()?.to_vec1()?))).collect()
    }

    fn batch(&self, students: &[(usize, &[Choice])]) -> Result<Batch> {
        let (b, steps) = (students.len(), students.iter().map(|(_, c)| c.len()).max().unwrap_or(0));
        let mut batch = Batch {
            students: b,
            chosen: vec![0; b * steps],
            right: vec![0; b * steps],
            expanded: Vec::new(),
            source: Vec::new(),
        };
        for (s, (student, choices)) in students.iter().enumerate() {
            for (at, choice) in choices.iter().enumerate() {
                let (row, start) = (at * b + s, self.starts[choice.item]);
                batch.chosen[row] = u32::try_from(start + choice.option)?;
                batch.right[row] = u32::from(choice.option == self.correct[choice.item]);
                for option in 0..self.starts[choice.item + 1] - start {
                    let pair = u32::try_from(start + option)?;
                    batch.expanded.push((u32::try_from(row)?, pair, option == choice.option));
                    batch.source.push((*student, at, option));
                }
            }
        }
        Ok(batch)
    }

    /// Logits of the expansion's rows; with a generator, values are dropped.
    fn forward(&self, batch: &Batch, rng: Option<&mut rand_chacha::ChaCha8Rng>) -> Result<Tensor> {
        let (rows, h) = (batch.chosen.len(), self.spec.hidden);
        let mut vectors = self.var("options").clone();
        if let Some(texts) = &self.texts {
            vectors = (vectors + texts.matmul(&self.var("texts").t()?)?)?;
        }
        let index = |values: &[u32]| Tensor::from_slice(values, values.len(), &Device::Cpu);
        let read = vectors.index_select(&index(&batch.chosen)?, 0)?;
        let read = (read + self.var("results").index_select(&index(&batch.right)?, 0)?)?;
        let gates = read.matmul(&self.var("input").t()?)?.broadcast_add(self.var("bias"))?;
        let states = lstm(&gates, self.var("recurrent"), batch.students)?;
        let first = Tensor::zeros((batch.students, h), DType::F32, &Device::Cpu)?;
        let before = Tensor::cat(&[first, states.narrow(0, 0, rows - batch.students)?], 0)?;
        let (of_row, pair): (Vec<u32>, Vec<u32>) =
            batch.expanded.iter().map(|(row, pair, _)| (*row, *pair)).unzip();
        let both = [vectors.index_select(&index(&pair)?, 0)?, before.index_select(&index(&of_row)?, 0)?];
        let mut both = Tensor::cat(&both, 1)?;
        if let Some(rng) = rng.filter(|_| self.spec.dropout > 0.0) {
            let p = self.spec.dropout;
            let keep = |_| if rng.random::<f32>() < p { 0.0 } else { 1.0 / (1.0 - p) };
            let mask: Vec<f32> = (0..both.elem_count()).map(keep).collect();
            both = (&both * Tensor::from_vec(mask, both.shape(), &Device::Cpu)?)?;
        }
        let head = both.matmul(&self.var("head").t()?)?.broadcast_add(self.var("head.bias"))?.relu()?;
        let logits = head.matmul(&self.var("output").t()?)?.squeeze(D::Minus1)?;
        Ok((logits + self.var("popularity").index_select(&index(&pair)?, 0)?)?)
    }

    /// Trains the network; afterwards it has the parameters of the epoch with the lowest loss on `validation`. Gives
    /// the course of the fit.
    ///
    /// # Errors
    ///
    /// When there is nothing to train on, candle fails, or the loss is no number.
    pub fn fit(
        &mut self,
        train: &Choices,
        validation: &Choices,
        settings: &FitSettings,
        seed: u64,
        bar: &Bar,
    ) -> Result<Curves> {
        let count = train.students.len();
        ensure!(
            count > 0 && !validation.students.is_empty(),
            "{count} students are too few to train and validate"
        );
        let mut optimizer = Optimizer::new(
            self.vars.iter().map(|(name, var)| (name, var, var.dims().len() > 1)),
            settings.weight_decay,
        )?;
        let mut rng = random::generator(seed);
        let mut best: Option<(f64, usize, Parameters)> = None;
        let (mut losses, mut validation_losses) = (Vec::new(), Vec::new());
        for epoch in 0..settings.epochs {
            let (mut sum, mut batches) = (0.0, 0.0);
            for (place, chunk) in random::permutation(count, rng.random()).chunks(settings.batch).enumerate()
            {
                let students: Vec<(usize, &[Choice])> =
                    chunk.iter().map(|s| (*s, train.students[*s].as_slice())).collect();
                let batch = self.batch(&students)?;
                let logits = self.forward(&batch, Some(&mut rng))?;
                let loss = mean_loss(&batch, &logits)?;
                let value = loss.to_scalar::<f32>()?;
                ensure!(value.is_finite(), "the loss is {value} in epoch {}: try a lower rate", epoch + 1);
                sum += f64::from(value);
                batches += 1.0;
                optimizer.update(&loss, |_| settings.rate)?;
                let done = (epoch * count + (place + 1) * settings.batch).min((epoch + 1) * count);
                bar.set(done as u64, (settings.epochs * count) as u64, &format!("epoch {}", epoch + 1));
            }
            let loss = mean_log_loss(validation, &self.predict(validation)?);
            losses.push(sum / batches);
            validation_losses.push(loss);
            if best.as_ref().is_none_or(|(least, _, _)| loss < *least) {
                best = Some((loss, epoch, self.parameters()?));
            } else if best.as_ref().is_some_and(|(_, at, _)| epoch - at >= settings.patience) {
                break;
            }
        }
        bar.finish();
        let (_, epoch, parameters) = best.context("`fit.epochs` is 0, at least 1 is needed")?;
        for (name, var) in &self.vars {
            var.set(&Tensor::from_slice(&parameters[name], var.shape(), &Device::Cpu)?)?;
        }
        Ok(Curves::of_options(&losses, &validation_losses, epoch))
    }

    /// For each answer of each student the probability of each option, in view of the answers before it: those of the
    /// expansion's rows, divided by their sum.
    ///
    /// # Errors
    ///
    /// When candle fails.
    pub fn predict(&self, choices: &Choices) -> Result<Vec<Vec<Vec<f32>>>> {
        const STUDENTS: usize = 32;
        let empty = |choice: &Choice| vec![0.0; choices.items[choice.item].options.len()];
        let mut all: Vec<Vec<Vec<f32>>> =
            choices.students.iter().map(|own| own.iter().map(empty).collect()).collect();
        let students: Vec<(usize, &[Choice])> =
            choices.students.iter().map(Vec::as_slice).enumerate().collect();
        for chunk in students.chunks(STUDENTS) {
            let batch = self.batch(chunk)?;
            if batch.expanded.is_empty() {
                continue;
            }
            let logits = self.forward(&batch, None)?.to_vec1::<f32>()?;
            for ((student, at, option), logit) in batch.source.iter().zip(logits) {
                all[*student][*at][*option] = probability(logit);
            }
        }
        for options in all.iter_mut().flatten() {
            let sum: f32 = options.iter().sum();
            options.iter_mut().for_each(|p| *p /= sum);
        }
        Ok(all)
    }
}

fn mean_loss(batch: &Batch, logits: &Tensor) -> Result<Tensor> {
    let rows = batch.expanded.len();
    let column = |values: Vec<f32>| Tensor::from_vec(values, rows, &Device::Cpu);
    let chosen = batch.expanded.iter().map(|(_, _, chosen)| f32::from(u8::from(*chosen))).collect();
    cross_entropy(logits, &column(chosen)?, &column(vec![1.0; rows])?)
}

/// The share of each option among the answers to its question, each option chosen once in addition.
#[must_use]
pub fn popularity(choices: &Choices) -> Vec<f32> {
    let starts = choices.pairs();
    let mut counts = vec![1.0f32; starts[starts.len() - 1]];
    choices.students.iter().flatten().for_each(|choice| counts[starts[choice.item] + choice.option] += 1.0);
    for bounds in starts.windows(2) {
        let own = &mut counts[bounds[0]..bounds[1]];
        let sum: f32 = own.iter().sum();
        own.iter_mut().for_each(|count| *count /= sum);
    }
    counts
}

/// Mean negative logarithm of the probability of the chosen options.
#[must_use]
pub fn mean_log_loss(choices: &Choices, predicted: &[Vec<Vec<f32>>]) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (choice, options) in choices.students.iter().flatten().zip(predicted.iter().flatten()) {
        sum -= f64::from(options[choice.option].max(1e-7)).ln();
        count += 1.0;
    }
    sum / count
}
