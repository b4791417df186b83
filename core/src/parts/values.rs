//! Checks of the values in sections, so that packing them later cannot fail.

use crate::error::Result;
use crate::format::check::damaged;
use crate::format::sections::Stored;
use crate::quant::{MAX_BIAS, MAX_SCALE, first_bad_bias, first_bad_scale};

/// Scales from 0 to the largest.
pub(super) fn scales(section: Stored<'_>) -> Result<()> {
    let scales = section.f32s();
    first_bad_scale(&scales).map_or(Ok(()), |at| {
        Err(damaged(format!(
            "section {} has {} at {at}, it must lie in 0..={MAX_SCALE}",
            section.name, scales[at]
        )))
    })
}

/// Biases within the largest.
pub(super) fn biases(section: Stored<'_>) -> Result<()> {
    let biases = section.f32s();
    first_bad_bias(&biases).map_or(Ok(()), |at| {
        Err(damaged(format!(
            "section {} has {} at {at}, it must lie within {MAX_BIAS} of 0",
            section.name, biases[at]
        )))
    })
}

/// Weights and biases of a normalization: within the largest scale, so that no product of an attention overflows.
pub(super) fn norm(section: Stored<'_>) -> Result<()> {
    let values = section.f32s();
    match values.iter().position(|v| !(-MAX_SCALE..=MAX_SCALE).contains(v)) {
        Some(at) => {
            let value = values[at];
            Err(damaged(format!(
                "section {} has {value} at {at}, it must lie within {MAX_SCALE} of 0",
                section.name
            )))
        }
        None => Ok(()),
    }
}

/// Biases that fall strictly, as the thresholds between levels do: so do the probabilities of reaching a level.
pub(super) fn falling(section: Stored<'_>) -> Result<()> {
    biases(section)?;
    match section.f32s().windows(2).find(|pair| pair[0] <= pair[1]) {
        Some(pair) => {
            Err(damaged(format!("section {} has {} before {}, it must fall", section.name, pair[0], pair[1])))
        }
        None => Ok(()),
    }
}
