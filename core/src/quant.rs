//! The numeric contract in code: ranges, scales and rounding.
//!
//! Weights and activations are i8 with one f32 scale per row, `scale = max|x| / 127`, rounded half to
//! even. The limits below keep every i32 sum exact and every f32 of a forward pass finite.

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

/// The integer that stands for h = 1 in an LSTM state of `bits` bits: 8 or 16, else none.
pub fn state_unit(bits: u8) -> Option<i16> {
    match bits {
        8 => Some(127),
        16 => Some(32_767),
        _ => None,
    }
}

/// Place of the first weight outside -127..=127, if any.
pub fn first_bad_weight(weights: &[i8]) -> Option<usize> {
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
    fn state_bits_name_their_unit() {
        assert_eq!([state_unit(8), state_unit(16), state_unit(12)], [Some(127), Some(32_767), None]);
    }

    #[test]
    fn sums_cannot_overflow() {
        let columns = i64::try_from(MAX_COLUMNS).unwrap();
        let hidden = i64::try_from(MAX_HIDDEN).unwrap();
        assert!(127 * 127 * columns < 1 << 31);
        assert!(127 * 32_767 * hidden < 1 << 31);
    }
}
