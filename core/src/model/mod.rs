//! A model: read, checked and packed for this CPU; immutable and shared by all threads.

mod check;
mod heads;
mod memory;
mod plain;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use self::check::{check_bert, check_lstm, damaged};
pub(crate) use self::heads::{Heads, TaskModel};
use self::memory::{Memory, bert_bytes, packed_bytes, row_bytes, table_bytes};
use self::plain::{Plain, PlainNorm};
use crate::cpu::Cpu;
use crate::error::{Error, ErrorKind, Result};
use crate::format::limits::{MAX_FOLD_BYTES, MAX_STATE_BYTES, MAX_TOKENS};
use crate::format::manifest::{self, ELstm, Input, Manifest, Pooling};
use crate::format::reader::ModelFile;
use crate::kernels::Kernels;
use crate::layers::{Bert, BertLayerWeights, Embedding, Lstm, LstmWeights, all_finite};
#[cfg(feature = "onnx")]
use crate::onnx::Graph;
use crate::score::{Reading, Score};
use crate::scorer::{OpenOptions, Stage};
use crate::session::Session;
use crate::tokenizer::Tokenizer;

/// A model that is ready to run.
#[derive(Debug)]
pub(crate) struct Model {
    kernels: Kernels,
    max_answer_bytes: usize,
    tokenizers: Vec<Tokenizer>,
    encoders: Vec<Encoder>,
    heads: Heads,
    /// What all of it takes at most.
    memory: Memory,
    /// Hash of the file, once somebody asked for it.
    blake3: OnceLock<String>,
}

/// A task, and the file that it came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item<'a> {
    /// Where its mixture is.
    pub(crate) heads: &'a Heads,
    /// The task.
    pub(crate) task: &'a TaskModel,
}

/// An encoder, packed when it is first used.
#[derive(Debug)]
struct Encoder {
    name: String,
    dimensions: manifest::Encoder,
    /// Place of the tokenizer.
    tokenizer: usize,
    /// Bytes of the folded table, 0 when it is not to be folded.
    fold_bytes: usize,
    packed: OnceLock<Result<PackedEncoder>>,
}

/// An encoder in the layout of the chosen kernels.
#[derive(Debug)]
enum PackedEncoder {
    ELstm(Box<Lstm>),
    Bert(Box<Bert>),
    #[cfg(feature = "onnx")]
    Onnx(Box<Graph>),
}

impl Item<'_> {
    /// Experts of a block of the task's mixture, where it has one.
    pub(crate) fn experts(self) -> Option<usize> {
        self.task.mixed.as_ref().map(|mixed| self.heads.experts(mixed.mixture))
    }
}

impl PackedEncoder {
    fn output_len(&self) -> usize {
        match self {
            Self::ELstm(lstm) => lstm.output_len(),
            Self::Bert(bert) => bert.output_len(),
            #[cfg(feature = "onnx")]
            Self::Onnx(graph) => graph.output_len(),
        }
    }

    fn memory_bytes(&self) -> usize {
        match self {
            Self::ELstm(lstm) => lstm.memory_bytes(),
            Self::Bert(bert) => bert.memory_bytes(),
            #[cfg(feature = "onnx")]
            Self::Onnx(graph) => graph.memory_bytes(),
        }
    }
}

impl Model {
    /// Checks what the file's structure left open, and packs the heads.
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
        for (name, entry) in &manifest.tokenizers {
            let tokenizer = Tokenizer::from_json(entry.kind, file.bytes(&entry.section)).map_err(|e| {
                Error::new(e.kind(), format!("section {}: {e}", entry.section)).with_source(e)
            })?;
            // Before the next one is built: a small file can hold many large vocabularies.
            memory.add(tokenizer.memory_bytes())?;
            places.insert(name.as_str(), tokenizers.len());
            tokenizers.push(tokenizer);
        }

        let mut encoders = Vec::with_capacity(manifest.encoders.len());
        let mut fold_left = options.fold_limit_bytes.min(MAX_FOLD_BYTES);
        for (name, entry) in &manifest.encoders {
            let (tokenizer, vocab) = (places[entry.tokenizer()], entry.vocab());
            let ids = tokenizers[tokenizer].vocab_size();
            if ids > vocab {
                return Err(Error::new(
                    ErrorKind::Damaged,
                    format!("encoder {name} has {vocab} embeddings, its tokenizer gives {ids} ids"),
                ));
            }
            let packed = OnceLock::new();
            let fold_bytes = match entry {
                manifest::Encoder::ELstm(dimensions) => {
                    check_lstm(&file, name)?;
                    let table = table_bytes(dimensions);
                    let fold_bytes = if table <= fold_left { table } else { 0 };
                    fold_left -= fold_bytes;
                    memory.add(packed_bytes(dimensions, fold_bytes))?;
                    fold_bytes
                }
                manifest::Encoder::Bert(dimensions) => {
                    let (bytes, passing) = bert_bytes(dimensions);
                    memory.add_packed(bytes, passing)?;
                    check_bert(&file, name, dimensions)?;
                    0
                }
                #[cfg(feature = "onnx")]
                manifest::Encoder::Onnx(dimensions) => {
                    let graph = file.bytes(&format!("encoder.{name}.graph"));
                    memory.add(Graph::memory_bytes_at_most(graph.len()))?;
                    let graph = Graph::new(graph, dimensions)
                        .map_err(|e| Error::new(e.kind(), format!("encoder {name}: {e}")).with_source(e))?;
                    packed.get_or_init(|| Ok(PackedEncoder::Onnx(Box::new(graph))));
                    0
                }
                #[cfg(not(feature = "onnx"))]
                manifest::Encoder::Onnx(_) => {
                    return Err(Error::new(
                        ErrorKind::Unsupported,
                        format!(
                            "encoder {name} is a graph of the ONNX format: build with the feature `onnx`"
                        ),
                    ));
                }
                manifest::Encoder::Unknown => {
                    let message = format!("encoder {name} passed the checks unknown");
                    return Err(Error::new(ErrorKind::Internal, message));
                }
            };
            encoders.push(Encoder {
                name: name.clone(),
                dimensions: entry.clone(),
                tokenizer,
                fold_bytes,
                packed,
            });
        }
        let encoder_places =
            manifest.encoders.keys().cloned().enumerate().map(|(i, name)| (name, i)).collect();
        let heads = Heads::new(file, &encoder_places, &kernels, &mut memory)?;
        Ok(Self {
            kernels,
            max_answer_bytes: options.max_answer_bytes,
            tokenizers,
            encoders,
            heads,
            memory,
            blake3: OnceLock::new(),
        })
    }

    /// Checks a task pack against this model, and packs its heads. `others` are attached already.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WrongBase`] for the pack of another model, [`ErrorKind::BadInput`] for a file that is no pack or
    /// has a name or a task that is there already, [`ErrorKind::Damaged`] or [`ErrorKind::TooLarge`].
    pub(crate) fn attach(&self, file: ModelFile, others: &[Arc<Heads>]) -> Result<Heads> {
        let pack = file.manifest();
        let Some(base) = &pack.base else {
            return Err(Error::new(
                ErrorKind::BadInput,
                format!("the file {} is a whole model and no task pack: open it by itself", pack.name),
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
        for heads in others {
            if heads.manifest().name == pack.name {
                return Err(Error::new(
                    ErrorKind::BadInput,
                    format!("a task pack {} is attached already: detach it first", pack.name),
                ));
            }
        }
        for heads in std::iter::once(&self.heads).chain(others.iter().map(Arc::as_ref)) {
            if let Some(task) = pack.tasks.iter().find(|task| heads.task(&task.id).is_some()) {
                return Err(Error::new(
                    ErrorKind::BadInput,
                    format!(
                        "the task {} of the pack {} is in {} already",
                        task.id,
                        pack.name,
                        heads.manifest().name
                    ),
                ));
            }
        }
        for (name, encoder) in &base.encoders {
            if self.manifest().encoders.get(name) != Some(encoder) {
                return Err(damaged(format!(
                    "the task pack {} describes the encoder {name} of its model otherwise than the model does",
                    pack.name
                )));
            }
        }
        for (name, mixture) in &base.mixtures {
            if self.manifest().mixtures.get(name) != Some(mixture) {
                return Err(damaged(format!(
                    "the task pack {} describes the mixture {name} of its model otherwise than the model does",
                    pack.name
                )));
            }
        }
        let mut memory = self.memory;
        for heads in others {
            memory.join(heads.memory())?;
        }
        let places = self.encoders.iter().enumerate().map(|(i, encoder)| (encoder.name.clone(), i)).collect();
        Heads::new(file, &places, &self.kernels, &mut memory)
    }

    /// What the file says about itself.
    pub(crate) fn manifest(&self) -> &Manifest {
        self.heads.manifest()
    }

    /// The kernels in use.
    pub(crate) fn kernels(&self) -> &Kernels {
        &self.kernels
    }

    /// BLAKE3 of the file, in hexadecimal.
    pub(crate) fn blake3(&self) -> &str {
        self.blake3.get_or_init(|| self.heads.file().blake3())
    }

    /// Bytes of the file.
    pub(crate) fn file_bytes(&self) -> usize {
        self.heads.file_bytes()
    }

    /// Bytes that packed heads and the encoders and mixtures used so far hold.
    pub(crate) fn packed_bytes(&self) -> usize {
        let encoders = self.encoders.iter().filter_map(|e| e.packed.get()?.as_ref().ok());
        self.heads.packed_bytes() + encoders.map(PackedEncoder::memory_bytes).sum::<usize>()
    }

    /// Bytes of all tables that are folded on first use.
    pub(crate) fn table_bytes(&self) -> usize {
        self.encoders.iter().map(|e| e.fold_bytes).sum()
    }

    /// Gives the file back.
    #[cfg(feature = "write")]
    pub(crate) fn into_file(self) -> ModelFile {
        self.heads.into_file()
    }

    /// The task of that id, of the model or of one of the packs.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownTask`], with the ids that there are. The id that was asked for is left out: it
    /// might be an answer, given in the wrong place.
    pub(crate) fn task<'a>(&'a self, packs: &'a [Arc<Heads>], id: &str) -> Result<Item<'a>> {
        const LISTED: usize = 20;
        let all = || std::iter::once(&self.heads).chain(packs.iter().map(Arc::as_ref));
        if let Some(item) = all().find_map(|heads| Some(Item { heads, task: heads.task(id)? })) {
            return Ok(item);
        }
        let tasks = || all().flat_map(|heads| &heads.manifest().tasks);
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
    /// [`ErrorKind::BadInput`] when a reference is missing or not wanted, [`ErrorKind::TooLarge`] when a
    /// text exceeds its limit.
    // One copy for all that score: most of the engine is drawn into it.
    #[inline(never)]
    pub(crate) fn score(
        &self,
        item: Item<'_>,
        reference: Option<&str>,
        answer: &str,
        session: &mut Session,
    ) -> Result<Score> {
        self.score_in_stages(item, reference, answer, session, |_| {})
    }

    /// As [`score`](Self::score), and calls `done` at the end of each stage. A call that does nothing costs nothing: every
    /// caller gets a copy of this function.
    pub(crate) fn score_in_stages(
        &self,
        Item { heads, task }: Item<'_>,
        reference: Option<&str>,
        answer: &str,
        session: &mut Session,
        mut done: impl FnMut(Stage),
    ) -> Result<Score> {
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
        let encoder = &self.encoders[task.encoder];
        let packed = self.packed(encoder)?;
        let mixed = task
            .mixed
            .as_ref()
            .map(|m| Ok((heads.mixture(m.mixture, &self.heads, &self.kernels)?, m)))
            .transpose()?;
        done(Stage::Lookup);
        self.tokenizers[encoder.tokenizer].encode(reference, answer, &mut session.encoding)?;
        done(Stage::Tokenizer);
        let tokens = session.encoding.ids.len();
        let row_bytes = match &encoder.dimensions {
            manifest::Encoder::ELstm(e) => row_bytes(e),
            manifest::Encoder::Bert(e) => {
                let hidden = task.mixed.as_ref().map_or(0, |m| heads.expert_hidden(m.mixture));
                size_of::<f32>() * (3 * e.width + e.intermediate.max(3 * e.width).max(hidden))
            }
            manifest::Encoder::Onnx(e) => size_of::<f32>() * e.width,
            manifest::Encoder::Unknown => 1,
        };
        let most = MAX_TOKENS.min(MAX_STATE_BYTES / row_bytes);
        if tokens > most {
            return Err(Error::new(
                ErrorKind::TooLarge,
                format!("input has {tokens} tokens, at most {most} are read"),
            ));
        }
        let Session { encoding, lstm, bert, mixture, pooled, .. } = session;
        pooled.resize(packed.output_len(), 0.0);
        let mut pooling = Pooling::Unknown;
        match packed {
            PackedEncoder::ELstm(encoder) => encoder.forward(&encoding.ids, lstm, pooled),
            PackedEncoder::Bert(encoder) => {
                pooling = encoder.pooling();
                encoder.forward(&encoding.ids, &encoding.segments, bert, pooled)?;
            }
            #[cfg(feature = "onnx")]
            PackedEncoder::Onnx(graph) => {
                graph.forward(&encoding.ids, &encoding.segments, pooled)?;
                // Before it is rounded, which would make ordinary numbers of it.
                all_finite(pooled)?;
            }
        }
        done(Stage::Encoder);
        if let Some((mixture_of_task, mixed)) = mixed {
            mixture_of_task.forward(&mixed.embedding, pooling, bert, mixture, pooled)?;
            done(Stage::Mixture);
        }
        task.head(session);
        done(Stage::Head);
        all_finite(&session.probabilities)?;
        let reading = Reading {
            words: session.encoding.words,
            unknown: session.encoding.unknown,
            tokens,
            truncated: session.encoding.truncated,
            repetitive: session.encoding.repeats(task.rules.max_repeated()),
        };
        Ok(task.rules.score(&session.probabilities, &session.steps, reading))
    }

    /// The packed encoder; packs and folds it on first use.
    fn packed<'a>(&'a self, encoder: &'a Encoder) -> Result<&'a PackedEncoder> {
        let packed = encoder.packed.get_or_init(|| match &encoder.dimensions {
            manifest::Encoder::Bert(dimensions) => self.bert(&encoder.name, dimensions),
            manifest::Encoder::ELstm(dimensions) => self.lstm(encoder, dimensions),
            manifest::Encoder::Onnx(_) | manifest::Encoder::Unknown => {
                Err(Error::new(ErrorKind::Internal, "of no family that is packed"))
            }
        });
        // The checks at load leave only a file that was changed since, while it was mapped.
        packed.as_ref().map_err(|e| Error::new(e.kind(), format!("encoder {}: {e}", encoder.name)))
    }

    fn lstm(&self, encoder: &Encoder, dimensions: &ELstm) -> Result<PackedEncoder> {
        let section = |part: &str| format!("encoder.{}.{part}", encoder.name);
        let i8s = |part| self.heads.file().i8s(&section(part));
        let f32s = |part| self.heads.file().f32s(&section(part));
        let weights = LstmWeights {
            vocab: dimensions.vocab,
            embedding_dim: dimensions.embedding,
            hidden: dimensions.hidden,
            state_bits: dimensions.state_bits,
            embedding: i8s("embedding"),
            embedding_scale: &f32s("embedding.scale"),
            input: i8s("input"),
            input_scale: &f32s("input.scale"),
            recurrent: i8s("recurrent"),
            recurrent_scale: &f32s("recurrent.scale"),
            bias: &f32s("bias"),
        };
        Ok(PackedEncoder::ELstm(Box::new(Lstm::new(&weights, &self.kernels, encoder.fold_bytes)?)))
    }

    fn bert(&self, name: &str, dimensions: &manifest::Bert) -> Result<PackedEncoder> {
        let table = |part: &str| Plain::table(self.heads.file(), &format!("encoder.{name}.{part}"));
        let linear = |part: &str| Plain::linear(self.heads.file(), &format!("encoder.{name}.{part}"));
        let norm = |part: &str| PlainNorm::read(self.heads.file(), &format!("encoder.{name}.{part}"));
        // The largest table by far stays in the file; of it a text uses a few rows.
        let words = self.heads.file().part(&format!("encoder.{name}.words"));
        let scale = self.heads.file().f32s(&format!("encoder.{name}.words.scale"));
        let words = Embedding::shared((dimensions.vocab, dimensions.width), Box::new(words), scale)?;
        let (positions, segments, first) = (table("positions"), table("segments"), norm("norm"));
        let tables = (words, &positions.as_table(), &segments.as_table());
        let mut bert = Bert::without_layers(dimensions, tables, &first.weights(), &self.kernels)?;
        for n in 0..dimensions.layers {
            let [qkv, attended, up, down] =
                ["qkv", "attended", "up", "down"].map(|part| linear(&format!("layer.{n}.{part}")));
            let [after, last] = ["attended", "down"].map(|part| norm(&format!("layer.{n}.{part}.norm")));
            let layer = BertLayerWeights {
                qkv: qkv.as_linear(),
                attended: attended.as_linear(),
                attended_norm: after.weights(),
                up: up.as_linear(),
                down: down.as_linear(),
                down_norm: last.weights(),
            };
            bert.push(&layer, &self.kernels)?;
        }
        Ok(PackedEncoder::Bert(Box::new(bert)))
    }
}
