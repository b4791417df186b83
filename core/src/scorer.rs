//! The public API: open a model, score answers.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::batch::{self, BatchOptions, Inputs};
use crate::error::{Error, ErrorKind, Result};
use crate::explain::{self, Explanation};
use crate::format::manifest::{Manifest, Task};
use crate::format::storage::Storage;
use crate::model::{Model, Pair, TaskRef, TaskSet};
use crate::open::{self, openers};
use crate::options::OpenOptions;
use crate::parts;
use crate::score::Score;
use crate::session::{Pool, Session};
use crate::stage::Stage;

/// An open model that scores answers.
///
/// Clones share the model; any number of threads may use it at once. The same file and the same text give the same bits
/// on every CPU and with any number of threads.
///
/// # Examples
///
/// ```
/// use pupil_core::Scorer;
///
/// let scorer = Scorer::open("../tests/fixtures/golden/e_lstm.pupil")?;
/// let score = scorer.score("balloons", "the balloon expands because warm air needs more room")?;
/// for label in &score.labels {
///     println!("{} {:.2} {}", label.name, label.probability, label.awarded);
/// }
/// assert!(score.level.is_some());
/// # Ok::<(), pupil_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Scorer {
    model: Arc<Model>,
    /// Attached task packs, in the order in which they came.
    packs: Arc<[Arc<TaskSet>]>,
    pool: Arc<Pool>,
}

impl fmt::Debug for Scorer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scorer").field("name", &self.manifest().name).finish_non_exhaustive()
    }
}

openers!(Scorer);

impl Scorer {
    fn from_storage(storage: Storage, options: &OpenOptions) -> Result<Self> {
        let file = parts::read(storage)?;
        let manifest = file.manifest();
        open::check_version(manifest, options)?;
        if manifest.knowledge.is_some() && manifest.tasks.is_empty() {
            return Err(Error::new(
                ErrorKind::BadInput,
                format!("{} is a knowledge model and has no tasks: open it with a tracker", manifest.name),
            ));
        }
        let model = Model::new(file, options)?;
        Ok(Self { model: Arc::new(model), packs: Arc::new([]), pool: Arc::default() })
    }

    /// A scorer that knows the tasks of a task pack as well. If the model had to be signed, the pack has to be signed
    /// with one of the same keys, and its signature lies beside it.
    ///
    /// It shares the model with this one, which stays unchanged and can continue to score. The pack must have been made
    /// for exactly this file. Its tasks then score as if they were part of the file.
    ///
    /// # Errors
    ///
    /// [`WrongBase`](crate::ErrorKind::WrongBase) for a pack of another model; [`BadInput`](crate::ErrorKind::BadInput)
    /// for a whole model, for a pack of a name that is attached already and for one whose task is there already; and as
    /// [`open`](Self::open).
    pub fn attach(&self, path: impl AsRef<Path>) -> Result<Self> {
        self.attach_with(path, &self.pack_options())
    }

    /// As [`attach`](Self::attach). Of the options, only those about trust count; the keys are those given here, and
    /// not those of the model.
    ///
    /// # Errors
    ///
    /// As [`attach`](Self::attach) and [`open_with`](Self::open_with).
    pub fn attach_with(&self, path: impl AsRef<Path>, options: &OpenOptions) -> Result<Self> {
        self.with_pack(open::at_path(path.as_ref(), options)?, options)
    }

    /// As [`attach`](Self::attach), with a pack that is in memory.
    ///
    /// # Errors
    ///
    /// As [`attach`](Self::attach).
    pub fn attach_bytes(&self, bytes: impl Into<Cow<'static, [u8]>>) -> Result<Self> {
        self.attach_bytes_with(bytes, &self.pack_options())
    }

    /// As [`attach_with`](Self::attach_with), with a pack that is in memory.
    ///
    /// # Errors
    ///
    /// As [`attach_with`](Self::attach_with).
    pub fn attach_bytes_with(
        &self,
        bytes: impl Into<Cow<'static, [u8]>>,
        options: &OpenOptions,
    ) -> Result<Self> {
        self.with_pack(open::in_memory(bytes.into(), options)?, options)
    }

    /// As [`attach`](Self::attach), with a pack that is a part of a file; see [`from_file`](Self::from_file).
    ///
    /// # Errors
    ///
    /// As [`attach`](Self::attach) and [`from_file`](Self::from_file).
    pub fn attach_file(&self, file: &File, offset: u64, len: u64) -> Result<Self> {
        self.attach_file_with(file, offset, len, &self.pack_options())
    }

    /// As [`attach_with`](Self::attach_with), with a pack that is a part of a file.
    ///
    /// # Errors
    ///
    /// As [`attach_with`](Self::attach_with) and [`from_file`](Self::from_file).
    pub fn attach_file_with(
        &self,
        file: &File,
        offset: u64,
        len: u64,
        options: &OpenOptions,
    ) -> Result<Self> {
        self.with_pack(open::part_of(file, offset, len, options)?, options)
    }

    /// The keys that the model was opened with hold for its packs as well.
    fn pack_options(&self) -> OpenOptions {
        OpenOptions { trusted_keys: self.model.trusted_keys().to_vec(), ..OpenOptions::default() }
    }

    fn with_pack(&self, storage: Storage, options: &OpenOptions) -> Result<Self> {
        let file = parts::read(storage)?;
        open::check_version(file.manifest(), options)?;
        let pack = self.model.attach(file, &self.packs)?;
        let packs = self.packs.iter().cloned().chain([Arc::new(pack)]).collect();
        Ok(Self { packs, ..self.clone() })
    }

    /// A scorer without the task pack of that name; see [`packs`](Self::packs).
    ///
    /// # Errors
    ///
    /// [`BadInput`](crate::ErrorKind::BadInput) when no such pack is attached; the message lists those that are.
    pub fn detach(&self, name: &str) -> Result<Self> {
        let packs: Arc<[_]> = self.packs.iter().filter(|p| p.manifest().name != name).cloned().collect();
        if packs.len() == self.packs.len() {
            let names: Vec<&str> = self.packs().map(|pack| pack.name.as_str()).collect();
            let message = if names.is_empty() {
                "no task pack is attached".to_owned()
            } else {
                format!("no such task pack is attached, these are: {}", names.join(", "))
            };
            return Err(Error::new(ErrorKind::BadInput, message));
        }
        Ok(Self { packs, ..self.clone() })
    }

    /// What each attached task pack says about itself, in the order in which they came.
    pub fn packs(&self) -> impl Iterator<Item = &Manifest> {
        self.packs.iter().map(|pack| pack.manifest())
    }

    /// What the file says about itself, without the task packs.
    pub fn manifest(&self) -> &Manifest {
        self.model.manifest()
    }

    /// The tasks in the order of the manifest, then those of each task pack.
    pub fn tasks(&self) -> impl Iterator<Item = &Task> {
        std::iter::once(self.manifest()).chain(self.packs()).flat_map(|manifest| &manifest.tasks)
    }

    /// The task of that id, of the file or of a task pack.
    pub fn task(&self, id: &str) -> Option<&Task> {
        std::iter::once(self.manifest()).chain(self.packs()).find_map(|manifest| manifest.task(id))
    }

    /// BLAKE3 of the whole file, in hexadecimal. Reads every byte again when it is first asked for.
    pub fn blake3(&self) -> &str {
        self.model.blake3()
    }

    /// How the model runs on this machine, and how much memory it uses.
    pub fn report(&self) -> Report {
        let model = &self.model;
        let variants = model.kernels().names().map(|(op, variant)| OpVariant { op, variant }).to_vec();
        Report {
            variants,
            file_bytes: model.file_bytes(),
            packed_bytes: model.packed_bytes() + self.packs.iter().map(|p| p.packed_bytes()).sum::<usize>(),
            table_bytes: model.table_bytes(),
        }
    }

    /// Scores an answer.
    ///
    /// An answer without words is scored too, and sent to review as too short.
    ///
    /// # Errors
    ///
    /// [`UnknownTask`](crate::ErrorKind::UnknownTask), [`TooLarge`](crate::ErrorKind::TooLarge) for an answer beyond
    /// [`OpenOptions::max_answer_bytes`], [`BadInput`](crate::ErrorKind::BadInput) when the task compares with a
    /// reference.
    pub fn score(&self, task: &str, answer: &str) -> Result<Score> {
        self.score_one(task, None, answer)
    }

    /// Scores an answer against a reference answer.
    ///
    /// # Errors
    ///
    /// As [`score`](Self::score), with `BadInput` when the task reads the answer alone.
    pub fn score_pair(&self, task: &str, reference: &str, answer: &str) -> Result<Score> {
        self.score_one(task, Some(reference), answer)
    }

    fn find(&self, task: &str) -> Result<TaskRef<'_>> {
        self.model.task(&self.packs, task)
    }

    fn score_one(&self, task: &str, reference: Option<&str>, answer: &str) -> Result<Score> {
        let task = self.find(task)?;
        self.pool.with(|session| self.model.score(task, reference, answer, session))
    }

    /// Scores an answer until `cancel` is set: it is looked at before each part of the work, of which a long answer has
    /// a few for each member of the task.
    ///
    /// # Errors
    ///
    /// As [`score`](Self::score) and [`score_pair`](Self::score_pair), and [`Cancelled`](crate::ErrorKind::Cancelled).
    pub fn score_until(
        &self,
        task: &str,
        reference: Option<&str>,
        answer: &str,
        cancel: &AtomicBool,
    ) -> Result<Score> {
        let task = TaskRef { cancel: Some(cancel), ..self.find(task)? };
        self.pool.with(|session| self.model.score(task, reference, answer, session))
    }

    /// Scores many answers, on several threads; scores come in the order of the answers.
    ///
    /// # Errors
    ///
    /// [`Cancelled`](crate::ErrorKind::Cancelled), or the error of the first answer that has one, which the message
    /// names by its place.
    pub fn score_batch<A: AsRef<str> + Sync>(
        &self,
        task: &str,
        answers: &[A],
        options: &BatchOptions<'_>,
    ) -> Result<Vec<Score>> {
        self.batch(task, answers.len(), &|i| (None, answers[i].as_ref()), options)
    }

    /// Scores many pairs of a reference and an answer; see [`score_batch`](Self::score_batch).
    ///
    /// # Errors
    ///
    /// As [`score_batch`](Self::score_batch).
    pub fn score_pair_batch<R: AsRef<str> + Sync, A: AsRef<str> + Sync>(
        &self,
        task: &str,
        pairs: &[(R, A)],
        options: &BatchOptions<'_>,
    ) -> Result<Vec<Score>> {
        self.batch(task, pairs.len(), &|i| (Some(pairs[i].0.as_ref()), pairs[i].1.as_ref()), options)
    }

    fn batch<'a>(
        &self,
        task: &str,
        count: usize,
        input: &(dyn Fn(usize) -> Pair<'a> + Sync),
        options: &BatchOptions<'_>,
    ) -> Result<Vec<Score>> {
        let inputs = Batch { model: &self.model, task: self.find(task)?, count, input };
        batch::run(&inputs, options, &self.pool)
    }

    /// Tells how each word of an answer moved its score, by scoring it again without that word.
    ///
    /// # Errors
    ///
    /// As [`score`](Self::score), with `TooLarge` beyond
    /// [`MAX_EXPLAINED_WORDS`](crate::format::limits::MAX_EXPLAINED_WORDS).
    pub fn explain(&self, task: &str, answer: &str) -> Result<Explanation> {
        self.explain_one(task, None, answer)
    }

    /// Tells how each word of an answer moved its score against a reference answer.
    ///
    /// # Errors
    ///
    /// As [`explain`](Self::explain) and [`score_pair`](Self::score_pair).
    pub fn explain_pair(&self, task: &str, reference: &str, answer: &str) -> Result<Explanation> {
        self.explain_one(task, Some(reference), answer)
    }

    fn explain_one(&self, task: &str, reference: Option<&str>, answer: &str) -> Result<Explanation> {
        let task = self.find(task)?;
        self.pool.with(|session| {
            let whole = self.model.score(task, reference, answer, session)?;
            explain::run(answer, whole, |texts| {
                // Only the probabilities count.
                let task = TaskRef { is_guarded: false, ..task };
                self.model.prepare(task, texts.len(), &|n| (reference, texts[n].as_str()), session);
                let score = |(n, text): (usize, &String)| {
                    self.model.score(TaskRef { ahead: Some(n), ..task }, reference, text, session)
                };
                texts.iter().enumerate().map(score).collect()
            })
        })
    }

    /// Scores an answer and tells how much each expert took part, of each member of the task that has a mixture.
    ///
    /// # Errors
    ///
    /// As [`score`](Self::score) and [`score_pair`](Self::score_pair), with `BadInput` when no member of the task has a
    /// mixture.
    pub fn experts(&self, task: &str, reference: Option<&str>, answer: &str) -> Result<ExpertUse> {
        let task = self.find(task)?;
        if task.mixtures().next().is_none() {
            return Err(Error::new(ErrorKind::BadInput, "the task has no mixture of experts"));
        }
        self.pool.with(|session| {
            let score = self.model.score(task, reference, answer, session)?;
            let mut rest = &*session.experts;
            let mut blocks = Vec::new();
            for (member, d) in task.mixtures() {
                let (own, others) = rest.split_at(d.blocks * d.experts);
                rest = others;
                // Members run in another order than that of the file.
                let at = blocks.partition_point(|block: &BlockUse| block.member < member);
                for (k, weights) in own.chunks(d.experts).enumerate() {
                    blocks.insert(at + k, BlockUse { member, weights: weights.to_vec() });
                }
            }
            Ok(ExpertUse { score, blocks })
        })
    }

    /// Scores an answer and calls `done` at the end of each stage; for measurements.
    ///
    /// # Errors
    ///
    /// As [`score`](Self::score) and [`score_pair`](Self::score_pair).
    #[doc(hidden)]
    pub fn score_in_stages(
        &self,
        task: &str,
        reference: Option<&str>,
        answer: &str,
        done: &mut dyn FnMut(Stage),
    ) -> Result<Score> {
        let task = self.find(task)?;
        self.pool.with(|session| self.model.score_in_stages(task, reference, answer, session, done))
    }

    /// Scores an answer and gives every intermediate value; for golden vectors.
    ///
    /// # Errors
    ///
    /// As [`score`](Self::score).
    #[doc(hidden)]
    pub fn trace(&self, task: &str, reference: Option<&str>, answer: &str) -> Result<Trace> {
        let task = self.find(task)?;
        self.pool.with(|session| {
            let score = self.model.score(task, reference, answer, session)?;
            Ok(Trace {
                ids: session.encoding.ids.clone(),
                pooled: session.pooled.clone(),
                experts: session.experts.clone(),
                hidden: session.head.hidden.clone(),
                logits: session.head.outputs.clone(),
                probabilities: session.head.probabilities.clone(),
                members: if task.has_members() { session.members.rows().to_vec() } else { Vec::new() },
                score,
            })
        })
    }
}

/// The answers of a batch.
struct Batch<'a, 't> {
    model: &'a Model,
    task: TaskRef<'a>,
    count: usize,
    input: &'a (dyn Fn(usize) -> Pair<'t> + Sync),
}

impl Inputs for Batch<'_, '_> {
    fn count(&self) -> usize {
        self.count
    }

    fn prepare(&self, places: Range<usize>, session: &mut Session) {
        let Range { start, end } = places;
        self.model.prepare(self.task, end - start, &|n| (self.input)(start + n), session);
    }

    fn score(&self, place: usize, nth: usize, session: &mut Session) -> Result<Score> {
        let (reference, answer) = (self.input)(place);
        self.model.score(TaskRef { ahead: Some(nth), ..self.task }, reference, answer, session)
    }
}

/// A score and the part that each expert had in it.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpertUse {
    /// The score.
    pub score: Score,
    /// The blocks of every mixture, in the order of the task's members.
    pub blocks: Vec<BlockUse>,
}

/// The part that each expert of a block had in a score.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockUse {
    /// Place of the member: 0 for the task's own encoder and head, from 1 on for its further members.
    pub member: usize,
    /// The weight of each expert; they sum to 1 but for rounding, and are 0 for experts that did not run.
    pub weights: Vec<f32>,
}

/// How a model runs on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The chosen variant of each op.
    pub variants: Vec<OpVariant>,
    /// Bytes of the file.
    pub file_bytes: usize,
    /// Bytes of packed weights and tables so far; encoders are packed when they are first used.
    pub packed_bytes: usize,
    /// Bytes of the tables once every encoder has been used.
    pub table_bytes: usize,
}

/// An op and its chosen variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpVariant {
    /// Name of the op.
    pub op: &'static str,
    /// Name of the variant.
    pub variant: &'static str,
}

/// Every intermediate value of one run; of several members of a task, those of the one that ran last.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// Tokens.
    pub ids: Vec<u32>,
    /// What the head reads: the output of the encoder or of the mixture.
    pub pooled: Vec<f32>,
    /// Weights of the experts of every member, block after block; none without a mixture.
    pub experts: Vec<f32>,
    /// Output of the head's hidden layer.
    pub hidden: Vec<f32>,
    /// Output of the head.
    pub logits: Vec<f32>,
    /// One per label, of all members together.
    pub probabilities: Vec<f32>,
    /// What each member gave, in the order of the file: one per label, or per step between levels where the task is
    /// ordinal. None for a task with one member.
    pub members: Vec<f32>,
    /// The score.
    pub score: Score,
}
