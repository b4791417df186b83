//! Product of an i8 matrix and the rows of another, with scales and bias.
//!
//! `out[r,m] = (sum_k w[m,k] * x[r,k]) as f32 * (x_scale[r] * scale[m]) + bias[m]`: for each row of x the result of
//! [`matvec_i8`](super::matvec_i8). The sum is exact in i32; then three f32 roundings. Values lie in -127..=127 and k
//! is at most 2^17.

#[cfg(target_arch = "aarch64")]
mod arm_dotprod;
#[cfg(target_arch = "aarch64")]
mod arm_i8mm;
#[cfg(target_arch = "aarch64")]
mod arm_neon;
#[cfg(all(test, target_arch = "x86_64", target_os = "linux"))]
mod emulated_tiles;
mod generic;
#[cfg(test)]
mod tests;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm_simd128;
#[cfg(target_arch = "x86_64")]
mod x86_amx;
#[cfg(target_arch = "x86_64")]
mod x86_avx2;
#[cfg(target_arch = "x86_64")]
mod x86_avx512;
#[cfg(target_arch = "x86_64")]
mod x86_avxvnni;
#[cfg(target_arch = "x86_64")]
mod x86_tiles;

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

    /// Largest number of bytes that any variant holds for a matrix of these dimensions.
    pub fn bytes_at_most(m: usize, k: usize) -> usize {
        let m = m.next_multiple_of(16);
        m.saturating_mul(k.next_multiple_of(16) + 2 * size_of::<f32>()).saturating_add(3 * 64)
    }
}

/// One implementation of the op.
#[derive(Debug)]
pub struct Variant {
    /// File name of the variant; used in logs, tests and benches.
    pub name: &'static str,
    needs: FeatureSet,
    layout: Layout,
    body: unsafe fn(&Packed, &[i8], &[f32], &mut [f32]),
}

/// Every variant of this build, best first; `generic` is last and needs no feature.
static VARIANTS: &[Variant] = &[
    #[cfg(target_arch = "aarch64")]
    Variant {
        name: "arm_i8mm",
        needs: FeatureSet::NEON.union(FeatureSet::I8MM),
        layout: Layout { lanes: arm_i8mm::LANES, group: arm_i8mm::GROUP, flip: 0 },
        body: arm_i8mm::matmul,
    },
    #[cfg(target_arch = "aarch64")]
    Variant {
        name: "arm_dotprod",
        needs: FeatureSet::NEON.union(FeatureSet::DOTPROD),
        layout: Layout { lanes: arm_dotprod::LANES, group: arm_dotprod::GROUP, flip: 0 },
        body: arm_dotprod::matmul,
    },
    #[cfg(target_arch = "aarch64")]
    Variant {
        name: "arm_neon",
        needs: FeatureSet::NEON,
        layout: Layout { lanes: arm_neon::LANES, group: arm_neon::GROUP, flip: 0 },
        body: arm_neon::matmul,
    },
    #[cfg(target_arch = "x86_64")]
    Variant {
        name: "x86_amx",
        needs: FeatureSet::AVX512.union(FeatureSet::AMX),
        layout: Layout { lanes: x86_avx512::LANES, group: x86_tiles::GROUP, flip: 0 },
        body: x86_amx::matmul,
    },
    #[cfg(target_arch = "x86_64")]
    Variant {
        name: "x86_avx512",
        needs: FeatureSet::AVX512,
        layout: Layout { lanes: x86_avx512::LANES, group: x86_tiles::GROUP, flip: 0x80 },
        body: x86_avx512::matmul,
    },
    #[cfg(target_arch = "x86_64")]
    Variant {
        name: "x86_avxvnni",
        needs: FeatureSet::AVX2.union(FeatureSet::AVXVNNI),
        layout: Layout { lanes: x86_avxvnni::LANES, group: x86_tiles::GROUP, flip: 0x80 },
        body: x86_avxvnni::matmul,
    },
    #[cfg(target_arch = "x86_64")]
    Variant {
        name: "x86_avx2",
        needs: FeatureSet::AVX2,
        layout: Layout { lanes: x86_avx2::LANES, group: x86_tiles::GROUP, flip: 0 },
        body: x86_avx2::matmul,
    },
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    Variant {
        name: "wasm_simd128",
        needs: FeatureSet::SIMD128,
        layout: Layout { lanes: wasm_simd128::LANES, group: wasm_simd128::GROUP, flip: 0 },
        body: wasm_simd128::matmul,
    },
    Variant {
        name: "generic",
        needs: FeatureSet::NONE,
        layout: Layout { lanes: 1, group: 1, flip: 0 },
        body: generic::matmul,
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

    /// Runs the op on the rows of `x` `[rows, k]` with `x_scale` `[rows]`; fills `out` `[rows, m]`.
    ///
    /// # Panics
    ///
    /// When `packed` comes from a variant of another layout, or a length is not the product of its dimensions.
    #[inline]
    pub fn run(&self, packed: &Packed, x: &[i8], x_scale: &[f32], out: &mut [f32]) {
        assert_eq!(packed.layout, self.layout, "a matrix is run by the variant that packed it");
        assert_eq!(x.len(), x_scale.len() * packed.k, "every row is k long and has a scale");
        assert_eq!(out.len(), x_scale.len() * packed.m, "every row gives m results");
        // SAFETY: a `Variant` leaves this module only through `available`, hence
        // only on a CPU that has every feature in `needs`.
        unsafe { (self.body)(packed, x, x_scale, out) }
    }
}

/// The rest of a row after its whole groups of `N` columns, padded with zeros.
#[cfg(any(
    target_arch = "x86_64",
    target_arch = "aarch64",
    all(target_arch = "wasm32", target_feature = "simd128")
))]
#[inline(always)]
fn tail<const N: usize>(row: &[i8]) -> [i8; N] {
    let rest = row.as_chunks::<N>().1;
    let mut last = [0; N];
    last[..rest.len()].copy_from_slice(rest);
    last
}
