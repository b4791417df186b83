//! Matrices of mostly zeros, by rows.

/// A matrix of which each row stores its columns in ascending order with their values.
#[derive(Clone, Debug, PartialEq)]
pub struct Sparse {
    width: usize,
    ends: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
}

impl Sparse {
    /// A matrix of so many columns, without rows.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Self { width, ends: Vec::new(), columns: Vec::new(), values: Vec::new() }
    }

    /// Adds a row of columns and their values.
    ///
    /// # Panics
    ///
    /// When a column is not below the width.
    pub fn push(&mut self, row: impl IntoIterator<Item = (u32, f32)>) {
        for (column, value) in row {
            assert!((column as usize) < self.width, "column {column} of a matrix of {}", self.width);
            self.columns.push(column);
            self.values.push(value);
        }
        self.ends.push(self.columns.len());
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.ends.len()
    }

    /// Number of columns.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// The columns of a row with their values.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        let place = start..self.ends[row];
        let both = self.columns[place.clone()].iter().zip(&self.values[place]);
        both.map(|(column, value)| (*column as usize, f64::from(*value)))
    }

    /// The given rows as a matrix.
    #[must_use]
    pub fn subset(&self, rows: &[usize]) -> Self {
        let mut some = Self::new(self.width);
        for row in rows {
            let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
            some.columns.extend_from_slice(&self.columns[start..self.ends[*row]]);
            some.values.extend_from_slice(&self.values[start..self.ends[*row]]);
            some.ends.push(some.columns.len());
        }
        some
    }

    /// The product with a vector of the matrix's width: a value for each row.
    #[must_use]
    pub fn times(&self, vector: &[f64]) -> Vec<f64> {
        (0..self.rows())
            .map(|row| self.row(row).map(|(column, value)| value * vector[column]).sum())
            .collect()
    }

    /// The product of the transposed matrix with a vector that has a value for each row: a value for each column.
    #[must_use]
    pub fn transposed_times(&self, vector: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.width];
        for (row, factor) in vector.iter().enumerate() {
            for (column, value) in self.row(row) {
                out[column] += factor * value;
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_and_subsets_are_those_of_the_dense_matrix() {
        // [0 2 0], [], [1 0 3]
        let mut x = Sparse::new(3);
        x.push([(1, 2.0)]);
        x.push([]);
        x.push([(0, 1.0), (2, 3.0)]);
        assert_eq!((x.rows(), x.width()), (3, 3));
        assert_eq!(x.times(&[1.0, 10.0, 100.0]), [20.0, 0.0, 301.0]);
        assert_eq!(x.transposed_times(&[1.0, 5.0, 2.0]), [2.0, 2.0, 6.0]);
        assert_eq!(x.subset(&[2, 0]).times(&[1.0, 10.0, 100.0]), [301.0, 20.0]);
    }
}
