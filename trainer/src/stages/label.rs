//! The teachers' probabilities for graded, unlabelled and perturbed answers.

use super::{Labelled, Pipeline, check};
use crate::data::{DataFile, Dataset, ReadOptions};
use crate::experiment::{Experiment, ModelSpec};
use crate::files;
use crate::labels::{self, Labels, Names, Provenance, Scored, average};
use crate::perturb::perturbed;
use crate::progress::Bar;
use crate::recipe::Probabilities;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

impl Pipeline {
    /// The teachers' labels of training, test and perturbed answers.
    ///
    /// # Errors
    ///
    /// When there are no teachers yet, or a file cannot be written.
    pub fn label(&self) -> Result<Labelled> {
        if let Some(probabilities) = &self.recipe.teacher.probabilities {
            let labelled = self.labels_from_elsewhere(probabilities)?;
            check::covered(self, &labelled.train)?;
            return Ok(labelled);
        }
        let teacher_blake3 = self.teachers_blake3()?;
        let train = self.label_set(&self.corpus.train, "train")?;
        check::covered(self, &train)?;
        let mut tests = BTreeMap::new();
        for (name, set) in &self.corpus.tests {
            tests.insert(name.clone(), self.label_set(set, name)?);
        }
        let copies = if self.recipe.label.copies > 0 {
            let (set, _) = perturbed(&self.corpus, self.recipe.label.copies, self.recipe.seed);
            let labels = self.label_set(&set, "perturbed")?;
            Some((set, labels))
        } else {
            None
        };
        let mut made = Labelled { teacher_blake3, tests, copies, train, ..Labelled::nothing(&self.corpus) };
        self.add_vectors(&mut made)?;
        Ok(made)
    }

    /// The labels that the recipe's models learn from: [`label`](Self::label) with targeted copies, or none if no model
    /// has a teacher.
    ///
    /// # Errors
    ///
    /// As [`label`](Self::label), and when the first student of targeted copies cannot be trained.
    pub fn labels(&self) -> Result<Labelled> {
        if self.recipe.needs_teacher() {
            let mut labelled = self.label()?;
            self.add_targeted(&mut labelled)?;
            return Ok(labelled);
        }
        Ok(Labelled::nothing(&self.corpus))
    }

    /// Labels another set of answers by all teachers, and returns the labels and the hash of the teachers. `options`
    /// say how the set was read, since the same file may be read in more than one way.
    ///
    /// # Errors
    ///
    /// When there are no teachers of these settings and answers yet, or the model fails.
    pub fn label_other(&self, set: &Dataset, options: &ReadOptions) -> Result<(Labels, String)> {
        ensure!(
            self.recipe.teacher.probabilities.is_none(),
            "an external teacher cannot label other answers: only its probabilities are known"
        );
        let teacher_blake3 = self.teachers_blake3()?;
        let reading = serde_json::to_string(options)?;
        let name = blake3::hash(format!("{} {reading}", set.blake3).as_bytes()).to_hex();
        Ok((self.label_set(set, &format!("other-{}", &name[..12]))?, teacher_blake3))
    }

    /// Probabilities of an external teacher for the training file and the unlabelled answers.
    pub(super) fn labels_from_elsewhere(&self, files: &Probabilities) -> Result<Labelled> {
        let set = &self.corpus.train;
        let advice = |path: &Path| {
            format!("teacher.probabilities {}; the folder of data sets is given by --data", path.display())
        };
        let data = &self.recipe.data;
        let names =
            Names::of(std::iter::once(&data.columns).chain(data.also.iter().map(|part| &part.columns)));
        let mut hash = blake3::Hasher::new();
        let mut read = |file: &DataFile, task: Option<usize>| -> Result<Labels> {
            let path = file.at(&self.data);
            let found = labels::read_for(&path, &file.settings(), set, task, &names)
                .with_context(|| advice(&path))?;
            hash.update(files::hash(&path)?.as_bytes());
            Ok(found)
        };
        let train = match files {
            Probabilities::All(file) => read(file, None)?,
            Probabilities::ByTask(paths) => {
                let mut rows = Vec::new();
                for (id, file) in paths {
                    let task = set.task_index(id);
                    let task =
                        task.with_context(|| format!("teacher.probabilities: there is no task {id}"))?;
                    rows.extend(read(file, Some(task))?.rows);
                }
                rows.sort_by_key(|r| r.index);
                Labels { tasks: set.tasks.clone(), rows }
            }
        };
        let teacher_blake3 = hash.finalize().to_hex().to_string();
        Ok(Labelled { teacher_blake3, train, ..Labelled::nothing(&self.corpus) })
    }

    /// Labels a set by all teachers and averages them.
    pub(super) fn label_set(&self, set: &Dataset, title: &str) -> Result<Labels> {
        let teachers = self.teachers();
        let mut all = Vec::new();
        for seed in &self.recipe.teacher.seeds {
            let file = self.teacher_run.join("labels").join(format!("{title}-seed-{seed}.csv"));
            all.push(labels_of_seed(&teachers, &self.plan().teachers(*seed), set, title, &file)?);
        }
        average(&all)
    }

    /// Hash of all teachers, which must be trained with these settings and answers.
    fn teachers_blake3(&self) -> Result<String> {
        let (teachers, mut files) = (self.teachers(), Vec::new());
        for spec in self.plan().all_teachers() {
            let file = teachers.parameters_of(&spec);
            ensure!(
                teachers.finished(&spec).is_some(),
                "there is no teacher {} of these settings and answers yet: run `teach` first, or `run` for all stages",
                file.display()
            );
            files.push(file);
        }
        hash_of(&files)
    }
}

/// Labels a set by the teachers of one seed, or reads their labels from an earlier run.
fn labels_of_seed(
    teachers: &Experiment<'_>,
    specs: &[ModelSpec],
    set: &Dataset,
    title: &str,
    file: &Path,
) -> Result<Labels> {
    let parameters: Vec<PathBuf> = specs.iter().map(|spec| teachers.parameters_of(spec)).collect();
    let blake3 = hash_of(&parameters)?;
    if let Some(found) = labels::cached(file, &blake3, &set.blake3)
        && found.tasks == set.tasks
    {
        return Ok(found);
    }
    let mut rows = Vec::new();
    for spec in specs {
        let model = teachers.trained(spec)?;
        let chosen: Vec<usize> =
            (0..set.answers.len()).filter(|i| spec.tasks.contains(&set.answers[*i].task)).collect();
        let bar = Bar::new(format!("labels, {title}"));
        let logits = model.logits(set, &chosen, |n| bar.add(n as u64, chosen.len() as u64, ""))?;
        bar.finish();
        for (i, logits) in chosen.into_iter().zip(logits) {
            let head = model.head(set.answers[i].task);
            rows.push(Scored::new(set, i, head.probabilities(&logits, 1.0)));
        }
    }
    rows.sort_by_key(|r| r.index);
    let made = Labels { tasks: set.tasks.clone(), rows };
    let provenance = Provenance {
        teacher: teachers.recipe.teacher.encoder.clone(),
        teacher_blake3: blake3,
        data_blake3: set.blake3.clone(),
        created_by: crate::tool::TOOL.to_owned(),
        ..Provenance::default()
    };
    labels::write(file, &made, &provenance, None)?;
    Ok(made)
}

/// Hash of some files.
pub(super) fn hash_of(paths: &[PathBuf]) -> Result<String> {
    let hashes = paths.iter().map(|f| files::hash(f)).collect::<Result<Vec<_>>>()?;
    Ok(blake3::hash(hashes.concat().as_bytes()).to_hex().to_string())
}
