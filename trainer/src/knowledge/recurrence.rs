//! An LSTM that reads forward, for many students at once, as one candle op.
//!
//! Rows are time-major: row `t * students + s` belongs to answer t of student s. Gate order is input, forget, cell,
//! output, as in PyTorch.

use crate::ops::activation::{sigmoid, tanh};
use crate::ops::gemm::{View, ViewMut, gemm};
use crate::ops::{held_values, values, vectorized};
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};
use std::sync::Mutex;

/// Applies the LSTM to the input part of the gates `[steps * students, 4H]` with the recurrent weights `[4H, H]`: the
/// states after each answer, `[steps * students, H]`.
///
/// # Errors
///
/// When the shapes do not fit.
pub fn lstm(gates: &Tensor, recurrent: &Tensor, students: usize) -> Result<Tensor> {
    let hidden = recurrent.dim(1)?;
    if recurrent.dims() != [4 * hidden, hidden]
        || gates.dim(1)? != 4 * hidden
        || !gates.dim(0)?.is_multiple_of(students.max(1))
    {
        candle_core::bail!("lstm: gates {:?} and weights {:?} do not fit", gates.dims(), recurrent.dims())
    }
    gates
        .contiguous()?
        .apply_op2(&recurrent.contiguous()?, Lstm { hidden, students, saved: Mutex::default() })
}

struct Lstm {
    hidden: usize,
    students: usize,
    saved: Mutex<Saved>,
}

/// What the backward pass needs.
#[derive(Default)]
struct Saved {
    /// Gates after their activation, `[rows, 4H]`.
    gates: Vec<f32>,
    /// c, `[rows, H]`.
    cells: Vec<f32>,
    /// Hyperbolic tangents of c.
    squashed: Vec<f32>,
}

impl Lstm {
    fn forward(&self, gates: &[f32], recurrent: &[f32]) -> (Vec<f32>, Saved) {
        let (h, b) = (self.hidden, self.students);
        let rows = gates.len() / (4 * h);
        let mut saved =
            Saved { gates: gates.to_vec(), cells: vec![0.0; rows * h], squashed: vec![0.0; rows * h] };
        let mut states = vec![0.0; rows * h];
        for start in (0..rows).step_by(b.max(1)) {
            let now = &mut saved.gates[start * 4 * h..(start + b) * 4 * h];
            let (before, after) = states.split_at_mut(start * h);
            let (cells_before, cells) = saved.cells.split_at_mut(start * h);
            let last = start.saturating_sub(b) * h;
            if start > 0 {
                let last = View::new(&before[last..], b, h, h);
                gemm(ViewMut::new(now, b, 4 * h, 4 * h), 1.0, last, View::new(recurrent, 4 * h, h, h).t());
            }
            let squashed = &mut saved.squashed[start * h..(start + b) * h];
            vectorized(
                #[inline(always)]
                || {
                    for s in 0..b {
                        let gates = &mut now[s * 4 * h..(s + 1) * 4 * h];
                        let (i, rest) = gates.split_at_mut(h);
                        let (f, rest) = rest.split_at_mut(h);
                        let (g, o) = rest.split_at_mut(h);
                        let out = &mut after[s * h..(s + 1) * h];
                        let cell = &mut cells[s * h..(s + 1) * h];
                        let squashed = &mut squashed[s * h..(s + 1) * h];
                        if start > 0 {
                            cell.copy_from_slice(&cells_before[last + s * h..last + (s + 1) * h]);
                        }
                        for j in 0..h {
                            i[j] = sigmoid(i[j]);
                            f[j] = sigmoid(f[j]);
                            g[j] = tanh(g[j]);
                            o[j] = sigmoid(o[j]);
                            cell[j] = f[j] * cell[j] + i[j] * g[j];
                            squashed[j] = tanh(cell[j]);
                            out[j] = o[j] * squashed[j];
                        }
                    }
                },
            );
        }
        (states, saved)
    }

    /// Gradients of the gates' inputs and of the recurrent weights.
    fn backward(
        &self,
        saved: &Saved,
        states: &[f32],
        recurrent: &[f32],
        dstates: &[f32],
    ) -> (Vec<f32>, Vec<f32>) {
        let (h, b) = (self.hidden, self.students);
        let rows = states.len() / h;
        let mut dgates = vec![0.0; rows * 4 * h];
        let (mut dh, mut dc) = (vec![0.0; b * h], vec![0.0; b * h]);
        for start in (0..rows).step_by(b.max(1)).rev() {
            let gates = &saved.gates[start * 4 * h..(start + b) * 4 * h];
            let squashed = &saved.squashed[start * h..(start + b) * h];
            let out = &dstates[start * h..(start + b) * h];
            let before = start.checked_sub(b).map(|last| &saved.cells[last * h..start * h]);
            let now = &mut dgates[start * 4 * h..(start + b) * 4 * h];
            vectorized(
                #[inline(always)]
                || {
                    for s in 0..b {
                        let gates = &gates[s * 4 * h..(s + 1) * 4 * h];
                        let dgates = &mut now[s * 4 * h..(s + 1) * 4 * h];
                        for j in 0..h {
                            let at = s * h + j;
                            let (i, f, g, o) = (gates[j], gates[h + j], gates[2 * h + j], gates[3 * h + j]);
                            let dh = dh[at] + out[at];
                            let dcell = dc[at] + dh * o * (1.0 - squashed[at] * squashed[at]);
                            let previous = before.map_or(0.0, |cells| cells[at]);
                            dgates[j] = dcell * g * i * (1.0 - i);
                            dgates[h + j] = dcell * previous * f * (1.0 - f);
                            dgates[2 * h + j] = dcell * i * (1.0 - g * g);
                            dgates[3 * h + j] = dh * squashed[at] * o * (1.0 - o);
                            dc[at] = dcell * f;
                        }
                    }
                },
            );
            let now = View::new(now, b, 4 * h, 4 * h);
            gemm(ViewMut::new(&mut dh, b, h, h), 0.0, now, View::new(recurrent, 4 * h, h, h));
        }
        let mut drecurrent = vec![0.0; 4 * h * h];
        if rows > b {
            let later = View::new(&dgates[b * 4 * h..], rows - b, 4 * h, 4 * h).t();
            gemm(ViewMut::new(&mut drecurrent, 4 * h, h, h), 0.0, later, View::new(states, rows - b, h, h));
        }
        (dgates, drecurrent)
    }
}

impl CustomOp2 for Lstm {
    fn name(&self) -> &'static str {
        "lstm"
    }

    fn cpu_fwd(
        &self,
        gates: &CpuStorage,
        gates_layout: &Layout,
        recurrent: &CpuStorage,
        recurrent_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let gates = values("lstm", gates, gates_layout)?;
        let (states, saved) = self.forward(gates, values("lstm", recurrent, recurrent_layout)?);
        *self.saved.lock().expect("nothing panics while it holds the lock") = saved;
        let rows = states.len() / self.hidden;
        Ok((CpuStorage::F32(states), Shape::from((rows, self.hidden))))
    }

    fn bwd(
        &self,
        gates: &Tensor,
        recurrent: &Tensor,
        states: &Tensor,
        dstates: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let dstates = dstates.contiguous()?;
        let saved = self.saved.lock().expect("nothing panics while it holds the lock");
        let (dgates, drecurrent) = {
            let (r, rl) = recurrent.storage_and_layout();
            let (s, sl) = states.storage_and_layout();
            let (d, dl) = dstates.storage_and_layout();
            self.backward(
                &saved,
                held_values("lstm", &s, sl)?,
                held_values("lstm", &r, rl)?,
                held_values("lstm", &d, dl)?,
            )
        };
        let dgates = Tensor::from_vec(dgates, gates.shape(), gates.device())?;
        let drecurrent = Tensor::from_vec(drecurrent, recurrent.shape(), recurrent.device())?;
        Ok((Some(dgates), Some(drecurrent)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::lstm::{Saved as Both, State, Weights, bilstm};
    use crate::ops::tests::{assert_gradient, uniform, weighted};
    use candle_core::{Device, Var};

    #[test]
    fn states_are_those_of_the_forward_direction_of_a_bidirectional_lstm() {
        let (h, d, students, steps) = (5, 3, 4, 7);
        let (x, input) = (uniform(students * steps * d, 1), uniform(8 * h * d, 2));
        let (recurrent, bias) = (uniform(8 * h * h, 3), uniform(8 * h, 4));
        let mut want = vec![0.0; students * steps * 2 * h];
        let sequences: Vec<_> = (0..students).map(|s| s * steps..(s + 1) * steps).collect();
        let w = Weights { input: &input, recurrent: &recurrent, bias: &bias, hidden: h, state: State::Float };
        bilstm(&mut want, &mut Both::default(), &x, w, &sequences);
        let mut gates = vec![0.0; students * steps * 4 * h];
        for (row, gates) in gates.chunks_exact_mut(4 * h).enumerate() {
            let (t, s) = (row / students, row % students);
            let x = &x[(s * steps + t) * d..][..d];
            for (r, gate) in gates.iter_mut().enumerate() {
                *gate = bias[r] + x.iter().zip(&input[r * d..]).map(|(x, w)| x * w).sum::<f32>();
            }
        }
        let tensor = |v: &[f32], m: usize| Tensor::from_slice(v, (v.len() / m, m), &Device::Cpu).unwrap();
        let states = lstm(&tensor(&gates, 4 * h), &tensor(&recurrent[..4 * h * h], h), students).unwrap();
        for (row, state) in states.to_vec2::<f32>().unwrap().iter().enumerate() {
            let (t, s) = (row / students, row % students);
            let want = &want[(s * steps + t) * 2 * h..][..h];
            assert!(state.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-5), "{state:?} {want:?}");
        }
    }

    #[test]
    fn gradients_are_finite_differences() {
        let (h, students, steps) = (3, 2, 4);
        let (gates, recurrent) = (uniform(students * steps * 4 * h, 1), uniform(4 * h * h, 2));
        let weights = uniform(students * steps * h, 3);
        let tensor = |v: &[f32], m: usize| Tensor::from_slice(v, (v.len() / m, m), &Device::Cpu).unwrap();
        let run = |gates: &[f32], recurrent: &[f32]| {
            let states = lstm(&tensor(gates, 4 * h), &tensor(recurrent, h), students).unwrap();
            weighted(&states.flatten_all().unwrap().to_vec1::<f32>().unwrap(), &weights)
        };
        let (g, r) = (tensor(&gates, 4 * h), tensor(&recurrent, h));
        let (g, r) = (Var::from_tensor(&g).unwrap(), Var::from_tensor(&r).unwrap());
        let loss = (lstm(&g, &r, students).unwrap() * tensor(&weights, h)).unwrap().sum_all().unwrap();
        let store = loss.backward().unwrap();
        let gradient = |v: &Var| store.get(v).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_gradient("dgates", &gates, &gradient(&g), |x| run(x, &recurrent));
        assert_gradient("drecurrent", &recurrent, &gradient(&r), |x| run(&gates, x));
    }
}
