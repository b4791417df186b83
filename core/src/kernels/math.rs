//! The scalar functions of the numeric contract: the same bits on every CPU.
//!
//! They consist of f32 `+ - * /`, comparisons and exact bit shifts, each rounded once, in the order written here;
//! vector variants perform the same operations lane by lane. `docs/numerics/fit.py` finds the coefficients.

/// Largest absolute error of [`tanh`], which is also its largest relative error.
pub const TANH_MAX_ERROR: f64 = 5e-7;
/// Largest absolute error of [`sigmoid`].
pub const SIGMOID_MAX_ERROR: f64 = 3e-7;
/// Largest relative error of [`exp`] where the result is a normal number.
pub const EXP_MAX_RELATIVE_ERROR: f64 = 1.5e-7;
/// Largest absolute error of [`gelu`].
pub const GELU_MAX_ERROR: f64 = 2.2e-6;
/// Largest absolute error of [`share`].
pub const SHARE_MAX_ERROR: f64 = 6e-6;

/// Numerator of tanh(x) / x in powers of x^2: minimax in relative error on [0, 8], 1.6e-7 unrounded.
pub(super) const TANH_P: [f32; 4] = [1.0, 0.129_303_57, 2.955_811_3e-3, 1.147_515_2e-5];
/// Denominator of tanh(x) / x in powers of x^2.
pub(super) const TANH_Q: [f32; 5] = [1.0, 0.462_636_08, 0.023_835_8, 2.393_154_3e-4, 2.473_245e-7];
/// The smallest f32 at which numerator and denominator are equal; below it the quotient is less than 1.
pub(super) const TANH_LIMIT: f32 = 7.633_248;

/// Numerator of tanh(x / 2) / x in powers of x^2: [`TANH_P`], scaled by powers of two, which is exact.
pub(super) const SIGMOID_P: [f32; 4] =
    [TANH_P[0] / 2.0, TANH_P[1] / 8.0, TANH_P[2] / 32.0, TANH_P[3] / 128.0];
/// Denominator of tanh(x / 2) / x in powers of x^2.
pub(super) const SIGMOID_Q: [f32; 5] =
    [TANH_Q[0], TANH_Q[1] / 4.0, TANH_Q[2] / 16.0, TANH_Q[3] / 64.0, TANH_Q[4] / 256.0];
/// Smallest x at which numerator and denominator are equal: sigmoid is 1 here and 0 at -x.
pub(super) const SIGMOID_LIMIT: f32 = 2.0 * TANH_LIMIT;

/// (exp(r) - 1 - r) / r^2 in powers of r: minimax in relative error on [-ln2/2, ln2/2], 3.1e-9 unrounded.
const EXP_S: [f32; 5] = [0.499_999_94, 0.166_665_21, 0.041_668_266, 8.368_684e-3, 1.382_094_6e-3];
/// ln 2, upper part: its nine trailing zero bits keep `n * LN2_HIGH` exact for |n| <= 256.
const LN2_HIGH: f32 = 0.693_145_75;
/// ln 2 less [`LN2_HIGH`].
const LN2_LOW: f32 = 1.428_606_8e-6;
/// 1.5 * 2^23: added to a number of magnitude below 2^22 it leaves a whole number, rounded half to even.
pub(super) const ROUNDER: f32 = 12_582_912.0;
/// Above it `exp` would overflow.
const EXP_HIGH: f32 = 88.722_83;
/// Below it the result would be subnormal; `exp` gives 0 instead.
const EXP_LOW: f32 = -87.336_54;

/// [`gelu`] less max(x, 0) is `-a ((GELU_LIMIT - a) R(a))^8`, with a the magnitude of x: R in powers of a, minimax in
/// the absolute error of the whole on [0, `GELU_LIMIT`], 1.9e-6 unrounded.
const GELU_R: [f32; 5] = [0.149_714_3, 9.509_464e-3, -3.634_043_7e-3, -7.676_025e-4, 1.888_164_7e-4];
/// From here on a Φ(-a) counts as 0; it is 3e-9.
const GELU_LIMIT: f32 = 6.125;

/// [`share`] is `((x + SHARE_LIMIT) R(x))^16`: R in powers of x, minimax in the absolute error of the whole on
/// [-`SHARE_LIMIT`, 0], 1.7e-6 unrounded.
const SHARE_R: [f32; 5] = [0.043_478_265, 8.271_140_4e-4, 4.915_459_8e-5, -2.258_128_1e-7, 7.384_209e-8];
/// From here on downwards a share is 0; exp(-23) is 1e-10.
const SHARE_LIMIT: f32 = 23.0;

/// Rows with a smaller maximum are quantized to zeros, so that no inverse is infinite.
const LEAST: f32 = f32::from_bits(27 << 23);

/// Hyperbolic tangent. ±1 from |x| = 7.633248 on, NaN for NaN, odd, and never outside [-1, 1].
#[inline]
pub fn tanh(x: f32) -> f32 {
    let x = x.clamp(-TANH_LIMIT, TANH_LIMIT);
    let y = x * x;
    x * horner(y, &TANH_P) / horner(y, &TANH_Q)
}

/// Logistic function, as `(q + p) / (q + q)` where `p / q` is tanh(x / 2). In [0, 1]; 0 and 1 from
/// |x| = 15.266496 on, NaN for NaN.
#[inline]
pub fn sigmoid(x: f32) -> f32 {
    let x = x.clamp(-SIGMOID_LIMIT, SIGMOID_LIMIT);
    let y = x * x;
    let (p, q) = (x * horner(y, &SIGMOID_P), horner(y, &SIGMOID_Q));
    (q + p) / (q + q)
}

/// A polynomial by Horner's rule, its coefficients from the lowest power on.
#[inline(always)]
fn horner<const N: usize>(y: f32, coefficients: &[f32; N]) -> f32 {
    let mut sum = coefficients[N - 1];
    for c in coefficients[..N - 1].iter().rev() {
        sum = sum * y + c;
    }
    sum
}

/// Exponential function. 0 below -87.33654 (no subnormal results), infinite above 88.72283, NaN for NaN.
// Without a branch and always inlined, so that loops over it are vectorised in any variant.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    let within = if x > EXP_HIGH { EXP_HIGH } else { x };
    let within = if within < EXP_LOW { EXP_LOW } else { within };
    let (e, n) = exp_parts(within);
    // n lies in -126..=128, except for NaN. Two factors, because 2^128 is not an f32 but e * 2^128 may be one.
    let half = n / 2;
    let e = e * power_of_two(half) * power_of_two(n.wrapping_sub(half));
    let e = if x > EXP_HIGH { f32::INFINITY } else { e };
    if x < EXP_LOW { 0.0 } else { e }
}

/// [`exp`] of a number that is not above 0, or of NaN: the same bits in fewer steps.
#[inline(always)]
pub(super) fn exp_up_to_0(x: f32) -> f32 {
    let within = if x < EXP_LOW { EXP_LOW } else { x };
    let (e, n) = exp_parts(within);
    // n lies in -126..=0, except for NaN; no product is subnormal, so one factor is as exact as two.
    let e = e * power_of_two(n);
    if x < EXP_LOW { 0.0 } else { e }
}

/// A factor near 1 and the exponent of the power of two that make the exponential function.
#[inline(always)]
fn exp_parts(x: f32) -> (f32, i32) {
    // The sum is rounded to a whole number, half to even, since an f32 of this size has no other.
    let sum = x * std::f32::consts::LOG2_E + ROUNDER;
    let n = sum - ROUNDER;
    let r = (x - n * LN2_HIGH) - n * LN2_LOW;
    let e = horner(r, &EXP_S) * (r * r) + r + 1.0;
    (e, sum.to_bits().cast_signed().wrapping_sub(ROUNDER.to_bits().cast_signed()))
}

/// Gaussian error linear unit, x Φ(x), as `max(x, 0) - t(|x|)`, where `t(a) = a Φ(-a)` is approximated by a polynomial
/// whose eighth power falls as fast as the tail of Φ. x above 6.125 and 0 below -6.125; NaN for NaN.
#[inline(always)]
pub fn gelu(x: f32) -> f32 {
    let a = x.abs();
    let a = if a > GELU_LIMIT { GELU_LIMIT } else { a };
    let root = (GELU_LIMIT - a) * horner(a, &GELU_R);
    let square = root * root;
    let fourth = square * square;
    (if x > 0.0 { x } else { 0.0 }) - a * (fourth * fourth)
}

/// exp(x) for x that is not above 0, in fewer steps and less exactly than [`exp`]: a polynomial that becomes the
/// exponential function by its sixteenth power. 0 below -23, NaN for NaN.
#[inline(always)]
pub fn share(x: f32) -> f32 {
    let x = if x < -SHARE_LIMIT { -SHARE_LIMIT } else { x };
    let root = (x + SHARE_LIMIT) * horner(x, &SHARE_R);
    let square = root * root;
    let fourth = square * square;
    let eighth = fourth * fourth;
    eighth * eighth
}

/// A number within -127.5..=127.5, rounded half to even.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the low byte is the number in two's complement")]
pub(super) fn rounded(x: f32) -> i8 {
    ((x + ROUNDER).to_bits() as u8).cast_signed()
}

/// The scale of values whose largest magnitude is `max`, and what they are multiplied by to become integers up to 127.
#[inline(always)]
pub(super) fn scale_and_inverse(max: f32) -> (f32, f32) {
    if max < LEAST { (0.0, 0.0) } else { (max / 127.0, 127.0 / max) }
}

/// 2^n for n in -126..=127.
#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits(n.wrapping_add(127).cast_unsigned() << 23)
}

/// Sum in the one order of the contract: sixteen interleaved lanes, then halves added to halves.
#[inline(always)]
pub fn sum(values: &[f32]) -> f32 {
    sum_with(values, |value| value)
}

/// Sum of a function of every value, in the order of [`sum`].
#[inline(always)]
pub fn sum_with(values: &[f32], function: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0f32; 16];
    let (blocks, tail) = values.as_chunks::<16>();
    for block in blocks {
        for (lane, value) in lanes.iter_mut().zip(block) {
            *lane += function(*value);
        }
    }
    for (lane, value) in lanes.iter_mut().zip(tail) {
        *lane += function(*value);
    }
    halved(lanes, |a, b| a + b)
}

/// The largest of all numbers, ignoring NaN; negative infinity if there are none.
#[inline(always)]
pub(super) fn largest(blocks: &[[f32; 16]]) -> f32 {
    // The order does not matter for a maximum.
    let mut lanes = [f32::NEG_INFINITY; 16];
    for block in blocks {
        for (lane, value) in lanes.iter_mut().zip(block) {
            *lane = larger(*lane, *value);
        }
    }
    halved(lanes, larger)
}

/// The largest of sixteen numbers that are not NaN.
#[inline(always)]
pub(super) fn largest_lane(lanes: [f32; 16]) -> f32 {
    halved(lanes, larger)
}

/// The larger number; the first if one is NaN.
#[inline(always)]
pub(super) fn larger(a: f32, b: f32) -> f32 {
    if b > a { b } else { a }
}

/// Reduces sixteen numbers to one: repeatedly combines the upper half with the lower.
#[inline(always)]
fn halved(mut lanes: [f32; 16], join: impl Fn(f32, f32) -> f32) -> f32 {
    for width in [8, 4, 2, 1] {
        let (low, high) = lanes.split_at_mut(width);
        for (a, b) in low.iter_mut().zip(high) {
            *a = join(*a, *b);
        }
    }
    lanes[0]
}
/// Replaces numbers by their softmax: the contract of every op that contains one, in plain code.
pub fn softmax(values: &mut [f32]) {
    let max = values.iter().fold(f32::NEG_INFINITY, |max, v| if *v > max { *v } else { max });
    for value in values.iter_mut() {
        *value = exp(*value - max);
    }
    let sum = sum(values);
    for value in values {
        *value /= sum;
    }
}
