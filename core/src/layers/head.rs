//! From logits to probabilities.
//!
//! Every function divides the logits by a temperature (above 0; 1 changes nothing), which calibrates
//! the probabilities without changing their order.

use crate::kernels::math;

/// Probabilities of exclusive classes. They lie in [0, 1] and sum to 1 but for rounding.
///
/// ```
/// let mut p = [0.0; 2];
/// pupil_core::layers::head::softmax(&[1.0, 1.0], 1.0, &mut p);
/// assert_eq!(p, [0.5, 0.5]);
/// ```
///
/// # Panics
///
/// When the lengths differ.
pub fn softmax(logits: &[f32], temperature: f32, out: &mut [f32]) {
    assert_eq!(logits.len(), out.len(), "every logit gives one probability");
    for (out, logit) in out.iter_mut().zip(logits) {
        *out = logit / temperature;
    }
    let max = out.iter().fold(f32::NEG_INFINITY, |max, v| if *v > max { *v } else { max });
    for value in out.iter_mut() {
        *value = math::exp(*value - max);
    }
    let sum = math::sum(out);
    for value in out {
        *value /= sum;
    }
}

/// Probabilities of independent labels.
///
/// ```
/// let mut p = [0.0; 2];
/// pupil_core::layers::head::sigmoid(&[0.0, 100.0], 2.0, &mut p);
/// assert_eq!(p, [0.5, 1.0]);
/// ```
///
/// # Panics
///
/// When the lengths differ.
pub fn sigmoid(logits: &[f32], temperature: f32, out: &mut [f32]) {
    assert_eq!(logits.len(), out.len(), "every logit gives one probability");
    for (out, logit) in out.iter_mut().zip(logits) {
        *out = math::sigmoid(logit / temperature);
    }
}

/// Probabilities that the level is above 0, above 1, and so on: `sigmoid((score + cuts[k]) / temperature)`,
/// with cuts that decrease strictly.
///
/// # Panics
///
/// When the lengths differ.
pub fn ordinal(score: f32, cuts: &[f32], temperature: f32, above: &mut [f32]) {
    assert_eq!(cuts.len(), above.len(), "every cut gives one probability");
    for (out, cut) in above.iter_mut().zip(cuts) {
        *out = math::sigmoid((score + cut) / temperature);
    }
}

/// Probabilities of the levels, one more than there are cuts, from those of [`ordinal`]: the
/// difference of neighbours, never below 0.
///
/// ```
/// use pupil_core::layers::head;
///
/// let (mut above, mut levels) = ([0.0; 2], [0.0; 3]);
/// head::ordinal(0.0, &[1.0, -1.0], 1.0, &mut above);
/// head::levels(&above, &mut levels);
/// assert!((levels[0] - levels[2]).abs() < 1e-6 && levels[1] > levels[0]);
/// ```
///
/// # Panics
///
/// When `out` has not one element more than `above`.
pub fn levels(above: &[f32], out: &mut [f32]) {
    assert_eq!(out.len(), above.len() + 1, "there is one level more than cuts");
    let mut last = 1.0;
    for (out, p) in out.iter_mut().zip(above.iter().copied().chain([0.0])) {
        let difference = last - p;
        *out = if difference > 0.0 { difference } else { 0.0 };
        last = p;
    }
}
