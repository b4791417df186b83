//! Writing files: the exported one, its task packs, and those that are measured.

use super::gather::{best_of_seeds, gathered, numbered, part};
use super::promise;
use super::robustness::limits_of;
use super::tested::Tested;
use super::{Labelled, Pipeline};
use crate::data::TaskData;
use crate::experiment::{Combination, Experiment, ModelSpec, score_engine};
use crate::file::{Part, build, build_pack, card, guard};
use crate::files;
use crate::report::{Estimate, Run, TaskEvaluation, evaluate};
use crate::robustness::{Report, markdown};
use anyhow::{Context, Result};
use pupil_core::Scorer;
use pupil_core::format::manifest::Metric as FileMetric;
use pupil_metrics::Metric;
use std::path::PathBuf;

impl Pipeline {
    /// Writes the exported file, unless it is beyond the limits of `robustness`: of each exported model the seed with
    /// the lowest validation loss, with figures that the engine measured on the test sets. Its card and its task packs
    /// are written beside it.
    ///
    /// # Errors
    ///
    /// When a model has not been trained or a file cannot be written.
    pub fn export(&self, labelled: &Labelled) -> Result<PathBuf> {
        let own = self.source(labelled);
        let of_folds = self.labels_of_folds()?;
        let sources = self.sources(labelled, &of_folds);
        let choices = self.choices(&own, &sources)?;
        let choice = &choices.whole;
        let (students, series) = (&own.students, choice.series());
        let (mut parts, mut combinations) = gathered(students, &best_of_seeds(students, series)?)?;
        let path = self.folder.join(format!("{}.pupil", self.recipe.model_name()));
        let tested = self.tested(&sources, &choices.measured())?;
        for one in &tested {
            for part in &mut parts {
                for (metrics, task) in part.metrics.iter_mut().zip(&part.spec.tasks) {
                    let place = series.tasks.iter().position(|t| t == task);
                    let measured = &one.file.tasks[place.context("a part's tasks are its series'")?];
                    metrics.extend(file_metrics(measured, &one.file.run.split));
                }
            }
        }
        let guard = guard(students, &series.tasks)?;
        let built = |parts: &[Part], combinations: &[Combination]| -> Result<Vec<u8>> {
            Ok(build(students, parts, combinations, &self.recipe_blake3, guard.as_ref())?.to_bytes()?)
        };
        let opened = |parts: &[Part], combinations: &[Combination]| -> Result<Scorer> {
            Ok(Scorer::from_bytes(built(parts, combinations)?)?)
        };
        let (least, promises) = self.decide(&series.tasks, &mut parts, &mut combinations, opened)?;
        promise::say(&promises, &self.corpus.train.tasks);
        let bytes = built(&parts, &combinations)?;
        let mut reports: Vec<(String, Report)> = Vec::new();
        let bytes = match self.attacked(&Scorer::from_bytes(bytes.clone())?, None)? {
            None => bytes,
            Some(report) => {
                for part in &mut parts {
                    for (metrics, task) in part.metrics.iter_mut().zip(&part.spec.tasks) {
                        metrics.extend(report.metrics(&self.corpus.train.tasks[*task].id));
                    }
                }
                reports.push((self.recipe.model_name().to_owned(), report));
                built(&parts, &combinations)?
            }
        };
        let packs = self.packs(students, &parts, &bytes, &mut reports)?;
        self.within_limits(&reports, &path)?;
        files::write(&path, &bytes)?;
        for (file, bytes) in packs {
            files::write(&self.folder.join(file), &bytes)?;
        }
        let limits = self.recipe.robustness.as_ref().map(limits_of).unwrap_or_default();
        let mut robustness: Vec<String> =
            reports.iter().map(|(_, report)| markdown(report, &limits)).collect();
        robustness.extend(Some(self.least_section(&least)?).filter(|section| !section.is_empty()));
        let scorer = Scorer::open(&path)?;
        let measured = card::Measured {
            series,
            tasks: &self.plan().task_data(&series.tasks),
            choice: &choice.section()?,
            advice: &self.advice(&tested, series)?,
            evaluations: &tested.iter().map(Tested::rows).collect::<Vec<_>>(),
            warnings: &self.behind(&tested)?,
            overlaps: &self.overlaps(),
            robustness: &robustness.join("\n"),
            promise: &self.promise_section(Some(&scorer), &sources, &choices.measured())?,
            confidence: &self.confidence_section(Some(&scorer), &sources, &choices.measured())?,
            held_back: &self.held_back(&scorer, guard.as_ref())?,
            folds: self.folds.len(),
        };
        let card = card::render(&self.recipe, &self.corpus, &measured, &path)?;
        files::write(&self.folder.join("card.md"), card.as_bytes())?;
        Ok(path)
    }

    /// The task packs of the models whose file has these bytes, by the names of their files, which go beside it. Adds
    /// what attacks on them gave.
    fn packs(
        &self,
        students: &Experiment<'_>,
        parts: &[Part],
        base: &[u8],
        reports: &mut Vec<(String, Report)>,
    ) -> Result<Vec<(String, Vec<u8>)>> {
        let mut packs = Vec::new();
        let Some(adapt) = self.recipe.unimoe.as_ref().and_then(|u| u.adapt.as_ref()) else {
            return Ok(packs);
        };
        let scorer = Scorer::from_bytes(base.to_vec())?;
        for spec in self.plan().added()? {
            let own = |b: &crate::experiment::Base| {
                b.parts == adapt.pack && parts.iter().any(|part| part.spec == *b.model)
            };
            if !spec.base.as_ref().is_some_and(own) {
                continue;
            }
            let mut part = part(students, &spec)?;
            let guard = guard(students, &spec.tasks)?;
            let pack = |part: &Part| build_pack(students, part, &scorer, &self.recipe_blake3, guard.as_ref());
            let place = spec.tasks.len() - 1;
            let task = spec.tasks[place];
            let mut attached = scorer.attach_bytes(pack(&part)?.to_bytes()?)?;
            let least = self.least_confidences(&attached, &[task])?;
            if !least.is_empty() {
                let tasks = &self.corpus.train.tasks;
                Self::enter_least(&least, tasks, std::slice::from_mut(&mut part), &mut []);
                attached = scorer.attach_bytes(pack(&part)?.to_bytes()?)?;
            }
            let promises = self.promises(&attached, &[task])?;
            if let Some(promised) = promises.get(&task) {
                promise::say(&promises, &self.corpus.train.tasks);
                promise::enter(promised, &mut part.decisions[place]);
                attached = scorer.attach_bytes(pack(&part)?.to_bytes()?)?;
            }
            let data: &TaskData = &self.corpus.train.tasks[task];
            for (name, set) in &self.corpus.tests {
                let rows = score_engine(&attached, set, [task], self.recipe.data.pairs)?;
                let run = Run { system: "pack, int8".into(), split: name.clone(), seed: None };
                let rows = numbered(&rows, &[task]);
                let evaluation = evaluate(run, std::slice::from_ref(data), &rows, &self.bootstrap())?;
                part.metrics[place].extend(evaluation.tasks.iter().flat_map(|t| file_metrics(t, name)));
            }
            let name = format!("{}-{}", self.recipe.model_name(), files::part(&data.id));
            if let Some(report) = self.attacked(&attached, Some(&data.id))? {
                part.metrics[place].extend(report.metrics(&data.id));
                reports.push((name.clone(), report));
            }
            let bytes = pack(&part)?.to_bytes()?;
            packs.push((format!("{name}.pupil"), bytes));
        }
        Ok(packs)
    }

    /// The engine for a model with an added task: the file of its base with its task pack, which is written beside the
    /// model.
    pub(super) fn attached(&self, students: &Experiment<'_>, spec: &ModelSpec) -> Result<Scorer> {
        let base = spec.base.as_ref().context("a pack needs a model with an added task")?;
        let base = students.folder_of(&base.model).join("model.pupil");
        let pack = students.folder_of(spec).join("pack.pupil");
        let scorer = Scorer::open(base)?;
        build_pack(students, &part(students, spec)?, &scorer, &self.recipe_blake3, None)?.write(&pack)?;
        Ok(scorer.attach(pack)?)
    }
}

/// The figures of a task as a file stores them.
fn file_metrics(task: &TaskEvaluation, split: &str) -> Vec<FileMetric> {
    let entry = |(metric, estimate): (&Metric, &Estimate)| FileMetric {
        name: metric_name(*metric),
        split: split.to_owned(),
        value: estimate.value,
        low: estimate.low,
        high: estimate.high,
        n: u64::try_from(task.n).ok(),
    };
    task.metrics.iter().map(entry).collect()
}

/// A metric's name as JSON writes it.
fn metric_name(metric: Metric) -> String {
    match serde_json::to_value(metric) {
        Ok(serde_json::Value::String(name)) => name,
        _ => format!("{metric:?}"),
    }
}
