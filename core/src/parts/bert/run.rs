//! Running a BERT encoder.

use super::attention::Attention;
use crate::error::{Error, ErrorKind, Result};
use crate::format::manifest::{Bert, Pooling};
use crate::kernels::{Kernels, attention_f32};
use crate::layers::{Dense, DenseScratch, Embedding, LinearWeights, Norm, NormWeights, TableWeights};
use crate::parts::pooling::{add, pool};

/// The arrays of a BERT encoder as a file holds them.
#[derive(Clone, Debug)]
pub struct BertWeights<'a> {
    /// `[vocab, width]`.
    pub words: TableWeights<'a>,
    /// `[positions, width]`.
    pub positions: TableWeights<'a>,
    /// `[segments, width]`.
    pub segments: TableWeights<'a>,
    /// After the sum of the three embeddings.
    pub norm: NormWeights<'a>,
    /// The layers, the first one first.
    pub layers: Vec<BertLayerWeights<'a>>,
}

impl BertWeights<'_> {
    /// Refuses values that the kernels are not made for.
    fn check(&self) -> Result<()> {
        for table in [&self.words, &self.positions, &self.segments] {
            table.check("an embedding")?;
        }
        for layer in &self.layers {
            for linear in [&layer.qkv, &layer.attended, &layer.up, &layer.down] {
                linear.check("a dense layer")?;
            }
        }
        Ok(())
    }
}

/// The arrays of one layer.
#[derive(Clone, Copy, Debug)]
pub struct BertLayerWeights<'a> {
    /// `[3 * width, width]`: the rows of query, key and value, head after head.
    pub qkv: LinearWeights<'a>,
    /// `[width, width]`: what follows the attention.
    pub attended: LinearWeights<'a>,
    /// After the attention and its input are added.
    pub attended_norm: NormWeights<'a>,
    /// `[intermediate, width]`, before GELU.
    pub up: LinearWeights<'a>,
    /// `[width, intermediate]`, after GELU.
    pub down: LinearWeights<'a>,
    /// After the dense pair and its input are added.
    pub down_norm: NormWeights<'a>,
}

/// The encoder, packed for the chosen kernels. Immutable; share it freely.
#[derive(Debug)]
pub struct PackedBert {
    width: usize,
    heads: usize,
    intermediate: usize,
    epsilon: f32,
    pooling: Pooling,
    words: Embedding,
    positions: Embedding,
    segments: Embedding,
    norm: Norm,
    layers: Vec<Layer>,
}

#[derive(Debug)]
struct Layer {
    attention: Attention,
    attended_norm: Norm,
    up: Dense,
    down: Dense,
    down_norm: Norm,
}

/// Buffers of [`PackedBert::forward`]; serves encoders of any size, and allocates only for the largest.
#[derive(Debug, Default)]
pub struct BertScratch {
    /// Vectors of the tokens, `[rows, width]`.
    pub(in crate::parts) tokens: Vec<f32>,
    pub(in crate::parts) wide: Vec<f32>,
    pub(in crate::parts) narrow: Vec<f32>,
    pub(in crate::parts) added: Vec<f32>,
    pub(in crate::parts) dense: DenseScratch,
    attention: attention_f32::Scratch,
}

impl BertScratch {
    /// Vectors of the tokens that the last run gave, `[rows, width]`.
    pub fn tokens(&self) -> &[f32] {
        &self.tokens
    }

    /// Bytes that the buffers hold.
    pub(crate) fn memory_bytes(&self) -> usize {
        let buffers = [&self.tokens, &self.wide, &self.narrow, &self.added];
        let floats: usize = buffers.iter().map(|b| b.capacity()).sum();
        floats * size_of::<f32>() + self.dense.memory_bytes() + self.attention.memory_bytes()
    }
}

impl PackedBert {
    /// Packs weights of the stated dimensions for the chosen kernels.
    ///
    /// # Errors
    ///
    /// `Damaged` when a length or value does not fit.
    pub fn new(d: &Bert, w: &BertWeights<'_>, kernels: &Kernels) -> Result<Self> {
        if w.layers.len() != d.layers {
            let message = format!("{} layers are given, {} are stated", w.layers.len(), d.layers);
            return Err(Error::new(ErrorKind::Damaged, message));
        }
        w.check()?;
        let words = Embedding::copied((d.vocab, d.width), &w.words)?;
        let mut bert = Self::without_layers(d, (words, &w.positions, &w.segments), &w.norm, kernels)?;
        w.layers.iter().try_for_each(|layer| bert.push(layer, kernels))?;
        Ok(bert)
    }

    /// Everything but the layers, which [`push`](Self::push) adds one by one, so that the plain weights of all of them
    /// need not be in memory at once. The weights and scales were checked.
    pub(crate) fn without_layers(
        d: &Bert,
        (words, positions, segments): (Embedding, &TableWeights<'_>, &TableWeights<'_>),
        norm: &NormWeights<'_>,
        kernels: &Kernels,
    ) -> Result<Self> {
        if d.heads == 0 || d.width == 0 || !d.width.is_multiple_of(d.heads) {
            let message = format!("width {}, which {} heads do not share evenly", d.width, d.heads);
            return Err(Error::new(ErrorKind::Damaged, message));
        }
        Ok(Self {
            width: d.width,
            heads: d.heads,
            intermediate: d.intermediate,
            epsilon: d.epsilon,
            pooling: d.pooling,
            words,
            positions: Embedding::copied((d.positions, d.width), positions)?,
            segments: Embedding::copied((d.segments, d.width), segments)?,
            norm: Norm::new(d.width, d.epsilon, norm, kernels)?,
            layers: Vec::with_capacity(d.layers),
        })
    }

    /// Packs the next layer, whose weights, scales and biases were checked.
    pub(crate) fn push(&mut self, w: &BertLayerWeights<'_>, kernels: &Kernels) -> Result<()> {
        let width = self.width;
        self.layers.push(Layer {
            attention: Attention::new(width, self.heads, &w.qkv, &w.attended, kernels)?,
            attended_norm: Norm::new(width, self.epsilon, &w.attended_norm, kernels)?,
            up: Dense::pack((self.intermediate, width), &w.up, kernels)?,
            down: Dense::pack((width, self.intermediate), &w.down, kernels)?,
            down_norm: Norm::new(width, self.epsilon, &w.down_norm, kernels)?,
        });
        Ok(())
    }

    /// Length of the output.
    pub fn output_len(&self) -> usize {
        self.width
    }

    /// How the vectors of the tokens become one.
    pub fn pooling(&self) -> Pooling {
        self.pooling
    }

    /// Bytes of memory that the encoder holds.
    pub fn memory_bytes(&self) -> usize {
        let tables = [&self.words, &self.positions, &self.segments];
        let layers = self.layers.iter().map(|layer| {
            layer.attention.memory_bytes()
                + layer.up.memory_bytes()
                + layer.down.memory_bytes()
                + layer.attended_norm.memory_bytes()
                + layer.down_norm.memory_bytes()
        });
        tables.iter().map(|t| t.memory_bytes()).sum::<usize>()
            + self.norm.memory_bytes()
            + layers.sum::<usize>()
    }

    /// Encodes a text: [`BertScratch::tokens`] then holds the vector of every token, and `out` their pool, zeros when
    /// there is no token.
    ///
    /// # Errors
    ///
    /// `TooLarge` when there are more tokens than positions, `Damaged` when an id or a segment has no embedding.
    ///
    /// # Panics
    ///
    /// When `out` is not [`PackedBert::output_len`] long, or not every token has a segment.
    pub fn forward(
        &self,
        ids: &[u32],
        segments: &[u32],
        scratch: &mut BertScratch,
        out: &mut [f32],
    ) -> Result<()> {
        self.forward_group(ids, segments, &[ids.len()], scratch, out)
    }

    /// Encodes several texts, whose tokens follow each other, as [`forward`](Self::forward) encodes each of them: bit
    /// by bit the same. `lens` are the numbers of their tokens, and `out` is `[texts, width]`.
    ///
    /// # Errors
    ///
    /// As [`forward`](Self::forward).
    ///
    /// # Panics
    ///
    /// When `out` is not that long, not every token has a segment, or there are more or fewer tokens than `lens` says.
    pub fn forward_group(
        &self,
        ids: &[u32],
        segments: &[u32],
        lens: &[usize],
        scratch: &mut BertScratch,
        out: &mut [f32],
    ) -> Result<()> {
        assert_eq!(ids.len(), segments.len(), "every token has a segment");
        assert_eq!(ids.len(), lens.iter().sum::<usize>(), "every token belongs to a text");
        assert_eq!(out.len(), lens.len() * self.width, "every text has a vector");
        let longest = lens.iter().copied().max().unwrap_or(0);
        if longest > self.positions.rows() {
            let (have, most) = (longest, self.positions.rows());
            let message = format!("input has {have} tokens, the encoder reads at most {most}");
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        for (what, list, rows) in
            [("id", ids, self.words.rows()), ("segment", segments, self.segments.rows())]
        {
            if let Some(found) = list.iter().find(|n| **n as usize >= rows) {
                let message = format!("tokenizer gives the {what} {found}, the encoder has {rows} of them");
                return Err(Error::new(ErrorKind::Damaged, message));
            }
        }
        let BertScratch { tokens, wide, narrow, added, dense, attention } = scratch;
        let width = self.width;
        tokens.clear();
        tokens.resize(ids.len() * width, 0.0);
        let places = lens.iter().flat_map(|len| 0..*len);
        for (n, (place, row)) in places.zip(tokens.chunks_exact_mut(width)).enumerate() {
            self.words.add(ids[n] as usize, row);
            self.positions.add(place, row);
            self.segments.add(segments[n] as usize, row);
        }
        self.norm.run(tokens);
        added.resize(tokens.len(), 0.0);
        for layer in &self.layers {
            layer.attention.forward(tokens, lens, wide, narrow, (dense, attention), added);
            add(tokens, added);
            layer.attended_norm.run(tokens);
            wide.resize(ids.len() * self.intermediate, 0.0);
            layer.up.forward(tokens, dense, wide);
            layer.down.forward_after_gelu(wide, dense, added);
            add(tokens, added);
            layer.down_norm.run(tokens);
        }
        let mut left = &tokens[..];
        for (len, out) in lens.iter().zip(out.chunks_exact_mut(width)) {
            let (text, others) = left.split_at(len * width);
            pool(self.pooling, text, out);
            left = others;
        }
        Ok(())
    }
}
