//! The instructions of AArch64 whose intrinsics this toolchain does not have: the only inline assembly.

use std::arch::aarch64::*;
use std::arch::asm;

/// `sdot` by element: adds to each lane of `sum` the products of its four bytes in `a` with the four bytes of lane
/// `LANE` in `b`.
#[inline]
#[target_feature(enable = "neon,dotprod")]
pub(super) fn sdot_lane<const LANE: i32>(mut sum: int32x4_t, a: int8x16_t, b: int8x16_t) -> int32x4_t {
    // SAFETY: the instruction reads and writes its registers alone; the caller has `dotprod`.
    unsafe {
        asm!("sdot {0:v}.4s, {1:v}.16b, {2:v}.4b[{3}]", inout(vreg) sum, in(vreg) a, in(vreg) b, const LANE,
            options(pure, nomem, nostack, preserves_flags));
    }
    sum
}

/// `smmla`: adds to the 2 by 2 lanes of `sum` the products of two rows of eight bytes in `a` with two in `b`.
#[inline]
#[target_feature(enable = "neon,i8mm")]
pub(super) fn smmla(mut sum: int32x4_t, a: int8x16_t, b: int8x16_t) -> int32x4_t {
    // SAFETY: the instruction reads and writes its registers alone; the caller has `i8mm`.
    unsafe {
        asm!("smmla {0:v}.4s, {1:v}.16b, {2:v}.16b", inout(vreg) sum, in(vreg) a, in(vreg) b,
            options(pure, nomem, nostack, preserves_flags));
    }
    sum
}
