//! Attacks on the exported file and on its task packs, and the limits of the recipe.

use super::Pipeline;
use crate::files;
use crate::recipe::RobustnessRecipe;
use crate::robustness::{self, AdversarialSet, Limits, Questions, Report, Settings, files_of};
use anyhow::{Context, Result, bail, ensure};
use pupil_core::Scorer;
use std::path::Path;

/// The limits of a recipe.
#[must_use]
pub fn limits_of(recipe: &RobustnessRecipe) -> Limits {
    Limits { all: recipe.max_best_automatic, own: recipe.limits.clone(), min_kept: recipe.min_kept }
}

/// How much a recipe measures; `seed` is the recipe's.
#[must_use]
pub fn settings_of(recipe: &RobustnessRecipe, seed: u64) -> Settings {
    Settings {
        seed,
        per_kind: recipe.per_kind,
        per_label: recipe.per_label,
        set_task: recipe.set_task.clone(),
    }
}

/// The adversarial sets of a recipe, whose paths are relative to the folder `data`.
///
/// # Errors
///
/// When a file is missing or malformed.
pub fn sets_of(recipe: &RobustnessRecipe, data: &Path) -> Result<Vec<AdversarialSet>> {
    let files = files_of(&recipe.sets, data)
        .context("robustness.sets; the folder of data sets is given by --data")?;
    files.iter().map(|file| AdversarialSet::read(file)).collect()
}

impl Pipeline {
    /// Checks before training what `robustness` needs.
    pub(super) fn check_robustness(&self) -> Result<()> {
        let Some(recipe) = &self.recipe.robustness else { return Ok(()) };
        sets_of(recipe, &self.data)?;
        if let Some(id) = &recipe.set_task {
            ensure!(
                self.corpus.train.task_index(id).is_some() && self.recipe.data.pairs,
                "robustness.set_task: {id} must be a task that reads a reference answer (data.pairs), there are {}",
                crate::overlap::ids(&self.corpus.train.tasks)
            );
        }
        Ok(())
    }

    /// Attacks a file, if the recipe says so; with `only` one task of it, without adversarial sets.
    pub(super) fn attacked(&self, scorer: &Scorer, only: Option<&str>) -> Result<Option<Report>> {
        let Some(recipe) = &self.recipe.robustness else { return Ok(None) };
        let questions = Questions::of_corpus(scorer, &self.corpus);
        let (questions, sets) = match only {
            None => (questions, sets_of(recipe, &self.data)?),
            Some(task) => (questions.only(&[task]), Vec::new()),
        };
        if questions.is_empty() && sets.is_empty() {
            eprintln!("robustness is not measured: no task with test answers has a class such as `correct`");
            return Ok(None);
        }
        robustness::run(scorer, &questions, &sets, &settings_of(recipe, self.recipe.seed)).map(Some)
    }

    /// Writes what was measured beside the models, and refuses a file that is beyond the limits of the recipe, unless
    /// it is forced. `path` is where the file goes; `reports` are those of it and of its packs, by name.
    pub(super) fn within_limits(&self, reports: &[(String, Report)], path: &Path) -> Result<()> {
        let Some(recipe) = &self.recipe.robustness else { return Ok(()) };
        let limits = limits_of(recipe);
        let mut lines = Vec::new();
        for (name, report) in reports {
            let of = |end: &str| self.folder.join(format!("robustness-{name}.{end}"));
            files::write_json(&of("json"), report)?;
            files::write(&of("md"), robustness::markdown(report, &limits).as_bytes())?;
            let exceeded = limits.exceeded(report);
            lines.extend(exceeded.iter().map(|line| format!("  {name}, {line}")));
        }
        if lines.is_empty() {
            return Ok(());
        }
        let lines = lines.join("\n");
        if self.force {
            eprintln!(
                "warning: the model is beyond the limits of its recipe and is written all the same:\n{lines}"
            );
            return Ok(());
        }
        let review = if self.recipe.export.aim().is_some() { "max_error" } else { "review_share" };
        let kept = if path.exists() { "; the file that is there is kept" } else { "" };
        bail!(
            "{} is not written, since the model is beyond the limits of robustness in its recipe{kept}:\n{lines}\nTrain with \
             attacks (negatives.rate), let a person review more (export.{review}), or write it all the same with \
             --force; the tables are in {}",
            path.display(),
            self.folder.display()
        )
    }
}
