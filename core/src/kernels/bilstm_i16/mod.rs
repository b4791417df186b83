//! A whole bidirectional LSTM: both directions side by side, pooled by maximum.
//!
//! All numbers of a step are integers of 16 bits: gates i, f and o and the cell in steps of 1 / 4096, gate g in steps
//! of 1 / 8192, h and what the gates become in steps of 1 / 32768. `a · b` stands for `product`, `+` for a sum that
//! stays within 16 bits, `T` for tanh of half a number, from a table. Given per token and direction the input part `x`
//! of the four gates (order i, f, g, o), each step is
//!
//! 1. `gate[r] = x[r] + round((sum_j w[r,j] * h[j]) as f32 * scale[r])`, the inner sum in i32, exact; rounded half to
//!    even, and what is beyond 16 bits becomes their end;
//! 2. `i, f, o = 1/2 + T(gate) >> 1`, `g = T(gate)`, `c = f · c + (i · g) · 1/8`;
//! 3. `h = o · T(c + c)`.
//!
//! The forward direction reads the tokens first to last, the backward one last to first; both begin with `c = 0`,
//! `h = 0`. The result is, per direction and unit, the largest h of all steps. The weights lie in -127..=127, so that
//! 512 units cannot overflow the i32 sum, and a row's recurrent part stays within [`MOST_REACH`], so that all CPUs
//! convert its f32 alike.
//!
//! [`Variant::step`] makes one step of a single direction whose state the caller keeps.

#[cfg(target_arch = "aarch64")]
mod arm_neon;
mod generic;
mod table;
#[cfg(test)]
mod tests;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm_simd128;
#[cfg(target_arch = "x86_64")]
mod x86_avx2;
#[cfg(target_arch = "x86_64")]
mod x86_avx512;

use super::Aligned;
use super::math::ROUNDER;
use crate::cpu::{Cpu, FeatureSet};

/// Steps of gates i, f and o, and of the cell, in 1.
const STEPS: f32 = 4096.0;
/// Steps of h in 1.
pub const UNIT: f32 = 32_768.0;
/// 1/2 in steps of 1 / 32768.
const HALF: i16 = 1 << 14;
/// 1/8 in steps of 1 / 32768: from these steps to those of the cell.
const EIGHTH: i16 = 1 << 12;
/// The recurrent part of a gate, `scale[r] * sum_j |w[r,j]|`, is below this.
pub const MOST_REACH: f32 = 512.0;

/// `a * b` in steps of 1 / 32768, rounded half up. Only -1 times -1 has no such product, and never occurs here.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the product of two fractions is one")]
fn product(a: i16, b: i16) -> i16 {
    ((i32::from(a) * i32::from(b) + (1 << 14)) >> 15) as i16
}

/// The first row of recurrent weights whose part of a gate may reach [`MOST_REACH`], and how far it may reach. `weight`
/// is `[scale.len(), hidden]`.
pub fn first_beyond_reach(hidden: usize, weight: &[i8], scale: &[f32]) -> Option<(usize, f32)> {
    let reaches = weight.chunks_exact(hidden.max(1)).zip(scale).map(|(row, scale)| {
        let sum: u32 = row.iter().map(|w| u32::from(w.unsigned_abs())).sum();
        sum as f32 * scale
    });
    // NaN is beyond as well.
    reaches.enumerate().find(|(_, reach)| *reach >= MOST_REACH || reach.is_nan())
}

/// The layout of the recurrent weights in a variant: blocks of `lanes` units; in a block, groups of `group` columns; in
/// a group, one gate after another; in a gate, one unit after another. Units and columns are padded with zeros to a
/// multiple of `lanes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layout {
    lanes: usize,
    group: usize,
}

/// Recurrent weights of both directions or of one, in the layout of one variant.
#[derive(Debug)]
pub struct Packed {
    layout: Layout,
    /// 2, or 1 for [`Variant::step`].
    directions: usize,
    /// Units of one direction, padded to a multiple of `lanes`.
    padded: usize,
    /// `[directions][padded / lanes][padded / group][4][lanes][group]`.
    weight: Aligned<i16>,
    /// What the row's sum is multiplied by to be in steps of its gate, in the order of [`Packed::place`].
    scale: Aligned<f32>,
}

impl Packed {
    /// Units of one direction as the variant sees them; those beyond the real ones stay at 0.
    pub fn padded(&self) -> usize {
        self.padded
    }

    /// Length of one row of gate inputs.
    pub fn row_len(&self) -> usize {
        4 * self.directions * self.padded
    }

    /// Place of a gate (0 to 3 for i, f, g, o) within a row: the order is `[directions][padded / lanes][4][lanes]`.
    pub fn place(&self, direction: usize, gate: usize, unit: usize) -> usize {
        place(self.layout.lanes, self.padded, direction, gate, unit)
    }

    /// Writes rows of gate inputs, each of [`Packed::row_len`] numbers in the order of [`Packed::place`], as integers.
    /// What is beyond their range becomes its end, and NaN 0.
    ///
    /// # Panics
    ///
    /// When `out` is not as long as `rows`.
    pub fn gate_inputs(&self, rows: &[f32], out: &mut [i16]) {
        assert_eq!(out.len(), rows.len(), "every input has a place");
        let lanes = self.layout.lanes;
        let blocks = rows.chunks_exact(4 * lanes).zip(out.chunks_exact_mut(4 * lanes));
        for (x, out) in blocks {
            for (gate, (x, out)) in x.chunks_exact(lanes).zip(out.chunks_exact_mut(lanes)).enumerate() {
                let steps = steps_of(gate);
                for (x, out) in x.iter().zip(out) {
                    *out = integer(*x * steps);
                }
            }
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.weight.bytes() + self.scale.bytes()
    }
}

/// Steps of a gate in 1.
fn steps_of(gate: usize) -> f32 {
    if gate == 2 { 2.0 * STEPS } else { STEPS }
}

/// The nearest integer of 16 bits, half to even; 0 for NaN.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the low half is the integer in two's complement")]
fn integer(x: f32) -> i16 {
    // Without branches, so that loops over it become vectors.
    let x = if x > 32_767.0 { 32_767.0 } else { x };
    let x = if x < -32_768.0 { -32_768.0 } else { x };
    let x = if x.is_nan() { 0.0 } else { x };
    ((x + ROUNDER).to_bits() as u16).cast_signed()
}

/// The state of a run, and its result.
#[derive(Debug, Default)]
pub struct State {
    /// c: `[2][padded]`.
    cell: Aligned<i16>,
    /// h of the last step and of the one before, alternating: `[2][2][padded]`.
    hidden: Aligned<i16>,
    /// Largest h so far: `[2][padded]`.
    pooled: Aligned<i16>,
}

impl State {
    /// Sets c and h to 0 and resets the maximum.
    fn reset(&mut self, padded: usize) {
        self.cell.resize(2 * padded);
        self.cell.fill(0);
        self.hidden.resize(4 * padded);
        self.hidden.fill(0);
        self.pooled.resize(2 * padded);
        self.pooled.fill(i16::MIN);
    }

    /// The result of the last run, `[2][padded]`: forward units, then backward ones.
    pub fn pooled(&self) -> &[i16] {
        &self.pooled
    }
}

/// The state of one direction between steps.
#[derive(Clone, Debug, Default)]
pub struct StepState {
    /// c: `[padded]`.
    cell: Vec<i16>,
    /// h, then what the next step writes: `[2][padded]`.
    hidden: Vec<i16>,
    /// Largest h so far, which nobody reads: `[padded]`.
    pooled: Vec<i16>,
}

impl StepState {
    /// The state before the first step.
    pub fn new(packed: &Packed) -> Self {
        let padded = packed.padded;
        Self { cell: vec![0; padded], hidden: vec![0; 2 * padded], pooled: vec![i16::MIN; padded] }
    }

    /// c and h of the units, the padded ones last.
    pub fn values(&self) -> (&[i16], &[i16]) {
        (&self.cell, &self.hidden[..self.cell.len()])
    }

    /// c and h of the units, to be restored; the padded ones, which are last, must stay 0.
    pub fn values_mut(&mut self) -> (&mut [i16], &mut [i16]) {
        let padded = self.cell.len();
        (&mut self.cell, &mut self.hidden[..padded])
    }

    /// Becomes a copy of another state of the same model, without allocating.
    pub fn copy_from(&mut self, other: &Self) {
        self.cell.copy_from_slice(&other.cell);
        self.hidden.copy_from_slice(&other.hidden);
    }
}

/// One implementation of the op.
#[derive(Debug)]
pub struct Variant {
    /// File name of the variant; used in logs, tests and benches.
    pub name: &'static str,
    needs: FeatureSet,
    layout: Layout,
    body: unsafe fn(&Packed, &[i16], &[u32], &mut State),
    /// One step of one direction: its gate inputs are `[padded / lanes][4][lanes]`.
    step: unsafe fn(&mut Direction<'_>, &[i16]),
}

/// Every variant of this build, best first; `generic` is last and needs no feature.
static VARIANTS: &[Variant] = &[
    #[cfg(target_arch = "aarch64")]
    Variant {
        name: "arm_neon",
        needs: FeatureSet::NEON,
        layout: Layout { lanes: LANES, group: arm_neon::GROUP },
        body: arm_neon::bilstm,
        step: arm_neon::step,
    },
    #[cfg(target_arch = "x86_64")]
    Variant {
        name: "x86_avx512",
        needs: FeatureSet::AVX512,
        layout: Layout { lanes: LANES, group: x86_avx512::GROUP },
        body: x86_avx512::bilstm,
        step: x86_avx512::step,
    },
    #[cfg(target_arch = "x86_64")]
    Variant {
        name: "x86_avx2",
        needs: FeatureSet::AVX2,
        layout: Layout { lanes: LANES, group: x86_avx2::GROUP },
        body: x86_avx2::bilstm,
        step: x86_avx2::step,
    },
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    Variant {
        name: "wasm_simd128",
        needs: FeatureSet::SIMD128,
        layout: Layout { lanes: LANES, group: wasm_simd128::GROUP },
        body: wasm_simd128::bilstm,
        step: wasm_simd128::step,
    },
    Variant {
        name: "generic",
        needs: FeatureSet::NONE,
        layout: Layout { lanes: 1, group: 1 },
        body: generic::bilstm,
        step: generic::step,
    },
];

/// Variants this machine can run, best first.
pub fn available(cpu: Cpu) -> impl Iterator<Item = &'static Variant> {
    VARIANTS.iter().filter(move |v| cpu.has(v.needs))
}

impl Variant {
    /// Units of one direction after padding.
    pub fn padded(&self, hidden: usize) -> usize {
        hidden.next_multiple_of(self.layout.lanes)
    }

    /// Packs `weight` `[2, 4 * hidden, hidden]` with `scale` `[2, 4 * hidden]`.
    ///
    /// # Panics
    ///
    /// When a length is not the product of its dimensions, or a row is [beyond reach](first_beyond_reach).
    pub fn pack(&self, hidden: usize, weight: &[i8], scale: &[f32]) -> Packed {
        self.pack_directions(2, hidden, weight, scale)
    }

    /// Packs `weight` `[4 * hidden, hidden]` with `scale` `[4 * hidden]` for [`step`](Self::step).
    ///
    /// # Panics
    ///
    /// As [`pack`](Self::pack).
    pub fn pack_one(&self, hidden: usize, weight: &[i8], scale: &[f32]) -> Packed {
        self.pack_directions(1, hidden, weight, scale)
    }

    fn pack_directions(&self, directions: usize, hidden: usize, weight: &[i8], scale: &[f32]) -> Packed {
        let rows = 4 * directions * hidden;
        assert_eq!(weight.len(), rows * hidden, "recurrent weights are [directions, 4 * hidden, hidden]");
        assert_eq!(scale.len(), rows, "every recurrent row has a scale");
        let Layout { lanes, group } = self.layout;
        let padded = self.padded(hidden);
        let (blocks, groups) = (padded / lanes, padded.div_ceil(group));
        assert!(first_beyond_reach(hidden, weight, scale).is_none(), "a gate's recurrent part is bounded");
        let mut packed = Packed {
            layout: self.layout,
            directions,
            padded,
            weight: Aligned::zeros(directions * blocks * groups * 4 * lanes * group),
            scale: Aligned::zeros(4 * directions * padded),
        };
        for (row, (values, scale)) in weight.chunks_exact(hidden.max(1)).zip(scale).enumerate() {
            let (direction, gate, unit) = (row / (4 * hidden), row / hidden % 4, row % hidden);
            let at = packed.place(direction, gate, unit);
            packed.scale[at] = scale * (steps_of(gate) / UNIT);
            for (column, value) in values.iter().enumerate() {
                let block = (direction * blocks + unit / lanes) * groups + column / group;
                let place = ((block * 4 + gate) * lanes + unit % lanes) * group + column % group;
                packed.weight[place] = i16::from(*value);
            }
        }
        packed
    }

    /// Runs over the tokens whose gate inputs are the rows `index` of `rows`, each [`Packed::row_len`] long, in the
    /// order of [`Packed::place`]. Afterwards [`State::pooled`] holds the result, `i16::MIN` throughout if there was no
    /// token.
    ///
    /// # Panics
    ///
    /// When `packed` comes from a variant of another layout, or `index` names a row that does not exist.
    #[inline]
    pub fn run(&self, packed: &Packed, rows: &[i16], index: &[u32], state: &mut State) {
        assert_eq!(packed.layout, self.layout, "weights are run by the variant that packed them");
        assert_eq!(packed.directions, 2, "the weights are those of both directions");
        state.reset(packed.padded);
        // SAFETY: a `Variant` leaves this module only through `available`, hence
        // only on a CPU that has every feature in `needs`.
        unsafe { (self.body)(packed, rows, index, state) }
    }

    /// Makes one step of a single direction; `x` holds its gate inputs, [`Packed::row_len`] long, in the order of
    /// [`Packed::place`].
    ///
    /// # Panics
    ///
    /// When `packed` comes from [`pack`](Self::pack) or a variant of another layout, or `x` or the state is not as long
    /// as its rows.
    #[inline]
    pub fn step(&self, packed: &Packed, x: &[i16], state: &mut StepState) {
        assert_eq!(packed.layout, self.layout, "weights are run by the variant that packed them");
        assert_eq!(packed.directions, 1, "the weights are those of one direction");
        let padded = packed.padded;
        assert_eq!(x.len(), packed.row_len(), "every gate has an input");
        assert_eq!(state.cell.len(), padded, "the state is that of a model of this width");
        let (last, next) = state.hidden.split_at_mut(padded);
        let mut direction = Direction {
            weight: &packed.weight,
            scale: &packed.scale,
            last,
            next,
            cell: &mut state.cell,
            pooled: &mut state.pooled,
        };
        // SAFETY: as in `run`.
        unsafe { (self.step)(&mut direction, x) };
        state.hidden.copy_within(padded.., 0);
    }
}

/// [`Packed::place`] before there is a `Packed`.
fn place(lanes: usize, padded: usize, direction: usize, gate: usize, unit: usize) -> usize {
    ((direction * (padded / lanes) + unit / lanes) * 4 + gate) * lanes + unit % lanes
}

/// One direction of a run. Its blocks follow one another in each array.
struct Direction<'a> {
    /// `[padded / lanes][padded / group][4][lanes][group]`.
    weight: &'a [i16],
    /// `[padded / lanes][4][lanes]`.
    scale: &'a [f32],
    /// h of the step before, `[padded]`.
    last: &'a mut [i16],
    /// h of this step, `[padded]`.
    next: &'a mut [i16],
    /// c, `[padded]`.
    cell: &'a mut [i16],
    /// Largest h so far, `[padded]`.
    pooled: &'a mut [i16],
}

impl Direction<'_> {
    /// Makes h of this step that of the step before.
    fn turn(&mut self) {
        std::mem::swap(&mut self.last, &mut self.next);
    }
}

/// Units of a block in all variants but `generic`.
const LANES: usize = 16;

/// What a step reads and writes of one block of units.
struct Block<'a> {
    /// h of the step before, of all units.
    last: &'a [i16],
    /// `[padded / group][4][16][group]`.
    weight: &'a [i16],
    scale: &'a [[f32; LANES]; 4],
    /// Gate inputs.
    x: &'a [[i16; LANES]; 4],
    cell: &'a mut [i16; LANES],
    next: &'a mut [i16; LANES],
    pooled: &'a mut [i16; LANES],
}

/// The blocks of a step of one direction: `BLOCKS`, or as many as there are if it is 0.
#[inline(always)]
fn blocks<'a, const BLOCKS: usize>(
    d: &'a mut Direction<'_>,
    x: &'a [i16],
) -> impl Iterator<Item = Block<'a>> {
    let units = if BLOCKS == 0 { d.cell.len() } else { BLOCKS * LANES };
    let last = &d.last[..units];
    let inputs = x[..4 * units].as_chunks().0.as_chunks().0.iter();
    let scales = d.scale[..4 * units].as_chunks().0.as_chunks().0;
    let weights = d.weight[..4 * units * units].chunks_exact(4 * LANES * units.max(1));
    let cells = d.cell[..units].as_chunks_mut().0.iter_mut();
    let states = d.next[..units].as_chunks_mut().0.iter_mut().zip(d.pooled[..units].as_chunks_mut().0);
    let all = inputs.zip(scales).zip(weights).zip(cells.zip(states));
    all.map(move |(((x, scale), weight), (cell, (next, pooled)))| Block {
        last,
        weight,
        scale,
        x,
        cell,
        next,
        pooled,
    })
}

/// The two directions of a run, forward first.
fn directions<'a>(packed: &'a Packed, state: &'a mut State) -> [Direction<'a>; 2] {
    let units = packed.padded;
    let (last, next) = state.hidden.split_at_mut(2 * units);
    let (forward_last, backward_last) = last.split_at_mut(units);
    let (forward_next, backward_next) = next.split_at_mut(units);
    let (forward_cell, backward_cell) = state.cell.split_at_mut(units);
    let (forward_pooled, backward_pooled) = state.pooled.split_at_mut(units);
    let (forward_weight, backward_weight) = packed.weight.split_at(packed.weight.len() / 2);
    let (forward_scale, backward_scale) = packed.scale.split_at(4 * units);
    [
        Direction {
            weight: forward_weight,
            scale: forward_scale,
            last: forward_last,
            next: forward_next,
            cell: forward_cell,
            pooled: forward_pooled,
        },
        Direction {
            weight: backward_weight,
            scale: backward_scale,
            last: backward_last,
            next: backward_next,
            cell: backward_cell,
            pooled: backward_pooled,
        },
    ]
}

/// The gate inputs of both directions at one step: the forward half of the row `first`, the backward half of the row
/// `second`, each `[padded / lanes][4][lanes]`.
///
/// # Panics
///
/// When there is no such row.
#[inline(always)]
fn gate_inputs(rows: &[i16], padded: usize, first: u32, second: u32) -> [&[i16]; 2] {
    let half = 4 * padded;
    [&rows[first as usize * 2 * half..][..half], &rows[second as usize * 2 * half..][half..2 * half]]
}
