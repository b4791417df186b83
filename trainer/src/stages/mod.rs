//! The stages of a recipe: teach, label, distil, export, evaluate; and search.
//!
//! Each stage writes its results with a hash of everything that determines them, and skips those that exist already. So
//! a killed run resumes where it stopped, and a changed setting repeats only what depends on it.

mod calibrated;
mod check;
mod choose;
mod distil;
mod evaluate;
mod expected;
mod export;
mod gather;
mod held;
mod label;
mod measure;
mod ngram;
mod promise;
mod prompt;
mod robustness;
mod search;
mod source;
mod study;
mod target;
mod teach;
mod tested;
mod vectors;

use crate::corpus::{CROSS_VALIDATION, Corpus};
use crate::data::Dataset;
use crate::experiment::{Experiment, Plan, Teaching, Transfer};
use crate::files;
use crate::labels::{Labels, Vectors};
use crate::model::pretrained::{Encoders, Pretrained};
use crate::recipe::{Recipe, TeacherKind, TeacherRecipe};
use anyhow::{Context, Result, ensure};
use pupil_metrics::Bootstrap;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use prompt::Prompted;
pub use robustness::{limits_of, sets_of, settings_of};
pub use study::study;
pub use target::Targeted;

/// The teachers' probabilities for everything that is trained or measured on.
pub struct Labelled {
    /// Hash of all teachers.
    pub teacher_blake3: String,
    /// Training file and unlabelled answers.
    pub train: Labels,
    /// Test sets.
    pub tests: BTreeMap<String, Labels>,
    /// Perturbed answers.
    pub copies: Option<(Dataset, Labels)>,
    /// Copies of the answers on which a first student and the teachers differ most.
    pub targeted: Option<Targeted>,
    /// The first teacher's vectors of `train`, `perturbed` and `targeted` answers, if a student learns them.
    pub vectors: BTreeMap<&'static str, Vectors>,
    /// Each teacher by itself, if there are several; all other fields are of all of them together.
    pub teachers: Vec<TeacherLabels>,
    /// The teacher's units, the one on which its loss depends most first; empty unless a setting asks for them.
    pub units: Vec<usize>,
    /// The weight of each teacher, in the order of the recipe.
    pub weights: Vec<f64>,
}

/// One of several teachers.
pub struct TeacherLabels {
    /// Its name in tables.
    pub title: String,
    /// Its share in the weighted mean.
    pub weight: f64,
    /// Its labels of the test sets.
    pub tests: BTreeMap<String, Labels>,
}

impl Labelled {
    /// No teacher's probabilities for anything.
    pub(super) fn nothing(corpus: &Corpus) -> Self {
        let train = Labels { tasks: corpus.train.tasks.clone(), rows: Vec::new() };
        Self {
            teacher_blake3: String::new(),
            train,
            tests: BTreeMap::new(),
            copies: None,
            teachers: Vec::new(),
            weights: Vec::new(),
            targeted: None,
            units: Vec::new(),
            vectors: BTreeMap::new(),
        }
    }
}

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
    /// Folder of the run that has the teachers: this one or another.
    pub teacher_run: PathBuf,
    /// Parameter files of the models from whose encoders the teachers start; none for the pretrained encoder.
    pub starts: Vec<PathBuf>,
    /// Whether a file that is beyond the limits of `robustness` is written all the same.
    pub force: bool,
    /// For each further teacher, the same with that teacher alone.
    pub also: Vec<Self>,
    /// In cross-validation the run of each fold, whose test set is the fold, in a folder of its own.
    pub folds: Vec<Self>,
}

impl Pipeline {
    /// Reads a recipe and its data and checks everything that can be checked before training. `runs` is the folder of
    /// all runs. What the user should know about the data is written to standard error.
    ///
    /// # Errors
    ///
    /// When the recipe, a data file or an encoder is missing or malformed, or they do not fit each other.
    pub fn open(recipe: &Path, data: &Path, encoders: impl Into<Encoders>, runs: &Path) -> Result<Self> {
        Self::open_with(recipe, data, encoders, runs, None)
    }

    /// As [`open`](Self::open), with another number of folds than the recipe's, instead of a held-out part.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and when the recipe cannot be cross-validated.
    pub fn open_with(
        recipe: &Path,
        data: &Path,
        encoders: impl Into<Encoders>,
        runs: &Path,
        folds: Option<usize>,
    ) -> Result<Self> {
        let recipe_blake3 = files::hash(recipe)?;
        let path = recipe;
        let mut recipe = Recipe::read(path)?;
        if let Some(folds) = folds {
            (recipe.data.folds, recipe.data.held_out) = (folds, 0.0);
            recipe.check().with_context(|| format!("recipe {} with --folds {folds}", path.display()))?;
        }
        let folder = runs.join(&recipe.name);
        let teacher_run = runs.join(recipe.teacher.run.as_ref().unwrap_or(&recipe.name));
        Self::of((recipe, recipe_blake3), data, encoders.into(), runs, folder, teacher_run)
    }

    /// A recipe with its hash, whose models are in `folder` and whose teachers are in `teacher_run`.
    fn of(
        (recipe, recipe_blake3): (Recipe, String),
        data: &Path,
        encoders: Encoders,
        runs: &Path,
        folder: PathBuf,
        teacher_run: PathBuf,
    ) -> Result<Self> {
        let (corpus, folds) = Corpus::read(&recipe, data)?;
        let pretrained = encoders.open_first(recipe.teacher.encoder_folder())?;
        let mut pipeline = Self {
            recipe,
            recipe_blake3,
            corpus,
            pretrained,
            data: data.to_owned(),
            folder,
            teacher_run,
            starts: Vec::new(),
            force: false,
            also: Vec::new(),
            folds: Vec::new(),
        };
        pipeline.starts = starts(&pipeline.recipe.teacher, runs)?;
        check::before(&mut pipeline, &folds)?;
        for (n, corpus) in folds.into_iter().enumerate() {
            let folder = pipeline.folder.join(format!("fold-{}", n + 1));
            let mut fold = pipeline.with(pipeline.recipe.clone(), corpus, folder.clone());
            fold.teacher_run = folder;
            check::fold(&mut fold, n)?;
            fold.add_teachers(&encoders, runs)?;
            pipeline.folds.push(fold);
        }
        pipeline.add_teachers(&encoders, runs)?;
        check::teachers(&pipeline)?;
        check::writable(&pipeline)?;
        Ok(pipeline)
    }

    /// A part of this run, with other settings, answers or folder.
    fn with(&self, recipe: Recipe, corpus: Corpus, folder: PathBuf) -> Self {
        Self {
            recipe,
            recipe_blake3: self.recipe_blake3.clone(),
            corpus,
            pretrained: self.pretrained.clone(),
            data: self.data.clone(),
            folder,
            teacher_run: self.teacher_run.clone(),
            starts: self.starts.clone(),
            force: self.force,
            also: Vec::new(),
            folds: Vec::new(),
        }
    }

    /// Adds the further teachers of the recipe.
    fn add_teachers(&mut self, encoders: &Encoders, runs: &Path) -> Result<()> {
        for (n, teacher) in self.recipe.teacher.also.iter().enumerate() {
            let recipe = Recipe { teacher: teacher.clone(), ..self.recipe.clone() };
            let mut also = self.with(recipe, self.corpus.clone(), self.folder.clone());
            if teacher.kind() == TeacherKind::Encoder {
                also.pretrained = encoders.open(&teacher.encoder)?;
            }
            let own = || self.folder.join(format!("also-{}", n + 1));
            also.starts = starts(teacher, runs)?;
            also.teacher_run = teacher.run.as_ref().map_or_else(own, |run| runs.join(run));
            self.also.push(also);
        }
        Ok(())
    }

    /// The models of the recipe.
    #[must_use]
    pub fn plan(&self) -> Plan<'_> {
        Plan::new(&self.recipe, &self.corpus)
    }

    /// The teachers.
    #[must_use]
    pub fn teachers(&self) -> Experiment<'_> {
        let folder = self.teacher_run.join("teachers");
        let mut all = Experiment::new(&self.recipe, &self.corpus, &self.pretrained, None, folder);
        all.stage = self.stage();
        all.starts.clone_from(&self.starts);
        let lora = self.recipe.teacher.lora.as_ref();
        all.adapters = lora.and_then(|lora| lora.adapters.as_ref()).map(|folder| self.data.join(folder));
        all
    }

    /// What precedes the names of models in progress bars: the folder of a fold.
    fn stage(&self) -> String {
        let name = self.folder.file_name().unwrap_or_default().to_string_lossy();
        if self.corpus.tests.contains_key(CROSS_VALIDATION) { format!("{name}: ") } else { String::new() }
    }

    /// The students, which learn from `labelled`.
    #[must_use]
    pub fn students<'a>(&'a self, labelled: &'a Labelled) -> Experiment<'a> {
        let t = &self.recipe.teacher;
        let mut joint = Vec::new();
        if t.joint && t.kind() == TeacherKind::Encoder {
            let teachers = self.teachers();
            joint.extend(self.plan().all_teachers().iter().map(|spec| teachers.parameters_of(spec)));
        }
        let transfer = |(set, labels): &'a (Dataset, Labels), title: &str| Transfer {
            set,
            labels,
            vectors: labelled.vectors.get(title),
        };
        let plain = labelled.copies.iter().map(|copies| transfer(copies, "perturbed"));
        let more = labelled.targeted.iter().map(|t| transfer(&t.copies, "targeted"));
        let teaching = Teaching {
            labels: &labelled.train,
            vectors: labelled.vectors.get("train"),
            units: &labelled.units,
            copies: plain.chain(more).collect(),
            targeted: labelled.targeted.as_ref().map(|t| t.copies.0.blake3.as_str()),
            blake3: &labelled.teacher_blake3,
            joint,
        };
        let folder = self.folder.join("pupils");
        let mut all = Experiment::new(&self.recipe, &self.corpus, &self.pretrained, Some(teaching), folder);
        all.stage = self.stage();
        all
    }

    /// All stages; returns the tables and the path of the file.
    ///
    /// # Errors
    ///
    /// The first error of any stage.
    pub fn run(&self) -> Result<(String, PathBuf)> {
        for (n, fold) in self.folds.iter().enumerate() {
            self.say_fold(n);
            fold.teach_where_needed()?;
            fold.distil()?;
        }
        if !self.folds.is_empty() {
            eprintln!("all {} folds are done: training on all graded answers", self.folds.len());
        }
        self.teach_where_needed()?;
        let labelled = self.distil_whole()?;
        let path = self.export(&labelled)?;
        let text = self.evaluate(&labelled)?;
        Ok((text, path))
    }

    /// Says which fold is worked on.
    fn say_fold(&self, n: usize) {
        let held = self.folds[n].corpus.tests.values().map(|set| set.answers.len()).sum::<usize>();
        eprintln!("fold {} of {}: {held} answers are held out", n + 1, self.folds.len());
    }

    /// Graded answers in the training file, per task, for messages.
    #[must_use]
    pub fn graded(&self) -> Vec<(String, usize)> {
        let tasks = self.corpus.train.tasks.iter().enumerate();
        tasks.map(|(t, task)| (task.id.clone(), self.corpus.graded(t))).collect()
    }

    fn bootstrap(&self) -> Bootstrap {
        Bootstrap {
            replicates: self.recipe.evaluate.replicates,
            seed: self.recipe.seed,
            ..Bootstrap::default()
        }
    }
}

/// The parameter files of the teachers of the run that `teacher.start` names, in the order of their seeds.
fn starts(teacher: &TeacherRecipe, runs: &Path) -> Result<Vec<PathBuf>> {
    let Some(run) = &teacher.start else { return Ok(Vec::new()) };
    let folder = runs.join(run).join("teachers");
    let seed_of = |name: &str| name.strip_prefix("teacher-0-seed-").and_then(|seed| seed.parse::<u64>().ok());
    let mut found = BTreeMap::new();
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        if let Some(seed) = entry.file_name().to_str().and_then(seed_of)
            && entry.path().join("finished.json").is_file()
        {
            found.insert(seed, entry.path().join("model.safetensors"));
        }
    }
    ensure!(
        !found.is_empty(),
        "teacher.start: the run {run} has no finished teacher in {}: run `teach` with its recipe first, or leave \
         teacher.start out",
        folder.display()
    );
    Ok(found.into_values().collect())
}
