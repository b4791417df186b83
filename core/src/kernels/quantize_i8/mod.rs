//! Quantizes f32 values to i8 with one scale.
//!
//! `scale = max|x| / 127`, `q = x / scale` rounded half to even and kept within -127..=127. The values should be
//! finite, but the result for others is defined as well: NaN is never the maximum and becomes 0. If `max|x| / 127`
//! rounds to 0, the scale is 0 and so is every q.
//!
//! A variant need not divide: x times `1 / scale` differs from the quotient by less than 2.3e-5 (three roundings of a
//! number up to 127), so both round to the same q unless the product is that close (`SURE`) to a tie.

#[cfg(target_arch = "aarch64")]
mod arm_neon;
mod generic;
#[cfg(test)]
mod tests;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm_simd128;
#[cfg(target_arch = "x86_64")]
mod x86_avx2;
#[cfg(target_arch = "x86_64")]
mod x86_avx512;

use crate::cpu::{Cpu, FeatureSet};

/// Largest distance from a whole number at which a product is sure to round as the quotient does.
#[cfg(target_arch = "x86_64")]
const SURE: f32 = 0.4999;

/// One implementation of the op.
#[derive(Debug)]
pub struct Variant {
    /// File name of the variant; used in logs, tests and benches.
    pub name: &'static str,
    needs: FeatureSet,
    body: unsafe fn(&[f32], &mut [i8]) -> f32,
}

/// Every variant of this build, best first; `generic` is last and needs no feature.
static VARIANTS: &[Variant] = &[
    #[cfg(target_arch = "aarch64")]
    Variant { name: "arm_neon", needs: FeatureSet::NEON, body: arm_neon::quantize },
    #[cfg(target_arch = "x86_64")]
    Variant { name: "x86_avx512", needs: FeatureSet::AVX512, body: x86_avx512::quantize },
    #[cfg(target_arch = "x86_64")]
    Variant { name: "x86_avx2", needs: FeatureSet::AVX2, body: x86_avx2::quantize },
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    Variant { name: "wasm_simd128", needs: FeatureSet::SIMD128, body: wasm_simd128::quantize },
    Variant { name: "generic", needs: FeatureSet::NONE, body: generic::quantize },
];

/// Variants this machine can run, best first.
pub fn available(cpu: Cpu) -> impl Iterator<Item = &'static Variant> {
    VARIANTS.iter().filter(move |v| cpu.has(v.needs))
}

impl Variant {
    /// Fills `q` from `x` and returns the scale.
    ///
    /// # Panics
    ///
    /// When the lengths differ.
    #[inline]
    pub fn run(&self, x: &[f32], q: &mut [i8]) -> f32 {
        assert_eq!(x.len(), q.len(), "quantize_i8 takes two slices of one length");
        // SAFETY: a `Variant` leaves this module only through `available`, hence
        // only on a CPU that has every feature in `needs`.
        unsafe { (self.body)(x, q) }
    }
}
