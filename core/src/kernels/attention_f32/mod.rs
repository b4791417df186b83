//! Scaled dot-product attention of several heads, in f32.
//!
//! A row of the input holds query, key and value of all heads, `[3, heads, d]`. For each head and each row t: `s[j] =
//! (q[t] · k[j]) * (1 / sqrt(d))`, the products added in ascending order of the d elements, from 0; `p[j]` is
//! [`math::share`](super::math::share) of `s[j] - max(s)`, where NaN is never the maximum; the output is
//! `(sum_j p[j] * v[j]) * (1 / sum(p))`, the products added in ascending order of j, from 0, the shares in the order of
//! [`math::sum`](super::math::sum). On AArch64 `generic` is compiled for NEON, which every such CPU has.

mod generic;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod x86_avx2;
#[cfg(target_arch = "x86_64")]
mod x86_avx512;

use crate::cpu::{Cpu, FeatureSet};

/// Dimensions of the op.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heads {
    /// Number of heads.
    pub count: usize,
    /// Length of a query, a key or a value of one head.
    pub len: usize,
}

impl Heads {
    /// Length of a row of the output.
    pub fn width(self) -> usize {
        self.count * self.len
    }
}

/// Buffers of the op: keys, values and scores of one head.
#[derive(Debug, Default)]
pub struct Scratch {
    /// `[d, rows]`, rows padded with zeros.
    keys: Vec<f32>,
    /// `[rows, d]`, columns padded with zeros.
    values: Vec<f32>,
    /// Four rows of scores.
    scores: Vec<f32>,
}

impl Scratch {
    /// Bytes that the buffers hold.
    pub fn memory_bytes(&self) -> usize {
        (self.keys.capacity() + self.values.capacity() + self.scores.capacity()) * size_of::<f32>()
    }
}

/// One implementation of the op.
#[derive(Debug)]
pub struct Variant {
    /// File name of the variant; used in logs, tests and benches.
    pub name: &'static str,
    needs: FeatureSet,
    body: unsafe fn(&Heads, &[f32], &mut Scratch, &mut [f32]),
}

/// Every variant of this build, best first; `generic` is last and needs no feature.
static VARIANTS: &[Variant] = &[
    #[cfg(target_arch = "x86_64")]
    Variant { name: "x86_avx512", needs: FeatureSet::AVX512, body: x86_avx512::attention },
    #[cfg(target_arch = "x86_64")]
    Variant { name: "x86_avx2", needs: FeatureSet::AVX2, body: x86_avx2::attention },
    Variant { name: "generic", needs: FeatureSet::NONE, body: generic::attention },
];

/// Variants this machine can run, best first.
pub fn available(cpu: Cpu) -> impl Iterator<Item = &'static Variant> {
    VARIANTS.iter().filter(move |v| cpu.has(v.needs))
}

impl Variant {
    /// Fills `out` `[rows, heads * d]` from `qkv` `[rows, 3 * heads * d]`.
    ///
    /// # Panics
    ///
    /// When a length is not the product of its dimensions.
    #[inline]
    pub fn run(&self, heads: &Heads, qkv: &[f32], scratch: &mut Scratch, out: &mut [f32]) {
        let width = heads.width();
        assert!(width > 0 && out.len().is_multiple_of(width), "the output is whole rows");
        assert_eq!(qkv.len(), 3 * out.len(), "every row has query, key and value");
        // SAFETY: a `Variant` leaves this module only through `available`, hence
        // only on a CPU that has every feature in `needs`.
        unsafe { (self.body)(heads, qkv, scratch, out) }
    }
}
