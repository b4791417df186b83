//! A model: read, checked and packed for this CPU; immutable and shared by all threads.

mod info;
mod memory;
mod prepare;
mod tasks;
mod work;
#[cfg(feature = "write")]
mod write;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

pub use self::info::FileInfo;
use self::memory::Memory;
pub(crate) use self::prepare::Pair;
use self::tasks::{MemberModel, Start};
pub(crate) use self::tasks::{TaskModel, TaskSet};
use crate::cpu::Cpu;
use crate::error::{Error, ErrorKind, Result};
use crate::format::check::damaged;
use crate::format::limits::{MAX_FOLD_BYTES, MAX_STATE_BYTES, MAX_TOKENS};
use crate::format::manifest::{Encoder, Input, Manifest, Mixture};
use crate::format::reader::ModelFile;
use crate::kernels::Kernels;
use crate::options::OpenOptions;
use crate::parts::all_finite;
use crate::parts::encoder::{self, EncoderInput, PackedEncoder};
use crate::score::{InputStats, Score};
use crate::session::Session;
use crate::stage::Stage;
use crate::tokenizer::Tokenizer;
use crate::trust::PublicKey;

/// A model that is ready to run.
#[derive(Debug)]
pub(crate) struct Model {
    kernels: Kernels,
    max_answer_bytes: usize,
    /// Multiplications that one score may take.
    max_work: u64,
    /// Whose task packs may be attached; none of them: anyone's.
    trusted_keys: Vec<PublicKey>,
    tokenizers: Vec<Tokenizer>,
    encoders: Vec<LazyEncoder>,
    /// The tasks of the model's own file.
    own: TaskSet,
    /// How much memory all of it needs at most.
    memory: Memory,
    /// Hash of the file, computed when it is first asked for.
    blake3: OnceLock<String>,
}

/// A task, and the file that it came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TaskRef<'a> {
    /// Where its mixture is.
    pub(crate) set: &'a TaskSet,
    /// The task.
    pub(crate) task: &'a TaskModel,
    /// Whether the task's guard reads the answer, if there is one. It decides nothing but whether a person should look.
    pub(crate) is_guarded: bool,
    /// Place of the answer among those that were prepared, where it was.
    pub(crate) ahead: Option<usize>,
    /// Set by the caller when the score is not wanted any more.
    pub(crate) cancel: Option<&'a AtomicBool>,
}

/// An encoder, packed when it is first used.
#[derive(Debug)]
struct LazyEncoder {
    name: String,
    dimensions: Encoder,
    /// Place of the tokenizer, where there is one.
    tokenizer: Option<usize>,
    /// Bytes of the folded table, 0 when it is not to be folded.
    table_bytes: usize,
    packed: OnceLock<Result<PackedEncoder>>,
}

impl TaskRef<'_> {
    /// Every mixture of the task's members in the order in which they run: the member's place in the file, and the
    /// blocks and experts of the mixture.
    pub(crate) fn mixtures(&self) -> impl Iterator<Item = (usize, &Mixture)> {
        self.task.members.iter().filter_map(|member| {
            let mixed = member.mixed.as_ref()?;
            Some((member.place, self.set.mixture_dimensions(mixed.mixture)))
        })
    }

    /// Ends a score that is not wanted any more.
    fn check_cancelled(&self) -> Result<()> {
        if self.cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed)) {
            return Err(Error::new(ErrorKind::Cancelled, "cancelled before the score was known"));
        }
        Ok(())
    }

    /// Whether the task has more members than its own encoder and head.
    pub(crate) fn has_members(self) -> bool {
        !self.task.weights.is_empty()
    }

    /// Units of the hidden layers of the experts behind the encoder of a member; 0 without a mixture.
    fn expert_hidden(self, member: &MemberModel) -> usize {
        member.mixed.as_ref().map_or(0, |mixed| self.set.mixture_dimensions(mixed.mixture).hidden)
    }
}

impl Model {
    /// Builds a model from a checked file: reads the tokenizers and packs the heads.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Damaged`], [`ErrorKind::Unsupported`] or [`ErrorKind::TooLarge`].
    pub(crate) fn new(file: ModelFile, options: &OpenOptions) -> Result<Self> {
        Cpu::check_variable()?;
        let kernels = Kernels::new(options.cpu);
        let manifest = file.manifest();
        if let Some(base) = &manifest.base {
            return Err(Error::new(
                ErrorKind::BadInput,
                format!(
                    "the file is a task pack for the model {} (BLAKE3 {}): open that model and attach the pack to it",
                    base.name, base.blake3
                ),
            ));
        }
        let mut places = HashMap::new();
        let mut tokenizers = Vec::with_capacity(manifest.tokenizers.len());
        let mut memory = Memory::default();
        memory.add(file.len())?;
        for (name, entry) in &manifest.tokenizers {
            let json = file.bytes(&entry.section).len();
            memory.add_packed(0, json.saturating_mul(Tokenizer::memory_per_byte(entry.kind)))?;
            let tokenizer = Tokenizer::from_json(entry.kind, file.bytes(&entry.section)).map_err(|e| {
                Error::new(e.kind(), format!("section {}: {e}", entry.section)).with_source(e)
            })?;
            file.release(&entry.section);
            // Before the next one is built: a small file can hold many large vocabularies.
            memory.add(tokenizer.memory_bytes())?;
            places.insert(name.as_str(), tokenizers.len());
            tokenizers.push(tokenizer);
        }

        let mut encoders = Vec::with_capacity(manifest.encoders.len());
        let mut fold_left = options.fold_limit_bytes.min(MAX_FOLD_BYTES);
        for (name, entry) in &manifest.encoders {
            let tokenizer = entry.tokenizer().map(|(tokenizer, vocab)| (places[tokenizer], vocab));
            if let Some((tokenizer, vocab)) = tokenizer {
                let ids = tokenizers[tokenizer].vocab_size();
                if ids > vocab {
                    return Err(Error::new(
                        ErrorKind::Damaged,
                        format!("encoder {name} has {vocab} embeddings, its tokenizer gives {ids} ids"),
                    ));
                }
            }
            let takes = encoder::memory(&file, name, entry, fold_left)?;
            fold_left -= takes.table;
            memory.add_packed(takes.packed, takes.passing)?;
            encoders.push(LazyEncoder {
                name: name.clone(),
                dimensions: entry.clone(),
                tokenizer: tokenizer.map(|(place, _)| place),
                table_bytes: takes.table,
                packed: OnceLock::new(),
            });
        }
        let encoder_places =
            manifest.encoders.keys().cloned().enumerate().map(|(i, name)| (name, i)).collect();
        let own = TaskSet::new(file, &encoder_places, &kernels, &mut memory)?;
        let model = Self {
            kernels,
            max_answer_bytes: options.max_answer_bytes,
            max_work: options.max_work,
            trusted_keys: options.trusted_keys.clone(),
            tokenizers,
            encoders,
            own,
            memory,
            blake3: OnceLock::new(),
        };
        for encoder in model.encoders.iter().filter(|encoder| encoder.dimensions.is_packed_at_once()) {
            model.packed(encoder)?;
        }
        Ok(model)
    }

    /// Checks a task pack against this model, and packs its heads. `others` are attached already.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WrongBase`] for the pack of another model, [`ErrorKind::BadInput`] for a file that is not a pack or
    /// has a name or a task that is there already, [`ErrorKind::Damaged`] or [`ErrorKind::TooLarge`].
    pub(crate) fn attach(&self, file: ModelFile, others: &[Arc<TaskSet>]) -> Result<TaskSet> {
        let pack = file.manifest();
        let Some(base) = &pack.base else {
            return Err(Error::new(
                ErrorKind::BadInput,
                format!("the file {} is a whole model, not a task pack: open it by itself", pack.name),
            ));
        };
        if base.blake3 != self.blake3() {
            return Err(Error::new(
                ErrorKind::WrongBase,
                format!(
                    "the task pack {} belongs to the model {} (BLAKE3 {}), this is {} (BLAKE3 {}): use the pack that \
                     was made for this file",
                    pack.name,
                    base.name,
                    base.blake3,
                    self.manifest().name,
                    self.blake3()
                ),
            ));
        }
        for set in others {
            if set.manifest().name == pack.name {
                return Err(Error::new(
                    ErrorKind::BadInput,
                    format!("a task pack {} is already attached: detach it first", pack.name),
                ));
            }
        }
        for set in std::iter::once(&self.own).chain(others.iter().map(Arc::as_ref)) {
            if let Some(task) = pack.tasks.iter().find(|task| set.task(&task.id).is_some()) {
                return Err(Error::new(
                    ErrorKind::BadInput,
                    format!(
                        "the task {} of the pack {} is already in {}",
                        task.id,
                        pack.name,
                        set.manifest().name
                    ),
                ));
            }
        }
        for (name, encoder) in &base.encoders {
            if self.manifest().encoders.get(name) != Some(encoder) {
                return Err(damaged(format!(
                    "the task pack {} and its model describe the encoder {name} differently",
                    pack.name
                )));
            }
        }
        for (name, mixture) in &base.mixtures {
            if self.manifest().mixtures.get(name) != Some(mixture) {
                return Err(damaged(format!(
                    "the task pack {} and its model describe the mixture {name} differently",
                    pack.name
                )));
            }
        }
        let mut memory = self.memory;
        for set in others {
            memory.join(set.memory())?;
        }
        memory.add(file.len())?;
        let places = self.encoders.iter().enumerate().map(|(i, encoder)| (encoder.name.clone(), i)).collect();
        TaskSet::new(file, &places, &self.kernels, &mut memory)
    }

    /// What the file says about itself.
    pub(crate) fn manifest(&self) -> &Manifest {
        self.own.manifest()
    }

    /// Whose task packs may be attached; none of them: anyone's.
    pub(crate) fn trusted_keys(&self) -> &[PublicKey] {
        &self.trusted_keys
    }

    /// The kernels in use.
    pub(crate) fn kernels(&self) -> &Kernels {
        &self.kernels
    }

    /// BLAKE3 of the file, in hexadecimal.
    pub(crate) fn blake3(&self) -> &str {
        self.blake3.get_or_init(|| self.own.file().blake3())
    }

    /// Bytes of the file.
    pub(crate) fn file_bytes(&self) -> usize {
        self.own.file_bytes()
    }

    /// Bytes that packed heads and the encoders and mixtures used so far hold.
    pub(crate) fn packed_bytes(&self) -> usize {
        let encoders = self.encoders.iter().filter_map(|e| e.packed.get()?.as_ref().ok());
        self.own.packed_bytes() + encoders.map(PackedEncoder::memory_bytes).sum::<usize>()
    }

    /// Bytes of all tables that are folded on first use.
    pub(crate) fn table_bytes(&self) -> usize {
        self.encoders.iter().map(|e| e.table_bytes).sum()
    }

    /// Returns the file.
    #[cfg(feature = "write")]
    pub(crate) fn into_file(self) -> ModelFile {
        self.own.into_file()
    }

    /// The task of that id, of the model or of one of the packs.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownTask`], with the ids that there are. The id that was asked for is left out: it might be an
    /// answer, given in the wrong place.
    pub(crate) fn task<'a>(&'a self, packs: &'a [Arc<TaskSet>], id: &str) -> Result<TaskRef<'a>> {
        const LISTED: usize = 20;
        let all = || std::iter::once(&self.own).chain(packs.iter().map(Arc::as_ref));
        if let Some(task) = all().find_map(|set| {
            Some(TaskRef { set, task: set.task(id)?, is_guarded: true, ahead: None, cancel: None })
        }) {
            return Ok(task);
        }
        let tasks = || all().flat_map(|set| &set.manifest().tasks);
        let ids: Vec<&str> = tasks().take(LISTED).map(|t| t.id.as_str()).collect();
        let message = match tasks().count() {
            0 => "the model has no task at all".to_owned(),
            n if n > LISTED => {
                format!("the model has no such task, it has {} and {} more", ids.join(", "), n - LISTED)
            }
            _ => format!("the model has no such task, it has {}", ids.join(", ")),
        };
        Err(Error::new(ErrorKind::UnknownTask, message))
    }

    /// Scores an answer; every intermediate value stays in the session.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BadInput`] when a reference is missing, or given to a task that does not read one,
    /// [`ErrorKind::TooLarge`] when a text exceeds its limit.
    // One copy for all that score: most of the engine is drawn into it.
    #[inline(never)]
    pub(crate) fn score(
        &self,
        task: TaskRef<'_>,
        reference: Option<&str>,
        answer: &str,
        session: &mut Session,
    ) -> Result<Score> {
        self.score_in_stages(task, reference, answer, session, |_| {})
    }

    /// As [`score`](Self::score), and calls `done` at the end of each stage. A callback that does nothing is free:
    /// every caller gets a copy of this function.
    pub(crate) fn score_in_stages(
        &self,
        chosen: TaskRef<'_>,
        reference: Option<&str>,
        answer: &str,
        session: &mut Session,
        mut done: impl FnMut(Stage),
    ) -> Result<Score> {
        let TaskRef { set, task, is_guarded, ahead: place, .. } = chosen;
        chosen.check_cancelled()?;
        match (task.input, reference) {
            (Input::Pair, None) => {
                return Err(Error::new(
                    ErrorKind::BadInput,
                    "the task compares with a reference answer, and none is given",
                ));
            }
            (Input::Answer, Some(_)) => {
                return Err(Error::new(
                    ErrorKind::BadInput,
                    "the task reads the answer alone, and a reference is given",
                ));
            }
            _ => {}
        }
        for (what, text) in [("reference", reference.unwrap_or_default()), ("answer", answer)] {
            if text.len() > self.max_answer_bytes {
                return Err(Error::new(
                    ErrorKind::TooLarge,
                    format!("{what} has {} bytes, at most {} are read", text.len(), self.max_answer_bytes),
                ));
            }
        }
        let Session {
            encoding,
            encoder: scratch,
            mixture,
            pooled,
            vector,
            head,
            members: rows,
            experts,
            reference: words,
            ahead,
        } = session;
        let several = !task.weights.is_empty();
        if several {
            rows.begin(task.kind, task.members.len(), task.labels);
        }
        experts.clear();
        let mut stats = InputStats::default();
        if let Some(guard) = task.guard.as_ref().filter(|_| is_guarded) {
            stats.findings = guard.findings(reference, answer, words);
        }
        done(Stage::Guard);
        let mut texts = 0;
        for (m, member) in task.members.iter().enumerate() {
            let encoder = &self.encoders[member.encoder];
            let packed = self.packed(encoder)?;
            let mixed = member
                .mixed
                .as_ref()
                .map(|m| Ok((set.mixture(m.mixture, &self.own, &self.kernels)?, m)))
                .transpose()?;
            done(Stage::Lookup);
            if member.start == Start::Text {
                let known = place.is_some_and(|place| ahead.take_encoding(texts, place, encoding));
                texts += 1;
                match encoder.tokenizer {
                    Some(tokenizer) => {
                        if !known {
                            self.tokenizers[tokenizer].encode(reference, answer, encoding)?;
                        }
                        stats.truncated |= encoding.truncated;
                    }
                    None => encoding.count_words(answer),
                }
                done(Stage::Tokenizer);
            }
            chosen.check_cancelled()?;
            let tokens = encoding.ids.len();
            if member.counts {
                (stats.words, stats.unknown, stats.tokens) = (encoding.words, encoding.unknown, tokens);
                stats.repetitive = encoding.repeats(task.rules.max_repeated());
            }
            let most = self.max_tokens(chosen, member);
            if tokens > most {
                return Err(Error::new(
                    ErrorKind::TooLarge,
                    format!("input has {tokens} tokens, at most {most} are read"),
                ));
            }
            let mut mixed_ahead = None;
            match member.start {
                Start::Text | Start::Ids => {
                    pooled.resize(packed.output_len(), 0.0);
                    match place.and_then(|place| ahead.vector(m, place)) {
                        Some((vector, weights)) => {
                            pooled.copy_from_slice(vector);
                            mixed_ahead = weights;
                        }
                        None => {
                            let input =
                                EncoderInput { ids: &encoding.ids, segments: &encoding.segments, answer };
                            packed.forward(input, scratch, pooled)?;
                        }
                    }
                    done(Stage::Encoder);
                }
                Start::Vector => {}
                Start::KeptVector => pooled.clone_from(vector),
            }
            if member.keeps_vector {
                vector.clone_from(pooled);
            }
            if let Some((packed_mixture, mixed)) = mixed {
                let embedding = &mixed.embedding;
                if let Some(weights) = mixed_ahead {
                    experts.extend(weights);
                } else {
                    packed_mixture.forward(
                        embedding,
                        packed.pooling(),
                        &mut scratch.bert,
                        mixture,
                        pooled,
                    )?;
                    experts.extend(mixture.weights());
                }
                done(Stage::Mixture);
            }
            member.head.forward(pooled, head);
            all_finite(&head.probabilities)?;
            if several {
                rows.keep(task.kind, member.place, head);
            }
            done(Stage::Head);
        }
        if several {
            rows.sum(task.kind, &task.weights, head);
        }
        Ok(task.rules.score(&head.probabilities, &head.cumulative, stats, answer))
    }

    /// The most tokens that a member reads: by the memory that they take, and by its share of the work.
    fn max_tokens(&self, chosen: TaskRef<'_>, member: &MemberModel) -> usize {
        let dimensions = &self.encoders[member.encoder].dimensions;
        let most = MAX_TOKENS.min(MAX_STATE_BYTES / dimensions.token_bytes(chosen.expert_hidden(member)));
        let mixture = member.mixed.as_ref().map(|mixed| chosen.set.mixture_dimensions(mixed.mixture));
        work::most_tokens(dimensions, mixture, most, self.max_work / chosen.task.members.len() as u64)
    }

    /// The packed encoder; packs and folds it on first use.
    fn packed<'a>(&'a self, encoder: &'a LazyEncoder) -> Result<&'a PackedEncoder> {
        let LazyEncoder { name, dimensions, table_bytes, packed, .. } = encoder;
        let load = || {
            let packed = PackedEncoder::load(self.own.file(), name, dimensions, &self.kernels, *table_bytes)?;
            self.own.file().unchanged(&format!("encoder.{name}."))?;
            Ok(packed)
        };
        // The checks at load leave only a file that was changed since, while it was mapped.
        packed.get_or_init(load).as_ref().map_err(|e| Error::new(e.kind(), format!("encoder {name}: {e}")))
    }
}
