//! The ops, each in several variants: one folder per op, one file per variant.
//!
//! Every variant of an op gives the same bits. [`Kernels`] holds one chosen variant of each op.
//! Nobody is promised that this module stays: it is public for tests and benchmarks.
#![expect(unsafe_code, reason = "vector loads and stores, and calls that need CPU features")]

mod aligned;
pub mod bilstm_i16;
pub mod math;
pub mod matvec_i8;
pub mod quantize_i8;
#[cfg(test)]
mod tests;

use crate::cpu::{Cpu, FeatureSet};
pub use aligned::Aligned;

/// One variant of each op, the best that the CPU can run.
#[derive(Clone, Copy, Debug)]
pub struct Kernels {
    /// Runs a bidirectional LSTM.
    pub bilstm_i16: &'static bilstm_i16::Variant,
    /// Multiplies a matrix by a vector.
    pub matvec_i8: &'static matvec_i8::Variant,
    /// Quantizes activations.
    pub quantize_i8: &'static quantize_i8::Variant,
}

impl Kernels {
    /// Chooses the variants for `cpu`.
    pub fn new(cpu: Cpu) -> Self {
        const ALWAYS: &str = "the generic variant needs nothing";
        Self {
            bilstm_i16: bilstm_i16::available(cpu).next().expect(ALWAYS),
            matvec_i8: matvec_i8::available(cpu).next().expect(ALWAYS),
            quantize_i8: quantize_i8::available(cpu).next().expect(ALWAYS),
        }
    }

    /// The generic variants: what every other is compared with.
    pub fn generic() -> Self {
        Self::new(Cpu::detect().without(FeatureSet::AVX2.union(FeatureSet::AVX512).union(FeatureSet::NEON)))
    }

    /// Op and chosen variant, by name.
    pub fn names(&self) -> [(&'static str, &'static str); 3] {
        [
            ("bilstm_i16", self.bilstm_i16.name),
            ("matvec_i8", self.matvec_i8.name),
            ("quantize_i8", self.quantize_i8.name),
        ]
    }
}
