//! Adding a task to a finished model: encoder and old heads stay, the mixture and one head are trained on the task's
//! answers and on a few answers of each old task.

use super::{Job, Workshop};
use crate::distil::{Finished, Pupil, untrained};
use crate::files;
use crate::fit::{Example, FitInput, FitMonitor, fit, read_state, replace_state};
use crate::head::certain;
use crate::model::memo::Memo;
use crate::ops::dropout::derive;
use crate::progress::Bar;
use crate::random;
use crate::recipe::{AdaptRecipe, TrainedParts};
use crate::tokenizer::UNKNOWN;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// A task to add to a finished model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adaptation {
    /// The model.
    pub base: Job,
    /// The task, an index into the corpus.
    pub task: usize,
    /// What is trained.
    pub parts: TrainedParts,
}

impl Workshop<'_> {
    /// Every adaptation that the recipe asks for.
    ///
    /// # Errors
    ///
    /// When a task does not exist.
    pub fn adaptations(&self) -> Result<Vec<Adaptation>> {
        let Some(adapt) = &self.unimoe.adapt else { return Ok(Vec::new()) };
        let mut all = Vec::new();
        for seed in &self.unimoe.seeds {
            for base in self.jobs_of(self.unimoe.export, *seed, &self.tasks()?) {
                for id in &adapt.tasks {
                    let task = self.corpus.train.task_index(id);
                    let task = task.with_context(|| format!("unimoe.adapt.tasks: there is no task {id}"))?;
                    for parts in TrainedParts::ALL {
                        all.push(Adaptation { base: base.clone(), task, parts });
                    }
                }
            }
        }
        Ok(all)
    }

    /// Folder of an adapted model.
    #[must_use]
    pub fn adapted_place(&self, a: &Adaptation) -> PathBuf {
        let task = files::part(&self.corpus.train.tasks[a.task].id);
        self.place(&a.base).join(format!("{}-{task}", a.parts.folder()))
    }

    fn adaptation_key(&self, a: &Adaptation, settings: &AdaptRecipe) -> Result<String> {
        let base = files::hash(&self.place(&a.base).join("pupil.safetensors"))?;
        let settings = AdaptRecipe { tasks: Vec::new(), pack: TrainedParts::default(), ..settings.clone() };
        let mut all = serde_json::json!([base, self.key(&a.base)?, settings, a.task, a.parts, crate::TOOL]);
        let mut reserved = Vec::new();
        for task in &a.base.tasks {
            let held = |i: &&usize| self.corpus.reserved.holds(&self.corpus.train.answers[**i]);
            reserved.extend(self.graded(*task).iter().filter(held).copied().collect::<Vec<_>>());
        }
        if !reserved.is_empty() {
            all = serde_json::json!([all, reserved]);
        }
        Ok(blake3::hash(all.to_string().as_bytes()).to_hex().to_string())
    }

    /// The graded answers of a task's training part, in the order in which [`examples`](Self::examples) has them.
    fn graded(&self, task: usize) -> Vec<usize> {
        let data = &self.corpus.train;
        let graded = |i: &usize| {
            let a = &data.answers[*i];
            a.task == task && certain(&data.tasks[task], &a.target).is_some()
        };
        self.corpus.split.train.iter().copied().filter(graded).collect()
    }

    /// The places among a task's graded answers of those that are rehearsed. What is measured on is not, even where it
    /// stands in the training part as well.
    #[must_use]
    pub fn rehearsed(&self, seed: u64, task: usize, rehearsal: usize) -> Vec<usize> {
        let answers = self.graded(task);
        let order = random::permutation(answers.len(), derive(seed, 20 + task as u64));
        let free = |i: &usize| !self.corpus.reserved.holds(&self.corpus.train.answers[answers[*i]]);
        order.into_iter().filter(free).take(rehearsal).collect()
    }

    /// The base with one task more, whose parts are at their random start.
    fn extended(&self, a: &Adaptation) -> Result<Pupil> {
        let base = self.trained(&a.base)?;
        let mut tasks = a.base.tasks.clone();
        tasks.push(a.task);
        let mut pupil = self.assemble(
            &Job { tasks, ..a.base.clone() },
            (base.tokenizer.clone(), base.learner.encoder, base.learner.parameters),
        )?;
        let mut old: BTreeMap<String, Vec<f32>> = read_state(&self.place(&a.base).join("pupil.safetensors"))?;
        let mut trained = BTreeMap::new();
        // Everything that belongs to a task stands after what belongs to the tasks before it.
        for (name, values) in pupil.learner.state()? {
            let known = old.get_mut(&name).with_context(|| format!("the base has no `{name}`"))?;
            let grown = known.len()..values.len();
            if !grown.is_empty() {
                trained.insert(name.clone(), grown.clone());
            } else if a.parts.trains(&name) {
                trained.insert(name.clone(), 0..values.len());
            }
            known.extend_from_slice(&values[grown]);
        }
        pupil.learner.set_state(&old)?;
        pupil.learner.trained = Some(trained);
        Ok(pupil)
    }

    /// An adapted model.
    ///
    /// # Errors
    ///
    /// When it has not been trained with these settings and answers.
    pub fn adapted(&self, a: &Adaptation) -> Result<Pupil> {
        let settings = self.unimoe.adapt.as_ref().context("the recipe has no table unimoe.adapt")?;
        let done: Option<Finished> = files::read_json(&self.adapted_place(a).join("finished.json")).ok();
        let key = self.adaptation_key(a, settings)?;
        ensure!(done.is_some_and(|d| d.key == key), untrained(&self.adapted_place(a)));
        let pupil = self.extended(a)?;
        pupil.learner.set_state(&read_state(&self.adapted_place(a).join("pupil.safetensors"))?)?;
        Ok(pupil)
    }

    /// Trains one adaptation and writes it; one that is there already is left alone.
    ///
    /// # Errors
    ///
    /// When the base has not been trained, the task has too few answers, or a file cannot be written.
    pub fn adapt(&self, a: &Adaptation) -> Result<Finished> {
        let settings = self.unimoe.adapt.as_ref().context("the recipe has no table unimoe.adapt")?;
        ensure!(self.finished(&a.base).is_some(), untrained(&self.place(&a.base)));
        let (place, key) = (self.adapted_place(a), self.adaptation_key(a, settings)?);
        let record = place.join("finished.json");
        if let Ok(done) = files::read_json::<Finished>(&record)
            && done.key == key
            && place.join("pupil.safetensors").is_file()
        {
            return Ok(done);
        }
        let mut pupil = self.extended(a)?;
        // The encoder is frozen; an input that words are dropped from would be another one each time.
        if settings.fit.word_dropout == 0.0 {
            pupil.learner.encoder = Box::new(Memo::new(pupil.learner.encoder));
        }
        let fresh = Job { tasks: vec![a.task], ..a.base.clone() };
        let mut train = self.examples(&pupil, &fresh)?;
        for task in &a.base.tasks {
            let all = self.examples(&pupil, &Job { tasks: vec![*task], ..a.base.clone() })?;
            let graded: Vec<&Example> = all.iter().filter(|e| e.target.hard.is_some()).collect();
            let answers = self.graded(*task);
            ensure!(answers.len() == graded.len(), "every graded answer makes one example");
            for place in self.rehearsed(a.base.seed, *task, settings.rehearsal) {
                train.push(graded[place].clone());
            }
        }
        let mut watched = vec![a.task];
        watched.extend(&a.base.tasks);
        // As many of the old tasks' answers as are rehearsed, so that neither side outweighs the other.
        let mut validation = self.validation(&pupil, &watched[..1])?;
        let old = self.validation(&pupil, &watched[1..])?;
        let order = random::permutation(old.len(), derive(a.base.seed, 19));
        validation.extend(order.into_iter().take(validation.len()).map(|i| old[i].clone()));
        let title = format!("adapting to {}, seed {}", self.corpus.train.tasks[a.task].id, a.base.seed);
        let bar = Bar::new(title.clone());
        let monitor = FitMonitor {
            checkpoint: None,
            every: Duration::from_secs(60),
            progress: &|done, total, text| bar.set(done, total, text),
        };
        let input = FitInput {
            train: &train,
            validation: &validation,
            settings: &settings.fit,
            objective: self.objective(a.base.system),
            unknown: pupil.tokenizer.id(UNKNOWN).context("a vocabulary holds the unknown token")?,

            teacher_losses: None,
            seed: derive(a.base.seed, 21),
        };
        let history = fit(&pupil.learner, &input, &monitor).context(title)?;
        bar.finish();
        replace_state(&place.join("pupil.safetensors"), &record, &pupil.learner.state()?)?;
        let trained = pupil.learner.trained.iter().flatten().map(|t| t.1.len()).sum();
        let done = Finished { key, history, parameters: trained };
        files::write_json(&record, &done)?;
        Ok(done)
    }
}
