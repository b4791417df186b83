//! A linear layer on many rows at once.

use super::{check_biases, check_len, check_scales, check_weights};
use crate::error::{Error, ErrorKind, Result};
use crate::kernels::{Kernels, gelu_i8, matmul_i8, quantize_i8};
use crate::quant::MAX_COLUMNS;

/// The arrays of a linear layer as a file holds them: `m` rows of weights, and a scale and a bias for each row.
#[derive(Clone, Copy, Debug)]
pub struct LinearWeights<'a> {
    /// `[m, k]`.
    pub weight: &'a [i8],
    /// `[m]`.
    pub scale: &'a [f32],
    /// `[m]`.
    pub bias: &'a [f32],
}

impl LinearWeights<'_> {
    /// Refuses values that the kernels are not made for; those of a file were checked when it was read.
    pub(crate) fn check(&self, what: &str) -> Result<()> {
        check_weights(what, self.weight)?;
        check_scales(what, self.scale)?;
        check_biases(what, self.bias)
    }

    /// Rows and columns, as far as the lengths tell.
    #[cfg(feature = "write")]
    pub(crate) fn shape(&self) -> (usize, usize) {
        let m = self.scale.len();
        (m, self.weight.len() / m.max(1))
    }
}

/// `Y = X W' + b` for the rows of X, each quantized to i8 with its own scale: row by row what [`Linear`](super::Linear)
/// gives. Immutable; share it freely.
///
/// ```
/// use pupil_core::{cpu::Cpu, kernels::Kernels, layers::{Dense, DenseScratch, LinearWeights}};
///
/// let weights = LinearWeights { weight: &[127, -127], scale: &[1.0 / 127.0], bias: &[0.5] };
/// let dense = Dense::new((1, 2), &weights, &Kernels::new(Cpu::detect()))?;
/// let mut y = [0.0; 2];
/// dense.forward(&[3.0, 1.0, 0.0, 0.0], &mut DenseScratch::default(), &mut y);
/// assert!((y[0] - 2.5).abs() < 0.02 && y[1] == 0.5);
/// # Ok::<(), pupil_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Dense {
    weights: matmul_i8::Packed,
    matmul: &'static matmul_i8::Variant,
    quantize: &'static quantize_i8::Variant,
    gelu: &'static gelu_i8::Variant,
}

/// Buffers of [`Dense::forward`]; serves layers of any size, and allocates only for the largest.
#[derive(Debug, Default)]
pub struct DenseScratch {
    q: Vec<i8>,
    scale: Vec<f32>,
}

impl DenseScratch {
    /// Bytes that the buffers hold.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.q.capacity() + self.scale.capacity() * size_of::<f32>()
    }
}

impl Dense {
    /// Packs weights `[m, k]` for the chosen kernels.
    ///
    /// # Errors
    ///
    /// `Damaged` when a length or value does not fit, `TooLarge` when `k` is above [`MAX_COLUMNS`].
    pub fn new((m, k): (usize, usize), w: &LinearWeights<'_>, kernels: &Kernels) -> Result<Self> {
        w.check("a dense layer")?;
        Self::pack((m, k), w, kernels)
    }

    /// Packs weights whose values were checked.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), where a length does not fit.
    pub(crate) fn pack((m, k): (usize, usize), w: &LinearWeights<'_>, kernels: &Kernels) -> Result<Self> {
        if k > MAX_COLUMNS {
            let message = format!("a dense layer of {k} columns, {MAX_COLUMNS} at most");
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        if m == 0 || k == 0 {
            return Err(Error::new(ErrorKind::Damaged, format!("a dense layer of {m} rows and {k} columns")));
        }
        check_len("the weight of a dense layer", w.weight.len(), m.saturating_mul(k))?;
        check_len("the scale of a dense layer", w.scale.len(), m)?;
        check_len("the bias of a dense layer", w.bias.len(), m)?;
        let matmul = kernels.matmul_i8;
        let weights = matmul.pack(m, k, w.weight, w.scale, w.bias);
        Ok(Self { weights, matmul, quantize: kernels.quantize_i8, gelu: kernels.gelu_i8 })
    }

    /// Length of a row of the input.
    pub fn input_len(&self) -> usize {
        self.weights.columns()
    }

    /// Length of a row of the output.
    pub fn output_len(&self) -> usize {
        self.weights.rows()
    }

    /// Bytes of memory that the layer holds.
    pub fn memory_bytes(&self) -> usize {
        self.weights.bytes()
    }

    /// Computes `out` `[rows, m]` from `x` `[rows, k]`.
    ///
    /// # Panics
    ///
    /// When `x` is not a whole number of rows, or `out` has another number of rows.
    pub fn forward(&self, x: &[f32], scratch: &mut DenseScratch, out: &mut [f32]) {
        let k = self.input_len();
        assert!(x.len().is_multiple_of(k), "the input is whole rows");
        let DenseScratch { q, scale } = scratch;
        q.resize(x.len(), 0);
        scale.clear();
        scale.extend(x.chunks_exact(k).zip(q.chunks_exact_mut(k)).map(|(x, q)| self.quantize.run(x, q)));
        self.matmul.run(&self.weights, q, scale, out);
    }

    /// Computes `out` `[rows, m]` from the GELU of `x` `[rows, k]`, which is overwritten.
    ///
    /// # Panics
    ///
    /// When `x` is not a whole number of rows, or `out` has another number of rows.
    pub fn forward_after_gelu(&self, x: &mut [f32], scratch: &mut DenseScratch, out: &mut [f32]) {
        let k = self.input_len();
        assert!(x.len().is_multiple_of(k), "the input is whole rows");
        let DenseScratch { q, scale } = scratch;
        q.resize(x.len(), 0);
        scale.clear();
        scale.extend(x.chunks_exact_mut(k).zip(q.chunks_exact_mut(k)).map(|(x, q)| self.gelu.run(x, q)));
        self.matmul.run(&self.weights, q, scale, out);
    }
}
