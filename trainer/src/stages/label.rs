//! The teachers' probabilities for graded, unlabelled and perturbed answers.

use super::{Labelled, Pipeline, TeacherLabels, check};
use crate::data::{DataFile, Dataset, ReadOptions};
use crate::experiment::{Experiment, ModelSpec, score_engine};
use crate::files;
use crate::labels::{self, Labels, Names, Provenance, Scored, average, mix};
use crate::perturb::perturbed;
use crate::progress::Bar;
use crate::recipe::{Probabilities, TeacherKind, Weighting};
use anyhow::{Context, Result, ensure};
use pupil_core::Scorer;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The weights of several teachers, as a file beside their labels.
#[derive(Serialize)]
struct TeacherWeights<'a> {
    teacher: &'a str,
    weight: f64,
}

impl Pipeline {
    /// The teachers' labels of training, test and perturbed answers.
    ///
    /// # Errors
    ///
    /// When there are no teachers yet, or a file cannot be written.
    pub fn label(&self) -> Result<Labelled> {
        let sources: Vec<&Self> = std::iter::once(self).chain(&self.also).collect();
        let mut known = Vec::new();
        let mut hashes = Vec::new();
        for source in &sources {
            let (labels, blake3) = source.own_labels(&self.corpus.train)?;
            known.push(labels);
            hashes.push(blake3);
        }
        let weights = self.weights(&sources, &known)?;
        let train = joined(&known, &weights)?;
        check::covered(self, &train)?;
        let able: Vec<usize> = (0..sources.len()).filter(|n| sources[*n].teaches_others()).collect();
        let of_able: Vec<f64> = able.iter().map(|n| weights[*n]).collect();
        let mut each: Vec<BTreeMap<String, Labels>> = able.iter().map(|_| BTreeMap::new()).collect();
        let mut tests = BTreeMap::new();
        for (name, set) in &self.corpus.tests {
            let labels = able.iter().map(|n| sources[*n].label_set(set, name)).collect::<Result<Vec<_>>>()?;
            if !labels.is_empty() {
                tests.insert(name.clone(), joined(&labels, &of_able)?);
            }
            for (own, labels) in each.iter_mut().zip(labels) {
                own.insert(name.clone(), labels);
            }
        }
        let copies = if self.recipe.label.copies > 0 && !able.is_empty() {
            let (set, _) = perturbed(&self.corpus, self.recipe.label.copies, self.recipe.seed);
            let labels = self.label_by_all(&set, "perturbed", &weights)?;
            Some((set, labels))
        } else {
            None
        };
        let teachers = match able.len() {
            0 | 1 => Vec::new(),
            _ => able
                .iter()
                .zip(each)
                .map(|(n, tests)| TeacherLabels {
                    title: sources[*n].recipe.teacher.title(),
                    weight: weights[*n],
                    tests,
                })
                .collect(),
        };
        let teacher_blake3 = match &hashes[..] {
            [one] => one.clone(),
            many => blake3::hash(format!("{many:?} {weights:?}").as_bytes()).to_hex().to_string(),
        };
        let nothing = Labelled::nothing(&self.corpus);
        let mut made = Labelled { teacher_blake3, train, tests, copies, teachers, weights, ..nothing };
        self.add_vectors(&mut made)?;
        Ok(made)
    }

    /// The weight of each teacher, written beside the labels if there are several.
    fn weights(&self, sources: &[&Self], known: &[Labels]) -> Result<Vec<f64>> {
        if sources.len() == 1 {
            return Ok(vec![1.0]);
        }
        let validation: BTreeSet<usize> = self.corpus.split.validation.iter().copied().collect();
        let weights = match self.recipe.teacher.weights {
            Weighting::Equal => mix::equal(sources.len()),
            Weighting::Validation => mix::weights_of(known, &|row| validation.contains(&row.index))?,
        };
        let titles: Vec<String> = sources.iter().map(|source| source.recipe.teacher.title()).collect();
        let all: Vec<TeacherWeights<'_>> = titles
            .iter()
            .zip(&weights)
            .map(|(teacher, weight)| TeacherWeights { teacher, weight: *weight })
            .collect();
        files::write_json(&self.folder.join("teacher-weights.json"), &all)?;
        Ok(weights)
    }

    /// Whether this teacher can label other answers than those it came with.
    fn teaches_others(&self) -> bool {
        self.recipe.teacher.kind().labels_others()
    }

    /// The labels of this teacher alone for the training file, and its hash.
    fn own_labels(&self, train: &Dataset) -> Result<(Labels, String)> {
        match self.recipe.teacher.kind() {
            TeacherKind::Probabilities(files) => {
                let labelled = self.labels_from_elsewhere(files)?;
                Ok((labelled.train, labelled.teacher_blake3))
            }
            TeacherKind::Pupil(_) | TeacherKind::NGram | TeacherKind::Encoder => {
                let blake3 = self.teachers_blake3()?;
                Ok((self.label_set(train, "train")?, blake3))
            }
        }
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
        let sources: Vec<&Self> =
            std::iter::once(self).chain(&self.also).filter(|source| source.teaches_others()).collect();
        ensure!(
            !sources.is_empty(),
            "an external teacher cannot label other answers: only its probabilities are known"
        );
        let reading = serde_json::to_string(options)?;
        let name = blake3::hash(format!("{} {reading}", set.blake3).as_bytes()).to_hex();
        let title = format!("other-{}", &name[..12]);
        if let ([only], true) = (&sources[..], self.also.is_empty()) {
            let teacher_blake3 = only.teachers_blake3()?;
            return Ok((only.label_set(set, &title)?, teacher_blake3));
        }
        // The weights of all teachers, as for the recipe's own answers.
        let known = self.label()?;
        Ok((self.label_by_all(set, &title, &known.weights)?, known.teacher_blake3))
    }

    /// Labels a set by every teacher that can, and combines them by their `weights`.
    pub(super) fn label_by_all(&self, set: &Dataset, title: &str, weights: &[f64]) -> Result<Labels> {
        let (mut labels, mut of_able) = (Vec::new(), Vec::new());
        for (source, weight) in std::iter::once(self).chain(&self.also).zip(weights) {
            if source.teaches_others() {
                labels.push(source.label_set(set, title)?);
                of_able.push(*weight);
            }
        }
        joined(&labels, &of_able)
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

    /// Labels a set by this teacher: the mean of its seeds.
    fn label_set(&self, set: &Dataset, title: &str) -> Result<Labels> {
        if let TeacherKind::Pupil(file) = self.recipe.teacher.kind() {
            return self.label_by_file(&self.data.join(file), set);
        }
        let teachers = self.teachers();
        let mut all = Vec::new();
        for seed in &self.plan().teacher_seeds() {
            let file = self.teacher_run.join("labels").join(format!("{title}-seed-{seed}.csv"));
            all.push(labels_of_seed(&teachers, &self.plan().teachers(*seed), set, title, &file)?);
        }
        average(&all)
    }

    /// Labels a set by the engine with a finished model.
    fn label_by_file(&self, file: &Path, set: &Dataset) -> Result<Labels> {
        let scorer = Scorer::open(file).with_context(|| format!("teacher.pupil {}", file.display()))?;
        let rows = score_engine(&scorer, set, 0..set.tasks.len(), self.recipe.data.pairs)
            .with_context(|| format!("teacher.pupil {}", file.display()))?;
        Ok(Labels { tasks: set.tasks.clone(), rows })
    }

    /// Hash of all seeds of this teacher, which must be trained with these settings and answers.
    fn teachers_blake3(&self) -> Result<String> {
        if let TeacherKind::Pupil(file) = self.recipe.teacher.kind() {
            return files::hash(&self.data.join(file));
        }
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

/// Several teachers as one; a single one as it is.
fn joined(labels: &[Labels], weights: &[f64]) -> Result<Labels> {
    match labels {
        [one] => Ok(one.clone()),
        many => mix::combined(many, weights),
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
        teacher: teachers.recipe.teacher.title(),
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
