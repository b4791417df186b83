//! GGUF, the format of llama.cpp: settings by name, then tensors in f32, f16, Q4_0, Q4_1 or Q8_0.

use super::blocks::Stored;
use super::cursor::Cursor;
use anyhow::{Context, Result, bail, ensure};
use std::collections::HashMap;

/// Largest numbers of settings, tensors and dimensions that are read; real files have about 30, 1,000 and 4.
const MAX_ENTRIES: u64 = 1 << 16;
const MAX_DIMENSIONS: u32 = 4;
/// Where tensors begin, unless a setting says otherwise: at multiples of this.
const ALIGNMENT: u64 = 32;

/// A setting; kinds that nothing here needs are left out.
enum Setting {
    Integer(u64),
    Float(f32),
    Text(String),
    Texts(Vec<String>),
    Integers(Vec<i32>),
    Other,
}

/// A tensor: its shape (rows first) and its bytes.
struct Entry {
    shape: Vec<usize>,
    stored: Stored,
    start: usize,
    end: usize,
}

/// An open file.
pub(crate) struct Gguf {
    bytes: Vec<u8>,
    settings: HashMap<String, Setting>,
    tensors: HashMap<String, Entry>,
}

impl Gguf {
    /// Reads the directory of a file.
    ///
    /// # Errors
    ///
    /// When the bytes are not GGUF of version 2 or 3, are cut off, or have tensors of other types.
    pub(crate) fn new(bytes: Vec<u8>) -> Result<Self> {
        let mut c = Cursor::new(&bytes);
        ensure!(c.take(4)? == b"GGUF", "the file does not begin with `GGUF`");
        let version = c.u32()?;
        ensure!(matches!(version, 2 | 3), "GGUF version {version} cannot be read, only 2 and 3");
        let (tensors, settings) = (c.u64()?, c.u64()?);
        ensure!(
            tensors <= MAX_ENTRIES && settings <= MAX_ENTRIES,
            "the file claims {tensors} tensors and {settings} settings, at most {MAX_ENTRIES} are possible"
        );
        let settings = (0..settings)
            .map(|_| {
                let name = c.text()?.to_owned();
                let kind = c.u32()?;
                let value = setting(&mut c, kind).with_context(|| format!("the setting {name}"))?;
                Ok((name, value))
            })
            .collect::<Result<HashMap<_, _>>>()?;
        let described = (0..tensors).map(|_| described(&mut c)).collect::<Result<Vec<_>>>()?;
        let alignment = match settings.get("general.alignment") {
            Some(Setting::Integer(n)) => *n,
            _ => ALIGNMENT,
        };
        ensure!(
            alignment.is_power_of_two() && alignment <= 1 << 20,
            "general.alignment is {alignment}, but must be a power of two of at most 2^20"
        );
        let data = u64::try_from(c.at())?.next_multiple_of(alignment);
        let mut tensors = HashMap::new();
        for (name, mut entry, offset) in described {
            let length = entry.end;
            let range = data.checked_add(offset).and_then(|start| {
                let start = usize::try_from(start).ok()?;
                Some((start, start.checked_add(length)?))
            });
            let (start, end) = range.filter(|r| r.1 <= bytes.len()).with_context(|| {
                format!(
                    "the tensor {name} has {length} bytes from byte {offset} of the data, the file has {} in all",
                    bytes.len()
                )
            })?;
            (entry.start, entry.end) = (start, end);
            ensure!(tensors.insert(name.clone(), entry).is_none(), "duplicate tensor {name}");
        }
        Ok(Self { bytes, settings, tensors })
    }

    /// The values of a tensor, rows one after the other.
    ///
    /// # Errors
    ///
    /// When there is none of this name and shape.
    pub(crate) fn tensor(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let entry = self.tensors.get(name).with_context(|| format!("there is no tensor {name}"))?;
        ensure!(entry.shape == shape, "{name} is {:?}, expected {shape:?}", entry.shape);
        Ok(entry.stored.decode(&self.bytes[entry.start..entry.end]))
    }

    /// The shape of a tensor.
    ///
    /// # Errors
    ///
    /// When there is none of this name.
    pub(crate) fn shape(&self, name: &str) -> Result<&[usize]> {
        let entry = self.tensors.get(name).with_context(|| format!("there is no tensor {name}"))?;
        Ok(&entry.shape)
    }

    /// A setting that is a count.
    pub(crate) fn count(&self, name: &str) -> Result<usize> {
        match self.settings.get(name) {
            Some(Setting::Integer(n)) => {
                usize::try_from(*n).with_context(|| format!("the setting {name} is {n}"))
            }
            _ => bail!("there is no integer setting {name}"),
        }
    }

    /// A setting that is a float.
    pub(crate) fn float(&self, name: &str) -> Result<f32> {
        match self.settings.get(name) {
            Some(Setting::Float(value)) => Ok(*value),
            _ => bail!("there is no float setting {name}"),
        }
    }

    /// A setting that is a text.
    pub(crate) fn text(&self, name: &str) -> Result<&str> {
        match self.settings.get(name) {
            Some(Setting::Text(text)) => Ok(text),
            _ => bail!("there is no text setting {name}"),
        }
    }

    /// A setting that is a list of texts.
    pub(crate) fn texts(&self, name: &str) -> Result<&[String]> {
        match self.settings.get(name) {
            Some(Setting::Texts(texts)) => Ok(texts),
            _ => bail!("there is no setting {name} with texts"),
        }
    }
}

impl Gguf {
    /// A setting that is a list of integers of 32 bits.
    ///
    /// # Errors
    ///
    /// When there is none of this name.
    pub(crate) fn integers(&self, name: &str) -> Result<&[i32]> {
        match self.settings.get(name) {
            Some(Setting::Integers(values)) => Ok(values),
            _ => bail!("there is no setting {name} with integers"),
        }
    }
}

/// Bytes of a value of a kind, if all have the same.
fn width(kind: u32) -> Option<usize> {
    Some(match kind {
        0 | 1 | 7 => 1,
        2 | 3 => 2,
        4..=6 => 4,
        10..=12 => 8,
        _ => return None,
    })
}

fn setting(c: &mut Cursor<'_>, kind: u32) -> Result<Setting> {
    Ok(match kind {
        0 => Setting::Integer(c.u8()?.into()),
        2 => Setting::Integer(c.u16()?.into()),
        4 => Setting::Integer(c.u32()?.into()),
        10 => Setting::Integer(c.u64()?),
        6 => Setting::Float(c.f32()?),
        8 => Setting::Text(c.text()?.to_owned()),
        9 => {
            let (kind, count) = (c.u32()?, c.u64()?);
            if kind == 8 {
                // A text has at least its length.
                let count = c.count(count, 8, "texts")?;
                return Ok(Setting::Texts(
                    (0..count).map(|_| Ok(c.text()?.to_owned())).collect::<Result<_>>()?,
                ));
            }
            let bytes = width(kind).with_context(|| format!("lists of the kind {kind} cannot be read"))?;
            let count = c.count(count, bytes, "values")?;
            let values = c.take(count * bytes)?;
            if kind == 5 {
                let values = values.as_chunks::<4>().0.iter().map(|b| i32::from_le_bytes(*b));
                return Ok(Setting::Integers(values.collect()));
            }
            Setting::Other
        }
        kind => {
            let bytes = width(kind).with_context(|| format!("values of the kind {kind} cannot be read"))?;
            c.take(bytes)?;
            Setting::Other
        }
    })
}

/// A tensor's name, its description with its length in bytes as `end`, and its place among the data.
fn described(c: &mut Cursor<'_>) -> Result<(String, Entry, u64)> {
    let name = c.text()?.to_owned();
    let dimensions = c.u32()?;
    ensure!(
        (1..=MAX_DIMENSIONS).contains(&dimensions),
        "the tensor {name} has {dimensions} dimensions, 1 to {MAX_DIMENSIONS} are possible"
    );
    let mut shape =
        (0..dimensions).map(|_| Ok(usize::try_from(c.u64()?)?)).collect::<Result<Vec<usize>>>()?;
    let stored = match c.u32()? {
        0 => Stored::F32,
        1 => Stored::F16,
        2 => Stored::Q4,
        3 => Stored::Q4Offset,
        8 => Stored::Q8,
        other => bail!(
            "the tensor {name} is of type {other}; f32 (0), f16 (1), Q4_0 (2), Q4_1 (3) and Q8_0 (8) can be read"
        ),
    };
    let offset = c.u64()?;
    let values = shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d));
    let values = values.with_context(|| format!("the tensor {name} of shape {shape:?} is too large"))?;
    let end = stored.bytes(values, shape[0]).with_context(|| format!("the tensor {name}"))?;
    // The file has the length of a row first.
    shape.reverse();
    Ok((name, Entry { shape, stored, start: 0, end }, offset))
}
