//! Running an E-LSTM.

use crate::error::{Error, ErrorKind, Result};
use crate::kernels::bilstm_i16::{self, MOST_REACH, UNIT};
use crate::kernels::{Aligned, Kernels, matvec_i8};
use crate::layers::{check_biases, check_len, check_scales, check_weights};
use crate::quant::{MAX_COLUMNS, MAX_HIDDEN};

/// The arrays of an encoder as a file holds them. Direction 0 is forward, 1 backward; the 4H rows of a direction are
/// the gates i, f, g, o, H rows each.
#[derive(Clone, Copy, Debug)]
pub struct LstmWeights<'a> {
    /// Number of tokens, V.
    pub vocab: usize,
    /// Length of an embedding, D.
    pub embedding_dim: usize,
    /// Units of one direction, H.
    pub hidden: usize,
    /// `[V, D]`.
    pub embedding: &'a [i8],
    /// `[V]`.
    pub embedding_scale: &'a [f32],
    /// `[2, 4H, D]`.
    pub input: &'a [i8],
    /// `[2, 4H]`.
    pub input_scale: &'a [f32],
    /// `[2, 4H, H]`.
    pub recurrent: &'a [i8],
    /// `[2, 4H]`.
    pub recurrent_scale: &'a [f32],
    /// `[2, 4H]`.
    pub bias: &'a [f32],
}

impl LstmWeights<'_> {
    /// Refuses shapes that contradict each other.
    fn check_shapes(&self) -> Result<()> {
        let (v, d, h) = (self.vocab, self.embedding_dim, self.hidden);
        for (what, found, most) in [
            ("embedding dimension", d, MAX_COLUMNS),
            ("hidden units", h, MAX_HIDDEN),
            ("vocabulary", v, 1 << 31),
        ] {
            if found == 0 {
                return Err(Error::new(ErrorKind::Damaged, format!("an lstm without {what}")));
            }
            if found > most {
                let message = format!("an lstm with {what} of {found}, {most} at most");
                return Err(Error::new(ErrorKind::TooLarge, message));
            }
        }
        check_len("the embedding", self.embedding.len(), v.saturating_mul(d))?;
        check_len("the embedding's scale", self.embedding_scale.len(), v)?;
        check_len("the input weight", self.input.len(), 8 * h * d)?;
        check_len("the input weight's scale", self.input_scale.len(), 8 * h)?;
        check_len("the recurrent weight", self.recurrent.len(), 8 * h * h)?;
        check_len("the recurrent weight's scale", self.recurrent_scale.len(), 8 * h)?;
        check_len("the lstm's bias", self.bias.len(), 8 * h)
    }

    /// Refuses values that the kernels are not made for; those of a file were checked when it was read.
    fn check_values(&self) -> Result<()> {
        check_weights("the embedding", self.embedding)?;
        check_weights("the input weight", self.input)?;
        check_weights("the recurrent weight", self.recurrent)?;
        check_scales("the embedding", self.embedding_scale)?;
        check_scales("the input weight", self.input_scale)?;
        check_scales("the recurrent weight", self.recurrent_scale)?;
        check_biases("the lstm", self.bias)
    }
}

/// Refuses recurrent weights whose part of a gate has no bound that the kernels can rely on.
pub(in crate::parts) fn check_reach(hidden: usize, weight: &[i8], scale: &[f32]) -> Result<()> {
    match bilstm_i16::first_beyond_reach(hidden, weight, scale) {
        None => Ok(()),
        Some((row, reach)) => Err(Error::new(
            ErrorKind::TooLarge,
            format!("row {row} of the recurrent weights may add {reach} to a gate, {MOST_REACH} or more"),
        )),
    }
}

/// Tokens of a table that are computed at once.
const FOLDED_AT_ONCE: usize = 64;

/// The encoder, packed for the chosen kernels. Immutable; share it freely.
#[derive(Debug)]
pub struct PackedLstm {
    vocab: usize,
    hidden: usize,
    recurrent: bilstm_i16::Packed,
    bilstm: &'static bilstm_i16::Variant,
    gates: GateInputs,
}

/// Where the input part of the gates comes from. Both give the same bits.
#[derive(Debug)]
enum GateInputs {
    /// One row per token of the vocabulary, computed once.
    Folded(Aligned<i16>),
    /// Computed per token of the text.
    Computed {
        embedding: Vec<i8>,
        embedding_scale: Vec<f32>,
        input: matvec_i8::Packed,
        matvec: &'static matvec_i8::Variant,
    },
}

/// Buffers of [`PackedLstm::forward`]; serves encoders of any size, and allocates only for the largest.
#[derive(Debug, Default)]
pub struct LstmScratch {
    state: bilstm_i16::State,
    row: Vec<f32>,
    rows: Aligned<i16>,
    index: Vec<u32>,
}

impl LstmScratch {
    /// Bytes that the buffers hold whose size follows from the number of tokens.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.rows.bytes() + self.index.capacity() * size_of::<u32>()
    }
}

impl PackedLstm {
    /// Packs the weights for the chosen kernels. The input part of the gates depends on the token alone: if a table of
    /// it for the whole vocabulary fits `fold_limit_bytes` (about `V * 16 * H` bytes), it is computed here, otherwise
    /// with every call. The result is the same.
    ///
    /// # Errors
    ///
    /// `Damaged` when a length or value does not fit, `TooLarge` when a dimension or the recurrent part of a gate is
    /// beyond its limit.
    pub fn new(w: &LstmWeights<'_>, kernels: &Kernels, fold_limit_bytes: usize) -> Result<Self> {
        w.check_shapes()?;
        w.check_values()?;
        Self::pack(w, kernels, fold_limit_bytes)
    }

    /// Packs weights whose values were checked.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), where a shape does not fit.
    pub(super) fn pack(w: &LstmWeights<'_>, kernels: &Kernels, fold_limit_bytes: usize) -> Result<Self> {
        w.check_shapes()?;
        check_reach(w.hidden, w.recurrent, w.recurrent_scale)?;
        let bilstm = kernels.bilstm_i16;
        let recurrent = bilstm.pack(w.hidden, w.recurrent, w.recurrent_scale);
        let row_len = recurrent.row_len();
        let (weight, scale, bias) = order_input(w, &recurrent);
        let fits = w.vocab.checked_mul(row_len * size_of::<i16>()).is_some_and(|b| b <= fold_limit_bytes);
        let gates = if fits {
            // Many rows in one product: it gives the bits of `matvec_i8` for each.
            let mut table = Aligned::zeros(w.vocab * row_len);
            let input = kernels.matmul_i8.pack(row_len, w.embedding_dim, &weight, &scale, &bias);
            let tokens = w.embedding.chunks(FOLDED_AT_ONCE * w.embedding_dim);
            let mut rows = Aligned::zeros(w.vocab.min(FOLDED_AT_ONCE) * row_len);
            let scales = w.embedding_scale.chunks(FOLDED_AT_ONCE);
            for ((tokens, scales), table) in
                tokens.zip(scales).zip(table.chunks_mut(FOLDED_AT_ONCE * row_len))
            {
                let rows = &mut rows[..table.len()];
                kernels.matmul_i8.run(&input, tokens, scales, rows);
                recurrent.gate_inputs(rows, table);
            }
            GateInputs::Folded(table)
        } else {
            let matvec = kernels.matvec_i8;
            let input = matvec.pack(row_len, w.embedding_dim, &weight, &scale, &bias);
            let (embedding, embedding_scale) = (w.embedding.to_vec(), w.embedding_scale.to_vec());
            GateInputs::Computed { embedding, embedding_scale, input, matvec }
        };
        Ok(Self { vocab: w.vocab, hidden: w.hidden, recurrent, bilstm, gates })
    }

    /// Length of the output, 2H.
    pub fn output_len(&self) -> usize {
        2 * self.hidden
    }

    /// Number of tokens; ids are below it.
    pub fn vocab(&self) -> usize {
        self.vocab
    }

    /// Whether the input part of the gates was computed for the whole vocabulary.
    pub fn is_folded(&self) -> bool {
        matches!(self.gates, GateInputs::Folded(_))
    }

    /// Bytes of memory that the encoder holds.
    pub fn memory_bytes(&self) -> usize {
        let gates = match &self.gates {
            GateInputs::Folded(table) => table.bytes(),
            GateInputs::Computed { embedding, embedding_scale, input, .. } => {
                embedding.len() + embedding_scale.len() * size_of::<f32>() + input.bytes()
            }
        };
        self.recurrent.bytes() + gates
    }

    /// Encodes a text: the largest h of each unit over all tokens, forward units first. Zeros when there is no token.
    ///
    /// # Panics
    ///
    /// When an id is not below the vocabulary, or `out` is not [`PackedLstm::output_len`] long.
    pub fn forward(&self, ids: &[u32], scratch: &mut LstmScratch, out: &mut [f32]) {
        assert_eq!(out.len(), self.output_len(), "the encoder writes 2 * hidden values");
        self.run(ids, scratch);
        let both = out.chunks_exact_mut(self.hidden);
        for (out, pooled) in both.zip(scratch.state.pooled().chunks_exact(self.recurrent.padded())) {
            for (out, pooled) in out.iter_mut().zip(pooled) {
                *out = if ids.is_empty() { 0.0 } else { f32::from(*pooled) * (1.0 / UNIT) };
            }
        }
    }

    /// Like [`PackedLstm::forward`], but writes the pooled integers. For tests.
    #[doc(hidden)]
    pub fn forward_integers(&self, ids: &[u32], scratch: &mut LstmScratch, out: &mut [i16]) {
        assert_eq!(out.len(), self.output_len(), "the encoder writes 2 * hidden values");
        self.run(ids, scratch);
        let both = out.chunks_exact_mut(self.hidden);
        for (out, pooled) in both.zip(scratch.state.pooled().chunks_exact(self.recurrent.padded())) {
            out.copy_from_slice(&pooled[..out.len()]);
        }
        if ids.is_empty() {
            out.fill(0);
        }
    }

    /// Runs the LSTM over the tokens.
    fn run(&self, ids: &[u32], scratch: &mut LstmScratch) {
        let LstmScratch { state, row, rows, index } = scratch;
        match &self.gates {
            GateInputs::Folded(table) => self.bilstm.run(&self.recurrent, table, ids, state),
            GateInputs::Computed { embedding, embedding_scale, input, matvec } => {
                let (row_len, dim) = (self.recurrent.row_len(), input.columns());
                row.resize(row_len, 0.0);
                rows.resize(ids.len() * row_len);
                index.clear();
                for ((place, out), id) in (0u32..).zip(rows.chunks_exact_mut(row_len)).zip(ids) {
                    let id = *id as usize;
                    matvec.run(input, &embedding[id * dim..][..dim], embedding_scale[id], row);
                    self.recurrent.gate_inputs(row, out);
                    index.push(place);
                }
                self.bilstm.run(&self.recurrent, rows, index, state);
            }
        }
    }
}

/// Orders the input weights so that one product gives a row of gate inputs in the LSTM's order: rows, scales, biases.
fn order_input(w: &LstmWeights<'_>, recurrent: &bilstm_i16::Packed) -> (Vec<i8>, Vec<f32>, Vec<f32>) {
    let (h, d, m) = (w.hidden, w.embedding_dim, recurrent.row_len());
    let (mut weight, mut scale, mut bias) = (vec![0; m * d], vec![0.0; m], vec![0.0; m]);
    for row in 0..8 * h {
        let place = recurrent.place(row / (4 * h), row / h % 4, row % h);
        weight[place * d..][..d].copy_from_slice(&w.input[row * d..][..d]);
        scale[place] = w.input_scale[row];
        bias[place] = w.bias[row];
    }
    (weight, scale, bias)
}
