//! A recipe: every setting of a run, in one TOML file.

use crate::data::{
    Answer, Columns, DataFile, Dataset, Format, Fractions, ReadOptions, Split, TaskData, read, read_for,
    split,
};
use crate::fit::{FitSettings, Sampling};
use crate::head::{ClassWeights, HeadKind};
use crate::labels::Merge;
use crate::loss::Distillation;
use crate::model::mixture;
use crate::overlap::{LeftOut, Overlap, Reserved, overlaps};
use crate::text::Cut;
use crate::unimoe::Way;
use anyhow::{Context, Result, anyhow, bail, ensure};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Everything that a run is made of; paths are relative to the data folder given on the command line.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Short name; the run's folder and the file's name.
    pub name: String,
    /// One sentence for the model card.
    #[serde(default)]
    pub description: String,
    /// Licence of the resulting file, as an SPDX expression; required by `export.ship`.
    #[serde(default)]
    pub licence: String,
    /// Who must be named, one line each.
    #[serde(default)]
    pub attribution: Vec<String>,
    /// From this every random choice follows.
    pub seed: u64,
    /// What is learned from and measured on.
    pub data: DataRecipe,
    /// The large model.
    pub teacher: TeacherRecipe,
    /// What the teacher labels.
    #[serde(default)]
    pub label: LabelRecipe,
    /// The small models.
    #[serde(default)]
    pub pupil: PupilRecipe,
    /// How the models of one task each learn from the teacher.
    #[serde(default)]
    pub distil: DistilRecipe,
    /// Models of many tasks.
    #[serde(default)]
    pub unimoe: Option<UnimoeRecipe>,
    /// What is written.
    #[serde(default)]
    pub export: ExportRecipe,
    /// How results are measured.
    #[serde(default)]
    pub evaluate: EvaluateRecipe,
}

/// Data files and their layout.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DataRecipe {
    /// Name for provenance.
    pub name: String,
    /// Graded answers to train on.
    pub train: DataFile,
    /// Test sets by name.
    #[serde(default)]
    pub test: BTreeMap<String, DataFile>,
    /// Answers without scores that the teacher may label.
    #[serde(default)]
    pub unlabelled: Option<DataFile>,
    /// Layout of the files; by default what their names say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// What stands between two cells of CSV files; by default it is recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// Encoding of CSV and JSON Lines files, such as `windows-1252`; by default UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// Sheet of spreadsheets; by default the only one that has cells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Names of the fields.
    #[serde(default)]
    pub columns: Columns,
    /// Head kind of all tasks; by default numbers make ordinal tasks and names softmax tasks.
    #[serde(default)]
    pub head: Option<HeadKind>,
    /// Lowest and highest score of every ordinal task; by default the score fields, else what the file holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub levels: Option<[i32; 2]>,
    /// Names of classes or levels in order, where the file does not give an order. Names that are whole numbers are the points of
    /// their levels.
    #[serde(default)]
    pub classes: Vec<String>,
    /// Whether the models read the reference answer before the student's.
    #[serde(default)]
    pub pairs: bool,
    /// More data sets with tasks of their own. Test sets of one name are measured together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<DataPart>,
    /// Share of the training file that decides when to stop.
    pub validation: f64,
    /// Share of the training file that is set aside as a test set called `held-out`; 0 where there are test files.
    #[serde(default)]
    pub held_out: f64,
}

/// A further data set; its fields are those of [`DataRecipe`].
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DataPart {
    /// Name for provenance.
    pub name: String,
    /// Graded answers to train on.
    pub train: DataFile,
    /// Test sets by name.
    #[serde(default)]
    pub test: BTreeMap<String, DataFile>,
    /// Answers without scores that the teacher may label.
    #[serde(default)]
    pub unlabelled: Option<DataFile>,
    /// Layout of the files; by default what their names say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// What stands between two cells of CSV files; by default it is recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// Encoding of CSV and JSON Lines files, such as `windows-1252`; by default UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// Sheet of spreadsheets; by default the only one that has cells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Names of the fields.
    #[serde(default)]
    pub columns: Columns,
    /// Head kind of all its tasks.
    #[serde(default)]
    pub head: Option<HeadKind>,
    /// Lowest and highest score of every ordinal task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub levels: Option<[i32; 2]>,
    /// Names of classes or levels in order.
    #[serde(default)]
    pub classes: Vec<String>,
}

impl DataRecipe {
    /// How another file with answers to the tasks of the first data set is read.
    #[must_use]
    pub fn options(&self, file: &DataFile) -> ReadOptions {
        self.parts()[0].options(file)
    }

    /// Every data set: the one that the recipe names itself, then the others.
    fn parts(&self) -> Vec<DataPart> {
        let own = DataPart {
            name: self.name.clone(),
            train: self.train.clone(),
            test: self.test.clone(),
            unlabelled: self.unlabelled.clone(),
            format: self.format,
            delimiter: self.delimiter,
            encoding: self.encoding.clone(),
            sheet: self.sheet.clone(),
            columns: self.columns.clone(),
            head: self.head,
            levels: self.levels,
            classes: self.classes.clone(),
        };
        std::iter::once(own).chain(self.also.iter().cloned()).collect()
    }
}

impl DataPart {
    /// How one of its files is read: by the file's own settings, else by those of the data set. A setting of the data set that
    /// means nothing for the kind of the file is passed over.
    #[must_use]
    pub fn options(&self, file: &DataFile) -> ReadOptions {
        let own = file.settings();
        ReadOptions {
            format: own.format.or(self.format),
            delimiter: own.delimiter.or(self.delimiter),
            encoding: own.encoding.or_else(|| self.encoding.clone()),
            sheet: own.sheet.or_else(|| self.sheet.clone()),
            columns: self.columns.clone(),
            head: self.head,
            levels: self.levels,
            classes: self.classes.clone(),
            unscored: false,
        }
    }

    /// Its files.
    fn files(&self) -> impl Iterator<Item = &DataFile> {
        std::iter::once(&self.train).chain(self.test.values()).chain(&self.unlabelled)
    }

    /// Refuses a setting that means nothing for any of its files.
    fn check(&self) -> Result<()> {
        for file in self.files() {
            file.check(self.format)?;
        }
        let used = |format: &[Format]| {
            self.files().any(|f| {
                let format_of = f.settings().format.or(self.format).or_else(|| Format::of(f.path()));
                format_of.is_none_or(|own| format.contains(&own))
            })
        };
        let name = &self.name;
        ensure!(
            self.delimiter.is_none() || used(&[Format::Csv]),
            "data {name}: `delimiter` is set, and no file is CSV; leave it out"
        );
        ensure!(
            self.encoding.is_none() || used(&[Format::Csv, Format::JsonLines]),
            "data {name}: `encoding` is set, and all files are spreadsheets; leave it out"
        );
        ensure!(
            self.sheet.is_none() || used(&[Format::Spreadsheet]),
            "data {name}: `sheet` is set, and no file is a spreadsheet; leave it out"
        );
        Ok(())
    }
}

/// The teacher and how it is fine-tuned.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TeacherRecipe {
    /// Name of the pretrained encoder, for provenance.
    pub encoder: String,
    /// BLAKE3 or SHA-256 is checked by the set-up command; this names the licence.
    #[serde(default)]
    pub encoder_licence: String,
    /// Name of another recipe whose run keeps the teachers; seed, `data` and `teacher` must be the same there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Probabilities of a teacher that was trained elsewhere, in place of training one: a table for all tasks, or
    /// one for each; paths are relative to the data folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probabilities: Option<Probabilities>,
    /// Share of a task's training answers that must have a row of a teacher from elsewhere.
    #[serde(default = "nine_tenths", skip_serializing_if = "is_nine_tenths")]
    pub min_coverage: f64,
    /// One teacher per seed; their probabilities are averaged.
    #[serde(default)]
    pub seeds: Vec<u64>,
    /// One model for all tasks, or one per task.
    #[serde(default = "yes")]
    pub joint: bool,
    /// Longest input in tokens.
    #[serde(default = "teacher_tokens")]
    pub max_tokens: usize,
    /// Whether the word vectors are trained too.
    #[serde(default)]
    pub train_words: bool,
    /// Dropout on the pooled vector, before the head.
    #[serde(default)]
    pub head_dropout: f32,
    /// Weights of classes in the loss.
    #[serde(default)]
    pub class_weights: ClassWeights,
    /// The fit.
    #[serde(default)]
    pub fit: FitSettings,
}

impl TeacherRecipe {
    /// Name and licence.
    #[must_use]
    pub fn described(&self) -> String {
        if self.encoder_licence.is_empty() {
            self.encoder.clone()
        } else {
            format!("{} ({})", self.encoder, self.encoder_licence)
        }
    }
}

/// Where probabilities of a teacher from elsewhere stand.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Probabilities {
    /// One file for all tasks.
    All(DataFile),
    /// A file for each task, by its id; tasks may be left out.
    ByTask(BTreeMap<String, DataFile>),
}

/// By hand, as [`DataFile`]'s; a table with `path` is one file.
impl<'de> Deserialize<'de> for Probabilities {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let value = toml::Value::deserialize(deserializer)?;
        let by_task = value.as_table().is_some_and(|table| !table.contains_key("path"));
        let made = if by_task { value.try_into().map(Self::ByTask) } else { value.try_into().map(Self::All) };
        made.map_err(|error: toml::de::Error| D::Error::custom(error.message()))
    }
}

/// What the teacher labels besides the training answers.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LabelRecipe {
    /// Perturbed copies of each training and unlabelled answer, for distillation.
    pub copies: usize,
}

/// Architecture of the pupils on an LSTM.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct PupilRecipe {
    /// How text is cut.
    pub tokenizer: Cut,
    /// Most entries of the vocabulary.
    pub vocab: usize,
    /// Words seen fewer times are left out.
    pub min_count: u64,
    /// Longest input in tokens.
    pub max_tokens: usize,
    /// Width of the embedding.
    pub embedding: usize,
    /// Width of the LSTM state of one direction.
    pub hidden: usize,
    /// Units of the dense layer in the head.
    pub dense: usize,
    /// Dropout on embeddings.
    pub dropout: f32,
    /// Dropout before and after the dense layer.
    pub head_dropout: f32,
    /// Bits of the LSTM state in the engine: 8 or 16.
    pub state_bits: u8,
    /// Whether training rounds weights and state as the file does.
    pub quantization_aware: bool,
    /// Start the embedding from the teacher's word vectors, reduced to its width.
    pub pretrained_embedding: bool,
}

impl Default for PupilRecipe {
    /// The published E-LSTM, with the word vectors of the pretrained encoder to start from.
    fn default() -> Self {
        Self {
            tokenizer: Cut::WordLevel,
            vocab: 800,
            min_count: 2,
            max_tokens: 256,
            embedding: 32,
            hidden: 16,
            dense: 16,
            dropout: 0.1,
            head_dropout: 0.1,
            state_bits: 16,
            quantization_aware: false,
            pretrained_embedding: true,
        }
    }
}

/// The distillation.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct DistilRecipe {
    /// Weights of the teacher's share; 0 is the plain baseline.
    pub lambdas: Vec<f32>,
    /// Softens the teacher's probabilities.
    pub temperature: f32,
    /// Repetitions.
    pub seeds: Vec<u64>,
    /// Train the averaged-embedding baseline as well.
    #[serde(default)]
    pub baseline: bool,
    /// A finer sweep of lambdas for single tasks: task and lambdas.
    #[serde(default)]
    pub sweep: Option<Sweep>,
    /// Weights of classes in the loss.
    #[serde(default)]
    pub class_weights: ClassWeights,
    /// The fit.
    pub fit: FitSettings,
}

impl Default for DistilRecipe {
    /// No pupils of one task each.
    fn default() -> Self {
        Self {
            lambdas: Vec::new(),
            temperature: 1.0,
            seeds: Vec::new(),
            baseline: false,
            sweep: None,
            class_weights: ClassWeights::None,
            fit: FitSettings::default(),
        }
    }
}

/// Models of many tasks, with or without a mixture of experts, with or without a teacher.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct UnimoeRecipe {
    /// What turns tokens into vectors.
    pub encoder: SharedEncoder,
    /// The models to train.
    pub systems: Vec<System>,
    /// Ids of the tasks; all of them when empty.
    #[serde(default)]
    pub tasks: Vec<String>,
    /// Layers kept of the pretrained encoder, counted from 0; all of them when empty.
    #[serde(default)]
    pub layers: Vec<usize>,
    /// Longest input in tokens; of an LSTM, `pupil.max_tokens`.
    #[serde(default = "published_tokens")]
    pub max_tokens: usize,
    /// Where the encoder of a guided model starts; an LSTM has its own start.
    #[serde(default, skip_serializing_if = "Beginning::is_pretrained")]
    pub start: Beginning,
    /// Of the pretrained vocabulary, which begins with its most frequent entries, so many are kept whether the answers
    /// use them or not: for words of questions and answers to come.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub common_words: u32,
    /// Whether the word vectors of the pretrained encoder are trained too.
    #[serde(default)]
    pub train_words: bool,
    /// Whether training rounds the encoder's weights and activations as the file does; of an LSTM,
    /// `pupil.quantization_aware`.
    #[serde(default)]
    pub quantization_aware: bool,
    /// Hidden units of each task's head; 0 for half of the encoder's width.
    #[serde(default)]
    pub dense: usize,
    /// Dropout before and after the head's hidden layer.
    #[serde(default)]
    pub head_dropout: f32,
    /// The mixture.
    #[serde(default)]
    pub mixture: mixture::Config,
    /// Weight of the uneven use of experts, λ_LB.
    pub balance: f32,
    /// Weight of the teacher's share, λ_KD.
    pub lambda: f32,
    /// Temperature of the teacher's share, τ.
    #[serde(default = "one")]
    pub temperature: f32,
    /// Form of the teacher's share.
    #[serde(default)]
    pub kd_form: Distillation,
    /// Whether guided models also learn from answers that only the teacher has scored.
    #[serde(default)]
    pub beyond_scores: bool,
    /// Repetitions.
    pub seeds: Vec<u64>,
    /// The system whose best seed goes into the file.
    pub export: System,
    /// Settings that the command `search` tries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<SearchRecipe>,
    /// Tasks that are added to the finished models, one by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapt: Option<AdaptRecipe>,
    /// The fit.
    pub fit: FitSettings,
}

/// Settings that are tried, every combination, with the first seed of `unimoe.export`; the lowest validation loss wins.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SearchRecipe {
    /// Numbers of experts, M.
    pub experts: Vec<usize>,
    /// Weights of the uneven use of experts, λ_LB.
    pub balance: Vec<f32>,
    /// Weights of the teacher's share, λ_KD.
    pub lambda: Vec<f32>,
}

/// Adding tasks to finished models: encoder and old heads stay, the mixture and one head are trained.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AdaptRecipe {
    /// Ids of the tasks to add; none of them is among `unimoe.tasks`.
    pub tasks: Vec<String>,
    /// Graded answers of each old task that are rehearsed.
    pub rehearsal: usize,
    /// Which way the exported task packs are made; all are measured.
    #[serde(default, skip_serializing_if = "Way::is_default")]
    pub pack: Way,
    /// The fit.
    pub fit: FitSettings,
}

/// What turns the tokens of many tasks into vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SharedEncoder {
    /// The pretrained encoder, or some of its layers, with the words that the answers use.
    Bert,
    /// A bidirectional LSTM of the dimensions under `pupil`.
    Lstm,
}

/// A model of many tasks, or one per task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum System {
    /// One model per task, without mixture and teacher.
    Individual,
    /// A shared encoder with a head per task.
    Mtl,
    /// The same with a teacher.
    MtlGuided,
    /// A shared encoder, a mixture of experts and a head per task.
    Unimoe,
    /// The same with a teacher.
    UnimoeGuided,
}

impl System {
    /// Whether experts stand between encoder and heads.
    #[must_use]
    pub fn mixes(self) -> bool {
        matches!(self, Self::Unimoe | Self::UnimoeGuided)
    }

    /// Whether a teacher's probabilities are learned from.
    #[must_use]
    pub fn guided(self) -> bool {
        matches!(self, Self::MtlGuided | Self::UnimoeGuided)
    }

    /// Name in tables.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Individual => "individual",
            Self::Mtl => "MTL",
            Self::MtlGuided => "MTL guided",
            Self::Unimoe => "UniMoE",
            Self::UnimoeGuided => "UniMoE guided",
        }
    }
}

/// Where the encoder of a guided model starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Beginning {
    /// At the pretrained encoder, as all other models.
    #[default]
    Pretrained,
    /// At a teacher that was fine-tuned from it on the same tasks: the models' seeds take the teachers in turn.
    Teacher,
}

impl Beginning {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
    fn is_pretrained(&self) -> bool {
        *self == Self::Pretrained
    }
}

fn teacher_tokens() -> usize {
    128
}

fn published_tokens() -> usize {
    100
}

fn one() -> f32 {
    1.0
}

/// Lambdas tried on one task only.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// The task.
    pub task: String,
    /// The weights.
    pub lambdas: Vec<f32>,
}

/// What is written, and how decisions are set.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExportRecipe {
    /// Name of the model in its file and of the file; without it that of the recipe.
    pub name: Option<String>,
    /// The lambda whose pupils go into the file.
    pub lambda: f32,
    /// Share of validation answers that the review band may send to a person.
    pub review_share: f64,
    /// Fewer words than this go to review.
    pub min_words: u32,
    /// A larger share of unknown words than this goes to review.
    pub max_unknown: f32,
    /// A larger share of words that repeat goes to review; see the format's `max_repeated`.
    pub max_repeated: f32,
    /// Whether the file is meant for others: needs a licence.
    pub ship: bool,
}

impl Default for ExportRecipe {
    fn default() -> Self {
        Self {
            name: None,
            lambda: 1.0,
            review_share: 0.15,
            min_words: 1,
            max_unknown: 0.5,
            max_repeated: 0.5,
            ship: false,
        }
    }
}

/// How results are measured.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct EvaluateRecipe {
    /// Bootstrap replicates of each interval.
    pub replicates: usize,
    /// Coarser classes to measure with as well.
    pub merged: Vec<Merge>,
}

impl Default for EvaluateRecipe {
    fn default() -> Self {
        Self { replicates: 2000, merged: Vec::new() }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn yes() -> bool {
    true
}

fn nine_tenths() -> f64 {
    Recipe::MIN_COVERAGE
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_nine_tenths(share: &f64) -> bool {
    (*share - nine_tenths()).abs() < f64::EPSILON
}

impl Recipe {
    /// `teacher.min_coverage` where a recipe does not say otherwise.
    pub(crate) const MIN_COVERAGE: f64 = 0.9;

    /// What the model is called in its file.
    #[must_use]
    pub fn model_name(&self) -> &str {
        self.export.name.as_deref().unwrap_or(&self.name)
    }

    /// Reads and checks a recipe.
    ///
    /// # Errors
    ///
    /// When the file is missing, is not TOML, has unknown or missing settings, or settings that contradict.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read recipe {}", path.display()))?;
        let recipe: Self = toml::from_str(&text).map_err(|error| refused(path, &text, &error))?;
        recipe.check().with_context(|| format!("recipe {}", path.display()))?;
        Ok(recipe)
    }

    fn check(&self) -> Result<()> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        ensure!(!self.name.is_empty() && self.name.chars().all(plain), "name: letters, digits, - and _ only");
        let mut fits = vec![("teacher.fit", &self.teacher.fit), ("distil.fit", &self.distil.fit)];
        if let Some(u) = &self.unimoe {
            fits.push(("unimoe.fit", &u.fit));
            fits.extend(u.adapt.iter().map(|a| ("unimoe.adapt.fit", &a.fit)));
        }
        ensure!(
            self.evaluate.merged.is_empty() || self.unimoe.is_some(),
            "evaluate.merged is for models of many tasks: it needs a table unimoe"
        );
        for (what, fit) in fits {
            ensure!(fit.epochs > 0 && fit.batch > 0, "{what}: epochs and batch are at least 1");
            ensure!(fit.rate > 0.0 && fit.clip > 0.0, "{what}: rate and clip are above 0");
            ensure!((0.0..1.0).contains(&fit.warmup), "{what}: warmup lies in 0..1");
            ensure!((0.0..1.0).contains(&fit.word_dropout), "{what}: word_dropout lies in 0..1");
            ensure!(
                fit.sampling == Sampling::Even || what == "unimoe.fit",
                "{what}.sampling: only unimoe.fit can draw tasks by their gap"
            );
        }
        ensure!(
            !self.teacher.seeds.is_empty() || self.teacher.probabilities.is_some(),
            "teacher.seeds: at least one, or teacher.probabilities of a teacher from elsewhere"
        );
        ensure!(
            (0.0..=1.0).contains(&self.teacher.min_coverage),
            "teacher.min_coverage is {}, a share from 0 to 1",
            self.teacher.min_coverage
        );
        ensure!(
            self.label.copies == 0 || self.teacher.probabilities.is_none(),
            "label.copies: a teacher from elsewhere cannot label perturbed answers"
        );
        ensure!(
            self.unimoe.is_some() || !self.distil.lambdas.is_empty(),
            "there is nothing to train: name distil.lambdas, or add a table unimoe"
        );
        if let Some(unimoe) = &self.unimoe {
            unimoe.check()?;
            ensure!(
                unimoe.start == Beginning::Pretrained
                    || self.teacher.joint && self.teacher.probabilities.is_none(),
                "unimoe.start is `teacher`: that needs a teacher which was trained here on all tasks (teacher.joint)"
            );
        }
        ensure!(
            self.distil.lambdas.is_empty() || !self.distil.seeds.is_empty(),
            "distil.seeds: at least one"
        );
        let swept = self.distil.sweep.iter().flat_map(|s| &s.lambdas);
        if let Some(lambda) = self.distil.lambdas.iter().chain(swept).find(|l| !(0.0..1e6).contains(*l)) {
            bail!("distil.lambdas and distil.sweep.lambdas are weights of at least 0, not {lambda}");
        }
        ensure!(self.distil.temperature > 0.0, "distil.temperature is above 0");
        ensure!(matches!(self.pupil.state_bits, 8 | 16), "pupil.state_bits is 8 or 16");
        ensure!((4..=512).contains(&self.pupil.hidden), "pupil.hidden lies in 4..=512");
        ensure!(self.pupil.vocab >= 3, "pupil.vocab is at least 3");
        let tokens = [("pupil", self.pupil.max_tokens), ("teacher", self.teacher.max_tokens)];
        for (what, tokens) in tokens.into_iter().chain(self.unimoe.as_ref().map(|u| ("unimoe", u.max_tokens)))
        {
            // A pair has a token that opens it, and one after each of its texts.
            ensure!(tokens >= 4, "{what}.max_tokens is {tokens}, at least 4 are needed");
        }
        for rate in [self.pupil.dropout, self.pupil.head_dropout, self.teacher.head_dropout] {
            ensure!((0.0..1.0).contains(&rate), "a dropout lies in 0..1");
        }
        ensure!(
            self.data.validation > 0.0
                && self.data.held_out >= 0.0
                && self.data.validation + self.data.held_out < 1.0,
            "data.validation is above 0, and with data.held_out below 1"
        );
        self.data.parts().iter().try_for_each(DataPart::check)?;
        ensure!(
            self.data.held_out > 0.0 || !self.data.test.is_empty(),
            "there is nothing to measure on: name a set under data.test, or set a share aside by data.held_out"
        );
        if self.unimoe.is_none() && !self.distil.lambdas.contains(&self.export.lambda) {
            bail!(
                "export.lambda {} is not among distil.lambdas {:?}",
                self.export.lambda,
                self.distil.lambdas
            );
        }
        if self.export.ship {
            ensure!(!self.licence.is_empty(), "export.ship needs a licence");
        }
        ensure!((0.0..=1.0).contains(&self.export.review_share), "export.review_share lies in 0..=1");
        Ok(())
    }

    /// Whether any of the recipe's models learns from a teacher.
    #[must_use]
    pub fn needs_teacher(&self) -> bool {
        let swept = self.distil.sweep.iter().flat_map(|s| &s.lambdas);
        self.distil.lambdas.iter().chain(swept).any(|l| *l > 0.0)
            || self.unimoe.iter().flat_map(|u| &u.systems).any(|s| s.guided())
    }

    /// Whether what is exported learned from a teacher.
    #[must_use]
    pub fn exports_taught(&self) -> bool {
        self.unimoe.as_ref().map_or(self.export.lambda > 0.0, |u| u.export.guided())
    }
}

impl UnimoeRecipe {
    /// Checks the layers that are named against those that an encoder has.
    pub(crate) fn check_layers(&self, encoder: usize) -> Result<()> {
        if let Some(layer) = self.layers.iter().find(|l| **l >= encoder) {
            bail!("unimoe.layers names {layer}, the encoder has 0 to {}", encoder.saturating_sub(1));
        }
        Ok(())
    }

    fn check(&self) -> Result<()> {
        self.mixture.check().context("unimoe")?;
        ensure!(!self.seeds.is_empty(), "unimoe.seeds: at least one");
        ensure!(
            self.systems.contains(&self.export),
            "unimoe.export {:?} is not among unimoe.systems {:?}",
            self.export,
            self.systems
        );
        ensure!(
            (0.0..1.0).contains(&self.head_dropout) && self.temperature > 0.0,
            "unimoe.head_dropout lies in 0..1, unimoe.temperature above 0"
        );
        ensure!(self.balance >= 0.0 && self.lambda >= 0.0, "unimoe.balance and unimoe.lambda are at least 0");
        ensure!(
            self.export != System::Individual,
            "unimoe.export: `individual` is a model per task, a file holds one model of all tasks"
        );
        ensure!(
            self.adapt.is_none() || self.start == Beginning::Pretrained,
            "unimoe.start is `teacher`: the teacher knows the tasks of unimoe.adapt already, so adding them would show nothing"
        );
        if let Some(adapt) = &self.adapt {
            ensure!(!adapt.tasks.is_empty(), "unimoe.adapt.tasks: at least one");
            ensure!(self.export.mixes(), "unimoe.adapt needs unimoe.export to be a system with a mixture");
            if let Some(known) = adapt.tasks.iter().find(|t| self.tasks.is_empty() || self.tasks.contains(t))
            {
                bail!(
                    "unimoe.adapt.tasks names {known}, which the models learn already: name the others under unimoe.tasks"
                );
            }
        }
        ensure!(
            self.encoder == SharedEncoder::Bert || self.mixture.scope == mixture::Scope::Pooled,
            "unimoe.mixture.scope is `token`: an LSTM gives one vector per answer, so it must be `pooled`"
        );
        ensure!(
            !(self.quantization_aware && self.train_words && self.encoder == SharedEncoder::Bert),
            "unimoe.quantization_aware rounds word vectors only where they are frozen: leave unimoe.train_words out"
        );
        ensure!(
            self.encoder == SharedEncoder::Bert || self.start == Beginning::Pretrained,
            "unimoe.start is `teacher`: an LSTM cannot start at a transformer"
        );
        Ok(())
    }
}

/// The data of a recipe, read and divided.
pub struct Corpus {
    /// Answers with scores, then unlabelled ones; the split indexes into it.
    pub train: Dataset,
    /// Training and validation parts; unlabelled answers are in the training part.
    pub split: Split,
    /// Test sets by name.
    pub tests: BTreeMap<String, Dataset>,
    /// Hash of everything that was read.
    pub blake3: String,
    /// Name, hash and rows of each file.
    pub sources: Vec<Source>,
    /// Answers that are measured on.
    pub reserved: Reserved,
    /// What is not learned from since it is measured on.
    pub left_out: LeftOut,
    /// How many answers of each set stand in the training part too.
    pub overlaps: Vec<Overlap>,
}

/// A data file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Source {
    /// Name for provenance.
    pub name: String,
    /// Hash of its bytes.
    pub blake3: String,
    /// Answers in it.
    pub rows: usize,
}

impl Corpus {
    /// Reads all files of a recipe from `root`.
    ///
    /// # Errors
    ///
    /// When a file is missing or malformed.
    pub fn read(recipe: &Recipe, root: &Path) -> Result<Self> {
        let d = &recipe.data;
        let advice = || format!("data of recipe {}; the folder of data sets is given by --data", recipe.name);
        let mut sources = Vec::new();
        // What each file is for counts: exchanging two makes other data.
        let mut roles = String::new();
        let mut source = |part: &DataPart, role: &str, path: &Path, set: &Dataset| {
            roles += &format!("{}\n{role}\n{}\n", part.name, set.blake3);
            let file = path.file_stem().unwrap_or_default().to_string_lossy();
            let name = format!("{} {file}", part.name);
            let known = Source { name, blake3: set.blake3.clone(), rows: set.answers.len() };
            // One file may serve several tasks.
            if !sources.contains(&known) {
                sources.push(known);
            }
        };
        let parts = d.parts();
        let mut train: Option<Dataset> = None;
        // The tasks of each data set: their first index, and themselves.
        let mut own: Vec<(usize, Vec<TaskData>)> = Vec::new();
        for part in &parts {
            let set = read(&part.train.at(root), &part.options(&part.train)).with_context(advice)?;
            source(part, "train", part.train.path(), &set);
            own.push((train.as_ref().map_or(0, |t| t.tasks.len()), set.tasks.clone()));
            match &mut train {
                None => train = Some(set),
                Some(all) => all.join(set).with_context(advice)?,
            }
        }
        let mut train = train.context("a recipe has at least one data set")?;
        let fractions =
            Fractions { train: 1.0 - d.validation - d.held_out, validation: d.validation, test: d.held_out };
        let division = split(&train, fractions, recipe.seed)?;
        let mut tests: BTreeMap<String, Dataset> = BTreeMap::new();
        if !division.test.is_empty() {
            tests.insert("held-out".to_owned(), train.subset(&division.test));
        }
        // Answers to the tasks of one data set, numbered among all.
        let among = |set: Dataset, first: usize| Dataset {
            tasks: train.tasks.clone(),
            answers: set.answers.into_iter().map(|a| Answer { task: a.task + first, ..a }).collect(),
            ..set
        };
        let mut more: Vec<Dataset> = Vec::new();
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
        // A text that is there already, with a score or set aside, has nothing to add.
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
        for merge in &recipe.evaluate.merged {
            merge.check(&train.tasks)?;
        }
        let blake3 = blake3::hash(roles.as_bytes()).to_hex().to_string();
        let validation = split.validation.iter().map(|i| &train.answers[*i]);
        let reserved = Reserved::new(d.pairs, tests.values().flat_map(|set| &set.answers).chain(validation));
        let left_out = LeftOut::take(&train, &mut split, &reserved);
        let overlaps = overlaps(d.pairs, &train, &split, &tests);
        Ok(Self { train, split, tests, blake3, sources, reserved, left_out, overlaps })
    }

    /// What whoever brings the data should know about its files: scores that are missing, levels that nobody gave.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let sets = std::iter::once(&self.train).chain(self.tests.values());
        sets.flat_map(|set| set.notes.iter().cloned()).collect()
    }
}

/// What is wrong with a recipe, and where; the crate's own message shows the line, which is an answer where somebody names a
/// file of answers for the recipe.
fn refused(path: &Path, text: &str, error: &toml::de::Error) -> anyhow::Error {
    let line = error.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count());
    let advice = if Format::of(path).is_some() { "; is this the recipe, and not its data?" } else { "" };
    anyhow!("recipe {}, line {line}: {}{advice}", path.display(), error.message())
}

/// A test set without scores would be noticed when everything is trained.
fn scored(file: &Path, name: &str, columns: &Columns, set: &Dataset) -> Result<()> {
    let column = match (&columns.target, &columns.label_columns[..]) {
        (Some(target), _) => format!("`{target}`"),
        (None, []) => "`score`, `label` or `labels`".to_owned(),
        (None, labels) => format!("`{}`", labels.join("`, `")),
    };
    ensure!(
        set.labelled() > 0,
        "{}: none of the {} answers of the test set `{name}` has a score in the column {column}; name the column of the \
         scores by `data.columns.target`, or move a file without scores to `data.unlabelled`",
        file.display(),
        set.answers.len()
    );
    Ok(())
}
