//! tanh(x / 2) in 16 bits, from a table of cubic polynomials.
//!
//! x is in steps of 1 / 4096 and lies within ±8, the result in steps of 1 / 32768. The magnitude of x, at most 32767,
//! has one of sixteen polynomials by its upper four bits; they are in powers of `r`, the lower eleven bits as a
//! fraction from -1 to 1. `docs/numerics/fit.py` finds the coefficients.

use super::product;

/// Largest error of [`half_tanh`] within its range, in steps of the result.
#[cfg(test)]
pub(super) const MOST_ERROR: f64 = 1.8;

/// The coefficients, from the lowest power on, each for all intervals.
pub(super) const CUBIC: [[i16; 16]; 4] = [
    [
        4074, 11742, 18173, 23065, 26519, 28831, 30321, 31262, 31846, 32205, 32426, 32560, 32642, 32691,
        32721, 32740,
    ],
    [4032, 3569, 2836, 2066, 1414, 925, 589, 368, 227, 139, 85, 53, 31, 19, 11, 7],
    [-61, -158, -195, -181, -143, -103, -67, -44, -27, -16, -11, -6, -4, -2, -1, -1],
    [-19, -10, -1, 6, 6, 7, 4, 3, 2, 2, 1, -1, 1, 0, 1, 0],
];

/// The largest result, which the two numbers of the largest magnitudes have.
#[cfg(any(test, target_arch = "x86_64"))]
pub(super) const MOST: i16 = 32_746;

/// A byte of a coefficient for each interval.
pub(super) type Plane = [u8; 16];

/// The coefficients as bytes, for CPUs that look up bytes: the low ones of the first power, the high ones, those of the
/// second, the coefficients of the square without their sign, those of the cube.
pub(super) const PLANES: [Plane; 6] = planes();

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the ranges are asserted")]
const fn planes() -> [Plane; 6] {
    let mut planes = [[0; 16]; 6];
    let mut n = 0;
    while n < 16 {
        let [c0, c1, c2, c3] = [CUBIC[0][n], CUBIC[1][n], CUBIC[2][n], CUBIC[3][n]];
        assert!(c0 >= 0 && c1 >= 0 && -255 <= c2 && c2 <= 0 && -128 <= c3 && c3 <= 127);
        planes[0][n] = c0 as u8;
        planes[1][n] = (c0 >> 8) as u8;
        planes[2][n] = c1 as u8;
        planes[3][n] = (c1 >> 8) as u8;
        planes[4][n] = (-c2) as u8;
        planes[5][n] = c3 as u8;
        n += 1;
    }
    planes
}

/// tanh(x / 2): 0 for 0, odd, within ±32746.
#[expect(
    clippy::cast_possible_wrap,
    reason = "a magnitude of 15 bits, and bits that are read as a signed fraction"
)]
pub(super) fn half_tanh(x: i16) -> i16 {
    let magnitude = x.unsigned_abs().min(i16::MAX.unsigned_abs());
    let interval = usize::from(magnitude >> 11);
    let r = ((magnitude << 5) ^ 0x8000) as i16;
    let [c0, c1, c2, c3] = CUBIC.map(|coefficients| coefficients[interval]);
    let y = c0 + product(r, c1 + product(r, c2 + product(r, c3)));
    if x < 0 { -y } else { y }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg_attr(miri, ignore = "takes too long when interpreted")]
    fn every_number_has_its_half_tanh() {
        let mut most: f64 = 0.0;
        for x in i16::MIN..=i16::MAX {
            let want = (f64::from(x) / 8192.0).tanh() * 32_768.0;
            most = most.max((f64::from(half_tanh(x)) - want).abs());
            if x > i16::MIN {
                assert_eq!(half_tanh(-x), -half_tanh(x), "{x}");
                assert!(half_tanh(x) + 1 >= half_tanh(x - 1), "{x} falls by more than a step");
            }
        }
        assert!(most <= MOST_ERROR, "{most}");
        assert_eq!([half_tanh(0), half_tanh(i16::MAX), half_tanh(i16::MIN)], [0, MOST, -MOST]);
    }
}
