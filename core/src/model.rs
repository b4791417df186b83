//! A model: read, checked and packed for this CPU; immutable and shared by all threads.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::error::{Error, ErrorKind, Result};
use crate::format::limits::{MAX_FOLD_BYTES, MAX_MEMORY_BYTES, MAX_STATE_BYTES, MAX_TOKENS};
use crate::format::manifest::{self, ELstm, HeadKind, Input, Manifest};
use crate::format::reader::ModelFile;
use crate::kernels::Kernels;
use crate::layers::{Linear, Lstm, LstmWeights, head, relu};
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
    tasks: Vec<TaskModel>,
    places: HashMap<String, usize>,
}

/// An encoder, packed when it is first used.
#[derive(Debug)]
struct Encoder {
    name: String,
    dimensions: ELstm,
    /// Place of the tokenizer.
    tokenizer: usize,
    /// Bytes of the folded table, 0 when it is not to be folded.
    fold_bytes: usize,
    lstm: OnceLock<Result<Lstm>>,
}

/// A task, packed.
#[derive(Debug)]
pub(crate) struct TaskModel {
    /// Place of the encoder.
    encoder: usize,
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
            let manifest::Encoder::ELstm(dimensions) = entry else {
                return Err(Error::new(
                    ErrorKind::Internal,
                    format!("encoder {name} passed the checks unknown"),
                ));
            };
            let tokenizer = places[dimensions.tokenizer.as_str()];
            let ids = tokenizers[tokenizer].vocab_size();
            if ids > dimensions.vocab {
                return Err(Error::new(
                    ErrorKind::Damaged,
                    format!(
                        "encoder {name} has {} embeddings, its tokenizer gives {ids} ids",
                        dimensions.vocab
                    ),
                ));
            }
            check_encoder(&file, name)?;
            let table = table_bytes(dimensions);
            let fold_bytes = if table <= fold_left { table } else { 0 };
            fold_left -= fold_bytes;
            memory.add(packed_bytes(dimensions, fold_bytes))?;
            encoders.push(Encoder {
                name: name.clone(),
                dimensions: dimensions.clone(),
                tokenizer,
                fold_bytes,
                lstm: OnceLock::new(),
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

    /// Bytes that packed heads and the encoders used so far hold.
    pub(crate) fn packed_bytes(&self) -> usize {
        let heads: usize = self.tasks.iter().map(TaskModel::memory_bytes).sum();
        let encoders: usize =
            self.encoders.iter().filter_map(|e| e.lstm.get()?.as_ref().ok()).map(Lstm::memory_bytes).sum();
        heads + encoders
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
        let lstm = self.lstm(encoder)?;
        self.tokenizers[encoder.tokenizer].encode(reference, answer, &mut session.encoding)?;
        let tokens = session.encoding.ids.len();
        let most = MAX_TOKENS.min(MAX_STATE_BYTES / row_bytes(&encoder.dimensions));
        if tokens > most {
            return Err(Error::new(
                ErrorKind::TooLarge,
                format!("input has {tokens} tokens, at most {most} are read"),
            ));
        }
        session.pooled.resize(lstm.output_len(), 0.0);
        lstm.forward(&session.encoding.ids, &mut session.lstm, &mut session.pooled);
        task.head(session);
        let reading = Reading {
            words: session.encoding.words,
            unknown: session.encoding.unknown,
            tokens,
            truncated: session.encoding.truncated,
        };
        Ok(task.rules.score(&session.probabilities, &session.steps, reading))
    }

    /// The packed encoder; packs and folds it on first use.
    fn lstm<'a>(&'a self, encoder: &'a Encoder) -> Result<&'a Lstm> {
        let packed = encoder.lstm.get_or_init(|| {
            let section = |part: &str| format!("encoder.{}.{part}", encoder.name);
            let i8s = |part| self.file.i8s(&section(part));
            let f32s = |part| self.file.f32s(&section(part));
            let weights = LstmWeights {
                vocab: encoder.dimensions.vocab,
                embedding_dim: encoder.dimensions.embedding,
                hidden: encoder.dimensions.hidden,
                state_bits: encoder.dimensions.state_bits,
                embedding: &i8s("embedding"),
                embedding_scale: &f32s("embedding.scale"),
                input: &i8s("input"),
                input_scale: &f32s("input.scale"),
                recurrent: &i8s("recurrent"),
                recurrent_scale: &f32s("recurrent.scale"),
                bias: &f32s("bias"),
            };
            Lstm::new(&weights, &self.kernels, encoder.fold_bytes)
        });
        // The checks at load leave only a file that was changed since, while it was mapped.
        packed.as_ref().map_err(|e| Error::new(e.kind(), format!("encoder {}: {e}", encoder.name)))
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
        let cuts = if ordinal { check_cuts(file, &format!("task.{}.cuts", task.id))? } else { Vec::new() };
        Ok(Self {
            encoder,
            input: task.input,
            kind: task.head.kind,
            temperature: task.calibration.temperature,
            hidden: layer("hidden", dense, input)?,
            output: layer("output", outputs, dense)?,
            cuts,
            rules: Rules::new(task),
        })
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
fn check_encoder(file: &ModelFile, name: &str) -> Result<()> {
    for part in ["embedding", "input", "recurrent"] {
        check_weights(file, &format!("encoder.{name}.{part}"))?;
        check_scales(file, &format!("encoder.{name}.{part}.scale"))?;
    }
    check_biases(file, &format!("encoder.{name}.bias"))
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
