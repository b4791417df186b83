//! Product of an i8 matrix and an i8 vector, with scales and bias.
//!
//! `out[m] = (sum_k w[m,k] * x[k]) as f32 * (x_scale * scale[m]) + bias[m]`: the sum in i32, exact; then three f32
//! roundings. Values lie in -127..=127 and k is at most 2^17.

#[cfg(target_arch = "aarch64")]
mod arm_dotprod;
#[cfg(target_arch = "aarch64")]
mod arm_neon;
mod generic;
#[cfg(test)]
mod tests;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm_simd128;
#[cfg(target_arch = "x86_64")]
mod x86_avx2;

use super::Aligned;
use super::blocks::Layout;
use crate::cpu::{Cpu, FeatureSet};

/// A matrix with its scales and bias, in the layout of one variant.
#[derive(Debug)]
pub struct Packed {
    layout: Layout,
    m: usize,
    k: usize,
    /// `[m / lanes][k / group][lanes][group]`, both rounded up.
    weight: Aligned<i8>,
    /// `[m]`, rounded up to `lanes`.
    scale: Aligned<f32>,
    /// `[m]`, rounded up to `lanes`.
    bias: Aligned<f32>,
}

impl Packed {
    /// Rows of the matrix.
    pub fn rows(&self) -> usize {
        self.m
    }

    /// Columns of the matrix.
    pub fn columns(&self) -> usize {
        self.k
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.weight.bytes() + self.scale.bytes() + self.bias.bytes()
    }
}

/// One implementation of the op.
#[derive(Debug)]
pub struct Variant {
    /// File name of the variant; used in logs, tests and benches.
    pub name: &'static str,
    needs: FeatureSet,
    layout: Layout,
    body: unsafe fn(&Packed, &[i8], f32, &mut [f32]),
}

/// Every variant of this build, best first; `generic` is last and needs no feature.
static VARIANTS: &[Variant] = &[
    #[cfg(target_arch = "aarch64")]
    Variant {
        name: "arm_dotprod",
        needs: FeatureSet::NEON.union(FeatureSet::DOTPROD),
        layout: Layout { lanes: arm_dotprod::LANES, group: arm_dotprod::GROUP, flip: 0 },
        body: arm_dotprod::matvec,
    },
    #[cfg(target_arch = "aarch64")]
    Variant {
        name: "arm_neon",
        needs: FeatureSet::NEON,
        layout: Layout { lanes: arm_neon::LANES, group: arm_neon::GROUP, flip: 0 },
        body: arm_neon::matvec,
    },
    #[cfg(target_arch = "x86_64")]
    Variant {
        name: "x86_avx2",
        needs: FeatureSet::AVX2,
        layout: Layout { lanes: x86_avx2::LANES, group: x86_avx2::GROUP, flip: 0 },
        body: x86_avx2::matvec,
    },
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    Variant {
        name: "wasm_simd128",
        needs: FeatureSet::SIMD128,
        layout: Layout { lanes: wasm_simd128::LANES, group: wasm_simd128::GROUP, flip: 0 },
        body: wasm_simd128::matvec,
    },
    Variant {
        name: "generic",
        needs: FeatureSet::NONE,
        layout: Layout { lanes: 1, group: 1, flip: 0 },
        body: generic::matvec,
    },
];

/// Variants this machine can run, best first.
pub fn available(cpu: Cpu) -> impl Iterator<Item = &'static Variant> {
    VARIANTS.iter().filter(move |v| cpu.has(v.needs))
}

impl Variant {
    /// Packs `weight` `[m, k]`, row by row, with `scale` `[m]` and `bias` `[m]`.
    ///
    /// # Panics
    ///
    /// When a length is not the product of its dimensions.
    pub fn pack(&self, m: usize, k: usize, weight: &[i8], scale: &[f32], bias: &[f32]) -> Packed {
        assert_eq!(weight.len(), m * k, "a matrix of m rows has m * k values");
        assert_eq!(scale.len(), m, "every row has a scale");
        assert_eq!(bias.len(), m, "every row has a bias");
        let padded = m.next_multiple_of(self.layout.lanes);
        let mut packed = Packed {
            layout: self.layout,
            m,
            k,
            weight: self.layout.pack(m, k, weight),
            scale: Aligned::zeros(padded),
            bias: Aligned::zeros(padded),
        };
        packed.scale[..m].copy_from_slice(scale);
        packed.bias[..m].copy_from_slice(bias);
        packed
    }

    /// Runs the op.
    ///
    /// # Panics
    ///
    /// When `packed` comes from a variant of another layout, `x` is not `k` or `out` not `m` long.
    #[inline]
    pub fn run(&self, packed: &Packed, x: &[i8], x_scale: f32, out: &mut [f32]) {
        assert_eq!(packed.layout, self.layout, "a matrix is run by the variant that packed it");
        assert_eq!(x.len(), packed.k, "the vector is as long as a row");
        assert_eq!(out.len(), packed.m, "every row gives one result");
        // SAFETY: a `Variant` leaves this module only through `available`, hence
        // only on a CPU that has every feature in `needs`.
        unsafe { (self.body)(packed, x, x_scale, out) }
    }
}
