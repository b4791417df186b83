//! Training the students.

use super::{Labelled, Pipeline};
use anyhow::Result;

impl Pipeline {
    /// Trains every student that is not there yet, then the models with an added task.
    ///
    /// # Errors
    ///
    /// When there are no teachers yet where some are needed, or a fit fails.
    pub fn distil(&self) -> Result<Labelled> {
        let labelled = self.labels()?;
        let students = self.students(&labelled);
        students.train_all(&self.plan().students()?)?;
        students.train_all(&self.plan().added()?)?;
        Ok(labelled)
    }
}
