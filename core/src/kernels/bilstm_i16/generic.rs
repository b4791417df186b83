//! Plain loops, unit by unit.

use super::{Direction, Packed, State, directions, gate_inputs};
use crate::kernels::math::{sigmoid, tanh};

pub(super) fn bilstm(packed: &Packed, rows: &[f32], index: &[u32], state: &mut State) {
    let mut directions = directions(packed, state);
    for (first, second) in index.iter().zip(index.iter().rev()) {
        let inputs = gate_inputs(rows, packed.padded, *first, *second);
        for (direction, x) in directions.iter_mut().zip(inputs) {
            step(direction, x, packed.q);
        }
    }
}

/// One step of one direction.
pub(super) fn step(d: &mut Direction<'_>, x: &[f32], q: f32) {
    let units = d.cell.len();
    for unit in 0..units {
        let mut sum = [0i32; 4];
        let weight = &d.weight[unit * units * 4..][..units * 4];
        for (weight, h) in weight.as_chunks::<4>().0.iter().zip(&*d.last) {
            for (sum, weight) in sum.iter_mut().zip(weight) {
                *sum += i32::from(*weight) * i32::from(*h);
            }
        }
        let gate = |g: usize| x[unit * 4 + g] + sum[g] as f32 * d.scale[unit * 4 + g];
        let (i, f, g, o) = (sigmoid(gate(0)), sigmoid(gate(1)), tanh(gate(2)), sigmoid(gate(3)));
        let c = f * d.cell[unit] + i * g;
        let h = o * tanh(c);
        d.cell[unit] = c;
        #[expect(clippy::cast_possible_truncation, reason = "|h| <= 1, and NaN becomes 0")]
        let h = (h * q).round_ties_even() as i16;
        d.next[unit] = h;
        d.pooled[unit] = d.pooled[unit].max(h);
    }
    std::mem::swap(&mut d.last, &mut d.next);
}
