//! What the layers of a pass share: a batch on the device, linear layers with adapters, norms.

use super::config::Config;
use super::lora::{Adapter, dropped};
use super::weights::Linear;
use crate::model::Batch;
use anyhow::{Context, Result};
use candle_core::{D, DType, Device, Tensor};
use std::collections::BTreeMap;

/// A batch on the device. Everything but the attention runs on the tokens alone, one after the other; the attention
/// runs on sequences that are padded at their ends, where no token can attend to the padding.
pub(super) struct Geometry {
    /// Tokens of all sequences.
    pub(super) tokens: usize,
    /// Sequences that have tokens.
    pub(super) sequences: usize,
    /// Tokens of the longest one.
    pub(super) longest: usize,
    pub(super) ids: Tensor,
    /// The token at each padded place; the first one where there is none.
    into: Tensor,
    /// 1 where there is a token, `[sequences · longest, 1]`.
    there: Tensor,
    /// The padded place of each token.
    out_of: Tensor,
    /// `[tokens, 1, half a head]`.
    cosines: Tensor,
    sines: Tensor,
    /// What is added to the scores, by window, `[longest, longest]`.
    masks: BTreeMap<Option<usize>, Tensor>,
    /// The share of each token in its sequence's mean, `[all sequences, tokens]`.
    pub(super) shares: Tensor,
}

impl Geometry {
    pub(super) fn new(config: &Config, batch: &Batch, device: &Device) -> Result<Self> {
        let held: Vec<_> = batch.sequences.iter().filter(|s| !s.is_empty()).collect();
        let longest = held.iter().map(|s| s.len()).max().unwrap_or(0);
        let tokens: usize = held.iter().map(|s| s.len()).sum();
        let (mut ids, mut positions) = (Vec::with_capacity(tokens), Vec::with_capacity(tokens));
        let (mut into, mut out_of) = (vec![0u32; held.len() * longest], Vec::with_capacity(tokens));
        let mut there = vec![0f32; held.len() * longest];
        for (r, s) in held.iter().enumerate() {
            for (j, t) in (*s).clone().enumerate() {
                let place = r * longest + j;
                (into[place], there[place]) = (u32::try_from(ids.len())?, 1.0);
                out_of.push(u32::try_from(place)?);
                ids.push(batch.ids[t]);
                positions.push(u32::try_from(j)?);
            }
        }
        let mut shares = vec![0f32; batch.len() * tokens];
        let mut first = 0;
        for (r, s) in batch.sequences.iter().enumerate() {
            shares[r * tokens + first..][..s.len()].fill(1.0 / s.len().max(1) as f32);
            first += s.len();
        }
        let (cosines, sines) = config.rope.tables(longest, config.head_dim);
        let positions = Tensor::from_vec(positions, tokens, device)?;
        let table = |values: Vec<f32>| -> Result<Tensor> {
            let all = Tensor::from_vec(values, (longest, config.head_dim / 2), device)?;
            Ok(all.index_select(&positions, 0)?.reshape((tokens, 1, config.head_dim / 2))?)
        };
        let mut masks = BTreeMap::new();
        for window in &config.windows {
            if !masks.contains_key(window) {
                masks.insert(*window, mask(longest, *window, device)?);
            }
        }
        Ok(Self {
            tokens,
            sequences: held.len(),
            longest,
            cosines: table(cosines)?,
            sines: table(sines)?,
            ids: Tensor::from_vec(ids, tokens, device)?,
            into: Tensor::from_vec(into, held.len() * longest, device)?,
            there: Tensor::from_vec(there, (held.len() * longest, 1), device)?,
            out_of: Tensor::from_vec(out_of, tokens, device)?,
            masks,
            shares: Tensor::from_vec(shares, (batch.len(), tokens), device)?,
        })
    }

    /// Rows of tokens as rows of padded places.
    pub(super) fn padded(&self, x: &Tensor) -> Result<Tensor> {
        Ok(x.index_select(&self.into, 0)?)
    }

    /// The same of gradients: 0 where there is no token.
    pub(super) fn padded_gradient(&self, dy: &Tensor) -> Result<Tensor> {
        Ok(self.padded(dy)?.broadcast_mul(&self.there.to_dtype(dy.dtype())?)?)
    }

    /// Rows of padded places as rows of tokens.
    pub(super) fn packed(&self, x: &Tensor) -> Result<Tensor> {
        Ok(x.index_select(&self.out_of, 0)?)
    }

    /// What is added to the scores of a layer with this window.
    pub(super) fn mask(&self, window: Option<usize>) -> Result<&Tensor> {
        self.masks.get(&window).context("a mask of each window was made")
    }

    /// Queries or keys `[tokens, heads, of a head]`, rotated by their positions; backwards, gradients of rotated ones.
    pub(super) fn rotated(&self, x: &Tensor, backwards: bool) -> Result<Tensor> {
        let half = self.cosines.dim(2)?;
        let cosines = &self.cosines;
        let sines = &if backwards { self.sines.neg()? } else { self.sines.clone() };
        let y = f32(x)?;
        let (a, b) = (y.narrow(2, 0, half)?, y.narrow(2, half, half)?);
        let first = (a.broadcast_mul(cosines)? - b.broadcast_mul(sines)?)?;
        let second = (b.broadcast_mul(cosines)? + a.broadcast_mul(sines)?)?;
        Ok(Tensor::cat(&[first, second], 2)?.to_dtype(x.dtype())?)
    }
}

/// 0 where a query, by row, may attend to a key, else −∞: to itself and those before it, at most a window of them.
fn mask(n: usize, window: Option<usize>, device: &Device) -> Result<Tensor> {
    let window = window.unwrap_or(n);
    let at = |place: usize| {
        let (query, key) = (place / n, place % n);
        if key <= query && query - key < window { 0.0 } else { f32::NEG_INFINITY }
    };
    Ok(Tensor::from_vec((0..n * n).map(at).collect::<Vec<f32>>(), (n, n), device)?)
}

/// Gradients of `A` and `B` of each adapter, in f32.
pub(super) type Gradients = Vec<Option<(Tensor, Tensor)>>;

/// One pass over a batch.
pub(super) struct Pass<'a> {
    pub(super) config: &'a Config,
    pub(super) geometry: Geometry,
    /// The type of products.
    pub(super) dtype: DType,
    pub(super) adapters: Vec<Adapter>,
    /// Rate of the adapters' dropout.
    pub(super) rate: f32,
    /// Factor of the adapters, α / r.
    pub(super) scale: f64,
    /// Seed of dropout; none in inference.
    pub(super) seed: Option<u64>,
}

impl Pass<'_> {
    /// A linear layer with its adapter.
    pub(super) fn linear(&self, layer: &Linear, x: &Tensor) -> Result<Tensor> {
        let mut y = x.matmul(&layer.weight.t()?)?;
        if let Some(n) = layer.adapter {
            let Adapter { a, b } = &self.adapters[n];
            let inner = dropped(x, self.rate, self.seed, n)?.matmul(&a.t()?)?;
            y = (y + inner.matmul(&b.t()?)?)?;
        }
        Ok(match &layer.bias {
            Some(bias) => y.broadcast_add(bias)?,
            None => y,
        })
    }

    /// The gradient of the inputs of [`linear`](Self::linear); those of its adapter are stored.
    pub(super) fn linear_backward(
        &self,
        layer: &Linear,
        x: &Tensor,
        dy: &Tensor,
        gradients: &mut Gradients,
    ) -> Result<Tensor> {
        let dx = dy.matmul(&layer.weight)?;
        let Some(n) = layer.adapter else { return Ok(dx) };
        let Adapter { a, b } = &self.adapters[n];
        let input = dropped(x, self.rate, self.seed, n)?;
        let inner = input.matmul(&a.t()?)?;
        let dinner = dy.matmul(b)?;
        let da = dinner.t()?.matmul(&input)?.to_dtype(DType::F32)?;
        let db = (dy.t()?.matmul(&inner)?.to_dtype(DType::F32)? * self.scale)?;
        gradients[n] = Some((da, db));
        Ok((dx + dropped(&dinner.matmul(a)?, self.rate, self.seed, n)?)?)
    }

    /// RMS norm of rows in f32.
    pub(super) fn norm(&self, x: &Tensor, weight: &Tensor) -> Result<Tensor> {
        Ok(x.broadcast_mul(&self.inverse_root(x)?)?.broadcast_mul(weight)?)
    }

    /// One over the root of each row's mean square.
    fn inverse_root(&self, x: &Tensor) -> Result<Tensor> {
        Ok((x.sqr()?.mean_keepdim(D::Minus1)? + self.config.rms_norm_eps)?.sqrt()?.recip()?)
    }

    /// The gradient of the rows of [`norm`](Self::norm).
    pub(super) fn norm_backward(&self, x: &Tensor, weight: &Tensor, dy: &Tensor) -> Result<Tensor> {
        let r = self.inverse_root(x)?;
        let dy = dy.broadcast_mul(weight)?;
        // With n = x r: dx = r (dy − n · mean(n dy)).
        let n = x.broadcast_mul(&r)?;
        let mean = (&n * &dy)?.mean_keepdim(D::Minus1)?;
        Ok((dy - n.broadcast_mul(&mean)?)?.broadcast_mul(&r)?)
    }

    pub(super) fn cast(&self, x: &Tensor) -> Result<Tensor> {
        Ok(x.to_dtype(self.dtype)?)
    }
}

/// In f32, in which residual sums, norms and probabilities are.
pub(super) fn f32(x: &Tensor) -> Result<Tensor> {
    Ok(x.to_dtype(DType::F32)?)
}
