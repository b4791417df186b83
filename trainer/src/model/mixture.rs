//! Task-aware mixture of experts between an encoder and its heads (Fang et al. 2026).
//!
//! A gate reads the pooled vector and an embedding of the task, and weights the experts; all experts have one shape.
//! In scope `token` the experts act on every token, and the result is pooled; in scope `pooled` they act on the pooled
//! vector, with a residual connection and one layer norm shared by the blocks.

use crate::model::TokenStates;
use crate::ops::{self, experts};
use crate::random;
use anyhow::{Context, Result, ensure};
use candle_core::{CpuStorage, CustomOp1, CustomOp3, D, Device, Layout, Shape, Tensor, Var};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What the experts act on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Every token.
    Token,
    /// The pooled vector.
    #[default]
    Pooled,
}

/// Dimensions.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What the experts act on.
    pub scope: Scope,
    /// Experts of each block, M.
    pub experts: usize,
    /// Blocks, one after the other.
    pub blocks: usize,
    /// Hidden units of an expert.
    pub hidden: usize,
    /// Hidden units of the gate.
    pub gate: usize,
    /// Length of a task's embedding.
    pub task_embedding: usize,
    /// Number of experts that run for an answer; all of them if absent.
    pub top_k: Option<usize>,
}

impl Default for Config {
    /// The published dimensions, on the pooled vector.
    fn default() -> Self {
        Self {
            scope: Scope::Pooled,
            experts: 4,
            blocks: 2,
            hidden: 512,
            gate: 128,
            task_embedding: 64,
            top_k: None,
        }
    }
}

impl Config {
    /// Checks the dimensions.
    ///
    /// # Errors
    ///
    /// When the engine cannot run one of them.
    pub fn check(&self) -> Result<()> {
        ensure!((2..=8).contains(&self.experts), "mixture.experts is {}, 2 to 8 are possible", self.experts);
        ensure!((1..=4).contains(&self.blocks), "mixture.blocks is {}, 1 to 4 are possible", self.blocks);
        for (name, value) in
            [("hidden", self.hidden), ("gate", self.gate), ("task_embedding", self.task_embedding)]
        {
            ensure!((1..=4096).contains(&value), "mixture.{name} is {value}, 1 to 4096 are possible");
        }
        if let Some(k) = self.top_k {
            ensure!((1..=self.experts).contains(&k), "mixture.top_k is {k} of {} experts", self.experts);
        }
        Ok(())
    }
}

/// Added to variances.
pub const EPSILON: f64 = 1e-5;

/// One block's parameters. The experts follow one another: rows of `up`, columns of `down`.
#[derive(Clone, Debug)]
struct Block {
    gate: Var,
    gate_bias: Var,
    choice: Var,
    choice_bias: Var,
    up: Var,
    up_bias: Var,
    down: Var,
    down_bias: Var,
}

/// A mixture of experts; see the [module](self).
#[derive(Clone, Debug)]
pub struct Mixture {
    config: Config,
    tasks: Var,
    blocks: Vec<Block>,
    norm: Option<(Var, Var)>,
}

/// The outputs of a mixture for a batch.
pub struct Mixed {
    /// One vector per answer.
    pub vectors: Tensor,
    /// For each block the experts' weights, `[answers, experts]`.
    pub weights: Vec<Tensor>,
}

impl Mixture {
    /// A randomly initialized mixture for vectors of `width` and this number of tasks.
    ///
    /// # Errors
    ///
    /// When the dimensions are not possible, or candle cannot place the parameters.
    pub fn new(config: Config, width: usize, tasks: usize, seed: u64, device: &Device) -> Result<Self> {
        config.check()?;
        let mut rng = random::generator(seed);
        let mut matrix = |m: usize, k: usize, fan: usize| -> Result<Var> {
            let mut values = vec![0.0; m * k];
            random::uniform(&mut values, (6.0 / fan as f32).sqrt(), &mut rng);
            Ok(Var::from_vec(values, (m, k), device)?)
        };
        let zeros = |shape: &[usize]| -> Result<Var> {
            Ok(Var::from_vec(vec![0.0f32; shape.iter().product()], shape, device)?)
        };
        let (m, h, g, e) = (config.experts, config.hidden, config.gate, config.task_embedding);
        let blocks = (0..config.blocks)
            .map(|_| {
                Ok(Block {
                    gate: matrix(g, width + e, g + width + e)?,
                    gate_bias: zeros(&[g])?,
                    choice: matrix(m, g, m + g)?,
                    choice_bias: zeros(&[m])?,
                    up: matrix(m * h, width, h + width)?,
                    up_bias: zeros(&[m * h])?,
                    down: matrix(width, m * h, h + width)?,
                    down_bias: zeros(&[m, width])?,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let mut embedding = vec![0.0; tasks * e];
        random::normal(&mut embedding, 1.0, &mut rng);
        let norm = match config.scope {
            Scope::Token => None,
            Scope::Pooled => Some((Var::from_vec(vec![1.0f32; width], width, device)?, zeros(&[width])?)),
        };
        Ok(Self { tasks: Var::from_vec(embedding, (tasks, e), device)?, config, blocks, norm })
    }

    /// The dimensions.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Parameters with their names; matrices decay, the others do not.
    #[must_use]
    pub fn variables(&self) -> Vec<(String, Var, bool)> {
        let mut all = vec![("tasks".to_owned(), self.tasks.clone(), false)];
        for (n, b) in self.blocks.iter().enumerate() {
            for (name, var, decays) in [
                ("gate", &b.gate, true),
                ("gate.bias", &b.gate_bias, false),
                ("gate.output", &b.choice, true),
                ("gate.output.bias", &b.choice_bias, false),
                ("up", &b.up, true),
                ("up.bias", &b.up_bias, false),
                ("down", &b.down, true),
                ("down.bias", &b.down_bias, false),
            ] {
                all.push((format!("block.{n}.{name}"), var.clone(), decays));
            }
        }
        if let Some((weight, bias)) = &self.norm {
            all.push(("norm.weight".to_owned(), weight.clone(), false));
            all.push(("norm.bias".to_owned(), bias.clone(), false));
        }
        all
    }

    /// Mixes one vector per answer; `tasks` is the task of each.
    ///
    /// # Errors
    ///
    /// When candle fails, or the mixture acts on tokens.
    pub fn forward_pooled(&self, pooled: &Tensor, tasks: &[usize]) -> Result<Mixed> {
        let (weight, bias) = self.norm.as_ref().context("a mixture of tokens needs the tokens")?;
        let embedded = self.embedded(tasks, pooled.device())?;
        let mut x = pooled.clone();
        let mut weights = Vec::with_capacity(self.blocks.len());
        for block in &self.blocks {
            let alpha = self.gate(block, &x, &embedded)?;
            x = layer_norm(&(self.experts(block, &x, &alpha)? + &x)?, weight, bias)?;
            weights.push(alpha);
        }
        Ok(Mixed { vectors: x, weights })
    }

    /// Mixes the states of all tokens, then takes their mean per answer; `tasks` is the task of each answer.
    ///
    /// # Errors
    ///
    /// When candle fails.
    pub fn forward_tokens(&self, states: &TokenStates, tasks: &[usize]) -> Result<Mixed> {
        let device = states.values.device();
        let embedded = self.embedded(tasks, device)?;
        let mut owners = Vec::new();
        for (row, s) in (0u32..).zip(&states.sequences) {
            owners.extend(s.clone().map(|_| row));
        }
        let owners = Tensor::from_vec(owners.clone(), owners.len(), device)?;
        let mut x = states.values.clone();
        let mut weights = Vec::with_capacity(self.blocks.len());
        if states.sequences.iter().all(Range::is_empty) {
            // There are no tokens for the experts: the gates see zeros, as the heads do.
            let vectors = Tensor::zeros((states.sequences.len(), x.dim(1)?), x.dtype(), device)?;
            for block in &self.blocks {
                weights.push(self.gate(block, &vectors, &embedded)?);
            }
            return Ok(Mixed { vectors, weights });
        }
        for block in &self.blocks {
            let alpha = self.gate(block, &means(&x, &states.sequences)?, &embedded)?;
            x = self.experts(block, &x, &alpha.index_select(&owners, 0)?)?;
            weights.push(alpha);
        }
        Ok(Mixed { vectors: means(&x, &states.sequences)?, weights })
    }

    fn embedded(&self, tasks: &[usize], device: &Device) -> Result<Tensor> {
        let ids = tasks.iter().map(|t| u32::try_from(*t)).collect::<Result<Vec<_>, _>>()?;
        let n = ids.len();
        Ok(self.tasks.index_select(&Tensor::from_vec(ids, n, device)?, 0)?)
    }

    /// Weights of the experts, `[answers, experts]`; each row sums to 1.
    fn gate(&self, b: &Block, pooled: &Tensor, embedded: &Tensor) -> Result<Tensor> {
        let m = Tensor::cat(&[pooled, embedded], 1)?;
        let hidden = m.matmul(&b.gate.t()?)?.broadcast_add(&b.gate_bias)?.relu()?;
        let z = hidden.matmul(&b.choice.t()?)?.broadcast_add(&b.choice_bias)?;
        let e = z.broadcast_sub(&z.max_keepdim(D::Minus1)?.detach())?.exp()?;
        let alpha = e.broadcast_div(&e.sum_keepdim(D::Minus1)?)?;
        let Some(k) = self.config.top_k.filter(|k| *k < self.config.experts) else { return Ok(alpha) };
        let mut kept = alpha.to_vec2::<f32>()?;
        for row in &mut kept {
            let mut order: Vec<usize> = (0..row.len()).collect();
            order.sort_by(|a, b| row[*b].total_cmp(&row[*a]).then(a.cmp(b)));
            for (place, expert) in order.into_iter().enumerate() {
                row[expert] = if place < k { 1.0 } else { 0.0 };
            }
        }
        let kept = Tensor::new(kept, alpha.device())?;
        let alpha = (alpha * kept)?;
        Ok(alpha.broadcast_div(&alpha.sum_keepdim(D::Minus1)?)?)
    }

    /// `Σ_j α_j E_j(x)` for each row: the experts' hidden units are weighted, so that one product serves all.
    fn experts(&self, b: &Block, x: &Tensor, alpha: &Tensor) -> Result<Tensor> {
        let sums = x.matmul(&b.up.t()?)?;
        let weighed = if x.device().is_cpu() {
            sums.apply_op3(&b.up_bias, &alpha.contiguous()?, Weigh { experts: self.config.experts })?
        } else {
            self.weigh_composed(&sums, &b.up_bias, alpha)?
        };
        Ok((weighed.matmul(&b.down.t()?)? + alpha.matmul(&b.down_bias)?)?)
    }

    /// The experts' hidden units, rectified and weighted, by candle's own operations: many passes over the largest
    /// tensor.
    fn weigh_composed(&self, sums: &Tensor, bias: &Tensor, alpha: &Tensor) -> Result<Tensor> {
        let (rows, m, h) = (sums.dim(0)?, self.config.experts, self.config.hidden);
        let hidden = sums.broadcast_add(bias)?.relu()?.reshape((rows, m, h))?;
        Ok(hidden.broadcast_mul(&alpha.reshape((rows, m, 1))?)?.reshape((rows, m * h))?)
    }

    /// How unevenly the experts are used in a batch: `1/M Σ_j (mean α_j − 1/M)²`, averaged over the blocks.
    ///
    /// # Errors
    ///
    /// When candle fails.
    pub fn imbalance(weights: &[Tensor]) -> Result<Tensor> {
        let mut sum: Option<Tensor> = None;
        for alpha in weights {
            let m = alpha.dim(1)? as f64;
            let term = (alpha.mean(0)? - 1.0 / m)?.sqr()?.mean(0)?;
            sum = Some(match sum {
                Some(s) => (s + term)?,
                None => term,
            });
        }
        let sum = sum.context("a mixture has at least one block")?;
        Ok((sum / weights.len() as f64)?)
    }
}

/// [`experts::weigh`] as one operation on the CPU: sums, biases, weights of the experts.
struct Weigh {
    experts: usize,
}

impl CustomOp3 for Weigh {
    fn name(&self) -> &'static str {
        "weigh"
    }

    fn cpu_fwd(
        &self,
        sums: &CpuStorage,
        sums_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
        weights: &CpuStorage,
        weights_layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let sums = ops::values("weigh", sums, sums_layout)?;
        let mut out = vec![0.0; sums.len()];
        experts::weigh(
            &mut out,
            sums,
            ops::values("weigh", bias, bias_layout)?,
            ops::values("weigh", weights, weights_layout)?,
            self.experts,
        );
        Ok((CpuStorage::F32(out), sums_layout.shape().clone()))
    }

    fn bwd(
        &self,
        sums: &Tensor,
        bias: &Tensor,
        weights: &Tensor,
        _res: &Tensor,
        gradient: &Tensor,
    ) -> candle_core::Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let zeros = |like: &Tensor| vec![0.0f32; like.elem_count()];
        let (mut dsums, mut dbias, mut dweights) = (zeros(sums), zeros(bias), zeros(weights));
        let to = experts::Gradients { sums: &mut dsums, bias: &mut dbias, weights: &mut dweights };
        let gradient = gradient.contiguous()?;
        let (g, s) = (gradient.storage_and_layout(), sums.storage_and_layout());
        let (b, w) = (bias.storage_and_layout(), weights.storage_and_layout());
        let given = (
            ops::held_values("weigh", &s.0, s.1)?,
            ops::held_values("weigh", &b.0, b.1)?,
            ops::held_values("weigh", &w.0, w.1)?,
        );
        experts::weigh_backward(to, ops::held_values("weigh", &g.0, g.1)?, given, self.experts);
        let tensor = |values, like: &Tensor| Tensor::from_vec(values, like.shape(), like.device()).map(Some);
        Ok((tensor(dsums, sums)?, tensor(dbias, bias)?, tensor(dweights, weights)?))
    }
}

fn layer_norm(x: &Tensor, weight: &Var, bias: &Var) -> Result<Tensor> {
    let centred = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
    let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
    let y = centred.broadcast_div(&(variance + EPSILON)?.sqrt()?)?;
    Ok(y.broadcast_mul(weight)?.broadcast_add(bias)?)
}

/// The mean of each run of rows; zeros for an empty one.
fn means(x: &Tensor, runs: &[Range<usize>]) -> Result<Tensor> {
    Ok(x.to_device(&Device::Cpu)?
        .contiguous()?
        .apply_op1(Means { runs: runs.to_vec() })?
        .to_device(x.device())?)
}

struct Means {
    runs: Vec<Range<usize>>,
}

impl CustomOp1 for Means {
    fn name(&self) -> &'static str {
        "means"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let (_, width) = layout.shape().dims2()?;
        let values = ops::values("means", storage, layout)?;
        let mut out = vec![0.0; self.runs.len() * width];
        for (run, row) in self.runs.iter().zip(out.chunks_exact_mut(width)) {
            for t in run.clone() {
                for (v, x) in row.iter_mut().zip(&values[t * width..(t + 1) * width]) {
                    *v += x;
                }
            }
            let scale = 1.0 / run.len().max(1) as f32;
            row.iter_mut().for_each(|v| *v *= scale);
        }
        Ok((CpuStorage::F32(out), Shape::from((self.runs.len(), width))))
    }

    fn bwd(&self, arg: &Tensor, _res: &Tensor, grad: &Tensor) -> candle_core::Result<Option<Tensor>> {
        let (_, width) = arg.dims2()?;
        let grad = grad.flatten_all()?.to_vec1::<f32>()?;
        let mut out = vec![0.0; arg.elem_count()];
        for (run, g) in self.runs.iter().zip(grad.chunks_exact(width)) {
            let scale = 1.0 / run.len().max(1) as f32;
            for t in run.clone() {
                for (v, g) in out[t * width..(t + 1) * width].iter_mut().zip(g) {
                    *v = g * scale;
                }
            }
        }
        Ok(Some(Tensor::from_vec(out, arg.shape(), arg.device())?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::tests::uniform;

    fn config(scope: Scope, top_k: Option<usize>) -> Config {
        Config { scope, experts: 3, blocks: 2, hidden: 5, gate: 4, task_embedding: 2, top_k }
    }

    fn states() -> TokenStates {
        let values = Tensor::from_vec(uniform(7 * 6, 3), (7, 6), &Device::Cpu).unwrap();
        TokenStates { values, sequences: vec![0..3, 3..3, 3..7] }
    }

    fn run(m: &Mixture, x: &Tensor) -> Mixed {
        match m.config().scope {
            Scope::Token => {
                let states = TokenStates { values: x.clone(), ..states() };
                m.forward_tokens(&states, &[0, 1, 1]).unwrap()
            }
            Scope::Pooled => m.forward_pooled(x, &[0, 1, 1, 0, 1, 0, 1]).unwrap(),
        }
    }

    /// The definition, expert by expert, for one vector in scope `pooled`.
    fn by_definition(m: &Mixture, x: &[f32], task: usize) -> (Vec<f32>, Vec<f32>) {
        let all: std::collections::HashMap<String, Vec<f32>> = m
            .variables()
            .into_iter()
            .map(|(n, v, _)| (n, v.flatten_all().unwrap().to_vec1().unwrap()))
            .collect();
        let dense = |w: &[f32], b: &[f32], x: &[f32]| -> Vec<f32> {
            w.chunks_exact(x.len())
                .zip(b)
                .map(|(r, b)| r.iter().zip(x).map(|(a, b)| a * b).sum::<f32>() + b)
                .collect()
        };
        let relu = |v: Vec<f32>| v.into_iter().map(|v| v.max(0.0)).collect::<Vec<_>>();
        let c = m.config();
        let (mut x, mut last) = (x.to_vec(), Vec::new());
        for n in 0..c.blocks {
            let part = |name: &str| &all[&format!("block.{n}.{name}")];
            let mut input = x.clone();
            input.extend(&all["tasks"][task * c.task_embedding..(task + 1) * c.task_embedding]);
            let z = dense(
                part("gate.output"),
                part("gate.output.bias"),
                &relu(dense(part("gate"), part("gate.bias"), &input)),
            );
            let e: Vec<f32> = z.iter().map(|z| z.exp()).collect();
            last = e.iter().map(|v| v / e.iter().sum::<f32>()).collect();
            let mut y = x.clone();
            for (j, alpha) in last.iter().enumerate() {
                let up = &part("up")[j * c.hidden * x.len()..(j + 1) * c.hidden * x.len()];
                let hidden = relu(dense(up, &part("up.bias")[j * c.hidden..], &x));
                for (o, y) in y.iter_mut().enumerate() {
                    let row = &part("down")[o * c.experts * c.hidden + j * c.hidden..][..c.hidden];
                    let value: f32 = row.iter().zip(&hidden).map(|(a, b)| a * b).sum();
                    *y += alpha * (value + part("down.bias")[j * x.len() + o]);
                }
            }
            let mean = y.iter().sum::<f32>() / y.len() as f32;
            let variance = y.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / y.len() as f32;
            x = y.iter().map(|v| (v - mean) / (variance + 1e-5).sqrt()).collect();
        }
        (x, last)
    }

    #[test]
    fn pooled_mixture_is_what_its_definition_says() {
        let m = Mixture::new(config(Scope::Pooled, None), 6, 2, 7, &Device::Cpu).unwrap();
        let x = states().values;
        let mixed = run(&m, &x);
        let (have, weights) =
            (mixed.vectors.to_vec2::<f32>().unwrap(), mixed.weights[1].to_vec2::<f32>().unwrap());
        for (row, task) in [(0, 0), (1, 1), (6, 1)] {
            let (want, alpha) = by_definition(&m, &x.to_vec2::<f32>().unwrap()[row], task);
            for (a, b) in have[row].iter().chain(&weights[row]).zip(want.iter().chain(&alpha)) {
                assert!((a - b).abs() < 1e-4, "row {row}: {a} but {b}");
            }
        }
    }

    #[test]
    fn fused_weighing_is_the_composed_one_with_all_gradients() {
        let m = Mixture::new(config(Scope::Token, None), 6, 2, 7, &Device::Cpu).unwrap();
        let var =
            |n: usize, shape: &[usize], seed| Var::from_vec(uniform(n, seed), shape, &Device::Cpu).unwrap();
        let (sums, bias, alpha) = (var(7 * 15, &[7, 15], 1), var(15, &[15], 2), var(21, &[7, 3], 3));
        let upstream = var(7 * 15, &[7, 15], 4);
        let fused = sums.apply_op3(&bias, &alpha, Weigh { experts: 3 }).unwrap();
        let composed = m.weigh_composed(&sums, &bias, &alpha).unwrap();
        let values = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_eq!(values(&fused), values(&composed));
        let gradients = |out: &Tensor| out.mul(&upstream).unwrap().sum_all().unwrap().backward().unwrap();
        let (fused, composed) = (gradients(&fused), gradients(&composed));
        for var in [&sums, &bias, &alpha] {
            let (a, b) = (values(fused.get(var).unwrap()), values(composed.get(var).unwrap()));
            assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-5), "{a:?} but {b:?}");
        }
    }

    #[test]
    fn every_parameter_and_the_input_get_the_gradient_of_finite_differences() {
        for scope in [Scope::Pooled, Scope::Token] {
            let m = Mixture::new(config(scope, None), 6, 2, 7, &Device::Cpu).unwrap();
            // Far from the kinks of ReLU, where a difference quotient is not the derivative; some units on, some off.
            for (name, var, _) in m.variables() {
                if name.ends_with("up.bias") || name.ends_with("gate.bias") {
                    let far = (0..var.elem_count()).map(|i| if i % 3 == 0 { -6.0f32 } else { 6.0 }).collect();
                    var.set(&Tensor::from_vec(far, var.shape(), &Device::Cpu).unwrap()).unwrap();
                }
            }
            let x = Var::from_tensor(&states().values).unwrap();
            let loss = || -> Tensor {
                let mixed = run(&m, x.as_tensor());
                let w = Tensor::from_vec(
                    uniform(mixed.vectors.elem_count(), 9),
                    mixed.vectors.shape(),
                    &Device::Cpu,
                );
                let value = (mixed.vectors * w.unwrap()).unwrap().sum_all().unwrap();
                (value + (Mixture::imbalance(&mixed.weights).unwrap() * 10.0).unwrap()).unwrap()
            };
            let grads = loss().backward().unwrap();
            let mut all = m.variables();
            all.push(("x".into(), x.clone(), false));
            for (name, var, _) in all {
                let gradient = grads.get(&var).unwrap_or_else(|| panic!("{scope:?}: {name} has no gradient"));
                let gradient: Vec<f32> = gradient.flatten_all().unwrap().to_vec1().unwrap();
                let start: Vec<f32> = var.flatten_all().unwrap().to_vec1().unwrap();
                for at in (0..start.len()).step_by(start.len().div_ceil(7)) {
                    let value = |by: f32| -> f64 {
                        let mut moved = start.clone();
                        moved[at] += by;
                        var.set(&Tensor::from_vec(moved, var.shape(), &Device::Cpu).unwrap()).unwrap();
                        f64::from(loss().to_scalar::<f32>().unwrap())
                    };
                    let numeric = (value(1e-3) - value(-1e-3)) / 2e-3;
                    value(0.0);
                    let error = (numeric - f64::from(gradient[at])).abs();
                    assert!(
                        error < 2e-2 * (1.0 + numeric.abs()),
                        "{scope:?} {name}: {} but {numeric}",
                        gradient[at]
                    );
                }
            }
        }
    }

    #[test]
    fn only_the_chosen_experts_weigh() {
        let m = Mixture::new(config(Scope::Pooled, Some(2)), 6, 2, 7, &Device::Cpu).unwrap();
        for alpha in run(&m, &states().values).weights {
            for row in alpha.to_vec2::<f32>().unwrap() {
                assert_eq!(row.iter().filter(|a| **a == 0.0).count(), 1);
                assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn even_use_has_no_imbalance() {
        let even = Tensor::new(&[[0.5f32, 0.5], [1.0, 0.0], [0.0, 1.0]], &Device::Cpu).unwrap();
        assert!(Mixture::imbalance(&[even]).unwrap().to_scalar::<f32>().unwrap().abs() < 1e-12);
        let uneven = Tensor::new(&[[1.0f32, 0.0]], &Device::Cpu).unwrap();
        assert!((Mixture::imbalance(&[uneven]).unwrap().to_scalar::<f32>().unwrap() - 0.25).abs() < 1e-6);
    }

    #[test]
    fn impossible_dimensions_are_refused() {
        for (config, message) in [
            (Config { experts: 1, ..Config::default() }, "mixture.experts is 1, 2 to 8 are possible"),
            (Config { top_k: Some(5), ..Config::default() }, "mixture.top_k is 5 of 4 experts"),
            (Config { blocks: 0, ..Config::default() }, "mixture.blocks is 0, 1 to 4 are possible"),
        ] {
            assert_eq!(config.check().unwrap_err().to_string(), message);
        }
    }
}
