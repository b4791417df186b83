//! Layers: kernels composed.

mod attention;
mod bert;
mod dense;
mod embedding;
pub mod head;
mod linear;
mod lstm;
mod mixture;
mod norm;
#[cfg(test)]
mod tests;

#[cfg(feature = "onnx")]
pub(crate) use bert::pool;
pub use bert::{Bert, BertLayerWeights, BertScratch, BertWeights};
pub use dense::{Dense, DenseScratch, LinearWeights};
pub use embedding::{Embedding, TableWeights};
pub use linear::{Linear, LinearScratch, relu};
pub use lstm::{Lstm, LstmScratch, LstmWeights};
pub(crate) use mixture::all_finite;
pub use mixture::{BlockWeights, ExpertWeights, Mixture, MixtureScratch, MixtureWeights};
pub use norm::{Norm, NormWeights};

use crate::quant::{MAX_BIAS, MAX_SCALE, first_bad_bias, first_bad_scale, first_bad_weight};
use crate::{Error, ErrorKind, Result};

/// Refuses an array that has not the length that its dimensions ask for.
fn check_len(what: &str, found: usize, wanted: usize) -> Result<()> {
    if found == wanted {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Damaged, format!("{what} has {found} values, its shape asks for {wanted}")))
}

/// Refuses weights outside -127..=127.
fn check_weights(what: &str, values: &[i8]) -> Result<()> {
    first_bad_weight(values).map_or(Ok(()), |at| {
        Err(Error::new(ErrorKind::Damaged, format!("{what} has the value -128 at {at}, the least is -127")))
    })
}

/// Refuses scales that are negative, too large or not finite.
fn check_scales(what: &str, values: &[f32]) -> Result<()> {
    first_bad_scale(values).map_or(Ok(()), |at| {
        let message = format!("{what} has the scale {} at {at}, outside 0 to {MAX_SCALE}", values[at]);
        Err(Error::new(ErrorKind::Damaged, message))
    })
}

/// Refuses biases that are too large or not finite.
fn check_biases(what: &str, values: &[f32]) -> Result<()> {
    first_bad_bias(values).map_or(Ok(()), |at| {
        let message = format!("{what} has the bias {} at {at}, beyond {MAX_BIAS}", values[at]);
        Err(Error::new(ErrorKind::Damaged, message))
    })
}
