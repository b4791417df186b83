//! Parameters for a file: found by name, and quantized to int8 with a scale for each row.

use anyhow::{Context, Result};
use pupil_core::layers::{LinearWeights, NormWeights, TableWeights};
use pupil_core::quant::quantize_rows_f16;
use std::collections::BTreeMap;

/// A quantized matrix with its bias.
pub(super) struct Quantized {
    weight: Vec<i8>,
    scale: Vec<f32>,
    bias: Vec<f32>,
}

impl Quantized {
    pub(super) fn new(values: &[f32], k: usize, bias: &[f32]) -> Self {
        let (weight, scale) = quantize_rows_f16(values, k);
        Self { weight, scale, bias: bias.to_vec() }
    }

    pub(super) fn linear(&self) -> LinearWeights<'_> {
        LinearWeights { weight: &self.weight, scale: &self.scale, bias: &self.bias }
    }

    pub(super) fn table(&self) -> TableWeights<'_> {
        TableWeights { weight: &self.weight, scale: &self.scale }
    }
}

/// Parameters by name.
pub(super) struct Named<'a> {
    named: BTreeMap<String, &'a [f32]>,
}

impl<'a> Named<'a> {
    pub(super) fn new(parameters: impl Iterator<Item = (String, &'a [f32])>) -> Self {
        Self { named: parameters.collect() }
    }

    pub(super) fn get(&self, name: &str) -> Result<&'a [f32]> {
        self.named.get(name).copied().with_context(|| format!("the model has no `{name}`"))
    }

    pub(super) fn dense(&self, name: &str) -> Result<Quantized> {
        let bias = self.get(&format!("{name}.bias"))?;
        let weight = self.get(&format!("{name}.weight")).or_else(|_| self.get(name))?;
        Ok(Quantized::new(weight, weight.len() / bias.len(), bias))
    }

    pub(super) fn norm(&self, name: &str) -> Result<NormWeights<'a>> {
        Ok(NormWeights {
            weight: self.get(&format!("{name}.weight"))?,
            bias: self.get(&format!("{name}.bias"))?,
        })
    }
}
