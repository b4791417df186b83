//! Attacks on the exported file and on its task packs, and the limits of the recipe.

use super::Pipeline;
use crate::data::TaskData;
use crate::experiment::Combination;
use crate::file::Part;
use crate::files;
use crate::recipe::RobustnessRecipe;
use crate::robustness::{
    self, AdversarialSet, Least, Limits, Questions, Report, Settings, files_of, least_confidences,
};
use anyhow::{Context, Result, bail, ensure};
use pupil_core::Scorer;
use std::collections::BTreeMap;
use std::fmt::Write;
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

    /// The confidence from which the best score of each of these tasks is automatic, if the recipe aims at a share of
    /// attacks; `scorer` has them, with their guards.
    pub(super) fn least_confidences(
        &self,
        scorer: &Scorer,
        tasks: &[usize],
    ) -> Result<BTreeMap<usize, Least>> {
        let Some(recipe) = self.recipe.robustness.as_ref().filter(|r| r.aim.is_some() || !r.aims.is_empty())
        else {
            return Ok(BTreeMap::new());
        };
        let aims = Limits { all: recipe.aim, own: recipe.aims.clone(), min_kept: None };
        let ids: Vec<&str> = tasks.iter().map(|task| self.corpus.train.tasks[*task].id.as_str()).collect();
        let questions = Questions::of_validation(scorer, &self.corpus).only(&ids);
        let found = least_confidences(scorer, &questions, (recipe.per_kind, self.recipe.seed), &aims)?;
        let without: Vec<&str> =
            tasks.iter().zip(&ids).filter(|(task, _)| !found.contains_key(task)).map(|(_, id)| *id).collect();
        if !without.is_empty() {
            eprintln!(
                "warning: robustness.aim has no effect on {}: no validation answer has the best score",
                without.join(", ")
            );
        }
        Ok(found)
    }

    /// Enters what confidence the best scores need into the tasks of a file's parts and combinations.
    pub(super) fn enter_least(
        found: &BTreeMap<usize, Least>,
        tasks: &[TaskData],
        parts: &mut [Part],
        combinations: &mut [Combination],
    ) {
        for (task, decisions) in super::promise::decisions_of(parts, combinations) {
            if let Some(least) = found.get(&task) {
                decisions.label_confidences = vec![0.0; tasks[task].labels.len()];
                for label in &least.labels {
                    decisions.label_confidences[*label] = least.confidence;
                }
            }
        }
    }

    /// The section of a card about them; nothing if there are none.
    pub(super) fn least_section(&self, found: &BTreeMap<usize, Least>) -> Result<String> {
        let mut page = String::new();
        if found.is_empty() {
            return Ok(page);
        }
        writeln!(
            page,
            "The best score is automatic from a confidence of its own on. With it, attacks that were made from validation \
             answers earn the best score no more often than the recipe aims at; their words and templates are those of \
             training, not those of the tables above. The last columns are right validation answers which no other rule \
             sends to review, with any confidence and with that one.\n\n\
             | task | confidence from | needed for | right answers | of any confidence | with that confidence |\n\
             |---|---:|---|---:|---:|---:|"
        )?;
        for (task, least) in found {
            let percent = |n: usize| 100.0 * n as f64 / least.right.max(1) as f64;
            writeln!(
                page,
                "| {} | {:.3} | {} | {} | {:.1} % | {:.1} % |",
                self.corpus.train.tasks[*task].id,
                least.confidence,
                least.by.as_deref().unwrap_or("–"),
                least.right,
                percent(least.kept[0]),
                percent(least.kept[1])
            )?;
        }
        Ok(page)
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
