//! E-LSTM: embedding, bidirectional LSTM, maximum over the tokens (Latif et al. 2024).

use super::params::{Layout, Parameters};
use super::{Batch, Encoder, Mode};
use crate::ops::dropout::{derive, dropout};
use crate::ops::lstm::{Gradients, Saved, State, Weights, bilstm, bilstm_backward};
use crate::ops::round::round_rows;
use crate::ops::{values, vectorized};
use crate::random;
use anyhow::{Result, bail, ensure};
use candle_core::{CpuStorage, CustomOp1, D, Device, Shape, Tensor};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::{Arc, Mutex};

/// Dimensions and training-time behaviour.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Config {
    /// Rows of the embedding.
    pub vocab: usize,
    /// Width of the embedding.
    pub embedding: usize,
    /// Width of the state of one direction.
    pub hidden: usize,
    /// Probability of dropping an embedding element in training.
    pub dropout: f32,
    /// Whether gates, cell and state have the engine's steps and ranges (gradients pass straight through).
    pub fixed_point: bool,
    /// Whether the forward pass uses weights rounded as in the file (gradients pass straight through).
    pub quantized_weights: bool,
}

#[derive(Clone)]
struct Plan {
    config: Config,
    layout: Layout,
    embedding: Range<usize>,
    input: Range<usize>,
    recurrent: Range<usize>,
    bias: Range<usize>,
}

/// An E-LSTM encoder; see the [module](self).
pub struct ELstm {
    plan: Arc<Plan>,
    workspace: Arc<Mutex<Workspace>>,
}

#[derive(Default)]
struct Workspace {
    weights: Vec<f32>,
    x: Vec<f32>,
    states: Vec<f32>,
    best: Vec<u32>,
    lstm: Saved,
    dx: Vec<f32>,
    dstates: Vec<f32>,
}

impl ELstm {
    /// An encoder of these dimensions.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let (v, d, h) = (config.vocab, config.embedding, config.hidden);
        let mut layout = Layout::default();
        let embedding = layout.add("embedding", &[v, d], false);
        let input = layout.add("input", &[2, 4 * h, d], true);
        let recurrent = layout.add("recurrent", &[2, 4 * h, h], true);
        let bias = layout.add("bias", &[2, 4 * h], false);
        Self {
            plan: Arc::new(Plan { config, layout, embedding, input, recurrent, bias }),
            workspace: Arc::default(),
        }
    }

    /// The dimensions.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.plan.config
    }

    /// Random initialization: embedding N(0, 0.1²), Glorot-uniform input, uniform ±1/√H recurrent, forget bias 1.
    #[must_use]
    pub fn init(&self, seed: u64) -> Vec<f32> {
        let c = &self.plan.config;
        let (d, h) = (c.embedding, c.hidden);
        let mut flat = vec![0.0; self.plan.layout.len()];
        let mut rng = random::generator(seed);
        random::normal(&mut flat[self.plan.embedding.clone()], 0.1, &mut rng);
        random::uniform(&mut flat[self.plan.input.clone()], (6.0 / (d + 4 * h) as f32).sqrt(), &mut rng);
        random::uniform(&mut flat[self.plan.recurrent.clone()], (1.0 / h as f32).sqrt(), &mut rng);
        for dir in 0..2 {
            flat[self.plan.bias.clone()][dir * 4 * h + h..dir * 4 * h + 2 * h].fill(1.0);
        }
        flat
    }

    fn state(&self) -> State {
        if self.plan.config.fixed_point { State::Fixed } else { State::Float }
    }

    /// The same function composed of stock candle ops, on any device, with the same dropout, but without rounding.
    ///
    /// # Errors
    ///
    /// When candle fails.
    pub fn forward_composed(&self, parameters: &Parameters, batch: &Batch, mode: Mode) -> Result<Tensor> {
        let (c, device) = (&self.plan.config, parameters.flat.device());
        let (d, h) = (c.embedding, c.hidden);
        let part = |r: &Range<usize>, shape: &[usize]| -> Result<Tensor> {
            Ok(parameters.flat.narrow(0, r.start, r.len())?.reshape(shape)?)
        };
        let embedding = part(&self.plan.embedding, &[c.vocab, d])?;
        let input = part(&self.plan.input, &[8 * h, d])?;
        let recurrent = part(&self.plan.recurrent, &[2, 4 * h, h])?;
        let bias = part(&self.plan.bias, &[8 * h])?;
        let logistic = |x: Tensor| -> candle_core::Result<Tensor> { (x.neg()?.exp()? + 1.0)?.recip() };
        let mut rows = Vec::with_capacity(batch.len());
        for s in &batch.sequences {
            if s.is_empty() {
                rows.push(Tensor::zeros(2 * h, embedding.dtype(), device)?);
                continue;
            }
            let ids = Tensor::new(&batch.ids[s.clone()], device)?;
            let mut x = embedding.index_select(&ids, 0)?;
            if let Mode::Train { seed } = mode {
                let mut factors = vec![1.0; s.len() * d];
                dropout(&mut factors, c.dropout, derive(seed, 0), s.start * d);
                x = (x * Tensor::from_vec(factors, (s.len(), d), device)?)?;
            }
            let gates = x.matmul(&input.t()?)?.broadcast_add(&bias)?;
            let mut pooled = Vec::new();
            for dir in 0..2 {
                let matrix = recurrent.get(dir)?.t()?;
                let mut state = Tensor::zeros((1, h), embedding.dtype(), device)?;
                let mut cell = state.clone();
                let mut states = Vec::with_capacity(s.len());
                for step in 0..s.len() {
                    let t = if dir == 0 { step } else { s.len() - 1 - step };
                    let g =
                        (gates.narrow(0, t, 1)?.narrow(1, dir * 4 * h, 4 * h)? + state.matmul(&matrix)?)?;
                    let gate = |n: usize| g.narrow(1, n * h, h);
                    cell = ((logistic(gate(1)?)? * cell)? + (logistic(gate(0)?)? * gate(2)?.tanh()?)?)?;
                    state = (logistic(gate(3)?)? * cell.tanh()?)?;
                    states.push(state.clone());
                }
                pooled.push(Tensor::cat(&states, 0)?.max(0)?);
            }
            rows.push(Tensor::cat(&pooled, D::Minus1)?);
        }
        Ok(Tensor::stack(&rows, 0)?)
    }
}

impl Encoder for ELstm {
    fn width(&self) -> usize {
        2 * self.plan.config.hidden
    }

    fn layout(&self) -> &Layout {
        &self.plan.layout
    }

    fn forward(&self, parameters: &Parameters, batch: &Batch, mode: Mode) -> Result<Tensor> {
        let vocab = self.plan.config.vocab;
        if let Some(id) = batch.ids.iter().find(|id| **id as usize >= vocab) {
            bail!("token id {id} is outside the vocabulary of {vocab}");
        }
        if !parameters.flat.device().is_cpu() {
            let rounded = self.plan.config.quantized_weights || self.plan.config.fixed_point;
            ensure!(!rounded || mode == Mode::Infer, "quantization-aware training runs on the CPU only");
            return self.forward_composed(parameters, batch, mode);
        }
        let op = Fused {
            plan: Arc::clone(&self.plan),
            state: self.state(),
            batch: batch.clone(),
            mode,
            workspace: Arc::clone(&self.workspace),
        };
        Ok(match mode {
            Mode::Train { .. } => parameters.flat.apply_op1(op)?,
            Mode::Infer => parameters.flat.apply_op1_no_bwd(&op)?,
        })
    }
}

struct Fused {
    plan: Arc<Plan>,
    state: State,
    batch: Batch,
    mode: Mode,
    workspace: Arc<Mutex<Workspace>>,
}

impl Fused {
    fn drop(&self, x: &mut [f32]) {
        if let Mode::Train { seed } = self.mode {
            dropout(x, self.plan.config.dropout, derive(seed, 0), 0);
        }
    }

    fn weights<'a>(&self, flat: &'a [f32]) -> Weights<'a> {
        Weights {
            input: &flat[self.plan.input.clone()],
            recurrent: &flat[self.plan.recurrent.clone()],
            bias: &flat[self.plan.bias.clone()],
            hidden: self.plan.config.hidden,
            state: self.state,
        }
    }
}

impl CustomOp1 for Fused {
    fn name(&self) -> &'static str {
        "e-lstm"
    }

    fn cpu_fwd(
        &self,
        storage: &CpuStorage,
        layout: &candle_core::Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let flat = values("e-lstm", storage, layout)?;
        let (d, h) = (self.plan.config.embedding, self.plan.config.hidden);
        let tokens = self.batch.ids.len();
        let mut guard = self.workspace.lock().expect("a step that panicked ends the run");
        let ws = &mut *guard;
        ws.weights.clear();
        ws.weights.extend_from_slice(flat);
        if self.plan.config.quantized_weights {
            round_rows(&mut ws.weights[self.plan.embedding.clone()], d);
            round_rows(&mut ws.weights[self.plan.input.clone()], d);
            round_rows(&mut ws.weights[self.plan.recurrent.clone()], h);
        }
        ws.x.resize(tokens * d, 0.0);
        let embedding = &ws.weights[self.plan.embedding.clone()];
        for (row, id) in ws.x.chunks_exact_mut(d).zip(&self.batch.ids) {
            row.copy_from_slice(&embedding[*id as usize * d..(*id as usize + 1) * d]);
        }
        self.drop(&mut ws.x[..tokens * d]);
        ws.states.resize(tokens * 2 * h, 0.0);
        let states = &mut ws.states[..tokens * 2 * h];
        bilstm(states, &mut ws.lstm, &ws.x, self.weights(&ws.weights), &self.batch.sequences);
        let width = 2 * h;
        let mut pooled = vec![0.0; self.batch.len() * width];
        ws.best.clear();
        ws.best.resize(pooled.len(), u32::MAX);
        for ((s, out), best) in self
            .batch
            .sequences
            .iter()
            .zip(pooled.chunks_exact_mut(width))
            .zip(ws.best.chunks_exact_mut(width))
        {
            for t in s.clone() {
                let at = u32::try_from(t).expect("a batch has fewer than 2^32 tokens");
                for j in 0..width {
                    let v = states[t * width + j];
                    if best[j] == u32::MAX || v > out[j] {
                        (out[j], best[j]) = (v, at);
                    }
                }
            }
        }
        Ok((CpuStorage::F32(pooled), Shape::from((self.batch.len(), width))))
    }

    fn bwd(&self, arg: &Tensor, _res: &Tensor, grad: &Tensor) -> candle_core::Result<Option<Tensor>> {
        let (d, h) = (self.plan.config.embedding, self.plan.config.hidden);
        let (tokens, width) = (self.batch.ids.len(), 2 * h);
        let dpooled = grad.flatten_all()?.to_vec1::<f32>()?;
        let mut guard = self.workspace.lock().expect("a step that panicked ends the run");
        let ws = &mut *guard;
        ws.dstates.clear();
        ws.dstates.resize(tokens * width, 0.0);
        for (at, (t, g)) in ws.best.iter().zip(&dpooled).enumerate() {
            if *t != u32::MAX {
                ws.dstates[*t as usize * width + at % width] += g;
            }
        }
        ws.dx.resize(tokens * d, 0.0);
        let mut gradient = vec![0.0; arg.elem_count()];
        // In the layout, embedding, input, recurrent and bias follow one another.
        let (dembedding, rest) = gradient.split_at_mut(self.plan.input.start);
        let (input, rest) = rest.split_at_mut(self.plan.input.len());
        let (recurrent, bias) = rest.split_at_mut(self.plan.recurrent.len());
        bilstm_backward(
            &mut Gradients { x: &mut ws.dx, input, recurrent, bias },
            &mut ws.lstm,
            &ws.dstates,
            &ws.states[..tokens * width],
            &ws.x,
            self.weights(&ws.weights),
            &self.batch.sequences,
        );
        self.drop(&mut ws.dx[..tokens * d]);
        vectorized(
            #[inline(always)]
            || {
                for (row, id) in ws.dx.chunks_exact(d).zip(&self.batch.ids) {
                    let target = &mut dembedding[*id as usize * d..(*id as usize + 1) * d];
                    for (a, b) in target.iter_mut().zip(row) {
                        *a += b;
                    }
                }
            },
        );
        Ok(Some(Tensor::from_vec(gradient, arg.shape(), &Device::Cpu)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(dropout: f32) -> (ELstm, Parameters, Batch) {
        let config = Config {
            vocab: 9,
            embedding: 6,
            hidden: 8,
            dropout,
            fixed_point: false,
            quantized_weights: false,
        };
        let model = ELstm::new(config);
        let flat = model.init(3).iter().map(|v| v * 3.0).collect();
        let parameters = Parameters::new(flat, None, &Device::Cpu).unwrap();
        let mut batch = Batch::default();
        for ids in [&[1u32, 4, 2, 8][..], &[], &[5], &[0, 0, 3, 7, 7, 1]] {
            batch.push(ids, &vec![0; ids.len()]);
        }
        (model, parameters, batch)
    }

    #[test]
    fn fused_pass_equals_the_composed_one_with_its_gradient() {
        for rate in [0.0, 0.4] {
            compare_with_composed(rate);
        }
    }

    fn compare_with_composed(dropout: f32) {
        let (model, p, batch) = example(dropout);
        let mode = Mode::Train { seed: 1 };
        let fused = model.forward(&p, &batch, mode).unwrap();
        let composed = model.forward_composed(&p, &batch, mode).unwrap();
        let gradient = |out: &Tensor| {
            let w =
                Tensor::from_vec(crate::ops::tests::uniform(out.elem_count(), 9), out.shape(), &Device::Cpu);
            let grads = (out * w.unwrap()).unwrap().sum_all().unwrap().backward().unwrap();
            grads.get(p.flat.as_tensor()).unwrap().to_vec1::<f32>().unwrap()
        };
        let values = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        for (a, b) in values(&fused).iter().zip(values(&composed)) {
            assert!((a - b).abs() < 1e-5, "pooled {a} but {b}");
        }
        for (i, (a, b)) in gradient(&fused).iter().zip(gradient(&composed)).enumerate() {
            assert!((a - b).abs() < 1e-4, "gradient {i}: {a} but {b}");
        }
    }

    #[test]
    fn dropout_repeats_for_a_seed_and_differs_between_seeds() {
        let (model, p, batch) = example(0.5);
        let run = |seed| {
            let out = model.forward(&p, &batch, Mode::Train { seed }).unwrap();
            out.flatten_all().unwrap().to_vec1::<f32>().unwrap()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }
}
