//! Trying settings: every combination once, ranked by the loss on validation answers.

use super::Pipeline;
use crate::experiment::{Finished, ModelSpec};
use crate::files;
use anyhow::Result;
use std::fmt::Write;

impl Pipeline {
    /// Trains every combination under `unimoe.search`; writes and returns a table in Markdown, the best one first.
    ///
    /// # Errors
    ///
    /// When the recipe names nothing to try, a combination is not possible, or a fit fails; finished models are kept.
    pub fn search(&self) -> Result<String> {
        let tries = self.plan().search()?;
        self.teach_where_needed()?;
        let labelled = self.labels()?;
        let students = self.students(&labelled);
        let all: Vec<ModelSpec> = tries.iter().flat_map(|t| &t.1).cloned().collect();
        students.train_all(&all)?;
        let mut found = Vec::new();
        for (settings, models) in &tries {
            let done = models.iter().map(|spec| students.require(spec)).collect::<Result<Vec<_>>>()?;
            let loss = done.iter().map(Finished::validation_loss).sum::<f64>() / done.len() as f64;
            found.push((loss, settings));
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut page = String::from("| experts | λ_LB | λ_KD | validation loss |\n|---:|---:|---:|---:|\n");
        for (loss, u) in found {
            writeln!(page, "| {} | {} | {} | {loss:.4} |", u.mixture.experts, u.balance, u.lambda)?;
        }
        files::write(&self.folder.join("search.md"), page.as_bytes())?;
        Ok(page)
    }
}
