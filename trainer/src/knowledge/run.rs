//! A whole run: teachers, student models, the file, its figures and its card.
//!
//! Every fitted network is kept with the key of all that it depends on, so that a run that was interrupted goes on with
//! the first one that is missing.

use super::bkt::Skills;
use super::export::{self, Description};
use super::fit::{Course, FitSettings, Labels, Targets, fit, predict};
use super::follow::Follower;
use super::followers::{Constant, OfFile, Regression, Together, Tracing};
use super::generate;
use super::histories::Histories;
use super::logistic::{Features, Logistic};
use super::mastery::labels;
use super::measure::{Candidate, DKT, TEACHERS, measure};
use super::network::{Kind, Network, Spec, World};
use super::recipe::{Expanded, KnowledgeRecipe};
use super::report;
use super::stepwise::network as follower;
use super::world::{graph, shares, world};
use crate::files;
use crate::fit::{CurveFiles, Curves, read_state, replace_state};
use crate::model::pretrained::Encoders;
use crate::progress::Bar;
use anyhow::{Context, Result};
use pupil_core::Tracker;
use pupil_core::format::manifest::{DataSource, Metric};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// When a pair of questions lists one answer twice: see [`Histories::expanded_pairs`].
const EXPANDED_LEAST: usize = 10;
const EXPANDED_AGREEMENT: f64 = 0.9;

/// Places in which a list of questions must stand for one question to become a question of its own.
const COMPOSITE_LEAST: usize = 10;

/// The answers of a run.
struct Data {
    all: Histories,
    test: Histories,
    /// What is true of simulated students: see [`generate::Course::students`].
    truth: Option<Labels>,
    source: DataSource,
    notes: Vec<String>,
}

/// A fitted network on disk.
#[derive(Serialize, Deserialize)]
struct Record {
    key: String,
    course: Course,
}

/// One run.
struct Run<'a> {
    recipe: &'a KnowledgeRecipe,
    folder: PathBuf,
    data_folder: PathBuf,
    encoders: Encoders,
    data: Data,
}

/// What a student model is made without.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Without {
    Nothing,
    Graph,
    Mastery,
    Distillation,
    Draws,
}

/// Runs a recipe; returns the report and the path of the file. Everything is written to a folder of the recipe's name
/// below `runs`.
///
/// # Errors
///
/// When the recipe or the data are wrong, training fails, or a file cannot be written.
pub fn run(recipe: &Path, data: &Path, encoders: Encoders, runs: &Path) -> Result<(String, PathBuf)> {
    let recipe_blake3 = files::hash(recipe)?;
    let recipe = KnowledgeRecipe::read(recipe)?;
    let folder = runs.join(files::part(&recipe.name));
    files::check_writable(&folder)?;
    let data_folder = data.to_owned();
    let run = Run { data: Data::read(&recipe, data)?, recipe: &recipe, folder, data_folder, encoders };
    run.all(&recipe_blake3)
}

impl Data {
    fn read(recipe: &KnowledgeRecipe, folder: &Path) -> Result<Self> {
        let data = &recipe.data;
        let mut notes = Vec::new();
        if let Some(generated) = data.generated {
            let course = generate::Course::new();
            let (students, truth) = course.students(generated.students, generated.answers, recipe.seed);
            let (test, _) = course.students(generated.test_students, generated.answers, recipe.seed + 1);
            let all = course.histories.with(students);
            let source = DataSource {
                name: "simulated students of a course of arithmetic".into(),
                blake3: None,
                rows: Some(all.answers() as u64),
            };
            let test = course.histories.with(test);
            return Ok(Self { all, test, truth: Some(truth), source, notes });
        }
        let path = data.train.as_ref().context("a recipe without simulated students names a file")?;
        let known =
            data.questions.as_ref().map(|q| Histories::read_questions(&folder.join(q))).transpose()?;
        let mut all = Histories::read(&folder.join(path), known.as_ref())?;
        if let Some(names) = &data.skill_names {
            all.read_skill_names(&folder.join(names))?;
        }
        let mut test = match &data.test {
            Some(test) => Histories::read(&folder.join(test), Some(&all))?,
            None => all.with(Vec::new()),
        };
        if data.expanded != Expanded::Keep {
            let pairs = all.expanded_pairs(EXPANDED_LEAST, EXPANDED_AGREEMENT);
            let composites = match data.expanded {
                Expanded::Merge => all.composites(&pairs, COMPOSITE_LEAST),
                _ => Vec::new(),
            };
            let (before, before_test) = (all.answers(), test.answers());
            let n = all.merge_expanded(&pairs, &composites)?;
            let m = test.merge_expanded(&pairs, &composites)?;
            let became = match composites.len() {
                0 => String::new(),
                n => format!(" {n} lists of questions became questions of their own."),
            };
            notes.push(format!(
                "The second row of {} expanded pairs of questions is left out: {n} of {before} training rows and {m} \
                 of {before_test} test rows.{became}",
                pairs.len()
            ));
        }
        let source = DataSource {
            name: path.display().to_string(),
            blake3: Some(files::hash(&folder.join(path))?),
            rows: Some(all.answers() as u64),
        };
        Ok(Self { all, test, truth: None, source, notes })
    }
}

impl Run<'_> {
    fn all(&self, recipe_blake3: &str) -> Result<(String, PathBuf)> {
        let (recipe, folds) = (self.recipe, self.recipe.data.folds);
        // Students in the order of the folds, so that labels of one fold follow each other.
        let parts: Vec<(Histories, Histories)> =
            (0..folds).map(|fold| self.data.all.split(folds, fold, recipe.seed)).collect();
        let (train, validation) = &parts[0];
        let mut teachers: Vec<(Spec, Vec<Network>)> = Vec::new();
        for (place, spec) in recipe.teachers.iter().enumerate() {
            let mut networks = Vec::new();
            for (fold, (train, validation)) in parts.iter().enumerate() {
                let known = world(train, None)?;
                let name = format!("teacher-{}-fold-{}", place + 1, fold + 1);
                let seed = recipe.seed + fold as u64;
                let targets = Targets::default();
                let settings = &recipe.teacher_fit;
                networks
                    .push(self.fitted(&name, spec, &known, (train, validation), targets, settings, seed)?.0);
            }
            teachers.push((spec.clone(), networks));
        }
        let mut baselines = Vec::new();
        for (place, spec) in recipe.baselines.iter().enumerate() {
            let known = world(train, None)?;
            let settings = recipe.baseline_fit.as_ref().unwrap_or(&recipe.teacher_fit);
            let name = format!("baseline-{}", place + 1);
            let targets = Targets::default();
            let fitted =
                self.fitted(&name, spec, &known, (train, validation), targets, settings, recipe.seed)?;
            baselines.push((spec, fitted.0));
        }
        // Each student's labels come from the teachers that have not learned from that student.
        let of_train =
            |student: &str| parts.iter().position(|(_, part)| part.students.iter().any(|s| s.id == student));
        let soft = if recipe.fit.distillation > 0.0 {
            let mut by_fold = Vec::new();
            for (fold, (_, part)) in parts.iter().enumerate() {
                by_fold.push(self.teachers_say(&teachers, part, Some(fold))?);
            }
            let labels = train.students.iter().map(|student| {
                let fold = of_train(&student.id).context("every student is in a fold")?;
                let at = parts[fold].1.students.iter().position(|s| s.id == student.id);
                Ok(by_fold[fold][at.context("the student is in this fold")?].clone())
            });
            Some(labels.collect::<Result<Vec<_>>>()?)
        } else {
            None
        };
        let bkt = Skills::fit(train);
        let factors = Logistic::fit(train, Features::Factors);
        let truth = self.data.truth.as_ref().map(|truth| {
            let place = |id: &str| self.data.all.students.iter().position(|s| s.id == id);
            let own = train.students.iter().map(|s| Ok(truth[place(&s.id).context("it is there")?].clone()));
            own.collect::<Result<Labels>>()
        });
        let mastery = labels(&recipe.mastery, train, &bkt, &factors, truth.transpose()?, &self.data_folder)?;
        let graph = graph(train, &recipe.graph, &self.data_folder, &self.encoders)?;
        let pupils = |without: Without, seeds: &[u64]| -> Result<Vec<(Network, Course)>> {
            let known = world(train, graph.clone().filter(|_| without != Without::Graph))?;
            let mut settings = recipe.fit.clone();
            let name = match without {
                Without::Nothing => "pupil",
                Without::Graph => "without-graph",
                Without::Mastery => "without-mastery",
                Without::Distillation => "without-distillation",
                Without::Draws => "without-draws",
            };
            match without {
                Without::Mastery => settings.mastery = 0.0,
                Without::Distillation => settings.distillation = 0.0,
                Without::Draws => settings.sampling = 0.0,
                Without::Nothing | Without::Graph => {}
            }
            let targets = Targets { teacher: soft.as_deref(), mastery: Some(&mastery) };
            let fitted = |seed: &u64| {
                let name = format!("{name}-seed-{seed}");
                self.fitted(&name, &recipe.pupil, &known, (train, validation), targets, &settings, *seed)
            };
            seeds.iter().map(fitted).collect()
        };
        let students = pupils(Without::Nothing, &recipe.seeds)?;
        let best = (0..students.len())
            .max_by(|a, b| {
                let auc = |n: &usize| students[*n].1.auc[students[*n].1.best];
                auc(a).total_cmp(&auc(b))
            })
            .context("a recipe has at least one seed")?;
        let network = &students[best].0;
        let mut said = Description {
            recipe,
            recipe_blake3,
            data: self.data.source.clone(),
            metrics: Vec::new(),
            teacher: (recipe.fit.distillation > 0.0).then(|| {
                let kinds: Vec<String> = recipe.teachers.iter().map(|t| format!("{:?}", t.kind)).collect();
                format!("{} of {folds} folds", kinds.join(" and "))
            }),
        };
        let tracker = Tracker::from_bytes(export::file(network, train, &said)?)?;
        let measured = self.data.test.answers() > 0;
        let test = if measured { &self.data.test } else { validation };
        let split = if measured { "test" } else { "validation" };
        let mut candidates = self.baselines(train, &bkt, factors);
        let mut candidate = |name: String, follower, parameters, group: Option<&str>| {
            candidates.push(Candidate { name, follower, parameters, group: group.map(str::to_owned) });
        };
        let single = baselines.iter().map(|(spec, network)| (*spec, network));
        let taught = teachers.iter().map(|(spec, networks)| (spec, &networks[0]));
        for (spec, network) in taught.chain(single) {
            let name = match spec.kind {
                Kind::Dkt => DKT,
                Kind::Attention => "attention, one",
                Kind::Pupil => "network of the student form, one",
            };
            candidate(name.into(), follower(network)?, Some(network.count()), None);
        }
        if !teachers.is_empty() {
            let all = teachers.iter().flat_map(|(_, networks)| networks).map(follower);
            candidate(TEACHERS.into(), Box::new(Together(all.collect::<Result<_>>()?)), None, None);
        }
        candidate("file".into(), Box::new(OfFile::new(&tracker, train)), None, None);
        for ((network, _), seed) in students.iter().zip(&recipe.seeds) {
            let name = format!("student model, seed {seed}");
            candidate(name, follower(network)?, Some(network.count()), Some("student model"));
        }
        if recipe.ablations > 0 {
            for (without, name) in [
                (Without::Graph, "without graph"),
                (Without::Mastery, "without mastery"),
                (Without::Distillation, "without distillation"),
                (Without::Draws, "without own draws"),
            ] {
                if without == Without::Draws && recipe.fit.sampling == 0.0 {
                    continue;
                }
                let seeds = &recipe.seeds[..recipe.ablations];
                for ((network, _), seed) in pupils(without, seeds)?.iter().zip(seeds) {
                    let full = format!("{name}, seed {seed}");
                    candidate(full, follower(network)?, Some(network.count()), Some(name));
                }
            }
        }
        let measured = measure(&candidates, test, recipe.seed, &recipe.name)?;
        let file =
            measured.systems.iter().find(|system| system.name == "file").context("the file was measured")?;
        let metric = |name: &str, value: f64| Metric {
            name: name.into(),
            split: split.into(),
            value,
            n: u64::try_from(file.figures.answers).ok(),
            ..Metric::default()
        };
        let (low, high) = file.auc.interval.unzip();
        said.metrics = vec![
            Metric { low, high, ..metric("auc", file.figures.auc) },
            metric("accuracy", file.figures.accuracy),
            metric("calibration_error", file.figures.calibration_error),
        ];
        let bytes = export::file(network, train, &said)?;
        let path = self.folder.join(format!("{}.pupil", files::part(&recipe.name)));
        files::write(&path, &bytes)?;
        files::write_json(&self.folder.join("results.json"), &measured)?;
        let text = report::text(recipe, &self.data.all, test, &measured, bytes.len(), &self.data.notes);
        let card = report::front_matter(recipe, &measured, split) + &text;
        files::write(&self.folder.join("card.md"), card.as_bytes())?;
        Ok((text, path))
    }

    /// Systems that are no networks.
    fn baselines(&self, train: &Histories, bkt: &Skills, factors: Logistic) -> Vec<Candidate> {
        #[expect(clippy::cast_possible_truncation, reason = "a probability of f32's digits is enough")]
        let shares: Vec<f32> = shares(train).into_iter().map(|share| share as f32).collect();
        let mean = shares.last().copied().unwrap_or(0.5);
        let question_and_student = Logistic::fit(train, Features::QuestionAndStudent);
        let systems: [(&str, Box<dyn Follower>); 4] = [
            ("question mean", Box::new(Constant(Arc::new(shares)))),
            ("question and student mean", Box::new(Regression::new(question_and_student, train))),
            ("BKT", Box::new(Tracing::new(bkt, train, mean))),
            ("PFA", Box::new(Regression::new(factors, train))),
        ];
        let candidate = |(name, follower): (&str, _)| Candidate {
            name: name.to_owned(),
            parameters: None,
            follower,
            group: None,
        };
        systems.into_iter().map(candidate).collect()
    }

    /// A network of that name: read if it was fitted with the same settings to the same data, fitted otherwise.
    #[expect(clippy::too_many_arguments, reason = "all that a fit depends on")]
    fn fitted(
        &self,
        name: &str,
        spec: &Spec,
        known: &World,
        (train, validation): (&Histories, &Histories),
        targets: Targets<'_>,
        settings: &FitSettings,
        seed: u64,
    ) -> Result<(Network, Course)> {
        let mut key = blake3::Hasher::new();
        key.update(serde_json::to_string(&(spec, settings, seed, self.recipe.seed))?.as_bytes());
        key.update(
            format!("{:?}{:?}{:?}", train.students, train.questions, train.question_skills).as_bytes(),
        );
        key.update(format!("{:?}", validation.students).as_bytes());
        if settings.distillation > 0.0 {
            key.update(format!("{:?}", targets.teacher).as_bytes());
        }
        if settings.mastery > 0.0 {
            key.update(format!("{:?}", targets.mastery).as_bytes());
        }
        let graph = known.graph.as_ref().map(|graph| graph.flatten_all()?.to_vec1::<f32>()).transpose()?;
        key.update(format!("{graph:?}").as_bytes());
        let key = key.finalize().to_hex().to_string();
        let weights = self.folder.join(format!("{name}.safetensors"));
        let record = self.folder.join(format!("{name}.json"));
        let network = Network::new(spec, known, seed)?;
        if record.exists() && weights.exists() {
            let found: Record = files::read_json(&record)?;
            if found.key == key {
                network.set_parameters(&read_state(&weights)?)?;
                return Ok((network, found.course));
            }
        }
        let bar = Bar::new(format!("{}: {name}", self.recipe.name));
        let course = fit(&network, train, validation, targets, settings, seed, &bar)?;
        replace_state(&weights, &record, &network.parameters()?)?;
        Curves::of_network(&course.loss, &course.auc, course.best)
            .write(&format!("{}: {name}", self.recipe.name), &CurveFiles::of(&self.folder, name))?;
        files::write_json(&record, &Record { key, course: course.clone() })?;
        Ok((network, course))
    }

    /// The mean probability of all teachers, or of those that have not learned from one fold: the mean of their logits.
    fn teachers_say(
        &self,
        teachers: &[(Spec, Vec<Network>)],
        histories: &Histories,
        fold: Option<usize>,
    ) -> Result<Vec<Vec<f32>>> {
        let mut sums: Vec<Vec<f32>> = histories.students.iter().map(|s| vec![0.0; s.answers.len()]).collect();
        let mut count = 0.0;
        for (_, networks) in teachers {
            for network in
                networks.iter().enumerate().filter(|(n, _)| fold.is_none_or(|f| f == *n)).map(|(_, n)| n)
            {
                for (sums, p) in sums.iter_mut().zip(predict(network, histories)?) {
                    for (sum, p) in sums.iter_mut().zip(p) {
                        let p = p.clamp(1e-5, 1.0 - 1e-5);
                        *sum += (p / (1.0 - p)).ln();
                    }
                }
                count += 1.0;
            }
        }
        sums.iter_mut().flatten().for_each(|sum| *sum = super::network::probability(*sum / count));
        Ok(sums)
    }
}
