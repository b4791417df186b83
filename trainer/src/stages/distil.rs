//! Training the students.

use super::{Labelled, Pipeline};
use anyhow::Result;

impl Pipeline {
    /// Trains every unfinished student, those of folds first, then the models with an added task.
    ///
    /// # Errors
    ///
    /// When teachers are needed and not trained yet, or a fit fails.
    pub fn distil(&self) -> Result<Labelled> {
        for (n, fold) in self.folds.iter().enumerate() {
            self.say_fold(n);
            fold.distil_whole()?;
        }
        self.distil_whole()
    }

    /// The same without the folds of cross-validation.
    pub(super) fn distil_whole(&self) -> Result<Labelled> {
        let labelled = self.labels()?;
        let students = self.students(&labelled);
        students.train_all(&self.plan().students()?)?;
        students.train_all(&self.plan().added()?)?;
        Ok(labelled)
    }
}
