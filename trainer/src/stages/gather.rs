//! Trained models as parts of files, and the files that are written to be measured.

use super::Pipeline;
use crate::experiment::{Combination, Experiment, ModelSpec, SeedRun, Series, Variant};
use crate::file::{Part, build};
use crate::files;
use crate::labels::Scored;
use anyhow::{Context, Result};
use std::path::PathBuf;

/// A file that was written to be measured.
pub(super) struct WrittenFile<'a> {
    /// The models in it.
    pub(super) specs: Vec<&'a ModelSpec>,
    pub(super) path: PathBuf,
}

impl Pipeline {
    /// Writes the files of one seed of a series: one file of all its models, or one of each if they are large and not
    /// combined.
    pub(super) fn write_files<'a>(
        &self,
        students: &Experiment<'_>,
        series: &Series,
        run: &'a SeedRun,
    ) -> Result<Vec<WrittenFile<'a>>> {
        let small = run.models.iter().all(|spec| spec.encoder.is_small());
        let together = run.models.len() > 1 && (small || series.variant == Variant::Ensemble);
        let groups: Vec<Vec<&ModelSpec>> = if together {
            vec![run.models.iter().collect()]
        } else {
            run.models.iter().map(|spec| vec![spec]).collect()
        };
        let mut made = Vec::new();
        for specs in groups {
            let path = if together {
                let name = match series.variant {
                    Variant::PerTask { lambda } => format!("lambda-{lambda}"),
                    Variant::NGram { .. } | Variant::Baseline | Variant::System(_) | Variant::Ensemble => {
                        files::part(&series.title)
                    }
                };
                self.folder.join("files").join(format!("{name}-seed-{}.pupil", run.seed))
            } else {
                students.folder_of(specs[0]).join("model.pupil")
            };
            let chosen: Vec<ModelSpec> = specs.iter().map(|spec| (*spec).clone()).collect();
            let (parts, combinations) = gathered(students, &chosen)?;
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            build(students, &parts, &combinations, &self.recipe_blake3, None)?.write(&path)?;
            made.push(WrittenFile { specs, path });
        }
        Ok(made)
    }
}

/// Trained models as parts of a file, without figures, and how those of the same task are combined.
pub(super) fn gathered(
    students: &Experiment<'_>,
    models: &[ModelSpec],
) -> Result<(Vec<Part>, Vec<Combination>)> {
    let parts = models.iter().map(|spec| part(students, spec)).collect::<Result<_>>()?;
    Ok((parts, students.combinations(models)?))
}

/// A trained model with its decisions, without figures.
pub(super) fn part(students: &Experiment<'_>, spec: &ModelSpec) -> Result<Part> {
    let model = students.trained(spec)?;
    let decisions = students.decisions(spec, &model)?;
    Ok(Part { spec: spec.clone(), model, decisions, metrics: vec![Vec::new(); spec.tasks.len()] })
}

/// The models of a series, each of the seed with the lowest validation loss; of ensembles the one with the lowest mean
/// loss of its members.
pub(super) fn best_of_seeds(students: &Experiment<'_>, series: &Series) -> Result<Vec<ModelSpec>> {
    if series.variant == Variant::Ensemble {
        let mut best: Option<(f64, &SeedRun)> = None;
        for run in &series.runs {
            let losses = run.models.iter().map(|spec| Ok(students.require(spec)?.validation_loss()));
            let loss = losses.sum::<Result<f64>>()?;
            if best.is_none_or(|b| loss < b.0) {
                best = Some((loss, run));
            }
        }
        return Ok(best.context("a recipe has at least one ensemble")?.1.models.clone());
    }
    let models = series.runs.first().map_or(0, |run| run.models.len());
    (0..models)
        .map(|place| {
            let mut best: Option<(f64, &ModelSpec)> = None;
            for run in &series.runs {
                let spec = &run.models[place];
                let loss = students.require(spec)?.validation_loss();
                if best.is_none_or(|b| loss < b.0) {
                    best = Some((loss, spec));
                }
            }
            Ok(best.context("a recipe has at least one seed")?.1.clone())
        })
        .collect()
}

/// Predictions on the given tasks, which are renumbered in this order.
pub(super) fn numbered(rows: &[Scored], tasks: &[usize]) -> Vec<Scored> {
    let place = |row: &Scored| tasks.iter().position(|t| *t == row.task);
    rows.iter().filter_map(|r| Some(Scored { task: place(r)?, ..r.clone() })).collect()
}
