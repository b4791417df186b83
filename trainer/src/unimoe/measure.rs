//! Measuring the models of many tasks: tables, comparisons, and which experts each task uses.

use super::experts::ExpertUse;
use super::{Adaptation, Job, Workshop};
use crate::data::{Dataset, TaskData};
use crate::evaluate::score_engine;
use crate::export::{decisions, score_f32};
use crate::labels::{Merge, Scored};
use crate::metrics::{Bootstrap, Metric};
use crate::progress::Bar;
use crate::recipe::{System, TrainedParts};
use crate::report::{Comparison, Evaluation, Run, compare_where_defined, evaluate};
use anyhow::{Context, Result};
use pupil_core::Scorer;
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Instant;

/// Systems whose difference says what a part is worth: the second is the first without it.
const PAIRS: [(System, System); 5] = [
    (System::Mtl, System::Individual),
    (System::Unimoe, System::Mtl),
    (System::MtlGuided, System::Mtl),
    (System::UnimoeGuided, System::Unimoe),
    (System::UnimoeGuided, System::MtlGuided),
];

/// What was measured on one set of answers.
pub struct Measured {
    /// Every system and seed.
    pub systems: Vec<Evaluation>,
    /// Differences between systems.
    pub comparisons: Vec<Comparison>,
}

/// What one system and seed says about a set of answers.
pub struct Predictions {
    /// The system.
    pub system: System,
    /// The seed.
    pub seed: u64,
    /// As trained.
    pub floats: Vec<Scored>,
    /// By the engine.
    pub integers: Vec<Scored>,
}

impl Predictions {
    /// The same predictions on coarser classes.
    #[must_use]
    pub fn merged(&self, merge: &Merge, tasks: &[TaskData]) -> Self {
        Self {
            floats: merge.apply(tasks, &self.floats).1,
            integers: merge.apply(tasks, &self.integers).1,
            ..*self
        }
    }
}

/// Measures predictions of systems and seeds, and what one system has over another.
///
/// # Errors
///
/// When predictions do not fit the tasks.
pub fn measure(
    split: &str,
    tasks: &[TaskData],
    all: &[Predictions],
    bootstrap: &Bootstrap,
) -> Result<Measured> {
    let mut by_system: Vec<(System, Vec<Evaluation>, Vec<Evaluation>)> = Vec::new();
    for v in all {
        let run = |in_what: &str| Run {
            system: format!("{}, {in_what}", v.system.title()),
            split: split.to_owned(),
            seed: Some(v.seed),
        };
        let float = evaluate(run("f32"), tasks, &v.floats, bootstrap)?;
        let integer = evaluate(run("int8"), tasks, &v.integers, bootstrap)?;
        match by_system.iter_mut().find(|b| b.0 == v.system) {
            Some((_, floats, integers)) => {
                floats.push(float);
                integers.push(integer);
            }
            None => by_system.push((v.system, vec![float], vec![integer])),
        }
    }
    let mut comparisons = Vec::new();
    for (_, floats, integers) in &by_system {
        comparisons.extend(compare_where_defined(integers, floats, None, bootstrap)?);
    }
    let found = |s: System| by_system.iter().find(|b| b.0 == s).map(|b| &b.1[..]);
    for (more, less) in PAIRS {
        if let (Some(more), Some(less)) = (found(more), found(less)) {
            let main = compare_where_defined(more, less, None, bootstrap)?;
            if main.as_ref().is_some_and(|c| c.metric != Metric::Kappa) {
                comparisons.extend(main);
                comparisons.extend(compare_where_defined(more, less, Some(Metric::Kappa), bootstrap)?);
            } else {
                comparisons.extend(main);
            }
        }
    }
    let (floats, integers): (Vec<_>, Vec<_>) = by_system.into_iter().map(|b| (b.1, b.2)).unzip();
    Ok(Measured { systems: floats.into_iter().chain(integers).flatten().collect(), comparisons })
}

impl Workshop<'_> {
    /// The recipe's tasks as data.
    ///
    /// # Errors
    ///
    /// When one does not exist.
    pub fn task_data(&self) -> Result<Vec<TaskData>> {
        Ok(self.tasks()?.iter().map(|t| self.corpus.train.tasks[*t].clone()).collect())
    }

    /// Predictions on the recipe's tasks alone, numbered as [`task_data`](Self::task_data) numbers them.
    ///
    /// # Errors
    ///
    /// When a task does not exist.
    pub fn own(&self, rows: &[Scored]) -> Result<Vec<Scored>> {
        let tasks = self.tasks()?;
        let place = |row: &Scored| tasks.iter().position(|t| *t == row.task);
        Ok(rows.iter().filter_map(|r| Some(Scored { task: place(r)?, ..r.clone() })).collect())
    }

    /// Scores a set of answers with every system and seed, in f32 and by the engine.
    ///
    /// # Errors
    ///
    /// When a model has not been trained, or fails.
    pub fn score(&self, set: &Dataset, recipe_blake3: &str) -> Result<Vec<Predictions>> {
        let mut all = Vec::new();
        let bar = Bar::new("measuring".into());
        let total = 2 * (self.unimoe.systems.len() * self.unimoe.seeds.len()) as u64;
        for system in &self.unimoe.systems {
            for seed in &self.unimoe.seeds {
                let title = format!("{}, seed {seed}", system.title());
                let floats = self.own(&self.score_f32(*system, *seed, set)?)?;
                bar.add(1, total, &format!("{title}, f32"));
                let integers = self.own(&self.score_int8(*system, *seed, set, recipe_blake3)?)?;
                bar.add(1, total, &format!("{title}, int8"));
                all.push(Predictions { system: *system, seed: *seed, floats, integers });
            }
        }
        bar.finish();
        Ok(all)
    }

    /// The files of a system and seed, one per model; written beside the models.
    ///
    /// # Errors
    ///
    /// When a model has not been trained, or a file cannot be written.
    pub fn files(&self, system: System, seed: u64, recipe_blake3: &str) -> Result<Vec<(Job, PathBuf)>> {
        let mut made = Vec::new();
        for job in self.jobs_of(system, seed, &self.tasks()?) {
            let pupil = self.trained(&job)?;
            let path = self.place(&job).join("model.pupil");
            self.build(&job, &pupil, &self.decisions(&job, &pupil)?, &[], recipe_blake3)?.write(&path)?;
            made.push((job, path));
        }
        Ok(made)
    }

    /// Predictions of the engine on the files of a system and seed.
    fn score_int8(
        &self,
        system: System,
        seed: u64,
        set: &Dataset,
        recipe_blake3: &str,
    ) -> Result<Vec<Scored>> {
        let mut rows = Vec::new();
        for (job, path) in self.files(system, seed, recipe_blake3)? {
            let scorer = Scorer::open(path)?;
            rows.extend(score_engine(&scorer, set, job.tasks.iter().copied(), self.recipe.data.pairs)?);
        }
        rows.sort_by_key(|r| r.index);
        Ok(rows)
    }

    /// Measures every adaptation: the tasks that were added, and the old tasks before and after.
    ///
    /// # Errors
    ///
    /// When a model has not been trained, or fails.
    pub fn measure_adapted(
        &self,
        split: &str,
        set: &Dataset,
        bootstrap: &Bootstrap,
        recipe_blake3: &str,
    ) -> Result<Measured> {
        let (mut systems, mut comparisons) = (Vec::new(), Vec::new());
        let all = self.adaptations()?;
        let old = self.task_data()?;
        let mut added: Vec<usize> = Vec::new();
        for a in &all {
            if !added.contains(&a.task) {
                added.push(a.task);
            }
        }
        let added_data: Vec<TaskData> = added.iter().map(|t| self.corpus.train.tasks[*t].clone()).collect();
        let bar = Bar::new("measuring added tasks".into());
        let again = all.iter().filter(|a| a.parts == TrainedParts::Mixture).count();
        let total = (all.len() + self.unimoe.seeds.len() + again) as u64;
        let run = |system: String, seed: u64| Run { system, split: split.to_owned(), seed: Some(seed) };
        for parts in TrainedParts::ALL {
            let (mut floats, mut integers) = (Vec::new(), Vec::new());
            for seed in &self.unimoe.seeds {
                let (mut rows, mut of_packs) = (Vec::new(), Vec::new());
                for a in all.iter().filter(|a| a.parts == parts && a.base.seed == *seed) {
                    let place = added.iter().position(|t| *t == a.task).unwrap_or_default();
                    let moved = |r: Scored| Scored { task: place, ..r };
                    rows.extend(self.score_adapted(a, set, &[a.task])?.into_iter().map(moved));
                    let scorer = self.attached(a, recipe_blake3)?;
                    let found = score_engine(&scorer, set, [a.task], self.recipe.data.pairs)?;
                    of_packs.extend(found.into_iter().map(moved));
                    bar.add(1, total, &format!("{}, seed {seed}", parts.title()));
                }
                let added = |in_what: &str| run(format!("added: {}, {in_what}", parts.title()), *seed);
                floats.push(evaluate(added("f32"), &added_data, &rows, bootstrap)?);
                integers.push(evaluate(added("int8 pack"), &added_data, &of_packs, bootstrap)?);
            }
            comparisons.extend(compare_where_defined(&integers, &floats, None, bootstrap)?);
            systems.push(floats);
            systems.push(integers);
        }
        // The packs of each choice of parts against those of the head alone, which stand last.
        if let [.., head] = &systems[..] {
            for ahead in systems.iter().skip(1).step_by(2).take(TrainedParts::ALL.len() - 1) {
                comparisons.extend(compare_where_defined(ahead, head, None, bootstrap)?);
            }
        }
        let mut before = Vec::new();
        for seed in &self.unimoe.seeds {
            let rows = self.own(&self.score_f32(self.unimoe.export, *seed, set)?)?;
            before.push(evaluate(run("old tasks, before, f32".into(), *seed), &old, &rows, bootstrap)?);
            bar.add(1, total, "old tasks, before");
        }
        for task in &added {
            let mut after = Vec::new();
            for a in all.iter().filter(|a| a.parts == TrainedParts::Mixture && a.task == *task) {
                let rows = self.own(&self.score_adapted(a, set, &a.base.tasks)?)?;
                let name = format!("old tasks, {} added, f32", self.corpus.train.tasks[*task].id);
                after.push(evaluate(run(name, a.base.seed), &old, &rows, bootstrap)?);
                bar.add(1, total, "old tasks, after");
            }
            comparisons.extend(compare_where_defined(&after, &before, None, bootstrap)?);
            systems.push(after);
        }
        bar.finish();
        systems.insert(2 * TrainedParts::ALL.len(), before);
        Ok(Measured { systems: systems.into_iter().flatten().collect(), comparisons })
    }

    /// The engine with the base of an adaptation and its task pack; both are written beside the models.
    fn attached(&self, a: &Adaptation, recipe_blake3: &str) -> Result<Scorer> {
        let base = self.place(&a.base).join("model.pupil");
        let pack = self.adapted_place(a).join("pack.pupil");
        self.build_pack(a, &base, &[], recipe_blake3)?.write(&pack)?;
        Ok(Scorer::open(base)?.attach(pack)?)
    }

    /// Bytes of the packs of each choice of parts and of their bases: a table in Markdown.
    ///
    /// # Errors
    ///
    /// When a file is missing.
    pub fn pack_sizes(&self) -> Result<String> {
        let mut page =
            String::from("| pack | seed | task | bytes | of the base |\n|---|---:|---|---:|---:|\n");
        for a in self.adaptations()? {
            let bytes = |path: PathBuf| {
                std::fs::metadata(&path).map(|m| m.len()).with_context(|| format!("no {}", path.display()))
            };
            let base = bytes(self.place(&a.base).join("model.pupil"))?;
            let pack = bytes(self.adapted_place(&a).join("pack.pupil"))?;
            writeln!(
                page,
                "| {} | {} | {} | {pack} | {:.1} % |",
                a.parts.title(),
                a.base.seed,
                self.corpus.train.tasks[a.task].id,
                pack as f64 / base as f64 * 100.0
            )?;
        }
        Ok(page)
    }

    /// Predictions of an adapted model on the answers to some of its tasks; decisions are set anew for each.
    fn score_adapted(&self, a: &Adaptation, set: &Dataset, tasks: &[usize]) -> Result<Vec<Scored>> {
        let pupil = self.adapted(a)?;
        let mut rows = Vec::new();
        for task in tasks {
            let decisions = decisions(self.recipe, self.corpus, *task, &pupil)?;
            rows.extend(score_f32(self.recipe, &pupil, &decisions, set, *task)?);
        }
        Ok(rows)
    }

    /// Mean weights of the experts in every trained mixture.
    ///
    /// # Errors
    ///
    /// When a model has not been trained, or fails.
    pub fn expert_uses(&self, set: &Dataset) -> Result<Vec<ExpertUse>> {
        let mut uses = Vec::new();
        let bar = Bar::new("use of experts".into());
        let mixing = self.unimoe.systems.iter().filter(|s| s.mixes());
        let total = (mixing.clone().count() * self.unimoe.seeds.len()) as u64;
        for system in mixing {
            for seed in &self.unimoe.seeds {
                bar.add(1, total, &format!("{}, seed {seed}", system.title()));
                for job in self.jobs_of(*system, *seed, &self.tasks()?) {
                    let weights = self.expert_use(&self.trained(&job)?, set)?;
                    uses.extend(weights.into_iter().enumerate().map(|(block, weights)| ExpertUse {
                        system: *system,
                        seed: *seed,
                        block,
                        weights,
                    }));
                }
            }
        }
        bar.finish();
        Ok(uses)
    }

    /// What the files of each system cost, first seed: parameters, bytes, and the time that the engine takes for an answer on one
    /// thread, from text to score: a table in Markdown.
    ///
    /// # Errors
    ///
    /// When a model has not been trained, or fails.
    pub fn costs(&self, set: &Dataset, recipe_blake3: &str) -> Result<String> {
        /// Answers of each task that are timed, the first of the set.
        const TIMED: usize = 50;
        let mut page = String::from(
            "| system | models | parameters | bytes of all files | median ms | 90 % within ms |\n|---|---:|---:|---:|---:|---:|\n",
        );
        let Some(seed) = self.unimoe.seeds.first() else { return Ok(page) };
        for system in &self.unimoe.systems {
            let (mut bytes, mut parameters, mut times) = (0, 0, Vec::new());
            let files = self.files(*system, *seed, recipe_blake3)?;
            for (job, path) in &files {
                bytes += std::fs::metadata(path)?.len();
                parameters += self.finished(job).map_or(0, |done| done.parameters);
                let scorer = Scorer::open(path)?;
                for task in &job.tasks {
                    let id = &self.corpus.train.tasks[*task].id;
                    let timed = |place: usize| -> Result<f64> {
                        let answer = &set.answers[place];
                        let begin = Instant::now();
                        match answer.reference.as_deref().filter(|_| self.recipe.data.pairs) {
                            Some(reference) => drop(scorer.score_pair(id, reference, &answer.text)?),
                            None => drop(scorer.score(id, &answer.text)?),
                        }
                        Ok(begin.elapsed().as_secs_f64() * 1e3)
                    };
                    let places: Vec<usize> = set.of_task(*task).take(TIMED).collect();
                    if let Some(first) = places.first() {
                        // This call packs the encoder, and does not count.
                        timed(*first)?;
                    }
                    for place in places {
                        times.push(timed(place)?);
                    }
                }
            }
            times.sort_by(f64::total_cmp);
            let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
            writeln!(
                page,
                "| {} | {} | {parameters} | {bytes} | {:.3} | {:.3} |",
                system.title(),
                files.len(),
                at(50),
                at(90)
            )?;
        }
        Ok(page)
    }

    /// Parameters, seconds of training and the validation loss of the epoch that was kept, of every system: a table in Markdown.
    ///
    /// # Errors
    ///
    /// When a task does not exist.
    pub fn fits(&self) -> Result<String> {
        let mut page = String::from(
            "| system | seed | parameters | epochs | best epoch | validation loss | seconds |\n|---|---:|---:|---:|---:|---:|---:|\n",
        );
        for system in &self.unimoe.systems {
            for seed in &self.unimoe.seeds {
                let jobs = self.jobs_of(*system, *seed, &self.tasks()?);
                let done: Vec<_> = jobs.iter().filter_map(|job| self.finished(job)).collect();
                let n = done.len().max(1) as f64;
                let mean = |f: &dyn Fn(&crate::distil::Finished) -> f64| done.iter().map(f).sum::<f64>() / n;
                writeln!(
                    page,
                    "| {} | {seed} | {} | {:.1} | {:.1} | {:.4} | {:.0} |",
                    system.title(),
                    done.iter().map(|d| d.parameters).sum::<usize>(),
                    mean(&|d| d.history.validation_loss.len() as f64),
                    mean(&|d| d.history.best_epoch as f64 + 1.0),
                    mean(&|d| d.validation_loss()),
                    done.iter().map(|d| d.history.seconds).sum::<f64>()
                )?;
            }
        }
        Ok(page)
    }
}
