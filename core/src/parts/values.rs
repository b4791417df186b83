//! Checks of the values in sections, so that packing them later cannot fail.

use crate::error::Result;
use crate::format::check::damaged;
use crate::format::sections::Stored;
use crate::quant::{MAX_BIAS, MAX_SCALE, first_bad_bias, first_bad_scale};

/// Any bytes at all.
#[expect(clippy::unnecessary_wraps, reason = "one rule among others")]
pub(super) fn any(_: Stored<'_>) -> Result<()> {
    Ok(())
}

/// Weights of -127 to 127.
pub(super) fn weights(section: Stored<'_>) -> Result<()> {
    const LEAST: u8 = i8::MIN.cast_unsigned();
    let bytes = section.bytes;
    // Without a branch for each byte, so that the loop is vectorised.
    if bytes.iter().fold(false, |any, b| any | (*b == LEAST)) {
        let wrong = bytes.iter().filter(|b| **b == LEAST).count();
        return Err(damaged(format!(
            "section {} has {wrong} weights of -128, the least is -127",
            section.name
        )));
    }
    Ok(())
}

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
