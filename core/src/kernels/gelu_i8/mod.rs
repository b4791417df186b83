//! The Gaussian error linear unit, x Φ(x), of a row of values, and its quantization to i8 with one scale.
//!
//! `y = gelu(x)` as in [`math::gelu`](super::math::gelu), `scale = max|y| / 127`, `inverse = 127 / max|y|`, `q = y *
//! inverse` rounded half to even; where `max|y|` is below 2^-100, scale and q are 0. The values are finite. On AArch64
//! `generic` is compiled for NEON, which every such CPU has.

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
    body: unsafe fn(&mut [f32], &mut [i8]) -> f32,
}

/// Every variant of this build, best first; `generic` is last and needs no feature.
static VARIANTS: &[Variant] = &[
    #[cfg(target_arch = "x86_64")]
    Variant { name: "x86_avx512", needs: FeatureSet::AVX512, body: x86_avx512::gelu },
    #[cfg(target_arch = "x86_64")]
    Variant { name: "x86_avx2", needs: FeatureSet::AVX2, body: x86_avx2::gelu },
    Variant { name: "generic", needs: FeatureSet::NONE, body: generic::gelu },
];

/// Variants this machine can run, best first.
pub fn available(cpu: Cpu) -> impl Iterator<Item = &'static Variant> {
    VARIANTS.iter().filter(move |v| cpu.has(v.needs))
}

impl Variant {
    /// Replaces every value by its GELU, fills `q` and returns the scale.
    ///
    /// # Panics
    ///
    /// When the lengths differ.
    #[inline]
    pub fn run(&self, values: &mut [f32], q: &mut [i8]) -> f32 {
        assert_eq!(values.len(), q.len(), "gelu_i8 takes two slices of one length");
        // SAFETY: a `Variant` leaves this module only through `available`, hence
        // only on a CPU that has every feature in `needs`.
        unsafe { (self.body)(values, q) }
    }
}
