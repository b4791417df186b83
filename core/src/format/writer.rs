//! Makes files.

use std::collections::BTreeMap;

use safetensors::Dtype;
use safetensors::tensor::TensorInfo;

use super::manifest::{Manifest, Section};
use super::{FORMAT, MANIFEST_HASH_KEY, MANIFEST_KEY, hash};
use crate::error::{Error, ErrorKind, Result};
use crate::quant;

/// Collects the parts of a file, then writes it.
///
/// Sections are given by name; `docs/format.md` lists the names and shapes that each part of the manifest implies. The
/// hashes are filled in, and the finished file is opened and checked before it is handed out. The same parts give the
/// same bytes, in any order of adding them.
///
/// ```
/// use pupil_core::format::Manifest;
/// use pupil_core::format::writer::FileBuilder;
///
/// let manifest = Manifest { name: "empty".into(), ..Manifest::default() };
/// let bytes = FileBuilder::new(manifest).bytes("extra.note", b"no task yet").to_bytes()?;
/// let scorer = pupil_core::Scorer::from_bytes(bytes)?;
/// assert_eq!(scorer.tasks().count(), 0);
/// # Ok::<(), pupil_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct FileBuilder {
    manifest: Manifest,
    parts: Vec<PendingSection>,
    half_scales: bool,
    /// The first section that cannot be written.
    refused: Option<String>,
}

/// A section that a manifest implies; see [`Manifest::implied_sections`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImpliedSection {
    /// Its name.
    pub name: String,
    /// The type of its elements, as the container writes it: `I8`, `F32`, `U8`. Where it is `F32`, some sections may be
    /// `F16` as well.
    pub dtype: String,
    /// Its shape; none where any number of bytes will do.
    pub shape: Option<Vec<usize>>,
}

#[derive(Debug, Clone)]
struct PendingSection {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl FileBuilder {
    /// Begins a file; `manifest.sections` and `manifest.format` will be filled in.
    pub fn new(manifest: Manifest) -> Self {
        Self { manifest, parts: Vec::new(), half_scales: false, refused: None }
    }

    /// Adds a section of int8 weights, row by row.
    pub fn i8(&mut self, name: impl Into<String>, shape: &[usize], values: &[i8]) -> &mut Self {
        let bytes = values.iter().map(|v| v.cast_unsigned()).collect();
        self.part(name.into(), Dtype::I8, shape.to_vec(), bytes)
    }

    /// Adds a section of numbers.
    pub fn f32(&mut self, name: impl Into<String>, shape: &[usize], values: &[f32]) -> &mut Self {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.part(name.into(), Dtype::F32, shape.to_vec(), bytes)
    }

    /// Adds a section of 16-bit numbers. The values must fit exactly: [`round_to_f16`](quant::round_to_f16) rounds
    /// them, and [`quantize_rows_f16`](quant::quantize_rows_f16) gives such scales. Readers take them for `.scale`
    /// sections and for `task.ID.embedding`.
    pub fn f16(&mut self, name: impl Into<String>, shape: &[usize], values: &[f32]) -> &mut Self {
        let name = name.into();
        let mut bytes = Vec::with_capacity(2 * values.len());
        for (place, value) in values.iter().enumerate() {
            let Some(half) = quant::exact_f16(*value) else {
                let message = format!("section {name} has {value} at {place}, which 16 bits do not hold");
                self.refused.get_or_insert(message);
                break;
            };
            bytes.extend(half.to_le_bytes());
        }
        self.part(name, Dtype::F16, shape.to_vec(), bytes)
    }

    /// From here on, whether the scales of linear layers and tables are written with 16 bits, which must hold them:
    /// those of [`linear`](Self::linear), [`head`](Self::head), [`bert`](Self::bert) and [`mixture`](Self::mixture).
    pub fn half_scales(&mut self, half: bool) -> &mut Self {
        self.half_scales = half;
        self
    }

    /// Adds scales, of 16 bits where [`half_scales`](Self::half_scales) says so.
    pub(crate) fn scales(&mut self, name: String, rows: usize, values: &[f32]) -> &mut Self {
        if self.half_scales { self.f16(name, &[rows], values) } else { self.f32(name, &[rows], values) }
    }

    /// Adds a section of bytes, such as a `tokenizer.json`.
    pub fn bytes(&mut self, name: impl Into<String>, bytes: &[u8]) -> &mut Self {
        self.part(name.into(), Dtype::U8, vec![bytes.len()], bytes.to_vec())
    }

    /// Adds a section of bytes, in rows of `row` bytes.
    pub(crate) fn rows(&mut self, name: String, row: usize, bytes: &[u8]) -> &mut Self {
        self.part(name, Dtype::U8, vec![bytes.len() / row, row], bytes.to_vec())
    }

    fn part(&mut self, name: String, dtype: Dtype, shape: Vec<usize>, bytes: Vec<u8>) -> &mut Self {
        self.parts.push(PendingSection { name, dtype, shape, bytes });
        self
    }

    /// Lays the file out, unchecked.
    pub(crate) fn assemble(&self) -> Result<Vec<u8>> {
        if let Some(message) = &self.refused {
            return Err(Error::new(ErrorKind::BadInput, message.clone()));
        }
        let mut parts: Vec<&PendingSection> = self.parts.iter().collect();
        // The order of the safetensors crate: widest elements first, so that all of them are aligned.
        parts.sort_by(|a, b| b.dtype.cmp(&a.dtype).then_with(|| a.name.cmp(&b.name)));

        let mut manifest = self.manifest.clone();
        manifest.format = FORMAT;
        manifest.sections = BTreeMap::new();
        let mut entries = String::new();
        let mut end = 0;
        for part in &parts {
            let size = part.dtype.bitsize() / 8;
            let elements = part.shape.iter().try_fold(size, |n, d| n.checked_mul(*d));
            if elements != Some(part.bytes.len()) {
                return Err(Error::new(
                    ErrorKind::BadInput,
                    format!(
                        "section {} has {} values, its shape is {:?}",
                        part.name,
                        part.bytes.len() / size,
                        part.shape
                    ),
                ));
            }
            let section = Section { xxh3: hash::digits(&part.bytes) };
            if manifest.sections.insert(part.name.clone(), section).is_some() {
                return Err(Error::new(ErrorKind::BadInput, format!("duplicate section {}", part.name)));
            }
            let start = end;
            end += part.bytes.len();
            let info =
                TensorInfo { dtype: part.dtype, shape: part.shape.clone(), data_offsets: (start, end) };
            entries.push_str(&format!(",{}:{}", json(&part.name)?, json(&info)?));
        }

        let manifest_json = manifest.to_json()?;
        let hash = hash::digits(manifest_json.as_bytes());
        let mut header = format!(
            r#"{{"__metadata__":{{"{MANIFEST_KEY}":{},"{MANIFEST_HASH_KEY}":"{hash}"}}{entries}}}"#,
            json(&manifest_json)?
        )
        .into_bytes();
        header.resize(header.len().next_multiple_of(8), b' ');

        let mut file = Vec::with_capacity(8 + header.len() + end);
        file.extend((header.len() as u64).to_le_bytes());
        file.extend(header);
        for part in parts {
            file.extend(&part.bytes);
        }
        Ok(file)
    }
}

fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|e| Error::new(ErrorKind::Internal, format!("header cannot be written: {e}")).with_source(e))
}
