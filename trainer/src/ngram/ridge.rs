//! Linear regression with a penalty on the squared weights.

use super::sparse::Sparse;

/// A linear function of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// One weight per column.
    pub weight: Vec<f64>,
    /// What is added.
    pub bias: f64,
}

impl Linear {
    /// Its values for all rows.
    #[must_use]
    pub fn of(&self, rows: &Sparse) -> Vec<f64> {
        rows.times(&self.weight).into_iter().map(|y| y + self.bias).collect()
    }
}

/// The squared residual, relative to the targets', at which the solution is close enough: far below the f32 in which it
/// is stored.
const ENOUGH: f64 = 1e-20;
/// Most steps; each costs two passes over the matrix. Fits of thousands of answers take about a hundred.
const MAX_STEPS: usize = 2000;

/// The weights `w` and the bias `b` with the least `Σ (y − x·w − b)² + penalty · |w|²`, as scikit-learn's `Ridge` finds
/// them.
///
/// Solved in the space of the rows, which are fewer than the columns: `(C X Xᵀ C + penalty · I) a = C y` with the
/// centring matrix C, by conjugate gradients; then `w = Xᵀ a`. `start` holds the solution `a` for a neighbouring
/// penalty, or nothing, and receives this one. Without rows, everything is 0.
///
/// # Panics
///
/// When the numbers of rows and targets differ, or the penalty is not above 0.
#[must_use]
pub fn ridge(x: &Sparse, y: &[f64], penalty: f64, start: &mut Vec<f64>) -> Linear {
    assert_eq!(x.rows(), y.len(), "one target per row");
    assert!(penalty > 0.0, "the penalty of a ridge regression is above 0");
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let centred = |mut values: Vec<f64>| {
        let middle = mean(&values);
        values.iter_mut().for_each(|v| *v -= middle);
        values
    };
    let target = centred(y.to_vec());
    let times = |a: &[f64]| -> Vec<f64> {
        let product = centred(x.times(&x.transposed_times(a)));
        product.into_iter().zip(a).map(|(k, a)| k + penalty * a).collect()
    };
    if start.len() != y.len() {
        *start = vec![0.0; y.len()];
    }
    let a = start;
    let mut residual: Vec<f64> = target.iter().zip(times(a)).map(|(y, k)| y - k).collect();
    let mut direction = residual.clone();
    let mut left = dot(&residual, &residual);
    let enough = ENOUGH * dot(&target, &target);
    for _ in 0..MAX_STEPS {
        if left <= enough {
            break;
        }
        let product = times(&direction);
        let step = left / dot(&direction, &product);
        for ((a, r), (d, k)) in a.iter_mut().zip(&mut residual).zip(direction.iter().zip(&product)) {
            *a += step * d;
            *r -= step * k;
        }
        let before = left;
        left = dot(&residual, &residual);
        let share = left / before;
        direction.iter_mut().zip(&residual).for_each(|(d, r)| *d = r + share * *d);
    }
    let weight = x.transposed_times(a);
    let bias = mean(y) - mean(&x.times(&weight));
    Linear { weight, bias }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_rows_and_one_row_give_the_mean() {
        let none = ridge(&Sparse::new(4), &[], 1.0, &mut Vec::new());
        assert_eq!(none, Linear { weight: vec![0.0; 4], bias: 0.0 });
        let mut one = Sparse::new(2);
        one.push([(1, 1.0)]);
        assert_eq!(ridge(&one, &[3.0], 1.0, &mut Vec::new()), Linear { weight: vec![0.0; 2], bias: 3.0 });
    }

    proptest! {
        #[test]
        fn gradient_vanishes_at_the_solution(
            rows in proptest::collection::vec((proptest::collection::vec(-1.0f32..1.0, 5), -2.0f64..2.0), 1..30),
            penalty in 0.01f64..10.0,
        ) {
            let mut x = Sparse::new(5);
            rows.iter().for_each(|(row, _)| x.push((0u32..).zip(row.iter().copied())));
            let y: Vec<f64> = rows.iter().map(|r| r.1).collect();
            let mut start = Vec::new();
            let solution = ridge(&x, &y, penalty, &mut start);
            let errors: Vec<f64> = y.iter().zip(solution.of(&x)).map(|(y, f)| y - f).collect();
            prop_assert!(errors.iter().sum::<f64>().abs() < 1e-7);
            for (pull, weight) in x.transposed_times(&errors).iter().zip(&solution.weight) {
                prop_assert!((pull - penalty * weight).abs() < 1e-7);
            }
            // A start at the solution of another penalty changes nothing.
            prop_assert!(ridge(&x, &y, penalty * 3.0, &mut start).bias.is_finite());
            let again = ridge(&x, &y, penalty, &mut start);
            for (a, b) in again.weight.iter().zip(&solution.weight) {
                prop_assert!((a - b).abs() < 1e-7);
            }
        }
    }
}
