//! The contents of the tables: predictions of all series, their figures and comparisons, cost, and the use of experts.

use super::Pipeline;
use super::gather::{WrittenFile, numbered};
use super::source::{Source, pooled};
use crate::data::{Dataset, TaskData};
use crate::experiment::{Contrast, Experiment, ModelSpec, Numbers, SeedRun, Series, Variant, score_engine};
use crate::labels::{Merge, Scored};
use crate::progress::Bar;
use crate::recipe::TrainedParts;
use crate::report::{Comparison, Evaluation, ExpertUse, Run, compare_where_defined, evaluate};
use anyhow::{Context, Result};
use pupil_core::Scorer;
use pupil_metrics::{Bootstrap, Metric};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Instant;

/// The figures measured on one set of answers.
pub(super) struct Measured {
    /// Every series and seed.
    pub(super) systems: Vec<Evaluation>,
    /// Differences between series.
    pub(super) comparisons: Vec<Comparison>,
}

/// The predictions of one series and seed for a set of answers.
pub(super) struct Predictions {
    /// Index of the series.
    pub(super) series: usize,
    /// The seed.
    pub(super) seed: u64,
    /// The tasks to which the rows' numbers refer.
    pub(super) tasks: Vec<usize>,
    /// By the models as trained.
    pub(super) floats: Vec<Scored>,
    /// By the engine, if it can run the models.
    pub(super) integers: Option<Vec<Scored>>,
}

impl Predictions {
    /// The same predictions on coarser classes.
    pub(super) fn merged(&self, merge: &Merge, tasks: &[TaskData]) -> Self {
        Self {
            floats: merge.apply(tasks, &self.floats).1,
            integers: self.integers.as_ref().map(|rows| merge.apply(tasks, rows).1),
            tasks: self.tasks.clone(),
            ..*self
        }
    }
}

/// Measures predictions of all series and seeds, and the differences between series; `data` gives the tasks to which
/// the rows' numbers refer.
pub(super) fn measure(
    split: &str,
    series: &[Series],
    data: &dyn Fn(&[usize]) -> Vec<TaskData>,
    predictions: &[Predictions],
    contrasts: &[Contrast],
    bootstrap: &Bootstrap,
) -> Result<Measured> {
    let mut measured: Vec<[Vec<Evaluation>; 2]> = series.iter().map(|_| [Vec::new(), Vec::new()]).collect();
    for p in predictions {
        let tasks = data(&p.tasks);
        let run = |numbers: &str| Run {
            system: format!("{}, {numbers}", series[p.series].title),
            split: split.to_owned(),
            seed: Some(p.seed),
        };
        measured[p.series][0].push(evaluate(run("f32"), &tasks, &p.floats, bootstrap)?);
        if let Some(rows) = &p.integers {
            measured[p.series][1].push(evaluate(run("int8"), &tasks, rows, bootstrap)?);
        }
    }
    let mut comparisons = Vec::new();
    for [floats, integers] in measured.iter().filter(|m| !m[1].is_empty()) {
        comparisons.extend(compare_where_defined(integers, floats, None, bootstrap)?);
    }
    for c in contrasts {
        let numbers = match c.numbers {
            Numbers::F32 => 0,
            Numbers::Int8 => 1,
        };
        let (more, less) = (&measured[c.more][numbers], &measured[c.less][numbers]);
        let main = compare_where_defined(more, less, None, bootstrap)?;
        let by_kappa = main.as_ref().is_some_and(|c| c.metric == Metric::Kappa);
        if main.is_some() && !by_kappa {
            comparisons.extend(main);
            comparisons.extend(compare_where_defined(more, less, Some(Metric::Kappa), bootstrap)?);
        } else {
            comparisons.extend(main);
        }
    }
    let (floats, integers): (Vec<_>, Vec<_>) = measured.into_iter().map(|[f, i]| (f, i)).unzip();
    Ok(Measured { systems: floats.into_iter().chain(integers).flatten().collect(), comparisons })
}

impl Pipeline {
    /// Scores the test set of this name with every series and seed, in f32 and by the engine.
    pub(super) fn predictions(
        &self,
        sources: &[Source<'_>],
        series: &[Series],
        name: &str,
    ) -> Result<Vec<Predictions>> {
        let mut all = Vec::new();
        let bar = Bar::new("measuring".into());
        let total = 2 * series.iter().map(|s| s.runs.len()).sum::<usize>() as u64;
        for (place, series) in series.iter().enumerate() {
            for run in &series.runs {
                let title = format!("{}, seed {}", series.title, run.seed);
                let floats = pooled(sources, name, &|s, set| s.students.score_f32(&run.models, set))?;
                let floats = numbered(&floats, &series.tasks);
                bar.add(1, total, &format!("{title}, f32"));
                let integers = if series.is_in_files() {
                    let rows = pooled(sources, name, &|s, set| by_engine(s, series, run, set))?;
                    Some(numbered(&rows, &series.tasks))
                } else {
                    None
                };
                bar.add(1, total, &format!("{title}, int8"));
                all.push(Predictions {
                    series: place,
                    seed: run.seed,
                    tasks: series.tasks.clone(),
                    floats,
                    integers,
                });
            }
        }
        bar.finish();
        Ok(all)
    }

    /// Parameters, epochs, validation loss and seconds of the fits of every series: a table in Markdown.
    pub(super) fn fits(&self, students: &Experiment<'_>, series: &[Series]) -> Result<String> {
        let mut page = String::from(
            "| system | seed | parameters | epochs | best epoch | validation loss | seconds |\n|---|---:|---:|---:|---:|---:|---:|\n",
        );
        for series in series {
            for run in &series.runs {
                let done: Vec<_> =
                    run.models.iter().map(|spec| students.require(spec)).collect::<Result<_>>()?;
                let n = done.len().max(1) as f64;
                let mean =
                    |f: &dyn Fn(&crate::experiment::Finished) -> f64| done.iter().map(f).sum::<f64>() / n;
                writeln!(
                    page,
                    "| {} | {} | {} | {:.1} | {:.1} | {:.4} | {:.0} |",
                    series.title,
                    run.seed,
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

    /// The cost of each series, first seed: parameters, bytes of its files, and the engine's time for an answer on one
    /// thread, from text to score: a table in Markdown.
    pub(super) fn costs(
        &self,
        students: &Experiment<'_>,
        series: &[Series],
        set: &Dataset,
    ) -> Result<String> {
        /// Number of answers of each task that are timed: the first ones of the set.
        const TIMED: usize = 50;
        let mut page = String::from(
            "| system | models | parameters | bytes of all files | median ms | 90 % within ms |\n|---|---:|---:|---:|---:|---:|\n",
        );
        for series in series.iter().filter(|s| s.is_in_files()) {
            let Some(run) = series.runs.first() else { continue };
            let (mut bytes, mut parameters, mut times) = (0, 0, Vec::new());
            for WrittenFile { specs, path } in self.write_files(students, series, run)? {
                bytes += std::fs::metadata(&path)?.len();
                let scorer = Scorer::open(path)?;
                for spec in &specs {
                    parameters += students.require(spec)?.parameters;
                }
                let tasks: BTreeSet<usize> = specs.iter().flat_map(|spec| &spec.tasks).copied().collect();
                for task in tasks {
                    times.extend(self.timed(&scorer, set, task, TIMED)?);
                }
            }
            times.sort_by(f64::total_cmp);
            let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
            writeln!(
                page,
                "| {} | {} | {parameters} | {bytes} | {:.3} | {:.3} |",
                series.title,
                run.models.len(),
                at(50),
                at(90)
            )?;
        }
        Ok(page)
    }

    /// Milliseconds that the engine takes for each of the first answers to a task.
    fn timed(&self, scorer: &Scorer, set: &Dataset, task: usize, most: usize) -> Result<Vec<f64>> {
        let id = &self.corpus.train.tasks[task].id;
        let timed = |place: usize| -> Result<f64> {
            let answer = &set.answers[place];
            let begin = Instant::now();
            match answer.reference.as_deref().filter(|_| self.recipe.data.pairs) {
                Some(reference) => drop(scorer.score_pair(id, reference, &answer.text)?),
                None => drop(scorer.score(id, &answer.text)?),
            }
            Ok(begin.elapsed().as_secs_f64() * 1e3)
        };
        let places: Vec<usize> = set.of_task(task).take(most).collect();
        if let Some(first) = places.first() {
            // The first call packs the encoder, so it is not counted.
            timed(*first)?;
        }
        places.into_iter().map(timed).collect()
    }

    /// Mean weights of the experts in every trained mixture.
    pub(super) fn expert_uses(
        &self,
        students: &Experiment<'_>,
        series: &[Series],
        set: &Dataset,
    ) -> Result<Vec<ExpertUse>> {
        let mut uses = Vec::new();
        let bar = Bar::new("use of experts".into());
        // The members of an ensemble have a series of their own.
        let mixing = series
            .iter()
            .filter(|s| s.variant != Variant::Ensemble && s.models().any(|spec| spec.mixture.is_some()));
        let total = mixing.clone().map(|s| s.runs.len()).sum::<usize>() as u64;
        for series in mixing {
            for run in &series.runs {
                bar.add(1, total, &format!("{}, seed {}", series.title, run.seed));
                for spec in &run.models {
                    let weights = students.trained(spec)?.expert_weights(set)?;
                    uses.extend(weights.into_iter().enumerate().map(|(block, weights)| ExpertUse {
                        system: series.title.clone(),
                        seed: run.seed,
                        block,
                        weights,
                    }));
                }
            }
        }
        bar.finish();
        Ok(uses)
    }

    /// Measures the models with an added task: on the added tasks, and on the old tasks before and after.
    pub(super) fn measure_added(
        &self,
        students: &Experiment<'_>,
        split: &str,
        set: &Dataset,
    ) -> Result<Measured> {
        let (plan, bootstrap) = (self.plan(), self.bootstrap());
        let (all, exported) = (plan.added()?, plan.exported()?);
        let (mut systems, mut comparisons) = (Vec::new(), Vec::new());
        let old = plan.task_data(&exported.tasks);
        let mut added: Vec<usize> = Vec::new();
        for spec in &all {
            if !added.contains(&own_task(spec)) {
                added.push(own_task(spec));
            }
        }
        let added_data = plan.task_data(&added);
        let bar = Bar::new("measuring added tasks".into());
        let again = all.iter().filter(|spec| parts_of(spec) == Some(TrainedParts::Mixture)).count();
        let total = (all.len() + exported.runs.len() + again) as u64;
        let run = |system: String, seed: u64| Run { system, split: split.to_owned(), seed: Some(seed) };
        for parts in TrainedParts::ALL {
            let (mut floats, mut integers) = (Vec::new(), Vec::new());
            for seed in exported.runs.iter().map(|run| run.seed) {
                let (mut rows, mut of_packs) = (Vec::new(), Vec::new());
                for spec in all.iter().filter(|spec| parts_of(spec) == Some(parts) && spec.seed == seed) {
                    let task = own_task(spec);
                    let own = students.score_f32(std::slice::from_ref(spec), set)?;
                    rows.extend(numbered(&own, &added).into_iter().filter(|r| added[r.task] == task));
                    let scorer = self.attached(students, spec)?;
                    let found = score_engine(&scorer, set, [task], self.recipe.data.pairs)?;
                    of_packs.extend(numbered(&found, &added));
                    bar.add(1, total, &format!("{}, seed {seed}", parts.title()));
                }
                let added = |numbers: &str| run(format!("added: {}, {numbers}", parts.title()), seed);
                floats.push(evaluate(added("f32"), &added_data, &rows, &bootstrap)?);
                integers.push(evaluate(added("int8 pack"), &added_data, &of_packs, &bootstrap)?);
            }
            comparisons.extend(compare_where_defined(&integers, &floats, None, &bootstrap)?);
            systems.push(floats);
            systems.push(integers);
        }
        // Compares the packs of each choice with those of the head alone, which are last.
        if let [.., head] = &systems[..] {
            for ahead in systems.iter().skip(1).step_by(2).take(TrainedParts::ALL.len() - 1) {
                comparisons.extend(compare_where_defined(ahead, head, None, &bootstrap)?);
            }
        }
        let mut before = Vec::new();
        for one in &exported.runs {
            let rows = numbered(&students.score_f32(&one.models, set)?, &exported.tasks);
            before.push(evaluate(run("old tasks, before, f32".into(), one.seed), &old, &rows, &bootstrap)?);
            bar.add(1, total, "old tasks, before");
        }
        for task in &added {
            let mut after = Vec::new();
            let mixture =
                |spec: &&ModelSpec| parts_of(spec) == Some(TrainedParts::Mixture) && own_task(spec) == *task;
            for spec in all.iter().filter(mixture) {
                let rows = students.score_f32(std::slice::from_ref(spec), set)?;
                let rows = numbered(&rows, &exported.tasks);
                let name = format!("old tasks, {} added, f32", self.corpus.train.tasks[*task].id);
                after.push(evaluate(run(name, spec.seed), &old, &rows, &bootstrap)?);
                bar.add(1, total, "old tasks, after");
            }
            comparisons.extend(compare_where_defined(&after, &before, None, &bootstrap)?);
            systems.push(after);
        }
        bar.finish();
        systems.insert(2 * TrainedParts::ALL.len(), before);
        Ok(Measured { systems: systems.into_iter().flatten().collect(), comparisons })
    }

    /// Bytes of the packs of each choice and of their bases: a table in Markdown.
    pub(super) fn pack_sizes(&self, students: &Experiment<'_>) -> Result<String> {
        let mut page =
            String::from("| pack | seed | task | bytes | of the base |\n|---|---:|---|---:|---:|\n");
        for spec in self.plan().added()? {
            let Some(base) = &spec.base else { continue };
            let bytes = |path: PathBuf| {
                std::fs::metadata(&path).map(|m| m.len()).with_context(|| format!("no {}", path.display()))
            };
            let whole = bytes(students.folder_of(&base.model).join("model.pupil"))?;
            let pack = bytes(students.folder_of(&spec).join("pack.pupil"))?;
            writeln!(
                page,
                "| {} | {} | {} | {pack} | {:.1} % |",
                base.parts.title(),
                spec.seed,
                self.corpus.train.tasks[own_task(&spec)].id,
                pack as f64 / whole as f64 * 100.0
            )?;
        }
        Ok(page)
    }
}

/// Predictions of the engine from the files of one seed of a series.
fn by_engine(source: &Source<'_>, series: &Series, run: &SeedRun, set: &Dataset) -> Result<Vec<Scored>> {
    let mut rows = Vec::new();
    for WrittenFile { specs, path } in source.pipeline.write_files(&source.students, series, run)? {
        let scorer = Scorer::open(path)?;
        let tasks: BTreeSet<usize> = specs.iter().flat_map(|spec| &spec.tasks).copied().collect();
        rows.extend(score_engine(&scorer, set, tasks, source.pipeline.recipe.data.pairs)?);
    }
    rows.sort_by_key(|r| r.index);
    Ok(rows)
}

/// The task that a model has beyond its base: the last one.
fn own_task(spec: &ModelSpec) -> usize {
    spec.tasks[spec.tasks.len() - 1]
}

fn parts_of(spec: &ModelSpec) -> Option<TrainedParts> {
    spec.base.as_ref().map(|b| b.parts)
}
