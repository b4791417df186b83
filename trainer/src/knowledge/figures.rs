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

/// Rows in the order of their probabilities: areas of any part of them need no further sorting.
#[derive(Clone, Debug)]
pub struct Ranked {
    /// Place of the row, whether it is right, and whether the next row has the same probability.
    rows: Vec<(u32, bool, bool)>,
}

impl Ranked {
    /// Ranks rows.
    ///
    /// # Panics
    ///
    /// When there are more than 2³² rows.
    #[must_use]
    pub fn of(probabilities: &[f32], right: &[bool]) -> Self {
        let mut order: Vec<usize> = (0..probabilities.len()).collect();
        order.sort_by(|a, b| probabilities[*a].total_cmp(&probabilities[*b]));
        let row = |(n, place): (usize, &usize)| {
            let tied = order.get(n + 1).is_some_and(|next| probabilities[*next] == probabilities[*place]);
            (u32::try_from(*place).expect("fewer than 2³² rows"), right[*place], tied)
        };
        Self { rows: order.iter().enumerate().map(row).collect() }
    }

    /// Area under the ROC curve of rows that count so often each (Mann and Whitney 1947), ties counting half. NaN where
    /// all are alike.
    #[must_use]
    pub fn area(&self, weights: &[f32]) -> f64 {
        // Pairs of a wrong row below a right one, wrong rows so far, and those of the tie.
        let (mut pairs, mut wrong, mut right) = (0.0f64, 0.0f64, 0.0f64);
        let (mut tied_wrong, mut tied_right) = (0.0f64, 0.0f64);
        for (place, correct, tied) in &self.rows {
            let weight = f64::from(weights[*place as usize]);
            if *correct {
                tied_right += weight
            } else {
                tied_wrong += weight
            }
            if !tied {
                pairs += tied_right * (wrong + tied_wrong / 2.0);
                wrong += tied_wrong;
                right += tied_right;
                (tied_wrong, tied_right) = (0.0, 0.0);
            }
        }
        pairs / (wrong * right)
    }
}

fn auc(rows: &[(f32, bool)]) -> f64 {
    let (p, right): (Vec<f32>, Vec<bool>) = rows.iter().copied().unzip();
    Ranked::of(&p, &right).area(&vec![1.0; rows.len()])
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
    fn areas_of_weighted_rows_are_those_of_repeated_rows() {
        let p = [0.8f32, 0.6, 0.6, 0.3, 0.9, 0.1];
        let right = [true, true, false, false, false, true];
        let counts = [2usize, 1, 3, 0, 1, 2];
        let weights = counts.map(|n| n as f32);
        let repeated: Vec<(f32, bool)> =
            (0..6).flat_map(|row| std::iter::repeat_n((p[row], right[row]), counts[row])).collect();
        let area = Ranked::of(&p, &right).area(&weights);
        assert!((area - Figures::of(&repeated).auc).abs() < 1e-12);
        // By hand: right 0.8 (2), 0.6, 0.1 (2); wrong 0.6 (3), 0.9. Pairs won: 2 · 3 + 1.5 of 5 · 4.
        assert!((area - 7.5 / 20.0).abs() < 1e-12, "{area}");
    }

    #[test]
    fn figures_without_two_outcomes_have_no_area() {
        assert!(Figures::of(&[(0.3, true), (0.4, true)]).auc.is_nan());
        assert!(Figures::of(&[]).auc.is_nan());
    }
}
