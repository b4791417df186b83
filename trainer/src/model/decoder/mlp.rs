//! The feed-forward sublayer: one gated network, or experts of which a router chooses a few for each token.

use super::pass::{Gradients, Pass, f32};
use super::weights::{Mixture, Mlp};
use anyhow::Result;
use candle_core::{D, DType, Tensor};

/// What the backward pass needs.
pub(super) enum Saved {
    Dense { gate: Tensor, up: Tensor },
    Experts { routes: Routes, used: Vec<Used> },
}

/// What one expert computed for the tokens that were routed to it.
pub(super) struct Used {
    expert: usize,
    /// Gate and up in turns, `[its tokens, 2 · width]`.
    gate_up: Tensor,
    /// Its outputs in f32, before they are weighted.
    out: Tensor,
}

/// Which experts read which token, and how much each of them counts.
pub(super) struct Routes {
    /// By expert: its tokens, and their weights.
    by_expert: Vec<(Vec<u32>, Vec<f32>)>,
    /// By token: its experts, the one with the highest logit first, and their weights.
    by_token: Vec<Vec<(usize, f32)>>,
}

impl Routes {
    /// Chooses the `k` experts with the highest logits for each token; their weights are the softmax over them.
    pub(super) fn new(logits: &[Vec<f32>], k: usize) -> Self {
        let experts = logits.first().map_or(0, Vec::len);
        let mut by_expert = vec![(Vec::new(), Vec::new()); experts];
        let mut by_token = Vec::with_capacity(logits.len());
        for (token, row) in (0u32..).zip(logits) {
            let mut order: Vec<usize> = (0..experts).collect();
            // Stable: of equal logits the first.
            order.sort_by(|a, b| row[*b].total_cmp(&row[*a]));
            order.truncate(k);
            let exponents: Vec<f32> = order.iter().map(|e| (row[*e] - row[order[0]]).exp()).collect();
            let sum: f32 = exponents.iter().sum();
            let chosen: Vec<(usize, f32)> =
                order.into_iter().zip(exponents).map(|(e, v)| (e, v / sum)).collect();
            for (expert, weight) in &chosen {
                by_expert[*expert].0.push(token);
                by_expert[*expert].1.push(*weight);
            }
            by_token.push(chosen);
        }
        Self { by_expert, by_token }
    }

    /// The experts of each token, the one with the highest logit first.
    pub(super) fn indices(&self) -> Vec<Vec<usize>> {
        self.by_token.iter().map(|chosen| chosen.iter().map(|c| c.0).collect()).collect()
    }

    /// Gradients of the logits, `[tokens, experts]`, from those of the weights, by expert in the order of its tokens.
    fn backward(&self, dweights: &[Vec<f32>]) -> Vec<f32> {
        let experts = self.by_expert.len();
        let mut dense = vec![0.0; self.by_token.len() * experts];
        for (expert, (tokens, _)) in self.by_expert.iter().enumerate() {
            for (token, d) in tokens.iter().zip(&dweights[expert]) {
                dense[*token as usize * experts + expert] = *d;
            }
        }
        for (row, chosen) in dense.chunks_exact_mut(experts).zip(&self.by_token) {
            let mean: f32 = chosen.iter().map(|(e, w)| w * row[*e]).sum();
            for (e, w) in chosen {
                row[*e] = w * (row[*e] - mean);
            }
        }
        dense
    }
}

/// The logistic function, from operations that every type has.
fn sigmoid(x: &Tensor) -> Result<Tensor> {
    Ok((x.neg()?.exp()? + 1.0)?.recip()?)
}

impl Pass<'_> {
    /// The sublayer of normed rows, in f32.
    pub(super) fn mlp(&self, mlp: &Mlp, x: &Tensor) -> Result<(Tensor, Saved)> {
        match mlp {
            Mlp::Dense { gate, up, down } => {
                let (gate, up) = (self.linear(gate, x)?, self.linear(up, x)?);
                let y = f32(&self.linear(down, &(gate.silu()? * &up)?)?)?;
                Ok((y, Saved::Dense { gate, up }))
            }
            Mlp::Experts(m) => self.experts(m, x),
        }
    }

    /// The gradient of the normed rows.
    pub(super) fn mlp_backward(
        &self,
        mlp: &Mlp,
        x: &Tensor,
        saved: &Saved,
        dy: &Tensor,
        gradients: &mut Gradients,
    ) -> Result<Tensor> {
        match (mlp, saved) {
            (Mlp::Dense { gate: g, up: u, down }, Saved::Dense { gate, up }) => {
                let s = sigmoid(gate)?;
                let active = (gate * &s)?;
                let dactive = self.linear_backward(down, &(&active * up)?, &self.cast(dy)?, gradients)?;
                let dup = (&dactive * &active)?;
                // d silu(g) = σ(g) (1 + g (1 − σ(g))) = σ(g) + silu(g) (1 − σ(g)).
                let slope = (&s + (&active * (1.0 - &s)?)?)?;
                let dgate = ((dactive * up)? * slope)?;
                let dx = self.linear_backward(g, x, &dgate, gradients)?;
                Ok((dx + self.linear_backward(u, x, &dup, gradients)?)?)
            }
            (Mlp::Experts(m), Saved::Experts { routes, used }) => {
                self.experts_backward(m, x, routes, used, dy)
            }
            _ => anyhow::bail!("the saved values are those of another kind of layer"),
        }
    }

    /// Where the router sends each token, in f32: rounding would send some elsewhere.
    pub(super) fn routes(&self, m: &Mixture, x: &Tensor) -> Result<Routes> {
        let logits = f32(x)?.matmul(&m.router.t()?)?.broadcast_add(&m.router_bias)?;
        Ok(Routes::new(&logits.to_vec2::<f32>()?, m.config.per_token))
    }

    fn experts(&self, m: &Mixture, x: &Tensor) -> Result<(Tensor, Saved)> {
        let routes = self.routes(m, x)?;
        let mut y = Tensor::zeros(x.shape(), DType::F32, x.device())?;
        let mut used = Vec::new();
        for (expert, (tokens, weights)) in
            routes.by_expert.iter().enumerate().filter(|(_, r)| !r.0.is_empty())
        {
            let tokens = Tensor::from_slice(tokens, tokens.len(), x.device())?;
            let own = x.index_select(&tokens, 0)?;
            let gate_up = own.matmul(&m.gate_up.of(expert, self.dtype)?.t()?)?;
            let gate_up = gate_up.broadcast_add(&m.gate_up_bias.get(expert)?)?;
            let active = self.cast(&self.gated(m, &gate_up)?.active)?;
            let out = active.matmul(&m.down.of(expert, self.dtype)?.t()?)?;
            let out = f32(&out.broadcast_add(&m.down_bias.get(expert)?)?)?;
            let weights = Tensor::from_slice(weights, (weights.len(), 1), x.device())?;
            y = y.index_add(&tokens, &out.broadcast_mul(&weights)?, 0)?;
            used.push(Used { expert, gate_up, out });
        }
        Ok((y, Saved::Experts { routes, used }))
    }

    fn experts_backward(
        &self,
        m: &Mixture,
        x: &Tensor,
        routes: &Routes,
        used: &[Used],
        dy: &Tensor,
    ) -> Result<Tensor> {
        let mut dx = Tensor::zeros(x.shape(), DType::F32, x.device())?;
        let mut dweights = vec![Vec::new(); m.config.count];
        for Used { expert, gate_up, out } in used {
            let (tokens, weights) = &routes.by_expert[*expert];
            let tokens = Tensor::from_slice(tokens, tokens.len(), x.device())?;
            let weights = Tensor::from_slice(weights, (weights.len(), 1), x.device())?;
            let dy = dy.index_select(&tokens, 0)?;
            dweights[*expert] = (&dy * out)?.sum(D::Minus1)?.to_vec1::<f32>()?;
            let dout = self.cast(&dy.broadcast_mul(&weights)?)?;
            let dactive = f32(&dout.matmul(&m.down.of(*expert, self.dtype)?)?)?;
            let dgate_up = self.cast(&self.gated(m, gate_up)?.backward(&dactive)?)?;
            let down = f32(&dgate_up.matmul(&m.gate_up.of(*expert, self.dtype)?)?)?;
            dx = dx.index_add(&tokens, &down, 0)?;
        }
        let shape = (x.dim(0)?, m.config.count);
        let dlogits = Tensor::from_vec(routes.backward(&dweights), shape, x.device())?;
        self.cast(&(dx + dlogits.matmul(&m.router)?)?)
    }

    /// gpt-oss's gate of rows in which gate and up alternate, in f32.
    fn gated(&self, m: &Mixture, gate_up: &Tensor) -> Result<Gated> {
        let (n, both) = gate_up.dims2()?;
        let pairs = f32(gate_up)?.reshape((n, both / 2, 2))?;
        let part = |at: usize| -> Result<Tensor> { Ok(pairs.narrow(2, at, 1)?.squeeze(2)?.contiguous()?) };
        let (gate, up, limit) = (part(0)?, part(1)?, m.config.limit);
        let (low, high) = (gate.minimum(limit)?, up.clamp(-limit, limit)?);
        let sigmoid = sigmoid(&(&low * m.config.alpha)?)?;
        let glu = (&low * &sigmoid)?;
        let active = ((&high + 1.0)? * &glu)?;
        let within = |inside: Tensor| -> Result<Tensor> { Ok(inside.to_dtype(DType::F32)?) };
        Ok(Gated {
            active,
            open_gate: within(gate.le(limit)?)?,
            open_up: (within(up.le(limit)?)? * within(up.ge(-limit)?)?)?,
            slope: (&sigmoid + ((&glu * (1.0 - &sigmoid)?)? * m.config.alpha)?)?,
            glu,
            raised: (high + 1.0)?,
        })
    }
}

/// The gate of an expert with what its gradient needs.
struct Gated {
    active: Tensor,
    glu: Tensor,
    /// Up after its limits, plus 1.
    raised: Tensor,
    /// The derivative of the gated value by the gate.
    slope: Tensor,
    /// 1 where the limits let a gradient through.
    open_gate: Tensor,
    open_up: Tensor,
}

impl Gated {
    /// The gradient of the rows from that of `active`.
    fn backward(&self, dactive: &Tensor) -> Result<Tensor> {
        let dgate = (((dactive * &self.raised)? * &self.slope)? * &self.open_gate)?;
        let dup = ((dactive * &self.glu)? * &self.open_up)?;
        let (n, width) = dgate.dims2()?;
        Ok(Tensor::stack(&[dgate, dup], 2)?.reshape((n, 2 * width))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_token_has_its_best_experts_whose_weights_sum_to_one() {
        let routes = Routes::new(&[vec![0.0, 2.0, 1.0], vec![1.0, 1.0, 1.0]], 2);
        assert_eq!(routes.indices(), [[1, 2], [0, 1]]);
        let (a, b) = (routes.by_token[0][0].1, routes.by_token[0][1].1);
        assert!((a + b - 1.0).abs() < 1e-6 && (a / b - 1f32.exp()).abs() < 1e-5);
        assert_eq!(routes.by_expert[1].0, [0, 1]);
        assert!(routes.by_expert[2].0 == [0]);
    }
}
