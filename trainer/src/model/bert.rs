//! BERT-family encoder with mean pooling: the teacher.
//!
//! Hidden dropout acts where BERT has it (after the embeddings and both sublayers); attention probabilities are
//! not dropped.

use super::params::{Gradients, Layout, Parameters, Sink, Words};
use super::{Batch, Encoder, Mode, TokenStates, shards};
use crate::ops::attention::{attention, attention_backward};
use crate::ops::dropout::{derive, dropout};
use crate::ops::gemm::{linear, linear_backward};
use crate::ops::norm::{self, layer_norm, layer_norm_backward};
use crate::ops::round::{round_rows, round_rows_f16};
use crate::ops::{activation, add_assign, held_values, values, vectorized};
use anyhow::{Context, Result, bail, ensure};
use candle_core::{CpuStorage, CustomOp2, D, DType, Device, IndexOp, Shape, Tensor};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

/// Dimensions, read from the `config.json` of a pretrained model.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Config {
    /// Rows of the word embedding.
    pub vocab_size: usize,
    /// Width of the residual stream.
    pub hidden_size: usize,
    /// Number of layers.
    pub num_hidden_layers: usize,
    /// Attention heads per layer.
    pub num_attention_heads: usize,
    /// Width of the feed-forward sublayer.
    pub intermediate_size: usize,
    /// Longest sequence.
    pub max_position_embeddings: usize,
    /// Rows of the segment embedding.
    pub type_vocab_size: usize,
    /// Added to variances.
    pub layer_norm_eps: f64,
    /// Probability of dropping a hidden element in training.
    pub hidden_dropout_prob: f32,
}

impl Config {
    fn validate(&self) -> Result<()> {
        ensure!(
            self.num_attention_heads > 0 && self.hidden_size.is_multiple_of(self.num_attention_heads),
            "hidden_size {} is not a multiple of num_attention_heads {}",
            self.hidden_size,
            self.num_attention_heads
        );
        ensure!((0.0..1.0).contains(&self.hidden_dropout_prob), "hidden_dropout_prob lies outside 0..1");
        Ok(())
    }
}

/// The part of a pretrained encoder that a smaller one starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its layers, counted from 0.
    pub layers: Vec<usize>,
    /// Its word ids, in the order of the smaller vocabulary.
    pub words: Vec<u32>,
}

impl Kept {
    /// The vectors of its words among those of all words, `width` values each.
    fn rows(&self, every: &[f32], width: usize) -> Result<Vec<f32>> {
        let mut rows = Vec::with_capacity(self.words.len() * width);
        for id in &self.words {
            let at = *id as usize * width;
            rows.extend(every.get(at..at + width).with_context(|| format!("there is no word {id}"))?);
        }
        Ok(rows)
    }
}

/// The pretrained name of a parameter whose layer is one of `layers`.
fn original(name: &str, layers: &[usize]) -> Result<String> {
    let Some(rest) = name.strip_prefix("encoder.layer.") else { return Ok(name.to_owned()) };
    let (n, rest) = rest.split_once('.').context("a layer's parameter has a name")?;
    Ok(format!("encoder.layer.{}.{rest}", layers[n.parse::<usize>()?]))
}

struct Norm {
    scale: Range<usize>,
    shift: Range<usize>,
}

struct Dense {
    weight: Range<usize>,
    bias: Range<usize>,
}

struct Layer {
    qkv: Dense,
    attended: Dense,
    norm1: Norm,
    up: Dense,
    down: Dense,
    norm2: Norm,
}

struct Plan {
    config: Config,
    layout: Layout,
    positions: Range<usize>,
    segments: Range<usize>,
    norm: Norm,
    layers: Vec<Layer>,
}

impl Plan {
    fn new(config: Config) -> Self {
        let mut l = Layout::default();
        let (h, i) = (config.hidden_size, config.intermediate_size);
        fn dense(l: &mut Layout, name: &str, m: usize, k: usize) -> Dense {
            Dense {
                weight: l.add(format!("{name}.weight"), &[m, k], true),
                bias: l.add(format!("{name}.bias"), &[m], false),
            }
        }
        fn norm(l: &mut Layout, name: &str, h: usize) -> Norm {
            Norm {
                scale: l.add(format!("{name}.weight"), &[h], false),
                shift: l.add(format!("{name}.bias"), &[h], false),
            }
        }
        let positions =
            l.add("embeddings.position_embeddings.weight", &[config.max_position_embeddings, h], false);
        let segments = l.add("embeddings.token_type_embeddings.weight", &[config.type_vocab_size, h], false);
        let first = norm(&mut l, "embeddings.LayerNorm", h);
        let layers = (0..config.num_hidden_layers)
            .map(|n| Layer {
                qkv: dense(&mut l, &format!("encoder.layer.{n}.attention.self.qkv"), 3 * h, h),
                attended: dense(&mut l, &format!("encoder.layer.{n}.attention.output.dense"), h, h),
                norm1: norm(&mut l, &format!("encoder.layer.{n}.attention.output.LayerNorm"), h),
                up: dense(&mut l, &format!("encoder.layer.{n}.intermediate.dense"), i, h),
                down: dense(&mut l, &format!("encoder.layer.{n}.output.dense"), h, i),
                norm2: norm(&mut l, &format!("encoder.layer.{n}.output.LayerNorm"), h),
            })
            .collect();
        Self { config, layout: l, positions, segments, norm: first, layers }
    }
}

/// Activations of one layer that its backward pass reads.
#[derive(Default)]
struct LayerSaved {
    input: Vec<f32>,
    qkv: Vec<f32>,
    probabilities: Vec<f32>,
    context: Vec<f32>,
    norm1: norm::Saved,
    middle: Vec<f32>,
    up: Vec<f32>,
    gelu: Vec<f32>,
    norm2: norm::Saved,
}

/// Buffers of one thread, kept from step to step.
#[derive(Default)]
struct Workspace {
    norm: norm::Saved,
    layers: Vec<LayerSaved>,
    x: Vec<f32>,
    /// What a residual connection adds, unrounded.
    exact: Vec<f32>,
    sum: Vec<f32>,
    gradient: Vec<f32>,
    dx: Vec<f32>,
    dsum: Vec<f32>,
    dwide: Vec<f32>,
    dqkv: Vec<f32>,
}

/// A BERT encoder; see the [module](self).
pub struct Bert {
    plan: Arc<Plan>,
    threads: usize,
    quantized: bool,
    workspaces: Arc<Mutex<Vec<Workspace>>>,
}

impl Bert {
    /// An encoder of these dimensions whose batches are divided among `threads`.
    ///
    /// # Errors
    ///
    /// When the dimensions contradict each other.
    pub fn new(config: Config, threads: usize) -> Result<Self> {
        config.validate()?;
        Ok(Self {
            plan: Arc::new(Plan::new(config)),
            threads: threads.max(1),
            quantized: false,
            workspaces: Arc::default(),
        })
    }

    /// The same encoder with weights, and what is multiplied by them, rounded as the engine does it; gradients pass
    /// straight through. On the CPU only.
    #[must_use]
    pub fn quantization_aware(self, quantized: bool) -> Self {
        Self { quantized, ..self }
    }

    /// The dimensions.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.plan.config
    }

    /// Reads pretrained weights (`model.safetensors`, names as Hugging Face writes them, with or without `bert.`).
    ///
    /// # Errors
    ///
    /// When the file is missing, or lacks a tensor, or a shape differs.
    pub fn load(&self, file: &Path, train_words: bool, device: &Device) -> Result<Parameters> {
        let all = Kept {
            layers: (0..self.plan.config.num_hidden_layers).collect(),
            words: (0..u32::try_from(self.plan.config.vocab_size)?).collect(),
        };
        self.load_kept(file, &all, self.plan.config.vocab_size, train_words, device)
    }

    /// Reads a part of pretrained weights: this encoder's layers and words are `kept` ones of an encoder of
    /// `vocab_size` words.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load), and when `kept` does not fit the dimensions.
    pub fn load_kept(
        &self,
        file: &Path,
        kept: &Kept,
        vocab_size: usize,
        train_words: bool,
        device: &Device,
    ) -> Result<Parameters> {
        let c = &self.plan.config;
        ensure!(
            kept.layers.len() == c.num_hidden_layers && kept.words.len() == c.vocab_size,
            "{} layers and {} words are kept for an encoder of {} and {}",
            kept.layers.len(),
            kept.words.len(),
            c.num_hidden_layers,
            c.vocab_size
        );
        let mut tensors: HashMap<String, Tensor> = candle_core::safetensors::load(file, &Device::Cpu)
            .with_context(|| format!("cannot read pretrained weights from {}", file.display()))?
            .into_iter()
            .map(|(k, v)| (k.strip_prefix("bert.").map_or(k.clone(), str::to_owned), v))
            .collect();
        let mut take = |name: &str, shape: &[usize]| -> Result<Vec<f32>> {
            let t =
                tensors.remove(name).with_context(|| format!("{} has no tensor {name}", file.display()))?;
            ensure!(t.dims() == shape, "{name} is {:?} in {}, expected {shape:?}", t.dims(), file.display());
            Ok(t.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?)
        };
        let h = self.plan.config.hidden_size;
        let mut flat = Vec::with_capacity(self.plan.layout.len());
        for entry in self.plan.layout.entries() {
            let name = original(&entry.name, &kept.layers)?;
            if let Some((prefix, suffix)) = name.split_once("self.qkv.") {
                for part in ["query", "key", "value"] {
                    let shape: &[usize] = if suffix == "weight" { &[h, h] } else { &[h] };
                    flat.extend(take(&format!("{prefix}self.{part}.{suffix}"), shape)?);
                }
            } else {
                flat.extend(take(&name, &entry.shape)?);
            }
        }
        let every = take("embeddings.word_embeddings.weight", &[vocab_size, h])?;
        let mut rows = kept.rows(&every, h)?;
        if self.quantized && !train_words {
            round_rows_f16(&mut rows, h);
        }
        let words = Tensor::from_vec(rows, (kept.words.len(), h), device)?;
        let words = if train_words {
            Words::Trained(candle_core::Var::from_tensor(&words)?)
        } else {
            Words::Frozen(words)
        };
        Ok(Parameters::new(flat, Some(words), device)?)
    }

    /// Puts a part of a fine-tuned encoder in the place of this one's parameters: its layers and words are `kept` ones
    /// of `whole`, whose trained parameters are `flat` and, where they were trained, `words` (`[vocabulary, width]`).
    ///
    /// # Errors
    ///
    /// When the two encoders do not fit each other.
    pub fn take_kept(
        &self,
        parameters: &mut Parameters,
        whole: &Self,
        kept: &Kept,
        flat: &[f32],
        words: Option<&[f32]>,
    ) -> Result<()> {
        let all = whole.layout();
        ensure!(flat.len() == all.len(), "the encoder has {} parameters, not {}", all.len(), flat.len());
        let mut mine = Vec::with_capacity(self.plan.layout.len());
        for entry in self.plan.layout.entries() {
            let name = original(&entry.name, &kept.layers)?;
            let theirs = all.get(&name).with_context(|| format!("the encoder has no parameter {name}"))?;
            ensure!(theirs.shape == entry.shape, "{name} is {:?}, expected {:?}", theirs.shape, entry.shape);
            mine.extend_from_slice(&flat[theirs.range.clone()]);
        }
        let device = parameters.flat.device().clone();
        parameters.flat.set(&Tensor::from_slice(&mine, mine.len(), &device)?)?;
        let Some(every) = words else { return Ok(()) };
        let h = self.plan.config.hidden_size;
        let mut rows = kept.rows(every, h)?;
        match &mut parameters.words {
            Some(Words::Trained(var)) => var.set(&Tensor::from_vec(rows, (kept.words.len(), h), &device)?)?,
            frozen => {
                if self.quantized {
                    round_rows_f16(&mut rows, h);
                }
                *frozen = Some(Words::Frozen(Tensor::from_vec(rows, (kept.words.len(), h), &device)?));
            }
        }
        Ok(())
    }

    /// The same function composed of stock candle ops, on any device, with the same elements dropped.
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
        let part = |r: &Range<usize>, shape: &[usize]| -> Result<Tensor> {
            Ok(parameters.flat.narrow(0, r.start, r.len())?.reshape(shape)?)
        };
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
            let mut factors = vec![1.0; b * longest * h];
            for (row, s) in factors.chunks_exact_mut(longest * h).zip(&batch.sequences) {
                dropout(&mut row[..s.len() * h], c.hidden_dropout_prob, derive(seed, site), s.start * h);
            }
            Ok((x * Tensor::from_vec(factors, (b, longest, h), device)?)?)
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

impl Encoder for Bert {
    fn width(&self) -> usize {
        self.plan.config.hidden_size
    }

    fn layout(&self) -> &Layout {
        &self.plan.layout
    }

    fn forward(&self, parameters: &Parameters, batch: &Batch, mode: Mode) -> Result<Tensor> {
        self.run(parameters, batch, mode, Output::Mean)
    }

    fn forward_tokens(&self, parameters: &Parameters, batch: &Batch, mode: Mode) -> Result<TokenStates> {
        let values = self.run(parameters, batch, mode, Output::Tokens)?;
        Ok(TokenStates { values, sequences: batch.sequences.clone() })
    }
}

impl Bert {
    fn run(&self, parameters: &Parameters, batch: &Batch, mode: Mode, output: Output) -> Result<Tensor> {
        let c = &self.plan.config;
        if let Some(id) = batch.ids.iter().find(|id| **id as usize >= c.vocab_size) {
            bail!("token id {id} lies outside of the vocabulary of {}", c.vocab_size);
        }
        if let Some(s) = batch.sequences.iter().find(|s| s.len() > c.max_position_embeddings) {
            bail!("a sequence has {} tokens, the encoder takes {}", s.len(), c.max_position_embeddings);
        }
        if !parameters.flat.device().is_cpu() {
            ensure!(output == Output::Mean, "a mixture of scope `token` is trained on the CPU only");
            ensure!(!self.quantized, "quantization-aware training runs on the CPU only");
            return self.forward_composed(parameters, batch, mode);
        }
        let words = parameters.words.as_ref().context("a BERT encoder has word vectors")?;
        let op = Fused {
            plan: Arc::clone(&self.plan),
            shards: shards(&batch.sequences, self.threads),
            batch: batch.clone(),
            mode,
            output,
            quantized: self.quantized,
            weights: OnceLock::new(),
            train_words: matches!(words, Words::Trained(_)),
            workspaces: Arc::clone(&self.workspaces),
            sink: parameters.sink.clone(),
        };
        Ok(match mode {
            Mode::Train { .. } => parameters.flat.apply_op2(words.tensor(), op)?,
            Mode::Infer => parameters.flat.apply_op2_no_bwd(words.tensor(), &op)?,
        })
    }
}

/// What the encoder gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Output {
    /// The mean over the tokens of each sequence.
    Mean,
    /// The states of all tokens.
    Tokens,
}

/// One step of the encoder: the forward pass fills the workspaces that the backward pass reads.
struct Fused {
    plan: Arc<Plan>,
    batch: Batch,
    shards: Vec<Range<usize>>,
    mode: Mode,
    output: Output,
    quantized: bool,
    /// The parameters with rounded matrices, where training is aware of it.
    weights: OnceLock<Vec<f32>>,
    train_words: bool,
    workspaces: Arc<Mutex<Vec<Workspace>>>,
    sink: Sink,
}

/// Sites of dropout, apart for each layer.
const SITES: u64 = 2;

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
            let mut matrices: Vec<(&Range<usize>, usize)> = tables.into_iter().map(|t| (t, h)).collect();
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

    /// Where the output of a shard lies, in rows.
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
        let (h, wide) = (c.hidden_size, c.intermediate_size);
        #[expect(clippy::cast_possible_truncation, reason = "an epsilon of about 1e-12")]
        let eps = c.layer_norm_eps as f32;
        let (sequences, first) = self.local(shard);
        let tokens = sequences.last().map_or(0, |s| s.end);
        let train = self.mode != Mode::Infer;
        let p = |r: &Range<usize>| &flat[r.clone()];
        ws.sum.resize(tokens * h, 0.0);
        ws.x.resize(tokens * h, 0.0);
        for s in &sequences {
            for (position, t) in s.clone().enumerate() {
                let word = self.batch.ids[first + t] as usize * h;
                let segment = usize::from(self.batch.segments[first + t]) * h;
                let place = &p(&self.plan.positions)[position * h..(position + 1) * h];
                let kind = &p(&self.plan.segments)[segment..segment + h];
                let row = &mut ws.sum[t * h..(t + 1) * h];
                for (j, v) in row.iter_mut().enumerate() {
                    *v = words[word + j] + kind[j] + place[j];
                }
            }
        }
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
            s.up.resize(tokens * wide, 0.0);
            s.gelu.resize(tokens * wide, 0.0);
            ws.x.resize(tokens * h, 0.0);
            ws.exact.clear();
            ws.exact.extend_from_slice(&s.input[..tokens * h]);
            self.round(&mut s.input[..tokens * h], h);
            linear(&mut s.qkv, &s.input, p(&layer.qkv.weight), p(&layer.qkv.bias), tokens, h);
            attention(&mut s.context, &mut s.probabilities, &s.qkv, &sequences, h, c.num_attention_heads);
            self.round(&mut s.context[..tokens * h], h);
            linear(&mut ws.sum, &s.context, p(&layer.attended.weight), p(&layer.attended.bias), tokens, h);
            self.drop(&mut ws.sum[..tokens * h], site, first);
            add_assign(&mut ws.sum[..tokens * h], &ws.exact);
            let n = &layer.norm1;
            layer_norm(&mut s.middle, &mut s.norm1, &ws.sum[..tokens * h], p(&n.scale), p(&n.shift), eps);
            ws.exact.copy_from_slice(&s.middle[..tokens * h]);
            self.round(&mut s.middle[..tokens * h], h);
            linear(&mut s.up, &s.middle, p(&layer.up.weight), p(&layer.up.bias), tokens, h);
            activation::gelu(&mut s.gelu, &s.up);
            self.round(&mut s.gelu[..tokens * wide], wide);
            linear(&mut ws.sum, &s.gelu, p(&layer.down.weight), p(&layer.down.bias), tokens, wide);
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
        let Workspace { norm, layers, gradient, dx, dsum, dwide, dqkv, .. } = ws;
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
            let (a, b) = two(gradient, &layer.down.weight, &layer.down.bias);
            linear_backward(Some(dwide), a, b, dsum, &s.gelu, p(&layer.down.weight), tokens);
            activation::gelu_backward(&mut dwide[..tokens * wide], &s.up);
            let (a, b) = two(gradient, &layer.up.weight, &layer.up.bias);
            linear_backward(Some(dsum), a, b, dwide, &s.middle, p(&layer.up.weight), tokens);
            add_assign(dx, &dsum[..tokens * h]);
            let (a, b) = two(gradient, &layer.norm1.scale, &layer.norm1.shift);
            layer_norm_backward(dx, a, b, &s.norm1, p(&layer.norm1.scale));
            dsum[..tokens * h].copy_from_slice(dx);
            self.drop(&mut dsum[..tokens * h], site, first);
            let (a, b) = two(gradient, &layer.attended.weight, &layer.attended.bias);
            let dcontext = &mut dwide[..tokens * h];
            linear_backward(Some(dcontext), a, b, dsum, &s.context, p(&layer.attended.weight), tokens);
            attention_backward(
                dqkv,
                dcontext,
                &s.probabilities,
                &s.qkv,
                &sequences,
                h,
                c.num_attention_heads,
            );
            let (a, b) = two(gradient, &layer.qkv.weight, &layer.qkv.bias);
            linear_backward(Some(dsum), a, b, dqkv, &s.input, p(&layer.qkv.weight), tokens);
            add_assign(dx, &dsum[..tokens * h]);
        }
        self.drop(dx, 0, first);
        let (a, b) = two(gradient, &self.plan.norm.scale, &self.plan.norm.shift);
        layer_norm_backward(dx, a, b, norm, p(&self.plan.norm.scale));
        for s in &sequences {
            for (position, t) in s.clone().enumerate() {
                let row = &dx[t * h..(t + 1) * h];
                let at = self.plan.positions.start + position * h;
                add_assign(&mut gradient[at..at + h], row);
                let at = self.plan.segments.start + usize::from(self.batch.segments[first + t]) * h;
                add_assign(&mut gradient[at..at + h], row);
            }
        }
    }
}

/// Two parts of one gradient at once; the first lies before the second.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::tests::uniform;
    use candle_core::Var;

    fn tiny(hidden_dropout_prob: f32) -> (Bert, Parameters, Batch) {
        let config = Config {
            vocab_size: 11,
            hidden_size: 12,
            num_hidden_layers: 2,
            num_attention_heads: 3,
            intermediate_size: 20,
            max_position_embeddings: 8,
            type_vocab_size: 2,
            layer_norm_eps: 1e-12,
            hidden_dropout_prob,
        };
        let bert = Bert::new(config, 2).unwrap();
        let flat = uniform(bert.layout().len(), 1);
        let words = Tensor::from_vec(uniform(11 * 12, 2), (11, 12), &Device::Cpu).unwrap();
        let words = Words::Trained(Var::from_tensor(&words).unwrap());
        let parameters = Parameters::new(flat, Some(words), &Device::Cpu).unwrap();
        let mut batch = Batch::default();
        batch.push(&[1, 5, 2], &[0, 0, 1]);
        batch.push(&[10], &[0]);
        batch.push(&[3, 3, 0, 7, 9, 4, 4, 1], &[0, 0, 0, 1, 1, 1, 1, 1]);
        (bert, parameters, batch)
    }

    fn gradients(out: &Tensor, p: &Parameters) -> (Vec<f32>, Vec<f32>) {
        let weights = Tensor::from_vec(uniform(out.elem_count(), 9), out.shape(), &Device::Cpu).unwrap();
        let grads = (out * weights).unwrap().sum_all().unwrap().backward().unwrap();
        let left = p.sink.take();
        if !left.flat.is_empty() {
            return (left.flat, left.words);
        }
        let get = |t: &Tensor| grads.get(t).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        (get(p.flat.as_tensor()), get(p.words.as_ref().unwrap().tensor()))
    }

    fn assert_close(name: &str, a: &[f32], b: &[f32]) {
        assert_eq!(a.len(), b.len());
        let scale = b.iter().fold(1e-3f32, |m, v| m.max(v.abs()));
        for (i, (x, y)) in a.iter().zip(b).enumerate() {
            assert!((x - y).abs() <= 2e-4 * scale, "{name}[{i}]: fused {x}, composed {y}");
        }
    }

    #[test]
    fn fused_pass_equals_the_composed_one_with_all_gradients() {
        for rate in [0.0, 0.3] {
            compare_with_composed(rate);
        }
    }

    fn compare_with_composed(dropout: f32) {
        let (bert, p, batch) = tiny(dropout);
        let composed = bert.forward_composed(&p, &batch, Mode::Train { seed: 1 }).unwrap();
        let fused = bert.forward(&p, &batch, Mode::Train { seed: 1 }).unwrap();
        let values = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_close("pooled", &values(&fused), &values(&composed));
        let inferred = bert.forward(&p, &batch, Mode::Infer).unwrap();
        assert_eq!(values(&fused) == values(&inferred), dropout == 0.0);
        let composed_inferred = bert.forward_composed(&p, &batch, Mode::Infer).unwrap();
        assert_close("inferred", &values(&inferred), &values(&composed_inferred));
        // Inference has used the workspaces, so the differentiable pass is made again.
        let fused = bert.forward(&p, &batch, Mode::Train { seed: 1 }).unwrap();
        let (have, have_words) = gradients(&fused, &p);
        let (want, want_words) = gradients(&composed, &p);
        assert_close("flat", &have, &want);
        assert_close("words", &have_words, &want_words);
    }

    #[test]
    fn mean_of_the_token_states_is_the_pooled_output_with_the_same_gradients() {
        let (bert, p, batch) = tiny(0.0);
        let mode = Mode::Train { seed: 1 };
        let states = bert.forward_tokens(&p, &batch, mode).unwrap();
        assert_eq!(states.values.dims(), [12, 12]);
        let mean =
            |rows: Range<usize>| states.values.narrow(0, rows.start, rows.len()).unwrap().mean(0).unwrap();
        let means: Vec<Tensor> = batch.sequences.iter().map(|s| mean(s.clone())).collect();
        let pooled = Tensor::stack(&means, 0).unwrap();
        let values = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let (have, have_words) = gradients(&pooled, &p);
        let want = bert.forward(&p, &batch, mode).unwrap();
        assert_close("pooled", &values(&pooled), &values(&want));
        let (want, want_words) = gradients(&want, &p);
        assert_close("flat", &have, &want);
        assert_close("words", &have_words, &want_words);
    }

    #[test]
    fn kept_layers_have_their_pretrained_names() {
        let name = |n| original(&format!("encoder.layer.{n}.output.dense.bias"), &[0, 1, 4, 5]).unwrap();
        assert_eq!(name(2), "encoder.layer.4.output.dense.bias");
        assert_eq!(original("embeddings.LayerNorm.bias", &[]).unwrap(), "embeddings.LayerNorm.bias");
    }

    #[test]
    fn rounded_pass_stays_near_the_exact_one_and_its_gradients_too() {
        let (bert, p, batch) = tiny(0.0);
        let exact = bert.forward(&p, &batch, Mode::Train { seed: 1 }).unwrap();
        let values = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let want = gradients(&exact, &p).0;
        let bert = bert.quantization_aware(true);
        let rounded = bert.forward(&p, &batch, Mode::Train { seed: 1 }).unwrap();
        let distance = |a: &[f32], b: &[f32]| {
            let norm = |v: &mut dyn Iterator<Item = f32>| v.map(|x| x * x).sum::<f32>().sqrt();
            norm(&mut a.iter().zip(b).map(|(a, b)| a - b)) / norm(&mut b.iter().copied())
        };
        let off = distance(&values(&rounded), &values(&exact));
        assert!(off > 1e-5 && off < 0.05, "{off}");
        let off = distance(&gradients(&rounded, &p).0, &want);
        assert!(off > 1e-5 && off < 0.15, "{off}");
    }

    #[test]
    fn dropout_gives_a_gradient_of_the_same_mask() {
        let (mut bert, p, batch) = tiny(0.0);
        Arc::get_mut(&mut bert.plan).unwrap().config.hidden_dropout_prob = 0.3;
        let mode = Mode::Train { seed: 4 };
        let out = bert.forward(&p, &batch, mode).unwrap();
        let (gradient, _) = gradients(&out, &p);
        let weights = uniform(out.elem_count(), 9);
        let loss = |flat: Vec<f32>| {
            let q = Parameters::new(flat, p.words.clone(), &Device::Cpu).unwrap();
            let out =
                bert.forward(&q, &batch, mode).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
            crate::ops::tests::weighted(&out, &weights)
        };
        let base = p.values().unwrap();
        // A few parameters of each part; finite differences over all would take minutes.
        for entry in bert.layout().entries() {
            let i = entry.range.start + entry.range.len() / 3;
            let shifted = |by: f32| {
                let mut v = base.clone();
                v[i] += by;
                loss(v)
            };
            let numeric = (shifted(2e-3) - shifted(-2e-3)) / 4e-3;
            let error = (numeric - f64::from(gradient[i])).abs();
            assert!(error < 1e-2 * (1.0 + numeric.abs()), "{}: {} but {numeric}", entry.name, gradient[i]);
        }
    }

    #[test]
    fn id_outside_of_the_vocabulary_is_refused() {
        let (bert, p, mut batch) = tiny(0.0);
        batch.push(&[11], &[0]);
        let error = bert.forward(&p, &batch, Mode::Infer).unwrap_err().to_string();
        assert_eq!(error, "token id 11 lies outside of the vocabulary of 11");
    }
}
