//! Bidirectional LSTM over each whole sequence of a packed batch.
//!
//! Gate order is input, forget, cell, output, as in PyTorch; direction 0 reads forward, 1 backward.

use super::activation::{sigmoid, tanh};
use super::gemm::{View, ViewMut, gemm, linear, linear_backward};
use super::{LANES, vectorized};
use std::ops::Range;

/// Parameters: `input` is `[2, 4H, D]`, `recurrent` `[2, 4H, H]`, `bias` `[2, 4H]`.
#[derive(Clone, Copy)]
pub struct Weights<'a> {
    /// Input matrix of both directions.
    pub input: &'a [f32],
    /// Recurrent matrix of both directions.
    pub recurrent: &'a [f32],
    /// One bias per gate.
    pub bias: &'a [f32],
    /// Width `H` of the state of one direction.
    pub hidden: usize,
    /// The precision of gates, cell and state.
    pub state: State,
}

/// The precision of gates, cell and state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Unrounded.
    Float,
    /// In the engine's steps and within its ranges; gradients pass straight through.
    Fixed,
}

/// Steps of the engine's state in 1.
const STATE_STEPS: f32 = 32_768.0;
/// Steps of its cell and of its gates in 1, but for the gate `g`, which has twice as many and half the range.
const STEPS: f32 = 4_096.0;
/// The range of gates and cell.
const RANGE: f32 = 8.0;

/// The nearest step within a range.
#[inline(always)]
fn fixed(x: f32, steps: f32, range: f32) -> f32 {
    ((x * steps).round_ties_even() / steps).clamp(-range, range - 1.0 / steps)
}

/// Gradients, in the shapes of the inputs and of [`Weights`].
pub struct Gradients<'a> {
    /// Of the inputs.
    pub x: &'a mut [f32],
    /// Of the input matrix.
    pub input: &'a mut [f32],
    /// Of the recurrent matrix.
    pub recurrent: &'a mut [f32],
    /// Of the bias.
    pub bias: &'a mut [f32],
}

/// Values for the backward pass; the buffers are reused for every batch.
#[derive(Default)]
pub struct Saved {
    /// Gates after their activation, `[tokens, 2, 4H]`.
    gates: Vec<f32>,
    /// Cell states, `[tokens, 2, H]`.
    cells: Vec<f32>,
    /// Their hyperbolic tangents.
    squashed: Vec<f32>,
    /// Recurrent matrices transposed, `[2, H, 4H]`.
    transposed: Vec<f32>,
    /// Gradients of the gates before their activation.
    dgates: Vec<f32>,
    /// States before each token, of one direction.
    previous: Vec<f32>,
}

/// Computes the states of both directions, `[tokens, 2H]`, from the inputs `x`, `[tokens, D]`.
pub fn bilstm(states: &mut [f32], saved: &mut Saved, x: &[f32], w: Weights<'_>, sequences: &[Range<usize>]) {
    let h = w.hidden;
    let d = w.input.len() / w.bias.len();
    let tokens = states.len() / (2 * h);
    saved.gates.resize(tokens * 8 * h, 0.0);
    saved.cells.resize(tokens * 2 * h, 0.0);
    saved.squashed.resize(tokens * 2 * h, 0.0);
    saved.transposed.resize(8 * h * h, 0.0);
    for dir in 0..2 {
        for r in 0..4 * h {
            for j in 0..h {
                saved.transposed[(dir * h + j) * 4 * h + r] = w.recurrent[(dir * 4 * h + r) * h + j];
            }
        }
    }
    linear(&mut saved.gates, x, w.input, Some(w.bias), tokens, d);
    vectorized(
        #[inline(always)]
        || match h {
            // Known widths become constants inside the inlined body, so that its loops unroll.
            16 => run(states, saved, sequences, 16, w.state),
            32 => run(states, saved, sequences, 32, w.state),
            64 => run(states, saved, sequences, 64, w.state),
            _ => run(states, saved, sequences, h, w.state),
        },
    );
}

#[inline(always)]
fn run(states: &mut [f32], saved: &mut Saved, sequences: &[Range<usize>], h: usize, state: State) {
    let mut gates = vec![0.0; 4 * h];
    let mut now = vec![0.0; h];
    let mut cell = vec![0.0; h];
    for sequence in sequences {
        for dir in 0..2 {
            now.fill(0.0);
            cell.fill(0.0);
            let matrix = &saved.transposed[dir * 4 * h * h..(dir + 1) * 4 * h * h];
            for step in 0..sequence.len() {
                let t = if dir == 0 { sequence.start + step } else { sequence.end - 1 - step };
                let row = &mut saved.gates[(t * 2 + dir) * 4 * h..(t * 2 + dir + 1) * 4 * h];
                gates.copy_from_slice(row);
                add_product(&mut gates, &now, matrix);
                let (i, rest) = row.split_at_mut(h);
                let (f, rest) = rest.split_at_mut(h);
                let (g, o) = rest.split_at_mut(h);
                let at = (t * 2 + dir) * h;
                let cells = &mut saved.cells[at..at + h];
                let squashed = &mut saved.squashed[at..at + h];
                let out = &mut states[at..at + h];
                if state == State::Fixed {
                    let (g, others) = (2 * h..3 * h, (0..2 * h).chain(3 * h..4 * h));
                    g.for_each(|j| gates[j] = fixed(gates[j], 2.0 * STEPS, RANGE / 2.0));
                    others.for_each(|j| gates[j] = fixed(gates[j], STEPS, RANGE));
                }
                for j in 0..h {
                    i[j] = sigmoid(gates[j]);
                    f[j] = sigmoid(gates[h + j]);
                    g[j] = tanh(gates[2 * h + j]);
                    o[j] = sigmoid(gates[3 * h + j]);
                    cell[j] = f[j] * cell[j] + i[j] * g[j];
                    let mut read = cell[j];
                    if state == State::Fixed {
                        cell[j] = fixed(cell[j], STEPS, RANGE);
                        // tanh reads twice the cell, which has the same range.
                        read = cell[j].clamp(-RANGE / 2.0, RANGE / 2.0);
                    }
                    cells[j] = cell[j];
                    squashed[j] = tanh(read);
                    now[j] = o[j] * squashed[j];
                }
                if state == State::Fixed {
                    now.iter_mut().for_each(|v| *v = fixed(*v, STATE_STEPS, 1.0));
                }
                out.copy_from_slice(&now);
            }
        }
    }
}

/// Adds `x · matrix` to `y`; `matrix` is `[x.len(), y.len()]`.
#[inline(always)]
fn add_product(y: &mut [f32], x: &[f32], matrix: &[f32]) {
    let n = y.len();
    let blocks = n / LANES;
    for b in 0..blocks {
        let mut sum = [0f32; LANES];
        for (j, v) in x.iter().enumerate() {
            let row = &matrix[j * n + b * LANES..j * n + (b + 1) * LANES];
            for l in 0..LANES {
                sum[l] = row[l].mul_add(*v, sum[l]);
            }
        }
        for l in 0..LANES {
            y[b * LANES + l] += sum[l];
        }
    }
    for c in blocks * LANES..n {
        y[c] += x.iter().enumerate().map(|(j, v)| v * matrix[j * n + c]).sum::<f32>();
    }
}

/// Gradients of [`bilstm`]: overwrites that of `x`, adds to those of the weights.
pub fn bilstm_backward(
    gradients: &mut Gradients<'_>,
    saved: &mut Saved,
    dstates: &[f32],
    states: &[f32],
    x: &[f32],
    w: Weights<'_>,
    sequences: &[Range<usize>],
) {
    let h = w.hidden;
    let tokens = states.len() / (2 * h);
    if tokens == 0 {
        // Every sequence is empty, so nothing has a gradient.
        gradients.x.fill(0.0);
        return;
    }
    saved.dgates.resize(tokens * 8 * h, 0.0);
    vectorized(
        #[inline(always)]
        || match h {
            16 => run_backward(saved, dstates, w.recurrent, sequences, 16),
            32 => run_backward(saved, dstates, w.recurrent, sequences, 32),
            64 => run_backward(saved, dstates, w.recurrent, sequences, 64),
            _ => run_backward(saved, dstates, w.recurrent, sequences, h),
        },
    );
    for dir in 0..2 {
        saved.previous.clear();
        saved.previous.resize(tokens * h, 0.0);
        for s in sequences {
            let pairs: Vec<(usize, usize)> = if dir == 0 {
                (s.start + 1..s.end).map(|t| (t, t - 1)).collect()
            } else {
                (s.start + 1..s.end).map(|t| (t - 1, t)).collect()
            };
            for (to, from) in pairs {
                let at = (from * 2 + dir) * h;
                saved.previous[to * h..(to + 1) * h].copy_from_slice(&states[at..at + h]);
            }
        }
        let target = &mut gradients.recurrent[dir * 4 * h * h..(dir + 1) * 4 * h * h];
        gemm(
            ViewMut::new(target, 4 * h, h, h),
            1.0,
            View::new(&saved.dgates[dir * 4 * h..], tokens, 4 * h, 8 * h).t(),
            View::new(&saved.previous, tokens, h, h),
        );
    }
    linear_backward(
        Some(&mut *gradients.x),
        gradients.input,
        Some(gradients.bias),
        &saved.dgates,
        x,
        w.input,
        tokens,
        w.input.len() / (8 * h),
    );
}

#[inline(always)]
fn run_backward(saved: &mut Saved, dstates: &[f32], recurrent: &[f32], sequences: &[Range<usize>], h: usize) {
    let mut dh = vec![0.0; h];
    let mut dc = vec![0.0; h];
    for sequence in sequences {
        for dir in 0..2 {
            dh.fill(0.0);
            dc.fill(0.0);
            let matrix = &recurrent[dir * 4 * h * h..(dir + 1) * 4 * h * h];
            for step in (0..sequence.len()).rev() {
                let t = if dir == 0 { sequence.start + step } else { sequence.end - 1 - step };
                let before = match (step, dir) {
                    (0, _) => None,
                    (_, 0) => Some(t - 1),
                    _ => Some(t + 1),
                };
                let at = (t * 2 + dir) * h;
                let gates = &saved.gates[at * 4..(at + h) * 4];
                let dgates = &mut saved.dgates[at * 4..(at + h) * 4];
                let (squashed, dout) = (&saved.squashed[at..at + h], &dstates[at..at + h]);
                for j in 0..h {
                    let (i, f, g, o) = (gates[j], gates[h + j], gates[2 * h + j], gates[3 * h + j]);
                    let previous = before.map_or(0.0, |b| saved.cells[(b * 2 + dir) * h + j]);
                    let dh = dh[j] + dout[j];
                    let dcell = dc[j] + dh * o * (1.0 - squashed[j] * squashed[j]);
                    dgates[j] = dcell * g * i * (1.0 - i);
                    dgates[h + j] = dcell * previous * f * (1.0 - f);
                    dgates[2 * h + j] = dcell * i * (1.0 - g * g);
                    dgates[3 * h + j] = dh * squashed[j] * o * (1.0 - o);
                    dc[j] = dcell * f;
                }
                dh.fill(0.0);
                // One partial sum per gate: four independent chains of additions.
                for gate in 0..4 {
                    let rows = &matrix[gate * h * h..(gate + 1) * h * h];
                    add_product(&mut dh, &dgates[gate * h..(gate + 1) * h], rows);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_gradient, uniform, weighted};
    use super::*;

    fn check(h: usize, d: usize) {
        let sequences = [0..0, 0..4, 4..5, 5..5, 5..12];
        let tokens = 12;
        let (x, input, recurrent, bias, dy) = (
            uniform(tokens * d, 1),
            uniform(8 * h * d, 2),
            uniform(8 * h * h, 3),
            uniform(8 * h, 4),
            uniform(tokens * 2 * h, 5),
        );
        let run = |x: &[f32], input: &[f32], recurrent: &[f32], bias: &[f32]| {
            let mut y = vec![0.0; tokens * 2 * h];
            let w = Weights { input, recurrent, bias, hidden: h, state: State::Float };
            bilstm(&mut y, &mut Saved::default(), x, w, &sequences);
            weighted(&y, &dy)
        };
        let w = Weights { input: &input, recurrent: &recurrent, bias: &bias, hidden: h, state: State::Float };
        let (mut y, mut saved) = (vec![0.0; tokens * 2 * h], Saved::default());
        bilstm(&mut y, &mut saved, &x, w, &sequences);
        let (mut dx, mut di, mut dr, mut db) =
            (vec![3.0; x.len()], vec![0.0; input.len()], vec![0.0; recurrent.len()], vec![0.0; bias.len()]);
        let mut gradients = Gradients { x: &mut dx, input: &mut di, recurrent: &mut dr, bias: &mut db };
        bilstm_backward(&mut gradients, &mut saved, &dy, &y, &x, w, &sequences);
        assert_gradient("dx", &x, &dx, |v| run(v, &input, &recurrent, &bias));
        assert_gradient("dinput", &input, &di, |v| run(&x, v, &recurrent, &bias));
        assert_gradient("drecurrent", &recurrent, &dr, |v| run(&x, &input, v, &bias));
        assert_gradient("dbias", &bias, &db, |v| run(&x, &input, &recurrent, v));
    }

    #[test]
    fn empty_sequences_have_no_states_and_no_gradient() {
        let (h, d) = (4, 3);
        let (input, recurrent, bias) = (uniform(8 * h * d, 1), uniform(8 * h * h, 2), uniform(8 * h, 3));
        let w = Weights { input: &input, recurrent: &recurrent, bias: &bias, hidden: h, state: State::Float };
        let (mut dx, mut di, mut dr, mut db) =
            (Vec::new(), vec![0.0; input.len()], vec![0.0; recurrent.len()], vec![0.0; bias.len()]);
        let mut gradients = Gradients { x: &mut dx, input: &mut di, recurrent: &mut dr, bias: &mut db };
        let (sequences, mut saved) = ([0..0, 0..0], Saved::default());
        bilstm(&mut [], &mut saved, &[], w, &sequences);
        bilstm_backward(&mut gradients, &mut saved, &[], &[], &[], w, &sequences);
        assert!([di, dr, db].concat().iter().all(|v| *v == 0.0));
    }

    #[test]
    fn gradients_equal_finite_differences() {
        check(3, 5);
        check(16, 4);
    }

    #[test]
    fn backward_direction_is_the_forward_one_on_reversed_tokens() {
        let (h, d, n) = (8, 6, 5);
        let one = (uniform(4 * h * d, 1), uniform(4 * h * h, 2), uniform(4 * h, 3));
        let twice = |v: &[f32]| [v, v].concat();
        let (input, recurrent, bias) = (twice(&one.0), twice(&one.1), twice(&one.2));
        let w = Weights { input: &input, recurrent: &recurrent, bias: &bias, hidden: h, state: State::Float };
        let x = uniform(n * d, 4);
        let reversed: Vec<f32> = x.chunks(d).rev().flatten().copied().collect();
        let (mut a, mut b) = (vec![0.0; n * 2 * h], vec![0.0; n * 2 * h]);
        bilstm(&mut a, &mut Saved::default(), &x, w, std::slice::from_ref(&(0..n)));
        bilstm(&mut b, &mut Saved::default(), &reversed, w, std::slice::from_ref(&(0..n)));
        for t in 0..n {
            let (forward, backward) =
                (&a[t * 2 * h..t * 2 * h + h], &b[(n - 1 - t) * 2 * h + h..(n - t) * 2 * h]);
            assert_eq!(forward, backward, "token {t}");
        }
    }

    #[test]
    fn fixed_numbers_lie_on_their_grids_and_within_their_ranges() {
        let (h, d, n) = (4, 3, 6);
        let (input, recurrent, bias, x) =
            (uniform(8 * h * d, 1), uniform(8 * h * h, 2), uniform(8 * h, 3), uniform(n * d, 4));
        let x: Vec<f32> = x.iter().map(|x| x * 20.0).collect();
        let state = State::Fixed;
        let w = Weights { input: &input, recurrent: &recurrent, bias: &bias, hidden: h, state };
        let mut y = vec![0.0; n * 2 * h];
        let mut saved = Saved::default();
        bilstm(&mut y, &mut saved, &x, w, std::slice::from_ref(&(0..n)));
        let on_grid = |values: &[f32], steps: f32| values.iter().all(|v| (v * steps).fract() == 0.0);
        assert!(on_grid(&y, 32_768.0) && on_grid(&saved.cells, 4096.0));
        let most = |values: &[f32]| values.iter().fold(0.0f32, |most, v| most.max(v.abs()));
        // sigmoid(8), and tanh(4).
        assert!(most(&saved.gates) <= 0.999_67 && most(&saved.squashed) <= 0.999_4);
        assert!(most(&saved.gates) > 0.999 && y.iter().any(|v| *v != 0.0));
    }
}
