//! A model: read, checked and packed for this CPU; immutable and shared by all threads.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::error::{Error, ErrorKind, Result};
use crate::format::limits::{MAX_FOLD_BYTES, MAX_MEMORY_BYTES, MAX_STATE_BYTES, MAX_TOKENS};
use crate::format::manifest::{self, ELstm, HeadKind, Input, Manifest, Pooling, Scope};
use crate::format::reader::ModelFile;
use crate::kernels::Kernels;
use crate::kernels::matmul_i8::Packed;
use crate::layers::{
    Bert, BertLayerWeights, BertWeights, BlockWeights, ExpertWeights, Linear, LinearWeights, Lstm,
    LstmWeights, Mixture, MixtureWeights, NormWeights, TableWeights, head, relu,
};
use crate::quant::{MAX_BIAS, MAX_SCALE, first_bad_bias, first_bad_scale};
use crate::score::{Reading, Rules, Score};
use crate::scorer::OpenOptions;
use crate::session::Session;
use crate::tokenizer::Tokenizer;

/// A model that is ready to run.
#[derive(Debug)]
pub(crate) struct Model {
    file: ModelFile,
    kernels: Kernels,
    max_answer_bytes: usize,
    tokenizers: Vec<Tokenizer>,
    encoders: Vec<Encoder>,
    mixtures: Vec<LazyMixture>,
    tasks: Vec<TaskModel>,
    places: HashMap<String, usize>,
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
}

impl PackedEncoder {
    fn output_len(&self) -> usize {
        match self {
            Self::ELstm(lstm) => lstm.output_len(),
            Self::Bert(bert) => bert.output_len(),
        }
    }

    fn memory_bytes(&self) -> usize {
        match self {
            Self::ELstm(lstm) => lstm.memory_bytes(),
            Self::Bert(bert) => bert.memory_bytes(),
        }
    }
}

/// A mixture, packed when it is first used.
#[derive(Debug)]
struct LazyMixture {
    name: String,
    dimensions: manifest::Mixture,
    packed: OnceLock<Result<Mixture>>,
}

/// The mixture of a task.
#[derive(Debug)]
struct Mixed {
    /// Place of the mixture.
    mixture: usize,
    /// Embedding of the task.
    embedding: Vec<f32>,
}

/// A task, packed.
#[derive(Debug)]
pub(crate) struct TaskModel {
    /// Place of the encoder.
    encoder: usize,
    mixed: Option<Mixed>,
    input: Input,
    kind: HeadKind,
    temperature: f32,
    hidden: Linear,
    output: Linear,
    /// Ordinal heads: what is added to the output for each step between levels.
    cuts: Vec<f32>,
    rules: Rules,
}

impl Model {
    /// Checks what the file's structure left open, and packs the heads.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Damaged`], [`ErrorKind::Unsupported`] or [`ErrorKind::TooLarge`].
    pub(crate) fn new(file: ModelFile, options: &OpenOptions) -> Result<Self> {
        let kernels = Kernels::new(options.cpu);
        let manifest = file.manifest();
        let mut places = HashMap::new();
        let mut tokenizers = Vec::with_capacity(manifest.tokenizers.len());
        let mut memory = Memory::default();
        memory.add(file.len())?;
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
            let (tokenizer, vocab) = match entry {
                manifest::Encoder::ELstm(e) => (&e.tokenizer, e.vocab),
                manifest::Encoder::Bert(e) => (&e.tokenizer, e.vocab),
                manifest::Encoder::Unknown => {
                    let message = format!("encoder {name} passed the checks unknown");
                    return Err(Error::new(ErrorKind::Internal, message));
                }
            };
            let tokenizer = places[tokenizer.as_str()];
            let ids = tokenizers[tokenizer].vocab_size();
            if ids > vocab {
                return Err(Error::new(
                    ErrorKind::Damaged,
                    format!("encoder {name} has {vocab} embeddings, its tokenizer gives {ids} ids"),
                ));
            }
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
                    memory.add(bert_bytes(dimensions))?;
                    check_bert(&file, name, dimensions)?;
                    0
                }
                manifest::Encoder::Unknown => 0,
            };
            encoders.push(Encoder {
                name: name.clone(),
                dimensions: entry.clone(),
                tokenizer,
                fold_bytes,
                packed: OnceLock::new(),
            });
        }
        let mut mixtures = Vec::with_capacity(manifest.mixtures.len());
        for (name, dimensions) in &manifest.mixtures {
            memory.add(mixture_bytes(dimensions))?;
            check_mixture(&file, name, dimensions)?;
            mixtures.push(LazyMixture {
                name: name.clone(),
                dimensions: dimensions.clone(),
                packed: OnceLock::new(),
            });
        }

        let encoder_places: HashMap<&str, usize> =
            manifest.encoders.keys().enumerate().map(|(i, name)| (name.as_str(), i)).collect();
        let mut tasks = Vec::with_capacity(manifest.tasks.len());
        for task in &manifest.tasks {
            let encoder = encoder_places[task.encoder.as_str()];
            let task = TaskModel::new(&file, task, encoder, &kernels)?;
            memory.add(task.memory_bytes())?;
            tasks.push(task);
        }
        let places = manifest.tasks.iter().enumerate().map(|(i, task)| (task.id.clone(), i)).collect();
        Ok(Self {
            kernels,
            max_answer_bytes: options.max_answer_bytes,
            tokenizers,
            encoders,
            mixtures,
            tasks,
            places,
            file,
        })
    }

    /// What the file says about itself.
    pub(crate) fn manifest(&self) -> &Manifest {
        self.file.manifest()
    }

    /// The kernels in use.
    pub(crate) fn kernels(&self) -> &Kernels {
        &self.kernels
    }

    /// BLAKE3 of the file, in hexadecimal.
    pub(crate) fn blake3(&self) -> String {
        self.file.blake3()
    }

    /// Bytes of the file.
    pub(crate) fn file_bytes(&self) -> usize {
        self.file.len()
    }

    /// Bytes that packed heads and the encoders and mixtures used so far hold.
    pub(crate) fn packed_bytes(&self) -> usize {
        let heads: usize = self.tasks.iter().map(TaskModel::memory_bytes).sum();
        let encoders = self.encoders.iter().filter_map(|e| e.packed.get()?.as_ref().ok());
        let mixtures = self.mixtures.iter().filter_map(|x| x.packed.get()?.as_ref().ok());
        heads
            + encoders.map(PackedEncoder::memory_bytes).sum::<usize>()
            + mixtures.map(Mixture::memory_bytes).sum::<usize>()
    }

    /// Bytes of all tables that are folded on first use.
    pub(crate) fn table_bytes(&self) -> usize {
        self.encoders.iter().map(|e| e.fold_bytes).sum()
    }

    /// Gives the file back.
    #[cfg(feature = "write")]
    pub(crate) fn into_file(self) -> ModelFile {
        self.file
    }

    /// The task of that id.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownTask`], with the ids that there are. The id that was asked for is left out: it
    /// might be an answer, given in the wrong place.
    pub(crate) fn task(&self, id: &str) -> Result<&TaskModel> {
        const LISTED: usize = 20;
        if let Some(place) = self.places.get(id) {
            return Ok(&self.tasks[*place]);
        }
        let tasks = &self.manifest().tasks;
        let ids: Vec<&str> = tasks.iter().take(LISTED).map(|t| t.id.as_str()).collect();
        let message = match tasks.len() {
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
    pub(crate) fn score(
        &self,
        task: &TaskModel,
        reference: Option<&str>,
        answer: &str,
        session: &mut Session,
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
        let mixed = task.mixed.as_ref().map(|m| Ok((self.mixture(m.mixture)?, m))).transpose()?;
        self.tokenizers[encoder.tokenizer].encode(reference, answer, &mut session.encoding)?;
        let tokens = session.encoding.ids.len();
        let row_bytes = match &encoder.dimensions {
            manifest::Encoder::ELstm(e) => row_bytes(e),
            manifest::Encoder::Bert(e) => {
                let hidden = task.mixed.as_ref().map_or(0, |m| self.mixtures[m.mixture].dimensions.hidden);
                size_of::<f32>() * (3 * e.width + e.intermediate.max(3 * e.width).max(hidden))
            }
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
        }
        if let Some((mixed, Mixed { embedding, .. })) = mixed {
            mixed.forward(embedding, pooling, bert, mixture, pooled);
        }
        task.head(session);
        if session.probabilities.iter().any(|p| p.is_nan()) {
            // Weights within their limits can still multiply to infinity where no normalization stands between.
            return Err(damaged("the numbers of the model grow beyond what an f32 holds".into()));
        }
        let reading = Reading {
            words: session.encoding.words,
            unknown: session.encoding.unknown,
            tokens,
            truncated: session.encoding.truncated,
        };
        Ok(task.rules.score(&session.probabilities, &session.steps, reading))
    }

    /// The packed encoder; packs and folds it on first use.
    fn packed<'a>(&'a self, encoder: &'a Encoder) -> Result<&'a PackedEncoder> {
        let packed = encoder.packed.get_or_init(|| match &encoder.dimensions {
            manifest::Encoder::Bert(dimensions) => self.bert(&encoder.name, dimensions),
            manifest::Encoder::ELstm(dimensions) => self.lstm(encoder, dimensions),
            manifest::Encoder::Unknown => Err(Error::new(ErrorKind::Internal, "of no known family")),
        });
        // The checks at load leave only a file that was changed since, while it was mapped.
        packed.as_ref().map_err(|e| Error::new(e.kind(), format!("encoder {}: {e}", encoder.name)))
    }

    fn lstm(&self, encoder: &Encoder, dimensions: &ELstm) -> Result<PackedEncoder> {
        let section = |part: &str| format!("encoder.{}.{part}", encoder.name);
        let i8s = |part| self.file.i8s(&section(part));
        let f32s = |part| self.file.f32s(&section(part));
        let weights = LstmWeights {
            vocab: dimensions.vocab,
            embedding_dim: dimensions.embedding,
            hidden: dimensions.hidden,
            state_bits: dimensions.state_bits,
            embedding: &i8s("embedding"),
            embedding_scale: &f32s("embedding.scale"),
            input: &i8s("input"),
            input_scale: &f32s("input.scale"),
            recurrent: &i8s("recurrent"),
            recurrent_scale: &f32s("recurrent.scale"),
            bias: &f32s("bias"),
        };
        Ok(PackedEncoder::ELstm(Box::new(Lstm::new(&weights, &self.kernels, encoder.fold_bytes)?)))
    }

    fn bert(&self, name: &str, dimensions: &manifest::Bert) -> Result<PackedEncoder> {
        let table = |part: &str| Plain::table(&self.file, &format!("encoder.{name}.{part}"));
        let linear = |part: &str| Plain::linear(&self.file, &format!("encoder.{name}.{part}"));
        let norm = |part: &str| PlainNorm::read(&self.file, &format!("encoder.{name}.{part}"));
        let (words, positions, segments) = (table("words"), table("positions"), table("segments"));
        let first = norm("norm");
        let weights = BertWeights {
            words: words.as_table(),
            positions: positions.as_table(),
            segments: segments.as_table(),
            norm: first.weights(),
            layers: Vec::new(),
        };
        let mut bert = Bert::without_layers(dimensions, &weights, &self.kernels)?;
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

    /// The packed mixture at that place; packs it on first use.
    fn mixture(&self, place: usize) -> Result<&Mixture> {
        let LazyMixture { name, dimensions, packed } = &self.mixtures[place];
        let packed = packed.get_or_init(|| {
            let part = |part: String| Plain::linear(&self.file, &format!("mixture.{name}.{part}"));
            let blocks: Vec<[Vec<Plain>; 3]> = (0..dimensions.blocks)
                .map(|b| {
                    let experts = |kind: &str| {
                        (0..dimensions.experts)
                            .map(|j| part(format!("block.{b}.expert.{j}.{kind}")))
                            .collect()
                    };
                    let gate = vec![part(format!("block.{b}.gate")), part(format!("block.{b}.gate.output"))];
                    [gate, experts("up"), experts("down")]
                })
                .collect();
            let norm = (dimensions.scope == Scope::Pooled)
                .then(|| PlainNorm::read(&self.file, &format!("mixture.{name}.norm")));
            let weights = MixtureWeights {
                blocks: blocks
                    .iter()
                    .map(|[gate, up, down]| BlockWeights {
                        gate: gate[0].as_linear(),
                        gate_output: gate[1].as_linear(),
                        experts: up
                            .iter()
                            .zip(down)
                            .map(|(up, down)| ExpertWeights { up: up.as_linear(), down: down.as_linear() })
                            .collect(),
                    })
                    .collect(),
                norm: norm.as_ref().map(PlainNorm::weights),
            };
            Mixture::new(dimensions, &weights, &self.kernels)
        });
        packed.as_ref().map_err(|e| Error::new(e.kind(), format!("mixture {name}: {e}")))
    }
}

/// Weights of a table or a dense layer, copied out of the file.
struct Plain {
    weight: Vec<i8>,
    scale: Vec<f32>,
    bias: Vec<f32>,
}

impl Plain {
    fn table(file: &ModelFile, name: &str) -> Self {
        Self { weight: file.i8s(name), scale: file.f32s(&format!("{name}.scale")), bias: Vec::new() }
    }

    fn linear(file: &ModelFile, name: &str) -> Self {
        Self { bias: file.f32s(&format!("{name}.bias")), ..Self::table(file, name) }
    }

    fn as_table(&self) -> TableWeights<'_> {
        TableWeights { weight: &self.weight, scale: &self.scale }
    }

    fn as_linear(&self) -> LinearWeights<'_> {
        LinearWeights { weight: &self.weight, scale: &self.scale, bias: &self.bias }
    }
}

/// Weights of a normalization, copied out of the file.
struct PlainNorm {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl PlainNorm {
    fn read(file: &ModelFile, name: &str) -> Self {
        Self { weight: file.f32s(&format!("{name}.weight")), bias: file.f32s(&format!("{name}.bias")) }
    }

    fn weights(&self) -> NormWeights<'_> {
        NormWeights { weight: &self.weight, bias: &self.bias }
    }
}

impl TaskModel {
    fn new(file: &ModelFile, task: &manifest::Task, encoder: usize, kernels: &Kernels) -> Result<Self> {
        let layer = |layer: &str, m: usize, k: usize| {
            let name = format!("task.{}.{layer}", task.id);
            let (weight, scale) = (file.i8s(&name), file.f32s(&format!("{name}.scale")));
            check_weights(file, &name)?;
            check_scales(file, &format!("{name}.scale"))?;
            check_biases(file, &format!("{name}.bias"))?;
            Linear::new(m, k, &weight, &scale, &file.f32s(&format!("{name}.bias")), kernels)
        };
        let dense = task.head.hidden;
        let ordinal = task.head.kind == HeadKind::Ordinal;
        let outputs = if ordinal { 1 } else { task.labels.len() };
        let input = file.manifest().encoders[&task.encoder].output_len();
        let manifest = file.manifest();
        let mixed = task.mixture.as_ref().and_then(|name| {
            let mixture = manifest.mixtures.keys().position(|other| other == name)?;
            Some((mixture, format!("task.{}.embedding", task.id)))
        });
        let mixed = match mixed {
            Some((mixture, section)) => {
                check_biases(file, &section)?;
                Some(Mixed { mixture, embedding: file.f32s(&section) })
            }
            None => None,
        };
        let cuts = if ordinal { check_cuts(file, &format!("task.{}.cuts", task.id))? } else { Vec::new() };
        Ok(Self {
            encoder,
            mixed,
            input: task.input,
            kind: task.head.kind,
            temperature: task.calibration.temperature,
            hidden: layer("hidden", dense, input)?,
            output: layer("output", outputs, dense)?,
            cuts,
            rules: Rules::new(task),
        })
    }

    /// Whether the task has a mixture of experts.
    pub(crate) fn is_mixed(&self) -> bool {
        self.mixed.is_some()
    }

    /// Bytes that the packed head holds.
    fn memory_bytes(&self) -> usize {
        self.hidden.memory_bytes() + self.output.memory_bytes()
    }

    /// From the pooled vector to probabilities.
    fn head(&self, session: &mut Session) {
        let Session { pooled, hidden, logits, probabilities, steps, linear, .. } = session;
        hidden.resize(self.hidden.output_len(), 0.0);
        self.hidden.forward(pooled, linear, hidden);
        relu(hidden);
        logits.resize(self.output.output_len(), 0.0);
        self.output.forward(hidden, linear, logits);
        steps.resize(self.cuts.len(), 0.0);
        match self.kind {
            HeadKind::Ordinal => {
                probabilities.resize(self.cuts.len() + 1, 0.0);
                head::ordinal(logits[0], &self.cuts, self.temperature, steps);
                head::levels(steps, probabilities);
            }
            HeadKind::Sigmoid => {
                probabilities.resize(logits.len(), 0.0);
                head::sigmoid(logits, self.temperature, probabilities);
            }
            HeadKind::Softmax | HeadKind::Unknown => {
                probabilities.resize(logits.len(), 0.0);
                head::softmax(logits, self.temperature, probabilities);
            }
        }
    }
}

/// Bytes that the gate inputs of one token take, both directions.
fn row_bytes(dimensions: &ELstm) -> usize {
    8 * dimensions.hidden.next_multiple_of(16) * size_of::<f32>()
}

/// Bytes of a folded table, or the largest number when there is no such number.
fn table_bytes(dimensions: &ELstm) -> usize {
    dimensions.vocab.saturating_mul(row_bytes(dimensions))
}

/// Bytes that a packed encoder takes at most, with every unit padded to the widest vector.
fn packed_bytes(dimensions: &ELstm, fold_bytes: usize) -> usize {
    let (rows, columns) = (8 * dimensions.hidden.next_multiple_of(16), dimensions.embedding + 64);
    let recurrent = rows * (dimensions.hidden.next_multiple_of(16) * size_of::<i16>() + size_of::<f32>());
    let input = rows * (columns + 2 * size_of::<f32>());
    let embedding = dimensions.vocab.saturating_mul(dimensions.embedding + size_of::<f32>());
    // The input weights are packed even where only the table is kept.
    let kept = if fold_bytes > 0 { fold_bytes } else { embedding };
    kept.saturating_add(recurrent + input)
}

/// Bytes that a packed BERT encoder takes at most.
fn bert_bytes(d: &manifest::Bert) -> usize {
    let rows = d.vocab + d.positions + d.segments;
    let tables = rows.saturating_mul(d.width + size_of::<f32>());
    let norms = 2 * d.width * size_of::<f32>();
    let layer = Packed::bytes_at_most(3 * d.width, d.width)
        + Packed::bytes_at_most(d.width, d.width)
        + Packed::bytes_at_most(d.intermediate, d.width)
        + Packed::bytes_at_most(d.width, d.intermediate)
        + 2 * norms;
    tables.saturating_add(norms).saturating_add(layer.saturating_mul(d.layers))
}

/// Bytes that a packed mixture takes at most.
fn mixture_bytes(d: &manifest::Mixture) -> usize {
    let expert = Packed::bytes_at_most(d.hidden, d.width) + Packed::bytes_at_most(d.width, d.hidden);
    let gate =
        Packed::bytes_at_most(d.gate, d.width + d.task_embedding) + Packed::bytes_at_most(d.experts, d.gate);
    (expert.saturating_mul(d.experts) + gate).saturating_mul(d.blocks) + 2 * d.width * size_of::<f32>()
}

/// Adds up what the open model takes once everything of it has been used.
#[derive(Debug, Default)]
struct Memory {
    bytes: u64,
}

impl Memory {
    fn add(&mut self, bytes: usize) -> Result<()> {
        self.bytes = self.bytes.saturating_add(bytes as u64);
        if self.bytes > MAX_MEMORY_BYTES {
            return Err(Error::new(
                ErrorKind::TooLarge,
                format!("model takes over {MAX_MEMORY_BYTES} bytes of memory, the most that is allowed"),
            ));
        }
        Ok(())
    }
}

fn damaged(message: String) -> Error {
    Error::new(ErrorKind::Damaged, message)
}

/// Checks the values of an encoder's sections, so that packing it later cannot fail.
fn check_lstm(file: &ModelFile, name: &str) -> Result<()> {
    for part in ["embedding", "input", "recurrent"] {
        check_weights(file, &format!("encoder.{name}.{part}"))?;
        check_scales(file, &format!("encoder.{name}.{part}.scale"))?;
    }
    check_biases(file, &format!("encoder.{name}.bias"))
}

/// Likewise.
fn check_bert(file: &ModelFile, name: &str, dimensions: &manifest::Bert) -> Result<()> {
    let name = format!("encoder.{name}");
    for part in ["words", "positions", "segments"] {
        check_weights(file, &format!("{name}.{part}"))?;
        check_scales(file, &format!("{name}.{part}.scale"))?;
    }
    check_norm(file, &format!("{name}.norm"))?;
    for n in 0..dimensions.layers {
        for part in ["qkv", "attended", "up", "down"] {
            check_dense(file, &format!("{name}.layer.{n}.{part}"))?;
        }
        check_norm(file, &format!("{name}.layer.{n}.attended.norm"))?;
        check_norm(file, &format!("{name}.layer.{n}.down.norm"))?;
    }
    Ok(())
}

/// Likewise.
fn check_mixture(file: &ModelFile, name: &str, dimensions: &manifest::Mixture) -> Result<()> {
    for b in 0..dimensions.blocks {
        let name = format!("mixture.{name}.block.{b}");
        check_dense(file, &format!("{name}.gate"))?;
        check_dense(file, &format!("{name}.gate.output"))?;
        for j in 0..dimensions.experts {
            check_dense(file, &format!("{name}.expert.{j}.up"))?;
            check_dense(file, &format!("{name}.expert.{j}.down"))?;
        }
    }
    match dimensions.scope {
        Scope::Pooled => check_norm(file, &format!("mixture.{name}.norm")),
        Scope::Token | Scope::Unknown => Ok(()),
    }
}

fn check_dense(file: &ModelFile, name: &str) -> Result<()> {
    check_weights(file, name)?;
    check_scales(file, &format!("{name}.scale"))?;
    check_biases(file, &format!("{name}.bias"))
}

/// Weights and biases of a normalization lie within the largest scale, so that no product of an attention overflows.
fn check_norm(file: &ModelFile, name: &str) -> Result<()> {
    for part in ["weight", "bias"] {
        let values = file.f32s(&format!("{name}.{part}"));
        if let Some(at) = values.iter().position(|v| !(-MAX_SCALE..=MAX_SCALE).contains(v)) {
            return Err(damaged(format!(
                "section {name}.{part} has {} at {at}, it must lie within {MAX_SCALE} of 0",
                values[at]
            )));
        }
    }
    Ok(())
}

fn check_weights(file: &ModelFile, name: &str) -> Result<()> {
    const LEAST: u8 = i8::MIN.cast_unsigned();
    let bytes = file.bytes(name);
    // Without a branch for each byte, so that the loop is vectorised.
    if bytes.iter().fold(false, |any, b| any | (*b == LEAST)) {
        let wrong = bytes.iter().filter(|b| **b == LEAST).count();
        return Err(damaged(format!("section {name} has {wrong} weights of -128, the least is -127")));
    }
    Ok(())
}

fn check_scales(file: &ModelFile, name: &str) -> Result<()> {
    let scales = file.f32s(name);
    first_bad_scale(&scales).map_or(Ok(()), |at| {
        Err(damaged(format!("section {name} has {} at {at}, it must lie in 0..={MAX_SCALE}", scales[at])))
    })
}

fn check_biases(file: &ModelFile, name: &str) -> Result<()> {
    let biases = file.f32s(name);
    first_bad_bias(&biases).map_or(Ok(()), |at| {
        Err(damaged(format!("section {name} has {} at {at}, it must lie within {MAX_BIAS} of 0", biases[at])))
    })
}

/// Cuts must fall, so that the probabilities of reaching a level do.
fn check_cuts(file: &ModelFile, name: &str) -> Result<Vec<f32>> {
    check_biases(file, name)?;
    let cuts = file.f32s(name);
    match cuts.windows(2).find(|pair| pair[0] <= pair[1]) {
        Some(pair) => {
            Err(damaged(format!("section {name} has {} before {}, it must fall", pair[0], pair[1])))
        }
        None => Ok(cuts),
    }
}
