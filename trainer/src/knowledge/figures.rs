//! Figures about probabilities of right answers.

use serde::{Deserialize, Serialize};

/// How well probabilities predict answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Area under the ROC curve: the probability that a right answer has a higher probability than a wrong one, ties
    /// counting half. NaN where all answers are alike.
    pub auc: f64,
    /// Share of answers on the side of one half on which their probability is.
    pub accuracy: f64,
    /// Expected calibration error over ten bins of equal width.
    pub calibration_error: f64,
    /// Answers.
    pub answers: usize,
}

impl Figures {
    /// The figures of probabilities and whether each answer was right.
    #[must_use]
    pub fn of(rows: &[(f32, bool)]) -> Self {
        let n = rows.len().max(1) as f64;
        let agree = rows.iter().filter(|(p, right)| (*p >= 0.5) == *right).count() as f64;
        Self {
            auc: auc(rows),
            accuracy: agree / n,
            calibration_error: calibration_error(rows),
            answers: rows.len(),
        }
    }
}

/// Area under the ROC curve, from the ranks of right answers (Mann and Whitney 1947).
fn auc(rows: &[(f32, bool)]) -> f64 {
    let mut sorted: Vec<(f32, bool)> = rows.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut ranks, mut right, mut start) = (0.0, 0.0, 0);
    while start < sorted.len() {
        let tied = sorted[start..].iter().take_while(|row| row.0 == sorted[start].0).count();
        let hits = sorted[start..start + tied].iter().filter(|row| row.1).count() as f64;
        // Ranks from 1, ties sharing their mean.
        ranks += hits * (start as f64 + (tied as f64 + 1.0) / 2.0);
        right += hits;
        start += tied;
    }
    let wrong = sorted.len() as f64 - right;
    (ranks - right * (right + 1.0) / 2.0) / (right * wrong)
}

fn calibration_error(rows: &[(f32, bool)]) -> f64 {
    const BINS: usize = 10;
    let mut bins = [(0.0f64, 0.0f64); BINS];
    for (p, right) in rows {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 10")]
        let bin = ((p * BINS as f32) as usize).min(BINS - 1);
        bins[bin].0 += f64::from(*p);
        bins[bin].1 += f64::from(u8::from(*right));
    }
    bins.iter().map(|(p, right)| (p - right).abs()).sum::<f64>() / rows.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_computed_by_hand() {
        // Pairs of a right and a wrong answer: 0.8 > 0.3, 0.8 > 0.6, 0.6 > 0.3, and a tie at 0.6.
        let rows = [(0.8, true), (0.6, true), (0.6, false), (0.3, false)];
        let figures = Figures::of(&rows);
        assert!((figures.auc - 3.5 / 4.0).abs() < 1e-12);
        assert!((figures.accuracy - 0.75).abs() < 1e-12);
        // Bins 0.8: 0.2 off; 0.6: 1.2 expected, 1 right; 0.3: 0.3 off.
        assert!((figures.calibration_error - 0.7 / 4.0).abs() < 1e-6);
    }

    #[test]
    fn figures_without_two_outcomes_have_no_area() {
        assert!(Figures::of(&[(0.3, true), (0.4, true)]).auc.is_nan());
        assert!(Figures::of(&[]).auc.is_nan());
    }
}
