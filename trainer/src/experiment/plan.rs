//! From a recipe to the list of its models, and to the series that are measured together.

use super::spec::{
    Base, BertSpec, DecoderSpec, DistillationSpec, EncoderSpec, HeadSpec, Hidden, MergeSpec, MixtureSpec,
    ModelSpec, Streams, Words,
};
use crate::corpus::Corpus;
use crate::data::TaskData;
use crate::files;
use crate::fit::FitSettings;
use crate::head::ClassWeights;
use crate::loss::Distillation;
use crate::recipe::{
    EnsembleRecipe, Exported, Init, MemberKind, Recipe, SharedEncoder, System, TeacherKind, TrainedParts,
    UnimoeRecipe,
};
use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Makes the models of a recipe.
#[derive(Clone, Copy)]
pub struct Plan<'a> {
    /// The settings.
    pub recipe: &'a Recipe,
    /// The answers.
    pub corpus: &'a Corpus,
}

/// Models that differ only in their seeds or tasks: one row of a table.
#[derive(Clone, Debug)]
pub struct Series {
    /// Name in tables.
    pub title: String,
    /// What distinguishes it from others.
    pub variant: Variant,
    /// The tasks of all its models, indices into the corpus.
    pub tasks: Vec<usize>,
    /// Its models, seed by seed.
    pub runs: Vec<SeedRun>,
}

/// What distinguishes a series from others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Variant {
    /// N-grams and ridge regression for each task, with this weight of the teacher's expectation.
    NGram {
        /// The weight.
        lambda: f32,
    },
    /// The baseline without word order.
    Baseline,
    /// An E-LSTM for each task, with this weight of the teacher's term.
    PerTask {
        /// The weight.
        lambda: f32,
    },
    /// Models of several tasks.
    System(System),
    /// Several models of each task, combined.
    Ensemble,
}

/// The models of one seed.
#[derive(Clone, Debug)]
pub struct SeedRun {
    /// The seed.
    pub seed: u64,
    /// Its models; those that have the same task are combined.
    pub models: Vec<ModelSpec>,
}

/// Whose predictions are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// Those of models as trained.
    F32,
    /// Those of the engine.
    Int8,
}

/// Two series whose difference shows the effect of one part of the first.
#[derive(Clone, Copy, Debug)]
pub struct Contrast {
    /// The first.
    pub more: usize,
    /// The second.
    pub less: usize,
    /// The precision in which they are compared.
    pub numbers: Numbers,
}

impl Series {
    /// Whether the engine can run its models.
    #[must_use]
    pub fn is_in_files(&self) -> bool {
        self.models().all(|spec| spec.encoder.is_in_files())
    }

    /// Its name in a sentence.
    #[must_use]
    pub fn spoken(&self) -> String {
        match self.variant {
            Variant::Ensemble => "the ensemble".to_owned(),
            Variant::NGram { .. } | Variant::Baseline | Variant::PerTask { .. } | Variant::System(_) => {
                self.title.clone()
            }
        }
    }

    /// Whether its models learn from a teacher.
    #[must_use]
    pub fn is_taught(&self) -> bool {
        self.models().any(|spec| spec.distillation.is_some())
    }

    /// All its models.
    pub fn models(&self) -> impl Iterator<Item = &ModelSpec> {
        self.runs.iter().flat_map(|run| &run.models)
    }
}

/// Systems whose difference shows the effect of one part: the second is the first without it.
const PAIRS: [(System, System); 5] = [
    (System::Mtl, System::Individual),
    (System::Unimoe, System::Mtl),
    (System::MtlGuided, System::Mtl),
    (System::UnimoeGuided, System::Unimoe),
    (System::UnimoeGuided, System::MtlGuided),
];

impl<'a> Plan<'a> {
    /// The plan of a recipe.
    #[must_use]
    pub fn new(recipe: &'a Recipe, corpus: &'a Corpus) -> Self {
        Self { recipe, corpus }
    }

    fn task(&self, setting: &str, id: &str) -> Result<usize> {
        let all = &self.corpus.train;
        let known = || all.tasks.iter().map(|t| t.id.as_str()).collect::<Vec<_>>().join(", ");
        all.task_index(id).with_context(|| format!("{setting}: there is no task {id}, there are {}", known()))
    }

    /// Tasks as data.
    #[must_use]
    pub fn task_data(&self, tasks: &[usize]) -> Vec<TaskData> {
        tasks.iter().map(|t| self.corpus.train.tasks[*t].clone()).collect()
    }

    /// The teachers of a seed: one of all tasks, or one of each; none if the teacher is not trained here.
    #[must_use]
    pub fn teachers(&self, seed: u64) -> Vec<ModelSpec> {
        let (t, tasks) = (&self.recipe.teacher, self.corpus.train.tasks.len());
        match t.kind() {
            TeacherKind::Encoder => {}
            TeacherKind::NGram => {
                let all: Vec<usize> = (0..tasks).collect();
                return self.ngrams(0.0, &all).runs.into_iter().flat_map(|run| run.models).collect();
            }
            TeacherKind::Pupil(_) | TeacherKind::Probabilities(_) => return Vec::new(),
        }
        let scopes: Vec<Vec<usize>> =
            if t.joint { vec![(0..tasks).collect()] } else { (0..tasks).map(|t| vec![t]).collect() };
        scopes
            .into_iter()
            .enumerate()
            .map(|(scope, tasks)| ModelSpec {
                tasks,
                encoder: match &t.lora {
                    Some(lora) => EncoderSpec::Decoder(DecoderSpec {
                        lora: lora.settings(),
                        max_tokens: t.max_tokens,
                        precision: lora.precision,
                        checkpointing: lora.checkpointing,
                    }),
                    None => EncoderSpec::Bert(BertSpec {
                        layers: Vec::new(),
                        words: Words::All,
                        max_tokens: t.max_tokens,
                        train_words: t.train_words,
                        quantization_aware: false,
                    }),
                },
                mixture: None,
                head: match &t.lora {
                    Some(_) => HeadSpec { hidden: Hidden::HalfWidth, dropout: t.head_dropout, normed: true },
                    None => HeadSpec { hidden: Hidden::None, dropout: t.head_dropout, normed: false },
                },
                init: Init::Pretrained,
                base: None,
                merge: None,
                distillation: None,
                class_weights: t.class_weights,
                negatives: t.negatives,
                fit: t.fit.clone(),
                seed,
                streams: Streams::TEACHER,
                folder: format!("teacher-{scope}-seed-{seed}").into(),
            })
            .collect()
    }

    /// The teachers of all seeds.
    #[must_use]
    pub fn all_teachers(&self) -> Vec<ModelSpec> {
        self.teacher_seeds().iter().flat_map(|seed| self.teachers(*seed)).collect()
    }

    /// The seeds of the teacher: a single one for n-grams, in which nothing is random.
    #[must_use]
    pub fn teacher_seeds(&self) -> Vec<u64> {
        match self.recipe.teacher.kind() {
            TeacherKind::NGram => vec![self.recipe.seed],
            _ => self.recipe.teacher.seeds.clone(),
        }
    }

    /// Every series that is measured on all its tasks: n-grams, averaged embeddings, the E-LSTMs by their weights, the
    /// systems, then the ensemble.
    ///
    /// # Errors
    ///
    /// When a task does not exist.
    pub fn series(&self) -> Result<Vec<Series>> {
        let all: Vec<usize> = (0..self.corpus.train.tasks.len()).collect();
        let mut series = Vec::new();
        if self.recipe.distil.baseline && !self.recipe.distil.seeds.is_empty() {
            series.push(self.per_task(None, &all));
        }
        for lambda in &self.recipe.distil.lambdas {
            series.push(self.per_task(Some(*lambda), &all));
        }
        if let Some(u) = &self.recipe.unimoe {
            for system in &u.systems {
                series.push(self.system(u, *system)?);
            }
        }
        let measured: BTreeSet<usize> = series.iter().flat_map(|s| &s.tasks).copied().collect();
        let tasks = if measured.is_empty() { all } else { measured.into_iter().collect() };
        series.splice(0..0, self.recipe.ngram.lambdas.iter().map(|lambda| self.ngrams(*lambda, &tasks)));
        if let Some(ensemble) = &self.recipe.ensemble {
            series.push(self.ensemble(ensemble, &series)?);
        }
        Ok(series)
    }

    /// The series of a sweep: its task alone, with each weight of the sweep and of `distil.lambdas`.
    ///
    /// # Errors
    ///
    /// When the task does not exist.
    pub fn sweep(&self) -> Result<Vec<Series>> {
        let d = &self.recipe.distil;
        let Some(sweep) = &d.sweep else { return Ok(Vec::new()) };
        let task = self.task("distil.sweep", &sweep.task)?;
        let mut lambdas: Vec<f32> = sweep.lambdas.iter().chain(&d.lambdas).copied().collect();
        lambdas.sort_by(f32::total_cmp);
        lambdas.dedup();
        let one = |lambda: &f32| self.per_task(Some(*lambda), &[task]);
        Ok(lambdas.iter().map(one).collect())
    }

    /// The series whose models go into the file; if the best one is to be found by its figures, the largest of them.
    ///
    /// # Errors
    ///
    /// When the recipe has none, or a task does not exist.
    pub fn exported(&self) -> Result<Series> {
        self.candidates()?.pop().context("the recipe does not train what it exports")
    }

    /// The series whose models may go into the file, the largest file last: the one that `export.model` names, or for
    /// `best` n-grams with each weight, the exported pupils and the ensemble. Those that score fewer tasks than another
    /// are left out.
    ///
    /// # Errors
    ///
    /// When the recipe does not train it, or a task does not exist.
    pub fn candidates(&self) -> Result<Vec<Series>> {
        let lambda = self.recipe.export.lambda;
        let pupils = match &self.recipe.unimoe {
            Some(u) => Variant::System(u.export),
            None => Variant::PerTask { lambda },
        };
        let wanted = |variant: Variant| match self.recipe.export.model {
            Exported::NGram => variant == Variant::NGram { lambda },
            Exported::Pupils => variant == pupils,
            Exported::Ensemble => variant == Variant::Ensemble,
            Exported::Best => {
                variant == pupils || matches!(variant, Variant::NGram { .. } | Variant::Ensemble)
            }
        };
        let mut found = self.series()?;
        found.retain(|s| wanted(s.variant));
        let most = found.iter().map(|s| s.tasks.len()).max().unwrap_or_default();
        found.retain(|s| s.tasks.len() == most);
        ensure!(!found.is_empty(), "the recipe does not train what it exports");
        Ok(found)
    }

    /// Every student, each once: those of all series and of the sweep.
    ///
    /// # Errors
    ///
    /// When a task does not exist.
    pub fn students(&self) -> Result<Vec<ModelSpec>> {
        let mut seen = BTreeSet::new();
        let mut all: Vec<ModelSpec> = Vec::new();
        for series in self.series()?.iter().chain(&self.sweep()?) {
            all.extend(series.models().filter(|spec| seen.insert(spec.folder.clone())).cloned());
        }
        Ok(all)
    }

    /// Every model with an added task.
    ///
    /// # Errors
    ///
    /// When a task does not exist.
    pub fn added(&self) -> Result<Vec<ModelSpec>> {
        let Some(adapt) = self.recipe.unimoe.as_ref().and_then(|u| u.adapt.as_ref()) else {
            return Ok(Vec::new());
        };
        let mut all = Vec::new();
        for model in self.exported()?.models() {
            for id in &adapt.tasks {
                let task = self.task("unimoe.adapt.tasks", id)?;
                let name = files::part(id);
                for parts in TrainedParts::ALL {
                    let base = Base { model: Box::new(model.clone()), parts, rehearsal: adapt.rehearsal };
                    all.push(ModelSpec {
                        tasks: model.tasks.iter().copied().chain([task]).collect(),
                        base: Some(base),
                        merge: None,
                        fit: adapt.fit.drawing_evenly_unless(model.distillation.is_some()),
                        streams: Streams::ADDED,
                        folder: model.folder.join(format!("{}-{name}", parts.folder())),
                        ..model.clone()
                    });
                }
            }
        }
        Ok(all)
    }

    /// Which series are compared: each weight with the first weight, and each system with the one it adds a part to.
    #[must_use]
    pub fn contrasts(&self, series: &[Series]) -> Vec<Contrast> {
        let is_per_task = |s: &&Series| matches!(s.variant, Variant::PerTask { .. });
        let place = |v: Variant| series.iter().position(|s| s.variant == v);
        let mut all = Vec::new();
        if let Some(less) = series.iter().position(|s| is_per_task(&s)) {
            for (more, _) in series.iter().enumerate().filter(|(n, s)| *n > less && is_per_task(s)) {
                all.push(Contrast { more, less, numbers: Numbers::Int8 });
            }
        }
        for (more, less) in PAIRS {
            if let (Some(more), Some(less)) = (place(Variant::System(more)), place(Variant::System(less))) {
                all.push(Contrast { more, less, numbers: Numbers::F32 });
            }
        }
        all
    }

    /// The texts of a task's training part.
    fn texts_of(&self, task: usize) -> impl Iterator<Item = &str> {
        let answers = self.corpus.split.train.iter().map(|i| &self.corpus.train.answers[*i]);
        answers.filter(move |a| a.task == task).map(|a| a.text.as_str())
    }

    /// Models of n-grams for each of the tasks. They do not depend on chance, so there is one seed.
    fn ngrams(&self, lambda: f32, tasks: &[usize]) -> Series {
        let (d, seed) = (&self.recipe.distil, self.recipe.seed);
        let model = |task: &usize| ModelSpec {
            tasks: vec![*task],
            encoder: EncoderSpec::NGram(self.recipe.ngram.clone().suited(self.texts_of(*task))),
            mixture: None,
            head: HeadSpec { hidden: Hidden::None, dropout: 0.0, normed: false },
            init: Init::Pretrained,
            base: None,
            merge: None,
            distillation: (lambda > 0.0)
                .then(|| DistillationSpec::plain(Distillation::default(), lambda, 1.0, d.beyond_scores)),
            class_weights: ClassWeights::None,
            negatives: true,
            fit: FitSettings::default(),
            seed,
            streams: Streams::STUDENT,
            folder: PathBuf::from(files::part(&self.corpus.train.tasks[*task].id))
                .join(format!("n-gram-lambda-{lambda}")),
        };
        let title =
            if lambda > 0.0 { format!("n-gram ridge λ={lambda}") } else { "n-gram ridge".to_owned() };
        let runs = vec![SeedRun { seed, models: tasks.iter().map(model).collect() }];
        Series { title, variant: Variant::NGram { lambda }, tasks: tasks.to_vec(), runs }
    }

    /// Ensembles of the models of other series: each of as many seeds of each kind as the recipe says, the first ones
    /// in the first ensemble. Models without chance are in every ensemble.
    fn ensemble(&self, ensemble: &EnsembleRecipe, series: &[Series]) -> Result<Series> {
        let lambda = ensemble.lambda;
        let mut kinds: Vec<(&Series, usize)> = Vec::new();
        for member in &ensemble.members {
            let (variant, each) = match member {
                MemberKind::NGram => (Variant::NGram { lambda }, 0),
                MemberKind::ELstm => (Variant::PerTask { lambda }, ensemble.each),
                MemberKind::System(system) => (Variant::System(*system), ensemble.each),
            };
            let found = series.iter().find(|s| s.variant == variant);
            kinds.push((found.context("the recipe trains every member of its ensemble")?, each));
        }
        let enough = kinds.iter().filter(|(_, each)| *each > 0).map(|(s, each)| s.runs.len() / each).min();
        let runs = (0..enough.unwrap_or(1))
            .map(|n| {
                let of_kind = |(series, each): &(&Series, usize)| match each {
                    0 => series.models().cloned().collect(),
                    each => {
                        let runs = &series.runs[n * each..(n + 1) * each];
                        runs.iter().flat_map(|run| run.models.clone()).collect::<Vec<_>>()
                    }
                };
                SeedRun { seed: n as u64 + 1, models: kinds.iter().flat_map(of_kind).collect() }
            })
            .collect();
        let tasks: BTreeSet<usize> = kinds.iter().flat_map(|(s, _)| &s.tasks).copied().collect();
        let tasks = tasks.into_iter().collect();
        Ok(Series { title: "ensemble".to_owned(), variant: Variant::Ensemble, tasks, runs })
    }

    /// A series of models of one task each: E-LSTMs with this weight of the teacher's term, or the baseline.
    fn per_task(&self, lambda: Option<f32>, tasks: &[usize]) -> Series {
        let (d, p) = (&self.recipe.distil, &self.recipe.pupil);
        let (title, name, variant) = match lambda {
            None => ("averaged embeddings".to_owned(), "mean-embedding", Variant::Baseline),
            Some(lambda) => (format!("E-LSTM λ={lambda}"), "e-lstm", Variant::PerTask { lambda }),
        };
        let encoder = match lambda {
            None => EncoderSpec::MeanEmbedding(p.clone()),
            Some(_) => EncoderSpec::ELstm(p.clone()),
        };
        let lambda = lambda.unwrap_or_default();
        let model = |task: usize, seed: u64| ModelSpec {
            tasks: vec![task],
            encoder: encoder.clone(),
            mixture: None,
            head: HeadSpec { hidden: Hidden::Units(p.dense), dropout: p.head_dropout, normed: false },
            init: Init::Pretrained,
            base: None,
            merge: None,
            distillation: (lambda > 0.0).then_some(DistillationSpec {
                features: d.features,
                feature_units: d.feature_units,
                ranking: d.ranking,
                moments: d.moments,
                select: d.select,
                ..DistillationSpec::plain(d.kd_form, lambda, d.temperature, d.beyond_scores)
            }),
            class_weights: d.class_weights,
            negatives: true,
            fit: d.fit.drawing_evenly_unless(lambda > 0.0),
            seed,
            streams: Streams::STUDENT,
            folder: PathBuf::from(files::part(&self.corpus.train.tasks[task].id))
                .join(format!("{name}-lambda-{lambda}-seed-{seed}")),
        };
        let run = |seed: &u64| SeedRun {
            seed: *seed,
            models: tasks.iter().map(|task| model(*task, *seed)).collect(),
        };
        Series { title, variant, tasks: tasks.to_vec(), runs: d.seeds.iter().map(run).collect() }
    }

    /// The tasks of models of several tasks.
    fn shared_tasks(&self, u: &UnimoeRecipe) -> Result<Vec<usize>> {
        if u.tasks.is_empty() {
            return Ok((0..self.corpus.train.tasks.len()).collect());
        }
        u.tasks.iter().map(|id| self.task("unimoe.tasks", id)).collect()
    }

    fn system(&self, u: &UnimoeRecipe, system: System) -> Result<Series> {
        let tasks = self.shared_tasks(u)?;
        let name = system.title().to_lowercase().replace(' ', "-");
        let model = |tasks: Vec<usize>, seed: u64, folder: String| ModelSpec {
            tasks,
            encoder: match u.encoder {
                SharedEncoder::Lstm => EncoderSpec::ELstm(self.recipe.pupil.clone()),
                SharedEncoder::Bert => EncoderSpec::Bert(BertSpec {
                    layers: u.layers.clone(),
                    words: Words::Used { common: u.common_words },
                    max_tokens: u.max_tokens,
                    train_words: u.train_words,
                    quantization_aware: u.quantization_aware,
                }),
            },
            mixture: system.mixes().then(|| MixtureSpec { config: u.mixture.clone(), balance: u.balance }),
            head: HeadSpec {
                hidden: if u.dense == 0 { Hidden::HalfWidth } else { Hidden::Units(u.dense) },
                dropout: u.head_dropout,
                normed: false,
            },
            init: if system.guided() { u.start } else { Init::Pretrained },
            base: None,
            merge: u.merge.as_ref().filter(|_| system != System::Individual).map(|merge| MergeSpec {
                density: merge.density,
                fit: merge.fit.drawing_evenly_unless(false),
            }),
            distillation: system.guided().then_some(DistillationSpec {
                features: u.features,
                feature_units: u.feature_units,
                ranking: u.ranking,
                moments: u.moments,
                select: u.select,
                ..DistillationSpec::plain(u.kd_form, u.lambda, u.temperature, u.beyond_scores)
            }),
            class_weights: u.class_weights,
            negatives: true,
            fit: u.fit.drawing_evenly_unless(system.guided()),
            seed,
            streams: Streams::STUDENT,
            folder: folder.into(),
        };
        let run = |seed: &u64| SeedRun {
            seed: *seed,
            models: if system == System::Individual {
                let one = |t: &usize| {
                    let id = files::part(&self.corpus.train.tasks[*t].id);
                    model(vec![*t], *seed, format!("{name}-{id}-seed-{seed}"))
                };
                tasks.iter().map(one).collect()
            } else {
                vec![model(tasks.clone(), *seed, format!("{name}-seed-{seed}"))]
            },
        };
        let runs = u.seeds.iter().map(run).collect();
        Ok(Series { title: system.title().to_owned(), variant: Variant::System(system), tasks, runs })
    }

    /// What the command `search` tries, each combination as its settings and the models of the exported system's first
    /// seed.
    ///
    /// # Errors
    ///
    /// When the recipe names nothing to try, or a combination is not possible.
    pub fn search(&self) -> Result<Vec<(UnimoeRecipe, Vec<ModelSpec>)>> {
        let u = self.recipe.unimoe.as_ref().context("the recipe has no table unimoe")?;
        let grid = u.search.as_ref().context("the recipe has no table unimoe.search")?;
        let mut tries = Vec::new();
        for experts in &grid.experts {
            for balance in &grid.balance {
                for lambda in &grid.lambda {
                    let mut u = u.clone();
                    (u.mixture.experts, u.balance, u.lambda) = (*experts, *balance, *lambda);
                    u.mixture.check()?;
                    let name = format!("experts-{experts}-balance-{balance}-lambda-{lambda}");
                    let folder = PathBuf::from("search").join(name);
                    let runs = self.system(&u, u.export)?.runs;
                    let mut models = runs.into_iter().next().context("unimoe.seeds: at least one")?.models;
                    models.iter_mut().for_each(|spec| spec.folder = folder.join(&spec.folder));
                    tries.push((u, models));
                }
            }
        }
        ensure!(!tries.is_empty(), "unimoe.search names no combination: each list needs a value");
        Ok(tries)
    }
}
