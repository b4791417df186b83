//! The data of a recipe, read and split.

use crate::data::{
    Answer, Columns, Dataset, Fractions, ReadOptions, Split, Target, TaskData, folds, read, read_for, split,
};
use crate::head::SecondRater;
use crate::negatives;
use crate::ops::dropout::derive;
use crate::overlap::{LeftOut, Overlap, Reserved, overlaps};
use crate::random;
use crate::recipe::{DataPart, Recipe};
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// The data of a recipe, read and split.
#[derive(Clone)]
pub struct Corpus {
    /// Answers with scores, then unlabelled ones; the split indexes into it.
    pub train: Dataset,
    /// Training, validation and calibration parts; unlabelled answers are in the training part.
    pub split: Split,
    /// Made-up answers, indices of `train` that are in no part of the split. All models but those of n-grams learn
    /// them: most attacks change the order of words, which n-grams do not see.
    pub made: std::ops::Range<usize>,
    /// Test sets by name.
    pub tests: BTreeMap<String, Dataset>,
    /// What models learn from second scores, for each task.
    pub second_raters: Vec<SecondRater>,
    /// Hash of everything that was read.
    pub blake3: String,
    /// Name, hash and rows of each file.
    pub sources: Vec<Source>,
    /// Answers of the validation, calibration and test parts.
    pub reserved: Reserved,
    /// What is left out of training because it is reserved.
    pub left_out: LeftOut,
    /// How many answers of each set are also in the training part.
    pub overlaps: Vec<Overlap>,
}

/// The name of the answers of all folds as one test set.
pub const CROSS_VALIDATION: &str = "cross-validation";

/// The files of a recipe, before they are split.
struct Files {
    /// Answers with scores.
    train: Dataset,
    tests: BTreeMap<String, Dataset>,
    /// Answers that are only trained on, by file: without scores, or of data sets that extend others.
    more: Vec<Dataset>,
    second_raters: Vec<SecondRater>,
    blake3: String,
    sources: Vec<Source>,
}

/// A data file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Source {
    /// Name for provenance.
    pub name: String,
    /// Hash of its bytes.
    pub blake3: String,
    /// Number of answers.
    pub rows: usize,
}

impl Corpus {
    /// Reads all files of a recipe from `root`, and splits them: as the recipe's models are trained, and in
    /// cross-validation for each fold, whose test set is called [`CROSS_VALIDATION`].
    ///
    /// # Errors
    ///
    /// When a file is missing or malformed, or there are too few answers for the folds.
    pub fn read(recipe: &Recipe, root: &Path) -> Result<(Self, Vec<Self>)> {
        let (d, mut files) = (&recipe.data, Files::read(recipe, root)?);
        if d.graded < 1.0 {
            files.train = thinned(&files.train, d.graded, recipe.seed);
            let hashed = format!("{} {} {}", files.blake3, d.graded, recipe.seed);
            files.blake3 = blake3::hash(hashed.as_bytes()).to_hex().to_string();
        }
        for merge in &recipe.evaluate.merged {
            merge.check(&files.train.tasks)?;
        }
        let fractions = Fractions {
            train: 1.0 - d.validation - d.held_out - d.calibration,
            validation: d.validation,
            test: d.held_out,
            calibration: d.calibration,
        };
        let whole = Self::of(recipe, &files, split(&files.train, fractions, recipe.seed)?, None)?;
        let mut parts = Vec::new();
        if d.folds > 0 {
            for (n, division) in folds(&files.train, d.folds, (d.validation, d.calibration), recipe.seed)?
                .into_iter()
                .enumerate()
            {
                let name = format!("fold {} of {}", n + 1, d.folds);
                parts.push(Self::of(recipe, &files, division, Some(&name))?);
            }
        }
        Ok((whole, parts))
    }

    /// The answers of these files, split in this way. A `fold` has other answers, so its hashes are others.
    fn of(recipe: &Recipe, files: &Files, division: Split, fold: Option<&str>) -> Result<Self> {
        let d = &recipe.data;
        let hashed = |blake3: &str| match fold {
            None => blake3.to_owned(),
            Some(name) => blake3::hash(format!("{blake3} {name}").as_bytes()).to_hex().to_string(),
        };
        let mut train = Dataset { blake3: hashed(&files.train.blake3), ..files.train.clone() };
        let mut tests = files.tests.clone();
        if !division.test.is_empty() {
            let name = if fold.is_some() { CROSS_VALIDATION } else { "held-out" };
            let mut own = train.subset(&division.test);
            if let Some(same) = tests.remove(name) {
                own.append(same)?;
            }
            tests.insert(name.to_owned(), own);
        }
        let mut more = files.more.clone();
        // A text that is already present, or set aside, adds nothing.
        let aside = division.aside(&train);
        let texts: HashMap<(usize, &str), &str> =
            train.answers.iter().map(|a| ((a.task, a.id.as_str()), a.text.as_str())).collect();
        for set in &mut more {
            let before = set.answers.len();
            set.answers
                .retain(|a| texts.get(&(a.task, a.id.as_str())) != Some(&a.text.as_str()) && !aside.holds(a));
            if set.answers.len() < before {
                let kept: Vec<&str> = set.answers.iter().map(|a| a.id.as_str()).collect();
                set.blake3 = blake3::hash(format!("{} {kept:?}", set.blake3).as_bytes()).to_hex().to_string();
            }
        }
        let mut split = Split { test: Vec::new(), ..division };
        for set in more {
            split.train.extend(train.answers.len()..train.answers.len() + set.answers.len());
            train.append(set)?;
        }
        if d.pairs {
            let sets = tests.iter().map(|(name, set)| (format!("the test set {name}"), set));
            for (name, set) in std::iter::once(("the training part".to_owned(), &train)).chain(sets) {
                let bare = set.answers.iter().filter(|a| a.reference.is_none()).count();
                ensure!(
                    bare == 0,
                    "data.pairs is set, but {bare} of {} answers of {name} have no reference",
                    set.answers.len()
                );
            }
        }
        let aside = split.validation.iter().chain(&split.calibration).map(|i| &train.answers[*i]);
        let reserved = Reserved::new(d.pairs, tests.values().flat_map(|set| &set.answers).chain(aside));
        let left_out = LeftOut::take(&train, &mut split, &reserved);
        let overlaps = overlaps(d.pairs, &train, &split, &tests);
        let added = negatives::made(&recipe.negatives, &train, &split.train, &reserved, d.pairs, recipe.seed);
        let made = train.answers.len()..train.answers.len() + added.len();
        if !made.is_empty() {
            let texts: Vec<&str> = added.iter().map(|a| a.text.as_str()).collect();
            let hashed = format!("{} {texts:?}", train.blake3);
            train.blake3 = blake3::hash(hashed.as_bytes()).to_hex().to_string();
            train.answers.extend(added);
        }
        Ok(Self {
            train,
            split,
            made,
            tests,
            second_raters: files.second_raters.clone(),
            blake3: hashed(&files.blake3),
            sources: files.sources.clone(),
            reserved,
            left_out,
            overlaps,
        })
    }

    /// The number of answers of the files with a human score for a task; made-up answers do not count.
    #[must_use]
    pub fn graded(&self, task: usize) -> usize {
        let own = &self.train.answers[..self.made.start];
        own.iter().filter(|a| a.task == task && a.target != Target::Missing).count()
    }

    /// Warnings about the data files: missing scores, levels that no answer has.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let sets = std::iter::once(&self.train).chain(self.tests.values());
        sets.flat_map(|set| set.notes.iter().cloned()).collect()
    }
}

impl Files {
    fn read(recipe: &Recipe, root: &Path) -> Result<Self> {
        let d = &recipe.data;
        let advice = || format!("data of recipe {}; set the folder of data sets with --data", recipe.name);
        let mut sources = Vec::new();
        // The role of each file matters: swapping two files gives different data.
        let mut roles = String::new();
        let mut source = |part: &DataPart, role: &str, path: &Path, set: &Dataset| {
            roles += &format!("{}\n{role}\n{}\n", part.name, set.blake3);
            let file = path.file_stem().unwrap_or_default().to_string_lossy();
            let name = format!("{} {file}", part.name);
            let known = Source { name, blake3: set.blake3.clone(), rows: set.answers.len() };
            // Several tasks may use the same file.
            if !sources.contains(&known) {
                sources.push(known);
            }
        };
        let parts = d.parts();
        let (mut train, mut second_raters): (Option<Dataset>, Vec<SecondRater>) = (None, Vec::new());
        // The tasks of each data set, with the index of the first one.
        let mut own: Vec<(usize, Vec<TaskData>)> = Vec::new();
        // Answers to tasks that other data sets define.
        let mut further: Vec<Dataset> = Vec::new();
        for part in &parts {
            if part.extends {
                let known = train.as_ref().map_or_else(Vec::new, |t| t.tasks.clone());
                let set =
                    read_for(&part.train.at(root), &part.training_options(), &known).with_context(advice)?;
                source(part, "train", part.train.path(), &set);
                further.push(set);
                own.push((0, known));
                continue;
            }
            let set = read(&part.train.at(root), &part.training_options()).with_context(advice)?;
            for task in &set.tasks {
                ensure!(
                    part.second_rater != SecondRater::Mean || !task.head.is_classes(),
                    "data {}: `second_rater` is `mean`, but the classes of task {} have no order: set it to `half`",
                    part.name,
                    task.id
                );
                second_raters.push(part.second_rater);
            }
            source(part, "train", part.train.path(), &set);
            own.push((train.as_ref().map_or(0, |t| t.tasks.len()), set.tasks.clone()));
            match &mut train {
                None => train = Some(set),
                Some(all) => all.join(set).with_context(advice)?,
            }
        }
        let train = train.context("a recipe has at least one data set")?;
        let mut tests: BTreeMap<String, Dataset> = BTreeMap::new();
        // The answers of one data set, with task indices of the whole corpus.
        let among = |set: Dataset, first: usize| Dataset {
            tasks: train.tasks.clone(),
            answers: set.answers.into_iter().map(|a| Answer { task: a.task + first, ..a }).collect(),
            ..set
        };
        let mut more: Vec<Dataset> = further.into_iter().map(|set| among(set, 0)).collect();
        for (part, (first, tasks)) in parts.iter().zip(&own) {
            for (name, file) in &part.test {
                let set = read_for(&file.at(root), &part.options(file), tasks).with_context(advice)?;
                scored(&file.at(root), name, &part.columns, &set)?;
                source(part, &format!("test {name}"), file.path(), &set);
                let set = among(set, *first);
                match tests.get_mut(name) {
                    None => drop(tests.insert(name.clone(), set)),
                    Some(there) => there.append(set).with_context(advice)?,
                }
            }
            if let Some(file) = &part.unlabelled {
                let options = ReadOptions { unscored: true, ..part.options(file) };
                let set = read_for(&file.at(root), &options, tasks).with_context(advice)?;
                source(part, "unlabelled", file.path(), &set);
                more.push(among(set, *first));
            }
        }
        let blake3 = blake3::hash(roles.as_bytes()).to_hex().to_string();
        Ok(Self { train, tests, more, second_raters, blake3, sources })
    }
}

/// The same answers, of which this share of each task's keeps its scores, at least two; which ones is drawn.
fn thinned(set: &Dataset, share: f64, seed: u64) -> Dataset {
    let mut made = set.clone();
    for task in 0..set.tasks.len() {
        let graded: Vec<usize> =
            set.of_task(task).filter(|i| set.answers[*i].target != Target::Missing).collect();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
        let kept = ((share * graded.len() as f64).round() as usize).max(2);
        let order = random::permutation(graded.len(), derive(seed, (1 << 33) + task as u64));
        for place in order.into_iter().skip(kept) {
            let answer = &mut made.answers[graded[place]];
            (answer.target, answer.second) = (Target::Missing, Target::Missing);
        }
    }
    let hashed = format!("{} {share} {seed}", set.blake3);
    made.blake3 = blake3::hash(hashed.as_bytes()).to_hex().to_string();
    made
}

/// Refuses a test set without scores, which would otherwise show only after training.
fn scored(file: &Path, name: &str, columns: &Columns, set: &Dataset) -> Result<()> {
    let column = match (&columns.target, &columns.label_columns[..]) {
        (Some(target), _) => format!("`{target}`"),
        (None, []) => "`score`, `label` or `labels`".to_owned(),
        (None, labels) => format!("`{}`", labels.join("`, `")),
    };
    ensure!(
        set.labelled() > 0,
        "{}: none of the {} answers of the test set `{name}` has a score in the column {column}; name the score \
         column with `data.columns.target`, or move a file without scores to `data.unlabelled`",
        file.display(),
        set.answers.len()
    );
    Ok(())
}
