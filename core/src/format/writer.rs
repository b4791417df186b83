//! Makes files.

use std::collections::BTreeMap;
use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::TensorInfo;

use super::manifest::{Manifest, Section};
use super::reader::ModelFile;
use super::storage::Storage;
use super::{FORMAT, MANIFEST_HASH_KEY, MANIFEST_KEY};
use crate::error::{Error, ErrorKind, Result};
use crate::kernels::Kernels;
use crate::layers::{BertWeights, LinearWeights, LstmWeights, MixtureWeights, NormWeights, TableWeights};
use crate::model::{Heads, Model};
use crate::output;
use crate::quant;
use crate::scorer::OpenOptions;

/// Collects the parts of a file, then writes it.
///
/// Sections are given by name; `docs/format.md` lists the names and shapes that each part of the manifest
/// implies. The hashes are filled in, and the finished file is opened and checked before it is handed out.
/// The same parts give the same bytes, in whatever order they were added.
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
    parts: Vec<Part>,
    half_scales: bool,
    /// The first section that cannot be written.
    refused: Option<String>,
}

#[derive(Debug, Clone)]
struct Part {
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

    /// Adds a section of numbers of 16 bits each. They must be such: [`round_to_f16`](quant::round_to_f16) makes them,
    /// and [`quantize_rows_f16`](quant::quantize_rows_f16) gives such scales. Readers take them for `.scale` sections
    /// and for `task.ID.embedding`.
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

    /// From here on, whether [`linear`](Self::linear), [`bert`](Self::bert) and [`mixture`](Self::mixture) write
    /// scales of 16 bits; the scales must be such.
    pub fn half_scales(&mut self, half: bool) -> &mut Self {
        self.half_scales = half;
        self
    }

    fn scales(&mut self, name: String, rows: usize, values: &[f32]) -> &mut Self {
        if self.half_scales { self.f16(name, &[rows], values) } else { self.f32(name, &[rows], values) }
    }

    fn table(&mut self, name: &str, table: &TableWeights<'_>) -> &mut Self {
        let rows = table.scale.len();
        self.i8(name, &[rows, table.weight.len() / rows.max(1)], table.weight).scales(
            format!("{name}.scale"),
            rows,
            table.scale,
        )
    }

    fn norm(&mut self, name: &str, norm: &NormWeights<'_>) -> &mut Self {
        self.f32(format!("{name}.weight"), &[norm.weight.len()], norm.weight).f32(
            format!("{name}.bias"),
            &[norm.bias.len()],
            norm.bias,
        )
    }

    fn dense(&mut self, name: &str, w: &LinearWeights<'_>) -> &mut Self {
        self.linear(name, w.shape(), w.weight, w.scale, w.bias)
    }

    /// Adds the sections of the BERT encoder of that name.
    pub fn bert(&mut self, encoder: &str, weights: &BertWeights<'_>) -> &mut Self {
        let name = format!("encoder.{encoder}");
        self.table(&format!("{name}.words"), &weights.words)
            .table(&format!("{name}.positions"), &weights.positions)
            .table(&format!("{name}.segments"), &weights.segments)
            .norm(&format!("{name}.norm"), &weights.norm);
        for (n, layer) in weights.layers.iter().enumerate() {
            let name = format!("{name}.layer.{n}");
            self.dense(&format!("{name}.qkv"), &layer.qkv)
                .dense(&format!("{name}.attended"), &layer.attended)
                .norm(&format!("{name}.attended.norm"), &layer.attended_norm)
                .dense(&format!("{name}.up"), &layer.up)
                .dense(&format!("{name}.down"), &layer.down)
                .norm(&format!("{name}.down.norm"), &layer.down_norm);
        }
        self
    }

    /// Adds the sections of the mixture of that name.
    pub fn mixture(&mut self, mixture: &str, weights: &MixtureWeights<'_>) -> &mut Self {
        let name = format!("mixture.{mixture}");
        for (b, block) in weights.blocks.iter().enumerate() {
            let name = format!("{name}.block.{b}");
            self.dense(&format!("{name}.gate"), &block.gate)
                .dense(&format!("{name}.gate.output"), &block.gate_output);
            for (j, expert) in block.experts.iter().enumerate() {
                self.dense(&format!("{name}.expert.{j}.up"), &expert.up)
                    .dense(&format!("{name}.expert.{j}.down"), &expert.down);
            }
        }
        if let Some(norm) = &weights.norm {
            self.norm(&format!("{name}.norm"), norm);
        }
        self
    }

    /// Adds a section of bytes, such as a `tokenizer.json`.
    pub fn bytes(&mut self, name: impl Into<String>, bytes: &[u8]) -> &mut Self {
        self.part(name.into(), Dtype::U8, vec![bytes.len()], bytes.to_vec())
    }

    /// Adds the seven sections of the E-LSTM encoder of that name.
    pub fn lstm(&mut self, encoder: &str, weights: &LstmWeights<'_>) -> &mut Self {
        let w = weights;
        let (v, d, h, gates) = (w.vocab, w.embedding_dim, w.hidden, 4 * w.hidden);
        self.i8(format!("encoder.{encoder}.embedding"), &[v, d], w.embedding)
            .f32(format!("encoder.{encoder}.embedding.scale"), &[v], w.embedding_scale)
            .i8(format!("encoder.{encoder}.input"), &[2, gates, d], w.input)
            .f32(format!("encoder.{encoder}.input.scale"), &[2, gates], w.input_scale)
            .i8(format!("encoder.{encoder}.recurrent"), &[2, gates, h], w.recurrent)
            .f32(format!("encoder.{encoder}.recurrent.scale"), &[2, gates], w.recurrent_scale)
            .f32(format!("encoder.{encoder}.bias"), &[2, gates], w.bias)
    }

    /// Adds the three sections of a dense layer, such as `task.balloons.hidden`: `m` rows of `k` weights, and
    /// a scale and a bias for each row.
    pub fn linear(
        &mut self,
        name: &str,
        (m, k): (usize, usize),
        weight: &[i8],
        scale: &[f32],
        bias: &[f32],
    ) -> &mut Self {
        self.i8(name, &[m, k], weight).scales(format!("{name}.scale"), m, scale).f32(
            format!("{name}.bias"),
            &[m],
            bias,
        )
    }

    fn part(&mut self, name: String, dtype: Dtype, shape: Vec<usize>, bytes: Vec<u8>) -> &mut Self {
        self.parts.push(Part { name, dtype, shape, bytes });
        self
    }

    /// The finished file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BadInput`] when a section is given twice, does not fill its shape, or when the reader
    /// would refuse the file; the message says why.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let refused =
            |e: Error| Error::new(ErrorKind::BadInput, format!("file would be refused: {e}")).with_source(e);
        let file = Storage::from_bytes(self.assemble()?.into()).and_then(ModelFile::read).map_err(refused)?;
        let file = if file.manifest().base.is_some() {
            Heads::of_pack(file, &Kernels::generic()).map(Heads::into_file)
        } else {
            Model::new(file, &OpenOptions::default()).map(Model::into_file)
        };
        Ok(file.map_err(refused)?.into_bytes())
    }

    /// Writes the finished file beside its place, flushes it to the disk and moves it there, so that nobody
    /// ever sees half a file.
    ///
    /// # Errors
    ///
    /// As [`to_bytes`](Self::to_bytes), and [`ErrorKind::Io`].
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        output::write(path, &self.to_bytes()?).map_err(|e| match e.kind() {
            std::io::ErrorKind::InvalidInput => Error::new(ErrorKind::BadInput, e.to_string()),
            _ => Error::new(ErrorKind::Io, format!("cannot write {}: {e}", path.display())).with_source(e),
        })
    }

    /// Lays the file out, unchecked.
    fn assemble(&self) -> Result<Vec<u8>> {
        if let Some(message) = &self.refused {
            return Err(Error::new(ErrorKind::BadInput, message.clone()));
        }
        let mut parts: Vec<&Part> = self.parts.iter().collect();
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
            let section = Section { blake3: blake3::hash(&part.bytes).to_hex().to_string() };
            if manifest.sections.insert(part.name.clone(), section).is_some() {
                return Err(Error::new(ErrorKind::BadInput, format!("section {} is given twice", part.name)));
            }
            let start = end;
            end += part.bytes.len();
            let info =
                TensorInfo { dtype: part.dtype, shape: part.shape.clone(), data_offsets: (start, end) };
            entries.push_str(&format!(",{}:{}", json(&part.name)?, json(&info)?));
        }

        let manifest_json = manifest.to_json()?;
        let hash = blake3::hash(manifest_json.as_bytes()).to_hex();
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
