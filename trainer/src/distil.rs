//! Training pupils, with or without a teacher.

use crate::corpus::Corpus;
use crate::data::{Dataset, TaskData};
use crate::files;
use crate::fit::{
    Example, FitInput, FitMonitor, History, Learner, Objective, fit, read_state, replace_state,
};
use crate::head::{Head, TaskHead, certain, priors, weights};
use crate::labels::Labels;
use crate::loss::{Distillation, RowTarget};
use crate::model::Encoder;
use crate::model::lstm::{self, ELstm};
use crate::model::mean::{self, MeanEmbedding};
use crate::model::params::Parameters;
use crate::model::pretrained::{Pretrained, word_vectors};
use crate::ops::dropout::derive;
use crate::recipe::Recipe;
use crate::teach::labelled;
use crate::tokenizer::{Tokenizer, UNKNOWN};
use crate::workers;
use anyhow::{Context, Result, ensure};
use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Form in which the pupils of one task learn from their teacher.
const DISTILLATION: Distillation = Distillation::Paper;

/// Encoder of a pupil.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Embedding, bidirectional LSTM, maximum.
    ELstm,
    /// Mean of the embeddings: the baseline without word order.
    MeanEmbedding,
}

/// One pupil to train.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Job {
    /// Task, an index into the corpus.
    pub task: usize,
    /// Encoder.
    pub family: Family,
    /// Weight of the teacher's share.
    pub lambda: f32,
    /// Repetition.
    pub seed: u64,
}

/// What is kept beside a trained pupil.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Finished {
    /// Hash of everything that the pupil follows from.
    pub key: String,
    /// The fit.
    pub history: History,
    /// Trained values, vocabulary included.
    pub parameters: usize,
}

impl Finished {
    /// Validation loss of the epoch that was kept.
    #[must_use]
    pub fn validation_loss(&self) -> f64 {
        self.history.validation_loss.get(self.history.best_epoch).copied().unwrap_or(f64::INFINITY)
    }
}

/// Says that the model of a folder is missing, or follows from other settings or answers than the recipe's.
pub(crate) fn untrained(place: &Path) -> String {
    format!(
        "{} has not been trained with these settings and answers: run `distil` first, or `run` for all stages",
        place.display()
    )
}

/// A pupil: tokenizer and model, of one task or of several.
pub struct Pupil {
    /// Tasks (indices into the corpus) in the order of the head.
    pub tasks: Vec<usize>,
    /// The tokenizer.
    pub tokenizer: Tokenizer,
    /// The model.
    pub learner: Learner,
}

impl Pupil {
    /// The group of columns of a task of the corpus.
    ///
    /// # Panics
    ///
    /// When the pupil does not know the task.
    #[must_use]
    pub fn group(&self, task: usize) -> usize {
        self.tasks.iter().position(|t| *t == task).expect("asked for the pupil's own tasks only")
    }

    /// The head of a task of the corpus.
    ///
    /// # Panics
    ///
    /// When the pupil does not know the task.
    #[must_use]
    pub fn head(&self, task: usize) -> &TaskHead {
        &self.learner.head.tasks()[self.group(task)]
    }
}

/// What all pupils of a run share.
pub struct Classroom<'a> {
    /// The settings.
    pub recipe: &'a Recipe,
    /// The answers.
    pub corpus: &'a Corpus,
    /// The teacher's view of the training part.
    pub labels: Option<&'a Labels>,
    /// Perturbed answers with the teacher's view of them.
    pub copies: Option<(&'a Dataset, &'a Labels)>,
    /// Source of word vectors.
    pub pretrained: &'a Pretrained,
    /// Hash of the teachers.
    pub teacher_blake3: &'a str,
    /// Folder of the pupils.
    pub folder: &'a Path,
}

impl Classroom<'_> {
    /// Folder of a job.
    #[must_use]
    pub fn place(&self, job: Job) -> PathBuf {
        let family = match job.family {
            Family::ELstm => "e-lstm",
            Family::MeanEmbedding => "mean-embedding",
        };
        self.folder
            .join(files::part(&self.corpus.train.tasks[job.task].id))
            .join(format!("{family}-lambda-{}-seed-{}", job.lambda, job.seed))
    }

    fn key(&self, job: Job) -> Result<String> {
        let r = self.recipe;
        let mut settings =
            serde_json::to_value((&r.pupil, r.distil.temperature, r.distil.class_weights, &r.distil.fit))?;
        if job.lambda == 0.0 {
            // A pupil without a teacher does not depend on it.
            settings = serde_json::json!([settings, "no teacher"]);
        } else {
            settings = serde_json::json!([settings, self.teacher_blake3, r.label.copies]);
        }
        let task = &self.corpus.train.tasks[job.task].id;
        // What of the files is left out changes with them and with this program.
        if let Some(left_out) = self.corpus.left_out.key(job.lambda > 0.0) {
            settings = serde_json::json!([settings, left_out]);
        }
        let all = serde_json::json!([
            settings,
            task,
            job.family,
            job.lambda,
            job.seed,
            self.corpus.blake3,
            self.pretrained.blake3(),
            r.seed,
            r.data,
            crate::TOOL
        ]);
        Ok(blake3::hash(all.to_string().as_bytes()).to_hex().to_string())
    }

    /// The tokenizer of a task: from its training answers alone.
    ///
    /// # Errors
    ///
    /// When there are none.
    pub fn tokenizer(&self, task: usize) -> Result<Tokenizer> {
        let p = &self.recipe.pupil;
        let rows =
            self.corpus.split.train.iter().map(|i| &self.corpus.train.answers[*i]).filter(|a| a.task == task);
        let mut texts: Vec<&str> = Vec::new();
        for a in rows {
            texts.push(&a.text);
            if self.recipe.data.pairs {
                texts.extend(a.reference.as_deref());
            }
        }
        Tokenizer::build(&texts, p.tokenizer, p.vocab, p.min_count, p.max_tokens)
    }

    /// An untrained pupil, with its starting parameters.
    ///
    /// # Errors
    ///
    /// When its tokenizer cannot be built, or the pretrained word vectors cannot be read.
    pub fn untrained(&self, job: Job) -> Result<Pupil> {
        let pupil = self.empty(job)?;
        if self.recipe.pupil.pretrained_embedding {
            let mut flat = pupil.learner.parameters.values()?;
            let start = word_vectors(self.pretrained, &pupil.tokenizer, self.recipe.pupil.embedding)?;
            flat[..start.len()].copy_from_slice(&start);
            pupil.learner.parameters.flat.set(&Tensor::from_slice(&flat, flat.len(), &Device::Cpu)?)?;
        }
        Ok(pupil)
    }

    /// A pupil of the right shape whose parameters are about to be set.
    fn empty(&self, job: Job) -> Result<Pupil> {
        let (p, task) = (&self.recipe.pupil, &self.corpus.train.tasks[job.task]);
        let tokenizer = self.tokenizer(job.task)?;
        let vocab = tokenizer.vocab_size();
        let head = TaskHead { kind: task.head, labels: task.labels.len() };
        let prior = priors(task, labelled(self.corpus, &self.corpus.split.train, job.task));
        let (encoder, flat): (Box<dyn Encoder>, Vec<f32>) = match job.family {
            Family::ELstm => {
                let e = ELstm::new(lstm::Config {
                    vocab,
                    embedding: p.embedding,
                    hidden: p.hidden,
                    dropout: p.dropout,
                    state_bits: p.quantization_aware.then_some(p.state_bits),
                    quantized_weights: p.quantization_aware,
                });
                let flat = e.init(derive(job.seed, 10));
                (Box::new(e), flat)
            }
            Family::MeanEmbedding => {
                let e =
                    MeanEmbedding::new(mean::Config { vocab, embedding: p.embedding, dropout: p.dropout });
                let flat = e.init(derive(job.seed, 10));
                (Box::new(e), flat)
            }
        };
        let head = Head::new(
            &[head],
            &[prior],
            encoder.width(),
            p.dense,
            p.head_dropout,
            derive(job.seed, 11),
            &Device::Cpu,
        )?;
        let parameters = Parameters::new(flat, None, &Device::Cpu)?;
        Ok(Pupil {
            tasks: vec![job.task],
            tokenizer,
            learner: Learner { encoder, parameters, mixture: None, head, trained: None },
        })
    }

    /// A trained pupil.
    ///
    /// # Errors
    ///
    /// When it has not been trained with these settings and answers.
    pub fn trained(&self, job: Job) -> Result<Pupil> {
        ensure!(self.finished(job).is_some(), untrained(&self.place(job)));
        let pupil = self.empty(job)?;
        pupil.learner.set_state(&read_state(&self.place(job).join("pupil.safetensors"))?)?;
        Ok(pupil)
    }

    /// The record of a trained pupil, if it still follows from the same settings and data.
    #[must_use]
    pub fn finished(&self, job: Job) -> Option<Finished> {
        let done: Finished = files::read_json(&self.place(job).join("finished.json")).ok()?;
        (done.key == self.key(job).ok()? && self.place(job).join("pupil.safetensors").is_file())
            .then_some(done)
    }

    fn examples(&self, pupil: &Pupil, job: Job, rows: &[usize]) -> Result<Vec<Example>> {
        let task = &self.corpus.train.tasks[job.task];
        let prior = priors(task, labelled(self.corpus, &self.corpus.split.train, job.task));
        let weights = weights(self.recipe.distil.class_weights, task, &prior);
        let soft = match self.labels {
            Some(labels) if job.lambda > 0.0 => Some(labels.aligned(&self.corpus.train)?),
            _ => None,
        };
        let mut examples = Vec::new();
        for i in rows {
            let answer = &self.corpus.train.answers[*i];
            if answer.task == job.task {
                let hard = certain(task, &answer.target)
                    .map(|p| (p, answer.target.index().map_or(1.0, |k| weights[k])));
                let soft = soft.as_ref().and_then(|s| s[*i]);
                examples.extend(self.example(pupil, answer, hard, soft)?);
            }
        }
        Ok(examples)
    }

    fn example(
        &self,
        pupil: &Pupil,
        answer: &crate::data::Answer,
        hard: Option<(Vec<f32>, f32)>,
        soft: Option<&[f32]>,
    ) -> Result<Option<Example>> {
        if hard.is_none() && soft.is_none() {
            return Ok(None);
        }
        let head = &pupil.learner.head.tasks()[0];
        let form = DISTILLATION.form();
        let reference = answer.reference.as_deref().filter(|_| self.recipe.data.pairs);
        Ok(Some(Example {
            text: pupil.tokenizer.encode(reference, &answer.text)?,
            target: RowTarget {
                group: 0,
                hard: hard.map(|(p, w)| (head.target(&p), w)),
                soft: soft.map(|p| form.target(head, p, self.recipe.distil.temperature)),
            },
        }))
    }

    /// Trains one pupil and writes it; a pupil that is there already is left alone.
    ///
    /// # Errors
    ///
    /// As [`fit`], and when a file cannot be written.
    pub fn train(&self, job: Job, progress: &(dyn Fn(u64, u64, &str) + Sync)) -> Result<Finished> {
        if let Some(done) = self.finished(job) {
            return Ok(done);
        }
        let task: &TaskData = &self.corpus.train.tasks[job.task];
        let place = self.place(job);
        let pupil = self.untrained(job)?;
        let mut train = self.examples(&pupil, job, &self.corpus.split.train)?;
        if let Some((set, labels)) = self.copies.filter(|_| job.lambda > 0.0) {
            let soft = labels.aligned(set)?;
            for (answer, soft) in set.answers.iter().zip(soft) {
                if answer.task == job.task {
                    train.extend(self.example(&pupil, answer, None, soft)?);
                }
            }
        }
        let validation = self.examples(&pupil, job, &self.corpus.split.validation)?;
        let objective = Objective {
            distillation: DISTILLATION,
            lambda: job.lambda,
            temperature: self.recipe.distil.temperature,
            balance: 0.0,
        };
        let monitor = FitMonitor { checkpoint: None, every: Duration::from_secs(60), progress };
        let unknown = pupil.tokenizer.id(UNKNOWN).context("a pupil's vocabulary holds the unknown token")?;
        let input = FitInput {
            train: &train,
            validation: &validation,
            settings: &self.recipe.distil.fit,
            objective,
            unknown,

            teacher_losses: None,
            seed: derive(job.seed, 12),
        };
        let history = fit(&pupil.learner, &input, &monitor)
            .with_context(|| format!("pupil of {}, λ {}, seed {}", task.id, job.lambda, job.seed))?;
        let parameters = pupil.learner.variables().iter().map(|v| v.1.elem_count()).sum();
        let record = place.join("finished.json");
        replace_state(&place.join("pupil.safetensors"), &record, &pupil.learner.state()?)?;
        files::write(&place.join("tokenizer.json"), &pupil.tokenizer.to_json()?)?;
        let done = Finished { key: self.key(job)?, history, parameters };
        files::write_json(&record, &done)?;
        Ok(done)
    }

    /// Trains many pupils, as many at a time as there are threads, each on one thread.
    ///
    /// # Errors
    ///
    /// The first error of any pupil; those that finished are kept.
    pub fn train_all(&self, jobs: &[Job]) -> Result<Vec<Finished>> {
        workers::one_thread_each(&format!("{} pupils", jobs.len()), jobs, |job| {
            Ok((self.train(*job, &|_, _, _| {})?, self.corpus.train.tasks[job.task].id.clone()))
        })
    }
}
