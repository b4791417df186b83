//! Causal attention in which several query heads share keys and values, with a window and sinks where a layer has them.

use super::pass::{Geometry, Gradients, Pass, f32};
use super::weights::Layer;
use anyhow::Result;
use candle_core::{D, Tensor};

/// What the backward pass needs. Queries are `[sequences · key heads, query heads of each · longest, of a head]`, keys
/// and values `[sequences · key heads, longest, of a head]`.
pub(super) struct Saved {
    q: Tensor,
    k: Tensor,
    v: Tensor,
    /// Probabilities in f32, `[sequences · key heads, query heads of each · longest, longest]`.
    p: Tensor,
}

impl Pass<'_> {
    /// Query heads that share a key head, and the number of key heads.
    fn groups(&self) -> (usize, usize) {
        let kv = self.config.num_key_value_heads;
        (self.config.num_attention_heads / kv, kv)
    }

    /// `[tokens, key heads · each · of a head]` as padded heads.
    fn split(&self, x: &Tensor, each: usize) -> Result<Tensor> {
        let (g, d, kv) = (&self.geometry, self.config.head_dim, self.config.num_key_value_heads);
        let x = x.reshape((g.sequences, g.longest, kv, each, d))?.permute((0, 2, 3, 1, 4))?.contiguous()?;
        Ok(x.reshape((g.sequences * kv, each * g.longest, d))?)
    }

    /// The reverse of [`split`](Self::split), without the padding.
    fn join(&self, x: &Tensor, each: usize) -> Result<Tensor> {
        let (g, d, kv) = (&self.geometry, self.config.head_dim, self.config.num_key_value_heads);
        let x = x.reshape((g.sequences, kv, each, g.longest, d))?.permute((0, 3, 1, 2, 4))?.contiguous()?;
        g.packed(&x.reshape((g.sequences * g.longest, kv * each * d))?)
    }

    fn rotate(&self, x: &Tensor, heads: usize, backwards: bool) -> Result<Tensor> {
        let (g, d): (&Geometry, usize) = (&self.geometry, self.config.head_dim);
        Ok(g.rotated(&x.reshape((g.tokens, heads, d))?, backwards)?.reshape((g.tokens, heads * d))?)
    }

    fn score_scale(&self) -> f64 {
        1.0 / (self.config.head_dim as f64).sqrt()
    }

    /// The context of each token, `[tokens, query width]`, from normed rows.
    pub(super) fn attention(&self, layer: &Layer, x: &Tensor) -> Result<(Tensor, Saved)> {
        let (g, (each, kv)) = (&self.geometry, self.groups());
        let q = self.rotate(&self.linear(&layer.q, x)?, kv * each, false)?;
        let k = self.rotate(&self.linear(&layer.k, x)?, kv, false)?;
        let v = self.linear(&layer.v, x)?;
        let q = self.split(&g.padded(&q)?, each)?;
        let k = self.split(&g.padded(&k)?, 1)?;
        let v = self.split(&g.padded(&v)?, 1)?;
        let scores = (f32(&q.matmul(&k.t()?)?)? * self.score_scale())?;
        let shape = (g.sequences, kv * each, g.longest, g.longest);
        let scores = scores.reshape(shape)?.broadcast_add(g.mask(layer.window)?)?;
        let largest = scores.max_keepdim(D::Minus1)?;
        let largest = match &layer.sinks {
            Some(sinks) => largest.broadcast_maximum(sinks)?,
            None => largest,
        };
        let e = scores.broadcast_sub(&largest)?.exp()?;
        let mut sum = e.sum_keepdim(D::Minus1)?;
        if let Some(sinks) = &layer.sinks {
            // It takes its share of the probability, and has no value.
            sum = (sum + sinks.broadcast_sub(&largest)?.exp()?)?;
        }
        let p = e.broadcast_div(&sum)?.reshape((g.sequences * kv, each * g.longest, g.longest))?;
        let context = self.join(&self.cast(&p)?.matmul(&v)?, each)?;
        Ok((context, Saved { q, k, v, p }))
    }

    /// The gradient of the normed rows from that of the context.
    pub(super) fn attention_backward(
        &self,
        layer: &Layer,
        x: &Tensor,
        saved: &Saved,
        dcontext: &Tensor,
        gradients: &mut Gradients,
    ) -> Result<Tensor> {
        let (g, (each, kv)) = (&self.geometry, self.groups());
        let Saved { q, k, v, p } = saved;
        let dcontext = self.split(&g.padded_gradient(dcontext)?, each)?;
        let dv = self.cast(p)?.transpose(1, 2)?.matmul(&dcontext)?;
        let dp = f32(&dcontext.matmul(&v.t()?)?)?;
        // The sink has no value, so its own part of the sum is 0.
        let mean = (&dp * p)?.sum_keepdim(D::Minus1)?;
        let ds = (dp.broadcast_sub(&mean)? * p)?;
        let ds = self.cast(&(ds * self.score_scale())?)?;
        let dq = self.rotate(&self.join(&ds.matmul(k)?, each)?, kv * each, true)?;
        let dk = self.rotate(&self.join(&ds.transpose(1, 2)?.matmul(q)?, 1)?, kv, true)?;
        let dv = self.join(&dv, 1)?;
        let dx = self.linear_backward(&layer.q, x, &dq, gradients)?;
        let dx = (dx + self.linear_backward(&layer.k, x, &dk, gradients)?)?;
        Ok((dx + self.linear_backward(&layer.v, x, &dv, gradients)?)?)
    }
}
