//! Which models go into the file: those that the recipe names, or those that agree best with people on validation
//! answers.

use super::Pipeline;
use super::gather::{best_of_seeds, gathered};
use super::source::Source;
use crate::data::Target;
use crate::experiment::Series;
use crate::file::build;
use crate::progress::Bar;
use crate::recipe::Exported;
use anyhow::{Context, Result};
use pupil_metrics::mean;
use std::fmt::Write;

/// Of series whose agreement differs by no more than this, the one with the smallest file is chosen: half a point of a
/// hundred.
const EQUAL: f64 = 0.005;

/// A series that may go into the file.
pub(super) struct Candidate {
    /// The series.
    pub(super) series: Series,
    /// The main metric on validation answers, mean over tasks, then over seeds or ensembles; a fraction. `None` if no
    /// task has a figure for all candidates.
    validation: Option<f64>,
    /// Size of its file in bytes.
    bytes: usize,
}

/// What goes into the file.
pub(super) struct Choice {
    /// All candidates; a single one if the recipe names it.
    candidates: Vec<Candidate>,
    /// Index of the chosen one.
    chosen: usize,
    /// Number of validation answers with a score.
    answers: usize,
}

impl Pipeline {
    /// What is exported, and in cross-validation what each fold would export: by its own validation answers, so that
    /// the held-out ones play no part.
    pub(super) fn choices(&self, own: &Source<'_>, sources: &[Source<'_>]) -> Result<Choices> {
        if self.folds.is_empty() {
            return Ok(Choices { whole: self.choice(&[own])?, folds: Vec::new() });
        }
        let folds = sources.iter().map(|s| s.pipeline.choice(&[s])).collect::<Result<_>>()?;
        let all: Vec<&Source<'_>> = sources.iter().chain([own]).collect();
        Ok(Choices { whole: self.choice(&all)?, folds })
    }

    /// Chooses among the candidates of the recipe by the validation answers of these sources. Test answers play no
    /// part.
    pub(super) fn choice(&self, sources: &[&Source<'_>]) -> Result<Choice> {
        let all = self.plan().candidates()?;
        if self.recipe.export.model != Exported::Best {
            let candidates = all.into_iter().map(|series| Candidate { series, validation: None, bytes: 0 });
            return Ok(Choice { candidates: candidates.collect(), chosen: 0, answers: 0 });
        }
        let mut answers = 0;
        let mut figures: Vec<Vec<f64>> = vec![Vec::new(); all.len()];
        let bar = Bar::new("choosing what is exported".into());
        for source in sources {
            let corpus = &source.pipeline.corpus;
            let graded = |i: &&usize| corpus.train.answers[**i].target != Target::Missing;
            answers += corpus.split.validation.iter().filter(graded).count();
            let mut own = Vec::new();
            for series in &all {
                bar.add(1, (all.len() * sources.len()) as u64, &series.title);
                own.push(agreement(source, series)?);
            }
            for (figures, figure) in figures.iter_mut().zip(means_where_defined(&own)) {
                figures.extend(figure);
            }
        }
        bar.finish();
        let own = sources.last().context("a run has models")?;
        let mut candidates = Vec::new();
        for (series, figures) in all.into_iter().zip(figures) {
            let chosen = best_of_seeds(&own.students, &series)?;
            let (parts, combinations) = gathered(&own.students, &chosen)?;
            let file = build(&own.students, &parts, &combinations, &self.recipe_blake3, None)?;
            candidates.push(Candidate { series, validation: mean(figures), bytes: file.to_bytes()?.len() });
        }
        let figures: Vec<(Option<f64>, usize)> = candidates.iter().map(|c| (c.validation, c.bytes)).collect();
        Ok(Choice { chosen: best(&figures), candidates, answers })
    }
}

/// What goes into the file, and into that of each fold.
pub(super) struct Choices {
    /// The choice of the whole run.
    pub(super) whole: Choice,
    folds: Vec<Choice>,
}

impl Choices {
    /// The series of each source.
    pub(super) fn measured(&self) -> Vec<&Series> {
        match &self.folds[..] {
            [] => vec![self.whole.series()],
            folds => folds.iter().map(Choice::series).collect(),
        }
    }
}

/// The main metric of each task on validation answers, for each seed or ensemble of a series.
fn agreement(source: &Source<'_>, series: &Series) -> Result<Vec<Vec<Option<f64>>>> {
    let corpus = &source.pipeline.corpus;
    let set = corpus.train.subset(&corpus.split.validation);
    let mut all = Vec::new();
    for run in &series.runs {
        let rows = source.students.score_f32(&run.models, &set)?;
        let of_task = |task: &usize| -> Result<Option<f64>> {
            let data = &corpus.train.tasks[*task];
            let own = rows.iter().filter(|r| r.task == *task && r.target != Target::Missing);
            let outcomes = data.outcomes(own.map(|r| (&r.target, &r.predicted)))?;
            Ok(outcomes.tally().metric(data.head.main_metric()))
        };
        all.push(series.tasks.iter().map(of_task).collect::<Result<_>>()?);
    }
    Ok(all)
}

/// For each candidate the mean over its runs of the mean over tasks. Tasks without a figure for some run of some
/// candidate are left out for all of them, so that the means are of the same answers.
fn means_where_defined(all: &[Vec<Vec<Option<f64>>>]) -> Vec<Option<f64>> {
    let tasks = all.iter().flatten().map(Vec::len).min().unwrap_or_default();
    let defined: Vec<usize> =
        (0..tasks).filter(|t| all.iter().flatten().all(|run| run[*t].is_some())).collect();
    all.iter()
        .map(|runs| mean(runs.iter().filter_map(|run| mean(defined.iter().filter_map(|t| run[*t])))))
        .collect()
}

/// Index of the candidate with the smallest file among those that are equal to the best; each has a figure and a size.
/// Without any figure, the smallest file is chosen.
fn best(candidates: &[(Option<f64>, usize)]) -> usize {
    let top = candidates.iter().filter_map(|c| c.0).fold(f64::NEG_INFINITY, f64::max);
    let near = |c: &(usize, &(Option<f64>, usize))| {
        top == f64::NEG_INFINITY || c.1.0.is_some_and(|figure| figure >= top - EQUAL)
    };
    let smallest = candidates.iter().enumerate().filter(near).min_by_key(|(_, c)| c.1);
    smallest.map_or(0, |(n, _)| n)
}

impl Choice {
    /// The chosen series.
    pub(super) fn series(&self) -> &Series {
        &self.candidates[self.chosen].series
    }

    /// The figures of all candidates and the choice, for a terminal; `None` if there was nothing to choose.
    pub(super) fn line(&self) -> Option<String> {
        let [_, _, ..] = &self.candidates[..] else { return None };
        let one = |c: &Candidate| format!("{} {} ({} bytes)", c.series.title, hundred(c.validation), c.bytes);
        let all: Vec<String> = self.candidates.iter().map(one).collect();
        Some(format!(
            "exported: {}, chosen by {} validation answers (x 100): {}",
            self.series().spoken(),
            self.answers,
            all.join(", ")
        ))
    }

    /// The same as a section in Markdown; empty if there was nothing to choose.
    pub(super) fn section(&self) -> Result<String> {
        let [_, _, ..] = &self.candidates[..] else { return Ok(String::new()) };
        let mut page = format!(
            "## Which model is exported\n\nThe one that agrees best with people on {} validation answers: the main metric \
             x 100, mean over tasks and over seeds or ensembles. Of those within {:.1} points of the best, the one with \
             the smallest file. All of them were fitted with the help of these answers, so the figures are for this \
             choice only.\n\n| candidate | validation | bytes | exported |\n|---|---:|---:|---|\n",
            self.answers,
            EQUAL * 100.0
        );
        for (n, c) in self.candidates.iter().enumerate() {
            let mark = if n == self.chosen { "yes" } else { "" };
            writeln!(page, "| {} | {} | {} | {mark} |", c.series.title, hundred(c.validation), c.bytes)?;
        }
        page.push('\n');
        Ok(page)
    }
}

fn hundred(figure: Option<f64>) -> String {
    figure.map_or("–".to_owned(), |figure| format!("{:.1}", figure * 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smallest_of_equal_candidates_is_chosen() {
        // 71.6 is within half a point of 72.0, 71.4 is not.
        assert_eq!(best(&[(Some(0.714), 10), (Some(0.716), 20), (Some(0.72), 900)]), 1);
        assert_eq!(best(&[(Some(0.716), 2000), (Some(0.72), 900)]), 1);
        assert_eq!(best(&[(Some(0.7), 10), (None, 1)]), 0);
        assert_eq!(best(&[(None, 10), (None, 1)]), 1);
        assert_eq!(best(&[(Some(-0.2), 10), (Some(-0.3), 1)]), 0);
    }

    #[test]
    fn means_are_over_the_tasks_that_every_run_has_a_figure_for() {
        let one = vec![vec![Some(0.5), None, Some(0.9)], vec![Some(0.7), Some(0.1), Some(0.9)]];
        let two = vec![vec![Some(0.4), Some(1.0), Some(0.8)]];
        let [first, second] = means_where_defined(&[one.clone(), two])[..] else { panic!() };
        assert!((first.unwrap() - 0.75).abs() < 1e-12 && (second.unwrap() - 0.6).abs() < 1e-12);
        assert_eq!(means_where_defined(&[one, vec![vec![None, None, None]]]), [None, None]);
    }
}
