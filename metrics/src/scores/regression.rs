//! Least squares on categories: every answer of a cell has the same row of the design.

use crate::distributions::{fisher_above, student_limit, student_two_sided};

/// Part of its length that a column must keep beside the earlier ones to have a coefficient.
const ALIASED: f64 = 1e-9;

/// Part of the outcomes' spread below which residuals are rounding errors.
const EXACT: f64 = 1e-24;

/// Answers with one row of the design.
#[derive(Clone, Debug)]
pub(super) struct DesignCell {
    /// The row, the intercept first.
    pub(super) row: Vec<f64>,
    /// The outcome of each answer.
    pub(super) outcomes: Vec<f64>,
}

/// A coefficient with its test against 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coefficient {
    /// The estimate.
    pub estimate: f64,
    /// Two-sided p-value of Student's test; `None` without residual spread.
    pub p: Option<f64>,
    /// Lower end of the 95 % interval.
    pub low: Option<f64>,
    /// Upper end of the 95 % interval.
    pub high: Option<f64>,
}

/// A fitted regression.
#[derive(Clone, Debug)]
pub(super) struct Fit {
    /// One for each column; `None` where a column is a combination of earlier ones.
    pub(super) coefficients: Vec<Option<Coefficient>>,
    /// R², corrected for the number of coefficients. `None` if the outcome does not vary or no freedom is left.
    pub(super) adjusted_r2: Option<f64>,
    /// p-value of the test that all coefficients but the intercept are 0.
    pub(super) p: Option<f64>,
    /// Sum of squared residuals.
    residual: f64,
    /// Residual degrees of freedom.
    freedom: f64,
}

impl Fit {
    /// Fits the outcomes of cells.
    pub(super) fn of(cells: &[DesignCell]) -> Self {
        let columns = cells.first().map_or(0, |cell| cell.row.len());
        let n: f64 = cells.iter().map(|cell| cell.outcomes.len() as f64).sum();
        let mean = cells.iter().flat_map(|cell| &cell.outcomes).sum::<f64>() / n;
        // Outcomes are taken from their mean, which only the intercept undoes.
        let means: Vec<f64> = cells
            .iter()
            .map(|c| c.outcomes.iter().map(|y| y - mean).sum::<f64>() / c.outcomes.len() as f64)
            .collect();
        let within: f64 = cells
            .iter()
            .zip(&means)
            .map(|(c, m)| c.outcomes.iter().map(|y| (y - mean - m).powi(2)).sum::<f64>())
            .sum();
        let root: Vec<f64> = cells.iter().map(|c| (c.outcomes.len() as f64).sqrt()).collect();
        let between: f64 = means.iter().zip(&root).map(|(m, w)| (m * w).powi(2)).sum();

        let (basis, triangle) = factor(cells, &root, columns);
        let target: Vec<f64> = means.iter().zip(&root).map(|(m, w)| m * w).collect();
        let shares: Vec<f64> = basis.iter().map(|(_, q)| dot(q, &target)).collect();
        let rank = basis.len();
        let total = within + between;
        let left =
            |i: usize| target[i] - shares.iter().zip(&basis).map(|(share, (_, q))| share * q[i]).sum::<f64>();
        let residual = within + (0..cells.len()).map(|i| left(i).powi(2)).sum::<f64>();
        let residual = if residual <= EXACT * total { 0.0 } else { residual };
        let freedom = n - rank as f64;
        let inverse = inverse(&triangle);
        let variance = (freedom > 0.0).then(|| residual / freedom);
        let mut coefficients = vec![None; columns];
        for (place, (column, _)) in basis.iter().enumerate() {
            let mut estimate: f64 = (place..rank).map(|k| inverse[place][k] * shares[k]).sum();
            if *column == 0 {
                estimate += mean;
            }
            let spread = variance.map(|v| {
                let square: f64 = (place..rank).map(|k| inverse[place][k].powi(2)).sum();
                (v * square).sqrt()
            });
            let error = spread.filter(|e| *e > 0.0);
            let reach = error.map(|e| e * student_limit(0.05, freedom));
            coefficients[*column] = Some(Coefficient {
                estimate,
                p: error.map(|e| student_two_sided(estimate / e, freedom)),
                low: reach.map(|r| estimate - r),
                high: reach.map(|r| estimate + r),
            });
        }
        let model = rank as f64 - 1.0;
        Self {
            coefficients,
            adjusted_r2: (total > 0.0 && freedom > 0.0).then(|| 1.0 - residual / total * (n - 1.0) / freedom),
            p: variance
                .filter(|v| *v > 0.0 && model > 0.0)
                .map(|v| fisher_above((total - residual) / model / v, model, freedom)),
            residual,
            freedom,
        }
    }

    /// p-value of the test that this fit explains no more than `smaller`, whose columns are part of this one's.
    pub(super) fn p_beside(&self, smaller: &Self) -> Option<f64> {
        let more = smaller.freedom - self.freedom;
        if more <= 0.0 || self.freedom <= 0.0 || self.residual <= 0.0 {
            return None;
        }
        let f = (smaller.residual - self.residual).max(0.0) / more / (self.residual / self.freedom);
        Some(fisher_above(f, more, self.freedom))
    }
}

/// Orthogonal columns of the weighted design, each with the place of its column, and the upper triangle that gives the
/// design back. Columns that earlier ones explain are left out.
type Factors = (Vec<(usize, Vec<f64>)>, Vec<Vec<f64>>);

fn factor(cells: &[DesignCell], root: &[f64], columns: usize) -> Factors {
    let mut basis: Vec<(usize, Vec<f64>)> = Vec::new();
    // Column by column: the entries above the diagonal, then the diagonal.
    let mut triangle: Vec<Vec<f64>> = Vec::new();
    for column in 0..columns {
        let mut v: Vec<f64> = cells.iter().zip(root).map(|(cell, w)| cell.row[column] * w).collect();
        let length = dot(&v, &v).sqrt();
        let mut entries = vec![0.0; basis.len()];
        // Twice is enough (Giraud, Langou and Rozložník 2005).
        for _ in 0..2 {
            for ((_, q), entry) in basis.iter().zip(&mut entries) {
                let share = dot(q, &v);
                *entry += share;
                v.iter_mut().zip(q).for_each(|(v, q)| *v -= share * q);
            }
        }
        let left = dot(&v, &v).sqrt();
        if left <= ALIASED * length {
            continue;
        }
        v.iter_mut().for_each(|x| *x /= left);
        entries.push(left);
        triangle.push(entries);
        basis.push((column, v));
    }
    (basis, triangle)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The inverse of an upper triangle that is given by columns; the result is indexed by row, then column.
fn inverse(triangle: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let n = triangle.len();
    let mut inverse = vec![vec![0.0; n]; n];
    for j in 0..n {
        inverse[j][j] = 1.0 / triangle[j][j];
        for i in (0..j).rev() {
            let sum: f64 = (i + 1..=j).map(|k| triangle[k][i] * inverse[k][j]).sum();
            inverse[i][j] = -sum / triangle[i][i];
        }
    }
    inverse
}
