//! The vectors of a teacher, for students that learn them.

use super::label::hash_of;
use super::{Labelled, Pipeline};
use crate::data::Dataset;
use crate::labels::Vectors;
use crate::progress::Bar;
use anyhow::{Context, Result};
use std::path::PathBuf;

const NO_TEACHER: &str = "there is no teacher whose vectors can be learned";

impl Pipeline {
    /// Adds the vectors of everything that students learn from, if a setting of the recipe asks for them.
    pub(super) fn add_vectors(&self, labelled: &mut Labelled) -> Result<()> {
        if !self.recipe.needs_vectors() {
            return Ok(());
        }
        let train = self.vectors_of(&self.corpus.train, "train")?;
        if self.recipe.needs_influence() {
            let seed = self.recipe.teacher.seeds.first().context(NO_TEACHER)?;
            let specs = self.plan().teachers(*seed);
            let spec = specs.first().context(NO_TEACHER)?;
            labelled.units = self.teachers().influence(spec, &train)?;
        }
        labelled.vectors.insert("train", train);
        if let Some((set, _)) = &labelled.copies {
            labelled.vectors.insert("perturbed", self.vectors_of(set, "perturbed")?);
        }
        Ok(())
    }

    /// The vectors that the first teacher has of a set, which it makes or finds from an earlier run.
    pub(super) fn vectors_of(&self, set: &Dataset, title: &str) -> Result<Vectors> {
        let seed = self.recipe.teacher.seeds.first().context(NO_TEACHER)?;
        let (teachers, specs) = (self.teachers(), self.plan().teachers(*seed));
        let parameters: Vec<PathBuf> = specs.iter().map(|spec| teachers.parameters_of(spec)).collect();
        let blake3 = hash_of(&parameters)?;
        let file = self.teacher_run.join("labels").join(format!("{title}-vectors.safetensors"));
        if let Some(found) = Vectors::cached(&file, &blake3, &set.blake3, set.answers.len()) {
            return Ok(found);
        }
        let mut rows = vec![Vec::new(); set.answers.len()];
        for spec in &specs {
            let model = teachers.trained(spec)?;
            let chosen: Vec<usize> =
                (0..set.answers.len()).filter(|i| spec.tasks.contains(&set.answers[*i].task)).collect();
            let bar = Bar::new(format!("vectors, {title}"));
            let made = model.vectors(set, &chosen, |n| bar.add(n as u64, chosen.len() as u64, ""))?;
            bar.finish();
            chosen.into_iter().zip(made).for_each(|(i, vector)| rows[i] = vector);
        }
        Vectors::write(&file, &rows, &blake3, &set.blake3).with_context(|| file.display().to_string())
    }
}
