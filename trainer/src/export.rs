//! From trained pupils to a `.pupil` file: quantized weights, decisions set on validation data, provenance.

use crate::data::{Dataset, HeadKind, Target, TaskData};
use crate::distil::{Classroom, Family, Job, Pupil};
use crate::labels::Scored;
use crate::learner::State;
use crate::metrics::{Outcomes, Tally};
use crate::model::head::TaskHead;
use crate::recipe::{Corpus, Recipe};
use crate::teach::labelled;
use crate::text::{Cut, Encoded};
use anyhow::{Context, Result, ensure};
use pupil_core::format::manifest::{
    Calibration, DataSource, ELstm, Encoder, Head, HeadKind as FileHead, Input, Label, Manifest, Metric,
    Review, Scale, Task, TokenizerEntry, Training,
};
use pupil_core::format::writer::FileBuilder;
use pupil_core::parts::e_lstm::LstmWeights;
use pupil_core::quant::quantize_rows;
use pupil_core::tokenizer::TokenizerKind;
use std::collections::BTreeMap;

/// Fewest validation answers that temperature and thresholds are fitted to: a handful says only that the model is right or
/// wrong, and the best temperature then is the lowest or the highest.
const MIN_FITTED: usize = 20;

/// How a task's probabilities become an award and a decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Decisions {
    /// Divides the logits.
    pub temperature: f32,
    /// Ordinal: expected levels from which each next level is awarded. Sigmoid: one probability per label.
    pub thresholds: Vec<f32>,
    /// Below this confidence a person looks at the answer.
    pub min_confidence: f32,
}

impl Decisions {
    /// Plain rounding, no review.
    #[must_use]
    pub fn plain(head: &TaskHead) -> Self {
        let thresholds = match head.kind {
            HeadKind::Softmax => Vec::new(),
            HeadKind::Sigmoid => vec![0.5; head.labels],
            HeadKind::Ordinal => (1..head.labels).map(|k| k as f32 - 0.5).collect(),
        };
        Self { temperature: 1.0, thresholds, min_confidence: 0.0 }
    }

    /// The award for some probabilities, as the engine makes it.
    #[must_use]
    pub fn award(&self, head: &TaskHead, probabilities: &[f32]) -> Target {
        match head.kind {
            HeadKind::Softmax => {
                let best = (0..probabilities.len())
                    .rev()
                    .max_by(|a, b| probabilities[*a].total_cmp(&probabilities[*b]));
                Target::Class(best.unwrap_or(0))
            }
            HeadKind::Sigmoid => {
                Target::Labels(probabilities.iter().zip(&self.thresholds).map(|(p, t)| p >= t).collect())
            }
            HeadKind::Ordinal => {
                let expected = expected(probabilities);
                Target::Level(self.thresholds.iter().filter(|t| expected >= **t).count())
            }
        }
    }

    /// Confidence in an award, as the engine defines it.
    #[must_use]
    pub fn confidence(&self, award: &Target, probabilities: &[f32]) -> f32 {
        match award {
            Target::Class(k) | Target::Level(k) => probabilities[*k],
            Target::Labels(_) => probabilities.iter().map(|p| p.max(1.0 - p)).fold(1.0, f32::min),
            Target::Missing => 0.0,
        }
    }

    /// Sets temperature, thresholds and review band on validation logits; the first two stay plain where there are fewer
    /// than 20 answers to fit them to.
    #[must_use]
    pub fn fit(
        head: &TaskHead,
        task: &TaskData,
        logits: &[Vec<f32>],
        truths: &[Target],
        review_share: f64,
    ) -> Self {
        let mut decisions = Self::plain(head);
        let enough = logits.len() >= MIN_FITTED;
        if enough {
            decisions.temperature = fit_temperature(head, logits, truths);
        }
        let probabilities: Vec<Vec<f32>> =
            logits.iter().map(|z| head.probabilities(z, decisions.temperature)).collect();
        if enough {
            decisions.fit_thresholds(head, task, &probabilities, truths);
        }
        let mut confidences: Vec<f32> =
            probabilities.iter().map(|p| decisions.confidence(&decisions.award(head, p), p)).collect();
        confidences.sort_by(f32::total_cmp);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
        let place = (confidences.len() as f64 * review_share) as usize;
        // Where all are to be reviewed, or none was there to judge by, a person looks at every answer.
        decisions.min_confidence = confidences.get(place).copied().unwrap_or(1.0).clamp(0.0, 1.0);
        decisions
    }

    /// Moves each threshold within ±0.3 to where agreement (QWK, or kappa of a label) is best on validation data.
    ///
    /// Of the places that come within a hundredth of the best, the one nearest to plain rounding is taken: a few
    /// hundred answers cannot tell such places apart, and plain rounding carries no fitting error.
    fn fit_thresholds(
        &mut self,
        head: &TaskHead,
        task: &TaskData,
        probabilities: &[Vec<f32>],
        truths: &[Target],
    ) {
        const STEP: f32 = 0.05;
        const REACH: i16 = 6;
        const TIE: f64 = 0.01;
        let plain = self.thresholds.clone();
        for _ in 0..2 {
            for k in 0..plain.len() {
                let mut found: Vec<(f32, f64)> = Vec::new();
                for step in -REACH..=REACH {
                    let candidate = plain[k] + STEP * f32::from(step);
                    let ordered = head.kind != HeadKind::Ordinal
                        || ((k == 0 || self.thresholds[k - 1] + STEP / 2.0 < candidate)
                            && (k + 1 == plain.len() || candidate + STEP / 2.0 < self.thresholds[k + 1]));
                    if ordered && candidate > 0.0 {
                        let trial = Self {
                            thresholds: self
                                .thresholds
                                .iter()
                                .enumerate()
                                .map(|(i, t)| if i == k { candidate } else { *t })
                                .collect(),
                            ..self.clone()
                        };
                        let awards = probabilities.iter().map(|p| trial.award(head, p));
                        if let Some(value) = agreement(task, awards, truths) {
                            found.push((candidate, value));
                        }
                    }
                }
                let best = found.iter().map(|f| f.1).fold(f64::NEG_INFINITY, f64::max);
                let near = |f: &&(f32, f64)| f.1 >= best - TIE;
                let distance = |c: f32| (c - plain[k]).abs();
                if let Some((c, _)) =
                    found.iter().filter(near).min_by(|a, b| distance(a.0).total_cmp(&distance(b.0)))
                {
                    self.thresholds[k] = *c;
                }
            }
        }
    }
}

/// The expected level, summed as the engine sums it: from the lowest step upward.
fn expected(probabilities: &[f32]) -> f32 {
    (1..probabilities.len()).map(|k| probabilities[k..].iter().sum::<f32>()).sum()
}

fn agreement(task: &TaskData, awards: impl Iterator<Item = Target>, truths: &[Target]) -> Option<f64> {
    let pairs: Vec<(Target, Target)> = truths.iter().cloned().zip(awards).collect();
    let outcomes = Outcomes::new(task, pairs.iter().map(|(t, a)| (t, a))).ok()?;
    let tally: Tally = outcomes.tally_of(0..outcomes.len());
    tally.metric(crate::metrics::Metric::of(task.head)[0])
}

/// The temperature with the lowest loss on validation data, between 0.5 and 3, by golden-section search on its logarithm.
fn fit_temperature(head: &TaskHead, logits: &[Vec<f32>], truths: &[Target]) -> f32 {
    let loss = |log_t: f64| -> f64 {
        #[expect(clippy::cast_possible_truncation, reason = "a temperature")]
        let t = log_t.exp() as f32;
        let term = |p: f32| -f64::from(p.max(1e-7)).ln();
        logits
            .iter()
            .zip(truths)
            .map(|(z, truth)| {
                let p = head.probabilities(z, t);
                match truth {
                    Target::Class(k) | Target::Level(k) => term(p[*k]),
                    Target::Labels(l) => {
                        l.iter().zip(&p).map(|(l, p)| term(if *l { *p } else { 1.0 - p })).sum()
                    }
                    Target::Missing => 0.0,
                }
            })
            .sum()
    };
    let (mut low, mut high) = (0.5f64.ln(), 3f64.ln());
    let ratio = (5f64.sqrt() - 1.0) / 2.0;
    for _ in 0..40 {
        let (a, b) = (high - ratio * (high - low), low + ratio * (high - low));
        if loss(a) <= loss(b) {
            high = b;
        } else {
            low = a;
        }
    }
    #[expect(clippy::cast_possible_truncation, reason = "a temperature")]
    let t = (0.5 * (low + high)).exp() as f32;
    t
}

/// Logits of a pupil for answers to one of its tasks, given by their places in a set.
///
/// # Errors
///
/// When the tokenizer or the model fails.
pub fn logits(
    recipe: &Recipe,
    pupil: &Pupil,
    set: &Dataset,
    task: usize,
    rows: &[usize],
) -> Result<Vec<Vec<f32>>> {
    let group = pupil.group(task);
    let columns = pupil.learner.head.groups()[group].columns.clone();
    let texts: Vec<Encoded> = rows
        .iter()
        .map(|i| {
            let a = &set.answers[*i];
            pupil.text.encode(a.reference.as_deref().filter(|_| recipe.data.pairs), &a.text)
        })
        .collect::<Result<_>>()?;
    let all = pupil.learner.infer(&texts.iter().map(|t| (t, group)).collect::<Vec<_>>(), 64, |_| {})?;
    Ok(all.into_iter().map(|row| row[columns.clone()].to_vec()).collect())
}

/// The graded validation answers of a task.
#[must_use]
pub fn validation_rows(corpus: &Corpus, task: usize) -> Vec<usize> {
    corpus
        .split
        .validation
        .iter()
        .copied()
        .filter(|i| {
            corpus.train.answers[*i].task == task && corpus.train.answers[*i].target != Target::Missing
        })
        .collect()
}

/// Sets a pupil's decisions on the validation part.
///
/// # Errors
///
/// When the model fails.
pub fn decisions(recipe: &Recipe, corpus: &Corpus, task: usize, pupil: &Pupil) -> Result<Decisions> {
    let rows = validation_rows(corpus, task);
    let logits = logits(recipe, pupil, &corpus.train, task, &rows)?;
    let truths: Vec<Target> = rows.iter().map(|i| corpus.train.answers[*i].target.clone()).collect();
    Ok(Decisions::fit(
        pupil.head(task),
        &corpus.train.tasks[task],
        &logits,
        &truths,
        recipe.export.review_share,
    ))
}

/// The pupil in f32, with decisions, on the answers of its task in a set.
///
/// # Errors
///
/// When the model fails.
pub fn score_f32(
    recipe: &Recipe,
    pupil: &Pupil,
    decisions: &Decisions,
    set: &Dataset,
    task: usize,
) -> Result<Vec<Scored>> {
    let rows: Vec<usize> = set.of_task(task).collect();
    let head = pupil.head(task);
    Ok(rows
        .iter()
        .zip(logits(recipe, pupil, set, task, &rows)?)
        .map(|(i, z)| {
            let p = head.probabilities(&z, decisions.temperature);
            let award = decisions.award(head, &p);
            Scored::with_award(set, *i, p, award)
        })
        .collect())
}

/// One pupil chosen for a file.
pub struct Chosen {
    /// The job that trained it.
    pub job: Job,
    /// The pupil.
    pub pupil: Pupil,
    /// Its decisions.
    pub decisions: Decisions,
    /// Measured figures for the manifest.
    pub metrics: Vec<Metric>,
}

/// A manifest without tasks: what holds for every file of a run, and whether a teacher `taught` its models, whose own
/// seeds follow.
pub(crate) fn manifest(
    recipe: &Recipe,
    corpus: &Corpus,
    recipe_blake3: &str,
    taught: bool,
    model_seeds: &[u64],
) -> Manifest {
    let seeds = ("model_seeds".to_owned(), serde_json::json!(model_seeds));
    Manifest {
        name: recipe.model_name().to_owned(),
        description: recipe.description.clone(),
        licence: recipe.licence.clone(),
        attribution: recipe.attribution.clone(),
        created_by: crate::TOOL.to_owned(),
        training: Training {
            data: corpus
                .sources
                .iter()
                .map(|s| DataSource {
                    name: s.name.clone(),
                    blake3: Some(s.blake3.clone()),
                    rows: u64::try_from(s.rows).ok(),
                })
                .collect(),
            teacher: taught.then(|| recipe.teacher.described()),
            recipe_blake3: Some(recipe_blake3.to_owned()),
            seed: Some(recipe.seed),
            tool: Some(crate::TOOL.to_owned()),
            extra: BTreeMap::from([seeds]),
        },
        ..Manifest::default()
    }
}

/// The manifest of the file of one E-LSTM per task, as far as it is known before anything is trained.
pub(crate) fn planned(recipe: &Recipe, corpus: &Corpus) -> Manifest {
    let mut manifest = manifest(recipe, corpus, "", recipe.export.lambda > 0.0, &recipe.distil.seeds);
    for (index, task) in corpus.train.tasks.iter().enumerate() {
        let head = TaskHead { kind: task.head, labels: task.labels.len() };
        // How many words there are shows later; there are never too many.
        add_entries(&mut manifest, (recipe, corpus, index), 3, (&Decisions::plain(&head), &[]));
    }
    manifest
}

/// Adds the tokenizer, the encoder and the task of one E-LSTM with a vocabulary of that size.
fn add_entries(
    manifest: &mut Manifest,
    (recipe, corpus, index): (&Recipe, &Corpus, usize),
    vocab: usize,
    (decisions, metrics): (&Decisions, &[Metric]),
) {
    let (p, task) = (&recipe.pupil, &corpus.train.tasks[index]);
    let kind = match p.tokenizer {
        Cut::WordLevel => TokenizerKind::WordLevel,
        Cut::WordPiece => TokenizerKind::WordPiece,
    };
    manifest.tokenizers.insert(task.id.clone(), TokenizerEntry::of_kind(kind, &task.id));
    let encoder = ELstm {
        tokenizer: task.id.clone(),
        vocab,
        embedding: p.embedding,
        hidden: p.hidden,
        state_bits: p.state_bits,
    };
    manifest.encoders.insert(task.id.clone(), Encoder::ELstm(encoder));
    manifest.tasks.push(Task {
        encoder: task.id.clone(),
        head: Head { kind: head_kind(task), hidden: p.dense },
        metrics: metrics.to_vec(),
        ..file_task(recipe, corpus, index, decisions)
    });
}

/// Builds a file of one E-LSTM per task; tokenizer and encoder are named after it.
///
/// # Errors
///
/// When a pupil's parameters cannot be written as the format demands.
pub fn build(class: &Classroom<'_>, chosen: &[Chosen], recipe_blake3: &str) -> Result<FileBuilder> {
    let (recipe, corpus) = (class.recipe, class.corpus);
    let taught = chosen.iter().any(|c| c.job.lambda > 0.0);
    let seeds: Vec<u64> = chosen.iter().map(|c| c.job.seed).collect();
    let mut manifest = manifest(recipe, corpus, recipe_blake3, taught, &seeds);
    for c in chosen {
        ensure!(c.job.family == Family::ELstm, "only E-LSTM pupils can be exported");
        let vocab = c.pupil.text.vocab_size();
        add_entries(&mut manifest, (recipe, corpus, c.job.task), vocab, (&c.decisions, &c.metrics));
    }
    let mut file = FileBuilder::new(manifest);
    for c in chosen {
        let task = &corpus.train.tasks[c.job.task];
        file.bytes(format!("tokenizer.{}", task.id), &c.pupil.text.to_json()?);
        add_weights(&mut file, recipe, task, c).with_context(|| format!("pupil of {}", task.id))?;
    }
    Ok(file)
}

pub(crate) fn head_kind(task: &TaskData) -> FileHead {
    match task.head {
        HeadKind::Softmax => FileHead::Softmax,
        HeadKind::Sigmoid => FileHead::Sigmoid,
        HeadKind::Ordinal => FileHead::Ordinal,
    }
}

/// Which classes, levels or labels of a task some answer of the training part has, by its human score.
fn seen(corpus: &Corpus, task: usize) -> Vec<bool> {
    let mut seen = vec![false; corpus.train.tasks[task].labels.len()];
    for answer in labelled(corpus, &corpus.split.train, task) {
        match &answer.target {
            Target::Class(k) | Target::Level(k) => seen[*k] = true,
            Target::Labels(labels) => seen.iter_mut().zip(labels).for_each(|(seen, on)| *seen |= on),
            Target::Missing => {}
        }
    }
    seen
}

/// The entry of a task, without what depends on the model.
pub(crate) fn file_task(recipe: &Recipe, corpus: &Corpus, task: usize, decisions: &Decisions) -> Task {
    let seen = seen(corpus, task);
    let task = &corpus.train.tasks[task];
    let label = |(name, seen): (&String, bool)| Label { unseen: !seen, ..Label::named(name) };
    Task {
        id: task.id.clone(),
        name: task.name.clone(),
        input: if recipe.data.pairs { Input::Pair } else { Input::Answer },
        labels: task.labels.iter().zip(seen).map(label).collect(),
        scale: (task.head == HeadKind::Ordinal).then(|| Scale::of(&task.points)),
        thresholds: decisions.thresholds.clone(),
        calibration: Calibration { temperature: decisions.temperature },
        review: Review {
            min_words: recipe.export.min_words as usize,
            max_unknown: recipe.export.max_unknown,
            max_repeated: recipe.export.max_repeated,
            min_confidence: decisions.min_confidence,
        },
        ..Task::default()
    }
}

fn add_weights(file: &mut FileBuilder, recipe: &Recipe, task: &TaskData, c: &Chosen) -> Result<()> {
    let state: State = c.pupil.learner.state()?;
    add_lstm(file, &task.id, recipe, &c.pupil, &state)?;
    add_head(file, &c.pupil, &state, c.job.task, task, quantize_rows)
}

/// Writes a pupil's LSTM as the encoder `name`.
pub(crate) fn add_lstm(
    file: &mut FileBuilder,
    name: &str,
    recipe: &Recipe,
    pupil: &Pupil,
    state: &State,
) -> Result<()> {
    let p = &recipe.pupil;
    let flat = state.get("encoder").context("the pupil has no encoder")?;
    let layout = pupil.learner.encoder.layout();
    let part = |name: &str| -> Result<&[f32]> {
        let entry = layout.get(name).with_context(|| format!("the encoder has no `{name}`"))?;
        Ok(&flat[entry.range.clone()])
    };
    let (embedding, embedding_scale) = quantize_rows(part("embedding")?, p.embedding);
    let (input, input_scale) = quantize_rows(part("input")?, p.embedding);
    let (recurrent, recurrent_scale) = quantize_rows(part("recurrent")?, p.hidden);
    file.lstm(
        name,
        &LstmWeights {
            vocab: pupil.text.vocab_size(),
            embedding_dim: p.embedding,
            hidden: p.hidden,
            state_bits: p.state_bits,
            embedding: &embedding,
            embedding_scale: &embedding_scale,
            input: &input,
            input_scale: &input_scale,
            recurrent: &recurrent,
            recurrent_scale: &recurrent_scale,
            bias: part("bias")?,
        },
    );
    Ok(())
}

/// Quantizes a matrix row by row: the values, and a scale per row.
pub(crate) type Quantize = fn(&[f32], usize) -> (Vec<i8>, Vec<f32>);

/// Adds the head of one of a pupil's tasks, quantized by `quantize`.
pub(crate) fn add_head(
    file: &mut FileBuilder,
    pupil: &Pupil,
    state: &State,
    task: usize,
    data: &TaskData,
    quantize: Quantize,
) -> Result<()> {
    let part = |name: &str| state.get(name).with_context(|| format!("the pupil has no `{name}`"));
    let (hidden, hidden_bias) = (part("head.hidden.weight")?, part("head.hidden.bias")?);
    let (tasks, group) = (pupil.learner.head.tasks(), pupil.group(task));
    let dense = hidden_bias.len() / tasks.len();
    let width = hidden.len() / hidden_bias.len();
    // Everything that belongs to a task stands after what belongs to the tasks before it.
    let (weight, scale) = quantize(&hidden[group * dense * width..(group + 1) * dense * width], width);
    let bias = &hidden_bias[group * dense..(group + 1) * dense];
    file.linear(&format!("task.{}.hidden", data.id), (dense, width), &weight, &scale, bias);
    let first: usize = tasks[..group].iter().map(TaskHead::scores).sum();
    let rows = tasks[group].scores();
    let output = &part("head.output.weight")?[first * dense..(first + rows) * dense];
    let (weight, scale) = quantize(output, dense);
    let bias = &part("head.output.bias")?[pupil.learner.head.groups()[group].columns.clone()];
    let name = format!("task.{}.output", data.id);
    if data.head == HeadKind::Ordinal {
        file.linear(&name, (1, dense), &weight, &scale, &[0.0]);
        file.f32(format!("task.{}.cuts", data.id), &[bias.len()], &descending(bias));
    } else {
        file.linear(&name, (rows, dense), &weight, &scale, bias);
    }
    Ok(())
}

/// Cuts in strictly falling order. Trained cuts are, where every level occurs; a pair that crossed is set apart by
/// a thousandth, which gives the level between them no probability to speak of.
fn descending(cuts: &[f32]) -> Vec<f32> {
    let mut out: Vec<f32> = Vec::with_capacity(cuts.len());
    for cut in cuts {
        out.push(out.last().map_or(*cut, |last| cut.min(last - 1e-3)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordinal(labels: usize) -> (TaskHead, TaskData) {
        let head = TaskHead { kind: HeadKind::Ordinal, labels };
        let task = TaskData {
            id: "t".into(),
            name: "t".into(),
            head: HeadKind::Ordinal,
            labels: (0..labels).map(|l| l.to_string()).collect(),
            points: (0..).take(labels).collect(),
        };
        (head, task)
    }

    #[test]
    fn plain_decisions_round_the_expected_level() {
        let (head, _) = ordinal(3);
        let plain = Decisions::plain(&head);
        for (p, want) in
            [([0.6, 0.4, 0.0], 0), ([0.4, 0.4, 0.2], 1), ([0.0, 0.5, 0.5], 2), ([0.5, 0.0, 0.5], 1)]
        {
            assert_eq!(plain.award(&head, &p), Target::Level(want), "{p:?}");
        }
    }

    #[test]
    fn threshold_moves_to_where_validation_answers_agree() {
        let (head, task) = ordinal(2);
        // Answers of level 1 get p = 0.42 at least, those of level 0 at most 0.2.
        let cases: Vec<(f32, usize)> =
            (0..40).map(|i| if i % 2 == 0 { (0.2, 0) } else { (0.42 + i as f32 * 0.005, 1) }).collect();
        let logits: Vec<Vec<f32>> = cases.iter().map(|(p, _)| vec![(p / (1.0 - p)).ln()]).collect();
        let truths: Vec<Target> = cases.iter().map(|(_, l)| Target::Level(*l)).collect();
        let fitted = Decisions::fit(&head, &task, &logits, &truths, 0.0);
        let awards = logits.iter().map(|z| fitted.award(&head, &head.probabilities(z, fitted.temperature)));
        assert_eq!(agreement(&task, awards, &truths), Some(1.0), "{fitted:?}");
    }

    #[test]
    fn temperature_of_overconfident_logits_rises() {
        let (head, _) = ordinal(2);
        // Certain logits that are wrong one time in five: ln(4) would be right.
        let logits: Vec<Vec<f32>> = (0..100).map(|i| vec![if i % 2 == 0 { 4.0 } else { -4.0 }]).collect();
        let truths: Vec<Target> =
            (0..100).map(|i| Target::Level(usize::from((i % 2 == 0) != (i % 10 < 2)))).collect();
        let t = fit_temperature(&head, &logits, &truths);
        assert!((t - 4.0 / 4f32.ln()).abs() < 0.15, "{t}");
    }

    #[test]
    fn review_band_sends_the_stated_share() {
        let (head, task) = ordinal(2);
        let logits: Vec<Vec<f32>> = (0..200).map(|i| vec![(i as f32 - 100.0) / 20.0]).collect();
        let truths: Vec<Target> = (0..200).map(|i| Target::Level(usize::from(i > 100))).collect();
        let fitted = Decisions::fit(&head, &task, &logits, &truths, 0.2);
        let below = logits
            .iter()
            .filter(|z| {
                let p = head.probabilities(z, fitted.temperature);
                fitted.confidence(&fitted.award(&head, &p), &p) < fitted.min_confidence
            })
            .count();
        assert!((36..=40).contains(&below), "{below}");
    }

    #[test]
    fn a_handful_of_validation_answers_fits_nothing_and_none_vouches_for_nothing() {
        let (head, task) = ordinal(2);
        // Three answers, all of them right: any fit would make the model as sure as it can be.
        let logits: Vec<Vec<f32>> = vec![vec![0.4], vec![-0.3], vec![0.1]];
        let truths = [1, 0, 1].map(Target::Level);
        let few = Decisions::fit(&head, &task, &logits, &truths, 0.0);
        assert_eq!((few.temperature, few.thresholds), (1.0, vec![0.5]));
        let none = Decisions::fit(&head, &task, &[], &[], 0.15);
        assert_eq!((none.temperature, none.thresholds, none.min_confidence), (1.0, vec![0.5], 1.0));
    }

    #[test]
    fn whole_share_sends_every_answer_to_a_person() {
        let (head, task) = ordinal(2);
        let logits: Vec<Vec<f32>> = (0..50).map(|i| vec![(i as f32 - 25.0) / 10.0]).collect();
        let truths: Vec<Target> = (0..50).map(|i| Target::Level(usize::from(i > 25))).collect();
        let fitted = Decisions::fit(&head, &task, &logits, &truths, 1.0);
        for z in &logits {
            let p = head.probabilities(z, fitted.temperature);
            assert!(fitted.confidence(&fitted.award(&head, &p), &p) < fitted.min_confidence, "{z:?}");
        }
    }

    #[test]
    fn crossed_cuts_are_set_apart() {
        let cuts = descending(&[1.0, 1.5, -2.0]);
        assert!(cuts.windows(2).all(|w| w[0] > w[1]), "{cuts:?}");
    }
}
