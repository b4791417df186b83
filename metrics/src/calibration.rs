//! Calibration of probabilities.

use serde::{Deserialize, Serialize};

use crate::Target;

/// Lower bound of a probability in a logarithm.
const FLOOR: f64 = 1e-7;
/// Bins of the calibration error.
const BINS: usize = 10;

/// Calibration metrics of one task; lower is better.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Mean of −ln p(truth), in nats; over answers, or over all labels of all answers. p is at least 1e-7.
    pub log_loss: f64,
    /// Mean squared distance from the truth: summed over classes (0..=2), or the mean over labels (0..=1).
    pub brier: f64,
    /// Expected calibration error of the decisions: |confidence − share right|, averaged over ten bins of equal
    /// width by their number of decisions. Confidence is p of the awarded class or level, or max(p, 1 − p) of a label.
    pub error: f64,
}

/// Computes calibration metrics from (truth, awarded, probabilities) of scored answers.
///
/// Skips rows without probabilities or with a missing truth. `None` if nothing remains.
#[must_use]
pub fn calibration<'a>(
    rows: impl IntoIterator<Item = (&'a Target, &'a Target, &'a [f32])>,
) -> Option<Calibration> {
    let mut sums = Sums::default();
    for (truth, predicted, probabilities) in rows {
        if probabilities.is_empty() {
            continue;
        }
        match (truth, predicted) {
            (Target::Class(t), Target::Class(p)) | (Target::Level(t), Target::Level(p)) => {
                let at = |i: usize| f64::from(probabilities.get(i).copied().unwrap_or(0.0));
                sums.loss -= at(*t).max(FLOOR).ln();
                sums.brier += (0..probabilities.len())
                    .map(|i| (at(i) - f64::from(u8::from(i == *t))).powi(2))
                    .sum::<f64>();
                sums.decision(at(*p), t == p);
            }
            (Target::Labels(truth), Target::Labels(predicted)) => {
                for ((t, p), probability) in truth.iter().zip(predicted).zip(probabilities) {
                    let q = f64::from(*probability);
                    sums.loss -= if *t { q } else { 1.0 - q }.max(FLOOR).ln();
                    sums.brier += (q - f64::from(u8::from(*t))).powi(2);
                    sums.decision(q.max(1.0 - q), t == p);
                }
            }
            _ => {}
        }
    }
    (sums.n > 0.0).then(|| Calibration {
        log_loss: sums.loss / sums.n,
        brier: sums.brier / sums.n,
        error: sums.bins.iter().map(|(confidence, right)| (confidence - right).abs()).sum::<f64>() / sums.n,
    })
}

#[derive(Default)]
struct Sums {
    n: f64,
    loss: f64,
    brier: f64,
    /// Per bin: summed confidence, number of right decisions.
    bins: [(f64, f64); BINS],
}

impl Sums {
    fn decision(&mut self, confidence: f64, right: bool) {
        let bin = (1..BINS).take_while(|&i| confidence >= i as f64 / BINS as f64).count();
        self.bins[bin].0 += confidence;
        self.bins[bin].1 += f64::from(u8::from(right));
        self.n += 1.0;
    }
}
