//! Layer normalization of rows, in place.
//!
//! For each row: `mean = sum(x) / n`, `c = x - mean`, `variance = sum(c * c) / n`, `inverse = 1 / sqrt(variance +
//! epsilon)`, `y = (c * inverse) * weight + bias`. Both sums are in the order of [`math::sum`](super::math::sum). On
//! AArch64 `generic` is compiled for NEON, which every such CPU has.

mod generic;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod x86_avx2;
#[cfg(target_arch = "x86_64")]
mod x86_avx512;

use crate::cpu::{Cpu, FeatureSet};

/// One implementation of the op.
#[derive(Debug)]
pub struct Variant {
    /// File name of the variant; used in logs, tests and benches.
    pub name: &'static str,
    needs: FeatureSet,
    body: unsafe fn(&mut [f32], &[f32], &[f32], f32),
}

/// Every variant of this build, best first; `generic` is last and needs no feature.
static VARIANTS: &[Variant] = &[
    #[cfg(target_arch = "x86_64")]
    Variant { name: "x86_avx512", needs: FeatureSet::AVX512, body: x86_avx512::layer_norm },
    #[cfg(target_arch = "x86_64")]
    Variant { name: "x86_avx2", needs: FeatureSet::AVX2, body: x86_avx2::layer_norm },
    Variant { name: "generic", needs: FeatureSet::NONE, body: generic::layer_norm },
];

/// Variants this machine can run, best first.
pub fn available(cpu: Cpu) -> impl Iterator<Item = &'static Variant> {
    VARIANTS.iter().filter(move |v| cpu.has(v.needs))
}

impl Variant {
    /// Normalizes every row of `values`; a row is as long as `weight`.
    ///
    /// # Panics
    ///
    /// When `bias` has another length than `weight`, or `values` is not a whole number of rows.
    #[inline]
    pub fn run(&self, values: &mut [f32], weight: &[f32], bias: &[f32], epsilon: f32) {
        assert_eq!(weight.len(), bias.len(), "weight and bias have the length of a row");
        assert!(values.len().is_multiple_of(weight.len()), "the values are whole rows");
        // SAFETY: a `Variant` leaves this module only through `available`, hence
        // only on a CPU that has every feature in `needs`.
        unsafe { (self.body)(values, weight, bias, epsilon) }
    }
}
