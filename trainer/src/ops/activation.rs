//! Exponential, logistic, hyperbolic tangent, GELU and SwiGLU, written so that compilers vectorise loops over them.

use super::vectorized;

/// Natural exponential; relative error below 3e-7 on [-87, 88], clamped outside.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // Adding and subtracting 1.5 · 2^23 rounds to an integer and leaves that integer in the low bits.
    const ROUND: f32 = 12_582_912.0;
    // ln 2 in two parts: the first has trailing zeros, so that n · LN2_HIGH is exact.
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * LN2_HIGH) - n * LN2_LOW;
    // Taylor series to the 6th power: |r| <= ln 2 / 2, so the first term left out is below 1.2e-7.
    let mut p = 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
    p * f32::from_bits(exponent)
}

/// Logistic function.
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// Hyperbolic tangent; absolute error below 3e-7.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    1.0 - 2.0 / (exp(2.0 * x) + 1.0)
}

/// Distribution function of the standard normal, by the rational fit 7.1.26 of Abramowitz and Stegun for erf;
/// absolute error below 2e-7.
#[inline(always)]
fn normal_cdf(x: f32, density_times_sqrt_2pi: f32) -> f32 {
    let t = 1.0 / (1.0 + 0.327_591_1 * (x.abs() * std::f32::consts::FRAC_1_SQRT_2));
    let mut p = 1.061_405_4;
    p = p * t - 1.453_152;
    p = p * t + 1.421_413_7;
    p = p * t - 0.284_496_74;
    p = p * t + 0.254_829_6;
    let tail = 0.5 * p * t * density_times_sqrt_2pi;
    if x < 0.0 { tail } else { 1.0 - tail }
}

/// Computes `y = x · Φ(x)`, the exact GELU.
pub fn gelu(y: &mut [f32], x: &[f32]) {
    vectorized(
        #[inline(always)]
        || {
            for (y, &x) in y.iter_mut().zip(x) {
                *y = x * normal_cdf(x, exp(-0.5 * x * x));
            }
        },
    );
}

/// Multiplies `dy` by the derivative of [`gelu`] at `x`.
pub fn gelu_backward(dy: &mut [f32], x: &[f32]) {
    const INV_SQRT_2PI: f32 = 0.398_942_3;
    vectorized(
        #[inline(always)]
        || {
            for (dy, &x) in dy.iter_mut().zip(x) {
                let e = exp(-0.5 * x * x);
                *dy *= normal_cdf(x, e) + x * INV_SQRT_2PI * e;
            }
        },
    );
}

/// Computes `y = a · g · σ(g)` (SwiGLU) for rows `[a, g]` of `2 · width` values.
pub fn swiglu(y: &mut [f32], x: &[f32], width: usize) {
    vectorized(
        #[inline(always)]
        || {
            for (y, x) in y.chunks_exact_mut(width).zip(x.chunks_exact(2 * width)) {
                let (a, g) = x.split_at(width);
                for ((y, a), g) in y.iter_mut().zip(a).zip(g) {
                    *y = a * g * sigmoid(*g);
                }
            }
        },
    );
}

/// Overwrites `dx` with the gradient of [`swiglu`]'s input, given that of its output.
pub fn swiglu_backward(dx: &mut [f32], dy: &[f32], x: &[f32], width: usize) {
    vectorized(
        #[inline(always)]
        || {
            let rows = dx.chunks_exact_mut(2 * width).zip(x.chunks_exact(2 * width));
            for ((dx, x), dy) in rows.zip(dy.chunks_exact(width)) {
                let ((da, dg), (a, g)) = (dx.split_at_mut(width), x.split_at(width));
                for i in 0..width {
                    let s = sigmoid(g[i]);
                    da[i] = dy[i] * g[i] * s;
                    dg[i] = dy[i] * a[i] * s * (1.0 + g[i] * (1.0 - s));
                }
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_gradient, uniform, weighted};
    use super::*;

    #[test]
    fn exp_and_tanh_stay_within_their_stated_error() {
        for i in -870..=880 {
            for fraction in [0.0f32, 0.031, 0.077] {
                let x = (i as f32 / 10.0 + fraction).min(88.0);
                let want = f64::from(x).exp();
                assert!(((f64::from(exp(x)) - want) / want).abs() < 3e-7, "exp({x}) = {}", exp(x));
                assert!((f64::from(tanh(x)) - f64::from(x).tanh()).abs() < 3e-7, "tanh({x}) = {}", tanh(x));
            }
        }
        assert_eq!((sigmoid(f32::INFINITY), tanh(f32::INFINITY)), (1.0, 1.0));
        assert!(sigmoid(f32::NEG_INFINITY) < 1e-37 && tanh(f32::NEG_INFINITY) == -1.0);
    }

    #[test]
    fn gelu_gradient_equals_finite_differences() {
        let (x, dy) = (uniform(64, 1).iter().map(|v| v * 4.0).collect::<Vec<_>>(), uniform(64, 2));
        let mut dx = dy.clone();
        gelu_backward(&mut dx, &x);
        assert_gradient("dx", &x, &dx, |x| {
            let mut y = vec![0.0; x.len()];
            gelu(&mut y, x);
            weighted(&y, &dy)
        });
    }

    #[test]
    fn gradient_of_the_gate_equals_finite_differences() {
        let (x, dy) = (uniform(2 * 3 * 7, 1).iter().map(|v| v * 4.0).collect::<Vec<_>>(), uniform(3 * 7, 2));
        let mut dx = vec![5.0; x.len()];
        swiglu_backward(&mut dx, &dy, &x, 7);
        assert_gradient("dx", &x, &dx, |x| {
            let mut y = vec![0.0; 3 * 7];
            swiglu(&mut y, x, 7);
            weighted(&y, &dy)
        });
    }
}
