//! Trying settings: every combination once, judged by the loss on validation answers.

use super::{Decided, Workshop};
use crate::distil::Finished;
use crate::recipe::{SharedEncoder, UnimoeRecipe};
use crate::workers;
use anyhow::{Context, Result, ensure};
use std::fmt::Write;

impl Workshop<'_> {
    /// Trains every combination under `unimoe.search` and returns a table in Markdown, best first.
    ///
    /// # Errors
    ///
    /// When the recipe names nothing to try, a combination is not possible, or a fit fails; what is finished is kept.
    pub fn search(&self) -> Result<String> {
        let grid = self.unimoe.search.as_ref().context("the recipe has no table unimoe.search")?;
        let seed = *self.unimoe.seeds.first().context("unimoe.seeds: at least one")?;
        let mut tries: Vec<UnimoeRecipe> = Vec::new();
        for experts in &grid.experts {
            for balance in &grid.balance {
                for lambda in &grid.lambda {
                    let mut u = self.unimoe.clone();
                    (u.mixture.experts, u.balance, u.lambda) = (*experts, *balance, *lambda);
                    u.mixture.check()?;
                    tries.push(u);
                }
            }
        }
        ensure!(!tries.is_empty(), "unimoe.search names no combination: each list needs a value");
        let name = |u: &UnimoeRecipe| {
            format!("experts-{}-balance-{}-lambda-{}", u.mixture.experts, u.balance, u.lambda)
        };
        let loss = |u: &UnimoeRecipe| -> Result<f64> {
            let folder = self.folder.join("search").join(name(u));
            let teachers = self.teachers.clone();
            let workshop =
                Workshop { unimoe: u, folder: &folder, teachers, decided: Decided::default(), ..*self };
            let jobs = workshop.jobs_of(u.export, seed, &workshop.tasks()?);
            let done = jobs.iter().map(|job| workshop.train(job)).collect::<Result<Vec<_>>>()?;
            Ok(done.iter().map(Finished::validation_loss).sum::<f64>() / done.len() as f64)
        };
        let losses = match self.unimoe.encoder {
            SharedEncoder::Bert => tries.iter().map(loss).collect::<Result<Vec<_>>>()?,
            SharedEncoder::Lstm => {
                let title = format!("{} settings", tries.len());
                workers::one_thread_each(&title, &tries, |u| Ok((loss(u)?, name(u))))?
            }
        };
        let mut found: Vec<_> = losses.into_iter().zip(&tries).collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut page = String::from("| experts | λ_LB | λ_KD | validation loss |\n|---:|---:|---:|---:|\n");
        for (loss, u) in found {
            writeln!(page, "| {} | {} | {} | {loss:.4} |", u.mixture.experts, u.balance, u.lambda)?;
        }
        Ok(page)
    }
}
