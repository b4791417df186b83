//! Checks of the values in sections, so that packing them later cannot fail.

use crate::error::{Error, ErrorKind, Result};
use crate::format::manifest::{self, Scope};
use crate::format::reader::ModelFile;
use crate::quant::{MAX_BIAS, MAX_SCALE, first_bad_bias, first_bad_scale};

#[cold]
pub(super) fn damaged(message: String) -> Error {
    Error::new(ErrorKind::Damaged, message)
}

/// Checks the sections of an E-LSTM encoder.
pub(super) fn check_lstm(file: &ModelFile, name: &str) -> Result<()> {
    for part in ["embedding", "input", "recurrent"] {
        check_weights(file, &format!("encoder.{name}.{part}"))?;
        check_scales(file, &format!("encoder.{name}.{part}.scale"))?;
    }
    check_biases(file, &format!("encoder.{name}.bias"))
}

/// Checks those of a BERT encoder.
pub(super) fn check_bert(file: &ModelFile, name: &str, dimensions: &manifest::Bert) -> Result<()> {
    let name = format!("encoder.{name}");
    for part in ["words", "positions", "segments"] {
        check_weights(file, &format!("{name}.{part}"))?;
        check_scales(file, &format!("{name}.{part}.scale"))?;
    }
    check_norm(file, &format!("{name}.norm"))?;
    for n in 0..dimensions.layers {
        for part in ["qkv", "attended", "up", "down"] {
            check_dense(file, &format!("{name}.layer.{n}.{part}"))?;
        }
        check_norm(file, &format!("{name}.layer.{n}.attended.norm"))?;
        check_norm(file, &format!("{name}.layer.{n}.down.norm"))?;
    }
    Ok(())
}

/// Checks those of a mixture.
pub(super) fn check_mixture(file: &ModelFile, name: &str, dimensions: &manifest::Mixture) -> Result<()> {
    for b in 0..dimensions.blocks {
        let name = format!("mixture.{name}.block.{b}");
        check_dense(file, &format!("{name}.gate"))?;
        check_dense(file, &format!("{name}.gate.output"))?;
        for j in 0..dimensions.own_experts() {
            check_dense(file, &format!("{name}.expert.{j}.up"))?;
            check_dense(file, &format!("{name}.expert.{j}.down"))?;
        }
    }
    match dimensions.scope {
        Scope::Pooled => check_norm(file, &format!("mixture.{name}.norm")),
        Scope::Token | Scope::Unknown => Ok(()),
    }
}

fn check_dense(file: &ModelFile, name: &str) -> Result<()> {
    check_weights(file, name)?;
    check_scales(file, &format!("{name}.scale"))?;
    check_biases(file, &format!("{name}.bias"))
}

/// Weights and biases of a normalization lie within the largest scale, so that no product of an attention overflows.
fn check_norm(file: &ModelFile, name: &str) -> Result<()> {
    for part in ["weight", "bias"] {
        let values = file.f32s(&format!("{name}.{part}"));
        if let Some(at) = values.iter().position(|v| !(-MAX_SCALE..=MAX_SCALE).contains(v)) {
            return Err(damaged(format!(
                "section {name}.{part} has {} at {at}, it must lie within {MAX_SCALE} of 0",
                values[at]
            )));
        }
    }
    Ok(())
}

pub(super) fn check_weights(file: &ModelFile, name: &str) -> Result<()> {
    const LEAST: u8 = i8::MIN.cast_unsigned();
    let bytes = file.bytes(name);
    // Without a branch for each byte, so that the loop is vectorised.
    if bytes.iter().fold(false, |any, b| any | (*b == LEAST)) {
        let wrong = bytes.iter().filter(|b| **b == LEAST).count();
        return Err(damaged(format!("section {name} has {wrong} weights of -128, the least is -127")));
    }
    Ok(())
}

pub(super) fn check_scales(file: &ModelFile, name: &str) -> Result<()> {
    let scales = file.f32s(name);
    first_bad_scale(&scales).map_or(Ok(()), |at| {
        Err(damaged(format!("section {name} has {} at {at}, it must lie in 0..={MAX_SCALE}", scales[at])))
    })
}

pub(super) fn check_biases(file: &ModelFile, name: &str) -> Result<()> {
    let biases = file.f32s(name);
    first_bad_bias(&biases).map_or(Ok(()), |at| {
        Err(damaged(format!("section {name} has {} at {at}, it must lie within {MAX_BIAS} of 0", biases[at])))
    })
}

/// Cuts must fall, so that the probabilities of reaching a level do.
pub(super) fn check_cuts(file: &ModelFile, name: &str) -> Result<Vec<f32>> {
    check_biases(file, name)?;
    let cuts = file.f32s(name);
    match cuts.windows(2).find(|pair| pair[0] <= pair[1]) {
        Some(pair) => {
            Err(damaged(format!("section {name} has {} before {}, it must fall", pair[0], pair[1])))
        }
        None => Ok(cuts),
    }
}
