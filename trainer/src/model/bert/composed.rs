//! The encoder composed of stock candle ops: for other devices than the CPU, and as the reference for the fused pass.
//!
//! Whatever depends on the batch alone is put on the device once per batch. Each parameter is a variable of its own in
//! the graph: the gradient of a view of the flat tensor would be as long as all parameters.

use super::Bert;
use super::config::{Dense, Norm, SITES};
use crate::model::params::{Leaves, Parameters};
use crate::model::{Batch, Mode};
use crate::ops::attention::{BUCKETS, bucket};
use crate::ops::dropout::{derive, dropout};
use anyhow::{Context, Result};
use candle_core::{D, DType, Device, IndexOp, Tensor};
use std::ops::Range;

/// A batch as padded tensors.
struct Padded {
    /// Sequences and the length of the longest.
    size: (usize, usize),
    /// Word ids of all places, `[sequences · longest]`; 0 where there is no token.
    ids: Tensor,
    /// Segments of all places, one-hot, `[sequences · longest, segments]`.
    segments: Option<Tensor>,
    /// 1 where there is a token, `[sequences, longest]`.
    mask: Tensor,
    /// Very negative where there is no token to attend to, `[sequences, 1, 1, longest]`.
    bias: Tensor,
}

impl Padded {
    fn new(batch: &Batch, longest: usize, segments: usize, device: &Device) -> Result<Self> {
        let b = batch.len();
        let mut ids = vec![0u32; b * longest];
        let mut kinds = vec![0f32; b * longest * segments];
        let mut mask = vec![0f32; b * longest];
        for (r, s) in batch.sequences.iter().enumerate() {
            for (j, t) in s.clone().enumerate() {
                let place = r * longest + j;
                ids[place] = batch.ids[t];
                mask[place] = 1.0;
                if segments > 0 {
                    kinds[place * segments + usize::from(batch.segments[t])] = 1.0;
                }
            }
        }
        let mask = Tensor::from_vec(mask, (b, longest), device)?;
        Ok(Self {
            size: (b, longest),
            ids: Tensor::from_vec(ids, b * longest, device)?,
            segments: match segments {
                0 => None,
                n => Some(Tensor::from_vec(kinds, (b * longest, n), device)?),
            },
            bias: ((&mask - 1.0)? * 1e9)?.reshape((b, 1, 1, longest))?,
            mask,
        })
    }
}

impl Bert {
    /// The same function composed of stock candle ops, on any device. On the CPU dropout is that of the fused pass; on
    /// others the device draws it, from the seed of the step.
    ///
    /// # Errors
    ///
    /// When candle fails.
    pub fn forward_composed(&self, parameters: &Parameters, batch: &Batch, mode: Mode) -> Result<Tensor> {
        let c = &self.plan.config;
        let device = parameters.flat.device();
        let longest = batch.sequences.iter().map(Range::len).max().unwrap_or(0);
        if longest == 0 {
            return Ok(Tensor::zeros((batch.len(), c.hidden_size), DType::F32, device)?);
        }
        let leaves = parameters.leaves(&self.plan.layout, mode != Mode::Infer)?;
        let padded = Padded::new(batch, longest, c.type_vocab_size, device)?;
        let words = parameters.words.as_ref().context("a BERT encoder has word vectors")?.tensor();
        let pass = Pass { bert: self, leaves: &leaves, batch, padded, mode, words };
        pass.run()
    }
}

/// One forward pass.
struct Pass<'a> {
    bert: &'a Bert,
    leaves: &'a Leaves,
    batch: &'a Batch,
    padded: Padded,
    mode: Mode,
    words: &'a Tensor,
}

impl Pass<'_> {
    fn run(&self) -> Result<Tensor> {
        let plan = &self.bert.plan;
        let c = &plan.config;
        let (b, longest) = self.padded.size;
        let (h, heads) = (c.hidden_size, c.num_attention_heads);
        let d = h / heads;
        if let (Mode::Train { seed }, false) = (self.mode, self.words.device().is_cpu()) {
            self.words.device().set_seed(seed)?;
        }
        let bias = match &plan.distances {
            Some(table) => self.padded.bias.broadcast_add(&self.distances(table)?)?,
            None => self.padded.bias.clone(),
        };
        let rotations = match &plan.rotations {
            Some(rotations) => {
                let (cosines, sines) = rotations.first(longest);
                let on = |t: &[f32]| Tensor::from_slice(t, (longest, d / 2), self.words.device());
                Some((on(cosines)?, on(sines)?))
            }
            None => None,
        };
        let mut x = self.drop(self.norm(&self.embedded()?, &plan.norm)?, 0)?;
        for (l, layer) in plan.layers.iter().enumerate() {
            let site = 1 + l as u64 * SITES;
            let qkv = self.dense(&x, &layer.qkv)?.reshape((b, longest, 3, heads, d))?;
            let head =
                |n: usize| -> Result<Tensor> { Ok(qkv.i((.., .., n))?.transpose(1, 2)?.contiguous()?) };
            let (mut q, mut k, v) = (head(0)?, head(1)?, head(2)?);
            if let Some(rotations) = &rotations {
                (q, k) = (rotated(&q, rotations)?, rotated(&k, rotations)?);
            }
            let scores = (q.matmul(&k.t()?)? * (1.0 / (d as f64).sqrt()))?.broadcast_add(&bias)?;
            let e = scores.broadcast_sub(&scores.max_keepdim(D::Minus1)?.detach())?.exp()?;
            let p = e.broadcast_div(&e.sum_keepdim(D::Minus1)?)?;
            let context = p.matmul(&v)?.transpose(1, 2)?.contiguous()?.reshape((b, longest, h))?;
            let attended = self.drop(self.dense(&context, &layer.attended)?, site)?;
            let middle = self.norm(&(attended + &x)?, &layer.norm1)?;
            let up = self.dense(&middle, &layer.up)?;
            let active = if c.family.gates() {
                let (value, gate) = (
                    up.narrow(2, 0, c.intermediate_size)?,
                    up.narrow(2, c.intermediate_size, c.intermediate_size)?,
                );
                (value * gate.silu()?)?
            } else {
                up.gelu_erf()?
            };
            let down = self.drop(self.dense(&active, &layer.down)?, site + 1)?;
            x = self.norm(&(down + &middle)?, &layer.norm2)?;
        }
        let mask = self.padded.mask.reshape((b, longest, 1))?;
        let sum = x.broadcast_mul(&mask)?.sum(1)?;
        Ok(sum.broadcast_div(&mask.sum(1)?.maximum(1.0)?)?)
    }

    /// Sums of word, segment and position vectors, `[sequences, longest, width]`.
    fn embedded(&self) -> Result<Tensor> {
        let plan = &self.bert.plan;
        let (b, longest) = self.padded.size;
        let mut x = self.words.index_select(&self.padded.ids, 0)?;
        if let (Some(table), Some(kinds)) = (&plan.segments, &self.padded.segments) {
            // A product with one-hot rows, because the gradient of a look-up adds row after row.
            x = (x + kinds.matmul(self.leaves.get(table)?)?)?;
        }
        let x = x.reshape((b, longest, plan.config.hidden_size))?;
        let Some(table) = &plan.positions else { return Ok(x) };
        let first = plan.config.family.first_position();
        Ok(x.broadcast_add(&self.leaves.get(table)?.narrow(0, first, longest)?)?)
    }

    /// The bias of each head for each pair of places, `[1, heads, longest, longest]`.
    fn distances(&self, table: &Range<usize>) -> Result<Tensor> {
        let (_, n) = self.padded.size;
        let mut buckets = vec![0f32; n * n * BUCKETS];
        for (place, of) in buckets.chunks_exact_mut(BUCKETS).enumerate() {
            of[bucket(place / n, place % n)] = 1.0;
        }
        let buckets = Tensor::from_vec(buckets, (n * n, BUCKETS), self.words.device())?;
        let heads = self.bert.plan.config.num_attention_heads;
        Ok(buckets.matmul(self.leaves.get(table)?)?.t()?.contiguous()?.reshape((1, heads, n, n))?)
    }

    fn norm(&self, x: &Tensor, n: &Norm) -> Result<Tensor> {
        let centred = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
        let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
        let y = centred.broadcast_div(&(variance + self.bert.plan.config.layer_norm_eps)?.sqrt()?)?;
        Ok(y.broadcast_mul(self.leaves.get(&n.scale)?)?.broadcast_add(self.leaves.get(&n.shift)?)?)
    }

    fn dense(&self, x: &Tensor, d: &Dense) -> Result<Tensor> {
        let (b, longest, k) = x.dims3()?;
        let weight = self.leaves.get(&d.weight)?;
        let y = x.reshape((b * longest, k))?.matmul(&weight.t()?)?;
        let y = match &d.bias {
            Some(bias) => y.broadcast_add(self.leaves.get(bias)?)?,
            None => y,
        };
        Ok(y.reshape((b, longest, weight.dim(0)?))?)
    }

    fn drop(&self, x: Tensor, site: u64) -> Result<Tensor> {
        let Mode::Train { seed } = self.mode else { return Ok(x) };
        let rate = self.bert.plan.config.hidden_dropout_prob;
        if rate <= 0.0 {
            return Ok(x);
        }
        let device = x.device().clone();
        if !device.is_cpu() {
            let kept = Tensor::rand(0f32, 1f32, x.shape(), &device)?.ge(rate)?.to_dtype(DType::F32)?;
            return Ok(((x * kept)? * f64::from(1.0 / (1.0 - rate)))?);
        }
        let (b, longest, h) = x.dims3()?;
        let mut factors = vec![1.0; b * longest * h];
        for (row, s) in factors.chunks_exact_mut(longest * h).zip(&self.batch.sequences) {
            dropout(&mut row[..s.len() * h], rate, derive(seed, site), s.start * h);
        }
        Ok((x * Tensor::from_vec(factors, (b, longest, h), &device)?)?)
    }
}

/// Queries or keys, `[sequences, heads, longest, of a head]`, rotated by their positions.
fn rotated(x: &Tensor, (cosines, sines): &(Tensor, Tensor)) -> Result<Tensor> {
    let half = cosines.dim(1)?;
    let (a, b) = (x.narrow(3, 0, half)?, x.narrow(3, half, half)?);
    let first = (a.broadcast_mul(cosines)? - b.broadcast_mul(sines)?)?;
    let second = (b.broadcast_mul(cosines)? + a.broadcast_mul(sines)?)?;
    Ok(Tensor::cat(&[first, second], 3)?.contiguous()?)
}
