//! From the vectors of tokens to one vector.

use crate::error::{Error, ErrorKind, Result};
use crate::format::manifest::Pooling;

/// Makes one vector of rows as long as `out`; of no rows, zeros. A mean is the sum in ascending order of the rows,
/// divided by their number.
pub(super) fn pool(pooling: Pooling, rows: &[f32], out: &mut [f32]) {
    let width = out.len();
    out.fill(0.0);
    let Some((first, rest)) = rows.split_at_checked(width) else { return };
    out.copy_from_slice(first);
    let rest = rest.chunks_exact(width);
    match pooling {
        Pooling::Cls => {}
        Pooling::Max => {
            for row in rest {
                for (most, value) in out.iter_mut().zip(row) {
                    *most = if *value > *most { *value } else { *most };
                }
            }
        }
        Pooling::Mean => {
            // At most 4096 rows, which an f32 holds exactly.
            let count = (1 + rest.len()) as f32;
            rest.for_each(|row| add(out, row));
            out.iter_mut().for_each(|sum| *sum /= count);
        }
    }
}

/// Adds `values` to `sums`.
pub(super) fn add(sums: &mut [f32], values: &[f32]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value;
    }
}

/// Refuses infinity and NaN before a rectifier or a rounding makes ordinary numbers of them.
pub(crate) fn all_finite(values: &[f32]) -> Result<()> {
    if values.iter().all(|x| x.is_finite()) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Damaged, "the model computes numbers beyond what an f32 holds, or NaN"))
}
