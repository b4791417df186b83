//! Layer normalisation of the sum of two inputs, the form that BERT uses after each sublayer.

use super::{lane_sum, vectorized};

/// Values of the forward pass that [`layer_norm_backward`] needs.
#[derive(Default)]
pub struct Saved {
    /// Normalised rows before scale and shift, `[rows, width]`.
    pub normalised: Vec<f32>,
    /// Reciprocal standard deviation of each row.
    pub inverse_deviation: Vec<f32>,
}

/// Normalises each row of `sum` to mean 0 and variance 1, then scales and shifts it into `y`.
pub fn layer_norm(y: &mut [f32], saved: &mut Saved, sum: &[f32], scale: &[f32], shift: &[f32], epsilon: f32) {
    let width = scale.len();
    let rows = sum.len() / width;
    saved.normalised.resize(rows * width, 0.0);
    saved.inverse_deviation.resize(rows, 0.0);
    vectorized(
        #[inline(always)]
        || {
            for r in 0..rows {
                let x = &sum[r * width..(r + 1) * width];
                let n = width as f32;
                let mean = lane_sum(width, |i| x[i]) / n;
                let variance = lane_sum(width, |i| (x[i] - mean) * (x[i] - mean)) / n;
                let inverse = 1.0 / (variance + epsilon).sqrt();
                saved.inverse_deviation[r] = inverse;
                let normalised = &mut saved.normalised[r * width..(r + 1) * width];
                let y = &mut y[r * width..(r + 1) * width];
                for i in 0..width {
                    let v = (x[i] - mean) * inverse;
                    normalised[i] = v;
                    y[i] = v * scale[i] + shift[i];
                }
            }
        },
    );
}

/// Turns `dy` into the gradient of the sum, in place; adds to `dscale` and `dshift`.
pub fn layer_norm_backward(
    dy: &mut [f32],
    dscale: &mut [f32],
    dshift: &mut [f32],
    saved: &Saved,
    scale: &[f32],
) {
    let width = scale.len();
    vectorized(
        #[inline(always)]
        || {
            for (r, inverse) in saved.inverse_deviation.iter().enumerate() {
                let normalised = &saved.normalised[r * width..(r + 1) * width];
                let dy = &mut dy[r * width..(r + 1) * width];
                for i in 0..width {
                    dscale[i] += dy[i] * normalised[i];
                    dshift[i] += dy[i];
                    dy[i] *= scale[i];
                }
                let n = width as f32;
                let mean = lane_sum(width, |i| dy[i]) / n;
                let slope = lane_sum(width, |i| dy[i] * normalised[i]) / n;
                for i in 0..width {
                    dy[i] = inverse * (dy[i] - mean - normalised[i] * slope);
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
    fn gradients_equal_finite_differences() {
        let (rows, width) = (3, 21);
        let (x, scale, shift, dy) =
            (uniform(rows * width, 1), uniform(width, 2), uniform(width, 3), uniform(rows * width, 4));
        let run = |x: &[f32], scale: &[f32], shift: &[f32]| {
            let mut y = vec![0.0; x.len()];
            layer_norm(&mut y, &mut Saved::default(), x, scale, shift, 1e-5);
            weighted(&y, &dy)
        };
        let mut saved = Saved::default();
        let mut y = vec![0.0; x.len()];
        layer_norm(&mut y, &mut saved, &x, &scale, &shift, 1e-5);
        let (mut dx, mut dscale, mut dshift) = (dy.clone(), vec![0.0; width], vec![0.0; width]);
        layer_norm_backward(&mut dx, &mut dscale, &mut dshift, &saved, &scale);
        assert_gradient("dx", &x, &dx, |x| run(x, &scale, &shift));
        assert_gradient("dscale", &scale, &dscale, |s| run(&x, s, &shift));
        assert_gradient("dshift", &shift, &dshift, |s| run(&x, &scale, s));
    }
}
