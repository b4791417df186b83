//! The exported file on test answers, beside n-grams and the teacher, and what to make of it.

use super::Pipeline;
use super::gather::{best_of_seeds, gathered, numbered};
use super::ngram::is_reference;
use super::source::{Source, pooled};
use crate::experiment::{ModelSpec, Series, score_engine};
use crate::file::build;
use crate::labels::Scored;
use crate::report::{Evaluation, Run, advice, evaluate, how_to_follow};
use anyhow::{Context, Result};
use pupil_core::Scorer;

/// Figures on the answers of one test set to the tasks of the exported file.
pub(super) struct Tested {
    /// The file, by the engine.
    pub(super) file: Evaluation,
    /// N-grams that learn from human scores alone, unless the file has nothing else.
    ngrams: Option<Evaluation>,
    /// The teacher, if it has labelled the set.
    teacher: Option<Evaluation>,
}

impl Tested {
    /// The rows of a card's table.
    pub(super) fn rows(&self) -> Vec<Evaluation> {
        std::iter::once(&self.file).chain(&self.ngrams).cloned().collect()
    }
}

impl Pipeline {
    /// Measures what is exported on every test set; `exported` has the series of each source.
    pub(super) fn tested(&self, sources: &[Source<'_>], exported: &[&Series]) -> Result<Vec<Tested>> {
        let series = exported.first().context("a run exports models")?;
        let mut scorers = Vec::new();
        for (source, series) in sources.iter().zip(exported) {
            let (parts, combinations) =
                gathered(&source.students, &best_of_seeds(&source.students, series)?)?;
            let file = build(&source.students, &parts, &combinations, &self.recipe_blake3, None)?;
            scorers.push(Scorer::from_bytes(file.to_bytes()?)?);
        }
        let (tasks, data) = (&series.tasks, self.plan().task_data(&series.tasks));
        let all = self.plan().series()?;
        let other = |s: &&Series| is_reference(s) && !exported.iter().all(|e| is_reference(e));
        let reference = all.iter().find(other);
        let mut tested = Vec::new();
        for name in sources.iter().flat_map(|s| s.pipeline.corpus.tests.keys()) {
            if tested.iter().any(|t: &Tested| t.file.run.split == *name) {
                continue;
            }
            let evaluated = |system: &str, rows: &[Scored]| {
                let run = Run { system: system.to_owned(), split: name.clone(), seed: None };
                evaluate(run, &data, &numbered(rows, tasks), &self.bootstrap())
            };
            let place = |source: &Source<'_>| sources.iter().position(|s| std::ptr::eq(s, source));
            let file = pooled(sources, name, &|source, set| {
                let scorer = &scorers[place(source).context("one of the sources")?];
                score_engine(scorer, set, tasks.iter().copied(), self.recipe.data.pairs)
            })?;
            let file = evaluated("pupil, int8", &file)?;
            let ngrams = match reference {
                None => None,
                Some(reference) => {
                    let own = |spec: &&ModelSpec| spec.tasks.iter().all(|t| tasks.contains(t));
                    let models: Vec<ModelSpec> = reference.models().filter(own).cloned().collect();
                    let rows = pooled(sources, name, &|s, set| s.students.score_f32(&models, set))?;
                    Some(evaluated(&format!("{}, f32", reference.title), &rows)?)
                }
            };
            let labels = sources.iter().all(|s| s.labelled.tests.contains_key(name));
            let teacher = pooled(sources, name, &|source, _| {
                Ok(source.labelled.tests.get(name).map_or(Vec::new(), |labels| labels.rows.clone()))
            })?;
            let teacher = if labels { Some(evaluated("teacher", &teacher)?) } else { None };
            tested.push(Tested { file, ngrams, teacher });
        }
        Ok(tested)
    }

    /// A warning for each of the file and the teacher that is behind n-grams.
    pub(super) fn behind(&self, tested: &[Tested]) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        for one in tested {
            let Some(ngrams) = &one.ngrams else { continue };
            for other in one.teacher.iter().chain([&one.file]) {
                lines.extend(self.warned(std::slice::from_ref(other), std::slice::from_ref(ngrams))?);
            }
        }
        Ok(lines)
    }

    /// What to use for each task, a line for each test set, and how.
    pub(super) fn advice(&self, tested: &[Tested], exported: &Series) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        for one in tested {
            lines.extend(advice(&exported.spoken(), &one.file, one.ngrams.as_ref(), &self.bootstrap())?);
        }
        lines.extend(how_to_follow(&lines).map(str::to_owned));
        Ok(lines)
    }
}
