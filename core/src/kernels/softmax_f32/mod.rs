//! Softmax of a slice, in place.
//!
//! The largest value is subtracted (NaN is never the largest), [`math::exp`](super::math::exp) is taken,
//! [`math::sum`](super::math::sum) gives the sum, and every value is divided by it. On AArch64 `generic` is compiled
//! for NEON, which every such CPU has.

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
    body: unsafe fn(&mut [f32]),
}

/// Every variant of this build, best first; `generic` is last and needs no feature.
static VARIANTS: &[Variant] = &[
    #[cfg(target_arch = "x86_64")]
    Variant { name: "x86_avx512", needs: FeatureSet::AVX512, body: x86_avx512::softmax },
    #[cfg(target_arch = "x86_64")]
    Variant { name: "x86_avx2", needs: FeatureSet::AVX2, body: x86_avx2::softmax },
    Variant { name: "generic", needs: FeatureSet::NONE, body: generic::softmax },
];

/// Variants this machine can run, best first.
pub fn available(cpu: Cpu) -> impl Iterator<Item = &'static Variant> {
    VARIANTS.iter().filter(move |v| cpu.has(v.needs))
}

impl Variant {
    /// Replaces the values by their softmax.
    #[inline]
    pub fn run(&self, values: &mut [f32]) {
        // SAFETY: a `Variant` leaves this module only through `available`, hence
        // only on a CPU that has every feature in `needs`.
        unsafe { (self.body)(values) }
    }
}
