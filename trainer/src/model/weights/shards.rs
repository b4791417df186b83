//! `model.safetensors`, or the parts that `model.safetensors.index.json` lists, read tensor by tensor: the file of a
//! large model does not fit into memory twice.

use crate::files;
use anyhow::{Context, Result, bail, ensure};
use candle_core::{DType, Device, Tensor};
use safetensors::tensor::{Dtype, Metadata};
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The file of a model in one part.
pub(crate) const WHOLE: &str = "model.safetensors";
/// The list of the parts of a larger one.
pub(crate) const INDEX: &str = "model.safetensors.index.json";
/// Longest description of tensors that is read, in bytes.
const MAX_HEADER: u64 = 100 << 20;

#[derive(Deserialize)]
struct Index {
    weight_map: HashMap<String, String>,
}

/// Where a tensor is.
struct Place {
    file: usize,
    dtype: Dtype,
    shape: Vec<usize>,
    start: u64,
    bytes: usize,
}

/// Open files with the places of all tensors.
pub(crate) struct Shards {
    files: Vec<(PathBuf, File)>,
    tensors: HashMap<String, Place>,
}

/// The names of the files of weights in a folder.
///
/// # Errors
///
/// When the index is malformed, or names a file outside of its folder.
pub(crate) fn names(folder: &Path) -> Result<Vec<String>> {
    let index = folder.join(INDEX);
    if !index.is_file() {
        return Ok(vec![WHOLE.to_owned()]);
    }
    let index_of: Index = files::read_json(&index)?;
    let names: BTreeSet<String> = index_of.weight_map.into_values().collect();
    ensure!(!names.is_empty(), "{} lists no files", index.display());
    if let Some(name) = names.iter().find(|n| Path::new(n).file_name() != Some(n.as_str().as_ref())) {
        bail!("{} lists the file {name:?}, which is not the name of a file beside it", index.display());
    }
    Ok(names.into_iter().collect())
}

impl Shards {
    /// Opens the weights in a folder and reads where each tensor is.
    ///
    /// # Errors
    ///
    /// When a file is missing, cut off or not of the format, or two files have a tensor of the same name.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        Self::files(names(folder)?.into_iter().map(|name| folder.join(name)))
    }

    /// Opens a single file.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub(crate) fn file(path: &Path) -> Result<Self> {
        Self::files(std::iter::once(path.to_owned()))
    }

    fn files(paths: impl Iterator<Item = PathBuf>) -> Result<Self> {
        let (mut files, mut tensors) = (Vec::new(), HashMap::new());
        for path in paths {
            let cannot = || format!("cannot read pretrained weights from {}", path.display());
            let mut file = File::open(&path).with_context(cannot)?;
            for (name, place) in places(&mut file, files.len()).with_context(cannot)? {
                ensure!(
                    tensors.insert(name.clone(), place).is_none(),
                    "{}: another file has the tensor {name} too",
                    path.display()
                );
            }
            files.push((path, file));
        }
        Ok(Self { files, tensors })
    }

    /// Whether there is a tensor of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The names of all tensors.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// A tensor in the type in which it is stored, on the CPU.
    ///
    /// # Errors
    ///
    /// When there is none of this name and shape, it has another type than f32, f16, bf16 or u8, or the file cannot be
    /// read.
    pub(crate) fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let found = self.shape(name)?;
        ensure!(found == shape, "{name} is {found:?}, expected {shape:?}");
        self.any(name)
    }

    /// The shape of a tensor.
    ///
    /// # Errors
    ///
    /// When there is none of this name.
    pub(crate) fn shape(&self, name: &str) -> Result<&[usize]> {
        let place = self.tensors.get(name).with_context(|| {
            let first = self.files.first().map(|f| f.0.display().to_string()).unwrap_or_default();
            format!("{first}: there is no tensor {name}")
        })?;
        Ok(&place.shape)
    }

    /// As [`tensor`](Self::tensor), of whatever shape.
    ///
    /// # Errors
    ///
    /// As [`tensor`](Self::tensor).
    pub(crate) fn any(&mut self, name: &str) -> Result<Tensor> {
        self.shape(name)?;
        let place = &self.tensors[name];
        let dtype = match place.dtype {
            Dtype::F32 => DType::F32,
            Dtype::F16 => DType::F16,
            Dtype::BF16 => DType::BF16,
            Dtype::U8 => DType::U8,
            other => bail!("{name} is of the type {other:?}; f32, f16, bf16 and u8 can be read"),
        };
        let (path, file) = &mut self.files[place.file];
        let mut bytes = vec![0; place.bytes];
        file.seek(SeekFrom::Start(place.start))
            .and_then(|_| file.read_exact(&mut bytes))
            .with_context(|| format!("cannot read {name} from {}", path.display()))?;
        Ok(Tensor::from_raw_buffer(&bytes, dtype, &place.shape, &Device::Cpu)?)
    }
}

/// The tensors of a file, which is number `n`.
fn places(file: &mut File, n: usize) -> Result<Vec<(String, Place)>> {
    let whole = file.metadata()?.len();
    let mut length = [0; 8];
    file.read_exact(&mut length)?;
    let header = u64::from_le_bytes(length);
    ensure!(
        header <= MAX_HEADER && header.saturating_add(8) <= whole,
        "the file claims a description of {header} bytes, and has {whole} bytes in all"
    );
    let mut bytes = vec![0; usize::try_from(header)?];
    file.read_exact(&mut bytes)?;
    let metadata: Metadata = serde_json::from_slice(&bytes).context("the description is not valid")?;
    let mut all = Vec::new();
    for (name, info) in metadata.tensors() {
        let (start, end) = info.data_offsets;
        let at = (8 + header).checked_add(start as u64);
        let stop = (8 + header).checked_add(end as u64);
        let bits = info.shape.iter().try_fold(info.dtype.bitsize(), |n, d| n.checked_mul(*d));
        let length = end.checked_sub(start).filter(|n| n.checked_mul(8) == bits).with_context(|| {
            format!(
                "the tensor {name} of the shape {:?} is claimed to be the bytes {start}..{end}",
                info.shape
            )
        })?;
        let (Some(at), Some(_)) = (at, stop.filter(|stop| *stop <= whole)) else {
            bail!("the tensor {name} ends at byte {end} of the data, the file has {whole} bytes in all")
        };
        let place = Place { file: n, dtype: info.dtype, shape: info.shape.clone(), start: at, bytes: length };
        all.push((name, place));
    }
    Ok(all)
}
