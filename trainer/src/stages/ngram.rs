//! Whether teachers and pupils are ahead of n-grams.

use super::Pipeline;
use super::gather::numbered;
use super::measure::Predictions;
use crate::experiment::{Series, Variant};
use crate::labels::Scored;
use crate::report::{Evaluation, compare_where_defined, evaluate};
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
    pub(super) fn warned(&self, runs: &[Evaluation], ngrams: &[Evaluation]) -> Result<Option<String>> {
        if runs.iter().chain(ngrams).any(|e| e.rows_blake3 != runs[0].rows_blake3) {
            return Ok(None);
        }
        let found = compare_where_defined(runs, ngrams, None, &self.bootstrap())?;
        Ok(found.and_then(|c| c.warning()))
    }
}

/// Whether a series is n-grams that learn from human scores alone.
pub(super) fn is_reference(series: &Series) -> bool {
    series.variant == Variant::NGram { lambda: 0.0 }
}
