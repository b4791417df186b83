//! The training loop.

use super::batch::{Batch, windows};
use super::figures::Figures;
use super::histories::Histories;
use super::network::{LOOK_BACK, Network, Parameters, probability};
use crate::ops::adamw::{Gradient, Settings as AdamW, Slot};
use crate::progress::Bar;
use crate::random;
use anyhow::Result;
use candle_core::{Device, Tensor, Var};
use serde::{Deserialize, Serialize};

/// How a network is trained.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct FitSettings {
    /// Most epochs.
    pub epochs: usize,
    /// Epochs without a better validation AUC after which training ends.
    pub patience: usize,
    /// Students of a batch, where histories are longest: of shorter ones so many more that no batch has more answers.
    pub batch: usize,
    /// Most answers of a window; longer histories are cut.
    pub window: usize,
    /// Learning rate, after the warm-up; it falls to a tenth along a cosine.
    pub rate: f64,
    /// Decay of matrices, multiplied by the learning rate.
    pub weight_decay: f64,
    /// Weight of the teachers' probabilities in the loss.
    pub distillation: f64,
    /// Weight of the mastery labels in the loss.
    pub mastery: f64,
    /// Share of answers that the last epochs replace by the network's own draws; it rises from 0 over the first half.
    pub sampling: f64,
    /// Length of the runs of such answers, each draw in view of those before it. 0: answers are replaced one by one, by
    /// draws in view of true answers.
    #[serde(skip_serializing_if = "is_zero")]
    pub rollout: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Default for FitSettings {
    fn default() -> Self {
        Self {
            epochs: 40,
            patience: 5,
            batch: 32,
            window: 200,
            rate: 2e-3,
            weight_decay: 0.05,
            distillation: 0.0,
            mastery: 0.0,
            sampling: 0.0,
            rollout: 0,
        }
    }
}

/// What the student model learns besides the answers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Targets<'a> {
    /// The teachers' probability of each answer of each student.
    pub teacher: Option<&'a [Vec<f32>]>,
    /// What is known of mastery.
    pub mastery: Option<&'a Labels>,
}

/// For each answer of each student: skills, and the probability that each is mastered after the answer.
pub type Labels = Vec<Vec<Vec<(usize, f32)>>>;

/// How a fit went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Course {
    /// Mean training loss of each epoch.
    pub loss: Vec<f64>,
    /// Validation AUC after each epoch.
    pub auc: Vec<f64>,
    /// The epoch, from 0, whose parameters were kept.
    pub best: usize,
    /// Seconds.
    pub seconds: f64,
}

/// AdamW over the variables of a network.
pub struct Optimizer {
    slots: Vec<Slot>,
    settings: AdamW,
    step: usize,
}

impl Optimizer {
    /// Nothing is known of the gradients yet. Variables have a name and whether they decay.
    ///
    /// # Errors
    ///
    /// When candle fails.
    pub fn new<'a>(
        variables: impl Iterator<Item = (&'a String, &'a Var, bool)>,
        weight_decay: f64,
    ) -> Result<Self> {
        let slot = |(_, var, decays): (&String, &Var, bool)| {
            let all = 0..var.elem_count();
            let decayed = decays.then_some(all).into_iter().collect();
            Ok(Slot::new(var.clone(), 1.0, decayed)?)
        };
        let settings = AdamW { weight_decay, ..AdamW::default() };
        Ok(Self { slots: variables.map(slot).collect::<Result<_>>()?, settings, step: 0 })
    }

    /// Moves the variables against the gradient of a loss, which is cut to the norm 1; `rate` gives the learning rate
    /// of a step, from 1.
    ///
    /// # Errors
    ///
    /// When candle fails.
    pub fn update(&mut self, loss: &Tensor, rate: impl Fn(usize) -> f64) -> Result<()> {
        const LARGEST_NORM: f64 = 1.0;
        let store = loss.backward()?;
        self.step += 1;
        let rate = rate(self.step);
        let mut gradients = Vec::with_capacity(self.slots.len());
        for slot in &self.slots {
            let gradient = store.get(&slot.var).map(Tensor::flatten_all).transpose()?;
            gradients.push(gradient.map(|g| g.to_vec1().map(Gradient::Host)).transpose()?);
        }
        let norm = gradients.iter().flatten().map(Gradient::squared_norm).sum::<Result<f64, _>>()?.sqrt();
        let scale = if norm > LARGEST_NORM { LARGEST_NORM / norm } else { 1.0 };
        for (slot, gradient) in self.slots.iter_mut().zip(&gradients) {
            if let Some(gradient) = gradient {
                slot.update(gradient, scale, rate, self.step, &self.settings)?;
            }
        }
        Ok(())
    }
}

/// Trains a network; afterwards it has the parameters of the epoch with the best validation AUC.
///
/// # Errors
///
/// When candle fails, or the loss is no number.
pub fn fit(
    network: &Network,
    train: &Histories,
    validation: &Histories,
    targets: Targets<'_>,
    settings: &FitSettings,
    seed: u64,
    bar: &Bar,
) -> Result<Course> {
    const WARM_UP: f64 = 100.0;
    let started = std::time::Instant::now();
    let mut optimizer = Optimizer::new(network.variables(), settings.weight_decay)?;
    let mut rng = random::generator(seed);
    let mut course = Course::default();
    let mut best: Option<(f64, Parameters)> = None;
    for epoch in 0..settings.epochs {
        let progress = epoch as f64 / settings.epochs as f64;
        let share = settings.sampling * (2.0 * progress).min(1.0);
        let batches = windows(train, settings.window, settings.batch, Some(&mut rng));
        let total = (batches.len() * settings.epochs) as u64;
        let (mut sum, count) = (0.0, batches.len());
        for (place, students) in batches.into_iter().enumerate() {
            let mut batch = Batch::new(train, &students);
            if batch.steps < 2 {
                continue;
            }
            if share > 0.0 && settings.rollout > 0 {
                let follower = super::stepwise::network(network)?;
                batch.roll_out(follower.as_ref(), share, settings.rollout, &mut rng)?;
            } else if share > 0.0 {
                let first = network.forward(&batch, None)?.logits.to_vec1::<f32>()?;
                let first: Vec<f32> = first.into_iter().map(probability).collect();
                batch.draw(&first, share, &mut rng);
            }
            let outputs = network.forward(&batch, Some(&mut rng))?;
            let loss = loss(&batch, &outputs, targets, settings)?;
            let value = f64::from(loss.to_scalar::<f32>()?);
            anyhow::ensure!(
                value.is_finite(),
                "the loss is {value} in epoch {}: try a lower rate",
                epoch + 1
            );
            sum += value;
            let done = progress + place as f64 / (count * settings.epochs) as f64;
            optimizer.update(&loss, |step| {
                let falling = 0.1 + 0.45 * (1.0 + (std::f64::consts::PI * done).cos());
                settings.rate * falling * (step as f64 / WARM_UP).min(1.0)
            })?;
            let at = (epoch * count + place + 1) as u64;
            bar.set(at, total, &format!("epoch {} AUC {:.4}", epoch + 1, course.auc.last().unwrap_or(&0.0)));
        }
        let auc = Figures::of(&rows(validation, &predict(network, validation)?)).auc;
        course.loss.push(sum / count.max(1) as f64);
        course.auc.push(auc);
        if best.as_ref().is_none_or(|(most, _)| auc > *most) {
            best = Some((auc, network.parameters()?));
            course.best = epoch;
        } else if epoch - course.best >= settings.patience {
            break;
        }
    }
    if let Some((_, parameters)) = best {
        network.set_parameters(&parameters)?;
    }
    bar.finish();
    course.seconds = started.elapsed().as_secs_f64();
    Ok(course)
}

/// Mean cross-entropy of logits and targets where `counts` is not 0.
///
/// # Errors
///
/// When candle fails.
pub fn cross_entropy(logits: &Tensor, targets: &Tensor, counts: &Tensor) -> Result<Tensor> {
    let rest = (logits.abs()?.neg()?.exp()? + 1.0)?.log()?;
    let each = ((logits.relu()? - (logits * targets)?)? + rest)?;
    let total = counts.sum_all()?.to_scalar::<f32>()?.max(1.0);
    Ok(((each * counts)?.sum_all()? / f64::from(total))?)
}

fn loss(
    batch: &Batch,
    outputs: &super::network::Outputs,
    targets: Targets<'_>,
    settings: &FitSettings,
) -> Result<Tensor> {
    let rows = batch.questions.len();
    let column = |values: Vec<f32>| Tensor::from_vec(values, rows, &Device::Cpu);
    let counts = column(batch.counts.clone())?;
    let mut loss = cross_entropy(&outputs.logits, &column(batch.correct.clone())?, &counts)?;
    if let Some(teacher) = targets.teacher.filter(|_| settings.distillation > 0.0) {
        let of = |source: &Option<(usize, usize)>| source.map_or(0.0, |(student, at)| teacher[student][at]);
        let soft = column(batch.source.iter().map(of).collect())?;
        loss = (loss + (cross_entropy(&outputs.logits, &soft, &counts)? * settings.distillation)?)?;
    }
    if let (Some(labels), Some(mastery)) = (targets.mastery, &outputs.mastery)
        && settings.mastery > 0.0
    {
        let skills = mastery.dim(1)?;
        let (mut wanted, mut touched) = (vec![0.0; rows * skills], vec![0.0f32; rows * skills]);
        for (row, source) in batch.source.iter().enumerate() {
            let Some((student, at)) = *source else { continue };
            // Where the network read its own draw, the label belongs to another history.
            if batch.read[row] != batch.correct[row] {
                continue;
            }
            for (skill, label) in &labels[student][at] {
                wanted[row * skills + skill] = *label;
                touched[row * skills + skill] = 1.0;
            }
        }
        let matrix = |values: Vec<f32>| Tensor::from_vec(values, (rows, skills), &Device::Cpu);
        let part = cross_entropy(mastery, &matrix(wanted)?, &matrix(touched)?)?;
        loss = (loss + (part * settings.mastery)?)?;
    }
    Ok(loss)
}

/// The probability of a right answer for each answer of each student, in view of those before it.
///
/// # Errors
///
/// When candle fails.
pub fn predict(network: &Network, histories: &Histories) -> Result<Vec<Vec<f32>>> {
    const STUDENTS: usize = 32;
    let mut all: Vec<Vec<f32>> = histories.students.iter().map(|s| vec![0.0; s.answers.len()]).collect();
    let mut parts = Vec::new();
    for (place, student) in histories.students.iter().enumerate() {
        let n = student.answers.len();
        if network.spec.kind == super::network::Kind::Attention && n > LOOK_BACK {
            let half = LOOK_BACK / 2;
            parts.extend((0..n - half).step_by(half).map(|start| (place, start..n.min(start + LOOK_BACK))));
        } else {
            parts.push((place, 0..n));
        }
    }
    parts.sort_by_key(|(place, range)| (range.len(), *place, range.start));
    for chunk in parts.chunks(STUDENTS) {
        let batch = Batch::new(histories, chunk);
        let logits = network.forward(&batch, None)?.logits.to_vec1::<f32>()?;
        for (row, source) in batch.source.iter().enumerate() {
            let Some((student, at)) = *source else { continue };
            let start = chunk[row % batch.students].1.start;
            if start == 0 || at >= start + LOOK_BACK / 2 {
                all[student][at] = probability(logits[row]);
            }
        }
    }
    Ok(all)
}

/// Pairs of a probability and what happened: of every answer but a student's first, and but those to unknown questions.
#[must_use]
pub fn rows(histories: &Histories, probabilities: &[Vec<f32>]) -> Vec<(f32, bool)> {
    let known = histories.questions.len();
    let of = |(student, p): (&super::histories::Student, &Vec<f32>)| -> Vec<(f32, bool)> {
        let counted = student.answers.iter().zip(p).skip(1).filter(|(answer, _)| answer.question < known);
        counted.map(|(answer, p)| (*p, answer.correct)).collect()
    };
    histories.students.iter().zip(probabilities).flat_map(of).collect()
}
