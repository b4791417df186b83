//! The numeric contract in code: ranges, scales and rounding.
//!
//! Weights and activations are i8 with one f32 scale per row, `scale = max|x| / 127`, rounded half to even. The limits
//! below keep every i32 sum exact and every f32 of a forward pass finite.

use half::f16;

use crate::kernels::Kernels;

/// Largest magnitude of a quantized weight or activation.
pub const MAX_WEIGHT: i8 = 127;
/// Most columns of a matrix: 127 * 127 * 2^17 is less than 2^31.
pub const MAX_COLUMNS: usize = 1 << 17;
/// Most LSTM units of one direction: 127 * 32767 * 512 is less than 2^31.
pub const MAX_HIDDEN: usize = 512;
/// Largest scale of a row.
pub const MAX_SCALE: f32 = 65_536.0;
/// Largest magnitude of a bias.
pub const MAX_BIAS: f32 = 16_777_216.0;

/// Quantizes a matrix `[m, k]`, row by row: the i8 values and one scale per row.
///
/// The values are to be finite; NaN becomes 0. A row of zeros has scale 0.
///
/// ```
/// let (q, scale) = pupil_core::quant::quantize_rows(&[1.0, -2.0, 0.0, 0.0], 2);
/// assert_eq!(q, [64, -127, 0, 0]);
/// assert_eq!(scale, [2.0 / 127.0, 0.0]);
/// ```
///
/// # Panics
///
/// When `k` is 0 or does not divide the number of values.
pub fn quantize_rows(values: &[f32], k: usize) -> (Vec<i8>, Vec<f32>) {
    assert!(k > 0 && values.len().is_multiple_of(k), "a matrix has a whole number of rows");
    let quantize = Kernels::generic().quantize_i8;
    let mut q = vec![0; values.len()];
    let scale = values.chunks_exact(k).zip(q.chunks_exact_mut(k)).map(|(x, q)| quantize.run(x, q)).collect();
    (q, scale)
}

/// Quantizes a matrix `[m, k]`, row by row, with scales that a 16-bit float holds: `max|x| / 127` rounded up to one.
///
/// The values are to be finite; NaN becomes 0. A row of zeros has scale 0. A row whose values are so small that its
/// scale would be subnormal as a 16-bit float has the next larger one of those, and so fewer steps.
///
/// ```
/// let (q, scale) = pupil_core::quant::quantize_rows_f16(&[1.0, -2.0, 0.0, 0.0], 2);
/// assert_eq!(q, [63, -127, 0, 0]);
/// assert_eq!(scale, [1033.0 / 65_536.0, 0.0]);
/// ```
///
/// # Panics
///
/// When `k` is 0 or does not divide the number of values, or when a scale would be above 65504, the largest 16-bit
/// float.
pub fn quantize_rows_f16(values: &[f32], k: usize) -> (Vec<i8>, Vec<f32>) {
    assert!(k > 0 && values.len().is_multiple_of(k), "a matrix has a whole number of rows");
    let mut q = vec![0; values.len()];
    let row = |(x, q): (&[f32], &mut [i8])| {
        let scale = row_scale_f16(x.iter().fold(0.0f32, |max, v| if v.abs() > max { v.abs() } else { max }));
        if scale > 0.0 {
            for (q, v) in q.iter_mut().zip(x) {
                #[expect(clippy::cast_possible_truncation, reason = "within -127..=127, and NaN becomes 0")]
                let value = (v / scale).round_ties_even().clamp(-127.0, 127.0) as i8;
                *q = value;
            }
        }
        scale
    };
    let scale = values.chunks_exact(k).zip(q.chunks_exact_mut(k)).map(row).collect();
    (q, scale)
}

/// The scale that [`quantize_rows_f16`] gives to a row whose largest magnitude is `max`: the smallest 16-bit float s
/// for which `max / s` is at most 127.
///
/// # Panics
///
/// When that would be above 65504, the largest 16-bit float.
pub fn row_scale_f16(max: f32) -> f32 {
    let nearest = f16::from_f32(max / 127.0);
    // In f64 the product of an f16 and 127 is exact. Floats that are not negative are in the order of their bits.
    let enough = f64::from(nearest) * 127.0 >= f64::from(max);
    let scale = if enough { nearest } else { f16::from_bits(nearest.to_bits() + 1) };
    assert!(scale.is_finite(), "a scale of 16 bits holds at most 65504");
    scale.to_f32()
}

/// A number as a 16-bit float, where one holds it exactly.
#[cfg(feature = "write")]
pub(crate) fn exact_f16(value: f32) -> Option<f16> {
    let half = f16::from_f32(value);
    (half.is_finite() && half.to_f32() == value).then_some(half)
}

/// The nearest number that a 16-bit float holds, of two equally near ones the even; beyond 65504 that.
///
/// ```
/// assert_eq!(pupil_core::quant::round_to_f16(0.1), 0.099_975_586);
/// ```
pub fn round_to_f16(value: f32) -> f32 {
    let most = f16::MAX.to_f32();
    f16::from_f32(value.clamp(-most, most)).to_f32()
}

/// Place of the first weight outside -127..=127, if any.
pub fn first_bad_weight(weights: &[i8]) -> Option<usize> {
    // First without a branch for each weight, so that the loop is vectorised: nearly always nothing is found.
    if !weights.iter().fold(false, |any, w| any | (*w < -MAX_WEIGHT)) {
        return None;
    }
    weights.iter().position(|w| *w < -MAX_WEIGHT)
}

/// Place of the first scale that is negative, not finite or above [`MAX_SCALE`], if any.
pub fn first_bad_scale(scales: &[f32]) -> Option<usize> {
    scales.iter().position(|s| !(0.0..=MAX_SCALE).contains(s))
}

/// Place of the first bias that is not finite or beyond ±[`MAX_BIAS`], if any.
pub fn first_bad_bias(biases: &[f32]) -> Option<usize> {
    biases.iter().position(|b| !(-MAX_BIAS..=MAX_BIAS).contains(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_round_to_even() {
        // The scale is 2, so that 1, 3, 5 and -1 lie half-way.
        let (q, scale) = quantize_rows(&[254.0, 1.0, 3.0, 5.0, -1.0, -254.0], 6);
        assert_eq!(scale, [2.0]);
        assert_eq!(q, [127, 0, 2, 2, 0, -127]);
    }

    #[test]
    fn rows_have_their_own_scales() {
        let (q, scale) = quantize_rows(&[1.0, 0.5, 100.0, -50.0], 2);
        assert_eq!(q, [127, 64, 127, -64]);
        assert_eq!(scale, [1.0 / 127.0, 100.0 / 127.0]);
    }

    #[test]
    fn subnormal_rows_stay_in_range() {
        let tiny = f32::from_bits(190);
        let (q, scale) = quantize_rows(&[tiny, -tiny, f32::from_bits(1), 0.0], 2);
        assert_eq!(q, [127, -127, 0, 0]);
        assert_eq!(scale, [f32::from_bits(1), 0.0]);
    }

    #[test]
    fn scales_of_sixteen_bits_are_exact_and_large_enough() {
        for bits in 0..=u16::MAX {
            let value = f16::from_bits(bits).to_f32();
            if value.is_finite() {
                assert_eq!(round_to_f16(value).to_bits(), value.to_bits(), "{value}");
            }
        }
        assert_ne!(round_to_f16(0.1), 0.1);
        assert_eq!([round_to_f16(1e9), round_to_f16(-1e-9)], [65_504.0, -0.0]);
        for n in 0..4000u16 {
            let max = 1e-12 * 1.01f32.powi(i32::from(n));
            if max > 65_504.0 * 127.0 {
                break;
            }
            let (q, scale) = quantize_rows_f16(&[max, -max, max / 3.0], 3);
            let half = f16::from_f32(scale[0]);
            assert!(half.to_f32() == scale[0] && max / scale[0] <= 127.0, "{max}");
            // The next smaller one would not do.
            let below = f16::from_bits(half.to_bits() - 1).to_f32();
            assert!(f64::from(max) > f64::from(below) * 127.0, "{max}");
            assert_eq!(q[0], -q[1]);
            for (q, x) in q.iter().zip([max, -max, max / 3.0]) {
                assert!((f32::from(*q) * scale[0] - x).abs() <= 0.500_01 * scale[0], "{max}");
            }
        }
    }

    #[test]
    fn values_out_of_range_are_found() {
        assert_eq!(first_bad_weight(&[127, -127, -128]), Some(2));
        assert_eq!(first_bad_weight(&[127, -127, 0]), None);
        for bad in [-1.0, f32::NAN, f32::INFINITY, 65_537.0] {
            assert_eq!(first_bad_scale(&[1.0, bad]), Some(1), "{bad}");
        }
        assert_eq!(first_bad_scale(&[0.0, MAX_SCALE]), None);
        for bad in [f32::NAN, f32::NEG_INFINITY, -2e7] {
            assert_eq!(first_bad_bias(&[bad]), Some(0), "{bad}");
        }
        assert_eq!(first_bad_bias(&[-MAX_BIAS, 0.0]), None);
    }

    #[test]
    fn sums_cannot_overflow() {
        let columns = i64::try_from(MAX_COLUMNS).unwrap();
        let hidden = i64::try_from(MAX_HIDDEN).unwrap();
        assert!(127 * 127 * columns < 1 << 31);
        assert!(127 * 32_767 * hidden < 1 << 31);
    }
}
