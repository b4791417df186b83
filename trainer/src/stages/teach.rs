//! Fine-tuning the teachers.

use super::Pipeline;
use anyhow::Result;

impl Pipeline {
    /// Fine-tunes every unfinished teacher, or checks those of the run that `teacher.run` names.
    ///
    /// # Errors
    ///
    /// When a fit fails or a file cannot be written, or the other run lacks a teacher.
    pub fn teach(&self) -> Result<()> {
        let teacher = &self.recipe.teacher;
        if teacher.probabilities.is_some() {
            return Ok(());
        }
        let specs = self.plan().all_teachers();
        match &teacher.run {
            Some(run) => self.teachers().check_borrowed(&specs, run),
            None => self.teachers().train_all(&specs),
        }
    }

    pub(super) fn teach_where_needed(&self) -> Result<()> {
        if self.recipe.needs_teacher() { self.teach() } else { Ok(()) }
    }
}
