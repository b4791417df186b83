//! Models of many tasks: one encoder, a mixture of experts or none, a head per task (Fang et al. 2026).

mod adapt;
mod experts;
mod export;
mod measure;
mod search;

pub use adapt::Adaptation;
pub use experts::{ExpertUse, expert_map, expert_table};
pub use measure::{Measured, Predictions, measure};

use crate::corpus::Corpus;
use crate::data::{Answer, Dataset};
use crate::distil::{Finished, Pupil, untrained};
use crate::export::score_f32;
use crate::files;
use crate::fit::{
    Example, FitInput, FitMonitor, Learner, Objective, Sampling, fit, read_state, replace_state,
};
use crate::head::{Decisions, Head, TaskHead, certain, priors};
use crate::labels::{Labels, Scored};
use crate::loss::{Distillation, RowTarget};
use crate::model::Encoder;
use crate::model::bert::{Bert, Config, Kept};
use crate::model::lstm::{self, ELstm};
use crate::model::mixture::Mixture;
use crate::model::params::Parameters;
use crate::model::pretrained::{Pretrained, device, word_vectors};
use crate::ops::dropout::derive;
use crate::progress::Bar;
use crate::recipe::{Init, Recipe, SharedEncoder, System, UnimoeRecipe};
use crate::teach::labelled;
use crate::tokenizer::{Tokenizer, UNKNOWN};
use crate::workers;
use anyhow::{Context, Result, ensure};
use candle_core::Device;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// An encoder with its tokenizer and the parameters it starts from.
type Start = (Tokenizer, Box<dyn Encoder>, Parameters);

/// One model to train.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// What it is made of.
    pub system: System,
    /// Its tasks, indices into the corpus.
    pub tasks: Vec<usize>,
    /// Repetition.
    pub seed: u64,
}

/// What all models of a run share.
pub struct Workshop<'a> {
    /// The settings.
    pub recipe: &'a Recipe,
    /// Those of the models.
    pub unimoe: &'a UnimoeRecipe,
    /// The answers.
    pub corpus: &'a Corpus,
    /// The teacher's view of the training part, where a system needs it.
    pub labels: Option<&'a Labels>,
    /// Perturbed answers with the teacher's view of them.
    pub copies: Option<(&'a Dataset, &'a Labels)>,
    /// Where the encoder or its word vectors start.
    pub pretrained: &'a Pretrained,
    /// Hash of the teachers.
    pub teacher_blake3: &'a str,
    /// Trained parameters of each teacher that knows all tasks.
    pub teachers: Vec<PathBuf>,
    /// Folder of the models.
    pub folder: &'a Path,
    /// What was decided for models so far.
    pub decided: Decided,
}

/// Decisions of trained models by their folders: each takes a pass over the validation answers.
#[derive(Debug, Default)]
pub struct Decided(Mutex<BTreeMap<PathBuf, Vec<Decisions>>>);

impl Decided {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Vec<Decisions>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Workshop<'_> {
    /// The tasks of the recipe, indices into the corpus.
    ///
    /// # Errors
    ///
    /// When one does not exist.
    pub fn tasks(&self) -> Result<Vec<usize>> {
        let all = &self.corpus.train;
        if self.unimoe.tasks.is_empty() {
            return Ok((0..all.tasks.len()).collect());
        }
        let known = || all.tasks.iter().map(|t| t.id.as_str()).collect::<Vec<_>>().join(", ");
        self.unimoe
            .tasks
            .iter()
            .map(|id| {
                all.task_index(id)
                    .with_context(|| format!("unimoe.tasks: there is no task {id}, there are {}", known()))
            })
            .collect()
    }

    /// Every model that the recipe asks for.
    ///
    /// # Errors
    ///
    /// When a task does not exist.
    pub fn jobs(&self) -> Result<Vec<Job>> {
        let tasks = self.tasks()?;
        let mut jobs = Vec::new();
        for seed in &self.unimoe.seeds {
            for system in &self.unimoe.systems {
                jobs.extend(self.jobs_of(*system, *seed, &tasks));
            }
        }
        Ok(jobs)
    }

    /// The model of one system and seed, or the models where there is one per task.
    #[must_use]
    pub fn jobs_of(&self, system: System, seed: u64, tasks: &[usize]) -> Vec<Job> {
        if system == System::Individual {
            tasks.iter().map(|t| Job { system, tasks: vec![*t], seed }).collect()
        } else {
            vec![Job { system, tasks: tasks.to_vec(), seed }]
        }
    }

    /// Folder of a model.
    #[must_use]
    pub fn place(&self, job: &Job) -> PathBuf {
        let name = job.system.title().to_lowercase().replace(' ', "-");
        let name = match job.tasks[..] {
            [task] if job.system == System::Individual => {
                format!("{name}-{}-seed-{}", files::part(&self.corpus.train.tasks[task].id), job.seed)
            }
            _ => format!("{name}-seed-{}", job.seed),
        };
        self.folder.join(name)
    }

    /// Hash of everything that a model follows from.
    fn key(&self, job: &Job) -> Result<String> {
        let mut u = self.unimoe.clone();
        // The lists do not matter to one of their entries.
        (u.systems, u.seeds, u.tasks) = (Vec::new(), Vec::new(), Vec::new());
        u.export = job.system;
        (u.adapt, u.search) = (None, None);
        if !job.system.mixes() {
            (u.mixture, u.balance) = (crate::model::mixture::Config::default(), 0.0);
        }
        let teacher = if job.system.guided() {
            serde_json::json!([self.teacher_blake3, self.recipe.label.copies])
        } else {
            (u.lambda, u.temperature, u.kd_form, u.beyond_scores) =
                (0.0, 1.0, Distillation::default(), false);
            u.fit.sampling = Sampling::Even;
            u.start = Init::Pretrained;
            serde_json::json!("no teacher")
        };
        // Copies are answers that only the teacher has scored.
        let copied = job.system.guided() && self.unimoe.beyond_scores;
        let teacher = match self.corpus.left_out.key(copied) {
            Some(left_out) => serde_json::json!([teacher, left_out]),
            None => teacher,
        };
        let pupil = (u.encoder == SharedEncoder::Lstm).then_some(&self.recipe.pupil);
        let all = serde_json::json!([
            u,
            pupil,
            teacher,
            job.tasks,
            job.system,
            job.seed,
            self.corpus.blake3,
            self.pretrained.blake3(),
            self.recipe.seed,
            self.recipe.data,
            crate::TOOL
        ]);
        Ok(blake3::hash(all.to_string().as_bytes()).to_hex().to_string())
    }

    /// Texts of the training part of some tasks, references included where they are read.
    fn texts(&self, tasks: &[usize]) -> Vec<&str> {
        let mut texts: Vec<&str> = Vec::new();
        for i in &self.corpus.split.train {
            let a = &self.corpus.train.answers[*i];
            if tasks.contains(&a.task) {
                texts.push(&a.text);
                if self.recipe.data.pairs {
                    texts.extend(a.reference.as_deref());
                }
            }
        }
        texts
    }

    /// An untrained model at its start.
    ///
    /// # Errors
    ///
    /// When its tokenizer cannot be built, or the pretrained encoder cannot be read.
    pub fn untrained(&self, job: &Job) -> Result<Pupil> {
        let start = match self.unimoe.encoder {
            SharedEncoder::Bert => self.bert(job, &device()?)?,
            SharedEncoder::Lstm => self.lstm(job)?,
        };
        self.assemble(job, start)
    }

    /// A model on this encoder, with mixture and heads at their random start.
    fn assemble(&self, job: &Job, (tokenizer, encoder, parameters): Start) -> Result<Pupil> {
        let device = parameters.flat.device().clone();
        let tasks: Vec<_> = job.tasks.iter().map(|t| &self.corpus.train.tasks[*t]).collect();
        let heads: Vec<TaskHead> =
            tasks.iter().map(|t| TaskHead { kind: t.head, labels: t.labels.len() }).collect();
        let priors: Vec<Vec<f32>> = job
            .tasks
            .iter()
            .zip(&tasks)
            .map(|(t, task)| priors(task, labelled(self.corpus, &self.corpus.split.train, *t)))
            .collect();
        let width = encoder.width();
        let mixture = if job.system.mixes() {
            let seed = derive(job.seed, 13);
            Some(Mixture::new(self.unimoe.mixture.clone(), width, tasks.len(), seed, &device)?)
        } else {
            None
        };
        let dense = if self.unimoe.dense == 0 { width / 2 } else { self.unimoe.dense };
        let seed = derive(job.seed, 11);
        let head = Head::new(&heads, &priors, width, dense, self.unimoe.head_dropout, seed, &device)?;
        Ok(Pupil {
            tasks: job.tasks.clone(),
            tokenizer,
            learner: Learner { encoder, parameters, mixture, head, trained: None },
        })
    }

    fn bert(&self, job: &Job, device: &Device) -> Result<Start> {
        let u = self.unimoe;
        let whole: Config = files::read_json(&self.pretrained.file("config.json"))?;
        let layers: Vec<usize> =
            if u.layers.is_empty() { (0..whole.num_hidden_layers).collect() } else { u.layers.clone() };
        u.check_layers(whole.num_hidden_layers)?;
        ensure!(
            u.max_tokens <= whole.max_position_embeddings,
            "unimoe.max_tokens is {}, the encoder reads {}",
            u.max_tokens,
            whole.max_position_embeddings
        );
        let (tokenizer, words) = Tokenizer::pretrained(
            &self.pretrained.file("tokenizer.json"),
            u.max_tokens,
        )?
        .pruned(self.texts(&job.tasks).into_iter(), u.common_words, u.max_tokens)?;
        let config = Config { num_hidden_layers: layers.len(), vocab_size: words.len(), ..whole.clone() };
        let threads = rayon::current_num_threads();
        let bert = Bert::new(config, threads)?.quantization_aware(u.quantization_aware);
        let (file, kept) = (self.pretrained.file("model.safetensors"), Kept { layers, words });
        let mut parameters = bert.load_kept(&file, &kept, whole.vocab_size, u.train_words, device)?;
        if job.system.guided() && u.start == Init::Teacher {
            let teacher = read_state(self.teacher_of(job.seed)?)?;
            let flat = teacher.get("encoder").context("a teacher has an encoder")?;
            let words = teacher.get("words").map(Vec::as_slice);
            bert.take_kept(&mut parameters, &Bert::new(whole, threads)?, &kept, flat, words)?;
        }
        Ok((tokenizer, Box::new(bert), parameters))
    }

    /// The teacher at which the guided models of a seed start.
    fn teacher_of(&self, seed: u64) -> Result<&Path> {
        let place =
            seed.checked_rem(self.teachers.len() as u64).context("there is no teacher to start at")?;
        Ok(&self.teachers[usize::try_from(place)?])
    }

    fn lstm(&self, job: &Job) -> Result<Start> {
        let p = &self.recipe.pupil;
        let tokenizer =
            Tokenizer::build(&self.texts(&job.tasks), p.tokenizer, p.vocab, p.min_count, p.max_tokens)?;
        let encoder = ELstm::new(lstm::Config {
            vocab: tokenizer.vocab_size(),
            embedding: p.embedding,
            hidden: p.hidden,
            dropout: p.dropout,
            state_bits: p.quantization_aware.then_some(p.state_bits),
            quantized_weights: p.quantization_aware,
        });
        let mut flat = encoder.init(derive(job.seed, 10));
        if p.pretrained_embedding {
            let start = word_vectors(self.pretrained, &tokenizer, p.embedding)?;
            flat[..start.len()].copy_from_slice(&start);
        }
        let parameters = Parameters::new(flat, None, &Device::Cpu)?;
        Ok((tokenizer, Box::new(encoder), parameters))
    }

    /// A trained model.
    ///
    /// # Errors
    ///
    /// When it has not been trained with these settings and answers.
    pub fn trained(&self, job: &Job) -> Result<Pupil> {
        ensure!(self.finished(job).is_some(), untrained(&self.place(job)));
        let pupil = self.untrained(job)?;
        pupil.learner.set_state(&read_state(&self.place(job).join("pupil.safetensors"))?)?;
        Ok(pupil)
    }

    /// The record of a trained model, if it still follows from the same settings and data.
    #[must_use]
    pub fn finished(&self, job: &Job) -> Option<Finished> {
        let done: Finished = files::read_json(&self.place(job).join("finished.json")).ok()?;
        (done.key == self.key(job).ok()? && self.place(job).join("pupil.safetensors").is_file())
            .then_some(done)
    }

    /// An answer as it is learned from; `None` where nobody has scored it.
    fn example(
        &self,
        pupil: &Pupil,
        answer: &Answer,
        scored: bool,
        soft: Option<&[f32]>,
    ) -> Result<Option<Example>> {
        let task = &self.corpus.train.tasks[answer.task];
        let hard = if scored { certain(task, &answer.target) } else { None };
        if hard.is_none() && soft.is_none() {
            return Ok(None);
        }
        let head = pupil.head(answer.task);
        let reference = answer.reference.as_deref().filter(|_| self.recipe.data.pairs);
        let form = self.unimoe.kd_form.form();
        let soft = soft.map(|p| form.target(head, p, self.unimoe.temperature));
        Ok(Some(Example {
            text: pupil.tokenizer.encode(reference, &answer.text)?,
            target: RowTarget {
                group: pupil.group(answer.task),
                hard: hard.map(|p| (head.target(&p), 1.0)),
                soft,
            },
        }))
    }

    fn examples(&self, pupil: &Pupil, job: &Job) -> Result<Vec<Example>> {
        let all = &self.corpus.train.answers;
        let mut examples = Vec::new();
        if !job.system.guided() {
            for i in self.corpus.split.train.iter().filter(|i| job.tasks.contains(&all[**i].task)) {
                examples.extend(self.example(pupil, &all[*i], true, None)?);
            }
            return Ok(examples);
        }
        let labels = self.labels.context("a guided model needs a teacher's probabilities")?;
        let soft = labels.aligned(&self.corpus.train)?;
        for i in self.corpus.split.train.iter().filter(|i| job.tasks.contains(&all[**i].task)) {
            let known = certain(&self.corpus.train.tasks[all[*i].task], &all[*i].target).is_some();
            if known || self.unimoe.beyond_scores {
                examples.extend(self.example(pupil, &all[*i], true, soft[*i])?);
            }
        }
        if let Some((set, labels)) = self.copies.filter(|_| self.unimoe.beyond_scores) {
            for (answer, soft) in set.answers.iter().zip(labels.aligned(set)?) {
                if job.tasks.contains(&answer.task) {
                    examples.extend(self.example(pupil, answer, false, soft)?);
                }
            }
        }
        Ok(examples)
    }

    /// Validation answers to some of a model's tasks, with human scores alone, so that the losses of all systems and
    /// weights can be compared.
    fn validation(&self, pupil: &Pupil, tasks: &[usize]) -> Result<Vec<Example>> {
        let mut examples = Vec::new();
        for i in &self.corpus.split.validation {
            let answer = &self.corpus.train.answers[*i];
            if tasks.contains(&answer.task) {
                examples.extend(self.example(pupil, answer, true, None)?);
            }
        }
        Ok(examples)
    }

    /// The teacher's mean loss on the validation answers of each of a model's tasks.
    fn teacher_losses(&self, pupil: &Pupil) -> Result<Vec<f64>> {
        let soft = self.labels.context("a guided model needs a teacher's probabilities")?;
        let soft = soft.aligned(&self.corpus.train)?;
        let mut sums = vec![(0.0, 0.0f64); pupil.tasks.len()];
        for i in &self.corpus.split.validation {
            let answer = &self.corpus.train.answers[*i];
            let (Some(group), Some(p)) = (pupil.tasks.iter().position(|t| *t == answer.task), soft[*i])
            else {
                continue;
            };
            if let Some(truth) = certain(&self.corpus.train.tasks[answer.task], &answer.target) {
                sums[group].0 += pupil.head(answer.task).loss(&truth, p);
                sums[group].1 += 1.0;
            }
        }
        // A task that the teacher does not know is not behind it.
        Ok(sums.into_iter().map(|(sum, n)| if n > 0.0 { sum / n } else { f64::INFINITY }).collect())
    }

    fn objective(&self, system: System) -> Objective {
        let u = self.unimoe;
        Objective {
            distillation: u.kd_form,
            lambda: if system.guided() { u.lambda } else { 0.0 },
            temperature: u.temperature,
            balance: if system.mixes() { u.balance } else { 0.0 },
        }
    }

    /// Trains one model and writes it; a model that is there already is left alone, one that was interrupted goes on.
    ///
    /// # Errors
    ///
    /// As [`fit`], and when a file cannot be written.
    pub fn train(&self, job: &Job) -> Result<Finished> {
        if let Some(done) = self.finished(job) {
            return Ok(done);
        }
        let (u, place, key) = (self.unimoe, self.place(job), self.key(job)?);
        std::fs::create_dir_all(&place).with_context(|| format!("cannot make {}", place.display()))?;
        let (checkpoint, pending) = (place.join("fit.checkpoint"), place.join("pending.json"));
        if files::read_json::<String>(&pending).ok().as_ref() != Some(&key) {
            // A checkpoint of other settings or data is of no use.
            let _ = std::fs::remove_file(&checkpoint);
            files::write_json(&pending, &key)?;
        }
        let pupil = self.untrained(job)?;
        let train = self.examples(&pupil, job)?;
        let validation = self.validation(&pupil, &job.tasks)?;
        let objective = self.objective(job.system);
        let teacher_losses = job.system.guided().then(|| self.teacher_losses(&pupil)).transpose()?;
        let mut settings = u.fit.clone();
        if !job.system.guided() {
            settings.sampling = Sampling::Even;
        }
        let title = format!("{}, seed {}", place.file_name().unwrap_or_default().to_string_lossy(), job.seed);
        let bar = Bar::new(title.clone());
        let monitor = FitMonitor {
            checkpoint: Some(&checkpoint),
            every: Duration::from_secs(60),
            progress: &|done, total, text| bar.set(done, total, text),
        };
        let input = FitInput {
            train: &train,
            validation: &validation,
            settings: &settings,
            objective,
            unknown: pupil.tokenizer.id(UNKNOWN).context("a vocabulary holds the unknown token")?,
            teacher_losses: teacher_losses.as_deref(),
            seed: derive(job.seed, 12),
        };
        let history = fit(&pupil.learner, &input, &monitor).context(title)?;
        bar.finish();
        let words = pupil.learner.parameters.words.as_ref().map_or(0, |w| w.tensor().elem_count());
        let trained: usize = pupil.learner.variables().iter().map(|v| v.1.elem_count()).sum();
        let frozen = if u.train_words { 0 } else { words };
        let record = place.join("finished.json");
        replace_state(&place.join("pupil.safetensors"), &record, &pupil.learner.state()?)?;
        files::write(&place.join("tokenizer.json"), &pupil.tokenizer.to_json()?)?;
        let done = Finished { key, history, parameters: trained + frozen };
        files::write_json(&record, &done)?;
        for file in [checkpoint, pending] {
            std::fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))?;
        }
        Ok(done)
    }

    /// Mean weight of each expert for each task on some answers: block, task, expert.
    ///
    /// # Errors
    ///
    /// When the model fails or has no mixture.
    pub fn expert_use(&self, pupil: &Pupil, set: &Dataset) -> Result<Vec<Vec<Vec<f64>>>> {
        let mixture = pupil.learner.mixture.as_ref().context("a model without mixture has no experts")?;
        let c = mixture.config();
        let mut used = vec![vec![vec![0.0; c.experts]; pupil.tasks.len()]; c.blocks];
        for (group, task) in pupil.tasks.iter().enumerate() {
            let rows: Vec<usize> = set.of_task(*task).collect();
            for chunk in rows.chunks(64) {
                let mut batch = crate::model::Batch::default();
                for i in chunk {
                    let a = &set.answers[*i];
                    let reference = a.reference.as_deref().filter(|_| self.recipe.data.pairs);
                    let text = pupil.tokenizer.encode(reference, &a.text)?;
                    batch.push_for(group, &text.ids, &text.segments);
                }
                let out = pupil.learner.outputs(&batch, crate::model::Mode::Infer)?;
                for (block, alpha) in used.iter_mut().zip(&out.experts) {
                    for row in alpha.to_vec2::<f32>()? {
                        for (sum, a) in block[group].iter_mut().zip(row) {
                            *sum += f64::from(a) / rows.len() as f64;
                        }
                    }
                }
            }
        }
        Ok(used)
    }

    /// Trains many models: those on an LSTM as many at a time as there are threads, the others one by one on all.
    ///
    /// # Errors
    ///
    /// The first error of any model; those that finished are kept.
    pub fn train_all(&self, jobs: &[Job]) -> Result<Vec<Finished>> {
        match self.unimoe.encoder {
            SharedEncoder::Bert => jobs.iter().map(|job| self.train(job)).collect(),
            SharedEncoder::Lstm => workers::one_thread_each(&format!("{} models", jobs.len()), jobs, |job| {
                Ok((self.train(job)?, job.system.title().to_owned()))
            }),
        }
    }

    /// Predictions of all models of a system and seed, in f32, on the answers of their tasks in a set.
    ///
    /// # Errors
    ///
    /// When a model has not been trained, or fails.
    pub fn score_f32(&self, system: System, seed: u64, set: &Dataset) -> Result<Vec<Scored>> {
        let mut rows = Vec::new();
        for job in self.jobs_of(system, seed, &self.tasks()?) {
            let pupil = self.trained(&job)?;
            for (task, decisions) in job.tasks.iter().zip(self.decisions(&job, &pupil)?) {
                rows.extend(score_f32(self.recipe, &pupil, &decisions, set, *task)?);
            }
        }
        rows.sort_by_key(|r| r.index);
        Ok(rows)
    }
}
