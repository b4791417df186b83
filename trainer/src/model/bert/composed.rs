//! The encoder composed of stock candle ops: for other devices than the CPU, and as the reference for the fused pass.

use super::Bert;
use super::config::{Dense, Norm, SITES};
use crate::model::params::Parameters;
use crate::model::{Batch, Mode};
use crate::ops::dropout::{begin, derive, factors};
use anyhow::{Context, Result};
use candle_core::{D, DType, IndexOp, Tensor};
use std::ops::Range;

impl Bert {
    /// The same function composed of stock candle ops, on any device, with the same dropout.
    ///
    /// # Errors
    ///
    /// When candle fails.
    pub fn forward_composed(&self, parameters: &Parameters, batch: &Batch, mode: Mode) -> Result<Tensor> {
        let c = &self.plan.config;
        let device = parameters.flat.device();
        let (b, longest) = (batch.len(), batch.sequences.iter().map(Range::len).max().unwrap_or(0));
        if longest == 0 {
            return Ok(Tensor::zeros((b, c.hidden_size), DType::F32, device)?);
        }
        let mut ids = vec![0u32; b * longest];
        let mut kinds = vec![0u32; b * longest];
        let mut mask = vec![0f32; b * longest];
        for (r, s) in batch.sequences.iter().enumerate() {
            for (j, t) in s.clone().enumerate() {
                ids[r * longest + j] = batch.ids[t];
                kinds[r * longest + j] = u32::from(batch.segments[t]);
                mask[r * longest + j] = 1.0;
            }
        }
        if let Mode::Train { seed } = mode {
            begin(seed, device)?;
        }
        let parts = parameters.parts(&self.plan.layout, mode)?;
        let part = |place: &Range<usize>, shape: &[usize]| parts.get(place, shape);
        let (h, i) = (c.hidden_size, c.intermediate_size);
        let words = parameters.words.as_ref().context("a BERT encoder has word vectors")?.tensor();
        let x = words.index_select(&Tensor::new(ids, device)?, 0)?;
        let kinds = part(&self.plan.segments, &[c.type_vocab_size, h])?
            .index_select(&Tensor::new(kinds, device)?, 0)?;
        let positions = part(&self.plan.positions, &[c.max_position_embeddings, h])?.narrow(0, 0, longest)?;
        let x = (x + kinds)?.reshape((b, longest, h))?.broadcast_add(&positions)?;
        let normed = |x: &Tensor, n: &Norm| -> Result<Tensor> {
            let centred = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
            let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
            let y = centred.broadcast_div(&(variance + c.layer_norm_eps)?.sqrt()?)?;
            Ok(y.broadcast_mul(&part(&n.scale, &[h])?)?.broadcast_add(&part(&n.shift, &[h])?)?)
        };
        let dense = |x: &Tensor, d: &Dense, m: usize, k: usize| -> Result<Tensor> {
            Ok(x.reshape((b * longest, k))?
                .matmul(&part(&d.weight, &[m, k])?.t()?)?
                .broadcast_add(&part(&d.bias, &[m])?)?
                .reshape((b, longest, m))?)
        };
        let drop = |x: Tensor, site: u64| -> Result<Tensor> {
            let Mode::Train { seed } = mode else { return Ok(x) };
            if c.hidden_dropout_prob <= 0.0 {
                return Ok(x);
            }
            let seed = derive(seed, site);
            Ok((x * factors(&batch.sequences, (longest, h), c.hidden_dropout_prob, seed, device)?)?)
        };
        let mask = Tensor::from_vec(mask, (b, longest), device)?;
        let bias = ((&mask - 1.0)? * 1e9)?.reshape((b, 1, 1, longest))?;
        let mut x = drop(normed(&x, &self.plan.norm)?, 0)?;
        let d = h / c.num_attention_heads;
        for (l, layer) in self.plan.layers.iter().enumerate() {
            let site = 1 + l as u64 * SITES;
            let qkv = dense(&x, &layer.qkv, 3 * h, h)?.reshape((b, longest, 3, c.num_attention_heads, d))?;
            let head =
                |n: usize| -> Result<Tensor> { Ok(qkv.i((.., .., n))?.transpose(1, 2)?.contiguous()?) };
            let (q, k, v) = (head(0)?, head(1)?, head(2)?);
            let scores = (q.matmul(&k.t()?)? * (1.0 / (d as f64).sqrt()))?.broadcast_add(&bias)?;
            let e = scores.broadcast_sub(&scores.max_keepdim(D::Minus1)?.detach())?.exp()?;
            let p = e.broadcast_div(&e.sum_keepdim(D::Minus1)?)?;
            let context = p.matmul(&v)?.transpose(1, 2)?.contiguous()?.reshape((b, longest, h))?;
            let attended = drop(dense(&context, &layer.attended, h, h)?, site)?;
            let middle = normed(&(attended + &x)?, &layer.norm1)?;
            let up = dense(&middle, &layer.up, i, h)?.gelu_erf()?;
            let down = drop(dense(&up, &layer.down, h, i)?, site + 1)?;
            x = normed(&(down + &middle)?, &layer.norm2)?;
        }
        let mask = mask.reshape((b, longest, 1))?;
        let sum = x.broadcast_mul(&mask)?.sum(1)?;
        Ok(sum.broadcast_div(&mask.sum(1)?.maximum(1.0)?)?)
    }
}
