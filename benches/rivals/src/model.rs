//! The two models of the comparison: their `.pupil` files, and f32 copies for the other runtimes.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use pupil_benches::tokens;
use pupil_core::format::manifest::{Bert, ELstm, Head, HeadKind, Label, Scale, Task};
use pupil_core::layers::{LinearWeights, NormWeights, TableWeights};
use pupil_tests::{Fixture, invented_word};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

/// Name of the only encoder of each file.
const ENCODER: &str = "e";
/// Name of the only task of each file.
pub(crate) const TASK: &str = "t";
/// The words of BERT's vocabulary that the tokenizer knows and the answers use.
const BERT_WORDS: usize = 5000;

/// A model of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Model {
    /// The model of the paper: 700 words, embedding 32, 16 units each way, dense 16, 4 levels.
    #[value(name = "e-lstm")]
    ELstm,
    /// Six layers of width 384, vocabulary of BERT, mean of the tokens, dense 192, 4 classes.
    #[value(name = "minilm")]
    MiniLm,
}

impl Model {
    /// Both models.
    pub(crate) const ALL: [Self; 2] = [Self::ELstm, Self::MiniLm];

    /// The prefix of its file names.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ELstm => "e-lstm",
            Self::MiniLm => "minilm",
        }
    }

    /// Its name in the tables.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::ELstm => "E-LSTM",
            Self::MiniLm => "MiniLM-L6",
        }
    }

    /// The unit of its times, and the number of units per second.
    pub(crate) fn unit(self) -> (&'static str, f64) {
        match self {
            Self::ELstm => ("µs", 1e6),
            Self::MiniLm => ("ms", 1e3),
        }
    }

    /// The measured numbers of tokens.
    pub(crate) fn lengths(self) -> &'static [usize] {
        match self {
            Self::ELstm => &[15, 50],
            Self::MiniLm => &[16, 64, 128],
        }
    }

    /// The number of tokens of the answers of a class, which a runtime is given at once. A bidirectional LSTM is not
    /// compared: it gains nothing.
    pub(crate) fn class_length(self) -> Option<usize> {
        match self {
            Self::ELstm => None,
            Self::MiniLm => Some(16),
        }
    }

    /// The number of tokens of the first answer after opening.
    pub(crate) fn first_length(self) -> usize {
        match self {
            Self::ELstm => 15,
            Self::MiniLm => 64,
        }
    }

    /// The number of words of the tokenizer; the first id is 1.
    fn words(self) -> usize {
        match self {
            Self::ELstm => pupil_benches::E_LSTM.vocab - 1,
            Self::MiniLm => BERT_WORDS,
        }
    }

    /// An answer of this many tokens.
    pub(crate) fn ids(self, length: usize) -> Vec<u32> {
        tokens(length, self.words()).iter().map(|word| word + 1).collect()
    }

    /// The same answer as text.
    pub(crate) fn text(self, length: usize) -> String {
        let words: Vec<String> =
            tokens(length, self.words()).iter().map(|word| invented_word(*word as usize)).collect();
        words.join(" ")
    }

    /// Dimensions of a MiniLM.
    pub(crate) fn bert() -> Bert {
        Bert { vocab: 30_522, tokenizer: "t".into(), ..Bert::default() }
    }

    /// The `.pupil` file, with random weights.
    fn file(self) -> Vec<u8> {
        let mut fixture = Fixture::empty(1);
        let words: Vec<String> = (0..self.words()).map(invented_word).collect();
        fixture.tokenizer("t", &words, false);
        // A power of two that keeps the probabilities away from 0 and 1, where all answers look the same.
        let mut task = Task {
            id: TASK.into(),
            encoder: ENCODER.into(),
            labels: ["0", "1", "2", "3"].map(Label::named).into(),
            ..Task::default()
        };
        match self {
            Self::ELstm => {
                fixture.encoder(ENCODER, "t", ELstm::default());
                task.head = Head { kind: HeadKind::Ordinal, hidden: pupil_benches::E_LSTM.dense };
                task.calibration.temperature = 4.0;
                task.scale = Some(Scale { min: 0, ..Scale::default() });
                task.thresholds = vec![0.5, 1.5, 2.5];
            }
            Self::MiniLm => {
                fixture.half_scales = true;
                fixture.bert(ENCODER, "t", Self::bert());
                task.head = Head { kind: HeadKind::Softmax, hidden: 192 };
                task.calibration.temperature = 256.0;
            }
        }
        fixture.manifest.tasks = vec![task];
        fixture.bytes()
    }
}

/// Answers that are given to a runtime at once, as those of a class.
pub(crate) const CLASS: usize = 16;

/// The paths of the files of a model.
#[derive(Debug)]
pub(crate) struct Files {
    folder: PathBuf,
    model: Model,
}

impl Files {
    /// The files in a folder.
    pub(crate) fn new(folder: &Path, model: Model) -> Self {
        Self { folder: folder.to_owned(), model }
    }

    /// The graph for ONNX Runtime in int8: with fused attention, if there is one.
    pub(crate) fn quantized(&self) -> PathBuf {
        let fused = self.path("int8.fused.onnx");
        if fused.is_file() { fused } else { self.path("int8.onnx") }
    }

    /// The file with this extension.
    pub(crate) fn path(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", self.model.name()))
    }
}

/// Writes the `.pupil` files, the f32 copies, and the lengths for the other runtimes.
pub(crate) fn prepare(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for model in Model::ALL {
        let (files, bytes) = (Files::new(folder, model), model.file());
        std::fs::write(files.path("pupil"), &bytes)?;
        Arrays::parse(&bytes)?.write_twin(&files.path("safetensors"))?;
    }
    let lengths: BTreeMap<&str, &[usize]> = Model::ALL.iter().map(|m| (m.name(), m.lengths())).collect();
    std::fs::write(folder.join("lengths.json"), serde_json::to_string(&lengths)?)?;
    let classes: BTreeMap<&str, [usize; 2]> =
        Model::ALL.iter().filter_map(|m| Some((m.name(), [CLASS, m.class_length()?]))).collect();
    std::fs::write(folder.join("classes.json"), serde_json::to_string(&classes)?)?;
    Ok(())
}

/// The arrays of a `.pupil` file, by their names without `encoder.e.` and `task.t.`.
#[derive(Debug, Default)]
pub(crate) struct Arrays {
    integers: HashMap<String, (Vec<usize>, Vec<i8>)>,
    numbers: HashMap<String, (Vec<usize>, Vec<f32>)>,
    temperature: f32,
}

impl Arrays {
    /// Reads the file of a model.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&bytes)
    }

    /// Parses a file. A `.pupil` file is a safetensors container.
    fn parse(bytes: &[u8]) -> Result<Self> {
        let mut arrays = Self::default();
        let (_, metadata) = SafeTensors::read_metadata(bytes)?;
        let manifest = metadata.metadata().as_ref().and_then(|m| m.get("pupil")).context("no manifest")?;
        let manifest: pupil_core::format::manifest::Manifest = serde_json::from_str(manifest)?;
        arrays.temperature = manifest.tasks.first().context("no task")?.calibration.temperature;
        for (name, view) in SafeTensors::deserialize(bytes)?.tensors() {
            let prefixes = [format!("encoder.{ENCODER}."), format!("task.{TASK}.")];
            let Some(name) = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)) else { continue };
            let (name, shape, data) = (name.to_owned(), view.shape().to_vec(), view.data());
            match view.dtype() {
                Dtype::I8 => {
                    arrays.integers.insert(name, (shape, data.iter().map(|b| b.cast_signed()).collect()));
                }
                Dtype::F32 => {
                    let (words, _) = data.as_chunks::<4>();
                    let values = words.iter().map(|w| f32::from_le_bytes(*w)).collect();
                    arrays.numbers.insert(name, (shape, values));
                }
                Dtype::F16 => {
                    let (halves, _) = data.as_chunks::<2>();
                    let values = halves.iter().map(|h| half::f16::from_le_bytes(*h).to_f32()).collect();
                    arrays.numbers.insert(name, (shape, values));
                }
                other => bail!("section {name} has the type {other}"),
            }
        }
        Ok(arrays)
    }

    /// The temperature of the task.
    pub(crate) fn temperature(&self) -> f32 {
        self.temperature
    }

    /// The integers of a section.
    pub(crate) fn i8s(&self, name: &str) -> Result<&[i8]> {
        self.integers.get(name).map(|(_, v)| v.as_slice()).with_context(|| format!("no section {name}"))
    }

    /// The f32 numbers of a section.
    pub(crate) fn f32s(&self, name: &str) -> Result<&[f32]> {
        self.numbers.get(name).map(|(_, v)| v.as_slice()).with_context(|| format!("no section {name}"))
    }

    /// A dense layer.
    pub(crate) fn linear(&self, name: &str) -> Result<LinearWeights<'_>> {
        let TableWeights { weight, scale } = self.table(name)?;
        Ok(LinearWeights { weight, scale, bias: self.f32s(&format!("{name}.bias"))? })
    }

    /// A table.
    pub(crate) fn table(&self, name: &str) -> Result<TableWeights<'_>> {
        Ok(TableWeights { weight: self.i8s(name)?, scale: self.f32s(&format!("{name}.scale"))? })
    }

    /// A normalization.
    pub(crate) fn norm(&self, name: &str) -> Result<NormWeights<'_>> {
        let part = |part: &str| self.f32s(&format!("{name}.{part}"));
        Ok(NormWeights { weight: part("weight")?, bias: part("bias")? })
    }

    /// Writes the dequantized weights as f32. The last layer is divided by the temperature, a power of two, which is
    /// exact.
    fn write_twin(&self, path: &Path) -> Result<()> {
        let mut twin: BTreeMap<&str, (&[usize], Vec<f32>)> = BTreeMap::new();
        for (name, (shape, values)) in &self.integers {
            let scale = self.f32s(&format!("{name}.scale"))?;
            let columns = values.len() / scale.len();
            ensure!(columns * scale.len() == values.len(), "section {name} does not have one scale per row");
            let rows = values.chunks_exact(columns).zip(scale);
            let values = rows.flat_map(|(row, scale)| row.iter().map(move |v| f32::from(*v) * scale));
            twin.insert(name, (shape, values.collect()));
        }
        for (name, (shape, values)) in self.numbers.iter().filter(|(name, _)| !name.ends_with(".scale")) {
            twin.insert(name, (shape, values.clone()));
        }
        for name in ["output", "output.bias", "cuts"] {
            if let Some((_, values)) = twin.get_mut(name) {
                values.iter_mut().for_each(|v| *v /= self.temperature);
            }
        }
        let bytes: BTreeMap<&str, (&[usize], Vec<u8>)> = twin
            .into_iter()
            .map(|(name, (shape, values))| {
                (name, (shape, values.iter().flat_map(|v| v.to_le_bytes()).collect()))
            })
            .collect();
        let views: Vec<(&str, TensorView<'_>)> = bytes
            .iter()
            .map(|(name, (shape, data))| Ok((*name, TensorView::new(Dtype::F32, shape.to_vec(), data)?)))
            .collect::<Result<_>>()?;
        safetensors::serialize_to_file(views, None, path)?;
        Ok(())
    }
}
