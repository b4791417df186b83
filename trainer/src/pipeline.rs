//! A recipe from beginning to end: teach, label, distil, export, evaluate.
//!
//! Each stage writes its results with a hash of all that they follow from, and skips what is there already; so a run
//! that was killed goes on where it stopped, and a changed setting repeats just what depends on it.

use crate::card;
use crate::checks;
use crate::corpus::Corpus;
use crate::data::{DataFile, Dataset, ReadOptions, Target, TaskData};
use crate::distil::{Classroom, Family, Job, Pupil, untrained};
use crate::evaluate::score_engine;
use crate::export::{Chosen, build, decisions, score_f32};
use crate::files;
use crate::fit::{History, replace_state};
use crate::head::Decisions;
use crate::label::{self, perturbed};
use crate::labels::{self, Labels, Names, Scored, average};
use crate::metrics::Bootstrap;
use crate::model::pretrained::Pretrained;
use crate::overlap;
use crate::recipe::{Probabilities, Recipe, TeacherRecipe};
use crate::report::{
    Comparison, Estimate, Evaluation, Run, Style, TaskEvaluation, compare_where_defined, evaluate, markdown,
    table,
};
use crate::teach::{Teacher, scopes};
use crate::unimoe::{self, Decided, Predictions, Workshop, expert_map, expert_table};
use anyhow::{Context, Result, bail, ensure};
use pupil_core::Scorer;
use pupil_core::format::manifest::Metric;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A recipe with its data and its folder.
pub struct Pipeline {
    /// The settings.
    pub recipe: Recipe,
    /// Hash of the recipe file.
    pub recipe_blake3: String,
    /// The answers.
    pub corpus: Corpus,
    /// The pretrained encoder.
    pub pretrained: Pretrained,
    /// Folder of data sets.
    pub data: PathBuf,
    /// Folder of this run.
    pub folder: PathBuf,
    /// Folder of the run whose teachers teach, this one or another.
    pub teacher_run: PathBuf,
}

/// Beside each teacher.
#[derive(Debug, Deserialize, Serialize)]
struct Taught {
    key: String,
    history: History,
}

/// Whether a teacher's file is there and follows from the settings and answers that `key` stands for.
fn taught(file: &Path, key: &str) -> bool {
    let known: Option<Taught> = files::read_json(&file.with_extension("json")).ok();
    file.is_file() && known.is_some_and(|t| t.key == key)
}

/// The teacher's view of everything that is trained or measured on.
pub struct Labelled {
    /// Hash of all teachers.
    pub teacher_blake3: String,
    /// Training file and unlabelled answers.
    pub train: Labels,
    /// Test sets.
    pub tests: BTreeMap<String, Labels>,
    /// Perturbed answers.
    pub copies: Option<(Dataset, Labels)>,
}

impl Labelled {
    /// No teacher's view of anything.
    pub(crate) fn nothing(corpus: &Corpus) -> Self {
        let train = Labels { tasks: corpus.train.tasks.clone(), rows: Vec::new() };
        Self { teacher_blake3: String::new(), train, tests: BTreeMap::new(), copies: None }
    }
}

/// A pupil with its decisions, ready to be measured or exported.
struct Ready {
    pupil: Pupil,
    decisions: Decisions,
}

impl Pipeline {
    /// Reads a recipe and its data and checks whatever can be checked before the training; `runs` is where all runs have
    /// their folders. What the user should know of the data is said on the standard error.
    ///
    /// # Errors
    ///
    /// When the recipe, a data file or the encoder is missing or malformed, or they do not fit each other.
    pub fn open(recipe: &Path, data: &Path, encoder: &Path, runs: &Path) -> Result<Self> {
        let recipe_blake3 = files::hash(recipe)?;
        let recipe = Recipe::read(recipe)?;
        let corpus = Corpus::read(&recipe, data)?;
        let pretrained = Pretrained::open(encoder)?;
        let folder = runs.join(&recipe.name);
        let teacher_run = runs.join(recipe.teacher.run.as_ref().unwrap_or(&recipe.name));
        let mut pipeline =
            Self { recipe, recipe_blake3, corpus, pretrained, data: data.to_owned(), folder, teacher_run };
        checks::before(&mut pipeline)?;
        Ok(pipeline)
    }

    fn teacher_file(&self, scope: usize, seed: u64) -> PathBuf {
        self.teacher_run.join("teachers").join(format!("teacher-{scope}-seed-{seed}.safetensors"))
    }

    /// Files of the teachers that know all tasks.
    fn joint_teachers(&self) -> Vec<PathBuf> {
        let t = &self.recipe.teacher;
        let here = t.joint && t.probabilities.is_none();
        t.seeds.iter().filter(|_| here).map(|seed| self.teacher_file(0, *seed)).collect()
    }

    fn teacher_key(&self, scope: &[usize], seed: u64) -> Result<String> {
        let mut settings = self.recipe.teacher.clone();
        // Neither the list of seeds nor where it is kept matters to one of them.
        settings.seeds.clear();
        settings.run = None;
        settings.min_coverage = TeacherRecipe::MIN_COVERAGE;
        let r = &self.recipe;
        let all = serde_json::json!([
            settings,
            r.data,
            r.seed,
            scope,
            seed,
            self.corpus.blake3,
            self.pretrained.blake3(),
            crate::TOOL
        ]);
        Ok(blake3::hash(all.to_string().as_bytes()).to_hex().to_string())
    }

    fn scopes(&self) -> Vec<Vec<usize>> {
        scopes(&self.recipe, self.corpus.train.tasks.len())
    }

    /// Fine-tunes every teacher that is not there yet.
    ///
    /// # Errors
    ///
    /// When a fit fails or a file cannot be written.
    pub fn teach(&self) -> Result<()> {
        if self.recipe.teacher.probabilities.is_some() {
            return Ok(());
        }
        if self.recipe.teacher.run.is_some() {
            return self.check_borrowed();
        }
        for (s, scope) in self.scopes().iter().enumerate() {
            for seed in &self.recipe.teacher.seeds {
                let file = self.teacher_file(s, *seed);
                let key = self.teacher_key(scope, *seed)?;
                if taught(&file, &key) {
                    continue;
                }
                let record = file.with_extension("json");
                let (checkpoint, pending) =
                    (file.with_extension("checkpoint"), file.with_extension("pending"));
                if files::read_json::<String>(&pending).ok().as_ref() != Some(&key) {
                    // A checkpoint of other settings or data is of no use.
                    let _ = std::fs::remove_file(&checkpoint);
                    files::write_json(&pending, &key)?;
                }
                let teacher = Teacher::new(&self.recipe, &self.corpus, &self.pretrained, scope, *seed)?;
                let history = teacher.fit(&self.recipe, &self.corpus, *seed, &checkpoint)?;
                replace_state(&file, &record, &teacher.learner.state()?)?;
                files::write_json(&record, &Taught { key, history })?;
                for file in [checkpoint, pending] {
                    std::fs::remove_file(&file)
                        .with_context(|| format!("cannot remove {}", file.display()))?;
                }
            }
        }
        Ok(())
    }

    /// Checks that the run that `teacher.run` names has teachers of these settings and answers.
    pub(crate) fn check_borrowed(&self) -> Result<()> {
        let run = self.recipe.teacher.run.as_deref().unwrap_or_default();
        for (s, scope) in self.scopes().iter().enumerate() {
            for seed in &self.recipe.teacher.seeds {
                let file = self.teacher_file(s, *seed);
                if taught(&file, &self.teacher_key(scope, *seed)?) {
                    continue;
                }
                ensure!(
                    !file.is_file(),
                    "the teachers of the run {run} follow from other settings or data: make [data], [teacher] and seed \
                     equal in both recipes, or leave teacher.run out"
                );
                bail!(
                    "the run {run} has no teacher {} yet: run `teach` with its recipe first, or leave teacher.run out",
                    file.display()
                );
            }
        }
        Ok(())
    }

    fn teach_where_needed(&self) -> Result<()> {
        if self.recipe.needs_teacher() { self.teach() } else { Ok(()) }
    }

    fn teachers_of(&self, seed: u64) -> Result<Vec<Teacher>> {
        self.scopes()
            .iter()
            .enumerate()
            .map(|(s, scope)| {
                let teacher = Teacher::new(&self.recipe, &self.corpus, &self.pretrained, scope, seed)?;
                teacher.load(&self.teacher_file(s, seed))?;
                Ok(teacher)
            })
            .collect()
    }

    /// Labels a set by all teachers and averages them.
    fn label_set(&self, set: &Dataset, title: &str) -> Result<Labels> {
        let mut all = Vec::new();
        for seed in &self.recipe.teacher.seeds {
            let files: Vec<PathBuf> = (0..self.scopes().len()).map(|s| self.teacher_file(s, *seed)).collect();
            let hash = label::teachers_blake3(&files)?;
            let file = self.teacher_run.join("labels").join(format!("{title}-seed-{seed}.csv"));
            all.push(label::cached(&|| self.teachers_of(*seed), &self.recipe, &hash, set, title, &file)?);
        }
        average(&all)
    }

    /// Hash of all teachers, which must be there and follow from these settings and answers.
    fn teacher_run_blake3(&self) -> Result<String> {
        let mut files = Vec::new();
        for seed in &self.recipe.teacher.seeds {
            for (s, scope) in self.scopes().iter().enumerate() {
                let file = self.teacher_file(s, *seed);
                ensure!(
                    taught(&file, &self.teacher_key(scope, *seed)?),
                    "there is no teacher {} of these settings and answers yet: run `teach` first, or `run` for all stages",
                    file.display()
                );
                files.push(file);
            }
        }
        label::teachers_blake3(&files)
    }

    /// Labels another set of answers by all teachers, and gives the hash of these; `options` say how the set was read, for the same file may be read in more than one way.
    ///
    /// # Errors
    ///
    /// When there are no teachers of these settings and answers yet, or the model fails.
    pub fn label_other(&self, set: &Dataset, options: &ReadOptions) -> Result<(Labels, String)> {
        ensure!(
            self.recipe.teacher.probabilities.is_none(),
            "a teacher from elsewhere cannot label other answers: it is known by its probabilities alone"
        );
        let teacher_blake3 = self.teacher_run_blake3()?;
        let way = serde_json::to_string(options)?;
        let name = blake3::hash(format!("{} {way}", set.blake3).as_bytes()).to_hex();
        Ok((self.label_set(set, &format!("other-{}", &name[..12]))?, teacher_blake3))
    }

    /// The teacher's labels of training, test and perturbed answers.
    ///
    /// # Errors
    ///
    /// When there are no teachers yet, or a file cannot be written.
    pub fn label(&self) -> Result<Labelled> {
        if let Some(probabilities) = &self.recipe.teacher.probabilities {
            let labelled = self.labels_from_elsewhere(probabilities)?;
            checks::covered(self, &labelled.train)?;
            return Ok(labelled);
        }
        let teacher_blake3 = self.teacher_run_blake3()?;
        let train = self.label_set(&self.corpus.train, "train")?;
        checks::covered(self, &train)?;
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
        Ok(Labelled { teacher_blake3, train, tests, copies })
    }

    /// What the recipe's models learn from: [`label`](Self::label), or nothing where none of them has a teacher.
    ///
    /// # Errors
    ///
    /// As [`label`](Self::label).
    pub fn lessons(&self) -> Result<Labelled> {
        if self.recipe.needs_teacher() {
            return self.label();
        }
        Ok(Labelled::nothing(&self.corpus))
    }

    /// Probabilities that a teacher trained elsewhere gave to the training file and the unlabelled answers.
    pub(crate) fn labels_from_elsewhere(&self, files: &Probabilities) -> Result<Labelled> {
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
        Ok(Labelled { teacher_blake3, train, tests: BTreeMap::new(), copies: None })
    }

    /// Tries the settings under `unimoe.search`; returns the table, which it writes as well.
    ///
    /// # Errors
    ///
    /// When the recipe names none, or a fit fails.
    pub fn search(&self) -> Result<String> {
        self.teach_where_needed()?;
        let (labelled, folder) = (self.lessons()?, self.pupils());
        let workshop = self.workshop(&labelled, &folder).context("the recipe has no table unimoe")?;
        let page = workshop.search()?;
        files::write(&self.folder.join("search.md"), page.as_bytes())?;
        Ok(page)
    }

    /// What the pupils learn from.
    #[must_use]
    pub fn class<'a>(&'a self, labelled: &'a Labelled, folder: &'a Path) -> Classroom<'a> {
        Classroom {
            recipe: &self.recipe,
            corpus: &self.corpus,
            labels: Some(&labelled.train),
            copies: labelled.copies.as_ref().map(|(set, labels)| (set, labels)),
            pretrained: &self.pretrained,
            teacher_blake3: &labelled.teacher_blake3,
            folder,
        }
    }

    /// What the models of many tasks learn from, where the recipe asks for any.
    #[must_use]
    pub fn workshop<'a>(&'a self, labelled: &'a Labelled, folder: &'a Path) -> Option<Workshop<'a>> {
        Some(Workshop {
            recipe: &self.recipe,
            unimoe: self.recipe.unimoe.as_ref()?,
            corpus: &self.corpus,
            labels: Some(&labelled.train),
            copies: labelled.copies.as_ref().map(|(set, labels)| (set, labels)),
            pretrained: &self.pretrained,
            teacher_blake3: &labelled.teacher_blake3,
            teachers: self.joint_teachers(),
            folder,
            decided: Decided::default(),
        })
    }

    /// Folder of all pupils.
    #[must_use]
    pub fn pupils(&self) -> PathBuf {
        self.folder.join("pupils")
    }

    /// Every pupil that the recipe asks for.
    ///
    /// # Errors
    ///
    /// When the sweep names an unknown task.
    pub fn jobs(&self) -> Result<Vec<Job>> {
        let d = &self.recipe.distil;
        let mut jobs = Vec::new();
        let mut add = |task: usize, family: Family, lambda: f32| {
            for seed in &d.seeds {
                let job = Job { task, family, lambda, seed: *seed };
                if !jobs.contains(&job) {
                    jobs.push(job);
                }
            }
        };
        for task in 0..self.corpus.train.tasks.len() {
            for lambda in &d.lambdas {
                add(task, Family::ELstm, *lambda);
            }
            if d.baseline {
                add(task, Family::MeanEmbedding, 0.0);
            }
        }
        if let Some(sweep) = &d.sweep {
            let task = self.corpus.train.task_index(&sweep.task);
            let task = task.with_context(|| format!("distil.sweep: there is no task {}", sweep.task))?;
            for lambda in &sweep.lambdas {
                add(task, Family::ELstm, *lambda);
            }
        }
        Ok(jobs)
    }

    /// Trains every pupil that is not there yet.
    ///
    /// # Errors
    ///
    /// When a fit fails.
    pub fn distil(&self) -> Result<Labelled> {
        let labelled = self.lessons()?;
        let folder = self.pupils();
        self.class(&labelled, &folder).train_all(&self.jobs()?)?;
        if let Some(workshop) = self.workshop(&labelled, &folder) {
            workshop.train_all(&workshop.jobs()?)?;
            for adaptation in workshop.adaptations()? {
                workshop.adapt(&adaptation)?;
            }
        }
        Ok(labelled)
    }

    fn ready(&self, class: &Classroom<'_>, job: Job) -> Result<Ready> {
        let pupil = class.trained(job)?;
        let decisions = decisions(&self.recipe, &self.corpus, job.task, &pupil)?;
        Ok(Ready { pupil, decisions })
    }

    /// Writes the file of one lambda and seed, all tasks.
    fn export_one(&self, class: &Classroom<'_>, lambda: f32, seed: u64) -> Result<PathBuf> {
        let chosen = (0..self.corpus.train.tasks.len())
            .map(|task| {
                let job = Job { task, family: Family::ELstm, lambda, seed };
                let Ready { pupil, decisions } = self.ready(class, job)?;
                Ok(Chosen { job, pupil, decisions, metrics: Vec::new() })
            })
            .collect::<Result<Vec<_>>>()?;
        let path = self.folder.join("files").join(format!("lambda-{lambda}-seed-{seed}.pupil"));
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        build(class, &chosen, &self.recipe_blake3)?.write(&path)?;
        Ok(path)
    }

    /// Writes the file that is meant for use: for each task the pupil with the lowest validation loss among the
    /// seeds of `export.lambda`, with figures measured on the test sets by the engine.
    ///
    /// # Errors
    ///
    /// When a pupil is missing or a file cannot be written.
    pub fn export(&self, labelled: &Labelled) -> Result<PathBuf> {
        let folder = self.pupils();
        if let Some(workshop) = self.workshop(labelled, &folder) {
            return self.export_shared(&workshop);
        }
        let class = self.class(labelled, &folder);
        let e = &self.recipe.export;
        let mut chosen = Vec::new();
        for task in 0..self.corpus.train.tasks.len() {
            let mut best: Option<(f64, Job)> = None;
            for seed in &self.recipe.distil.seeds {
                let job = Job { task, family: Family::ELstm, lambda: e.lambda, seed: *seed };
                let done = class.finished(job).with_context(|| untrained(&class.place(job)))?;
                let loss = done.validation_loss();
                if best.is_none_or(|b| loss < b.0) {
                    best = Some((loss, job));
                }
            }
            let (_, job) = best.context("a recipe has at least one seed")?;
            let Ready { pupil, decisions } = self.ready(&class, job)?;
            chosen.push(Chosen { job, pupil, decisions, metrics: Vec::new() });
        }
        let path = self.folder.join(format!("{}.pupil", self.recipe.model_name()));
        // Once without figures, to measure with the engine itself; then with them.
        let bytes = build(&class, &chosen, &self.recipe_blake3)?.to_bytes()?;
        let scorer = Scorer::from_bytes(bytes)?;
        let mut evaluations = Vec::new();
        for (name, set) in &self.corpus.tests {
            let rows = score_engine(&scorer, set, 0..set.tasks.len(), self.recipe.data.pairs)?;
            let run = Run { system: "pupil, int8".into(), split: name.clone(), seed: None };
            let evaluation = evaluate(run, &set.tasks, &rows, &self.bootstrap())?;
            for (c, t) in chosen.iter_mut().zip(&evaluation.tasks) {
                c.metrics.extend(file_metrics(t, name));
            }
            evaluations.push(evaluation);
        }
        build(&class, &chosen, &self.recipe_blake3)?.write(&path)?;
        let tasks = &self.corpus.train.tasks;
        let card = card::render(&self.recipe, &self.corpus, tasks, &evaluations, &path)?;
        files::write(&self.folder.join("card.md"), card.as_bytes())?;
        Ok(path)
    }

    /// Writes the model of many tasks that is meant for use: of the seeds of `unimoe.export` the one with the lowest
    /// validation loss.
    fn export_shared(&self, workshop: &Workshop<'_>) -> Result<PathBuf> {
        let mut best: Option<(f64, crate::unimoe::Job)> = None;
        let tasks = workshop.tasks()?;
        for seed in &workshop.unimoe.seeds {
            for job in workshop.jobs_of(workshop.unimoe.export, *seed, &tasks) {
                let done = workshop.finished(&job).with_context(|| untrained(&workshop.place(&job)))?;
                let loss = done.validation_loss();
                if best.as_ref().is_none_or(|b| loss < b.0) {
                    best = Some((loss, job));
                }
            }
        }
        let (_, job) = best.context("a recipe has at least one seed")?;
        let pupil = workshop.trained(&job)?;
        let decisions = workshop.decisions(&job, &pupil)?;
        // Once without figures, to measure with the engine itself; then with them.
        let bytes = workshop.build(&job, &pupil, &decisions, &[], &self.recipe_blake3)?.to_bytes()?;
        let scorer = Scorer::from_bytes(bytes)?;
        let mut metrics = vec![Vec::new(); tasks.len()];
        let mut evaluations = Vec::new();
        for (name, set) in &self.corpus.tests {
            let rows = score_engine(&scorer, set, job.tasks.iter().copied(), self.recipe.data.pairs)?;
            let run = Run { system: "pupil, int8".into(), split: name.clone(), seed: None };
            let rows = workshop.own(&rows)?;
            let evaluation = evaluate(run, &workshop.task_data()?, &rows, &self.bootstrap())?;
            for (metrics, t) in metrics.iter_mut().zip(&evaluation.tasks) {
                metrics.extend(file_metrics(t, name));
            }
            evaluations.push(evaluation);
        }
        let path = self.folder.join(format!("{}.pupil", self.recipe.model_name()));
        workshop.build(&job, &pupil, &decisions, &metrics, &self.recipe_blake3)?.write(&path)?;
        self.export_packs(workshop, &job, &path)?;
        let card = card::render(&self.recipe, &self.corpus, &workshop.task_data()?, &evaluations, &path)?;
        files::write(&self.folder.join("card.md"), card.as_bytes())?;
        Ok(path)
    }

    /// Writes the task packs of a model whose file is at `base`, beside it.
    fn export_packs(&self, workshop: &Workshop<'_>, job: &crate::unimoe::Job, base: &Path) -> Result<()> {
        let Some(adapt) = &workshop.unimoe.adapt else { return Ok(()) };
        let scorer = Scorer::open(base)?;
        for a in workshop.adaptations()?.iter().filter(|a| a.base == *job && a.parts == adapt.pack) {
            let pack = |metrics: &[Metric]| workshop.build_pack(a, base, metrics, &self.recipe_blake3);
            let attached = scorer.attach_bytes(pack(&[])?.to_bytes()?)?;
            let data = &self.corpus.train.tasks[a.task];
            let mut metrics = Vec::new();
            for (name, set) in &self.corpus.tests {
                let rows = score_engine(&attached, set, [a.task], self.recipe.data.pairs)?;
                let rows: Vec<Scored> = rows.into_iter().map(|r| Scored { task: 0, ..r }).collect();
                let run = Run { system: "pack, int8".into(), split: name.clone(), seed: None };
                let evaluation = evaluate(run, std::slice::from_ref(data), &rows, &self.bootstrap())?;
                metrics.extend(evaluation.tasks.iter().flat_map(|t| file_metrics(t, name)));
            }
            pack(&metrics)?.write(self.folder.join(format!(
                "{}-{}.pupil",
                self.recipe.model_name(),
                files::part(&data.id)
            )))?;
        }
        Ok(())
    }

    fn bootstrap(&self) -> Bootstrap {
        Bootstrap {
            replicates: self.recipe.evaluate.replicates,
            seed: self.recipe.seed,
            ..Bootstrap::default()
        }
    }

    fn measure(
        &self,
        system: &str,
        split: &str,
        seed: Option<u64>,
        tasks: &Dataset,
        rows: &[Scored],
    ) -> Result<Evaluation> {
        let run = Run { system: system.to_owned(), split: split.to_owned(), seed };
        evaluate(run, &tasks.tasks, rows, &self.bootstrap())
    }

    /// Measures teachers, pupils in f32 and int8, and the baseline on every test set; writes JSON and tables.
    ///
    /// # Errors
    ///
    /// When a pupil is missing or a file cannot be written.
    pub fn evaluate(&self, labelled: &Labelled) -> Result<String> {
        let folder = self.pupils();
        let class = self.class(labelled, &folder);
        let d = &self.recipe.distil;
        let workshop = self.workshop(labelled, &folder);
        let (mut text, mut page) = (String::new(), String::new());
        for (name, set) in &self.corpus.tests {
            let mut systems = Vec::new();
            // A teacher from elsewhere has not seen the test sets.
            let teacher = labelled.tests.get(name);
            if let Some(w) = &workshop {
                let rows = teacher.map_or(Ok(Vec::new()), |t| w.own(&t.rows))?;
                let (tasks, predictions) = (w.task_data()?, w.score(set, &self.recipe_blake3)?);
                for merge in &self.recipe.evaluate.merged {
                    let name = format!("{name}, {}", merge.name);
                    let (coarse, teacher_rows) = merge.apply(&tasks, &rows);
                    let merged: Vec<_> = predictions.iter().map(|v| v.merged(merge, &tasks)).collect();
                    if merged.iter().all(|v| v.floats.is_empty()) {
                        // These are answers to tasks that have no such classes.
                        continue;
                    }
                    let (t, p) = self.measure_shared(&name, &coarse, &teacher_rows, &merged)?;
                    text += &t;
                    page += &p;
                }
                let (t, p) = self.measure_shared(name, &tasks, &rows, &predictions)?;
                text += &t;
                page += &p;
            } else if let Some(teacher) = teacher {
                systems.push(self.measure("teacher", name, None, set, &teacher.rows)?);
            }
            let mut pairs: Vec<(String, Vec<Evaluation>)> = Vec::new();
            if d.baseline {
                let runs = d
                    .seeds
                    .iter()
                    .map(|seed| {
                        self.f32_run(
                            &class,
                            "averaged embeddings, f32",
                            (Family::MeanEmbedding, 0.0, *seed),
                            name,
                            set,
                        )
                    })
                    .collect::<Result<Vec<_>>>()?;
                systems.extend(runs);
            }
            for lambda in &d.lambdas {
                let (float, integer) =
                    (format!("E-LSTM λ={lambda}, f32"), format!("E-LSTM λ={lambda}, int8"));
                let (mut floats, mut integers) = (Vec::new(), Vec::new());
                for seed in &d.seeds {
                    floats.push(self.f32_run(&class, &float, (Family::ELstm, *lambda, *seed), name, set)?);
                    let scorer = Scorer::open(self.export_one(&class, *lambda, *seed)?)?;
                    let rows = score_engine(&scorer, set, 0..set.tasks.len(), self.recipe.data.pairs)?;
                    integers.push(self.measure(&integer, name, Some(*seed), set, &rows)?);
                }
                systems.extend(floats.iter().chain(&integers).cloned());
                pairs.push((float, floats));
                pairs.push((integer, integers));
            }
            if workshop.is_none() || !systems.is_empty() {
                let (t, p) = self.page(name, &systems, &self.comparisons(&pairs)?)?;
                text += &t;
                page += &p;
            }
            if let Some(sweep) = d.sweep.as_ref() {
                let rows = self.sweep(&class, sweep.task.as_str(), &sweep.lambdas, name, set)?;
                text += &format!("λ sweep on {}\n\n{}\n", sweep.task, table(&rows));
                page += &format!("### λ sweep on {}\n\n{}\n", sweep.task, markdown(&rows));
            }
        }
        if let Some(w) = &workshop {
            page += &format!("## Fits\n\n{}\n", w.fits()?);
            if let Some((_, set)) = self.corpus.tests.iter().next() {
                page += &format!("## Cost\n\n{}\n", w.costs(set, &self.recipe_blake3)?);
            }
            for (name, set) in &self.corpus.tests {
                let (uses, tasks) = (w.expert_uses(set)?, w.task_data()?);
                let experts = expert_table(&uses, &tasks)?;
                if w.unimoe.adapt.is_some() {
                    let added = w.measure_adapted(name, set, &self.bootstrap(), &self.recipe_blake3)?;
                    page += &format!("## Added tasks, {name}\n\n{}\n", markdown(&added.systems));
                    page += &format!("{}\n", w.pack_sizes()?);
                    text += &format!("{}\n", table(&added.systems));
                    for comparison in &added.comparisons {
                        page += &format!("{}\n", comparison.render(Style::Markdown));
                        text += &format!("{}\n", comparison.render(Style::Text));
                    }
                }
                if !experts.is_empty() {
                    let picture = format!("experts-{}.svg", plain(name));
                    files::write(&self.folder.join(&picture), expert_map(&uses, &tasks)?.as_bytes())?;
                    page += &format!("## Experts, {name}\n\n![Use of experts]({picture})\n\n{experts}");
                }
            }
        }
        page += &overlap::section(&self.corpus.overlaps);
        files::write_json(&self.folder.join("results").join("overlap.json"), &self.corpus.overlaps)?;
        let behind = checks::teacher_behind(self, labelled)?;
        if !behind.is_empty() {
            behind.iter().for_each(|line| eprintln!("{line}"));
            page += &format!("\n## Teacher\n\n{}\n", behind.join("\n\n"));
        }
        files::write(&self.folder.join("results.md"), page.as_bytes())?;
        Ok(text)
    }

    /// The tables of models of many tasks on one test set.
    fn measure_shared(
        &self,
        split: &str,
        tasks: &[TaskData],
        teacher: &[Scored],
        predictions: &[Predictions],
    ) -> Result<(String, String)> {
        let mut systems = Vec::new();
        if !teacher.is_empty() {
            let run = Run { system: "teacher".into(), split: split.to_owned(), seed: None };
            systems.push(evaluate(run, tasks, teacher, &self.bootstrap())?);
        }
        let measured = unimoe::measure(split, tasks, predictions, &self.bootstrap())?;
        systems.extend(measured.systems);
        self.page(split, &systems, &measured.comparisons)
    }

    /// Writes each evaluation, and gives the tables of all of them as text and as Markdown.
    fn page(
        &self,
        split: &str,
        systems: &[Evaluation],
        comparisons: &[Comparison],
    ) -> Result<(String, String)> {
        for system in systems {
            let seed = system.run.seed.map_or(String::new(), |s| format!("-seed-{s}"));
            let file = format!("{}{seed}.json", plain(&system.run.system));
            system.write(&self.folder.join("results").join(plain(split)).join(file))?;
        }
        let mut text = format!("{split}\n\n{}\n", table(systems));
        let mut page = format!("## {split}\n\n{}\n", markdown(systems));
        for comparison in comparisons {
            text += &format!("{}\n", comparison.render(Style::Text));
            page += &format!("{}\n", comparison.render(Style::Markdown));
        }
        Ok((text, page))
    }

    fn f32_run(
        &self,
        class: &Classroom<'_>,
        system: &str,
        (family, lambda, seed): (Family, f32, u64),
        split: &str,
        set: &Dataset,
    ) -> Result<Evaluation> {
        let mut rows = Vec::new();
        for task in 0..set.tasks.len() {
            let Ready { pupil, decisions } = self.ready(class, Job { task, family, lambda, seed })?;
            rows.extend(score_f32(&self.recipe, &pupil, &decisions, set, task)?);
        }
        self.measure(system, split, Some(seed), set, &rows)
    }

    /// int8 against f32 for each lambda, then each lambda against the plain pupil, in int8.
    fn comparisons(&self, pairs: &[(String, Vec<Evaluation>)]) -> Result<Vec<Comparison>> {
        let mut made = Vec::new();
        for both in pairs.chunks_exact(2) {
            made.extend(compare_where_defined(&both[1].1, &both[0].1, None, &self.bootstrap())?);
        }
        for other in pairs.chunks_exact(2).skip(1) {
            made.extend(compare_where_defined(&other[1].1, &pairs[1].1, None, &self.bootstrap())?);
        }
        Ok(made)
    }

    fn sweep(
        &self,
        class: &Classroom<'_>,
        task: &str,
        lambdas: &[f32],
        split: &str,
        set: &Dataset,
    ) -> Result<Vec<Evaluation>> {
        let index = set.task_index(task).with_context(|| format!("distil.sweep: there is no task {task}"))?;
        let mut runs = Vec::new();
        // The sweep's own weights beside those of all tasks, in rising order.
        let mut lambdas: Vec<f32> = lambdas.iter().chain(&self.recipe.distil.lambdas).copied().collect();
        lambdas.sort_by(f32::total_cmp);
        lambdas.dedup();
        for lambda in &lambdas {
            for seed in &self.recipe.distil.seeds {
                let job = Job { task: index, family: Family::ELstm, lambda: *lambda, seed: *seed };
                let Ready { pupil, decisions } = self.ready(class, job)?;
                let rows = score_f32(&self.recipe, &pupil, &decisions, set, index)?;
                let only = set.tasks[index].clone();
                let rows: Vec<Scored> = rows.into_iter().map(|r| Scored { task: 0, ..r }).collect();
                let run = Run {
                    system: format!("E-LSTM λ={lambda}, f32"),
                    split: split.to_owned(),
                    seed: Some(*seed),
                };
                runs.push(evaluate(run, &[only], &rows, &self.bootstrap())?);
            }
        }
        Ok(runs)
    }

    /// All stages; returns the tables and the path of the file.
    ///
    /// # Errors
    ///
    /// The first error of any stage.
    pub fn run(&self) -> Result<(String, PathBuf)> {
        self.teach_where_needed()?;
        let labelled = self.distil()?;
        let path = self.export(&labelled)?;
        let text = self.evaluate(&labelled)?;
        Ok((text, path))
    }

    /// Graded answers in the training part, per task, for messages.
    #[must_use]
    pub fn graded(&self) -> Vec<(String, usize)> {
        self.corpus
            .train
            .tasks
            .iter()
            .enumerate()
            .map(|(t, task)| {
                let n = self
                    .corpus
                    .train
                    .answers
                    .iter()
                    .filter(|a| a.task == t && a.target != Target::Missing)
                    .count();
                (task.id.clone(), n)
            })
            .collect()
    }
}

/// A name as part of a file's name.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_alphanumeric() || c == '.' { c } else { '-' }).collect()
}

/// The figures of a task as a file holds them.
fn file_metrics(task: &TaskEvaluation, split: &str) -> Vec<Metric> {
    let entry = |(metric, estimate): (&crate::metrics::Metric, &Estimate)| Metric {
        name: metric_name(*metric),
        split: split.to_owned(),
        value: estimate.value,
        low: estimate.low,
        high: estimate.high,
        n: u64::try_from(task.n).ok(),
    };
    task.metrics.iter().map(entry).collect()
}

/// A metric's name as JSON writes it.
fn metric_name(metric: crate::metrics::Metric) -> String {
    match serde_json::to_value(metric) {
        Ok(serde_json::Value::String(name)) => name,
        _ => format!("{metric:?}"),
    }
}
