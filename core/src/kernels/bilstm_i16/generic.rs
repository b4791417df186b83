//! Plain loops, unit by unit.

use super::table::half_tanh;
use super::{Direction, EIGHTH, HALF, Packed, State, directions, gate_inputs, product};

pub(super) fn bilstm(packed: &Packed, rows: &[i16], index: &[u32], state: &mut State) {
    let mut directions = directions(packed, state);
    for (first, second) in index.iter().zip(index.iter().rev()) {
        let inputs = gate_inputs(rows, packed.padded, *first, *second);
        for (direction, x) in directions.iter_mut().zip(inputs) {
            step(direction, x);
        }
    }
}

/// One step of one direction.
pub(super) fn step(d: &mut Direction<'_>, x: &[i16]) {
    let units = d.cell.len();
    for unit in 0..units {
        let mut sum = [0i32; 4];
        let weight = &d.weight[unit * units * 4..][..units * 4];
        for (weight, h) in weight.as_chunks::<4>().0.iter().zip(&*d.last) {
            for (sum, weight) in sum.iter_mut().zip(weight) {
                *sum += i32::from(*weight) * i32::from(*h);
            }
        }
        let gate = |g: usize| {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the contract: what is beyond 16 bits is their end"
            )]
            let part = (sum[g] as f32 * d.scale[unit * 4 + g]).round_ties_even() as i16;
            half_tanh(x[unit * 4 + g].saturating_add(part))
        };
        let [i, f, o] = [0, 1, 3].map(|g| HALF + (gate(g) >> 1));
        let c = product(f, d.cell[unit]).saturating_add(product(product(i, gate(2)), EIGHTH));
        let h = product(o, half_tanh(c.saturating_add(c)));
        d.cell[unit] = c;
        d.next[unit] = h;
        d.pooled[unit] = d.pooled[unit].max(h);
    }
    std::mem::swap(&mut d.last, &mut d.next);
}
