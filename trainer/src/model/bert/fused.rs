//! The fused pass: whole layers on packed sequences, forward and backward, the batch divided among threads.

use super::config::{Dense, Plan, SITES};
use crate::model::params::{Gradients, Sink};
use crate::model::{Batch, Mode};
use crate::ops::attention::{Distances, attention, attention_backward};
use crate::ops::dropout::{derive, dropout};
use crate::ops::gemm::{linear, linear_backward};
use crate::ops::norm::{self, layer_norm, layer_norm_backward};
use crate::ops::round::{round_rows, round_rows_f16};
use crate::ops::{activation, add_assign, held_values, values, vectorized};
use candle_core::{CpuStorage, CustomOp2, Shape, Tensor};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock};

/// Activations of one layer for its backward pass.
#[derive(Default)]
pub(super) struct LayerSaved {
    pub(super) input: Vec<f32>,
    pub(super) qkv: Vec<f32>,
    pub(super) probabilities: Vec<f32>,
    pub(super) context: Vec<f32>,
    pub(super) norm1: norm::Saved,
    pub(super) middle: Vec<f32>,
    pub(super) up: Vec<f32>,
    /// After the activation.
    pub(super) active: Vec<f32>,
    pub(super) norm2: norm::Saved,
}

/// Buffers of one thread, reused in every step.
#[derive(Default)]
pub(super) struct Workspace {
    pub(super) norm: norm::Saved,
    pub(super) layers: Vec<LayerSaved>,
    pub(super) x: Vec<f32>,
    /// The unrounded input of a residual connection.
    pub(super) exact: Vec<f32>,
    pub(super) sum: Vec<f32>,
    pub(super) gradient: Vec<f32>,
    pub(super) dx: Vec<f32>,
    pub(super) dsum: Vec<f32>,
    pub(super) dwide: Vec<f32>,
    /// Gradient of a gated sublayer's first matrix.
    pub(super) dgated: Vec<f32>,
    pub(super) dcontext: Vec<f32>,
    pub(super) dqkv: Vec<f32>,
}

/// The kind of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// The mean over the tokens of each sequence.
    Mean,
    /// The states of all tokens.
    Tokens,
}

/// One step of the encoder: the forward pass fills the workspaces that the backward pass reads.
pub(super) struct Fused {
    pub(super) plan: Arc<Plan>,
    pub(super) batch: Batch,
    pub(super) shards: Vec<Range<usize>>,
    pub(super) mode: Mode,
    pub(super) output: Output,
    pub(super) quantized: bool,
    /// The parameters with rounded matrices, in quantization-aware training.
    pub(super) weights: OnceLock<Vec<f32>>,
    pub(super) train_words: bool,
    pub(super) workspaces: Arc<Mutex<Vec<Workspace>>>,
    pub(super) sink: Sink,
}

impl Fused {
    fn drop(&self, x: &mut [f32], site: u64, first_token: usize) {
        if let Mode::Train { seed } = self.mode {
            let c = &self.plan.config;
            dropout(x, c.hidden_dropout_prob, derive(seed, site), first_token * c.hidden_size);
        }
    }

    /// The parameters as the products see them.
    fn seen<'a>(&'a self, flat: &'a [f32]) -> &'a [f32] {
        if !self.quantized {
            return flat;
        }
        self.weights.get_or_init(|| {
            let mut rounded = flat.to_vec();
            let tables = [&self.plan.positions, &self.plan.segments];
            let (h, wide) = (self.plan.config.hidden_size, self.plan.config.intermediate_size);
            let mut matrices: Vec<(&Range<usize>, usize)> =
                tables.into_iter().flatten().map(|t| (t, h)).collect();
            for l in &self.plan.layers {
                matrices.extend([(&l.qkv.weight, h), (&l.attended.weight, h), (&l.up.weight, h)]);
                matrices.push((&l.down.weight, wide));
            }
            for (range, k) in matrices {
                let of = &mut rounded[range.clone()];
                of.par_chunks_mut(64 * k).for_each(|rows| round_rows_f16(rows, k));
            }
            rounded
        })
    }

    /// Rounds rows of `k` activations as the engine does before a product.
    fn round(&self, x: &mut [f32], k: usize) {
        if self.quantized {
            round_rows(x, k);
        }
    }

    /// The parameters that are added to the word vector of token `t` of the batch: those of its segment and of its
    /// position.
    fn tables(&self, t: usize, position: usize) -> [Option<Range<usize>>; 2] {
        let c = &self.plan.config;
        let row = |table: &Range<usize>, row: usize| {
            let start = table.start + row * c.hidden_size;
            start..start + c.hidden_size
        };
        let segment = usize::from(self.batch.segments[t]);
        [
            self.plan.segments.as_ref().map(|table| row(table, segment)),
            self.plan.positions.as_ref().map(|table| row(table, position + c.family.first_position())),
        ]
    }

    /// The rows of a shard's output.
    fn rows(&self, shard: &Range<usize>) -> Range<usize> {
        match self.output {
            Output::Mean => shard.clone(),
            Output::Tokens => {
                let of = &self.batch.sequences[shard.clone()];
                of.first().map_or(0, |s| s.start)..of.last().map_or(0, |s| s.end)
            }
        }
    }

    /// Sequences of a shard, counted from its first token, and that token.
    fn local(&self, shard: &Range<usize>) -> (Vec<Range<usize>>, usize) {
        let first = self.batch.sequences[shard.start].start;
        (self.batch.sequences[shard.clone()].iter().map(|s| s.start - first..s.end - first).collect(), first)
    }

    fn forward_shard(
        &self,
        ws: &mut Workspace,
        shard: &Range<usize>,
        flat: &[f32],
        words: &[f32],
        out: &mut [f32],
    ) {
        let c = &self.plan.config;
        let (h, wide, up) = (c.hidden_size, c.intermediate_size, c.up());
        #[expect(clippy::cast_possible_truncation, reason = "an epsilon of about 1e-12")]
        let eps = c.layer_norm_eps as f32;
        let (sequences, first) = self.local(shard);
        let tokens = sequences.last().map_or(0, |s| s.end);
        let train = self.mode != Mode::Infer;
        let p = |r: &Range<usize>| &flat[r.clone()];
        let linear_of = |y: &mut [f32], x: &[f32], d: &Dense, k: usize| {
            linear(y, x, p(&d.weight), d.bias.as_ref().map(p), tokens, k);
        };
        ws.sum.resize(tokens * h, 0.0);
        ws.x.resize(tokens * h, 0.0);
        for s in &sequences {
            for (position, t) in s.clone().enumerate() {
                let word = self.batch.ids[first + t] as usize * h;
                let row = &mut ws.sum[t * h..(t + 1) * h];
                row.copy_from_slice(&words[word..word + h]);
                for table in self.tables(first + t, position).into_iter().flatten() {
                    add_assign(row, p(&table));
                }
            }
        }
        let distances = self.plan.distances.as_ref().map(|table| {
            let longest = sequences.iter().map(Range::len).max().unwrap_or(0);
            Distances::new(p(table), longest, c.num_attention_heads)
        });
        let n = &self.plan.norm;
        layer_norm(&mut ws.x, &mut ws.norm, &ws.sum[..tokens * h], p(&n.scale), p(&n.shift), eps);
        self.drop(&mut ws.x[..tokens * h], 0, first);
        ws.layers.resize_with(if train { self.plan.layers.len() } else { 1 }, LayerSaved::default);
        for (l, layer) in self.plan.layers.iter().enumerate() {
            let site = 1 + l as u64 * SITES;
            let s = &mut ws.layers[if train { l } else { 0 }];
            std::mem::swap(&mut s.input, &mut ws.x);
            s.input.truncate(tokens * h);
            s.qkv.resize(tokens * 3 * h, 0.0);
            s.context.resize(tokens * h, 0.0);
            s.middle.resize(tokens * h, 0.0);
            s.up.resize(tokens * up, 0.0);
            s.active.resize(tokens * wide, 0.0);
            ws.x.resize(tokens * h, 0.0);
            ws.exact.clear();
            ws.exact.extend_from_slice(&s.input[..tokens * h]);
            self.round(&mut s.input[..tokens * h], h);
            linear_of(&mut s.qkv, &s.input, &layer.qkv, h);
            if let Some(rotations) = &self.plan.rotations {
                rotations.rotate(&mut s.qkv, &sequences, h);
            }
            attention(
                &mut s.context,
                &mut s.probabilities,
                &s.qkv,
                &sequences,
                h,
                c.num_attention_heads,
                distances.as_ref(),
            );
            self.round(&mut s.context[..tokens * h], h);
            linear_of(&mut ws.sum, &s.context, &layer.attended, h);
            self.drop(&mut ws.sum[..tokens * h], site, first);
            add_assign(&mut ws.sum[..tokens * h], &ws.exact);
            let n = &layer.norm1;
            layer_norm(&mut s.middle, &mut s.norm1, &ws.sum[..tokens * h], p(&n.scale), p(&n.shift), eps);
            ws.exact.copy_from_slice(&s.middle[..tokens * h]);
            self.round(&mut s.middle[..tokens * h], h);
            linear_of(&mut s.up, &s.middle, &layer.up, h);
            if c.family.gates() {
                activation::swiglu(&mut s.active[..tokens * wide], &s.up, wide);
            } else {
                activation::gelu(&mut s.active, &s.up);
            }
            self.round(&mut s.active[..tokens * wide], wide);
            linear_of(&mut ws.sum, &s.active, &layer.down, wide);
            self.drop(&mut ws.sum[..tokens * h], site + 1, first);
            add_assign(&mut ws.sum[..tokens * h], &ws.exact);
            let n = &layer.norm2;
            layer_norm(&mut ws.x, &mut s.norm2, &ws.sum[..tokens * h], p(&n.scale), p(&n.shift), eps);
        }
        if self.output == Output::Tokens {
            out.copy_from_slice(&ws.x[..tokens * h]);
            return;
        }
        vectorized(
            #[inline(always)]
            || {
                for (s, pooled) in sequences.iter().zip(out.chunks_exact_mut(h)) {
                    pooled.fill(0.0);
                    for t in s.clone() {
                        for (v, x) in pooled.iter_mut().zip(&ws.x[t * h..(t + 1) * h]) {
                            *v += x;
                        }
                    }
                    let scale = 1.0 / s.len().max(1) as f32;
                    pooled.iter_mut().for_each(|v| *v *= scale);
                }
            },
        );
    }

    fn backward_shard(&self, ws: &mut Workspace, shard: &Range<usize>, flat: &[f32], dout: &[f32]) {
        let c = &self.plan.config;
        let (h, wide) = (c.hidden_size, c.intermediate_size);
        let (sequences, first) = self.local(shard);
        let tokens = sequences.last().map_or(0, |s| s.end);
        let p = |r: &Range<usize>| &flat[r.clone()];
        let Workspace { norm, layers, gradient, dx, dsum, dwide, dgated, dcontext, dqkv, .. } = ws;
        let mut ddistances = self.plan.distances.as_ref().map(|_| {
            let longest = sequences.iter().map(Range::len).max().unwrap_or(0);
            Distances::zeros(longest, c.num_attention_heads)
        });
        let backward = |gradient: &mut [f32], d: &Dense, dx: &mut [f32], dy: &[f32], x: &[f32], k: usize| {
            let (dw, db) = match &d.bias {
                Some(bias) => {
                    let (dw, db) = two(gradient, &d.weight, bias);
                    (dw, Some(db))
                }
                None => (&mut gradient[d.weight.clone()], None),
            };
            linear_backward(Some(dx), dw, db, dy, x, p(&d.weight), tokens, k);
        };
        gradient.clear();
        gradient.resize(self.plan.layout.len(), 0.0);
        dx.resize(tokens * h, 0.0);
        dx.truncate(tokens * h);
        dsum.resize(tokens * h, 0.0);
        dwide.resize(tokens * wide, 0.0);
        dqkv.resize(tokens * 3 * h, 0.0);
        match self.output {
            Output::Tokens => dx.copy_from_slice(dout),
            Output::Mean => {
                for (s, d) in sequences.iter().zip(dout.chunks_exact(h)) {
                    let scale = 1.0 / s.len().max(1) as f32;
                    for t in s.clone() {
                        for (v, d) in dx[t * h..(t + 1) * h].iter_mut().zip(d) {
                            *v = d * scale;
                        }
                    }
                }
            }
        }
        for (l, layer) in self.plan.layers.iter().enumerate().rev() {
            let site = 1 + l as u64 * SITES;
            let s = &layers[l];
            let (a, b) = two(gradient, &layer.norm2.scale, &layer.norm2.shift);
            layer_norm_backward(dx, a, b, &s.norm2, p(&layer.norm2.scale));
            // dx is now the gradient of the sum: of the residual as it is, of the sublayer after its dropout.
            dsum[..tokens * h].copy_from_slice(dx);
            self.drop(&mut dsum[..tokens * h], site + 1, first);
            backward(gradient, &layer.down, dwide, dsum, &s.active, wide);
            let dup = if c.family.gates() {
                dgated.resize(tokens * 2 * wide, 0.0);
                activation::swiglu_backward(&mut dgated[..tokens * 2 * wide], dwide, &s.up, wide);
                &dgated[..]
            } else {
                activation::gelu_backward(&mut dwide[..tokens * wide], &s.up);
                &dwide[..]
            };
            backward(gradient, &layer.up, dsum, dup, &s.middle, h);
            add_assign(dx, &dsum[..tokens * h]);
            let (a, b) = two(gradient, &layer.norm1.scale, &layer.norm1.shift);
            layer_norm_backward(dx, a, b, &s.norm1, p(&layer.norm1.scale));
            dsum[..tokens * h].copy_from_slice(dx);
            self.drop(&mut dsum[..tokens * h], site, first);
            dcontext.resize(tokens * h, 0.0);
            backward(gradient, &layer.attended, dcontext, dsum, &s.context, h);
            attention_backward(
                dqkv,
                dcontext,
                &s.probabilities,
                &s.qkv,
                &sequences,
                h,
                c.num_attention_heads,
                ddistances.as_mut(),
            );
            if let Some(rotations) = &self.plan.rotations {
                rotations.rotate_backward(dqkv, &sequences, h);
            }
            backward(gradient, &layer.qkv, dsum, dqkv, &s.input, h);
            add_assign(dx, &dsum[..tokens * h]);
        }
        self.drop(dx, 0, first);
        let (a, b) = two(gradient, &self.plan.norm.scale, &self.plan.norm.shift);
        layer_norm_backward(dx, a, b, norm, p(&self.plan.norm.scale));
        for s in &sequences {
            for (position, t) in s.clone().enumerate() {
                for table in self.tables(first + t, position).into_iter().flatten() {
                    add_assign(&mut gradient[table], &dx[t * h..(t + 1) * h]);
                }
            }
        }
        if let (Some(table), Some(of)) = (&self.plan.distances, &ddistances) {
            of.add_to(&mut gradient[table.clone()], c.num_attention_heads);
        }
    }
}

/// Two parts of one gradient at once; the first precedes the second.
fn two<'a>(flat: &'a mut [f32], a: &Range<usize>, b: &Range<usize>) -> (&'a mut [f32], &'a mut [f32]) {
    let (left, right) = flat.split_at_mut(b.start);
    (&mut left[a.clone()], &mut right[..b.len()])
}

impl CustomOp2 for Fused {
    fn name(&self) -> &'static str {
        "bert"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &candle_core::Layout,
        s2: &CpuStorage,
        l2: &candle_core::Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let (flat, words) = (values("bert", s1, l1)?, values("bert", s2, l2)?);
        let h = self.plan.config.hidden_size;
        let rows = match self.output {
            Output::Mean => self.batch.len(),
            Output::Tokens => self.batch.ids.len(),
        };
        let mut out = vec![0.0; rows * h];
        let mut guard = self.workspaces.lock().expect("a step that panicked ends the run");
        let buffers = self.shards.len().max(guard.len());
        guard.resize_with(buffers, Workspace::default);
        let mut rest = &mut out[..];
        let jobs: Vec<_> = self
            .shards
            .iter()
            .zip(guard.iter_mut())
            .map(|(shard, ws)| {
                let (out, tail) = std::mem::take(&mut rest).split_at_mut(self.rows(shard).len() * h);
                rest = tail;
                (shard, ws, out)
            })
            .collect();
        let flat = self.seen(flat);
        jobs.into_par_iter().for_each(|(shard, ws, out)| self.forward_shard(ws, shard, flat, words, out));
        Ok((CpuStorage::F32(out), Shape::from((rows, h))))
    }

    fn bwd(
        &self,
        flat: &Tensor,
        words: &Tensor,
        _res: &Tensor,
        grad: &Tensor,
    ) -> candle_core::Result<(Option<Tensor>, Option<Tensor>)> {
        let h = self.plan.config.hidden_size;
        let dout = grad.flatten_all()?.to_vec1::<f32>()?;
        let (storage, layout) = flat.storage_and_layout();
        let flat_values = self.seen(held_values("bert", &storage, layout)?);
        let mut guard = self.workspaces.lock().expect("a step that panicked ends the run");
        if guard.len() < self.shards.len() {
            candle_core::bail!("bert: the workspaces of this step are gone")
        }
        self.shards.par_iter().zip(guard.par_iter_mut()).for_each(|(shard, ws)| {
            let rows = self.rows(shard);
            self.backward_shard(ws, shard, flat_values, &dout[rows.start * h..rows.end * h]);
        });
        let dwords = if self.train_words {
            let mut dense = vec![0.0; words.elem_count()];
            for (shard, ws) in self.shards.iter().zip(guard.iter()) {
                let (_, first) = self.local(shard);
                for (t, row) in ws.dx.chunks_exact(h).enumerate() {
                    let at = self.batch.ids[first + t] as usize * h;
                    add_assign(&mut dense[at..at + h], row);
                }
            }
            dense
        } else {
            Vec::new()
        };
        let (whole, parts) = guard.split_first_mut().expect("a batch has at least one shard");
        for part in &parts[..self.shards.len() - 1] {
            const CHUNK: usize = 1 << 16;
            whole
                .gradient
                .par_chunks_mut(CHUNK)
                .zip(part.gradient.par_chunks(CHUNK))
                .for_each(|(a, b)| add_assign(a, b));
        }
        self.sink.put(Gradients { flat: std::mem::take(&mut whole.gradient), words: dwords });
        Ok((None, None))
    }
}
