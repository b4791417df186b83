//! The ops, each in several variants: one folder per op, one file per variant.
//!
//! Every variant of an op gives the same bits. [`Kernels`] holds one chosen variant of each op. This module may change
//! without notice: it is public for tests and benchmarks only.
#![expect(unsafe_code, reason = "vector loads and stores, and calls that need CPU features")]

mod aligned;
#[cfg(target_arch = "aarch64")]
mod arm_asm;
#[cfg(target_arch = "aarch64")]
mod arm_i8;
pub mod attention_f32;
pub mod bilstm_i16;
mod blocks;
pub mod gelu_i8;
pub mod layer_norm_f32;
pub mod math;
pub mod matmul_i8;
pub mod matvec_i8;
pub mod quantize_i8;
pub mod softmax_f32;
#[cfg(test)]
mod tests;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm_v128;

use crate::cpu::{Cpu, FeatureSet};
pub use aligned::Aligned;

/// One variant of each op, the best that the CPU can run.
#[derive(Clone, Copy, Debug)]
pub struct Kernels {
    /// Runs attention.
    pub attention_f32: &'static attention_f32::Variant,
    /// Runs a bidirectional LSTM.
    pub bilstm_i16: &'static bilstm_i16::Variant,
    /// Applies GELU and quantizes the result.
    pub gelu_i8: &'static gelu_i8::Variant,
    /// Normalizes rows.
    pub layer_norm_f32: &'static layer_norm_f32::Variant,
    /// Multiplies a matrix by the rows of another.
    pub matmul_i8: &'static matmul_i8::Variant,
    /// Multiplies a matrix by a vector.
    pub matvec_i8: &'static matvec_i8::Variant,
    /// Quantizes activations.
    pub quantize_i8: &'static quantize_i8::Variant,
    /// Computes the softmax.
    pub softmax_f32: &'static softmax_f32::Variant,
}

impl Kernels {
    /// Chooses the variants for `cpu`.
    pub fn new(cpu: Cpu) -> Self {
        const ALWAYS: &str = "the generic variant needs no feature";
        Self {
            attention_f32: attention_f32::available(cpu).next().expect(ALWAYS),
            bilstm_i16: bilstm_i16::available(cpu).next().expect(ALWAYS),
            gelu_i8: gelu_i8::available(cpu).next().expect(ALWAYS),
            layer_norm_f32: layer_norm_f32::available(cpu).next().expect(ALWAYS),
            matmul_i8: matmul_i8::available(cpu).next().expect(ALWAYS),
            matvec_i8: matvec_i8::available(cpu).next().expect(ALWAYS),
            quantize_i8: quantize_i8::available(cpu).next().expect(ALWAYS),
            softmax_f32: softmax_f32::available(cpu).next().expect(ALWAYS),
        }
    }

    /// Every choice that can result from removing features of `cpu`, the best first, the generic variants last.
    pub fn choices(cpu: Cpu) -> Vec<Self> {
        let mut found: Vec<Self> = cpu.narrowings().into_iter().map(Self::new).collect();
        found.dedup_by_key(|kernels| kernels.names());
        found
    }

    /// The generic variants, with which all others are compared.
    pub fn generic() -> Self {
        Self::new(Cpu::detect().without(FeatureSet::ALL))
    }

    /// Op and chosen variant, by name.
    pub fn names(&self) -> [(&'static str, &'static str); 8] {
        [
            ("attention_f32", self.attention_f32.name),
            ("bilstm_i16", self.bilstm_i16.name),
            ("gelu_i8", self.gelu_i8.name),
            ("layer_norm_f32", self.layer_norm_f32.name),
            ("matmul_i8", self.matmul_i8.name),
            ("matvec_i8", self.matvec_i8.name),
            ("quantize_i8", self.quantize_i8.name),
            ("softmax_f32", self.softmax_f32.name),
        ]
    }
}
