//! A linear layer with i8 weights and i8 activations.

use super::{LinearWeights, check_len};
use crate::error::{Error, ErrorKind, Result};
use crate::kernels::{Kernels, matvec_i8, quantize_i8};
use crate::quant::MAX_COLUMNS;

/// `y = W x + b`, where x is quantized to i8 first. Immutable; share it freely.
///
/// ```
/// use pupil_core::{cpu::Cpu, kernels::Kernels, layers::{Linear, LinearScratch}};
///
/// let kernels = Kernels::new(Cpu::detect());
/// let linear = Linear::new(1, 2, &[127, -127], &[1.0 / 127.0], &[0.5], &kernels)?;
/// let mut y = [0.0];
/// linear.forward(&[3.0, 1.0], &mut LinearScratch::default(), &mut y);
/// assert!((y[0] - 2.5).abs() < 0.02);
/// # Ok::<(), pupil_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Linear {
    weights: matvec_i8::Packed,
    matvec: &'static matvec_i8::Variant,
    quantize: &'static quantize_i8::Variant,
}

/// Buffers of [`Linear::forward`]; serves layers of any size, and allocates only for the largest.
#[derive(Clone, Debug, Default)]
pub struct LinearScratch {
    q: Vec<i8>,
}

impl Linear {
    /// Packs `weight` `[m, k]` with `scale` `[m]` and `bias` `[m]` for the chosen kernels.
    ///
    /// # Errors
    ///
    /// `Damaged` when a length or value does not fit, `TooLarge` when `k` is above [`MAX_COLUMNS`].
    pub fn new(
        m: usize,
        k: usize,
        weight: &[i8],
        scale: &[f32],
        bias: &[f32],
        kernels: &Kernels,
    ) -> Result<Self> {
        let w = LinearWeights { weight, scale, bias };
        w.check("a linear layer")?;
        Self::pack((m, k), &w, kernels)
    }

    /// Packs weights whose values were checked.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), where a length does not fit.
    pub(crate) fn pack((m, k): (usize, usize), w: &LinearWeights<'_>, kernels: &Kernels) -> Result<Self> {
        let LinearWeights { weight, scale, bias } = *w;
        if k > MAX_COLUMNS {
            let message = format!("a linear layer of {k} columns, {MAX_COLUMNS} at most");
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        check_len("the weight of a linear layer", weight.len(), m.saturating_mul(k))?;
        check_len("the scale of a linear layer", scale.len(), m)?;
        check_len("the bias of a linear layer", bias.len(), m)?;
        let matvec = kernels.matvec_i8;
        let weights = matvec.pack(m, k, weight, scale, bias);
        Ok(Self { weights, matvec, quantize: kernels.quantize_i8 })
    }

    /// Length of the input.
    pub fn input_len(&self) -> usize {
        self.weights.columns()
    }

    /// Length of the output.
    pub fn output_len(&self) -> usize {
        self.weights.rows()
    }

    /// Bytes of memory that the layer holds.
    pub fn memory_bytes(&self) -> usize {
        self.weights.bytes()
    }

    /// Computes `out` `[m]` from `x` `[k]`.
    ///
    /// # Panics
    ///
    /// When `x` or `out` has another length.
    pub fn forward(&self, x: &[f32], scratch: &mut LinearScratch, out: &mut [f32]) {
        scratch.q.resize(x.len(), 0);
        let scale = self.quantize.run(x, &mut scratch.q);
        self.matvec.run(&self.weights, &scratch.q, scale, out);
    }
}

/// Replaces numbers that are not above 0 by 0.
pub fn relu(values: &mut [f32]) {
    for value in values {
        *value = if *value > 0.0 { *value } else { 0.0 };
    }
}
