//! Variations of a recipe, trained and measured side by side.

use super::Pipeline;
use super::gather::numbered;
use crate::experiment::{Experiment, Finished, ModelSpec, Series};
use crate::files;
use crate::model::pretrained::Encoders;
use crate::recipe::{Recipe, Variation};
use crate::report::{Evaluation, Run, StudyRow, evaluate, study_table};
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a variation's models have on each test set, and their fits.
#[derive(Default)]
struct Measured {
    /// By test set, one evaluation for each seed.
    sets: BTreeMap<String, Vec<Evaluation>>,
    fits: Vec<Finished>,
}

/// Trains the exported models of each variation under `study` and measures them, in f32, on every test set; writes and
/// returns tables in Markdown, in which each variation is compared with the first. Teachers are those of the recipe
/// where data, teacher and seed are its own. Finished models are not trained again.
///
/// # Errors
///
/// When the recipe has no variations, one is not possible, or a fit fails; finished models are kept.
pub fn study(path: &Path, data: &Path, encoders: &Encoders, runs: &Path) -> Result<String> {
    let (recipe, blake3) = (Recipe::read(path)?, files::hash(path)?);
    let study = &recipe.study;
    ensure!(
        study.variation.len() > 1,
        "the recipe has {} variations, and a study compares at least two: add [[study.variation]]",
        study.variation.len()
    );
    // Every variation is checked before any is trained.
    let draws: Vec<Option<u64>> =
        if study.draws.is_empty() { vec![None] } else { study.draws.iter().copied().map(Some).collect() };
    for variation in &study.variation {
        variation.applied(path, None)?;
    }
    let mut rows: BTreeMap<String, Vec<StudyRow>> = BTreeMap::new();
    for variation in &study.variation {
        let mut all = Measured::default();
        for draw in &draws {
            let pipeline = opened((path, &recipe, &blake3), variation, *draw, (data, encoders, runs))?;
            eprintln!(
                "variation `{}`{}",
                variation.name,
                draw.map_or(String::new(), |d| format!(", draw {d}"))
            );
            pipeline.measure_variation(&variation.name, *draw, &mut all)?;
        }
        let n = all.fits.len().max(1) as f64;
        let seconds = all.fits.iter().map(|fit| fit.history.seconds).sum::<f64>() / n;
        let loss = all.fits.iter().map(Finished::validation_loss).sum::<f64>() / n;
        for (set, runs) in all.sets {
            let row = StudyRow { name: variation.name.clone(), runs, seconds, loss };
            rows.entry(set).or_default().push(row);
        }
    }
    let folder = runs.join(&recipe.name).join("study");
    let mut page = String::new();
    for (set, rows) in rows {
        page += &format!("## {set}\n\n{}\n", study_table(&rows, recipe.evaluate.replicates, recipe.seed)?);
    }
    files::write(&folder.join("study.md"), page.as_bytes())?;
    Ok(page)
}

/// The run of a variation, in a folder of its own.
fn opened(
    (path, recipe, blake3): (&Path, &Recipe, &str),
    variation: &Variation,
    draw: Option<u64>,
    (data, encoders, runs): (&Path, &Encoders, &Path),
) -> Result<Pipeline> {
    let own = variation.applied(path, draw)?;
    let base: PathBuf = match draw {
        None => runs.join(&recipe.name),
        Some(draw) => runs.join(&recipe.name).join("study").join(format!("draw-{draw}")),
    };
    let folder = match draw {
        None => base.join("study").join(variation.folder()),
        Some(_) => base.join(variation.folder()),
    };
    // Teachers of the same settings and answers are trained once.
    let same = own.data == recipe.data && own.teacher == recipe.teacher;
    let teacher_run = match (&own.teacher.run, same) {
        (Some(run), _) => runs.join(run),
        (None, true) => base,
        (None, false) => {
            let made_from = serde_json::to_string(&(&own.data, &own.teacher))?;
            let name = blake3::hash(made_from.as_bytes()).to_hex();
            base.join(format!("teachers-{}", &name[..12]))
        }
    };
    let about = || format!("variation `{}`", variation.name);
    Pipeline::of((own, blake3.to_owned()), data, encoders.clone(), runs, folder, teacher_run)
        .with_context(about)
}

impl Pipeline {
    /// Trains and measures the exported models.
    fn measure_variation(&self, name: &str, draw: Option<u64>, all: &mut Measured) -> Result<()> {
        self.teach_where_needed()?;
        let labelled = self.labels()?;
        let (students, series) = (self.students(&labelled), self.plan().exported()?);
        ensure!(
            draw.is_none() || series.runs.len() == 1,
            "study.draws repeats everything with other seeds, so models need a single seed of their own, not {}",
            series.runs.len()
        );
        let models: Vec<ModelSpec> = series.models().cloned().collect();
        students.train_all(&models)?;
        for spec in &models {
            all.fits.push(students.require(spec)?);
        }
        self.evaluate_variation((name, draw), &students, &series, all)
    }

    fn evaluate_variation(
        &self,
        (name, draw): (&str, Option<u64>),
        students: &Experiment<'_>,
        series: &Series,
        all: &mut Measured,
    ) -> Result<()> {
        let tasks = self.plan().task_data(&series.tasks);
        for (split, set) in &self.corpus.tests {
            for run in &series.runs {
                let rows = numbered(&students.score_f32(&run.models, set)?, &series.tasks);
                let about = Run {
                    system: name.to_owned(),
                    split: split.clone(),
                    seed: Some(draw.unwrap_or(run.seed)),
                };
                // Intervals of single runs are not used.
                let none = pupil_metrics::Bootstrap { replicates: 0, ..self.bootstrap() };
                all.sets.entry(split.clone()).or_default().push(evaluate(about, &tasks, &rows, &none)?);
            }
        }
        Ok(())
    }
}
