//! Layers: kernels composed. They serve every part of a model, and know neither files nor text.

mod dense;
mod embedding;
mod linear;
mod norm;
#[cfg(test)]
mod tests;

pub use dense::{Dense, DenseScratch, LinearWeights};
pub(crate) use embedding::Held;
pub use embedding::{Embedding, TableWeights};
pub use linear::{Linear, LinearScratch, relu};
pub use norm::{Norm, NormWeights};

use crate::error::{Error, ErrorKind, Result};
use crate::quant::{MAX_BIAS, MAX_SCALE, first_bad_bias, first_bad_scale, first_bad_weight};

/// Refuses an array whose length does not match its dimensions.
pub(crate) fn check_len(what: &str, found: usize, wanted: usize) -> Result<()> {
    if found == wanted {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Damaged, format!("{what} has {found} values, its shape asks for {wanted}")))
}

/// Refuses weights outside -127..=127.
pub(crate) fn check_weights(what: &str, values: &[i8]) -> Result<()> {
    first_bad_weight(values).map_or(Ok(()), |at| {
        Err(Error::new(ErrorKind::Damaged, format!("{what} has the value -128 at {at}, the least is -127")))
    })
}

/// Refuses scales that are negative, too large or not finite.
pub(crate) fn check_scales(what: &str, values: &[f32]) -> Result<()> {
    first_bad_scale(values).map_or(Ok(()), |at| {
        let message = format!("{what} has the scale {} at {at}, outside 0 to {MAX_SCALE}", values[at]);
        Err(Error::new(ErrorKind::Damaged, message))
    })
}

/// Refuses biases that are too large or not finite.
pub(crate) fn check_biases(what: &str, values: &[f32]) -> Result<()> {
    first_bad_bias(values).map_or(Ok(()), |at| {
        let message = format!("{what} has the bias {} at {at}, beyond {MAX_BIAS}", values[at]);
        Err(Error::new(ErrorKind::Damaged, message))
    })
}
