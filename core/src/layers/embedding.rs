//! Rows of a table, looked up by id.

use super::{check_len, check_scales, check_weights};
use crate::error::Result;
use std::fmt;

/// The arrays of an embedding as a file holds them: quantized rows, and a scale for each.
#[derive(Clone, Copy, Debug)]
pub struct TableWeights<'a> {
    /// `[rows, width]`.
    pub weight: &'a [i8],
    /// `[rows]`.
    pub scale: &'a [f32],
}

impl TableWeights<'_> {
    /// Refuses values that the kernels are not made for; those of a file were checked when it was read.
    pub(crate) fn check(&self, what: &str) -> Result<()> {
        check_weights(what, self.weight)?;
        check_scales(what, self.scale)
    }
}

/// Weights that are held elsewhere.
pub(crate) trait Held: AsRef<[i8]> + fmt::Debug + Send + Sync {}

impl<T: AsRef<[i8]> + fmt::Debug + Send + Sync> Held for T {}

/// A table of vectors: row i is `weight[i] * scale[i]`, rounded once.
///
/// ```
/// use pupil_core::layers::{Embedding, TableWeights};
///
/// let table = Embedding::new((2, 2), &TableWeights { weight: &[1, 2, 3, 4], scale: &[1.0, 0.5] })?;
/// let mut sum = [10.0, 10.0];
/// table.add(1, &mut sum);
/// assert_eq!(sum, [11.5, 12.0]);
/// # Ok::<(), pupil_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Embedding {
    width: usize,
    weight: Box<dyn Held>,
    scale: Vec<f32>,
    /// Bytes of the weights, where they are the table's own.
    own_bytes: usize,
}

impl Embedding {
    /// Copies a table `[rows, width]`.
    ///
    /// # Errors
    ///
    /// `Damaged` when a length or value does not fit.
    pub fn new((rows, width): (usize, usize), w: &TableWeights<'_>) -> Result<Self> {
        w.check("an embedding")?;
        Self::copied((rows, width), w)
    }

    /// Copies a table whose values were checked.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), where a length does not fit.
    pub(crate) fn copied((rows, width): (usize, usize), w: &TableWeights<'_>) -> Result<Self> {
        let table = Self::shared((rows, width), Box::new(w.weight.to_vec()), w.scale.to_vec())?;
        Ok(Self { own_bytes: w.weight.len(), ..table })
    }

    /// A table of weights that were checked and stay where they are.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), where a length does not fit.
    pub(crate) fn shared(
        (rows, width): (usize, usize),
        weight: Box<dyn Held>,
        scale: Vec<f32>,
    ) -> Result<Self> {
        let weights = (*weight).as_ref();
        check_len("an embedding", weights.len(), rows.saturating_mul(width))?;
        check_len("an embedding's scale", scale.len(), rows)?;
        Ok(Self { width, weight, scale, own_bytes: 0 })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.scale.len()
    }

    /// Bytes of memory that the table holds, without weights that stay in a file.
    pub fn memory_bytes(&self) -> usize {
        self.own_bytes + self.scale.len() * size_of::<f32>()
    }

    /// Adds a row to `sum`, one rounding after that of the row itself.
    ///
    /// # Panics
    ///
    /// When there is no such row.
    pub fn add(&self, row: usize, sum: &mut [f32]) {
        let scale = self.scale[row];
        for (sum, weight) in sum.iter_mut().zip(&(*self.weight).as_ref()[row * self.width..][..self.width]) {
            *sum += f32::from(*weight) * scale;
        }
    }
}
