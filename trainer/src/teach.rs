//! Fine-tuning the teacher.

use crate::corpus::Corpus;
use crate::data::{Answer, TaskData};
use crate::files;
use crate::fit::{Example, FitInput, FitMonitor, History, Learner, Objective, fit, read_state};
use crate::head::{Head, TaskHead, certain, priors, weights};
use crate::loss::RowTarget;
use crate::model::Encoder;
use crate::model::bert::{Bert, Config};
use crate::model::pretrained::{Pretrained, device};
use crate::ops::dropout::derive;
use crate::progress::Bar;
use crate::recipe::Recipe;
use crate::tokenizer::Tokenizer;
use anyhow::{Context, Result};
use std::path::Path;
use std::time::Duration;

/// Heads of the given tasks.
#[must_use]
pub fn heads(tasks: &[TaskData]) -> Vec<TaskHead> {
    tasks.iter().map(|t| TaskHead { kind: t.head, labels: t.labels.len() }).collect()
}

/// A teacher: tokenizer and model for some tasks of the corpus.
pub struct Teacher {
    /// Tasks (indices into the corpus) in the order of the head.
    pub tasks: Vec<usize>,
    /// The tokenizer.
    pub tokenizer: Tokenizer,
    /// The model.
    pub learner: Learner,
}

/// The sets of tasks that one teacher each learns: all together, or one by one.
#[must_use]
pub fn scopes(recipe: &Recipe, tasks: usize) -> Vec<Vec<usize>> {
    if recipe.teacher.joint { vec![(0..tasks).collect()] } else { (0..tasks).map(|t| vec![t]).collect() }
}

impl Teacher {
    /// An untrained teacher on a pretrained encoder.
    ///
    /// # Errors
    ///
    /// When the encoder's files do not fit together.
    pub fn new(
        recipe: &Recipe,
        corpus: &Corpus,
        pretrained: &Pretrained,
        tasks: &[usize],
        seed: u64,
    ) -> Result<Self> {
        let device = device()?;
        let config: Config = files::read_json(&pretrained.file("config.json"))?;
        let bert = Bert::new(config, rayon::current_num_threads())?;
        let parameters =
            bert.load(&pretrained.file("model.safetensors"), recipe.teacher.train_words, &device)?;
        let tokenizer = Tokenizer::pretrained(&pretrained.file("tokenizer.json"), recipe.teacher.max_tokens)?;
        let kinds: Vec<TaskData> = tasks.iter().map(|t| corpus.train.tasks[*t].clone()).collect();
        let priors: Vec<Vec<f32>> = tasks
            .iter()
            .zip(&kinds)
            .map(|(t, task)| priors(task, labelled(corpus, &corpus.split.train, *t)))
            .collect();
        let head = Head::new(
            &heads(&kinds),
            &priors,
            bert.width(),
            0,
            recipe.teacher.head_dropout,
            derive(seed, 1),
            &device,
        )?;
        let learner = Learner { encoder: Box::new(bert), parameters, mixture: None, head, trained: None };
        Ok(Self { tasks: tasks.to_vec(), tokenizer, learner })
    }

    /// The group of columns of a task of the corpus.
    ///
    /// # Panics
    ///
    /// When the teacher does not know the task.
    #[must_use]
    pub fn group(&self, task: usize) -> usize {
        self.tasks.iter().position(|t| *t == task).expect("asked for the teacher's own tasks only")
    }

    /// Restores trained parameters.
    ///
    /// # Errors
    ///
    /// When the file is missing or does not fit.
    pub fn load(&self, file: &Path) -> Result<()> {
        self.learner.set_state(&read_state(file)?).with_context(|| format!("teacher {}", file.display()))
    }

    fn examples(&self, recipe: &Recipe, corpus: &Corpus, rows: &[usize]) -> Result<Vec<Example>> {
        let mut examples = Vec::new();
        for (group, t) in self.tasks.iter().enumerate() {
            let task = &corpus.train.tasks[*t];
            let head = &self.learner.head.tasks()[group];
            let prior = priors(task, labelled(corpus, &corpus.split.train, *t));
            let weights = weights(recipe.teacher.class_weights, task, &prior);
            for answer in labelled(corpus, rows, *t) {
                let Some(p) = certain(task, &answer.target) else { continue };
                let weight = answer.target.index().map_or(1.0, |k| weights[k]);
                let reference = answer.reference.as_deref().filter(|_| recipe.data.pairs);
                examples.push(Example {
                    text: self.tokenizer.encode(reference, &answer.text)?,
                    target: RowTarget { group, hard: Some((head.target(&p), weight)), soft: None },
                });
            }
        }
        Ok(examples)
    }

    /// Fine-tunes on the training part, to the parameters of the epoch that is kept; goes on from `checkpoint` where
    /// there is one, and leaves one there.
    ///
    /// # Errors
    ///
    /// As [`fit`].
    pub fn fit(&self, recipe: &Recipe, corpus: &Corpus, seed: u64, checkpoint: &Path) -> Result<History> {
        let train = self.examples(recipe, corpus, &corpus.split.train)?;
        let validation = self.examples(recipe, corpus, &corpus.split.validation)?;
        let bar = Bar::new(format!("teacher, seed {seed}"));
        let monitor = FitMonitor {
            checkpoint: Some(checkpoint),
            every: Duration::from_secs(60),
            progress: &|done, total, text| bar.set(done, total, text),
        };
        let objective = Objective::default();
        let unknown = self.tokenizer.id(crate::tokenizer::UNKNOWN).unwrap_or(0);
        let input = FitInput {
            train: &train,
            validation: &validation,
            settings: &recipe.teacher.fit,
            objective,
            unknown,

            teacher_losses: None,
            seed: derive(seed, 2),
        };
        let fitted = fit(&self.learner, &input, &monitor)?;
        bar.finish();
        Ok(fitted)
    }
}

/// The answers of a task among the given rows.
pub fn labelled<'a>(corpus: &'a Corpus, rows: &'a [usize], task: usize) -> impl Iterator<Item = &'a Answer> {
    rows.iter().map(|i| &corpus.train.answers[*i]).filter(move |a| a.task == task)
}
