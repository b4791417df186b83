//! Layer normalization.

use super::{check_biases, check_len};
use crate::error::{Error, ErrorKind, Result};
use crate::kernels::{Kernels, layer_norm_f32};
use crate::quant::MAX_SCALE;

/// The arrays of a layer normalization as a file holds them.
#[derive(Clone, Copy, Debug)]
pub struct NormWeights<'a> {
    /// What a normalized value is multiplied by.
    pub weight: &'a [f32],
    /// What is added then.
    pub bias: &'a [f32],
}

/// Normalizes rows to mean 0 and variance 1, then multiplies and adds.
///
/// ```
/// use pupil_core::{cpu::Cpu, kernels::Kernels, layers::{Norm, NormWeights}};
///
/// let weights = NormWeights { weight: &[1.0, 1.0], bias: &[0.0, 5.0] };
/// let norm = Norm::new(2, 1e-12, &weights, &Kernels::new(Cpu::detect()))?;
/// let mut row = [1.0, 3.0];
/// norm.run(&mut row);
/// assert_eq!(row, [-1.0, 6.0]);
/// # Ok::<(), pupil_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Norm {
    weight: Vec<f32>,
    bias: Vec<f32>,
    epsilon: f32,
    kernel: &'static layer_norm_f32::Variant,
}

impl Norm {
    /// Copies the arrays of a normalization of rows of `width` values.
    ///
    /// # Errors
    ///
    /// `Damaged` when a length or value does not fit.
    pub fn new(width: usize, epsilon: f32, w: &NormWeights<'_>, kernels: &Kernels) -> Result<Self> {
        check_len("the weight of a normalization", w.weight.len(), width)?;
        check_len("the bias of a normalization", w.bias.len(), width)?;
        for (what, values) in [("weight", w.weight), ("bias", w.bias)] {
            check_biases(what, values)?;
            if let Some(value) = values.iter().find(|v| v.abs() > MAX_SCALE) {
                let message = format!("a normalization has the {what} {value}, beyond {MAX_SCALE}");
                return Err(Error::new(ErrorKind::Damaged, message));
            }
        }
        let (weight, bias) = (w.weight.to_vec(), w.bias.to_vec());
        Ok(Self { weight, bias, epsilon, kernel: kernels.layer_norm_f32 })
    }

    /// Bytes of memory that the layer holds.
    pub fn memory_bytes(&self) -> usize {
        (self.weight.len() + self.bias.len()) * size_of::<f32>()
    }

    /// Normalizes every row of `values`.
    ///
    /// # Panics
    ///
    /// When `values` is not a whole number of rows.
    pub fn run(&self, values: &mut [f32]) {
        self.kernel.run(values, &self.weight, &self.bias, self.epsilon);
    }
}
