//! Rotary positions, with YaRN's stretched wavelengths (Peng et al. 2023).

use anyhow::{Result, ensure};

/// Rotation of queries and keys by position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rope {
    /// Base of the wavelengths.
    pub theta: f64,
    /// How they are stretched for sequences longer than those of pretraining.
    pub yarn: Option<Yarn>,
}

/// YaRN's settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Yarn {
    /// How many times longer sequences may be.
    pub factor: f64,
    /// The longest sequence of pretraining.
    pub original: f64,
    /// Wavelengths that turn at least so often in `original` tokens stay as they are.
    pub beta_fast: f64,
    /// Wavelengths that turn at most so often are stretched by the whole factor.
    pub beta_slow: f64,
    /// Whether both limits are rounded to whole dimensions.
    pub truncate: bool,
    /// Factor on cosines and sines; 0.1 · ln(factor) + 1 if it is not given.
    pub attention_factor: Option<f64>,
}

impl Rope {
    pub(super) fn validate(&self) -> Result<()> {
        ensure!(
            self.theta.is_finite() && self.theta > 1.0,
            "rope_theta is {}, but must be above 1",
            self.theta
        );
        let Some(y) = &self.yarn else { return Ok(()) };
        ensure!(
            y.factor >= 1.0 && y.original >= 1.0 && y.beta_fast > 0.0 && y.beta_slow > 0.0,
            "YaRN's factor {}, original length {} and limits {} and {} must be positive, the first two at least 1",
            y.factor,
            y.original,
            y.beta_fast,
            y.beta_slow
        );
        Ok(())
    }

    /// Radians per position of each pair of a head of `width` values, and the factor on cosines and sines.
    #[must_use]
    pub fn frequencies(&self, width: usize) -> (Vec<f64>, f64) {
        let d = width as f64;
        let plain = (0..width / 2).map(|i| self.theta.powf(-2.0 * i as f64 / d));
        let Some(y) = &self.yarn else { return (plain.collect(), 1.0) };
        // The dimension whose wavelength turns so often in the original length.
        let dimension =
            |turns: f64| d * (y.original / (turns * std::f64::consts::TAU)).ln() / (2.0 * self.theta.ln());
        let (mut low, mut high) = (dimension(y.beta_fast), dimension(y.beta_slow));
        if y.truncate {
            (low, high) = (low.floor(), high.ceil());
        }
        (low, high) = (low.max(0.0), high.min(d - 1.0));
        if low == high {
            // As the reference does, so that the ramp has a slope.
            high += 0.001;
        }
        let stretched = |(i, f): (usize, f64)| {
            let ramp = ((i as f64 - low) / (high - low)).clamp(0.0, 1.0);
            f / y.factor * ramp + f * (1.0 - ramp)
        };
        let scale =
            y.attention_factor.unwrap_or(if y.factor <= 1.0 { 1.0 } else { 0.1 * y.factor.ln() + 1.0 });
        (plain.enumerate().map(stretched).collect(), scale)
    }

    /// Cosines and sines of `positions` positions, `[positions, width / 2]` each, times the factor.
    #[must_use]
    pub fn tables(&self, positions: usize, width: usize) -> (Vec<f32>, Vec<f32>) {
        let (frequencies, scale) = self.frequencies(width);
        let angles = (0..positions).flat_map(|p| frequencies.iter().map(move |f| p as f64 * f));
        #[expect(clippy::cast_possible_truncation, reason = "a cosine or a sine")]
        let of = |angle: f64| ((angle.cos() * scale) as f32, (angle.sin() * scale) as f32);
        angles.map(of).unzip()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_wavelengths_stay_and_long_ones_are_stretched() {
        let yarn = Yarn {
            factor: 32.0,
            original: 4096.0,
            beta_fast: 32.0,
            beta_slow: 1.0,
            truncate: false,
            attention_factor: None,
        };
        let rope = Rope { theta: 150_000.0, yarn: Some(yarn) };
        let (stretched, scale) = rope.frequencies(64);
        let (plain, one) = Rope { yarn: None, ..rope }.frequencies(64);
        assert!((scale - 1.346_573_590_279_973).abs() < 1e-12 && (one - 1.0).abs() < 1e-12);
        assert!((stretched[0] - plain[0]).abs() < 1e-12);
        assert!((stretched[31] - plain[31] / 32.0).abs() < 1e-12);
        assert!(stretched.windows(2).all(|w| w[0] > w[1]));
    }
}
