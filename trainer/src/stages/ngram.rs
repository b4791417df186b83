//! Whether teachers and pupils are ahead of n-grams.

use super::export::numbered;
use super::measure::Predictions;
use super::{Labelled, Pipeline};
use crate::data::Dataset;
use crate::experiment::{Experiment, ModelSpec, Series, Variant};
use crate::labels::Scored;
use crate::report::{Evaluation, Run, compare_where_defined, evaluate};
use anyhow::Result;

impl Pipeline {
    /// A warning for each teacher and each pupil that agrees less with people than n-grams do, on average or on a task.
    /// `systems` are the evaluations of all `predictions` on the answers of one test set, and of the teacher.
    pub(super) fn behind_ngrams(
        &self,
        series: &[Series],
        predictions: &[Predictions],
        systems: &[Evaluation],
    ) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        let Some(place) = series.iter().position(is_reference) else { return Ok(lines) };
        let Some(ngrams) = predictions.iter().find(|p| p.series == place) else { return Ok(lines) };
        let named = |name: &str| -> Vec<Evaluation> {
            systems.iter().filter(|e| e.run.system == name).cloned().collect()
        };
        // The engine's numbers, where it can run the models.
        let measured = |title: &str| {
            let integers = named(&format!("{title}, int8"));
            if integers.is_empty() { named(&format!("{title}, f32")) } else { integers }
        };
        let whole = measured(&series[place].title);
        let Some(first) = whole.first() else { return Ok(lines) };
        let pupils =
            series.iter().filter(|s| matches!(s.variant, Variant::PerTask { .. } | Variant::System(_)));
        let pupils = pupils.map(|s| (measured(&s.title), &s.tasks));
        for (runs, tasks) in std::iter::once((named("teacher"), &series[place].tasks)).chain(pupils) {
            if runs.is_empty() {
                continue;
            }
            let same = runs.iter().all(|e| e.rows_blake3 == first.rows_blake3);
            let own = if same { whole.clone() } else { vec![self.on_tasks(first, ngrams, tasks)?] };
            lines.extend(self.warned(&runs, &own)?);
        }
        Ok(lines)
    }

    /// The evaluation of n-grams on some of their tasks.
    fn on_tasks(&self, whole: &Evaluation, ngrams: &Predictions, tasks: &[usize]) -> Result<Evaluation> {
        let rows = ngrams.integers.as_ref().unwrap_or(&ngrams.floats).iter();
        let rows: Vec<Scored> = rows.map(|r| Scored { task: ngrams.tasks[r.task], ..r.clone() }).collect();
        let data = self.plan().task_data(tasks);
        evaluate(whole.run.clone(), &data, &numbered(&rows, tasks), &self.bootstrap())
    }

    /// The warning of a comparison; none if the two were not measured on the same answers.
    fn warned(&self, runs: &[Evaluation], ngrams: &[Evaluation]) -> Result<Option<String>> {
        if runs.iter().chain(ngrams).any(|e| e.rows_blake3 != runs[0].rows_blake3) {
            return Ok(None);
        }
        let found = compare_where_defined(runs, ngrams, None, &self.bootstrap())?;
        Ok(found.and_then(|c| c.warning()))
    }

    /// N-grams on a test set's answers to the tasks of an exported file, for its card, and a warning for each of the
    /// file and the teacher that is behind them.
    pub(super) fn beside_ngrams(
        &self,
        (students, labelled): (&Experiment<'_>, &Labelled),
        (name, set): (&str, &Dataset),
        exported: &Series,
        file: &Evaluation,
    ) -> Result<Option<(Evaluation, Vec<String>)>> {
        let all = self.plan().series()?;
        let Some(series) = all.iter().find(|s| is_reference(s)) else { return Ok(None) };
        if matches!(exported.variant, Variant::NGram { .. }) {
            return Ok(None);
        }
        let own = |spec: &&ModelSpec| spec.tasks.iter().all(|t| exported.tasks.contains(t));
        let models: Vec<ModelSpec> = series.models().filter(own).cloned().collect();
        let data = self.plan().task_data(&exported.tasks);
        let evaluated = |system: &str, rows: &[Scored]| {
            let run = Run { system: system.to_owned(), split: name.to_owned(), seed: None };
            evaluate(run, &data, &numbered(rows, &exported.tasks), &self.bootstrap())
        };
        let ngrams = evaluated(&format!("{}, f32", series.title), &students.score_f32(&models, set)?)?;
        let mut lines: Vec<String> = Vec::new();
        if let Some(labels) = labelled.tests.get(name) {
            let teacher = evaluated("teacher", &labels.rows)?;
            lines.extend(self.warned(&[teacher], std::slice::from_ref(&ngrams))?);
        }
        lines.extend(self.warned(std::slice::from_ref(file), std::slice::from_ref(&ngrams))?);
        Ok(Some((ngrams, lines)))
    }
}

/// Whether a series is n-grams that learn from human scores alone.
fn is_reference(series: &Series) -> bool {
    series.variant == Variant::NGram { lambda: 0.0 }
}
