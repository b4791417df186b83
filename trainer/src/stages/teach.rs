//! Fine-tuning the teachers.

use super::Pipeline;
use crate::recipe::TeacherKind;
use anyhow::Result;

impl Pipeline {
    /// Fine-tunes every unfinished teacher, or checks those of the run that `teacher.run` names.
    ///
    /// # Errors
    ///
    /// When a fit fails or a file cannot be written, or the other run lacks a teacher.
    pub fn teach(&self) -> Result<()> {
        for (n, fold) in self.folds.iter().enumerate() {
            self.say_fold(n);
            fold.teach()?;
        }
        self.teach_whole()
    }

    /// The same without the folds of cross-validation.
    fn teach_whole(&self) -> Result<()> {
        let teacher = &self.recipe.teacher;
        match teacher.kind() {
            TeacherKind::Encoder | TeacherKind::NGram => {
                let specs = self.plan().all_teachers();
                match &teacher.run {
                    Some(run) => self.teachers().check_borrowed(&specs, run)?,
                    None => self.teachers().train_all(&specs)?,
                }
            }
            TeacherKind::Pupil(_) | TeacherKind::Probabilities(_) => {}
        }
        self.also.iter().try_for_each(Self::teach_whole)
    }

    /// Fine-tunes the teachers, without those of folds, if a model learns from them.
    pub(super) fn teach_where_needed(&self) -> Result<()> {
        if self.recipe.needs_teacher() { self.teach_whole() } else { Ok(()) }
    }
}
