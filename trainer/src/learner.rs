//! A model in training, and the loop that fits it: warm-up, clipping, early stopping, checkpoints.

use crate::checkpoint::Checkpoint;
use crate::model::head::Head;
use crate::model::mixture::{Mixed, Mixture, Scope};
use crate::model::params::{Parameters, Words};
use crate::model::{Batch, Encoder, Mode};
use crate::ops::dropout::{derive, hash};
use crate::ops::loss::{HeadLoss, RowTarget};
use crate::optimizer::{Optimizer, Update};
use crate::random;
use crate::text::Encoded;
use anyhow::{Context, Result, bail, ensure};
use candle_core::{Tensor, Var};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// One answer ready for training.
#[derive(Clone, Debug)]
pub struct Example {
    /// Its tokens.
    pub text: Encoded,
    /// Its targets.
    pub target: RowTarget,
}

/// How a model is fitted.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct FitSettings {
    /// Most passes over the training data.
    pub epochs: usize,
    /// Answers per step.
    pub batch: usize,
    /// Highest learning rate.
    pub rate: f64,
    /// Factor on it for the head, which starts from nothing.
    pub head_rate_factor: f64,
    /// Share of all steps in which the rate rises; afterwards it falls linearly to zero.
    pub warmup: f64,
    /// Largest norm of the gradient of one step.
    pub clip: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Epochs without a lower validation loss after which training stops, where the epoch of the lowest is kept.
    pub patience: usize,
    /// Which epoch's parameters are kept.
    #[serde(skip_serializing_if = "Keep::is_lowest_loss")]
    pub keep: Keep,
    /// Probability that a token of a training answer becomes the unknown token.
    pub word_dropout: f32,
    /// How often each task is drawn.
    #[serde(skip_serializing_if = "Sampling::is_even")]
    pub sampling: Sampling,
}

/// Which epoch's parameters are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// Those of the lowest validation loss: the best probabilities.
    #[default]
    LowestLoss,
    /// Those of the last, whatever the loss. Where validation answers belong to questions that were never seen, the loss
    /// grows with confidence long before fewer classes are right.
    Last,
}

impl Keep {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn is_lowest_loss(&self) -> bool {
        *self == Self::LowestLoss
    }
}

/// How often the answers of each task are drawn in an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sampling {
    /// Every answer once.
    #[default]
    Even,
    /// Half of an epoch as many as there are, half in proportion to how far the pupil's loss on validation answers lies
    /// above the teacher's.
    Gap,
}

impl Sampling {
    fn is_even(&self) -> bool {
        *self == Self::Even
    }
}

impl Default for FitSettings {
    fn default() -> Self {
        Self {
            epochs: 3,
            batch: 32,
            rate: 1e-4,
            head_rate_factor: 1.0,
            warmup: 0.1,
            clip: 1.0,
            weight_decay: 0.01,
            patience: 2,
            keep: Keep::LowestLoss,
            word_dropout: 0.0,
            sampling: Sampling::Even,
        }
    }
}

/// Settings of the loss, of one fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Objective {
    /// Weight of the teacher's share.
    pub lambda: f32,
    /// Temperature of the teacher's share.
    pub temperature: f32,
    /// Weight of the uneven use of a mixture's experts.
    pub balance: f32,
}

impl Default for Objective {
    /// Human scores alone.
    fn default() -> Self {
        Self { lambda: 0.0, temperature: 1.0, balance: 0.0 }
    }
}

/// What a learner makes of a batch.
pub struct Outputs {
    /// `[sequences, columns]`.
    pub logits: Tensor,
    /// For each block of the mixture the experts' weights, `[sequences, experts]`; empty without a mixture.
    pub experts: Vec<Tensor>,
}

/// What happened, epoch by epoch.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct History {
    /// Mean training loss of each epoch.
    pub train_loss: Vec<f64>,
    /// Validation loss after each epoch.
    pub validation_loss: Vec<f64>,
    /// The epoch (from 0) whose parameters were kept.
    pub best_epoch: usize,
    /// Seconds of training, over all resumed runs.
    pub seconds: f64,
    /// Share of each task in each epoch, where tasks are drawn by the gap to the teacher.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<Vec<f64>>,
}

/// Parameters by name, on the host.
pub type State = BTreeMap<String, Vec<f32>>;

/// An encoder with its head.
pub struct Learner {
    /// The network.
    pub encoder: Box<dyn Encoder>,
    /// Its parameters.
    pub parameters: Parameters,
    /// What stands between encoder and head, in models that have one.
    pub mixture: Option<Mixture>,
    /// The outputs.
    pub head: Head,
    /// Where a part of the model alone is trained: the elements that are, of each parameter that has any.
    pub trained: Option<BTreeMap<String, std::ops::Range<usize>>>,
}

impl Learner {
    /// Everything that can be trained: name, variable, whether it belongs to the head, which elements decay.
    #[must_use]
    pub fn variables(&self) -> Vec<(String, Var, bool, Vec<std::ops::Range<usize>>)> {
        let mut all = vec![(
            "encoder".to_owned(),
            self.parameters.flat.clone(),
            false,
            self.encoder.layout().decayed(),
        )];
        if let Some(Words::Trained(words)) = &self.parameters.words {
            all.push(("words".to_owned(), words.clone(), false, Vec::new()));
        }
        let head = self.head.variables().into_iter().map(|(n, v, d)| (format!("head.{n}"), v, d));
        let mixture = self.mixture.iter().flat_map(Mixture::variables);
        for (name, var, decays) in head.chain(mixture.map(|(n, v, d)| (format!("mixture.{n}"), v, d))) {
            let n = var.elem_count();
            #[expect(
                clippy::single_range_in_vec_init,
                reason = "one range of elements, not the elements of a range"
            )]
            all.push((name, var, true, if decays { vec![0..n] } else { Vec::new() }));
        }
        all
    }

    /// Copies all trained parameters to the host.
    ///
    /// # Errors
    ///
    /// When candle cannot read them.
    pub fn state(&self) -> Result<State> {
        self.variables()
            .into_iter()
            .map(|(name, var, ..)| Ok((name, var.flatten_all()?.to_vec1()?)))
            .collect()
    }

    /// Sets all trained parameters.
    ///
    /// # Errors
    ///
    /// When one is missing or has another length.
    pub fn set_state(&self, state: &State) -> Result<()> {
        for (name, var, ..) in self.variables() {
            let values = state.get(&name).with_context(|| format!("saved parameters lack `{name}`"))?;
            if values.len() != var.elem_count() {
                bail!("saved `{name}` has {} values, the model has {}", values.len(), var.elem_count());
            }
            var.set(&Tensor::from_slice(values, var.shape(), var.device())?)?;
        }
        Ok(())
    }

    /// Whether the encoder stays as it is.
    fn encoder_is_frozen(&self) -> bool {
        self.trained.as_ref().is_some_and(|t| !t.contains_key("encoder") && !t.contains_key("words"))
    }

    /// Runs a batch.
    ///
    /// # Errors
    ///
    /// When the encoder or candle fails.
    pub fn outputs(&self, batch: &Batch, mode: Mode) -> Result<Outputs> {
        let seed = if let Mode::Train { seed } = mode { Some(seed) } else { None };
        // What is not trained needs no dropout and no backward pass.
        let mode = if self.encoder_is_frozen() { Mode::Infer } else { mode };
        let mixed = match &self.mixture {
            None => {
                let vectors = self.encoder.forward(&self.parameters, batch, mode)?;
                Mixed { vectors, weights: Vec::new() }
            }
            Some(m) if m.config().scope == Scope::Token => {
                m.forward_tokens(&self.encoder.forward_tokens(&self.parameters, batch, mode)?, &batch.tasks)?
            }
            Some(m) => {
                m.forward_pooled(&self.encoder.forward(&self.parameters, batch, mode)?, &batch.tasks)?
            }
        };
        let logits = self.head.forward(&mixed.vectors, &batch.tasks, seed)?;
        Ok(Outputs { logits, experts: mixed.weights })
    }

    /// Logits of a batch, `[sequences, columns]`.
    ///
    /// # Errors
    ///
    /// When the encoder or candle fails.
    pub fn logits(&self, batch: &Batch, mode: Mode) -> Result<Tensor> {
        Ok(self.outputs(batch, mode)?.logits)
    }

    /// Logits of many texts, each with its task, in their order.
    ///
    /// # Errors
    ///
    /// When the encoder or candle fails.
    pub fn infer(
        &self,
        texts: &[(&Encoded, usize)],
        batch: usize,
        mut progress: impl FnMut(usize),
    ) -> Result<Vec<Vec<f32>>> {
        let mut rows = Vec::with_capacity(texts.len());
        for chunk in texts.chunks(batch) {
            rows.extend(self.logits(&assemble(chunk.iter().copied()), Mode::Infer)?.to_vec2()?);
            progress(chunk.len());
        }
        Ok(rows)
    }

    /// Mean loss of each task by human scores; 0 for a task without examples.
    fn task_losses(&self, examples: &[Example], batch: usize) -> Result<Vec<f64>> {
        (0..self.head.tasks().len())
            .map(|task| {
                let own: Vec<Example> = examples.iter().filter(|e| e.target.group == task).cloned().collect();
                self.mean_loss(&own, Objective::default(), batch)
            })
            .collect()
    }

    fn mean_loss(&self, examples: &[Example], objective: Objective, batch: usize) -> Result<f64> {
        let mut sum = 0.0;
        for chunk in examples.chunks(batch) {
            let logits =
                self.logits(&assemble(chunk.iter().map(|e| (&e.text, e.target.group))), Mode::Infer)?;
            let rows = chunk.iter().map(|e| e.target.clone()).collect();
            let loss =
                HeadLoss::new(self.head.groups().to_vec(), rows, objective.lambda, objective.temperature);
            sum += f64::from(loss.apply(&logits)?.to_scalar::<f32>()?) * chunk.len() as f64;
        }
        Ok(sum / examples.len().max(1) as f64)
    }
}

fn assemble<'a>(texts: impl Iterator<Item = (&'a Encoded, usize)>) -> Batch {
    let mut batch = Batch::default();
    for (t, task) in texts {
        batch.push_for(task, &t.ids, &t.segments);
    }
    batch
}

/// Replaces tokens by the unknown token, as an unknown word would appear.
fn drop_words(batch: &mut Batch, probability: f32, unknown: u32, seed: u64) {
    if probability <= 0.0 {
        return;
    }
    for (place, id) in (0u32..).zip(batch.ids.iter_mut()) {
        #[expect(clippy::cast_possible_truncation, reason = "both halves of the seed are used")]
        let draw = hash(place ^ seed as u32, (seed >> 32) as u32);
        if f64::from(draw) / 4_294_967_296.0 < f64::from(probability) {
            *id = unknown;
        }
    }
}

/// The share of each task in the next epoch.
fn shares(train: &[Example], pupil: &[f64], teacher: &[f64]) -> Vec<f64> {
    let mut counts = vec![0.0; pupil.len()];
    train.iter().for_each(|e| counts[e.target.group] += 1.0);
    let gaps: Vec<f64> = pupil
        .iter()
        .zip(teacher)
        .zip(&counts)
        .map(|((p, t), n)| if *n > 0.0 { (p - t).max(0.0) } else { 0.0 })
        .collect();
    let sum: f64 = gaps.iter().sum();
    let even = |n: &f64| n / train.len() as f64;
    counts
        .iter()
        .zip(&gaps)
        .map(|(n, gap)| if sum > 0.0 { 0.5 * even(n) + 0.5 * gap / sum } else { even(n) })
        .collect()
}

/// As many answers as there are, the tasks in these shares; those of a task go round in an order of their own.
fn drawn(train: &[Example], shares: &[f64], seed: u64) -> Vec<usize> {
    let mut order = Vec::with_capacity(train.len() + shares.len());
    for (task, share) in shares.iter().enumerate() {
        let own: Vec<usize> = (0..train.len()).filter(|i| train[*i].target.group == task).collect();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
        let wanted = (share * train.len() as f64).round() as usize;
        let turn = random::permutation(own.len(), derive(seed, task as u64 + 1));
        order.extend(turn.iter().cycle().take(if own.is_empty() { 0 } else { wanted }).map(|i| own[*i]));
    }
    // Rounding may leave one answer too few or too many per task.
    let all = random::permutation(train.len(), derive(seed, 0));
    let missing = train.len().saturating_sub(order.len());
    order.extend(&all[..missing]);
    let mixed = random::permutation(order.len(), seed);
    mixed.into_iter().take(train.len()).map(|i| order[i]).collect()
}

/// The learning rate of a step (from 0) as a share of the highest.
fn schedule(step: usize, total: usize, warmup: f64) -> f64 {
    let (at, rise) = ((step + 1) as f64, (total as f64 * warmup).max(1.0));
    if at <= rise { at / rise } else { ((total as f64 - at + 1.0) / (total as f64 - rise + 1.0)).max(0.0) }
}

/// What a fit learns from, and how.
#[derive(Clone, Copy)]
pub struct Lesson<'a> {
    /// Answers to train on.
    pub train: &'a [Example],
    /// Answers whose loss chooses the best epoch.
    pub validation: &'a [Example],
    /// Rates, lengths and stopping.
    pub settings: &'a FitSettings,
    /// The loss.
    pub objective: Objective,
    /// Id of the unknown token, which takes the place of dropped words.
    pub unknown: u32,
    /// The teacher's loss on the validation answers of each task, for drawing tasks by the gap to it.
    pub teacher_losses: Option<&'a [f64]>,
    /// Everything random follows from it.
    pub seed: u64,
}

/// Where a fit keeps its checkpoint and how it tells of its progress.
pub struct Watch<'a> {
    /// Checkpoint file; a fit continues from it, and removes nothing.
    pub checkpoint: Option<&'a Path>,
    /// Time between checkpoints within an epoch.
    pub every: Duration,
    /// Called after each step with (answers done, answers in all epochs, text).
    pub progress: &'a (dyn Fn(u64, u64, &str) + Sync),
}

/// Fits `learner` and leaves the parameters of the best epoch in it.
///
/// The same examples, settings and seed give the same parameters, also when the fit was interrupted and resumed.
///
/// # Errors
///
/// When there are no examples, the loss is no longer finite, or a checkpoint cannot be read or written.
pub fn fit(learner: &Learner, lesson: &Lesson<'_>, watch: &Watch<'_>) -> Result<History> {
    let Lesson { train, validation, settings, objective, unknown, teacher_losses, seed } = *lesson;
    if train.is_empty() || validation.is_empty() {
        bail!(
            "a fit needs answers to train on and to validate on: {} and {} given; raise `data.validation`, or bring more answers",
            train.len(),
            validation.len()
        );
    }
    let gaps = match (settings.sampling, teacher_losses) {
        (Sampling::Even, _) => None,
        (Sampling::Gap, Some(losses)) => Some(losses),
        (Sampling::Gap, None) => bail!("tasks are to be drawn by the gap to a teacher, and there is none"),
    };
    let mut optimizer = Optimizer::new(learner, settings);
    let per_epoch = train.len().div_ceil(settings.batch);
    let total = per_epoch * settings.epochs;
    let mut run = Checkpoint::default();
    if let Some(path) = watch.checkpoint.filter(|p| p.exists()) {
        run = Checkpoint::read(path)?;
        learner.set_state(&run.parameters)?;
        optimizer.set_moments(std::mem::take(&mut run.moments))?;
    }
    let started = Instant::now();
    let (earlier, mut saved_at) = (run.history.seconds, Instant::now());
    while run.step < total && !run.finished {
        let epoch = run.step / per_epoch;
        let epoch_seed = derive(seed, 2 * epoch as u64);
        let order = match gaps {
            None => random::permutation(train.len(), epoch_seed),
            Some(teacher) => {
                // A fit resumed within an epoch goes on with the shares it began the epoch with.
                if run.history.shares.len() == epoch {
                    let pupil = learner.task_losses(validation, 64)?;
                    run.history.shares.push(shares(train, &pupil, teacher));
                }
                drawn(train, &run.history.shares[epoch], epoch_seed)
            }
        };
        for within in run.step % per_epoch..per_epoch {
            let chosen = &order[within * settings.batch..((within + 1) * settings.batch).min(train.len())];
            let mut batch = assemble(chosen.iter().map(|i| (&train[*i].text, train[*i].target.group)));
            let step_seed = derive(seed, 2 * run.step as u64 + 1);
            drop_words(&mut batch, settings.word_dropout, unknown, derive(step_seed, 1));
            let rows = chosen.iter().map(|i| train[*i].target.clone()).collect();
            let rate = settings.rate * schedule(run.step, total, settings.warmup);
            let value = optimizer.step(
                &batch,
                rows,
                objective,
                Update { number: run.step + 1, rate, seed: step_seed },
            )?;
            run.step += 1;
            run.epoch_loss += value * chosen.len() as f64;
            let done = epoch * train.len() + ((within + 1) * settings.batch).min(train.len());
            let text = format!("epoch {}/{} loss {value:.4}", epoch + 1, settings.epochs);
            (watch.progress)(done as u64, (train.len() * settings.epochs) as u64, &text);
            // Not after the last step: a fit resumed there would leave out this epoch's validation, and the epoch
            // writes its own checkpoint next.
            if let Some(path) = watch.checkpoint
                && within + 1 < per_epoch
                && saved_at.elapsed() > watch.every
            {
                run.history.seconds = earlier + started.elapsed().as_secs_f64();
                run.write(path, learner, optimizer.slots())?;
                saved_at = Instant::now();
            }
        }
        let loss = learner.mean_loss(validation, objective, 64)?;
        ensure!(
            loss.is_finite(),
            "the loss on {} validation answers is {loss} after epoch {}: lower the learning rate (now {:.1e})",
            validation.len(),
            epoch + 1,
            settings.rate
        );
        run.history.train_loss.push(run.epoch_loss / train.len() as f64);
        run.history.validation_loss.push(loss);
        run.epoch_loss = 0.0;
        let last = settings.keep == Keep::Last;
        if loss < run.best_loss || last {
            (run.best_loss, run.history.best_epoch, run.best) = (loss, epoch, learner.state()?);
        }
        run.finished = !last && epoch - run.history.best_epoch >= settings.patience;
        run.history.seconds = earlier + started.elapsed().as_secs_f64();
        if let Some(path) = watch.checkpoint {
            run.write(path, learner, optimizer.slots())?;
            saved_at = Instant::now();
        }
    }
    learner.set_state(&run.best)?;
    Ok(run.history)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_rises_then_falls_to_almost_zero() {
        let rates: Vec<f64> = (0..100).map(|s| schedule(s, 100, 0.1)).collect();
        assert!((rates[0] - 0.1).abs() < 1e-12 && (rates[9] - 1.0).abs() < 1e-12);
        assert!(rates[9..].windows(2).all(|w| w[1] < w[0]) && rates[99] > 0.0 && rates[99] < 0.02);
    }

    #[test]
    fn tasks_far_behind_the_teacher_are_drawn_more_often() {
        let target = |group| RowTarget { group, hard: None, soft: None };
        let train: Vec<Example> =
            (0..300).map(|i| Example { text: Encoded::default(), target: target(i % 3) }).collect();
        let shares = shares(&train, &[0.5, 0.9, 0.2], &[0.4, 0.6, 0.3]);
        // Gaps of 0.1, 0.3 and none.
        for (have, want) in shares.iter().zip([1.0 / 6.0 + 0.125, 1.0 / 6.0 + 0.375, 1.0 / 6.0]) {
            assert!((have - want).abs() < 1e-9, "{shares:?}");
        }
        let order = drawn(&train, &shares, 5);
        assert_eq!(order.len(), train.len());
        assert_eq!(order, drawn(&train, &shares, 5));
        let of = |task: usize| order.iter().filter(|i| *i % 3 == task).count();
        assert!((160..=165).contains(&of(1)) && (48..=52).contains(&of(2)), "{} {}", of(1), of(2));
        // No answer is left out of a task that is drawn in full.
        let seen: std::collections::HashSet<_> = order.iter().filter(|i| *i % 3 == 1).collect();
        assert_eq!(seen.len(), 100);
    }

    /// A learner on an encoder, for a task with three levels and one with two labels.
    fn learner(encoder: Box<dyn Encoder>, parameters: Parameters, scope: Option<Scope>) -> Learner {
        use crate::model::head::TaskHead;
        use crate::model::mixture::Config;
        let tasks = [
            TaskHead { kind: crate::data::HeadKind::Ordinal, labels: 3 },
            TaskHead { kind: crate::data::HeadKind::Sigmoid, labels: 2 },
        ];
        let priors = [vec![0.2, 0.3, 0.5], vec![0.5, 0.5]];
        let (width, device) = (encoder.width(), candle_core::Device::Cpu);
        let head = Head::new(&tasks, &priors, width, 4, 0.1, 1, &device).unwrap();
        let config = |scope| Config {
            scope,
            experts: 2,
            blocks: 2,
            hidden: 4,
            gate: 3,
            task_embedding: 2,
            top_k: None,
        };
        let mixture = scope.map(|scope| Mixture::new(config(scope), width, 2, 2, &device).unwrap());
        Learner { encoder, parameters, mixture, head, trained: None }
    }

    /// Every encoder that a model may have, with every mixture that goes with it.
    fn learners() -> Vec<(&'static str, Learner)> {
        use crate::model::bert::{Bert, Config};
        use crate::model::{lstm, mean};
        let cpu = candle_core::Device::Cpu;
        let mut all = Vec::new();
        for (state_bits, quantized_weights) in [(None, false), (Some(16), true)] {
            for scope in [None, Some(Scope::Pooled)] {
                let config = lstm::Config {
                    vocab: 7,
                    embedding: 4,
                    hidden: 4,
                    dropout: 0.1,
                    state_bits,
                    quantized_weights,
                };
                let e = lstm::ELstm::new(config);
                let flat = Parameters::new(e.init(3), None, &cpu).unwrap();
                all.push(("e-lstm", learner(Box::new(e), flat, scope)));
            }
        }
        let e = mean::MeanEmbedding::new(mean::Config { vocab: 7, embedding: 4, dropout: 0.1 });
        let flat = Parameters::new(e.init(3), None, &cpu).unwrap();
        all.push(("mean embedding", learner(Box::new(e), flat, None)));
        for trained in [false, true] {
            for scope in [None, Some(Scope::Pooled), Some(Scope::Token)] {
                let config = Config {
                    vocab_size: 7,
                    hidden_size: 8,
                    num_hidden_layers: 2,
                    num_attention_heads: 2,
                    intermediate_size: 12,
                    max_position_embeddings: 16,
                    type_vocab_size: 2,
                    layer_norm_eps: 1e-12,
                    hidden_dropout_prob: 0.1,
                };
                let e = Bert::new(config, 2).unwrap();
                let words = Tensor::from_vec(crate::ops::tests::uniform(56, 4), (7, 8), &cpu).unwrap();
                let words = match trained {
                    true => Words::Trained(Var::from_tensor(&words).unwrap()),
                    false => Words::Frozen(words),
                };
                let flat = crate::ops::tests::uniform(e.layout().len(), 5);
                let parameters = Parameters::new(flat, Some(words), &cpu).unwrap();
                all.push(("bert", learner(Box::new(e), parameters, scope)));
            }
        }
        all
    }

    #[test]
    fn empty_texts_and_tiny_batches_are_learned_from_by_every_model() {
        let example = |ids: &[u32], group: usize| Example {
            text: Encoded { ids: ids.to_vec(), segments: vec![0; ids.len()] },
            target: RowTarget {
                group,
                hard: Some((
                    crate::ops::loss::Target { positive: vec![1.0, 0.0], negative: vec![0.0, 1.0] },
                    1.0,
                )),
                soft: None,
            },
        };
        let (empty, full) = (|group| example(&[], group), |group| example(&[1, 4, 2], group));
        let sets = [
            vec![empty(0)],
            vec![empty(0), empty(1), empty(0)],
            vec![full(0)],
            vec![empty(0), full(1), empty(1), full(0), empty(0)],
            vec![full(1), empty(0)],
        ];
        for train in &sets {
            for validation in &sets {
                for (name, learner) in learners() {
                    let settings = FitSettings { epochs: 2, batch: 2, rate: 1e-2, ..FitSettings::default() };
                    let objective = Objective { balance: 0.1, ..Objective::default() };
                    let lesson = Lesson {
                        train,
                        validation,
                        settings: &settings,
                        objective,
                        unknown: 0,
                        teacher_losses: None,
                        seed: 3,
                    };
                    let watch =
                        Watch { checkpoint: None, every: Duration::from_secs(60), progress: &|_, _, _| {} };
                    let history = fit(&learner, &lesson, &watch).unwrap_or_else(|e| panic!("{name}: {e:#}"));
                    let state = learner.state().unwrap();
                    assert!(history.train_loss.iter().all(|l| l.is_finite()), "{name}");
                    assert!(state.values().flatten().all(|v| v.is_finite()), "{name}");
                }
            }
        }
    }

    #[test]
    fn an_empty_text_has_the_vector_of_zeros_beside_others_or_alone() {
        for (name, learner) in learners() {
            let mut batch = Batch::default();
            let alone = |batch: &Batch| -> Vec<Vec<f32>> {
                let vectors = learner.encoder.forward(&learner.parameters, batch, Mode::Infer).unwrap();
                vectors.to_vec2().unwrap()
            };
            batch.push(&[], &[]);
            assert!(alone(&batch)[0].iter().all(|v| *v == 0.0), "{name}");
            let score = learner.logits(&batch, Mode::Infer).unwrap().to_vec2::<f32>().unwrap();
            batch.push(&[1, 2], &[0, 0]);
            batch.push(&[], &[]);
            let both = alone(&batch);
            assert!(both[0].iter().chain(&both[2]).all(|v| *v == 0.0), "{name}");
            assert!(both[1].iter().any(|v| *v != 0.0), "{name}");
            let scores = learner.logits(&batch, Mode::Infer).unwrap().to_vec2::<f32>().unwrap();
            for (a, b) in score[0].iter().zip(&scores[2]) {
                assert!((a - b).abs() < 1e-6, "{name}: {a} but {b}");
            }
        }
    }

    #[test]
    fn dropped_words_become_unknown_at_the_stated_rate() {
        let mut batch = Batch::default();
        batch.push(&vec![5; 10_000], &vec![0; 10_000]);
        drop_words(&mut batch, 0.1, 0, 77);
        let dropped = batch.ids.iter().filter(|id| **id == 0).count();
        assert!((850..1150).contains(&dropped), "{dropped}");
    }
}
